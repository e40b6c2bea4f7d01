"""What each action does in each segment, measured by the arms of a randomised test, and what a person reached costs.

An action is an arm other than the control; its effect is arm − control, in money per person where the test measured
money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons.design import Design
from patrons.errors import PatronsError
from patrons.experiment import primary, treatments
from patrons.experiment_adjust import adjusted_outcome, covariates
from patrons.experiment_moments import Moments, arm_codes, column, moments
from patrons.settings_analysis import Strategy
from patrons.source import nearest

#: An arm with fewer people of a segment than this, or a control, has not been tested on it.
FEWEST = 20
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Worth:
    """What counts as the return of an action.

    Attributes
    ----------
    outcome
        Column of the test.
    factor
        What one unit of it is worth; None where nobody says what in money.
    basis
        ``profit`` (measured), ``margin`` (sales × margin), ``sales`` (no margin is known), ``success`` (a yes or a
        number × its worth), ``none``.
    """

    outcome: str
    factor: float | None
    basis: str

    @property
    def in_money(self) -> bool:
        """Whether returns and costs can be compared."""
        return self.factor is not None


def worth(plan: Design, settings: Strategy, measured_margin: float | None = None) -> Worth:
    """Choose the outcome that says what an action returns.

    Profit where the test measured it; else the first outcome in money, times the margin; else the primary outcome.

    Parameters
    ----------
    plan
        The test.
    settings
        `analysis.strategy`.
    measured_margin
        Profit over sales in the transactions, where they say it.
    """
    if plan.outcomes.get("profit") == "money":
        return Worth("profit", 1.0, "profit")
    money = [name for name, kind in plan.outcomes.items() if kind == "money"]
    if money:
        margin = settings.margin or measured_margin
        return Worth(money[0], margin or 1.0, "margin" if margin else "sales")
    return Worth(primary(plan), settings.outcome_value, "success" if settings.outcome_value else "none")


def costs(plan: Design, settings: Strategy) -> dict[str, float]:
    """Return what reaching one person costs with each arm; the control costs nothing.

    Raises
    ------
    PatronsError
        If `offer_costs` names an arm that there is not.
    """
    for arm in settings.offer_costs:
        if arm not in treatments(plan):
            known = ", ".join(repr(name) for name in treatments(plan))
            raise PatronsError(
                f"analysis.strategy.offer_costs: {arm!r} is no arm of the test besides the control"
                f"{nearest(arm, treatments(plan))} They are {known}."
            )
    return {arm: settings.contact_cost + settings.offer_costs.get(arm, 0.0) for arm in treatments(plan)}


def outcome_values(frame: pd.DataFrame, plan: Design, outcome: str) -> np.ndarray:
    """Return an outcome, adjusted for what was known before (CUPED) where it is no yes or no."""
    known = covariates(frame, plan)
    if plan.outcomes[outcome] == "binary" or not known:
        return column(frame, outcome)
    return adjusted_outcome(frame, outcome, known).to_numpy(dtype=float)


def cells(
    values: np.ndarray, arm: np.ndarray, labels: pd.Series, plan: Design, fewest: int = FEWEST
) -> tuple[pd.DataFrame, Moments]:
    r"""Measure the effect of each arm in each segment.

    .. math:: y_{sa} = \bar x_{sa} − \bar x_{s0}, \qquad v_{sa} = s_{sa}^2 / n_{sa} + s_{s0}^2 / n_{s0}

    Parameters
    ----------
    values
        (n), from `outcome_values`.
    arm
        (n), places in `plan.arms`.
    labels
        (n), the segment of each; those of whom it is missing do not count.
    plan
        The test.
    fewest
        With fewer people in the arm or in the control an effect is missing.

    Returns
    -------
    DataFrame
        A row per segment and arm: `segment`, `arm`, `people` (of the segment, in all arms), `n_control`, `n`,
        `effect`, `variance`.
    Moments
        Of shape (segments, arms), the control first.
    """
    grouped = pd.Categorical(labels)
    names = list(grouped.categories)
    place = np.where(grouped.codes >= 0, grouped.codes.astype(np.intp) * len(plan.arms) + arm, -1)
    found = moments(values, np.where(arm >= 0, place, -1), len(names) * len(plan.arms)).reshape(len(names), -1)
    rows = []
    with np.errstate(invalid="ignore", divide="ignore"):
        error = found.var / found.n
    for index, name in enumerate(names):
        for which, action in enumerate(treatments(plan), 1):
            n0, n1 = int(found.n[index, 0]), int(found.n[index, which])
            spread = error[index, which] + error[index, 0]
            tested = min(n0, n1) >= fewest and spread > 0
            rows.append(
                {
                    "segment": name,
                    "arm": action,
                    "people": int(found.n[index].sum()),
                    "n_control": n0,
                    "n": n1,
                    "effect": found.mean[index, which] - found.mean[index, 0] if tested else np.nan,
                    "variance": spread if tested else np.nan,
                }
            )
    return pd.DataFrame(rows), found


def differ(found: Moments) -> float:
    r"""Return the p-value of the effects being the same in all segments, over all arms at once.

    Effects of one segment share their control, so they have a full covariance :math:`V_s`:

    .. math:: Q = \sum_s (y_s − \hat μ)^\top V_s^{-1} (y_s − \hat μ) \sim χ^2_{(S − 1) A}

    Segments with an arm of one person, or of people who are all alike, do not count; missing with fewer than two.

    Parameters
    ----------
    found
        Of shape (segments, arms), the control first.

    References
    ----------
    Cochran, W. G. (1954). The combination of estimates from different experiments. *Biometrics* 10, 101–129.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = found.var / found.n
    usable = (np.isfinite(errors) & (errors > 0)).all(axis=1)
    if usable.sum() < 2:
        return np.nan
    effects = (found.mean[:, 1:] - found.mean[:, :1])[usable]
    inverse = np.array([np.linalg.inv(np.diag(row[1:]) + row[0]) for row in errors[usable]])
    centre = np.linalg.solve(inverse.sum(axis=0), np.einsum("sij,sj->i", inverse, effects))
    apart = effects - centre
    q = float(np.einsum("si,sij,sj->", apart, inverse, apart))
    return float(stats.chi2.sf(q, (len(effects) - 1) * effects.shape[1]))


def scaled(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return cells in other units: effects times a factor, variances times its square."""
    return table.assign(effect=table["effect"] * factor, variance=table["variance"] * factor**2)


def net_values(
    pooled: pd.DataFrame, cost: Mapping[str, float], column: str = "pooled"
) -> tuple[list[str], list[str], np.ndarray]:
    """Lay out what each action returns net of its cost, per person.

    Parameters
    ----------
    pooled
        `segment`, `arm` and the column.
    cost
        Of each arm, per person reached.
    column
        Which estimate.

    Returns
    -------
    list of str, list of str
        Segments and arms, as they come.
    ndarray
        (segments, arms), missing where not tested.
    """
    segments, arms = list(dict.fromkeys(pooled["segment"])), list(dict.fromkeys(pooled["arm"]))
    table = pooled.pivot(index="segment", columns="arm", values=column).loc[segments, arms].to_numpy(dtype=float)
    return segments, arms, table - np.array([cost[arm] for arm in arms])


def codes(frame: pd.DataFrame, plan: Design) -> np.ndarray:
    """Return the place of each person's arm in `plan.arms`."""
    return arm_codes(frame, plan)
