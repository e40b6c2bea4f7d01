"""Spark gives the same numbers as DuckDB, keeps to its folder and leaves nothing behind."""

import dataclasses
import importlib.util
import os
import shutil
import subprocess
import sys
from datetime import timedelta

import pandas as pd
import pytest

from patrons import (
    cleaning,
    contents,
    engine_spark,
    explore_baskets,
    features,
    features_items,
    features_time,
    sales,
)
from patrons.build import build
from patrons.errors import PatronsError
from patrons.shop import Shop

COLUMNS = ("category", "channel", "region", "product")
MONEY = 1e-9  # how far apart sums may be, as a share of them: engines add in different orders

needs_spark = pytest.mark.skipif(
    engine_spark.java_version() is None or importlib.util.find_spec("pyspark") is None,
    reason="Spark or Java is not installed; tools/setup test installs both",
)
SOURCE = """
name: Nasty
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, category: what, amount: paid, profit: gain}
    duplicates: keep
analysis: {privacy: {smallest_group: 1}}
"""
# Before 1970 and at midnight; a customer twice in a second; halves of a millionth; nobody; nothing known; text that
# engines could put in another order.
ORDERS = """who,order,at,what,paid,gain
zoë,1,1969-12-31 23:59:59,Tea,10.0000005,1
zoë,1,1969-12-31 23:59:59,Émile,0.1,
zoë,2,1970-01-01 00:00:00,tea,0.2,-3
Zoe,3,2020-02-29 12:00:00.250,,-5.0000015,2
Zoe,4,2020-02-29 12:00:00.750,🫖 pot,7,2
Zoe,5,2020-03-01,Tea,7,2
,6,2020-03-01 00:00:01,Tea,1e9,2
,7,2021-12-31 23:59:59.999999,tea,0.3,
a,8,2021-01-01,Émile,1234567.891,0
a,8,2021-01-01,Tea,0.01,0
"""


def by_both(source):
    """Compute everything on DuckDB and on Spark."""
    other = source.settings.model_copy(update={"engine": "pyspark://"})
    return [everything(Shop(given)) for given in (source, dataclasses.replace(source, settings=other))]


def everything(shop):
    """Compute all that chapters have computed in the engine, by name."""
    found = {"tables": contents.tables(shop), "numbers": contents.numbers(shop), "groups": contents.groups(shop, 5)}
    found["missing"] = cleaning.missing(shop)
    for name in shop.source.tables:
        kept = shop.table(name).to_pyarrow().to_pandas()
        found[f"table {name}"] = kept.sort_values(list(kept.columns), ignore_index=True)
    if shop.has("transactions"):
        found |= of_transactions(shop)
    return {
        name: value if isinstance(value, pd.DataFrame) else value.to_pyarrow().to_pandas()
        for name, value in found.items()
    }


def of_transactions(shop):
    rows, today = shop.transactions, shop.reference_date
    then = today - timedelta(days=200)
    found = {
        "orders": features.orders(rows).order_by("customer_id", "order_id"),
        "customers": features.customer_features(rows, today),
        "customers before": features.customer_features(features.before(rows, then), then),
        "outcomes": features.outcomes(rows, then, today),
        "gaps": features.gaps(rows),
        "totals": pd.DataFrame([features.totals(rows)]),
        "cohorts": features_time.cohorts(rows, today),
        "months": sales.by_month(rows),
        "weekdays": sales.by_weekday(rows),
    }
    found |= {f"clv by {unit}": features.clv_statistics(rows, unit, then.date()) for unit in features.UNIT_DAYS}
    found |= {f"series by {period}": features_time.series(rows, period) for period in features_time.PANDAS}
    for by in filter(lambda name: shop.has_column("transactions", name), COLUMNS):
        found[f"spend by {by}"] = features_items.spend_by(rows, by)
        found[f"customers by {by}"] = features.customer_spend(rows, by)
    for by in filter(lambda name: shop.has_column("transactions", name), ("category", "product")):
        pairs = features_items.pairs(rows, by, 5)
        found |= {
            f"pairs by {by}": pairs,
            f"all pairs by {by}": features_items.pairs(rows, by, 0, 20),
            f"pairs by customer and {by}": explore_baskets.count_by_customer(rows, by, pairs.head(3)),
        }
    return found


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, frame in one.items():
        # Types too: whole numbers stay whole, times stay times without a zone. Only floating point has a tolerance.
        pd.testing.assert_frame_equal(frame, other[name], rtol=MONEY, atol=0, obj=name)


@needs_spark
@pytest.mark.slow
def test_the_simulated_world_has_the_same_numbers(root, home):
    (home / "data").mkdir()
    shutil.copy(root / "data" / "source.yml", home / "data")
    one, other = by_both(build().source)
    assert_same(one, other)
    assert len(one["customers"]) > 1000
    assert len(one["outcomes"])
    assert len(one["pairs by category"])


@needs_spark
@pytest.mark.slow
def test_nasty_rows_have_the_same_numbers(home, write_source):
    source = build(write_source(SOURCE, orders__csv=ORDERS)).source
    one, other = by_both(source)
    assert_same(one, other)
    assert one["customers"]["frequency"].tolist() == [3, 1, 2]
    assert one["tables"]["rows"].tolist() == [10]


@needs_spark
@pytest.mark.slow
@pytest.mark.parametrize("name", ["cdnow", "cookie_cats", "customer_personality", "mall_customers"])
def test_real_data_have_the_same_numbers(reference_data, home, name):
    assert_same(*by_both(build(reference_data / name / "source.yml").source))


@needs_spark
@pytest.mark.slow
def test_spark_says_nothing_and_leaves_nothing(home, write_source, tmp_path):
    source = write_source(f"{SOURCE}\nengine: pyspark://\n", orders__csv=ORDERS)
    working, temporary = tmp_path / "working", tmp_path / "temporary"
    working.mkdir()
    temporary.mkdir()
    code = (
        "import os, sys, patrons; shop = patrons.open(sys.argv[1]); n = len(shop.customer_features); "
        "(folder,) = (patrons.paths.home() / '.cache' / 'spill').iterdir(); "
        "assert (folder / 'spark.log').is_file(); print(n)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(source)],
        env=os.environ | {"TMPDIR": str(temporary)},
        cwd=working,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("3\n", "")
    assert done.returncode == 0
    assert list(working.iterdir()) == []
    assert list(temporary.iterdir()) == []
    assert list((home / ".cache" / "spill").iterdir()) == []


@needs_spark
@pytest.mark.slow
def test_two_sources_of_one_process_keep_their_tables_apart(home, write_source):
    first = Shop(build(write_source(f"{SOURCE}\nengine: pyspark://\n", orders__csv=ORDERS)).source)
    assert first.transactions.count().to_pyarrow().as_py() == 10
    fewer = "\n".join(ORDERS.splitlines()[:4]) + "\n"
    other = f"{SOURCE.replace('Nasty', 'Other')}\nengine: pyspark://\n"
    second = Shop(build(write_source(other, orders__csv=fewer)).source)
    assert second.transactions.count().to_pyarrow().as_py() == 3
    assert first.transactions.count().to_pyarrow().as_py() == 10


@needs_spark
@pytest.mark.slow
def test_why_spark_did_not_start_is_told(home):
    code = "import sys; from patrons import engine; engine.connect('pyspark://?spark.driver.memory=much')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "PatronsError: engine: Spark did not start. Its last words:" in done.stderr
    assert "much" in done.stderr
    assert list((home / ".cache" / "spill").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("pyspark://host:7077", r"pyspark://\?spark\.master=spark://host:7077"),
        ("pyspark://?driver.memory=4g", "'driver.memory' is no setting of Spark"),
        ("pyspark://?spark.ui.enabled", "should be settings"),
    ],
)
def test_a_url_that_spark_would_ignore_is_refused(url, words):
    with pytest.raises(PatronsError, match=words):
        engine_spark.settings(url)


def test_settings_of_the_url_take_part(tmp_path):
    asked = dict(engine_spark.settings("pyspark://?spark.master=local[2]&spark.driver.memory=8g"))
    assert asked == {"spark.master": "local[2]", "spark.driver.memory": "8g"}
    assert engine_spark.defaults(tmp_path, asked)["spark.driver.host"] == "127.0.0.1"
    assert "spark.driver.host" not in engine_spark.defaults(tmp_path, {"spark.master": "spark://host:7077"})


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21" 2023-09-19', 21),
        ('openjdk version "24-ea" 2025-03-18', 24),
        ('java version "1.8.0_202"', 1),
        ("nothing of use", None),
    ],
)
def test_the_number_of_java_is_read(tmp_path, monkeypatch, said, number):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert engine_spark.java_version() == number
    if number is None or number < 17:
        with pytest.raises(PatronsError, match=r"needs Java 17 or newer.*tools/setup spark"):
            engine_spark.require_java()
    else:
        engine_spark.require_java()


def test_without_java_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert engine_spark.java_version() is None
