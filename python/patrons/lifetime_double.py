"""Lifetime models computed twice: what Python found and what R finds, in tables of one form."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import double, lifetime_gamma, r
from patrons.lifetime_fit import Fit
from patrons.lifetime_value import customer_loglik, discounted_value, expected_purchases, probability_alive

#: Two optimisers stop at slightly different places, where the likelihood is level: it agrees to this, relative.
FITTED = 1e-6


def customers(fit: Fit, clv: pd.DataFrame, horizon: float) -> double.Agreement:
    """Compare, customer by customer, the log-likelihood, the probability of being alive and the expected purchases.

    Parameters
    ----------
    fit
        A model of buying; R computes with the same parameters.
    clv
        Customers with `x`, `t_x`, `T`.
    horizon
        In the model's unit of time.
    """
    who = (clv["x"], clv["t_x"], clv["T"])
    ours = pd.DataFrame(
        {
            "loglik": customer_loglik(fit, *who),
            "alive": probability_alive(fit, *who),
            "purchases": expected_purchases(fit, *who, horizon),
        }
    )
    theirs = _call("lifetime_customers", clv[["x", "t_x", "T"]], _named(fit), fit.model, horizon)
    return double.agreement(ours, theirs, on=[], columns=["loglik", "alive", "purchases"])


def values(fit: Fit, gg: Fit, clv: pd.DataFrame, horizon: float, rate: float) -> double.Agreement:
    """Compare the discounted value of each customer; `rate` per unit of time."""
    ours = pd.DataFrame({"value": discounted_value(fit, gg, clv, horizon, rate)})
    data = clv[["x", "t_x", "T", "m_x"]]
    theirs = _call("lifetime_value", data, _named(fit), fit.model, horizon, _named(gg), rate)
    return double.agreement(ours, theirs, on=[], columns=["value"])


def spending(gg: Fit, clv: pd.DataFrame) -> double.Agreement:
    """Compare, customer by customer, the Gamma-Gamma log-likelihood and the expected money per purchase."""
    x, mean = (clv[name].to_numpy(np.float64, na_value=np.nan) for name in ("x", "m_x"))
    known = (x > 0) & (mean > 0)
    loglik = np.full(len(x), np.nan)
    loglik[known] = lifetime_gamma.customer_loglik(gg.parameters, x[known], mean[known])
    ours = pd.DataFrame({"loglik": loglik, "spend": lifetime_gamma.expected_spend(gg.parameters, x, mean)})
    theirs = _call("lifetime_spend", clv[["x", "m_x"]], _named(gg))
    return double.agreement(ours, theirs, on=[], columns=["loglik", "spend"])


def refitted(fit: Fit, clv: pd.DataFrame) -> pd.DataFrame:
    """Fit the same model in R, by another optimiser with numerical derivatives, from the same start.

    Returns
    -------
    DataFrame
        One row per parameter and one named `loglik`: `name`, `python`, `r`.
    """
    columns = ["x", "m_x"] if fit.model == "gamma_gamma" else ["x", "t_x", "T"]
    theirs = _call("fit_lifetime", clv[columns], fit.model).set_index("name")["estimate"]
    ours = pd.concat([fit.parameters, pd.Series({"loglik": fit.loglik})])
    return pd.DataFrame({"name": ours.index, "python": ours.to_numpy(), "r": theirs[ours.index].to_numpy()})


def maximum(fits: pd.DataFrame) -> double.Agreement:
    """Compare the log-likelihoods that the two optimisers reached, relative to their size."""
    both = fits[fits["name"] == "loglik"]
    ours = both[["name"]].assign(loglik=both["python"])
    theirs = both[["name"]].assign(loglik=both["r"])
    found = double.agreement(ours, theirs, on=["name"], columns=["loglik"])
    return double.Agreement(found.largest, found.where, found.compared, FITTED)


def _call(function: str, data: pd.DataFrame, *rest: object) -> pd.DataFrame:
    r.use("lifetime")
    found = r.call(function, data.astype(np.float64).reset_index(drop=True), *rest)
    return pd.DataFrame(found)


def _named(fit: Fit) -> dict[str, float]:
    return {str(name): float(value) for name, value in fit.parameters.items()}
