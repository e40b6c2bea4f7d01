"""Into which segments people of a test are put: by its own columns, or by RFM as of the day when it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import rfm, strategy
from patrons.design import Design
from patrons.errors import PatronsError
from patrons.experiment_tests import correct
from patrons.limits import ALPHA
from patrons.rfm_map import SegmentMap
from patrons.settings_analysis import Strategy
from patrons.shop import Shop
from patrons.source import nearest

#: A column with more values than this keeps the most frequent ones; the others stand together.
MOST = 8
#: Columns that are crossed at most: more make cells too small to learn from.
CROSSED = 2
OTHERS, NOT_KNOWN = "others", "not known"


@dataclass(frozen=True)
class Segmentation:
    """People of a test, each in a segment.

    Attributes
    ----------
    columns
        What they are parted by; empty: everybody is one segment.
    labels
        Of each person, in the order of the test's rows; missing for somebody who is in none.
    """

    columns: tuple[str, ...]
    labels: pd.Series

    @property
    def title(self) -> str:
        """What they are parted by, in words."""
        return " × ".join(name.replace("_", " ") for name in self.columns) or strategy.EVERYBODY


def by_columns(frame: pd.DataFrame, columns: Sequence[str], fewest: int) -> Segmentation:
    """Part people by the values of columns, crossed; values that few people have stand together.

    Parameters
    ----------
    frame
        The test.
    columns
        Names; none puts everybody into one segment.
    fewest
        Values with fewer people than this are *others*; if these are still fewer, so is the next larger value.
    """
    labels = pd.Series(strategy.EVERYBODY, index=frame.index, dtype=object)
    for place, name in enumerate(columns):
        own = _values(frame[name], fewest)
        labels = own if place == 0 else labels + ", " + own
    if len(columns) > 1:  # crossed, there can be few again
        labels = labels.where(labels.isin(_kept(labels.value_counts(), fewest)), OTHERS)
    return Segmentation(tuple(columns), labels)


def by_rfm(shop: Shop, frame: pd.DataFrame) -> tuple[Segmentation, SegmentMap] | None:
    """Part the customers among the people of a test by RFM, as of the moment when the first was put into an arm.

    Returns
    -------
    tuple or None
        Labels are names of segments; none where the test says neither who nor when, or nobody had ordered before.
    """
    needed = {"customer_id", "assigned_at"} <= set(frame.columns)
    if not needed or not shop.has("transactions") or frame["assigned_at"].isna().all():
        return None
    customers = shop.features_at(frame["assigned_at"].min().to_pydatetime())
    known = customers.dropna(subset=list(rfm.MEASURES))
    if known.empty:
        return None
    scored = rfm.score(known, shop.analysis.rfm.bins)
    named = dict(zip(scored.customers["customer_id"], scored.customers["segment"].astype(str), strict=True))
    labels = frame["customer_id"].map(named)
    if labels.isna().all():
        return None
    return Segmentation(("RFM",), labels), scored.segments


def candidates(frame: pd.DataFrame, plan: Design, fewest: int) -> dict[str, Segmentation]:
    """Return a segmentation for each column that the test names for segments."""
    return {name: by_columns(frame, [name], fewest) for name in plan.segments}


def evidence(
    values: np.ndarray, arm: np.ndarray, options: dict[str, Segmentation], plan: Design, rows: np.ndarray | None = None
) -> pd.DataFrame:
    """Test for each column whether effects differ between its segments.

    Parameters
    ----------
    values, arm
        (n), outcome and place of the arm.
    options
        From `candidates`.
    plan
        The test.
    rows
        Which people count; all by default.

    Returns
    -------
    DataFrame
        `column`, `segments`, `p` (`strategy.differ`), `p_holm` over the columns.
    """
    keep = slice(None) if rows is None else rows
    found = []
    for name, option in options.items():
        table, cells = strategy.cells(values[keep], arm[keep], option.labels.iloc[keep], plan)
        measured = table["effect"].notna().any()  # or no segment has enough people of an arm to learn from
        p = strategy.differ(cells) if measured else np.nan
        found.append({"column": name, "segments": table["segment"].nunique(), "p": p})
    return correct(pd.DataFrame(found, columns=["column", "segments", "p"]), family="columns")


def choose(frame: pd.DataFrame, plan: Design, settings: Strategy, tested: pd.DataFrame, fewest: int) -> Segmentation:
    """Choose the segments that are treated apart.

    The columns that `analysis.strategy.segments` names; left to itself, those between whose values effects differ
    (Holm p < 0.05), the clearest first and no more than two, crossed; if none, the one with the smallest p.

    Raises
    ------
    PatronsError
        If the settings name a column that is none of the test's segments.
    """
    if settings.segments != "auto":
        for name in settings.segments:
            if name not in plan.segments:
                known = ", ".join(plan.segments) or "none"
                raise PatronsError(
                    f"analysis.strategy.segments: {name!r} is no column that the experiment names for segments"
                    f"{nearest(name, plan.segments)} It names {known}."
                )
        return by_columns(frame, settings.segments, fewest)
    ranked = tested.dropna(subset=["p"]).sort_values("p", kind="stable")
    sure = ranked[ranked["p_holm"] < ALPHA]
    picked = sure.head(CROSSED) if len(sure) else ranked.head(1)
    # In the order of the source, whichever is clearer: two halves of the people then speak of the same segments.
    return by_columns(frame, [name for name in plan.segments if name in set(picked["column"])], fewest)


def _values(column: pd.Series, fewest: int) -> pd.Series:
    text = column.astype(object).where(column.notna(), NOT_KNOWN).map(str)
    counts = text.value_counts()
    return text.where(text.isin(_kept(counts, fewest, MOST)), OTHERS)


def _kept(counts: pd.Series, fewest: int, most: int | None = None) -> pd.Index:
    """Choose the values that stand for themselves, from how many people have each, so that few are left nowhere."""
    ranked = counts.sort_values(ascending=False, kind="stable")
    kept = ranked[ranked >= fewest].iloc[:most]
    if len(kept) and 0 < ranked.sum() - kept.sum() < fewest:
        kept = kept.iloc[:-1]
    return kept.index
