"""Leave out the rest of a section that one of its cells has ended in an orderly way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bindery.cells import Block, Cell, Markdown

STOP = "SectionStop"
"""Name of the exception that ends a section; its message becomes the section's last note."""

_HEADING = re.compile(r"(?P<marks>#{1,6})\s")
_DIV = re.compile(r" {0,3}(?P<fence>:{3,})(?P<opens>.*)$")
_FENCE = re.compile(r"\s*(?P<fence>```+|~~~+)")


def note(cell: Cell, message: str, before: Sequence[Block] = ()) -> Markdown:
    """What stands in the place of the cell that ended its section; it also closes the divs that were open before it."""
    closing = "".join(f"\n\n{fence}" for fence in reversed(_open_divs(before)))
    return Markdown(f"::: {{.callout-note}}\n{message.strip()}\n:::{closing}", cell.line, cell.origin)


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


def _open_divs(blocks: Sequence[Block]) -> list[str]:
    """Fences that close the divs which some blocks leave open, the outermost first."""
    left: list[str] = []
    for block in blocks:
        if isinstance(block, Markdown) and not block.raw:
            for _, line in _outside_code(block.text):
                mark = _DIV.match(line)
                if mark and mark["opens"].strip(": \t"):
                    left.append(mark["fence"])
                elif mark and left:
                    left.pop()
    return left


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
