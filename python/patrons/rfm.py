"""Recency, frequency and monetary value: scores from 1 to 5, named segments, and what each segment is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator
from ruamel.yaml import YAML

from patrons.errors import PatronsError
from patrons.paths import home

MEASURES = ("recency", "frequency", "monetary")
LEVELS = 5
RESAMPLES = 1000

Range = tuple[int, int]
Score = tuple[int, int, int]


class Box(BaseModel):
    """A block of scores, inclusive at both ends."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    r: Range = (1, LEVELS)
    f: Range = (1, LEVELS)
    m: Range = (1, LEVELS)

    @field_validator("r", "f", "m")
    @classmethod
    def _within_levels(cls, value: Range) -> Range:
        low, high = value
        if not 1 <= low <= high <= LEVELS:
            raise ValueError(f"[{low}, {high}] is no range of scores: write [lowest, highest] within 1 to {LEVELS}")
        return value

    def scores(self) -> list[Score]:
        """Return every combination of scores in the block."""
        r, f, m = (range(low, high + 1) for low, high in (self.r, self.f, self.m))
        return list(product(r, f, m))


class Segment(BaseModel):
    """A named group of scores, what it means, and what to do about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = Field(min_length=1)
    meaning: str = ""
    action: str = ""
    scores: tuple[Box, ...] = Field(min_length=1)


@dataclass(frozen=True)
class SegmentMap:
    """Segments by name, and the one segment of each combination of scores."""

    segments: Mapping[str, Segment]
    of_score: Mapping[Score, str]

    @property
    def names(self) -> list[str]:
        """Names of the segments, in the file's order."""
        return list(self.segments)


@dataclass(frozen=True)
class Scores:
    """What scoring found.

    Attributes
    ----------
    customers
        The table that was scored, with `r`, `f`, `m` (1 to `bins`), `code` (such as "543"), `score_sum`, `rank_sum`
        (0 to 100) and `segment` (a category in the order of the map).
    edges
        One row per measure and score that somebody has: `measure`, `score`, `low`, `high`, `customers`.
    bins
        Number of bins asked for.
    remarks
        Sentences about measures whose ties left fewer bins than asked for.
    segments
        The map that was used.
    """

    customers: pd.DataFrame
    edges: pd.DataFrame
    bins: int
    remarks: tuple[str, ...]
    segments: SegmentMap


def read_segments(path: Path | None = None) -> SegmentMap:
    """Read which scores make which segment, and prove that each combination is in exactly one.

    The file is `data/segments.yml` unless another is named.

    Raises
    ------
    PatronsError
        Naming the segment and the scores that are missing, or claimed twice, or malformed.
    """
    path = path or home() / "data" / "segments.yml"
    with path.open(encoding="utf-8") as file:
        raw = YAML(typ="safe").load(file)
    try:
        segments = {str(name): Segment.model_validate(body) for name, body in raw.items()}
    except ValueError as error:
        raise PatronsError(f"{path.name}: {error}") from None
    of_score: dict[Score, str] = {}
    for name, segment in segments.items():
        for score in (score for box in segment.scores for score in box.scores()):
            if score in of_score:
                raise PatronsError(
                    f"{path.name}: the score {_code(score)} is in {of_score[score]} and again in {name}; "
                    "each score belongs to one segment"
                )
            of_score[score] = name
    missing = [score for score in Box().scores() if score not in of_score]
    if missing:
        some = ", ".join(_code(score) for score in missing[:5])
        raise PatronsError(f"{path.name}: {len(missing)} scores have no segment, among them {some}")
    return SegmentMap(segments, of_score)


def score(customers: pd.DataFrame, bins: int = LEVELS, segments: SegmentMap | None = None) -> Scores:
    r"""Score customers on recency, frequency and monetary value and name their segments.

    The edges are the sample quantiles :math:`q_{j/b}, j = 1 … b − 1` (values that occur in the data: the inverse of
    the empirical distribution function). A value scores one more than the number of edges below it. Equal values
    therefore share a score, that of the lowest bin they reach into; where ties swallow a whole bin, nobody has its
    score. Recency is turned round first: few days are good.

    `rank_sum` uses no bins: the mean of the three percentile ranks, ties at their middle,

    .. math:: 100 · \frac{1}{3} \sum_{v} \frac{\mathrm{rank}(v) − 1/2}{n}.

    Parameters
    ----------
    customers
        One row per customer with `recency` (days), `frequency` (orders) and `monetary` (money).
    bins
        Number of bins per measure; with other than five, scores are carried to five levels to look up the segment.
    segments
        The map; read from `data/segments.yml` if left out.

    Raises
    ------
    PatronsError
        There is no customer, or a measure is missing for somebody.

    References
    ----------
    Hughes, A. M. (1994), *Strategic Database Marketing*.

    Examples
    --------
    >>> frame = pd.DataFrame({"recency": [1, 9, 30], "frequency": [5, 2, 1], "monetary": [90.0, 20, 5]})
    >>> list(score(frame, bins=3).customers["code"])
    ['333', '222', '111']
    """
    if customers.empty:
        raise PatronsError("There are no customers to score")
    gaps = [name for name in MEASURES if customers[name].isna().any()]
    if gaps:
        raise PatronsError(f"{', '.join(gaps)} is missing for some customers; scores need all three measures")
    segments = segments or read_segments()
    table, tables, remarks = customers.copy(), [], []
    ranks = np.zeros(len(table))
    for measure in MEASURES:
        good = _good(table[measure], measure)
        scores, edges = _quantile_scores(good, bins)
        table[measure[0]] = scores
        tables.append(_edge_table(table[measure], scores, measure))
        remarks += _remark(measure, table[measure], edges, scores, bins)
        ranks += (good.rank(method="average").to_numpy() - 0.5) / len(table)
    between = "" if bins < 10 else "-"
    table["code"] = table["r"].astype(str) + between + table["f"].astype(str) + between + table["m"].astype(str)
    table["score_sum"] = table[["r", "f", "m"]].sum(axis=1)
    table["rank_sum"] = 100 * ranks / len(MEASURES)
    named = [segments.of_score[_levels(key, bins)] for key in zip(table["r"], table["f"], table["m"], strict=True)]
    table["segment"] = pd.Categorical(named, categories=segments.names)
    return Scores(table, pd.concat(tables, ignore_index=True), bins, tuple(remarks), segments)


def summarise(scores: Scores, rng: np.random.Generator, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Count the customers of each segment and the revenue they bring, with bootstrap intervals over customers.

    Segments nobody is in are kept with zeros, so that a table of one source reads like that of another. A customer
    keeps the segment while resampled: the interval says how far the share depends on who happened to come.

    Returns
    -------
    DataFrame
        `segment`, `title`, `customers`, `customer_share`, `revenue`, `revenue_share`, `low`, `high` (95 %),
        `revenue_per_customer`, medians of the three measures, `meaning`, `action`.
    """
    table, segments = scores.customers, scores.segments
    codes, money = table["segment"].cat.codes.to_numpy(), table["monetary"].to_numpy(dtype=float)
    grouped = table.groupby("segment", observed=False)
    summary = grouped.agg(
        customers=("monetary", "size"),
        revenue=("monetary", "sum"),
        recency=("recency", "median"),
        frequency=("frequency", "median"),
        monetary=("monetary", "median"),
    ).reset_index()
    summary["segment"] = summary["segment"].astype(str)
    summary["customer_share"] = summary["customers"] / len(table)
    summary["revenue_share"] = summary["revenue"] / money.sum() if money.sum() else np.nan
    summary["revenue_per_customer"] = summary["revenue"] / summary["customers"].where(summary["customers"] > 0)
    shares = np.empty((resamples, len(segments.names)))
    for row in range(resamples):
        drawn = rng.integers(0, len(table), len(table))
        sums = np.bincount(codes[drawn], weights=money[drawn], minlength=len(segments.names))
        shares[row] = sums / sums.sum() if sums.sum() else np.nan
    summary["low"], summary["high"] = np.quantile(shares, [0.025, 0.975], axis=0)
    for field in ("title", "meaning", "action"):
        summary[field] = [getattr(segments.segments[name], field) for name in summary["segment"]]
    return summary


def grid(scores: Scores, smallest: int = 1) -> pd.DataFrame:
    """Count customers and their mean revenue for each pair of scores of recency and frequency.

    Parameters
    ----------
    scores
        What `score` returned.
    smallest
        Groups of fewer people than this (but not of nobody) are left out of the numbers.

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
    small = counted["customers"].between(1, smallest - 1)
    counted.loc[small, "customers"] = pd.NA
    counted.loc[small, ["share", "monetary"]] = np.nan
    return counted


def histogram(scores: Scores, bars: int = 44, reach: float = 0.98) -> pd.DataFrame:
    """Count customers by value of each measure, apart by score, up to the quantile `reach` of the measure.

    Returns
    -------
    DataFrame
        `measure`, `score`, `left`, `right`, `base` (the bar's foot: scores that share a bar are stacked), `customers`.
    """
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
        counted = scores.customers.loc[shown].groupby([place, measure[0]]).size()
        table = counted.rename("customers").reset_index().rename(columns={measure[0]: "score"})
        table["base"] = table.groupby("place")["customers"].cumsum() - table["customers"]
        table["left"] = start + table["place"] * width
        table["right"] = table["left"] + width
        tables.append(table.assign(measure=measure)[["measure", "score", "left", "right", "base", "customers"]])
    return pd.concat(tables, ignore_index=True)


def public(summary: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Blank the numbers of segments with fewer people than may be shown; empty segments tell nothing about anybody."""
    numbers = summary.select_dtypes("number").columns
    found = summary.astype(dict.fromkeys(numbers, "float64"))
    found.loc[summary["customers"].between(1, smallest - 1), numbers] = np.nan
    return found


def look_up(scores: Scores) -> pd.DataFrame:
    """Return where each score begins and ends, best first, so that it can be looked up by hand.

    The extremes are left open: they are single customers' values.

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
        table = table.merge(named, on="score", how="left")
    return table.astype({f"{measure}_customers": "Int64" for measure in MEASURES})


def unmoved(customers: pd.DataFrame, bins: int, others: Sequence[int]) -> float:
    """Return the share of customers whose segment stays the same with each other number of bins."""
    usual = score(customers, bins).customers["segment"].astype(str)
    same = [score(customers, other).customers["segment"].astype(str) == usual for other in others]
    return float(np.logical_and.reduce(same).mean())


def _good(values: pd.Series, measure: str) -> pd.Series:
    """Return the values so that more is better."""
    return -values if measure == "recency" else values


def _quantile_scores(good: pd.Series, bins: int) -> tuple[np.ndarray, np.ndarray]:
    values = good.to_numpy(dtype=float)
    edges = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
    return 1 + np.searchsorted(edges, values, side="left"), edges


def _edge_table(values: pd.Series, scores: np.ndarray, measure: str) -> pd.DataFrame:
    found = values.groupby(scores).agg(["min", "max", "size"])
    return pd.DataFrame(
        {
            "measure": measure,
            "score": found.index.astype(int),
            "low": found["min"].to_numpy(dtype=float),
            "high": found["max"].to_numpy(dtype=float),
            "customers": found["size"].to_numpy(),
        }
    )


def _range(lows: Sequence[float], highs: Sequence[float], place: int, whole: bool) -> str:
    first, last = place == 0, place == len(lows) - 1
    if first and last:
        return "all"
    if whole:
        low, high = f"{lows[place]:,.0f}", f"{highs[place]:,.0f}"
        return f"{low} and more" if last else f"up to {high}" if first else low if low == high else f"{low} to {high}"
    below = f"over {highs[place - 1]:,.2f}"
    return below if last else f"up to {highs[place]:,.2f}" if first else f"{below} to {highs[place]:,.2f}"


def _remark(measure: str, values: pd.Series, edges: np.ndarray, scores: np.ndarray, bins: int) -> list[str]:
    """Say in words when ties left fewer bins than were asked for."""
    used = len(np.unique(scores))
    if used == bins:
        return []
    distinct = values.nunique()
    if distinct == 1:
        return [f"Every customer has the same {measure} ({values.iloc[0]:g}): it tells nobody apart."]
    common = values.value_counts(normalize=True)
    return [
        f"The {measure} of {100 * common.iloc[0]:.0f}\u00a0% of the customers is {common.index[0]:g}: equal values "
        f"share a score, so only {used} of the {bins} scores of {measure} occur."
    ]


def _levels(key: Score, bins: int) -> Score:
    """Carry scores of 1 to `bins` to the five levels of the map; the ends stay ends."""
    r, f, m = (1 + int((LEVELS - 1) * (item - 1) / (bins - 1) + 0.5) for item in key)
    return r, f, m


def _code(key: Score) -> str:
    return "".join(map(str, key))
