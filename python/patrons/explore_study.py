"""The whole first look at a shop: what its tables allow, computed once for chapter and facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from patrons import explore, explore_baskets, explore_rhythm, explore_value, masks, sales
from patrons.double import Agreement, agreement, worst
from patrons.features_items import MOST_ITEMS
from patrons.shop import Shop

PAIRED = {"product": "Products", "category": "Categories"}


@dataclass(frozen=True)
class Pairs:
    """What is bought together, on one level.

    Attributes
    ----------
    tested
        Every pair that was listed, with its test.
    shown
        Those to show, with their intervals.
    tests
        How many pairs could be formed.
    """

    tested: pd.DataFrame
    shown: pd.DataFrame
    tests: int


@dataclass(frozen=True)
class Study:
    """A first look at customers and orders; None where a source lacks what is needed.

    Attributes
    ----------
    measured, summary, correlations, outliers
        The key numbers of each customer, how they spread, go together and stand out.
    frequency
        Orders of each customer.
    value
        How unevenly revenue is spread.
    categories, channels
        How totals divide; `channel_measure` says which total ("revenue" or "orders").
    gaps, waiting
        Times between orders.
    weeks, weekly_mean, trend
        Orders week by week.
    pairs
        By `product` and `category`, as far as there are such columns.
    """

    measured: explore.Measured
    summary: pd.DataFrame
    correlations: pd.DataFrame
    outliers: pd.DataFrame
    frequency: pd.Series | None = None
    value: explore_value.Concentration | None = None
    categories: pd.DataFrame | None = None
    channels: pd.DataFrame | None = None
    channel_measure: str = "revenue"
    gaps: pd.DataFrame | None = None
    waiting: explore_rhythm.Waiting | None = None
    weeks: pd.DataFrame | None = None
    weekly_mean: explore_value.Estimate | None = None
    trend: pd.DataFrame = field(default_factory=pd.DataFrame)
    pairs: Mapping[str, Pairs] = field(default_factory=dict)

    def shown_weeks(self, smallest: int) -> pd.DataFrame | None:
        """Return `weeks` with `shown`: the orders, missing in weeks of too few customers and where they would tell."""
        if self.weeks is None:
            return None
        return self.weeks.assign(shown=sales.public(self.weeks, smallest)["orders"])

    def listed(self) -> pd.DataFrame:
        """Return the pairs to show of all levels below each other, with their `level`."""
        parts = [found.shown.assign(level=PAIRED[by]) for by, found in self.pairs.items() if len(found.shown)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def pairs_agreement(self, in_r: Callable[[pd.DataFrame, int], pd.DataFrame]) -> Agreement:
        """Compare the tests of all listed pairs with those of R."""
        columns = ["lift", "p", "p_holm"]
        return worst(
            agreement(item.tested, in_r(item.tested, item.tests), ["a", "b"], columns)
            for item in self.pairs.values()
            if len(item.tested)
        )


def look(shop: Shop) -> Study:
    """Take a first look at a shop.

    Raises
    ------
    ChapterStop
        The source has neither transactions nor customers.
    """
    measured = explore.measure(shop)
    features, smallest = shop.customer_features, shop.analysis.privacy.smallest_group
    masks.need(len(features), smallest)
    categories, _ = _parts(shop, "category", len(features))
    channels, channel_measure = _parts(shop, "channel", len(features))
    people = Study(
        measured=measured,
        summary=explore.summarise(measured),
        correlations=explore.correlate(measured),
        outliers=explore.flag(measured),
        frequency=features.get("frequency"),
        categories=categories,
        channels=channels,
        channel_measure=channel_measure,
    )
    if "monetary" in features and features["monetary"].sum() > 0:
        spread = explore_value.concentrate(features["monetary"], shop.rng("explore.value"), smallest)
        people = replace(people, value=spread)
    if not shop.has("transactions"):
        return people
    gaps = explore_rhythm.times(shop.gaps, features, shop.reference_date)
    weeks = shop.series("week")
    return replace(
        people,
        gaps=gaps,
        waiting=explore_rhythm.wait(gaps, shop.rng("explore.gaps")),
        weeks=weeks,
        weekly_mean=explore_rhythm.weekly_mean(weeks),
        trend=explore_rhythm.weekly_trend(weeks),
        pairs={by: _pairs(shop, by) for by in PAIRED if shop.has_column("transactions", by)},
    )


def _parts(shop: Shop, by: str, customers: int) -> tuple[pd.DataFrame | None, str]:
    """Divide revenue (or orders, where a table of customers counts only those) among categories or channels."""
    if not _says(shop, by):
        return None, "revenue"
    spend = shop.customer_spend(by)
    value = "revenue" if "revenue" in spend else "orders"
    wide = explore_baskets.widen(spend, by, value, customers)
    found = explore_baskets.divide(wide, shop.rng(f"explore.{by}"), shop.analysis.privacy.smallest_group)
    return (found if len(found) else None), value


def _says(shop: Shop, by: str) -> bool:
    if shop.has("transactions"):
        return shop.has_column("transactions", by)
    prefix = "spend_" if by == "category" else "orders_"
    return any(str(name).startswith(prefix) for name in shop.customers)


def _pairs(shop: Shop, by: str) -> Pairs:
    smallest = shop.analysis.privacy.smallest_group
    listed = shop.pairs(by)
    items = shop.spend_by(by).dropna(subset=[by])
    tests = explore_baskets.family(min(int((items["orders"] >= smallest).sum()), MOST_ITEMS))
    tested = explore_baskets.associate(listed, tests)
    shown = explore_baskets.strongest(tested, most=6)
    shown = explore_baskets.bound(shown, explore_baskets.count_by_customer(shop.transactions, by, shown))
    return Pairs(tested, shown[shown["customers"] >= smallest].reset_index(drop=True), tests)
