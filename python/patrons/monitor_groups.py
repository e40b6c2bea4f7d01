"""Groups of customers that are found at one time and followed to another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import clusters, clusters_study
from patrons.drift import Pair
from patrons.drift_null import Points
from patrons.errors import PatronsError
from patrons.monitor_windows import BEHAVIOUR
from patrons.shop import Shop

#: Numbers of groups that are tried where the source does not say how many; two would tell little of what moved.
TRIED = range(3, 7)


def columns_of(shop: Shop, pairs: Pair) -> list[str]:
    """Return what customers are grouped by: how lately, how often and for how much, or the source's own features."""
    asked = shop.analysis.segments.features
    names = [BEHAVIOUR.get(name, name) for name in (BEHAVIOUR if asked == "auto" else asked)]
    found = [name for name in names if name in pairs.reference]
    own = shop.source.settings.tables.customers
    others = [name for name in (own.features if own else ()) if name in pairs.reference]
    return found or others


def follow(shop: Shop, pairs: Pair, rng: np.random.Generator, k: int | None = None) -> Points | None:
    """Find groups among the customers of the reference, and put the current ones into the nearest.

    Parameters
    ----------
    shop
        Says how many groups, by which features, and on which scale (`analysis.segments`); where it leaves the number
        open, it is that with the widest mean silhouette.
    pairs
        The two times.
    k
        Number of groups, where it is known.

    Returns
    -------
    Points or None
        None where there are too few customers to group, or nothing to group them by.
    """
    asked, columns = shop.analysis.segments, columns_of(shop, pairs)
    if not columns:
        return None
    known = clusters.known(pairs.reference, columns)
    different = len(known[columns].drop_duplicates())
    if len(known) < clusters_study.LEAST or different < 3:
        return None
    wanted = k or (None if asked.k == "auto" else asked.k)
    ks = [wanted] if wanted else [one for one in TRIED if one < different]
    try:
        fits = clusters.cluster_each(pairs.reference, columns, asked.transform, asked.scale, ks, rng)
    except PatronsError:
        return None
    best = max(fits, key=lambda one: fits[one].silhouette)
    found = fits[best]
    then, now = (_places(found, frame, columns) for frame in (pairs.reference, pairs.current))
    labels = [_nearest(found, places) for places in (then, now)]
    return Points(then, now, labels[0], labels[1], tuple(found.names.values()))


def _places(found: clusters.Clustering, frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    values = frame[columns].astype(float)
    places = np.full(values.shape, np.nan)
    whole = np.isfinite(values.to_numpy()).all(axis=1)
    if whole.any():
        places[whole] = np.asarray(found.pipeline[:-1].transform(values[whole]), dtype=float)
    return places / _unit(found)


def _unit(found: clusters.Clustering) -> np.ndarray:
    """Return the standard deviations by which distances are measured; ones where the scale is a standard one."""
    spread = found.scaled.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _nearest(found: clusters.Clustering, places: np.ndarray) -> np.ndarray:
    centres = found.centres / _unit(found)
    apart = ((places[:, None, :] - centres[None]) * _unit(found)) ** 2
    nearest = np.nan_to_num(apart, nan=np.inf).sum(axis=2).argmin(axis=1)
    return np.where(np.isfinite(places).all(axis=1), nearest, -1)
