"""How small an effect a test can see, and how many people it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize
from statsmodels.stats.power import TTestIndPower, tt_ind_solve_power
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

from patrons.limits import ALPHA

#: A test is planned so that it finds what it looks for in four of five cases.
POWER = 0.8


def people_for_shares(base: float, other: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Return how many people each arm needs for the z test to tell two shares apart.

    Returns
    -------
    float
        Not rounded; missing where the shares are equal or outside of 0 to 1.

    References
    ----------
    Fleiss, J. L. et al. (2003). *Statistical Methods for Rates and Proportions*, 3rd ed., ch. 4. Wiley.
    R: ``power.prop.test(p1 = .05, p2 = .06, power = .8)`` gives 8157.731.

    Examples
    --------
    >>> round(people_for_shares(0.05, 0.06), 3)
    8157.731
    """
    if not (0 <= base <= 1 and 0 <= other <= 1) or base == other:
        return np.nan
    return float(samplesize_proportions_2indep_onetail(abs(other - base), min(base, other), power, alpha=alpha))


def people_for_means(difference: float, sd: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Return how many people each arm needs for the t test to see a difference of means.

    References
    ----------
    Cohen, J. (1988). *Statistical Power Analysis for the Behavioral Sciences*, 2nd ed., ch. 2.
    R: ``power.t.test(delta, sd, power)``.

    Examples
    --------
    >>> round(people_for_means(1, 2), 4)
    63.7656
    """
    if not (np.isfinite(difference) and difference and sd > 0):
        return np.nan
    size = abs(difference) / sd
    if size > 6:  # fewer than three people would do; there the equation has no stable root
        return 2.0
    return float(np.squeeze(tt_ind_solve_power(effect_size=size, alpha=alpha, power=power)))


def achieved(
    effects: pd.DataFrame,
    targets: Mapping[tuple[str, str], float] | None = None,
    r2: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Say what a test of this size, with this spread, can see.

    The power is that for an effect named beforehand (the planted one, or what would pay), never for the observed one:
    that would only say the p-value again. The spread is the observed one.

    Parameters
    ----------
    effects
        From `experiment.compare`.
    targets
        (outcome, arm) → a difference from control that one would want to see.
    r2
        outcome → share of its variance that covariates explain (from `experiment.adjust`): the same with CUPED.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `n_control`, `n`, `mean_control`, `sd` (of both arms, pooled by their errors),
        `detectable` (smallest difference seen in four of five tests), `detectable_pct`, `target`, `power`, `needed`
        (people per arm who would see the target); `adjusted_detectable`, `adjusted_power`, `adjusted_needed`: with
        the variance that CUPED leaves; missing where it does not apply.
    """
    rows = []
    for row in effects.to_dict("records"):
        target = (targets or {}).get((row["outcome"], row["arm"]), np.nan)
        explained = (r2 or {}).get(row["outcome"], np.nan)
        explained = explained if row["kind"] != "binary" and 0 <= explained < 1 else np.nan
        plain, sharper = _seen(row, target, 0.0), _seen(row, target, explained)
        base = row["mean_control"]
        rows.append(
            {name: row[name] for name in ("outcome", "kind", "arm", "n_control", "n", "mean_control")}
            | {"sd": _sd(row, 0.0), "detectable": plain["detectable"]}
            | {"detectable_pct": plain["detectable"] / base if base > 0 else np.nan}
            | {"target": target, "power": plain["power"], "needed": plain["needed"]}
            | {f"adjusted_{name}": sharper[name] for name in ("detectable", "power", "needed")}
        )
    return pd.DataFrame(rows)


def curve(row: Mapping[Any, Any] | pd.Series, points: int = 81, explained: float = 0.0) -> pd.DataFrame:
    """Return the power of one comparison for effects from none to twice the smallest detectable one.

    Parameters
    ----------
    row
        A row of `experiment.compare`.
    points
        How many effects.
    explained
        Share of variance that CUPED takes out.

    Returns
    -------
    DataFrame
        `lift`, `lift_pct`, `power`; empty where the spread is not known.
    """
    detectable = smallest_detectable(row, explained=0.0)
    if not np.isfinite(detectable):
        return pd.DataFrame({"lift": [], "lift_pct": [], "power": []})
    lift = np.linspace(0, 2 * detectable, points)
    base = float(row["mean_control"])
    if row["kind"] == "binary":
        lift = lift[base + lift <= 1]
    power = [power_for(row, each, explained) for each in lift]
    return pd.DataFrame({"lift": lift, "lift_pct": lift / base if base > 0 else np.nan, "power": power})


def power_for(row: Mapping[Any, Any] | pd.Series, lift: float, explained: float = 0.0) -> float:
    """Return the probability that a comparison of these sizes and spreads finds a difference of `lift`.

    Parameters
    ----------
    row
        `kind`, `n_control`, `n`, `mean_control`, `sd_control`, `sd`, as in a row of `experiment.compare`.
    lift
        The difference, arm − control.
    explained
        Share of variance that CUPED takes out; ignored for shares.

    References
    ----------
    R: ``pwr::pwr.t2n.test(n1, n2, d)`` with d = lift / sd; for shares ``power.prop.test``, where the arms are equal.
    """
    n0, n1 = float(row["n_control"]), float(row["n"])
    if not (np.isfinite(lift) and n0 > 1 and n1 > 1):
        return np.nan
    if row["kind"] == "binary":
        base = float(row["mean_control"])
        if not (0 <= base <= 1 and 0 <= base + lift <= 1) or (base in (0.0, 1.0) and lift == 0):
            return np.nan
        if lift == 0:
            return ALPHA
        return float(power_proportions_2indep(lift, base, n1, ratio=n0 / n1, alpha=ALPHA, return_results=False))
    sd = _sd(row, explained)
    if not sd > 0:
        return np.nan
    size = abs(lift) / sd
    if size * np.sqrt(n0 * n1 / (n0 + n1)) > 30:  # beyond this the noncentral t is a one with rounding errors
        return 1.0
    return float(np.squeeze(TTestIndPower().power(size, n1, ALPHA, ratio=n0 / n1)))


def smallest_detectable(row: Mapping[Any, Any] | pd.Series, power: float = POWER, explained: float = 0.0) -> float:
    """Return the smallest difference above zero that a comparison of these sizes finds with this probability."""
    if np.isnan(power_for(row, 0.0, explained)):
        return np.nan
    if row["kind"] == "binary":
        top = 1 - float(row["mean_control"])
        if not top > 0 or not power_for(row, top * (1 - 1e-9), explained) > power:
            return np.nan
        top *= 1 - 1e-9
    else:
        n0, n1 = float(row["n_control"]), float(row["n"])
        top = 8 * _sd(row, explained) * np.sqrt(1 / n0 + 1 / n1)
        while power_for(row, top, explained) < power:
            top *= 4
    return float(optimize.brentq(lambda lift: power_for(row, lift, explained) - power, 1e-12 * top, top, xtol=1e-12))


def _seen(row: Mapping[Any, Any], target: float, explained: float) -> dict[str, float]:
    if np.isnan(explained):
        return dict.fromkeys(("detectable", "power", "needed"), np.nan)
    if row["kind"] == "binary":
        needed = people_for_shares(row["mean_control"], row["mean_control"] + target)
    else:
        needed = people_for_means(target, _sd(row, explained))
    found = {"detectable": smallest_detectable(row, explained=explained)}
    return found | {"power": power_for(row, target, explained), "needed": needed}


def _sd(row: Mapping[Any, Any] | pd.Series, explained: float) -> float:
    """Return the spread that both arms would share if their difference were as uncertain as it is."""
    n0, n1 = float(row["n_control"]), float(row["n"])
    if min(n0, n1) < 2:
        return np.nan
    error = float(row["sd_control"]) ** 2 / n0 + float(row["sd"]) ** 2 / n1
    return float(np.sqrt((1 - explained) * error / (1 / n0 + 1 / n1)))
