"""Whether channels and audiences differ by more than campaigns of the same kind do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from patrons.campaigns import METRICS, Metric, divided, has
from patrons.campaigns_pooling import FEWEST_UNITS, design, fit

#: What is compared; the order is that of the family.
COMPARED = ("ctr", "conversion_rate", "roi")
#: Fewer degrees of freedom than this do not tell how much campaigns of the same kind differ.
FEWEST_LEFT = 5
COLUMNS = [
    *("metric", "title", "factor", "groups", "campaigns", "f", "df1", "df2", "p", "p_holm", "effect"),
    *("highest", "lowest", "ratio", "low", "high", "h", "h_df", "h_p"),
]


def compare(frame: pd.DataFrame, chance: float | None) -> pd.DataFrame:
    r"""Test every metric between the levels of every factor, the other factor being held alike.

    The model is that of `campaigns_pooling`: each channel and each audience multiplies the metric by a factor, and
    campaigns of the same kind still differ, by a gamma distribution. With its coefficients :math:`b` for a factor and
    their covariance :math:`V`, the inverse of the information at the estimated shape,

    .. math:: F = b^\top V^{-1} b / d_1

    is held against F with :math:`d_1` and :math:`d_2 = n - p` degrees of freedom; the effect is the share
    :math:`d_1 F / (d_1 F + d_2)`. Over 500 simulated shops without differences, a quasi-Poisson model, in which large
    campaigns vouch for as much as their counts, called 23 % of them sure at 5 %; this one, over 300, 6 to 8 %, a little
    more than it should. The test of Kruskal and Wallis compares the campaigns' own
    rates, each counting once, without the other factor.

    Parameters
    ----------
    frame
        Campaigns.
    chance
        Money that one unit of chance is worth (`campaigns_returns.Value`); returns are not tested without it.

    Returns
    -------
    DataFrame
        One row per metric and factor, corrected by Holm's method over all of them; `ratio` is that of the highest to
        the lowest level, the other factor alike, with Scheffé's interval, which holds for the two extremes although
        they were chosen by looking. Levels of fewer than three campaigns, or without a count, are left out.
    """
    factors, rows = divided(frame), []
    for metric in (item for item in METRICS if item.name in COMPARED and has(frame, item)):
        if metric.kind == "return" and chance is None:
            continue
        known = testable(frame, metric, factors, chance or 1.0)
        for name in factors:
            others = [other for other in factors if other != name and known[other].nunique() > 1]
            row = one(known, name, others) if known[name].nunique() > 1 else None
            if row is not None:
                rows.append({"metric": metric.name, "title": metric.title, **row})
    table = pd.DataFrame(rows, columns=COLUMNS)
    if len(table):
        table["p_holm"] = multipletests(table["p"], method="holm")[1]
    return table


def testable(frame: pd.DataFrame, metric: Metric, factors: Sequence[str], chance: float) -> pd.DataFrame:
    """Return `count`, `exposure` and factors of the campaigns whose levels have enough of them to be compared."""
    known = frame[frame[metric.top].ge(0) & frame[metric.bottom].gt(0)]
    unit = chance if metric.kind == "return" else 1.0
    known = known.assign(count=known[metric.top] / unit, exposure=known[metric.bottom] / unit)
    before = -1
    while len(known) != before:
        before = len(known)
        for name in factors:
            counts = known.groupby(name)["count"].agg(["size", "sum"])
            good = counts.index[(counts["size"] >= FEWEST_UNITS) & (counts["sum"] > 0)]
            known = known[known[name].isin(good)]
    return known.reset_index(drop=True)


def one(known: pd.DataFrame, name: str, others: Sequence[str]) -> dict[str, object] | None:
    """Test by one factor; None where nothing is left to estimate from how campaigns of the same kind differ."""
    y, e = known["count"].to_numpy(dtype=float), known["exposure"].to_numpy(dtype=float)
    x, names = design(known, [name, *others])
    levels = sorted(known[name].unique())
    df1, df2 = len(levels) - 1, len(y) - x.shape[1]
    if df2 < FEWEST_LEFT or np.linalg.matrix_rank(x[y > 0]) < x.shape[1]:
        return None
    beta, shape = fit(y, e, x)
    mu = e * np.exp(x @ beta)
    covariance = np.linalg.inv(x.T @ (x * (mu * shape / (shape + mu))[:, None]))
    mine = [names.index(f"{name}: {level}") for level in levels[1:]]
    b, v = beta[mine], covariance[np.ix_(mine, mine)]
    f = float(b @ np.linalg.solve(v, b)) / df1
    sizes = np.concatenate([[0.0], b])
    top, bottom = int(np.argmax(sizes)), int(np.argmin(sizes))
    contrast = np.eye(len(levels))[top, 1:] - np.eye(len(levels))[bottom, 1:]
    gap = float(contrast @ b)
    reach = float(np.sqrt(df1 * stats.f.ppf(0.95, df1, df2) * (contrast @ v @ contrast)))
    rates = (known["count"] / known["exposure"]).groupby(known[name])
    ranks = stats.kruskal(*[part.to_numpy() for _, part in rates]) if len(np.unique(y / e)) > 1 else None
    return {
        **{"factor": name, "groups": len(levels), "campaigns": len(y), "f": f, "df1": df1, "df2": df2},
        **{"p": float(stats.f.sf(f, df1, df2)), "effect": df1 * f / (df1 * f + df2)},
        **{"highest": levels[top], "lowest": levels[bottom], "ratio": np.exp(gap)},
        **{"low": np.exp(gap - reach), "high": np.exp(gap + reach), "h_df": df1},
        **{"h": ranks.statistic if ranks else np.nan, "h_p": ranks.pvalue if ranks else np.nan},
    }
