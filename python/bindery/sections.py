"""End a section, or the chapter, in an orderly way: a note in the place of what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bindery.cells import Block, Cell, Markdown

STOP = "SectionStop"
"""Name of the exception that ends a section; its message becomes the section's last note."""

_HEADING = re.compile(r"(?P<marks>#{1,6})\s")
_FENCE = re.compile(r"\s*(?P<fence>```+|~~~+)")


def note(before: str, message: str) -> str:
    """Return the note with which a section or a chapter ends early; it also closes the divs that are open before it."""
    left: list[str] = []
    for _, line in _outside_code(before):
        div = re.match(r"\s*(:::+)\s*(.*)$", line)
        if div and div[2].strip(": \t"):
            left.append(div[1])
        elif div and left:
            left.pop()
    return f"::: {{.callout-note}}\n{message.strip()}\n:::\n" + "".join(f"\n{fence}\n" for fence in reversed(left))


def end(cell: Cell, message: str, before: Sequence[Block]) -> Markdown:
    """What stands in the place of the cell that ended its section."""
    text = "\n\n".join(block.text for block in before if isinstance(block, Markdown) and not block.raw)
    return Markdown(note(text, message).rstrip("\n"), cell.line, cell.origin)


def level(blocks: Sequence[Block]) -> int:
    """Level of the last heading in some blocks: 2 for `##`; 0 if there is none, so that nothing ends its section."""
    found = 0
    for block in blocks:
        if isinstance(block, Markdown) and not block.raw:
            found = next((depth for _, depth in reversed(list(_headings(block.text)))), found)
    return found


def resume(block: Block, ended: int) -> Markdown | None:
    """Return what follows a section within a block: all from the next heading of its level or a higher one.

    Parameters
    ----------
    block : Markdown or Cell
    ended : int
        Level of the section that ended.

    Returns
    -------
    Markdown or None
        None if the block still belongs to the section.
    """
    if isinstance(block, Cell) or block.raw:
        return None
    lines = block.text.split("\n")
    for start, depth in _headings(block.text):
        if depth <= ended:
            left = [inline for inline in block.inline if inline.line - block.line >= start]
            return replace(block, text="\n".join(lines[start:]), line=block.line + start, inline=tuple(left))
    return None


def _headings(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are headings, counted from 0, with their levels; what stands in a block of code is none."""
    for number, line in _outside_code(text):
        heading = _HEADING.match(line)
        if heading:
            yield number, len(heading["marks"])


def _outside_code(text: str) -> Iterator[tuple[int, str]]:
    """Lines that do not belong to a block of code, counted from 0."""
    fence: str | None = None
    for number, line in enumerate(text.split("\n")):
        mark = _FENCE.match(line)
        if mark and (fence is None or mark["fence"].startswith(fence)):
            fence = mark["fence"] if fence is None else None
        elif fence is None:
            yield number, line
