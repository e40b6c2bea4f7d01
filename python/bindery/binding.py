"""Turn the freeze into the output directory: only what is out of date, and all of it at once.

Each format is bound beside the output, which is then exchanged as a whole. What a format was made from is remembered
in ``.cache``, so that a second render finds nothing to do.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bindery import atomic, resources
from bindery.digests import Digests
from bindery.errors import BinderyError
from bindery.pool import Outcome, Reporter, Task, run
from bindery.project import Project

NAMES = {"html": "site", "typst": "PDF"}
"""What the formats are called in messages."""

PACKAGE = Path(__file__).resolve().parent
MADE_BY = re.compile(r'<meta name="generator" content="(?:bindery|quarto)', re.IGNORECASE)

Step = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Bound:
    """What binding did.

    Attributes
    ----------
    made
        Formats that were bound; the others were up to date.
    warnings
        Of all of them, each once.
    outcomes
        How each format that was bound ended. If one failed, the output is as it was before.
    """

    made: tuple[str, ...]
    warnings: tuple[str, ...]
    outcomes: Mapping[str, Outcome]

    @property
    def failed(self) -> tuple[str, ...]:
        """Formats that could not be bound."""
        return tuple(name for name, outcome in self.outcomes.items() if outcome.state != "done")


def bind(
    project: Project,
    freeze_dir: Path,
    output_dir: Path,
    formats: Sequence[str],
    jobs: int,
    reporter: Reporter,
    *,
    link_pdf: bool = False,
) -> Bound:
    """Bind the formats that are out of date and put them in the place of the old ones.

    Parameters
    ----------
    project, freeze_dir, output_dir
        The book, where it is frozen, and where it goes; the rest of the output directory is kept.
    formats
        ``html``, ``typst``, or both.
    jobs
        Formats bound at the same time.
    reporter
        Told how it goes.
    link_pdf
        Whether the site links to the PDF even if that is neither there nor among `formats`, because it comes next.

    Raises
    ------
    BinderyError
        The output directory holds something else, which would be lost.
    """
    atomic.recover_beside(output_dir)
    known = _read_record(project, output_dir)
    with_pdf = link_pdf or "typst" in formats or "typst" in known
    digest = fingerprint(project, freeze_dir)
    digests = {"html": f"{digest} with_pdf={with_pdf}", "typst": digest}
    todo = [name for name in formats if not _is_current(known.get(name), digests[name], output_dir)]
    if not todo:
        return Bound((), (), {})
    refuse_foreign(project, output_dir, bool(known))
    stage = atomic.beside(output_dir)
    try:
        tasks = []
        for name in todo:
            (stage / name).mkdir()
            tasks.append(Task(NAMES[name], partial(_bind_format, name, project, freeze_dir, stage / name, with_pdf)))
        ended = run(tasks, jobs, reporter)
        outcomes = {name: ended[NAMES[name]] for name in todo}
        if all(outcome.state == "done" for outcome in outcomes.values()):
            files = _assemble(stage, todo, known, output_dir)
            atomic.swap_directory(stage / "whole", output_dir)
            record = {**known, **{name: {"fingerprint": digests[name], "files": files[name]} for name in todo}}
            atomic.write_text(_record_path(project, output_dir), json.dumps(record, sort_keys=True))
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    warnings = (warning for outcome in outcomes.values() for warning in outcome.value or ())
    return Bound(tuple(todo), tuple(dict.fromkeys(warnings)), outcomes)


def fingerprint(project: Project, freeze_dir: Path) -> str:
    """Return a digest of all that binding reads: freeze, text, assets, configuration, and the bindery itself."""
    digests = Digests(project.root)
    content = {path.as_posix(): digests.of(path) for path in _sources(project, freeze_dir)}
    digests.save()
    return hashlib.sha256(json.dumps([repr(project), content], sort_keys=True).encode()).hexdigest()


def refuse_foreign(project: Project, output_dir: Path, known: bool) -> None:
    """Refuse an output directory that holds what the bindery did not make: replacing it would lose that.

    Raises
    ------
    BinderyError
        It does.
    """
    if output_dir == project.root or output_dir in project.root.parents:
        raise BinderyError(f"{output_dir} holds the project itself; name another output directory")
    if known or not output_dir.exists():
        return
    if not output_dir.is_dir():
        raise BinderyError(f"{output_dir} is a file; name another output directory")
    index = output_dir / "index.html"
    ours = index.is_file() and MADE_BY.search(index.read_text(encoding="utf-8", errors="replace"))
    if any(output_dir.iterdir()) and not ours:
        raise BinderyError(f"{output_dir} holds other files, which would be lost; name a new or empty directory")


def forget(project: Project, output_dir: Path) -> None:
    """Remove an output directory that the bindery made, and what is remembered of it."""
    refuse_foreign(project, output_dir, bool(_read_record(project, output_dir)))
    atomic.remove_directory(output_dir)
    _record_path(project, output_dir).unlink(missing_ok=True)


def _bind_format(
    name: str, project: Project, freeze_dir: Path, output_dir: Path, with_pdf: bool, step: Step
) -> list[str]:
    """Bind one format; runs in a process of its own."""
    from bindery import pdf

    if name == "typst":
        return pdf.bind(project, freeze_dir, output_dir)
    from bindery import html

    published = list(resources.collect(freeze_dir, project.paths))
    link = pdf.file_name(project) if with_pdf else None
    warnings = html.bind(project, freeze_dir, output_dir, published=published, pdf=link)
    resources.publish(freeze_dir, project.paths, output_dir)
    return warnings


def _sources(project: Project, freeze_dir: Path) -> Iterator[Path]:
    """Yield every file that binding may read."""
    root = project.root
    yield from _visible(root.iterdir())
    folders = {(root / path).parent for path in project.paths} - {root}
    for folder in [root / "assets", *sorted(folders), PACKAGE]:
        yield from _visible(folder.rglob("*"))
    for pattern in project.resources:
        yield from _visible(root.glob(pattern))
    for path in project.paths:
        for part in ("execute-results", "figure-html", "figure-typst", "files"):
            yield from _visible((freeze_dir / project.chapter(path).stem / part).rglob("*"))


def _visible(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def _assemble(stage: Path, made: Sequence[str], known: Mapping[str, Any], output_dir: Path) -> dict[str, Any]:
    """Gather what was bound, and what is kept of the old output, in one folder; return the files of each format."""
    whole = stage / "whole"
    whole.mkdir()
    files: dict[str, Any] = {}
    for name in made:
        files[name] = {}
        for file in sorted(path for path in (stage / name).rglob("*") if path.is_file()):
            place = file.relative_to(stage / name)
            (whole / place).parent.mkdir(parents=True, exist_ok=True)
            file.rename(whole / place)
            files[name][place.as_posix()] = _stamp(whole / place)
    for name in known.keys() - set(made):
        for place in known[name]["files"]:
            if (output_dir / place).is_file() and not (whole / place).exists():
                (whole / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(output_dir / place, whole / place)
    return files


def _is_current(known: Mapping[str, Any] | None, digest: str, output_dir: Path) -> bool:
    """Whether a format was bound from the same, and its files are still as they were written."""
    if known is None or known["fingerprint"] != digest:
        return False
    return all(_stamp(output_dir / place) == stamp for place, stamp in known["files"].items())


def _stamp(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _record_path(project: Project, output_dir: Path) -> Path:
    key = hashlib.sha256(os.fsencode(output_dir)).hexdigest()[:12]
    return project.root / ".cache" / "bindery" / f"output-{key}.json"


def _read_record(project: Project, output_dir: Path) -> dict[str, Any]:
    """Return what is remembered of an output directory; nothing if it is gone."""
    try:
        known = json.loads(_record_path(project, output_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if output_dir.is_dir() else {}
