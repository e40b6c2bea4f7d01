"""What was tried and what is foretold, for the dashboard: campaigns, the randomised test, predicted conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from patrons import campaigns as campaign_numbers
from patrons import experiment, response, response_data
from patrons.dashboard_cube import Dimension
from patrons.design import Design
from patrons.disclosure import hide_table, with_margins
from patrons.experiment_moments import arm_codes, column, moments
from patrons.experiment_tests import Z, compare_cells
from patrons.facts import show

if TYPE_CHECKING:
    from patrons.shop import Shop

Part = tuple[Any, list[str], list[str]]
#: How often a model is fitted again to customers drawn anew; a forest takes its time.
REFITS = {"logistic": 60}
FEWER_REFITS = 15
EVERYBODY = "*"
ALONE = (
    "Intervals of the test by segment and region are each taken alone: with so many, some say too much. The chapter on "
    "the test corrects for that."
)


def campaigns(shop: Shop, people: pd.DataFrame | None, dimensions: tuple[Dimension, ...], smallest: int) -> Part:
    """Sum up campaigns by channel, audience and quarter. They are about no customer in particular."""
    if not shop.has("campaigns"):
        return None, [], ["Campaign performance needs a table `campaigns` in source.yml."]
    frame = campaign_numbers.read(shop)
    dated = bool(frame["started_at"].notna().all())
    frame["quarter"] = [f"{moment.year}-Q{moment.quarter}" for moment in frame["started_at"]] if dated else None
    numbers = [*campaign_numbers.COUNTS, *campaign_numbers.MONEY]
    keys = ["channel", "segment", "quarter"]
    table = frame.groupby(keys, sort=True, dropna=False)[numbers].sum(min_count=1).reset_index()
    rows = [
        {
            "channel": row["channel"],
            "segment": row["segment"],
            "quarter": row["quarter"] if dated else None,
            **{name: _number(row[name]) for name in numbers},
        }
        for row in table.to_dict("records")
    ]
    note = "Channels and audiences of campaigns are lists of their own: the filters of orders do not apply to them" + (
        ", the dates do." if dated else "."
    )
    return rows, ["dates"] if dated else [], [note]


def test(shop: Shop, people: pd.DataFrame | None, dimensions: tuple[Dimension, ...], smallest: int) -> Part:
    """Compare each arm with control on the primary outcome: all, and by segment and region where they are known."""
    if not shop.has("experiment"):
        return None, [], ["Test results need a table `experiment` in source.yml."]
    plan, frame = shop.design, shop.experiment
    if not plan.outcomes:
        return None, [], ["The test names no outcome: add `outcomes: {spend: money}` to `experiment` in source.yml."]
    outcome = experiment.primary(plan)
    names = [item for item in dimensions if item.name in ("segment", "region")]
    joined = frame[["arm", outcome]].assign(**dict.fromkeys((item.name for item in names), -1))
    if people is not None and "customer_id" in frame:
        known = people.drop_duplicates("customer_id").set_index("customer_id")
        for item in names:
            joined[item.name] = frame["customer_id"].map(known[item.name]).fillna(-1).astype(int)
    names = [item for item in names if (joined[item.name] >= 0).any()]
    groups: list[tuple[str, str, np.ndarray]] = [(EVERYBODY, EVERYBODY, np.ones(len(joined), dtype=bool))]
    for item in names:
        for place, key in enumerate(item.keys):
            inside = (joined[item.name] == place).to_numpy(dtype=bool)
            groups.append((key, EVERYBODY, inside) if item.name == "segment" else (EVERYBODY, key, inside))
    if len(names) == 2:
        for first, segment in enumerate(names[0].keys):
            for second, region in enumerate(names[1].keys):
                both = (joined[names[0].name] == first) & (joined[names[1].name] == second)
                groups.append((segment, region, both.to_numpy(dtype=bool)))
    hidden = _hidden_arms(joined, plan, names, smallest)
    rows = []
    for segment, region, inside in groups:
        places = {"segment": segment, "region": region}
        at = tuple(item.keys.index(places[item.name]) if places[item.name] != EVERYBODY else -1 for item in names)
        rows += _compared(joined[inside], plan, outcome, segment, region, hidden[at] if names else hidden)
    known_share = float((joined[names[0].name] >= 0).mean()) if names else 0.0
    notes = [ALONE] if names else []
    if names and known_share < 1:
        notes.append(
            f"Segments and regions are known of {show(known_share, 'share', 0)} of the people in the test: those who "
            "are customers. The others count under All."
        )
    content = {
        "outcome": outcome.replace("_", " "),
        "unit": plan.outcomes[outcome],
        "control": plan.control,
        "rows": rows,
        "assigned": _quarter(frame),
    }
    return content, [item.name for item in names], notes


def _compared(
    part: pd.DataFrame, plan: Design, outcome: str, segment: str, region: str, hidden: np.ndarray
) -> list[dict[str, Any]]:
    cells = moments(column(part, outcome), arm_codes(part, plan), len(plan.arms))
    rows = []
    for place in range(1, len(plan.arms)):
        n, base = int(cells.n[place]), int(cells.n[0])
        row: dict[str, Any] = {"segment": segment, "region": region, "arm": plan.arms[place], "label": plan.arms[place]}
        row |= dict.fromkeys(("n", "n_control", "mean", "control_mean", "lift", "low", "high"))
        row |= dict.fromkeys(("lift_pct", "low_pct", "high_pct"))
        if min(n, base) and not hidden[0] and not hidden[place]:
            found = compare_cells(plan.outcomes[outcome], cells[:1], cells[place : place + 1])
            row |= {
                "n": n,
                "n_control": base,
                "mean": _number(cells.mean[place]),
                "control_mean": _number(cells.mean[0]),
            }
            row |= {name: _number(found[name][0]) for name in ("lift", "low", "high")}
            row |= {
                short: _number(100 * found[name][0])
                for short, name in (("lift_pct", "lift_pct"), ("low_pct", "pct_low"), ("high_pct", "pct_high"))
            }
        rows.append(row)
    return rows


def _hidden_arms(joined: pd.DataFrame, plan: Design, names: list[Dimension], smallest: int) -> np.ndarray:
    """Choose the groups whose arms are hidden.

    People of whom a segment or region is not known have a place of their own before the sums, as they can be had by
    subtraction.

    Returns
    -------
    ndarray
        (segments + 2, regions + 2, arms), True where hidden; the last place on an axis holds the sum.
    """
    shape = tuple(len(item.keys) + 1 for item in names)
    arm = arm_codes(joined, plan)
    outcome = joined[experiment.primary(plan)].notna().to_numpy()
    parts = []
    for place in range(len(plan.arms)):
        inside = (arm == place) & outcome
        cells = np.zeros(shape, dtype=np.int64)
        # −1, not known, is the last place before the sums are added.
        np.add.at(
            cells, tuple(joined.loc[inside, item.name].to_numpy() for item in names), 1 if names else inside.sum()
        )
        parts.append(hide_table(with_margins(cells), smallest) if names else cells < smallest)
    return np.stack(parts, axis=-1)


def predicted(shop: Shop, people: pd.DataFrame | None, dimensions: tuple[Dimension, ...], smallest: int) -> Part:
    """Average the chance to convert of each segment and region: to answer the next campaign, else to stay."""
    when = response_data.periods(shop) if shop.has("transactions") else None
    if not (shop.has("transactions") or shop.has("customers")) or people is None:
        return None, [], ["Predicted conversion needs to know how customers bought: add `transactions` to source.yml."]
    for question in response.QUESTIONS:
        examples, _ = response.gather(shop, question, when)
        if examples is not None:
            break
    else:
        return None, [], ["Predicted conversion needs at least two campaigns' answers, or a year of orders."]
    final = response.final_model(shop, question)
    today = response.today(shop, question)
    draws = chances(final, examples[1], today[[*final.columns]], shop.rng("dashboard.predicted"))
    if question == "leaves":
        draws = (1 - draws[0], 1 - draws[1])
    known = people.set_index("customer_id").reindex(today.index)
    names = [item for item in dimensions if item.name in ("segment", "region")]
    everybody = np.zeros([len(item.keys) for item in names], dtype=np.int64)
    np.add.at(everybody, tuple(people[item.name].to_numpy() for item in names), 1)
    what, who = "answer the next campaign", ""
    if question == "leaves":
        what, who = f"order again within {final.days} days", ", of those who ordered lately"
    rows = [
        row | {"what": what, "who": who} for row in _averages(known, names, with_margins(everybody), *draws, smallest)
    ]
    note = (
        f"Predicted conversion is the mean chance of customers to {what}{who}. Its interval covers what the model "
        "might have learned from other customers and who happens to do so; it does not cover a future that differs "
        "from the past."
    )
    return rows, [item.name for item in names], [note]


def chances(
    final: response.Final, examples: response_data.Examples, today: pd.DataFrame, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Foretell with the model, and with the same fitted to customers drawn anew.

    Returns
    -------
    ndarray
        (customers), chances.
    ndarray
        (refits, customers), chances.
    """
    features, outcome = examples.features[[*final.columns]], examples.outcome.to_numpy()
    best = final.steps.predict_proba(today)[:, 1]
    again = np.empty((REFITS.get(final.model, FEWER_REFITS), len(today)))
    with threadpool_limits(1):
        for row in range(len(again)):
            drawn = rng.integers(0, len(outcome), len(outcome))
            steps = clone(final.steps).fit(features.iloc[drawn], outcome[drawn])
            again[row] = steps.predict_proba(today)[:, 1]
    return best, again


def _averages(
    known: pd.DataFrame,
    names: list[Dimension],
    sizes: np.ndarray,
    best: np.ndarray,
    again: np.ndarray,
    smallest: int,
) -> list[dict[str, Any]]:
    codes = {item.name: known[item.name].fillna(-1).to_numpy(dtype=int) for item in names}
    hidden = _hidden_groups(codes, names, sizes, smallest)
    keys = {item.name: (*item.keys, EVERYBODY) for item in names}
    rows = []
    for segment in sorted(keys.get("segment", (EVERYBODY,)), key=EVERYBODY.__ne__):
        for region in sorted(keys.get("region", (EVERYBODY,)), key=EVERYBODY.__ne__):
            inside, places = np.ones(len(best), dtype=bool), []
            for name, key in (("segment", segment), ("region", region)):
                if key != EVERYBODY:
                    inside &= codes[name] == keys[name].index(key)
                if name in keys:
                    places.append(-1 if key == EVERYBODY else keys[name].index(key))
            row: dict[str, Any] = {"segment": segment, "region": region, "n": None}
            row |= dict.fromkeys(("probability", "low", "high"))
            n = int(inside.sum())
            if n and not hidden[tuple(places)]:
                value, error = best[inside].mean(), np.sqrt(_variance(best[inside], again[:, inside]))
                low, high = max(value - Z * error, 0.0), min(value + Z * error, 1.0)
                row |= {"n": n, "probability": _number(value), "low": _number(low), "high": _number(high)}
            rows.append(row)
    return rows


def _variance(best: np.ndarray, again: np.ndarray) -> float:
    r"""Return the variance of the share of a group that will do it.

    .. math:: \mathrm{Var}_b\Bigl(\frac{1}{n}\sum_i p_{ib}\Bigr) + \frac{1}{n^2} \sum_i p_i (1 - p_i)

    What the model might have learned from other customers, and what chance makes of the chances themselves.
    """
    return float(again.mean(axis=1).var(ddof=1) + (best * (1 - best)).sum() / len(best) ** 2)


def _hidden_groups(
    codes: dict[str, np.ndarray], names: list[Dimension], sizes: np.ndarray, smallest: int
) -> np.ndarray:
    """Choose the groups that are hidden: of too few, or of all but a few of those whose number is shown.

    Returns
    -------
    ndarray
        An axis per dimension; the last place holds the sum.
    """
    n = np.zeros([len(item.keys) + 1 for item in names], dtype=np.int64)
    np.add.at(n, tuple(codes[item.name] for item in names), 1)
    # Nobody's segment is unknown; without a segment of their own they would be in the last place.
    n = with_margins(n[tuple(slice(None, -1) for _ in names)])
    rest = sizes - n
    small = ((n > 0) & (n < smallest)) | ((rest > 0) & (rest < smallest))
    return hide_table(n, smallest, small=small)


def _quarter(frame: pd.DataFrame) -> str | None:
    if "assigned_at" not in frame or frame["assigned_at"].isna().all():
        return None
    first = pd.Timestamp(frame["assigned_at"].min())
    return f"{first.year}-Q{first.quarter}"


def _number(value: Any) -> float | int | None:
    """Round to four digits behind the point; None where it is not known."""
    if value is None or not np.isfinite(value):
        return None
    value = round(float(value), 4)
    return int(value) if value.is_integer() else value
