"""How unevenly revenue is spread over customers: Lorenz curve, Gini index, the share of the best, the two halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

RESAMPLES = 1000
#: A bootstrap handles about this many numbers in all: with very many customers, fewer resamples tell as much.
EFFORT = 200_000_000


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; missing where it is not defined."""

    value: float
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True)
class Concentration:
    """How unevenly a total is spread.

    Attributes
    ----------
    n
        Customers.
    gini
        0 if all bring the same, towards 1 if one brings everything.
    top20
        Share of the total from the top 20 % of customers (their number is rounded up).
    ratio
        Mean of the top half over mean of the bottom half; of an odd number, the one in the middle is in neither.
    curve
        `customers` and `revenue`: cumulative shares, from the least to the most.
    """

    n: int
    gini: Estimate
    top20: Estimate
    ratio: Estimate
    curve: pd.DataFrame

    def as_table(self) -> pd.DataFrame:
        """Return `gini`, `top20` and `ratio` as one row, to be compared with R's."""
        return pd.DataFrame({name: [getattr(self, name).value] for name in ("gini", "top20", "ratio")})

    def lines(self) -> pd.DataFrame:
        """Return a row for each of the three: `what`, `value`, `low`, `high`, `unit`."""
        rows = [
            ("Share of revenue from the top fifth", self.top20, "share"),
            ("Mean revenue, top half over bottom half", self.ratio, "ratio"),
            ("Gini index", self.gini, "ratio"),
        ]
        return pd.DataFrame(
            [{"what": what, "value": e.value, "low": e.low, "high": e.high, "unit": unit} for what, e, unit in rows]
        )


def concentrate(values: pd.Series, rng: np.random.Generator, smallest: int = 1) -> Concentration:
    r"""Measure how unevenly a total is spread over customers, with percentile bootstrap intervals over customers.

    With :math:`x_{(1)} \le \dots \le x_{(n)}` the Gini index is
    :math:`\sum_i (2i - n - 1) x_{(i)} / (n \sum_i x_i)`.

    Parameters
    ----------
    values
        Revenue of each customer; missing ones do not count. A sum that is not above zero leaves everything missing.
    rng
        Draws the resamples.
    smallest
        Each step of the curve holds at least so many customers.

    References
    ----------
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth.

    Examples
    --------
    >>> found = concentrate(pd.Series([1.0, 1, 2, 4]), np.random.default_rng(1))
    >>> found.gini.value, found.top20.value, found.ratio.value
    (0.3125, 0.5, 3.0)
    """
    ordered = np.sort(values.dropna().to_numpy(dtype=float))
    n = len(ordered)
    found = _three(ordered, np.ones(n, dtype=np.int64))
    resampled = resample(n, rng, lambda weights: _three(ordered, weights))
    gini, top20, ratio = (
        Estimate(float(found[place]), *_ends(resampled[:, place], found[place])) for place in range(3)
    )
    return Concentration(n, gini, top20, ratio, _curve(ordered, smallest))


def resample(
    n: int, rng: np.random.Generator, measure: Callable[[np.ndarray], np.ndarray], size: int = 0
) -> np.ndarray:
    """Draw `n` customers with replacement, again and again, and measure each draw.

    Parameters
    ----------
    n
        Customers.
    rng
        Draws them.
    measure
        Takes how often each customer was drawn; returns numbers.
    size
        How many numbers one measurement handles, if more than `n`.

    Returns
    -------
    ndarray
        A row per draw: 1,000 of them, fewer (at least 100) where there is very much to handle.
    """
    draws = int(np.clip(EFFORT // max(n, size, 1), 100, RESAMPLES))
    return np.array([measure(np.bincount(rng.integers(0, n, n), minlength=n)) for _ in range(draws)])


def _three(ordered: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Gini index, share of the top fifth and ratio of halves of values that each count `weights` times."""
    count, total = int(weights.sum()), float((weights * ordered).sum())
    if count == 0 or total <= 0:
        return np.full(3, np.nan)
    up_to = np.cumsum(weights)
    gini = float((weights * ordered * (2 * up_to - weights - count)).sum()) / (count * total)
    fifth, half = (count + 4) // 5, count // 2
    bottom, top = _lowest(ordered, weights, half), _lowest(ordered[::-1], weights[::-1], half)
    ratio = top / bottom if half and bottom > 0 else np.nan
    return np.array([gini, _lowest(ordered[::-1], weights[::-1], fifth) / total, ratio])


def _lowest(ordered: np.ndarray, weights: np.ndarray, count: int) -> float:
    """Add up the first `count` of values that each stand `weights` times."""
    before = np.cumsum(weights) - weights
    return float((np.clip(count - before, 0, weights) * ordered).sum())


def _ends(resampled: np.ndarray, value: float) -> tuple[float, float]:
    known = resampled[np.isfinite(resampled)]
    if not len(known) or not np.isfinite(value):
        return np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _curve(ordered: np.ndarray, smallest: int) -> pd.DataFrame:
    n, total = len(ordered), ordered.sum()
    steps = min(100, n // max(smallest, 1))
    if steps < 2 or total <= 0:
        return pd.DataFrame({"customers": [], "revenue": []}, dtype=float)
    ends = np.floor(np.arange(steps + 1) * n / steps + 1e-9).astype(int)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    return pd.DataFrame({"customers": ends / n, "revenue": sums[ends] / total})
