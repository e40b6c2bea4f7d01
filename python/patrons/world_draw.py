"""The simulated shop, drawn block by block of customers, so that a world of any size fits into memory.

The same parameters give the same world. The models are in `world` and `world_*`; here they are put together: first
what concerns everybody (how often people order, how strong the offers are), then each block on its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

from patrons import world, world_offers, world_orders, world_reach
from patrons.errors import PatronsError
from patrons.world_offers import BEGIN, OFFERS, OUTCOMES

BLOCK = 25_000  # customers drawn at a time; part of what a seed means
TESTED = 15_000  # customers of the whole shop, who were candidates for the test, unless more are asked for


@dataclass(frozen=True)
class Parameters:
    """What a simulated world is made from."""

    customers: int = 2_000
    orders: int = 10_000
    seed: int = 20231231


@dataclass(frozen=True)
class Block:
    """Customers who are drawn together: number of the block, first customer, how many.

    The test was run on the whole shop: on fewer people, its lifts could not be told from chance. Only of the
    customers asked for, purchases and details are handed out.
    """

    number: int
    start: int
    size: int
    handed_out: bool


@dataclass(frozen=True)
class Crowd:
    """The customers of a block, their tastes, and what an order of each is expected to hold."""

    people: pd.DataFrame
    tastes: np.ndarray
    baskets: world_orders.Baskets


@dataclass(frozen=True)
class Past:
    """What a block did before the test: orders long before, and in the last year; who is in which arm of it.

    ``expected`` is what each would order during the test without an offer.
    """

    early: np.ndarray
    year: np.ndarray
    eligible: np.ndarray
    arm: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Plan:
    """What concerns everybody.

    Attributes
    ----------
    pace : float
        Orders per unit of rate and of the seasonal clock.
    strength : numpy.ndarray
        Of each offer, from `world_offers.strengths`.
    left : dict of int to int
        Orders during the test, by block that is handed out: what is left to the number asked for.
    level : float
        That number over its expectation.
    """

    parameters: Parameters
    blocks: tuple[Block, ...]
    pace: float
    strength: np.ndarray
    left: dict[int, int]
    level: float


@dataclass(frozen=True)
class Part:
    """A block of the world, before any dirt.

    Attributes
    ----------
    arm, eligible : numpy.ndarray
        Of each customer, the position in `world_offers.OFFERS`; whether they are in the test.
    expected : dict of str to numpy.ndarray
        Of each outcome of the test and each gender, summed over the people in the test: shape (genders, offers).
    """

    block: Block
    crowd: Crowd
    orders: world_orders.Orders
    lines: world_orders.Lines
    eligible: np.ndarray
    arm: np.ndarray
    expected: dict[str, np.ndarray]


@lru_cache(maxsize=1)
def clocks() -> np.ndarray:
    """Return the seasonal clocks."""
    return world.season_clocks()


@lru_cache(maxsize=1)
def shelves() -> world_orders.Shelves:
    """Return what the shop sells."""
    return world_orders.stock()


@lru_cache(maxsize=2)
def crowd(seed: int, block: Block) -> Crowd:
    """Draw the customers of a block."""
    people = world.draw_people(world.stream(seed, "people", block.number), block.size, clocks())
    tastes = world.draw_tastes(world.stream(seed, "tastes", block.number), block.size)
    return Crowd(people, tastes, world_orders.expect_baskets(people, tastes, shelves()))


def make_plan(parameters: Parameters) -> Plan:
    """Work out what concerns everybody.

    Raises
    ------
    PatronsError
        If there are not more orders than customers: everybody has ordered once, and some again.
    """
    panel, seed = parameters.customers, parameters.seed
    if panel < 10:
        raise PatronsError(f"a world needs at least 10 customers, not {panel}")
    if parameters.orders <= panel:
        raise PatronsError(
            f"{parameters.orders:,} orders are too few for {panel:,} customers: each has ordered once, and some again"
        )
    blocks = _blocks(panel)
    rush = sum(float(_rush(crowd(seed, block).people).sum()) for block in blocks if block.handed_out)
    pace = (parameters.orders - panel) / rush
    # The offers bring more orders: a first try shows how many, so that the rest of the time has its share.
    without = _try_pace(seed, blocks, pace)
    pace *= (parameters.orders - panel) / (without.placed - panel + sum(without.weights.values()))
    tried = _try_pace(seed, blocks, pace)
    # The number of orders asked for is met exactly: a Poisson process given its total is multinomial.
    left = max(parameters.orders - tried.placed, 0)
    weights = np.maximum(list(tried.weights.values()), 1e-9)  # of ten customers, all may be gone before the test
    shared = world.stream(seed, "remainder").multinomial(left, weights / weights.sum())
    shares = {number: int(count) for number, count in zip(tried.weights, shared, strict=True)}
    return Plan(parameters, blocks, pace, tried.strength, shares, max(left, 1) / float(weights.sum()))


@dataclass(frozen=True)
class _Tried:
    """What comes of a pace: how strong the offers are, orders before the test, orders expected in it by block."""

    strength: np.ndarray
    placed: int
    weights: dict[int, float]


def _try_pace(seed: int, blocks: tuple[Block, ...], pace: float) -> _Tried:
    sums = world_offers.Sums(0.0, np.zeros(len(OFFERS)), np.zeros(len(OFFERS)))
    plain, caring, placed = {}, {}, 0
    for block in blocks:
        group, past = crowd(seed, block), draw_past(seed, block, pace)
        inside = past.eligible
        sums += world_offers.add_up(group.people[inside], some(group.baskets, inside), past.expected[inside])
        if block.handed_out:
            placed += int(block.size + past.early.sum() + past.year.sum())
            plain[block.number] = float(past.expected.sum())
            cares = world_offers.care(group.people)[np.arange(block.size), past.arm] * past.expected
            caring[block.number] = np.bincount(past.arm, cares, len(OFFERS))
    strength = world_offers.strengths(sums)
    return _Tried(strength, placed, {number: plain[number] + float(strength @ caring[number]) for number in plain})


def parts(plan: Plan) -> Iterator[Part]:
    """Draw the world, block by block."""
    return (_draw_part(plan, block) for block in plan.blocks)


def draw_past(seed: int, block: Block, pace: float) -> Past:
    """Draw how often a block ordered before the test, and who was then given what in it."""
    people = crowd(seed, block).people
    rng = world.stream(seed, "past", block.number)
    joined, gone = people["joined"].to_numpy(), people["gone"].to_numpy()
    edges = [joined, *_edges(people)]
    early, year, expected = (pace * _rush(people, begin, stop) for begin, stop in pairwise(edges))
    counts = rng.poisson(early), rng.poisson(year)
    fresh = (joined >= BEGIN - world_offers.ELIGIBLE_DAYS) & (joined < BEGIN)
    eligible = (counts[1] > 0) | fresh
    arm = world_offers.assign(world.stream(seed, "arms", block.number), eligible)
    return Past(*counts, eligible, arm, np.where(gone > BEGIN, expected, 0.0))


def _draw_part(plan: Plan, block: Block) -> Part:
    seed = plan.parameters.seed
    group, past = crowd(seed, block), draw_past(seed, block, plan.pace)
    people = group.people
    more = world_offers.more_orders(people, plan.strength)[np.arange(block.size), past.arm]
    rng = world.stream(seed, "orders", block.number)
    chances = past.expected * more
    if block.handed_out:
        chances = chances / chances.sum() if chances.sum() > 0 else np.full(block.size, 1 / block.size)
        tested = rng.multinomial(plan.left[block.number], chances)
    else:
        tested = rng.poisson(plan.level * chances)
    edges = [people["joined"].to_numpy(), *_edges(people)]
    windows = list(zip((past.early, past.year, tested), edges[:-1], edges[1:], strict=True))
    orders = world_orders.draw_orders(rng, clocks(), people, windows, past.arm, BEGIN)
    lines = world_orders.draw_lines(
        world.stream(seed, "lines", block.number), orders, people, group.tastes, shelves(), group.baskets
    )
    inside = past.eligible
    outcomes = world_offers.expect_outcomes(
        people[inside], some(group.baskets, inside), plan.level * past.expected[inside], plan.strength
    )
    gender = people["gender"].to_numpy()[inside]
    expected = {
        name: np.array([outcomes[name][gender == each].sum(axis=0) for each in range(len(world.GENDERS))])
        for name in OUTCOMES
    }
    return Part(block, group, orders, lines, inside, past.arm, expected)


def experiment(part: Part) -> pd.DataFrame:
    """Return what each customer in the test did in it, and what was known of them before; ``who`` is a position."""
    orders, lines, people = part.orders, part.lines, part.crowd.people
    size = part.block.size
    inside = orders.day >= BEGIN
    before = ~inside & (orders.day >= BEGIN - world_offers.ELIGIBLE_DAYS)

    def spent(values: np.ndarray, when: np.ndarray) -> np.ndarray:
        return np.bincount(orders.who[lines.order], values * when[lines.order], size)

    placed, earlier = (np.bincount(orders.who[when], minlength=size) for when in (inside, before))
    table = pd.DataFrame(
        {
            "who": np.arange(size),
            "arm": OFFERS["arm"].to_numpy()[part.arm],
            "gender": np.array(world.GENDERS)[people["gender"]],
            "age_band": np.array(world_offers.AGE_BANDS)[world_offers.age_band(people["age"].to_numpy())],
            "region": np.array(world.REGIONS)[people["region"]],
            "bought_before": np.array(["once", "2 or 3 times", "4 times or more"])[np.searchsorted([1, 3], earlier)],
            "orders_before": earlier,
            "spend_before": np.round(spent(lines.amount, before)) / 100,
            "sales": np.round(spent(lines.amount, inside)) / 100,
            "orders": placed,
            "profit": np.round(spent(lines.profit, inside)) / 100,
            "bought": (placed > 0).astype(int),
        }
    )
    return table[part.eligible].reset_index(drop=True)


def engagement(seed: int, part: Part) -> pd.DataFrame:
    """Return the visits and e-mails of a block, from `world_reach.draw_engagement`."""
    return world_reach.draw_engagement(world.stream(seed, "engagement", part.block.number), part.crowd.people)


def answers(seed: int, part: Part) -> pd.DataFrame:
    """Return who of a block answered which e-mail, from `world_reach.draw_answers`."""
    return world_reach.draw_answers(world.stream(seed, "answers", part.block.number), part.crowd.people)


def campaigns(seed: int) -> pd.DataFrame:
    """Return the campaigns, from `world_reach.draw_campaigns`."""
    return world_reach.draw_campaigns(world.stream(seed, "campaigns"))


def _blocks(panel: int) -> tuple[Block, ...]:
    found: list[Block] = []
    for first, last, handed_out in ((0, panel, True), (panel, max(TESTED, panel), False)):
        for start in range(first, last, BLOCK):
            found.append(Block(len(found), start, min(BLOCK, last - start), handed_out))
    return tuple(found)


def _edges(people: pd.DataFrame) -> list[np.ndarray]:
    """Return where each customer's time is parted: the year before the test, the test, the day they are gone."""
    joined, gone = people["joined"].to_numpy(), people["gone"].to_numpy()
    return [np.clip(edge, joined, gone) for edge in (BEGIN - world_offers.ELIGIBLE_DAYS, BEGIN, gone)]


def _rush(people: pd.DataFrame, begin: np.ndarray | None = None, stop: np.ndarray | None = None) -> np.ndarray:
    """Return each customer's rate times the seasonal time between two days; default the whole of their time."""
    lane = world.off_peak_lane(people["region"].to_numpy())
    low = world.to_clock(clocks(), people["joined"].to_numpy() if begin is None else begin, lane)
    high = world.to_clock(clocks(), people["gone"].to_numpy() if stop is None else stop, lane)
    return people["rate"].to_numpy() * (high - low)


def some(baskets: world_orders.Baskets, which: np.ndarray) -> world_orders.Baskets:
    """Return the baskets of some customers."""
    return replace(baskets, **{name: values[which] for name, values in vars(baskets).items()})
