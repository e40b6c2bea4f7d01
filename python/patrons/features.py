"""What a customer's purchases say about them, computed in the engine from the transactions.

Only rows with a customer count here. Every expression is plain Ibis, so that any engine can run it: times are
taken apart into whole days since 1970-01-01, which all engines know how to count. Sums are rounded to a millionth,
so that they do not depend on the order in which an engine's threads add.
"""

from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

#: Days in each unit of time; a month is a twelfth of 365.25 days.
UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
SECONDS = 86_400
CENT = 6  # decimals of a sum
EPOCH = date(1970, 1, 1)


def with_customer(transactions: ir.Table) -> ir.Table:
    """Return the rows that say who bought."""
    return transactions.filter(transactions.customer_id.notnull())


def second_number(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Return a moment's second, as whole seconds since 1970-01-01; engines disagree on how to round what is left."""
    return moment.truncate("s").epoch_seconds()


def day_number(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Return the calendar day of a moment, as whole days since 1970-01-01."""
    return (second_number(moment) / SECONDS).floor().cast("int64")


def month_number(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Return the calendar month of a moment, as whole months since the year 0."""
    return moment.year().cast("int64") * 12 + moment.month() - 1


def total(amounts: ir.FloatingValue, **options: Any) -> ir.FloatingValue:
    """Sum up money, to a millionth."""
    return amounts.sum(**options).round(CENT)


def orders(transactions: ir.Table) -> ir.Table:
    """Reduce lines to orders of customers.

    Returns
    -------
    ibis.Table
        One row per customer and order: ``customer_id``, ``order_id``, ``ordered_at`` (time of its first line),
        ``revenue`` (sum of amount), ``lines``.
    """
    rows = with_customer(transactions)
    return rows.group_by("customer_id", "order_id").agg(
        ordered_at=rows.ordered_at.min(), revenue=total(rows.amount), lines=rows.count()
    )


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
          :math:`\lfloor \text{reference} - \max t \rfloor`; an order of the reference day itself has 0;
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
        monetary=total(rows.amount),
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


def clv_statistics(transactions: ir.Table, time_unit: str, calibration_end: date) -> ir.Table:
    r"""Compute what models of customer lifetime value need to know of each customer.

    Orders of one customer on one day are one purchase. The calendar days of purchases are
    :math:`d_1 < d_2 < … < d_k` up to the end of calibration :math:`e`, and :math:`u` is the length of `time_unit` in
    days.

    Parameters
    ----------
    transactions
        Rows with customer_id, ordered_at, amount.
    time_unit
        ``day``, ``week`` or ``month`` (a twelfth of 365.25 days).
    calibration_end
        Its last day.

    Returns
    -------
    ibis.Table
        One row per customer whose first order is not after `calibration_end`, in order of customer_id:

        - ``x``: repeat purchases, :math:`k - 1`;
        - ``t_x``: time of the last of them, :math:`(d_k - d_1) / u`; 0 where there is none;
        - ``T``: time under observation, :math:`(e - d_1) / u`;
        - ``m_x``: mean money of a repeat purchase (of a day); null where there is none;
        - ``x_holdout``: purchases after `calibration_end`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way. *Marketing Science*
    24(2), 275–284: x, t_x, T. Fader and Hardie (2013), *The Gamma-Gamma model of monetary value*: m_x.
    """
    unit = UNIT_DAYS[time_unit]
    end = (calibration_end - EPOCH).days
    rows = with_customer(transactions)
    rows = rows.mutate(day=day_number(rows.ordered_at))
    days = rows.group_by("customer_id", "day").agg(revenue=total(rows.amount))
    days = days.mutate(first=days.day.min().over(ibis.window(group_by="customer_id")))
    seen = days.filter(days["first"] <= end)
    repeat = (seen.day <= end) & (seen.day > seen["first"])
    grouped = seen.group_by("customer_id", "first").agg(
        x=repeat.cast("int64").sum(),
        last=seen.day.max(where=seen.day <= end),
        money=total(seen.revenue, where=repeat),
        x_holdout=(seen.day > end).cast("int64").sum(),
    )
    return grouped.select(
        "customer_id",
        "x",
        t_x=_divided(grouped["last"] - grouped["first"], unit),
        T=_divided(ibis.literal(end) - grouped["first"], unit),
        m_x=(grouped.x > 0).ifelse(grouped.money / grouped.x, ibis.null("float64")),
        x_holdout=grouped.x_holdout,
    ).order_by("customer_id")


def before(transactions: ir.Table, moment: datetime) -> ir.Table:
    """Return the rows that were known at a moment: those of lines sold before it."""
    return transactions.filter(transactions.ordered_at < moment)


def outcomes(transactions: ir.Table, start: datetime, end: datetime) -> ir.Table:
    """Sum up what each customer did in a period; features as of its start may be judged by it.

    Parameters
    ----------
    transactions
        Rows with customer_id, order_id, ordered_at, amount.
    start, end
        The period, without its end.

    Returns
    -------
    ibis.Table
        One row per customer with an order in the period, in order of customer_id: ``customer_id``, ``orders`` (first
        placed in it), ``revenue`` (of those orders), ``first_order`` (time of the first of them).
    """
    placed = orders(transactions)
    placed = placed.filter((placed.ordered_at >= start) & (placed.ordered_at < end))
    return (
        placed.group_by("customer_id")
        .agg(orders=placed.count(), revenue=total(placed.revenue), first_order=placed.ordered_at.min())
        .order_by("customer_id")
    )


def gaps(transactions: ir.Table) -> ir.Table:
    """Return the times between each customer's orders: their purchase cycle.

    Returns
    -------
    ibis.Table
        One row per order after a customer's first, in order of customer and time: ``customer_id``, ``gap`` (days from
        the order before, with their fraction where times of day are known; an order's time is that of its first
        line).
    """
    placed = orders(transactions)
    placed = placed.mutate(second=second_number(placed.ordered_at))
    before = placed.second.lag().over(ibis.window(group_by="customer_id", order_by=["second", "order_id"]))
    found = placed.mutate(gap=_divided(placed.second - before, SECONDS))
    return found.filter(found.gap.notnull()).order_by("customer_id", "second", "order_id").select("customer_id", "gap")


def customer_spend(transactions: ir.Table, by: str) -> ir.Table:
    """Sum up what each customer buys of each category, or in each channel.

    Parameters
    ----------
    transactions
        Rows with customer_id, order_id, amount and the column `by`.
    by
        Such as ``category`` or ``channel``.

    Returns
    -------
    ibis.Table
        One row per customer and value of `by` (null where it is not known, so that nothing is lost):
        ``customer_id``, `by`, ``orders`` (in which it occurs), ``revenue``.
    """
    rows = with_customer(transactions)
    return (
        rows.group_by("customer_id", by)
        .agg(orders=rows.order_id.nunique(), revenue=total(rows.amount))
        .order_by("customer_id", ibis.asc(by, nulls_first=False))
    )


def _divided(whole: ir.NumericValue, unit: float) -> ir.NumericValue:
    """Divide a whole number in floating point; a whole number over a written fraction is a short decimal to Spark."""
    return whole.cast("float64") / unit


def _whole_days(moment: ir.TimestampValue, reference_date: datetime) -> ir.IntegerValue:
    """Return the whole days from a moment to the reference date, none being less than zero."""
    elapsed = ibis.literal((reference_date - datetime(1970, 1, 1)).total_seconds()) - second_number(moment)
    return ibis.greatest((elapsed / SECONDS).floor().cast("int64"), 0)


def totals(transactions: ir.Table) -> dict[str, Any]:
    """Count what is sold to customers: customers, orders, products (where known) and revenue.

    ``first_order`` and ``last_order`` are over all rows: an order counts as such whoever placed it.
    """
    rows = with_customer(transactions)
    measures = {
        "customers": rows.customer_id.nunique(),
        "orders": rows.order_id.nunique(),
        "revenue": total(rows.amount),
    }
    if "product" in rows.columns:
        measures["products"] = rows["product"].nunique()
    times = transactions.agg(first_order=transactions.ordered_at.min(), last_order=transactions.ordered_at.max())
    return {**rows.agg(**measures).to_pyarrow().to_pylist()[0], **times.to_pyarrow().to_pylist()[0]}
