r"""Which offer for whom: the best arm of each group, and how sure that choice is.

Picking the highest of many noisy means picks luck. So the groups of a division lend each other strength: the mean of
arm a in group g is

.. math:: μ_{ga} = α_g + β_a + γ_{ga}, \qquad γ_{ga} \sim N(0, τ^2), \qquad τ \sim \text{half-Cauchy}(s/10)

with flat priors for the groups' levels α and the arms' effects β, and s the standard deviation of the outcome in the
control. Where the data show no difference between groups, τ is small and every group gets the arm that is best on the
whole; where they show much, each group speaks for itself. Given τ all is normal and exact; τ runs over the quantiles of
its prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from patrons.experiment_segments import Within
from patrons.limits import LEVEL

#: Scale of the prior of τ, in standard deviations of the control.
TAU_SCALE = 0.1
QUANTILES = 101
DRAWS = 20_000


@dataclass(frozen=True)
class Choice:
    """The offer for each group.

    Attributes
    ----------
    table
        A row per `segment`, `level` and `arm` (the control among them): `n`, `mean` (as measured), `measured` (the
        difference from control, as measured), `lift` (posterior mean), `low`, `high` (the middle 95 %), `p_best` (the
        probability that no other arm has a higher mean in this group), `loss` (how much is given up, on average, by
        this arm against the best one), `chosen` (the least loss), `candidate` (among the fewest arms that hold the
        best one with 95 % probability).
    gains
        A row per `segment`: `levels`, `single` (the arm to choose if all get the same), `gain` (per person, of giving
        each group its own against giving all the single one), `low`, `high`, `tau` (posterior mean of how far groups
        differ in the effect of an arm).
    """

    table: pd.DataFrame
    gains: pd.DataFrame


def choose(within: Within, outcome: str, rng: np.random.Generator, draws: int = DRAWS) -> Choice:
    """Choose the arm with the highest mean for each group.

    Parameters
    ----------
    within
        From `experiment_segments.compare_within`; adjusted outcomes tell more.
    outcome
        What is to be high.
    rng
        Draws from the posterior, for probabilities of being best and intervals; their error is below half a per cent.
    draws
        How many.

    Returns
    -------
    Choice
        Without the divisions in which nothing varies or an arm has fewer than two people in some group.

    References
    ----------
    Gelman, A. et al. (2013). *Bayesian Data Analysis*, 3rd ed., ch. 5 (groups) and 15. Chapman & Hall.
    """
    tables, gains = [], []
    chosen = within.cells[within.cells["outcome"] == outcome] if len(within.cells) else within.cells
    for segment, cells in chosen.groupby("segment", sort=False) if len(chosen) else ():
        shape = cells["level"].nunique(), cells["arm"].nunique()
        if not (cells["n"] > 1).all() or not (cells["sd"] > 0).any():
            continue
        drawn, mean, tau = _posterior(cells, shape, rng, draws)
        tables.append(_rated(cells, shape, drawn, mean))
        best = tables[-1]["chosen"].to_numpy().reshape(shape).argmax(axis=1)
        weight = cells["n"].to_numpy().reshape(shape).sum(axis=1)
        gains.append({"segment": segment} | _gain(drawn, mean, best, weight / weight.sum(), cells) | {"tau": tau})
    columns = ["segment", "levels", "single", "gain", "low", "high", "tau"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return Choice(table, pd.DataFrame(gains, columns=columns))


def _posterior(
    cells: pd.DataFrame, shape: tuple[int, int], rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return draws (draws, groups, arms) of the cells' means, their posterior means, and that of τ."""
    groups, arms = shape
    y = cells["mean"].to_numpy(dtype=float)
    sd, n = cells["sd"].to_numpy(dtype=float), cells["n"].to_numpy(dtype=float)
    pooled = float(np.sqrt(((n - 1) * sd**2).sum() / (n - 1).sum()))
    # A cell in which all are equal, such as one where nobody bought, is not known without error: it borrows the spread.
    v = np.where(sd > 0, sd, pooled) ** 2 / n
    control = np.arange(len(y)) % arms == 0
    scale = TAU_SCALE * float(np.sqrt(((n - 1) * sd**2)[control].sum() / (n - 1)[control].sum()) or pooled)
    taus = scale * np.tan(np.pi / 2 * (np.arange(QUANTILES) + 0.5) / QUANTILES)
    x = np.hstack([np.kron(np.eye(groups), np.ones((arms, 1))), np.tile(np.eye(arms)[:, 1:], (groups, 1))])
    centre = y.mean()
    parts = [_given(tau, y - centre, v, x) for tau in taus]
    logs = np.array([part[0] for part in parts])
    weights = special.softmax(logs)
    mean = centre + sum(weight * part[1] for weight, part in zip(weights, parts, strict=True))
    counts = rng.multinomial(draws, weights)
    drawn = np.vstack(
        [
            centre + part[1] + rng.standard_normal((count, len(y))) @ part[2].T
            for count, part in zip(counts, parts, strict=True)
            if count
        ]
    )
    return drawn.reshape(-1, groups, arms), mean.reshape(groups, arms), float(weights @ taus)


def _given(tau: float, y: np.ndarray, v: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the log restricted likelihood of τ, and the mean of the cells given it with a root of their covariance."""
    w = 1 / (v + tau**2)
    information = x.T @ (w[:, None] * x)
    root = np.linalg.cholesky(information)
    fitted = x @ np.linalg.solve(information, x.T @ (w * y))
    log = 0.5 * np.log(w).sum() - np.log(np.diag(root)).sum() - 0.5 * float(w @ (y - fitted) ** 2)
    own = tau**2 * w
    # Two independent sources: what the fit does not know of the levels and effects, and each cell's own departure.
    shared = (1 - own)[:, None] * np.linalg.solve(root, x.T).T
    covariance = shared @ shared.T + np.diag(own * v)
    values, vectors = np.linalg.eigh(covariance)
    return log, own * y + (1 - own) * fitted, vectors * np.sqrt(np.maximum(values, 0.0))


def _rated(cells: pd.DataFrame, shape: tuple[int, int], drawn: np.ndarray, mean: np.ndarray) -> pd.DataFrame:
    table = cells[["segment", "level", "arm", "n", "mean"]].reset_index(drop=True)
    measured = table["mean"].to_numpy().reshape(shape)
    lifts = drawn - drawn[:, :, :1]
    low, high = np.quantile(lifts, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    top = drawn.max(axis=2, keepdims=True)
    p_best = (drawn == top).mean(axis=0)
    loss = (top - drawn).mean(axis=0)
    order = np.argsort(-p_best, axis=1, kind="stable")
    before = np.cumsum(np.take_along_axis(p_best, order, axis=1), axis=1) - np.take_along_axis(p_best, order, axis=1)
    candidate = np.zeros(shape, dtype=bool)
    np.put_along_axis(candidate, order, before < LEVEL, axis=1)
    chosen = np.arange(shape[1]) == loss.argmin(axis=1)[:, None]
    found = {"measured": measured - measured[:, :1], "lift": mean - mean[:, :1], "low": low, "high": high}
    found |= {"p_best": p_best, "loss": loss, "chosen": chosen, "candidate": candidate}
    return table.assign(**{name: values.ravel() for name, values in found.items()})


def _gain(
    drawn: np.ndarray, mean: np.ndarray, best: np.ndarray, weight: np.ndarray, cells: pd.DataFrame
) -> dict[str, object]:
    single = int((weight @ mean).argmax())
    groups = np.arange(len(best))
    gain = (drawn[:, groups, best] - drawn[:, :, single]) @ weight
    low, high = np.quantile(gain, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    exact = float((mean[groups, best] - mean[:, single]) @ weight)
    arm = str(cells["arm"].iloc[single])
    return {"levels": len(best), "single": arm, "gain": exact, "low": float(low), "high": float(high)}
