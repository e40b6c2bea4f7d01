"""The people and the shelves of the simulated shop."""

import numpy as np
import pytest

from patrons import world

CLOCKS = world.season_clocks()


@pytest.fixture(scope="module")
def people():
    return world.draw_people(world.stream(1, "people"), 40_000, CLOCKS)


def test_kinds_have_their_shares_exactly(people):
    assert np.bincount(people["kind"]).tolist() == [8_000, 16_000, 10_000, 6_000]


def test_those_at_risk_are_gone_for_90_to_365_days(people):
    silent = world.DAYS - people.loc[people["kind"] == 3, "gone"]
    assert silent.min() >= 90
    assert silent.max() <= 365
    assert (people["gone"] >= people["joined"]).all()


def test_orders_of_the_kinds_keep_their_ratios(people):
    means = people.groupby("kind")["rate"].mean()
    assert (means / means[0]).round(2).tolist() == pytest.approx([1, 27.5 / 75, 9 / 75, 12.5 / 75], abs=0.01)


def test_age_and_income_raise_the_value_of_an_order(people):
    plain = people[people["kind"] == 1]
    age = plain["age"].between(30, 45)
    rich = plain["income"] > 60_000
    for group, factor in ((age, 1.10), (rich, 1.15)):
        ratio = plain.loc[group, "order_value"].mean() / plain.loc[~group, "order_value"].mean()
        assert ratio == pytest.approx(factor, abs=0.02)


def test_women_mind_prices_more(people):
    means = people.groupby("gender")["sensitivity"].mean()
    assert means[0] == pytest.approx(1.3, abs=0.02)
    assert means[1] == pytest.approx(0.7, abs=0.02)


def test_the_clock_turns_back():
    rng = np.random.default_rng(0)
    days, lane = rng.uniform(0, world.DAYS, 500), rng.integers(0, 2, 500)
    assert np.allclose(world.to_days(CLOCKS, world.to_clock(CLOCKS, days, lane), lane), days)
    assert CLOCKS[0, -1] == pytest.approx(world.DAYS)


def test_offers_of_spring_lift_only_their_days_and_regions():
    speed = np.diff(CLOCKS, axis=1)
    ratio = speed[1] / speed[0]
    offered = world.off_peak_days()
    assert np.allclose(ratio[offered], world.OFF_PEAK_LIFT)
    assert np.allclose(ratio[~offered], 1)
    assert offered.sum() == 2 * (31 + 30)
    assert world.off_peak_lane(np.arange(5)).tolist() == [1, 0, 1, 1, 0]


def test_spring_stays_low_even_with_its_offers():
    weights = world.MONTHS * np.where(np.isin(np.arange(1, 13), world.OFF_PEAK_MONTHS), world.OFF_PEAK_LIFT, 1)
    assert set(np.argsort(world.MONTHS)[-2:] + 1) == {11, 12}
    assert weights[[2, 3]].max() < weights.mean()


def test_people_buy_by_day():
    hours = world.to_seconds(np.linspace(0, 1, 2_000, endpoint=False)) // 3600
    assert (hours < 6).mean() < 0.05
    assert (np.diff(hours) >= 0).all()


def test_each_purpose_has_a_stream_of_its_own():
    same, again = world.stream(1, "people").random(3), world.stream(1, "people").random(3)
    assert (same == again).all()
    others = [world.stream(1, "tastes"), world.stream(2, "people"), world.stream(1, "people", 1)]
    assert not any((other.random(3) == same).any() for other in others)


def test_products_are_named_once_and_sold_above_cost():
    products = world.draw_products()
    assert products["product"].is_unique
    assert (products["price"] > products["cost"]).all()
    assert products.groupby("category")["weight"].sum().round(9).eq(1).all()


def test_tastes_are_shares():
    tastes = world.draw_tastes(np.random.default_rng(0), 5_000)
    assert np.allclose(tastes.sum(axis=1), 1)
    assert np.allclose(tastes.mean(axis=0), world.CATEGORIES["popularity"], atol=0.01)
