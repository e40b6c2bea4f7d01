"""Outcomes that groups were not made from: the other half of the orders, what came later, what else is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd

from patrons import clusters, features
from patrons.clusters import Clustering
from patrons.clusters_study import LEAST
from patrons.errors import PatronsError
from patrons.features import SECONDS
from patrons.shop import Shop

YEAR = 365.25
#: What came later is looked at over a quarter of the time observed, but not over more than a year.
LATER, MOST_DAYS = 0.25, 365
#: Who has been a customer for less time has no rate worth the name.
LEAST_DAYS = 90
#: More customers than this are sampled before their orders are thinned.
MOST = 20_000
#: Columns of the table of customers that may serve as outcomes, besides the offers answered.
OTHERS = ("web_visits", "age", "income", "children")


@dataclass(frozen=True)
class Apart:
    """Groups, and outcomes that they were not made from.

    Attributes
    ----------
    clustering
        How the groups were made.
    table
        A row per customer: `group` and the outcomes, without anybody's name.
    outcomes
        Column → title, the most telling first.
    units
        Column → unit as in `facts.Fact`.
    start, end
        The time over which outcomes were observed, where they have one.
    left_out
        Customers who could not be compared.
    """

    clustering: Clustering
    table: pd.DataFrame
    outcomes: dict[str, str]
    units: dict[str, str | None]
    start: datetime | None = None
    end: datetime | None = None
    left_out: int = 0


def halve(orders: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Toss a coin for each order but a customer's first, which always is in the first half.

    Were all customers alike, so that their orders after the first came at random at one rate (a Poisson process), the
    two halves of a customer's orders would be independent: thinning.

    Parameters
    ----------
    orders
        `customer_id` and `ordered_at`, sorted by both.
    rng
        Tosses.

    Returns
    -------
    ndarray of bool
        Whether an order is in the first half.

    References
    ----------
    Neufeld, A., Dharamshi, A., Gao, L. L. and Witten, D. (2024). Data thinning for convolution-closed distributions.
    *Journal of Machine Learning Research* 25(57), 1–35.
    """
    first = ~orders.duplicated("customer_id").to_numpy()
    return first | (rng.random(len(orders)) < 0.5)


def halves(shop: Shop, found: Clustering, rng: np.random.Generator) -> Apart | None:
    """Make groups from one half of each customer's orders and look at the other half.

    Returns
    -------
    Apart or None
        Outcomes: revenue and orders a year in the other half, of those who have been customers for `LEAST_DAYS`. None
        where the features are others than orders have.
    """
    who = shop.customer_features
    who = who[who["tenure"] >= LEAST_DAYS] if "tenure" in who else who.iloc[:0]
    if not shop.has("transactions") or not set(found.features) <= set(who.select_dtypes("number")):
        return None
    chosen = who if len(who) <= MOST else who.iloc[np.sort(rng.choice(len(who), MOST, replace=False))]
    placed = features.orders(shop.transactions)
    if len(chosen) < len(who):
        placed = placed.semi_join(ibis.memtable(chosen[["customer_id"]]), "customer_id")
    orders = placed.order_by("customer_id", "ordered_at", "order_id").to_pandas()
    orders = orders[orders["customer_id"].isin(chosen["customer_id"])].reset_index(drop=True)
    first = halve(orders, rng)
    known = summed(orders[first], shop.reference_date)
    clustering = _again(known, found, rng)
    if clustering is None:
        return None
    other = orders[~first].groupby("customer_id")["revenue"].agg(orders="size", revenue="sum")
    table = clustering.customers[["customer_id", "segment"]].merge(other, on="customer_id", how="left").fillna(0.0)
    years = table["customer_id"].map(chosen.set_index("customer_id")["tenure"]) / YEAR
    rates = pd.DataFrame(
        {"group": table["segment"], "revenue": table["revenue"] / years, "orders": table["orders"] / years}
    ).round(6)  # so that the same rate is the same number, and ties are ties in every language
    titles = {"revenue": "Revenue a year, other half", "orders": "Orders a year, other half"}
    left = len(found.customers) - len(rates)
    return Apart(clustering, rates, titles, {"revenue": "money", "orders": "orders"}, left_out=max(left, 0))


def summed(orders: pd.DataFrame, reference_date: datetime) -> pd.DataFrame:
    """Compute from orders what `features.customer_features` computes from transactions.

    Parameters
    ----------
    orders
        `customer_id`, `ordered_at`, `revenue`.
    reference_date
        "Today".
    """
    grouped = orders.groupby("customer_id").agg(
        frequency=("revenue", "size"),
        monetary=("revenue", "sum"),
        first_order=("ordered_at", "min"),
        last_order=("ordered_at", "max"),
    )
    for name, moment in (("recency", "last_order"), ("tenure", "first_order")):
        elapsed = pd.Timestamp(reference_date) - grouped[moment]
        grouped[name] = np.floor(elapsed.dt.total_seconds() / SECONDS).clip(lower=0)
    grouped["average_order_value"] = grouped["monetary"] / grouped["frequency"]
    return grouped.reset_index()


def later(shop: Shop, found: Clustering, rng: np.random.Generator) -> Apart | None:
    """Make groups from what was known at a moment and look at what came after it.

    Returns
    -------
    Apart or None
        Outcomes: revenue and orders from the moment to the reference date, zero for those who never came back. None
        where there are no orders, too short a time, or features that are not known as of a moment.
    """
    if not shop.has("transactions"):
        return None
    end = shop.reference_date
    span = (end - shop.customer_features["first_order"].min()).days
    days = int(min(MOST_DAYS, LATER * span))
    if days < 1:
        return None
    cut = (end - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    known = shop.features_at(cut)
    if not set(found.features) <= set(known.select_dtypes("number")):
        return None
    clustering = _again(known, found, rng)
    if clustering is None:
        return None
    table = clustering.customers[["customer_id", "segment"]].merge(shop.outcomes(cut), on="customer_id", how="left")
    table = pd.DataFrame({"group": table["segment"], **{key: table[key].fillna(0.0) for key in ("revenue", "orders")}})
    titles = {"revenue": "Revenue afterwards", "orders": "Orders afterwards"}
    return Apart(
        clustering, table.astype({"revenue": float, "orders": float}), titles, {"revenue": "money", "orders": "orders"},
        cut, end, len(shop.customer_features) - len(table),
    )  # fmt: skip


def otherwise(shop: Shop, found: Clustering) -> Apart | None:
    """Look at what else the table of customers says: offers answered, visits, age and the like.

    Returns
    -------
    Apart or None
        None where it says nothing that the groups were not made from.
    """
    if not shop.has("customers") or "customer_id" not in found.customers:
        return None
    people = shop.customers
    answers = [name for name in people if str(name).startswith("response_")]
    outcomes = pd.DataFrame({"customer_id": people["customer_id"]})
    titles: dict[str, str] = {}
    units: dict[str, str | None] = {}
    if answers:
        outcomes["answers"] = people[answers].astype(float).sum(axis=1, skipna=False)
        titles["answers"], units["answers"] = f"Offers answered, of {len(answers)}", None
    if "birth_year" in people and "age" not in people and "birth_year" not in found.features:
        outcomes["birth_year"] = people["birth_year"].astype(float)
        titles["birth_year"], units["birth_year"] = "Year of birth", None
    for name in OTHERS:
        if name in people and name not in found.features:
            outcomes[name] = people[name].astype(float)
            titles[name] = name.replace("_", " ").capitalize()
            units[name] = "money" if name == "income" else None
    titles = {key: title for key, title in titles.items() if outcomes[key].nunique() > 1}
    if not titles:
        return None
    table = found.customers[["customer_id", "segment"]].merge(outcomes, on="customer_id", how="left")
    table = table.rename(columns={"segment": "group"})[["group", *titles]]
    return Apart(found, table, titles, {key: units[key] for key in titles})


def _again(known: pd.DataFrame, found: Clustering, rng: np.random.Generator) -> Clustering | None:
    """Cluster other features of the same kind into as many groups, where that is possible."""
    steps = found.pipeline.named_steps
    transform: clusters.Transform = "none" if steps["transform"].func is None else "log"
    scale: clusters.Scale = "none" if steps["scale"] == "passthrough" else "standard"
    if len(known) < LEAST:
        return None
    try:
        return clusters.cluster(known, found.features, transform, scale, found.k, rng)
    except PatronsError:  # fewer different customers than groups
        return None
