"""Arms compared by drawing again: intervals by bootstrap, tests by permutation; both over people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from patrons.design import Design
from patrons.experiment_moments import arm_codes, column
from patrons.limits import LEVEL

#: Draws, unless there are so many people that fewer tell as much.
DRAWS = 1999
FEWEST = 199
#: About this many numbers are drawn for an arm in all, and this many at a time.
BUDGET = 200_000_000
BLOCK = 4_000_000


def bootstrap(frame: pd.DataFrame, plan: Design, rng: np.random.Generator, draws: int = DRAWS) -> pd.DataFrame:
    r"""Find the interval of each difference of means by the studentised bootstrap over people.

    Each arm is drawn again with replacement, all outcomes of a person together. Each draw gives
    :math:`t^* = (d^* − d)/e^*` with its own standard error, and the interval is

    .. math:: [\,d − t^*_{.975}\, e, \; d − t^*_{.025}\, e\,]

    which follows skewness where Welch's symmetric interval does not.

    Parameters
    ----------
    frame, plan
        The test.
    rng
        Draws.
    draws
        How many; fewer (at least 199) where there are more than about a hundred thousand people in an arm.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `lift`, `low`, `high`, `draws`; ends missing where nothing varies.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). *An Introduction to the Bootstrap*, ch. 12. Chapman & Hall.
    """
    arm, outcomes = arm_codes(frame, plan), list(plan.outcomes)
    values = np.column_stack([column(frame, name) for name in outcomes])
    sizes = np.bincount(arm[arm >= 0], minlength=len(plan.arms))
    draws = max(FEWEST, min(draws, BUDGET // max(1, int(sizes.max()))))
    drawn = [_resample(values[arm == place], rng, draws) for place in range(len(plan.arms))]
    rows = []
    for place, name in enumerate(plan.arms[1:], start=1):
        (base, base_error, base_draws, base_errors), (other, error, other_draws, errors) = drawn[0], drawn[place]
        lift, spread = other - base, np.sqrt(error + base_error)
        with np.errstate(invalid="ignore", divide="ignore"):
            t = (other_draws - base_draws - lift) / np.sqrt(errors + base_errors)
        for at, outcome in enumerate(outcomes):
            low, high = _ends(t[:, at], lift[at], spread[at])
            row = {"outcome": outcome, "kind": plan.outcomes[outcome], "arm": name}
            rows.append(row | {"lift": lift[at], "low": low, "high": high, "draws": draws})
    return pd.DataFrame(rows).sort_values("outcome", key=lambda names: names.map(outcomes.index), kind="stable")


def permute(frame: pd.DataFrame, plan: Design, rng: np.random.Generator, draws: int = DRAWS) -> pd.DataFrame:
    r"""Test each difference by dealing the arms out again among the people of an arm and the control.

    The statistic is Welch's t, so that the test holds, for large arms, even where the spreads differ; where the offer
    changes nothing for anybody it is exact. :math:`p = (1 + \#\{|t^*| ≥ |t|\})/(B + 1)`.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `lift`, `statistic`, `p`, `draws`; missing where nothing varies.

    References
    ----------
    Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and the generalized Behrens–Fisher
    problem. *Statistics & Probability Letters* 36, 9–21.
    """
    arm, outcomes = arm_codes(frame, plan), list(plan.outcomes)
    values = np.column_stack([column(frame, name) for name in outcomes])
    rows = []
    for place, name in enumerate(plan.arms[1:], start=1):
        chosen = (arm == 0) | (arm == place)
        y, treated = values[chosen], arm[chosen] == place
        times = max(FEWEST, min(draws, BUDGET // max(1, len(y))))
        sums = _Sums(y)
        lift, statistic = sums.welch(treated[None, :])
        more = np.zeros(len(outcomes))
        for dealt in _dealt(treated, rng, times):
            # Rounding must not part a deal from its mirror image.
            more += (np.abs(sums.welch(dealt)[1]) >= np.abs(statistic) * (1 - 1e-12)).sum(axis=0)
        p = np.where(np.isfinite(statistic[0]), (1 + more) / (times + 1), np.nan)
        for at, outcome in enumerate(outcomes):
            row = {"outcome": outcome, "kind": plan.outcomes[outcome], "arm": name, "lift": lift[0, at]}
            rows.append(row | {"statistic": statistic[0, at], "p": p[at], "draws": times})
    return pd.DataFrame(rows).sort_values("outcome", key=lambda names: names.map(outcomes.index), kind="stable")


class _Sums:
    """Outcomes prepared so that any division of their people into two is compared by three products of matrices."""

    def __init__(self, values: np.ndarray) -> None:
        known = np.isfinite(values)
        n = known.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = np.where(n > 0, np.where(known, values, 0.0).sum(axis=0) / n, 0.0)
        y = np.where(known, values - centre, 0.0)
        self.k = values.shape[1]
        self.parts = np.hstack([known.astype(float), y, y**2])
        self.total = self.parts.sum(axis=0)

    def welch(self, treated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return differences of means and Welch's t, (divisions, outcomes), for each row of `treated`."""
        one = treated.astype(float) @ self.parts
        found = []
        for sums in (one, self.total - one):
            n, first, second = sums[:, : self.k], sums[:, self.k : 2 * self.k], sums[:, 2 * self.k :]
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = first / n
                found.append((mean, np.where(n > 1, (second - n * mean**2) / (n - 1) / n, np.nan)))
        (other, error), (base, base_error) = found
        total = error + base_error
        # What rounding leaves of a spread that is none is no spread.
        spread = np.where(total > 1e-14 * (1 + self.total[2 * self.k :]), np.sqrt(np.maximum(total, 0)), np.nan)
        return other - base, (other - base) / spread


def _dealt(treated: np.ndarray, rng: np.random.Generator, draws: int) -> Iterator[np.ndarray]:
    block = max(1, BLOCK // max(1, len(treated)))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        yield rng.permuted(np.broadcast_to(treated, (size, len(treated))), axis=1)


def _resample(
    values: np.ndarray, rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the means of one arm's outcomes and their squared errors, and those of each draw."""
    size, k = values.shape
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    if not size:
        return (np.full(k, np.nan),) * 2 + (np.full((draws, k), np.nan),) * 2
    parts = np.hstack([known.astype(float), filled, filled**2])
    own_mean, own_error = _mean_and_error(parts.sum(axis=0)[None, :], k)
    means, errors = [], []
    block = max(1, BLOCK // size)
    for start in range(0, draws, block):
        count = min(block, draws - start)
        picked = rng.integers(0, size, (count, size))
        picked += size * np.arange(count)[:, None]
        weights = np.bincount(picked.ravel(), minlength=count * size).reshape(count, size).astype(float)
        mean, error = _mean_and_error(weights @ parts, k)
        means.append(mean)
        errors.append(error)
    return own_mean[0], own_error[0], np.vstack(means), np.vstack(errors)


def _mean_and_error(sums: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    n, first, second = sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k :]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = first / n
        var = np.maximum(second - n * mean**2, 0.0)
        # What rounding leaves of a spread that is none is no spread.
        var = np.where(var > 1e-13 * second, var, 0.0)
        return mean, np.where(n > 1, var / (n - 1) / n, np.nan)


def _ends(t: np.ndarray, lift: float, spread: float) -> tuple[float, float]:
    known = t[np.isfinite(t)]
    # In very small arms most draws have no spread; a quantile of what is left would say nothing.
    if not spread > 0 or len(known) < 0.9 * len(t):
        return np.nan, np.nan
    high, low = np.quantile(known, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(lift - low * spread), float(lift - high * spread)
