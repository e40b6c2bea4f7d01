"""What was known of each customer at a moment, and what they did after it: the examples that models learn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from patrons.settings import Customers

if TYPE_CHECKING:
    from patrons.shop import Shop

YEAR = 365
#: An outcome is awaited for so many days, or for a quarter of the record where that is shorter.
LONGEST = 180
SHORTEST = 14
#: Who ordered nothing for so many such periods has left already; to know that takes no model.
PERIODS_SILENT = 2
#: Visits and e-mails are those of the last so many whole months.
MONTHS = 6
PEOPLE_NUMBERS = ("age", "income", "children", "teenagers")
PEOPLE_GROUPS = ("gender", "education", "marital_status", "region")
#: Traits by which it may be unlawful to choose.
PROTECTED = ("age", "gender", "marital_status")


@dataclass(frozen=True)
class Periods:
    """When features end and outcomes begin.

    Attributes
    ----------
    days
        Length of the time in which the outcome is awaited.
    past, present
        Cut-offs: models learn from features as of `past` and are judged on features as of `present`.
    end
        Of the outcomes of `present`.
    """

    days: int
    past: datetime
    present: datetime
    end: datetime

    @property
    def same_season(self) -> bool:
        """Whether the outcomes of both cut-offs fall into the same season."""
        return (self.present - self.past).days == YEAR


@dataclass(frozen=True)
class Examples:
    """Customers with what was known of them at a moment, and what they did after it.

    Attributes
    ----------
    features
        By customer_id: numbers, and texts in columns of objects.
    outcome
        0 or 1.
    """

    features: pd.DataFrame
    outcome: pd.Series

    @property
    def events(self) -> int:
        """How many did it."""
        return int(self.outcome.sum())


def periods(shop: Shop) -> Periods | None:
    """Choose the cut-offs: the later one awaits its outcome until today, the earlier one a year before it.

    Where the record has no year before that, the earlier one's outcomes end where the later one's begin.

    Returns
    -------
    Periods or None
        None where too little time was observed.
    """
    if not shop.has("transactions") or not len(shop.customer_features):
        return None
    end, first = shop.reference_date, pd.Timestamp(shop.customer_features["first_order"].min())
    record = (pd.Timestamp(end) - first).days
    days = min(LONGEST, record // 4)
    if days < SHORTEST:
        return None
    present = end - timedelta(days=days)
    yearly = record >= 2 * YEAR + days
    return Periods(days, present - timedelta(days=YEAR if yearly else days), present, end)


def features(shop: Shop, moment: datetime | None = None, answers: int | None = None) -> pd.DataFrame:
    """Return what is known of each customer at a moment, and of nothing after it.

    Parameters
    ----------
    shop
        The source.
    moment
        What was sold, sent and visited before it counts; customers without an order before it are no rows. Without
        transactions the table of customers is taken as it is.
    answers
        The first so many campaigns' answers count as known; none unless said, for they have no dates.

    Returns
    -------
    DataFrame
        Index customer_id, in its order. Numbers: from orders ``recency``, ``frequency``, ``average_order_value``,
        ``tenure``, ``pace`` (mean days between orders, missing after one), ``orders_last_year``; from visits and
        e-mails of the last `MONTHS` whole months ``visits_a_month``, ``share_opened``, ``share_clicked``; who they
        are (`PEOPLE_NUMBERS`); ``answered_before`` (share of the earlier campaigns), ``answered_latest``. Texts:
        `PEOPLE_GROUPS`. Columns that the source lacks are left out; values that cleaning filled in are missing.
    """
    dated = shop.has("transactions")
    known = _bought(shop, cast(datetime, moment)) if dated else _summed_up(shop)
    if dated and shop.has("engagement"):
        known = known.join(_engaged(shop, cast(datetime, moment)))
    if shop.has("customers"):
        known = known.join(traits(_by_customer(shop.customers), moment or shop.source.settings.reference_date))
        names = responses(shop)[:answers] if answers else []
        if names:
            given = _by_customer(shop.customers)[[f"response_{name}" for name in names]].astype(float)
            known["answered_before"] = given.mean(axis=1)
            known["answered_latest"] = given.iloc[:, -1]
    return known.sort_index()


def _bought(shop: Shop, moment: datetime) -> pd.DataFrame:
    recent = shop.outcomes(moment - timedelta(days=YEAR), moment)
    return behaviour(shop.features_at(moment), recent)


def behaviour(found: pd.DataFrame, recent: pd.DataFrame) -> pd.DataFrame:
    """Say how customers have bought, by customer_id: from their features, and their `outcomes` of the last year."""
    found = found.astype({"customer_id": object}).set_index("customer_id")
    known = found[["recency", "frequency", "average_order_value", "tenure"]].astype(float)
    again = found["frequency"] > 1
    between = (pd.to_datetime(found["last_order"]) - pd.to_datetime(found["first_order"])).dt.total_seconds() / 86_400
    known["pace"] = (between / (found["frequency"] - 1).where(again)).astype(float)
    lately = recent.astype({"customer_id": object}).set_index("customer_id")["orders"]
    known["orders_last_year"] = lately.reindex(known.index).fillna(0).astype(float)
    return known


def _summed_up(shop: Shop) -> pd.DataFrame:
    """Take behaviour from a table of customers, with the shares of each category and channel but the largest."""
    table = cast(Customers, shop.source.tables["customers"])
    known = shop.customer_features.set_index("customer_id").astype(float).drop(columns="monetary", errors="ignore")
    people = _by_customer(shop.customers)
    for parts in shares(people, table):
        known = known.join(parts.drop(columns=parts.mean().idxmax()))
    if "web_visits" in people:
        known["visits_a_month"] = people["web_visits"].astype(float)
    return known


def shares(people: pd.DataFrame, table: Customers) -> list[pd.DataFrame]:
    """Return how customers part their spend among categories, and their orders among channels, where there are more."""
    found = []
    for prefix, names in (("spend", table.spend), ("orders", table.orders)):
        parts = people[[column for name in names if (column := f"{prefix}_{name}") in people]]
        if parts.shape[1] == len(names) > 1:
            parts = parts.div(parts.sum(axis=1).where(lambda total: total > 0), axis=0)
            found.append(parts.set_axis([f"share_of_{prefix}_{name}" for name in names], axis=1))
    return found


def _engaged(shop: Shop, moment: datetime) -> pd.DataFrame:
    """Sum up the visits and e-mails of the last whole months before a moment."""
    until = pd.Timestamp(moment).to_period("M").to_timestamp()
    rows = shop.engagement[(shop.engagement["month"] < until)]
    rows = rows[rows["month"] >= until - pd.DateOffset(months=MONTHS)]
    grouped = rows.astype({"customer_id": object}).groupby("customer_id")
    known = pd.DataFrame(index=grouped.size().index)
    if "web_visits" in rows:
        known["visits_a_month"] = grouped["web_visits"].mean()
    for name, part, whole in (("opened", "emails_opened", "emails_sent"), ("clicked", "emails_clicked", "emails_sent")):
        if {part, whole} <= set(rows):
            sums = grouped[[part, whole]].sum()
            known[f"share_{name}"] = sums[part] / sums[whole].where(sums[whole] > 0)
    return known


def traits(people: pd.DataFrame, moment: datetime | None) -> pd.DataFrame:
    """Say who customers are, from rows of the table of customers; values that cleaning filled in are missing."""
    if "age" not in people and "birth_year" in people and moment is not None:
        people = people.assign(age=moment.year - people["birth_year"])
    chosen = [name for name in (*PEOPLE_NUMBERS, *PEOPLE_GROUPS) if name in people]
    known = people[chosen].copy()
    for name in chosen:
        if f"{name}_imputed" in people:  # a median age is nobody's age
            known[name] = known[name].mask(people[f"{name}_imputed"].to_numpy(dtype=bool))
    for name in set(chosen) & set(PEOPLE_NUMBERS):
        known[name] = known[name].astype(float)
    for name in set(chosen) & set(PEOPLE_GROUPS):  # one way to be missing, whatever the file's
        known[name] = known[name].astype(object).where(known[name].notna(), np.nan)
    return known


def _by_customer(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.astype({"customer_id": object}).drop_duplicates("customer_id").set_index("customer_id")


def responses(shop: Shop) -> list[str]:
    """Return the campaigns whose answers the source has, in its order, `last` at the end."""
    if not shop.has("customers"):
        return []
    named = cast(Customers, shop.source.tables["customers"]).responses
    return sorted(named, key=lambda name: name == "last")


def leaving(shop: Shop, when: Periods, moment: datetime) -> Examples:
    """Ask who of those who ordered lately orders nothing in the days after a moment."""
    known = features(shop, moment)
    known = known[known["recency"] <= PERIODS_SILENT * when.days]
    after = shop.outcomes(moment, moment + timedelta(days=when.days))
    stayed = known.index.isin(after["customer_id"].astype(object))
    return Examples(known, pd.Series((~stayed).astype(float), index=known.index))


def answering(shop: Shop, campaign: int, moment: datetime | None) -> Examples:
    """Ask who answers a campaign, by its place in `responses`, from what was known at a moment."""
    known = features(shop, moment, answers=campaign)
    name = f"response_{responses(shop)[campaign]}"
    answer = _by_customer(shop.customers)[name].astype(float).reindex(known.index)
    return Examples(known[answer.notna()], answer.dropna())
