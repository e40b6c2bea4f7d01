"""Simulated worlds, whose truth is known: intervals hold it, and the plan beats what it is compared with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from patrons import strategy, strategy_budget, strategy_pooling, world_draw, world_offers
from patrons.design import make_design
from patrons.settings import Experiment

SEEDS = range(1, 7)
COLUMNS = ("gender", "age_band", "region", "bought_before")
PLAN = make_design(
    Experiment(
        file="t.csv",
        columns={"arm": "arm"},
        control=world_offers.CONTROL,
        outcomes={"profit": "money"},
        covariates=("spend_before", "orders_before"),
        segments=COLUMNS,
    ),
    list(world_offers.OFFERS["arm"]),
)


@dataclass(frozen=True)
class World:
    """People of a test, and what each would return under each arm of `PLAN`: (n, arms)."""

    frame: pd.DataFrame
    expected: np.ndarray


def simulate(seed):
    plan = world_draw.make_plan(world_draw.Parameters(100, 500, seed))
    frames, expected = [], []
    for part in world_draw.parts(plan):
        past, people = world_draw.draw_past(seed, part.block, plan.pace), part.crowd.people
        inside = part.eligible
        outcomes = world_offers.expect_outcomes(
            people[inside],
            world_draw.some(part.crowd.baskets, inside),
            plan.level * past.expected[inside],
            plan.strength,
        )
        frames.append(world_draw.experiment(part))
        expected.append(outcomes["profit"])
    order = [list(world_offers.OFFERS["arm"]).index(arm) for arm in PLAN.arms]
    return World(pd.concat(frames, ignore_index=True), np.concatenate(expected)[:, order])


@pytest.fixture(scope="module")
def worlds():
    return [simulate(seed) for seed in SEEDS]


def pooled(world, column, cost=1.0):
    values = strategy.outcome_values(world.frame, PLAN, "profit")
    table, _ = strategy.cells(values, strategy.codes(world.frame, PLAN), world.frame[column], PLAN)
    cost = dict.fromkeys(PLAN.arms[1:], cost)
    found, _ = strategy_pooling.pooled(table, cost, 0.1)
    truth = pd.DataFrame(world.expected, columns=list(PLAN.arms)).groupby(world.frame[column].to_numpy()).mean()
    found["truth"] = [
        truth.loc[row.segment, row.arm] - truth.loc[row.segment, PLAN.control] for row in found.itertuples()
    ]
    return found, cost


@pytest.mark.slow
def test_intervals_of_segments_and_actions_hold_the_truth(worlds):
    found = pd.concat([pooled(world, column)[0] for world in worlds for column in COLUMNS], ignore_index=True)
    assert len(found) == len(SEEDS) * 3 * 14
    inside = (found["low"] <= found["truth"]) & (found["truth"] <= found["high"])
    assert 0.92 <= inside.mean() <= 1
    # Pooling comes closer to the truth than what was measured.
    assert (found["pooled"] - found["truth"]).std() < 0.8 * (found["effect"] - found["truth"]).std()


@pytest.mark.slow
def test_the_probability_that_an_action_pays_means_what_it_says(worlds):
    found = pd.concat([pooled(world, column)[0] for world in worlds for column in COLUMNS], ignore_index=True)
    paying = found["truth"] > 1
    assert paying[found["p_pays"] > 0.9].mean() > 0.8
    assert paying[found["p_pays"] < 0.1].mean() < 0.2


@pytest.mark.slow
def test_the_plan_is_truly_worth_more_than_the_same_for_everybody(worlds):
    """Half of the people can be reached: with the plan, or with any one offer spread evenly over all segments."""
    gains = []
    for world in worlds:
        for column in COLUMNS:
            found, cost = pooled(world, column)
            segments, arms, net = strategy.net_values(found, cost)
            people = found.drop_duplicates("segment")["people"].to_numpy(dtype=float)
            _, _, true = strategy.net_values(found, cost, "truth")
            plan = strategy_budget.split(net, np.ones(len(arms)), people, people.sum() / 2)
            uniform = [(true[:, place] * people / 2).sum() for place in range(len(arms))]
            gains.append((plan.reached * true).sum() - np.mean(uniform))
            assert len(segments) == len(people)
    assert np.mean(gains) > 0
    assert np.mean(np.array(gains) > 0) > 0.8
