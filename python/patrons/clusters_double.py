"""Groups and their criteria computed a second time, in R."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin
from threadpoolctl import threadpool_limits

from patrons.clusters_criteria import NOTHING, indices, silhouettes
from patrons.clusters_study import Study
from patrons.double import Agreement, agreement, worst

#: R holds all distances in memory: of more customers than this, both languages take the same sample of this size.
SAMPLE = 3_000
#: How far starting centres are pulled to the mean of all customers, so that there is a way to go.
PULLED = 0.2


class InR(Protocol):
    """`patrons.r.call`."""

    def __call__(self, function: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of R."""


@dataclass(frozen=True)
class Doubled:
    """What R says of the same groups.

    Attributes
    ----------
    agreement
        The largest difference in what is no matter of chance: silhouette, Calinski–Harabasz and Davies–Bouldin index
        and inertia of each grouping; K-means from the same starting centres; the adjusted Rand index of each refit.
    chance
        A row per number of groups, what R finds with random numbers of its own: `k`, `gap`, `gap_se`, `strength`,
        `strength_sd`.
    gap_choice
        The number that the rule of one standard error takes of R's gap statistic.
    jaccard
        How well each segment is found again, by `fpc::clusterboot`: `segment`, `jaccard`.
    lower
        By what share the algorithm of Hartigan and Wong, started from the centres, can still lower the inertia.
    """

    agreement: Agreement
    chance: pd.DataFrame
    gap_choice: int
    jaccard: pd.DataFrame
    lower: float


def repeat(found: Study, rng: np.random.Generator, in_r: InR) -> Doubled:
    """Compute groups and criteria again in R.

    Parameters
    ----------
    found
        What Python found.
    rng
        Draws the sample where there are many customers.
    in_r
        `r.call`, after `r.use("clusters")`.
    """
    clustering, ks = found.clustering, list(found.fits)
    everybody = np.arange(len(clustering.scaled))
    chosen = np.sort(rng.choice(everybody, SAMPLE, replace=False)) if len(everybody) > SAMPLE else everybody
    points = clustering.scaled[chosen]
    table = _frame(points)
    centres = {k: _frame(fit.centres) for k, fit in found.fits.items()}
    run, lower = _from_same_starts(points, table, centres, clustering.k, in_r)
    gaps = in_r("gap_statistic", table, [_frame(points.mean(axis=0)[None, :]), *_settled(points, centres)])
    halves = in_r("predict_halves", table, max(ks))
    return Doubled(
        agreement=worst(
            [
                _criteria(found, chosen, rng, table, in_r),
                run,
                _refits(found, in_r),
                _log_inertia(points, centres, gaps),
            ]
        ),
        chance=gaps.merge(halves, on="k", how="left")[["k", "gap", "gap_se", "strength", "strength_sd"]],
        gap_choice=int(gaps["chosen"].iloc[0]),
        jaccard=in_r("bootstrap_groups", table, centres[clustering.k]),
        lower=lower,
    )


def _criteria(found: Study, chosen: np.ndarray, rng: np.random.Generator, table: pd.DataFrame, in_r: InR) -> Agreement:
    """Compare the criteria of each grouping, on the customers that are chosen."""
    labels = {k: np.unique(fit.segments[chosen], return_inverse=True)[1] for k, fit in found.fits.items()}
    labels = {k: of for k, of in labels.items() if of.max() + 1 == k}
    points = table.to_numpy()
    mine = indices(points, labels)
    mine["silhouette"] = mine["k"].map(silhouettes(points, labels, rng))
    theirs = in_r("judge_groups", table, pd.DataFrame({str(k): of + 1 for k, of in labels.items()}))
    columns = ["inertia", "silhouette", "calinski_harabasz", "davies_bouldin"]
    whole = float(((points - points.mean(axis=0)) ** 2).sum())
    exact = mine["inertia"] > NOTHING * whole  # of groups without any spread, the indices do not exist
    return agreement(mine[exact], theirs[theirs["k"].isin(mine.loc[exact, "k"])], ["k"], columns)


def _from_same_starts(
    points: np.ndarray, table: pd.DataFrame, centres: dict[int, pd.DataFrame], k: int, in_r: InR
) -> tuple[Agreement, float]:
    """Run K-means in both languages from the same centres; and R's default algorithm from where Python's ended."""
    mine, theirs = [], []
    for number, ends in centres.items():
        starts = (1 - PULLED) * ends + PULLED * points.mean(axis=0)
        if len(np.unique(pairwise_distances_argmin(points, starts.to_numpy()))) < number:
            starts = ends  # R gives up a group that nobody is nearest to, scikit-learn moves it
        with threadpool_limits(1):
            fit = KMeans(number, init=starts.to_numpy(), n_init=1, max_iter=1000, tol=0).fit(points)
        sizes = np.bincount(fit.labels_, minlength=number)
        order = np.arange(1, number + 1)
        mine.append(_frame(fit.cluster_centers_).assign(k=number, group=order, customers=sizes, inertia=fit.inertia_))
        theirs.append(in_r("kmeans_from", table, starts).assign(k=number))
    columns = ["inertia", "customers", *table.columns]
    run = agreement(pd.concat(mine), pd.concat(theirs), ["k", "group"], columns)
    better = in_r("kmeans_from", table, centres[k], "Hartigan-Wong")["inertia"].iloc[0]
    now = float(_inertia(points, centres[k].to_numpy()))
    return run, max(0.0, 1 - float(better) / now) if now > 0 else 0.0


def _refits(found: Study, in_r: InR) -> Agreement:
    """Compare the adjusted Rand index of each refit."""
    again = pd.DataFrame({str(place): labels for place, labels in enumerate(found.refits.again)})
    theirs = in_r("refits_agree", found.refits.labels, again)
    mine = pd.DataFrame({"refit": range(1, again.shape[1] + 1), "agreement": found.refits.agreement})
    return agreement(mine, theirs, ["refit"], ["agreement"])


def _log_inertia(points: np.ndarray, centres: dict[int, pd.DataFrame], gaps: pd.DataFrame) -> Agreement:
    """Compare the part of the gap statistic that is no matter of chance."""
    spread = [float(((points - points.mean(axis=0)) ** 2).sum())]
    spread += [_settle(points, ends).inertia_ for ends in centres.values()]
    known = np.array(spread) > NOTHING * spread[0]
    mine = pd.DataFrame({"k": [1, *centres], "log_inertia": np.log(np.where(known, spread, 1.0))})
    return agreement(mine[known], gaps[known], ["k"], ["log_inertia"])


def _settled(points: np.ndarray, centres: dict[int, pd.DataFrame]) -> list[pd.DataFrame]:
    return [_frame(_settle(points, ends).cluster_centers_) for ends in centres.values()]


def _settle(points: np.ndarray, ends: pd.DataFrame) -> KMeans:
    """Let centres come to rest on the points at hand, which may be a sample."""
    with threadpool_limits(1):
        return KMeans(len(ends), init=ends.to_numpy(), n_init=1, max_iter=1000, tol=0).fit(points)


def _inertia(points: np.ndarray, centres: np.ndarray) -> float:
    return float(((points[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1).sum())


def _frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"x{place}" for place in range(1, values.shape[1] + 1)])
