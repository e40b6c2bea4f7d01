"""What a fitted model says of customers: purchases to come, being alive, value."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from patrons import lifetime_bgnbd, lifetime_gamma, lifetime_pareto
from patrons.errors import PatronsError
from patrons.lifetime_data import Floats
from patrons.lifetime_fit import Fit

#: The models of buying, by name.
MODELS: dict[str, ModuleType] = {"bgnbd": lifetime_bgnbd, "pareto_nbd": lifetime_pareto}
#: Customers handled at a time, so that nodes × customers stay small.
_BLOCK = 16_384


def customer_loglik(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Compute the log-likelihood of each customer under a model of buying."""
    return np.asarray(_model(fit).customer_loglik(fit.parameters, x, t_x, T))


def probability_alive(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Compute the probability that each customer is one still at T, between 0 and 1."""
    return np.asarray(_model(fit).probability_alive(fit.parameters, x, t_x, T))


def expected_purchases(
    fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike, rate: float = 0.0
) -> Floats:
    r"""Compute the purchases expected of each customer in the time `horizon` after T.

    Parameters
    ----------
    fit
        BG/NBD or Pareto/NBD.
    x, t_x, T, horizon
        Of shapes that broadcast; the horizon in the model's unit of time.
    rate
        Discount rate per unit of time: a purchase at a time u after T counts :math:`(1 + \mathrm{rate})^{−u}`.
    """
    if rate <= -1 or not np.isfinite(rate):
        raise PatronsError(f"The discount rate per unit of time is {rate:g}; it must be above −1.")
    model = _model(fit)
    x, t_x, T, horizon = np.broadcast_arrays(*(np.asarray(part, np.float64) for part in (x, t_x, T, horizon)))
    continuous = float(np.log1p(rate))
    # Being alive depends on t_x, buying while alive does not: customers share (x, T), and a horizon.
    keys = pd.DataFrame({"x": x.ravel(), "T": T.ravel(), "horizon": horizon.ravel()})
    codes = keys.groupby(["x", "T", "horizon"], sort=False).ngroup().to_numpy()
    distinct = keys.drop_duplicates()
    found = [
        model.expected_if_alive(fit.parameters, part["x"], part["T"], part["horizon"], continuous)
        for begin in range(0, len(distinct), _BLOCK)
        for part in [distinct.iloc[begin : begin + _BLOCK]]
    ]
    buying = np.concatenate(found or [np.empty(0)])[codes].reshape(x.shape)
    return np.asarray(probability_alive(fit, x, t_x, T) * buying)


def expected_total(fit: Fit, t: ArrayLike) -> Floats:
    """Compute the repeat purchases expected of a new customer up to time t after the first purchase."""
    return expected_purchases(fit, 0.0, 0.0, 0.0, t)


def expected_spend(gg: Fit, x: ArrayLike, m_x: ArrayLike) -> Floats:
    """Compute the money expected per purchase of each customer; see `lifetime_gamma.expected_spend`."""
    return lifetime_gamma.expected_spend(gg.parameters, x, m_x)


def discounted_value(fit: Fit, gg: Fit, clv: pd.DataFrame, horizon: float, rate: float) -> Floats:
    r"""Compute the discounted value of each customer's purchases in the time `horizon` after T.

    .. math:: E(M | x, m_x) \int_0^h (1 + \mathrm{rate})^{−u} \, dE(Y(u) | x, t_x, T)

    Each purchase is discounted from the moment when it is expected, not from the end of its week or month: summing
    period by period comes to the same as periods grow short.

    Parameters
    ----------
    fit, gg
        A model of buying and the Gamma-Gamma model.
    clv
        Customers with `x`, `t_x`, `T`, `m_x`.
    horizon
        In the model's unit of time.
    rate
        Discount rate per unit of time; for a yearly rate d and weeks it is (1 + d)^(7/365.25) − 1.

    Returns
    -------
    ndarray
        In the unit of m_x, in the order of `clv`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using iso-value curves for customer base
    analysis. *Journal of Marketing Research* 42(4), 415–430, p. 418.
    """
    purchases = expected_purchases(fit, clv["x"], clv["t_x"], clv["T"], horizon, rate)
    money = clv["m_x"].to_numpy(np.float64, na_value=np.nan)
    return purchases * expected_spend(gg, clv["x"], money)


def discounted_forever(fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, rate: float) -> Floats:
    """Compute all purchases after T, discounted (DERT), by the closed form that the Pareto/NBD has."""
    if fit.model != "pareto_nbd":
        raise PatronsError("Only the Pareto/NBD has a closed form for all discounted purchases; give a horizon.")
    if rate <= 0:
        raise PatronsError("Without a positive discount rate all purchases ever may be infinitely many.")
    return lifetime_pareto.discounted_forever(fit.parameters, x, t_x, T, float(np.log1p(rate)))


def probability_of(fit: Fit, x: ArrayLike, t: ArrayLike) -> Floats:
    """Compute the probability that a new customer makes x repeat purchases within time t."""
    return np.asarray(_model(fit).probability_of(fit.parameters, x, t))


def _model(fit: Fit) -> ModuleType:
    if fit.model not in MODELS:
        raise PatronsError(f"{fit.model} is no model of buying; give a fit of {' or '.join(MODELS)}.")
    return MODELS[fit.model]
