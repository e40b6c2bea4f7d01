"""From what is known of people to groups: bands of numbers, levels of texts, none too small and not too many."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from patrons.facts import SIGNS

#: First years of the bands of age. The second is the one that planted customers of the simulated shop spend more in.
AGE_STARTS = (18, 30, 46, 61)
#: A band at either end of the incomes that holds less than this share is joined with the next.
LEAST_SHARE = 0.05
#: More levels than this are more than a reader can compare; the rarest are put together.
MOST_LEVELS = 8
OTHER = "other"
#: Words by which levels of education are put in order, where every level has one of them.
LADDER: tuple[tuple[str, ...], ...] = (
    ("none", "no "),
    ("basic", "primary", "elementary"),
    ("secondary", "high school", "school"),
    ("vocational", "apprentice", "some college"),
    ("college", "associate"),
    ("2n cycle", "second cycle"),
    ("postgraduate", "master", "mba"),
    ("undergraduate", "bachelor", "graduation", "graduate"),
    ("phd", "doctor", "doctorate"),
)
# Where a word of the ladder stands on it; a bachelor's degree comes before a second cycle.
RANKS = {5: 6, 6: 7, 7: 5}


@dataclass(frozen=True)
class Factor:
    """A way to divide customers into groups.

    Attributes
    ----------
    name, title
        Column, and what the chapter calls it.
    levels
        Groups, in the order in which they are shown.
    ordered
        Whether that order means something.
    """

    name: str
    title: str
    levels: tuple[str, ...]
    ordered: bool


def banded(raw: pd.DataFrame, currency: str | None) -> dict[str, pd.Series]:
    """Turn what is known of people into categories, a column each; missing where it is not known.

    Parameters
    ----------
    raw
        From `demographics.describe_people`.
    currency
        Of the incomes.
    """
    found = {}
    for name in raw:
        values = raw[name]
        if name == "age":
            found["age"] = cut(values, [start - 1 for start in AGE_STARTS[1:]], _ages)
        elif name == "income":
            found["income"] = cut(values, income_cuts(values), lambda low, high: _incomes(low, high, currency))
        elif name == "family":
            found["family"] = cut(values, [0, 1], lambda low, high: {0: "none", 1: "one"}.get(high, "two or more"))
        else:
            found[str(name)] = levels(values, str(name))
    return found


def cut(values: pd.Series, cuts: list[float], name: Callable[[Any, Any], str]) -> pd.Series:
    """Divide numbers at cuts, each of which belongs to the band below it.

    Parameters
    ----------
    values
        Numbers, some of which may be missing.
    cuts
        In ascending order.
    name
        A function of the ends of a band (None where it has none) that returns what it is called.
    """
    ends = [None, *cuts, None]
    names = [name(low, high) for low, high in pairwise(ends)]
    codes = np.searchsorted(np.asarray(cuts, dtype=float), values.to_numpy(dtype=float), side="left")
    codes = np.where(values.isna(), -1, codes)
    return pd.Series(pd.Categorical.from_codes(codes.tolist(), pd.Index(names), ordered=True), index=values.index)


def income_cuts(values: pd.Series) -> list[float]:
    """Return round incomes to cut at.

    The step is the largest of 1, 2 or 5 times a power of ten that is not above the distance of the quartiles; an outer
    band with less than `LEAST_SHARE` of the customers is joined with its neighbour.

    Examples
    --------
    >>> income_cuts(pd.Series(range(15_000, 100_000, 500), dtype=float))
    [20000.0, 40000.0, 60000.0, 80000.0]
    """
    known = values.dropna().to_numpy(dtype=float)
    if len(np.unique(known)) < 2:
        return []
    first, third = np.quantile(known, [0.25, 0.75])
    width = third - first or known.max() - known.min()
    power = 10.0 ** math.floor(math.log10(width))
    step = max(item for item in (1 * power, 2 * power, 5 * power) if item <= width * (1 + 1e-12))
    low, high = np.quantile(known, [LEAST_SHARE, 1 - LEAST_SHARE])
    start, stop = math.ceil(low / step), math.floor(high / step)
    cuts = [round(place * step, 6) for place in range(start, stop + 1)]
    cuts = [item for item in cuts if known.min() <= item < known.max()]
    while cuts and (known <= cuts[0]).mean() < LEAST_SHARE:
        cuts.pop(0)
    while cuts and (known > cuts[-1]).mean() < LEAST_SHARE:
        cuts.pop()
    return cuts


def levels(values: pd.Series, name: str) -> pd.Series:
    """Turn texts into categories: education in its order where it can be told, all else by how frequent it is."""
    texts = values.map(lambda item: str(item).strip() if not pd.isna(item) else None)
    texts = texts.where(texts != "", None)
    counted = texts.value_counts()
    known = sorted(counted.index, key=lambda item: (-counted[item], item))
    ranks = {item: rank(item) for item in known} if name == "education" else {}
    ordered = bool(ranks) and all(place is not None for place in ranks.values())
    if ordered:
        known = sorted(known, key=lambda item: (ranks[item] or 0, -counted[item], item))
    return pd.Series(pd.Categorical(texts, categories=known, ordered=ordered), index=values.index)


def rank(education: str) -> int | None:
    """Return where a level of education stands on the ladder; None if it cannot be told.

    Examples
    --------
    >>> rank("Bachelor's degree") < rank("Master")
    True
    """
    text = education.lower()
    for place, words in enumerate(LADDER):
        if any(re.search(rf"(^|\b){re.escape(word)}", text) for word in words):
            return RANKS.get(place, place)
    return None


def settle(values: pd.Series, smallest: int) -> pd.Series:
    """Leave no group too small to show, and not more of them than can be compared.

    A band that is too small is joined with the smaller of its neighbours; texts without an order that are too rare, and
    those beyond the most frequent, become `OTHER`.

    Parameters
    ----------
    values
        Categories.
    smallest
        Least number of customers in a group.
    """
    found = values.cat.remove_unused_categories()
    if found.cat.ordered and len(found.cat.categories) <= 2 * MOST_LEVELS:
        return _joined(found, smallest)
    counts = found.value_counts().reindex(found.cat.categories)
    frequent = counts.sort_values(ascending=False, kind="stable")
    keep = frequent[frequent >= smallest].index.tolist()
    keep = keep if len(keep) <= MOST_LEVELS and len(keep) == len(frequent) else keep[: MOST_LEVELS - 1]
    rest = frequent.drop(keep).sum()
    while keep and 0 < rest < smallest:
        rest += frequent[keep.pop()]
    if len(keep) == len(frequent):
        return found
    names = [*[item for item in keep if item != OTHER], OTHER]
    texts = found.astype(object).where(found.isna() | found.isin(keep), OTHER)
    return pd.Series(pd.Categorical(texts, categories=names), index=values.index)


def _joined(values: pd.Series, smallest: int) -> pd.Series:
    """Join ordered bands until none is too small."""
    bands = [[name] for name in values.cat.categories]
    counts = [int((values == name).sum()) for name in values.cat.categories]
    while len(bands) > 1 and (min(counts) < smallest or len(bands) > MOST_LEVELS):
        place = counts.index(min(counts))
        beside = [near for near in (place - 1, place + 1) if 0 <= near < len(bands)]
        other = min(beside, key=lambda near: counts[near])
        first, second = sorted((place, other))
        bands[first] += bands.pop(second)
        counts[first] += counts.pop(second)
    names = {old: _span_of(band) for band in bands for old in band}
    renamed = values.astype(object).map(names, na_action="ignore")
    return pd.Series(
        pd.Categorical(renamed, categories=[_span_of(band) for band in bands], ordered=True), index=values.index
    )


def _span_of(band: list[str]) -> str:
    return " / ".join(band) if len(band) < 3 else f"{band[0]} … {band[-1]}"


def _ages(low: float | None, high: float | None) -> str:
    start = AGE_STARTS[0] if low is None else int(low) + 1
    return f"{start} and over" if high is None else f"{'up to ' if low is None else f'{start} to '}{int(high)}"


def _incomes(low: float | None, high: float | None, currency: str | None) -> str:
    if low is None and high is None:
        return "all"
    if low is None:
        return f"up to {_amount(high, currency)}"
    return (
        f"over {_amount(low, currency)}" if high is None else f"{_amount(low, currency)} to {_amount(high, currency)}"
    )


def _amount(value: float | None, currency: str | None) -> str:
    """Write a round amount, short: 60,000 as £60k."""
    number = float(value or 0)
    sign = SIGNS.get(currency, f"{currency} ") if currency else ""
    for size, letter in ((1e6, "m"), (1e3, "k")):
        if abs(number) >= size:
            return f"{sign}{number / size:g}{letter}"
    return f"{sign}{number:g}"
