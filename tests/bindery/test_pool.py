import sys
import time
from functools import partial

import psutil
import pytest

from bindery.errors import ProjectError
from bindery.pool import Outcome, Task, check_order, run

CALLS = """
import os, subprocess, sys, time
from bindery.errors import BinderyError

def stamp(path, seconds, report):
    began = time.time()
    report(1, 1, "only")
    time.sleep(seconds)
    with open(path, "a") as file:
        file.write(f"{began} {time.time()}\\n")
    return str(path)

def fail(report):
    raise BinderyError("as it stands")

def crash(report):
    1 / 0

def vanish(report):
    print("last words", flush=True)
    os._exit(3)

def beget(path, report):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    with open(path, "w") as file:
        file.write(str(child.pid))
    report(1, 1, "born")
    time.sleep(60)
"""


class Record:
    def __init__(self, stop_at=None):
        self.events = []
        self.stop_at = stop_at

    def started(self, name):
        self.events.append(("started", name))

    def step(self, name, number, total, label):
        self.events.append(("step", name, number, total, label))
        if self.stop_at == "step":
            raise KeyboardInterrupt

    def ended(self, name, outcome):
        self.events.append((outcome.state, name))

    def tick(self):
        pass


@pytest.fixture
def calls(tmp_path, monkeypatch):
    (tmp_path / "pool_calls.py").write_text(CALLS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("pool_calls", None)
    import pool_calls

    return pool_calls


def spans(path):
    return [tuple(map(float, line.split())) for line in path.read_text().splitlines()]


def test_values_steps_and_order(calls, tmp_path):
    record = Record()
    first, second = tmp_path / "first", tmp_path / "second"
    tasks = [
        Task("b", partial(calls.stamp, second, 0), after=frozenset({"a"})),
        Task("a", partial(calls.stamp, first, 0.1)),
    ]
    outcomes = run(tasks, 2, record)
    assert list(outcomes) == ["b", "a"]
    assert outcomes["a"].value == str(first)
    assert outcomes["a"].seconds >= 0.1
    assert spans(second)[0][0] >= spans(first)[0][1]
    assert ("step", "a", 1, 1, "only") in record.events


@pytest.mark.parametrize(("jobs", "overlap"), [(1, False), (2, True)])
def test_as_many_at_a_time_as_asked(calls, tmp_path, jobs, overlap):
    times = tmp_path / "times"
    run([Task(name, partial(calls.stamp, times, 0.6)) for name in "ab"], jobs, Record())
    (_, end), (begin, _) = sorted(spans(times))
    assert (begin < end) == overlap


def test_longest_first(calls, tmp_path):
    record = Record()
    run([Task(n, partial(calls.stamp, tmp_path / n, 0), weight=w) for n, w in (("a", 1), ("b", 9))], 1, record)
    assert [name for kind, name, *_ in record.events if kind == "started"] == ["b", "a"]


def test_failure_stops_only_what_needs_it(calls, tmp_path):
    tasks = [
        Task("bad", calls.fail),
        Task("needy", partial(calls.stamp, tmp_path / "n", 0), after=frozenset({"bad"})),
        Task("needier", partial(calls.stamp, tmp_path / "n", 0), after=frozenset({"needy"})),
        Task("good", partial(calls.stamp, tmp_path / "g", 0)),
    ]
    outcomes = run(tasks, 1, Record())
    assert outcomes["bad"].message == "as it stands"
    assert outcomes["needy"] == Outcome("skipped", message="needs bad")
    assert outcomes["needier"] == Outcome("skipped", message="needs needy")
    assert outcomes["good"].state == "done"
    assert not (tmp_path / "n").exists()


def test_crash_brings_its_traceback(calls):
    message = run([Task("a", calls.crash)], 1, Record())["a"].message
    assert message.startswith("Traceback")
    assert message.endswith("ZeroDivisionError: division by zero")


def test_vanished_worker_is_a_failure_with_its_last_words(calls):
    outcome = run([Task("a", calls.vanish)], 1, Record())["a"]
    assert outcome.state == "failed"
    assert outcome.message == "its process ended with code 3\nlast words"


def test_interruption_leaves_no_process(calls, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run([Task("a", partial(calls.beget, tmp_path / "pid"))], 1, Record(stop_at="step"))
    deadline = time.monotonic() + 5
    pid = int((tmp_path / "pid").read_text())
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not [child for child in psutil.Process().children() if "bindery.worker" in " ".join(child.cmdline())]


def test_circle_is_named():
    after = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"}), "d": frozenset()}
    with pytest.raises(ProjectError, match="b → c → b"):
        check_order(after)


def test_unknown_dependency_is_named():
    with pytest.raises(ProjectError, match="a depends on x, which is not there"):
        check_order({"a": frozenset({"x"})})
