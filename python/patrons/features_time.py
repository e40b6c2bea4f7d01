"""Orders over time: series without holes, and cohorts of customers followed month by month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from patrons.features import day_number, month_number, total, with_customer

Period = Literal["day", "week", "month"]
# 1970-01-01 was a Thursday: three days after a Monday.
FIRST_WEEKDAY = 3
PANDAS = {"day": "D", "week": "W-SUN", "month": "M"}


def series(transactions: ir.Table, period: Period) -> pd.DataFrame:
    """Sum up each day, week or month from the first order to the last; periods without orders are zeros.

    All kept rows count, with or without a customer.

    Parameters
    ----------
    transactions
        Rows with customer_id, order_id, ordered_at, amount.
    period
        ``day``, ``week`` (from Monday) or ``month``.

    Returns
    -------
    DataFrame
        One row per period, in order of time:

        - ``start``: its first day;
        - ``orders``: distinct orders with a line in it;
        - ``revenue``: sum of amount;
        - ``customers``: distinct known customers who ordered in it;
        - ``whole``: False for a first or last period that starts before the day of the first order or ends after the
          day of the last: it may be covered only in part.

    Raises
    ------
    ValueError
        The period is none of the three.
    """
    if period not in PANDAS:
        raise ValueError(f"{period!r} is no period; the periods are {', '.join(PANDAS)}")
    rows = transactions.mutate(period=_number(transactions.ordered_at, period))
    counted = rows.group_by("period").agg(
        orders=rows.order_id.nunique(), revenue=total(rows.amount), customers=rows.customer_id.nunique()
    )
    found = counted.to_pyarrow().to_pandas().set_index("period")
    first, last = (_day(transactions, how) for how in ("min", "max"))
    span = pd.period_range(first, last, freq=PANDAS[period])
    numbers = range(int(found.index.min()), int(found.index.max()) + 1)
    table = found.reindex(numbers).fillna(0).astype({"orders": "int64", "customers": "int64"}).reset_index(drop=True)
    table.insert(0, "start", span.start_time)
    table["whole"] = (span.start_time >= first) & (span.end_time.normalize() <= last)
    return table


def cohorts(transactions: ir.Table, reference_date: datetime) -> pd.DataFrame:
    """Follow the customers of each month of first order through the calendar months after it.

    Months are followed to that of the last order, or of the day before `reference_date` where that is later; months
    beyond it are not rows (the future is not zero).

    Returns
    -------
    DataFrame
        One row per cohort and month since, ordered by both:

        - ``cohort``: first day of the month of the first order; months in which nobody was new are no cohorts;
        - ``month``: calendar months since, from 0;
        - ``customers``: how many of the cohort ordered in it;
        - ``size``: customers of the cohort;
        - ``share``: customers / size;
        - ``whole``: False in a last calendar month that is not over yet.
    """
    rows = with_customer(transactions)
    active = rows.select("customer_id", at=month_number(rows.ordered_at)).distinct()
    active = active.mutate(cohort=active["at"].min().over(ibis.window(group_by="customer_id")))
    counted = active.group_by("cohort", "at").agg(customers=active.count()).to_pyarrow().to_pandas()
    if counted.empty:
        raise ValueError("no order has a customer")
    until = max(_day(transactions, "max"), pd.Timestamp(reference_date - timedelta(microseconds=1)).normalize())
    end = until.year * 12 + until.month - 1
    sizes = counted[counted["cohort"] == counted["at"]].set_index("cohort")["customers"].sort_index()
    cells = [(int(cohort), at) for cohort in sizes.index for at in range(int(cohort), end + 1)]
    index = pd.MultiIndex.from_tuples(cells, names=["cohort", "at"])
    table = counted.set_index(["cohort", "at"]).reindex(index).fillna(0).astype("int64").reset_index()
    size = table["cohort"].map(sizes).astype("int64")
    return pd.DataFrame(
        {
            "cohort": pd.to_datetime([f"{number // 12:04d}-{number % 12 + 1:02d}-01" for number in table["cohort"]]),
            "month": table["at"] - table["cohort"],
            "customers": table["customers"],
            "size": size,
            "share": table["customers"] / size,
            "whole": (table["at"] < end) | (until.day == until.days_in_month),
        }
    )


def _number(moment: ir.TimestampValue, period: Period) -> ir.IntegerValue:
    """Number the periods so that consecutive ones differ by one."""
    if period == "month":
        return month_number(moment)
    day = day_number(moment)
    return day if period == "day" else ((day + FIRST_WEEKDAY) / 7).floor().cast("int64")


def _day(transactions: ir.Table, how: Literal["min", "max"]) -> pd.Timestamp:
    moment = getattr(transactions.ordered_at, how)().to_pyarrow().as_py()
    return pd.Timestamp(moment).normalize()
