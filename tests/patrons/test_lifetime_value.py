"""What is said of customers: shapes, discounting, and models that do not fit the question."""

import numpy as np
import pandas as pd
import pytest

from patrons import lifetime, lifetime_value
from patrons.errors import PatronsError
from patrons.lifetime_fit import Fit


def model(name, **parameters):
    labels = pd.Index(list(parameters))
    return Fit(name, pd.Series(parameters), pd.DataFrame(np.eye(len(labels)), labels, labels), 0.0, 0, True, 0)


BGNBD = model("bgnbd", r=0.243, alpha=4.414, a=0.793, b=2.426)
PARETO = model("pareto_nbd", r=0.553, alpha=10.578, s=0.606, beta=11.669)
SPENDING = model("gamma_gamma", p=6.25, q=3.74, v=15.44)
WHO = pd.DataFrame(
    {"x": [2, 0, 7], "t_x": [30.43, 0, 35], "T": [38.86, 38.86, 38.86], "m_x": [22.35, np.nan, 73.74]},
    index=[5, 3, 9],
)

both = pytest.mark.parametrize("fit", [BGNBD, PARETO], ids=lambda fit: fit.model)


@both
def test_shapes_follow_the_customers(fit):
    x, t_x, age = (WHO[name].to_numpy() for name in ("x", "t_x", "T"))
    one = lifetime.expected_purchases(fit, x, t_x, age, 39)
    assert one.shape == (3,)
    grid = lifetime.expected_purchases(fit, x[:, None], t_x[:, None], age[:, None], [13, 26, 39])
    assert grid.shape == (3, 3)
    assert grid[:, 2] == pytest.approx(one, rel=1e-14)
    assert lifetime.expected_purchases(fit, 2, 30.43, 38.86, 39).shape == ()
    assert lifetime.probability_alive(fit, *(WHO[name] for name in ("x", "t_x", "T"))).shape == (3,)
    assert lifetime.expected_total(fit, [0.0, 10.0, 20.0]).shape == (3,)
    assert lifetime.expected_purchases(fit, [], [], [], 39).shape == (0,)


@both
def test_many_customers_in_blocks_are_the_same_as_few(fit, monkeypatch):
    rng = np.random.default_rng(1)
    x, age = rng.integers(0, 9, 500), rng.uniform(10, 60, 500)
    t_x = np.where(x > 0, age * 0.7, 0)
    whole = lifetime.expected_purchases(fit, x, t_x, age, 20)
    monkeypatch.setattr(lifetime_value, "_BLOCK", 7)
    assert lifetime.expected_purchases(fit, x, t_x, age, 20) == pytest.approx(whole, rel=1e-14)


@both
def test_value_by_hand_from_thin_slices(fit):
    rate = 1.1 ** (7 / 365.25) - 1
    edges = np.linspace(0, 52, 2081)
    columns = (WHO[name].to_numpy()[:, None] for name in ("x", "t_x", "T"))
    slices = np.diff(lifetime.expected_purchases(fit, *columns, edges), axis=1)
    discounted = slices @ (1 + rate) ** -((edges[1:] + edges[:-1]) / 2)
    by_hand = discounted * lifetime.expected_spend(SPENDING, WHO["x"], WHO["m_x"])
    assert lifetime.discounted_value(fit, SPENDING, WHO, 52, rate) == pytest.approx(by_hand, rel=1e-7)


def test_all_purchases_ever_have_a_closed_form():
    who = (WHO["x"], WHO["t_x"], WHO["T"])
    ever = lifetime.discounted_forever(PARETO, *who, 0.0027)
    assert lifetime_value.expected_purchases(PARETO, *who, 1e7, 0.0027) == pytest.approx(ever, rel=1e-9)


def test_questions_that_a_model_cannot_answer():
    with pytest.raises(PatronsError, match="gamma_gamma is no model of buying"):
        lifetime.probability_alive(SPENDING, 1, 1, 2)
    with pytest.raises(PatronsError, match="Only the Pareto/NBD"):
        lifetime.discounted_forever(BGNBD, 1, 1, 2, 0.01)
    with pytest.raises(PatronsError, match="infinitely many"):
        lifetime.discounted_forever(PARETO, 1, 1, 2, 0.0)
    with pytest.raises(PatronsError, match="must be above −1"):
        lifetime.discounted_value(PARETO, SPENDING, WHO, 52, -1.0)
