"""Rules learned on halves: they find what is there, and their value does not flatter them."""

import numpy as np
import pandas as pd
import pytest

from patrons import double, r, strategy, strategy_policies, strategy_segments
from patrons.design import make_design
from patrons.settings import Experiment
from patrons.settings_analysis import Strategy

TABLE = Experiment(
    file="t.csv",
    columns={"arm": "arm"},
    control="none",
    outcomes={"profit": "money", "bought": "binary"},
    covariates=("before",),
    segments=("group", "noise"),
)


def world(rng, gain=8.0, n=1500):
    frame = pd.DataFrame({"arm": np.resize(["none", "a", "b"], n), "group": rng.choice(["x", "y"], n)})
    frame["noise"] = rng.choice(["p", "q"], n)
    frame["before"] = rng.gamma(2, 10, n)
    likes = np.where(frame["group"] == "x", "a", "b")
    lift = np.where(frame["arm"] == "none", 0, np.where(frame["arm"] == likes, gain, -gain / 2))
    frame["profit"] = frame["before"] + rng.normal(0, 12, n) + lift
    frame["bought"] = (frame["profit"] > 20).astype(float)
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def learned(frame, rng, settings=None, partings=4):
    plan = make_design(TABLE, ["none", "a", "b"])
    options = strategy_segments.candidates(frame, plan, 20)
    measure = strategy.worth(plan, settings or Strategy())
    rules = strategy_policies.learn(frame, plan, settings or Strategy(), measure, options, rng, 20, partings)
    return plan, rules


def test_segments_that_differ_get_their_own():
    frame = world(np.random.default_rng(1))
    plan, rules = learned(frame, np.random.default_rng(2))
    likes = np.where(frame["group"] == "x", 1, 2)
    assert (rules.arm["segment"] == likes).mean() > 0.99
    assert max(rules.columns, key=rules.columns.get).startswith("group")
    arm = strategy.codes(frame, plan)
    found = strategy_policies.compare(strategy_policies.metrics(frame, plan, {}), arm, rules, 3).set_index("metric")
    assert found.loc["profit", "gain_low"] < 6 < found.loc["profit", "gain_high"]
    assert found.loc["profit", "gain_low"] > 0
    assert (found["n"] == 1500).all()
    # The best arm for all adds (8 − 4) / 2 to nobody's; each segment its own adds 8.
    assert found.loc["profit", "segment"] - found.loc["profit", "nobody"] == pytest.approx(8, abs=2.5)


def test_the_return_is_net_of_its_cost():
    frame = world(np.random.default_rng(1))
    settings = Strategy(contact_cost=2)
    plan, rules = learned(frame, np.random.default_rng(2), settings)
    metric = strategy_policies.metrics(frame, plan, {})[0]
    arm, cost = strategy.codes(frame, plan), np.array([0.0, 2.0, 2.0])
    found = strategy_policies.returns(metric, 1.0, cost, arm, rules).set_index("metric")
    assert found.loc["net", "segment"] == pytest.approx(found.loc["return", "segment"] - found.loc["cost", "segment"])
    assert found.loc["roi", "segment"] == pytest.approx(found.loc["net", "segment"] / found.loc["cost", "segment"])
    assert found.loc["cost", "nobody"] == 0
    assert np.isnan(found.loc["roi", "nobody"])
    assert found.loc["roi", "gain_low"] < found.loc["roi", "gain"] < found.loc["roi", "gain_high"]


def test_where_nothing_pays_nobody_is_treated():
    frame = world(np.random.default_rng(1))
    _, rules = learned(frame, np.random.default_rng(2), Strategy(contact_cost=100))
    assert (rules.arm["segment"] == 0).all()
    assert (rules.arm["alike"] == 0).all()


@pytest.mark.slow
def test_where_segments_are_alike_targeting_is_not_said_to_help():
    rng = np.random.default_rng(7)
    wrong, covered = [], []
    for _ in range(60):
        frame = world(rng, gain=0.0, n=900)
        plan, rules = learned(frame, rng, partings=2)
        found = strategy_policies.compare(
            strategy_policies.metrics(frame, plan, {}), strategy.codes(frame, plan), rules, 3
        ).iloc[0]
        wrong.append(found["gain_low"] > 0)
        covered.append(found["gain_low"] <= 1e-12 and found["gain_high"] >= -1e-12)
    assert np.mean(wrong) <= 0.1
    assert np.mean(covered) >= 0.88


def test_r_finds_the_same_values():
    frame = world(np.random.default_rng(1))
    frame.loc[::40, "profit"] = np.nan
    plan, rules = learned(frame, np.random.default_rng(2))
    metric = strategy_policies.metrics(frame, plan, {})[0]
    arm = strategy.codes(frame, plan)
    found = strategy_policies.compare([metric], arm, rules, 3).iloc[0]
    columns = {
        name: pd.DataFrame(values.T.astype(float), columns=[f"p{i}" for i in range(len(values))])
        for name, values in {"half": rules.half, **rules.arm}.items()
    }
    r.use("tests_strategy")
    theirs = r.call(
        "value_rules",
        metric.values,
        arm.astype(float),
        pd.DataFrame(metric.known, columns=["x"]),
        columns["half"],
        columns["alike"],
        columns["segment"],
    )
    mine = pd.DataFrame(
        [
            {"rule": name, "value": found[name], "low": found[f"{name}_low"], "high": found[f"{name}_high"]}
            for name in ("alike", "segment", "gain")
        ]
    )
    assert double.agreement(mine, theirs, ["rule"], ["value", "low", "high"]).holds
