"""What pictures of groups show: the plane of the first two components, and what each group is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from contourpy import contour_generator
from scipy import stats

from patrons import masks, theme
from patrons.clusters import Clustering, means_of
from patrons.clusters_resampled import SAMPLE

RESAMPLES = 1000
#: Shares of a group that its outlines hold.
HELD = (0.5, 0.9)
#: A group is outlined if it has so many times the customers of the smallest group that may be shown.
CROWD = 4
GRID = 90


@dataclass(frozen=True)
class Plane:
    """The customers seen from the side on which they differ most.

    Attributes
    ----------
    explained
        Share of the variance of what K-means saw that lies along each component, all of them.
    loadings
        A row per feature: `feature`, `pc1`, `pc2`: its correlation with each component.
    centres
        A row per segment: `segment`, `pc1`, `pc2`.
    outlines
        Corners of the regions that hold the shares `HELD` of a segment: `segment`, `held`, `piece`, `pc1`, `pc2`. No
        corner is a customer.
    separation
        Share of the variance between centres that the two components show.
    """

    explained: np.ndarray
    loadings: pd.DataFrame
    centres: pd.DataFrame
    outlines: pd.DataFrame
    separation: float


def plane(found: Clustering, smallest: int, rng: np.random.Generator) -> Plane:
    """Turn the customers so that their first two principal components can be seen.

    Components point so that the loading largest in absolute value is positive. A segment's outlines are the regions
    of highest density (Gaussian kernel, Scott's bandwidth) that hold half and nine tenths of it; segments of fewer
    than `CROWD` × `smallest` customers have none.

    References
    ----------
    Hyndman, R. J. (1996), Computing and graphing highest density regions, *The American Statistician* 50, 120–126.
    """
    centred = found.scaled - found.scaled.mean(axis=0)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    axes = axes * np.where(signs == 0, 1, signs)[:, None]
    scores = centred @ axes.T
    if scores.shape[1] < 2:
        scores = np.column_stack([scores, np.zeros(len(scores))])
    labels = found.segments - 1
    centres = means_of(scores, labels, found.k)
    between = np.bincount(labels, minlength=found.k) @ centres**2
    total = float((lengths**2).sum())
    return Plane(
        explained=lengths**2 / total if total else np.zeros(len(lengths)),
        loadings=_loadings(found, centred, scores),
        centres=pd.DataFrame({"segment": range(1, found.k + 1), "pc1": centres[:, 0], "pc2": centres[:, 1]}),
        outlines=_outlines(scores[:, :2], found, smallest, rng),
        separation=float(between[:2].sum() / between.sum()) if between.sum() else 0.0,
    )


def summarise(found: Clustering, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Count the customers of each segment and the revenue they bring, with bootstrap intervals over customers.

    A customer keeps the segment while resampled: the interval says how far the share depends on who happened to come.

    Parameters
    ----------
    found
        The segments.
    table
        Features of the same customers, with `monetary` where the source says what each spent.

    Returns
    -------
    DataFrame
        `segment`, `name`, `customers`, `customer_share`, `revenue`, `revenue_share`, `low`, `high` (95 %),
        `revenue_per_customer`, `each_low`, `each_high` (t interval), and the median of each feature; what is about
        money is missing where none is known.
    """
    groups = found.customers.groupby("segment")
    summary = groups[list(found.features)].median().reset_index()
    summary.insert(1, "name", summary["segment"].map(found.names))
    summary.insert(2, "customers", groups.size().to_numpy())
    summary["customer_share"] = summary["customers"] / len(found.customers)
    money = np.zeros(len(found.customers))
    if "monetary" in table:
        spent = table.set_index("customer_id")["monetary"]
        money = found.customers["customer_id"].map(spent).fillna(0).to_numpy(dtype=float)
    whole = money.sum() if money.sum() > 0 else np.nan
    sums = np.bincount(found.segments - 1, weights=money, minlength=found.k)
    summary["revenue"], summary["revenue_share"] = sums if whole == whole else np.nan, sums / whole
    summary["revenue_per_customer"] = summary["revenue"] / summary["customers"]
    squares = np.bincount(found.segments - 1, weights=money**2, minlength=found.k)
    n = summary["customers"].to_numpy()
    mean = summary["revenue_per_customer"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(squares - n * mean**2, 0) / (n - 1)
        half = stats.t.ppf(0.975, n - 1) * np.sqrt(variance / n)
    summary["each_low"], summary["each_high"] = mean - half, mean + half
    summary["low"], summary["high"] = np.nan, np.nan
    if whole == whole:
        shares = np.empty((RESAMPLES, found.k))
        for row in range(RESAMPLES):
            drawn = rng.integers(len(money), size=len(money))
            again = np.bincount(found.segments[drawn] - 1, weights=money[drawn], minlength=found.k)
            shares[row] = again / again.sum() if again.sum() > 0 else np.nan
        summary["low"], summary["high"] = np.nanquantile(shares, [0.025, 0.975], axis=0)
    return summary


def public(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Blank the numbers of segments that `masks.divided` leaves out, but for the number by which they are called."""
    numbers = [str(name) for name in table.select_dtypes("number") if name != "segment"]
    found = table.astype(dict.fromkeys(numbers, "float64"))
    found.loc[masks.divided(table["customers"], smallest), numbers] = np.nan
    return found


def masked(criteria: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Leave out the size of the smallest group where it is too small to be shown."""
    return criteria.assign(smallest=criteria["smallest"].astype(float).where(criteria["smallest"] >= smallest))


def tiles(profile: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Write the medians of `clusters.profile` for a picture; those of groups too small to be shown are missing."""
    few = masks.of_groups(profile, "segment", "customers", smallest)
    found = profile.assign(
        customers=profile["customers"].astype(float).where(~few),
        mean=profile["mean"].where(~few),
        z=profile["z"].where(~few),
        median=profile["median"].map(short).where(~few),
    )
    return found


def short(value: float) -> str:
    """Write a median with as many digits as tell customers apart.

    Examples
    --------
    >>> short(4.0), short(12.345), short(1655.6)
    ('4', '12.3', '1,656')
    """
    whole = float(value).is_integer() or abs(value) >= 100
    return theme.number(value, 0 if whole else 1 if abs(value) >= 10 else 2)


def _loadings(found: Clustering, centred: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    spread, along = centred.std(axis=0), scores[:, :2].std(axis=0)
    covariance = centred.T @ scores[:, :2] / len(centred)
    scale = np.outer(spread, along)
    loading = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 1e-12)
    return pd.DataFrame({"feature": found.features, "pc1": loading[:, 0], "pc2": loading[:, 1]})


def _outlines(scores: np.ndarray, found: Clustering, smallest: int, rng: np.random.Generator) -> pd.DataFrame:
    tables = []
    for segment in range(1, found.k + 1):
        members = scores[found.segments == segment]
        if len(members) < CROWD * smallest or np.linalg.matrix_rank(members - members.mean(axis=0), tol=1e-9) < 2:
            continue
        if len(members) > SAMPLE:
            members = members[rng.choice(len(members), SAMPLE, replace=False)]
        tables += [_outline(members, held).assign(segment=segment, held=held) for held in HELD]
    columns = ["segment", "held", "piece", "pc1", "pc2"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _outline(members: np.ndarray, held: float) -> pd.DataFrame:
    """Return the border of the region of highest density that holds a share of the members."""
    density = stats.gaussian_kde(members.T)
    level = float(np.quantile(density(members.T), 1 - held))
    margin = 0.35 * np.ptp(members, axis=0)
    low, high = members.min(axis=0) - margin, members.max(axis=0) + margin
    x, y = (np.linspace(*ends, GRID) for ends in zip(low, high, strict=True))
    mesh = np.array([item.ravel() for item in np.meshgrid(x, y)])
    lines = contour_generator(x, y, density(mesh).reshape(GRID, GRID)).lines(level)
    parts = [pd.DataFrame(np.asarray(line), columns=["pc1", "pc2"]).assign(piece=n) for n, line in enumerate(lines)]
    return pd.concat(parts, ignore_index=True)
