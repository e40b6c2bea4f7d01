"""What is bought: spend by category, channel or product, and what is bought together."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from patrons.features import total

#: The most frequent items that pairs are formed of; with products in the thousands, the rest are too rare to tell.
MOST_ITEMS = 500


def spend_by(transactions: ir.Table, by: str) -> ir.Table:
    """Sum up what is sold by category, channel, region or product.

    All kept rows count, with or without a customer.

    Returns
    -------
    ibis.Table
        One row per value of `by` (null where it is not known), most revenue first: `by`, ``customers`` (distinct,
        known), ``orders`` (in which it occurs), ``lines``, ``revenue``, and ``profit`` where the source has it.
    """
    measures: dict[str, Any] = {
        "customers": transactions.customer_id.nunique(),
        "orders": transactions.order_id.nunique(),
        "lines": transactions.count(),
        "revenue": total(transactions.amount),
    }
    if "profit" in transactions.columns:
        measures["profit"] = total(transactions.profit)
    return transactions.group_by(by).agg(**measures).order_by(ibis.desc("revenue"), ibis.asc(by, nulls_first=False))


def pairs(transactions: ir.Table, by: str, least: int = 1, most: int = MOST_ITEMS) -> pd.DataFrame:
    r"""Count which items are bought together in an order.

    With :math:`n` orders that hold a known item, :math:`n_a` with item a, :math:`n_{ab}` with both.

    Parameters
    ----------
    transactions
        Rows with order_id and the column `by`; all kept rows count, with or without a customer.
    by
        ``category`` or ``product``.
    least
        Pairs in fewer orders are left out.
    most
        Pairs are formed of so many items, those in most orders.

    Returns
    -------
    DataFrame
        One row per pair (a before b by alphabet), highest lift first: ``a``, ``b``, ``orders`` (:math:`n_{ab}`),
        ``orders_a``, ``orders_b``, ``orders_all`` (:math:`n`), ``support`` (:math:`n_{ab} / n`),
        ``confidence_ab`` (:math:`n_{ab} / n_a`: share of the orders with a that also have b), ``confidence_ba``,
        ``lift`` (:math:`n_{ab} n / (n_a n_b)`; 1 where the two have nothing to do with each other). Pairs of frequent
        items that were never bought together are rows too if `least` is 0.

    References
    ----------
    Agrawal, R., Imieliński, T. and Swami, A. (1993). Mining association rules between sets of items in large
    databases. *SIGMOD* 22(2), 207–216.
    """
    known = transactions.filter(transactions[by].notnull())
    baskets = known.select("order_id", item=known[by]).distinct()
    whole = int(baskets.order_id.nunique().to_pyarrow().as_py() or 0)
    counted = baskets.group_by("item").agg(orders=baskets.count())
    frequent = counted.filter(counted.orders >= least).order_by(ibis.desc("orders"), "item").limit(most)
    single = frequent.to_pyarrow().to_pandas().set_index("item")["orders"]
    chosen = baskets.filter(baskets.item.isin(sorted(single.index))) if len(single) else baskets.limit(0)
    other = chosen.view()
    both = chosen.join(other, [chosen.order_id == other.order_id, chosen.item < other.item])
    both = both.select(a=chosen.item, b=other.item)
    together = both.group_by("a", "b").agg(orders=both.count()).to_pyarrow().to_pandas()
    if least == 0:
        items = sorted(single.index)
        every = pd.MultiIndex.from_tuples(
            [(a, b) for place, a in enumerate(items) for b in items[place + 1 :]], names=["a", "b"]
        )
        together = together.set_index(["a", "b"]).reindex(every).fillna(0).astype("int64").reset_index()
    table = together[together["orders"] >= least].copy()
    table["orders_a"] = table["a"].map(single).astype("int64")
    table["orders_b"] = table["b"].map(single).astype("int64")
    table["orders_all"] = whole
    table["support"] = table["orders"] / whole
    table["confidence_ab"] = table["orders"] / table["orders_a"]
    table["confidence_ba"] = table["orders"] / table["orders_b"]
    table["lift"] = table["orders"] * whole / (table["orders_a"] * table["orders_b"])
    return table.sort_values(["lift", "orders", "a", "b"], ascending=[False, False, True, True], ignore_index=True)
