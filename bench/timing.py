"""Timing of whole commands, taken in turns so that a noisy moment hits every candidate alike."""

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def seconds(command: list[str], cwd: Path) -> float:
    """Wall-clock seconds of one command, which must succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - start


def medians(candidates: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median seconds of each candidate over `rounds` rounds, one after the other within a round."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            taken[name].append(measure())
    return {name: statistics.median(times) for name, times in taken.items()}
