"""Run tasks in processes of their own, several at a time, in the order their dependencies allow.

A task is a picklable call. Each runs in a fresh Python (`bindery.worker`), which ends when this process ends, whatever
ends it. A task that fails stops only itself and the tasks that come after it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import IO, Any, Literal, Protocol

import psutil

from bindery import atomic
from bindery.errors import ProjectError

PYTHON_PATH = Path(__file__).resolve().parent.parent
"""The folder that holds this package: workers import it from there, installed or not."""


@dataclass(frozen=True)
class Task:
    """One call to make in a process of its own.

    Attributes
    ----------
    name
        How the task is called in messages, and by tasks that come after it.
    call
        A picklable callable; it is called with a function that takes ``(number, total, label)`` to report its steps.
    after
        Names of tasks that must have ended well before.
    weight
        Expected seconds; of the tasks that could start, the longest starts first.
    """

    name: str
    call: Callable[[Callable[[int, int, str], None]], Any]
    after: frozenset[str] = frozenset()
    weight: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How a task ended: ``done`` with its value, ``failed`` with a message, or ``skipped`` for want of another."""

    state: Literal["done", "failed", "skipped"]
    value: Any = None
    message: str = ""
    seconds: float = 0.0


class Reporter(Protocol):
    """What is told of running tasks (see `progress`)."""

    def started(self, name: str) -> None:
        """Take note that a task began."""

    def step(self, name: str, number: int, total: int, label: str) -> None:
        """Take note that a task came to one of its steps."""

    def ended(self, name: str, outcome: Outcome) -> None:
        """Take note that a task ended, or will not be run."""

    def tick(self) -> None:
        """Be called several times a second while tasks run."""


def run(tasks: Sequence[Task], jobs: int, reporter: Reporter) -> dict[str, Outcome]:
    """Run all tasks, at most `jobs` at a time, and return how each ended, in the order given.

    Leaving by an exception (Ctrl-C among them) ends every process that was started.

    Raises
    ------
    ProjectError
        Tasks wait for one another in a circle, or for one that is not there.
    """
    check_order({task.name: task.after for task in tasks})
    waiting = sorted(tasks, key=lambda task: -task.weight)
    outcomes: dict[str, Outcome] = {}
    with _scratch() as scratch, _processes() as running:
        while waiting or running:
            while doomed := [task for task in waiting if _lost(task, outcomes)]:
                for task in doomed:
                    waiting.remove(task)
                    outcomes[task.name] = Outcome("skipped", message=f"needs {', '.join(_lost(task, outcomes))}")
                    reporter.ended(task.name, outcomes[task.name])
            for task in [task for task in waiting if task.after <= outcomes.keys()][: jobs - len(running)]:
                waiting.remove(task)
                reporter.started(task.name)
                running.append(_Process.start(task, scratch))
            for process in _heard(running):
                outcome = process.listen(reporter)
                if outcome is not None:
                    running.remove(process)
                    outcomes[process.name] = outcome
                    reporter.ended(process.name, outcome)
            reporter.tick()
    return {task.name: outcomes[task.name] for task in tasks}


def check_order(after: dict[str, frozenset[str]]) -> None:
    """Refuse a circle of dependencies, naming it, and a dependency on something that is not there."""
    for name, needs in after.items():
        for unknown in sorted(needs - after.keys()):
            raise ProjectError(f"{name} depends on {unknown}, which is not there")
    settled: set[str] = set()
    while open_ := {name: needs - settled for name, needs in after.items() if name not in settled}:
        free = {name for name, needs in open_.items() if not needs}
        if not free:
            circle = [min(open_)]
            while circle[-1] not in circle[:-1]:
                circle.append(min(open_[circle[-1]]))
            raise ProjectError("chapters depend on each other: " + " → ".join(circle[circle.index(circle[-1]) :]))
        settled |= free


def _lost(task: Task, outcomes: dict[str, Outcome]) -> list[str]:
    """Return what a task needs and will not get."""
    return sorted(name for name in task.after if name in outcomes and outcomes[name].state != "done")


@dataclass
class _Process:
    """A worker at work."""

    name: str
    popen: subprocess.Popen
    link: Connection
    log: IO[bytes]
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, task: Task, scratch: Path) -> "_Process":
        here, there = Pipe()
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker; it has no name, so nothing is left
        code = f"import sys; sys.path.insert(0, {str(PYTHON_PATH)!r}); from bindery.worker import main; main()"
        popen = subprocess.Popen(
            [sys.executable, "-c", code, str(there.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(scratch)},
            pass_fds=[there.fileno()],
            # Ctrl-C in the terminal goes to this process alone, which then ends the workers and their kernels
            start_new_session=True,
        )
        there.close()
        here.send(task.call)
        return cls(task.name, popen, here, log)

    def listen(self, reporter: Reporter) -> Outcome | None:
        """Take one message from the worker; the outcome, once there is one."""
        seconds = time.monotonic() - self.began
        try:
            kind, *content = self.link.recv()
        except (EOFError, ConnectionError):
            outcome = Outcome("failed", message=self._epitaph(), seconds=seconds)
        else:
            if kind == "step":
                reporter.step(self.name, *content)
                return None
            value, message = (content[0], "") if kind == "done" else (None, content[0])
            outcome = Outcome(kind, value, message, seconds)
        self.end(grace=2)
        return outcome

    def end(self, grace: float = 0) -> None:
        """End the worker and everything below it, and wait until it is gone.

        Parameters
        ----------
        grace
            Seconds in which it may still end by itself.
        """
        try:
            worker = psutil.Process(self.popen.pid)
            family = [worker, *worker.children(recursive=True)]
        except psutil.NoSuchProcess:
            family = []
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=grace)
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        self.popen.wait()
        psutil.wait_procs(family, timeout=5)
        self.link.close()
        self.log.close()

    def _epitaph(self) -> str:
        """Say how a worker ended that had no time to say it itself."""
        code = self.popen.wait()
        self.log.seek(0)
        last = self.log.read().decode(errors="replace").strip().splitlines()[-8:]
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        hint = " (out of memory? try fewer jobs)" if code == -9 else ""
        return "\n".join([f"its process {how}{hint}", *last])


@contextmanager
def _scratch() -> Iterator[Path]:
    """Make a folder for the temporary files of all workers, and tidy up after runs that were killed.

    It lies in the system's folder for such things because names of sockets in it must be short.
    """
    prefix = f"bindery-{os.getuid()}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        pid = left.name.removeprefix(prefix).split("-")[0]
        if pid.isdigit() and not atomic.runs(int(pid)):
            _sweep(left)
            shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
    try:
        yield scratch
    finally:
        _sweep(scratch)
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep(scratch: Path) -> None:
    """End processes that outlived their worker, known by the folder for temporary files they were given."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get("TMPDIR", "").startswith(str(scratch)):
                process.kill()


@contextmanager
def _processes() -> Iterator[list[_Process]]:
    running: list[_Process] = []
    try:
        yield running
    finally:
        for process in running:
            process.end()


def _heard(running: list[_Process]) -> list[_Process]:
    """Wait a moment for messages; return the workers that sent one."""
    links = wait([process.link for process in running], timeout=0.2)
    return [process for process in running if process.link in links]
