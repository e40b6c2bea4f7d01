r"""How a budget is split over segments and actions, and what one more pound of it would bring.

.. math:: \max_x \sum_{sa} r_{sa} x_{sa} \quad \text{subject to} \quad \sum_{sa} c_a x_{sa} \le b, \quad
    \sum_a x_{sa} \le n_s, \quad x_{sa} \ge 0,

with :math:`x_{sa}` the people of segment s reached with action a, :math:`r_{sa}` what one of them returns net of its
cost :math:`c_a`, and :math:`n_s` the people there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize


@dataclass(frozen=True)
class Split:
    """How a budget is spent.

    Attributes
    ----------
    reached
        (segments, arms), people.
    net
        What it returns, less what it costs.
    spent
        Of the budget.
    shadow
        What one more unit of money would add to `net`; missing for a split into whole segments.
    """

    reached: np.ndarray
    net: float
    spent: float
    shadow: float


def split(net: np.ndarray, cost: np.ndarray, people: np.ndarray, budget: float) -> Split:
    """Solve the linear programme.

    Parameters
    ----------
    net
        (segments, arms), what a person reached returns less the cost; missing: not to be used.
    cost
        (arms), per person.
    people
        (segments).
    budget
        At least 0.
    """
    segments, arms = net.shape
    usable = np.isfinite(net)
    rows = np.vstack([np.tile(cost, segments), np.kron(np.eye(segments), np.ones(arms))])
    limits = np.concatenate([[budget], people])
    bounds = [(0, None if each else 0) for each in usable.ravel()]
    found = optimize.linprog(-np.where(usable, net, 0).ravel(), rows, limits, bounds=bounds, method="highs")
    reached = np.maximum(found.x, 0).reshape(net.shape)
    return Split(reached, float(-found.fun), float((reached * cost).sum()), float(max(-found.ineqlin.marginals[0], 0)))


def whole(net: np.ndarray, cost: np.ndarray, people: np.ndarray, budget: float) -> Split:
    """Solve the same with whole segments: each gets one action for all of its people, or none (a mixed-integer one)."""
    usable = np.isfinite(net)
    gain = np.where(usable, net, 0) * people[:, None]
    bill = np.outer(people, cost)
    segments, arms = net.shape
    rows = np.vstack([bill.ravel(), np.kron(np.eye(segments), np.ones(arms))])
    found = optimize.milp(
        -gain.ravel(),
        constraints=optimize.LinearConstraint(rows, -np.inf, np.concatenate([[budget], np.ones(segments)])),
        integrality=np.ones(gain.size),
        bounds=optimize.Bounds(0, usable.ravel().astype(float)),
    )
    chosen = np.round(found.x).reshape(net.shape)
    return Split(chosen * people[:, None], float((chosen * gain).sum()), float((chosen * bill).sum()), float("nan"))


def steps(net: np.ndarray, cost: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """Return the order in which money is best spent: the solution of the linear programme for every budget at once.

    Within a segment only actions on the upper concave hull of (cost, net return) are ever used, each replacing the
    cheaper one before it; the steps of all segments are taken by return per unit of money.

    Returns
    -------
    DataFrame
        `segment`, `arm`, `instead` (places; −1: nothing), `people`, `cost`, `net` (of the whole step), `rate` (net per
        unit of money; infinite where the step costs nothing).

    References
    ----------
    Sinha, P., & Zoltners, A. A. (1979). The multiple-choice knapsack problem. *Operations Research* 27, 503–515.
    """
    rows = []
    for place in range(len(net)):
        at, spent, gained = -1, 0.0, 0.0
        while True:
            best, rate = -1, 0.0
            for arm in range(len(cost)):
                more, extra = net[place, arm] - gained, cost[arm] - spent
                if not more > 0 or extra < 0:
                    continue
                slope = np.inf if extra == 0 else more / extra
                if slope > rate or (slope == rate and more > net[place, best] - gained):
                    best, rate = arm, slope
            if best < 0:
                break
            size = people[place]
            row = {"segment": place, "arm": best, "instead": at, "people": size, "rate": rate}
            rows.append(row | {"cost": (cost[best] - spent) * size, "net": (net[place, best] - gained) * size})
            at, spent, gained = best, cost[best], net[place, best]
    columns = ["segment", "arm", "instead", "people", "cost", "net", "rate"]
    return (
        pd.DataFrame(rows, columns=columns).sort_values("rate", ascending=False, kind="stable").reset_index(drop=True)
    )


def reach(order: pd.DataFrame, shape: tuple[int, int], budget: float) -> np.ndarray:
    """Return whom the steps reach within a budget: people, by segment and arm."""
    reached, left = np.zeros(shape), budget
    for place, arm, instead, people, cost in order[["segment", "arm", "instead", "people", "cost"]].itertuples(
        index=False
    ):
        part = 1.0 if cost <= left else left / cost
        moved = part * people
        reached[int(place), int(arm)] += moved
        if instead >= 0:
            reached[int(place), int(instead)] -= moved
        left -= part * cost
        if part < 1:
            break
    return reached


def frontier(
    net: np.ndarray, cost: np.ndarray, people: np.ndarray, draws: np.ndarray, most: float, points: int = 60
) -> pd.DataFrame:
    """Return what the best plan for each budget returns, as estimated and in draws of what is known of the effects.

    The plan is that of the estimates; its band says what may come of it.

    Parameters
    ----------
    net, cost, people
        As for `split`.
    draws
        (draws, segments, arms), net returns per person.
    most
        The largest budget.
    points
        How many budgets from 0.

    Returns
    -------
    DataFrame
        `budget`, `net`, `low`, `high` (95 %).
    """
    order = steps(net, cost, people)
    usable = np.nan_to_num(net)
    drawn = np.nan_to_num(draws)
    rows = []
    for budget in np.linspace(0, most, points):
        reached = reach(order, net.shape, budget)
        low, high = np.quantile(np.einsum("dsa,sa->d", drawn, reached), [0.025, 0.975])
        rows.append((budget, float((usable * reached).sum()), low, high))
    return pd.DataFrame(rows, columns=["budget", "net", "low", "high"])
