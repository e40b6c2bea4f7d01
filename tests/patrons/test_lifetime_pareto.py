"""The Pareto/NBD model against high-precision arithmetic and itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import lifetime_pareto as model
from patrons.lifetime_data import counted

CDNOW = (0.553, 10.578, 0.606, 11.669)
#: parameters, x, t_x, T, horizon; log-likelihood, P(alive), expected purchases by mpmath with 60 digits from the
#: hypergeometric forms of Fader and Hardie (2005).
EXACT = [
    (CDNOW, 2, 30.43, 38.86, 39, -9.5542832451504, 0.86916755915301, 1.4551231932576),
    (CDNOW, 0, 0, 38.86, 39, -0.52104629408089, 0.29528660461689, 0.10708146821531),
    ((0.55, 10.6, 0.6, 11.7), 200, 38, 40, 52, 76.197568215336, 0.093292675349702, 15.342869345363),
    ((0.55, 70, 1.0, 310), 200, 900, 1400, 365, -523.42491800868, 1.0987864534943e-34, 4.9593344091315e-33),
    ((12, 0.2, 0.05, 90), 3, 1.5, 400, 52, -29.206589179667, 3.6721393627207e-32, 7.1387742399269e-32),
    ((0.05, 40, 8, 0.3), 1, 0.01, 600, 1000, -6.9483525969873, 2.7557417335056e-28, 3.8731472824975e-29),
    ((1.2, 25, 0.74, 330), 31, 205, 205, 52, -92.732814508293, 1.0, 7.0320349680432),
]

shapes = st.floats(-4, 4).map(np.exp)
scales = st.floats(-2, 6).map(np.exp)
times = st.floats(0.05, 1500)


def expected(p, x, t_x, T, horizon, rate=0.0):
    return model.probability_alive(p, x, t_x, T) * model.expected_if_alive(p, x, T, horizon, rate)


@pytest.mark.parametrize(("p", "x", "t_x", "T", "horizon", "loglik", "alive", "purchases"), EXACT)
def test_exact_to_twelve_digits(p, x, t_x, T, horizon, loglik, alive, purchases):
    assert float(model.customer_loglik(p, x, t_x, T)) == pytest.approx(loglik, rel=1e-12)
    assert float(model.probability_alive(p, x, t_x, T)) == pytest.approx(alive, rel=1e-11)
    assert float(expected(p, x, t_x, T, horizon)) == pytest.approx(purchases, rel=1e-11)


def drawn(seed=2, n=5000):
    rng = np.random.default_rng(seed)
    x = rng.choice([0, 1, 2, 5, 30, 200], n, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    age = rng.uniform(1, 400, n)
    return pd.DataFrame({"x": x, "t_x": np.where(x > 0, age * rng.uniform(0.01, 1, n), 0.0), "T": age})


def test_the_sum_over_blocks_of_rows_is_the_sum_over_customers():
    data = drawn()
    value, _ = model.loglik(np.log(CDNOW), counted(pd.concat([data, data])))
    each = model.customer_loglik(CDNOW, data["x"], data["t_x"], data["T"])
    assert value == pytest.approx(2 * each.sum(), rel=1e-13)


@pytest.mark.parametrize("p", [CDNOW, (1.2, 25, 0.74, 330), (0.04, 90, 6.0, 0.2), (0.5, 8.0, 0.5, 8.0)])
def test_the_gradient_is_that_of_finite_differences(p):
    rows, theta, step = counted(drawn(n=400)), np.log(p), 1e-5
    gradient = model.loglik(theta, rows)[1]
    differences = [
        (model.loglik(theta + e, rows)[0] - model.loglik(theta - e, rows)[0]) / (2 * step) for e in np.eye(4) * step
    ]
    assert gradient == pytest.approx(np.array(differences), rel=1e-6, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(st.tuples(shapes, scales, shapes, scales), st.integers(0, 200), st.floats(0.001, 1), times, times)
def test_what_holds_for_any_customer(p, x, share, age, horizon):
    t_x = share * age if x else 0.0
    alive = float(model.probability_alive(p, x, t_x, age))
    assert 0 <= alive <= 1
    assert float(model.probability_alive(p, x, t_x, age + 10)) <= alive + 1e-12
    half, whole = (float(expected(p, x, t_x, age, h)) for h in (horizon / 2, horizon))
    assert 0 <= half <= whole * (1 + 1e-9)
    assert whole <= 2 * half * (1 + 1e-9)
    assert 0 <= float(expected(p, x, t_x, age, horizon, 0.01)) <= whole * (1 + 1e-9)
    assert np.isfinite(model.customer_loglik(p, x, t_x, age))


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.floats(0.1, 3), st.floats(1, 50), st.floats(0.1, 3), st.floats(1, 50)), st.floats(0.1, 60))
def test_probabilities_add_up_to_one_and_to_the_mean(p, t):
    x = np.arange(3000)
    chances = model.probability_of(p, x, t)
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ x == pytest.approx(float(expected(p, 0, 0, 0, t)), rel=1e-8)


@pytest.mark.parametrize("p", [CDNOW, (0.55, 10, 1.0, 12), (1.2, 25, 2.5, 330)])
def test_a_horizon_without_end_brings_what_the_closed_form_says(p):
    found = float(expected(p, 7, 35, 38.86, 1e9, 0.0027))
    assert found == pytest.approx(float(model.discounted_forever(p, 7, 35, 38.86, 0.0027)), rel=1e-10)


def test_discounting_weighs_the_rate_of_buying():
    edges = np.linspace(0, 52, 5201)
    made = expected(CDNOW, 5, 30, 38, edges)
    by_hand = np.diff(made) @ np.exp(-0.01 * (edges[1:] + edges[:-1]) / 2)
    assert float(expected(CDNOW, 5, 30, 38, 52, 0.01)) == pytest.approx(by_hand, rel=1e-8)
    assert float(expected(CDNOW, 5, 30, 38, 52, 1e-12)) == pytest.approx(float(expected(CDNOW, 5, 30, 38, 52)))
