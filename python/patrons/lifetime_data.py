"""What models of lifetime value are fitted to: checked, and reduced to distinct rows with weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from patrons.errors import PatronsError

Floats = NDArray[np.float64]

#: Fewer customers who came back than this say nothing about how customers differ.
FEWEST_REPEATERS = 10

#: A shape above this means that customers hardly differ: by less than a seventh of their mean.
ALIKE = 50.0
NOBODY_LEAVES = (
    "the data show hardly anybody leaving. Forecast with each customer's own rate so far, or observe customers for "
    "longer."
)
SAME_RATE = (
    "active customers buy at the same rate, so the model has nothing to tell them apart by. Forecast with their common "
    "rate."
)
TOO_LITTLE = "too few customers came back, or for too short a time. Observe customers for longer."


class CannotFit(PatronsError):
    """The data cannot carry the model; the message says why and what to do."""


@dataclass(frozen=True)
class Rows:
    """Distinct customers: `x` (n,), `t_x` (n,), `T` (n,) and how many there are of each, `weight` (n,).

    `levels` (k,) are the distinct numbers of repeat purchases and `tally` (k,) the customers with each: what depends
    on x alone is computed once per level.
    """

    x: Floats
    t_x: Floats
    T: Floats
    weight: Floats
    levels: Floats
    tally: Floats

    @property
    def n(self) -> int:
        """Number of customers."""
        return int(self.weight.sum())

    @property
    def rate(self) -> float:
        """Repeat purchases per unit of time, over everybody."""
        return float(self.weight @ self.x / (self.weight @ self.T))

    @property
    def mean_age(self) -> float:
        """Mean time under observation."""
        return float(self.weight @ self.T / self.weight.sum())


def counted(clv: pd.DataFrame, distinct: bool = True) -> Rows:
    """Check customers and reduce them to their distinct rows.

    Parameters
    ----------
    clv
        `x` repeat purchases, `t_x` time of the last of them (0 if none), `T` time under observation, one row per
        customer, in one unit of time; as `features.clv_statistics` makes it. A column `weight`, if there is one, says
        how many customers a row stands for.
    distinct
        Whether equal rows are merged.

    Raises
    ------
    CannotFit
        If a value is impossible, or hardly anybody came back.

    Examples
    --------
    >>> rows = counted(pd.DataFrame({"x": [0] * 30 + [2] * 20, "t_x": [0.0] * 30 + [3.0] * 20, "T": 9.0}))
    >>> rows.x, rows.weight
    (array([0., 2.]), array([30., 20.]))
    """
    absent = [name for name in ("x", "t_x", "T") if name not in clv]
    if absent:
        raise CannotFit(f"The customers lack the column {', '.join(absent)}; the models need x, t_x and T.")
    x, t_x, age = (np.ascontiguousarray(clv[name].to_numpy(np.float64, na_value=np.nan)) for name in ("x", "t_x", "T"))
    weight = clv["weight"].to_numpy(np.float64) if "weight" in clv else np.ones(len(x))
    _check(x, t_x, age)
    if distinct:
        x, t_x, age, weight = _distinct(x, t_x, age, weight)
    codes, levels = pd.factorize(x, sort=True)
    rows = Rows(x, t_x, age, weight, np.asarray(levels), _tally(codes, weight, len(levels)))
    _check_enough(rows)
    return rows


def arrays(*values: ArrayLike) -> tuple[Floats, ...]:
    """Bring numbers of customers to one shape."""
    return tuple(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values)))


def _distinct(x: Floats, t_x: Floats, age: Floats, weight: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Merge equal rows, in order of first appearance.

    Each value becomes the number of its level, the three numbers become one: hashing integers is many times faster
    than sorting rows.
    """
    last_codes, lasts = pd.factorize(t_x)
    age_codes, ages = pd.factorize(age)
    most = int(x.max()) + 1
    if len(lasts) * len(ages) * most >= 2**62:
        return x, t_x, age, weight
    keys = (last_codes.astype(np.int64) * len(ages) + age_codes) * most + x.astype(np.int64)
    codes, found = pd.factorize(keys)
    pair, repeats = np.divmod(np.asarray(found), most)
    last, seen = np.divmod(pair, len(ages))
    totals = _tally(codes, weight, len(found))
    return repeats.astype(np.float64), np.asarray(lasts)[last], np.asarray(ages)[seen], totals


def _tally(codes: NDArray[np.intp], weight: Floats, number: int) -> Floats:
    """Sum the weights of each code."""
    return np.bincount(codes, weight, number).astype(np.float64)


def _check(x: Floats, t_x: Floats, age: Floats) -> None:
    """Refuse what no customer can have done."""
    if not len(x):
        raise CannotFit("There are no customers to fit a model to.")
    for name, values in (("x", x), ("t_x", t_x), ("T", age)):
        _refuse(~np.isfinite(values), f"{name} is missing or infinite", "fill it in or leave these customers out")
        _refuse(values < 0, f"{name} is negative", "check the dates and the end of calibration")
    _refuse(x != np.floor(x), "x is not a whole number", "x counts the purchases after the first")
    _refuse(t_x > age, "t_x is larger than T", "the last purchase must lie before the end of calibration")
    _refuse((x == 0) & (t_x > 0), "x is 0 but t_x is not", "without a repeat purchase t_x is 0")
    _refuse((x > 0) & (t_x == 0), "x is above 0 but t_x is 0", "purchases of one day are one purchase; count days")


def _refuse(wrong: NDArray[np.bool_], what: str, remedy: str) -> None:
    if wrong.any():
        first, number = int(np.flatnonzero(wrong)[0]), int(wrong.sum())
        who = "1 customer" if number == 1 else f"{number:,} customers"
        raise CannotFit(f"{what} for {who} (first in row {first + 1}): {remedy}.")


def _check_enough(rows: Rows) -> None:
    if rows.T.max() == 0:
        raise CannotFit("T is 0 for everybody: all customers came on the last day. Observe them for longer.")
    repeaters = int(rows.tally[rows.levels > 0].sum())
    if repeaters == 0:
        raise CannotFit(
            "Nobody bought again before the end of calibration, so there is nothing to learn about buying again. "
            "Observe customers for longer, or set `lifetime.calibration_end` later."
        )
    if repeaters < FEWEST_REPEATERS:
        raise CannotFit(
            f"Only {repeaters} customers bought again before the end of calibration; the models need "
            f"{FEWEST_REPEATERS} or more. Observe customers for longer, or set `lifetime.calibration_end` later."
        )
    if len(rows.levels) == 1:
        raise CannotFit(
            f"Every customer bought again {int(rows.levels[0])} times: the data do not say how customers differ. "
            "Check how x was counted."
        )
