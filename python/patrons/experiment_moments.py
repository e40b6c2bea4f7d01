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


def moments(values: np.ndarray, cell: np.ndarray, cells: int) -> Moments:
    """Count the moments of values in each of `cells` cells.

    Parameters
    ----------
    values
        (n), numbers; missing ones do not count.
    cell
        (n), the cell of each value from 0 to `cells` − 1; below zero: in none.
    cells
        How many there are.

    Notes
    -----
    Squares are summed around the cell's own mean, which keeps all digits where the mean is large beside the spread.

    Examples
    --------
    >>> moments(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1]), 2).mean
    array([2., 5.])
    """
    known = np.isfinite(values) & (cell >= 0)
    if not known.all():
        values, cell = values[known], cell[known]
    n = np.bincount(cell, minlength=cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(cell, values, minlength=cells) / n
        squares = np.bincount(cell, (values - mean[cell]) ** 2, minlength=cells)
        var = np.where(n > 1, squares / (n - 1), np.nan)
    return Moments(n, np.where(n > 0, mean, np.nan), var)


def arm_codes(frame: pd.DataFrame, plan: Design) -> np.ndarray:
    """Return the place of each person's arm in `plan.arms`; −1 for an arm that the plan does not know."""
    return pd.Categorical(frame["arm"], categories=list(plan.arms)).codes.astype(np.intp)


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as numbers; what is missing or infinite is missing."""
    found = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)
