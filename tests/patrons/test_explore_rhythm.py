"""Times between orders and orders a week, on tables that can be worked by hand."""

import numpy as np
import pandas as pd
import pytest

from patrons import explore_rhythm
from patrons.explore_rhythm import times, wait, weekly_mean, weekly_trend

TODAY = pd.Timestamp("2021-04-11").to_pydatetime()


@pytest.fixture
def table():
    """a ordered on 1 and 11 January and 1 February, b on 1 and 31 March, c once, on 1 April; today is 11 April."""
    gaps = pd.DataFrame({"customer_id": ["a", "a", "b"], "gap": [10.0, 21.0, 30.0]})
    features = pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "last_order": pd.to_datetime(["2021-02-01", "2021-03-31", "2021-04-01"])}
    )
    return times(gaps, features, TODAY)


def weeks(orders, partial=False):
    frame = pd.DataFrame({"orders": orders, "start": pd.date_range("2021-01-04", periods=len(orders), freq="W-MON")})
    frame["whole"] = True
    if partial:
        frame.loc[[0, len(frame) - 1], "whole"] = False
    return frame


def test_gaps_that_still_run_are_counted_to_today(table):
    running = table[~table["event"]]
    assert running["days"].tolist() == [69.0, 11.0, 10.0]
    assert table["event"].sum() == 3


def test_medians_by_hand(table):
    found = wait(table, np.random.default_rng(1))
    assert (found.gaps, found.customers, found.repeaters) == (3, 3, 2)
    assert found.completed.value == 21.0
    # At 10 days: 6 at risk, 1 ends (5/6); 10 and 11 censored; at 21: 3 left, 1 ends (5/9); at 30: 2 left (5/18).
    assert found.any_order.value == 30.0


def test_an_even_number_of_gaps_has_its_median_between_two(table):
    more = pd.concat([table, pd.DataFrame({"customer": [2], "days": [40.0], "event": [True]})], ignore_index=True)
    assert wait(more, np.random.default_rng(1)).completed.value == 25.5


def test_weights_stand_for_copies():
    days = np.array([1.0, 2, 2, 5, 7])
    event = np.array([True, True, False, True, False])
    weights = np.array([2, 1, 3, 2, 1])
    copies = explore_rhythm._medians(
        np.repeat(days, weights), np.repeat(event, weights), np.ones(weights.sum(), dtype=int)
    )
    assert np.array_equal(explore_rhythm._medians(days, event, weights), copies)


def test_one_order_each_has_no_gap():
    features = pd.DataFrame({"customer_id": ["a", "b"], "last_order": pd.to_datetime(["2021-01-01", "2021-02-01"])})
    found = times(pd.DataFrame({"customer_id": [], "gap": []}), features, TODAY)
    waiting = wait(found, np.random.default_rng(1))
    assert waiting.gaps == 0
    assert np.isnan([waiting.completed.value, waiting.any_order.value]).all()
    assert explore_rhythm.gap_histogram(found, waiting, 5).empty


def test_bars_rest_on_enough_customers(table):
    many = pd.concat([table.assign(customer=table["customer"] + 3 * copy) for copy in range(5)], ignore_index=True)
    waiting = wait(many, np.random.default_rng(1))
    assert explore_rhythm.gap_histogram(many, waiting, smallest=5)["gaps"].sum() == 15
    assert explore_rhythm.gap_histogram(many, waiting, smallest=6).empty


def test_only_whole_weeks_count():
    assert weekly_mean(weeks([1, 8, 10, 12, 1], partial=True)).value == 10
    assert np.isnan(weekly_mean(weeks([1, 1], partial=True)).value)


def test_orders_that_double_every_year():
    expected = 50 * 2 ** (np.arange(104) * 7 / 365.25)
    row = weekly_trend(weeks(np.round(expected).astype(int))).iloc[0]
    assert row["slope"] == pytest.approx(np.log(2), abs=0.005)
    assert row["low"] < np.log(2) < row["high"]
    assert row["dispersion"] < 0.1


def test_noise_has_no_trend_and_the_dispersion_of_chance():
    row = weekly_trend(weeks(np.random.default_rng(2).poisson(40, 200))).iloc[0]
    assert row["low"] < 0 < row["high"]
    assert row["dispersion"] == pytest.approx(1, abs=0.25)


def test_few_weeks_have_no_trend():
    assert weekly_trend(weeks([3] * 9)).empty
