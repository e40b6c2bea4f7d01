"""Monthly revenue taken apart into trend, season and rest, and how strong trend and season are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.tsa.seasonal import STL

#: Months in a year; Loess windows of season, trend and low-pass filter; passes of the inner loop. R is told the same.
PERIOD, SEASONAL, TREND, LOW_PASS, INNER = 12, 13, 21, 13, 5
SHUFFLES = 200


@dataclass(frozen=True)
class Parts:
    """A series taken apart.

    Attributes
    ----------
    table
        ``start``, ``value`` (as analysed), ``trend``, ``season``, ``rest``; value = trend + season + rest.
    logs
        Whether the logarithm was analysed, so that parts multiply; not where a month sold nothing.
    trend, season
        Strength of both, from 0 to 1.
    trend_chance, season_chance
        Strength that one in twenty series of the same length without a trend, or without a season, would reach.
    """

    table: pd.DataFrame
    logs: bool
    trend: float
    season: float
    trend_chance: float
    season_chance: float

    def strengths(self) -> pd.DataFrame:
        """Return both strengths as one row, to be compared with R's."""
        return pd.DataFrame({"trend": [self.trend], "season": [self.season]})


def decompose(months: pd.DataFrame, rng: np.random.Generator) -> Parts | None:
    r"""Take monthly revenue apart by STL, and measure how strong trend and season are.

    :math:`F_T = \max\{0, 1 - \mathrm{Var}(R) / \mathrm{Var}(T + R)\}` and
    :math:`F_S = \max\{0, 1 - \mathrm{Var}(R) / \mathrm{Var}(S + R)\}`.

    Neither is zero for pure noise, which loess follows: so each is held against what shuffled series reach. Season is
    shuffled by putting the months' season and rest in another order around the trend, trend by doing so with trend and
    rest.

    Parameters
    ----------
    months
        ``start`` and ``revenue``, without holes.
    rng
        Shuffles.

    Returns
    -------
    Parts or None
        None with fewer than two years, or where revenue never changes.

    References
    ----------
    Cleveland, R. B., Cleveland, W. S., McRae, J. E. and Terpenning, I. (1990). STL. *Journal of Official Statistics*
    6(1), 3–73. Hyndman, R. J. and Athanasopoulos, G. (2021). *Forecasting: Principles and Practice*, 3rd ed., § 4.3.
    """
    revenue = months["revenue"].to_numpy(dtype=float)
    if len(revenue) < 2 * PERIOD or np.ptp(revenue) == 0:
        return None
    logs = bool((revenue > 0).all())
    value = np.log(revenue) if logs else revenue
    trend, season, rest = _parts(value)
    table = pd.DataFrame({"start": months["start"], "value": value, "trend": trend, "season": season, "rest": rest})
    no_season, no_trend = np.empty(SHUFFLES), np.empty(SHUFFLES)
    for draw in range(SHUFFLES):
        parts = _parts(trend + rng.permutation(season + rest))
        no_season[draw] = strength(parts[1], parts[2])
        parts = _parts(season + rng.permutation(trend + rest))
        no_trend[draw] = strength(parts[0], parts[2])
    return Parts(
        table,
        logs,
        strength(trend, rest),
        strength(season, rest),
        float(np.quantile(no_trend, 0.95)),
        float(np.quantile(no_season, 0.95)),
    )


def strength(part: np.ndarray, rest: np.ndarray) -> float:
    """Return the strength of a part: the share of the variance of part and rest that is not the rest's, at least 0.

    Examples
    --------
    >>> strength(np.array([1.0, -1.0, 1.0, -1.0]), np.zeros(4))
    1.0
    """
    together = float(np.var(part + rest))
    return max(0.0, 1 - float(np.var(rest)) / together) if together > 0 else 0.0


def _parts(value: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = STL(value, period=PERIOD, seasonal=SEASONAL, trend=TREND, low_pass=LOW_PASS).fit(
        inner_iter=INNER, outer_iter=0
    )
    return np.asarray(found.trend), np.asarray(found.seasonal), np.asarray(found.resid)
