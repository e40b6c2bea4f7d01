"""How many groups: a rule, and what other criteria would have said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Groups count as found again from this mean adjusted Rand index, and this prediction strength, on.
STABLE, STRONG = 0.8, 0.8

#: What makes more of a criterion better: 1 more, -1 less, 0 a bend.
DIRECTIONS = {
    "inertia": 0,
    "silhouette": 1,
    "calinski_harabasz": 1,
    "davies_bouldin": -1,
    "gap": 1,
    "stability": 1,
    "strength": 1,
}


@dataclass(frozen=True)
class Choice:
    """How many groups there are taken to be.

    Attributes
    ----------
    k
        The number that is used.
    asked
        The number that the source asks for; None where the rule decides.
    by_rule
        The number that the rule takes.
    candidates
        Numbers at which the groups are found again and none is too small.
    favourites
        Criterion → the number it would take by itself; None where it takes none.
    """

    k: int
    asked: int | None
    by_rule: int
    candidates: tuple[int, ...]
    favourites: Mapping[str, int | None]


def choose(table: pd.DataFrame, smallest: int, asked: int | None = None) -> Choice:
    """Choose the largest number of groups that can be found again.

    A number k is a candidate if

    1. groups of bootstrap samples agree with the groups: the mean adjusted Rand index is at least `STABLE`;
    2. one half of the customers predicts the groups of the other: the mean prediction strength over splits plus one
       standard deviation between them is at least `STRONG`;
    3. no group has fewer than `smallest` customers.

    The largest candidate is taken: whatever fewer groups tell, the reproducible finer ones tell too. Where no number
    is a candidate, the one with the largest prediction strength is taken.

    Tibshirani and Walther take the largest k whose prediction strength plus its standard error is above 0.8 to 0.9. The
    standard deviation stands in for their standard error of five folds: that of a mean over splits of the same
    customers falls to nothing with the number of splits, without anything being learnt.

    Parameters
    ----------
    table
        `k`, `smallest` (customers of the smallest group) and the criteria of `DIRECTIONS` with `gap_se`,
        `strength_sd`; criteria are missing at k = 1 where they do not exist.
    smallest
        Groups must have so many customers.
    asked
        A number that is used whatever the rule takes.

    References
    ----------
    Tibshirani, R. & Walther, G. (2005), Cluster validation by prediction strength, *Journal of Computational and
    Graphical Statistics* 14, 511–528.
    """
    several = table[table["k"] > 1]
    passes = (
        (several["stability"] >= STABLE)
        & (several["strength"] + several["strength_sd"].fillna(0) >= STRONG)
        & (several["smallest"] >= smallest)
    )
    candidates = tuple(several.loc[passes, "k"].tolist())
    if candidates:
        by_rule = max(candidates)
    else:
        large = several[several["smallest"] >= smallest]
        best = large if len(large) else several
        by_rule = int(best["k"].iloc[int(best["strength"].argmax())])
    return Choice(asked or by_rule, asked, by_rule, candidates, favourites(table))


def favourites(table: pd.DataFrame) -> dict[str, int | None]:
    """Return which number of groups each criterion takes by itself.

    The largest silhouette and Calinski–Harabasz index, the smallest Davies–Bouldin index; of inertia the elbow; of
    the gap statistic the smallest k with Gap(k) ≥ Gap(k + 1) − s(k + 1); of stability and prediction strength the
    largest k that passes as in `choose`.
    """
    several = table[table["k"] > 1]
    found: dict[str, int | None] = {"inertia": elbow(table), "gap": one_standard_error(table)}
    for name in ("silhouette", "calinski_harabasz", "davies_bouldin"):
        signed = several[name] * DIRECTIONS[name]
        found[name] = int(several["k"].iloc[int(signed.argmax())]) if signed.notna().any() else None
    bars = {
        "stability": several["stability"] >= STABLE,
        "strength": several["strength"] + several["strength_sd"].fillna(0) >= STRONG,
    }
    for name, passed in bars.items():
        found[name] = int(several.loc[passed, "k"].max()) if passed.any() else None
    return {name: found[name] for name in DIRECTIONS}


def one_standard_error(table: pd.DataFrame) -> int | None:
    """Return the smallest k with Gap(k) ≥ Gap(k + 1) − s(k + 1); the last k where none has, as R's `cluster` does."""
    gaps, errors, ks = (table[name].to_numpy(dtype=float) for name in ("gap", "gap_se", "k"))
    enough = gaps[:-1] >= gaps[1:] - errors[1:]
    if enough.any():
        return int(ks[int(np.argmax(enough))])
    return int(ks[-1]) if np.isfinite(gaps).all() else None


def elbow(table: pd.DataFrame) -> int | None:
    """Return the k at which inertia lies deepest below the straight line from its first to its last value."""
    inertia, ks = (table[name].to_numpy(dtype=float) for name in ("inertia", "k"))
    if len(ks) < 3:
        return None
    line = np.interp(ks, ks[[0, -1]], inertia[[0, -1]])
    return int(ks[int(np.argmax(line - inertia))])
