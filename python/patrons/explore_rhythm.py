"""How often orders come: the time from one order of a customer to the next, and the shop's orders week by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from scipy import stats

from patrons.explore_value import Estimate, resample

#: Fewer whole weeks than this show no trend.
FEWEST_WEEKS = 10


@dataclass(frozen=True)
class Waiting:
    """How long customers wait between orders.

    Attributes
    ----------
    gaps
        Gaps that were completed by a next order.
    customers, repeaters
        All of them, and those with two or more orders.
    completed
        Median of the completed gaps, in days.
    any_order
        Median time from any order to the next, with the gaps that still run counted as at least that long
        (Kaplan–Meier); missing where fewer than half of the orders are ever followed by another.
    """

    gaps: int
    customers: int
    repeaters: int
    completed: Estimate
    any_order: Estimate

    def as_table(self) -> pd.DataFrame:
        """Return both medians as one row, to be compared with R's."""
        return pd.DataFrame({"completed": [self.completed.value], "any_order": [self.any_order.value]})


def times(gaps: pd.DataFrame, features: pd.DataFrame, reference_date: datetime) -> pd.DataFrame:
    """Put completed and running gaps below each other.

    Parameters
    ----------
    gaps
        `customer_id` and `gap` (days), a row for each order that has an earlier one.
    features
        `customer_id` and `last_order` of each customer.
    reference_date
        "Today".

    Returns
    -------
    DataFrame
        `customer` (a number), `days`, `event` (whether the next order came).
    """
    running = (pd.Timestamp(reference_date) - pd.to_datetime(features["last_order"])) / pd.Timedelta(days=1)
    numbers = pd.Series(np.arange(len(features)), index=features["customer_id"].to_numpy())
    parts = [
        pd.DataFrame(
            {"customer": numbers.reindex(gaps["customer_id"]).to_numpy(), "days": gaps["gap"].to_numpy(dtype=float)}
        ).assign(event=True),
        pd.DataFrame({"customer": numbers.to_numpy(), "days": running.clip(lower=0).to_numpy()}).assign(event=False),
    ]
    return pd.concat(parts, ignore_index=True)


def wait(found: pd.DataFrame, rng: np.random.Generator) -> Waiting:
    r"""Find the median time between orders, with percentile bootstrap intervals over customers.

    Without the running gaps the long ones are missed: only what ended can be seen. With them,
    :math:`\hat S(t) = \prod_{i : t_i \le t} (1 - d_i / n_i)`, and the median is the first time at which it is one half.

    Parameters
    ----------
    found
        What `times` returns.
    rng
        Draws the resamples.

    References
    ----------
    Kaplan, E. L., & Meier, P. (1958). Nonparametric estimation from incomplete observations.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer": [0, 0, 1], "days": [10.0, 40.0, 20.0], "event": [True, False, False]})
    >>> wait(rows, np.random.default_rng(1)).completed.value
    10.0
    """
    ordered = found.sort_values(["days", "event"], ascending=[True, False], kind="stable")
    customer = ordered["customer"].to_numpy(dtype=np.int64)
    days, event = ordered["days"].to_numpy(dtype=float), ordered["event"].to_numpy(dtype=bool)
    customers = int(found["customer"].nunique())
    value = _medians(days, event, np.ones(len(days), dtype=np.int64))
    rows = np.empty((0, 2))
    if event.any():
        rows = resample(customers, rng, lambda drawn: _medians(days, event, drawn[customer]), size=4 * len(days))
    # Without any gap in a draw there is nothing to take a median of: such a draw tells nothing.
    completed = _estimate(value[0], rows[np.isfinite(rows[:, 0]), 0])
    any_order = _estimate(value[1], rows[:, 1])
    repeaters = int(found.loc[found["event"], "customer"].nunique())
    return Waiting(int(event.sum()), customers, repeaters, completed, any_order)


def gap_histogram(found: pd.DataFrame, waiting: Waiting, smallest: int, bars: int = 40) -> pd.DataFrame:
    """Count completed gaps by their length, up to the longest two per cent.

    Bars to which fewer than `smallest` customers contribute are left out.

    Returns
    -------
    DataFrame
        `left`, `right` (days), `gaps`.
    """
    done = found[found["event"]]
    if done.empty:
        return pd.DataFrame({"left": [], "right": [], "gaps": []}, dtype=float)
    reach = float(np.nan_to_num(max(done["days"].quantile(0.98), 1.1 * np.nan_to_num(waiting.any_order.value))))
    width = max(float(np.ceil(reach / bars)), 1.0)
    place = (done["days"] // width).astype(int)
    counted = done.groupby(place).agg(gaps=("days", "size"), customers=("customer", "nunique"))
    kept = counted[(counted["customers"] >= smallest) & (counted.index * width < reach)]
    left = kept.index.to_numpy(dtype=float) * width
    return pd.DataFrame({"left": left, "right": left + width, "gaps": kept["gaps"].to_numpy()})


def weekly_mean(weeks: pd.DataFrame) -> Estimate:
    """Return the mean number of orders of the whole weeks.

    Its interval allows for neighbouring weeks being alike (Newey and West).
    """
    orders = _whole(weeks)["orders"].to_numpy(dtype=float)
    if len(orders) < FEWEST_WEEKS:
        return Estimate(float(orders.mean()) if len(orders) else np.nan)
    import statsmodels.api as sm

    lags = newey_west_lags(len(orders))
    fit = sm.OLS(orders, np.ones(len(orders))).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    low, high = fit.conf_int(0.05)[0]
    return Estimate(float(fit.params[0]), float(low), float(high))


def weekly_trend(weeks: pd.DataFrame) -> pd.DataFrame:
    r"""Estimate by how much weekly orders grow per year.

    Quasi-Poisson: :math:`\log E(y_t) = \alpha + \beta t` with :math:`t` in years and :math:`\operatorname{Var}(y_t) =
    \varphi E(y_t)`; the standard error of :math:`\beta` is that of Newey and West, since neighbouring weeks are alike.

    Returns
    -------
    DataFrame
        One row: `slope` (per year, of the logarithm), `se`, `low`, `high`, `p`, `dispersion`, `weeks`, `lags`; no row
        with fewer than ten whole weeks.

    References
    ----------
    Newey, W. K., & West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix. *Econometrica*, 55, 703–708.
    """
    whole = _whole(weeks)
    if len(whole) < FEWEST_WEEKS or not whole["orders"].sum():
        return pd.DataFrame(columns=["slope", "se", "low", "high", "p", "dispersion", "weeks", "lags"])
    import statsmodels.api as sm

    design = sm.add_constant(np.arange(len(whole)) * 7 / 365.25)
    lags = newey_west_lags(len(whole))
    model = sm.GLM(whole["orders"].to_numpy(dtype=float), design, family=sm.families.Poisson())
    fit = model.fit(tol=1e-12, cov_type="HAC", cov_kwds={"maxlags": lags})
    slope, se = float(fit.params[1]), float(fit.bse[1])
    half = float(stats.norm.ppf(0.975)) * se
    row = {
        **{"slope": slope, "se": se, "low": slope - half, "high": slope + half},
        **{"p": float(2 * stats.norm.sf(abs(slope / se))), "dispersion": float(fit.pearson_chi2 / fit.df_resid)},
        **{"weeks": len(whole), "lags": lags},
    }
    return pd.DataFrame([row])


def newey_west_lags(n: int) -> int:
    """Return how many weeks back likeness is allowed for: the whole part of 4 (n / 100)^(2/9)."""
    return int(4 * (n / 100) ** (2 / 9))


def _whole(weeks: pd.DataFrame) -> pd.DataFrame:
    return weeks[weeks["whole"]]


def _medians(days: np.ndarray, event: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return both medians of ordered times that each count `weights` times."""
    ended = weights * event
    at_risk = weights.sum() - np.cumsum(weights) + weights
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.cumprod(np.where(at_risk > 0, 1 - ended / at_risk, 1.0))
    return np.array([_middle(days, ended), _first(days, left <= 0.5 + 1e-12)])


def _middle(days: np.ndarray, weights: np.ndarray) -> float:
    """Return the median of ordered values that each stand `weights` times."""
    up_to = np.cumsum(weights)
    count = int(up_to[-1])
    if not count:
        return np.nan
    low, high = np.searchsorted(up_to, [(count - 1) // 2, count // 2], side="right")
    return float(days[low] + days[high]) / 2


def _first(days: np.ndarray, reached: np.ndarray) -> float:
    return float(days[int(reached.argmax())]) if reached.any() else np.nan


def _estimate(value: float, rows: np.ndarray) -> Estimate:
    if not np.isfinite(value) or not len(rows):
        return Estimate(float(value))
    # A draw in which fewer than half are followed by another order has no median: it lies beyond every other.
    low, high = np.quantile(np.where(np.isfinite(rows), rows, np.inf), [0.025, 0.975], method="inverted_cdf")
    return Estimate(float(value), float(low), float(high) if np.isfinite(high) else np.nan)
