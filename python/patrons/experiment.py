"""Randomised tests: was the split fair, what did each arm change, and how sure is that.

Every difference is arm − control. Intervals are 95 %. The same numbers come from R through `R/tests_experiment.R`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pingouin
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from patrons.design import Design
from patrons.errors import PatronsError
from patrons.limits import LEVEL, SRM_ALPHA
from patrons.stop import ChapterStop

_Z = float(stats.norm.ppf(0.5 + LEVEL / 2))


@dataclass(frozen=True)
class SampleRatio:
    """Whether the arms are as large as planned: `table` has `arm`, `n`, `expected`, `share`, `planned`."""

    table: pd.DataFrame
    chi2: float
    df: int
    p: float

    def as_table(self) -> pd.DataFrame:
        """Return the test as a table of one row: `chi2`, `df`, `p`."""
        return pd.DataFrame({"chi2": [self.chi2], "df": [self.df], "p": [self.p]})

    @property
    def passed(self) -> bool:
        """Whether the split may be trusted."""
        return self.p >= SRM_ALPHA


@dataclass(frozen=True)
class Study:
    """All that is found about a test: the split, the plain and the adjusted effects.

    `per_order` compares profit per order, where profit and orders are measured.
    """

    split: SampleRatio
    effects: pd.DataFrame
    adjusted: pd.DataFrame
    per_order: pd.DataFrame | None


def study(frame: pd.DataFrame, plan: Design) -> Study:
    """Make every comparison that a plan allows for.

    Raises
    ------
    ChapterStop
        If there is no outcome.
    """
    primary(plan)
    both = {"profit", "orders"} <= set(plan.outcomes)
    per_order = compare_ratio(frame, plan, "profit", "orders") if both else None
    return Study(sample_ratio(frame, plan), compare(frame, plan), adjust(frame, plan), per_order)


def primary(plan: Design) -> str:
    """Return the outcome that the verdict is about: the first that the source names.

    Raises
    ------
    ChapterStop
        If there is no outcome.
    """
    if not plan.outcomes:
        raise ChapterStop("The experiment names no outcome: add `outcomes: {spend: money}` to it in source.yml.")
    return next(iter(plan.outcomes))


def treatments(plan: Design) -> tuple[str, ...]:
    """Return the arms that are compared with the control."""
    return plan.arms[1:]


def covariates(frame: pd.DataFrame, plan: Design) -> list[str]:
    """Return the covariates that are numbers; the adjustment needs numbers."""
    return [name for name in plan.covariates if pd.api.types.is_numeric_dtype(frame[name])]


def sample_ratio(frame: pd.DataFrame, plan: Design) -> SampleRatio:
    r"""Test whether the arms' sizes fit the planned allocation.

    .. math:: \chi^2 = \sum_a (n_a − n π_a)^2 / (n π_a),  \quad df = A − 1

    Refuse to read a test with p < 0.001: something decided who was counted.

    References
    ----------
    Fabijan, A. et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD '19.
    """
    counts = frame["arm"].astype(str).value_counts()
    table = pd.DataFrame({"arm": list(plan.allocation), "planned": list(plan.allocation.values())})
    table["n"] = counts.reindex(table["arm"]).to_numpy()
    table["expected"] = table["planned"] * table["n"].sum()
    table["share"] = table["n"] / table["n"].sum()
    chi2, p = stats.chisquare(table["n"], table["expected"])
    return SampleRatio(table[["arm", "n", "expected", "share", "planned"]], float(chi2), len(table) - 1, float(p))


def balance(frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    r"""Compare the covariates of each arm with those of control.

    The standardised difference is :math:`(\bar x_a − \bar x_c) / \sqrt{(s_a^2 + s_c^2)/2}`; chance alone moves it by
    about :math:`\sqrt{1/n_a + 1/n_c}` (`by_chance` is 1.96 times that).

    Returns
    -------
    DataFrame
        `covariate`, `arm`, `mean_control`, `mean`, `difference` (standardised), `by_chance`, `p` (Welch).
    """
    rows = []
    for name in covariates(frame, plan):
        for arm in treatments(plan):
            base, other = _values(frame, plan.control, name), _values(frame, arm, name)
            spread = float(np.sqrt((_var(base) + _var(other)) / 2))
            rows.append(
                {
                    "covariate": name,
                    "arm": arm,
                    "mean_control": base.mean(),
                    "mean": other.mean(),
                    "difference": (other.mean() - base.mean()) / spread if spread else 0.0,
                    "by_chance": _Z * np.sqrt(1 / len(base) + 1 / len(other)),
                    "p": _welch(base, other)["p"],
                }
            )
    columns = ["covariate", "arm", "mean_control", "mean", "difference", "by_chance", "p"]
    return pd.DataFrame(rows, columns=columns)


def compare(frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    r"""Compare each outcome of each arm with control.

    Money and numbers by Welch's test (pingouin),

    .. math:: t = \frac{\bar x_a − \bar x_c}{\sqrt{s_a^2/n_a + s_c^2/n_c}},

    binary outcomes by the z test with a pooled share (statsmodels) and an interval with separate shares. The relative
    lift :math:`\bar x_a/\bar x_c − 1` has an interval by the delta method, with variance

    .. math:: \frac{s_a^2/n_a}{\bar x_c^2} + \frac{\bar x_a^2 s_c^2/n_c}{\bar x_c^4}.

    Rows whose outcome is missing do not count. `p_holm` corrects over all rows of the result.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `n_control`, `mean_control`, `sd_control`, `n`, `mean`, `sd`, `lift`, `lift_pct`,
        `pct_low`, `pct_high` (shares of the control's mean), `statistic`, `df`, `p`, `low`, `high`, `p_holm`.

    References
    ----------
    Welch, B. L. (1947), Biometrika 34, 28–35; Deng, A. et al. (2018), KDD '18 (delta method); Holm, S. (1979),
    Scandinavian Journal of Statistics 6, 65–70.
    """
    rows = [
        _row(outcome, kind, arm, _values(frame, plan.control, outcome), _values(frame, arm, outcome))
        for outcome, kind in plan.outcomes.items()
        for arm in treatments(plan)
    ]
    return _with_holm(pd.DataFrame(rows))


def adjust(frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    r"""Compare money and number outcomes after taking out what was known before the test (CUPED).

    .. math:: \tilde y = y − (x − \bar x)^\top \hat θ,

    with θ from the least-squares regression of y on x over all arms together; the Welch test
    then compares :math:`\tilde y`. Missing covariates take their mean, which cannot bias a randomised comparison.

    Returns
    -------
    DataFrame
        As `compare`, with `variance_reduction`: 1 − (adjusted standard error / plain standard error)². Empty if there
        is no covariate or no outcome of a fitting kind.

    References
    ----------
    Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013), Improving the sensitivity of online controlled experiments by
    utilizing pre-experiment data, WSDM '13.
    """
    rows = []
    known = covariates(frame, plan)
    numeric = {name: kind for name, kind in plan.outcomes.items() if kind != "binary"} if known else {}
    for outcome, kind in numeric.items():
        adjusted = frame.assign(**{outcome: adjusted_outcome(frame, outcome, known)})
        for arm in treatments(plan):
            plain = [_values(frame, name, outcome) for name in (plan.control, arm)]
            fitted = [_values(adjusted, name, outcome) for name in (plan.control, arm)]
            row = _row(outcome, kind, arm, *fitted)
            ratio = sum(_var(item) / len(item) for item in fitted) / sum(_var(item) / len(item) for item in plain)
            rows.append(row | {"variance_reduction": 1 - ratio})
    return _with_holm(pd.DataFrame(rows)) if rows else pd.DataFrame()


def adjusted_outcome(frame: pd.DataFrame, outcome: str, covariates: Sequence[str]) -> pd.Series:
    """Return an outcome less what the covariates predict of it, with the same mean."""
    known = frame[outcome].notna().to_numpy()
    y = frame.loc[known, outcome].to_numpy(dtype=float)
    x = frame.loc[known, list(covariates)].astype(float)
    centred = (x - x.mean()).fillna(0).to_numpy()
    theta, *_ = np.linalg.lstsq(centred, y - y.mean(), rcond=None)
    return pd.Series(y - centred @ theta, index=frame.index[known]).reindex(frame.index)


def compare_ratio(frame: pd.DataFrame, plan: Design, numerator: str, denominator: str) -> pd.DataFrame:
    r"""Compare a ratio of two totals, such as profit per order, where the customer was randomised.

    Each arm's ratio is :math:`R = \bar u/\bar v` with variance by the delta method over customers,

    .. math:: \mathrm{Var}(R) = \frac{s_u^2 − 2 R s_{uv} + R^2 s_v^2}{n \bar v^2}.

    Returns
    -------
    DataFrame
        `arm`, `mean_control`, `mean`, `lift`, `low`, `high`, `lift_pct`, `pct_low`, `pct_high`, `statistic`, `p`.
    """
    rows = []
    base, base_var = _ratio(frame, plan.control, numerator, denominator)
    for arm in treatments(plan):
        other, other_var = _ratio(frame, arm, numerator, denominator)
        error = float(np.sqrt(base_var + other_var))
        z = (other - base) / error if error else np.nan
        rows.append(
            {"arm": arm, "mean_control": base, "mean": other, "lift": other - base}
            | {"low": other - base - _Z * error, "high": other - base + _Z * error}
            | _relative(base, other - base, base_var, other_var)
            | {"statistic": z, "p": float(2 * stats.norm.sf(abs(z)))}
        )
    return pd.DataFrame(rows)


def exceedance(frame: pd.DataFrame, plan: Design, outcome: str, points: int = 120) -> pd.DataFrame:
    """Return the share of each arm whose outcome reaches a value, on a grid of positive values.

    The grid is made of quantiles, not of single customers' values, up to the 99.5th per cent.

    Returns
    -------
    DataFrame
        `arm`, `value`, `share`.
    """
    everyone = frame[outcome].dropna().to_numpy(dtype=float)
    positive = everyone[everyone > 0]
    if not len(positive):
        return pd.DataFrame({"arm": [], "value": [], "share": []})
    values = np.unique(np.quantile(positive, np.linspace(0.005, 0.995, points)))
    tables = []
    for arm in plan.arms:
        mine = np.sort(_values(frame, arm, outcome))
        share = 1 - np.searchsorted(mine, values, side="left") / max(len(mine), 1)
        tables.append(pd.DataFrame({"arm": arm, "value": values, "share": share}))
    return pd.concat(tables, ignore_index=True)


def _row(outcome: str, kind: str, arm: str, base: np.ndarray, other: np.ndarray) -> dict[str, object]:
    if not len(base) or not len(other):
        raise PatronsError(f"Nobody in {arm} or in the control has a value for {outcome}")
    binary = kind == "binary"
    lift = other.mean() - base.mean()
    return (
        {"outcome": outcome, "kind": kind, "arm": arm}
        | {"n_control": len(base), "mean_control": base.mean(), "sd_control": np.sqrt(_var(base))}
        | {"n": len(other), "mean": other.mean(), "sd": np.sqrt(_var(other)), "lift": lift}
        | _relative(base.mean(), lift, _var(base, binary) / len(base), _var(other, binary) / len(other))
        | (_proportions(base, other) if binary else _welch(base, other))
    )


def _welch(base: np.ndarray, other: np.ndarray) -> dict[str, float]:
    error = float(np.sqrt(_var(base) / len(base) + _var(other) / len(other))) if min(len(base), len(other)) > 1 else 0.0
    if not error:  # nothing varies, or there are too few to know: nothing can be said
        return dict.fromkeys(("statistic", "df", "p", "low", "high"), np.nan)
    found = pingouin.ttest(other, base, correction=True).iloc[0]
    # pingouin rounds its interval to two decimals, so it is taken from the unrounded statistic's parts.
    half = stats.t.ppf(0.5 + LEVEL / 2, found["dof"]) * error
    lift = other.mean() - base.mean()
    statistic, df, p = float(found["T"]), float(found["dof"]), float(found["p_val"])
    return {"statistic": statistic, "df": df, "p": p, "low": lift - half, "high": lift + half}


def _proportions(base: np.ndarray, other: np.ndarray) -> dict[str, float]:
    pooled = np.concatenate([base, other]).mean()
    if pooled in (0.0, 1.0):
        return dict.fromkeys(("statistic", "df", "p", "low", "high"), np.nan)
    z, p = proportions_ztest([other.sum(), base.sum()], [len(other), len(base)])
    error = float(np.sqrt(_var(base, True) / len(base) + _var(other, True) / len(other)))
    lift = other.mean() - base.mean()
    return {"statistic": float(z), "df": np.nan, "p": float(p), "low": lift - _Z * error, "high": lift + _Z * error}


def _ratio(frame: pd.DataFrame, arm: str, numerator: str, denominator: str) -> tuple[float, float]:
    pairs = frame.loc[frame["arm"] == arm, [numerator, denominator]].dropna().to_numpy(dtype=float)
    top, bottom = pairs.mean(axis=0)
    if not bottom:
        return np.nan, np.nan
    spread = np.cov(pairs, rowvar=False)
    ratio = top / bottom
    variance = spread[0, 0] - 2 * ratio * spread[0, 1] + ratio**2 * spread[1, 1]
    return float(ratio), float(variance / (len(pairs) * bottom**2))


def _relative(base: float, lift: float, base_var: float, other_var: float) -> dict[str, float]:
    """Relative lift and its interval by the delta method; missing where the control's mean is not positive."""
    if not base > 0:
        return dict.fromkeys(("lift_pct", "pct_low", "pct_high"), np.nan)
    half = _Z * float(np.sqrt(other_var / base**2 + (base + lift) ** 2 * base_var / base**4))
    return {"lift_pct": lift / base, "pct_low": lift / base - half, "pct_high": lift / base + half}


def _values(frame: pd.DataFrame, arm: str, column: str) -> np.ndarray:
    return frame.loc[frame["arm"] == arm, column].dropna().to_numpy(dtype=float)


def _var(values: np.ndarray, binary: bool = False) -> float:
    """Variance: of a sample, or of shares as both languages' tests of proportions take it."""
    return float(values.var(ddof=0 if binary else 1)) if len(values) > 1 else np.nan


def _with_holm(table: pd.DataFrame) -> pd.DataFrame:
    known = table["p"].notna()
    table["p_holm"] = np.nan
    if known.any():
        table.loc[known, "p_holm"] = pingouin.multicomp(table.loc[known, "p"].to_numpy(dtype=float), method="holm")[1]
    return table
