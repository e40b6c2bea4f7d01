"""What a text file looks like, for the advice in a refusal: its encoding, and what parts its columns."""

import codecs
import csv
import re
from collections.abc import Sequence
from typing import BinaryIO

SAMPLE = 1 << 16
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = (";", "\t", "|", ",")
# Quotes, dashes and the euro sign stand there in cp1252; in latin-1 nothing does.
WINDOWS = re.compile(rb"[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]")


def likely_encodings(handle: BinaryIO, most: int | None = None) -> list[str]:
    """Return the encodings that a file may be written in, the likeliest first; none if it is all ASCII.

    Parameters
    ----------
    handle
        The file, open at its beginning; read to the first byte that is not ASCII, and a little further.
    most
        Bytes to look at; default all.
    """
    start = handle.read(SAMPLE)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
    if marked:
        return [marked]
    if start.count(0) > len(start) // 5:
        return ["utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"]
    block, seen = start, len(start)
    while block.isascii():
        block = handle.read(SAMPLE)
        seen += len(block)
        if not block or (most is not None and seen > most):
            return []
    if _is_utf8(block):
        return ["utf-8"]
    return ["cp1252", "latin-1"] if WINDOWS.search(block) else ["latin-1", "cp1252"]


def _is_utf8(block: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(block, final=len(block) < SAMPLE)  # a full block may end within a letter
    except UnicodeDecodeError:
        return False
    return True


def likely_separator(heading: Sequence[str]) -> str | None:
    r"""Guess what parts the columns of a heading that was read as one column; ``\s+`` is white space."""
    if len(heading) != 1:
        return None
    line = heading[0]
    counts = {sep: len(next(csv.reader([line], delimiter=sep), [])) for sep in SEPARATORS}
    best = max(counts, key=lambda sep: counts[sep])
    if counts[best] > 1:
        return best
    return r"\s+" if len(line.split()) > 2 else None
