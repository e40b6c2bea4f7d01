"""What the offers of the test do, as the model expects it."""

import numpy as np
import pytest

from patrons import world, world_draw, world_offers
from patrons.world_offers import OFFERS

CROWD = world_draw.crowd(1, world_draw.Block(0, 0, 5_000, True))
ORDERS = np.random.default_rng(0).gamma(1, 1, 5_000)
STRENGTH = world_offers.strengths(world_offers.add_up(CROWD.people, CROWD.baskets, ORDERS))
EXPECTED = world_offers.expect_outcomes(CROWD.people, CROWD.baskets, ORDERS, STRENGTH)


def test_sales_rise_by_what_was_planted():
    means = EXPECTED["sales"].mean(axis=0)
    assert means / means[0] - 1 == pytest.approx([0, 0.15, 0.10, 0.10])


def test_the_discount_brings_more_orders_and_less_profit_per_sale():
    orders, profit = EXPECTED["orders"].mean(axis=0), EXPECTED["profit"].mean(axis=0)
    assert orders[1] > 1.1 * orders[0]
    assert profit[1] / orders[1] < 0.8 * profit[0] / orders[0]


def test_the_best_offer_differs_by_group():
    gender = CROWD.people["gender"].to_numpy()
    old = CROWD.people["age"].to_numpy() > 60
    best = {
        (outcome, name): OFFERS["arm"][EXPECTED[outcome][group].mean(axis=0).argmax()]
        for outcome in ("sales", "profit")
        for name, group in (("women", gender == 0), ("men", gender == 1), ("old", old))
    }
    assert best["sales", "women"] == "discount 20%"
    assert best["sales", "men"] == "bonus points"
    assert best["sales", "old"] == "free delivery"
    assert best["profit", "women"] == "free delivery"
    assert best["profit", "men"] == "bonus points"


def test_sums_of_blocks_add_up():
    half = np.arange(5_000) < 2_500
    halves = [
        world_offers.add_up(CROWD.people[which], world_draw.some(CROWD.baskets, which), ORDERS[which])
        for which in (half, ~half)
    ]
    assert world_offers.strengths(halves[0] + halves[1]) == pytest.approx(STRENGTH)


def test_arms_are_equal_and_only_for_those_in_the_test():
    eligible = np.random.default_rng(1).random(1_001) < 0.6
    arm = world_offers.assign(np.random.default_rng(2), eligible)
    assert (arm[~eligible] == 0).all()
    assert np.ptp(np.bincount(arm[eligible], minlength=4)) <= 1


def test_age_bands_end_where_they_say():
    ages = np.array([29, 30, 45, 46, 60, 61])
    assert world_offers.age_band(ages).tolist() == [0, 1, 1, 2, 2, 3]
    assert world.day_of(np.datetime64("2023-07-01")) == world_offers.BEGIN
