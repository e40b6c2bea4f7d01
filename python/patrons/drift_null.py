"""How far things move when nothing moves: limits found by drawing both times from the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons import drift
from patrons.drift import Bins, Pair

DRAWS = 2000
#: Resampled tables hold at most so many numbers at a time.
CELLS = 4_000_000


@dataclass(frozen=True)
class Moved:
    """What moved, and how far it would by chance.

    Attributes
    ----------
    measures
        A row per measure: `measure`, `psi`, `usual` (median by chance), `alone` (its own 95 % limit), `limit` (which
        chance lets any of them cross as rarely as was asked for), `statistic`, `df`, `p` (χ²), `adjusted` (how often
        chance moves any measure so far), `moved`.
    centres
        A row per group: `group`, `name`, `customers` (now), `movement` (standard deviations), `usual`, `limit`,
        `adjusted`, `moved`.
    """

    measures: pd.DataFrame
    centres: pd.DataFrame


@dataclass(frozen=True)
class Points:
    """Customers as a grouping sees them.

    Attributes
    ----------
    then, now : numpy.ndarray
        Places, customers × features; not a number where a feature is not known.
    groups, groups_now : numpy.ndarray
        Groups, from 0; −1 where the place is not known.
    names : tuple of str
        Of the groups.
    """

    then: np.ndarray
    now: np.ndarray
    groups: np.ndarray
    groups_now: np.ndarray
    names: tuple[str, ...]


def measure(
    pairs: Pair, bins: Sequence[Bins], points: Points | None, alpha: float, rng: np.random.Generator, draws: int = DRAWS
) -> Moved:
    r"""Measure what moved between two times, against what chance moves.

    Both times are drawn from the reference, as many customers of each stratum as there are. To set limits for measures
    with different numbers of bins :math:`k`, an index counts as much as a :math:`\chi^2` with :math:`k - 1` degrees of
    freedom of :math:`\text{PSI} / (1/n + 1/m)`, whose law it has in large samples. The smallest of these tail
    probabilities over all measures is below :math:`\alpha^*` in a share `alpha` of the draws; each limit is the index
    whose tail probability is :math:`\alpha^*`. Distances of centres are likewise divided by their root mean square by
    chance, and the largest is held against its own quantile.

    Parameters
    ----------
    pairs, bins
        What to compare; the bins are those of the reference.
    points
        The groups whose centres are followed.
    alpha
        How often chance may move any measure beyond its limit; and, apart from that, any centre.
    rng
        Where the draws come from.

    References
    ----------
    Westfall, P. H. and Young, S. S. (1993), *Resampling-Based Multiple Testing*, Wiley. Yurdakul, B. and
    Naranjo, J. (2020), Statistical properties of the population stability index, *Journal of Risk Model Validation*
    14(4), 89–100.
    """
    counts = [drift.count(pairs, one) for one in bins]
    index = np.array([drift.psi(*both) for both in counts])
    drawn, distances = _by_chance(pairs, bins, points, rng, draws)
    per = 1 / pairs.size + 1 / len(pairs.current)
    df = np.array([max(len(then) - 1, 1) for then, _ in counts])
    tails = stats.chi2.sf(drawn / per, df)
    least = tails.min(axis=1)
    own = stats.chi2.sf(index / per, df)
    rows = []
    level = float(np.quantile(least, alpha))
    for place, (one, both) in enumerate(zip(bins, counts, strict=True)):
        statistic, freedom, p = drift.chi_square(*both)
        rows.append(
            {
                **{"measure": one.measure, "psi": index[place], "usual": float(np.median(drawn[:, place]))},
                **{"alone": float(np.quantile(drawn[:, place], 0.95))},
                **{"limit": float(stats.chi2.isf(level, df[place]) * per)},
                **{"statistic": statistic, "df": freedom, "p": p},
                "adjusted": (1 + int((least <= own[place]).sum())) / (1 + draws),
            }
        )
    measures = pd.DataFrame(rows)
    measures["moved"] = measures["psi"] > measures["limit"]
    return Moved(measures, _centres(points, pairs, distances, alpha))


def _by_chance(
    pairs: Pair, bins: Sequence[Bins], points: Points | None, rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the index of each measure, and the distance of each centre, in each draw."""
    blocks = [
        np.eye(len(one.labels))[one.place(pairs.reference[one.measure])][:, drift.used(pairs, one)] for one in bins
    ]
    design = np.hstack([*blocks, *([_stacked(points)] if points else [])])
    ends = np.cumsum([block.shape[1] for block in blocks])
    index, distances = [], []
    for then, now in _resampled(pairs, rng, draws):
        sums = (then * pairs.weights) @ design, now @ design
        scale = pairs.size / pairs.weights.sum()
        parts = [np.split(total[:, : ends[-1]], ends[:-1], axis=1) for total in sums]
        index.append(np.column_stack([drift.psi(a * scale, b) for a, b in zip(*parts, strict=True)]))
        if points:
            before, after = (total[:, ends[-1] :] for total in sums)
            distances.append(_apart(before, after, len(points.names)))
    return np.vstack(index), np.vstack(distances) if points else np.empty((draws, 0))


def _resampled(pairs: Pair, rng: np.random.Generator, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Draw how often each customer of the reference stands for one of then, and for one of now; a row per draw."""
    strata = [
        (np.flatnonzero(pairs.stratum == name), int((pairs.current_stratum == name).sum()))
        for name in np.unique(pairs.stratum)
    ]
    n = len(pairs.stratum)
    step = max(1, CELLS // max(n, 1))
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        both = np.zeros((2, rows, n))
        for members, size in strata:
            for side, wanted in enumerate((len(members), size)):
                drawn = rng.integers(0, len(members), (rows, wanted)) + np.arange(rows)[:, None] * len(members)
                counted = np.bincount(drawn.ravel(), minlength=rows * len(members))
                both[side][:, members] = counted.reshape(rows, len(members))
        yield both[0], both[1]


def _stacked(points: Points) -> np.ndarray:
    """Return a column per group, then one per group and feature, which sum up to counts and sums of places."""
    inside = points.groups[:, None] == np.arange(len(points.names))
    known = np.nan_to_num(points.then)
    return np.hstack([inside, *(inside * column[:, None] for column in known.T)]).astype(float)


def _apart(then: np.ndarray, now: np.ndarray, k: int) -> np.ndarray:
    """Return how far each group's centres are apart; 0 where a draw has nobody in it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [total[:, k:].reshape(len(total), -1, k) / total[:, None, :k] for total in (then, now)]
    return np.sqrt(np.nan_to_num((means[1] - means[0]) ** 2).sum(axis=1))


def _centres(points: Points | None, pairs: Pair, drawn: np.ndarray, alpha: float) -> pd.DataFrame:
    columns = ["group", "name", "customers", "movement", "usual", "limit", "adjusted", "moved"]
    if points is None:
        return pd.DataFrame(columns=columns)
    k = len(points.names)
    then = (pairs.weights @ _stacked(points))[None]
    here = Points(points.now, points.now, points.groups_now, points.groups_now, points.names)
    now = _stacked(here).sum(axis=0)[None]
    own = _apart(then, now, k)[0]
    spread = np.sqrt((drawn**2).mean(axis=0))
    safe = np.where(spread > 0, spread, np.inf)
    largest = (drawn / safe).max(axis=1)
    level = float(np.quantile(largest, 1 - alpha))
    table = pd.DataFrame({"group": np.arange(1, k + 1), "name": points.names, "customers": now[0, :k].astype(int)})
    table["movement"], table["usual"], table["limit"] = own, np.median(drawn, axis=0), level * spread
    table["adjusted"] = [(1 + int((largest >= one).sum())) / (1 + len(drawn)) for one in own / safe]
    table["moved"] = table["movement"] > table["limit"]
    return table
