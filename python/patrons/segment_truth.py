"""Segments against the kinds that were planted in the simulated world, and what could be reached at best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from patrons import clusters, rivals
from patrons.clusters import Clustering, Scale, Transform

#: What the world knows of a customer that its orders only hint at.
TRUE = ("rate", "order_value", "days_gone")
FOLDS = 10
#: Keeps a kind whose customers are all alike in a feature from having no covariance matrix.
RIDGE = 1e-3


def score(
    groupings: Mapping[str, Sequence[object]],
    found: Clustering,
    planted: pd.DataFrame,
    transform: Transform,
    scale: Scale,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Measure how well groupings recover the planted kinds, beside what could be reached.

    Parameters
    ----------
    groupings
        Name → group of each customer, in the order of `found.customers`.
    found
        The segments.
    planted
        `customer_id`, `kind` and the columns `TRUE`.
    transform, scale
        As K-means was used.
    rng
        Resamples customers, starts K-means, deals folds.

    Returns
    -------
    DataFrame
        A row per grouping and reference: `grouping`, `role` (seen: made from the orders without knowing any kind;
        told: from the orders, with a rule learnt from the kinds of other customers; true: from what the world knows),
        `ari`, `low`, `high`, `n`. The references: `told` (`informed` on the features), `oracle` (the same pipeline,
        with as many groups as kinds, on the true features) and `told_true` (`informed` on those).
    """
    joined = found.customers[["customer_id"]].merge(planted, on="customer_id", how="left")
    there = joined["kind"].notna().to_numpy()
    kinds = joined.loc[there, "kind"].to_numpy()
    rows = [_row(name, "seen", np.asarray(labels)[there], kinds, rng) for name, labels in groupings.items()]
    truth = clusters.matrix(joined.loc[there], TRUE, transform, scale)
    rows.append(_row("told", "told", informed(found.scaled[there], kinds, rng), kinds, rng))
    rows.append(_row("oracle", "true", oracle(joined.loc[there], transform, scale, rng), kinds, rng))
    rows.append(_row("told_true", "true", informed(truth, kinds, rng), kinds, rng))
    return pd.DataFrame(rows)


def oracle(planted: pd.DataFrame, transform: Transform, scale: Scale, rng: np.random.Generator) -> np.ndarray:
    """Group customers by the same pipeline from their true rate, order value and days gone, into as many as kinds."""
    k = planted["kind"].nunique()
    return clusters.cluster(planted, TRUE, transform, scale, k, rng).segments


def informed(features: np.ndarray, kinds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tell kinds by a rule learnt from other customers whose kinds are known: quadratic discriminant analysis.

    No grouping that does not know the kinds can be expected to do better from the same features. Each customer is told
    by a rule from nine tenths of the others.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
    return cross_val_predict(QuadraticDiscriminantAnalysis(reg_param=RIDGE), features, kinds, cv=folds)


def _row(
    name: str, role: str, labels: Sequence[object] | np.ndarray, kinds: np.ndarray, rng: np.random.Generator
) -> dict[str, object]:
    found = rivals.agree(list(labels), list(kinds), rng)
    return {
        "grouping": name, "role": role, "ari": found.value, "low": found.low, "high": found.high, "n": len(kinds),
    }  # fmt: skip
