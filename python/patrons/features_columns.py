"""Features of customers where a source has no transactions but a table of customers that sums them up."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from patrons.features import UNIT_DAYS
from patrons.settings import Customers


def customer_features(customers: pd.DataFrame, table: Customers, reference_date: datetime | None) -> pd.DataFrame:
    """Take recency, frequency, monetary value and their kin from the columns of a table of customers.

    A feature whose columns the source lacks is not a column of the result.

    Parameters
    ----------
    customers
        The built table.
    table
        What the source says about it.
    reference_date
        "Today", if the source says it.

    Returns
    -------
    DataFrame
        One row per customer, in order of customer_id: ``customer_id``; ``recency`` (days, as recorded);
        ``frequency`` (sum of `orders` over channels); ``monetary`` (sum of `spend` over categories);
        ``average_order_value`` (monetary / frequency, missing without an order); ``tenure`` (whole days from joined_at
        to `reference_date`, otherwise tenure_months · 30.4375); and each number of `features` under its own name.
        A sum with a missing part is missing.
    """
    found = pd.DataFrame({"customer_id": customers["customer_id"]})
    if "recency" in customers:
        found["recency"] = customers["recency"]
    if table.orders:
        found["frequency"] = customers[[f"orders_{name}" for name in table.orders]].sum(axis=1, skipna=False)
    if table.spend:
        found["monetary"] = customers[[f"spend_{name}" for name in table.spend]].sum(axis=1, skipna=False)
    if {"frequency", "monetary"} <= set(found):
        found["average_order_value"] = found["monetary"] / found["frequency"].where(found["frequency"] > 0)
    if "joined_at" in customers and reference_date is not None:
        found["tenure"] = (reference_date - customers["joined_at"]).dt.days.clip(lower=0)
    elif "tenure_months" in customers:
        found["tenure"] = customers["tenure_months"] * UNIT_DAYS["month"]
    for name in table.features:
        found[name] = customers[name]
    return found.sort_values("customer_id", ignore_index=True)


def spend_by(customers: pd.DataFrame, table: Customers, by: str) -> pd.DataFrame | None:
    """Sum up spend by category or orders by channel over customers.

    Returns
    -------
    DataFrame or None
        By ``category``: ``category``, ``customers`` (who spent anything on it), ``revenue``, most revenue first. By
        ``channel``: ``channel``, ``customers``, ``orders``, most orders first. None if the source does not say.
    """
    names, prefix, value = (table.spend, "spend", "revenue") if by == "category" else (table.orders, "orders", "orders")
    if by not in ("category", "channel") or not names:
        return None
    columns = customers[[f"{prefix}_{name}" for name in names]]
    found = pd.DataFrame(
        {by: list(names), "customers": (columns > 0).sum().to_numpy(), value: columns.sum().to_numpy()}
    )
    return found.sort_values([value, by], ascending=[False, True], ignore_index=True)


def customer_spend(customers: pd.DataFrame, table: Customers, by: str) -> pd.DataFrame | None:
    """Return each customer's spend by category or orders by channel, as `spend_by` sums them up.

    Returns
    -------
    DataFrame or None
        One row per customer and value of `by` that is not zero, ordered by both: ``customer_id``, `by` and ``revenue``
        or ``orders``.
    """
    names, prefix, value = (table.spend, "spend", "revenue") if by == "category" else (table.orders, "orders", "orders")
    if by not in ("category", "channel") or not names:
        return None
    wide = customers[["customer_id", *(f"{prefix}_{name}" for name in names)]]
    wide = wide.rename(columns={f"{prefix}_{name}": name for name in names})
    long = wide.melt("customer_id", var_name=by, value_name=value).dropna(subset=[value])
    return long[long[value] != 0].sort_values(["customer_id", by], ignore_index=True)
