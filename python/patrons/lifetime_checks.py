"""Whether customers are as models of lifetime value suppose: how they differ, what goes together, and the seasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons import lifetime
from patrons.features import EPOCH
from patrons.lifetime import Fit
from patrons.lifetime_holdout import bounds, expected, named


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, and on how many customers it rests."""

    value: float
    low: float = np.nan
    high: float = np.nan
    n: int = 0


def frequencies(fits: Mapping[str, Fit], clv: pd.DataFrame, smallest: int) -> pd.DataFrame:
    r"""Count customers by their repeat purchases, and how many each model expects.

    With :math:`p_i` the model's probability that customer i, observed for :math:`T_i`, is in a group, it expects
    :math:`\sum_i p_i` of them, and chance spreads their number with variance :math:`\sum_i p_i (1 - p_i)`.

    Returns
    -------
    DataFrame
        `group`, `series` (`actual` or a model), `customers`, `low`, `high` (95 %, missing for `actual`).
    """
    x = clv["x"].to_numpy(dtype=int)
    starts = bounds(x, smallest)
    names = named(starts, x)
    ages = clv["T"].value_counts()
    counts = np.bincount(np.searchsorted(starts, x, side="right") - 1, minlength=len(starts))
    rows = [pd.DataFrame({"group": names, "series": "actual", "customers": counts.astype(float)})]
    for model, fit in fits.items():
        times = np.arange(starts[-1]) if starts[-1] else np.zeros(0)
        single = lifetime.probability_of(fit, times, ages.index.to_numpy(dtype=float)[:, None])
        below = np.add.reduceat(single, starts[:-1], axis=1) if len(starts) > 1 else single[:, :0]
        share = np.column_stack([below, 1 - below.sum(axis=1)])
        mean = ages.to_numpy(dtype=float) @ share
        half = stats.norm.ppf(0.975) * np.sqrt(ages.to_numpy(dtype=float) @ (share * (1 - share)))
        ends = {"low": np.maximum(mean - half, 0), "high": mean + half}
        rows.append(pd.DataFrame({"group": names, "series": model, "customers": mean, **ends}))
    return pd.concat(rows, ignore_index=True)


def dispersion(clv: pd.DataFrame) -> Estimate:
    r"""Measure how much more customers differ than if all bought at one rate.

    Pearson's :math:`\frac{1}{n - 1} \sum_i (x_i - \hat\lambda T_i)^2 / (\hat\lambda T_i)`,
    :math:`\hat\lambda = \sum x_i / \sum T_i`: about 1 for a Poisson process that is the same for all.

    Examples
    --------
    >>> dispersion(pd.DataFrame({"x": [0, 4], "T": [10.0, 10.0]})).value
    4.0
    """
    known = clv[clv["T"] > 0]
    x, age = known["x"].to_numpy(dtype=float), known["T"].to_numpy(dtype=float)
    if len(x) < 2 or not x.sum():
        return Estimate(np.nan, n=len(x))
    mean = x.sum() / age.sum() * age
    return Estimate(float(((x - mean) ** 2 / mean).sum() / (len(x) - 1)), n=len(x))


def independence(clv: pd.DataFrame) -> pd.DataFrame:
    """Correlate how often repeat customers buy with how much a purchase of theirs comes to.

    Pearson's correlation with Fisher's interval, as is customary for the Gamma-Gamma model, and that of the ranks with
    the interval of Bonett and Wright, which single large amounts do not move.

    Returns
    -------
    DataFrame
        A row per `method` (pearson, spearman): `rho`, `low`, `high`, `p`, `n`; none where nothing can be correlated.
    """
    known = clv[(clv["x"] > 0) & (clv["m_x"] > 0)]
    x, money = known["x"].to_numpy(dtype=float), known["m_x"].to_numpy(dtype=float)
    n = len(x)
    if n < 5 or np.ptp(x) == 0 or np.ptp(money) == 0:
        return pd.DataFrame(columns=["method", "rho", "low", "high", "p", "n"])
    rows = []
    for method, test, scale in (("pearson", stats.pearsonr, 0.0), ("spearman", stats.spearmanr, 0.5)):
        rho, p = (float(value) for value in test(x, money))
        half = stats.norm.ppf(0.975) * np.sqrt((1 + scale * rho**2) / (n - 3))
        low, high = np.tanh(np.arctanh(np.clip(rho, -1 + 1e-15, 1 - 1e-15)) + np.array([-half, half]))
        rows.append({"method": method, "rho": rho, "low": low, "high": high, "p": p, "n": n})
    return pd.DataFrame(rows)


def spend_by_frequency(clv: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Average what a purchase comes to over repeat customers with as many purchases.

    Returns
    -------
    DataFrame
        `group` (repeat purchases), `customers`, `mean` (of their mean purchase), `low`, `high` (t interval).
    """
    known = clv[(clv["x"] > 0) & (clv["m_x"] > 0)]
    if known.empty:
        return pd.DataFrame(columns=["group", "customers", "mean", "low", "high"])
    x = known["x"].to_numpy(dtype=int)
    starts = bounds(x, smallest, most=10)
    starts[0] = 1
    group = np.searchsorted(starts, x, side="right") - 1
    table = known["m_x"].astype(float).groupby(group).agg(["size", "mean", "std"])
    half = stats.t.ppf(0.975, (table["size"] - 1).clip(lower=1)) * table["std"] / np.sqrt(table["size"])
    return pd.DataFrame(
        {
            "group": np.array(named(starts, x))[table.index],
            "customers": table["size"],
            "mean": table["mean"],
            "low": table["mean"] - half,
            "high": table["mean"] + half,
        }
    ).reset_index(drop=True)


def months(fit: Fit, counts: pd.DataFrame, until: int, unit: str) -> pd.DataFrame:
    """Compare repeat purchases of each calendar month with those that a model without seasons expects.

    Parameters
    ----------
    fit
        The model.
    counts
        From `lifetime_holdout.daily`.
    until
        The last day observed, since 1970-01-01.
    unit
        Of the model's time.

    Returns
    -------
    DataFrame
        `month` (1 to 12), `years` (times it was observed), `actual`, `expected`, `ratio` with `low` and `high`, as if
        purchases came independently of each other.
    """
    first = int(counts["day"].min())
    days = np.arange(first, until + 1)
    foreseen = np.diff(expected(fit, counts, np.concatenate([[first - 1], days]), unit))
    bought = counts.set_index("day")["purchases"].reindex(days, fill_value=0).to_numpy(dtype=float)
    calendar = pd.to_datetime([EPOCH] * len(days)) + pd.to_timedelta(days, unit="D")
    table = pd.DataFrame({"month": calendar.month, "year": calendar.year, "actual": bought, "expected": foreseen})
    found = table.groupby("month").agg(
        years=("year", "nunique"), actual=("actual", "sum"), expected=("expected", "sum")
    )
    found = found[found["expected"] > 0]
    low, high = stats.chi2.ppf([[0.025], [0.975]], 2 * found["actual"].to_numpy() + np.array([[0], [2]])) / 2
    found["ratio"] = found["actual"] / found["expected"]
    found["low"], found["high"] = np.nan_to_num(low) / found["expected"], high / found["expected"]
    return found.reset_index()
