"""Kernels end with the program that started them, however it ends."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bindery.kernel import figure_settings
from bindery.options import DEFAULTS, Execution
from bindery.project import Project

CHAPTER = """\
```{python}
import os, subprocess, time
from pathlib import Path
Path("started").write_text(str(os.getpid()))
time.sleep(60)
```
"""
PROGRAM = """\
import sys
from pathlib import Path
from bindery import execute, project
root = Path(sys.argv[1])
execute.run(project.load(root), "chapters/one.qmd", freeze_dir=root / "_freeze")
"""


def start(book: Project) -> subprocess.Popen[bytes]:
    """Execute a chapter in a process of its own, whose kernel can be told by the temporary folder in its command."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2] / "python")}
    command = [sys.executable, "-c", PROGRAM, str(book.root)]
    (book.root / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(command, env={**environment, "TMPDIR": str(book.root / "tmp")}, stderr=subprocess.DEVNULL)


def kernels(book: Project) -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(book.root / "tmp") in command and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def wait(until: Callable[[], object], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems notice within a second")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_kernel_outlives_a_bindery_that_is_killed(book: Callable[..., Project], how: signal.Signals) -> None:
    small = book(CHAPTER)
    program = start(small)
    assert wait((small.root / "started").exists)
    assert len(kernels(small)) == 1
    program.send_signal(how)
    program.wait(10)
    assert wait(lambda: not kernels(small), 5)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems notice within a second")
def test_no_kernel_outlives_a_bindery_that_is_killed_while_it_starts(book: Callable[..., Project]) -> None:
    small = book(CHAPTER)
    for delay in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4):
        program = start(small)
        assert wait(lambda: kernels(small))
        time.sleep(delay)
        program.kill()
        program.wait(10)
        assert wait(lambda: not kernels(small), 2), f"killed {delay} s after its kernel appeared"


@pytest.mark.parametrize(
    ("html", "typst", "png", "svg"),
    [
        (DEFAULTS["html"], DEFAULTS["typst"], 7, 5.5),
        (Execution(fig_format="svg"), DEFAULTS["typst"], None, 7),
        (DEFAULTS["html"], Execution(fig_format="png", fig_width=4), 7, None),
    ],
)
def test_each_kind_of_picture_has_the_size_of_the_format_that_shows_it(
    html: Execution, typst: Execution, png: float | None, svg: float | None
) -> None:
    settings = figure_settings({"html": html, "typst": typst})
    assert [(settings[kind] or {}).get("width") for kind in ("png", "svg")] == [png, svg]
