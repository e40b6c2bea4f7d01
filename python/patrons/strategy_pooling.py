r"""Partial pooling of effects over segments: what is little known is drawn towards what the action does on average.

For each action, the effects :math:`θ_s` of the segments s differ as a normal distribution does:

.. math:: y_s \sim N(θ_s, v_s), \qquad θ_s \sim N(μ, τ^2).

:math:`μ` may be anything. Of :math:`τ` it is the shrinkage :math:`B_0 = v_0 / (v_0 + τ^2)` that may be anything from 0
to 1 (:math:`v_0`: harmonic mean of the :math:`v_s`). That is proper for two segments as for twenty, and its intervals
cover as often as they say, which those of plugged-in estimates of :math:`τ` do not with few segments.

References
----------
Daniels, M. J. (1999). A prior for the variance in hierarchical models. *Canadian Journal of Statistics* 27, 567–578.
Christiansen, C. L., & Morris, C. N. (1997). Hierarchical Poisson regression modeling. *JASA* 92, 618–632.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from patrons.limits import LEVEL

#: Values of the shrinkage that are averaged over.
GRID = 400
DRAWS = 4000


@dataclass(frozen=True)
class Mixture:
    """What is known of one action's effects: a normal distribution for each value of the shrinkage, and its weight.

    Attributes
    ----------
    weight
        (grid), sums to 1.
    centre, centre_variance
        (grid), of μ.
    tau2
        (grid), τ².
    mean, variance
        (grid, segments), of the effects.
    y, v
        (segments), as measured.
    """

    weight: np.ndarray
    centre: np.ndarray
    centre_variance: np.ndarray
    tau2: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    y: np.ndarray
    v: np.ndarray

    def above(self, bar: float) -> np.ndarray:
        """Return the probability that each effect is above a bar."""
        return self.weight @ stats.norm.sf((bar - self.mean) / np.sqrt(self.variance))

    def quantile(self, share: float) -> np.ndarray:
        """Return the value below which each effect is with this probability."""
        return _quantile(self.weight, self.mean, self.variance, share)


def pool(y: np.ndarray, v: np.ndarray, grid: int = GRID) -> Mixture:
    """Fit the model to one action.

    Parameters
    ----------
    y, v
        (segments), effects as measured and their variances (above 0).
    grid
        Values of the shrinkage, at the middle of equal parts of 0 to 1.
    """
    base = len(v) / np.sum(1 / v)
    shrinkage = (np.arange(grid) + 0.5) / grid
    tau2 = base * (1 / shrinkage - 1)
    weight = 1 / (v + tau2[:, None])
    total = weight.sum(axis=1)
    centre = (weight * y).sum(axis=1) / total
    log = 0.5 * (np.log(weight).sum(axis=1) - np.log(total) - (weight * (y - centre[:, None]) ** 2).sum(axis=1))
    posterior = np.exp(log - log.max())
    drawn = v * weight
    return Mixture(
        weight=posterior / posterior.sum(),
        centre=centre,
        centre_variance=1 / total,
        tau2=tau2,
        mean=drawn * centre[:, None] + (1 - drawn) * y,
        variance=v * (1 - drawn) + drawn**2 / total[:, None],
        y=y,
        v=v,
    )


def pooled(table: pd.DataFrame, cost: Mapping[str, float], caution: float) -> tuple[pd.DataFrame, dict[str, Mixture]]:
    """Pool the effects of each arm over the segments it was tested on.

    Parameters
    ----------
    table
        From `strategy.cells`.
    cost
        Of each arm, per person reached: an action pays if its effect is above it.
    caution
        Which lower quantile somebody careful counts with.

    Returns
    -------
    DataFrame
        The table with `pooled`, `low`, `high` (95 %), `careful` (the lower quantile), `weight` (of the segment's own
        measurement in it, 0 to 1), `p_pays`.
    dict
        Arm → what is known of it, segments in the order of the table.
    """
    table = table.reset_index(drop=True)
    fresh = ["pooled", "low", "high", "careful", "weight", "p_pays"]
    table[fresh] = np.nan
    mixtures = {}
    for arm, rows in table.groupby("arm", sort=False, observed=True).groups.items():
        own = table.loc[rows].dropna(subset=["effect"])
        if own.empty:
            continue
        found = pool(own["effect"].to_numpy(dtype=float), own["variance"].to_numpy(dtype=float))
        tail = (1 - LEVEL) / 2
        kept = found.weight @ (found.tau2[:, None] / (found.v + found.tau2[:, None]))
        table.loc[own.index, fresh] = np.column_stack(
            [
                found.weight @ found.mean,
                found.quantile(tail),
                found.quantile(1 - tail),
                found.quantile(caution),
                kept if len(own) > 1 else np.ones(1),
                found.above(cost[str(arm)]),
            ]
        )
        mixtures[str(arm)] = found
    return table, mixtures


def averages(mixtures: Mapping[str, Mixture]) -> pd.DataFrame:
    """Return the mean effect of each arm over segments (μ): `arm`, `mean`, `low`, `high`, `spread` (mean of τ)."""
    rows = []
    for arm, found in mixtures.items():
        means, variances = found.centre[:, None], found.centre_variance[:, None]
        if len(found.y) == 1:  # one segment is the whole: how others would differ from it is not asked
            means, variances = found.mean, found.variance
        ends = [float(_quantile(found.weight, means, variances, share)[0]) for share in (0.025, 0.975)]
        spread = float(found.weight @ np.sqrt(found.tau2)) if len(found.y) > 1 else np.nan
        rows.append((arm, float(found.weight @ means[:, 0]), *ends, spread))
    return pd.DataFrame(rows, columns=["arm", "mean", "low", "high", "spread"])


def draw(
    table: pd.DataFrame, mixtures: Mapping[str, Mixture], rng: np.random.Generator, draws: int = DRAWS
) -> tuple[list[str], list[str], np.ndarray]:
    """Draw effects of all segments and arms from what is known of them.

    Arms share their control, so that their errors go together: normal deviates of different arms are drawn with the
    correlation that sharing gives, half where arms are as large as the control.

    Returns
    -------
    list of str, list of str
        Segments and arms.
    ndarray
        (draws, segments, arms), missing where not tested.
    """
    segments, arms = list(dict.fromkeys(table["segment"])), list(dict.fromkeys(table["arm"]))
    totals = table.groupby("arm", sort=False, observed=True)[["n", "n_control"]].sum().loc[arms]
    share = (totals["n"] / (totals["n"] + totals["n_control"])).to_numpy(dtype=float)
    together = np.sqrt(np.outer(share, share))
    np.fill_diagonal(together, 1.0)
    root = np.linalg.cholesky(together)
    common = rng.standard_normal((draws, len(arms))) @ root.T
    own = rng.standard_normal((draws, len(segments), len(arms))) @ root.T
    found = np.full((draws, len(segments), len(arms)), np.nan)
    for place, arm in enumerate(arms):
        if arm not in mixtures:
            continue
        known = mixtures[arm]
        names = table.loc[(table["arm"] == arm) & table["effect"].notna(), "segment"]
        rows = [segments.index(name) for name in names]
        which = rng.choice(len(known.weight), draws, p=known.weight)
        centre = known.centre[which] + np.sqrt(known.centre_variance[which]) * common[:, place]
        kept = known.tau2[which, None] / (known.v + known.tau2[which, None])
        mean = (1 - kept) * centre[:, None] + kept * known.y
        found[:, rows, place] = mean + np.sqrt(known.v * kept) * own[:, rows, place]
    return segments, arms, found


def _quantile(weight: np.ndarray, mean: np.ndarray, variance: np.ndarray, share: float) -> np.ndarray:
    deviation = np.sqrt(variance)
    low = (mean - 9 * deviation).min(axis=0)
    high = (mean + 9 * deviation).max(axis=0)

    def beyond(value: float, place: int) -> float:
        return float(weight @ stats.norm.cdf((value - mean[:, place]) / deviation[:, place])) - share

    tight = {"xtol": 1e-12, "rtol": 1e-13}
    return np.array(
        [optimize.brentq(beyond, low[place], high[place], args=(place,), **tight) for place in range(mean.shape[1])]
    )
