"""Lifetime value: how often customers will buy, whether they are still there, what they spend.

The public face of the models: BG/NBD, Pareto/NBD and Gamma-Gamma by maximum likelihood. The models themselves are in
`lifetime_bgnbd`, `lifetime_pareto`, `lifetime_gamma`; the same numbers come from R through `R/lifetime.R`.

Everywhere, `x` is the number of repeat purchases, `t_x` the time of the last of them, `T` the time under observation,
all counted from the first purchase in one unit of time, and `m_x` the mean money of a repeat purchase.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from patrons import lifetime_bgnbd
from patrons.lifetime_data import CannotFit, Floats, Rows, counted
from patrons.lifetime_fit import Fit, as_fit, maximise

__all__ = [
    "CannotFit",
    "Fit",
    "Rows",
    "counted",
    "expected_purchases",
    "expected_total",
    "fit_bgnbd",
    "probability_alive",
]

_MODELS: dict[str, ModuleType] = {"bgnbd": lifetime_bgnbd}


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


def probability_alive(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Compute the probability that each customer is one still at T, between 0 and 1."""
    model: ModuleType = _MODELS[fit.model]
    return np.asarray(model.probability_alive(fit.parameters, x, t_x, T))


def expected_purchases(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike) -> Floats:
    """Compute the purchases expected of each customer in the time `horizon` after T.

    Parameters
    ----------
    fit
        BG/NBD or Pareto/NBD.
    x, t_x, T, horizon
        Of shapes that broadcast; the horizon in the model's unit of time.
    """
    return _expected(fit, x, t_x, T, horizon)


def expected_total(fit: Fit, t: ArrayLike) -> Floats:
    """Compute the repeat purchases expected of a new customer up to time t after the first purchase."""
    zero = np.zeros(np.shape(t))
    return _expected(fit, zero, zero, zero, t)


def _fit(name: str, clv: pd.DataFrame | Rows) -> Fit:
    rows = clv if isinstance(clv, Rows) else counted(clv)
    model = _MODELS[name]
    begin = np.log(model.start(rows))
    best = maximise(lambda theta: model.loglik(theta, rows), begin, model.NAMES, rows.n, model.BORDERS)
    return as_fit(name, model.NAMES, best, rows.n)


def _expected(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike, rate: float = 0.0) -> Floats:
    model = _MODELS[fit.model]
    alive = model.probability_alive(fit.parameters, x, t_x, T)
    return np.asarray(alive * model.expected_if_alive(fit.parameters, x, T, horizon, rate))
