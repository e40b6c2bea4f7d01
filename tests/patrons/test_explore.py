"""Five numbers per customer, how they spread and go together, and two rules for outliers: worked by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import explore


def customers(**columns):
    """Three customers: one old and busy, one lately come, one with a single order."""
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "recency": [10, 5, 731],
            "frequency": [8, 3, 1],
            "monetary": [800.0, 90.0, 50.0],
            "average_order_value": [100.0, 30.0, 50.0],
            "first_order": pd.to_datetime(["2020-01-01", "2021-11-01", "2020-01-01"]),
            "last_order": pd.to_datetime(["2021-12-21", "2021-12-27", "2020-01-01"]),
            "tenure": [730.5, 61.0, 730.5],
        }
    )
    return frame.assign(**columns)


def measured(values, log=True, unit="money"):
    return explore.Measured(pd.DataFrame({"x": values}), (explore.Measure("x", "X", "X", unit, log),))


def test_a_year_runs_from_the_first_order_and_is_at_least_one():
    found = explore.from_orders(customers()).table
    assert found["annual_spend"].tolist() == [400.0, 90.0, 25.0]  # two years, a started one, two years
    assert found["orders_per_year"].tolist() == [4.0, 3.0, 0.5]
    assert found["lifetime"].round(6).tolist() == [round(720 / (365.25 / 12), 6), round(56 / (365.25 / 12), 6), 0.0]


def test_nothing_in_the_numbers_names_anybody():
    assert "customer_id" not in explore.from_orders(customers()).table


def test_a_measure_that_is_the_same_for_everybody_is_left_out_by_name():
    same = customers(last_order=customers()["first_order"])
    found = explore.from_orders(same)
    assert found.constant == ("Months from first to last order",)
    assert "lifetime" not in found.table


def test_a_log_scale_is_given_up_where_it_would_lose_many():
    assert not explore.from_orders(customers(average_order_value=[0.0, -2.0, 9.0])).measures[2].log
    assert explore.from_orders(customers()).measures[2].log


def test_a_table_of_customers_gives_what_it_has():
    features = pd.DataFrame(
        {"customer_id": ["a", "b"], "monetary": [10.0, 30.0], "tenure": [365.25, 730.5], "score": [1, 2]}
    )
    people = pd.DataFrame({"customer_id": ["b", "a"], "income": [2.0, 1.0], "birth_year": [1980, 1990]})
    found = explore.from_customers(features, people, pd.Timestamp("2020-06-01").to_pydatetime())
    assert found.table["income"].tolist() == [1.0, 2.0]  # lined up by customer
    assert found.table["age"].tolist() == [30.0, 40.0]
    assert found.table["tenure"].tolist() == [12.0, 24.0]
    assert [item.title for item in found.measures] == [
        "Spend",
        "Income",
        "Age in years",
        "Months as a customer",
        "Score",
    ]


def test_the_interval_of_the_median_is_that_of_the_order_statistics():
    row = explore.summarise(measured(np.arange(1.0, 101))).iloc[0]
    assert (row["median"], row["low"], row["high"]) == (50.5, 40.0, 61.0)  # binomial: ranks 40 and 61 of a hundred


def test_bars_hold_everybody_but_the_few():
    values = np.concatenate([np.repeat([1.0, 2, 3, 4, 5, 6, 7, 8], 50), [9.0, 9.0]])
    bars = explore.histogram(measured(values, log=False), smallest=5)
    assert bars["customers"].tolist() == [50] * 7  # the whole less eight times 50 would tell of 2
    assert (bars["right"] - bars["left"]).tolist() == [1.0] * 7


def test_tails_lie_beyond_the_outer_five_per_cent():
    bars = explore.histogram(measured(np.arange(1000.0), log=False), smallest=5)
    low, high = (bars.loc[bars["place"] == side, "customers"].sum() for side in ("low", "high"))
    assert 0 < low < 100
    assert 0 < high < 100


def test_bars_of_whole_numbers_on_a_log_scale_leave_no_holes():
    values = np.repeat(np.arange(1.0, 33), 20)
    bars = explore.histogram(measured(values, unit="orders"), smallest=1)
    assert np.allclose(bars["left"].to_numpy()[1:], bars["right"].to_numpy()[:-1])
    assert bars["customers"].sum() == len(values)


def test_ranks_correlate_as_scipy_says():
    rng = np.random.default_rng(4)
    x = rng.lognormal(size=200)
    table = pd.DataFrame({"x": x, "y": x * rng.lognormal(size=200), "z": rng.poisson(2, 200).astype(float)})
    table.loc[3, "z"] = np.nan
    found = explore.correlate(explore.Measured(table, tuple(explore.Measure(name, name, name) for name in table)))
    for row in found.itertuples():
        both = table[[row.x, row.y]].dropna()
        expected = stats.spearmanr(both[row.x], both[row.y])
        assert (row.rho, row.p) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))
        assert row.low < row.rho < row.high
    assert found["n"].tolist() == [200, 199, 199]


def test_the_interval_of_a_perfect_correlation_is_a_point():
    assert explore.spearman_interval(1.0, 50) == (1.0, 1.0)


def test_the_robust_rule_sees_what_hides_from_the_classic_one():
    # Two huge values inflate the standard deviation until they hide behind it.
    row = explore.flag(measured([9.0, 10, 10.5, 11, 12, 9.5, 1000, 1001], log=False)).iloc[0]
    assert (row["both"], row["classic_only"], row["robust_only"]) == (0, 0, 2)


def test_the_classic_rule_flags_the_ordinary_tail_of_a_skewed_measure():
    values = np.exp(stats.norm.ppf((np.arange(1000) + 0.5) / 1000))
    row = explore.flag(measured(values)).iloc[0]
    assert row["robust_only"] + row["both"] == 2  # as many as a normal distribution has beyond three
    assert row["classic_only"] > 10
    assert row["classic_low"] < 0
    assert np.isnan(row["z_classic_low"])
    assert row["robust_high"] == pytest.approx(np.exp(3), rel=0.01)


def test_half_of_the_values_alike_leave_no_robust_spread():
    row = explore.flag(measured([5.0, 5, 5, 5, 1, 9], log=False)).iloc[0]
    assert np.isnan(row["spread"])
    assert pd.isna(row["robust_only"])
