"""Forecasts computed a second time in R, at the same parameters, and what R would have chosen by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from statsmodels.stats.diagnostic import acorr_ljungbox

from patrons import double, forecast, r
from patrons.double import Agreement
from patrons.forecast import SEASON, Fit
from patrons.forecast_rolling import SIMPLEST
from patrons.forecast_study import Forecast, Study

LIMITS = ["forecast", "low_80", "high_80", "low_95", "high_95"]
#: R begins the airline model with a very large variance, Python with an infinite one.
DIFFUSE = 1e-6


@dataclass(frozen=True)
class Residuals:
    """Errors of one month ahead within the series, and whether they depend on those before.

    Attributes
    ----------
    values : ndarray
    lag, spent : int
        Months back that are looked at; parameters that count.
    test : DataFrame
        One row: ``chi2``, ``df``, ``p``.
    """

    values: np.ndarray
    lag: int
    spent: int
    test: pd.DataFrame


def ahead(found: Forecast, model: str) -> Agreement:
    """Compare a model's forecasts and its own intervals, and its likelihood and variance, with R's."""
    fit, values = found.fits[model], found.months["value"].to_numpy(dtype=float)
    mine = forecast.intervals(fit.ahead)
    if not fit.parameters:
        theirs = r.call("forecast_as_before", values, found.logs, fit.model != "naive")
        return double.agreement(mine, theirs, ["step"], LIMITS)
    if model == "airline":
        answer, tolerance = r.call("airline_at", values, found.logs, fit.parameters), DIFFUSE
    else:
        initial = {key: list(states) for key, states in fit.initial.items()}
        answer, tolerance = r.call("smoothing_at", values, found.logs, fit.parameters, initial), double.TOLERANCE
    own = pd.DataFrame({"loglik": [fit.loglik], "sigma2": [fit.sigma2]})
    checks = [
        double.agreement(mine, answer["ahead"], ["step"], LIMITS),
        double.agreement(own, answer["fit"], [], ["loglik", "sigma2"]),
    ]
    return replace(double.worst(checks), tolerance=tolerance)


def used(study: Study) -> Agreement:
    """Compare the models in use for revenue and for orders."""
    return double.worst([ahead(found, found.chosen) for found in (study.revenue, study.orders)])


def everything(found: Forecast) -> Agreement:
    """Compare all models that were fitted."""
    return double.worst([ahead(found, model) for model in found.fits])


def errors(found: Forecast) -> Agreement:
    """Compare the scaled errors of the seasonal naive forecast at each origin, and the tests of one month ahead."""
    if found.rolled is None or found.tested is None:
        return double.NOTHING
    rolled, values = found.rolled, found.months["value"].to_numpy(dtype=float)
    size = rolled[rolled["model"] == SIMPLEST].assign(mase=lambda rows: rows["scaled"].abs())
    mine = size.groupby("origin")["mase"].mean().reset_index()
    checks = [
        double.agreement(mine, r.call("naive_errors", values, mine["origin"].astype(float)), ["origin"], ["mase"])
    ]
    next_month = rolled[rolled["step"] == 1].pivot_table(index="origin", columns="model", values="scaled")
    tests = [r.call("errs_less", next_month[model], next_month[SIMPLEST]) for model in found.tested["model"]]
    if tests:
        checks.append(double.agreement(found.tested, pd.concat(tests, ignore_index=True), [], ["t", "p"]))
    return double.worst(checks)


def residuals(fit: Fit) -> Residuals | None:
    """Test whether errors of one month ahead are independent of those before; None with too few of them.

    Ljung and Box's test, up to a fifth of the series or two years back [1]_.

    References
    ----------
    .. [1] Hyndman, R. J., & Athanasopoulos, G. (2021). *Forecasting: Principles and Practice* (3rd ed.), 5.4.
    """
    spent = len(fit.parameters) if fit.model == "airline" else 0
    lag = max(min(2 * SEASON, len(fit.residuals) // 5), spent + 1)
    if len(fit.residuals) < SEASON or not np.ptp(fit.residuals) > 0:
        return None
    found = acorr_ljungbox(fit.residuals, lags=[lag], model_df=spent).iloc[0]
    test = pd.DataFrame({"chi2": [found["lb_stat"]], "df": [float(lag - spent)], "p": [found["lb_pvalue"]]})
    return Residuals(fit.residuals, lag, spent, test)


def alike(found: Residuals) -> Agreement:
    """Compare the test of the errors with R's."""
    theirs = r.call("errors_alike", found.values, found.lag, found.spent)
    return double.agreement(found.test, theirs, [], ["chi2", "df", "p"])


def own_choices(found: Forecast) -> pd.DataFrame:
    """Return what R estimates and chooses by itself: `name`, `chosen`, `loglik`, `total` of the months ahead."""
    return r.call("own_choices", found.months["value"].to_numpy(dtype=float), found.logs)
