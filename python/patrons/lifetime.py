"""Lifetime value: how often customers will buy, whether they are still there, what they spend.

The public face of the models: BG/NBD, Pareto/NBD and Gamma-Gamma by maximum likelihood. Each model's formulas are in
`lifetime_bgnbd`, `lifetime_pareto`, `lifetime_gamma`; the same numbers come from R through `R/lifetime.R`.

Everywhere, `x` is the number of repeat purchases, `t_x` the time of the last of them, `T` the time under observation,
all counted from the first purchase in one unit of time, and `m_x` the mean money of a repeat purchase.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd

from patrons import lifetime_gamma
from patrons.lifetime_data import CannotFit, Rows, counted, thinned
from patrons.lifetime_fit import Fit, Maximum, as_fit, maximise
from patrons.lifetime_simulate import Bootstrap, bootstrap, simulate, simulate_future, simulate_spend
from patrons.lifetime_value import (
    MODELS,
    customer_loglik,
    discounted_forever,
    discounted_value,
    expected_purchases,
    expected_spend,
    expected_total,
    probability_alive,
    probability_of,
)

__all__ = [
    "Bootstrap",
    "CannotFit",
    "Fit",
    "Rows",
    "bootstrap",
    "counted",
    "customer_loglik",
    "discounted_forever",
    "discounted_value",
    "expected_purchases",
    "expected_spend",
    "expected_total",
    "fit_bgnbd",
    "fit_gamma_gamma",
    "fit_pareto_nbd",
    "probability_alive",
    "probability_of",
    "simulate",
    "simulate_future",
    "simulate_spend",
]

#: Rows of the first fit where there are many.
_PILOT = 8_000


def fit_bgnbd(clv: pd.DataFrame | Rows) -> Fit:
    """Fit the BG/NBD model of Fader, Hardie and Lee (2005); see `lifetime_bgnbd`.

    Parameters
    ----------
    clv
        Customers with `x`, `t_x`, `T`, or what `counted` made of them.

    Raises
    ------
    CannotFit
        If the data cannot carry the model: the message says what to do.
    """
    return _fit("bgnbd", clv)


def fit_pareto_nbd(clv: pd.DataFrame | Rows) -> Fit:
    """Fit the Pareto/NBD model of Schmittlein, Morrison and Colombo (1987); see `lifetime_pareto`.

    Parameters
    ----------
    clv
        As for `fit_bgnbd`.

    Raises
    ------
    CannotFit
        If the data cannot carry the model: the message says what to do.
    """
    return _fit("pareto_nbd", clv)


def fit_gamma_gamma(clv: pd.DataFrame) -> Fit:
    """Fit the Gamma-Gamma model of Fader and Hardie (2013); see `lifetime_gamma`.

    Parameters
    ----------
    clv
        Customers with `x` and `m_x`. Those without a repeat purchase are passed over; those whose mean is 0 or less
        are counted in `set_aside`.

    Raises
    ------
    CannotFit
        If the data cannot carry the model, or the mean over customers would be infinite (q ≤ 1).
    """
    found = lifetime_gamma.spenders(clv)
    begin = np.log(lifetime_gamma.start(found))
    best = maximise(lifetime_gamma.objective(found), begin, lifetime_gamma.NAMES, found.n, lifetime_gamma.explain)
    q = float(np.exp(best.theta[1]))
    if q <= 1:
        raise CannotFit(
            f"The Gamma-Gamma model fits with q = {q:.2f}; with q ≤ 1 the mean over customers is infinite. Look for "
            "extreme amounts and set them aside, or use the mean over all purchases."
        )
    return as_fit("gamma_gamma", lifetime_gamma.NAMES, best, found.n, found.set_aside)


def _fit(name: str, clv: pd.DataFrame | Rows) -> Fit:
    rows = clv if isinstance(clv, Rows) else counted(clv)
    return as_fit(name, MODELS[name].NAMES, _maximum(name, rows), rows.n)


def _maximum(name: str, rows: Rows) -> Maximum:
    """Fit a model; where there are many rows, fit a part of them first to know where to begin."""
    model, pilot = MODELS[name], None
    if len(rows.x) > 4 * _PILOT:
        with suppress(CannotFit):
            pilot = _maximum(name, thinned(rows, _PILOT))
            pilot = replace(pilot, covariance=pilot.covariance / (len(rows.x) / _PILOT))
    begin = np.log(model.start(rows))
    return maximise(lambda theta: model.loglik(theta, rows), begin, model.NAMES, rows.n, model.explain, pilot)
