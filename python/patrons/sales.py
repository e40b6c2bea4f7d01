"""Sales over time, counted in the engine from all kept purchases, with or without a customer."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from patrons import masks

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def by_month(transactions: ir.Table) -> pd.DataFrame:
    """Sum up each calendar month from the first order to the last, months without sales included.

    Returns
    -------
    DataFrame
        `month` (its first day), `orders`, `revenue`, `customers`, `whole` (False for a first or last month that the
        orders cover only in part).
    """
    counted = (
        transactions.mutate(month=transactions.ordered_at.truncate("M").cast("timestamp"))
        .group_by("month")
        .agg(orders=ibis._.order_id.nunique(), revenue=ibis._.amount.sum(), customers=ibis._.customer_id.nunique())
        .to_pandas()
    )
    span = transactions.agg(first=transactions.ordered_at.min(), last=transactions.ordered_at.max()).to_pandas().iloc[0]
    months = pd.date_range(span["first"].to_period("M").to_timestamp(), span["last"], freq="MS", name="month")
    table = counted.assign(month=pd.to_datetime(counted["month"])).set_index("month").reindex(months, fill_value=0)
    table["whole"] = True
    table.iloc[0, table.columns.get_loc("whole")] = bool(span["first"].day == 1)
    if span["last"].day < span["last"].days_in_month:
        table.iloc[-1, table.columns.get_loc("whole")] = False
    return table.reset_index()


def public(periods: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Blank months, weeks or weekdays in which too few customers bought to show what they did.

    So are those that would give these away. Where nobody who is known bought, numbers stand.
    """
    few = masks.divided(periods["customers"], smallest, apart=False)
    if not few.any():
        return periods
    told = [name for name in ("orders", "revenue", "customers", "share") if name in periods]
    return periods.assign(**{name: periods[name].astype(float).mask(few) for name in told})


def by_weekday(transactions: ir.Table) -> pd.DataFrame:
    """Count the orders of each day of the week, by their first line, Monday first.

    Returns
    -------
    DataFrame
        `weekday` (0 to 6), `name`, `orders`, `customers`, `share` (of the orders).
    """
    started = transactions.group_by("order_id").agg(
        at=transactions.ordered_at.min(), customer_id=transactions.customer_id.max()
    )
    counted = (
        started.mutate(weekday=started["at"].day_of_week.index())
        .group_by("weekday")
        .agg(orders=ibis._.count(), customers=ibis._.customer_id.nunique())
        .to_pandas()
    )
    table = counted.set_index("weekday").reindex(range(7), fill_value=0).reset_index()
    table.insert(1, "name", list(WEEKDAYS))
    return table.assign(share=table["orders"] / table["orders"].sum())
