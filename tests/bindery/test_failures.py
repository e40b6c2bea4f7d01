import pytest

from bindery import failures
from bindery.cells import Cell

R_CELL = "%%R\nf <- function(x) stop('no')\ny <- 2\nf(\n  3)"


def cell(source: str) -> Cell:
    return Cell(source, {}, 10, None, "python", 1, "a.qmd")


def error(evalue: str, *traceback: str) -> dict[str, object]:
    return {"output_type": "error", "ename": "E", "evalue": evalue, "traceback": list(traceback)}


def test_the_line_is_that_of_the_cell_and_not_of_what_it_calls() -> None:
    traceback = "\x1b[36mCell In[4]\x1b[0m, line 2\n...\nCell In[3], line 9\nE: no"
    assert failures.explain(cell("a\nb\nc"), error("no", traceback), 4) == (
        11,
        "Cell In[4], line 2\n...\nCell In[3], line 9\nE: no",
    )


def test_without_a_traceback_the_exception_itself_is_told() -> None:
    assert failures.explain(cell("a"), error("no"), 4) == (10, "E: no")


def test_only_the_last_lines_are_told() -> None:
    text = failures.explain(cell("a"), error("no", "\n".join(map(str, range(100)))), 1)[1]
    assert text.splitlines() == [str(number) for number in range(100 - failures.LAST_LINES, 100)]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("Error in f(3) : no", 13),
        ("Error in g(3) : no", 10),
        ("Error: no", 10),
        ("<text>:2:3: unexpected symbol", 12),
    ],
)
def test_r_speaks_for_itself(message: str, line: int) -> None:
    evalue = f"Failed to parse and evaluate line 'f(\\n 3)'.\nR error message: {message + chr(10)!r}"
    assert failures.explain(cell(R_CELL), error(evalue, "long traceback"), 1) == (line, message)
