"""How well people are ranked by what an offer adds for them: Qini curves, and uplift as foretold against as found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons.experiment_tests import Z

RESAMPLES = 1000
POINTS = 100
GROUPS = 10
#: A group of people foretold alike must be as large as this for its effect to say anything.
LEAST_GROUP = 100
LEVEL_ENDS = (2.5, 97.5)


@dataclass(frozen=True)
class Qini:
    """The gain from making an offer to those who are foretold to gain most, first.

    Attributes
    ----------
    curve
        `share` of people who get the offer, `gain` per person of all, `low`, `high` (95 %, bootstrap over people).
    area
        Qini coefficient: the area between the curve and the straight line of random targeting, with its interval.
    end
        Gain per person if all get the offer.
    """

    curve: pd.DataFrame
    area: tuple[float, float, float]
    end: tuple[float, float, float]


def place_within(fold: np.ndarray, foretold: np.ndarray) -> np.ndarray:
    """Return the place of each person among those of the same fold, from near 0 (most uplift) to near 1; ties share.

    Models of different folds differ in level: only within a fold can their forecasts be compared.
    """
    ranks = pd.Series(-foretold).groupby(fold).rank(method="average").to_numpy()
    sizes = np.bincount(fold)[fold]
    return (ranks - 0.5) / sizes


def qini(
    gains: np.ndarray, place: np.ndarray, rng: np.random.Generator, least: int = 5, resamples: int = RESAMPLES
) -> Qini:
    r"""Draw the Qini curve from doubly robust gains.

    .. math:: Q(q) = \frac{1}{n} \sum_i 1[p_i \le q]\,(\Gamma_{ia} − \Gamma_{i0}), \qquad
        \text{area} = \int_0^1 \bigl(Q(q) − q\,Q(1)\bigr)\,dq

    People who are foretold alike are taken in together, a part of all of them at a time.

    Parameters
    ----------
    gains
        (n), each person's score under the offer less that under control.
    place
        (n), from `place_within`.
    rng
        For the bootstrap over people, whose places are kept.
    least
        Between two points of the curve are at least so many people.

    References
    ----------
    Radcliffe, N. J. (2007), Using control groups to target on predicted lift, Direct Marketing Analytics Journal 1,
    14–21; Sverdrup, E. et al. (2025), Qini curves for multi-armed treatment rules, JCGS 34.
    """
    order = np.argsort(place, kind="stable")
    ranked, starts = gains[order], np.flatnonzero(np.diff(place[order], prepend=-1.0) > 0)
    n = len(gains)
    grid = np.linspace(0, 1, max(2, min(POINTS, n // least)) + 1)

    def draw(weights: np.ndarray) -> tuple[np.ndarray, float]:
        people = np.concatenate([[0.0], np.cumsum(np.add.reduceat(weights, starts))]) / n
        gained = np.concatenate([[0.0], np.cumsum(np.add.reduceat(weights * ranked, starts))]) / n
        return np.interp(grid, people, gained), float(np.trapezoid(gained, people) - gained[-1] / 2)

    curve, area = draw(np.ones(n))
    curves, areas = np.empty((resamples, len(grid))), np.empty(resamples)
    for place_of in range(resamples):
        weights = np.bincount(rng.integers(n, size=n), minlength=n).astype(float)
        curves[place_of], areas[place_of] = draw(weights)
    low, high = np.percentile(curves, LEVEL_ENDS, axis=0)
    table = pd.DataFrame({"share": grid, "gain": curve, "low": low, "high": high})
    ends = np.percentile(areas, LEVEL_ENDS)
    last = table.iloc[-1]
    return Qini(
        table,
        (area, float(ends[0]), float(ends[1])),
        (float(last["gain"]), float(last["low"]), float(last["high"])),
    )


def calibration(gains: np.ndarray, foretold: np.ndarray, place: np.ndarray, most: int = GROUPS) -> pd.DataFrame:
    """Compare uplift as foretold with uplift as found, in groups of people of equal size by what was foretold.

    Returns
    -------
    DataFrame
        A row per group, most uplift first: `group`, `n`, `foretold`, `found`, `low`, `high`; empty where too few
        people, or all foretold alike.
    """
    groups = min(most, len(gains) // LEAST_GROUP)
    group = np.minimum((place * max(groups, 1)).astype(int), max(groups, 1) - 1)
    rows = []
    for number in np.unique(group):
        inside = group == number
        values = gains[inside]
        half = Z * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        rows.append((number + 1, len(values), foretold[inside].mean(), values.mean(), half))
    table = pd.DataFrame(rows, columns=["group", "n", "foretold", "found", "half"])
    if len(table) < 2:
        table = table.iloc[:0]
    return table.assign(low=table["found"] - table["half"], high=table["found"] + table["half"]).drop(columns="half")


def centred(foretold: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Take out of forecasts the mean of each fold: what is left tells the people of a fold apart."""
    return foretold - pd.Series(foretold).groupby(fold).transform("mean").to_numpy()


def slope(gains: np.ndarray, foretold: np.ndarray, fold: np.ndarray) -> dict[str, float]:
    r"""Regress uplift as found on uplift as foretold (best linear predictor).

    .. math:: \Gamma_{ia} − \Gamma_{i0} = \beta_1 + \beta_2 (\hat\tau_a(x_i) − \bar\tau_{a, k(i)}) + \varepsilon_i

    :math:`\beta_2` is 1 where differences come true as foretold, 0 where they do not come true at all. Folds are
    centred one by one: otherwise a fold with a low mean is foretold a high one, and the slope is too low.
    Errors are HC3.

    Returns
    -------
    dict
        `average`, `average_low`, `average_high`, `slope`, `slope_low`, `slope_high`, `p` (one-sided: slope above 0);
        the slope is missing where all people are foretold alike.

    References
    ----------
    Chernozhukov, V., Demirer, M., Duflo, E., Fernández-Val, I. (2025), Fisher–Schultz lecture: generic machine learning
    inference on heterogenous treatment effects in randomized experiments, Econometrica 93.
    """
    import statsmodels.api as sm

    x = centred(foretold, fold)
    names = ("average", "slope")
    # Forecasts that differ by rounding only are alike.
    told = float(np.ptp(x)) > 1e-9 * max(1.0, float(np.abs(foretold).max()))
    matrix = np.column_stack([np.ones(len(x)), x]) if told else np.ones((len(x), 1))
    model = sm.OLS(gains, matrix).fit(cov_type="HC3")
    row = dict.fromkeys([f"{name}{end}" for name in names for end in ("", "_low", "_high")] + ["p"], np.nan)
    for name, value, error in zip(names, model.params, model.bse, strict=False):
        row |= {name: value, f"{name}_low": value - Z * error, f"{name}_high": value + Z * error}
    if told:
        row["p"] = float(stats.norm.sf(model.params[1] / model.bse[1]))
    return {key: float(item) for key, item in row.items()}
