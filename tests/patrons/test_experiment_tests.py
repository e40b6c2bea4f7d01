"""Tests from sizes, means and variances, against published numbers, pingouin, SciPy and statsmodels."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from patrons import experiment_tests, r
from patrons.experiment_moments import Moments, moments


def summary(n, mean, sd):
    return Moments(np.array([n]), np.array([mean]), np.array([sd**2]))


def test_welch_as_published():
    found = experiment_tests.welch(summary(3407, 0.41, 3.9), summary(3461, 0.70, 6.2))
    assert found["low"][0] == pytest.approx(0.04538, abs=5e-6)
    assert found["high"][0] == pytest.approx(0.53462, abs=5e-6)
    assert found["p"][0] == pytest.approx(0.02016, abs=5e-6)


def test_an_arm_in_which_nobody_bought_does_not_tell_how_sure_it_is():
    found = experiment_tests.compare_cells("money", summary(68, 4.2287, 35.0), summary(44, 0.0, 0.0))
    assert found["lift_pct"][0] == pytest.approx(-1)
    assert np.isnan(found["pct_low"][0])
    assert np.isnan(found["pct_high"][0])
    assert found["low"][0] < -4.2 < found["high"][0]  # the control's spread is known


def test_mtcars_as_published():
    cars = r.call("base::get", "mtcars", envir=r.call("base::as.environment", "package:datasets"))
    cells = moments(cars["mpg"].to_numpy(), cars["am"].to_numpy().astype(int), 2)
    # R's t.test(mpg ~ am) takes automatic less manual.
    found = experiment_tests.welch(cells[1:], cells[:1])
    assert found["statistic"][0] == pytest.approx(-3.7671, abs=5e-5)
    assert found["df"][0] == pytest.approx(18.332, abs=5e-4)
    assert found["p"][0] == pytest.approx(0.001374, abs=5e-7)


def test_welch_is_that_of_pingouin():
    rng = np.random.default_rng(1)
    base, other = rng.gamma(1, 3, 30), rng.gamma(2, 3, 55)
    found = experiment_tests.welch(*(moments(each, np.zeros(len(each), int), 1) for each in (base, other)))
    theirs = pingouin.ttest(other, base, correction=True).iloc[0]
    assert found["statistic"][0] == pytest.approx(theirs["T"], rel=1e-12)
    assert found["p"][0] == pytest.approx(theirs["p_val"], rel=1e-10)
    ends = stats.ttest_ind(other, base, equal_var=False).confidence_interval()
    assert (found["low"][0], found["high"][0]) == pytest.approx((ends.low, ends.high))


def test_shares_are_those_of_statsmodels():
    base, other = summary(40, 0.25, 0), summary(60, 0.4, 0)
    z, p = proportions_ztest([24, 10], [60, 40])
    found = experiment_tests.shares(base, other)
    assert (found["statistic"][0], found["p"][0]) == pytest.approx((z, p))


def test_what_cannot_be_known_is_missing():
    base = Moments(np.array([0, 1, 5, 5]), np.array([np.nan, 2, 2, 2]), np.array([np.nan, np.nan, 0, 1]))
    other = Moments(np.array([5, 5, 5, 1]), np.array([1.0, 2, 2, 3]), np.array([1.0, 1, 0, np.nan]))
    for test in (experiment_tests.welch, experiment_tests.shares):
        found = test(base, other)
        assert np.isnan(found["p"][0])
    assert np.isnan(experiment_tests.welch(base, other)["p"]).all()


def test_a_family_is_named_and_corrected_apart_from_others():
    table = pd.DataFrame({"outcome": list("aaabb"), "p": [0.01, 0.04, np.nan, 0.02, 0.5]})
    found = experiment_tests.correct(table, within=["outcome"], family="2 arms")
    assert found["tests"].tolist() == [2, 2, 2, 2, 2]
    assert found["family"].tolist() == ["a: 2 arms"] * 3 + ["b: 2 arms"] * 2
    assert found["p_holm"].dropna().tolist() == pytest.approx([0.02, 0.04, 0.04, 0.5])
    whole = experiment_tests.correct(table)
    for name, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
        assert whole[name].dropna().tolist() == pytest.approx(multipletests(table["p"].dropna(), method=method)[1])


def test_no_rows_are_no_error():
    assert experiment_tests.correct(pd.DataFrame({"p": [], "outcome": []}), within=["outcome"]).empty
