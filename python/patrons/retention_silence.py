"""What a silence tells: how many of those who fell silent came back, and how long a silence must last to mean much."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from patrons.explore_rhythm import times
from patrons.explore_value import Estimate, resample
from patrons.intervals import wilson
from patrons.retention import THRESHOLDS

#: A return counts within the longest of these times that is at most a third of the record.
WITHIN = (365, 180, 90, 30)
#: The threshold at which so many of all silences are over.
MOST = 0.8


@dataclass(frozen=True)
class Silences:
    """What became of silences.

    Attributes
    ----------
    found
        `customer`, `days` (whole), `event`: a row for each silence, not to be published.
    table
        `days`, `silences` (that lasted longer), `customers` (whose they were), `ended_before` (share of all that did
        not), `returned` (share of those that did which ended with an order in the `within` days after), `low`, `high`;
        missing where too few are left to tell.
    within
        Days.
    over
        After how many days four fifths of all silences are over; missing where it never comes to that.
    """

    found: pd.DataFrame
    table: pd.DataFrame
    within: int
    over: Estimate


def follow(
    gaps: pd.DataFrame,
    features: pd.DataFrame,
    today: datetime,
    threshold: int,
    rng: np.random.Generator,
    smallest: int,
) -> Silences:
    r"""Follow each silence from the order before it to the next, or to `today`.

    A silence is longer than d days if more than d whole days pass, as recency counts them. Of those, the share that
    ends within w days after is :math:`1 - \hat S(d + w) / \hat S(d)` with the Kaplan–Meier estimate
    :math:`\hat S` over all silences, those that still run among them. Customers have several, which are alike; the
    intervals therefore resample customers.

    Parameters
    ----------
    gaps
        `customer_id`, `gap` (days).
    features
        `customer_id`, `first_order`, `last_order`.
    today
        The end of the observation.
    threshold
        Looked at besides `THRESHOLDS`.
    rng
        Draws the resamples.
    smallest
        Shares rest on at least so many customers.
    """
    found = times(gaps, features, today)
    found["days"] = np.floor(found["days"] + 1e-9).astype(int)
    span = (pd.Timestamp(today) - pd.to_datetime(features["first_order"]).min()).days
    within = next((days for days in WITHIN if days <= span / 3), WITHIN[-1])
    reached = np.array(sorted({*THRESHOLDS, threshold}))
    days, event = found["days"].to_numpy(), found["event"].to_numpy(dtype=bool)
    who = found["customer"].to_numpy(dtype=np.int64)

    def measure(weights: np.ndarray) -> np.ndarray:
        left = _left(days, event, weights)
        ends = np.minimum([reached, reached + within], len(left) - 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            returned = 1 - left[ends[1]] / left[ends[0]]
        few = np.flatnonzero(left <= 1 - MOST + 1e-12)
        return np.array([*returned, few[0] if len(few) else np.inf])

    value = measure(np.ones(len(days)))
    draws = resample(len(features), rng, lambda drawn: measure(drawn[who].astype(float)), size=4 * len(days))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no draw knows a share, its interval is missing
        low, high = np.nanquantile(draws[:, :-1], [0.025, 0.975], axis=0)
    longer = [found[found["days"] > day] for day in reached]
    table = pd.DataFrame(
        {
            "days": reached,
            "silences": [len(rows) for rows in longer],
            "customers": [rows["customer"].nunique() for rows in longer],
            "ended_before": 1 - _left(days, event, np.ones(len(days)))[np.minimum(reached, days.max())],
            "returned": value[:-1],
            "low": low,
            "high": high,
        }
    )
    seen = [
        rows.loc[rows["days"] >= min(day + within, days.max() + 1), "customer"].nunique()
        for rows, day in zip(longer, reached, strict=True)
    ]
    untold = (np.array(seen) < smallest) | (reached + within > days.max())
    table.loc[untold, ["returned", "low", "high"]] = np.nan
    table.loc[(table["customers"] < smallest), ["silences", "customers", "ended_before"]] = np.nan
    ends = np.quantile(draws[:, -1], [0.025, 0.975], method="inverted_cdf")
    over = Estimate(*(float(end) if np.isfinite(end) else np.nan for end in (value[-1], *ends)))
    return Silences(found, table, within, over)


def came_back(recency: pd.Series, returned: pd.Series, threshold: int) -> dict[str, float]:
    """Count who of those who were silent for longer than a threshold at a moment in the past has ordered since.

    Parameters
    ----------
    recency
        Of each customer, at that moment.
    returned
        Whether they have ordered since.

    Returns
    -------
    dict
        `n` (who were silent), `customers` (who came back), `share`, `low`, `high` (Wilson).
    """
    silent = recency > threshold
    n, back = int(silent.sum()), int((silent & returned).sum())
    low, high = wilson([back], [n])
    share = back / n if n else np.nan
    return {"n": n, "customers": back, "share": share, "low": float(low[0]), "high": float(high[0])}


def _left(days: np.ndarray, event: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the Kaplan–Meier share of silences that are longer than 0, 1, 2 … whole days."""
    size = int(days.max()) + 1
    ended = np.bincount(days, weights=weights * event, minlength=size)
    at_risk = np.cumsum(np.bincount(days, weights=weights, minlength=size)[::-1])[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.cumprod(np.where(at_risk > 0, 1 - ended / at_risk, 1.0))
