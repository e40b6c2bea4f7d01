"""Chances judged twice: by Python and by R."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from patrons.double import Agreement, agreement, worst
from patrons.response import Foretold, Study
from patrons.response_scores import LEAST

Call = Callable[..., Any]
JUDGED = ["auc", "auc_se", "precision", "brier", "skill", "log_loss"]
COMPARED = ["difference", "low", "high", "p"]
CALIBRATED = ["foretold", "came", "level", "level_low", "level_high", "slope", "slope_low", "slope_high"]
#: Models without a penalty are found by iteration.
ITERATED = 1e-6


def judged(study: Study, call: Call) -> Agreement:
    """Compare scores of models and the differences between them with R's; the worst counts."""
    found = []
    for item in study.found.values():
        chances = pd.DataFrame(dict(item.chances))
        found.append(
            agreement(item.judged.table, call("judge_chances", item.outcome, chances, LEAST), ["model"], JUDGED)
        )
        theirs = call("compare_areas", item.outcome, chances)
        found.append(agreement(item.judged.differences, theirs, ["model", "other"], COMPARED))
    return worst(found)


def calibrated(study: Study, call: Call) -> Agreement:
    """Compare level and slope of calibration with R's."""
    found = []
    for item in study.found.values():
        theirs = call("calibrate_chances", item.outcome, pd.DataFrame(dict(item.chances)), LEAST)
        found.append(agreement(checks(item), theirs, ["model"], CALIBRATED))
    return replace(worst(found), tolerance=ITERATED)


def checks(found: Foretold) -> pd.DataFrame:
    """Return the checks of calibration of all models, a row for each."""
    parts = [item.checks.assign(model=name) for name, item in found.calibration.items()]
    return pd.concat(parts, ignore_index=True)


def odds(study: Study, call: Call) -> Agreement | None:
    """Compare the logistic regressions without penalty with R's; None where there is none."""
    found = []
    for item in study.found.values():
        if item.odds is not None:
            matrix = pd.DataFrame(item.odds.matrix, columns=[f"x{k}" for k in range(item.odds.matrix.shape[1])])
            theirs = call("fit_odds", item.odds.outcome, matrix)
            found.append(agreement(item.odds.table, theirs, [], ["coefficient", "se", "p"]))
    return replace(worst(found), tolerance=ITERATED) if found else None
