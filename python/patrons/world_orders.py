"""What the simulated customers buy: when they order, what lies in an order, and what is expected of both.

A customer's orders after the first are a Poisson process on the seasonal clock that ends when they drop out. An
order holds one line and a Poisson number more, of products of the customer's taste; some products bring a
companion with them. Money is in whole pence.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import world
from patrons.world_offers import OFFERS

MORE_LINES = 1.2  # on average, beyond the first
# A product, the companion it brings, and how often.
COMPANIONS = (("KIT-01", "PAN-02", 0.35), ("CLO-01", "HOM-02", 0.30), ("TOY-01", "BOO-02", 0.40))


@dataclass(frozen=True)
class Shelves:
    """The products, and their moments by category, in pence.

    Attributes
    ----------
    table : pandas.DataFrame
        From `world.draw_products`.
    price, cost : numpy.ndarray
        Mean list price and cost of a piece of each category.
    pairs : tuple of (int, int, float)
        Positions of the products that are bought together, and how often the first brings the second.
    """

    table: pd.DataFrame
    price: np.ndarray
    cost: np.ndarray
    pairs: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True)
class Baskets:
    """What one order of each customer is expected to hold, under no offer: a value per customer.

    Attributes
    ----------
    pieces : numpy.ndarray
        Mean quantity of a line.
    value, cost : numpy.ndarray
        At list price, and what the goods cost, in pounds.
    discount : numpy.ndarray
        Mean ordinary discount, a share.
    """

    pieces: np.ndarray
    value: np.ndarray
    cost: np.ndarray
    discount: np.ndarray


@dataclass(frozen=True)
class Orders:
    """Orders in order of time: who (position in the block), day, position of the offer, off-peak, channel."""

    who: np.ndarray
    day: np.ndarray
    offer: np.ndarray
    off_peak: np.ndarray
    channel: np.ndarray


@dataclass(frozen=True)
class Lines:
    """What is in the orders: order and item by position, money in pence, discount in per cent."""

    order: np.ndarray
    item: np.ndarray
    quantity: np.ndarray
    discount: np.ndarray
    unit_price: np.ndarray
    amount: np.ndarray
    profit: np.ndarray


def stock() -> Shelves:
    """Return the shelves of the shop."""
    table = world.draw_products()
    weight = table["weight"].to_numpy().reshape(-1, world.PRODUCTS_PER_CATEGORY)
    price, cost = (table[name].to_numpy().reshape(weight.shape) for name in ("price", "cost"))
    place = {name: index for index, name in enumerate(table["product"])}
    pairs = tuple((place[first], place[second], often) for first, second, often in COMPANIONS)
    return Shelves(table, (weight * price).sum(axis=1), (weight * cost).sum(axis=1), pairs)


def absent(chance: np.ndarray) -> np.ndarray:
    """Return how likely an order's own lines all miss what each line is with a chance."""
    return (1 - chance) * np.exp(-MORE_LINES * chance)


def product_chances(tastes: np.ndarray, shelves: Shelves, item: int) -> np.ndarray:
    """Return how likely a line of each customer is of one product."""
    return tastes[:, item // world.PRODUCTS_PER_CATEGORY] * shelves.table["weight"].iloc[item]


def expect_baskets(people: pd.DataFrame, tastes: np.ndarray, shelves: Shelves) -> Baskets:
    """Work out what an order of each customer is expected to hold; the pieces are such that it has their value."""
    lines = 1 + MORE_LINES
    price, cost = tastes @ shelves.price, tastes @ shelves.cost
    list_price, own_cost = lines * price, lines * cost
    for first, second, often in shelves.pairs:
        with_first, with_second = (product_chances(tastes, shelves, item) for item in (first, second))
        brought = often * (absent(with_second) - absent(with_first + with_second))
        list_price = list_price + brought * shelves.table["price"].iloc[second]
        own_cost = own_cost + brought * shelves.table["cost"].iloc[second]
    pieces = np.maximum(people["order_value"].to_numpy() * 100 / list_price, 1.0)
    ordinary = world.discount_chances(people) @ world.ORDINARY_DISCOUNTS / 100
    return Baskets(pieces, pieces * list_price / 100, pieces * own_cost / 100, ordinary)


def draw_orders(
    rng: np.random.Generator,
    clocks: np.ndarray,
    people: pd.DataFrame,
    windows: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    offer: np.ndarray,
    offered_from: float,
) -> Orders:
    """Draw when and where orders are placed: everybody's first on the day they joined, others evenly on the clock.

    Parameters
    ----------
    windows
        For each: how many orders of each customer fall in it, and its first and last day for each.
    offer
        Position in `OFFERS` of what each customer is offered from the day `offered_from` on.
    """
    lane = world.off_peak_lane(people["region"].to_numpy())
    whom, days = [np.arange(len(people))], [people["joined"].to_numpy()]
    for counts, begin, stop in windows:
        who = np.repeat(np.arange(len(people)), counts)
        low, high = world.to_clock(clocks, begin, lane), world.to_clock(clocks, stop, lane)
        units = low[who] + (high - low)[who] * rng.random(len(who))
        whom.append(who)
        days.append(world.to_days(clocks, units, lane[who]))
    who, day = np.concatenate(whom), np.concatenate(days)
    order = np.argsort(day, kind="stable")
    who, day = who[order], day[order]
    off_peak = world.off_peak_days()[day.astype(int)] & (lane[who] == 1)
    web, catalogue = people["web"].to_numpy()[who], people["catalogue"].to_numpy()[who]
    draws = rng.random(len(who))
    channel = (draws >= web).astype(np.int8) + (draws >= web + catalogue)
    return Orders(who, day, np.where(day >= offered_from, offer[who], 0), off_peak, channel)


def draw_lines(
    rng: np.random.Generator,
    orders: Orders,
    people: pd.DataFrame,
    tastes: np.ndarray,
    shelves: Shelves,
    baskets: Baskets,
) -> Lines:
    """Draw what is in each order, and work out its money."""
    per_category, products = world.PRODUCTS_PER_CATEGORY, len(shelves.table)
    order = np.repeat(np.arange(len(orders.who)), 1 + rng.poisson(MORE_LINES, len(orders.who)))
    who = orders.who[order]
    # Cumulative tastes of all customers laid end to end rise throughout, so that one search finds every category.
    steps = (np.cumsum(tastes, axis=1) / tastes.sum(axis=1, keepdims=True) + np.arange(len(tastes))[:, None]).ravel()
    category = np.searchsorted(steps, who + rng.random(len(order)), side="right") - who * tastes.shape[1]
    shares = np.cumsum(shelves.table["weight"].to_numpy()[:per_category])
    place = np.searchsorted(shares[:-1], rng.random(len(order)), side="right")
    item = np.minimum(category, tastes.shape[1] - 1) * per_category + place
    order, item = _with_companions(rng, order, item, shelves, len(orders.who))
    pieces = baskets.pieces[orders.who[order]] * OFFERS["basket"].to_numpy()[orders.offer[order]]
    quantity = 1 + rng.poisson(pieces - 1)
    # A product stands in an order once: equal lines of one order would look like a till's duplicates.
    keys = order * products + item
    sorting = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[sorting], prepend=-1))
    quantity = np.add.reduceat(quantity[sorting], starts)
    keys = keys[sorting][starts]
    order, item = keys // products, keys % products

    chances = np.cumsum(world.discount_chances(people), axis=1)[orders.who]
    level = (rng.random(len(orders.who))[:, None] > chances[:, :3]).sum(axis=1)
    discount = world.ORDINARY_DISCOUNTS[level]
    discount = np.where(orders.off_peak, np.maximum(discount, round(100 * world.OFF_PEAK_DISCOUNT)), discount)
    offered = np.round(100 * OFFERS["discount"].to_numpy()).astype(int)[orders.offer]
    discount = np.where(offered > 0, offered, discount)[order]
    unit_price = np.rint(shelves.table["price"].to_numpy()[item] * (100 - discount) / 100).astype(np.int64)
    amount = quantity * unit_price
    profit = amount - quantity * shelves.table["cost"].to_numpy()[item] - _offer_costs(orders, order, amount)
    return Lines(order, item, quantity, discount, unit_price, amount, profit)


def _offer_costs(orders: Orders, order: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Return what the offers cost on each line: points on what was paid, delivery shared by an order's lines."""
    offer = orders.offer[order]
    delivered = (orders.channel != world.CHANNELS.index("store"))[order]
    lines = np.bincount(order, minlength=len(orders.who))[order]
    delivery = 100 * OFFERS["per_delivery"].to_numpy()[offer] * delivered / lines
    return np.rint(delivery + OFFERS["per_pound"].to_numpy()[offer] * amount).astype(np.int64)


def _with_companions(
    rng: np.random.Generator, order: np.ndarray, item: np.ndarray, shelves: Shelves, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Add the products that others bring with them, to orders that lack them."""
    orders, items = [order], [item]
    for first, second, often in shelves.pairs:
        has = np.zeros((2, count), bool)
        has[0, order[item == first]] = True
        has[1, order[item == second]] = True
        brought = np.flatnonzero(has[0] & ~has[1])
        brought = brought[rng.random(len(brought)) < often]
        orders.append(brought)
        items.append(np.full(len(brought), second))
    return np.concatenate(orders), np.concatenate(items)
