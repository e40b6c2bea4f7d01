"""Survival curves and log-rank tests: published numbers of the lung data, R, and known truth."""

import numpy as np
import pandas as pd
import pytest
from rpy2 import robjects

from patrons import double, r, survival


@pytest.fixture(scope="module")
def lung():
    """R's survival::lung: 228 patients with advanced lung cancer."""
    r.use("survival")
    found = r.from_r(robjects.r("survival::lung"))
    return pd.DataFrame(
        {
            "days": found["time"].astype(float),
            "ended": found["status"] == 2,
            "sex": found["sex"].astype(int).astype(str),
        }
    )


def test_the_median_of_lung_in_both_languages(lung):
    published = r.call("lasting_median", lung["days"], lung["ended"], "log").iloc[0]
    assert published.tolist() == [310, 285, 363]  # survfit(Surv(time, status) ~ 1, lung) prints these
    mine = survival.quantile(survival.kaplan_meier(lung["days"], lung["ended"]))
    theirs = r.call("lasting_median", lung["days"], lung["ended"]).iloc[0]
    assert mine == {"value": 310, "low": 284, "high": 361}  # with the log-log interval
    assert theirs.tolist() == [310, 284, 361]


def test_the_curve_of_lung_in_both_languages(lung):
    mine = survival.kaplan_meier(lung["days"], lung["ended"])
    check = double.agreement(mine, r.call("lasting_curve", lung["days"], lung["ended"]), ["days"], survival.NUMBERS)
    assert check.holds
    assert check.compared == 139 * 5


def test_the_log_rank_test_of_lung_in_both_languages(lung):
    mine = survival.log_rank(lung["days"], lung["ended"], lung["sex"])
    assert mine["chi2"] == pytest.approx(10.3267, abs=5e-5)  # survdiff(Surv(time, status) ~ sex, lung) prints 10.3
    theirs = r.call("compare_lasting", lung["days"], lung["ended"], lung["sex"], 365.0, ["1", "2"])
    assert theirs["chi2"].iloc[0] == pytest.approx(mine["chi2"], rel=1e-12)
    pairs = survival.pairs(lung["days"], lung["ended"], lung["sex"], 365.0)
    columns = ["difference", "low", "high", "chi2", "p", "p_holm"]
    assert double.agreement(pairs, theirs[theirs["a"] != "all"], ["a", "b"], columns).holds


def test_a_curve_by_hand():
    days, ended = pd.Series([1.0, 2, 2, 3, 5]), pd.Series([True, True, False, False, True])
    found = survival.kaplan_meier(days, ended)
    assert found["survival"].to_numpy() == pytest.approx([4 / 5, 4 / 5 * 3 / 4, 0])
    assert found["at_risk"].tolist() == [5, 4, 1]
    assert found.iloc[-1][["se", "low", "high"]].isna().all()
    assert survival.quantile(found)["value"] == 5
    read = survival.at(found, np.array([0.0, 1, 4, 9]), until=5)["survival"]
    assert read.iloc[:3].to_numpy() == pytest.approx([1, 0.8, 0.6])
    assert np.isnan(read.iloc[3])
    assert survival.at_risk(days, np.array([0, 2, 6])).tolist() == [5, 4, 0]


def test_a_curve_that_rests_on_one_half_has_its_median_in_the_middle():
    days, ended = pd.Series([1.0, 2, 3, 4]), pd.Series([True] * 4)
    r.use("survival")
    assert survival.quantile(survival.kaplan_meier(days, ended))["value"] == 2.5
    assert r.call("lasting_median", days, ended)["value"].iloc[0] == 2.5


def test_nobody_ended():
    found = survival.kaplan_meier(pd.Series([3.0, 4]), pd.Series([False, False]))
    assert found.empty
    assert np.isnan(list(survival.quantile(found).values())).all()
    assert np.isnan(survival.log_rank(pd.Series([3.0, 4]), pd.Series([False, False]), pd.Series(["a", "b"]))["p"])


def test_ends_that_only_one_group_can_have_say_nothing():
    days, ended = pd.Series([1.0, 1, 9, 9]), pd.Series([False, False, True, True])
    assert np.isnan(survival.log_rank(days, ended, pd.Series(["a", "a", "b", "b"]))["p"])


def test_intervals_hold_the_truth_and_alike_groups_are_not_told_apart():
    rng = np.random.default_rng(11)
    true, censor = rng.exponential(100, 2000), rng.uniform(50, 400, 2000)
    days, ended = pd.Series(np.minimum(true, censor)), pd.Series(true <= censor)
    curve = survival.kaplan_meier(days, ended)
    row = survival.at(curve, np.array([100.0]), 400).iloc[0]
    assert row["low"] < np.exp(-1) < row["high"]
    median = survival.quantile(curve)
    assert median["low"] < 100 * np.log(2) < median["high"]
    group = pd.Series(np.where(np.arange(2000) % 2, "a", "b"))
    assert survival.log_rank(days, ended, group)["p"] > 0.01
    slower = days.where(group == "a", days * 1.5)
    assert survival.log_rank(slower, ended, group)["p"] < 0.001
