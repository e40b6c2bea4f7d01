"""Values of rules: unbiased whatever the regression, intervals that cover, ratios by the delta method."""

import numpy as np
import pytest

from patrons import policy_value


def world(rng, n=600):
    x = rng.normal(0, 1, n)
    arm = rng.permutation(np.arange(n) % 3)
    potential = np.column_stack([x**2, x**2 + x, x**2 + 0.5]) + 2
    y = potential[np.arange(n), arm] + rng.normal(0, 1, n)
    return x, arm, potential, y


def test_halves_hold_each_arm_evenly():
    arm = np.repeat([0, 1, 2], [101, 50, 7])
    half = policy_value.folds(arm, np.random.default_rng(0))
    for which, n in enumerate((101, 50, 7)):
        assert abs(half[arm == which].sum() - n / 2) <= 0.5


def test_the_value_of_a_rule_is_covered():
    rng = np.random.default_rng(5)
    hits, errors = [], []
    for _ in range(300):
        x, arm, _, y = world(rng)
        rule = np.where(x > 0.5, 1, 2)
        scored = policy_value.scores(y, arm, x[:, None], policy_value.folds(arm, rng), 3)
        found = policy_value.mean(policy_value.of_rule(scored, rule))
        truth = np.mean((x := rng.normal(0, 1, 200_000)) ** 2 + np.where(x > 0.5, x, 0.5) + 2)
        hits.append(found.low <= truth <= found.high)
        errors.append(found.value - truth)
    assert 0.91 < np.mean(hits) < 0.985
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(300)


def test_what_was_known_before_narrows_the_interval():
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, 900)
    arm = rng.permutation(np.arange(900) % 2)
    y = 3 * x + arm + rng.normal(0, 1, 900)
    half = policy_value.folds(arm, rng)
    rule = np.ones(900, dtype=int)
    widths = []
    for known in (x[:, None], np.zeros((900, 0))):
        found = policy_value.mean(policy_value.of_rule(policy_value.scores(y, arm, known, half, 2), rule))
        widths.append(found.high - found.low)
    assert widths[0] < 0.8 * widths[1]


def test_missing_outcomes_and_empty_arms_are_missing():
    rng = np.random.default_rng(2)
    _, arm, _, y = world(rng)
    y[:100] = np.nan
    scored = policy_value.scores(y, arm, np.zeros((600, 0)), policy_value.folds(arm, rng), 4)
    assert np.isnan(scored[:100]).all()
    assert np.isnan(scored[:, 3]).all()
    assert policy_value.mean(scored[:, 0]).n == 500
    assert np.isnan(policy_value.mean(scored[:, 3]).value)


def test_a_ratio_has_the_interval_of_a_bootstrap():
    rng = np.random.default_rng(3)
    bottom = rng.gamma(4, 1, 500)
    top = 0.4 * bottom + rng.normal(0, 1, 500)
    found = policy_value.ratio(top, bottom)
    draws = []
    for _ in range(1000):
        rows = rng.integers(0, 500, 500)
        draws.append(top[rows].sum() / bottom[rows].sum())
    assert (found.high - found.low) / 3.92 == pytest.approx(np.std(draws), rel=0.1)
    assert np.isnan(policy_value.ratio(top, np.zeros(500)).value)
