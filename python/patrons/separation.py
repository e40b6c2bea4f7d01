"""How far groups differ, and whether that means anything: the circular analysis of variance and the honest tests."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pingouin
from scipy import optimize, stats
from sklearn.cluster import KMeans
from statsmodels.stats.multitest import multipletests
from threadpoolctl import threadpool_limits

from patrons.limits import ALPHA

#: Clouds without groups that are cut like the customers; the smallest p-value they allow is one in a hundred.
CLOUDS = 99
#: No cloud needs more customers than this: the share of variance that a cut takes away hangs little on their number.
CLOUD = 2000
RESAMPLES = 500
#: Pairs of groups are compared if Welch's test has so many degrees of freedom: with fewer, intervals say nothing.
FEWEST_FREE = 5


@dataclass(frozen=True)
class Described:
    """The analysis of variance of features on groups made from them.

    Attributes
    ----------
    table
        A row per feature: `feature`, `f`, `df1`, `df2`, `eta2`, and `cloud_eta2`, `cloud_low`, `cloud_high`: the same
        share where one cloud without groups is cut alike (mean, and the middle 95 %). The last row, `all`, is about
        all features together and has no F.
    p
        Share of clouds, the customers' own counted among them, whose groups take away as much variance or more.
    clouds
        How many were cut.
    """

    table: pd.DataFrame
    p: float
    clouds: int


@dataclass(frozen=True)
class Comparison:
    """Outcomes that the groups were not made from, compared between the groups.

    Attributes
    ----------
    outcomes
        A row per outcome: `outcome`, `n`, `groups`, Welch's `f`, `df1`, `df2`, `p`, `p_holm`, `omega2`,
        `omega2_low`, `omega2_high`; Kruskal and Wallis' `h`, `h_df`, `h_p`, `h_p_holm`, `epsilon2`, `epsilon2_low`,
        `epsilon2_high`.
    means
        A row per outcome and group: `outcome`, `group`, `n`, `mean`, `low`, `high` (95 %, t), `above_zero` (share).
    pairs
        A row per pair of groups, of the first outcome: `one`, `other`, `difference`, `low`, `high`, `p` (Games and
        Howell: they hold for all pairs at once).
    """

    outcomes: pd.DataFrame
    means: pd.DataFrame
    pairs: pd.DataFrame


def describe(
    scaled: np.ndarray, labels: np.ndarray, features: Sequence[str], rng: np.random.Generator, clouds: int = CLOUDS
) -> Described:
    r"""Describe how far groups differ on the features that they were made from, and how far any cut would make them.

    .. math:: F = \frac{\sum_j n_j (\bar x_j - \bar x)^2 / (k - 1)}{\sum_j \sum_i (x_{ij} - \bar x_j)^2 / (n - k)},
        \qquad \eta^2 = \frac{\text{SS between}}{\text{SS total}}.

    This F follows no F distribution, since the groups were chosen so that it is large. For comparison, clouds of the
    same means and covariances, normal and without groups, are cut by K-means into as many groups: what remains
    beyond them is what the customers have and one cloud has not. That is the idea of SigClust.

    Parameters
    ----------
    scaled
        (n, p), what K-means saw.
    labels
        (n), groups.
    features
        (p) names.
    rng
        Draws the clouds.
    clouds
        How many.

    References
    ----------
    Liu, Y., Hayes, D. N., Nobel, A. and Marron, J. S. (2008). Statistical significance of clustering for
    high-dimension, low-sample size data. *JASA* 103, 1281–1293.
    """
    n, k = len(scaled), len(np.unique(labels))
    between, total = _squares(scaled, labels)
    df1, df2 = k - 1, n - k
    with np.errstate(invalid="ignore", divide="ignore"):
        eta2 = between / total
        f = (between / df1) / ((total - between) / df2)
        own = between.sum() / total.sum()
    size = min(n, CLOUD)
    drawn = rng.multivariate_normal(scaled.mean(axis=0), np.atleast_2d(np.cov(scaled.T)), (clouds, size))
    with threadpool_limits(1):
        cut = np.array([_cut(cloud, k, rng) for cloud in drawn])
    with np.errstate(invalid="ignore"):
        shares = np.column_stack([cut[:, 0] / cut[:, 1], cut[:, 0].sum(axis=1) / cut[:, 1].sum(axis=1)])
        low, high = np.quantile(shares, [0.025, 0.975], axis=0)
    table = pd.DataFrame(
        {
            "feature": [*features, "all"],
            "f": [*f, np.nan],
            "df1": df1,
            "df2": df2,
            "eta2": [*eta2, own],
            "cloud_eta2": shares.mean(axis=0),
            "cloud_low": low,
            "cloud_high": high,
        }
    )
    p = float((1 + (shares[:, -1] >= own).sum()) / (1 + clouds))
    return Described(table, p, clouds)


def _squares(values: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of squares between groups and in all, by feature."""
    centred = values - values.mean(axis=0)
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(codes, column) for column in centred.T], axis=1)
    return (sums**2 / counts[:, None]).sum(axis=0), (centred**2).sum(axis=0)


def _cut(cloud: np.ndarray, k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a cloud of equal points has fewer groups than asked for
        found = KMeans(k, n_init=2, random_state=int(rng.integers(2**31))).fit_predict(cloud)
    return _squares(cloud, found)


def compare(
    table: pd.DataFrame, outcomes: Sequence[str], rng: np.random.Generator, resamples: int = RESAMPLES
) -> Comparison:
    """Compare outcomes between groups that were made without them.

    Parameters
    ----------
    table
        A row per customer: `group` (integers) and the outcomes, the one to compare pairwise first.
    outcomes
        Columns of numbers.
    rng
        Resamples customers for the interval of ε².
    resamples
        How often, for up to ten thousand customers; for more, a fifth of that.

    See Also
    --------
    welch, kruskal, pairs
    """
    rows, means = [], []
    for outcome in outcomes:
        known = table[["group", outcome]].dropna()
        values, groups = known[outcome].to_numpy(dtype=float), known["group"].to_numpy()
        rows.append(
            {"outcome": outcome, "n": len(values), "groups": len(np.unique(groups))}
            | welch(values, groups)
            | kruskal(values, groups, rng, resamples)
        )
        means.append(summarise(values, groups).assign(outcome=outcome))
    found = pd.DataFrame(rows)
    for p in ("p", "h_p"):
        found[f"{p}_holm"] = holm(found[p])
    return Comparison(found, pd.concat(means, ignore_index=True), pairs(table, outcomes[0]))


def holm(p: pd.Series) -> pd.Series:
    """Correct p-values by Holm's method; those that are missing count for nothing."""
    known = p.notna()
    found = p.astype(float).copy()
    if known.any():
        found[known] = multipletests(found[known], method="holm")[1]
    return found


def welch(values: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    r"""Test whether the means of groups are equal, whatever their variances (Welch 1951), with the effect size ω².

    .. math:: \omega^2 = \frac{\nu_1 (F - 1)}{\nu_1 (F - 1) + n},

    not less than zero, with the variance of each group weighed as the test weighs it. Its interval comes from the
    noncentral F distribution (Steiger 2004): of the noncentralities :math:`\lambda` that the observed F is compatible
    with, :math:`\lambda / (\lambda + n)`.

    Returns
    -------
    dict
        `f`, `df1`, `df2`, `p`, `omega2`, `omega2_low`, `omega2_high`; missing where a group has fewer than two
        customers or no spread, which the test cannot weigh.

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values. *Biometrika* 38, 330–336. Steiger, J. H. (2004).
    Beyond the F test. *Psychological Methods* 9, 164–182.
    """
    names = ("f", "df1", "df2", "p", "omega2", "omega2_low", "omega2_high")
    frame = pd.DataFrame({"value": values, "group": groups})
    spread = frame.groupby("group")["value"].agg(["size", "var"])
    if len(spread) < 2 or (spread["size"] < 2).any() or not (spread["var"] > 0).all():
        return dict.fromkeys(names, np.nan)
    row = pingouin.welch_anova(frame, dv="value", between="group").iloc[0]
    f, df1, df2, p = (float(row[key]) for key in ("F", "ddof1", "ddof2", "p_unc"))
    size = len(values)
    omega2 = max(df1 * (f - 1), 0.0) / (max(df1 * (f - 1), 0.0) + size)
    low, high = (at / (at + size) for at in noncentralities(f, df1, df2))
    return dict(zip(names, (f, df1, df2, p, omega2, low, high), strict=True))


def noncentralities(f: float, df1: float, df2: float) -> tuple[float, float]:
    """Return the ends of the 95 % interval of an F statistic's noncentrality."""

    def solve(level: float) -> float:
        if stats.f.cdf(f, df1, df2) <= level:
            return 0.0
        top = 2 * df1 * f + 10
        while stats.ncf.cdf(f, df1, df2, top) > level:
            top *= 2
        return float(optimize.brentq(lambda at: stats.ncf.cdf(f, df1, df2, at) - level, 1e-12, top, xtol=1e-11))

    return solve(1 - ALPHA / 2), solve(ALPHA / 2)


def kruskal(
    values: np.ndarray, groups: np.ndarray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[str, float]:
    r"""Test whether the ranks of groups are alike (Kruskal and Wallis 1952), with the effect size ε².

    .. math:: \varepsilon^2 = H / (n - 1),

    with an interval that resamples the customers of each group.

    Returns
    -------
    dict
        `h`, `h_df`, `h_p`, `epsilon2`, `epsilon2_low`, `epsilon2_high`; missing where all values are equal.

    References
    ----------
    Kruskal, W. H. and Wallis, W. A. (1952). *JASA* 47, 583–621. Tomczak, M. and Tomczak, E. (2014). The need to report
    effect size estimates revisited. *Trends in Sport Sciences* 21, 19–25.
    """
    names = ("h", "h_df", "h_p", "epsilon2", "epsilon2_low", "epsilon2_high")
    codes, counts = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    if len(counts) < 2 or len(np.unique(values)) < 2:
        return dict.fromkeys(names, np.nan)
    row = pingouin.kruskal(pd.DataFrame({"value": values, "group": codes}), dv="value", between="group").iloc[0]
    h, n = float(row["H"]), len(values)
    order = np.argsort(codes, kind="stable")
    starts = np.cumsum(counts) - counts
    drawn = np.empty(resamples if n <= 10_000 else resamples // 5)
    for place in range(len(drawn)):
        picked = order[np.repeat(starts, counts) + (rng.random(n) * np.repeat(counts, counts)).astype(int)]
        ranks = stats.rankdata(values[picked])
        drawn[place] = _h(ranks, np.repeat(np.arange(len(counts)), counts), counts) / (n - 1)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return dict(zip(names, (h, float(row["ddof1"]), float(row["p_unc"]), h / (n - 1), low, high), strict=True))


def _h(ranks: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> float:
    """Return Kruskal and Wallis' H, corrected for ties: the share of the ranks' variance, times n − 1."""
    spread = float(ranks.var() * len(ranks))
    if spread == 0:
        return float("nan")
    sums = np.bincount(codes, ranks - ranks.mean())
    return float((sums**2 / counts).sum() / spread * (len(ranks) - 1))


def summarise(values: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    """Return size, mean with its t interval and share above zero of each group."""
    rows = []
    for group in np.unique(groups):
        mine = values[groups == group]
        n, mean = len(mine), float(mine.mean())
        half = float(stats.t.ppf(1 - ALPHA / 2, n - 1) * mine.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
        rows.append((int(group), n, mean, mean - half, mean + half, float((mine > 0).mean())))
    return pd.DataFrame(rows, columns=["group", "n", "mean", "low", "high", "above_zero"])


def pairs(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    r"""Compare each pair of groups by Games and Howell's method, whose intervals hold for all pairs at once.

    .. math:: \bar x_i - \bar x_j \pm \frac{q_{.95; k, \nu_{ij}}}{\sqrt 2} \sqrt{\frac{s_i^2}{n_i} + \frac{s_j^2}{n_j}}

    with Welch's degrees of freedom :math:`\nu_{ij}` and the studentized range of k groups.

    Returns
    -------
    DataFrame
        `one`, `other`, `difference`, `low`, `high`, `p`; missing where neither of the two has any spread, or both are
        so small that they leave fewer than `FEWEST_FREE` degrees of freedom.

    References
    ----------
    Games, P. A. and Howell, J. F. (1976). Pairwise multiple comparison procedures with unequal n's and/or variances.
    *Journal of Educational Statistics* 1, 113–125.
    """
    known = table[["group", outcome]].dropna()
    sizes = known["group"].value_counts()
    known = known[known["group"].isin(sizes.index[sizes >= 2])]
    columns = ["one", "other", "difference", "low", "high", "p"]
    if known["group"].nunique() < 2:
        return pd.DataFrame(columns=columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = pingouin.pairwise_gameshowell(known.astype({outcome: float}), dv=outcome, between="group")
    k = known["group"].nunique()
    usable = (found["se"] > 0) & (found["df"] >= FEWEST_FREE)
    reach = np.full(len(found), np.nan)
    reach[usable] = stats.studentized_range.ppf(1 - ALPHA, k, found.loc[usable, "df"]) / np.sqrt(2)
    half = reach * found["se"]
    return pd.DataFrame(
        {
            "one": found["A"].astype(int),
            "other": found["B"].astype(int),
            "difference": found["diff"],
            "low": found["diff"] - half,
            "high": found["diff"] + half,
            "p": found["pval"].where(usable),
        }
    )
