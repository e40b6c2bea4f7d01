"""Checks of what the models suppose: against R, by hand, and on customers simulated from a model."""

import numpy as np
import pandas as pd
import pytest

from patrons import double, lifetime, lifetime_checks, r

TRUTH = {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 3.5}


def model(**parameters):
    return lifetime.Fit("bgnbd", pd.Series({**TRUTH, **parameters}), None, 0.0, 0, True, 0)


@pytest.fixture(scope="module")
def clv():
    rng = np.random.default_rng(11)
    drawn = lifetime.simulate(model(), rng.uniform(10, 50, 2500), rng)
    return drawn.assign(m_x=np.where(drawn["x"] > 0, rng.gamma(4, 10, len(drawn)), np.nan))


def test_expected_numbers_add_up_and_hold_what_the_model_draws(clv):
    table = lifetime_checks.frequencies({"bgnbd": model()}, clv, smallest=5)
    mine = table[table["series"] == "bgnbd"].set_index("group")
    real = table[table["series"] == "actual"].set_index("group")["customers"]
    assert mine["customers"].sum() == pytest.approx(len(clv))
    assert real.sum() == len(clv)
    assert ((mine["low"] <= real) & (real <= mine["high"])).sum() >= len(real) - 1


def test_groups_that_were_put_together_expect_the_sum_of_their_parts(clv):
    few = clv[clv["x"].isin([0, 3, 4])].head(60)
    table = lifetime_checks.frequencies({"bgnbd": model()}, few, smallest=5).query("series == 'bgnbd'")
    chances = lifetime.probability_of(model(), np.arange(400), few["T"].to_numpy()[:, None]).sum(axis=0)
    assert table["customers"].iloc[0] == pytest.approx(chances[0], rel=1e-6) or "–" in table["group"].iloc[0]
    assert table["customers"].sum() == pytest.approx(len(few))


def test_one_rate_for_all_is_not_dispersed():
    rng = np.random.default_rng(2)
    age = rng.uniform(5, 50, 20_000)
    same = lifetime_checks.dispersion(pd.DataFrame({"x": rng.poisson(0.1 * age), "T": age})).value
    assert same == pytest.approx(1, abs=0.04)
    mixed = rng.poisson(rng.gamma(0.5, 0.2, len(age)) * age)
    assert lifetime_checks.dispersion(pd.DataFrame({"x": mixed, "T": age})).value > 2
    assert np.isnan(lifetime_checks.dispersion(pd.DataFrame({"x": [0, 0], "T": [1.0, 2.0]})).value)


def test_correlations_are_those_of_r(clv):
    r.use("tests_lifetime")
    mine = lifetime_checks.independence(clv)
    theirs = r.call("check_independence", clv["x"], clv["m_x"])
    assert double.agreement(mine, theirs, ["method"], ["rho", "low", "high", "p", "n"]).largest < 1e-10


def test_nothing_is_correlated_where_nothing_varies(clv):
    same = clv.assign(m_x=np.where(clv["x"] > 0, 7.0, np.nan))
    assert lifetime_checks.independence(same).empty
    assert lifetime_checks.spend_by_frequency(clv[clv["x"] == 0], 5).empty


def test_spend_by_frequency_is_the_mean_of_means():
    clv = pd.DataFrame({"x": [0, 1, 1, 2, 2], "m_x": [np.nan, 10.0, 20.0, 30.0, 50.0]})
    table = lifetime_checks.spend_by_frequency(clv, smallest=2)
    assert table["group"].tolist() == ["1", "2"]
    assert table["mean"].tolist() == [15, 40]
    # t with one degree of freedom: 12.706 · 7.071 / √2.
    assert table["high"].iloc[0] == pytest.approx(15 + 12.7062 * np.sqrt(50 / 2), rel=1e-4)


def test_months_find_a_season_that_was_planted():
    rng = np.random.default_rng(6)
    days = np.arange(18_262, 18_262 + 3 * 365)  # 2020-01-01 and three years on
    month = pd.to_datetime(days, unit="D").month
    mean = np.diff(lifetime_checks.expected(model(), one_day(400), np.arange(18_262, 18_262 + 3 * 365 + 1), "week"))
    bought = rng.poisson(mean * np.where(month == 12, 2.0, 1.0))
    counts = pd.DataFrame({"day": days, "new": 0, "purchases": bought})
    counts.loc[0, "new"] = 400
    table = lifetime_checks.months(model(), counts, int(days[-1]), "week").set_index("month")
    assert table["ratio"].idxmax() == 12
    assert table.loc[12, "low"] <= 2 <= table.loc[12, "high"]
    assert ((table["low"] <= 1) & (table["high"] >= 1)).drop(12).sum() >= 9


def one_day(customers):
    return pd.DataFrame({"day": [18_262], "new": [customers], "purchases": [0]})
