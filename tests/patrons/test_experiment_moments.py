"""Sizes, means and variances in one pass are those of the textbook, wherever the numbers lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from patrons import experiment_moments as m

VALUES = arrays.arrays(float, st.integers(1, 40), elements=st.floats(-1e6, 1e6) | st.just(np.nan))


@given(VALUES, st.integers(0, 2**32 - 1))
def test_moments_are_those_of_each_cell(values, seed):
    cell = np.random.default_rng(seed).integers(-1, 3, len(values))
    found = m.moments(values, cell, 3)
    for place in range(3):
        mine = values[(cell == place) & np.isfinite(values)]
        assert found.n[place] == len(mine)
        if len(mine):
            assert found.mean[place] == pytest.approx(mine.mean(), rel=1e-9, abs=1e-7)
        if len(mine) > 1:
            assert found.var[place] == pytest.approx(mine.var(ddof=1), rel=1e-6, abs=1e-6)
        else:
            assert np.isnan(found.var[place])


def test_digits_are_kept_where_the_mean_is_large():
    values = np.concatenate([1e9 + np.arange(5) / 8, np.arange(5.0)])
    found = m.moments(values, np.repeat([0, 1], 5), 2)
    assert found.var == pytest.approx([2.5 / 64, 2.5], rel=1e-9)


def test_what_does_not_vary_has_no_variance_at_all():
    found = m.moments(np.repeat([0.1, 0.7], 7), np.repeat([0, 1], 7), 2)
    assert found.var.tolist() == [0.0, 0.0]


def test_sizes_are_whole_numbers_and_missing_values_count_in_none():
    found = m.moments(np.array([1.0, np.nan, 3.0]), np.array([0, 0, 1]), 2)
    assert found.n.dtype.kind == "i"
    assert found.n.tolist() == [1, 1]


def test_nobody_is_no_error():
    found = m.moments(np.array([]), np.array([], dtype=int), 2)
    assert found.n.tolist() == [0, 0]
    assert np.isnan(found.mean).all()
