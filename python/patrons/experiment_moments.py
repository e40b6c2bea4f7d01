"""Sizes, means and variances of outcomes in every cell of a test, counted in one pass over the people.

Every comparison of means needs no more of the people than these, so a million of them are analysed as fast as they are
read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from patrons.design import Design


@dataclass(frozen=True)
class Moments:
    """What is known of an outcome in each cell: arrays of one shape.

    Attributes
    ----------
    n
        People whose outcome is known.
    mean
        Their mean; missing where there is nobody.
    var
        Their variance with n − 1 in the denominator; missing where there are fewer than two.
    """

    n: np.ndarray
    mean: np.ndarray
    var: np.ndarray

    def __getitem__(self, key: Any) -> Moments:
        return Moments(self.n[key], self.mean[key], self.var[key])

    def reshape(self, *shape: int) -> Moments:
        """Return the same cells in another shape."""
        return Moments(self.n.reshape(*shape), self.mean.reshape(*shape), self.var.reshape(*shape))


@dataclass(frozen=True)
class Outcome:
    """Numbers made ready to be counted in one division into cells after another.

    Attributes
    ----------
    values
        (n), as they are; missing ones are NaN.
    centre
        Their mean.
    apart, squares
        (n), their distances from it and the squares of those; zero where missing. Sums around the centre keep all
        digits where the mean is large beside the spread.
    known
        (n), one where known, zero where missing; None if all are known.
    """

    values: np.ndarray
    centre: float
    apart: np.ndarray
    squares: np.ndarray
    known: np.ndarray | None


def prepare(values: np.ndarray) -> Outcome:
    """Make numbers ready for `count_in`."""
    finite = np.isfinite(values)
    every = bool(finite.all())
    centre = float(values.mean() if every else values[finite].mean() if finite.any() else 0.0) if len(values) else 0.0
    apart = values - centre if every else np.where(finite, values - centre, 0.0)
    return Outcome(values, centre, apart, apart**2, None if every else finite.astype(float))


def count_in(outcome: Outcome, cell: np.ndarray, cells: int, sizes: np.ndarray | None = None) -> Moments:
    """Count the moments of an outcome in each cell.

    Parameters
    ----------
    outcome
        From `prepare`.
    cell
        (n), the cell of each number from 0 to `cells` − 1; `cells`: in none.
    cells
        How many there are.
    sizes
        How many numbers lie in each cell, where that is known already.
    """

    def total(weights: np.ndarray | None) -> np.ndarray:
        return np.bincount(cell, weights, minlength=cells + 1)[:cells]

    n = (total(None) if sizes is None else sizes) if outcome.known is None else total(outcome.known)
    first, second = total(outcome.apart), total(outcome.squares)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = first / n
        spread = second - n * mean**2
        # Where a cell lies far from the centre, or nothing in it varies, the difference of the two is rounding.
        for poor in np.flatnonzero((n > 1) & (spread < 1e-6 * second)):
            spread[poor] = _squares(outcome.values[cell == poor])
        var = np.where(n > 1, spread / (n - 1), np.nan)
        return Moments(n.astype(np.int64), np.where(n > 0, outcome.centre + mean, np.nan), var)


def moments(values: np.ndarray, cell: np.ndarray, cells: int) -> Moments:
    """Count the moments of numbers in each of `cells` cells, where that is done but once.

    Parameters
    ----------
    values
        (n), numbers; missing ones do not count.
    cell
        (n), the cell of each from 0 to `cells` − 1; below zero: in none.
    cells
        How many there are.

    Examples
    --------
    >>> moments(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1]), 2).mean
    array([2., 5.])
    """
    return count_in(prepare(np.asarray(values, dtype=float)), np.where(cell < 0, cells, cell), cells)


def _squares(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(((values - values.mean()) ** 2).sum()) if np.ptp(values) > 0 else 0.0


def arm_codes(frame: pd.DataFrame, plan: Design) -> np.ndarray:
    """Return the place of each person's arm in `plan.arms`; −1 for an arm that the plan does not know."""
    return pd.Categorical(frame["arm"], categories=list(plan.arms)).codes.astype(np.intp)


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as numbers; what is missing or infinite is missing."""
    found = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)
