"""Who moved between segments since an earlier moment, and whether the segments of then foretold what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from patrons import masks
from patrons.rfm import Scores
from patrons.shop import Shop
from patrons.stop import SectionStop
from patrons.words import plain

YEAR = 12
#: Scores of a moment need so many months of orders before it, and so many after it to be judged by.
FEWEST_MONTHS = 3
#: In a table of moves: they were no customers yet.
JOINED = "joined"


@dataclass(frozen=True)
class Back:
    """An earlier moment, from which one looks at what came after.

    Attributes
    ----------
    moment
        Scores are as they stood then.
    months
        How long ago that is.
    """

    moment: datetime
    months: int


def look_back(first: datetime, reference: datetime) -> Back | None:
    """Choose the moment to look back to: a year ago, or half of the time where there are less than two years.

    Returns
    -------
    Back or None
        None if that leaves less than three months on either side.

    Examples
    --------
    >>> look_back(datetime(2020, 1, 1), datetime(2024, 1, 1))
    Back(moment=datetime.datetime(2023, 1, 1, 0, 0), months=12)
    """
    whole = 12 * (reference.year - first.year) + reference.month - first.month
    whole -= pd.Timestamp(first) + pd.DateOffset(months=max(whole, 0)) > pd.Timestamp(reference)
    months = min(YEAR, whole // 2)
    if months < FEWEST_MONTHS:
        return None
    moment = (pd.Timestamp(reference) - pd.DateOffset(months=months)).to_pydatetime()
    return Back(moment, months)


def look_back_of(shop: Shop) -> Back:
    """Choose the moment to look back to from a shop's orders.

    Raises
    ------
    SectionStop
        The source has no orders with their dates, or too short a time of them.
    """
    shop.require("transactions", part="section")
    first = shop.customer_features["first_order"].min().to_pydatetime()
    found = look_back(first, shop.reference_date)
    if found is None:
        raise SectionStop(
            f"This section needs at least {2 * FEWEST_MONTHS} months of orders, to look back from the later half at "
            f"the earlier one; *{plain(shop.name)}* has fewer."
        )
    return found


def moves(then: Scores, now: Scores, smallest: int = 1) -> pd.DataFrame:
    """Count the customers who were in one segment then and are in another now; who joined since has a row as well.

    Cells with fewer than `smallest` customers are blanked, with those from which they could be told by the sums of
    rows and columns. A row of fewer is blanked as a whole.

    Returns
    -------
    DataFrame
        `then`, `then_title`, `now`, `now_title`, `customers`, `total` (of the row), `share` (of the row).
    """
    counts = _counted(then, now)
    hidden, _ = _hidden(counts, now, smallest)
    long = counts.reset_index().melt("then", var_name="now", value_name="customers")
    long["total"] = long["then"].map(counts.sum(axis=1)).astype(float)
    few = long["then"].map(dict(zip(counts.index, masks.divided(counts.sum(axis=1), smallest), strict=True)))
    long["customers"] = long["customers"].astype(float).mask(hidden.T.ravel() | few)
    long["share"] = long["customers"] / long["total"].where(long["total"] > 0)
    long["total"] = long["total"].mask(few)
    titles = {**now.segments.titles, JOINED: "Joined since"}
    long.insert(1, "then_title", long["then"].map(titles))
    long.insert(3, "now_title", long["now"].map(titles))
    return long


def _counted(then: Scores, now: Scores) -> pd.DataFrame:
    """Count customers by segment of then, or `JOINED` (rows), and of now (columns)."""
    was = then.customers.set_index("customer_id")["segment"].astype(str)
    table = now.customers[["customer_id", "segment"]].astype({"segment": str})
    table = table.assign(then=table["customer_id"].map(was).fillna(JOINED), now=table["segment"])
    names = now.segments.names
    order = pd.Index([*names, JOINED], name="then")
    return pd.crosstab(table["then"], table["now"]).reindex(index=order, columns=names, fill_value=0)


def _hidden(counts: pd.DataFrame, now: Scores, smallest: int) -> tuple[np.ndarray, np.ndarray]:
    """Tell which cells to leave out of the moves, and of which segments not to say how many turned."""
    return masks.parted(counts.to_numpy(), smallest, counts.columns.isin(list(now.segments.silent)))


def turns(then: Scores, now: Scores, smallest: int = 1) -> pd.DataFrame:
    """Count, for each segment of then, who stayed in it, and who fell silent or came back.

    A segment is silent if all its scores of recency are in the lower half. Of the customers of other segments some
    *slipped*: they are in a silent one now; of those of a silent one some *came back*.

    What would tell of fewer than `smallest`, with what `moves` shows, is left out.

    Returns
    -------
    DataFrame
        One row per segment that had customers: `segment`, `title`, `silent`, `customers`, `stayed` (missing where
        `moves` leaves it out), `turned` (slipped or came back), `share` of those who turned, `low`, `high` (Wilson,
        95 %).
    """
    segments, silent = now.segments, set(now.segments.silent)
    counts = _counted(then, now)
    hidden, few = _hidden(counts, now, smallest)
    untold = set(counts.index[few | masks.divided(counts.sum(axis=1), smallest)])
    alone = pd.DataFrame(hidden, counts.index, counts.columns)
    was = then.customers.set_index("customer_id")["segment"].astype(str).rename("then")
    table = now.customers[["customer_id", "segment"]].astype({"segment": str}).join(was, on="customer_id", how="inner")
    rows = []
    for name in segments.names:
        mine = table.loc[table["then"] == name, "segment"]
        if len(mine) and name not in untold:
            quiet = name in silent
            turned = int((mine.isin(silent) != quiet).sum())
            low, high = proportion_confint(turned, len(mine), method="wilson")
            rows.append(
                {
                    **{"segment": name, "title": segments.titles[name], "silent": quiet, "customers": len(mine)},
                    **{"stayed": float("nan") if alone.loc[name, name] else int((mine == name).sum())},
                    **{"turned": turned},
                    **{"share": turned / len(mine), "low": low, "high": high},
                }
            )
    columns = ["segment", "title", "silent", "customers", "stayed", "turned", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
