"""Models that learn level, trend and season from a series: exponential smoothing and the airline model.

Both are statsmodels'; what they expect is kept as the joint distribution of the months ahead. The variance of the
errors is divided by the degrees of freedom that R's package `forecast` uses, so that intervals of both are the same.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from patrons.forecast import AHEAD, SEASON, Ahead, Fit, scaled, seasonal_naive

#: Differencing once by month and once by year takes away so many months.
LOST = SEASON + 1


class CannotFit(ValueError):
    """A model that this series does not allow."""


def smoothing(values: np.ndarray, logs: bool, ahead: int = AHEAD) -> Fit:
    """Fit exponential smoothing of level and season, without a trend: ETS(A,N,A)."""
    return _ets("ets_level", values, logs, ahead)


def damped(values: np.ndarray, logs: bool, ahead: int = AHEAD) -> Fit:
    """Fit exponential smoothing of level, season and a trend that dies away: ETS(A,Ad,A) [1]_.

    References
    ----------
    .. [1] Gardner, E. S., & McKenzie, E. (1985). Forecasting trends in time series. *Management Science*, 31,
       1237–1246.
    """
    return _ets("ets_damped", values, logs, ahead)


def _ets(model: str, values: np.ndarray, logs: bool, ahead: int) -> Fit:
    """Fit ETS by maximum likelihood, from the starting states of Hyndman's heuristic.

    An error weighs c_j = α + β(φ + … + φ^j) + γ [12 divides j] in the forecast j months later, and c_0 = 1; so the
    errors i and k months ahead have the covariance σ² Σ_j c_{i-j} c_{k-j} (Hyndman et al. 2008, chapter 6).
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    series = scaled(values, logs)
    trend = model == "ets_damped"
    build = ETSModel(
        series,
        error="add",
        trend="add" if trend else None,
        damped_trend=trend,
        seasonal="add",
        seasonal_periods=SEASON,
        initialization_method="heuristic",
    )
    with _quiet():
        found = build.fit(disp=False, maxiter=500)
    parameters = dict(zip(found.param_names, map(float, found.params), strict=True))
    names = {
        "smoothing_level": "alpha",
        "smoothing_trend": "beta",
        "smoothing_seasonal": "gamma",
        "damping_trend": "phi",
    }
    parameters = {short: parameters[name] for name, short in names.items() if name in parameters}
    initial = {"level": (float(found.initial_level),), "season": tuple(map(float, found.initial_seasonal))}
    if trend:
        initial["trend"] = (float(found.initial_trend),)
    residuals = np.asarray(found.resid, dtype=float)
    # Each smoothing parameter and the starting states; the seasons sum to zero.
    spent = len(parameters) + 1 + trend + SEASON - 1
    sigma2 = float(residuals @ residuals) / _left(len(series), spent)
    weights = _weights(parameters, ahead)
    lower = np.array([[weights[i - j] if i >= j else 0.0 for j in range(ahead)] for i in range(ahead)])
    mean = np.asarray(found.forecast(ahead), dtype=float)
    return _checked(
        Fit(
            model, parameters, initial, float(found.llf), sigma2, residuals, Ahead(mean, sigma2 * lower @ lower.T, logs)
        )
    )


def _weights(parameters: dict[str, float], ahead: int) -> np.ndarray:
    step = np.arange(1, ahead)
    phi = parameters.get("phi", 0.0)
    grown = parameters.get("beta", 0.0) * np.cumsum(phi**step)
    return np.r_[1.0, parameters["alpha"] + grown + parameters["gamma"] * (step % SEASON == 0)]


def airline(values: np.ndarray, logs: bool, ahead: int = AHEAD) -> Fit:
    """Fit the airline model, SARIMA(0,1,1)(0,1,1) of twelve months [1]_.

    Its two coefficients maximise the exact likelihood of the series differenced by month and by year (innovations
    algorithm); the forecasts are those of the state space model at these.

    References
    ----------
    .. [1] Box, G. E. P., & Jenkins, G. M. (1976). *Time Series Analysis: Forecasting and Control*, ch. 9.
    """
    from statsmodels.tsa.arima.estimators.innovations import innovations_mle
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    series = scaled(values, logs)
    changes = np.diff(series[SEASON:] - series[:-SEASON])
    orders = {"order": (0, 0, 1), "seasonal_order": (0, 0, 1, SEASON)}
    start = np.array([-0.1, 0.0, max(float(np.var(changes)), 1e-12)])
    with _quiet():
        estimated, _ = innovations_mle(changes, **orders, demean=False, start_params=start)
        ma, sma = (float(value) for value in (estimated.ma_params[0], estimated.seasonal_ma_params[0]))
        short = SARIMAX(changes, **orders, concentrate_scale=True).filter([ma, sma], cov_type="none")
        sigma2 = float(short.scale) * len(changes) / _left(len(changes), 2)
        full = SARIMAX(series, order=(0, 1, 1), seasonal_order=(0, 1, 1, SEASON), use_exact_diffuse=True)
        known = full.filter([ma, sma, sigma2], cov_type="none")
    mean, covariance = _state_ahead(known, ahead)
    residuals = np.asarray(short.resid, dtype=float)
    return _checked(
        Fit("airline", {"ma": ma, "sma": sma}, {}, float(short.llf), sigma2, residuals, Ahead(mean, covariance, logs))
    )


def _state_ahead(known: object, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Carry a filtered state forward: the mean and the joint covariance of the months ahead."""
    space = known.model.ssm  # type: ignore[attr-defined]
    design, transition, selection = space["design"], space["transition"], space["selection"]
    noise = selection @ space["state_cov"] @ selection.T
    state, spread = known.predicted_state[:, -1], known.predicted_state_cov[:, :, -1]  # type: ignore[attr-defined]
    mean, covariance = np.empty(ahead), np.empty((ahead, ahead))
    for step in range(ahead):
        mean[step] = (design @ state)[0]
        carried = spread @ design.T
        for later in range(step, ahead):
            covariance[step, later] = covariance[later, step] = (design @ carried)[0, 0]
            carried = transition @ carried
        state, spread = transition @ state, transition @ spread @ transition.T + noise
    return mean, covariance


def _left(n: int, spent: int) -> int:
    if n <= spent:
        raise CannotFit(f"{n} months cannot bear {spent} parameters")
    return n - spent


def _checked(fit: Fit) -> Fit:
    if not (np.isfinite(fit.ahead.mean).all() and np.isfinite(fit.ahead.covariance).all() and fit.sigma2 > 0):
        raise CannotFit(f"{fit.model} has no finite forecast of this series")
    return fit


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let optimisers keep to themselves what they met on their way: R computes the likelihood they end at again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


Model = Callable[[np.ndarray, bool, int], Fit]
#: From the simplest to the one with the most freedom.
MODELS: dict[str, Model] = {
    "seasonal_naive": seasonal_naive,
    "ets_level": smoothing,
    "ets_damped": damped,
    "airline": airline,
}
