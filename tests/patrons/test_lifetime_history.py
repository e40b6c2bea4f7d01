"""What segments have brought, against a shop that can be added up by hand."""

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import lifetime_history

SHOP = """
name: Corner shop
currency: GBP
reference_date: 2022-01-01
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, ordered_at: at, amount: paid%s}
"""
ORDERS = """who,at,paid,gain
a,2020-01-02,100,30
a,2021-01-02,100,50
b,2021-12-01,40,10
b,2021-12-05,20,
"""


def accounts_of(segments, **columns):
    table = pd.DataFrame({"segment": pd.Categorical(segments, categories=["one", "two", "three"]), **columns})
    table["title"] = table["segment"].astype(str).str.title()
    return table.assign(**{name: np.nan for name in ("profit", "base") if name not in table})


def test_a_year_is_at_least_a_year_and_profit_is_over_the_rows_that_tell_it(home, root, write_source):
    (home / "data").mkdir()
    (home / "data" / "segments.yml").write_bytes((root / "data" / "segments.yml").read_bytes())
    shop = patrons.open(write_source(SHOP % ", profit: gain", orders__csv=ORDERS))
    found = lifetime_history.accounts(shop).set_index("customer_id")
    assert found.loc["a", "per_year"] == pytest.approx(200 / (730 / 365.25))
    assert found.loc["b", "per_year"] == 60
    assert found.loc["b", ["profit", "base"]].tolist() == [10, 40]


def test_means_and_margins_of_segments():
    found = accounts_of(
        ["one", "one", "two"],
        revenue=[100.0, 300, 50],
        per_year=[50.0, 150, 50],
        profit=[10.0, 90, 25],
        base=[100.0, 300, 50],
    )
    table = lifetime_history.by_segment(found, np.random.default_rng(1)).set_index("segment")
    assert table.index.tolist() == ["one", "two", "all"]
    assert table["customers"].tolist() == [2, 1, 3]
    assert table["revenue"].tolist() == [200, 50, 150]
    assert table["per_year"].tolist() == pytest.approx([100, 50, 250 / 3])
    assert table["margin"].tolist() == pytest.approx([0.25, 0.5, 125 / 450])
    assert (table["revenue_low"] <= table["revenue"]).all()
    assert (table["revenue"] <= table["revenue_high"]).all()


def test_small_segments_count_in_the_total_only():
    found = accounts_of(["one"] * 6 + ["two"] * 2, revenue=[10.0] * 6 + [90.0] * 2, per_year=[1.0] * 8)
    table = lifetime_history.by_segment(found, np.random.default_rng(1), smallest=5)
    assert table["segment"].tolist() == ["all"]  # six of eight would tell that the others are two
    assert table["revenue"].tolist() == [30]
    assert table[["margin", "margin_low", "margin_high"]].isna().all(axis=None)


@pytest.mark.slow
def test_the_interval_of_a_mean_covers_it_as_often_as_it_says():
    rng, hits = np.random.default_rng(5), 0
    for _ in range(60):
        money = rng.gamma(2, 50, 150)
        row = lifetime_history.by_segment(accounts_of(["one"] * 150, revenue=money, per_year=money), rng).iloc[0]
        hits += row["revenue_low"] <= 100 <= row["revenue_high"]
    assert hits >= 51
