"""Intervals and tests by drawing again: against exact enumeration, SciPy and coverage on skewed data."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import experiment, experiment_resample
from patrons.design import Design


def plan(outcomes, arms=("control", "a")):
    return Design(arms[0], arms, dict.fromkeys(arms, 1 / len(arms)), outcomes, (), ())


def two(base, other, **more):
    return pd.DataFrame({"arm": ["control"] * len(base) + ["a"] * len(other), "y": [*base, *other], **more})


def test_the_interval_is_near_that_of_the_accelerated_bootstrap():
    rng = np.random.default_rng(2)
    base, other = rng.lognormal(0, 1, 150), rng.lognormal(0.3, 1, 160)
    row = experiment_resample.bootstrap(two(base, other), plan({"y": "money"}), rng).iloc[0]
    theirs = stats.bootstrap((other, base), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), rng=rng)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert row["low"] == pytest.approx(theirs.confidence_interval.low, abs=0.15 * width)
    assert row["high"] == pytest.approx(theirs.confidence_interval.high, abs=0.15 * width)
    assert row["lift"] == pytest.approx(other.mean() - base.mean())


@pytest.mark.slow
def test_the_interval_covers_skewed_money_and_bundles_change_nothing(monkeypatch):
    monkeypatch.setattr(experiment_resample, "BUNDLES", 150)
    hits = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        frame = two(rng.lognormal(0, 1, 400), rng.lognormal(0, 1, 600))
        row = experiment_resample.bootstrap(frame, plan({"y": "money"}), rng, 499).iloc[0]
        hits += row["low"] <= 0 <= row["high"]
    assert 0.92 <= hits / 400 <= 0.98


def test_bundles_keep_the_statistic_nearly_and_the_mean_exactly(monkeypatch):
    rng = np.random.default_rng(4)
    frame = two(rng.gamma(1, 10, 3000), rng.gamma(1, 11, 2900))
    whole = experiment_resample.permute(frame, plan({"y": "money"}), rng, 499).iloc[0]
    monkeypatch.setattr(experiment_resample, "BUNDLES", 400)
    bundled = experiment_resample.permute(frame, plan({"y": "money"}), rng, 499).iloc[0]
    assert bundled["lift"] == pytest.approx(whole["lift"])
    assert bundled["statistic"] == pytest.approx(whole["statistic"], rel=0.15)


def test_a_permutation_test_is_that_of_all_permutations():
    base, other = np.array([1.0, 4, 2, 8, 5]), np.array([6.0, 9, 12, 7, 11])
    frame = two(base, other)
    row = experiment_resample.permute(frame, plan({"y": "money"}), np.random.default_rng(0), 20_000).iloc[0]

    def welch(x, y):
        return stats.ttest_ind(x, y, equal_var=False).statistic

    theirs = stats.permutation_test((other, base), welch, n_resamples=np.inf)
    assert row["statistic"] == pytest.approx(theirs.statistic)
    assert row["p"] == pytest.approx(theirs.pvalue, abs=0.01)


def test_the_statistic_is_that_of_welch_with_missing_values():
    rng = np.random.default_rng(6)
    frame = two(1000 + rng.gamma(1, 3, 90), 1001 + rng.gamma(1, 3, 70), z=rng.normal(size=160))
    frame.loc[::9, "y"] = np.nan
    design = plan({"y": "money", "z": "number"})
    found = experiment_resample.permute(frame, design, rng, 99)
    known = experiment.compare(frame, design)
    assert found["outcome"].tolist() == ["y", "z"]
    assert found["statistic"].to_numpy() == pytest.approx(known["statistic"].to_numpy())
    assert found["lift"].to_numpy() == pytest.approx(known["lift"].to_numpy())


def test_the_same_seed_gives_the_same_interval():
    frame = two(np.arange(20.0), np.arange(20.0) * 1.2)
    first, second = (
        experiment_resample.bootstrap(frame, plan({"y": "money"}), np.random.default_rng(1), 199) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("base", "other"), [([0.0] * 9, [0.0] * 9), ([0.1] * 9, [0.1] * 8), ([1.0, 2, 3], [2.0]), ([1.0, 2], [np.nan] * 2)]
)
def test_where_nothing_varies_or_nobody_is_there_nothing_is_claimed(base, other):
    frame, rng = two(base, other), np.random.default_rng(0)
    row = experiment_resample.bootstrap(frame, plan({"y": "money"}), rng, 99).iloc[0]
    assert np.isnan([row["low"], row["high"]]).all()
    assert np.isnan(experiment_resample.permute(frame, plan({"y": "money"}), rng, 99)["p"].iloc[0])


def test_an_arm_without_anybody():
    frame = two([1.0, 2, 3], [])
    rng = np.random.default_rng(0)
    assert np.isnan(experiment_resample.bootstrap(frame, plan({"y": "money"}), rng, 99)["low"].iloc[0])
    assert np.isnan(experiment_resample.permute(frame, plan({"y": "money"}), rng, 99)["p"].iloc[0])
