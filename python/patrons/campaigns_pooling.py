"""Partial pooling: rates of campaigns drawn towards those of their kind, the more the less is known of each.

The model is gamma–Poisson. Of unit i (a campaign, say), `count` y and `exposure` e are known, and

    y ~ Poisson(e λ),   λ ~ Gamma(shape a, mean m),   log m = β of its groups.

What is known of λ afterwards is Gamma(a + y, a / m + e), whose mean lies between the unit's own y / e and m. Counts
may be fractions: money divided by what one unit of chance is worth (`campaigns_returns`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.special import digamma

#: Between these lies the shape: campaigns that differ by more than e^±9 standard deviations, or hardly at all.
SHAPES = (0.05, 1e5)
#: A level with fewer units, or fewer counts, than this has no mean of its own.
FEWEST_UNITS, FEWEST_COUNTS = 3, 5.0
REFITS, EACH = 400, 10
#: How exactly the equations are solved: for the fit, and for each refit, which is uncertain anyway.
EXACT, ROUGH = 1e-12, 1e-5
OTHER = "other"


@dataclass(frozen=True)
class Pooling:
    """A fitted model.

    Attributes
    ----------
    units
        The units with `count`, `exposure`, `mean` (m, expected of their kind), `pooled` (mean of what is known
        afterwards, at the fitted parameters) and `weight` (of the unit's own rate in it, 0 to 1).
    factors
        What the means depend on; levels that are too small stand together as *other*.
    coefficients
        Natural logarithms, named: intercept and `<factor>: <level>`.
    shape
        a. The coefficient of variation between units of the same kind is 1 / √a.
    draws
        (draws, units) λ, with the parameters' own uncertainty.
    levels
        Factor → (level → (draws, 2)): mean λ of the level, and λ of a unit yet to come. Where the means depend on no
        factor, `all` → `all`.
    """

    units: pd.DataFrame
    factors: tuple[str, ...]
    coefficients: pd.Series
    shape: float
    draws: np.ndarray
    levels: dict[str, dict[str, np.ndarray]]

    @property
    def spread(self) -> float:
        """Coefficient of variation between units of the same kind."""
        return float(1 / np.sqrt(self.shape))


def pool(units: pd.DataFrame, factors: Sequence[str], rng: np.random.Generator, refits: int = REFITS) -> Pooling | None:
    """Fit the model and draw from what is known of each unit afterwards.

    The shape solves the likelihood's equation with the adjustment of Cox and Reid for the estimated means, as in
    edgeR. The parameters' uncertainty is that of a parametric bootstrap (Laird and Louis): data are drawn from the
    fitted model and fitted again, and what is known of each unit is averaged over the refits.

    Parameters
    ----------
    units
        `count` (at least 0), `exposure` (above 0) and a column of text per factor.
    factors
        The first of them that leave at least two units for each mean are used.
    rng
        For the draws.

    Returns
    -------
    Pooling or None
        None with fewer than five units or five counts.

    References
    ----------
    Laird, N. M., & Louis, T. A. (1987). Empirical Bayes confidence intervals based on bootstrap samples. *JASA* 82,
    739–750. Cox, D. R., & Reid, N. (1987). Parameter orthogonality and approximate conditional inference. *JRSS B*
    49, 1–39.
    """
    y, e = units["count"].to_numpy(dtype=float), units["exposure"].to_numpy(dtype=float)
    if len(units) < 5 or y.sum() < FEWEST_COUNTS:
        return None
    table = units.reset_index(drop=True).copy()
    kept: list[str] = []
    for name in factors:
        joined = lumped(table, name)
        tried = [*kept, name]
        size = 1 + sum(levels.nunique() - 1 for levels in (*(table[one] for one in kept), joined))
        if joined.nunique() > 1 and size * 3 <= len(table):
            table[name], kept = joined, tried
    x, names = design(table, kept)
    beta, shape = fit(y, e, x)
    mean = np.exp(x @ beta)
    table["mean"], table["pooled"] = mean, (shape + y) / (shape / mean + e)
    table["weight"] = e / (shape / mean + e)
    fitted = _refits(e, x, mean, shape, rng, refits) or [(beta, shape)]
    draws, levels = _draws(table, kept, names, fitted, rng)
    return Pooling(table, tuple(kept), pd.Series(beta, index=names), shape, draws, levels)


def lumped(table: pd.DataFrame, name: str) -> pd.Series:
    """Put levels together that are too small to have a mean of their own."""
    counts = table.groupby(name)["count"].agg(["size", "sum"])
    small = counts[(counts["size"] < FEWEST_UNITS) | (counts["sum"] < FEWEST_COUNTS)]
    if small.empty:
        return table[name]
    large = counts.drop(index=small.index).sort_values("size")
    together = list(small.index)
    if (small["size"].sum() < FEWEST_UNITS or small["sum"].sum() < FEWEST_COUNTS) and len(large):
        together.append(large.index[0])
    return table[name].where(~table[name].isin(together), OTHER)


def design(table: pd.DataFrame, factors: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Return the columns of the means: a constant, and each level against the first of its factor."""
    columns, names = [np.ones(len(table))], ["intercept"]
    for name in factors:
        for level in sorted(table[name].unique())[1:]:
            columns.append((table[name] == level).to_numpy(dtype=float))
            names.append(f"{name}: {level}")
    return np.column_stack(columns), names


def fit(y: np.ndarray, e: np.ndarray, x: np.ndarray, exact: float = EXACT) -> tuple[np.ndarray, float]:
    """Estimate coefficients and shape; the shape is at an end of `SHAPES` where the equation has no root within."""
    beta = np.linalg.lstsq(x, np.log((y + 0.5) / (e + 0.5 * e.sum() / max(y.sum(), 1))), rcond=None)[0]
    state = {"beta": beta}

    def score(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        state["beta"] = means(y, e, x, shape, state["beta"], exact)
        mu = e * np.exp(x @ state["beta"])
        own = digamma(y + shape) - digamma(shape) + np.log(shape / (shape + mu)) + 1 - (y + shape) / (shape + mu)
        weight, change = mu * shape / (shape + mu), (mu / (shape + mu)) ** 2
        information = x.T @ (x * weight[:, None])
        return float(own.sum() - 0.5 * np.trace(np.linalg.solve(information, x.T @ (x * change[:, None]))))

    low, high = np.log(SHAPES)
    if score(high) >= 0:
        chosen = float(high)
    elif score(low) <= 0:
        chosen = float(low)
    else:
        chosen = float(optimize.brentq(score, low, high, xtol=exact, rtol=max(exact, 1e-14)))
    shape = float(np.exp(chosen))
    return means(y, e, x, shape, state["beta"], exact), shape


def means(
    y: np.ndarray, e: np.ndarray, x: np.ndarray, shape: float, start: np.ndarray, exact: float = EXACT
) -> np.ndarray:
    """Estimate the coefficients at a given shape, by Fisher's scoring; a step is cut where it would overshoot."""
    beta = start
    for _ in range(100):
        mu = e * np.exp(np.clip(x @ beta, -50, 50))
        weight = mu * shape / (shape + mu)
        gradient = x.T @ ((y - mu) * shape / (shape + mu))
        step = np.linalg.solve(x.T @ (x * weight[:, None]), gradient)
        step *= min(1.0, 2.0 / max(np.abs(step).max(), 1e-300))
        beta = beta + step
        if np.abs(step).max() < exact:
            break
    return beta


def _refits(
    e: np.ndarray, x: np.ndarray, mean: np.ndarray, shape: float, rng: np.random.Generator, refits: int
) -> list[tuple[np.ndarray, float]]:
    """Fit the model to data drawn from it; draws that leave a level without counts are drawn anew."""
    found: list[tuple[np.ndarray, float]] = []
    tries = 0
    while len(found) < refits and tries < 3 * refits:
        tries += 1
        drawn = rng.poisson(e * rng.gamma(shape, mean / shape)).astype(float)
        if np.all(x[drawn > 0].any(axis=0)) and (x.shape[1] == 1 or _filled(drawn, x)):
            found.append(fit(drawn, e, x, ROUGH))
    return found


def _filled(drawn: np.ndarray, x: np.ndarray) -> bool:
    """Tell whether the columns stay independent where something was counted."""
    return bool(np.linalg.matrix_rank(x[drawn > 0]) == x.shape[1])


def _draws(
    table: pd.DataFrame,
    factors: Sequence[str],
    names: Sequence[str],
    fitted: Sequence[tuple[np.ndarray, float]],
    rng: np.random.Generator,
) -> tuple[np.ndarray, dict[str, dict[str, np.ndarray]]]:
    x, _ = design(table, factors)
    y, e = table["count"].to_numpy(), table["exposure"].to_numpy()
    grid, cells = _grid(table, factors, names)
    draws, kinds = [], []
    for beta, shape in fitted:
        mean = np.exp(x @ beta)
        draws.append(rng.gamma(shape + y, 1 / (shape / mean + e), (EACH, len(y))))
        kinds.append(np.column_stack([np.exp(grid @ beta), np.full(len(grid), shape)]))
    each = np.array(kinds)  # refits, cells, (mean, shape)
    levels: dict[str, dict[str, np.ndarray]] = {}
    if not factors:
        mean, shapes = (np.repeat(each[:, 0, place], EACH) for place in (0, 1))
        levels["all"] = {"all": np.column_stack([mean, rng.gamma(shapes, mean / shapes)])}
    for name in factors:
        levels[name] = {}
        for level in sorted(table[name].unique()):
            mean = np.repeat(each[:, (cells[name] == level).to_numpy(), 0].mean(axis=1), EACH)
            shapes = np.repeat(each[:, 0, 1], EACH)
            levels[name][str(level)] = np.column_stack([mean, rng.gamma(shapes, mean / shapes)])
    return np.concatenate(draws), levels


def _grid(table: pd.DataFrame, factors: Sequence[str], names: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Cross the levels of all factors, so that a level's mean is over evenly many of the others."""
    values = [sorted(table[name].unique()) for name in factors]
    cells = pd.MultiIndex.from_product(values, names=list(factors)).to_frame(index=False) if factors else pd.DataFrame()
    if not factors:
        return np.ones((1, 1)), cells
    columns: list[np.ndarray] = [np.ones(len(cells))]
    for name in names[1:]:
        factor, _, level = name.partition(": ")
        columns.append((cells[factor] == level).to_numpy(dtype=float))
    return np.column_stack(columns), cells
