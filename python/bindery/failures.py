"""Say where in the chapter a cell failed, and why, in as few lines as help."""

from __future__ import annotations

import ast
import re

from bindery import ansi
from bindery.cells import Cell
from bindery.display import Output

LAST_LINES = 12
_FRAME = re.compile(r"Cell In\[(?P<count>\d+)\], line (?P<line>\d+)")
_CELL_FRAME = re.compile(r'File ".*ipykernel_\d+/\d+\.py", line (\d+)')
_R_MESSAGE = re.compile(r"R error message: (?P<quoted>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)
_R_CALL = re.compile(r"^Error in (?P<call>.+?) : ", re.DOTALL)
_R_PARSE = re.compile(r"<text>:(?P<line>\d+):\d+:|Parsing status not ok|ParseError")


def explain(cell: Cell, error: Output, count: int) -> tuple[int, str]:
    """Line of the chapter that failed, and the end of the traceback, or R's own message.

    Parameters
    ----------
    cell : Cell
    error : mapping
        The kernel's error output.
    count : int
        The cell's execution count, by which the traceback names it.
    """
    traceback = ansi.strip("\n".join(error["traceback"]))
    message = r_message(str(error["evalue"]))
    if message is not None:
        return cell.line + _r_line(cell.source, message), message
    frames = [int(match["line"]) for match in _FRAME.finditer(traceback) if int(match["count"]) == count]
    offset = min(frames[0], cell.source.count("\n") + 1) - 1 if frames else 0
    return cell.line + offset, last_lines(traceback or f"{error['ename']}: {error['evalue']}")


def crash(trace: str) -> tuple[int, str]:
    """Offset of the line at which compiled code crashed, and what is to be said of it.

    Parameters
    ----------
    trace : str
        What Python's fault handler wrote; empty if the kernel was killed from outside.
    """
    reason = "the kernel ended without an exception: killed, out of memory, or a crash in compiled code"
    frames = [int(line) for line in _CELL_FRAME.findall(trace)]
    begin = [line for line in trace.splitlines() if line.strip()][:LAST_LINES]
    return (frames[-1] - 1 if frames else 0), "\n".join([reason, *begin])


def last_lines(text: str) -> str:
    """The last lines of a text, without blank ones around them."""
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])


def r_message(text: str) -> str | None:
    """R's message out of what rpy2 makes of an error in R; None if it is none."""
    match = _R_MESSAGE.search(text)
    if match is None:
        return None
    message = str(ast.literal_eval(match["quoted"])).strip()
    return last_lines(re.sub(r"\s+:\s+", " : ", message, count=1))


def _r_line(source: str, message: str) -> int:
    """Offset in an R cell of the line that failed, as far as R's message tells: by line number or by the call."""
    parse = _R_PARSE.search(message)
    if parse and parse["line"]:
        return int(parse["line"])
    call = _R_CALL.match(message)
    if call is None:
        return 0
    # R writes the call on one line, however it stands in the cell: look for it with all white space taken out
    characters = [(character, offset) for offset, line in enumerate(source.split("\n")) for character in line if offset]
    bare = [(character, offset) for character, offset in characters if not character.isspace()]
    found = "".join(character for character, _offset in bare).find(re.sub(r"\s+", "", call["call"]))
    return bare[found][1] if found >= 0 else 0
