"""Pooling: agreement with R, its limits, and intervals that cover as often as they say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import r, strategy_pooling


def test_r_finds_the_same():
    y, v = np.array([4.0, -1.0, 7.5, 2.0]), np.array([4.0, 9.0, 16.0, 1.0])
    table = pd.DataFrame({"segment": list("abcd"), "arm": "x", "n": 9, "n_control": 9, "effect": y, "variance": v})
    mine, _ = strategy_pooling.pooled(table, {"x": 1.0}, 0.1)
    r.use("tests_strategy")
    theirs = r.call("pool_effects", y, v, 1.0)
    for name in ("pooled", "low", "high", "p_pays"):
        assert mine[name].to_numpy() == pytest.approx(theirs[name].to_numpy(), abs=1e-9)


def test_one_segment_is_as_it_was_measured():
    found = strategy_pooling.pool(np.array([3.0]), np.array([4.0]))
    assert found.weight @ found.mean == pytest.approx([3.0])
    assert found.quantile(0.975) == pytest.approx([3 + 1.959964 * 2], abs=1e-5)


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.floats(0.01, 1000)), min_size=2, max_size=8),
)
def test_pooled_effects_lie_within_the_measured_ones_and_within_their_intervals(cells):
    y, v = (np.array(each) for each in zip(*cells, strict=True))
    found = strategy_pooling.pool(y, v, grid=100)
    pooled = found.weight @ found.mean
    assert (pooled >= y.min() - 1e-6).all()
    assert (pooled <= y.max() + 1e-6).all()
    low, high = found.quantile(0.025), found.quantile(0.975)
    assert ((low < pooled) & (pooled < high)).all()
    assert found.above(-1e9) == pytest.approx(1)


def test_the_less_is_known_the_more_is_drawn_to_the_others():
    found = strategy_pooling.pool(np.array([10.0, 0.0, 0.5, -0.5]), np.array([100.0, 1, 1, 1]))
    sharp = strategy_pooling.pool(np.array([10.0, 0.0, 0.5, -0.5]), np.array([0.01, 1, 1, 1]))
    assert (found.weight @ found.mean)[0] < 2
    assert (sharp.weight @ sharp.mean)[0] > 9.9


@pytest.mark.parametrize(("segments", "spread"), [(2, 0.0), (2, 3.0), (5, 1.0), (8, 5.0)])
def test_intervals_cover_as_often_as_they_say(segments, spread):
    rng = np.random.default_rng(segments)
    inside = []
    for _ in range(300):
        v = rng.uniform(1, 6, segments)
        truth = rng.normal(4, spread, segments)
        found = strategy_pooling.pool(rng.normal(truth, np.sqrt(v)), v, grid=60)
        inside.append((found.quantile(0.025) <= truth) & (truth <= found.quantile(0.975)))
    assert 0.925 < np.mean(inside) < 0.995


def test_draws_have_the_means_and_spreads_that_are_known():
    y, v = np.array([4.0, -1.0, 7.5]), np.array([4.0, 9.0, 16.0])
    rows = [(s, a, 50, 50, y[i], v[i]) for i, s in enumerate("abc") for a in ("x", "y")]
    table = pd.DataFrame(rows, columns=["segment", "arm", "n", "n_control", "effect", "variance"])
    table.loc[5, ["effect", "variance"]] = np.nan
    known, mixtures = strategy_pooling.pooled(table, {"x": 0.0, "y": 0.0}, 0.1)
    segments, arms, drawn = strategy_pooling.draw(table, mixtures, np.random.default_rng(1), 20_000)
    assert np.isnan(drawn[:, 2, 1]).all()
    wide = known.pivot(index="segment", columns="arm", values="pooled").loc[segments, arms].to_numpy()
    assert drawn.mean(axis=0)[:2] == pytest.approx(wide[:2], abs=0.08)
    assert np.quantile(drawn[:, 0, 0], 0.975) == pytest.approx(known["high"][0], abs=0.12)
    assert 0.3 < np.corrcoef(drawn[:, 0, 0], drawn[:, 0, 1])[0, 1] < 0.6  # they share their control
