"""The Gamma-Gamma model: its likelihood, its means, and money it cannot use."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from patrons import lifetime_gamma as model
from patrons.lifetime_data import CannotFit

CDNOW = (6.25, 3.74, 15.44)


def customers(n=40, **columns):
    base = {"x": np.arange(n) % 4, "m_x": np.where(np.arange(n) % 4 > 0, 10.0 + np.arange(n), np.nan)}
    return pd.DataFrame(base).assign(**columns)


def test_the_likelihood_is_a_gamma_mixed_over_a_gamma():
    p, q, v = CDNOW

    def joint(rate, x, mean):
        return stats.gamma.pdf(mean, p * x, scale=1 / (rate * x)) * stats.gamma.pdf(rate, q, scale=1 / v)

    for x, mean in [(1, 20.0), (3, 55.0), (9, 8.0)]:
        density = integrate.quad(joint, 0, 10, args=(x, mean), epsabs=0, epsrel=1e-12, limit=200)[0]
        assert float(model.customer_loglik(CDNOW, x, mean)) == pytest.approx(np.log(density), rel=1e-9)


def test_the_sum_and_its_gradient():
    found = model.spenders(customers(400))
    loglik, theta, step = model.objective(found), np.log(CDNOW), 1e-5
    value, gradient = loglik(theta)
    assert value == pytest.approx(model.customer_loglik(CDNOW, found.x, found.m_x).sum(), rel=1e-13)
    differences = [(loglik(theta + e)[0] - loglik(theta - e)[0]) / (2 * step) for e in np.eye(3) * step]
    assert gradient == pytest.approx(np.array(differences), rel=1e-6, abs=1e-4)


def test_expected_spend_by_hand():
    # p v / (q − 1) without a purchase; with two of 50: 6.25 (15.44 + 100) / (12.5 + 3.74 − 1).
    found = model.expected_spend(CDNOW, [0, 2], [np.nan, 50])
    assert found == pytest.approx([6.25 * 15.44 / 2.74, 6.25 * 115.44 / 15.24])


@given(st.integers(1, 300), st.floats(0.01, 1e5))
def test_expected_spend_lies_between_the_customer_and_all(x, mean):
    everybody = float(model.expected_spend(CDNOW, 0, 0))
    found = float(model.expected_spend(CDNOW, x, mean))
    low, high = sorted([everybody, mean])
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)
    assert abs(float(model.expected_spend(CDNOW, x + 1, mean)) - mean) <= abs(found - mean) * (1 + 1e-9)


def test_a_customer_who_was_given_money_back_is_expected_to_spend():
    assert float(model.expected_spend(CDNOW, 2, -30)) == float(model.expected_spend(CDNOW, 2, 0)) > 0


def test_means_of_zero_and_less_are_set_aside():
    frame = customers()
    frame.loc[[1, 2], "m_x"] = [0.0, -5.0]
    found = model.spenders(frame)
    assert (found.n, found.set_aside) == (28, 2)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (customers(m_x=np.nan), "m_x is missing for 30 customers"),
        (customers(m_x=-1.0), r"Only 0 customers.*\(30 more have a mean of 0 or less"),
        (customers(12), "Only 9 customers"),
        (customers(m_x=7.0), "Every customer spends the same"),
        (customers().drop(columns="m_x"), "lack the column m_x"),
        (customers(x=-1), "x is missing or negative"),
    ],
)
def test_money_that_carries_no_model_is_refused(frame, words):
    with pytest.raises(CannotFit, match=words):
        model.spenders(frame)
