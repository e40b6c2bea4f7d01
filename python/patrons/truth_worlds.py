"""Over many simulated worlds, how often the 95 % interval of each planted effect holds its truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons import world_check
from patrons.experiment_tests import Z
from patrons.limits import ALPHA
from patrons.truth_effects import together
from patrons.world_draw import Parameters

SIZE = {"customers": 2_000, "orders": 10_000}


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold what was planted.

    Attributes
    ----------
    effects
        A row per effect: `effect`, `worlds`, `holds` (in how many of them its interval holds the truth), `share`,
        `distance` (mean of estimate − truth, in standard errors), `outside` (whether `holds` lies outside the band).
    low, high
        Band for `holds`, such that those of all effects lie in it 95 times of 100.
    share, share_low, share_high
        Of all intervals that hold, with its 95 % interval over worlds: intervals of one world are not independent.
    misses
        For each world how many intervals miss.
    together
        Worlds in which all intervals hold that are made to hold at once.
    """

    effects: pd.DataFrame
    low: int
    high: int
    share: float
    share_low: float
    share_high: float
    misses: np.ndarray
    together: int

    @property
    def worlds(self) -> int:
        """How many worlds were drawn."""
        return len(self.misses)


def distances(seeds: Iterable[int]) -> pd.DataFrame:
    """Draw a world for each seed and return how far estimates lie from the truth, in standard errors.

    Returns
    -------
    DataFrame
        A row per world, a column per effect.
    """
    rows = []
    for seed in seeds:
        found = world_check.estimate(world_check.draw(Parameters(**SIZE, seed=seed))).set_index("effect")
        rows.append((found["estimate"] - found["truth"]) / found["error"])
    return pd.DataFrame(rows).reset_index(drop=True)


def cover(apart: pd.DataFrame) -> Coverage:
    """Count how often the intervals hold the truth.

    Parameters
    ----------
    apart
        From `distances`.
    """
    worlds, size = apart.shape
    held = apart.abs() < Z
    low, high = band(worlds, 1 - ALPHA, size)
    holds = held.sum()
    effects = pd.DataFrame(
        {"effect": apart.columns, "worlds": worlds, "holds": holds.to_numpy(), "share": holds.to_numpy() / worlds}
    )
    effects["distance"] = apart.mean().to_numpy()
    effects["outside"] = ~effects["holds"].between(low, high)
    shares = held.mean(axis=1).to_numpy()
    half = float(stats.t.ppf(0.975, worlds - 1) * shares.std(ddof=1) / np.sqrt(worlds)) if worlds > 1 else np.nan
    share = float(shares.mean())
    return Coverage(
        *(effects, low, high, share, share - half, share + half),
        misses=(~held).sum(axis=1).to_numpy(),
        together=int((apart.abs() < together(size)).all(axis=1).sum()),
    )


def band(trials: int, share: float, counts: int = 1, sure: float = 1 - ALPHA) -> tuple[int, int]:
    """Return the band in which so many binomial counts lie all at once, if each has the share that it should (Šidák).

    Examples
    --------
    >>> band(100, 0.95)
    (90, 99)
    """
    low, high = stats.binom.interval(sure ** (1 / counts), trials, share)
    return int(low), int(high)
