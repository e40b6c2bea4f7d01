"""Who comes back: cohorts month by month, and the share of customers who are active by the day of reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from patrons.intervals import wilson

#: A grid with more rows or columns than this cannot be read; months are then put together.
READABLE = 18
#: How many months stand together, finest first: months, quarters, half-years, years.
STEPS = (1, 3, 6, 12)
#: Days of silence at which the rate of churn is looked at.
THRESHOLDS = tuple(range(30, 366, 5))


def step(months: int) -> int:
    """Return how many months to put together so that so many can be read.

    Examples
    --------
    >>> step(18), step(48), step(200)
    (1, 3, 12)
    """
    return next((size for size in STEPS if months <= size * READABLE), STEPS[-1])


def hidden(cohorts: pd.DataFrame, smallest: int) -> np.ndarray:
    """Tell which cells of a cohort table may not be shown, so that none can be worked out from sums that are.

    A cell is hidden if fewer than `smallest` customers (but not nobody) are in it. Sums are published too: over the
    blocks of the grid, over all cohorts at each month, and over both. Where just one cell of such a sum is hidden, it
    would be what is left after subtracting the others; the smallest of these that holds anybody is then hidden as
    well. Where all others are empty, it is the sum that is not shown.

    Parameters
    ----------
    cohorts
        What `features_time.cohorts` returns.
    smallest
        The smallest group that may be shown.
    """
    count = cohorts["customers"].to_numpy()
    found = (count > 0) & (count < smallest)
    row, block = _blocks(cohorts)
    over = cohorts["whole"].to_numpy(dtype=bool)
    kinds = [cohorts.groupby(keys).indices for keys in ([row, block], [cohorts["month"]], [block])]
    groups = [np.asarray(rows)[over[rows]] for kind in kinds for rows in kind.values()]
    changed = True
    while changed:
        changed = False
        for rows in groups:
            others = rows[~found[rows] & (count[rows] > 0)]
            if found[rows].sum() == 1 and len(others):
                found[others[int(count[others].argmin())]] = changed = True
    return found


def grid(cohorts: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Put months together to a grid that can be read: rows of first orders, columns of time since.

    With up to 18 cohorts and months a cell is one month of one cohort. Beyond, quarters (half-years, years) of first
    orders are followed through blocks of as many months; a block's share is that of an average month, customers who
    ordered in each month of it summed up over customers times months. Months that are not over yet do not count, so
    that the last blocks rest on fewer of them. Cells with fewer than `smallest` customers are left out.

    Returns
    -------
    DataFrame
        One row per cell that can be observed: ``cohort`` (first day), ``name`` (2021-03, 2021 Q1, 2021 H1, 2021),
        ``size``, ``start``, ``end`` (months since, both inclusive), ``share``. Sizes and shares of groups that are too
        small are missing.
    """
    keys = ["row", "block"]
    labelled = cohorts.assign(**dict(zip(keys, _blocks(cohorts), strict=True)), hidden=hidden(cohorts, smallest))
    rows = labelled[labelled["whole"] & (labelled["month"] > 0)]
    cells = rows.groupby(keys, as_index=False).agg(
        customers=("customers", "sum"), seen=("size", "sum"), hidden=("hidden", "sum")
    )
    sizes = labelled[labelled["month"] == 0].groupby("row")["size"].sum()
    size, months = step(_span(cohorts)), step(int(cohorts["month"].max()))
    start = cells["block"] * months + 1
    out = pd.DataFrame(
        {
            "cohort": [pd.Timestamp(year=int(row) // 12, month=int(row) % 12 + 1, day=1) for row in cells["row"]],
            "name": [_name(int(row), size) for row in cells["row"]],
            "size": cells["row"].map(sizes).astype(float),
            "start": start,
            "end": start + months - 1,
            "share": cells["customers"] / cells["seen"],
        }
    )
    out.loc[_untold(cells, smallest), "share"] = np.nan
    out.loc[(out["size"] < smallest).to_numpy(), ["size", "share"]] = np.nan
    return out


def average(cohorts: pd.DataFrame, smallest: int, name: str = "All") -> pd.DataFrame:
    """Return one more row of the grid: all cohorts together, weighted by their size."""
    months = step(int(cohorts["month"].max()))
    rows = cohorts.assign(hidden=hidden(cohorts, smallest))
    rows = rows[rows["whole"] & (rows["month"] > 0)]
    cells = rows.groupby((rows["month"] - 1) // months).agg(
        customers=("customers", "sum"), seen=("size", "sum"), hidden=("hidden", "sum")
    )
    start = cells.index.to_numpy() * months + 1
    return pd.DataFrame(
        {
            "name": name,
            "size": float(cohorts.loc[cohorts["month"] == 0, "size"].sum()),
            "start": start,
            "end": start + months - 1,
            "share": np.where(_untold(cells, smallest), np.nan, cells["customers"] / cells["seen"]),
        }
    )


def curve(cohorts: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Find which share of all customers order m calendar months after their first order.

    Cohorts are weighted by their size: the share is taken over all customers whose month m is over. In one month a
    customer counts once, so that customers are independent and Wilson's interval holds.

    Returns
    -------
    DataFrame
        One row per month from 1: ``month``, ``cohorts``, ``n`` (customers observed), ``customers`` (who ordered),
        ``share``, ``low``, ``high``; months in which fewer than `smallest` customers ordered, or could have, are no
        rows.
    """
    rows = cohorts.assign(hidden=hidden(cohorts, smallest))
    found = (
        rows[rows["whole"] & (rows["month"] > 0)]
        .groupby("month", as_index=False)
        .agg(cohorts=("cohort", "size"), n=("size", "sum"), customers=("customers", "sum"), hidden=("hidden", "sum"))
    )
    found = found[(found["n"] >= smallest) & ~_untold(found, smallest)].drop(columns="hidden").reset_index(drop=True)
    low, high = wilson(found["customers"], found["n"])
    return found.assign(share=found["customers"] / found["n"], low=low, high=high)


def churn(recency: pd.Series, days: Sequence[int] = THRESHOLDS) -> pd.DataFrame:
    """Find which share of the customers has been silent for more than so many days.

    Parameters
    ----------
    recency
        Whole days since the last order; customers for whom it is not known do not count.
    days
        The thresholds.

    Returns
    -------
    DataFrame
        One row per threshold: ``days``, ``n``, ``churned``, ``share``, ``low``, ``high`` (Wilson).

    Examples
    --------
    >>> float(churn(pd.Series([10, 90, 91, 400]), [90])["share"].iloc[0])
    0.5
    """
    known = np.sort(recency.dropna().to_numpy(dtype=float))
    churned = len(known) - np.searchsorted(known, np.asarray(days), side="right")
    low, high = wilson(churned, np.full(len(churned), len(known)))
    share = churned / len(known) if len(known) else np.full(len(churned), np.nan)
    return pd.DataFrame(
        {"days": list(days), "n": len(known), "churned": churned, "share": share, "low": low, "high": high}
    )


def spaced(table: pd.DataFrame, threshold: int, smallest: int) -> pd.DataFrame:
    """Keep the thresholds that may be shown beside the chosen one.

    On either side of them, and between two of them, there are either no customers or at least `smallest`: the rates
    would tell how many there are.

    Parameters
    ----------
    table
        What `churn` returns, the chosen threshold among its rows.
    threshold
        The chosen one.
    smallest
        The smallest group that may be shown.
    """
    counts = table["churned"].to_numpy()
    start = int(np.flatnonzero(table["days"].to_numpy() == threshold)[0])
    kept = [start]
    for places in (range(start - 1, -1, -1), range(start + 1, len(table))):
        last = counts[start]
        for place in places:
            apart = abs(int(counts[place]) - int(last))
            sides = (int(counts[place]), int(table["n"].iloc[place]) - int(counts[place]))
            if (apart == 0 or apart >= smallest) and all(side == 0 or side >= smallest for side in sides):
                kept.append(place)
                last = counts[place]
    return table.iloc[sorted(kept)].reset_index(drop=True)


def _untold(sums: pd.DataFrame, smallest: int) -> np.ndarray:
    """Tell which sums over cells are of too few customers, or would tell the one cell of theirs that is hidden."""
    return (sums["customers"].between(1, smallest - 1) | (sums["hidden"] == 1)).to_numpy()


def _month(moments: pd.Series) -> pd.Series:
    return moments.dt.year * 12 + moments.dt.month - 1


def _span(cohorts: pd.DataFrame) -> int:
    """Count the calendar months from the first cohort to the last."""
    months = _month(cohorts["cohort"])
    return int(months.max() - months.min()) + 1


def _blocks(cohorts: pd.DataFrame) -> list[pd.Series]:
    """Return the row and the block of the grid that each cell falls into; month 0 is in block −1."""
    size, months = step(_span(cohorts)), step(int(cohorts["month"].max()))
    return [_month(cohorts["cohort"]) // size * size, (cohorts["month"] - 1) // months]


def _name(month: int, size: int) -> str:
    year, place = month // 12, month % 12
    parts = {1: f"{year}-{place + 1:02d}", 3: f"{year} Q{place // 3 + 1}", 6: f"{year} H{place // 6 + 1}"}
    return parts.get(size, str(year))
