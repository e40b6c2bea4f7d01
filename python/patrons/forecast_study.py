"""The forecast of a shop: as much of it as its months allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from patrons import forecast, forecast_models, forecast_rolling, seasonality_series
from patrons.forecast import AHEAD, SEASON, Fit
from patrons.shop import Shop

#: Whole months below which there is no forecast; no season to learn; nothing to compare models by.
LEAST, SEASONS, COMPARED = 6, 2 * SEASON, 3 * SEASON


@dataclass(frozen=True)
class Forecast:
    """What comes next in one series.

    Attributes
    ----------
    months : DataFrame
        ``start``, ``value`` of each whole month.
    logs : bool
        Whether models work in logarithms.
    fits : dict of str to Fit
        Models fitted to the whole series, the simplest first.
    rolled, judged, tested : DataFrame or None
        From `forecast_rolling`; None where the series is too short, or every year is like the one before.
    lowest, chosen : str
        The model with the lowest rolling error, and the one that is used.
    factor : float
        By how much its intervals are wider than it expects.
    table : DataFrame
        ``start``, ``step``, ``forecast``, ``low_80``, ``high_80``, ``low_95``, ``high_95``.
    total : dict
        ``forecast`` and limits of the sum of these months.
    last : float
        Sum of as many last months that are known.
    """

    months: pd.DataFrame
    logs: bool
    fits: dict[str, Fit]
    rolled: pd.DataFrame | None
    judged: pd.DataFrame | None
    tested: pd.DataFrame | None
    lowest: str
    chosen: str
    factor: float
    table: pd.DataFrame
    total: dict[str, float]
    last: float

    @property
    def used(self) -> Fit:
        """The fit of the chosen model, its intervals as it expects them itself."""
        return self.fits[self.chosen]


@dataclass(frozen=True)
class Study:
    """What comes next in revenue and in orders."""

    revenue: Forecast
    orders: Forecast


def look(shop: Shop) -> Study | None:
    """Forecast a shop's revenue and orders; None where it has fewer than `LEAST` whole months."""
    months = seasonality_series.monthly(shop)
    if len(months) < LEAST:
        return None
    found = {}
    for column in ("revenue", "orders"):
        series = months[["start", column]].rename(columns={column: "value"}).reset_index(drop=True)
        found[column] = ahead(series, shop.rng(f"forecast-{column}"))
    return Study(**found)


@threadpool_limits.wrap(limits=1)  # matrices this small are slower in several threads
def ahead(months: pd.DataFrame, rng: np.random.Generator) -> Forecast:
    """Forecast a series of months: compare the models, choose one, correct its intervals.

    Parameters
    ----------
    months
        ``start`` and ``value``, without holes; at least `LEAST` rows.
    rng
        For blocks of origins, and for paths.
    """
    values = months["value"].to_numpy(dtype=float)
    logs = forecast.in_logs(values)
    fits = _fits(values, logs)
    rolled = judged = tested = None
    lowest = chosen = next(iter(fits))
    factor = 1.0
    # A year that repeats the one before leaves no scale to measure errors by.
    if len(values) >= COMPARED and fits[lowest].sigma2 > 0:
        models = {name: forecast_models.MODELS[name] for name in fits}
        rolled = forecast_rolling.roll(values, logs, models)
        if not np.isfinite(rolled[["scaled", "z"]]).all(axis=None):
            rolled = None  # the first years may repeat each other even so
    if rolled is not None:
        judged, tested = forecast_rolling.judge(rolled, rng), forecast_rolling.one_step(rolled)
        lowest, chosen = forecast_rolling.choose(judged)
        factor = float(judged.loc[judged["model"] == chosen, "factor"].iloc[0])
    expected = fits[chosen].ahead
    expected = replace(expected, covariance=expected.covariance * factor**2)
    table, drawn = forecast.intervals(expected), forecast.paths(expected, rng)
    if values.min() >= 0 and not logs:  # sales below zero are no sales
        table, drawn = table.clip(lower=0), np.clip(drawn, 0, None)
    starts = pd.date_range(months["start"].iloc[-1], periods=AHEAD + 1, freq="MS")[1:]
    table.insert(0, "start", starts)
    total = forecast.total(drawn)
    return Forecast(
        months, logs, fits, rolled, judged, tested, lowest, chosen, factor, table, total, float(values[-AHEAD:].sum())
    )


def _fits(values: np.ndarray, logs: bool) -> dict[str, Fit]:
    """Fit what the length of the series allows: at least the simplest."""
    if len(values) < SEASONS:
        return {"naive": forecast.naive(values, logs)}
    found = {}
    for name, fit in forecast_models.MODELS.items():
        try:
            found[name] = fit(values, logs, AHEAD)
        except (ValueError, np.linalg.LinAlgError):
            continue
    return found
