"""What is true of a simulated world, as the analysis defines it: expectations of its model.

What concerns the people in the test is averaged over them. What concerns customers at large is averaged over a
reference population of `REFERENCE` other customers of the same shop, each with their expectation. Only what hangs on
the ranks of customers has no expectation to write down: for that, the reference population shops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from patrons import world, world_draw, world_offers, world_orders, world_reach
from patrons.source import slug
from patrons.world_offers import BEGIN, OFFERS, OUTCOMES

REFERENCE = 200_000
REFERENCE_SEED = 1815
_MONTHS = np.arange(world.START.astype("datetime64[M]"), world.END.astype("datetime64[M]") + 1)
MONTH_STARTS = _MONTHS.astype("datetime64[D]")  # and the end of the last


@dataclass(frozen=True)
class Expected:
    """What the reference population is expected to do.

    Attributes
    ----------
    spend : numpy.ndarray
        Of each customer, over all four years.
    orders : numpy.ndarray
        Of each customer, beyond the first.
    monthly : numpy.ndarray
        Sales, by month.
    lane_orders : numpy.ndarray
        Orders in regions without and with the offers of spring, by month: shape (2, months).
    """

    spend: np.ndarray
    orders: np.ndarray
    monthly: np.ndarray
    lane_orders: np.ndarray


def effects(plan: world_draw.Plan, expected: dict[str, np.ndarray], tested: np.ndarray) -> dict[str, float]:
    """Return every planted effect by name; names are those of the facts that estimate them.

    Parameters
    ----------
    plan
        Of the world.
    expected
        Of all its parts, summed: `world_draw.Part.expected`.
    tested
        People in the test, by gender.
    """
    parameters = plan.parameters
    return shop_effects(parameters.orders / parameters.customers, REFERENCE) | test_effects(expected, tested)


def test_effects(expected: dict[str, np.ndarray], tested: np.ndarray) -> dict[str, float]:
    """Return what each offer does to the people in the test, on average over all of them."""
    means = {name: totals.sum(axis=0) / tested.sum() for name, totals in expected.items()}
    by_gender = expected["sales"] / tested[:, None]
    found = {}
    for index, arm in enumerate(OFFERS["arm"][1:], 1):
        name = slug(arm)
        for outcome in OUTCOMES:
            found[f"experiment.{outcome}.{name}.lift"] = means[outcome][index] - means[outcome][0]
        found[f"experiment.sales.{name}.lift_pct"] = means["sales"][index] / means["sales"][0] - 1
        per_order = means["profit"] / means["orders"]
        found[f"experiment.profit_per_order.{name}.lift"] = per_order[index] - per_order[0]
        for gender, sales in zip(world.GENDERS, by_gender, strict=True):
            found[f"experiment.sales.{name}.{gender}.lift"] = sales[index] - sales[0]
    return found


@lru_cache(maxsize=4)
def shop_effects(orders_per_customer: float, count: int) -> dict[str, float]:
    """Return what is true of the shop's customers at large, who order so often on average, from `count` of them."""
    block = world_draw.Block(0, 0, count, True)
    crowd = world_draw.crowd(REFERENCE_SEED, block)
    people = crowd.people
    shop = expect(crowd, orders_per_customer)
    found = {}
    for index, kind in enumerate(world.KINDS["kind"]):
        found[f"kinds.{kind}.revenue_share"] = shop.spend[people["kind"] == index].sum() / shop.spend.sum()
    found |= _ranks(orders_per_customer, count)
    age = people["age"].between(*world.AGE_SPENDERS).to_numpy()
    rich = (people["income"] > world.INCOME_SPENDERS).to_numpy()
    for name, group in (("age_30_to_45", age), ("income_over_60k", rich)):
        found[f"demographics.{name}.spend_ratio"] = shop.spend[group].mean() / shop.spend[~group].mean()
    by_month = shop.monthly.reshape(-1, 12).sum(axis=0)
    for month, value in enumerate(by_month / by_month.mean(), 1):
        found[f"seasonality.index.{month:02d}"] = value
    found["seasonality.off_peak.orders_ratio"] = _off_peak(shop.lane_orders)
    chances, women = world_reach.answer_chances(people)[:, -1], (people["gender"] == 0).to_numpy()
    found["response.last.women_to_men"] = chances[women].mean() / chances[~women].mean()
    found["campaigns.roi_mean"] = world_reach.ROI
    shelves = world_draw.shelves()
    for first, second, often in shelves.pairs:
        names = [slug(shelves.table["product"].iloc[item]) for item in (first, second)]
        found[f"affinity.{'.'.join(names)}.lift"] = _affinity(crowd.tastes, shelves, first, second, often)
    return {name: float(value) for name, value in found.items()}


def expect(crowd: world_draw.Crowd, orders_per_customer: float) -> Expected:
    """Work out what customers are expected to spend, month by month, the test included."""
    people, baskets = crowd.people, crowd.baskets
    lane = world.off_peak_lane(people["region"].to_numpy())
    joined, gone = people["joined"].to_numpy(), people["gone"].to_numpy()
    begins = MONTH_STARTS - world.START
    clocks, rate = world_draw.clocks(), people["rate"].to_numpy()

    def rush(begin: float, stop: float) -> np.ndarray:
        edges = (world.to_clock(clocks, np.clip(edge, joined, gone), lane) for edge in (stop, begin))
        return rate * (next(edges) - next(edges))

    total, year, test = rush(0, world.DAYS), rush(BEGIN - world_offers.ELIGIBLE_DAYS, BEGIN), rush(BEGIN, world.DAYS)
    fresh = (joined >= BEGIN - world_offers.ELIGIBLE_DAYS) & (joined < BEGIN)
    pace = (orders_per_customer - 1) / total.mean()
    for _ in range(4):  # the offers bring orders, which leave a smaller share to the rest of the time
        tested = np.where(fresh, 1.0, -np.expm1(-pace * year))
        strength = world_offers.strengths(world_offers.add_up(people, baskets, tested * pace * test))
        more = tested * (world_offers.more_orders(people, strength).mean(axis=1) - 1)
        pace = (orders_per_customer - 1) / (total + more * test).mean()

    plain = baskets.value * (1 - baskets.discount)
    one = world_offers.expect_outcomes(people, baskets, np.ones(len(people)), strength)
    paid_in_test = (1 - tested) * plain + tested * one["sales"].mean(axis=1)
    spend, orders, monthly, lane_orders = np.zeros(len(people)), np.zeros(len(people)), [], []
    off_peak = world.off_peak_days()
    for low, high in zip(begins[:-1].astype(float), begins[1:].astype(float), strict=True):
        first = (joined >= low) & (joined < high)
        placed = pace * rush(low, high)
        cheap = off_peak[int(low)] & (lane == 1)
        paid = np.where(cheap, baskets.value * (1 - world.OFF_PEAK_DISCOUNT), plain)
        sales = first * paid + placed * (paid_in_test if low >= BEGIN else paid)
        placed = placed * (1 + more) if low >= BEGIN else placed
        spend += sales
        orders += placed
        monthly.append(sales.sum())
        lane_orders.append(np.bincount(lane, first + placed, 2))
    return Expected(spend, orders, np.array(monthly), np.array(lane_orders).T)


def off_peak_months() -> tuple[np.ndarray, np.ndarray]:
    """Tell of each month whether the offers of spring ran in it, and whether it is one to compare those with."""
    month = np.arange(len(MONTH_STARTS) - 1)
    year = 2020 + month // 12
    offered = np.isin(month % 12 + 1, world.OFF_PEAK_MONTHS) & np.isin(year, world.OFF_PEAK_YEARS)
    return offered, np.isin(year, world.OFF_PEAK_YEARS) & ~offered & (month * 30.4 < BEGIN)


def _off_peak(lane_orders: np.ndarray) -> float:
    offered, others = off_peak_months()
    ratio = lane_orders[:, offered].sum(axis=1) / lane_orders[:, others].sum(axis=1)
    return ratio[1] / ratio[0]


def _ranks(orders_per_customer: float, count: int) -> dict[str, float]:
    """Let the reference population shop, and rank what its customers spend."""
    wanted = world_draw.Parameters(count, round(orders_per_customer * count), REFERENCE_SEED)
    spent = [
        np.bincount(part.orders.who[part.lines.order], part.lines.amount, part.block.size)
        for part in world_draw.parts(world_draw.make_plan(wanted))
    ]
    return ranked(np.concatenate(spent))


def ranked(spent: Sequence[float] | np.ndarray) -> dict[str, float]:
    """Return what the ranks of spending say: the top half over the lower one, and the share of the top fifth."""
    rising = np.sort(np.asarray(spent))
    half = len(rising) // 2
    return {
        "explore.high_low_ratio": float(rising[len(rising) - half :].mean() / rising[:half].mean()),
        "explore.top20_revenue_share": float(rising[len(rising) - round(0.2 * len(rising)) :].sum() / rising.sum()),
    }


def _affinity(tastes: np.ndarray, shelves: world_orders.Shelves, first: int, second: int, often: float) -> float:
    """Return how much more often than by chance an order holds two products."""
    chances = [world_orders.product_chances(tastes, shelves, item) for item in (first, second)]
    no_first, no_second = (world_orders.absent(chance).mean() for chance in chances)
    neither = world_orders.absent(chances[0] + chances[1]).mean()
    brought = often * (no_second - neither)  # the first without the second, before it is brought
    both = 1 - no_first - no_second + neither + brought
    return both / ((1 - no_first) * (1 - no_second + brought))
