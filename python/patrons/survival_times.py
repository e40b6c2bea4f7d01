"""How long customers stay: from their orders to times with an end, or without one yet."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

DAY = 86_400


def order_times(gaps: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Put the orders of customers on one axis of time.

    Parameters
    ----------
    gaps
        `customer_id`, `gap` (days), in order of customer and time: a row for each order that has an earlier one.
    features
        `customer_id`, `first_order` of each customer.

    Returns
    -------
    DataFrame
        `customer` (place in `features`), `second` (whole seconds since 1970), in order of both.
    """
    first = _seconds(features["first_order"])
    places = pd.Series(np.arange(len(features)), index=features["customer_id"].to_numpy())
    after = pd.DataFrame(
        {
            "customer": places.reindex(gaps["customer_id"]).to_numpy(dtype=np.int64),
            "second": np.rint(gaps["gap"].to_numpy(dtype=float) * DAY).astype(np.int64),
        }
    )
    whole = pd.concat([pd.DataFrame({"customer": places.to_numpy(), "second": first}), after], ignore_index=True)
    whole = whole.sort_values("customer", kind="stable", ignore_index=True)
    whole["second"] = whole.groupby("customer")["second"].cumsum()
    return whole


def customerships(orders: pd.DataFrame, today: datetime, days: int, since: datetime | None = None) -> pd.DataFrame:
    """Follow each customership until a silence of more than `days` whole days is completed.

    The end is the moment at which the silence has lasted `days` + 1 days, not the order before it: whether it has come
    can be said at each moment from what is known then (a stopping time). What cuts the observation off is therefore
    the day of reference alone, the same for all, and has nothing to do with the customers. Nobody can end sooner than
    after `days` + 1 days; orders after the end do not bring a customership back.

    Parameters
    ----------
    orders
        What `order_times` returns.
    today
        The end of the observation.
    days
        Silence is completed when it exceeds so many whole days, as recency does.
    since
        Where given, the clock of everybody starts at this moment, that of silence included, and what was before is
        not looked at: nobody starts nearer to the end than others. Otherwise it starts with the first order.

    Returns
    -------
    DataFrame
        `customer`, `days` (whole, from the start to the end or to `today`), `ended`; a row for each customer with an
        order before `since`, or with any order.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer": [0, 0, 1], "second": [0, 40 * DAY, 30 * DAY]})
    >>> customerships(orders, datetime(1970, 4, 11), 50)
       customer  days  ended
    0         0    91   True
    1         1    51   True
    """
    end = int(pd.Timestamp(today).timestamp())
    if since is not None:
        start = int(pd.Timestamp(since).timestamp())
        known = orders.loc[orders["second"] < start, "customer"].unique()
        later = orders[(orders["second"] >= start) & orders["customer"].isin(known)]
        starts = pd.DataFrame({"customer": known, "second": start})
        orders = pd.concat([starts, later], ignore_index=True).sort_values(["customer", "second"], kind="stable")
    orders = orders[orders["second"] <= end]
    limit = (days + 1) * DAY
    ahead = orders.groupby("customer")["second"].shift(-1).fillna(end)
    silent = orders[(ahead - orders["second"]) >= limit].groupby("customer")["second"].min()
    start_of = orders.groupby("customer")["second"].min()
    finish = silent.reindex(start_of.index) + limit
    length = (finish.fillna(end) - start_of) // DAY
    return pd.DataFrame(
        {
            "customer": start_of.index.to_numpy(),
            "days": length.to_numpy(dtype=np.int64),
            "ended": finish.notna().to_numpy(),
        }
    )


def second_orders(orders: pd.DataFrame, today: datetime) -> pd.DataFrame:
    """Return the time from each customer's first order to the second, or to `today` where none came.

    Returns
    -------
    DataFrame
        `customer`, `days` (whole), `ended` (whether there is a second order).
    """
    end = int(pd.Timestamp(today).timestamp())
    grouped = orders.groupby("customer")["second"]
    first, second = grouped.nth(0).to_numpy(), grouped.shift(-1)[grouped.cumcount() == 0]
    length = (second.fillna(end).to_numpy() - first) // DAY
    return pd.DataFrame(
        {
            "customer": orders["customer"].unique(),
            "days": np.maximum(length, 0).astype(np.int64),
            "ended": second.notna().to_numpy(),
        }
    )


def landmark(first: datetime, today: datetime) -> datetime:
    """Choose the moment from which customers are followed: a year before the end, or the middle of a short record.

    Midnight of the day, so that all that is known by then is of days before it.

    Examples
    --------
    >>> landmark(datetime(1997, 1, 1), datetime(1998, 7, 1))
    datetime.datetime(1997, 10, 1, 0, 0)
    """
    span = today - first
    back = min(pd.Timedelta(days=365), pd.Timedelta(span) / 2)
    return (pd.Timestamp(today) - back).floor("D").to_pydatetime()


def _seconds(moments: pd.Series) -> np.ndarray:
    return pd.to_datetime(moments).to_numpy().astype("datetime64[s]").astype(np.int64)
