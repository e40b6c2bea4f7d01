"""Leave out the rest of a section that one of its cells has ended in an orderly way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bindery.cells import Block, Cell, Markdown

STOP = "SectionStop"
"""Name of the exception that ends a section; its message becomes the section's last note."""

_HEADING = re.compile(r"(?P<marks>#{1,6})\s")
_FENCE = re.compile(r"\s*(?P<fence>```+|~~~+)")


def note(cell: Cell, message: str) -> Markdown:
    """What stands in the place of the cell that ended its section."""
    return Markdown(f"::: {{.callout-note}}\n{message.strip()}\n:::", cell.line, cell.origin)


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
    fence: str | None = None
    for number, line in enumerate(text.split("\n")):
        mark, heading = _FENCE.match(line), _HEADING.match(line)
        if mark and (fence is None or mark["fence"].startswith(fence)):
            fence = mark["fence"] if fence is None else None
        elif heading and fence is None:
            yield number, len(heading["marks"])
