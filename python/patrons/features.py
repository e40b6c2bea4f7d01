"""What a customer's purchases say about them, computed in the engine from the transactions.

Only rows with a customer count here. From these tables on, everything fits into memory.
"""

from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir


def with_customer(transactions: ir.Table) -> ir.Table:
    """Return the rows that say who bought."""
    return transactions.filter(transactions.customer_id.notnull())


def customer_features(transactions: ir.Table, reference_date: datetime) -> ir.Table:
    r"""Compute recency, frequency, monetary value and their kin for each customer.

    Parameters
    ----------
    transactions
        Rows with customer_id, order_id, ordered_at, amount.
    reference_date
        "Today".

    Returns
    -------
    ibis.Table
        One row per customer, in order of customer_id:

        - ``recency``: whole days from the last order to `reference_date`,
          :math:`\\lfloor \\text{reference} - \\max t \\rfloor`; an order of the reference day itself has 0;
        - ``frequency``: number of orders;
        - ``monetary``: sum of amount;
        - ``average_order_value``: monetary / frequency;
        - ``first_order``, ``last_order``: times;
        - ``tenure``: whole days from the first order to `reference_date`.

    References
    ----------
    Hughes, A. M. (2005). *Strategic Database Marketing*, 3rd ed., ch. 6: recency, frequency, monetary.
    """
    rows = with_customer(transactions)
    grouped = rows.group_by("customer_id").agg(
        frequency=rows.order_id.nunique(),
        monetary=rows.amount.sum(),
        first_order=rows.ordered_at.min(),
        last_order=rows.ordered_at.max(),
    )
    return (
        grouped.mutate(
            recency=_whole_days(grouped.last_order, reference_date),
            tenure=_whole_days(grouped.first_order, reference_date),
            average_order_value=grouped.monetary / grouped.frequency,
        )
        .select(
            "customer_id",
            "recency",
            "frequency",
            "monetary",
            "average_order_value",
            "first_order",
            "last_order",
            "tenure",
        )
        .order_by("customer_id")
    )


def _whole_days(moment: ir.TimestampValue, reference_date: datetime) -> ir.IntegerValue:
    """Return the whole days from a moment to the reference date, none being less than zero."""
    elapsed = ibis.timestamp(reference_date).delta(moment, unit="microsecond")
    days = (elapsed / 86_400_000_000).floor().cast("int64")
    return ibis.greatest(days, 0)


def totals(transactions: ir.Table) -> dict[str, Any]:
    """Count what is sold to customers: customers, orders, products (where known) and revenue.

    ``first_order`` and ``last_order`` are over all rows: an order counts as such whoever placed it.
    """
    rows = with_customer(transactions)
    measures = {
        "customers": rows.customer_id.nunique(),
        "orders": rows.order_id.nunique(),
        "revenue": rows.amount.sum(),
    }
    if "product" in rows.columns:
        measures["products"] = rows["product"].nunique()
    times = transactions.agg(first_order=transactions.ordered_at.min(), last_order=transactions.ordered_at.max())
    return {**rows.agg(**measures).to_pyarrow().to_pylist()[0], **times.to_pyarrow().to_pylist()[0]}
