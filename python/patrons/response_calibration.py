"""Whether chances come true: of those who were given 30 %, do 30 in a hundred do it?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import expit

from patrons.intervals import wilson
from patrons.response_scores import LEAST, Z, losses

GROUPS = 10
#: Groups are no smaller than this, so that their intervals say something.
FEWEST = 20


@dataclass(frozen=True)
class Calibration:
    """How far chances came true.

    Attributes
    ----------
    groups
        Customers in order of their chance, in groups of one size: ``chance`` (mean), ``share`` (that did it), ``low``,
        ``high`` (Wilson), ``n``.
    checks
        One row: ``foretold``, ``came`` (shares), ``level`` (how many times as high the odds came out as foretold) and
        ``slope``, each with ``…_low`` and ``…_high``; ``ece``; ``ece_after``, ``skill_after``: after recalibration.
    """

    groups: pd.DataFrame
    checks: pd.DataFrame

    @property
    def holds(self) -> bool:
        """Whether neither level nor slope is off for sure."""
        row = self.checks.iloc[0]
        return bool(row["level_low"] <= 1 <= row["level_high"] and row["slope_low"] <= 1 <= row["slope_high"])


def log_odds(chance: np.ndarray) -> np.ndarray:
    """Return the logarithms of odds."""
    safe = chance.clip(LEAST, 1 - LEAST)
    return np.log(safe) - np.log1p(-safe)


def calibrate(outcome: np.ndarray, chance: np.ndarray, fold: np.ndarray) -> Calibration:
    r"""Compare chances with what came.

    The level is :math:`e^a` of :math:`\operatorname{logit} \Pr(y) = a + \operatorname{logit} p`, the slope :math:`b` of
    :math:`\operatorname{logit} \Pr(y) = a + b \operatorname{logit} p`; both are 1 where chances come true. The expected
    calibration error is :math:`\sum_g \frac{n_g}{n} |\bar y_g - \bar p_g|` over the groups. Recalibration takes the
    second equation, fitted to the customers of other folds.

    Parameters
    ----------
    outcome, chance
        0 or 1, and what was foretold.
    fold
        Of each customer, for the recalibration.

    References
    ----------
    Cox, D. R. (1958). Two further applications of a model for binary regression. *Biometrika* 45(3/4), 562–565.
    """
    groups = by_chance(outcome, chance)
    linear = log_odds(chance)
    ones = np.ones(len(linear))
    level, error = _fit(outcome, ones[:, None], linear)
    both, errors = _fit(outcome, np.column_stack([ones, linear]), None)
    again = recalibrated(outcome, chance, fold)
    everybody = np.ones((1, len(outcome)))
    row = {
        **{"foretold": chance.mean(), "came": outcome.mean()},
        **{"level": np.exp(level[0]), "level_low": np.exp(level[0] - Z * error[0])},
        **{"level_high": np.exp(level[0] + Z * error[0]), "slope": both[1]},
        **{"slope_low": both[1] - Z * errors[1], "slope_high": both[1] + Z * errors[1]},
        **{"ece": expected_error(groups), "ece_after": expected_error(by_chance(outcome, again))},
        "skill_after": losses(outcome, again, everybody)["skill"][0],
    }
    return Calibration(groups, pd.DataFrame([{name: float(value) for name, value in row.items()}]))


def recalibrated(outcome: np.ndarray, chance: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Correct level and slope of chances by what came of the customers of other folds."""
    linear = log_odds(chance)
    matrix, again = np.column_stack([np.ones(len(linear)), linear]), np.full(len(chance), np.nan)
    for number in np.unique(fold):
        rest = fold != number
        b, _ = _fit(outcome[rest], matrix[rest], None)
        again[~rest] = expit(matrix[~rest] @ b)
    return again


def by_chance(outcome: np.ndarray, chance: np.ndarray) -> pd.DataFrame:
    """Put customers in order of their chance and into groups of one size; equal chances stay together."""
    count = max(min(GROUPS, len(chance) // FEWEST), 1)
    edges = np.unique(np.quantile(chance, np.linspace(0, 1, count + 1)[1:-1]))
    table = pd.DataFrame({"group": np.searchsorted(edges, chance, side="left"), "chance": chance, "outcome": outcome})
    found = table.groupby("group").agg(
        chance=("chance", "mean"), share=("outcome", "mean"), hits=("outcome", "sum"), n=("outcome", "size")
    )
    found["low"], found["high"] = wilson(found["hits"], found["n"])
    return found.reset_index(drop=True)[["chance", "share", "low", "high", "n"]]


def expected_error(groups: pd.DataFrame) -> float:
    """Return the mean distance between chances and shares over groups, weighted by their size."""
    return float(np.average((groups["share"] - groups["chance"]).abs(), weights=groups["n"]))


def _fit(outcome: np.ndarray, matrix: np.ndarray, offset: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    with warnings.catch_warnings():  # of chances that tell everybody apart: their intervals say so
        warnings.simplefilter("ignore")
        model = sm.GLM(outcome, matrix, family=sm.families.Binomial(), offset=offset)
        found = model.fit(tol=1e-10, maxiter=100, tol_criterion="params")
    return np.asarray(found.params), np.asarray(found.bse)
