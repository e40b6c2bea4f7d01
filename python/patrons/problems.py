"""What is wrong with the data, all at once: a table on the screen, and the whole of it in a file."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from patrons.errors import PatronsError

SHOWN = 20  # problems on the screen; the file has them all
WIDTH = 44  # letters of a value or a rule in a row on the screen
UNUSABLE = "data cannot be used"
# Words that carry on a sentence that begins with the file.
CARRY_ON = ("is", "has", "holds", "cannot")
# A spreadsheet takes what begins so for a formula; a negative number is none.
FORMULA = re.compile(r"^(?![+-]?[\d.,]+$)[=+\-@\t\r]")


@dataclass(frozen=True)
class Problem:
    """One place in the data that breaks a rule.

    Attributes
    ----------
    table, file : str
    row : int or None
        Number of the row after the heading; None where it concerns the whole file.
    column : str
        The file's own name of the column.
    value : str
        What stands there.
    rule : str
        What it breaks.
    outcome : str
        What was done: the row set aside, the value left out, kept; or the data cannot be used.
    todo : str
        What to do about it.
    """

    table: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    rule: str = ""
    outcome: str = UNUSABLE
    todo: str = ""

    def sentence(self) -> str:
        """Say it in a sentence or two."""
        place = self.file
        if self.row is not None:
            place += f", row {self.row:,}"
        if self.column:
            place += f", column {self.column!r}"
        value = f"{shorten(self.value)!r} " if self.value else ""
        joint = " " if place == self.file and self.rule.split(" ")[0] in CARRY_ON else ": "
        start = f"{place}{joint}" if place else ""
        return f"{start}{value}{self.rule}{'' if self.rule.endswith(('.', '?')) else '.'} {self.todo}".rstrip()


class Problems(PatronsError):
    """Data that cannot be used, with everything that is wrong with them."""

    def __init__(self, found: Iterable[Problem], message: str = ""):
        self.found = tuple(found)
        super().__init__(message or tell(self.found))

    def of_table(self, name: str) -> "Problems":
        """Return the same, saying of which table."""
        return Problems(replace(problem, table=problem.table or name) for problem in self.found)


def from_error(error: PatronsError, table: str = "", file: str = "") -> tuple[Problem, ...]:
    """Return what an error has to say as problems."""
    if isinstance(error, Problems):
        return error.of_table(table).found
    return (Problem(table=table, file=file, rule=str(error)),)


def tell(found: Sequence[Problem]) -> str:
    """Say one problem in words, several as a table."""
    if len(found) == 1:
        table = f"tables.{found[0].table}: " if found[0].table else ""
        return table + found[0].sentence()
    return f"{len(found):,} problems\n" + as_text(found)


def as_text(found: Sequence[Problem], count: int | None = None) -> str:
    """Lay out the first problems in lines: file, row, column, value, rule; below, what was done and what to do.

    Parameters
    ----------
    found
        At least the first of them.
    count
        How many there are in all, where `found` does not hold all.
    """
    shown = found[:SHOWN]
    rows = [("table", "file", "row", "column", "value", "rule")]
    for item in shown:
        number = "" if item.row is None else f"{item.row:,}"
        rows.append((item.table, item.file, number, item.column, item.value, item.rule))
    cells = [[*map(shorten, row[:5]), printable(row[5])] for row in rows]
    widths = [max(len(row[place]) for row in cells) for place in range(5)]
    used = [place for place, width in enumerate(widths) if any(row[place] for row in cells[1:])] + [5]
    lines = []
    previous = ""
    for index, cell in enumerate(cells):
        parts = [cell[place].ljust(widths[place]) if place < 5 else cell[place] for place in used]
        remark = "" if index == 0 else _remark(shown[index - 1])
        if remark and previous and remark != previous:
            lines.append(f"    → {previous}")
        previous = remark
        lines.append(("  " + "  ".join(parts)).rstrip())
    lines.append(f"    → {previous}")
    more = (count or len(found)) - len(shown)
    return "\n".join(lines + ([f"  and {more:,} more"] if more > 0 else []))


def _remark(item: Problem) -> str:
    return f"{item.outcome[:1].upper()}{item.outcome[1:]}. {item.todo}".rstrip()


def shorten(text: str, most: int = WIDTH) -> str:
    """Cut a text that would fill the screen, and show what cannot be seen."""
    shown = printable(text[: most * 2])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def printable(text: str) -> str:
    """Show what moves the cursor or turns the direction of writing as its code; letters of any script stay."""
    return "".join(
        letter if unicodedata.category(letter) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") else f"\\u{ord(letter):04x}"
        for letter in text
    )


def safe(text: str) -> str:
    """Return text that a spreadsheet will not take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def heading() -> list[str]:
    """Return the names of the columns of the file of problems."""
    return [field.name.replace("todo", "what to do") for field in fields(Problem)]


def write_file(part: Path, found: Iterable[Problem]) -> None:
    """Write problems into a CSV file, one line each."""
    with part.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(heading())
        for problem in found:
            writer.writerow(
                "" if cell is None else safe(cell) if isinstance(cell, str) else cell for cell in astuple(problem)
            )
