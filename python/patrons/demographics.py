"""Who the customers are and what they do: a row per customer with groups on one side and outcomes on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from patrons import demographics_groups as groups
from patrons.demographics_groups import Factor
from patrons.explore import DAYS_A_YEAR
from patrons.stop import ChapterStop

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from patrons.shop import Shop

#: What a table of customers can say about people, and what the chapter calls it, in the order of the pages.
TITLES = {
    "age": "Age",
    "income": "Income",
    "gender": "Gender",
    "education": "Education",
    "marital_status": "Marital status",
    "family": "Children and teenagers",
    "region": "Region",
}
#: Days within which a second order counts as a return, where customers were watched for so long.
RETURN_DAYS = 365
#: Nobody who is recorded as younger or older is taken at their word.
AGES = (11, 110)


@dataclass(frozen=True)
class Outcome:
    """Something that customers do.

    Attributes
    ----------
    name, title
        Column, and what the chapter calls it.
    kind
        ``money``, ``number``, ``share`` (a number from 0 to 1) or ``binary``.
    """

    name: str
    title: str
    kind: str


@dataclass(frozen=True)
class People:
    """Customers with their groups and outcomes.

    Attributes
    ----------
    table
        A row per customer: ``customer_id``; a column per factor (categories in the order in which they are shown;
        missing where it is not known); one per outcome; and, as far as known, ``age``, ``income`` and ``revenue`` (all
        that was ever spent).
    factors, outcomes
        What the columns are.
    strangers
        Buyers of whom the table of customers knows nothing; they are not in `table`.
    constant
        Titles of factors and outcomes in which all customers are alike: these are left out.
    return_days
        Days within which a second order counts as a return; None where the source has no dates of orders.
    """

    table: pd.DataFrame
    factors: tuple[Factor, ...]
    outcomes: tuple[Outcome, ...]
    strangers: int = 0
    constant: tuple[str, ...] = ()
    return_days: int | None = None

    def outcome(self, name: str) -> Outcome | None:
        """Return an outcome by its name, if the source has it."""
        return next((item for item in self.outcomes if item.name == name), None)

    def unknown(self) -> pd.Series:
        """Count the customers of whom each factor is not known."""
        return self.table[[item.name for item in self.factors]].isna().sum()


def gather(shop: Shop) -> People:
    """Put together what a source says of its customers.

    Values that cleaning filled in count as not known: a median age belongs to nobody.

    Raises
    ------
    ChapterStop
        The source has no customers, says nothing about them that could group them, or nothing that they did.
    """
    shop.require("customers")
    customers = known_only(shop.customers).sort_values("customer_id", ignore_index=True)
    features = shop.customer_features
    table = pd.DataFrame({"customer_id": customers["customer_id"]})
    smallest = shop.analysis.privacy.smallest_group
    raw = describe_people(customers, shop.source.settings.reference_date)
    for name in ("age", "income"):
        if name in raw:
            table[name] = raw[name]
    factors, alike = [], []
    for name, values in groups.banded(raw, shop.currency).items():
        column = groups.settle(values, smallest)
        if len(column.cat.categories) < 2:
            alike.append(TITLES[name])
            continue
        factor = Factor(f"{name}_group", TITLES[name], tuple(column.cat.categories), bool(column.cat.ordered))
        factors.append(factor)
        table[factor.name] = column
    if not factors:
        raise ChapterStop(
            f"This chapter needs to know who the customers are, which *{shop.name}* does not say. Add to `customers:` "
            "in source.yml, under `columns:`, some of `age: …`, `gender: …`, `income: …`, `education: …`, `region: …`."
        )
    days = return_window(features) if shop.has("transactions") else None
    found = from_orders(shop, days) if days is not None else from_customers(shop, features)
    did, outcomes = found
    did = did.set_index("customer_id").reindex(table["customer_id"]).reset_index(drop=True)
    if shop.has("transactions"):  # who never bought spent nothing
        buys = [name for name in ("revenue", "spend", "orders") if name in did]
        did[buys] = did[buys].fillna(0.0)
    table = pd.concat([table, did], axis=1)
    answers, asked = responses(customers, shop)
    table = pd.concat([table, answers], axis=1)
    kept = []
    for item in (*outcomes, *asked):
        if table[item.name].nunique() > 1:
            kept.append(item)
        else:
            alike.append(item.title)
    if not kept:
        raise ChapterStop(
            f"This chapter needs to know what the customers did, which *{shop.name}* does not say. Add a table "
            "`transactions`, or to `customers:` in source.yml `spend: {…}`, `orders: {…}` or `responses: {…}`."
        )
    strangers = int((~features["customer_id"].isin(table["customer_id"])).sum()) if len(features) else 0
    return People(table, tuple(factors), tuple(kept), strangers, tuple(alike), days)


def known_only(customers: pd.DataFrame) -> pd.DataFrame:
    """Take back what cleaning filled in for missing values; its marks say where."""
    found = customers.copy()
    for mark in [name for name in found if str(name).endswith("_imputed")]:
        column = str(mark).removesuffix("_imputed")
        if column in found:
            found[column] = found[column].where(~found[mark].astype(bool))
    return found


def describe_people(customers: pd.DataFrame, today: datetime | None) -> pd.DataFrame:
    """Return what is known of people under the names of `TITLES`, as far as the source maps it.

    Age in whole years, from the year of birth where there is no age; impossible ones (`AGES`) are not known. Family is
    the number of children and teenagers at home.
    """
    found = pd.DataFrame(index=customers.index)
    if "age" in customers:
        found["age"] = np.floor(customers["age"].astype(float))
    elif "birth_year" in customers and today is not None:
        found["age"] = today.year - customers["birth_year"].astype(float)
    if "age" in found:
        found["age"] = found["age"].where(found["age"].between(*AGES))
    if "income" in customers:
        found["income"] = customers["income"].astype(float)
    for name in ("gender", "education", "marital_status"):
        if name in customers:
            found[name] = customers[name].astype(object)
    at_home = [name for name in ("children", "teenagers") if name in customers]
    if at_home:
        found["family"] = customers[at_home].astype(float).sum(axis=1, skipna=False)
    if "region" in customers:
        found["region"] = customers["region"].astype(object)
    return found


def return_window(features: pd.DataFrame) -> int:
    """Return the days within which a second order counts: a year, or what half of the customers were watched for."""
    half = float(features["tenure"].median()) if len(features) else RETURN_DAYS
    return int(max(1, min(RETURN_DAYS, half)))


def from_orders(shop: Shop, days: int) -> tuple[pd.DataFrame, list[Outcome]]:
    r"""Return what each customer's orders come to.

    A year is counted from the first order to the day of reference and is at least one, as in the first look:
    :math:`\text{spend} = \text{revenue} / \max(1, \text{tenure in days} / 365.25)`. Whether somebody came back is
    only known of customers whose first order is at least `days` ago.
    """
    features = shop.customer_features
    years = (features["tenure"] / DAYS_A_YEAR).clip(lower=1)
    first_gap = shop.gaps.groupby("customer_id", observed=True)["gap"].first()
    waited = features["customer_id"].astype(object).map(first_gap)
    found = pd.DataFrame(
        {
            "customer_id": features["customer_id"],
            "revenue": features["monetary"].astype(float),
            # Rounded, so that equal rates are equal: 1 in 3 and 2 in 6 share a rank in any language.
            "spend": (features["monetary"] / years).round(9),
            "orders": (features["frequency"] / years).round(9),
            "returned": (waited <= days).astype(float).where(features["tenure"] >= days),
        }
    )
    outcomes = [
        Outcome("spend", "Spend a year", "money"),
        Outcome("orders", "Orders a year", "number"),
        Outcome("returned", f"Ordered again within {_span(days)}", "binary"),
    ]
    if shop.has_column("transactions", "discount"):
        shares = discounted(shop.transactions).to_pyarrow().to_pandas()
        found["discounted"] = found["customer_id"].map(shares.set_index("customer_id")["share"])
        outcomes.append(Outcome("discounted", "Orders bought with a discount", "share"))
    return found, outcomes


def discounted(transactions: ir.Table) -> ir.Table:
    """Return the share of each customer's orders in which anything was discounted: ``customer_id``, ``share``."""
    from patrons import features

    rows = features.with_customer(transactions)
    by_order = rows.group_by("customer_id", "order_id").agg(cut=(rows.discount > 0).cast("int64").max())
    return by_order.group_by("customer_id").agg(share=by_order.cut.cast("float64").mean()).order_by("customer_id")


def from_customers(shop: Shop, features: pd.DataFrame) -> tuple[pd.DataFrame, list[Outcome]]:
    """Return what the table of customers says that they did, where there are no orders."""
    found, outcomes = pd.DataFrame({"customer_id": features["customer_id"]}), []
    if "monetary" in features:
        found["spend"] = found["revenue"] = features["monetary"].astype(float)
        outcomes.append(Outcome("spend", "Spend", "money"))
    if "frequency" in features:
        found["orders"] = features["frequency"].astype(float)
        outcomes.append(Outcome("orders", "Orders", "number"))
    if "recency" in features:
        days = shop.analysis.churn_after_days
        found["returned"] = (features["recency"] <= days).astype(float).where(features["recency"].notna())
        outcomes.append(Outcome("returned", f"Ordered in the last {days} days", "binary"))
    known = {"customer_id", "monetary", "frequency", "recency", "average_order_value", "tenure"}
    for name in [str(item) for item in features if item not in known]:
        found[f"own_{name}"] = features[name].astype(float)
        outcomes.append(Outcome(f"own_{name}", _words(name), "number"))
    return found, outcomes


def responses(customers: pd.DataFrame, shop: Shop) -> tuple[pd.DataFrame, list[Outcome]]:
    """Return who answered the last campaign, and who any of them."""
    mapped: Mapping[str, str] = getattr(shop.source.tables.get("customers"), "responses", None) or {}
    names = [name for name in mapped if f"response_{name}" in customers]
    if not names:
        return pd.DataFrame(index=customers.index), []
    last = "last" if "last" in names else names[-1]
    of_last = "the last campaign" if last == "last" else f"{_words(last)[0].lower()}{_words(last)[1:]}"
    given = customers[[f"response_{name}" for name in names]].astype(float)
    found = pd.DataFrame({"answered": given[f"response_{last}"]})
    outcomes = [Outcome("answered", f"Answered {of_last}", "binary")]
    if len(names) > 1:
        found["answered_any"] = given.max(axis=1, skipna=False)
        outcomes.append(Outcome("answered_any", f"Answered any of {len(names)} campaigns", "binary"))
    return found, outcomes


def _span(days: int) -> str:
    return "a year" if days == RETURN_DAYS else f"{days} days"


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]
