"""Sharper and finer comparisons: outcomes adjusted for what was known before (CUPED), ratios of two totals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from patrons.design import Design
from patrons.experiment_moments import Moments, arm_codes, column, moments
from patrons.experiment_tests import Z, compare_cells, correct, relative


def covariates(frame: pd.DataFrame, plan: Design) -> list[str]:
    """Return the covariates that are numbers; the adjustment needs numbers."""
    return [name for name in plan.covariates if pd.api.types.is_numeric_dtype(frame[name])]


def compare(frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    r"""Compare each outcome of each arm with control.

    Money and numbers by Welch's test,

    .. math:: t = \frac{\bar x_a − \bar x_c}{\sqrt{s_a^2/n_a + s_c^2/n_c}},

    binary outcomes by the z test with a pooled share and an interval with separate shares. The relative lift
    :math:`\bar x_a/\bar x_c − 1` has an interval by the delta method, with variance

    .. math:: \frac{s_a^2/n_a}{\bar x_c^2} + \frac{\bar x_a^2 s_c^2/n_c}{\bar x_c^4}.

    Rows whose outcome is missing do not count. What cannot be known of an arm with one person or none is missing.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `n_control`, `mean_control`, `sd_control`, `n`, `mean`, `sd`, `lift`, `lift_pct`,
        `pct_low`, `pct_high` (shares of the control's mean), `statistic`, `df`, `p`, `low`, `high`; `p_holm`, `p_bh`
        over all rows, `family` (the name of that family), `tests`.

    References
    ----------
    Welch, B. L. (1947), Biometrika 34, 28–35; Deng, A. et al. (2018), KDD '18 (delta method); Holm, S. (1979),
    Scandinavian Journal of Statistics 6, 65–70.
    """
    arm = arm_codes(frame, plan)
    parts = [_rows(column(frame, name), arm, name, kind, plan) for name, kind in plan.outcomes.items()]
    return _corrected(pd.concat(parts, ignore_index=True), plan)


def adjust(frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    r"""Compare money and number outcomes after taking out what was known before the test (CUPED).

    .. math:: \tilde y = y − (x − \bar x)^\top \hat θ,

    with θ from the least-squares regression of y on all covariates x over all arms together; the Welch test
    then compares :math:`\tilde y`. Missing covariates take their mean, which cannot bias a randomised comparison.

    Returns
    -------
    DataFrame
        As `compare`, with `variance_reduction`: 1 − (adjusted standard error / plain standard error)², and `r2`: the
        share of the outcome's variance that the covariates explain, which predicts that reduction. Empty if there is
        no covariate or no outcome of a fitting kind.

    References
    ----------
    Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013), Improving the sensitivity of online controlled experiments by
    utilizing pre-experiment data, WSDM '13.
    """
    known = covariates(frame, plan)
    numeric = {name: kind for name, kind in plan.outcomes.items() if kind != "binary"} if known else {}
    arm, parts = arm_codes(frame, plan), []
    for name, kind in numeric.items():
        y, fitted = column(frame, name), adjusted_outcome(frame, name, known).to_numpy()
        rows = _rows(fitted, arm, name, kind, plan)
        plain, sharper = (_errors(moments(values, arm, len(plan.arms))) for values in (y, fitted))
        with np.errstate(invalid="ignore", divide="ignore"):
            rows["variance_reduction"] = 1 - sharper / plain
            rows["r2"] = 1 - np.nanvar(fitted) / np.nanvar(y) if np.isfinite(y).any() else np.nan
        parts.append(rows)
    return _corrected(pd.concat(parts, ignore_index=True), plan) if parts else pd.DataFrame()


def adjusted_outcome(frame: pd.DataFrame, outcome: str, covariates: Sequence[str]) -> pd.Series:
    """Return an outcome less what the covariates predict of it, with the same mean."""
    y = column(frame, outcome)
    known = np.isfinite(y)
    x = np.column_stack([column(frame, name) for name in covariates])[known]
    told = np.isfinite(x)
    centred = np.where(told, x, 0.0)
    # A covariate of which nothing is known says nothing: its mean, and so all of it, is zero.
    centred = np.where(told, x - centred.sum(axis=0) / np.maximum(told.sum(axis=0), 1), 0.0)
    if known.any():
        theta, *_ = np.linalg.lstsq(centred, y[known] - y[known].mean(), rcond=None)
        y[known] -= centred @ theta
    return pd.Series(y, index=frame.index)


def compare_ratio(frame: pd.DataFrame, plan: Design, numerator: str, denominator: str) -> pd.DataFrame:
    r"""Compare a ratio of two totals, such as profit per order, where the customer was randomised.

    Each arm's ratio is :math:`R = \bar u/\bar v` with variance by the delta method over customers,

    .. math:: \mathrm{Var}(R) = \frac{s_u^2 − 2 R s_{uv} + R^2 s_v^2}{n \bar v^2}.

    Returns
    -------
    DataFrame
        `arm`, `mean_control`, `mean`, `lift`, `low`, `high`, `lift_pct`, `pct_low`, `pct_high`, `statistic`, `p`,
        `n_control`, `n`; missing where a total of the denominator is zero or nothing varies.
    """
    value, error, n = ratios(column(frame, numerator), column(frame, denominator), arm_codes(frame, plan), plan)
    lift, total = value[1:] - value[0], error[1:] + error[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(total > 0, np.sqrt(total), np.nan)
        z = lift / spread
    found = {"arm": list(plan.arms[1:]), "mean_control": value[0], "mean": value[1:], "lift": lift}
    found |= {"low": lift - Z * spread, "high": lift + Z * spread}
    found |= relative(np.full_like(lift, value[0]), lift, error[0], error[1:])
    found |= {"statistic": z, "p": 2 * stats.norm.sf(np.abs(z)), "n_control": n[0], "n": n[1:]}
    return pd.DataFrame(found)


def ratios(
    top: np.ndarray, bottom: np.ndarray, cell: np.ndarray, plan: Design, levels: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ratio of totals, its variance by the delta method, and the people, of each cell.

    Parameters
    ----------
    top, bottom
        (n), numbers; only people of whom both are known count.
    cell
        (n), level × number of arms + arm; below zero: in none.
    plan
        Gives the arms.
    levels
        How many levels there are.
    """
    cells = len(plan.arms) * levels
    cell = np.where(np.isfinite(top) & np.isfinite(bottom), cell, -1)
    over, under = moments(top, cell, cells), moments(bottom, cell, cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(under.mean != 0, over.mean / under.mean, np.nan)
        # The variance of what a person's numerator is beyond the ratio's due is the delta method's.
        beyond = moments(top - value[cell] * bottom, cell, cells)
        return value, beyond.var / (beyond.n * under.mean**2), over.n


def _rows(values: np.ndarray, arm: np.ndarray, outcome: str, kind: str, plan: Design) -> pd.DataFrame:
    found = moments(values, arm, len(plan.arms))
    base, other = found[[0] * (len(plan.arms) - 1)], found[1:]
    sizes = {
        **{"n_control": base.n, "mean_control": base.mean, "sd_control": np.sqrt(base.var)},
        **{"n": other.n, "mean": other.mean, "sd": np.sqrt(other.var)},
    }
    names = {"outcome": outcome, "kind": kind, "arm": list(plan.arms[1:])}
    return pd.DataFrame({**names, **sizes, **compare_cells(kind, base, other)})


def _errors(found: Moments) -> np.ndarray:
    """Variance of each arm's difference from the control."""
    error = found.var / found.n
    return error[1:] + error[0]


def _corrected(table: pd.DataFrame, plan: Design) -> pd.DataFrame:
    outcomes, arms = table["outcome"].nunique(), len(plan.arms) - 1
    name = f"{outcomes} outcome{'s' * (outcomes > 1)} × {arms} arm{'s' * (arms > 1)}"
    return correct(table, family=name)
