"""Orders and revenue over time without the periods that the record covers only in part."""

from __future__ import annotations

import pandas as pd

from patrons.features_time import Period
from patrons.shop import Shop

#: Days next to either end of the record that say how long the shop goes without an order.
NEAR = 31


def daily(shop: Shop) -> pd.DataFrame:
    """Return ``start`` (the day), ``orders``, ``revenue`` and ``customers`` of each day from first to last order."""
    return shop.series("day")[["start", "orders", "revenue", "customers"]]


def weekly(shop: Shop) -> pd.DataFrame:
    """Return ``start`` (a Monday), ``orders``, ``revenue`` and ``customers`` of each week that is covered."""
    return covered(shop.series("week"), daily(shop), "week")


def monthly(shop: Shop) -> pd.DataFrame:
    """Return ``start`` (the first), ``orders``, ``revenue`` and ``customers`` of each month that is covered."""
    return covered(shop.series("month"), daily(shop), "month")


def covered(periods: pd.DataFrame, days: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Leave out a first or last period of which the record seems to miss a part.

    A period that begins before the first order is covered all the same if its days before that order are no more than
    the longest stretch without orders in the month after it: a small shop may sell nothing on New Year's Day. The end
    is judged alike.

    Parameters
    ----------
    periods
        ``start`` and sums, without holes.
    days
        ``start`` and ``orders`` of each day from the first order to the last.
    period
        What the periods are.

    Examples
    --------
    >>> days = pd.DataFrame({"start": pd.date_range("2021-01-02", "2021-02-28"), "orders": 1})
    >>> months = pd.DataFrame({"start": pd.to_datetime(["2021-01-01", "2021-02-01"])})
    >>> covered(months, days, "month")["start"].dt.month.tolist()
    [2]
    """
    if periods.empty:
        return periods.drop(columns="whole", errors="ignore")
    freq = {"day": "D", "week": "W-SUN", "month": "M"}[period]
    begin, end = periods["start"].iloc[0], periods["start"].iloc[-1].to_period(freq).end_time.normalize()
    first, last = days["start"].iloc[0], days["start"].iloc[-1]
    sold = days["orders"].to_numpy() > 0
    keep = pd.Series(True, index=periods.index)
    keep.iloc[0] &= (first - begin).days <= longest_pause(sold[:NEAR])
    keep.iloc[-1] &= (end - last).days <= longest_pause(sold[-NEAR:])
    return periods[keep].drop(columns="whole", errors="ignore").reset_index(drop=True)


def longest_pause(sold: object) -> int:
    """Return the longest run of days without an order.

    Examples
    --------
    >>> longest_pause([True, False, False, True, False])
    2
    """
    longest = run = 0
    for one in sold:  # type: ignore[attr-defined]
        run = 0 if one else run + 1
        longest = max(longest, run)
    return longest
