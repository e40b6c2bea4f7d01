"""Find what a chapter should not hold: figures without a description, labels out of order, numbers typed by hand.

Every problem is one line, ``path:line: rule: what to do``. A line is excused by a comment on it or on the line above:
``<!-- lint: allow typed-number -->``.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from bindery import cells, includes, yamlfile
from bindery.cells import Cell
from bindery.errors import ProjectError
from bindery.project import Project
from bindery.prose import Passage, passages

LONGEST_CELL = 15
"""Lines of code that a reader takes in at once."""

_ALLOW = re.compile(r"<!--\s*lint:\s*allow\s+(?P<rules>[\w\s,-]+?)\s*-->")
_REFERENCE = re.compile(r"(?<![\w.@\\])@(?P<label>(?:[Ff]ig|[Tt]bl|[Ss]ec|[Ee]q|[Ll]st)-[\w-]*\w)")
_CITATION = re.compile(r"(?<![\w.@\\])@\{?(?P<key>\w(?:[\w:.#$%&+?<>~/-]*\w)?)")
_DOUBLED = re.compile(
    r"\b(?P<word>Figures?|Figs?\.?|Tables?|Tbl\.?|Sections?|Sec\.?|Chapters?|Equations?|Eqs?\.?|Listings?)[\s~]+"
    r"\[?(?P<label>@(?:fig|tbl|sec|eq|lst)-[\w-]+)",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"\{[^{}]*#(?P<label>(?:fig|tbl|sec|eq|lst)-[\w-]+)[^{}]*\}")
_PICTURE = re.compile(r"!\[(?P<caption>[^\]]*)\]\([^)]*\)\{(?P<attributes>[^}]*#fig-[^}]*)\}")
_AMOUNT = re.compile(
    r"(?<![\w.,])(?:[£$€¥]\s?\d[\d.,]*|\d[\d.,]*(?:[\s~\u00a0\u202f]|&nbsp;)*(?:\\?%|per\s?cent\b|[£€¥]|(?:GBP|EUR|USD)\b))"
)
_CONSTANT_AFTER = re.compile(
    r"^[\s-]*(?:CI\b|confidence|interval|credible|prediction|always-valid|bootstrap|power|level|significan|band|quantile)"
)
_CONSTANT_BEFORE = re.compile(
    r"(?:\b(?:top|bottom|level of|power of|confidence of|at the|alpha =)|α =)\s*$", re.IGNORECASE
)
_DIV = re.compile(r"^\s*:::+\s*(?P<attributes>\S.*)?$")
_HEADING = re.compile(r"^\s*(?P<marks>#{1,6})\s")
_BIB_KEY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Problem:
    """Something to mend, and where."""

    path: str
    line: int
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


@dataclass(frozen=True)
class Chapter:
    """A chapter as the rules see it."""

    path: str
    document: cells.Document
    passages: tuple[Passage, ...]

    @property
    def slug(self) -> str:
        """The name its labels begin with."""
        return PurePosixPath(self.path).stem

    @property
    def names(self) -> tuple[str, ...]:
        """What its labels may begin with: its name, a word of that, or the title of the first page."""
        title = str(self.document.front_matter.get("title", ""))
        own = re.sub(r"\W+", "-", title.lower()).strip("-") if self.slug == "index" else ""
        return tuple(name for name in (self.slug, *self.slug.split("-"), own) if name)

    @property
    def prose(self) -> Iterator[Passage]:
        """Its lines of prose."""
        return (passage for passage in self.passages if passage.kind == "prose")

    def labels(self) -> Iterator[tuple[str, str, int]]:
        """Labels that stand in it, with file and line."""
        for cell in self.document.cells:
            for label in (cell.label, cell.options.get("lst-label")):
                if label:
                    yield str(label), *_place(cell)
        for passage in self.prose:
            for match in _IDENTIFIER.finditer(passage.line.text):
                yield match["label"], passage.line.origin, passage.line.number


@dataclass(frozen=True)
class Book:
    """All chapters, and what can be referred to in any of them."""

    project: Project
    chapters: tuple[Chapter, ...]

    @cached_property
    def labels(self) -> dict[str, tuple[str, int]]:
        """Where each label stands first; panels of a figure have labels of their own."""
        found: dict[str, tuple[str, int]] = {}
        for chapter in self.chapters:
            for label, path, line in chapter.labels():
                found.setdefault(label, (path, line))
            for cell in chapter.document.cells:
                panels = cell.options.get("fig-subcap") or cell.options.get("tbl-subcap")
                if cell.label and panels:
                    count = len(panels) if isinstance(panels, list) else 26
                    found.update({f"{cell.label}-{number}": _place(cell) for number in range(1, count + 1)})
        return found

    @cached_property
    def sources(self) -> frozenset[str]:
        """Keys of all works in the project's and the chapters' bibliographies."""
        files = {*self.project.bibliography}
        for chapter in self.chapters:
            named = chapter.document.front_matter.get("bibliography") or []
            folder = (self.project.root / chapter.path).parent
            files |= {folder / str(name) for name in ([named] if isinstance(named, str) else named)}
        return frozenset(key for file in files if file.is_file() for key in _keys(file))


Rule = Callable[[Chapter, Book], Iterator[Problem]]


def lint(project: Project) -> list[Problem]:
    """Return all problems of the chapters of a book, by file and line."""
    found: set[Problem] = set()
    chapters = []
    for path in project.paths:
        try:
            text = (project.root / path).read_text(encoding="utf-8")
            lines, _ = includes.expand(text, path, project.root)
            document = cells.parse(text, path, project.root)
        except ProjectError as error:
            found.add(_unreadable(path, error))
        else:
            chapters.append(Chapter(path, document, tuple(passages(lines))))
    book = Book(project, tuple(chapters))
    allowed: dict[tuple[str, int], set[str]] = {}
    for chapter in chapters:
        found |= {problem for rule in RULES for problem in rule(chapter, book)}
        allowed |= _allowed(chapter)
    return sorted(problem for problem in found if problem.rule not in allowed.get((problem.path, problem.line), ()))


def _described(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """Figures have a caption and a description, tables a caption."""
    for cell in chapter.document.cells:
        kind = (cell.label or "").split("-")[0]
        if kind == "fig" and not cell.options.get("fig-alt"):
            yield Problem(*_place(cell), "figure-alt", f"describe `{cell.label}` in words: `#| fig-alt: …`")
        if kind == "fig" and not (cell.options.get("fig-cap") or cell.options.get("fig-subcap")):
            yield Problem(*_place(cell), "figure-caption", f"say what `{cell.label}` shows: `#| fig-cap: …`")
        if kind == "tbl" and not (cell.options.get("tbl-cap") or cell.options.get("tbl-subcap")):
            yield Problem(*_place(cell), "table-caption", f"say what `{cell.label}` shows: `#| tbl-cap: …`")
    for passage in chapter.prose:
        for picture in _PICTURE.finditer(passage.line.text):
            if "fig-alt" not in picture["attributes"]:
                yield _at(passage, "figure-alt", 'describe the picture in words: `{#fig-… fig-alt="…"}`')
            if not picture["caption"].strip():
                yield _at(passage, "figure-caption", "say what the picture shows: `![caption](file)`")


def _options(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """Options begin with `#|`."""
    for cell in chapter.document.cells:
        first = cell.line - len(cell.option_lines) if cell.source else cell.line - len(cell.option_lines) + 1
        for offset, line in enumerate(cell.option_lines):
            if not line.startswith("#|"):
                yield Problem(cell.origin, first + offset, "option-comment", f"write `#|` for `{line.split('|')[0]}|`")


def _labelled(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """Every cell has a label; labels begin with the chapter's name and stand once in the book."""
    for cell in chapter.document.cells:
        if not cell.label:
            advice = f"name the cell: `#| label: {chapter.slug}-…`"
            yield Problem(*_place(cell), "unlabelled", advice)
    for label, path, line in chapter.labels():
        first = book.labels[label]
        if first != (path, line):
            advice = f"`{label}` stands already at {first[0]}:{first[1]}; choose another"
            yield Problem(path, line, "duplicate-label", advice)
        prefix, _, rest = label.partition("-")
        name = rest if prefix in {"fig", "tbl", "sec", "eq", "lst"} else label
        if path == chapter.path and not any(name == own or name.startswith(f"{own}-") for own in chapter.names):
            begin = f"{prefix}-{chapter.slug}" if name is rest else chapter.slug
            yield Problem(path, line, "label-prefix", f"begin `{label}` with the chapter's name: `{begin}-…`")


def _short(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """Cells are short."""
    for cell in chapter.document.cells:
        count = len(cell.source.strip().splitlines())
        if count > LONGEST_CELL:
            advice = f"`{cell.name}` has {count} lines of code; move some into a function (at most {LONGEST_CELL})"
            yield Problem(*_place(cell), "long-cell", advice)


def _computed(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """Shares and sums of money in prose and captions come from an expression."""
    for passage in chapter.prose:
        for amount in _typed(passage.words):
            yield _at(passage, "typed-number", f"compute `{amount}` with an inline expression")
    for cell in chapter.document.cells:
        for option in ("fig-cap", "fig-subcap", "fig-alt", "tbl-cap", "tbl-subcap"):
            for amount in _typed(str(cell.options.get(option, ""))):
                yield Problem(*_place(cell), "typed-number", f"leave `{amount}` out of `{option}` of `{cell.name}`")


def _references(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """References lead somewhere, and Quarto writes their word."""
    for passage in chapter.prose:
        for match in _DOUBLED.finditer(passage.words):
            advice = f"write `{match['label']}` alone; it becomes “{match['word'].rstrip('s.').title()} 1” by itself"
            yield _at(passage, "doubled-word", advice)
        for match in _REFERENCE.finditer(passage.words):
            label = match["label"][0].lower() + match["label"][1:]
            if label not in book.labels:
                yield _at(passage, "unknown-reference", f"nothing in the book is labelled `{label}`")
        for match in _CITATION.finditer(_REFERENCE.sub("", passage.words)):
            if match["key"] not in book.sources:
                yield _at(passage, "unknown-citation", f"`{match['key']}` is in none of the book's bibliographies")


def _tabs(chapter: Chapter, book: Book) -> Iterator[Problem]:
    """Every tab of a tabset holds something."""
    open_: list[_Tabs | None] = []
    for passage in chapter.passages:
        text = passage.line.text.strip()
        div = _DIV.match(passage.line.text) if passage.kind == "prose" else None
        tabs = open_[-1] if open_ else None
        if div and div["attributes"]:
            if tabs:
                tabs.filled = True
            open_.append(_Tabs(passage) if "panel-tabset" in div["attributes"] else None)
        elif div and open_:
            if tabs:
                yield from tabs.empty()
            open_.pop()
        elif tabs and passage.kind == "prose" and (heading := _HEADING.match(text)):
            level = len(heading["marks"])
            if tabs.level in (0, level):
                yield from tabs.empty(closing=False)
                tabs.level, tabs.heading, tabs.filled = level, passage, False
        elif tabs and text:
            tabs.filled = True


RULES: tuple[Rule, ...] = (_described, _options, _labelled, _short, _computed, _references, _tabs)


@dataclass
class _Tabs:
    """A tabset being read: its level of headings, the tab it is in, and whether anything stands there."""

    opening: Passage
    level: int = 0
    heading: Passage | None = None
    filled: bool = False

    def empty(self, closing: bool = True) -> Iterator[Problem]:
        """Report the tab that ends here if it is empty, and at the end a tabset without any tab."""
        if self.heading and not self.filled:
            yield _at(self.heading, "empty-tab", "put something under this tab, or take it away")
        elif closing and not self.heading:
            yield _at(self.opening, "empty-tab", "give the tabset a heading for each tab, or take it away")


def _typed(words: str) -> Iterator[str]:
    """Find shares and sums of money; levels of confidence and the like are constants of a method."""
    for match in _AMOUNT.finditer(words):
        constant = _CONSTANT_AFTER.search(words[match.end() :]) or _CONSTANT_BEFORE.search(words[: match.start()])
        if not constant:
            yield match[0].rstrip(".,")


def _place(cell: Cell) -> tuple[str, int]:
    return cell.origin, cell.line


def _at(passage: Passage, rule: str, advice: str) -> Problem:
    return Problem(passage.line.origin, passage.line.number, rule, advice)


def _allowed(chapter: Chapter) -> dict[tuple[str, int], set[str]]:
    """Rules that are excused, by file and line."""
    found: dict[tuple[str, int], set[str]] = {}
    for passage in chapter.prose:
        for match in _ALLOW.finditer(passage.line.text):
            rules = set(re.split(r"[\s,]+", match["rules"]))
            for line in (passage.line.number, passage.line.number + 1):
                found.setdefault((passage.line.origin, line), set()).update(rules)
    return found


def _unreadable(path: str, error: ProjectError) -> Problem:
    match = re.match(r"(?P<path>\S+):(?P<line>\d+): (?P<advice>.*)", str(error), re.DOTALL)
    if match:
        return Problem(match["path"], int(match["line"]), "unreadable", match["advice"])
    return Problem(path, 1, "unreadable", str(error))


def _keys(file: Path) -> Iterator[str]:
    """Keys of the works in a bibliography: BibTeX, CSL JSON or CSL YAML."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".bib":
        yield from _BIB_KEY.findall(text)
        return
    entries = json.loads(text) if file.suffix == ".json" else yamlfile.mapping(text, file.name).get("references", [])
    yield from (str(entry["id"]) for entry in entries)
