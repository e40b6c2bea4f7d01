"""What a model does to groups that the law may protect: how often it chooses them, and whether it needs them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from patrons import response_scores as scores
from patrons.intervals import wilson
from patrons.response_data import PROTECTED, Examples
from patrons.response_gains import BEST
from patrons.response_models import cross_fit, foretell, prepared

#: Groups of fewer customers are not compared.
FEWEST = 30
AGES = (30, 46, 61)


@dataclass(frozen=True)
class Fairness:
    """What becomes of groups.

    Attributes
    ----------
    used
        Protected traits that the model sees.
    loss
        What it loses in AUC without them, with its interval (DeLong) and p; None where it sees none.
    groups
        ``trait``, ``level``, ``n``, ``foretold`` and ``came`` (mean chance, share), ``low``, ``high`` (of the share,
        Wilson), ``chosen`` (share of the group among the most likely fifth), ``chosen_without`` (by the model that
        does not see the traits).
    """

    used: tuple[str, ...]
    loss: dict[str, float] | None
    groups: pd.DataFrame


def fairness(steps: Pipeline, past: Examples, present: Examples, fold: pd.Series, chance: np.ndarray) -> Fairness:
    """Fit the logistic regression again without protected traits, and compare.

    Parameters
    ----------
    steps
        The logistic regression with its settings, not fitted.
    past, present, fold
        As for the model itself.
    chance
        What it foretells.
    """
    used = tuple(name for name in PROTECTED if name in past.features)
    empty = pd.DataFrame(columns=["trait", "level", "n", "foretold", "came", "low", "high", "chosen", "chosen_without"])
    if not used or len(used) == past.features.shape[1]:
        return Fairness(used, None, empty)
    blind = Examples(past.features.drop(columns=[*used]), past.outcome)
    model = Pipeline([("prepare", prepared(blind.features)), ("model", clone(steps.named_steps["model"]))])
    other = foretell(cross_fit(model, blind, fold), present.features, fold)
    outcome = present.outcome.to_numpy()
    areas, covariance = scores.delong(outcome, np.column_stack([chance, other]))
    value = float(areas[0] - areas[1])
    error = float(np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0)))
    loss = {"auc_without": float(areas[1]), "value": value, "low": value - scores.Z * error}
    loss |= {"high": value + scores.Z * error, "p": float(2 * stats.norm.sf(abs(value) / error)) if error else 1.0}
    table = pd.DataFrame({"outcome": outcome, "chance": chance, "best": _best(chance), "other": _best(other)})
    parts = []
    for trait in used:
        levels = _levels(present.features[trait]).to_numpy()
        grouped = table.groupby(levels, sort=True)
        found = grouped.agg(
            n=("outcome", "size"), foretold=("chance", "mean"), came=("outcome", "mean"), hits=("outcome", "sum"),
            chosen=("best", "mean"), chosen_without=("other", "mean"),
        )  # fmt: skip
        found["low"], found["high"] = wilson(found["hits"], found["n"])
        found = found[found["n"] >= FEWEST].rename_axis("level").reset_index()
        parts.append(found.assign(trait=trait)[list(empty.columns)])
    return Fairness(used, loss, pd.concat(parts, ignore_index=True))


def _best(chance: np.ndarray) -> np.ndarray:
    """Mark the most likely customers, those of equal chance in their order."""
    best = np.zeros(len(chance))
    best[np.argsort(-chance, kind="stable")[: round(BEST * len(chance))]] = 1.0
    return best


def _levels(values: pd.Series) -> pd.Series:
    if values.dtype == object:
        return values
    edges = [-np.inf, *AGES, np.inf]
    names = [f"under {AGES[0]}", *(f"{low} to {high - 1}" for low, high in itertools.pairwise(AGES))]
    bands = pd.cut(values, edges, right=False, labels=[*names, f"over {AGES[-1] - 1}"])
    return bands.astype(object).where(values.notna(), np.nan)
