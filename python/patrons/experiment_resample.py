"""Arms compared by drawing again: intervals by bootstrap, tests by permutation; both over people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from patrons.design import Design
from patrons.experiment_moments import arm_codes, column
from patrons.limits import LEVEL

DRAWS = 1999
#: An arm of more people than this is first put, by chance, into so many bundles of equal size, and bundles are drawn.
#: The skewness of a mean of bundles is that of the mean of their people, so nothing is lost but time.
BUNDLES = 5000
#: About this many numbers are drawn at a time.
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
        How many.

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
    drawn = [_resample(_Units(values[arm == place], rng), rng, draws) for place in range(len(plan.arms))]
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
        groups = [_Units(values[arm == which], rng, share=_share(arm, which, 0, place)) for which in (0, place)]
        units = groups[0].beside(groups[1])
        treated = np.arange(len(units.parts)) >= len(groups[0].parts)
        lift, statistic = units.welch(treated[None, :])
        more = np.zeros(len(outcomes))
        for dealt in _dealt(treated, rng, draws):
            # Rounding must not part a deal from its mirror image.
            more += (np.abs(units.welch(dealt)[1]) >= np.abs(statistic[0]) * (1 - 1e-12)).sum(axis=0)
        p = np.where(np.isfinite(statistic[0]), (1 + more) / (draws + 1), np.nan)
        for at, outcome in enumerate(outcomes):
            row = {"outcome": outcome, "kind": plan.outcomes[outcome], "arm": name, "lift": lift[0, at]}
            rows.append(row | {"statistic": statistic[0, at], "p": p[at], "draws": draws})
    return pd.DataFrame(rows).sort_values("outcome", key=lambda names: names.map(outcomes.index), kind="stable")


class _Units:
    """People, or bundles of people, and what their outcomes sum to.

    `parts` has, for each outcome and each unit, whether anything of it is known, of how many people, their total, its
    square, and the products that the variance of a mean of unequal units needs. Any drawing of units is then judged by
    one product of matrices.
    """

    def __init__(self, values: np.ndarray, rng: np.random.Generator, share: float = 1.0) -> None:
        known = np.isfinite(values)
        self.k = values.shape[1]
        n = known.sum(axis=0)
        self.centre = np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1)
        totals = np.where(known, values - self.centre, 0.0)
        counts = known.astype(float)
        most = max(2, round(BUNDLES * share))
        if len(values) > most:
            bundle = rng.permutation(len(values)) % most
            totals, counts = (
                np.column_stack([np.bincount(bundle, part, minlength=most) for part in table.T])
                for table in (totals, counts)
            )
        self.totals, self.counts = totals, counts
        self.parts = self._parts(totals)

    def _parts(self, totals: np.ndarray) -> np.ndarray:
        counts = self.counts
        return np.hstack([(counts > 0).astype(float), counts, totals, totals**2, totals * counts, counts**2])

    def beside(self, other: _Units) -> _Units:
        """Return these units and others as one crowd, around one centre."""
        joint = object.__new__(_Units)
        joint.k, joint.centre = self.k, self.centre
        moved = other.totals + other.counts * (other.centre - self.centre)
        joint.totals, joint.counts = np.vstack([self.totals, moved]), np.vstack([self.counts, other.counts])
        joint.parts = joint._parts(joint.totals)
        return joint

    def means(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means and their squared errors, (drawings, outcomes), of units drawn `weights` times."""
        sums = weights.astype(float) @ self.parts
        units, n, total, squares, mixed, sizes = (sums[:, at * self.k : (at + 1) * self.k] for at in range(6))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / n
            spread = squares - 2 * mean * mixed + mean**2 * sizes
            # What rounding leaves of a spread that is none is no spread.
            noise = 1e-12 * squares + 1e-26 * self.centre**2 * n
            spread = np.where(spread > noise, spread, 0.0)
            return self.centre + mean, np.where(units > 1, spread * units / (units - 1) / n**2, np.nan)

    def welch(self, treated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return differences of means and Welch's t, (divisions, outcomes), for each row of `treated`."""
        (other, error), (base, base_error) = self.means(treated), self.means(~treated)
        total = error + base_error
        with np.errstate(invalid="ignore"):
            return other - base, (other - base) / np.sqrt(np.where(total > 0, total, np.nan))


def _share(arm: np.ndarray, which: int, *places: int) -> float:
    """Return twice the share of an arm in its pair, so that bundles of both arms hold equally many people."""
    return 2 * float((arm == which).sum()) / max(1, int(np.isin(arm, places).sum()))


def _dealt(treated: np.ndarray, rng: np.random.Generator, draws: int) -> Iterator[np.ndarray]:
    block = max(1, BLOCK // max(1, len(treated)))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        yield rng.permuted(np.broadcast_to(treated, (size, len(treated))), axis=1)


def _resample(
    units: _Units, rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the means of one arm's outcomes and their squared errors, and those of each draw."""
    size = len(units.parts)
    own = units.means(np.ones((1, size)))
    if not size:
        return own[0][0], own[1][0], np.full((draws, units.k), np.nan), np.full((draws, units.k), np.nan)
    means, errors = [], []
    block = max(1, BLOCK // size)
    for start in range(0, draws, block):
        count = min(block, draws - start)
        picked = rng.integers(0, size, (count, size))
        picked += size * np.arange(count)[:, None]
        weights = np.bincount(picked.ravel(), minlength=count * size).reshape(count, size)
        mean, error = units.means(weights)
        means.append(mean)
        errors.append(error)
    return own[0][0], own[1][0], np.vstack(means), np.vstack(errors)


def _ends(t: np.ndarray, lift: float, spread: float) -> tuple[float, float]:
    known = t[np.isfinite(t)]
    # In very small arms most draws have no spread; a quantile of what is left would say nothing.
    if not spread > 0 or len(known) < 0.9 * len(t):
        return np.nan, np.nan
    # Of B draws the quantile q is the q (B + 1)th; other rules make the interval too narrow.
    high, low = np.quantile(known, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], method="weibull")
    return float(lift - low * spread), float(lift - high * spread)
