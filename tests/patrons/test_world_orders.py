"""What simulated customers buy, against what is expected of them."""

import numpy as np
import pytest

from patrons import world, world_draw, world_offers, world_orders
from patrons.world_offers import OFFERS

BLOCK = world_draw.Block(0, 0, 4_000, True)
CROWD = world_draw.crowd(2, BLOCK)
SHELVES = world_draw.shelves()


def shop(arm=0, orders_each=12, seed=0):
    """Let every customer place so many orders during the test, all under one offer."""
    people = CROWD.people.assign(joined=0.0, gone=float(world.DAYS))
    counts = np.full(len(people), orders_each)
    begin, stop = np.full(len(people), world_offers.BEGIN), np.full(len(people), float(world.DAYS))
    offer = np.full(len(people), arm)
    rng = np.random.default_rng(seed)
    orders = world_orders.draw_orders(
        rng, world_draw.clocks(), people, [(counts, begin, stop)], offer, world_offers.BEGIN
    )
    return orders, world_orders.draw_lines(rng, orders, people, CROWD.tastes, SHELVES, CROWD.baskets)


@pytest.mark.parametrize("arm", range(len(OFFERS)))
def test_money_is_what_was_expected(arm):
    orders, lines = shop(arm)
    tested = (orders.day >= world_offers.BEGIN)[lines.order]
    count = (orders.day >= world_offers.BEGIN).sum()
    no_pull = np.zeros(len(OFFERS))
    expected = world_offers.expect_outcomes(CROWD.people, CROWD.baskets, np.ones(len(CROWD.people)), no_pull)
    for name, values in (("sales", lines.amount), ("profit", lines.profit)):
        per_order = np.bincount(lines.order[tested], values[tested], len(orders.day))[orders.day >= world_offers.BEGIN]
        error = per_order.std() / np.sqrt(count) / 100
        assert abs(per_order.mean() / 100 - expected[name][:, arm].mean()) < 4 * error


def test_amounts_are_pence_of_price_times_quantity():
    _, lines = shop(1)
    price, cost = (SHELVES.table[name].to_numpy()[lines.item] for name in ("price", "cost"))
    assert (lines.amount == lines.quantity * lines.unit_price).all()
    assert (lines.unit_price == np.rint(price * (100 - lines.discount) / 100)).all()
    assert (lines.profit <= lines.amount - lines.quantity * cost).all()
    assert (lines.quantity >= 1).all()


def test_a_product_stands_in_an_order_once_and_every_order_holds_something():
    orders, lines = shop()
    assert len(np.unique(lines.order * 1_000 + lines.item)) == len(lines.order)
    assert len(np.unique(lines.order)) == len(orders.day)
    assert (np.diff(lines.order) >= 0).all()


def test_orders_come_in_order_of_time_and_everybody_has_a_first():
    orders, _ = shop(orders_each=0)
    assert sorted(orders.who) == list(range(len(CROWD.people)))
    orders, _ = shop()
    assert (np.diff(orders.day) >= 0).all()


def test_offers_hold_during_the_test_only():
    orders, lines = shop(1, orders_each=2)
    inside = (orders.day >= world_offers.BEGIN)[lines.order]
    assert (lines.discount[inside] == 20).all()
    assert (lines.discount[~inside] < 20).all()


def test_companions_come_with_their_product():
    orders, lines = shop()
    for first, second, often in SHELVES.pairs:
        has = [np.isin(np.arange(len(orders.who)), lines.order[lines.item == item]) for item in (first, second)]
        assert has[1][has[0]].mean() > often > 3 * has[1].mean()


def test_the_shelves_hold_what_pairs_name():
    assert [SHELVES.table["product"][first] for first, _, _ in SHELVES.pairs] == ["KIT-01", "CLO-01", "TOY-01"]
    both = [item for first, second, _ in SHELVES.pairs for item in (first, second)]
    assert len(set(both)) == len(both)
