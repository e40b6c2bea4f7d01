"""Scores of chances: published and scikit-learn's values, R's numbers, and what must always hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from patrons import r
from patrons import response_calibration as calibration
from patrons import response_scores as scores


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(8)
    linear = rng.normal(size=400)
    outcome = (rng.random(400) < 1 / (1 + np.exp(-linear + 1))).astype(float)
    good, poor = 1 / (1 + np.exp(-linear + 1)), np.round(rng.random(400), 1)
    return outcome, {"good": good, "poor": poor}


def test_scores_are_those_of_scikit_learn(drawn):
    outcome, chances = drawn
    weights = scores.resamples(len(outcome), np.random.default_rng(1), 3)
    for chance in chances.values():
        area, precision = scores.ranked(outcome, chance, weights)
        loss = scores.losses(outcome, chance.clip(0.01, 0.99), weights)
        for row, weight in enumerate(weights):
            sk = {"sample_weight": weight}
            assert area[row] == pytest.approx(metrics.roc_auc_score(outcome, chance, **sk))
            assert precision[row] == pytest.approx(metrics.average_precision_score(outcome, chance, **sk))
            safe = chance.clip(0.01, 0.99)
            assert loss["brier"][row] == pytest.approx(metrics.brier_score_loss(outcome, safe, **sk))
            assert loss["log_loss"][row] == pytest.approx(metrics.log_loss(outcome, safe, **sk))


def test_delong_gives_wilcoxons_area_and_hanleys_spread(drawn):
    outcome, chances = drawn
    areas, covariance = scores.delong(outcome, np.column_stack(list(chances.values())))
    assert areas[0] == pytest.approx(metrics.roc_auc_score(outcome, chances["good"]))
    resampled = scores.ranked(outcome, chances["good"], scores.resamples(400, np.random.default_rng(2), 2000))[0][1:]
    assert np.sqrt(covariance[0, 0]) == pytest.approx(resampled.std(), rel=0.08)


def test_nobody_in_order_scores_a_half():
    areas, _ = scores.delong(np.array([0.0, 1, 0, 1]), np.full((4, 1), 0.3))
    assert areas[0] == 0.5


def test_everything_is_as_in_r(drawn):
    outcome, chances = drawn
    r.use("tests_response")
    mine = scores.judge(outcome, chances, scores.resamples(len(outcome), np.random.default_rng(1), 50))
    theirs = r.call("judge_chances", outcome, pd.DataFrame(chances), scores.LEAST)
    for name in ("auc", "auc_se", "precision", "brier", "skill", "log_loss"):
        assert mine.table[name].tolist() == pytest.approx(theirs[name].tolist(), rel=1e-10)
    pairs = r.call("compare_areas", outcome, pd.DataFrame(chances))
    for name in ("difference", "low", "high", "p"):
        assert mine.differences[name].tolist() == pytest.approx([pairs[name].iloc[0]], rel=1e-9)
    checks = calibration.calibrate(outcome, chances["good"], np.arange(400) % 5).checks
    theirs = r.call("calibrate_chances", outcome, pd.DataFrame({"good": chances["good"]}), scores.LEAST)
    for name in ("foretold", "came", "level", "level_low", "level_high", "slope", "slope_low", "slope_high"):
        assert checks[name].iloc[0] == pytest.approx(theirs[name].iloc[0], rel=1e-6)


def test_intervals_of_areas_hold_the_truth():
    """Normal scores one standard deviation apart have an area of Φ(1/√2)."""
    from scipy import stats

    rng, truth, held = np.random.default_rng(5), stats.norm.cdf(np.sqrt(0.5)), 0
    outcome = np.repeat([0.0, 1.0], 60)
    for _ in range(400):
        score = rng.normal(size=120) + outcome
        area, covariance = scores.delong(outcome, score[:, None])
        held += abs(area[0] - truth) <= scores.Z * np.sqrt(covariance[0, 0])
    assert 0.91 <= held / 400 <= 0.985


def test_true_chances_come_true_and_doubled_odds_do_not(drawn):
    rng = np.random.default_rng(6)
    linear = rng.normal(size=4000)
    true = 1 / (1 + np.exp(-linear))
    outcome = (rng.random(4000) < true).astype(float)
    fold = np.arange(4000) % 5
    fine = calibration.calibrate(outcome, true, fold)
    assert fine.holds
    assert fine.checks["ece"].iloc[0] < 0.03
    low = calibration.calibrate(outcome, 1 / (1 + np.exp(-linear + np.log(2))), fold)
    assert not low.holds
    assert low.checks["level"].iloc[0] == pytest.approx(2.0, rel=0.15)
    assert low.checks["ece_after"].iloc[0] < low.checks["ece"].iloc[0] / 2
    steep = calibration.calibrate(outcome, 1 / (1 + np.exp(-2 * linear)), fold)
    assert steep.checks["slope"].iloc[0] == pytest.approx(0.5, rel=0.15)


def test_groups_count_everybody_once(drawn):
    outcome, chances = drawn
    for chance in chances.values():
        groups = calibration.by_chance(outcome, chance)
        assert groups["n"].sum() == len(outcome)
        assert (groups["n"] * groups["share"]).sum() == pytest.approx(outcome.sum())
        assert (groups["low"] <= groups["share"]).all()
        assert (groups["share"] <= groups["high"]).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=4, max_size=40))
def test_turning_the_order_round_turns_the_area_round(rows):
    outcome = np.array([float(yes) for yes, _ in rows])
    score = np.array([float(value) for _, value in rows])
    if outcome.min() == outcome.max():
        return
    ones = np.ones((1, len(rows)))
    there, back = (scores.ranked(outcome, side * score, ones)[0][0] for side in (1, -1))
    assert there + back == pytest.approx(1)
