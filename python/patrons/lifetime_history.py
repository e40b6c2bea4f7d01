"""What customers have been worth so far, segment by segment: revenue and profit, in all and a year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import masks, rfm
from patrons.explore_value import resample
from patrons.features import total, with_customer
from patrons.shop import Shop

YEAR = 365.25
ALL = "all"
#: What is measured: mean revenue, mean revenue a year, share of the revenue that is profit.
MEASURES = ("revenue", "per_year", "margin")


def accounts(shop: Shop) -> pd.DataFrame:
    """Return what each customer has brought.

    A year runs from the first order to the day of reference; less than one year counts as one, so that the first
    purchase of last week is not taken for a habit.

    Returns
    -------
    DataFrame
        `customer_id`, `segment` (a category, in the order of the map), `title`, `revenue`, `per_year`, `profit` and
        `base` (the revenue of which the profit is known); the last two are missing where the source does not say.
    """
    scores = rfm.score(rfm.measured(shop).customers, shop.analysis.rfm.bins)
    table = scores.customers
    found = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "segment": table["segment"],
            "title": [scores.segments.segments[str(name)].title for name in table["segment"]],
            "revenue": table["monetary"].astype(float),
            "per_year": table["monetary"].astype(float) / (table["tenure"] / YEAR).clip(lower=1),
        }
    )
    if not shop.has_column("transactions", "profit"):
        return found.assign(profit=np.nan, base=np.nan)
    return found.merge(_profits(shop), on="customer_id", how="left")


def by_segment(found: pd.DataFrame, rng: np.random.Generator, smallest: int = 1) -> pd.DataFrame:
    """Average what customers have brought over each segment and over all.

    A customer keeps the segment while resampled. The margin is a ratio of totals, profit over revenue, of which both
    are resampled together.

    Parameters
    ----------
    found
        From `accounts`.
    rng
        Draws the resamples.
    smallest
        Smaller segments, and those that would give them away, have no row of their own.

    Returns
    -------
    DataFrame
        A row per segment that may be shown, in the map's order, and one for all: `segment`, `title`, `customers`,
        and `revenue`, `per_year`, `margin`, each with its 95 % interval `<measure>_low` and `<measure>_high`.
    """
    sizes = found["segment"].value_counts().reindex(found["segment"].cat.categories)
    few = masks.divided(sizes, smallest)
    present = [str(name) for name, n, hidden in zip(sizes.index, sizes, few, strict=True) if n and not hidden]
    codes = found["segment"].cat.set_categories(present).cat.codes.to_numpy()
    columns = found[["revenue", "per_year", "profit", "base"]].fillna(0).to_numpy(dtype=float)

    def measure(weights: np.ndarray) -> np.ndarray:
        counts = sums_of(codes, weights.astype(float), len(present))
        sums = np.array([sums_of(codes, weights * column, len(present)) for column in columns.T])
        with np.errstate(invalid="ignore", divide="ignore"):
            margin = np.where(sums[3] > 0, sums[2] / sums[3], np.nan)
            return np.concatenate([sums[0] / counts, sums[1] / counts, margin])

    value = measure(np.ones(len(found)))
    low, high = np.nanquantile(_known(resample(len(found), rng, measure)), [0.025, 0.975], axis=0)
    titles = found.drop_duplicates("segment").set_index("segment")["title"]
    table = pd.DataFrame({"segment": [*present, ALL], "title": [*(titles[name] for name in present), "All customers"]})
    table["customers"] = sums_of(codes, np.ones(len(found)), len(present)).astype(int)
    for place, name in enumerate(MEASURES):
        mine = slice(place * len(table), (place + 1) * len(table))
        table[name], table[f"{name}_low"], table[f"{name}_high"] = value[mine], low[mine], high[mine]
        table.loc[table[name].isna(), [f"{name}_low", f"{name}_high"]] = np.nan
    return table


def _profits(shop: Shop) -> pd.DataFrame:
    rows = with_customer(shop.transactions)
    rows = rows.filter(rows["profit"].notnull())
    found = rows.group_by("customer_id").agg(profit=total(rows["profit"]), base=total(rows.amount))
    return found.to_pyarrow().to_pandas()


def sums_of(codes: np.ndarray, values: np.ndarray, segments: int) -> np.ndarray:
    """Add up the values of each segment, and of all; a code of −1 is a segment that has no row of its own."""
    parts = np.bincount(codes[codes >= 0], weights=values[codes >= 0], minlength=segments)
    return np.append(parts, values.sum())


def _known(resampled: np.ndarray) -> np.ndarray:
    """Put a zero where no resample knows a number, which is blanked later: quantiles of nothing only warn."""
    unknown = np.isnan(resampled).all(axis=0)
    return np.where(unknown, 0.0, resampled)
