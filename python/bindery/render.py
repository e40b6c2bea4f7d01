"""Execute what is stale and bind the book: the order of things, and what is kept when one of them fails."""

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bindery import atomic, binding, stale
from bindery.binding import Bound
from bindery.digests import Digests
from bindery.pool import Reporter, Task, run
from bindery.project import FORMATS, Project
from bindery.stale import Status

Step = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Ran:
    """What came of one chapter in a worker."""

    executed: bool
    stopped: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What executing the book came to.

    Attributes
    ----------
    executed, fresh
        Chapters that were executed, and chapters that did not need to be; stale ones that nobody asked for are neither.
    failed, skipped
        Chapters that failed, and chapters that were not executed because they need one of those; each with its message.
    stopped
        Chapters that ended in an orderly way before their end, with the reason.
    warnings
        Of the chapters that were executed, each once.
    seconds
        How long it took.
    """

    executed: tuple[str, ...]
    fresh: tuple[str, ...]
    failed: dict[str, str]
    skipped: dict[str, str]
    stopped: dict[str, str]
    warnings: tuple[str, ...]
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether every chapter is now as it should be."""
        return not self.failed and not self.skipped


def execute(
    project: Project,
    freeze_dir: Path,
    reporter: Reporter,
    *,
    chapters: Sequence[str] = (),
    jobs: int | None = None,
    force: bool = False,
) -> Report:
    """Execute the stale chapters, several at a time, each in a process of its own.

    Parameters
    ----------
    project, freeze_dir
        The book and where it is frozen.
    reporter
        Told how it goes.
    chapters
        Only these, and what of theirs dependencies is stale; default all.
    jobs
        How many at a time; default one per core.
    force
        Execute chapters that are fresh, too.
    """
    began = time.monotonic()
    freeze_dir.mkdir(parents=True, exist_ok=True)
    atomic.recover(freeze_dir)
    found = {status.path: status for status in stale.survey(project, freeze_dir) if status.state != "no code"}
    asked = set(chapters or found) & found.keys()
    todo = _todo(found, asked, force)
    seconds = _Seconds(project.root)
    tasks = [
        Task(
            name=path,
            call=partial(run_chapter, project, path, freeze_dir, found[path].needs, force and path in asked),
            after=found[path].needs & todo,
            weight=seconds.of(path),
        )
        for path in found
        if path in todo
    ]
    try:
        outcomes = run(tasks, jobs or os.cpu_count() or 1, reporter)
    finally:
        atomic.recover(freeze_dir)  # workers that were ended could not tidy up
    ran = {path: outcome.value for path, outcome in outcomes.items() if outcome.state == "done"}
    seconds.learn({path: outcomes[path].seconds for path in ran if ran[path].executed})
    return Report(
        executed=tuple(path for path in ran if ran[path].executed),
        fresh=tuple(
            path
            for path, status in found.items()
            if (path not in outcomes and status.state == "fresh") or (path in ran and not ran[path].executed)
        ),
        failed={path: outcome.message for path, outcome in outcomes.items() if outcome.state == "failed"},
        skipped={path: outcome.message for path, outcome in outcomes.items() if outcome.state == "skipped"},
        stopped={path: value.stopped for path, value in ran.items() if value.stopped},
        warnings=tuple(dict.fromkeys(warning for value in ran.values() for warning in value.warnings)),
        seconds=time.monotonic() - began,
    )


def render(
    project: Project,
    freeze_dir: Path,
    output_dir: Path,
    reporter: Reporter,
    *,
    formats: Sequence[str] = FORMATS,
    jobs: int | None = None,
    force: bool = False,
) -> tuple[Report, Bound | None]:
    """Execute the stale chapters and bind the book; a book with a chapter that failed is not bound."""
    report = execute(project, freeze_dir, reporter, jobs=jobs, force=force)
    if not report.whole:
        return report, None
    return report, binding.bind(project, freeze_dir, output_dir, formats, jobs or os.cpu_count() or 1, reporter)


def run_chapter(project: Project, path: str, freeze_dir: Path, needs: frozenset[str], force: bool, step: Step) -> Ran:
    """Execute one chapter and freeze it with a record of what went in; runs in a process of its own.

    A chapter that was stale only because another was may turn out fresh now that the other has been executed.
    """
    from bindery import cells, execute

    began = time.time_ns()
    if needs and not force:
        header = cells.read(project.root, path).front_matter
        if not stale.why(project, path, header, freeze_dir, needs, Digests(project.root)):
            return Ran(executed=False)
    result = execute.run(project, path, freeze_dir=freeze_dir, needs=needs, progress=step)
    document = cells.read(project.root, path)
    inputs = stale.record(project, document, freeze_dir, needs, result.inputs, began)
    execute.save(result, freeze_dir, {stale.INPUTS: inputs})
    return Ran(executed=True, stopped=result.stopped, warnings=result.warnings)


def _todo(found: dict[str, Status], asked: Iterable[str], force: bool) -> set[str]:
    """Return the chapters to execute: those asked for, and what they depend on, as far as stale."""
    todo: set[str] = set()
    open_ = [(path, force) for path in asked]
    while open_:
        path, anyway = open_.pop()
        if path not in todo and (anyway or found[path].state == "stale"):
            todo.add(path)
            open_ += [(other, False) for other in found[path].needs]
    return todo


class _Seconds:
    """How long chapters took the last time, so that the longest can start first."""

    def __init__(self, root: Path) -> None:
        self._path = root / ".cache" / "bindery" / "seconds.json"
        try:
            self._known: dict[str, float] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            self._known = {}

    def of(self, path: str) -> float:
        """Seconds a chapter took; one never seen is expected to take long."""
        return self._known.get(path, float("inf"))

    def learn(self, seconds: dict[str, float]) -> None:
        """Remember how long chapters took."""
        if seconds:
            self._known |= seconds
            atomic.write_text(self._path, json.dumps(self._known, sort_keys=True))
