"""Forecasts without a model, worked by hand, and the sum of months that err together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import double, forecast, r
from patrons.forecast import Ahead

LIMITS = ["forecast", "low_80", "high_80", "low_95", "high_95"]


@pytest.fixture(scope="module")
def sales():
    rng = np.random.default_rng(11)
    month = np.arange(40)
    return np.exp(8 + 0.01 * month + 0.4 * np.sin(month * np.pi / 6) + rng.normal(0, 0.1, 40))


def test_seasonal_naive_by_hand():
    values = np.r_[np.arange(1.0, 13.0), np.arange(3.0, 15.0)]  # two more in each month of the second year
    fit = forecast.seasonal_naive(values, logs=False, ahead=14)
    assert fit.ahead.mean.tolist() == [*np.arange(3.0, 15.0), 3.0, 4.0]
    assert fit.sigma2 == 4.0
    assert np.diag(fit.ahead.covariance).tolist() == [4.0] * 12 + [8.0] * 2
    assert fit.ahead.covariance[0, 12] == 4.0  # January and the next one start from the same
    assert fit.ahead.covariance[0, 1] == 0.0
    table = forecast.intervals(fit.ahead)
    assert table["high_95"][0] == pytest.approx(3 + 1.959964 * 2, abs=1e-5)


def test_naive_adds_up_its_errors():
    fit = forecast.naive(np.array([1.0, 2.0, 4.0, 3.0]), logs=False, ahead=3)
    assert fit.sigma2 == 2.0
    assert fit.ahead.covariance.tolist() == [[2, 2, 2], [2, 4, 4], [2, 4, 6]]


@pytest.mark.parametrize("season", [True, False])
@pytest.mark.parametrize("logs", [True, False])
def test_both_as_in_r(sales, season, logs):
    r.use("tests_forecast")
    r.call("load_forecast")
    fit = (forecast.seasonal_naive if season else forecast.naive)(sales, logs, 18)
    theirs = r.call("forecast_as_before", sales, logs, season, 18)
    assert double.agreement(forecast.intervals(fit.ahead), theirs, ["step"], LIMITS).holds


def test_too_short_a_series_is_refused():
    with pytest.raises(ValueError, match="12 months are too few"):
        forecast.seasonal_naive(np.ones(12), logs=False)


def test_the_sum_of_correlated_months():
    """Where months err together the sum is less sure than if they did not, but surer than the sum of the ends."""
    n, rho = 12, 0.6
    covariance = 4.0 * (rho ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))))
    ahead = Ahead(np.full(n, 100.0), covariance, logs=False)
    found = forecast.total(forecast.paths(ahead, np.random.default_rng(1), draws=100_000))
    half = 1.959964 * np.sqrt(covariance.sum())
    assert found["forecast"] == pytest.approx(1200, abs=0.2)
    assert (found["high_95"] - found["low_95"]) / 2 == pytest.approx(half, rel=0.02)
    single = forecast.intervals(ahead)
    assert half > 1.3 * np.sqrt(n) * 1.96 * 2
    assert found["high_95"] < single["high_95"].sum()


def test_paths_have_the_limits_of_each_month():
    fit = forecast.naive(np.array([5.0, 6.0, 5.5, 7.0]), logs=True, ahead=4)
    drawn = forecast.paths(fit.ahead, np.random.default_rng(2), draws=100_000)
    low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
    table = forecast.intervals(fit.ahead)
    assert low == pytest.approx(table["low_80"].to_numpy(), rel=0.02)
    assert high == pytest.approx(table["high_80"].to_numpy(), rel=0.02)


def test_a_series_that_repeats_itself_has_no_doubt():
    fit = forecast.seasonal_naive(np.tile(np.arange(1.0, 13.0), 2), logs=True)
    found = forecast.total(forecast.paths(fit.ahead, np.random.default_rng(0), draws=50))
    assert found["low_95"] == found["high_95"] == pytest.approx(78)


@given(st.lists(st.floats(1, 1e6), min_size=13, max_size=40))
def test_limits_stand_in_order(values):
    table = forecast.intervals(forecast.seasonal_naive(np.array(values), logs=True).ahead)
    inner = table[["low_95", "low_80", "forecast", "high_80", "high_95"]].to_numpy()
    assert (np.diff(inner, axis=1) >= -1e-9 * inner[:, 1:]).all()
    assert (inner > 0).all()
