"""Scores as figures and tables show them: bars, edges, grids; groups too small to show are left out here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from patrons import masks
from patrons.rfm import MEASURES, Scores


def grid(scores: Scores, smallest: int = 1) -> pd.DataFrame:
    """Count customers and their mean revenue for each pair of scores of recency and frequency.

    Parameters
    ----------
    scores
        What `rfm.score` returned.
    smallest
        Groups of fewer people than this (but not of nobody) are left out of the numbers, with those that would give
        them away.

    Returns
    -------
    DataFrame
        `r`, `f`, `customers`, `share`, `monetary` (mean), missing where the group is too small to show.
    """
    table = scores.customers
    cells = pd.MultiIndex.from_product([range(1, scores.bins + 1)] * 2, names=["r", "f"])
    found = table.groupby(["r", "f"]).agg(customers=("monetary", "size"), monetary=("monetary", "mean"))
    counted = found.reindex(cells).reset_index()
    counted["customers"] = counted["customers"].fillna(0).astype("Int64")
    counted["share"] = (counted["customers"] / len(table)).astype(float)
    counts = counted["customers"].to_numpy(dtype=float).reshape(scores.bins, scores.bins)
    small = masks.crossed(counts, smallest).ravel()
    counted.loc[small, "customers"] = pd.NA
    counted.loc[small, ["share", "monetary"]] = np.nan
    return counted


def histogram(scores: Scores, bars: int = 44, reach: float = 0.98, smallest: int = 1) -> pd.DataFrame:
    """Count customers by value of each measure, apart by score, up to the quantile `reach` of the measure.

    Pieces of bars with fewer than `smallest` customers are left out, with those that would give them away.

    Returns
    -------
    DataFrame
        `measure`, `score`, `left`, `right`, `base` (the bar's foot: scores that share a bar are stacked), `customers`.
    """
    columns = ["measure", "score", "left", "right", "base", "customers"]
    tables = []
    for measure in MEASURES:
        values = scores.customers[measure].astype(float)
        low, high = float(values.min()), float(values.quantile(reach))
        whole = bool((values == values.round()).all())
        width = max((high - low) / bars, 1.0 if whole else 0.0) or 1.0
        width = float(np.ceil(width)) if whole else width
        start = low - (0.5 if whole else 0.0)
        shown = values <= high
        last = np.ceil((high - start) / width) - 1  # the largest value shown falls into the last bar, not behind it
        place = pd.Series(np.minimum(np.floor((values[shown] - start) / width), max(last, 0)), name="place")
        place = place.reindex(values.index, fill_value=last + 1)  # whoever is not shown counts in the total, too
        counted = scores.customers.groupby([place, measure[0]]).size()
        table = counted.rename("customers").reset_index().rename(columns={measure[0]: "score"})
        beyond = (table["place"] > last).to_numpy()
        table = table[~masks.within(table, "score", "customers", smallest, beyond)].copy()
        table["base"] = table.groupby("place")["customers"].cumsum() - table["customers"]
        table["left"] = start + table["place"] * width
        table["right"] = table["left"] + width
        tables.append(table.assign(measure=measure)[columns])
    return pd.concat(tables, ignore_index=True)


def look_up(scores: Scores, smallest: int = 1) -> pd.DataFrame:
    """Return where each score begins and ends, best first, so that it can be looked up by hand.

    The extremes are left open: they are single customers' values. Scores with fewer than `smallest` customers are
    not told.

    Returns
    -------
    DataFrame
        `score`, and for each measure its range in words and `<measure>_customers`; missing where nobody has the score.
    """
    table = pd.DataFrame({"score": range(scores.bins, 0, -1)})
    for measure in MEASURES:
        mine = scores.edges[scores.edges["measure"] == measure].sort_values("low")
        whole = bool((mine[["low", "high"]] % 1 == 0).all(axis=None))
        lows, highs = mine["low"].tolist(), mine["high"].tolist()
        texts = [_range(lows, highs, place, whole) for place in range(len(mine))]
        named = pd.DataFrame({"score": mine["score"], measure: texts, f"{measure}_customers": mine["customers"]})
        table = table.merge(masks.shown(named, f"{measure}_customers", smallest), on="score", how="left")
    return table.astype({f"{measure}_customers": "Int64" for measure in MEASURES})


def spread(scores: Scores, smallest: int = 1) -> pd.DataFrame:
    """Say how the rank sums of each segment spread, best first; segments too small to show are left out.

    Returns
    -------
    DataFrame
        `segment`, `title`, `customers`, `low`, `q25`, `median`, `q75`, `high` (the middle nine tenths).
    """
    ranks = scores.customers.groupby("segment", observed=True)["rank_sum"]
    places = {"low": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "high": 0.95}
    found = pd.DataFrame({"customers": ranks.size(), **{name: ranks.quantile(at) for name, at in places.items()}})
    found = masks.shown(found, "customers", smallest).sort_values("median", ascending=False).reset_index()
    found.insert(1, "title", [scores.segments.titles[str(name)] for name in found["segment"]])
    return found.astype({"segment": str})


def _range(lows: Sequence[float], highs: Sequence[float], place: int, whole: bool) -> str:
    first, last = place == 0, place == len(lows) - 1
    if first and last:
        return "all"
    if whole:
        low, high = f"{lows[place]:,.0f}", f"{highs[place]:,.0f}"
        return f"{low} and more" if last else f"up to {high}" if first else low if low == high else f"{low} to {high}"
    below = f"over {highs[place - 1]:,.2f}"
    return below if last else f"up to {highs[place]:,.2f}" if first else f"{below} to {highs[place]:,.2f}"
