import subprocess
import sys

from bindery.lock import hold, lock_path

HOLD = """
import sys, time
from pathlib import Path
from bindery.lock import hold
with hold(Path(sys.argv[1]), Path(sys.argv[2]), print):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def holder(root, freeze, seconds):
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{HOLD}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(root), str(freeze), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_second_waits_and_says_for_whom(tmp_path):
    said = []
    with holder(tmp_path, tmp_path / "_freeze", 0.7) as first, hold(tmp_path, tmp_path / "_freeze", said.append):
        assert first.wait() == 0
    assert len(said) == 1
    assert said[0].startswith(f"another render (pid {first.pid}, since ")
    assert said[0].endswith(") is running; waiting")


def test_killed_holder_lets_go(tmp_path):
    with holder(tmp_path, tmp_path / "_freeze", 60) as first:
        first.kill()
    said = []
    with hold(tmp_path, tmp_path / "_freeze", said.append):
        assert said == []


def test_other_freeze_does_not_wait(tmp_path):
    said = []
    with holder(tmp_path, tmp_path / "_freeze", 60) as first:
        with hold(tmp_path, tmp_path / "_sources" / "freeze", said.append):
            assert said == []
        first.kill()


def test_one_lock_however_the_freeze_is_written(tmp_path):
    assert lock_path(tmp_path, tmp_path / "x" / ".." / "_freeze") == lock_path(tmp_path, tmp_path / "_freeze")
