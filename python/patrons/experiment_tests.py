"""Tests and intervals of differences from sizes, means and variances alone; arrays in, arrays out.

Every difference is other − base. Where nothing varies, or there are too few to know, everything is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pingouin
from scipy import stats

from patrons.experiment_moments import Moments
from patrons.limits import ALPHA, LEVEL

Z = float(stats.norm.ppf(0.5 + LEVEL / 2))
#: A variance of a relative lift below this is none.
ROUNDING = 1e-24
#: What every comparison of two arms says, in this order.
COLUMNS = ("lift", "lift_pct", "pct_low", "pct_high", "statistic", "df", "p", "low", "high")


def compare_cells(kind: str, base: Moments, other: Moments) -> dict[str, np.ndarray]:
    """Compare the cells of an arm with those of the control by the test that fits the kind of outcome.

    Parameters
    ----------
    kind
        ``binary`` (z test with a pooled share) or ``money``, ``number`` (Welch's test).
    base, other
        Moments of one shape.

    Returns
    -------
    dict
        `COLUMNS`, arrays of that shape.
    """
    lift = other.mean - base.mean
    errors = _share_errors(base, other) if kind == "binary" else _mean_errors(base, other)
    found = shares(base, other) if kind == "binary" else welch(base, other)
    return {"lift": lift} | relative(base.mean, lift, *errors) | found


def welch(base: Moments, other: Moments) -> dict[str, np.ndarray]:
    r"""Compare means by Welch's test, which lets each arm have its own spread.

    .. math:: t = \frac{\bar x_1 − \bar x_0}{\sqrt{e_1 + e_0}}, \quad
        ν = \frac{(e_1 + e_0)^2}{e_1^2/(n_1 − 1) + e_0^2/(n_0 − 1)}, \quad e_i = s_i^2/n_i

    Returns
    -------
    dict
        `statistic`, `df`, `p`, `low`, `high`.

    References
    ----------
    Welch, B. L. (1947). *Biometrika* 34, 28–35. R: ``t.test(other, base)``.
    """
    base_error, other_error = _mean_errors(base, other)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = base_error + other_error
        error = np.where(total > 0, np.sqrt(total), np.nan)
        df = total**2 / (base_error**2 / (base.n - 1) + other_error**2 / (other.n - 1))
        df = np.where(np.isfinite(error), df, np.nan)
    lift = other.mean - base.mean
    statistic, half = lift / error, stats.t.ppf(0.5 + LEVEL / 2, df) * error
    p = 2 * stats.t.sf(np.abs(statistic), df)
    return {"statistic": statistic, "df": df, "p": p, "low": lift - half, "high": lift + half}


def shares(base: Moments, other: Moments) -> dict[str, np.ndarray]:
    r"""Compare shares by the z test with a pooled share; the interval lets each arm have its own.

    .. math:: z = \frac{p_1 − p_0}{\sqrt{\bar p (1 − \bar p)(1/n_1 + 1/n_0)}}, \quad
        p_1 − p_0 ± z_{.975} \sqrt{p_1(1 − p_1)/n_1 + p_0(1 − p_0)/n_0}

    Returns
    -------
    dict
        `statistic`, `df` (missing), `p`, `low`, `high`.

    References
    ----------
    R: ``prop.test(…, correct = FALSE)``.
    """
    lift = other.mean - base.mean
    with np.errstate(invalid="ignore", divide="ignore"):
        n = base.n + other.n
        pooled = (base.n * base.mean + other.n * other.mean) / n
        varies = (pooled > 0) & (pooled < 1)
        error = np.sqrt(np.where(varies, pooled * (1 - pooled) * (1 / base.n + 1 / other.n), np.nan))
        half = Z * np.sqrt(np.where(varies, sum(_share_errors(base, other)), np.nan))
    z = lift / error
    found = {"statistic": z, "df": np.full_like(z, np.nan), "p": 2 * stats.norm.sf(np.abs(z))}
    # prop.test() keeps the ends within what a difference of shares can be.
    return found | {"low": np.maximum(lift - half, -1.0), "high": np.minimum(lift + half, 1.0)}


def relative(base: np.ndarray, lift: np.ndarray, base_error: np.ndarray, other_error: np.ndarray) -> dict:
    r"""Divide a lift by the control's mean, with an interval by the delta method.

    .. math:: \mathrm{Var} = \frac{e_1}{\bar x_0^2} + \frac{\bar x_1^2 e_0}{\bar x_0^4}

    Returns
    -------
    dict
        `lift_pct`, `pct_low`, `pct_high`; missing where the control's mean is not positive. The ends are missing where
        nothing varies too, as in an arm in which nobody bought: such data do not tell how sure they are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        base = np.where(base > 0, base, np.nan)
        variance = other_error / base**2 + (base + lift) ** 2 * base_error / base**4
        half = Z * np.sqrt(np.where(variance > ROUNDING, variance, np.nan))
        share = lift / base
    return {"lift_pct": share, "pct_low": share - half, "pct_high": share + half}


def correct(table: pd.DataFrame, p: str = "p", within: Sequence[str] = (), family: str = "") -> pd.DataFrame:
    """Correct the p-values of a table for their number, in a family that has a name.

    Holm's correction keeps the chance of one false find or more at 5 %; that of Benjamini and Hochberg keeps the false
    among the finds at 5 % on average. Tests that could not be made (p missing) do not count.

    Parameters
    ----------
    table
        A row per test.
    p
        Column of the p-values.
    within
        Columns whose values part the rows into families; none: all rows are one family.
    family
        What the rows have in common, in words; the values of `within` are put before it.

    Returns
    -------
    DataFrame
        With `p_holm`, `p_bh`, `family` (its name), `tests` (its size).

    References
    ----------
    Holm, S. (1979). *Scandinavian Journal of Statistics* 6, 65–70. Benjamini, Y. and Hochberg, Y. (1995). *JRSS B* 57,
    289–300. R: ``p.adjust()``.

    Examples
    --------
    >>> correct(pd.DataFrame({"p": [0.01, 0.04]}), family="arms")["p_holm"].tolist()
    [0.02, 0.04]
    """
    table = table.reset_index(drop=True)
    values = table[p].to_numpy(dtype=float)
    corrected = {name: np.full(len(table), np.nan) for name in ("p_holm", "p_bh")}
    names, sizes = np.full(len(table), family, dtype=object), np.zeros(len(table), dtype=int)
    parts = table.groupby(list(within), sort=False, observed=True).indices if within else {(): np.arange(len(table))}
    for key, rows in parts.items():
        tested = rows[np.isfinite(values[rows])]
        sizes[rows] = len(tested)
        if within:
            names[rows] = ": ".join([*map(str, key if isinstance(key, tuple) else (key,)), family])
        if len(tested):
            for name, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
                corrected[name][tested] = pingouin.multicomp(values[tested], alpha=ALPHA, method=method)[1]
    return table.assign(**corrected, family=names, tests=sizes)


def _mean_errors(base: Moments, other: Moments) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return base.var / base.n, other.var / other.n


def _share_errors(base: Moments, other: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Variances of shares, as both languages' tests of proportions take them: with n in the denominator."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return base.mean * (1 - base.mean) / base.n, other.mean * (1 - other.mean) / other.n
