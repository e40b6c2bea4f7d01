"""Ratios of totals, such as cost per click over several campaigns, with intervals for what differs between units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class Ratio:
    """A ratio of two totals.

    Attributes
    ----------
    value
        Missing where the total below is not above zero.
    low, high
        95 % interval; missing with fewer than two units.
    n
        Units that both totals are known of.
    top, bottom
        The totals over those units.
    """

    value: float
    low: float
    high: float
    n: int
    top: float
    bottom: float


def ratio(tops: ArrayLike, bottoms: ArrayLike) -> Ratio:
    r"""Divide two totals over units, such as clicks by impressions over campaigns.

    With :math:`R = \sum y_i / \sum x_i`, shares :math:`h_i = x_i / \sum x_j` and residuals
    :math:`d_i = y_i - R x_i`, the delta method gives

    .. math:: \widehat{\mathrm{Var}}(R) = \frac{1}{(\sum x_i)^2} \sum_i \Bigl(\frac{d_i}{1 - h_i}\Bigr)^2,

    which is the HC3 variance of a regression of :math:`y_i / x_i` on a constant with weights :math:`x_i`. Dividing by
    :math:`1 - h_i` keeps one large unit from vouching for itself. Units may differ by any amount more than chance:
    nothing is assumed about counts. The interval is that of Student's t with n − 1 degrees of freedom, on the log
    scale where the ratio is above zero.

    Parameters
    ----------
    tops, bottoms
        (n) numbers; units where one is missing are left out, those with zero below count in the totals.

    References
    ----------
    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the linear regression
    model. *The American Statistician*, 54, 217–224.

    Examples
    --------
    >>> found = ratio([30, 10, 20], [1000, 500, 900])
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.025, 0.0135, 0.0462)
    """
    y, x = np.asarray(tops, dtype=float), np.asarray(bottoms, dtype=float)
    known = np.isfinite(y) & np.isfinite(x)
    y, x = y[known], x[known]
    top, bottom, n = float(y.sum()), float(x.sum()), len(x)
    if not n or bottom <= 0:
        return Ratio(np.nan, np.nan, np.nan, n, top, bottom)
    value, share = top / bottom, x / bottom
    if n < 2 or share.max() >= 1:
        return Ratio(value, np.nan, np.nan, n, top, bottom)
    error = float(np.sqrt(np.sum(((y - value * x) / (1 - share)) ** 2)) / bottom)
    reach = float(stats.t.ppf(0.975, n - 1))
    if value > 0:
        factor = float(np.exp(min(reach * error / value, 700.0)))
        return Ratio(value, value / factor, value * factor, n, top, bottom)
    return Ratio(value, value - reach * error, value + reach * error, n, top, bottom)


def counted(count: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact 95 % interval of the mean of a Poisson count; it starts at 0 where nothing was counted.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. *Biometrika*, 28, 437–442.

    Examples
    --------
    >>> low, high = counted([10])
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (4.795, 18.39)
    """
    found = np.asarray(count, dtype=float)
    with np.errstate(invalid="ignore"):
        low = np.where(found > 0, stats.chi2.ppf(0.025, 2 * found) / 2, np.where(found == 0, 0.0, np.nan))
    return low, np.asarray(stats.chi2.ppf(0.975, 2 * (found + 1)) / 2)
