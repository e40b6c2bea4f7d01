"""What choosing the most likely customers brings: gain, lift, and profit under stated assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons.response_scores import DIGITS

DEPTHS = np.arange(0, 101) / 100
#: The share of customers of whom the answer box speaks.
BEST = 0.2


@dataclass(frozen=True)
class Contact:
    """What a contact costs and brings: assumptions, not results.

    Attributes
    ----------
    value
        What it brings if it reaches one whom it should reach and works.
    cost
        What it costs, whoever is reached.
    works
        In how many of those it works: 1 for an answer, which is itself the success.
    """

    value: float
    cost: float
    works: float = 1.0

    @property
    def threshold(self) -> float:
        """The chance above which a contact pays: cost / (value · works)."""
        return self.cost / (self.value * self.works)


@dataclass(frozen=True)
class Profit:
    """What contacting the most likely customers earns.

    Attributes
    ----------
    contact
        The assumptions.
    curve
        ``depth`` (share of customers contacted), ``profit`` (of a thousand customers), ``low``, ``high``.
    rules
        ``rule`` (threshold, recalibrated, everybody, random), ``contacted`` (share), ``profit`` of a thousand
        customers, ``low``, ``high``; ``gain`` over everybody with ``gain_low``, ``gain_high``.
    best
        The depth of the highest point of the curve, in hindsight.
    """

    contact: Contact
    curve: pd.DataFrame
    rules: pd.DataFrame
    best: float


def found_at(outcome: np.ndarray, chance: np.ndarray, weights: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Return the share of those who did it among the most likely customers.

    Ties are taken in proportion, as if drawn at random.

    Parameters
    ----------
    outcome, chance
        Length n.
    weights
        Resamples × n.
    depths
        Shares of the customers.

    Returns
    -------
    ndarray
        Resamples × depths.
    """
    chance = np.round(chance, DIGITS)
    order = np.argsort(-chance, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(chance[order]) < 0) + 1])
    drawn = weights[:, order]
    counts = np.cumsum(np.add.reduceat(drawn, starts, axis=1), axis=1)
    hits = np.cumsum(np.add.reduceat(drawn * outcome[order], starts, axis=1), axis=1)
    rows = [
        np.interp(depths, np.concatenate([[0], count / count[-1]]), np.concatenate([[0], hit / hit[-1]]))
        for count, hit in zip(counts, hits, strict=True)
    ]
    return np.array(rows)


def gains(outcome: np.ndarray, chances: Mapping[str, np.ndarray], weights: np.ndarray) -> pd.DataFrame:
    """Return how many of those who did it are among the most likely customers.

    Returns
    -------
    DataFrame
        ``model``, ``depth`` (share of customers, from the most likely), ``gain`` (share of those who did it), ``low``,
        ``high`` (bootstrap), ``lift`` (gain over depth; missing at 0).
    """
    parts = []
    for name, chance in chances.items():
        found = found_at(outcome, chance, weights, DEPTHS)
        low, high = np.quantile(found[1:], [0.025, 0.975], axis=0)
        part = pd.DataFrame({"model": name, "depth": DEPTHS, "gain": found[0], "low": low, "high": high})
        parts.append(part.assign(lift=part["gain"] / part["depth"].where(part["depth"] > 0)))
    return pd.concat(parts, ignore_index=True)


def profit(
    outcome: np.ndarray, chance: np.ndarray, recalibrated: np.ndarray, weights: np.ndarray, contact: Contact
) -> Profit:
    r"""Value the choice of the most likely customers.

    Of a thousand customers, contacting a share :math:`d` earns
    :math:`1000\,(\text{value} \cdot \text{works} \cdot \bar y\, g(d) - \text{cost} \cdot d)` with the gain
    :math:`g`. Whoever has a chance above cost / (value · works) is worth a contact, if chances come true.

    Parameters
    ----------
    outcome, chance, weights
        As in `found_at`.
    recalibrated
        Chances after recalibration, for the rule that uses them.
    contact
        The assumptions.
    """
    worth = contact.value * contact.works
    total = weights.sum(axis=1)
    mean = weights @ outcome / total
    curve = 1000 * (worth * mean[:, None] * found_at(outcome, chance, weights, DEPTHS) - contact.cost * DEPTHS)
    low, high = np.quantile(curve[1:], [0.025, 0.975], axis=0)
    chosen = {
        "threshold": (chance > contact.threshold).astype(float),
        "recalibrated": (recalibrated > contact.threshold).astype(float),
        "everybody": np.ones(len(chance)),
        "random": np.full(len(chance), (chance > contact.threshold).mean()),
    }
    each = worth * outcome - contact.cost
    earned = {rule: 1000 * (weights @ (who * each)) / total for rule, who in chosen.items()}
    rows = []
    for rule, values in earned.items():
        over = values - earned["everybody"]
        ends = np.quantile(values[1:], [0.025, 0.975]), np.quantile(over[1:], [0.025, 0.975])
        row: dict[str, object] = {"rule": rule, "contacted": float(chosen[rule].mean()), "profit": float(values[0])}
        row |= {"low": float(ends[0][0]), "high": float(ends[0][1]), "gain": float(over[0])}
        rows.append(row | {"gain_low": float(ends[1][0]), "gain_high": float(ends[1][1])})
    table = pd.DataFrame({"depth": DEPTHS, "profit": curve[0], "low": low, "high": high})
    return Profit(contact, table, pd.DataFrame(rows), float(DEPTHS[int(curve[0].argmax())]))
