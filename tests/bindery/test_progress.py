import io
import re

import pytest

from bindery.pool import Outcome
from bindery.progress import Progress


@pytest.fixture
def stream():
    return io.StringIO()


def screen(text):
    """What a terminal shows after all of it."""
    lines = [""]
    row = 0
    for token in re.findall(r"\x1b\[1A|\x1b\[2K|\r|\n|[^\x1b\r\n]+", text):
        if token == "\x1b[1A":
            row -= 1
        elif token == "\x1b[2K":
            lines[row] = ""
        elif token == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif token != "\r":
            lines[row] = token
    return [line for line in lines if line]


def test_plain_lines_are_few(stream):
    now = [0.0]
    shown = Progress(stream, clock=lambda: now[0])
    shown.started("a.qmd")
    for number in range(1, 8):
        now[0] += 2
        shown.step("a.qmd", number, 7, f"fig-a-{number}")
        shown.tick()
    shown.ended("a.qmd", Outcome("done", seconds=14.04))
    assert stream.getvalue().splitlines() == [
        "a.qmd: started",
        "a.qmd: cell 3/7 fig-a-3",
        "a.qmd: cell 6/7 fig-a-6",
        "a.qmd: done in 14.0 s",
    ]


def test_terminal_has_one_moving_line_per_chapter(stream):
    shown = Progress(stream, live=True)
    shown.started("a.qmd")
    shown.started("b.qmd")
    shown.step("b.qmd", 2, 9, "fig-b-map")
    shown.tick()
    assert screen(stream.getvalue()) == ["  a.qmd: starting · 0 s", "  b.qmd: cell 2/9 fig-b-map · 0 s"]
    shown.ended("a.qmd", Outcome("done", seconds=1.25))
    assert screen(stream.getvalue()) == ["a.qmd: done in 1.2 s", "  b.qmd: cell 2/9 fig-b-map · 0 s"]
    shown.close()
    assert screen(stream.getvalue()) == ["a.qmd: done in 1.2 s"]


def test_moving_lines_fit_the_terminal(stream, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    shown = Progress(stream, live=True)
    shown.started("chapters/a-chapter-with-a-long-name.qmd")
    assert max(map(len, screen(stream.getvalue()))) < 30


def test_failure_shows_its_whole_message(stream):
    shown = Progress(stream)
    shown.started("a.qmd")
    shown.ended("a.qmd", Outcome("failed", message="a.qmd:3: cell `x` failed\nKeyError: 1", seconds=2))
    shown.ended("b.qmd", Outcome("skipped", message="needs a.qmd"))
    assert stream.getvalue().splitlines()[1:] == [
        "a.qmd: failed after 2.0 s",
        "  a.qmd:3: cell `x` failed",
        "  KeyError: 1",
        "b.qmd: not executed, needs a.qmd",
    ]
