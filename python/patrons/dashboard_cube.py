"""The dashboard's dimensions, and a row per order with its place in them, in the engine."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow.parquet as pq

from patrons import paths, rfm
from patrons.features import day_number, month_number, second_number, total, with_customer
from patrons.shop import Shop
from patrons.source import slug

#: A dimension has at most so many values; the rest are one.
MOST = 8
OTHER, UNKNOWN = "Other", "Not known"
#: Days between an order and the one before it, and what the dashboard calls them.
BINS = ("first order", "up to 30 days", "31–90 days", "91–180 days", "181–365 days", "over 365 days")
EDGES = (30, 90, 180, 365)
DIMENSIONS = ("segment", "region", "channel")


@dataclass(frozen=True)
class Dimension:
    """A filter of the dashboard: `keys` as in the JSON, `labels` for people, in the order of the page."""

    name: str
    keys: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Cube:
    """What slices are counted from.

    Attributes
    ----------
    dimensions
        Those that the source has, among segment, region, channel.
    customers
        `customer_id`, and the place of each customer in `segment` and `region`.
    orders
        In the engine, a row per customer and order: `customer_id`; the place in each dimension; `month`, `quarter`,
        `year` (numbers that count up); `bin` (place in `BINS`); `first` (1 for a customer's first order);
        `first_month`; `entry` (place in `channel` of the customer's first order); `revenue`.
    first_month, last_month
        Numbers: months since the year 0.
    """

    dimensions: tuple[Dimension, ...]
    customers: pd.DataFrame
    orders: ir.Table
    first_month: int
    last_month: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(item.name for item in self.dimensions)


def build(shop: Shop) -> Cube:
    """Place customers and orders in the dimensions that a source with transactions has."""
    people, dimensions = customers(shop)
    rows = with_customer(shop.transactions)
    columns = {"ordered_at": rows.ordered_at.min(), "revenue": total(rows.amount)}
    if "channel" in rows.columns:
        columns["channel_name"] = rows.channel.min()
    placed = rows.group_by("customer_id", "order_id").agg(**columns)
    if "channel" in rows.columns:
        counted = placed.group_by("channel_name").agg(orders=placed.count()).to_pyarrow().to_pandas()
        names = counted.set_index("channel_name")["orders"].rename_axis(None)
        channel, code = levels("channel", names)
        if len(channel.keys) > 1:
            dimensions = (*dimensions, channel)
            other = code.get(None, 0)
            cases = [
                (placed.channel_name == name, ibis.literal(place)) for name, place in code.items() if name is not None
            ]
            placed = placed.mutate(channel=ibis.cases(*cases, else_=ibis.literal(other)).cast("int64"))
    frame = ibis.memtable(people)
    placed = placed.join(frame, "customer_id")
    orders = _kept(shop, _timed(placed, tuple(item.name for item in dimensions)))
    ends = orders.aggregate(low=orders.month.min(), high=orders.month.max()).to_pyarrow().to_pylist()[0]
    return Cube(dimensions, people, orders, int(ends["low"]), int(ends["high"]))


def _kept(shop: Shop, orders: ir.Table) -> ir.Table:
    """Write the orders to a file and read them from it: they are counted in dozens of ways."""
    file = paths.built(shop.source.key) / "features" / "dashboard-orders.parquet"
    with paths.replacing(file) as part:
        pq.write_table(orders.to_pyarrow(), part, compression="zstd")
    return shop.engine.read_parquet(file, table_name="dashboard_orders")


def _timed(placed: ir.Table, names: tuple[str, ...]) -> ir.Table:
    """Say when each order was, and how long after the one before it."""
    placed = placed.mutate(
        second=second_number(placed.ordered_at),
        day=day_number(placed.ordered_at),
        month=month_number(placed.ordered_at),
    )
    own = ibis.window(group_by="customer_id", order_by=["second", "order_id"])
    placed = placed.mutate(place=ibis.row_number().over(own), before=placed.day.lag().over(own))
    gap = placed.day - placed.before
    late = [(gap <= edge, ibis.literal(place + 1)) for place, edge in enumerate(EDGES)]
    placed = placed.mutate(
        first=(placed.place == 0).cast("int64"),
        bin=ibis.cases((placed.place == 0, ibis.literal(0)), *late, else_=ibis.literal(len(EDGES) + 1)).cast("int64"),
        quarter=(placed.month / 3).floor().cast("int64"),
        year=(placed.month / 12).floor().cast("int64"),
        first_month=placed.month.min().over(ibis.window(group_by="customer_id")),
    )
    if "channel" in names:
        placed = placed.mutate(
            entry=placed.channel.max(where=placed["first"] == 1).over(ibis.window(group_by="customer_id"))
        )
    entry = ("entry",) if "channel" in names else ()
    return placed.select(
        "customer_id", *names, *entry, "month", "quarter", "year", "bin", "first", "first_month", "revenue"
    )


def customers(shop: Shop) -> tuple[pd.DataFrame, tuple[Dimension, ...]]:
    """Place customers in their segments and regions.

    A customer's region is that of the table of customers; where it does not say, that of most of their orders.

    Returns
    -------
    DataFrame
        `customer_id`, and for each dimension the place in it.
    tuple of Dimension
        Segment; region, if there are two or more.
    """
    scores = rfm.score(rfm.measured(shop).customers, shop.analysis.rfm.bins)
    people = scores.customers[["customer_id"]].copy()
    names, titles = scores.segments.names, scores.segments.titles
    segment = Dimension("segment", tuple(names), tuple(titles[name] for name in names))
    people["segment"] = pd.Categorical(scores.customers["segment"], categories=list(names)).codes.astype("int64")
    where = regions(shop)
    dimensions: tuple[Dimension, ...] = (segment,)
    if where is not None:
        own = people["customer_id"].map(where)
        counts = own.value_counts()
        if own.isna().any():
            counts = pd.concat([counts, pd.Series({None: int(own.isna().sum())})])
        region, code = levels("region", counts)
        if len(region.keys) > 1:
            dimensions = (segment, region)
            people["region"] = [code[None if pd.isna(name) else name] for name in own]
    return people.reset_index(drop=True), dimensions


def regions(shop: Shop) -> pd.Series | None:
    """Return each customer's region by customer_id, or None where no table says."""
    found = None
    if shop.has("transactions") and shop.has_column("transactions", "region"):
        rows = with_customer(shop.transactions)
        rows = rows.filter(rows.region.notnull())
        counted = rows.group_by("customer_id", "region").agg(orders=rows.order_id.nunique()).to_pyarrow().to_pandas()
        counted = counted.sort_values(["customer_id", "orders", "region"], ascending=[True, False, True])
        found = counted.drop_duplicates("customer_id").set_index("customer_id")["region"]
    if shop.has("customers") and "region" in shop.customers:
        own = shop.customers.dropna(subset=["region"]).drop_duplicates("customer_id").set_index("customer_id")["region"]
        found = own if found is None else own.combine_first(found)
    return None if found is None or found.empty else found.astype(str)


def levels(name: str, counts: pd.Series) -> tuple[Dimension, dict[str | None, int]]:
    """Turn the values of a column into those of a filter.

    The largest are kept, the others become one. What is not known belongs to the others too, or to the smallest value
    where all have a place of their own: a filter for it would show little, and hide much of the rest.

    Parameters
    ----------
    counts
        How often each value occurs; None among its index: not known.

    Returns
    -------
    Dimension
    dict
        Value, or None → place.
    """
    known = counts[[item is not None and item == item for item in counts.index]]
    names = sorted(known.index, key=lambda item: (-int(known[item]), str(item)))
    kept = names if len(names) <= MOST else names[: MOST - 1]
    labels = [str(item) for item in kept] + ([OTHER] if len(names) > MOST else [])
    code: dict[str | None, int] = {item: place for place, item in enumerate(kept)}
    code |= {item: len(kept) for item in names[len(kept) :]}
    keys: list[str] = []
    for label in labels:
        keys.append(slug(label) if slug(label) not in keys else f"{slug(label)}_{len(keys)}")
    if len(known) < len(counts):
        code[None] = max(len(labels) - 1, 0)
        labels[-1:] = [f"{labels[-1]}, or not known"] if labels else [UNKNOWN]
        keys = keys or [slug(UNKNOWN)]
    return Dimension(name, tuple(keys), tuple(labels)), code
