"""What there is, counted: rows, periods, numbers and groups, none of them about one person."""

from datetime import datetime

import pandas as pd
import pytest

import patrons
from patrons import contents
from patrons.shop import Shop

pytestmark = pytest.mark.slow

TEXT = """\
name: Small
tables:
  transactions: {file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a, channel: w}}
  customers: {file: c.csv, columns: {customer_id: c, age: g, region: r}}
  experiment: {file: e.csv, columns: {arm: arm}, control: B, outcomes: {seen: binary}, segments: [region]}
"""


def lines(heading, rows):
    return "\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contents")
    (folder / "source.yml").write_text(TEXT)
    orders = [(f"k{i % 50}", f"2020-01-{i % 9 + 1:02}", i + 1, "web" if i % 3 else "store") for i in range(100)]
    people = [(f"k{i}", 20 + i if i % 2 else "", ["North", "South", "West"][min(i // 24, 2)]) for i in range(50)]
    (folder / "a.csv").write_text(lines("c,t,a,w", orders))
    (folder / "c.csv").write_text(lines("c,g,r", people))
    (folder / "e.csv").write_text(lines("arm,seen,region", [("AB"[i % 2], i % 2, "North") for i in range(30)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        source = patrons.open(folder / "source.yml").source
        yield Shop(source)


def test_tables_tell_rows_period_and_what_is_unknown(shop):
    found = contents.tables(shop).set_index("table")
    assert found["rows"].to_dict() == {"transactions": 100, "customers": 50, "experiment": 30}
    assert found["columns"].to_dict() == {"transactions": 4, "customers": 3, "experiment": 3}
    assert found.loc["transactions", "first"] == datetime(2020, 1, 1)
    assert found.loc["transactions", "last"] == datetime(2020, 1, 9)
    assert pd.isna(found.loc["experiment", "first"])
    assert found.loc["customers", "unknown"] == pytest.approx(25 / 150)


def test_numbers_are_quantiles_of_many(shop):
    found = contents.numbers(shop).set_index("column")
    assert found.loc["amount", ["median", "low", "high"]].tolist() == pytest.approx([50.5, 5.95, 95.05])
    assert found.loc["age", "known"] == 25
    assert found.loc["age", "unknown"] == 0.5
    assert found.loc["age", ["median", "low", "high"]].isna().all()  # too few to tell nobody's age
    assert "seen" not in found.index


def test_groups_are_counted_once_and_small_ones_together(shop):
    found = contents.groups(shop, smallest=5)
    assert set(zip(found["table"], found["column"], strict=True)) == {
        ("transactions", "channel"),
        ("customers", "region"),
        ("experiment", "arm"),
    }
    channels = found[found["column"] == "channel"]
    assert channels["group"].tolist() == ["web", "store"]
    assert channels["share"].tolist() == pytest.approx([0.66, 0.34])
    # two customers in the West are too few, and so is what remains of others without the next larger group
    assert found[found["column"] == "region"]["rows"].tolist() == [24, 26]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([9, 8, 7], [9, 8, 7]),
        ([9, 8, 3], [9, 11]),
        ([9, 4, 3], [9, 7]),
        ([3, 1], [4]),
        ([9] * 8, [9] * 5 + [27]),
        ([9] * 6, [9] * 6),
    ],
)
def test_what_is_put_together_is_never_too_small(rows, expected):
    counted = pd.DataFrame({"group": [f"g{i}" for i in range(len(rows))], "rows": rows})
    found = contents.merged(counted, smallest=5)
    assert found["rows"].tolist() == expected
    assert found["share"].sum() == pytest.approx(1)
