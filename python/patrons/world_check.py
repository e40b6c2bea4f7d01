"""What an analyst who sees a clean simulated world finds of each planted effect, to be held against its truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import world, world_draw, world_truth
from patrons.source import slug
from patrons.world_offers import CONTROL, OFFERS, OUTCOMES

RESAMPLES = 200  # for the effects that hang on the ranks of customers


@dataclass(frozen=True)
class World:
    """A world in memory, clean: its plan, its parts, and its tables.

    ``sales`` has a row per order of the customers handed out: ``who``, ``day``, ``amount`` (pounds).
    """

    plan: world_draw.Plan
    people: pd.DataFrame
    sales: pd.DataFrame
    items: pd.DataFrame
    experiment: pd.DataFrame
    answers: pd.DataFrame
    campaigns: pd.DataFrame
    truth: dict[str, float]


def draw(parameters: world_draw.Parameters) -> World:
    """Draw a world as a whole."""
    plan = world_draw.make_plan(parameters)
    seed = parameters.seed
    people: list[pd.DataFrame] = []
    sales: list[pd.DataFrame] = []
    items, tests, answered = [], [], []
    expected = {name: np.zeros((len(world.GENDERS), len(OFFERS))) for name in OUTCOMES}
    for part in world_draw.parts(plan):
        tests.append(world_draw.experiment(part))
        for name, totals in part.expected.items():
            expected[name] += totals
        if part.block.handed_out:
            people.append(part.crowd.people)
            answered.append(world_draw.answers(seed, part))
            amount = np.bincount(part.lines.order, part.lines.amount, len(part.orders.who)) / 100
            who, first = part.orders.who + part.block.start, sum(map(len, sales))
            sales.append(pd.DataFrame({"who": who, "day": part.orders.day, "amount": amount}))
            items.append(pd.DataFrame({"order": part.lines.order + first, "item": part.lines.item}))
    experiment = pd.concat(tests, ignore_index=True)
    tested = experiment["gender"].value_counts()[list(world.GENDERS)].to_numpy()
    return World(
        plan,
        pd.concat(people, ignore_index=True),
        pd.concat(sales, ignore_index=True),
        pd.concat(items, ignore_index=True),
        experiment,
        pd.concat(answered, ignore_index=True),
        world_draw.campaigns(seed),
        world_truth.effects(plan, expected, tested),
    )


def estimate(drawn: World) -> pd.DataFrame:
    """Estimate every planted effect.

    Returns
    -------
    pandas.DataFrame
        ``effect``, ``truth``, ``estimate``, ``error`` (standard error, by customer throughout).
    """
    found = _customers(drawn) | _months(drawn) | _test(drawn) | _affinities(drawn)
    answered, women = drawn.answers["response"].to_numpy(), (drawn.people["gender"] == 0).to_numpy()
    found["response.last.women_to_men"] = _over(answered, women, answered, ~women)
    roi = (drawn.campaigns["revenue"] / drawn.campaigns["cost"] - 1).to_numpy()
    found["campaigns.roi_mean"] = float(roi.mean()), float(roi.std(ddof=1) / np.sqrt(len(roi)))
    rows = [(name, truth, *found[name]) for name, truth in drawn.truth.items()]
    return pd.DataFrame(rows, columns=["effect", "truth", "estimate", "error"])


def ratio(top: np.ndarray, bottom: np.ndarray, strata: np.ndarray | None = None) -> tuple[float, float]:
    """Return a ratio of two totals over customers and its error by the delta method, within strata if given."""
    value = top.sum() / bottom.sum()
    parts = (top - value * bottom) / bottom.sum()
    if strata is not None:
        parts = parts - pd.Series(parts).groupby(strata).transform("mean").to_numpy()
    return float(value), float(np.sqrt(len(parts) * parts.var()))


def _over(top: np.ndarray, group: np.ndarray, bottom: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return the mean of one group over that of another, and its error."""
    chosen = top[group], bottom[other]
    value = chosen[0].mean() / chosen[1].mean()
    return float(value), float(value * np.sqrt(sum(each.var() / len(each) / each.mean() ** 2 for each in chosen)))


def _customers(drawn: World) -> dict[str, tuple[float, float]]:
    people = drawn.people
    spent = np.bincount(drawn.sales["who"], drawn.sales["amount"], len(people))
    kind = people["kind"].to_numpy()
    found = {
        f"kinds.{name}.revenue_share": ratio(spent * (kind == index), spent, kind)
        for index, name in enumerate(world.KINDS["kind"])
    }
    rng = world.stream(drawn.plan.parameters.seed, "resamples")
    resampled = pd.DataFrame([world_truth.ranked(rng.choice(spent, len(spent))) for _ in range(RESAMPLES)])
    found |= {name: (value, float(resampled[name].std())) for name, value in world_truth.ranked(spent).items()}
    age = people["age"].between(*world.AGE_SPENDERS).to_numpy()
    rich = (people["income"] > world.INCOME_SPENDERS).to_numpy()
    for name, group in (("age_30_to_45", age), ("income_over_60k", rich)):
        found[f"demographics.{name}.spend_ratio"] = _over(spent, group, spent, ~group)
    return found


def _months(drawn: World) -> dict[str, tuple[float, float]]:
    sales, size = drawn.sales, len(drawn.people)
    edges = (world_truth.MONTH_STARTS - world.START).astype(float)
    month = np.searchsorted(edges, sales["day"].to_numpy(), side="right") - 1
    who, amount = sales["who"].to_numpy(), sales["amount"].to_numpy()
    spent = np.bincount(who, amount, size)
    found = {}
    for calendar in range(12):
        of_month = np.bincount(who, amount * (month % 12 == calendar), size)
        found[f"seasonality.index.{calendar + 1:02d}"] = ratio(of_month, spent / 12)
    offered, others = (np.bincount(who, chosen[month], size) for chosen in world_truth.off_peak_months())
    lane = world.off_peak_lane(drawn.people["region"].to_numpy())
    plain, lifted = (ratio(offered[lane == each], others[lane == each]) for each in (0, 1))
    value = lifted[0] / plain[0]
    error = float(value * np.hypot(plain[1] / plain[0], lifted[1] / lifted[0]))
    found["seasonality.off_peak.orders_ratio"] = value, error
    return found


def _test(drawn: World) -> dict[str, tuple[float, float]]:
    """Compare arms as a textbook does: Welch, the delta method for ratios."""
    table, found = drawn.experiment, {}
    control = table[table["arm"] == CONTROL]
    for arm in OFFERS["arm"][1:]:
        treated, name = table[table["arm"] == arm], slug(arm)
        for outcome in OUTCOMES:
            found[f"experiment.{outcome}.{name}.lift"] = _difference(treated[outcome], control[outcome])
        columns = [group["sales"].to_numpy() for group in (treated, control)]
        value, error = _over(columns[0], np.ones(len(columns[0]), bool), columns[1], np.ones(len(columns[1]), bool))
        found[f"experiment.sales.{name}.lift_pct"] = value - 1, error
        ratios = [ratio(group["profit"].to_numpy(), group["orders"].to_numpy()) for group in (treated, control)]
        found[f"experiment.profit_per_order.{name}.lift"] = (
            ratios[0][0] - ratios[1][0],
            float(np.hypot(ratios[0][1], ratios[1][1])),
        )
        for gender in world.GENDERS:
            groups = (group.loc[group["gender"] == gender, "sales"] for group in (treated, control))
            found[f"experiment.sales.{name}.{gender}.lift"] = _difference(*groups)
    return found


def _difference(treated: pd.Series, control: pd.Series) -> tuple[float, float]:
    groups = treated.to_numpy(dtype=float), control.to_numpy(dtype=float)
    error = np.sqrt(sum(values.var(ddof=1) / len(values) for values in groups))
    return float(groups[0].mean() - groups[1].mean()), float(error)


def _affinities(drawn: World) -> dict[str, tuple[float, float]]:
    shelves, size = world_draw.shelves(), len(drawn.people)
    who = drawn.sales["who"].to_numpy()
    found = {}
    for first, second, _ in shelves.pairs:
        has = np.zeros((2, len(who)))
        for row, item in enumerate((first, second)):
            has[row, drawn.items.loc[drawn.items["item"] == item, "order"]] = 1
        counts = [np.bincount(who, values, size) for values in (has[0] * has[1], has[0], has[1], np.ones(len(who)))]
        both, one, other, orders = (values.sum() for values in counts)
        value = both * orders / (one * other) if both else 0.0
        # The logarithm of the lift is a sum of logarithms of totals, whose errors are those of the customers.
        totals = np.array([max(both, 1.0), one, other, orders])
        parts = np.array([1, -1, -1, 1]) @ (np.array(counts) / totals[:, None])
        names = [slug(shelves.table["product"].iloc[item]) for item in (first, second)]
        found[f"affinity.{'.'.join(names)}.lift"] = value, float(value * np.sqrt(np.sum(parts**2)))
    return found
