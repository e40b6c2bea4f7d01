"""Splits of a budget: R's and the steps' optimum is that of the linear programme, and no plan does better."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import double, r, strategy_budget

NET = np.array([[5.0, 9.0, np.nan], [2.0, -1.0, 3.0], [-4.0, -2.0, -0.5]])
COST = np.array([1.0, 3.0, 2.0])
PEOPLE = np.array([100.0, 50.0, 80.0])


def test_worked_by_hand():
    # 100 people at 5 a pound; then 2 a pound: the second action in place of the first, or the second segment.
    found = strategy_budget.split(NET, COST, PEOPLE, 120)
    assert found.net == pytest.approx(100 * 5 + 20 * 2)
    assert found.spent == pytest.approx(120)
    assert found.shadow == pytest.approx(2)
    assert strategy_budget.split(NET, COST, PEOPLE, 1e6).shadow == 0
    assert (found.reached[2] == 0).all()


def test_whole_segments_never_beat_parts_of_them():
    whole = strategy_budget.whole(NET, COST, PEOPLE, 160)
    assert whole.net == pytest.approx(600)  # the first action for the first two segments; 10 are left
    assert whole.net <= strategy_budget.split(NET, COST, PEOPLE, 160).net
    assert set(whole.reached.ravel()) <= {0.0, 50.0, 100.0}


def test_nothing_is_spent_on_what_returns_nothing():
    found = strategy_budget.split(-np.abs(NET), COST, PEOPLE, 100)
    assert found.net == found.spent == 0
    assert strategy_budget.steps(-np.abs(NET), COST, PEOPLE).empty
    r.use("tests_strategy")
    assert in_r(-np.abs(NET), COST, PEOPLE, 100)["net"][0] == 0


def in_r(net, cost, people, budget):
    segments, arms = net.shape
    table = pd.DataFrame(
        {
            "segment": np.repeat(np.arange(segments), arms),
            "people": np.repeat(people, arms),
            "cost": np.tile(cost, segments),
            "net": net.ravel(),
        }
    )
    return r.call("split_budget", table, budget)


@pytest.mark.parametrize("seed", range(8))
def test_three_ways_lead_to_the_same(seed):
    rng = np.random.default_rng(seed)
    net = np.where(rng.random((6, 4)) < 0.1, np.nan, rng.normal(1, 4, (6, 4)))
    cost, people = rng.uniform(0.5, 4, 4), rng.integers(1, 400, 6).astype(float)
    budget = rng.uniform(0, 1500)
    found = strategy_budget.split(net, cost, people, budget)
    order = strategy_budget.steps(net, cost, people)
    reached = strategy_budget.reach(order, net.shape, budget)
    assert (np.nan_to_num(net) * reached).sum() == pytest.approx(found.net, rel=1e-9)
    r.use("tests_strategy")
    theirs = in_r(net, cost, people, budget)
    mine = pd.DataFrame({"net": [found.net], "spent": [found.spent], "shadow": [found.shadow]})
    assert double.agreement(mine, theirs, [], ["net", "spent", "shadow"]).holds


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.floats(0, 2000))
def test_a_split_keeps_to_budget_and_people_and_beats_any_other(seed, budget):
    rng = np.random.default_rng(seed)
    net, cost = rng.normal(1, 3, (4, 3)), np.round(rng.uniform(0, 3, 3), 1)
    people = rng.integers(1, 300, 4).astype(float)
    found = strategy_budget.split(net, cost, people, budget)
    assert found.spent <= budget * (1 + 1e-9) + 1e-6
    assert (found.reached.sum(axis=1) <= people + 1e-6).all()
    other = rng.dirichlet(np.ones(4), 4)[:, :3] * people[:, None]
    other *= min(1.0, budget / max((other * cost).sum(), 1e-9))
    assert (net * other).sum() <= found.net + 1e-6


def test_the_frontier_is_concave_and_starts_at_nothing():
    drawn = NET + np.random.default_rng(0).normal(0, 1, (500, 3, 3))
    found = strategy_budget.frontier(NET, COST, PEOPLE, drawn, 500)
    assert found["net"].iloc[0] == found["low"].iloc[0] == 0
    assert (np.diff(found["net"], 2) < 1e-6).all()
    assert ((found["low"] <= found["net"] + 1e-9) & (found["net"] <= found["high"] + 1e-9)).all()


def test_what_costs_nothing_is_used_without_a_budget():
    found = strategy_budget.split(np.array([[2.0]]), np.zeros(1), np.array([10.0]), 0)
    assert found.net == pytest.approx(20)
    order = strategy_budget.steps(np.array([[2.0]]), np.zeros(1), np.array([10.0]))
    assert strategy_budget.reach(order, (1, 1), 0).sum() == 10
