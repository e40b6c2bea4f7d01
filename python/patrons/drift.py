"""Whether numbers and groups of customers are spread as they were: the population stability index, bin by bin."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from patrons.facts import show
from patrons.rfm import cuts

#: Bins of a number, unless the reference has fewer than `FEWEST` customers for each.
BINS, FEWEST = 10, 20
#: Groups of fewer than this share of the reference are counted together, as are those beyond the largest `MOST`.
RARE, MOST = 0.01, 12
OTHER, UNKNOWN = "Other", "not known"
#: Added to the count of every bin, so that an empty one has a logarithm.
HALF = 0.5
#: What many hold to be a moderate and a large shift, whatever the number of customers.
CUSTOM = (0.1, 0.25)


@dataclass(frozen=True)
class Bins:
    """How the values of a measure are put into bins.

    Attributes
    ----------
    measure : str
        Its name.
    edges : tuple of float
        Of a number: a bin holds what is above one edge and at most the next.
    names : tuple of str
        Of groups: those with a bin of their own; `OTHER` comes after them.
    """

    measure: str
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What each bin is called; the last one holds what is not known."""
        if self.names:
            return (*self.names, OTHER, UNKNOWN)
        ends = [_short(edge, _digits(self.edges)) for edge in self.edges]
        between = [f"{low} to {high}" for low, high in pairwise(ends)]
        return (f"up to {ends[0]}", *between, f"over {ends[-1]}", UNKNOWN)

    def place(self, values: pd.Series) -> np.ndarray:
        """Return the bin of each value, from 0."""
        last = len(self.labels) - 1
        if self.names:
            places = {name: number for number, name in enumerate(self.names)}
            found = values.map(lambda value: last if pd.isna(value) else places.get(str(value), last - 1))
            return found.to_numpy(dtype=int)
        numbers = values.to_numpy(dtype=float)
        return np.where(np.isfinite(numbers), np.searchsorted(self.edges, numbers, side="left"), last)


@dataclass(frozen=True)
class Pair:
    """Customers of two times, a row each, to be compared like with like.

    Attributes
    ----------
    reference, current : pandas.DataFrame
        The same columns: numbers as floats, groups as objects.
    stratum, current_stratum : numpy.ndarray
        Of each customer, what has to be alike for a fair comparison; every stratum occurs in both.
    """

    reference: pd.DataFrame
    current: pd.DataFrame
    stratum: np.ndarray
    current_stratum: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """Of the customers of the reference: their strata then weigh what they weigh in the current customers."""
        now = pd.Series(self.current_stratum).value_counts() / len(self.current_stratum)
        then = pd.Series(self.stratum).value_counts() / len(self.stratum)
        return pd.Series(self.stratum).map(now / then).to_numpy(dtype=float)

    @property
    def size(self) -> float:
        """Number of customers that the weighted reference is worth: (Σ w)² / Σ w² (Kish)."""
        weights = self.weights
        return float(weights.sum() ** 2 / (weights**2).sum())


def pair(reference: pd.DataFrame, current: pd.DataFrame) -> Pair:
    """Put two tables together without strata."""
    return Pair(reference, current, np.zeros(len(reference), int), np.zeros(len(current), int))


def make_bins(values: pd.Series) -> Bins:
    """Choose bins by the reference: its tenths, which are values that occur, or its groups.

    Equal values share a bin, so that there are fewer bins where many are equal. Numbers that are the same for all get
    a bin below, one at and one above.
    """
    name = str(values.name)
    if not pd.api.types.is_numeric_dtype(values):
        # Of groups that are equally large those count first whose name does, in any language.
        shares = values.dropna().astype(str).value_counts(normalize=True).sort_index()
        shares = shares.sort_values(ascending=False, kind="stable")
        kept = shares[shares >= RARE].head(MOST)
        return Bins(name, names=tuple(sorted(kept.index)) or (OTHER.lower(),))
    known = values.to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return Bins(name, (0.0,))
    if known.min() == known.max():
        return Bins(name, (float(np.nextafter(known[0], -np.inf)), float(known[0])))
    edges = np.unique(cuts(known, int(np.clip(len(known) // FEWEST, 2, BINS))))
    return Bins(name, tuple(map(float, edges)))


def psi(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    r"""Return the population stability index of two tables of counts.

    .. math:: \sum_j (q_j - p_j) \ln \frac{q_j}{p_j}, \qquad p_j = \frac{a_j + ½}{\sum_i (a_i + ½)}

    and :math:`q_j` likewise: half a customer is added to each bin.

    Parameters
    ----------
    reference, current
        Counts, bins along the last axis.

    References
    ----------
    Siddiqi, N. (2006), *Credit Risk Scorecards*, Wiley. Kullback, S. and Leibler, R. A. (1951), On information
    and sufficiency, *Annals of Mathematical Statistics* 22, 79–86 (the divergence J).

    Examples
    --------
    >>> float(psi(np.array([50.0, 50.0]), np.array([50.0, 50.0])))
    0.0
    >>> round(float(psi(np.array([50.0, 50.0]), np.array([80.0, 20.0]))), 3)
    0.405
    """
    return terms(reference, current).sum(axis=-1)


def terms(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    """Return what each bin adds to the index."""
    then, now = (_shares(np.asarray(counts, dtype=float)) for counts in (reference, current))
    return (now - then) * np.log(now / then)


def used(pairs: Pair, bins: Bins) -> list[int]:
    """Return the bins that count: those of other groups and of what is not known only where there are any."""
    places = np.concatenate([bins.place(table[bins.measure]) for table in (pairs.reference, pairs.current)])
    size = len(bins.labels)
    asked = {size - 1, *([size - 2] if bins.names else [])}
    return [place for place in range(size) if place not in asked or (places == place).any()]


def count(pairs: Pair, bins: Bins) -> tuple[np.ndarray, np.ndarray]:
    """Count the customers in each bin that counts (`used`), then and now.

    Those of the reference are weighted, and worth their effective number in all.
    """
    places = [bins.place(table[bins.measure]) for table in (pairs.reference, pairs.current)]
    size, weights, kept = len(bins.labels), pairs.weights, used(pairs, bins)
    then = np.bincount(places[0], weights, size) / weights.sum() * pairs.size
    now = np.bincount(places[1], minlength=size).astype(float)
    return then[kept], now[kept]


def chi_square(reference: np.ndarray, current: np.ndarray) -> tuple[float, int, float]:
    """Test whether two rows of counts come from the same shares (Pearson), without empty bins.

    Returns
    -------
    statistic, degrees of freedom, p
        Missing, 0 and missing where there is one bin.
    """
    both = np.vstack([reference, current])
    both = both[:, both.sum(axis=0) > 0]
    if both.shape[1] < 2:
        return float("nan"), 0, float("nan")
    found = stats.chi2_contingency(both, correction=False)
    return float(found.statistic), int(found.dof), float(found.pvalue)


def bin_table(pairs: Pair, bins: Sequence[Bins]) -> pd.DataFrame:
    """Lay out every bin of every measure.

    Returns
    -------
    DataFrame
        `measure`, `bin` (from 0), `label`, `reference`, `current` (counts, the reference's weighted), `then`, `now`
        (shares as they are, without the halves), `adds` (to the index).
    """
    rows = []
    for one in bins:
        then, now = count(pairs, one)
        labels = [one.labels[place] for place in used(pairs, one)]
        rows.append(
            pd.DataFrame(
                {
                    **{"measure": one.measure, "bin": np.arange(len(then)), "label": labels},
                    **{"reference": then, "current": now, "then": then / then.sum(), "now": now / now.sum()},
                    "adds": terms(then, now),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def public(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Put bins with fewer customers than may be shown together with the bin beside them.

    A bin of nobody tells of nobody. What is left is counted anew, so that nothing tells what a single bin would have
    added.
    """
    found = []
    for _, rows in table.groupby("measure", sort=False):
        merged = rows.to_dict("records")
        while len(merged) > 1:
            few = [n for n, row in enumerate(merged) if any(0 < row[k] < smallest for k in ("reference", "current"))]
            if not few:
                break
            at = min(few[0], len(merged) - 2)
            one, other = merged[at], merged[at + 1]
            sums: dict[Hashable, Any] = {key: one[key] + other[key] for key in ("reference", "current", "then", "now")}
            merged[at : at + 2] = [{**one, **sums, "label": _together(one["label"], other["label"])}]
        kept = pd.DataFrame(merged)
        kept["adds"] = terms(kept["reference"].to_numpy(), kept["current"].to_numpy())
        found.append(kept.assign(bin=np.arange(len(kept))))
    return pd.concat(found, ignore_index=True)


def _together(one: str, other: str) -> str:
    """Name two bins that are shown as one.

    Examples
    --------
    >>> _together("3 to 5", "5 to 9"), _together("5 to 9", "over 9"), _together("web", "shop")
    ('3 to 9', 'over 5', 'web, shop')
    """
    low, high = one.split(" to ")[0], other.split(" to ")[-1]
    if one.startswith("up to ") and other.startswith("over "):
        return "all"
    if one.startswith("up to ") and " to " in other:
        return f"up to {high}"
    if " to " in one and " to " in other:
        return f"{low} to {high}"
    if " to " in one and other.startswith("over "):
        return f"over {low}"
    return f"{one}, {other}"


def _shares(counts: np.ndarray) -> np.ndarray:
    return (counts + HALF) / (counts + HALF).sum(axis=-1, keepdims=True)


def _short(edge: float, digits: int) -> str:
    """Write an edge without decimals that say nothing."""
    text = show(float(edge), None, digits)
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _digits(edges: Sequence[float]) -> int:
    """Return how many decimals tell edges apart."""
    gaps = np.diff(edges)
    least = gaps[gaps > 1e-9].min() if (gaps > 1e-9).any() else max(abs(edges[0]), 1.0)
    return 0 if all(float(edge).is_integer() for edge in edges) else int(np.clip(1 - np.floor(np.log10(least)), 0, 4))
