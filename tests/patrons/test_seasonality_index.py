"""The index of months, by hand and against resampling."""

import numpy as np
import pandas as pd
import pytest

from patrons import seasonality_index as index


def table(years=3, buyers=60, seed=1):
    rng = np.random.default_rng(seed)
    number = 2020 * 12 + np.arange(12 * years)
    rows = pd.DataFrame([(who, each) for who in range(buyers) for each in number], columns=["buyer", "number"])
    rows = rows[rng.random(len(rows)) < 0.4 + 0.4 * (rows["number"] % 12 == 11)]
    rows["revenue"] = rng.lognormal(3, 0.5, len(rows)) * (1 + rows["buyer"] % 5)
    start = pd.date_range("2020-01-01", periods=12 * years, freq="MS")
    revenue = rows.groupby("number")["revenue"].sum().reindex(number, fill_value=0.0)
    return rows, pd.DataFrame({"start": start, "revenue": revenue.to_numpy()})


def test_the_index_is_the_mean_of_a_month_over_the_mean_of_all():
    spend, months = table()
    found = index.measure(spend, months, np.random.default_rng(1))
    wanted = months.groupby(months["start"].dt.month)["revenue"].mean() / months["revenue"].mean()
    assert np.allclose(found.table["index"], wanted)
    assert found.peak == 12
    assert found.table["index"].mean() == pytest.approx(1)


def test_months_that_are_not_covered_do_not_count():
    spend, months = table()
    found = index.measure(spend, months.iloc[5:], np.random.default_rng(1))
    rest = months.iloc[5:]
    wanted = rest.groupby(rest["start"].dt.month)["revenue"].mean() / rest["revenue"].mean()
    assert np.allclose(found.table["index"], wanted)
    assert found.table["months"].tolist() == [2] * 5 + [3] * 7


def test_the_interval_is_that_of_resampled_customers():
    spend, months = table(buyers=300)
    found = index.measure(spend, months, np.random.default_rng(1)).table
    rng = np.random.default_rng(2)
    wide = spend.assign(month=spend["number"] % 12).pivot_table(
        index="buyer", columns="month", values="revenue", aggfunc="sum", fill_value=0.0
    )
    drawn = np.array([wide.to_numpy()[rng.integers(0, len(wide), len(wide))].sum(axis=0) for _ in range(1000)])
    logs = np.log(drawn / drawn.mean(axis=1, keepdims=True))
    assert np.allclose(np.log(found["high"] / found["low"]) / 2 / index.Z, logs.std(axis=0), rtol=0.12)


@pytest.mark.parametrize("years", [1, 23 / 12])
def test_less_than_two_years_have_no_interval(years):
    spend, months = table()
    found = index.measure(spend, months.iloc[: round(12 * years)], np.random.default_rng(1))
    assert not found.is_season
    assert found.table[["low", "high", "strongest"]].isna().all(axis=None)
    assert found.table["index"].notna().all()


def test_no_covered_month_has_no_peak():
    spend, months = table()
    found = index.measure(spend, months.iloc[:0], np.random.default_rng(1))
    assert found.table.empty
    assert found.peak is None


def test_one_buyer_has_no_interval():
    spend, months = table()
    found = index.measure(spend.assign(buyer=0), months, np.random.default_rng(1))
    assert found.table["low"].isna().all()


def test_the_strongest_month_is_sure_only_if_customers_agree():
    spend, months = table()
    sure = index.measure(spend, months, np.random.default_rng(1)).table["strongest"]
    assert sure.sum() == pytest.approx(1)
    assert sure.iloc[-1] > 0.95
