"""Bind the PDF: from `_quarto.yml` and the freeze through pandoc and Typst, without kernel or R."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import typst

from bindery import atomic, frontmatter, pages, pandoc, style, typst_document, yamlfile
from bindery.errors import BinderyError
from bindery.project import Chapter, Project

STANDARD = "ua-1"

# Typst shows a file's way from the current folder: "../../bindery/chapters/rfm.typ:12:3".
_PLACE = re.compile(rf"┌─ [./]*({typst_document.FOLDER}/\S+?\.typ):(\d+):\d+")
_LABELS = re.compile(r'(?:#label\(|#book\.anchor\(|#book\.(?:sub)?float\((?:"\w+", )?|\bid: )"((?:[^"\\]|\\.)*)"')
_REFERENCES = re.compile(r'#book\.(xref|jump)\("((?:[^"\\]|\\.)*)"')


class TypesettingError(BinderyError):
    """Typst could not set the book."""


def file_name(project: Project) -> str:
    """Name of the PDF, as Quarto makes it: the title with dashes, or `book: output-file:`.

    Examples
    --------
    >>> import types
    >>> file_name(types.SimpleNamespace(title="Patrons: how they buy", book={}))
    'Patrons-how-they-buy.pdf'
    """
    given = project.book.get("output-file")
    if given:
        return f"{Path(str(given)).stem}.pdf"
    words = re.sub(r"[^\w\s.-]", "", project.title).split()
    return "-".join(words) + ".pdf" if words else "book.pdf"


def bind(project: Project, freeze_dir: Path, output_dir: Path, *, jobs: int | None = None) -> list[str]:
    """Write the book as one PDF, `output_dir / file_name(project)`.

    The same freeze gives the same bytes: no date, no machine's own fonts, no network.

    Parameters
    ----------
    project : Project
    freeze_dir : Path
        Where the results of the chapters lie.
    output_dir : Path
        An existing folder.
    jobs : int, optional
        Chapters converted side by side; default: one for each processor.

    Returns
    -------
    list of str
        Warnings: what the PDF cannot show, references that lead nowhere, options without effect.

    Raises
    ------
    BinderyError
        If a chapter has code and no result in the freeze, or pandoc or Typst cannot read it.
    """
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        converted = list(pool.map(lambda chapter: convert(project, chapter, freeze_dir), project.chapters))
    chapters = {chapter.path: done.text for chapter, done in zip(project.chapters, converted, strict=True)}
    warnings = [*unknown_options(project), *(warning for done in converted for warning in done.warnings)]
    warnings += missing_references(chapters)
    warnings += [f"bibliography: {file} does not exist" for file in project.bibliography if not file.is_file()]
    content, told = typeset(project, chapters)
    atomic.write_bytes(output_dir / file_name(project), content)
    return list(dict.fromkeys([*warnings, *told]))


def convert(project: Project, chapter: Chapter, freeze_dir: Path) -> pandoc.Converted:
    """Convert one chapter from its frozen Markdown to Typst."""
    markdown = pages.read_markdown(project, chapter, freeze_dir, "typ")
    frozen = pages.frozen(freeze_dir.resolve(), chapter)
    settings = typst_document.settings(project, chapter, frozen, chapter_options(project, markdown, chapter.path))
    shared = {
        "project": {**project.metadata, "book": dict(project.book)},
        "variables": dict(project.variables),
    }
    with tempfile.TemporaryDirectory() as folder:
        files = {"settings": settings, "metadata": {"bindery": shared}}
        for name, content in files.items():
            Path(folder, f"{name}.json").write_text(
                json.dumps(content, default=str, ensure_ascii=False), encoding="utf-8"
            )
        arguments = ["--to", "typst", "--wrap=none", "--syntax-highlighting=idiomatic"]
        arguments += [
            "--metadata-file",
            f"{folder}/metadata.json",
            "--metadata",
            f"bindery-settings={folder}/settings.json",
        ]
        arguments += ["--lua-filter", str(pandoc.FILTERS / "typst.lua")]
        done = pandoc.convert(markdown, arguments, chapter.path, project.root)
    return pandoc.Converted(done.text, tuple(f"{chapter.path}: {warning}" for warning in done.warnings))


def chapter_options(project: Project, markdown: str, name: str) -> dict[str, Any]:
    """Options of a chapter: those of `format: typst:` with those of its front matter over them."""
    front, _, _ = frontmatter.split(markdown)
    own = yamlfile.mapping(front, name) if front.strip() else {}
    formats = own.get("format")
    special = formats.get("typst") if isinstance(formats, dict) else None
    options = yamlfile.merge(project.typst, {key: value for key, value in own.items() if key != "format"})
    return yamlfile.merge(options, special if isinstance(special, dict) else {})


def missing_references(chapters: Mapping[str, str]) -> list[str]:
    """Name the references and links of chapters, as Typst text, whose target no chapter has."""
    known = {label for text in chapters.values() for label in _LABELS.findall(text)}
    return [
        f"{path}: "
        + (
            f"no label `{target}` in the book"
            if kind == "xref"
            else f"link to `{target.removeprefix('chapter:')}` leads nowhere in the PDF"
        )
        for path, text in chapters.items()
        for kind, target in _REFERENCES.findall(text)
        if target not in known
    ]


# Options whose other values the PDF's own look has no use for.
_ONLY: dict[str, tuple[object, ...]] = {
    "mainfont": (None,),
    "fontsize": (None,),
    "margin": (None,),
    "fig-align": ("default", None),
    "papersize": ("a4", None),
}


def unknown_options(project: Project) -> list[str]:
    """Name the options of `format: typst:` that have no effect."""
    found = [
        f"_quarto.yml: `format: typst: {key}: {project.typst[key]}` has no effect on the PDF, which has its own look"
        for key, values in _ONLY.items()
        if key in project.typst and project.typst[key] not in values
    ]
    if project.date in {"today", "now", "last-modified"}:
        found.append(
            f"_quarto.yml: `date: {project.date}` is left out of the PDF, whose bytes must not depend on the day"
        )
    return found


def typeset(project: Project, chapters: Mapping[str, str]) -> tuple[bytes, list[str]]:
    """Compile the book to a tagged PDF, if it passes to PDF/UA-1.

    Parameters
    ----------
    project : Project
    chapters : mapping
        Typst text of each chapter by its path.

    Returns
    -------
    content : bytes
    warnings : list of str
    """
    files = typst_document.files(project, chapters)
    warnings: list[str] = []
    # Letters that the book's fonts lack (a product's Chinese name) are worth a machine's own fonts.
    for standards, system_fonts in (([STANDARD], False), ([STANDARD], True), ([], True)):
        try:
            content, told = _compile(project, files, standards, system_fonts)
        except typst.TypstError as error:
            if not standards or "PDF/UA" not in error.message:
                raise TypesettingError(explain(project, error, files)) from error
            if system_fonts:
                reason = error.message.removeprefix("PDF/UA-1 error: ")
                warnings.append(f"the PDF is tagged, but falls short of PDF/{STANDARD.upper()}: {reason}")
            continue
        return content, [*warnings, *told]
    raise AssertionError("the last attempt returns or raises")


def _compile(
    project: Project, files: Mapping[str, bytes], standards: Sequence[str], system_fonts: bool
) -> tuple[bytes, list[str]]:
    # the wheel's own types do not know that a document may be several files in memory
    content, told = typst.compile_with_warnings(  # type: ignore[call-overload]
        dict(files),
        root="/",
        font_paths=[str(style.find(project.root, "fonts"))],
        ignore_system_fonts=not system_fonts,
        format="pdf",
        pdf_standards=list(standards),
    )
    assert isinstance(content, bytes)
    return content, [f"Typst: {warning.message}" for warning in told]


def explain(project: Project, error: typst.TypstError, files: Mapping[str, bytes]) -> str:
    """Say which chapter Typst stumbled over and what stands there.

    The innermost place inside a chapter counts, not the template's function that it calls.
    """
    diagnostic = str(error.diagnostic or "")
    sources = {typst_document.chapter_file(chapter): chapter for chapter in project.chapters}
    for name, line in _PLACE.findall(diagnostic):
        chapter = sources.get(name)
        if chapter is None:
            continue
        lines = files[name].decode().splitlines()
        at = int(line) - 1
        near = _LABELS.findall("\n".join(lines[: at + 1]))
        where = f"{chapter.path}, after `{near[-1]}`" if near else chapter.path
        context = "\n".join(f"    {text[:160]}" for text in lines[max(0, at - 2) : at + 3])
        hints = "".join(f"\n  hint: {hint}" for hint in error.hints)
        return f"{where}: {error.message}{hints}\n  set from this Typst text:\n{context}"
    return f"{error.message}\n{diagnostic}"
