"""Ratios of totals, held against R's jackknife, published intervals and simulated truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import r
from patrons.ratios import counted, ratio

AMOUNTS = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.01, 1e6)), min_size=2, max_size=12)


def test_garwoods_published_limits():
    # Garwood (1936), as in Johnson, Kotz and Kemp, Univariate Discrete Distributions, table of Poisson limits.
    low, high = counted([0, 1, 5, 10])
    assert low.tolist() == pytest.approx([0, 0.0253, 1.6235, 4.7954], abs=5e-5)
    assert high.tolist() == pytest.approx([3.6889, 5.5716, 11.6683, 18.3904], abs=5e-5)


def test_variance_is_that_of_hc3_in_r():
    rng = np.random.default_rng(5)
    x = rng.lognormal(5, 1, 9)
    y = rng.poisson(0.3 * x).astype(float)
    frame = pd.DataFrame({"z": y / x, "x": x})
    r.call("base::assign", "ratio_frame", frame, envir=r.call("base::globalenv"))
    code = "sandwich::vcovHC(stats::lm(z ~ 1, data = ratio_frame, weights = x), type = 'HC3')[1, 1]"
    variance = r.call("base::eval", r.call("base::str2lang", code))
    found = ratio(y, x)
    reach = r.call("stats::qt", 0.975, 8) * np.sqrt(variance) / found.value
    assert found.high == pytest.approx(found.value * np.exp(reach), rel=1e-10)


def test_second_entry_of_r_agrees_and_missing_pairs_are_left_out():
    rng = np.random.default_rng(2)
    x, y = rng.lognormal(4, 1, 12), rng.lognormal(3, 1, 12)
    y[3] = np.nan
    r.use("tests_campaigns")
    data = pd.DataFrame({"level": "all", "metric": "roi", "top": y, "bottom": x, "less": 1.0})
    theirs = r.call("ratios_of_totals", data).iloc[0]
    found = ratio(y, x)
    assert found.n == 11
    assert [found.value - 1, found.low - 1, found.high - 1] == pytest.approx(
        theirs[["value", "low", "high"]].astype(float).tolist(), rel=1e-10
    )


@given(AMOUNTS)
def test_ratio_lies_within_its_interval_and_scales(pairs):
    y, x = np.array(pairs).T
    found = ratio(y, x)
    assert found.value == pytest.approx(y.sum() / x.sum())
    if found.low == found.low and found.value > 0:
        assert found.low <= found.value * (1 + 1e-9) and found.value <= found.high * (1 + 1e-9)


def test_nothing_to_divide_by_is_missing_not_infinite():
    assert np.isnan(ratio([3, 4], [0, 0]).value)
    assert np.isnan(ratio([], []).value)
    single = ratio([3], [6])
    assert single.value == 0.5 and np.isnan(single.low)


@pytest.mark.slow
def test_the_interval_holds_the_truth_between_campaigns_that_differ():
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(1500):
        x = rng.poisson(2000 * np.exp(rng.normal(0, 0.7, 10)))
        y = rng.binomial(x, np.minimum(0.05 * rng.gamma(8, 1 / 8, 10), 1))
        found = ratio(y, x)
        inside.append(found.low <= 0.05 <= found.high)
    assert 0.92 <= np.mean(inside) <= 0.985
