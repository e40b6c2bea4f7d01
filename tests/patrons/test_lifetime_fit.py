"""The optimiser on likelihoods whose maximum is known."""

import numpy as np
import pytest
from scipy import special

from patrons import lifetime_fit
from patrons.lifetime_data import CannotFit

NAMES = ("shape", "rate")
DRAWN = np.random.default_rng(4).gamma(3.0, 1 / 0.5, 500)


def gamma(theta):
    """The likelihood of gamma variates, in the logarithms of shape and rate."""
    shape, rate = np.exp(theta)
    n = len(DRAWN)
    value = n * (shape * theta[1] - special.gammaln(shape)) + ((shape - 1) * np.log(DRAWN) - rate * DRAWN).sum()
    by_shape = n * (theta[1] - special.digamma(shape)) + np.log(DRAWN).sum()
    by_rate = n * shape / rate - DRAWN.sum()
    return value, np.array([shape * by_shape, rate * by_rate])


def explain(parameters):
    return f"there are {len(parameters)} parameters."


def fitted():
    best = lifetime_fit.maximise(gamma, np.log([1.0, 1.0]), NAMES, len(DRAWN), explain)
    return lifetime_fit.as_fit("gamma", NAMES, best, len(DRAWN))


def test_the_maximum_of_a_gamma():
    fit = fitted()
    shape, rate = fit.parameters
    assert shape / rate == pytest.approx(DRAWN.mean(), rel=1e-10)
    assert np.log(rate) - special.digamma(shape) == pytest.approx(-np.log(DRAWN).mean(), abs=1e-10)
    assert fit.converged and fit.aic == pytest.approx(4 - 2 * fit.loglik)


def test_standard_errors_are_those_of_the_information():
    fit = fitted()
    shape, rate = fit.parameters
    information = len(DRAWN) * np.array([[special.polygamma(1, shape), -1 / rate], [-1 / rate, shape / rate**2]])
    assert fit.standard_errors.to_numpy() == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-6)


def test_intervals_are_even_in_logarithms():
    table = fitted().table()
    assert np.sqrt(table["low"] * table["high"]).to_numpy() == pytest.approx(table["estimate"].to_numpy())
    width = np.log(table["high"] / table["low"]) / 2
    assert width.to_numpy() == pytest.approx(1.959964 * (table["standard_error"] / table["estimate"]), rel=1e-6)


def test_a_start_far_off_reaches_the_same_maximum():
    far = lifetime_fit.maximise(gamma, np.log([200.0, 0.01]), NAMES, len(DRAWN), explain)
    assert np.exp(far.theta) == pytest.approx(fitted().parameters.to_numpy(), rel=1e-8)


def test_refitting_ends_where_fitting_does():
    fit = fitted()
    theta, found = lifetime_fit.refit(gamma, np.log(fit.parameters.to_numpy()) + 0.2, fit.covariance.to_numpy())
    assert found
    errors = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(theta - np.log(fit.parameters.to_numpy())) / errors).max() < 2e-3


def runaway(theta):
    """Ever higher as the first parameter falls."""
    return -np.exp(theta[0]) - theta[1] ** 2, np.array([-np.exp(theta[0]), -2 * theta[1]])


def ridge(theta):
    """Only the sum of the logarithms matters."""
    gap = theta.sum() - 1
    return -100 * gap**2, np.array([-200 * gap, -200 * gap])


@pytest.mark.parametrize("objective", [runaway, ridge])
def test_what_has_no_maximum_is_not_identified(objective):
    with pytest.raises(CannotFit, match=r"do not identify \w+ \(it stands at .*\): there are 2 parameters"):
        lifetime_fit.maximise(objective, np.zeros(2), NAMES, 1, explain)


def test_the_second_derivatives_are_symmetric_and_right():
    theta = np.log([3.0, 0.5])
    found = lifetime_fit.hessian(gamma, theta)
    steps = np.eye(2) * 1e-3
    numerical = [
        [
            (gamma(theta + a + b)[0] - gamma(theta + a - b)[0] - gamma(theta - a + b)[0] + gamma(theta - a - b)[0])
            / 4e-6
            for b in steps
        ]
        for a in steps
    ]
    assert found == pytest.approx(np.array(numerical), rel=1e-4)
    assert np.array_equal(found, found.T)
