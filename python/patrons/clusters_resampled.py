"""How well a number of groups fits: what comes of grouping again, by chance data, other samples, and halves."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from patrons.clusters_criteria import NOTHING

#: Reference tables, bootstrap samples and splits into halves for each number of groups.
REFERENCES, REFITS, SPLITS = 30, 50, 20
# The functions run on one thread: for tables of this size, that is many times faster than several.
#: Starts of K-means when it is repeated so often.
STARTS = 3
#: Of more customers than this, each repetition takes a sample of this size.
SAMPLE = 3_000


@dataclass(frozen=True)
class Refits:
    """One grouping, found again on bootstrap samples.

    Attributes
    ----------
    labels
        Group of each point that is compared in the grouping itself.
    again
        Its group in each refit, refits × points.
    """

    labels: np.ndarray
    again: np.ndarray

    @property
    def agreement(self) -> np.ndarray:
        """Adjusted Rand index of each refit with the grouping: 1 is the same groups, 0 no more alike than by chance."""
        return np.array([adjusted_rand_score(self.labels, other) for other in self.again])

    def jaccard(self) -> np.ndarray:
        r"""Return how alike each group and its nearest counterpart are, refits × groups.

        .. math:: \max_{D} \frac{|C \cap D|}{|C \cup D|}

        over the groups D of a refit.

        References
        ----------
        Hennig, C. (2007), Cluster-wise assessment of cluster stability, *Computational Statistics & Data Analysis* 52,
        258–271.
        """
        found = []
        for other in self.again:
            both = pd.crosstab(self.labels, other).to_numpy()
            union = both.sum(axis=1)[:, None] + both.sum(axis=0) - both
            found.append((both / union).max(axis=1))
        return np.array(found)


@threadpool_limits.wrap(limits=1)
def gap(points: np.ndarray, ks: Iterable[int], rng: np.random.Generator, references: int = REFERENCES) -> pd.DataFrame:
    r"""Compare the spread within groups with what K-means finds in data without any.

    .. math:: \mathrm{Gap}(k) = \frac{1}{B} \sum_b \log W_k^{(b)} - \log W_k,

    with :math:`W_k` the sum of squared distances to the centres, and reference data uniform over a box along the
    principal components (the choice (b) of the paper).

    Parameters
    ----------
    points
        n × features; more than `SAMPLE` are sampled.
    ks
        Numbers of groups; 1 may be among them.

    Returns
    -------
    DataFrame
        `k`, `gap` and `gap_se`: :math:`s_k = \mathrm{sd}_k \sqrt{1 + 1/B}`. Missing where the groups have no spread.

    References
    ----------
    Tibshirani, R., Walther, G. & Hastie, T. (2001), Estimating the number of clusters in a data set via the gap
    statistic, *Journal of the Royal Statistical Society B* 63, 411–423.
    """
    points = _sampled(points, rng)
    centre = points.mean(axis=0)
    turn = np.linalg.svd(points - centre, full_matrices=False)[2]
    turned = (points - centre) @ turn.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    boxes = [rng.uniform(low, high, size=turned.shape) for _ in range(references)]
    rows = []
    for k in ks:
        own = _fit(points, k, rng).inertia_
        if own <= NOTHING * float((turned**2).sum()):
            rows.append({"k": k, "gap": np.nan, "gap_se": np.nan})
            continue
        spread = np.log([_fit(box, k, rng).inertia_ for box in boxes])
        error = float(spread.std() * np.sqrt(1 + 1 / references))
        rows.append({"k": k, "gap": float(spread.mean() - np.log(own)), "gap_se": error})
    return pd.DataFrame(rows)


@threadpool_limits.wrap(limits=1)
def refit(points: np.ndarray, labels: np.ndarray, k: int, rng: np.random.Generator, refits: int = REFITS) -> Refits:
    """Group bootstrap samples of the customers, and see where each customer falls.

    A customer belongs to the nearest centre of each refit, whether it was drawn for it or not. Of more customers than
    `SAMPLE`, each refit draws so many, and so many are compared.
    """
    size = min(len(points), SAMPLE)
    shown = np.sort(rng.choice(len(points), size, replace=False)) if len(points) > size else np.arange(size)
    again = [_fit(points[rng.integers(len(points), size=size)], k, rng).predict(points[shown]) for _ in range(refits)]
    return Refits(labels[shown], np.array(again))


@threadpool_limits.wrap(limits=1)
def strengths(points: np.ndarray, k: int, rng: np.random.Generator, splits: int = SPLITS) -> np.ndarray:
    """Return the prediction strength of k groups for each of several splits of the customers into halves.

    Each half is grouped by itself. In each group of one half, look at all pairs: which share is together as well when
    the customers are put to the nearest centres of the other half? The group with the smallest share counts; the two
    halves are averaged. A group of one has no pairs and is left out (as in R's `fpc`).

    References
    ----------
    Tibshirani, R. & Walther, G. (2005), Cluster validation by prediction strength, *Journal of Computational and
    Graphical Statistics* 14, 511–528.
    """
    found = []
    for _ in range(splits):
        order = rng.permutation(len(points))[:SAMPLE]
        halves = [points[part] for part in np.array_split(order, 2)]
        fits = [_fit(half, k, rng) for half in halves]
        found.append(np.mean([together(fits[own].labels_, fits[1 - own].predict(halves[own])) for own in (0, 1)]))
    return np.array(found)


def together(groups: np.ndarray, other: np.ndarray) -> float:
    """Return the smallest share, over groups, of pairs of a group that are together in another grouping too.

    Examples
    --------
    >>> together(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]))
    0.3333333333333333
    """
    both = pd.crosstab(groups, other).to_numpy()
    sizes = both.sum(axis=1)
    pairs = (both * (both - 1)).sum(axis=1)[sizes > 1] / (sizes * (sizes - 1))[sizes > 1]
    return float(pairs.min()) if len(pairs) else 1.0


def resample(
    points: np.ndarray, labels: dict[int, np.ndarray], rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[int, Refits]]:
    """Judge several numbers of groups by grouping again.

    Parameters
    ----------
    points
        What K-means saw.
    labels
        Number of groups → group of each point.

    Returns
    -------
    DataFrame
        A row per number of groups, from 1: `k`, `gap`, `gap_se`, `stability`, `stability_sd` (mean and standard
        deviation over refits), `strength`, `strength_sd` (over splits).
    dict
        Number of groups → its refits.
    """
    with config_context(assume_finite=True, skip_parameter_validation=True):
        table = gap(points, [1, *labels], rng)
        again = {k: refit(points, of, k, rng) for k, of in labels.items()}
        halves = {k: strengths(points, k, rng) for k in labels}
    judged = {
        "stability": {k: found.agreement for k, found in again.items()},
        "strength": halves,
    }
    for name, values in judged.items():
        table[name] = table["k"].map({k: float(found.mean()) for k, found in values.items()})
        table[f"{name}_sd"] = table["k"].map({k: float(found.std(ddof=1)) for k, found in values.items()})
    return table, again


def _fit(points: np.ndarray, k: int, rng: np.random.Generator) -> KMeans:
    with warnings.catch_warnings():
        # A resample may hold fewer different customers than groups: it then has fewer groups.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=STARTS, random_state=int(rng.integers(2**31))).fit(points)


def _sampled(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return points[rng.choice(len(points), SAMPLE, replace=False)] if len(points) > SAMPLE else points
