"""Tests of the season: exact chances, detrending, and one family."""

import itertools

import numpy as np
import pandas as pd
import pytest

from patrons import seasonality_tests as tests


def ranked(*years):
    rows = [(block, month, value) for block, year in enumerate(years) for month, value in enumerate(year, 1)]
    return pd.DataFrame(rows, columns=["block", "month", "value"])


def test_the_chance_of_ranks_is_that_of_enumeration():
    pairs = [sum(pair) for pair in itertools.combinations(range(1, 13), 2)]
    first = [*range(1, 11), 11.5, 10.5]  # November and December rank 12 and 11
    second = [12, *range(1, 10), 11, 10]
    found = tests.rank_high(ranked(first, second))
    together = 12 + 11 + 11 + 10
    wanted = np.mean([a + b >= together for a in pairs for b in pairs])
    assert found["statistic"] == together
    assert found["p"] == pytest.approx(wanted)


def test_low_ranks_are_no_evidence():
    assert tests.rank_high(ranked([*range(3, 13), 1, 2]))["p"] == pytest.approx(1)


def test_growth_is_taken_out_and_chance_alone_seldom_ranks_high():
    start = pd.date_range("2020-01-01", periods=48, freq="MS")
    rng, alarms = np.random.default_rng(1), np.zeros(2)
    for _ in range(100):
        revenue = np.exp(3 * np.sqrt(np.linspace(0, 1, 48)) + rng.normal(0, 0.1, 48))
        found = tests.detrended(pd.DataFrame({"start": start, "revenue": revenue}))
        alarms += [tests.rank_high(found)["p"] < 0.05, tests.friedman(found)["p"] < 0.05]
    assert (alarms <= 11).all()  # 100 at 5 %: more than 11 in fewer than one of a hundred


@pytest.mark.parametrize("n", [12, 23])
def test_less_than_two_years_are_not_ranked(n):
    start = pd.date_range("2020-01-01", periods=n, freq="MS")
    assert tests.detrended(pd.DataFrame({"start": start, "revenue": 1.0})).empty


def test_a_month_without_sales_is_not_ranked():
    start = pd.date_range("2020-01-01", periods=24, freq="MS")
    revenue = [0.0] + [1.0] * 23
    months = pd.DataFrame({"start": start, "revenue": revenue})
    assert tests.detrended(months).empty
    assert tests.family(months, None, None).empty
