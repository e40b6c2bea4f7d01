"""Lifetime value a second time, in R: likelihoods, what they say of customers, and a search for the maximum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from patrons import lifetime_worth
from patrons.lifetime import Fit, expected_purchases, expected_spend, probability_alive
from patrons.lifetime_history import ALL
from patrons.lifetime_study import Models, Study

#: `patrons.r.call`.
Call = Callable[..., Any]


def fitted(found: Study) -> pd.DataFrame:
    """Return what Python's fits come to: log-likelihoods and sums over customers.

    Returns
    -------
    DataFrame
        `model`, `what`, `value`.
    """
    models, ahead = found.reported, found.ahead.horizon
    x, t_x, age = _customers(models)
    rows = []
    for name, fit in models.fits.items():
        rows += [
            (name, "log-likelihood", fit.loglik),
            (name, "highest log-likelihood", fit.loglik),
            (name, "customers alive", probability_alive(fit, x, t_x, age).sum()),
            (name, "purchases", expected_purchases(fit, x, t_x, age, ahead).sum()),
        ]
    if models.spending is not None:
        money = models.clv["m_x"].to_numpy(dtype=float, na_value=np.nan)
        rows += [
            ("gamma_gamma", "log-likelihood", models.spending.loglik),
            ("gamma_gamma", "highest log-likelihood", models.spending.loglik),
            ("gamma_gamma", "spend", expected_spend(models.spending, x, money).sum()),
        ]
    return pd.DataFrame(rows, columns=["model", "what", "value"])


def fitted_in_r(found: Study, call: Call) -> tuple[pd.DataFrame, float]:
    """Compute the same in R, at Python's parameters, and let R search for the maximum itself.

    Parameters
    ----------
    found
        The study.
    call
        `patrons.r.call`, with `R/lifetime.R` in use.

    Returns
    -------
    table, apart
        As from `fitted`, and the largest distance of R's parameters from Python's, in standard errors.
    """
    models, data = found.reported, found.reported.clv[["x", "t_x", "T", "m_x"]]
    rows, apart = [], 0.0
    every: dict[str, Fit] = {**models.fits, **({} if models.spending is None else {"gamma_gamma": models.spending})}
    for name, fit in every.items():
        best = call("fit_lifetime", data, name).set_index("name")["estimate"]
        distance = (best[fit.parameters.index] - fit.parameters) / fit.standard_errors
        apart = max(apart, float(distance.abs().max()))
        rows.append((name, "highest log-likelihood", best["loglik"]))
        if name == "gamma_gamma":
            theirs = call("lifetime_spend", data, fit.parameters.to_dict())
            rows.append((name, "spend", theirs["spend"].sum()))
        else:
            theirs = call("lifetime_customers", data, fit.parameters.to_dict(), name, float(found.ahead.horizon))
            rows += [(name, "customers alive", theirs["alive"].sum()), (name, "purchases", theirs["purchases"].sum())]
        rows.append((name, "log-likelihood", theirs["loglik"].sum()))
    return pd.DataFrame(rows, columns=["model", "what", "value"]), apart


def worth_in_r(found: Study, call: Call) -> pd.DataFrame:
    """Compute in R what all customers together are worth, with the parameters of the model that looks ahead.

    Returns
    -------
    DataFrame
        One row: `alive` and `purchases` (means), and `value` (mean, discounted), missing without a model of spending.
    """
    models = found.latest
    fit, data = models.fits[str(models.best)], models.clv[["x", "t_x", "T", "m_x"]]
    known, ahead = fit.parameters.to_dict(), found.ahead
    theirs = call("lifetime_customers", data, known, fit.model, float(ahead.horizon))
    value = np.nan
    if models.spending is not None:
        spending = models.spending.parameters.to_dict()
        money = call("lifetime_value", data, known, fit.model, float(ahead.horizon), spending, ahead.rate)
        value = money["value"].mean()
    return pd.DataFrame(
        {"alive": [theirs["alive"].mean()], "purchases": [theirs["purchases"].mean()], "value": [value]}
    )


def worth(found: Study) -> pd.DataFrame:
    """Return Python's means over all customers, to be compared with those of `worth_in_r`."""
    mine = found.worth[found.worth["segment"] == ALL]
    return mine[list(lifetime_worth.MEASURES)].reset_index(drop=True)


def _customers(models: Models) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, t_x, age = (models.clv[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    return x, t_x, age
