"""Drawing a world block by block: everybody's share, and nothing that hangs on how blocks are cut."""

import numpy as np
import pytest

from patrons import world_draw
from patrons.world_draw import Block, Parameters
from patrons.world_offers import BEGIN


@pytest.fixture(scope="module")
def plan():
    return world_draw.make_plan(Parameters(customers=3_000, orders=15_000, seed=4))


@pytest.fixture(scope="module")
def parts(plan):
    return list(world_draw.parts(plan))


def test_the_number_of_orders_is_met_exactly(parts):
    assert sum(len(part.orders.who) for part in parts if part.block.handed_out) == 15_000


def test_the_pace_of_the_test_is_that_of_the_time_before(plan):
    assert plan.level == pytest.approx(1, abs=0.08)


def test_more_people_are_tested_than_are_handed_out(plan, parts):
    assert [block.size for block in plan.blocks] == [3_000, 12_000]
    assert [block.handed_out for block in plan.blocks] == [True, False]
    assert world_draw.make_plan(Parameters(60_000, 90_000)).blocks[-1] == Block(2, 50_000, 10_000, True)


def test_people_in_the_test_had_ordered_in_the_year_before(parts):
    for part in parts:
        before = (part.orders.day < BEGIN) & (part.orders.day >= BEGIN - 365)
        assert set(part.orders.who[before]) == set(np.flatnonzero(part.eligible))
        assert (part.arm[~part.eligible] == 0).all()


def test_nobody_orders_before_joining_or_after_leaving(parts):
    for part in parts:
        people, who = part.crowd.people, part.orders.who
        assert (part.orders.day >= people["joined"].to_numpy()[who]).all()
        assert (part.orders.day <= people["gone"].to_numpy()[who] + 1e-6).all()


def test_two_purposes_do_not_share_their_luck(parts):
    part = parts[0]
    seed = 4
    first = world_draw.engagement(seed, part)
    world_draw.answers(seed, part)
    assert first.equals(world_draw.engagement(seed, part))


def test_expected_outcomes_are_those_of_the_people_in_the_test(parts):
    table = [world_draw.experiment(part) for part in parts]
    count = sum(len(each) for each in table)
    expected = sum(part.expected["sales"].sum(axis=0) for part in parts) / count
    assert expected / expected[0] - 1 == pytest.approx([0, 0.15, 0.10, 0.10])
