"""A render that is interrupted or killed leaves the old book or the new one, whole, and no process."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from bindery.project import Project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CONFIG = """\
project: {type: book, execute-dir: project}
book:
  title: Small
  chapters: [index.qmd, chapters/one.qmd, chapters/two.qmd]
"""

CHAPTER = """# {name}

```{{python}}
#| label: {slug}-one
import subprocess, sys, time
from pathlib import Path
number = Path("number.txt").read_text()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)  # {mark}"], start_new_session=True)
time.sleep(1)
while Path("hold").exists():
    time.sleep(0.05)
```

```{{python}}
#| label: {slug}-two
time.sleep(0.3)
child.kill()
print("the number is", number)
```
"""

MOMENTS = 5


@pytest.fixture
def small(book, tmp_path):
    mark = f"mark {tmp_path}"
    chapters = {f"chapters/{slug}.qmd": CHAPTER.format(name=slug, slug=slug, mark=mark) for slug in ("one", "two")}
    small = book(config=CONFIG, **chapters, **{"number.txt": "0"})
    assert render(small).wait(timeout=120) == 0
    return small


def render(small: Project) -> subprocess.Popen:
    command = [sys.executable, "-m", "bindery", "render", "--project", str(small.root), "--jobs", "2"]
    return subprocess.Popen(command, cwd=small.root, stderr=subprocess.PIPE, start_new_session=True)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def relatives(small: Project) -> list[psutil.Process]:
    """Every process that has to do with a render of this book, found by what it runs and where."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            at_home = process.cwd() == str(small.root) or str(small.root) in words
            if at_home and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def runs(process: psutil.Process, words: str) -> bool:
    """Whether a process runs what some words name; one that has ended meanwhile runs nothing."""
    try:
        return words in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def assert_all_gone(small: Project) -> None:
    deadline = time.monotonic() + 10
    while left := relatives(small):
        assert time.monotonic() < deadline, [process.cmdline() for process in left]
        time.sleep(0.05)


def change(small: Project, number: int) -> None:
    (small.root / "number.txt").write_text(str(number))
    os.utime(small.root / "number.txt", (time.time() - 10,) * 2)


def assert_whole(small: Project, seen: dict[str, bytes], whole: list[dict[str, bytes]]) -> None:
    """What a kill left is a book that was there before, or the one that a render from here makes."""
    assert render(small).wait(timeout=120) == 0
    whole.append(tree(small.output_dir))
    assert seen in whole
    assert not list(small.root.glob("._book*"))
    assert not list((small.root / "_freeze").rglob(".*"))


def test_killed_at_random_moments(small):
    moments = random.Random(20231231)
    whole = [tree(small.output_dir)]
    for number in range(1, MOMENTS + 1):
        change(small, number)
        process = render(small)
        time.sleep(moments.uniform(0.2, 5.0))
        process.kill()
        process.wait()
        assert_all_gone(small)
        assert_whole(small, tree(small.output_dir), whole)
        assert f"the number is {number}".encode() in whole[-1]["chapters/two.html"]


def test_killed_at_random_moments_of_binding(small):
    moments = random.Random(20231231)
    whole = [tree(small.output_dir)]
    left = set()
    for number in range(1, 2 * MOMENTS + 1):
        (small.root / "index.qmd").write_text(f"# Preface {{.unnumbered}}\n\nEdition {number}.\n")
        process = render(small)
        while not list(small.root.glob("._book.new-*")):
            assert process.poll() is None
        time.sleep(moments.uniform(0, 0.9))
        process.kill()
        process.wait()
        assert_all_gone(small)
        seen = tree(small.output_dir)
        left.add(f"Edition {number}".encode() in seen["index.html"])
        assert_whole(small, seen, whole)
    assert left == {True, False}


def when_cells_run(small: Project) -> subprocess.Popen:
    """Start a render and wait until the children of both kernels run; they run until `hold` is removed."""
    change(small, 1)
    (small.root / "hold").touch()
    process = render(small)
    deadline = time.monotonic() + 60
    while sum(runs(one, f"mark {small.root}") for one in relatives(small)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_interrupted(small, number, code):
    before = tree(small.output_dir), tree(small.root / "_freeze")
    process = when_cells_run(small)
    process.send_signal(number)
    error = process.communicate(timeout=20)[1].decode()
    assert process.returncode == code
    assert relatives(small) == []
    assert (tree(small.output_dir), tree(small.root / "_freeze")) == before
    last = error.strip().splitlines()[-1]
    assert last.endswith("the book is as it was before; chapters reported as done are frozen")
    assert "Traceback" not in error


def test_killed_worker_fails_its_chapter(small):
    process = when_cells_run(small)
    worker = next(child for child in psutil.Process(process.pid).children() if runs(child, "bindery.worker"))
    worker.kill()
    (small.root / "hold").unlink()
    error = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1
    assert "was ended by signal 9 (out of memory? try fewer jobs)" in error
    assert "1 executed, 0 fresh, 1 failed" in error
    assert_all_gone(small)


def test_temporary_files_of_a_killed_render_are_removed_by_the_next(small):
    process = when_cells_run(small)
    process.kill()
    process.wait()
    assert_all_gone(small)
    (small.root / "hold").unlink()
    left = list(Path(tempfile.gettempdir()).glob(f"bindery-*-{process.pid}-*"))
    assert left
    assert render(small).wait(timeout=120) == 0
    assert not any(path.exists() for path in left)


def test_second_render_waits_and_says_so(small):
    first = when_cells_run(small)
    second = render(small)
    waiting = second.stderr.readline().decode()
    (small.root / "hold").unlink()
    error = second.communicate(timeout=120)[1].decode()
    assert first.wait() == 0
    assert second.returncode == 0
    assert waiting.startswith(f"another render (pid {first.pid}, since ")
    assert waiting.endswith(") is running; waiting\n")
    assert "chapters: 0 executed, 2 fresh" in error
