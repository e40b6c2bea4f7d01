"""Scoring a million customers, by features and by their orders: seconds, memory, and what memory grows by.

The models are those of the default world (`python -m patrons fit` makes them). Each file is scored by a process of its
own, whose peak is what the system says of it.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
FEWER, MANY = 100_000, 1_000_000
#: Scoring ten times as many may take so many times the memory.
WANTED = 2.0

SCORE = """
import json, resource, sys, time
from pathlib import Path
from patrons import scoring_run
from patrons.shop import open_shop
shop = open_shop()
start = time.perf_counter()
done = scoring_run.run(shop, Path(sys.argv[1]), Path(sys.argv[2]), None, lambda line: None)
taken = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": done.rows, "seconds": taken, "megabytes": peak}))
"""

ROWS = """
COPY (SELECT 'N' || i AS customer_id, (hash(i) % 1400)::INT AS recency, 1 + (hash(i + 1) % 9)::INT AS frequency,
             round(20 + (hash(i + 2) % 90000) / 100, 2) AS monetary, 1400 + (hash(i + 3) % 60)::INT AS tenure,
             (hash(i + 1) % 9)::INT AS x, round((hash(i + 4) % 400) / 4, 2) AS t_x, 200 AS T, 60.0 AS m_x
      FROM range({n}) r(i)) TO '{file}' (HEADER)
"""
LINES = """
COPY (SELECT i AS order_id, 'N' || (i % ({n} // 3)) AS customer_id,
             TIMESTAMP '2020-01-01' + INTERVAL 1 MINUTE * (hash(i) % 2000000)::INT AS ordered_at,
             round(5 + (hash(i + 1) % 9000) / 100, 2) AS amount, 1 AS quantity
      FROM range({n}) r(i)) TO '{file}' (HEADER)
"""


def run() -> Iterator[str]:
    """Yield one line per measurement."""
    fitted = subprocess.run(
        [sys.executable, "-m", "patrons", "fit"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if fitted.returncode:
        raise RuntimeError(f"the models could not be fitted:\n{fitted.stderr[-2000:]}")
    with tempfile.TemporaryDirectory(prefix="patrons-bench-") as name:
        for what, query in (("rows of customers", ROWS), ("lines of orders", LINES)):
            peaks = []
            for count in (FEWER, MANY):
                file = Path(name) / "new.csv"
                duckdb.sql(query.format(n=count, file=file))
                found = _measure(file, Path(name) / "scored.csv")
                peaks.append(found["megabytes"])
                yield (
                    f"{count:9,} {what}: {found['rows']:,} scored in {found['seconds']:6.1f} s "
                    f"({count / found['seconds']:,.0f} a second), peak {found['megabytes']:,.0f} MB"
                )
            ratio = peaks[1] / peaks[0]
            verdict = "yes" if ratio < WANTED else "NO"
            yield f"memory × {ratio:.2f} for 10 × the rows (wanted: below {WANTED:g}): {verdict}"


def _measure(file: Path, target: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", SCORE, str(file), str(target)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"scoring failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
