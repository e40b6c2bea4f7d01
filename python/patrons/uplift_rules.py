"""Plain rules that a manager can use: one offer for each group of a trait, or for each leaf of a small tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons.uplift import Foretold, Trial
from patrons.uplift_value import Policy

#: Numbers are split at these quantiles.
CUTS = (0.25, 0.5, 0.75)
#: No leaf of the tree holds a smaller share of the people.
LEAST_LEAF = 0.02


@dataclass(frozen=True)
class Question:
    """A question that is answered with yes or no: whether a trait is of a group, or a number above a cut."""

    trait: str
    group: str | None
    cut: float | None = None

    def ask(self, traits: pd.DataFrame) -> np.ndarray:
        """Return the answer of each person; of those of whom a number is not known, no."""
        values = traits[self.trait]
        if self.group is not None:
            return (values == self.group).to_numpy()
        return (values > self.cut).to_numpy()


@dataclass(frozen=True)
class Leaf:
    """Whom a leaf of a tree holds, and the place of the arm that they get."""

    answers: tuple[tuple[Question, bool], ...]
    arm: int

    def holds(self, traits: pd.DataFrame) -> np.ndarray:
        """Return whether the leaf holds each person."""
        inside = np.ones(len(traits), dtype=bool)
        for question, yes in self.answers:
            inside &= question.ask(traits) == yes
        return inside


def questions(traits: pd.DataFrame, groups: Sequence[str]) -> list[Question]:
    """Return all questions that can be asked of people: each group, each quartile of a number."""
    found = []
    for name in traits:
        if name in groups:
            levels = sorted(traits[name].unique())
            found += [Question(str(name), str(level)) for level in (levels if len(levels) > 2 else levels[:1])]
        else:
            cuts = np.unique(np.nanquantile(traits[name], CUTS))
            found += [Question(str(name), None, float(cut)) for cut in cuts]
    return found


def grow(traits: pd.DataFrame, groups: Sequence[str], scores: np.ndarray) -> list[Leaf]:
    r"""Find the best tree of two questions in a row, by trying all of them.

    It maximises :math:`\sum_i \Gamma_{i, \pi(x_i)}` over trees :math:`\pi` of depth two whose leaves are not too small.

    Parameters
    ----------
    traits, groups
        What is known of people, and which of the traits are groups.
    scores
        (n, arms), doubly robust.

    References
    ----------
    Athey, S., Wager, S. (2021), Policy learning with observational data, Econometrica 89, 133–161; R: policytree.
    """
    asked = questions(traits, groups)
    yes = np.column_stack([question.ask(traits) for question in asked]).astype(float)
    least, whole = LEAST_LEAF * len(traits), scores.sum(axis=0)
    best: tuple[float, list[Leaf]] = (float(whole.max()), [Leaf((), int(whole.argmax()))])
    for place, question in enumerate(asked):
        total, leaves = 0.0, []
        for answer in (True, False):
            inside = yes[:, place] == answer
            if inside.sum() < least:
                break
            gained, below = _branch(yes[inside], scores[inside], least)
            total += gained
            leaves += [
                Leaf(((question, answer), *((asked[child], told) for child, told in path)), arm) for path, arm in below
            ]
        else:
            if total > best[0] + 1e-9 * abs(best[0]):
                best = total, leaves
    return _pruned(best[1])


def _branch(yes: np.ndarray, scores: np.ndarray, least: float) -> tuple[float, list[tuple[tuple, int]]]:
    """Return the best single question of some people and the arm of either answer; no question where none helps."""
    whole = scores.sum(axis=0)
    inside = yes.T @ scores
    outside = whole - inside
    counts = yes.sum(axis=0)
    totals = inside.max(axis=1) + outside.max(axis=1)
    totals[(counts < least) | (len(yes) - counts < least)] = -np.inf
    child = int(totals.argmax())
    if totals[child] <= whole.max() + 1e-9 * abs(whole.max()):
        return float(whole.max()), [((), int(whole.argmax()))]
    arms = int(inside[child].argmax()), int(outside[child].argmax())
    return float(totals[child]), [(((child, True),), arms[0]), (((child, False),), arms[1])]


def _pruned(leaves: list[Leaf]) -> list[Leaf]:
    """Join the leaves of a first question that changes nothing."""
    return [Leaf((), leaves[0].arm)] if len({leaf.arm for leaf in leaves}) == 1 else leaves


def given(leaves: list[Leaf], traits: pd.DataFrame) -> np.ndarray:
    """Return the place of the arm that a tree gives each person."""
    found = np.zeros(len(traits), dtype=int)
    for leaf in leaves:
        found[leaf.holds(traits)] = leaf.arm
    return found


def tree(trial: Trial, found: Foretold) -> Policy:
    """Return what trees give to people who had no part in growing them."""
    chosen = np.zeros(trial.n, dtype=int)
    for one, (rows, scores) in enumerate(found.training):
        mine = found.fold == one
        chosen[mine] = given(grow(trial.traits.iloc[rows], trial.groups, scores), trial.traits[mine])
    return Policy("tree", chosen)


def by_segment(trial: Trial, found: Foretold, trait: str) -> Policy:
    """Return the rule that gives each group of a trait what is best for it among people of the other folds."""
    codes, levels = pd.factorize(trial.traits[trait], sort=True)
    chosen = np.zeros(trial.n, dtype=int)
    for one, (rows, scores) in enumerate(found.training):
        sums = np.zeros((len(levels), scores.shape[1]))
        np.add.at(sums, codes[rows], scores)
        # A group that nobody of the other folds belongs to gets what is best for all.
        seen = np.bincount(codes[rows], minlength=len(levels)) > 0
        arms = np.where(seen, sums.argmax(axis=1), scores.mean(axis=0).argmax())
        mine = found.fold == one
        chosen[mine] = arms[codes[mine]]
    return Policy(f"segment:{trait}", chosen)
