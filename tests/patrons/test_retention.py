"""Cohorts and churn on tables that can be worked by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import double, intervals, r, retention


def table(rows, whole=True):
    """Cohorts as `features_time.cohorts` returns them: (cohort, counts of months 0, 1, 2 …)."""
    cells = [
        {"cohort": pd.Timestamp(cohort), "month": month, "customers": count, "size": counts[0], "whole": whole}
        for cohort, counts in rows
        for month, count in enumerate(counts)
    ]
    found = pd.DataFrame(cells)
    return found.assign(share=found["customers"] / found["size"])


THREE = table([("2021-01-01", [40, 20, 10]), ("2021-02-01", [20, 5]), ("2021-03-01", [10])])


def test_the_curve_weights_cohorts_by_their_size():
    found = retention.curve(THREE, 5).set_index("month")
    assert found.loc[1, "share"] == 25 / 60  # and not the mean of 1/2 and 1/4
    assert (found.loc[2, "n"], found.loc[2, "cohorts"]) == (40, 1)


def test_months_that_are_not_over_do_not_count():
    found = THREE.copy()
    found.loc[found["month"] == 2, "whole"] = False
    assert retention.curve(found, 5)["month"].tolist() == [1]
    assert retention.grid(found, 5)["start"].max() == 1


def test_wilson_as_r_computes_it():
    r.use("survival")
    count, n = np.array([0.0, 1, 15, 148]), np.array([10.0, 148, 148, 148])
    low, high = intervals.wilson(count, n)
    mine = pd.DataFrame({"share": count / n, "low": low, "high": high})
    assert double.agreement(mine, r.call("share_interval", count, n), [], ["share", "low", "high"]).holds
    # Newcombe (1998), table I: 15 of 148.
    assert (round(low[2], 4), round(high[2], 4)) == (0.0624, 0.1605)


def test_few_cohorts_are_shown_month_by_month():
    found = retention.grid(THREE, 5)
    assert found["name"].unique().tolist() == ["2021-01", "2021-02"]  # the third has no month that can be observed
    assert found["share"].tolist() == [0.5, 0.25, 0.25]


def test_many_cohorts_are_put_together():
    starts = pd.date_range("2020-01-01", periods=48, freq="MS")
    rows = [(start, [30] + [10] * (47 - place)) for place, start in enumerate(starts)]
    found = retention.grid(table(rows), 5)
    assert found["name"].unique().tolist()[:2] == ["2020 Q1", "2020 Q2"]
    assert found.loc[found["name"] == "2020 Q1", "start"].tolist() == list(range(1, 48, 3))
    assert found["share"].to_numpy() == pytest.approx(1 / 3)
    assert found.loc[0, "size"] == 90
    mean = retention.average(table(rows), 5)
    assert mean["share"].to_numpy() == pytest.approx(1 / 3)
    assert mean["start"].tolist() == list(range(1, 48, 3))


def test_small_cells_are_left_out():
    found = retention.grid(table([("2021-01-01", [40, 4, 0]), ("2021-02-01", [3, 2])]), 5).set_index(["name", "start"])
    assert np.isnan(found.loc[("2021-01", 1), "share"])
    assert found.loc[("2021-01", 2), "share"] == 0  # nobody is no small group
    assert np.isnan(found.loc[("2021-02", 1), "size"])


@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.lists(st.integers(0, 12), min_size=4, max_size=4)), min_size=1, max_size=5
    )
)
def test_no_hidden_cell_can_be_worked_out(cohorts):
    rows = []
    for place, (size, counts) in enumerate(cohorts):
        kept = [min(count, size) for count in counts[: 5 - place]]
        rows.append((pd.Timestamp("2021-01-01") + pd.DateOffset(months=place), [size, *kept]))
    found = table(rows)
    hidden = retention.hidden(found, 5)
    assert hidden[found["customers"].between(1, 4)].all()
    by_month = found.assign(hidden=hidden)[found["month"] > 0].groupby("month")["hidden"].sum()
    assert not set(retention.curve(found, 5)["month"]) & set(by_month[by_month == 1].index)
    # So few cohorts are shown cell by cell: what the facts hide, the grid hides.
    shown = retention.grid(found, 5).dropna(subset=["share"])
    cells = set(zip(shown["cohort"], shown["start"], strict=True))
    away = found[hidden & (found["month"] > 0)]
    assert not cells & set(zip(away["cohort"], away["month"], strict=True))


def test_churn_is_silence_of_more_than_so_many_days():
    found = retention.churn(pd.Series([0, 90, 91, 400, np.nan]), [90, 365]).set_index("days")
    assert found.loc[90, ["n", "churned", "share"]].tolist() == [4, 2, 0.5]
    assert found.loc[365, "churned"] == 1


def test_shares_of_churn_tell_of_no_few_customers():
    recency = pd.Series(np.r_[np.full(50, 10), 31, 36, np.full(9, 61), np.full(40, 200)])
    found = retention.spaced(retention.churn(recency, range(30, 101, 5)), 60, 5)
    steps = -np.diff(found["churned"])
    assert 60 in found["days"].tolist()
    assert ((steps == 0) | (steps >= 5)).all()


def test_nobody_known_has_no_rate():
    assert retention.churn(pd.Series([np.nan]), [90])["share"].isna().all()
