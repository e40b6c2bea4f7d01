"""Customers drawn from a fitted model, and intervals by parametric bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from patrons import lifetime_gamma
from patrons.lifetime_data import CannotFit, Floats, arrays, counted
from patrons.lifetime_fit import Fit, refit
from patrons.lifetime_value import MODELS, probability_alive
from patrons.limits import LEVEL

#: What is computed from a refitted model: it gets the models (the second is None without one of spending) and a
#: generator for whatever else is random, and returns numbers by name.
Statistic = Callable[[Fit, Fit | None, np.random.Generator], Mapping[str, float]]

#: A parameter that a refit moves by more than this, in logarithms, has run to a border.
_FAR = 5.0


@dataclass(frozen=True)
class Bootstrap:
    """What refits to simulated customers gave.

    Attributes
    ----------
    draws
        One row per refit that was found, a column per parameter and per number of the statistic.
    wanted, failed
        Refits begun, and those whose data could not carry the model.
    bordered
        Refits in which a parameter ran to a border, away from the estimate by a factor of more than 150. They are
        kept: what they expect of customers is well defined, and without them intervals would be too narrow.
    """

    draws: pd.DataFrame
    wanted: int
    failed: int
    bordered: int

    def intervals(self, level: float = LEVEL) -> pd.DataFrame:
        """Return the percentiles `low`, `median` and `high` of each number, by its name."""
        tail = (1 - level) / 2
        ends = self.draws.quantile([tail, 0.5, 1 - tail]).T
        return ends.set_axis(["low", "median", "high"], axis="columns")


def simulate(fit: Fit, T: ArrayLike, rng: np.random.Generator) -> pd.DataFrame:
    """Draw customers from a model of buying, each observed for its own T.

    Given the number of purchases their times are independent and uniform, so that the last one's is drawn at once.

    Parameters
    ----------
    fit
        BG/NBD or Pareto/NBD.
    T
        Times under observation, shape (n,).
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        `x`, `t_x`, `T`, one row per customer.
    """
    age = np.asarray(T, dtype=np.float64)
    first, second, third, fourth = fit.parameters
    buys = rng.gamma(first, 1 / second, len(age))
    if fit.model == "bgnbd":
        tried = rng.poisson(buys * age)
        x = np.minimum(tried, _purchases_of_life(rng.beta(third, fourth, len(age)), rng))
        # The x-th of `tried` uniform times.
        last = age * np.where(x > 0, rng.beta(np.maximum(x, 1), tried - x + 1.0), 0.0)
    else:
        life = np.minimum(age, _lives(rng.gamma(third, 1 / fourth, len(age)), rng))
        x = rng.poisson(buys * life)
        last = life * np.where(x > 0, rng.beta(np.maximum(x, 1), 1.0), 0.0)
    # A time that rounds to 0 is kept apart from no purchase at all.
    last = np.where(x > 0, np.maximum(last, np.finfo(float).tiny), 0.0)
    return pd.DataFrame({"x": x.astype(np.int64), "t_x": np.minimum(last, age), "T": age})


def simulate_spend(gg: Fit, x: ArrayLike, rng: np.random.Generator) -> Floats:
    """Draw the mean money of x purchases of each customer; missing where x = 0."""
    x = np.asarray(x, dtype=np.float64)
    p, q, v = gg.parameters
    again = x > 0
    counts = np.maximum(x, 1)
    mean = rng.gamma(p * counts) / (counts * rng.gamma(q, 1 / v, len(x)))
    return np.where(again, np.maximum(mean, np.finfo(float).tiny), np.nan)


def simulate_future(
    fit: Fit, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike, rng: np.random.Generator
) -> np.ndarray:
    """Draw the purchases that each customer makes in the time `horizon` after T, given what is known at T.

    Whether the customer is alive, how fast it buys and how it leaves are drawn from what its x, t_x and T leave
    possible; the mean over many draws is `expected_purchases`.

    Returns
    -------
    ndarray
        Whole numbers, in the shape of the customers.
    """
    x, t_x, T, horizon = arrays(x, t_x, T, horizon)
    first, second, third, fourth = fit.parameters
    alive = rng.random(x.shape) < probability_alive(fit, x, t_x, T)
    buys = rng.gamma(first + x) / (second + T)
    if fit.model == "bgnbd":
        tried = rng.poisson(buys * horizon)
        made = np.minimum(tried, _purchases_of_life(rng.beta(third, fourth + x), rng))
    else:
        life = _lives(rng.gamma(third, size=x.shape) / (fourth + T), rng)
        made = rng.poisson(buys * np.minimum(horizon, life))
    return np.where(alive, made, 0)


def bootstrap(
    fit: Fit,
    gg: Fit | None,
    clv: pd.DataFrame,
    rng: np.random.Generator,
    draws: int = 200,
    statistic: Statistic | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bootstrap:
    """Refit models to customers simulated from them: how far would the numbers move in another sample of this size?

    Each draw simulates as many customers as there are, each over its own T, refits from the estimates, and computes
    the statistic from the refitted models. With a statistic on the observed customers its spread is that of the
    estimation alone; for a total that will be observed add `simulate_future` in the statistic.

    Parameters
    ----------
    fit, gg
        Models fitted to `clv`; `gg` may be None.
    clv
        Customers with `T`.
    rng
        Source of randomness.
    draws
        Number of refits.
    statistic
        Function of the refitted models and a generator; parameters alone are returned without one.
    progress
        Called with the draws done and wanted.

    Raises
    ------
    CannotFit
        If fewer than half of the refits were found.
    """
    ages = clv["T"].to_numpy(np.float64)
    rows = []
    bordered = 0
    for done in range(1, draws + 1):
        again = _refitted(fit, gg, ages, rng)
        if again is not None:
            numbers = pd.concat([model.parameters for model in again if model])
            extra = pd.Series(statistic(*again, rng), dtype=np.float64) if statistic else pd.Series(dtype=np.float64)
            bordered += _at_border(fit, again[0]) or (gg is not None and _at_border(gg, again[1]))
            rows.append(pd.concat([numbers, extra]))
        if progress:
            progress(done, draws)
    if len(rows) < draws / 2:
        raise CannotFit(
            f"{draws - len(rows)} of {draws} refits to simulated customers failed: there are too few customers for "
            "these models. Observe customers for longer, or quote no interval."
        )
    return Bootstrap(pd.DataFrame(rows).reset_index(drop=True), draws, draws - len(rows), bordered)


def _refitted(fit: Fit, gg: Fit | None, ages: Floats, rng: np.random.Generator) -> tuple[Fit, Fit | None] | None:
    """Simulate once and refit; None if the simulated customers cannot carry the models."""
    drawn = simulate(fit, ages, rng)
    try:
        rows = counted(drawn)
        model = MODELS[fit.model]
        buying = _near(fit, lambda theta: model.loglik(theta, rows), rows.n)
        if gg is None or buying is None:
            return None if buying is None else (buying, None)
        drawn["m_x"] = simulate_spend(gg, drawn["x"], rng)
        found = lifetime_gamma.spenders(drawn)
        spending = _near(gg, lifetime_gamma.objective(found), found.n)
    except CannotFit:
        return None
    # Without a finite mean over customers there is no value to speak of.
    return (buying, spending) if spending is not None and spending.parameters["q"] > 1 else None


def _near(fit: Fit, objective: Callable[[Floats], tuple[float, Floats]], n: int) -> Fit | None:
    theta, found = refit(objective, np.log(fit.parameters.to_numpy()), fit.covariance.to_numpy())
    if not found:
        return None
    parameters = pd.Series(np.exp(theta), index=fit.parameters.index)
    return Fit(fit.model, parameters, fit.covariance, objective(theta)[0], n, True, 0)


def _at_border(fit: Fit, again: Fit | None) -> bool:
    return again is not None and bool(np.abs(np.log(again.parameters / fit.parameters)).max() > _FAR)


def _purchases_of_life(leaves: Floats, rng: np.random.Generator) -> np.ndarray:
    """Draw after which purchase a customer leaves, who leaves after each with a probability: 1, 2, …"""
    return rng.geometric(np.maximum(leaves, 1e-15))


def _lives(rate: Floats, rng: np.random.Generator) -> Floats:
    """Draw the lengths of lives; a rate that is 0 to the last digit is for ever."""
    return rng.exponential(size=rate.shape) / np.maximum(rate, np.finfo(float).tiny)
