"""What comes next, without a model: the forms of a forecast, and the two forecasts that need no fitting.

A forecast is a mean and a covariance matrix over the months ahead, on the scale on which the errors are taken to be
normal: logarithms where every month has sales, so that season and error grow with the level. Intervals of single
months come from the diagonal; those of sums from drawn paths, because neighbouring months err together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

#: Months in a year, and months that are forecast.
SEASON = AHEAD = 12
#: What the intervals are meant to hold.
LEVELS = (0.80, 0.95)
#: Paths that are drawn for a sum.
DRAWS = 20_000


@dataclass(frozen=True)
class Ahead:
    """A forecast of consecutive months.

    Attributes
    ----------
    mean : ndarray (months,)
        On the scale of the model.
    covariance : ndarray (months, months)
        Of the errors, on that scale.
    logs : bool
        Whether that scale is logarithms.
    """

    mean: np.ndarray
    covariance: np.ndarray
    logs: bool


@dataclass(frozen=True)
class Fit:
    """A model of a series, and what it expects.

    Attributes
    ----------
    model : str
        One of `forecast_models.MODELS`, or ``naive``.
    parameters : dict
        Estimated ones, by name; empty where nothing is estimated.
    initial : dict of str to tuple of float
        What the state was before the first month; empty where the model has no such thing.
    loglik : float
        Log-likelihood on the scale of the model, the variance maximised out; missing where nothing is estimated.
    sigma2 : float
        Variance of the errors of one month ahead.
    residuals : ndarray
        Errors of one month ahead within the series.
    ahead : Ahead
    """

    model: str
    parameters: dict[str, float]
    initial: dict[str, tuple[float, ...]]
    loglik: float
    sigma2: float
    residuals: np.ndarray
    ahead: Ahead


def in_logs(values: np.ndarray) -> bool:
    """Tell whether a series can be modelled in logarithms: no month without sales."""
    return bool(np.all(np.asarray(values) > 0))


def scaled(values: np.ndarray, logs: bool) -> np.ndarray:
    """Put a series on the scale of the models."""
    values = np.asarray(values, dtype=float)
    return np.log(values) if logs else values


def seasonal_naive(values: np.ndarray, logs: bool, ahead: int = AHEAD) -> Fit:
    """Expect each month to be what it was a year before.

    The variance of the error of one month is the mean square of what the series changed within a year, which counts
    growth as an error [1]_; it doubles in the second year.

    Raises
    ------
    ValueError
        Not more than a year of months.

    References
    ----------
    .. [1] Hyndman, R. J., & Athanasopoulos, G. (2021). *Forecasting: Principles and Practice* (3rd ed.), 5.2 and 5.5.

    Examples
    --------
    >>> fit = seasonal_naive(np.arange(1.0, 25.0), logs=False, ahead=2)
    >>> fit.ahead.mean.tolist(), fit.sigma2
    ([13.0, 14.0], 144.0)
    """
    return _lagged("seasonal_naive", values, logs, SEASON, ahead)


def naive(values: np.ndarray, logs: bool, ahead: int = AHEAD) -> Fit:
    """Expect every month to be what the last one was; errors add up with each month (a random walk)."""
    return _lagged("naive", values, logs, 1, ahead)


def _lagged(model: str, values: np.ndarray, logs: bool, lag: int, ahead: int) -> Fit:
    series = scaled(values, logs)
    if len(series) <= lag:
        raise ValueError(f"{len(series)} months are too few to look {lag} back")
    residuals = series[lag:] - series[:-lag]
    sigma2 = float(np.mean(residuals**2))
    step = np.arange(ahead)
    same = step[:, None] % lag == step[None, :] % lag
    cycles = np.minimum(step[:, None], step[None, :]) // lag + 1
    mean = series[-lag:][step % lag]
    return Fit(model, {}, {}, float("nan"), sigma2, residuals, Ahead(mean, sigma2 * np.where(same, cycles, 0), logs))


def intervals(ahead: Ahead) -> pd.DataFrame:
    """Return the median of each month ahead, with its intervals.

    Returns
    -------
    DataFrame
        ``step`` from 1; ``forecast``; ``low_80``, ``high_80``, ``low_95``, ``high_95``. Without logarithms, limits may
        be below zero.
    """
    deviation = np.sqrt(np.diag(ahead.covariance))
    back = np.exp if ahead.logs else np.asarray
    table: dict[str, np.ndarray] = {"step": np.arange(1, len(ahead.mean) + 1), "forecast": back(ahead.mean)}
    for level in LEVELS:
        z = stats.norm.ppf(0.5 + level / 2)
        table[f"low_{100 * level:.0f}"] = back(ahead.mean - z * deviation)
        table[f"high_{100 * level:.0f}"] = back(ahead.mean + z * deviation)
    return pd.DataFrame(table)


def paths(ahead: Ahead, rng: np.random.Generator, draws: int = DRAWS) -> np.ndarray:
    """Draw what the months ahead may bring: a row per draw, a column per month."""
    # Without a variance of its own (a series that repeats itself), a matrix has no Cholesky root: take the symmetric.
    values, vectors = np.linalg.eigh(ahead.covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    drawn = ahead.mean + rng.standard_normal((draws, len(ahead.mean))) @ root.T
    return np.exp(drawn) if ahead.logs else drawn


def total(drawn: np.ndarray) -> dict[str, float]:
    """Sum up drawn paths: the median of the sums, and the limits that hold 80 % and 95 % of them.

    To add the ends of monthly intervals would be wrong: not every month is at its worst in the same year.
    """
    sums = drawn.sum(axis=1)
    found = {"forecast": float(np.median(sums))}
    for level in LEVELS:
        low, high = np.quantile(sums, [0.5 - level / 2, 0.5 + level / 2])
        found |= {f"low_{100 * level:.0f}": float(low), f"high_{100 * level:.0f}": float(high)}
    return found
