"""Groups of customers by K-means: one pipeline from features to segments, numbered and named by stated rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from patrons.clusters_criteria import silhouettes
from patrons.clusters_names import name_segments
from patrons.errors import PatronsError

Transform = Literal["log", "none"]
Scale = Literal["standard", "none"]

#: Starts of K-means; the best of them counts. Of more than `MANY` customers, there are fewer.
STARTS, FEWER_STARTS, MANY = 25, 10, 10_000
ITERATIONS = 1000


@dataclass(frozen=True)
class Clustering:
    """Customers in groups.

    Attributes
    ----------
    customers
        `customer_id` (where the table had one), the features and `segment` (1 to `k`), a row per customer whose
        features are all known, in the order of the table.
    pipeline
        The fitted transformer, scaler and K-means: ``pipeline.predict(features) + 1`` are the segments.
    scaled
        What K-means saw, customers × features.
    features
        Names of the features.
    k
        Number of segments.
    names
        Segment → name, by the rule of `clusters_names.name_segments`.
    inertia
        Sum of squared distances of the customers to the centres of their segments.
    silhouette
        Mean silhouette width (of a sample where there are many customers, see `clusters_criteria.silhouettes`).
    set_aside
        Customers left out because a feature is missing.
    """

    customers: pd.DataFrame
    pipeline: Pipeline
    scaled: np.ndarray
    features: tuple[str, ...]
    k: int
    names: dict[int, str]
    inertia: float
    silhouette: float
    set_aside: int = 0

    @property
    def segments(self) -> np.ndarray:
        """Segment of each customer, 1 to `k`."""
        return self.customers["segment"].to_numpy()

    @property
    def centres(self) -> np.ndarray:
        """Centres of the segments on the scale that K-means saw, k × features."""
        return self.pipeline[-1].cluster_centers_


def logged(values: np.ndarray) -> np.ndarray:
    r"""Take logarithms that also exist at zero and below: :math:`\operatorname{sign}(x) \log(1 + |x|)`.

    Examples
    --------
    >>> logged(np.array([0.0, np.e - 1, 1 - np.e]))
    array([ 0.,  1., -1.])
    """
    return np.sign(values) * np.log1p(np.abs(values))


def pipeline(k: int, transform: Transform = "log", scale: Scale = "standard", seed: int = 0) -> Pipeline:
    """Return the steps from features to segments, not fitted.

    Parameters
    ----------
    k
        Number of segments.
    transform
        ``log`` (`logged`) or ``none``.
    scale
        ``standard`` (mean 0, standard deviation 1) or ``none``.
    seed
        Of the starting centres (k-means++), of which the best of `STARTS` counts.

    References
    ----------
    Arthur, D. & Vassilvitskii, S. (2007), k-means++: the advantages of careful seeding, *SODA*, 1027–1035.
    """
    steps = [
        ("transform", FunctionTransformer(logged if transform == "log" else None, feature_names_out="one-to-one")),
        ("scale", StandardScaler() if scale == "standard" else "passthrough"),
        ("kmeans", KMeans(k, n_init=STARTS, max_iter=ITERATIONS, random_state=seed)),
    ]
    return Pipeline(steps)


def matrix(customers: pd.DataFrame, columns: Sequence[str], transform: Transform, scale: Scale) -> np.ndarray:
    """Return the features as K-means sees them, customers × features."""
    return pipeline(1, transform, scale)[:-1].fit_transform(customers[list(columns)].to_numpy(dtype=float))


def known(features: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the customers whose features are all known and finite."""
    numbers = features[list(columns)].astype(float)
    return features.loc[np.isfinite(numbers.to_numpy()).all(axis=1)]


def cluster(
    features: pd.DataFrame,
    columns: Sequence[str],
    transform: Transform,
    scale: Scale,
    k: int,
    rng: np.random.Generator,
) -> Clustering:
    """Group customers by K-means.

    Segments are numbered from the highest mean of `monetary` down (of the first feature where there is no
    `monetary`; ties by the other features), so that the same groups have the same numbers however they were found.
    Customers are sorted before fitting, so that their order in the table does not matter.

    Parameters
    ----------
    features
        One row per customer.
    columns
        Which of its columns to group by. Rows with a missing value are set aside.
    transform, scale
        As in `pipeline`.
    k
        Number of segments.
    rng
        Where the seed of the starting centres comes from.

    Raises
    ------
    PatronsError
        There are fewer different customers than segments.

    References
    ----------
    Lloyd, S. P. (1982), Least squares quantization in PCM, *IEEE Transactions on Information Theory* 28, 129–137.

    Examples
    --------
    >>> table = pd.DataFrame({"income": [1.0, 2, 1, 9, 8, 9], "score": [1.0, 1, 2, 8, 9, 9]})
    >>> found = cluster(table, ["income", "score"], "none", "none", 2, np.random.default_rng(1))
    >>> found.segments.tolist(), found.names[1], round(found.inertia, 3)
    ([2, 2, 2, 1, 1, 1], 'High income, high score', 2.667)
    """
    return cluster_each(features, columns, transform, scale, [k], rng)[k]


def cluster_each(
    features: pd.DataFrame,
    columns: Sequence[str],
    transform: Transform,
    scale: Scale,
    ks: Iterable[int],
    rng: np.random.Generator,
) -> dict[int, Clustering]:
    """Group customers into several numbers of segments; see `cluster`."""
    kept = known(features, columns).sort_values(list(columns), kind="stable")
    values = kept[list(columns)].astype(float)
    different, seed = len(values.drop_duplicates()), int(rng.integers(2**31))
    fits = {}
    for k in ks:
        if different < k:
            raise PatronsError(f"{k} segments need as many different customers; there are {different}")
        fits[k] = _fit(pipeline(k, transform, scale, seed), values)
    scaled = np.asarray(next(iter(fits.values()))[:-1].transform(values), dtype=float)
    widths = silhouettes(scaled, {k: fitted[-1].labels_ for k, fitted in fits.items()}, rng)
    back = np.argsort(features.index.get_indexer(kept.index), kind="stable")
    identity = ["customer_id"] if "customer_id" in kept else []
    found = {}
    for k, fitted in fits.items():
        labels = fitted[-1].labels_
        customers = kept[[*identity, *columns]].assign(segment=labels + 1).iloc[back]
        found[k] = Clustering(
            customers=customers.reset_index(drop=True),
            pipeline=fitted,
            scaled=scaled[back],
            features=tuple(columns),
            k=k,
            names=name_segments(columns, standardised(scaled, labels, k)),
            inertia=fitted[-1].inertia_,
            silhouette=widths[k],
            set_aside=len(features) - len(kept),
        )
    return found


def profile(clustering: Clustering) -> pd.DataFrame:
    """Describe the segments by their features.

    Returns
    -------
    DataFrame
        A row per segment and feature: `segment`, `name`, `customers`, `feature`, `mean`, `median` (in the feature's own
        unit) and `z`: the mean on the scale that K-means saw, in standard deviations from the mean of all customers.
    """
    z = standardised(clustering.scaled, clustering.segments - 1, clustering.k)
    groups = [(number, clustering.customers.loc[clustering.segments == number]) for number in clustering.names]
    rows = [
        {
            "segment": segment,
            "name": clustering.names[segment],
            "customers": len(members),
            "feature": feature,
            "mean": float(members[feature].mean()),
            "median": float(members[feature].median()),
            "z": float(z[segment - 1, place]),
        }
        for segment, members in groups
        for place, feature in enumerate(clustering.features)
    ]
    return pd.DataFrame(rows)


def means_of(points: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Return the mean of the points of each label 0 … k − 1, k × features."""
    counts = np.bincount(labels, minlength=k)
    sums = [np.bincount(labels, weights=column, minlength=k) for column in points.T]
    return np.column_stack(sums) / counts[:, None]


def standardised(scaled: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Return the mean of each segment in standard deviations from the mean of all; 0 where a feature is constant."""
    spread = scaled.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (means_of(scaled, labels, k) - scaled.mean(axis=0)) / spread


def _fit(fitted: Pipeline, values: pd.DataFrame) -> Pipeline:
    """Fit a pipeline, go on until nobody changes the group, and number the groups by `_order`."""
    kmeans = fitted[-1]
    if len(values) > MANY:
        kmeans.set_params(n_init=FEWER_STARTS)
    with threadpool_limits(1):  # one thread sums in the same order each time, and is faster for tables of this size
        fitted.fit(values)
        scaled = np.asarray(fitted[:-1].transform(values), dtype=float)
        last = KMeans(kmeans.n_clusters, init=kmeans.cluster_centers_, n_init=1, max_iter=ITERATIONS, tol=0).fit(scaled)
    rank = np.argsort(_order(values, last.labels_))
    labels = rank[last.labels_]
    centres = means_of(scaled, labels, kmeans.n_clusters)
    kmeans.cluster_centers_, kmeans.labels_ = centres, labels.astype(np.int32)
    kmeans.inertia_ = float(((scaled - centres[labels]) ** 2).sum())
    return fitted


def _order(values: pd.DataFrame, labels: np.ndarray) -> np.ndarray:
    """Return the labels in the order in which segments are numbered."""
    first = ["monetary"] if "monetary" in values else []
    keys = [*first, *(str(name) for name in values if name not in first)]
    means = values[keys].groupby(labels).mean()
    return means.sort_values(keys, ascending=False, kind="stable").index.to_numpy()
