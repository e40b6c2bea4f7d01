"""Rolled forecasts: nothing of the future is known, errors by hand, rules of choice, coverage that can be trusted."""

import numpy as np
import pandas as pd
import pytest

from patrons import forecast, forecast_models, forecast_rolling, r

QUICK = {name: forecast_models.MODELS[name] for name in ("seasonal_naive", "ets_level")}


def series(n, seed=3, noise=0.1):
    rng = np.random.default_rng(seed)
    month = np.arange(n)
    return np.exp(7 + 0.015 * month + 0.4 * np.sin(month * np.pi / 6) + rng.normal(0, noise, n))


@pytest.fixture(scope="module")
def rolled():
    return forecast_rolling.roll(series(40), True, QUICK)


def test_errors_by_hand():
    values = np.r_[np.full(12, 10.0), np.full(12, 12.0), 15.0, 11.0]
    found = forecast_rolling.roll(values, False, {"seasonal_naive": forecast.seasonal_naive})
    assert found[["origin", "step"]].to_numpy().tolist() == [[24, 1], [24, 2], [25, 1]]
    assert found["error"].tolist() == [3.0, -1.0, -1.0]
    assert found["scale"].tolist() == [2.0, 2.0, pytest.approx((12 * 2 + 3) / 13)]
    assert found["z"][0] == 1.5


def test_the_future_is_not_known():
    values = series(36)
    other = values.copy()
    other[30:] *= 7
    one, two = (forecast_rolling.roll(item, True, QUICK) for item in (values, other))
    early = one["origin"] <= 30
    pd.testing.assert_series_equal(one.loc[early, "forecast"], two.loc[early, "forecast"])
    assert not np.allclose(one.loc[~early, "forecast"], two.loc[~early, "forecast"])


def test_only_the_latest_origins_are_rolled():
    found = forecast_rolling.roll(series(90), True, {"seasonal_naive": forecast.seasonal_naive})
    assert found["origin"].min() == 90 - forecast_rolling.ORIGINS
    assert found["origin"].nunique() == forecast_rolling.ORIGINS


def test_a_model_that_fails_somewhere_is_left_out():
    def stubborn(values, logs, ahead):
        if len(values) == 30:
            raise ValueError("no")
        return forecast.seasonal_naive(values, logs, ahead)

    found = forecast_rolling.roll(series(36), True, {"seasonal_naive": forecast.seasonal_naive, "other": stubborn})
    assert set(found["model"]) == {"seasonal_naive"}


def test_scaled_errors_as_in_r(rolled):
    r.use("tests_forecast")
    r.call("load_forecast")
    mine = rolled[rolled["model"] == "seasonal_naive"].assign(mase=lambda rows: rows["scaled"].abs())
    mine = mine.groupby("origin")["mase"].mean()
    theirs = r.call("naive_errors", series(40), list(map(float, mine.index)))
    assert theirs["mase"].to_numpy() == pytest.approx(mine.to_numpy(), rel=1e-10)


def test_the_test_of_diebold_and_mariano_as_in_r(rolled):
    r.use("tests_forecast")
    r.call("load_forecast")
    table = forecast_rolling.one_step(rolled)
    first = rolled[rolled["step"] == 1].pivot_table(index="origin", columns="model", values="scaled")
    theirs = r.call("errs_less", first["ets_level"], first["seasonal_naive"])
    assert theirs["t"][0] == pytest.approx(table["t"][0], rel=1e-10)
    assert theirs["p"][0] == pytest.approx(table["p"][0], rel=1e-10)


def test_factors_know_only_what_was_over(rolled):
    found = forecast_rolling.factors(rolled)
    mine = rolled[rolled["model"] == "ets_level"]
    row = found[(found["model"] == "ets_level") & (found["origin"] == 32)].iloc[0]
    over = mine[mine["origin"] + mine["step"] <= 32]
    assert row["known"] == len(over)
    assert row["factor"] == pytest.approx(np.sqrt(np.mean(over["z"] ** 2)))
    assert found[found["origin"] == 24]["factor"].isna().all()
    assert found["origin"].max() == 40


def test_judging(rolled):
    found = forecast_rolling.judge(rolled, np.random.default_rng(1), draws=300).set_index("model")
    sizes = rolled.assign(size=rolled["scaled"].abs()).groupby("model")["size"].mean()
    assert found["mase"].to_dict() == pytest.approx(sizes.to_dict())
    assert found.loc["seasonal_naive", ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert (found["mase_low"] <= found["mase"]).all() and (found["mase"] <= found["mase_high"]).all()
    inside = rolled[rolled["model"] == "ets_level"]["z"].abs() <= 1.2815515655446004
    assert found.loc["ets_level", "coverage_80"] == pytest.approx(inside.mean())
    for label in ("coverage_80", "corrected_80", "coverage_95", "corrected_95"):
        assert (found[f"{label}_low"] <= found[label]).all() and (found[label] <= found[f"{label}_high"] + 1e-12).all()
    # 16 origins: no share is known better than from so many observations.
    assert (found["coverage_95_high"] - found["coverage_95_low"]).min() > 0.15


def test_blocks_are_neighbours():
    weights = forecast_rolling._blocks(12, np.random.default_rng(0), 500)
    assert (weights.sum(axis=1) == 12).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(12), abs=0.15)


def judged(mase, se):
    lowest = min(mase)
    names = list(forecast_models.MODELS)[: len(mase)]
    return pd.DataFrame({"model": names, "mase": mase, "behind": [m - lowest for m in mase], "behind_se": se})


def test_a_complex_model_must_win_by_enough():
    assert forecast_rolling.choose(judged([0.9, 0.8, 0.7], [0.3, 0.2, 0.0])) == ("ets_damped", "seasonal_naive")
    assert forecast_rolling.choose(judged([0.9, 0.8, 0.7], [0.1, 0.2, 0.0])) == ("ets_damped", "ets_level")
    assert forecast_rolling.choose(judged([0.9, 0.8, 0.7], [0.1, 0.05, 0.0])) == ("ets_damped", "ets_damped")
    assert forecast_rolling.choose(judged([0.6, 0.8, 0.7], [0.0, 0.2, 0.3])) == ("seasonal_naive", "seasonal_naive")


def test_errors_by_step(rolled):
    found = forecast_rolling.by_step(rolled)
    last = found[(found["model"] == "ets_level") & (found["step"] == 12)].iloc[0]
    assert last["n"] == 40 - 24 - 11
    rows = rolled[(rolled["model"] == "ets_level") & (rolled["step"] == 12)]
    assert last["mase"] == pytest.approx(rows["scaled"].abs().mean())


@pytest.mark.slow
def test_intervals_hold_what_they_promise():
    """Over many series of the kind a model assumes, its intervals, corrected or not, hold about what they say."""
    own, corrected = [], []
    for seed in range(40):
        found = forecast_rolling.roll(series(60, seed=100 + seed), True, QUICK, first=36)
        row = forecast_rolling.judge(found, np.random.default_rng(seed), draws=50).set_index("model").loc["ets_level"]
        own.append(row["coverage_80"])
        corrected.append(row["corrected_80"])
    assert 0.75 < np.mean(own) < 0.95  # degrees of freedom count the first states: rather too wide
    assert 0.70 < np.mean(corrected) < 0.88
