"""Other ways to group the same customers: Ward's tree, a mixture of normal distributions, and who agrees with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from patrons import masks
from patrons.explore_value import Estimate

RESAMPLES = 2000
#: A tree needs the distance of every pair, so that more customers than this are sampled.
MOST = 5000
LEAVES = 24
#: Breaks ties between distances.
NOISE = 1e-7
#: Shape of the covariance matrices in scikit-learn → in mclust, from the freest to the plainest.
SHAPES: Mapping[str, str] = {"full": "VVV", "tied": "EEE", "diag": "VVI", "spherical": "VII"}
#: No component is narrower than this share of the features' mean variance: counts lie on steps, and a component that
#: shrinks onto one of them would have a likelihood without bound.
FLOOR = 0.05
STARTS, ROUNDS = 2, 500


@dataclass(frozen=True)
class Tree:
    """Ward's tree.

    Attributes
    ----------
    points
        Scaled features of the customers in the tree, ties broken.
    links
        Linkage as SciPy has it: a row per merge, with the height in the third column.
    sample
        Positions of the customers in the tree; all, or `MOST` at random.
    labels
        The group of every customer, 1 to k; who is not in the tree has the group of the nearest mean.
    k
        Number of groups.
    """

    points: np.ndarray
    links: np.ndarray
    sample: np.ndarray
    labels: np.ndarray
    k: int

    @property
    def cut(self) -> float:
        """The height at which the tree falls into its groups: the middle between two merges."""
        heights = self.links[:, 2]
        below = heights[-self.k] if self.k <= len(heights) else 0.0
        above = heights[1 - self.k] if self.k > 1 else 1.05 * heights[-1]
        return float((below + above) / 2)


@dataclass(frozen=True)
class Mixture:
    """A mixture of normal distributions.

    Attributes
    ----------
    shape
        Of the covariance matrices: a key of `SHAPES`.
    labels
        The likeliest component of every customer, from 1.
    certainty
        How likely each customer's component is.
    weights, means, covariances
        Parameters: (k), (k, p), (k, p, p) whatever the shape.
    loglik, bic
        On the customers that it was fitted to; BIC as scikit-learn has it, the smaller the better.
    """

    shape: str
    labels: np.ndarray
    certainty: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    loglik: float
    bic: float

    @property
    def k(self) -> int:
        """Number of components."""
        return len(self.weights)


@dataclass(frozen=True)
class Mixtures:
    """All mixtures that were tried.

    Attributes
    ----------
    table
        `shape`, `model` (its name in mclust), `k`, `parameters`, `loglik`, `bic`, `converged`.
    best
        The one with the smallest BIC.
    same
        Of those with as many components as there are segments, the one with the smallest BIC.
    fitted_to
        The scaled features of the customers that they were fitted to.
    """

    table: pd.DataFrame
    best: Mixture
    same: Mixture
    fitted_to: np.ndarray


def sample(scaled: np.ndarray, rng: np.random.Generator, most: int = MOST) -> np.ndarray:
    """Return the positions of all customers, or of `most` of them at random."""
    n = len(scaled)
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))


def grow(scaled: np.ndarray, k: int, rng: np.random.Generator, most: int = MOST) -> Tree:
    r"""Join customers two by two by Ward's rule and cut the tree into k groups.

    Each step joins the two groups A, B whose union adds least to the squared distances from the groups' means; the
    height of the join is

    .. math:: h = \sqrt{\frac{2 |A| |B|}{|A| + |B|}} \, \lVert \bar a - \bar b \rVert,

    as in R's ``hclust(method = "ward.D2")``. Where distances are equal, as of features in whole numbers, which pair
    comes first would be up to the program; a noise of a ten-millionth of the spread decides instead, the same for all.

    Parameters
    ----------
    scaled
        (n, p), what K-means saw.
    k
        Number of groups, at most the number of different customers.
    rng
        Draws the customers of the tree where there are more than `most`.
    most
        How many customers a tree holds.

    References
    ----------
    Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. *JASA* 58, 236–244. Murtagh, F. and
    Legendre, P. (2014). Ward's hierarchical agglomerative clustering method. *Journal of Classification* 31, 274–295.

    Examples
    --------
    >>> grow(np.array([[0.0], [1.0], [10.0]]), 2, np.random.default_rng(0)).labels
    array([1, 1, 2])
    """
    chosen = sample(scaled, rng, most)
    inside = scaled[chosen] + NOISE * scaled.std() * rng.standard_normal((len(chosen), scaled.shape[1]))
    links = hierarchy.linkage(inside, method="ward")
    cut = hierarchy.fcluster(links, k, criterion="maxclust")
    _, cut = np.unique(cut, return_inverse=True)
    if len(chosen) == len(scaled):
        return Tree(inside, links, chosen, cut + 1, int(cut.max()) + 1)
    means = np.array([inside[cut == group].mean(axis=0) for group in range(cut.max() + 1)])
    apart = np.stack([((scaled - mean) ** 2).sum(axis=1) for mean in means], axis=1)
    labels = apart.argmin(axis=1)
    labels[chosen] = cut
    return Tree(inside, links, chosen, labels + 1, int(cut.max()) + 1)


def branches(
    tree: Tree, segments: np.ndarray, smallest: int, leaves: int = LEAVES
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out the last merges of a tree for drawing; what was merged before is a leaf with a number of customers.

    Parameters
    ----------
    tree
        From `grow`.
    segments
        The segment of every customer, 1 to k, whose colours the branches below the cut take.
    smallest
        Leaves of fewer customers do not say how many.
    leaves
        How many to show.

    Returns
    -------
    lines : DataFrame
        `x`, `y`, `xend`, `yend`, `segment` (0 above the cut).
    ends : DataFrame
        A row per leaf: `x`, `customers` (missing where too few), `segment`.
    """
    leaves = min(leaves, len(tree.sample))
    drawn = hierarchy.dendrogram(tree.links, p=leaves, truncate_mode="lastp", no_plot=True)
    nodes = hierarchy.to_tree(tree.links, rd=True)[1]
    match = matched(tree.labels, segments)
    inside = tree.labels[tree.sample]
    ends = []
    for place, leaf in enumerate(drawn["leaves"]):
        members = nodes[leaf].pre_order()
        group = int(inside[members[0]])
        ends.append((10.0 * place + 5, len(members), match[group]))
    table = pd.DataFrame(ends, columns=["x", "customers", "segment"])
    lines = []
    for xs, ys in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        under = table[table["x"].between(min(xs) - 1e-9, max(xs) + 1e-9)]
        colour = int(under["segment"].iloc[0]) if max(ys) < tree.cut else 0
        for a in range(3):
            # A leg that reaches through the cut takes its colour below it from the leaves it stands on.
            lines += _leg((xs[a], ys[a]), (xs[a + 1], ys[a + 1]), tree.cut, colour, table)
    table["customers"] = table["customers"].astype("Int64").mask(masks.divided(table["customers"], smallest))
    return pd.DataFrame(lines, columns=["x", "y", "xend", "yend", "segment"]), table


def _leg(
    one: tuple[float, float], other: tuple[float, float], cut: float, colour: int, ends: pd.DataFrame
) -> list[tuple[float, float, float, float, int]]:
    """Return a line of the tree, in two where it passes the cut."""
    (low, high) = sorted((one, other), key=lambda point: point[1])
    if not low[1] < cut < high[1]:
        return [(*one, *other, colour)]
    below = int(ends["segment"].to_numpy()[(ends["x"] - low[0]).abs().to_numpy().argmin()])
    return [(low[0], low[1], low[0], cut, below), (low[0], cut, high[0], high[1], 0)]


def matched(labels: np.ndarray, segments: np.ndarray) -> dict[int, int]:
    """Return the segment that each group resembles most, each segment given once as far as there are enough."""
    table = pd.crosstab(pd.Series(labels), pd.Series(segments))
    rows, columns = linear_sum_assignment(-table.to_numpy())
    found = {int(table.index[row]): int(table.columns[column]) for row, column in zip(rows, columns, strict=True)}
    for row, group in enumerate(table.index):
        found.setdefault(int(group), int(table.columns[int(table.to_numpy()[row].argmax())]))
    return found


def mix(scaled: np.ndarray, ks: Sequence[int], k: int, rng: np.random.Generator, most: int = MOST) -> Mixtures:
    r"""Fit mixtures of normal distributions of several sizes and shapes and compare their BIC.

    .. math:: f(x) = \sum_j \pi_j \, \mathcal N(x; \mu_j, \Sigma_j), \qquad \mathrm{BIC} = -2 \ell + m \log n

    with m parameters; mclust has the opposite sign, so that there the greatest is the best.

    Parameters
    ----------
    scaled
        (n, p), what K-means saw.
    ks
        Numbers of components to try.
    k
        Number of segments; it is tried as well.
    rng
        Draws starts, and the customers to fit to where there are more than `most`.
    most
        To how many customers a mixture is fitted.

    References
    ----------
    Fraley, C. and Raftery, A. E. (2002). Model-based clustering, discriminant analysis, and density estimation. *JASA*
    97, 611–631.
    """
    inside = scaled[sample(scaled, rng, most)]
    distinct = len(np.unique(inside, axis=0))
    tried = sorted({size for size in (*ks, k) if size <= max(distinct // 2, 1)} | {1})
    floor = FLOOR * float(inside.var(axis=0).mean()) or 1e-6
    fitted = {}
    rows = []
    with threadpool_limits(1):  # for tables of this size, one thread is faster, and sums in the same order each time
        for shape, model in SHAPES.items():
            for size in tried:
                found = _fit(inside, size, shape, floor, int(rng.integers(2**31)))
                fitted[shape, size] = found
                bic, loglik = float(found.bic(inside)), float(found.score_samples(inside).sum())
                parameters = round((bic + 2 * loglik) / np.log(len(inside))) if len(inside) > 1 else 0
                rows.append((shape, model, size, parameters, loglik, bic, bool(found.converged_)))
    table = pd.DataFrame(rows, columns=["shape", "model", "k", "parameters", "loglik", "bic", "converged"])
    near = max(size for size in tried if size <= max(k, 1))
    best, same = (
        rows.iloc[int(rows["bic"].to_numpy().argmin())].to_dict() for rows in (table, table[table["k"] == near])
    )
    chosen = [_mixture(fitted[str(row["shape"]), int(row["k"])], row, scaled) for row in (best, same)]
    return Mixtures(table, chosen[0], chosen[1], inside)


def _fit(points: np.ndarray, k: int, shape: str, floor: float, seed: int) -> GaussianMixture:
    return GaussianMixture(
        k, covariance_type=shape, n_init=STARTS, reg_covar=floor, max_iter=ROUNDS, tol=1e-4, random_state=seed
    ).fit(points)


def _mixture(found: GaussianMixture, row: Mapping[Any, Any], scaled: np.ndarray) -> Mixture:
    k, p = found.means_.shape
    spread = np.asarray(found.covariances_)
    full = {
        "full": lambda: spread,
        "tied": lambda: np.broadcast_to(spread, (k, p, p)),
        "diag": lambda: spread[:, :, None] * np.eye(p),
        "spherical": lambda: spread[:, None, None] * np.eye(p),
    }[str(row["shape"])]()
    sure = found.predict_proba(scaled)
    return Mixture(
        str(row["shape"]), sure.argmax(axis=1) + 1, sure.max(axis=1), np.asarray(found.weights_),
        np.asarray(found.means_), np.array(full), float(row["loglik"]), float(row["bic"]),
    )  # fmt: skip


def agree(
    one: Sequence[object], other: Sequence[object], rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate:
    r"""Measure how far two groupings of the same customers agree: Hubert and Arabie's adjusted Rand index.

    Over pairs of customers, with :math:`n_{ij}` in group i of the one and j of the other,

    .. math::

        \mathrm{ARI} = \frac{\sum_{ij} \binom{n_{ij}}{2} - E}{\frac12 \left[\sum_i \binom{n_{i\cdot}}{2}
        + \sum_j \binom{n_{\cdot j}}{2}\right] - E}, \qquad
        E = \sum_i \binom{n_{i\cdot}}{2} \sum_j \binom{n_{\cdot j}}{2} \Big/ \binom n 2 .

    It is 1 for the same groups and about 0 for groups that have nothing to do with each other. The 95 % interval
    resamples customers, who keep their groups.

    References
    ----------
    Hubert, L. and Arabie, P. (1985). Comparing partitions. *Journal of Classification* 2, 193–218.

    Examples
    --------
    >>> agree([1, 1, 2, 2], ["b", "b", "a", "a"], np.random.default_rng(0)).value
    1.0
    """
    left, right = pd.factorize(pd.Series(list(one)))[0], pd.factorize(pd.Series(list(other)))[0]
    value = float(adjusted_rand_score(left, right))
    cells = np.bincount(left * (right.max() + 1) + right, minlength=(left.max() + 1) * (right.max() + 1))
    drawn = rng.multinomial(len(left), cells / cells.sum(), size=resamples)
    found = _rand(drawn.reshape(resamples, left.max() + 1, right.max() + 1).astype(float))
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def _rand(tables: np.ndarray) -> np.ndarray:
    """Return the adjusted Rand index of each cross table; one where either grouping leaves no choice."""

    def pairs(counts: np.ndarray) -> np.ndarray:
        return counts * (counts - 1) / 2

    n = tables[0].sum()
    both = pairs(tables).sum(axis=(1, 2))
    rows, columns = pairs(tables.sum(axis=2)).sum(axis=1), pairs(tables.sum(axis=1)).sum(axis=1)
    expected = rows * columns / max(pairs(n), 1)
    most = (rows + columns) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(most == expected, 1.0, (both - expected) / (most - expected))


def compare(groupings: Mapping[str, Sequence[object]], rng: np.random.Generator) -> pd.DataFrame:
    """Measure the agreement of each pair of groupings.

    Returns
    -------
    DataFrame
        `one`, `other`, `ari`, `low`, `high`, `n`.
    """
    names = list(groupings)
    rows = []
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            found = agree(groupings[one], groupings[other], rng)
            rows.append((one, other, found.value, found.low, found.high, len(groupings[one])))
    return pd.DataFrame(rows, columns=["one", "other", "ari", "low", "high", "n"])


def cross(segments: pd.Series, others: pd.Series, smallest: int) -> pd.DataFrame:
    """Count the customers of each segment by their group in another grouping.

    Returns
    -------
    DataFrame
        `segment`, `other` (categories in their order), `customers` (missing where too few to show, but zeros stand),
        `share` of the segment.
    """
    counted = pd.crosstab(segments, others.astype(object), dropna=False)
    order = others.cat.categories if isinstance(others.dtype, pd.CategoricalDtype) else sorted(others.unique())
    counted = counted.reindex(columns=[name for name in order if name in counted.columns])
    counted = counted.rename_axis(index="segment", columns="other")
    long = counted.reset_index().melt("segment", var_name="other", value_name="customers")
    long = long.sort_values("segment", kind="stable", ignore_index=True)
    long["share"] = long["customers"] / long.groupby("segment")["customers"].transform("sum")
    small = masks.crossed(counted.to_numpy(), smallest).ravel()
    return long.assign(customers=long["customers"].astype("Int64").mask(small), share=long["share"].mask(small))
