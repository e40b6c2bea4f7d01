"""Recency, frequency and monetary value: scores by quantile and by rank, and what each named segment is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from patrons.errors import PatronsError
from patrons.masks import divided
from patrons.rfm_map import LEVELS, SegmentMap, read_segments
from patrons.shop import Shop
from patrons.stop import ChapterStop
from patrons.words import joined, plain

MEASURES = ("recency", "frequency", "monetary")
RESAMPLES = 1000
#: The level of recency in the map where it is the same for everybody: then nobody is called silent, and nobody late.
MIDDLE = (LEVELS + 1) // 2

#: What `source.yml` must say of customers, where there are no transactions, for each measure to be known.
COLUMNS = {
    "recency": "`recency` among its `columns:`",
    "frequency": "`orders: {web: …}`",
    "monetary": "`spend: {wine: …}`",
}


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
    segments
        The map that was used.
    """

    customers: pd.DataFrame
    edges: pd.DataFrame
    bins: int
    segments: SegmentMap

    def occurring(self, measure: str) -> list[int]:
        """Return the scores of a measure that somebody has; fewer than `bins` where ties swallow some."""
        return sorted(self.edges.loc[self.edges["measure"] == measure, "score"].tolist())

    def out_of_reach(self) -> list[str]:
        """Return the segments that nobody can be in, with the scores that occur."""
        levels = [{carried(item, self.bins) for item in self.occurring(measure)} for measure in MEASURES]
        levels[0] = levels[0] if len(levels[0]) > 1 else {MIDDLE}
        reached = {
            name
            for key, name in self.segments.of_score.items()
            if all(item in seen for item, seen in zip(key, levels, strict=True))
        }
        reached |= {str(self.segments.segments[name].otherwise) for name in reached}
        return [name for name in self.segments.names if name not in reached]


@dataclass(frozen=True)
class Known:
    """Customers of whom all three measures are known.

    Attributes
    ----------
    customers
        A row each.
    left_out
        How many are left out because a measure of theirs is not known.
    """

    customers: pd.DataFrame
    left_out: int


def measured(shop: Shop) -> Known:
    """Return the customers of whom all three measures are known, and how many are left out.

    The measures come from the transactions, or from what a table of customers sums up.

    Raises
    ------
    ChapterStop
        The source does not say one of them, or says all three of nobody.
    """
    if not shop.has("transactions"):
        if not shop.has("customers"):
            shop.require("transactions")
        gone = [name for name in MEASURES if name not in shop.customer_features]
        if gone:
            raise ChapterStop(
                f"This chapter needs to know how lately, how often and for how much customers bought; the source "
                f"*{plain(shop.name)}* does not say their {joined(gone)}. Add a table `transactions`, or to "
                f"`customers:` in source.yml {joined([COLUMNS[name] for name in gone])}."
            )
    table = shop.customer_features
    known = table.dropna(subset=list(MEASURES)).reset_index(drop=True)
    if known.empty:
        raise ChapterStop(
            f"The source *{plain(shop.name)}* has nobody of whom recency, orders and spend are all known: there is "
            "nobody to score."
        )
    return Known(known, len(table) - len(known))


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
        One row per customer with `recency` (days), `frequency` (orders) and `monetary` (money), and `tenure` (days
        since the first order) where it is known.
    bins
        Number of bins per measure; with other than five, scores are carried to five levels to look up the segment
        (`named`).
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
    table = customers.assign(
        **{
            measure[0]: scores_of(turned(customers, measure), cuts(turned(customers, measure), bins))
            for measure in MEASURES
        }
    )
    between = "" if bins < 10 else "-"
    table["code"] = table["r"].astype(str) + between + table["f"].astype(str) + between + table["m"].astype(str)
    table["score_sum"] = table[["r", "f", "m"]].sum(axis=1)
    table["rank_sum"] = 100 * sum(percentile_ranks(turned(table, measure)) for measure in MEASURES) / len(MEASURES)
    table["segment"] = named(table, bins, segments)
    edges = pd.concat([_edge_table(table, measure) for measure in MEASURES], ignore_index=True)
    return Scores(table, edges, bins, segments)


def turned(customers: pd.DataFrame, measure: str) -> np.ndarray:
    """Return the values of a measure so that more is better."""
    values = customers[measure].to_numpy(dtype=float)
    return -values if measure == "recency" else values


def cuts(good: np.ndarray, bins: int) -> np.ndarray:
    """Return the sample quantiles that part the bins: values that occur, the smallest that reach each share.

    The place of the j-th is ⌈n j / b⌉, counted in whole numbers: 0.7 · 70 is not 49 to a computer.
    """
    places = [-(-len(good) * j // bins) - 1 for j in range(1, bins)]
    return np.partition(good, sorted(set(places)))[places]


def scores_of(good: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return one more than the number of edges below each value."""
    return 1 + np.searchsorted(edges, good, side="left")


def percentile_ranks(good: np.ndarray) -> np.ndarray:
    """Return the share of customers below each, counting those with the same value by half."""
    return (pd.Series(good).rank(method="average").to_numpy() - 0.5) / len(good)


def named(table: pd.DataFrame, bins: int, segments: SegmentMap) -> pd.Categorical[str]:
    """Name the segments of customers with scores `r`, `f`, `m` of 1 to `bins`.

    A score of recency that all share counts as the middle of the map. Shared scores of frequency and value stay the
    lowest: they claim least there, while the lowest recency would claim that everybody has fallen silent.
    """
    levels = np.array([0, *(carried(item, bins) for item in range(1, bins + 1))])
    scores = pd.DataFrame({letter: levels[table[letter].to_numpy()] for letter in "rfm"})
    if table["r"].nunique() == 1:
        scores["r"] = MIDDLE
    return segments.name(scores, table.get("tenure"))


def carried(item: int, bins: int) -> int:
    """Carry a score of 1 to `bins` to the five levels of the map; the ends stay ends."""
    return 1 + int((LEVELS - 1) * (item - 1) / (bins - 1) + 0.5)


def summarise(scores: Scores, rng: np.random.Generator, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Count the customers of each segment and the revenue they bring, with 95 % intervals.

    The share of customers has Wilson's interval, the share of the revenue one by bootstrap over customers. Segments
    nobody is in are kept with zeros, so that a table of one source reads like that of another. A customer keeps the
    segment while resampled: the interval says how far the share depends on who happened to come.

    Returns
    -------
    DataFrame
        `segment`, `title`, `customers`, `customer_share` (`share_low`, `share_high`), `revenue`, `revenue_share`
        (`low`, `high`), `revenue_per_customer` (`per_low`, `per_high`: t interval), medians of the three measures,
        `meaning`, `action`.
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
    ends = proportion_confint(summary["customers"].to_numpy(), len(table), method="wilson")
    summary["share_low"], summary["share_high"] = ends
    summary["revenue_share"] = summary["revenue"] / money.sum() if money.sum() else np.nan
    summary["revenue_per_customer"] = summary["revenue"] / summary["customers"].where(summary["customers"] > 0)
    shares = np.empty((resamples, len(segments.names)))
    for row in range(resamples):
        drawn = rng.integers(0, len(table), len(table))
        sums = np.bincount(codes[drawn], weights=money[drawn], minlength=len(segments.names))
        shares[row] = sums / sums.sum() if sums.sum() else np.nan
    summary["low"], summary["high"] = np.quantile(shares, [0.025, 0.975], axis=0)
    n = summary["customers"].to_numpy()
    spread = grouped["monetary"].std(ddof=1).to_numpy() / np.sqrt(np.maximum(n, 1))
    half = stats.t.ppf(0.975, np.where(n > 1, n - 1, np.nan)) * spread
    summary["per_low"], summary["per_high"] = (summary["revenue_per_customer"] + sign * half for sign in (-1, 1))
    for field in ("title", "meaning", "action"):
        summary[field] = [getattr(segments.segments[name], field) for name in summary["segment"]]
    return summary


def public(summary: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Blank the numbers of segments with fewer people than may be shown, and of those that would give them away.

    Empty segments tell nothing about anybody.
    """
    numbers = summary.select_dtypes("number").columns
    found = summary.astype(dict.fromkeys(numbers, "float64"))
    found.loc[divided(summary["customers"], smallest), numbers] = np.nan
    return found


def _edge_table(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    found = table[measure].groupby(table[measure[0]]).agg(["min", "max", "size"])
    return pd.DataFrame(
        {
            "measure": measure,
            "score": found.index.astype(int),
            "low": found["min"].to_numpy(dtype=float),
            "high": found["max"].to_numpy(dtype=float),
            "customers": found["size"].to_numpy(),
        }
    )
