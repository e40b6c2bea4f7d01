"""Trend, season and rest: series whose parts are known."""

import numpy as np
import pandas as pd
import pytest

from patrons import seasonality_stl as stl


def months(values):
    return pd.DataFrame({"start": pd.date_range("2020-01-01", periods=len(values), freq="MS"), "revenue": values})


def test_parts_add_up_and_known_parts_are_found():
    t = np.arange(60)
    season = 0.5 * np.sin(2 * np.pi * t / 12)
    found = stl.decompose(months(np.exp(5 + 0.02 * t + season)), np.random.default_rng(1))
    parts = found.table
    assert np.allclose(parts["trend"] + parts["season"] + parts["rest"], parts["value"])
    assert np.allclose(parts["season"], season, atol=0.01)
    assert found.logs
    assert found.season > 0.999
    assert found.trend > 0.999


@pytest.mark.slow
def test_noise_is_not_taken_for_a_season():
    rng = np.random.default_rng(3)
    beyond = []
    for _ in range(20):
        found = stl.decompose(months(np.exp(5 + rng.normal(0, 0.3, 48))), rng)
        beyond.append(found.season > found.season_chance)
    assert sum(beyond) <= 4
    assert found.season_chance > 0.3  # loess follows noise: the strength of nothing is not zero


def test_a_month_without_sales_has_no_logarithm():
    values = np.arange(36.0) % 12
    found = stl.decompose(months(values), np.random.default_rng(1))
    assert not found.logs
    assert np.allclose(found.table["value"], values)


@pytest.mark.parametrize("values", [np.ones(23), np.ones(36)])
def test_too_little_is_not_taken_apart(values):
    assert stl.decompose(months(values), np.random.default_rng(1)) is None
