"""Randomised tests: was the split fair, what did each arm change, and how sure is that.

Every difference is arm − control. Intervals are 95 %. The same numbers come from R through `R/tests_experiment.R`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons.design import Design
from patrons.experiment_adjust import adjust, adjusted_outcome, compare, compare_ratio, covariates
from patrons.experiment_moments import arm_codes, column, moments
from patrons.experiment_tests import Z, compare_cells
from patrons.limits import SRM_ALPHA
from patrons.stop import ChapterStop

__all__ = [
    "SampleRatio",
    "Study",
    "adjust",
    "adjusted_outcome",
    "balance",
    "compare",
    "compare_ratio",
    "covariates",
    "exceedance",
    "primary",
    "sample_ratio",
    "study",
    "treatments",
]


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
    table["n"] = counts.reindex(table["arm"]).fillna(0).to_numpy()
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
    arm, parts = arm_codes(frame, plan), []
    for name in covariates(frame, plan):
        found = moments(column(frame, name), arm, len(plan.arms))
        base, other = found[[0] * (len(plan.arms) - 1)], found[1:]
        spread = np.sqrt((base.var + other.var) / 2)
        tested = compare_cells("number", base, other)
        with np.errstate(invalid="ignore", divide="ignore"):
            row = {
                "covariate": name,
                "arm": list(treatments(plan)),
                "mean_control": base.mean,
                "mean": other.mean,
                "difference": np.where(spread == 0, 0.0, tested["lift"] / spread),
                "by_chance": Z * np.sqrt(1 / base.n + 1 / other.n),
                "p": tested["p"],
            }
        parts.append(pd.DataFrame(row))
    columns = ["covariate", "arm", "mean_control", "mean", "difference", "by_chance", "p"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def exceedance(frame: pd.DataFrame, plan: Design, outcome: str, points: int = 120) -> pd.DataFrame:
    """Return the share of each arm whose outcome reaches a value, on a grid of positive values.

    The grid is made of quantiles, not of single customers' values, up to the 99.5th per cent.

    Returns
    -------
    DataFrame
        `arm`, `value`, `share`.
    """
    values_of, arm_of = column(frame, outcome), arm_codes(frame, plan)
    everyone = values_of[np.isfinite(values_of)]
    positive = everyone[everyone > 0]
    if not len(positive):
        return pd.DataFrame({"arm": [], "value": [], "share": []})
    values = np.unique(np.quantile(positive, np.linspace(0.005, 0.995, points)))
    tables = []
    for place, arm in enumerate(plan.arms):
        mine = np.sort(values_of[(arm_of == place) & np.isfinite(values_of)])
        share = 1 - np.searchsorted(mine, values, side="left") / max(len(mine), 1)
        tables.append(pd.DataFrame({"arm": arm, "value": values, "share": share}))
    return pd.concat(tables, ignore_index=True)
