"""What is shown while chapters are executed: a line that moves per chapter on a terminal, few plain lines elsewhere."""

import shutil
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from bindery.pool import Outcome

SPARING = 5.0
"""Seconds between two plain lines about the same task."""

CLEAR_LINE = "\x1b[2K"


@dataclass
class _Running:
    """A task under way, as it is shown."""

    began: float
    told: float
    text: str = "starting"


class Progress:
    """Tells of running tasks on a stream, and of anything else in between.

    Parameters
    ----------
    stream
        Where to write; default standard error.
    live
        Whether lines can be rewritten; default whether the stream is a terminal.
    clock
        Tells seconds.
    """

    def __init__(
        self, stream: TextIO | None = None, live: bool | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() if live is None else live
        self._running: dict[str, _Running] = {}
        self._drawn = 0

    def say(self, text: str) -> None:
        """Print a line for good, above the moving ones."""
        self._erase()
        self._stream.write(f"{text}\n")
        self._draw()

    def started(self, name: str) -> None:
        """Show that a task began."""
        self._running[name] = _Running(began=self._clock(), told=self._clock())
        if self._live:
            self.tick()
        else:
            self.say(f"{name}: started")

    def step(self, name: str, number: int, total: int, label: str) -> None:
        """Show that a task came to one of its steps."""
        task = self._running[name]
        task.text = f"cell {number}/{total} {label}".rstrip()
        if self._live:
            self.tick()
        elif self._clock() - task.told >= SPARING:
            task.told = self._clock()
            self.say(f"{name}: {task.text}")

    def ended(self, name: str, outcome: Outcome) -> None:
        """Show how a task ended, or why it was not run."""
        self._running.pop(name, None)
        if outcome.state == "done":
            done = "done" if getattr(outcome.value, "executed", True) else "fresh after all"
            self.say(f"{name}: {done} in {outcome.seconds:.1f} s")
        elif outcome.state == "skipped":
            self.say(f"{name}: not executed, {outcome.message}")
        else:
            told = textwrap.indent(outcome.message, "  ")
            self.say(f"{name}: failed after {outcome.seconds:.1f} s\n{told}")

    def tick(self) -> None:
        """Bring the moving lines up to the present second."""
        if self._live:
            self._erase()
            self._draw()

    def close(self) -> None:
        """Take the moving lines away, as after an interruption."""
        self._erase()
        self._running.clear()
        self._stream.flush()

    def _erase(self) -> None:
        for _ in range(self._drawn):
            self._stream.write(f"\x1b[1A{CLEAR_LINE}")
        if self._drawn:
            self._stream.write("\r")
        self._drawn = 0

    def _draw(self) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            for name, task in self._running.items():
                line = f"  {name}: {task.text} · {self._clock() - task.began:.0f} s"
                self._stream.write(f"{line[:width]}\n")
            self._drawn = len(self._running)
        self._stream.flush()
