"""Execute one chapter in its own kernel, once for both formats."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from bindery import ansi, cells, failures, fonts, freeze, options, outputs, sections, steady
from bindery.cells import Block, Cell, Document, Markdown
from bindery.display import Output
from bindery.errors import CellError
from bindery.kernel import Kernel, KernelDied
from bindery.options import Execution
from bindery.outputs import Page
from bindery.project import FORMATS, Project

STOP = "ChapterStop"
"""Name of the exception that ends a chapter in an orderly way, its message becoming the chapter's last note."""

Progress = Callable[[int, int, str], object]


@dataclass(frozen=True)
class Executed:
    """A chapter that has been executed and not yet frozen.

    Attributes
    ----------
    chapter : str
        Its path, relative to the project.
    hash : str
        MD5 of its text.
    pages : mapping
        Markdown and pictures for `html` and `typst`; empty if the chapter has no code.
    inputs : tuple of str
        Files it was made from besides its own: modules, data, included files, what it declared itself; relative to the
        project if they lie in it.
    stopped : str or None
        Why the chapter ended before its end, in an orderly way.
    elapsed : float
        Seconds.
    warnings : tuple of str
        What the author should know.
    staging : Path or None
        The folder that becomes the chapter's in the freeze; it holds what the chapter wrote.
    """

    chapter: str
    hash: str
    pages: Mapping[str, Page]
    inputs: tuple[str, ...]
    stopped: str | None
    elapsed: float
    warnings: tuple[str, ...]
    staging: Path | None = None


@dataclass
class _State:
    """What executing has given so far, and the blocks that it kept: all but the rest of sections that ended early."""

    blocks: list[Block] = field(default_factory=list)
    section_ended: int | None = None
    outputs: dict[int, list[Output]] = field(default_factory=dict)
    values: dict[int, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    stopped_at: int | None = None
    stopped: str | None = None
    count: int = 0


def run(
    project: Project,
    chapter: str,
    *,
    freeze_dir: Path,
    needs: Collection[str] = (),
    progress: Progress | None = None,
) -> Executed:
    """Execute a chapter.

    Parameters
    ----------
    project : Project
    chapter : str
        Its path, relative to the project.
    freeze_dir : Path
        Where it is to be frozen by `save`; nothing there changes yet.
    needs : collection of str
        The chapters it depends on, whose facts it may read: code finds their paths in `$CHAPTER_NEEDS`, a line each.
    progress : callable, optional
        Called before each cell with its number, the number of cells, and its name.

    Returns
    -------
    Executed
        To be given to `save`, or to `discard`.

    Raises
    ------
    CellError
        If a cell raised.
    ProjectError
        If the chapter cannot be read.
    """
    begun = time.monotonic()
    freeze_dir = freeze_dir.resolve()
    document = cells.read(project.root, chapter)
    if not document.has_code:
        return Executed(chapter, document.hash, {}, document.included, None, 0.0, document.warnings)
    executions = {fmt: options.resolve(fmt, project.format(fmt), document.front_matter) for fmt in FORMATS}
    staging = freeze.stage(freeze_dir, chapter)
    try:
        told = environment(project, chapter, executions["html"], staging, freeze_dir, needs)
        state, inputs = _execute(project, document, executions, told, freeze_dir, progress or (lambda *_: None))
        document = replace(document, blocks=tuple(state.blocks))
        record = outputs.Run(state.outputs, state.values, state.stopped_at, state.stopped)
        pages = {fmt: outputs.write(document, record, fmt, executions[fmt]) for fmt in FORMATS}
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    warnings = [*document.warnings, *_warnings(document, executions, state, pages)]
    elapsed = time.monotonic() - begun
    return Executed(chapter, document.hash, pages, inputs, state.stopped, elapsed, tuple(warnings), staging)


def save(executed: Executed, freeze_dir: Path, extra: Mapping[str, str] | None = None) -> None:
    """Freeze a chapter that has been executed; one without code has nothing frozen.

    Parameters
    ----------
    executed : Executed
    freeze_dir : Path
        As given to `run`.
    extra : mapping, optional
        Text of further files to keep with it, by name, such as `inputs.json`.
    """
    if executed.staging is None:
        freeze.remove(freeze_dir, executed.chapter)
    else:
        freeze.save(executed.staging, freeze_dir.resolve(), executed.chapter, executed.hash, executed.pages, extra)


def discard(executed: Executed) -> None:
    """Drop a chapter that has been executed and is not to be frozen."""
    if executed.staging is not None:
        shutil.rmtree(executed.staging, ignore_errors=True)


def environment(
    project: Project,
    chapter: str,
    execution: Execution,
    staging: Path,
    freeze_dir: Path,
    needs: Collection[str] = (),
) -> dict[str, str]:
    """All environment variables of a chapter's kernel: what is set, `_environment`, and what the bindery tells it."""
    retina = execution.fig_format == "retina"
    font_config = fonts.configure(project.root)
    told = {
        "CHAPTER_PATH": chapter,
        "CHAPTER_FILES": str(staging / freeze.FILES),
        "CHAPTER_INPUTS": str(staging / ".declared"),
        "CHAPTER_NEEDS": "\n".join(sorted(needs)),
        "BOOK_FREEZE": str(freeze_dir),
        "QUARTO_PROJECT_ROOT": str(project.root),
        "QUARTO_DOCUMENT_PATH": str((project.root / chapter).parent),
        "QUARTO_DOCUMENT_FILE": PurePosixPath(chapter).name,
        "QUARTO_FIG_WIDTH": f"{execution.fig_width:g}",
        "QUARTO_FIG_HEIGHT": f"{execution.fig_height:g}",
        "QUARTO_FIG_DPI": str(execution.fig_dpi * (2 if retina else 1)),
        "QUARTO_FIG_FORMAT": "png" if retina else execution.fig_format,
    }
    # figures drawn twice carry no date only if the clock of reproducible builds is set
    clock = {"SOURCE_DATE_EPOCH": "0"}
    fonts_found = {"FONTCONFIG_FILE": str(font_config)} if font_config else {}
    return {**clock, **project.environment, **os.environ, **fonts_found, **told}


def _execute(
    project: Project,
    document: Document,
    executions: Mapping[str, Execution],
    variables: dict[str, str],
    freeze_dir: Path,
    progress: Progress,
) -> tuple[_State, tuple[str, ...]]:
    """Run all cells; what was run and what was read."""
    declared = Path(variables["CHAPTER_INPUTS"])
    declared.touch()
    cwd = project.root if project.execute_dir == "project" else (project.root / document.path).parent
    apart = [freeze_dir, project.output_dir, project.root / "_freeze"]
    state = _State()
    try:
        with Kernel(project.root, cwd, variables, executions, apart) as kernel:
            try:
                for block in document.blocks:
                    _run_block(kernel, document, block, executions["html"], state, progress)
                    if state.stopped is not None:
                        break
            except CellError as error:
                error.inputs = _inputs(project, document, kernel.inputs(), declared, cwd)
                raise
            inputs = _inputs(project, document, kernel.inputs(), declared, cwd)
    except KernelDied as died:
        block = (state.blocks or document.blocks)[-1]
        name = block.name if isinstance(block, Cell) else "inline expression"
        offset, text = failures.crash(str(died))
        raise CellError(document.path, name, block.line + offset, text, origin=block.origin) from None
    declared.unlink(missing_ok=True)
    return state, inputs


def _run_block(
    kernel: Kernel, document: Document, block: Block, execution: Execution, state: _State, progress: Progress
) -> None:
    if state.section_ended is not None:
        following = sections.resume(block, state.section_ended)
        if following is None:
            return
        block, state.section_ended = following, None
    state.blocks.append(block)
    position = len(state.blocks) - 1
    if isinstance(block, Markdown):
        if block.inline:
            _run_inline(kernel, document, position, block, state)
        return
    progress(block.index, len(document.cells), block.name)
    if execution.of(block, "eval") is not True or not block.source.strip():
        return
    allowed = bool(execution.of(block, "error"))
    answer = kernel.run(block.source, allowed)
    state.count += 1
    if answer.error is not None and answer.error["ename"] == STOP:
        state.stopped_at, state.stopped = position, str(answer.error["evalue"])
        return
    if answer.error is not None and answer.error["ename"] == sections.STOP:
        state.section_ended = sections.level(state.blocks)
        state.blocks[-1] = sections.end(block, str(answer.error["evalue"]), state.blocks[:-1])
        return
    if answer.error is not None and not allowed:
        line, text = failures.explain(block, answer.error, state.count)
        raise CellError(document.path, block.name, line, text, origin=block.origin)
    state.outputs[block.index] = [
        steady.steady(output, f"{document.path}:{block.index}:{number}") for number, output in enumerate(answer.outputs)
    ]


def _run_inline(kernel: Kernel, document: Document, position: int, block: Markdown, state: _State) -> None:
    values = kernel.evaluate(list(dict.fromkeys(inline.expression for inline in block.inline)))
    for inline in block.inline:
        result = values[inline.expression]
        if result["status"] == "ok":
            continue
        if result["ename"] == STOP:
            state.stopped_at, state.stopped = position, str(result["evalue"])
            return
        text = failures.last_lines(ansi.strip("\n".join(result.get("traceback") or ())))
        message = text or f"{result['ename']}: {result['evalue']}"
        raise CellError(document.path, f"{{python}} {inline.expression}", inline.line, message, origin=inline.origin)
    state.values[position] = values


def _inputs(project: Project, document: Document, read: list[str], declared: Path, cwd: Path) -> tuple[str, ...]:
    """Everything the chapter was made from, but itself: relative to the project where it lies in it."""
    found = {*read, *document.included}
    for line in declared.read_text(encoding="utf-8").splitlines():
        if line.strip():
            path = Path(os.path.realpath(cwd / line.strip()))
            inside = path.is_relative_to(project.root)
            found.add(path.relative_to(project.root).as_posix() if inside else str(path))
    return tuple(sorted(found - {document.path}))


def _warnings(
    document: Document, executions: Mapping[str, Execution], state: _State, pages: Mapping[str, Page]
) -> list[str]:
    """What came up while executing that the author should know."""
    found = [f"{document.path}: {text}" for text in options.figure_warnings(executions)]
    kernel = document.front_matter.get("jupyter")
    if kernel not in (None, "python3", "python"):
        found.append(f"{document.path}: `jupyter: {kernel}` is not used; the bindery runs its own Python")
    for position, values in state.values.items():
        for expression, value in values.items():
            if re.fullmatch(r"''|\"\"", str(value["data"].get("text/plain", "x"))):
                line = document.blocks[position].line
                found.append(
                    f"{document.path}:{line}: `{expression}` is empty, so that Quarto shows the expression itself"
                )
    for cell in document.cells:
        given = {output["output_type"] for output in state.outputs.get(cell.index, [])}
        ran, floats = cell.index in state.outputs, re.match(r"(fig|tbl)-", cell.label or "")
        if ran and floats and not given & {"display_data", "execute_result"}:
            found.append(f"{document.path}:{cell.line}: `{cell.label}` shows nothing")
    for shown in steady.addresses(pages["html"].markdown):
        found.append(f"{document.path}: shows `{shown}`, an address in memory, which differs in every run")
    return found
