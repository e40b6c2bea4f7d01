"""Plain rules: the best tree of two questions is found, and nobody is judged by a rule they had a part in."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from patrons import uplift, uplift_rules
from patrons.uplift_rules import Leaf, Question

from .test_uplift import ONLY_LINEAR, PLAN, people


def test_a_planted_tree_is_found():
    rng = np.random.default_rng(0)
    traits = pd.DataFrame({"gender": rng.choice(["f", "m"], 3_000), "age": rng.uniform(20, 80, 3_000)})
    old, man = (traits["age"] > np.quantile(traits["age"], 0.75)).to_numpy(), (traits["gender"] == "m").to_numpy()
    best = np.where(old, 3, np.where(man, 2, 1))
    scores = rng.normal(0, 0.5, (3_000, 4)) + np.eye(4)[best]
    leaves = uplift_rules.grow(traits, ["gender"], scores)
    assert (uplift_rules.given(leaves, traits) == best).mean() > 0.999
    assert sum(leaf.holds(traits) for leaf in leaves).tolist() == [1] * 3_000


def test_the_best_tree_of_all_is_found():
    rng = np.random.default_rng(1)
    traits = pd.DataFrame({name: rng.choice(["a", "b"], 400) for name in "xyz"})
    scores = rng.normal(size=(400, 3))
    leaves = uplift_rules.grow(traits, list("xyz"), scores)
    mine = scores[np.arange(400), uplift_rules.given(leaves, traits)].sum()
    yes = {name: (traits[name] == "a").to_numpy() for name in "xyz"}
    best = max(
        sum(
            scores[half & part].sum(axis=0).max()
            for half, child in ((yes[root], left), (~yes[root], right))
            for part in (yes[child], ~yes[child])
        )
        for root, left, right in product("xyz", repeat=3)
    )
    assert mine == pytest.approx(best)


def test_where_one_arm_is_best_for_all_nothing_is_asked():
    traits = pd.DataFrame({"x": np.repeat(["a", "b"], 100)})
    scores = np.tile([0.0, 1.0], (200, 1))
    assert uplift_rules.grow(traits, ["x"], scores) == [Leaf((), 1)]


def test_leaves_are_not_too_small():
    traits = pd.DataFrame({"x": ["rare"] * 3 + ["common"] * 997})
    scores = np.zeros((1_000, 2))
    scores[:3, 1] = 1000
    scores[3:, 1] = -1
    assert len(uplift_rules.grow(traits, ["x"], scores)) == 1


def test_numbers_that_are_not_known_answer_no():
    assert Question("age", None, 30.0).ask(pd.DataFrame({"age": [20.0, 40.0, np.nan]})).tolist() == [False, True, False]


def test_rules_by_group_follow_the_other_folds():
    frame = people(3_000)
    trial = uplift.prepare(frame, PLAN, "sales")
    found = uplift.foretell(trial, np.random.default_rng(0), ONLY_LINEAR)
    given = uplift_rules.by_segment(trial, found, "gender").given
    assert (given == np.where(frame["gender"] == "f", 1, 2)).all()
    assert (uplift_rules.tree(trial, found).given == given).mean() > 0.99
