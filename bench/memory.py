"""Time and peak memory of a whole command: the sum over it and its children, looked at ten times a second."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

INTERVAL = 0.1


@dataclass(frozen=True)
class Usage:
    seconds: float
    peak_bytes: int

    def __str__(self) -> str:
        return f"{self.seconds:,.0f} s, peak {self.peak_bytes / 1e9:.2f} GB"


def measure(command: list[str], environment: dict[str, str] | None = None, cwd: Path | None = None) -> Usage:
    """Run a command, which must succeed, and return what it took."""
    start = time.perf_counter()
    with psutil.Popen(
        command, env=environment, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process))
            time.sleep(INTERVAL)
        seconds = time.perf_counter() - start
        told = process.stderr.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{told[-2000:]}")
    return Usage(seconds, peak)


def _resident(process: psutil.Process) -> int:
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total
