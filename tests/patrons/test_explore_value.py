"""Concentration of revenue, on tables that can be worked by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import explore_value


def found(values, **options):
    return explore_value.concentrate(pd.Series(values, dtype=float), np.random.default_rng(1), **options)


def test_five_customers_by_hand():
    # 1 + 2 + 3 + 4 + 10 = 20. Top fifth: one customer, 10 of 20. Halves of two: (4 + 10) against (1 + 2); 3 in neither.
    value = found([3, 1, 10, 2, 4])
    assert value.top20.value == 0.5
    assert value.ratio.value == pytest.approx(14 / 3)
    # Σ (2i − 6) x = −4·1 − 2·2 + 0·3 + 2·4 + 4·10 = 40, over 5 · 20.
    assert value.gini.value == pytest.approx(0.4)


def test_the_top_fifth_is_rounded_up():
    assert found([1, 1, 1, 1, 1, 5]).top20.value == pytest.approx(6 / 10)


def test_everybody_alike():
    value = found([7] * 10)
    assert (value.gini.value, value.top20.value, value.ratio.value) == (pytest.approx(0), 0.2, 1)
    assert np.allclose(value.curve["customers"], value.curve["revenue"])


@pytest.mark.parametrize("values", [[0.0, 0.0], [-5.0, 2.0]])
def test_nothing_to_divide(values):
    value = found(values)
    assert np.isnan([value.gini.value, value.top20.value, value.ratio.value, value.gini.low]).all()
    assert value.curve.empty


def test_one_customer_has_no_halves():
    assert np.isnan(found([5]).ratio.value)


def test_a_lower_half_without_revenue_has_no_ratio():
    assert np.isnan(found([0, 0, 5, 5]).ratio.value)


def test_steps_of_the_curve_hold_enough_customers():
    value = found(np.arange(1, 51), smallest=5)
    assert len(value.curve) == 11
    assert (np.diff(value.curve["customers"]) * 50 >= 5 - 1e-9).all()
    assert value.curve.iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]


def test_intervals_hold_the_estimate_and_repeat():
    values = np.random.default_rng(3).lognormal(size=400)
    one, again = found(values), found(values)
    for name in ("gini", "top20", "ratio"):
        estimate = getattr(one, name)
        assert estimate.low < estimate.value < estimate.high
        assert estimate == getattr(again, name)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=30), st.data())
def test_weights_stand_for_copies(values, data):
    ordered = np.sort(np.array(values, dtype=float))
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values))))
    copies = np.repeat(ordered, weights)
    if len(copies):
        one = explore_value._three(ordered, weights)
        other = explore_value._three(copies, np.ones(len(copies), dtype=int))
        assert np.allclose(one, other, equal_nan=True)
