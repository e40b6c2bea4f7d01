"""Take a chapter apart as Quarto does: front matter, Markdown, code cells with their options, inline expressions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bindery import frontmatter, known, yamlfile
from bindery.errors import ProjectError
from bindery.includes import Line, expand

LANGUAGE = "python"
_YAML_FENCE = re.compile(r"^---\s*$")
_CELL = re.compile(r"^(?P<indent>\s*)(?P<ticks>```+)\s*\{(?P<language>[a-zA-Z0-9_]+)(?P<rest>\s*[ ,].*)?\}\s*$")
_FENCE = re.compile(r"^\s*(?P<fence>```+|~~~+)(?P<info>.*)$")
_OPTION = re.compile(r"^#\s*\| ?")
_INLINE = re.compile(r"(?P<before>^|[^`])`\{" + LANGUAGE + r"\}[ \t](?P<expression>[^`]+)`", re.MULTILINE)


@dataclass(frozen=True)
class Inline:
    """An inline expression: `{python} expression` in the text.

    Attributes
    ----------
    expression : str
        The Python expression.
    line : int
        Line of `origin` it stands on.
    origin : str
        The chapter, or the file it includes.
    """

    expression: str
    line: int
    origin: str


@dataclass(frozen=True)
class Markdown:
    """A stretch of Markdown, or (`raw`) a block of YAML metadata.

    Attributes
    ----------
    text : str
        Without blank lines around it.
    line : int
        Line of `origin` on which it begins.
    origin : str
        The chapter, or the file it includes.
    raw : bool
        Whether it is a YAML block.
    inline : tuple of Inline
        The expressions in it.
    """

    text: str
    line: int
    origin: str
    raw: bool = False
    inline: tuple[Inline, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A code cell.

    Attributes
    ----------
    source : str
        The code, without its `#|` lines.
    options : mapping
        What the `#|` lines say.
    line : int
        Line of `origin` on which `source` begins.
    label : str or None
        Its label.
    language : str
        `python`.
    index : int
        1 for the first cell of the chapter.
    origin : str
        The chapter, or the file it includes.
    option_lines : tuple of str
        The `#|` lines as they stand.
    indent : str
        White space before its fence, as in a list.
    """

    source: str
    options: Mapping[str, Any]
    line: int
    label: str | None
    language: str
    index: int
    origin: str
    option_lines: tuple[str, ...] = ()
    indent: str = ""

    @property
    def name(self) -> str:
        """What messages call it: its label, or `cell 3`."""
        return self.label or f"cell {self.index}"


Block = Markdown | Cell


@dataclass(frozen=True)
class Document:
    """A chapter, taken apart.

    Attributes
    ----------
    path : str
        Relative to the project.
    front_matter : mapping
        Its YAML header.
    blocks : tuple of Markdown and Cell
        In order.
    hash : str
        MD5 of the text with LF line ends, as Quarto records it in a freeze.
    included : tuple of str
        Files that `{{< include >}}` brought in, relative to the project.
    warnings : tuple of str
        What of it the bindery does not know.
    """

    path: str
    front_matter: Mapping[str, Any]
    blocks: tuple[Block, ...]
    hash: str
    included: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Cell))

    @property
    def has_code(self) -> bool:
        """Whether there is anything to execute: a cell or an inline expression."""
        return any(isinstance(block, Cell) or block.inline for block in self.blocks)


def read(root: Path, path: str) -> Document:
    """Read the chapter at `path`, relative to `root`."""
    return parse((root / path).read_text(encoding="utf-8"), path, root)


def digest(text: str) -> str:
    """The hash that Quarto keeps of a chapter's text."""
    return hashlib.md5(_lf(text).encode(), usedforsecurity=False).hexdigest()


def parse(text: str, path: str, root: Path) -> Document:
    """Take a chapter's text apart.

    Parameters
    ----------
    text : str
        The whole file.
    path : str
        The file, relative to the project.
    root : Path
        The project's folder, from which included files are read.

    Raises
    ------
    ProjectError
        If YAML in it is not valid, a label stands twice, or an included file is missing.
    """
    lines, included = expand(_lf(text), path, root)
    warnings: list[str] = []
    blocks = tuple(_blocks(lines, warnings))
    front, _body, _line = frontmatter.split(_lf(text))
    metadata = yamlfile.mapping(front, path, 2)
    warnings = [*_unknown_front_matter(front, metadata, path), *warnings, *_unknown_options(blocks)]
    _refuse_double_labels(blocks)
    return Document(path, metadata, blocks, digest(text), included, tuple(warnings))


def replace_inline(text: str, value: Mapping[str, str]) -> str:
    """Put values in the place of inline expressions, line by line; one without a value, or an empty one, stays."""

    def result(match: re.Match[str]) -> str:
        found = value.get(match["expression"].strip())
        return match["before"] + found if found else match[0]

    return "\n".join(_INLINE.sub(result, line) for line in text.split("\n"))


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _blocks(lines: list[Line], warnings: list[str]) -> Iterator[Block]:
    """Walk over the lines and cut them into blocks."""
    pending: list[Line] = []
    opened: re.Match[str] | None = None  # the fence of the cell we are in
    fence: str | None = None  # the fence of the ordinary code block we are in
    in_yaml = False
    count = 0
    for position, line in enumerate(lines):
        if opened is not None:
            if re.fullmatch(re.escape(opened["indent"]) + opened["ticks"] + r"\s*", line.text):
                cell = _cell(pending, opened, count + 1)
                if cell is not None:
                    count += 1
                    yield cell
                pending, opened = [], None
            else:
                pending.append(line)
            continue
        if fence is None and _YAML_FENCE.match(line.text) and (in_yaml or _yaml_follows(lines, position)):
            if in_yaml:
                yield from _markdown([*pending, line], raw=True)
                pending = []
            else:
                yield from _markdown(pending)
                pending = [line]
            in_yaml = not in_yaml
            continue
        start = _CELL.match(line.text) if fence is None else None
        if start is not None and start["language"].lower() == LANGUAGE:
            yield from _markdown(pending)
            pending, opened = [], start
            if start["rest"] and start["rest"].strip():
                extra = start["rest"].strip()
                warnings.append(f"{line.origin}:{line.number}: `{extra}` in a cell's braces is ignored; use `#|` lines")
            continue
        if start is not None:
            warnings.append(f"{line.origin}:{line.number}: {{{start['language']}}} cells are not run by the bindery")
        fence = _next_fence(fence, line.text)
        pending.append(line)
    if opened is not None:
        last = lines[-1]
        raise ProjectError(f"{last.origin}:{last.number - len(pending)}: this cell is never closed")
    yield from _markdown(pending)


def _yaml_follows(lines: list[Line], position: int) -> bool:
    """A `---` before an empty line is a rule, not the beginning of YAML."""
    return position + 1 >= len(lines) or lines[position + 1].text.strip() != ""


def _next_fence(fence: str | None, line: str) -> str | None:
    """The code block we are in after this line, by its fence."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    if fence is None:
        return match["fence"]
    closes = match["fence"].startswith(fence) and not match["info"].strip()
    return None if closes else fence


def _trimmed(lines: list[Line]) -> list[Line]:
    """Without blank lines at both ends."""
    filled = [index for index, line in enumerate(lines) if line.text.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _markdown(lines: list[Line], raw: bool = False) -> Iterator[Markdown]:
    lines = _trimmed(lines)
    if not lines:
        return
    texts = [line.text for line in lines]
    if raw:
        texts = _without_jupyter(texts)
        yield Markdown("\n".join(texts), lines[0].number, lines[0].origin, raw=True)
        return
    text = "\n".join(texts)
    inline = []
    for match in _INLINE.finditer(text):
        at = lines[text.count("\n", 0, match.start("expression"))]
        inline.append(Inline(match["expression"].strip(), at.number, at.origin))
    yield Markdown(text, lines[0].number, lines[0].origin, inline=tuple(inline))


def _without_jupyter(texts: list[str]) -> list[str]:
    """Quarto takes `jupyter:` out of the front matter, as it has been acted upon."""
    kept, dropping = [], False
    for text in texts:
        dropping = text.startswith("jupyter:") or (dropping and (text[:1] in " \t" or not text))
        if not dropping:
            kept.append(text)
    return kept if len(kept) > 2 else []


def _cell(lines: list[Line], opened: re.Match[str], index: int) -> Cell | None:
    """Make a cell of the lines between its fences; None if there is nothing in it."""
    indent = opened["indent"]
    lines = _trimmed([Line(line.text.removeprefix(indent), line.origin, line.number) for line in lines])
    if not lines:
        return None
    head = 0
    while head < len(lines) and _OPTION.match(lines[head].text):
        head += 1
    options: dict[str, Any] = {}
    if head:
        yaml = "\n".join(_OPTION.sub("", line.text) for line in lines[:head])
        options = yamlfile.mapping(yaml, lines[0].origin, lines[0].number)
    code = lines[head:]
    while code and not code[0].text.strip():
        code = code[1:]
    label = options.get("label")
    return Cell(
        source="\n".join(line.text for line in code),
        options=options,
        line=code[0].number if code else lines[-1].number,
        label=None if label is None else str(label),
        language=LANGUAGE,
        index=index,
        origin=lines[0].origin,
        option_lines=tuple(line.text for line in lines[:head]),
        indent=indent,
    )


def _unknown_front_matter(text: str, metadata: Mapping[str, Any], path: str) -> list[str]:
    unknown = [key for key in metadata if key not in known.FRONT_MATTER]
    lines = yamlfile.lines(text, 2) if unknown else {}
    return [f"{path}:{lines.get((str(key),), 1)}: `{key}` is not known to the bindery" for key in unknown]


def _unknown_options(blocks: tuple[Block, ...]) -> list[str]:
    found = []
    for cell in (block for block in blocks if isinstance(block, Cell)):
        at = f"{cell.origin}:{cell.line}: cell `{cell.name}`"
        for key in cell.options:
            if key in known.FIGURE_SIZE:
                found.append(f"{at}: `{key}` has no effect in a cell; size the figure in code or per document")
            elif key not in known.CELL and not key.startswith("data-"):
                found.append(f"{at}: option `{key}` is not known to the bindery")
    return found


def _refuse_double_labels(blocks: tuple[Block, ...]) -> None:
    seen: dict[str, Cell] = {}
    for cell in (block for block in blocks if isinstance(block, Cell)):
        if cell.label is None:
            continue
        if cell.label in seen:
            raise ProjectError(
                f"{cell.origin}:{cell.line}: label `{cell.label}` is already used on line {seen[cell.label].line}"
            )
        seen[cell.label] = cell
