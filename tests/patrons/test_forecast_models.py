"""Smoothing and the airline model against R, published numbers and statsmodels' own forecasts."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from patrons import double, forecast, forecast_models, r
from patrons.forecast_models import CannotFit

LIMITS = ["forecast", "low_80", "high_80", "low_95", "high_95"]


@pytest.fixture(scope="module", autouse=True)
def _sourced():
    r.use("tests_forecast")
    r.call("load_forecast")


@pytest.fixture(scope="module")
def passengers():
    return np.asarray(r.call("base::as.numeric", r.call("base::get", "AirPassengers")))


def grown(n, seed=5):
    rng = np.random.default_rng(seed)
    month = np.arange(n)
    return np.exp(7 + 0.6 * (1 - 0.95**month) + 0.3 * np.sin(month * np.pi / 6) + np.cumsum(rng.normal(0, 0.05, n)))


def test_the_airline_model_of_box_and_jenkins(passengers):
    fit = forecast_models.airline(passengers, logs=True)
    assert fit.parameters["ma"] == pytest.approx(-0.4018, abs=1e-4)
    assert fit.parameters["sma"] == pytest.approx(-0.5569, abs=1e-4)
    assert fit.loglik == pytest.approx(244.70, abs=0.005)
    # 450 passengers (thousands) in January 1961, as every text book has it.
    assert forecast.intervals(fit.ahead)["forecast"][0] == pytest.approx(450.4, abs=0.1)


@pytest.mark.parametrize("months", [24, 36, 60])
@pytest.mark.parametrize("logs", [True, False])
def test_the_airline_model_as_in_r(months, logs):
    values = grown(months) / (1 if logs else 1000)
    fit = forecast_models.airline(values, logs)
    theirs = r.call("airline_at", values, logs, fit.parameters)
    assert double.agreement(forecast.intervals(fit.ahead), theirs["ahead"], ["step"], LIMITS).largest < 1e-6
    assert theirs["fit"]["loglik"][0] == pytest.approx(fit.loglik, abs=1e-8)
    assert theirs["fit"]["sigma2"][0] == pytest.approx(fit.sigma2, rel=1e-8)


@pytest.mark.parametrize("model", ["ets_level", "ets_damped"])
@pytest.mark.parametrize("logs", [True, False])
@pytest.mark.parametrize("months", [24, 47])
def test_smoothing_as_in_r(model, logs, months):
    values = grown(months)
    fit = forecast_models.MODELS[model](values, logs, 18)
    initial = {key: list(states) for key, states in fit.initial.items()}
    theirs = r.call("smoothing_at", values, logs, fit.parameters, initial, 18)
    assert double.agreement(forecast.intervals(fit.ahead), theirs["ahead"], ["step"], LIMITS).holds
    assert theirs["fit"]["loglik"][0] == pytest.approx(fit.loglik, rel=1e-9)
    assert theirs["fit"]["sigma2"][0] == pytest.approx(fit.sigma2, rel=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_the_variances_are_those_of_statsmodels():
    """Its own variance divides by the months, ours by the degrees of freedom; the shape over steps is the same."""
    values = grown(48)
    fit = forecast_models.damped(values, logs=True, ahead=24)
    build = ETSModel(
        pd.Series(np.log(values)), error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=12,
        initialization_method="heuristic",
    )  # fmt: skip
    theirs = build.fit(disp=False, maxiter=500).get_prediction(start=48, end=71)
    ratio = np.diag(fit.ahead.covariance) / np.asarray(theirs.forecast_variance)
    assert ratio == pytest.approx(np.full(24, ratio[0]), rel=1e-8)
    assert ratio[0] == pytest.approx(48 / (48 - 17))


@pytest.mark.parametrize("model", ["ets_damped", "airline"])
def test_the_joint_distribution_is_one(model):
    covariance = forecast_models.MODELS[model](grown(48), True, 12).ahead.covariance
    assert covariance == pytest.approx(covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert (covariance[0, 1:] > 0).all()  # a surprise this month stays for the next ones


def test_the_airline_model_forgets_nothing_between_steps():
    """After a long past, the joint covariance is that of the weights of past errors."""
    values = grown(240)
    fit = forecast_models.airline(values, logs=True, ahead=13)
    ma, sma, n = fit.parameters["ma"], fit.parameters["sma"], 13
    psi = np.zeros(n)
    # (1 - B)(1 - B^12) psi(B) = (1 + ma B)(1 + sma B^12)
    theta = np.zeros(14)
    theta[[0, 1, 12, 13]] = [1, ma, sma, ma * sma]
    for j in range(n):
        before = (psi[j - 1] if j >= 1 else 0) + (psi[j - 12] if j >= 12 else 0) - (psi[j - 13] if j >= 13 else 0)
        psi[j] = theta[j] + before
    lower = np.array([[psi[i - j] if i >= j else 0 for j in range(n)] for i in range(n)])
    # With a finite past the state is not known exactly: the covariance can only be a little larger.
    expected = fit.sigma2 * lower @ lower.T
    assert (np.diag(fit.ahead.covariance) >= np.diag(expected) * (1 - 1e-9)).all()
    assert fit.ahead.covariance == pytest.approx(expected, rel=0.15)


def test_what_cannot_be_fitted_says_so():
    with pytest.raises(ValueError, match=r"months|cycles"):
        forecast_models.damped(grown(20), True)
    with pytest.raises((CannotFit, ValueError, np.linalg.LinAlgError)):
        forecast_models.airline(np.full(36, 5.0), False)


def test_r_chooses_for_itself():
    found = r.call("own_choices", grown(36), True)
    assert isinstance(found, pd.DataFrame)
    assert {"ets_level", "ets_damped", "airline", "ets", "auto.arima"} == set(found["name"])
    mine = forecast_models.airline(grown(36), True)
    theirs = found.set_index("name").loc["airline"]
    # One likelihood, two optimisers: R's stops a little earlier.
    assert theirs["loglik"] == pytest.approx(mine.loglik, abs=0.01)
    assert theirs["loglik"] < mine.loglik + 1e-6
