"""What customers had bought by a moment, and what their next order held: what suggestions learn from and are judged on.

Orders are reduced in the engine; what comes out of it is as long as there are customers and things they bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse

from patrons.features import with_customer
from patrons.features_items import MOST_ITEMS


@dataclass(frozen=True)
class History:
    """What was bought before a moment.

    Attributes
    ----------
    items
        Names of categories or products, those in most orders first.
    customers
        Who bought any of them, in order of their ids.
    counts
        (customers, items), in how many orders of a customer an item was.
    together
        (items, items), in how many orders two items were both; 0 on the diagonal.
    """

    items: tuple[str, ...]
    customers: pd.Index
    counts: sparse.csr_array
    together: np.ndarray

    @property
    def popularity(self) -> np.ndarray:
        """Share of each item in all that was bought, each item of an order once."""
        sums = np.asarray(self.counts.sum(axis=0), dtype=float).ravel()
        return sums / sums.sum()


def baskets(transactions: ir.Table, by: str) -> ir.Table:
    """Reduce lines to the distinct items of each order of a customer.

    Parameters
    ----------
    transactions
        Rows with customer_id, order_id, ordered_at and the column `by`.
    by
        ``category`` or ``product``.

    Returns
    -------
    ibis.Table
        ``customer_id``, ``order_id``, ``item``, ``placed`` (time of the first line of the order, whatever it held).
    """
    rows = with_customer(transactions)
    held = rows.group_by("customer_id", "order_id", item=rows[by].cast("string")).agg(first=rows.ordered_at.min())
    placed = held["first"].min().over(ibis.window(group_by=["customer_id", "order_id"]))
    known = held.mutate(placed=placed).drop("first")
    return known.filter(known.item.notnull())


def history(bought: ir.Table, moment: datetime, most: int = MOST_ITEMS) -> History:
    """Count what was bought in orders placed before a moment.

    Parameters
    ----------
    bought
        From `baskets`.
    moment
        Nothing that was ordered at it or later counts.
    most
        How many items are told apart, those in most orders.
    """
    held = bought.filter(bought.placed < moment)
    totals = held.group_by("item").agg(orders=held.count())
    names = _frame(totals.order_by(ibis.desc("orders"), "item").limit(most))["item"].tolist()
    chosen = held.filter(held.item.isin(names)) if names else held.limit(0)
    cells = _frame(chosen.group_by("customer_id", "item").agg(orders=chosen.count()))
    who = pd.Categorical(cells["customer_id"])
    what = pd.Categorical(cells["item"], categories=names)
    shape = (len(who.categories), len(names))
    counts = sparse.coo_array((cells["orders"].to_numpy(dtype=float), (who.codes, what.codes)), shape=shape)
    other = chosen.view()
    both = chosen.join(other, [chosen.order_id == other.order_id, chosen.customer_id == other.customer_id])
    both = both.select(a=chosen.item, b=other.item)
    both = both.filter(both.a < both.b)
    pairs = _frame(both.group_by("a", "b").agg(orders=both.count()))
    together = np.zeros((len(names), len(names)))
    places = {name: place for place, name in enumerate(names)}
    a, b = (pairs[name].map(places).to_numpy(dtype=int) for name in "ab")
    together[a, b] = together[b, a] = pairs["orders"].to_numpy(dtype=float)
    return History(tuple(names), pd.Index(who.categories), counts.tocsr(), together)


def next_orders(bought: ir.Table, start: datetime, end: datetime) -> pd.DataFrame:
    """Return what the first order of each customer within a period held.

    Parameters
    ----------
    bought
        From `baskets`.
    start, end
        The period, without its end.

    Returns
    -------
    DataFrame
        ``customer_id``, ``item``: a row per item, in order of both.
    """
    held = bought.filter((bought.placed >= start) & (bought.placed < end))
    first = ibis.window(group_by="customer_id", order_by=["placed", "order_id"])
    ranked = held.mutate(place=ibis.dense_rank().over(first))
    return _frame(ranked.filter(ranked.place == 0).select("customer_id", "item")).sort_values(
        ["customer_id", "item"], ignore_index=True
    )


def held(orders: pd.DataFrame, customers: pd.Index, items: tuple[str, ...]) -> np.ndarray:
    """Lay out the items of the next orders as a matrix of customers and items, true where one was bought.

    Items that are not told apart have no column: no suggestion can hit them.
    """
    found = np.zeros((len(customers), len(items)), dtype=bool)
    row = customers.get_indexer(pd.Index(orders["customer_id"]))
    column = pd.Index(items).get_indexer(pd.Index(orders["item"]))
    known = (row >= 0) & (column >= 0)
    found[row[known], column[known]] = True
    return found


def _frame(table: ir.Table) -> pd.DataFrame:
    return table.to_pyarrow().to_pandas()
