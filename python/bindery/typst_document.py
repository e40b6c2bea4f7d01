"""The Typst document of a book: its main file, its look, and the words around its chapters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bindery import style
from bindery.project import Chapter, Project

TEMPLATES = Path(__file__).parent / "templates"
PARTS = ("book.typ", "notes.typ", "sheet.typ")
# Folder of the document's files in Typst's eyes: no real folder, so that it cannot hide one.
FOLDER = "bindery"

# Names of colours in the templates and where the palette holds them.
_COLOURS = {"ink": "ink", "soft": "soft", "rule": "line", "paper": "paper", "accent": "accent", "tint": "tint"}
_SIGNALS = {"good": "good", "bad": "bad"}
_KEY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*[{(]\s*([^\s,]+)\s*,", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A part of the book; chapters that stand in none have `title` None."""

    title: str | None
    chapters: tuple[Chapter, ...]


def parts(project: Project) -> list[Part]:
    """Chapters of a book by part, in reading order."""
    found: list[Part] = []
    for chapter in project.chapters:
        if found and found[-1].title == chapter.part:
            found[-1] = Part(chapter.part, (*found[-1].chapters, chapter))
        else:
            found.append(Part(chapter.part, (chapter,)))
    return found


def string(text: str) -> str:
    r"""Quote a text for Typst.

    Examples
    --------
    >>> print(string('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    return '"' + " ".join(text.splitlines()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def array(items: Iterable[str]) -> str:
    """An array of texts."""
    return "(" + "".join(f"{string(item)}, " for item in items) + ")"


def chapter_file(chapter: Chapter) -> str:
    """Name of the file that holds a chapter."""
    return f"{FOLDER}/{chapter.stem}.typ"


def palette(root: Path) -> str:
    """Colours of the project as Typst's definitions; code stands on a wash of the text's own colour."""
    light = style.read_palette(root)["light"]
    lines = [f"#let {name} = rgb({string(str(light[key]))})" for name, key in (_COLOURS | _SIGNALS).items()]
    return "\n".join([*lines, "#let wash = ink.transparentize(96%)", ""])


def citation_keys(bibliography: Sequence[Path]) -> set[str]:
    """Keys of the works in BibTeX or YAML (Hayagriva) files."""
    found: set[str] = set()
    for file in bibliography:
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            yaml = file.suffix in {".yml", ".yaml"}
            found |= set(re.findall(r"^([^\s#:][^:]*):\s*$", text, re.MULTILINE) if yaml else _KEY.findall(text))
    return found


def readable_date(text: str) -> str | None:
    """A date as a reader writes it; other words as they are; None for today's, which would differ with every render.

    Examples
    --------
    >>> readable_date("2026-01-05"), readable_date("Spring 2026"), readable_date("today")
    ('5 January 2026', 'Spring 2026', None)
    """
    if text in {"", "today", "now", "last-modified"}:
        return None
    try:
        date = dt.date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{date.day} {date:%B %Y}"


def main(project: Project, chapters: Mapping[str, str]) -> str:
    """Write the main file.

    Parameters
    ----------
    project : Project
    chapters : mapping
        Typst text of each chapter by its path.
    """
    options = project.typst
    language, _, region = project.lang.partition("-")
    description = project.description or project.subtitle
    date = readable_date(project.date)
    keywords = project.metadata.get("keywords") or []
    lines = [
        '#import "book.typ"',
        "#show: book.document.with("
        f"title: {string(project.title)}, authors: {array(project.author)}, "
        f"keywords: {array(map(str, keywords if isinstance(keywords, list) else [keywords]))}, "
        f"description: {_optional(description)}, lang: {string(language.lower())}, "
        f"region: {_optional(region.upper() if len(region) == 2 else None)})",
        f"#book.cover({string(project.title)}, subtitle: {_optional(project.subtitle)}, "
        f"authors: {array(project.author)}, date: {_optional(date)})",
    ]
    if options.get("toc", True):
        lines.append(f"#book.contents(title: {string(str(options.get('toc-title') or 'Contents'))})")
    count = 0
    for part in parts(project):
        if part.title is not None:
            count += 1
            lines.append(f"#book.part({count}, {string(part.title)}, {array(c.path for c in part.chapters)})")
        lines += [f"#include {string('/' + chapter_file(chapter))}" for chapter in part.chapters]
    lines += _bibliography(project, chapters)
    return "\n".join(lines) + "\n"


def _optional(text: str | None) -> str:
    return string(text) if text else "none"


def _bibliography(project: Project, chapters: Mapping[str, str]) -> list[str]:
    """Print the bibliography if any work is cited: an empty one would be a page with a heading alone."""
    files = [file for file in project.bibliography if file.is_file()]
    nocite = str(project.metadata.get("nocite") or "")
    everything = "@*" in nocite
    known = citation_keys(files)
    more = sorted(key for key in re.findall(r"@([\w:.#$%&+?<>~/-]+)", nocite) if key in known)
    cited = any(re.search(r"(?<!\\)@[\w]|#cite\(", text) for text in chapters.values())
    if not files or not (cited or everything or more):
        return []
    return [
        *(f"#cite(label({string(key)}), form: none)" for key in more),
        f"#book.bibliography-page({array(map(str, files))}, everything: {str(everything).lower()}, "
        f"style: {string(str(project.csl) if project.csl else 'ieee')})",
    ]


def files(project: Project, chapters: Mapping[str, str]) -> dict[str, bytes]:
    """Every file of the document by its name: what Typst compiles, beginning with `main`."""
    texts = {"main": main(project, chapters), f"{FOLDER}/palette.typ": palette(project.root)}
    texts["main"] = texts["main"].replace('#import "book.typ"', f'#import "/{FOLDER}/book.typ"', 1)
    for name in PARTS:
        texts[f"{FOLDER}/{name}"] = (TEMPLATES / name).read_text(encoding="utf-8")
    for chapter in project.chapters:
        texts[chapter_file(chapter)] = chapters[chapter.path]
    return {name: text.encode() for name, text in texts.items()}


def settings(project: Project, chapter: Chapter, frozen: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the filter needs to know of a chapter (filters/typst_settings.lua)."""
    source = project.source(chapter)
    return {
        "root": str(project.root),
        "folder": str(source.parent),
        "frozen": str(frozen),
        "path": chapter.path,
        "stem": source.stem,
        "title": chapter.title or "",
        "number": "" if chapter.number is None else str(chapter.number),
        "level": 1 if chapter.part is None else 2,  # below the heading of its part, if it stands in one
        "depth": int(options.get("toc-depth") or 2),
        "sections": options.get("number-sections") is not False,
        "citations": dict.fromkeys(sorted(citation_keys(project.bibliography)), True),
    }
