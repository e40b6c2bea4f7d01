"""The book as `_quarto.yml` describes it: its chapters, formats, options and what of it the bindery does not know."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bindery import known, yamlfile
from bindery.environment import read_environment
from bindery.errors import ProjectError
from bindery.headings import is_numbered
from bindery.options import flat

CONFIG = "_quarto.yml"
FORMATS = ("html", "typst")


@dataclass(frozen=True)
class Chapter:
    """One chapter of the book.

    Attributes
    ----------
    path : str
        The file, relative to the project, with forward slashes: `chapters/rfm.qmd`.
    part : str or None
        Title of the part that it stands in.
    number : int or str or None
        Its number (a letter in the appendices); None if it has none, like `index.qmd`.
    title : str or None
        A title given in `_quarto.yml` (`text:`) instead of the chapter's own.
    """

    path: str
    part: str | None = None
    number: int | str | None = None
    title: str | None = None

    @property
    def stem(self) -> str:
        """The path without its ending, as it names the freeze: `chapters/rfm`."""
        return str(PurePosixPath(self.path).with_suffix(""))


@dataclass(frozen=True)
class Project:
    """A book project, read once.

    Attributes
    ----------
    root : Path
        Absolute folder of `_quarto.yml`.
    title, subtitle, author, date, description, lang
        Of the book; empty where not given. `author` is a tuple of names.
    chapters : tuple of Chapter
        In reading order.
    output_dir : Path
        Absolute folder of the bound book.
    execute_dir : str
        `project` (cells run in `root`) or `file` (in the chapter's folder).
    metadata : mapping
        All top-level keys of `_quarto.yml` but `project`, `book` and `format`.
    book, html, typst : mapping
        The keys under `book:`, and under `format: html:` and `format: typst:`, each over `metadata`; options of
        `execute:` stand among them.
    bibliography : tuple of Path
        Absolute paths.
    csl : Path or None
        Absolute path of the citation style.
    resources : tuple of str
        Extra files to publish, as patterns relative to `root`.
    variables : mapping
        `_variables.yml`.
    environment : mapping
        What `_environment` adds to the environment of kernels.
    warnings : tuple of str
        Every key that the bindery does not know, by name and line.
    """

    root: Path
    title: str
    subtitle: str
    author: tuple[str, ...]
    date: str
    description: str
    lang: str
    chapters: tuple[Chapter, ...]
    output_dir: Path
    execute_dir: str
    metadata: Mapping[str, Any]
    book: Mapping[str, Any]
    html: Mapping[str, Any]
    typst: Mapping[str, Any]
    bibliography: tuple[Path, ...]
    csl: Path | None
    resources: tuple[str, ...]
    variables: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...] = ()

    def chapter(self, path: str) -> Chapter:
        """Find a chapter by its path.

        Raises
        ------
        ProjectError
            If the book has no such chapter.
        """
        for chapter in self.chapters:
            if chapter.path == path:
                return chapter
        raise ProjectError(f"{path} is not a chapter of {self.root / CONFIG}; it has " + ", ".join(self.paths))

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of all chapters, in reading order."""
        return tuple(chapter.path for chapter in self.chapters)

    def source(self, chapter: Chapter) -> Path:
        """Absolute path of a chapter's file."""
        return self.root / chapter.path

    def format(self, name: str) -> Mapping[str, Any]:
        """Options of a format by its name, `html` or `typst`."""
        return {"html": self.html, "typst": self.typst}[name]


def load(root: str | Path, overrides: Mapping[str, Any] | None = None) -> Project:
    """Read the project in a folder.

    Parameters
    ----------
    root : path
        Folder of `_quarto.yml`.
    overrides : mapping, optional
        Merged over `_quarto.yml`, in its own shape, e.g. `{"project": {"output-dir": "_book-cdnow"}}`.

    Raises
    ------
    ProjectError
        If there is no `_quarto.yml`, it is not valid, or a chapter's file is missing.
    """
    root = Path(root).resolve()
    file = root / CONFIG
    if not file.is_file():
        raise ProjectError(f"there is no {CONFIG} in {root}: run this in the folder of a book")
    text = file.read_text(encoding="utf-8")
    given = yamlfile.mapping(text, CONFIG)
    warnings = [*_unknown(given, yamlfile.lines(text)), *_unread_files(root)]
    config = yamlfile.merge(given, overrides or {})
    project, book = _section(config, "project"), _section(config, "book")
    if project.get("type") != "book":
        raise ProjectError(
            f"{CONFIG}: `project: type:` is {project.get('type')!r}; the bindery makes books (`type: book`)"
        )
    metadata = {key: value for key, value in config.items() if key not in {"project", "book", "format"}}
    formats = _formats(config, metadata, warnings)
    variables = root / "_variables.yml"
    csl = metadata.get("csl")
    return Project(
        root=root,
        title=_text(book.get("title")),
        subtitle=_text(book.get("subtitle")),
        author=_authors(book.get("author", metadata.get("author"))),
        date=_text(book.get("date", metadata.get("date"))),
        description=_text(book.get("description")),
        lang=_text(metadata.get("lang", book.get("lang"))) or "en",
        chapters=_chapters(root, book, warnings),
        output_dir=root / _text(project.get("output-dir") or "_book"),
        execute_dir=_text(project.get("execute-dir") or "file"),
        metadata=metadata,
        book=book,
        html=formats["html"],
        typst=formats["typst"],
        bibliography=tuple(root / _text(entry) for entry in _list(metadata.get("bibliography"))),
        csl=root / _text(csl) if csl else None,
        resources=tuple(_text(entry) for entry in _list(project.get("resources"))),
        variables=yamlfile.mapping(variables.read_text(encoding="utf-8"), variables.name)
        if variables.is_file()
        else {},
        environment=read_environment(root, os.environ),
        warnings=tuple(warnings),
    )


def _section(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, dict):
        raise ProjectError(f"{CONFIG}: `{key}:` must hold `key: value` lines")
    return value


def _formats(config: Mapping[str, Any], metadata: Mapping[str, Any], warnings: list[str]) -> dict[str, dict[str, Any]]:
    """Merge the options of each format over the metadata they share."""
    asked = config.get("format") or {}
    asked = {asked: {}} if isinstance(asked, str) else asked
    if not isinstance(asked, dict):
        raise ProjectError(f"{CONFIG}: `format:` must hold `html:` and `typst:`")
    for name in asked:
        if name not in FORMATS:
            warnings.append(f"{CONFIG}: format `{name}` is not made by the bindery, only html and typst")
    own = {name: asked.get(name) for name in FORMATS}
    # flattened before they are merged: `echo` of a format is stronger than `execute: echo` of the project
    shared = flat(metadata)
    return {name: yamlfile.merge(shared, flat(value) if isinstance(value, dict) else {}) for name, value in own.items()}


def _chapters(root: Path, book: Mapping[str, Any], warnings: list[str]) -> tuple[Chapter, ...]:
    """Flatten `chapters:` and `appendices:` into reading order, and number them."""
    chapters: list[Chapter] = []
    count = 0
    for entry, part in _entries(book.get("chapters"), None, warnings):
        path, title = _entry(root, entry)
        numbered = path != "index.qmd" and is_numbered((root / path).read_text(encoding="utf-8"))
        count += numbered
        chapters.append(Chapter(path, part, count if numbered else None, title))
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for entry, _part in _entries(book.get("appendices"), None, warnings):
        path, title = _entry(root, entry)
        chapters.append(Chapter(path, "Appendices", next(letters, None), title))
    if not chapters:
        raise ProjectError(f"{CONFIG}: `book: chapters:` lists no chapter")
    seen: set[str] = set()
    for chapter in chapters:
        if chapter.path in seen:
            raise ProjectError(f"{CONFIG}: {chapter.path} is listed twice")
        seen.add(chapter.path)
    return tuple(chapters)


def _entries(entries: Any, part: str | None, warnings: list[str]) -> list[tuple[Any, str | None]]:
    found: list[tuple[Any, str | None]] = []
    for entry in _list(entries):
        if isinstance(entry, dict) and "part" in entry:
            title = _text(entry["part"])
            if title.endswith(".qmd"):
                warnings.append(f"{CONFIG}: part `{title}` is a page of its own, which the bindery does not make")
            found += _entries(entry.get("chapters"), title, warnings)
        else:
            found.append((entry, part))
    return found


def _entry(root: Path, entry: Any) -> tuple[str, str | None]:
    """Path and title of one entry of the list of chapters."""
    title = None
    if isinstance(entry, dict):
        title, entry = entry.get("text"), entry.get("file", entry.get("href"))
    path = str(PurePosixPath(_text(entry)))
    if PurePosixPath(path).suffix != ".qmd":
        raise ProjectError(f"{CONFIG}: {path!r} is not a .qmd chapter")
    if not (root / path).is_file():
        raise ProjectError(f"{CONFIG}: chapter {path} does not exist in {root}")
    return path, _text(title) or None


def _unknown(config: Mapping[str, Any], lines: Mapping[tuple[str, ...], int]) -> list[str]:
    """Name every key of `_quarto.yml` that the bindery does not know, with its line."""
    found = unknown_keys(config, known.TOP_LEVEL)
    formats = config.get("format")
    for section, keys in {
        ("project",): known.PROJECT,
        ("book",): known.BOOK,
        ("execute",): known.EXECUTE,
        ("format", "html"): known.HTML,
        ("format", "typst"): known.TYPST,
    }.items():
        holder = config if len(section) == 1 else formats
        value = holder.get(section[-1]) if isinstance(holder, dict) else None
        found += unknown_keys(value, keys, section)
    return [f"{CONFIG}:{lines.get(path, 1)}: `{': '.join(path)}` is not known to the bindery" for path in found]


def unknown_keys(value: Any, keys: frozenset[str], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Keys of a mapping that are not among the known ones, each as its path."""
    return [(*path, str(key)) for key in value if key not in keys] if isinstance(value, Mapping) else []


def _unread_files(root: Path) -> list[str]:
    return [
        f"{file.relative_to(root).as_posix()} is not read by the bindery: put its options into {CONFIG} or the chapter"
        for file in sorted(
            [*root.glob("_metadata.yml"), *root.glob("[!._]*/_metadata.yml"), *root.glob("_quarto-*.yml")]
        )
    ]


def _list(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _authors(value: Any) -> tuple[str, ...]:
    names = [entry.get("name", "") if isinstance(entry, dict) else entry for entry in _list(value)]
    return tuple(_text(name) for name in names if name)
