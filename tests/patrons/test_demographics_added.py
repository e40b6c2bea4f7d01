"""What demographics add to forecasts: something where it was planted, nothing where it was not, and R's numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from patrons import demographics_added as added
from patrons import r


def question(strength, binary=False, n=800, seed=4):
    rng = np.random.default_rng(seed)
    behaviour = pd.DataFrame({"recency": rng.normal(size=n), "value": rng.normal(size=n)})
    groups = pd.DataFrame({"g: b": (rng.random(n) < 0.5).astype(float), "g: c": (rng.random(n) < 0.2).astype(float)})
    linear = behaviour["value"] + strength * groups["g: b"]
    values = linear + rng.normal(size=n) if not binary else (rng.random(n) < 1 / (1 + np.exp(-linear)))
    return added.Question("later", np.asarray(values, float), behaviour, groups, added.deal(n, rng), binary)


@pytest.mark.parametrize("binary", [False, True])
def test_a_planted_gain_is_found(binary):
    found = added.judge(question(2.0, binary), np.random.default_rng(1))
    assert 0 < found["low"] < found["gain"] < found["high"]
    assert found["p"] < 1e-6
    assert found["alone"] < found["both"]


@pytest.mark.parametrize("binary", [False, True])
def test_no_gain_where_there_is_none(binary):
    found = added.judge(question(0.0, binary), np.random.default_rng(1))
    assert found["low"] < 0
    assert found["gain"] < 0.01


@pytest.mark.parametrize("binary", [False, True])
def test_all_numbers_are_those_of_r(binary):
    r.use("demographics")
    asked = question(0.5, binary, n=300)
    mine = added.judge(asked, np.random.default_rng(1))
    theirs = r.call("judge_prediction", asked.values, asked.behaviour, asked.groups, asked.fold, binary).iloc[0]
    for name in ("n", "without", "alone", "both", "gain", "statistic", "df", "p"):
        assert mine[name] == pytest.approx(theirs[name], rel=1e-8, abs=1e-10)


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    values, guess = (rng.random(200) < 0.4).astype(float), rng.integers(0, 5, 200).astype(float)
    weights = np.vstack([np.ones(200), rng.multinomial(200, np.full(200, 1 / 200), 3)])
    for score, theirs in ((added._auc, roc_auc_score), (added._r_squared, r2_score)):
        found = score(values, guess, weights)
        assert found.tolist() == pytest.approx([theirs(values, guess, sample_weight=row) for row in weights])


def test_nothing_but_the_mean_explains_nothing():
    asked = question(1.0)
    bare = added.Question("now", asked.values, pd.DataFrame(index=asked.groups.index), asked.groups, asked.fold, False)
    found = added.judge(bare, np.random.default_rng(1))
    assert found["without"] == 0
    assert found["gain"] == found["alone"] == found["both"] > 0


def test_rare_groups_count_to_the_largest_and_unknown_is_one():
    table = pd.DataFrame({"g": ["a"] * 100 + ["b"] * 40 + ["c"] * 5 + [None] * 35})
    found = added.indicators(table, ["g"])
    assert found.sum().to_dict() == {"g: b": 40.0, "g: not known": 35.0}


def test_columns_that_follow_from_others_are_left_out():
    table = pd.DataFrame({"a": [1.0, 2, 3, 5], "same": [1.0] * 4, "twice": [2.0, 4, 6, 10], "b": [0.0, 1, 0, 1]})
    assert added.varied(table).columns.tolist() == ["a", "b"]
