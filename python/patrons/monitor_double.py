"""What R says of the same comparison."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from patrons import double
from patrons.double import Agreement
from patrons.monitor_performance import Performance
from patrons.monitor_study import Drift

InR = Callable[..., pd.DataFrame]


def measures(found: Drift, in_r: InR) -> Agreement:
    """Compute every index and test of the measures in R, from the customers up, and compare."""
    then = found.pairs.reference.assign(weight=found.pairs.weights).reset_index(drop=True)
    theirs = in_r("measure_drift", then, found.pairs.current.reset_index(drop=True))
    return double.agreement(found.moved.measures, theirs, ["measure"], ["psi", "statistic", "df", "p"])


def performance(found: Performance, in_r: InR) -> Agreement:
    """Compare the model's performance at the fit and now in R."""
    columns = ["auc", "low", "high", "level", "level_low", "level_high"]
    then, now = (found.times[columns].iloc[[place]].reset_index(drop=True) for place in (0, -1))
    theirs = in_r("compare_performance", then, now)
    return double.agreement(found.checks, theirs, ["check"], ["change", "low", "high", "p"])
