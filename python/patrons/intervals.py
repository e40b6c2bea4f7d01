"""Intervals that several chapters need."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def wilson(count: ArrayLike, n: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's 95 % interval of shares, missing where there is nobody.

    Parameters
    ----------
    count, n
        How many have it, of how many.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. *Journal of the
    American Statistical Association*, 22, 209–212.

    Examples
    --------
    >>> low, high = wilson([15], [148])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0624, 0.1605)
    """
    from statsmodels.stats.proportion import proportion_confint

    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = proportion_confint(np.asarray(count, float), np.asarray(n, float), method="wilson")
    return np.asarray(low), np.asarray(high)
