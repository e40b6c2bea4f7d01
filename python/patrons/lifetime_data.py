"""What models of lifetime value are fitted to: checked, and reduced to distinct rows with weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from patrons.errors import PatronsError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

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
    """Distinct customers, by rising x, in the forms that likelihoods are summed in.

    Attributes
    ----------
    x, t_x, T, weight
        Distinct rows and how many customers there are of each, shape (n,).
    levels, tally, x_code
        The distinct numbers of repeat purchases and the customers with each, shape (k,); the place of each row's x
        among them, (n,). What depends on x alone is computed once per level.
    times, last, age
        The distinct times, shape (m,), and the places of each row's t_x and T among them, (n,): times are whole days as
        a rule, and few.
    by_age, bought_by_age
        Customers observed for each of the times, and their repeat purchases, shape (m,).
    """

    x: Floats
    t_x: Floats
    T: Floats
    weight: Floats
    levels: Floats
    tally: Floats
    x_code: Codes
    times: Floats
    last: Codes
    age: Codes
    by_age: Floats
    bought_by_age: Floats

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
    rows = _rows(x, t_x, age, weight, distinct)
    _check_enough(rows)
    return rows


def thinned(rows: Rows, number: int) -> Rows:
    """Keep about so many of the rows, spread evenly: enough to see where the maximum lies."""
    part = slice(None, None, max(len(rows.x) // number, 1))
    return _rows(rows.x[part], rows.t_x[part], rows.T[part], rows.weight[part], distinct=False)


def arrays(*values: ArrayLike) -> tuple[Floats, ...]:
    """Bring numbers of customers to one shape."""
    return tuple(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values)))


def _rows(x: Floats, t_x: Floats, age: Floats, weight: Floats, distinct: bool) -> Rows:
    """Find the levels of x and of the times, and merge equal rows.

    Three levels make one whole number: hashing and sorting those is many times faster than sorting rows.
    """
    x_code, levels = pd.factorize(x, sort=True)
    both, times = pd.factorize(np.concatenate([t_x, age]))
    last, seen = both[: len(x)].astype(np.int64), both[len(x) :].astype(np.int64)
    m = len(times)
    keys = (x_code * m + last) * m + seen
    if distinct:
        codes, keys = pd.factorize(keys)
        weight = _tally(codes, weight, len(keys))
    order = np.argsort(keys)
    rest, seen = np.divmod(keys[order], m)
    x_code, last = np.divmod(rest, m)
    x, weight = levels[x_code], weight[order]
    return Rows(
        x=x,
        t_x=times[last],
        T=times[seen],
        weight=weight,
        levels=np.asarray(levels),
        tally=_tally(x_code, weight, len(levels)),
        x_code=x_code,
        times=np.asarray(times),
        last=last,
        age=seen,
        by_age=_tally(seen, weight, m),
        bought_by_age=_tally(seen, weight * x, m),
    )


def _tally(codes: NDArray[np.int64] | NDArray[np.intp], weight: Floats, number: int) -> Floats:
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
