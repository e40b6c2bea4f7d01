"""The BG/NBD model against published numbers, high-precision arithmetic and itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import lifetime_bgnbd as model
from patrons.lifetime_data import counted

CDNOW = (0.243, 4.414, 0.793, 2.426)
#: parameters, x, t_x, T, horizon; log-likelihood, P(alive), expected purchases by mpmath with 60 digits
#: from equations 6 and 10 as they are printed.
EXACT = [
    (CDNOW, 2, 30.43, 38.86, 39, -9.4586063070663, 0.72657857008067, 1.2260281747671),
    (CDNOW, 0, 0, 38.86, 39, -0.55471327643816, 1.0, 0.19509805201126),
    ((0.25, 4, 0.8, 2.5), 200, 38, 40, 52, 100.79569309271, 0.022167737073086, 3.7574984884585),
    ((0.9, 70, 1.0, 3.1), 200, 900, 1400, 365, -524.68063966139, 1.0813223428292e-34, 4.8233090496587e-33),
    ((0.4, 2, 1.000000001, 3), 5, 20, 30, 52, -15.684900296985, 0.48065104748734, 2.8173528030058),
    ((0.05, 40, 8, 0.3), 1, 0.01, 600, 1000, -6.7196493592885, 0.0020367317363692, 0.0014080993546018),
    ((20, 1, 20, 20), 79, 0.9, 1, 19, 223.68170072184, 0.029632563101709, 0.18403381294745),
    ((54.5, 1.92, 0.326, 0.08), 1, 4.8, 4.9, 7.05, -66.299276255655, 0.097556106382034, 1.9889210370081),
    ((20, 1, 2.7, 1.5), 0, 0, 1, 726, -13.862943611199, 1.0, 1.8823513570289),
    ((0.99, 20.8, 0.14, 2.78), 31, 205, 205, 52, -92.684226470047, 0.99574726609964, 7.2294722047078),
]

shapes = st.floats(-4, 4).map(np.exp)
parameters = st.tuples(shapes, st.floats(-2, 6).map(np.exp), shapes, shapes)
times = st.floats(0.05, 1500)


def expected(p, x, t_x, T, horizon, rate=0.0):
    return model.probability_alive(p, x, t_x, T) * model.expected_if_alive(p, x, T, horizon, rate)


def test_one_customer_as_published():
    found = model.customer_loglik((0.25, 4, 0.8, 2.5), [0, 200], [0, 38], 40)
    assert found == pytest.approx([-0.59947382, 100.7957], abs=5e-5)
    assert expected(CDNOW, 2, 30.43, 38.86, 39) == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize(("p", "x", "t_x", "T", "horizon", "loglik", "alive", "purchases"), EXACT)
def test_exact_to_twelve_digits(p, x, t_x, T, horizon, loglik, alive, purchases):
    assert float(model.customer_loglik(p, x, t_x, T)) == pytest.approx(loglik, rel=1e-12)
    assert float(model.probability_alive(p, x, t_x, T)) == pytest.approx(alive, rel=1e-12)
    assert float(expected(p, x, t_x, T, horizon)) == pytest.approx(purchases, rel=1e-12)


def drawn(seed=2, n=400):
    rng = np.random.default_rng(seed)
    x = rng.choice([0, 1, 2, 5, 30, 200], n, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    age = rng.uniform(1, 400, n)
    return pd.DataFrame({"x": x, "t_x": np.where(x > 0, age * rng.uniform(0.01, 1, n), 0.0), "T": age})


def test_the_sum_over_rows_is_the_sum_over_customers():
    data = drawn()
    twice = counted(pd.concat([data, data]))
    value, _ = model.loglik(np.log(CDNOW), twice)
    each = model.customer_loglik(CDNOW, data["x"], data["t_x"], data["T"])
    assert value == pytest.approx(2 * each.sum(), rel=1e-13)


@pytest.mark.parametrize("p", [CDNOW, (1.2, 90.0, 0.05, 9.0), (0.04, 0.3, 6.0, 0.2)])
def test_the_gradient_is_that_of_finite_differences(p):
    rows, theta, step = counted(drawn()), np.log(p), 1e-5
    gradient = model.loglik(theta, rows)[1]
    differences = [
        (model.loglik(theta + e, rows)[0] - model.loglik(theta - e, rows)[0]) / (2 * step) for e in np.eye(4) * step
    ]
    assert gradient == pytest.approx(np.array(differences), rel=1e-6, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(parameters, st.integers(0, 200), st.floats(0.001, 1), times, times)
def test_what_holds_for_any_customer(p, x, share, age, horizon):
    t_x = share * age if x else 0.0
    alive = float(model.probability_alive(p, x, t_x, age))
    assert 0 <= alive <= 1
    if x == 0:
        assert alive == 1
    else:
        assert float(model.probability_alive(p, x, t_x, age + 10)) <= alive + 1e-12
    half, whole = (float(expected(p, x, t_x, age, h)) for h in (horizon / 2, horizon))
    assert 0 <= half <= whole * (1 + 1e-9)
    # Buying slows down, if at all: the second half brings no more than the first.
    assert whole <= 2 * half * (1 + 1e-9)
    assert 0 <= float(expected(p, x, t_x, age, horizon, 0.01)) <= whole * (1 + 1e-9)
    assert np.isfinite(model.customer_loglik(p, x, t_x, age))


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.floats(0.1, 3), st.floats(1, 50), st.floats(0.1, 3), st.floats(0.2, 5)), st.floats(0.1, 60))
def test_probabilities_add_up_to_one_and_to_the_mean(p, t):
    x = np.arange(3000)
    chances = model.probability_of(p, x, t)
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ x == pytest.approx(float(expected(p, 0, 0, 0, t)), rel=1e-8)


def test_discounting_weighs_the_rate_of_buying():
    # Slices so thin that each has one discount factor.
    edges = np.linspace(0, 52, 5201)
    made = expected(CDNOW, 5, 30, 38, edges)
    by_hand = np.diff(made) @ np.exp(-0.01 * (edges[1:] + edges[:-1]) / 2)
    assert float(expected(CDNOW, 5, 30, 38, 52, 0.01)) == pytest.approx(by_hand, rel=1e-8)


def test_no_horizon_brings_nothing():
    assert float(expected(CDNOW, 5, 30, 38, 0)) == 0
