"""Plans for a budget: whom to reach with what, what may come of it, and how far that hangs on the luck of the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import strategy, strategy_budget, strategy_pooling
from patrons.experiment_moments import Moments
from patrons.settings_analysis import Strategy
from patrons.strategy_budget import Split

RESAMPLES = 300


@dataclass(frozen=True)
class Budget:
    """How the money is split, three ways, and how sure that is.

    Attributes
    ----------
    segments, arms
        What the rows and columns of the splits are.
    people
        (segments).
    cost
        (arms), per person reached.
    net
        (segments, arms), what a person reached is expected to return less that; missing where not tested.
    amount
        What there is to spend.
    best, whole, careful
        By what is expected; the same with whole segments; by the lower quantile of each return (`CAUTION`).
    outcomes
        `plan` (best | whole | careful | all: everybody the action that is best for their segment, `uniform`: everybody
        the one that is best on average), `spent`, `net` with `low`, `high`, `p_pays`, `shadow`, `roi`, ….
    steps
        From `strategy_budget.steps`.
    frontier
        From `strategy_budget.frontier`.
    stability
        `segment`, `arm`, `chosen` (share of resampled tests in which it gets money), `reached` (mean share of the
        segment).
    """

    segments: list[str]
    arms: list[str]
    people: np.ndarray
    cost: np.ndarray
    net: np.ndarray
    amount: float
    best: Split
    whole: Split
    careful: Split
    outcomes: pd.DataFrame
    steps: pd.DataFrame
    frontier: pd.DataFrame
    stability: pd.DataFrame


def plan(
    effects: pd.DataFrame,
    mixtures: dict[str, strategy_pooling.Mixture],
    found: Moments,
    cost: Mapping[str, float],
    settings: Strategy,
    rng: np.random.Generator,
) -> Budget:
    """Split the budget in several ways, and say what may come of each.

    Parameters
    ----------
    effects, mixtures
        From `strategy_pooling.pooled`, in money.
    found
        From `strategy.cells`.
    cost
        Of each arm, per person reached.
    settings
        `analysis.strategy`.
    rng
        For draws and resampled tests.
    """
    segments, arms, net = strategy.net_values(effects, cost)
    _, _, careful = strategy.net_values(effects, cost, "careful")
    price = np.array([cost[arm] for arm in arms])
    people = effects.drop_duplicates("segment")["people"].to_numpy(dtype=float)
    amount = settings.budget if settings.budget is not None else people.sum() * settings.contact_cost / 2
    drawn = strategy_pooling.draw(effects, mixtures, rng)[2] - price
    plans = {
        "best": strategy_budget.split(net, price, people, amount),
        "whole": strategy_budget.whole(net, price, people, amount),
        "careful": strategy_budget.split(careful, price, people, amount),
    }
    usable = np.nan_to_num(net, nan=-np.inf)
    reached = {name: plan.reached for name, plan in plans.items()}
    reached["all"] = _one_each(usable.argmax(axis=1), usable.max(axis=1) > 0, people, len(arms))
    average = np.where(np.isfinite(net), net, 0) * people[:, None]
    everybody = np.full(len(segments), int(average.sum(axis=0).argmax()))
    reached["uniform"] = _one_each(
        everybody, np.full(len(segments), bool(average.sum(axis=0).max() > 0)), people, len(arms)
    )
    order = strategy_budget.steps(net, price, people)
    most = max(amount * 1.25, float(order["cost"].sum()) * 1.05)
    return Budget(
        segments=segments,
        arms=arms,
        people=people,
        cost=price,
        net=net,
        amount=float(amount),
        **plans,
        outcomes=pd.DataFrame(
            [
                _came(name, spread, net, drawn, price, getattr(plans.get(name), "shadow", np.nan))
                for name, spread in reached.items()
            ]
        ),
        steps=order,
        frontier=strategy_budget.frontier(net, price, people, drawn, most),
        stability=stability(effects, found, price, people, amount, rng),
    )


def _one_each(which: np.ndarray, treated: np.ndarray, people: np.ndarray, arms: int) -> np.ndarray:
    return np.eye(arms)[which] * (people * treated)[:, None]


def _came(
    name: str, reached: np.ndarray, net: np.ndarray, drawn: np.ndarray, price: np.ndarray, shadow: float
) -> dict[str, float | str]:
    """Say what a plan returns and how sure that is."""
    spent = float((reached * price).sum())
    values = np.einsum("dsa,sa->d", np.nan_to_num(drawn), reached)
    low, high = np.quantile(values, [0.025, 0.975])
    expected = float((np.nan_to_num(net) * reached).sum())
    row = {"plan": name, "people": float(reached.sum()), "spent": spent, "net": expected, "low": low, "high": high}
    row |= {"p_pays": float((values > 0).mean()), "shadow": shadow}
    ends = {"roi": expected, "roi_low": low, "roi_high": high}
    return row | {key: value / spent if spent > 0 else np.nan for key, value in ends.items()}


def stability(
    effects: pd.DataFrame,
    found: Moments,
    price: np.ndarray,
    people: np.ndarray,
    budget: float,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """Split the budget again after tests as they might have come out (a parametric bootstrap of the means of cells).

    Returns
    -------
    DataFrame
        `segment`, `arm`, `chosen` (share of the tests in which it gets money), `reached` (mean share of the segment).
    """
    segments, arms = (list(dict.fromkeys(effects[name])) for name in ("segment", "arm"))
    tested = effects.pivot(index="segment", columns="arm", values="effect").loc[segments, arms].notna().to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.nan_to_num(found.var / found.n)
    variance = error[:, 1:] + error[:, :1]
    mean = np.nan_to_num(found.mean)
    chosen, share = np.zeros(tested.shape), np.zeros(tested.shape)
    for _ in range(resamples):
        again = mean + np.sqrt(error) * rng.standard_normal(mean.shape)
        effect = again[:, 1:] - again[:, :1]
        net = np.full(tested.shape, np.nan)
        for place in range(len(arms)):
            rows = tested[:, place]
            if rows.any():
                known = strategy_pooling.pool(effect[rows, place], variance[rows, place], grid=100)
                net[rows, place] = known.weight @ known.mean - price[place]
        reached = strategy_budget.reach(strategy_budget.steps(net, price, people), tested.shape, budget)
        chosen += reached > 0
        share += reached / people[:, None]
    found_rows = [
        (segment, arm, chosen[i, j] / resamples, share[i, j] / resamples)
        for i, segment in enumerate(segments)
        for j, arm in enumerate(arms)
    ]
    return pd.DataFrame(found_rows, columns=["segment", "arm", "chosen", "reached"])
