"""Ten million orders: simulated, read, cleaned and reduced to features, against a plain GROUP BY of the same file.

`BENCH_ORDERS` sets another number of orders, `BENCH_ENGINE` another engine for the features (`pyspark://`). The files,
some gigabytes, go into `.cache/bench/` and are removed.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from bench.memory import Usage, measure

ROOT = Path(__file__).resolve().parents[1]
ORDERS = 10_000_000
ORDERS_A_CUSTOMER = 5
ENGINE = "duckdb://"
BOUND = 4e9  # bytes that no step may pass

PLAIN = """
import duckdb, sys
duckdb.execute("SET memory_limit = '2GB'")
duckdb.execute(f\"\"\"COPY (
    SELECT customer_id, count(DISTINCT order_id) AS frequency, sum(try_cast(amount AS double)) AS monetary,
        max(try_cast(ordered_at AS timestamp)) AS last_order
    FROM read_csv('{sys.argv[1]}', ignore_errors = true, all_varchar = true) GROUP BY customer_id
) TO '{sys.argv[2]}'\"\"\")
"""

FEATURES = """
import sys
import patrons
shop = patrons.open(sys.argv[1])
shop.customer_features, shop.clv, shop.gaps, shop.cohorts
for period in ("day", "week", "month"):
    shop.series(period)
for by in ("category", "channel"):
    shop.spend_by(by), shop.customer_spend(by)
shop.pairs("category")
"""


def run() -> Iterator[str]:
    orders = int(os.environ.get("BENCH_ORDERS", ORDERS))
    folder = ROOT / ".cache" / "bench" / "scale"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield from _steps(folder, orders)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _steps(folder: Path, orders: int) -> Iterator[str]:
    environment = {**os.environ, "PATRONS_HOME": str(folder), "PYTHONPATH": str(ROOT / "python")}
    patrons = [sys.executable, "-m", "patrons"]
    size = ["--customers", str(max(orders // ORDERS_A_CUSTOMER, 1)), "--orders", str(orders)]
    raw = folder / "raw"
    yield _line("simulate", measure([*patrons, "simulate", *size, "--out", str(raw)], environment))
    (source, table) = _source(folder, raw)
    yield f"file        {table.stat().st_size / 1e9:.2f} GB for {orders:,} orders"
    plain = measure([sys.executable, "-c", PLAIN, str(table), str(folder / "plain.parquet")], environment)
    yield _line("GROUP BY", plain)
    built = measure([*patrons, "build", "--source", str(source)], environment)
    yield _line("build", built)
    features = measure([sys.executable, "-c", FEATURES, str(source)], environment)
    yield _line("features", features) + ("" if _engine() == ENGINE else f"   by {_engine()}")
    ratio = (built.seconds + features.seconds) / plain.seconds
    yield f"read, clean and reduce to features: {ratio:.1f} times a plain GROUP BY"


def _engine() -> str:
    return os.environ.get("BENCH_ENGINE", ENGINE)


def _line(name: str, usage: Usage) -> str:
    remark = "" if usage.peak_bytes <= BOUND else f"   more than {BOUND / 1e9:.0f} GB"
    return f"{name:<11} {usage}{remark}"


def _source(folder: Path, raw: Path) -> tuple[Path, Path]:
    """Write a source with the default world's settings and its transactions only, wherever they were written."""
    yaml = YAML()
    content = yaml.load((ROOT / "data" / "source.yml").read_text(encoding="utf-8"))
    content["tables"] = {"transactions": content["tables"]["transactions"]}
    content["analysis"].pop("cleaning", None)  # its rules name columns of customers
    (table,) = raw.glob("transactions.*")
    content["tables"]["transactions"]["file"] = str(table)
    content["engine"] = _engine()
    path = folder / "source.yml"
    with path.open("w", encoding="utf-8") as handle:
        yaml.dump(content, handle)
    return path, table
