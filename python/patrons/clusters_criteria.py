"""How well a number of groups fits: what follows from the grouping of the customers at hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn import metrics

#: Up to so many customers the silhouette is exact; of more, a sample of so many is taken.
EXACT, SAMPLE = 10_000, 5_000
#: A smaller share than this of all spread is rounding: groups within which everybody is alike.
NOTHING = 1e-12
#: Customers whose distances to all others are held in memory at a time.
BLOCK = 1_000


def silhouettes(points: np.ndarray, labels: Mapping[int, np.ndarray], rng: np.random.Generator) -> dict[int, float]:
    r"""Return the mean silhouette width of several groupings of the same points.

    .. math:: s_i = \frac{b_i - a_i}{\max(a_i, b_i)},

    with :math:`a_i` the mean distance of a point to the others of its group and :math:`b_i` the smallest mean distance
    to another group; 0 for a point alone in its group. Distances, by far the most work, are computed once for all
    groupings.

    Parameters
    ----------
    points
        n × features.
    labels
        Any key → group of each point, 0 … k − 1.
    rng
        Draws the sample where there are more than `EXACT` points.

    References
    ----------
    Rousseeuw, P. J. (1987), Silhouettes, *Journal of Computational and Applied Mathematics* 20, 53–65.
    """
    chosen = np.arange(len(points))
    if len(points) > EXACT:
        chosen = np.sort(rng.choice(chosen, SAMPLE, replace=False))
    points, labels = points[chosen], {key: np.unique(of[chosen], return_inverse=True)[1] for key, of in labels.items()}
    member = {key: np.eye(of.max() + 1)[of] for key, of in labels.items()}
    total = dict.fromkeys(labels, 0.0)
    square = (points**2).sum(axis=1)
    for start in range(0, len(points), BLOCK):
        block = slice(start, start + BLOCK)
        near = square[block, None] + square - 2 * points[block] @ points.T
        rows = np.arange(len(near))
        near[rows, rows + start] = 0
        distance = np.sqrt(np.maximum(near, 0))
        for key, indicator in member.items():
            total[key] += _widths(distance @ indicator, indicator.sum(axis=0), labels[key][block]).sum()
    return {key: float(total[key] / len(points)) for key in labels}


def _widths(sums: np.ndarray, sizes: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return silhouette widths from the summed distances of points to each group."""
    if len(sizes) < 2:
        return np.zeros(len(own))
    rows = np.arange(len(own))
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    between = sums / sizes
    between[rows, own] = np.inf
    nearest = between.min(axis=1)
    larger = np.maximum(within, nearest)
    width = np.divide(nearest - within, larger, out=np.zeros(len(own)), where=larger > 0)
    return np.where(sizes[own] > 1, width, 0.0)


def indices(points: np.ndarray, labels: Mapping[int, np.ndarray]) -> pd.DataFrame:
    r"""Return the indices that need no distances between customers, for several groupings of the same points.

    With :math:`W_k` the sum of squared distances to the centres of the groups (the inertia) and :math:`B_k` that of the
    centres to the mean, both weighted by customers,

    .. math:: CH = \frac{B_k / (k - 1)}{W_k / (n - k)}, \qquad
              DB = \frac{1}{k} \sum_r \max_{s \ne r} \frac{d_r + d_s}{\lVert c_r - c_s \rVert},

    :math:`d_r` being the mean distance of a group's members to its centre :math:`c_r`.

    Returns
    -------
    DataFrame
        A row per number of groups: `k`, `inertia`, `calinski_harabasz`, `davies_bouldin` (both missing for one group),
        `smallest` (customers of the smallest group).

    References
    ----------
    Caliński, T. & Harabasz, J. (1974), A dendrite method for cluster analysis, *Communications in Statistics* 3, 1–27.
    Davies, D. L. & Bouldin, D. W. (1979), A cluster separation measure, *IEEE Transactions on Pattern Analysis and
    Machine Intelligence* 1, 224–227.
    """
    rows, whole = [], float(((points - points.mean(axis=0)) ** 2).sum())
    for k, of in labels.items():
        sizes = np.bincount(of, minlength=k)
        centres = (
            np.column_stack([np.bincount(of, weights=column, minlength=k) for column in points.T]) / sizes[:, None]
        )
        inertia = float(((points - centres[of]) ** 2).sum())
        spread = k > 1 and inertia > NOTHING * whole
        rows.append(
            {
                "k": k,
                "inertia": inertia,
                "calinski_harabasz": metrics.calinski_harabasz_score(points, of) if spread else np.nan,
                "davies_bouldin": metrics.davies_bouldin_score(points, of) if spread else np.nan,
                "smallest": int(sizes.min()),
            }
        )
    return pd.DataFrame(rows)
