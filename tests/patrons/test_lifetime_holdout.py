"""What models foresaw: totals by hand, no double counting, and intervals that hold what simulated customers do."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import lifetime, lifetime_holdout
from patrons.features import EPOCH
from patrons.lifetime_holdout import Split


def day(text):
    return (date.fromisoformat(text) - EPOCH).days


@pytest.fixture
def purchases():
    rows = [
        *(("a", "2021-01-01"), ("a", "2021-01-01"), ("a", "2021-01-05"), ("a", "2021-01-20")),
        *(("b", "2021-01-05"), ("b", "2021-01-30"), ("c", "2021-01-25"), ("c", "2021-01-26")),
        (None, "2021-01-03"),
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return ibis.memtable(table.assign(ordered_at=pd.to_datetime(table["ordered_at"]), amount=1.0))


@pytest.fixture(scope="module")
def world():
    """A fit, and customers whose future it truly describes."""
    rng = np.random.default_rng(3)
    truth = lifetime.Fit("bgnbd", pd.Series({"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 3.0}), None, 0.0, 0, True, 0)
    ages = rng.integers(20, 40, 3000).astype(float)
    clv = lifetime.simulate(truth, ages, rng)
    return truth, clv, lifetime.fit_bgnbd(clv)


def test_first_and_repeat_purchases_are_counted_by_day(purchases):
    found = lifetime_holdout.daily(purchases, date(2021, 1, 10)).set_index("day")
    assert found["new"].to_dict() == {
        day("2021-01-01"): 1,
        day("2021-01-05"): 1,
        day("2021-01-20"): 0,
        day("2021-01-30"): 0,
    }
    assert found["purchases"].sum() == 3  # those of c, who came later, are not among them


def test_weeks_end_with_calibration_and_with_the_data():
    found = Split(date(2021, 1, 1), date(2021, 1, 20), date(2021, 2, 1), True, "week")
    ends = lifetime_holdout.weeks(found)
    assert day("2021-01-20") in ends
    assert ends[-1] == day("2021-02-01")
    assert set(np.diff(ends)[:-1]) == {7}
    assert found.length == pytest.approx(12 / 7)


def test_actual_purchases_are_cumulative(purchases):
    counts = lifetime_holdout.daily(purchases, date(2021, 1, 10))
    ends = np.array([day(text) for text in ("2021-01-04", "2021-01-05", "2021-01-20", "2021-02-01")])
    assert lifetime_holdout.actual(counts, ends).tolist() == [0, 1, 2, 3]


def test_the_expected_curve_is_the_sum_over_customers_and_counts_nothing_twice(world):
    truth = world[0]
    counts = pd.DataFrame({"day": [10, 17], "new": [2, 3], "purchases": [0, 0]})
    found = lifetime_holdout.expected(truth, counts, np.array([10, 17, 38]), "week")
    at = [float(lifetime.expected_total(truth, weeks)) for weeks in (1, 4, 3)]
    assert found == pytest.approx([0, 2 * at[0], 2 * at[1] + 3 * at[2]])


def test_the_band_holds_the_future_of_customers_who_follow_the_model(world):
    truth, clv, fit = world
    rng = np.random.default_rng(8)
    steps = np.array([4.0, 13.0, 26.0])
    low, high = lifetime_holdout.band(fit, clv, steps, rng, 60)
    x, t_x, age = (clv[name].to_numpy(dtype=float)[:, None] for name in ("x", "t_x", "T"))
    futures = np.array([lifetime.simulate_future(truth, x, t_x, age, steps, rng).sum(axis=0) for _ in range(40)])
    inside = ((low <= futures) & (futures <= high)).mean(axis=0)
    assert (inside > 0.8).all()
    assert (np.diff(low) > 0).all()


def test_tracking_starts_the_forecast_from_what_was_bought(world):
    _, clv, fit = world
    days = np.sort((280 - 7 * clv["T"].to_numpy()).astype(int))
    counts = pd.Series(days).value_counts().sort_index().rename("new").reset_index(name="new")
    counts = counts.rename(columns={counts.columns[0]: "day"}).assign(purchases=0)
    counts.loc[len(counts)] = {"day": 270, "new": 0, "purchases": int(clv["x"].sum())}
    first = pd.Timestamp(EPOCH)
    found = Split(
        (first + pd.Timedelta(days=int(days[0]))).date(),
        (first + pd.Timedelta(days=280)).date(),
        (first + pd.Timedelta(days=322)).date(),
        True,
        "week",
    )
    track = lifetime_holdout.track({"bgnbd": fit}, clv, counts, found, np.random.default_rng(2), 20)
    ahead = track[(track["series"] == "bgnbd") & track["holdout"]]
    foreseen = lifetime.expected_purchases(fit, clv["x"], clv["t_x"], clv["T"], 6).sum()
    assert ahead["purchases"].iloc[-1] == pytest.approx(clv["x"].sum() + foreseen)
    assert (ahead["low"] <= ahead["purchases"]).all()
    assert (ahead["purchases"] <= ahead["high"]).all()
    assert track.loc[~track["holdout"], ["low", "high"]].isna().all(axis=None)


def test_conditional_means_are_those_of_the_groups(world):
    _, clv, fit = world
    rng = np.random.default_rng(4)
    held = clv.assign(x_holdout=lifetime.simulate_future(fit, clv["x"], clv["t_x"], clv["T"], 20, rng))
    table = lifetime_holdout.conditional({"bgnbd": fit}, held, 20, rng, smallest=5)
    assert table["customers"].sum() == len(clv)
    assert (table["actual"] * table["customers"]).sum() == pytest.approx(held["x_holdout"].sum())
    total = lifetime.expected_purchases(fit, clv["x"], clv["t_x"], clv["T"], 20).sum()
    assert (table["bgnbd"] * table["customers"]).sum() == pytest.approx(total)
    assert ((table["low"] <= table["actual"]) & (table["actual"] <= table["high"])).all()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.integers(1, 6))
def test_groups_hold_everybody_once_and_enough(x, smallest):
    x = np.array(x)
    starts = lifetime_holdout.bounds(x, smallest)
    counts = np.bincount(np.searchsorted(starts, x, side="right") - 1, minlength=len(starts))
    assert starts[0] == 0
    assert counts.sum() == len(x)
    assert len(starts) == 1 or (counts >= smallest).all()
    assert len(set(lifetime_holdout.named(starts, x))) == len(starts)
