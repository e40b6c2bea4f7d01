"""Tests of nothing: a reading that cries wolf is caught, one that keeps its word is not."""

import numpy as np
import pandas as pd
import pytest

from patrons import truth_alarms, truth_study
from patrons.design import Design

PLAN = Design(
    *("a", ("a", "b", "c"), {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
    {"spend": "money", "bought": "binary"},
    *(("before",), ()),
)


def people(n, effect, seed=0):
    rng = np.random.default_rng(seed)
    before = rng.normal(10, 3, n)
    arm = rng.permutation(np.resize(np.array(PLAN.arms, dtype=object), n))
    spend = before + rng.normal(0, 1, n) + effect * (arm == "b")
    return pd.DataFrame({"arm": arm, "spend": spend, "bought": (spend > 10).astype(float), "before": before})


def test_dealing_the_arms_again_takes_any_effect_away():
    found = truth_alarms.count(truth_alarms.reshuffled(people(300, 50.0), PLAN, np.random.default_rng(1), 200))
    assert list(found["reading"]) == ["spend", "bought", "spend, CUPED", truth_alarms.ALL]
    assert found["share"].between(0, 0.12).all()
    assert (found["tests"] == 200).all()


def test_readings_are_judged_by_a_band_for_all_of_them():
    counts = pd.DataFrame({"reading": ["good", "loud", "quiet", "meek"], "tests": 1000, "alarms": [50, 120, 2, 2]})
    judged = truth_study.judged(counts.assign(share=counts["alarms"] / 1000), {"meek": True})
    assert judged["fits"].tolist() == [True, False, False, True]
    assert (judged["low"] < judged["share"]).all()


@pytest.mark.slow
def test_simulated_tests_read_in_every_way():
    found = truth_alarms.count(truth_alarms.simulated(range(40)), truth_alarms.READINGS).set_index("reading")
    assert list(found.index) == list(truth_alarms.READINGS)
    assert found.loc[list(truth_alarms.EXACT), "alarms"].between(0, 9).all()
    assert found.loc[truth_alarms.PEEKING, "alarms"] > found.loc["always valid", "alarms"]
