"""What models of lifetime value foresaw of a time they did not see: week by week, and by how often customers bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from patrons import lifetime
from patrons.explore_value import resample
from patrons.features import EPOCH, UNIT_DAYS, day_number, with_customer
from patrons.lifetime import Fit
from patrons.shop import Shop

WEEK = 7
#: Where the source does not say when calibration ends, this share of the time observed is held out.
HELD_OUT = 0.25
#: Customers with so many repeat purchases or more stand together.
MOST = 7
#: Draws of what customers will do handle about this many numbers in all; there are at least so many draws.
EFFORT, LEAST_DRAWS = 100_000_000, 20
#: At how many moments of the holdout the band is computed.
KNOTS = 6


@dataclass(frozen=True)
class Split:
    """How the time observed is divided.

    Attributes
    ----------
    first, end, until
        The day of the first order, the last day of calibration, the last day observed.
    given
        Whether the source says where calibration ends.
    unit
        Of time: day, week, month.
    """

    first: date
    end: date
    until: date
    given: bool
    unit: str

    @property
    def length(self) -> float:
        """How long the holdout is, in units of time."""
        return (self.until - self.end).days / UNIT_DAYS[self.unit]

    @property
    def holds(self) -> bool:
        """Whether there is something on either side."""
        return self.first < self.end < self.until


def split(shop: Shop) -> Split:
    """Divide the time observed into calibration and holdout: as the source says, otherwise at three quarters."""
    times = with_customer(shop.transactions).ordered_at
    first, last = (moment.date() for moment in (times.min().to_pyarrow().as_py(), times.max().to_pyarrow().as_py()))
    until = max(last, (shop.reference_date - timedelta(microseconds=1)).date())
    settings = shop.analysis.lifetime
    chosen = first + timedelta(days=int((until - first).days * (1 - HELD_OUT)))
    given = settings.calibration_end is not None
    return Split(first, settings.calibration_end or chosen, until, given, settings.time_unit)


def daily(transactions: ir.Table, end: date) -> pd.DataFrame:
    """Count the first and the repeat purchases of each day, of customers who came until the end of calibration.

    Orders of one customer on one day are one purchase, as in `features.clv_statistics`.

    Returns
    -------
    DataFrame
        `day` (since 1970-01-01), `new` (customers whose first day it is), `purchases` (repeat purchases), by day.
    """
    rows = with_customer(transactions)
    days = rows.mutate(day=day_number(rows.ordered_at)).select("customer_id", "day").distinct()
    firsts = days.group_by("customer_id").agg(first=days.day.min())
    seen = days.join(firsts, "customer_id").filter(lambda table: table["first"] <= (end - EPOCH).days)
    counted = seen.group_by("day").agg(
        new=(seen.day == seen["first"]).cast("int64").sum(), purchases=(seen.day > seen["first"]).cast("int64").sum()
    )
    return counted.order_by("day").to_pyarrow().to_pandas().astype("int64")


def weeks(found: Split) -> np.ndarray:
    """Return the days at which weeks end, since 1970-01-01; calibration ends with one of them, and so do the data."""
    first, end, until = ((moment - EPOCH).days for moment in (found.first, found.end, found.until))
    before = np.arange(end, first - 1, -WEEK)[::-1]
    after = np.arange(end + WEEK, until + 1, WEEK)
    last = [until] if until > end and (not len(after) or after[-1] < until) else []
    return np.concatenate([before, after, last]).astype(int)


def actual(counts: pd.DataFrame, ends: np.ndarray) -> np.ndarray:
    """Return how many repeat purchases there were up to each of some days."""
    sums = np.concatenate([[0], counts["purchases"].cumsum()])
    return sums[np.searchsorted(counts["day"], ends, side="right")].astype(float)


def expected(fit: Fit, counts: pd.DataFrame, ends: np.ndarray, unit: str) -> np.ndarray:
    r"""Return how many repeat purchases a model expects up to each of some days, knowing only when customers came.

    With :math:`n_d` customers whose first purchase is on day :math:`d`, the expectation up to day :math:`e` is
    :math:`\sum_{d < e} n_d \operatorname{E} X(e - d)`: it is cumulative as it stands and is not added up again.
    """
    firsts = counts.loc[counts["new"] > 0, ["day", "new"]].to_numpy()
    ages = np.arange(int(ends.max() - firsts[:, 0].min()) + 1)
    each = np.asarray(lifetime.expected_total(fit, ages[1:] / UNIT_DAYS[unit]), dtype=float)
    each = np.concatenate([[0.0], each])
    age = ends[:, None] - firsts[:, 0]
    return np.where(age > 0, each[np.maximum(age, 0)], 0.0) @ firsts[:, 1]


def band(
    fit: Fit, clv: pd.DataFrame, steps: np.ndarray, rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return where 95 % of futures lie: all customers' purchases together up to each of some steps.

    Each future takes the parameters of another refit (their uncertainty) and draws what customers do from then on
    (chance). The quantiles are computed at no more than `KNOTS` steps and joined by straight lines.

    Parameters
    ----------
    fit
        A fitted model.
    clv
        `x`, `t_x`, `T` of each customer.
    steps
        Times after the end of observation, ascending.
    rng
        Draws.
    draws
        Futures; fewer where there are very many customers.
    """
    knots = steps[np.unique(np.linspace(0, len(steps) - 1, KNOTS).round().astype(int))]
    x, t_x, age = (clv[name].to_numpy(dtype=float)[:, None] for name in ("x", "t_x", "T"))

    def sums(refitted: Fit, _: Fit | None, rng: np.random.Generator) -> dict[str, float]:
        made = lifetime.simulate_future(refitted, x, t_x, age, knots, rng).sum(axis=0)
        return {f"step {place}": float(value) for place, value in enumerate(made)}

    most = int(np.clip(EFFORT // (len(clv) * len(knots)), LEAST_DRAWS, draws))
    found = lifetime.bootstrap(fit, None, clv, rng, most, sums).intervals()
    ends = found.loc[[f"step {place}" for place in range(len(knots))]]
    low, high = (np.interp(steps, [0.0, *knots], [0.0, *ends[end]]) for end in ("low", "high"))
    return low, high


def track(
    fits: Mapping[str, Fit],
    clv: pd.DataFrame,
    counts: pd.DataFrame,
    found: Split,
    rng: np.random.Generator,
    draws: int,
) -> pd.DataFrame:
    """Follow actual and expected repeat purchases through calibration and holdout.

    Up to the end of calibration each model knows only when customers came; from there on it starts from what was
    bought until then and knows what each customer did; the band is that of `band`.

    Parameters
    ----------
    fits
        Model → fit until the end of calibration.
    clv
        `x`, `t_x`, `T` until the end of calibration.
    counts
        From `daily`.
    found
        From `split`.
    rng
        Draws what customers do.
    draws
        Futures that are drawn.

    Returns
    -------
    DataFrame
        One row per week and `series` (`actual` or a model): `day` (a date), `holdout`, `purchases` (cumulative), `low`,
        `high`.
    """
    ends = weeks(found)
    end = (found.end - EPOCH).days
    after = ends > end
    steps = (ends[after] - end) / UNIT_DAYS[found.unit]
    observed = actual(counts, ends)
    so_far = observed[ends == end][0]
    rows = [_series("actual", ends, after, observed, observed, observed)]
    x, t_x, age = (clv[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    for model, fit in fits.items():
        before = expected(fit, counts, ends[~after], found.unit)
        mean = [so_far + lifetime.expected_purchases(fit, x, t_x, age, step).sum() for step in steps]
        low, high = band(fit, clv, steps, rng, draws)
        curve = np.concatenate([before, mean])
        unknown = np.full(len(before), np.nan)
        rows.append(
            _series(model, ends, after, curve, *(np.concatenate([unknown, so_far + end]) for end in (low, high)))
        )
    return pd.concat(rows, ignore_index=True)


def conditional(
    fits: Mapping[str, Fit], clv: pd.DataFrame, length: float, rng: np.random.Generator, smallest: int
) -> pd.DataFrame:
    """Compare purchases in the holdout with what was expected, by the number of repeat purchases before it.

    Groups with fewer customers than may be shown are put together with those above them.

    Returns
    -------
    DataFrame
        `group` (such as "3" or "7+"), `customers`, `actual` (mean, with `low` and `high` over customers), and a column
        per model: all purchases per customer.
    """
    x = clv["x"].to_numpy(dtype=int)
    starts = bounds(x, smallest)
    codes = np.searchsorted(starts, x, side="right") - 1
    held = clv["x_holdout"].to_numpy(dtype=float)

    def means(weights: np.ndarray) -> np.ndarray:
        counts = np.bincount(codes, weights=weights, minlength=len(starts))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.bincount(codes, weights=weights * held, minlength=len(starts)) / counts

    every = np.ones(len(x))
    low, high = np.nanquantile(resample(len(x), rng, means), [0.025, 0.975], axis=0)
    counts = np.bincount(codes, minlength=len(starts))
    table = pd.DataFrame({"group": named(starts, x), "customers": counts, "actual": means(every)})
    table["low"], table["high"] = low, high
    for model, fit in fits.items():
        mean = lifetime.expected_purchases(fit, x, clv["t_x"].to_numpy(), clv["T"].to_numpy(), length)
        table[model] = np.bincount(codes, weights=mean, minlength=len(starts)) / counts
    return table


def bounds(x: np.ndarray, smallest: int, most: int = MOST) -> np.ndarray:
    """Return where groups of customers with equal or similar numbers of purchases begin, each large enough to show.

    Examples
    --------
    >>> bounds(np.array([0, 0, 0, 1, 1, 2, 9]), smallest=2)
    array([0, 1, 2])
    """
    counts = np.bincount(np.minimum(x, most), minlength=most + 1)
    starts, together = [], 0
    for value in range(most, -1, -1):
        together += counts[value]
        if together >= smallest:
            starts.append(value)
            together = 0
    starts = sorted(starts) or [0]
    starts[0] = 0
    return np.array(starts)


def named(starts: np.ndarray, x: np.ndarray) -> list[str]:
    """Name groups of numbers by where they begin and end.

    Examples
    --------
    >>> named(np.array([0, 1, 3]), np.array([0, 9]))
    ['0', '1–2', '3+']
    """
    ends = [*(starts[1:] - 1), int(x.max())]
    inner = [str(low) if low == high else f"{low}–{high}" for low, high in zip(starts, ends, strict=True)]
    return [*inner[:-1], inner[-1] if starts[-1] == ends[-1] else f"{starts[-1]}+"]


def _series(
    name: str, ends: np.ndarray, after: np.ndarray, curve: np.ndarray, low: np.ndarray, high: np.ndarray
) -> pd.DataFrame:
    days = [EPOCH + timedelta(days=int(day)) for day in ends]
    return pd.DataFrame(
        {
            "series": name,
            "day": pd.to_datetime(days),
            "holdout": after,
            "purchases": curve,
            "low": np.where(after, low, np.nan),
            "high": np.where(after, high, np.nan),
        }
    )
