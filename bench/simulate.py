"""Seconds and peak memory to simulate ten million orders of two million customers, in each format."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.memory import measure

CUSTOMERS, ORDERS = 2_000_000, 10_000_000


def run() -> Iterator[str]:
    """Yield a line per format."""
    for form in ("parquet", "csv"):
        with tempfile.TemporaryDirectory() as folder:
            size = [f"--customers={CUSTOMERS}", f"--orders={ORDERS}", f"--format={form}", f"--out={folder}"]
            usage = measure([sys.executable, "-m", "patrons", "simulate", *size])
            written = sum(file.stat().st_size for file in Path(folder).iterdir())
            yield f"{form}: {usage}, {written / 1e9:.2f} GB written"
