"""How often intervals hold: counted rightly, and as often as they say over simulated worlds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import truth_worlds


def normal(worlds, effects, scale=1.0, seed=0):
    values = scale * np.random.default_rng(seed).standard_normal((worlds, effects))
    return pd.DataFrame(values, columns=[f"e{place}" for place in range(effects)])


def test_honest_intervals_hold_nineteen_times_of_twenty():
    found = truth_worlds.cover(normal(400, 20))
    assert found.share == pytest.approx(0.95, abs=0.01)
    assert found.share_low < found.share < found.share_high
    assert not found.effects["outside"].any()
    assert found.worlds == 400


def test_intervals_that_are_too_narrow_are_caught():
    apart = normal(400, 20).assign(e3=normal(400, 1, scale=1.6, seed=5)["e0"])
    found = truth_worlds.cover(apart).effects.set_index("effect")
    assert list(found.index[found["outside"]]) == ["e3"]


def test_all_intervals_hold_at_once_as_often_as_promised():
    found = truth_worlds.cover(normal(2000, 10))
    assert found.together / found.worlds == pytest.approx(0.95, abs=0.015)
    assert found.misses.sum() == (found.effects["worlds"] - found.effects["holds"]).sum()


def test_the_band_holds_all_counts_at_once():
    low, high = truth_worlds.band(200, 0.95, 50)
    each = stats.binom.cdf(high, 200, 0.95) - stats.binom.cdf(low - 1, 200, 0.95)
    assert each**50 >= 0.95


@pytest.mark.slow
def test_simulated_worlds_are_estimated_without_bias():
    apart = truth_worlds.distances(range(6))
    assert apart.shape[0] == 6
    assert apart.abs().to_numpy().max() < 5
    assert truth_worlds.cover(apart).share > 0.85
