r"""What a rule for treating people is worth, estimated from a test in which chance did the treating (off-policy).

Each person has, for each arm, a score whose mean over people is the mean outcome if everybody had been in that arm:

.. math:: ψ_{ia} = \hat m_a(x_i) + \frac{1[A_i = a]}{π_a} \bigl(y_i − \hat m_a(x_i)\bigr),

with :math:`π_a` the share of people in the arm, known because chance decided, and :math:`\hat m_a` a linear
regression on what was known before, fitted on other people. Whatever the regression, the mean is right; the better it
is, the narrower the interval. A rule π is worth the mean of :math:`ψ_{i π(x_i)}`.

References
----------
Robins, J. M., Rotnitzky, A., & Zhao, L. P. (1994). *JASA* 89, 846–866. Dudík, M., Erhan, D., Langford, J., & Li, L.
(2014). Doubly robust policy evaluation and optimization. *Statistical Science* 29, 485–511.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from patrons.experiment_tests import Z


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, and on how many people it rests."""

    value: float
    low: float
    high: float
    n: int


def folds(arm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Part people into two halves, each arm evenly: (n), 0 or 1."""
    half = np.zeros(len(arm), dtype=np.int8)
    for which in np.unique(arm):
        rows = rng.permutation(np.flatnonzero(arm == which))
        half[rows] = np.arange(len(rows)) % 2
    return half


def scores(y: np.ndarray, arm: np.ndarray, known: np.ndarray, half: np.ndarray, arms: int) -> np.ndarray:
    """Return each person's score for each arm.

    Parameters
    ----------
    y
        (n), the outcome; of people of whom it is missing the scores are missing.
    arm
        (n), the arm of each, from 0.
    known
        (n, p), numbers from before the test, none missing; p may be 0.
    half
        (n), from `folds`: the regression for one half is fitted on the other.
    arms
        How many.

    Returns
    -------
    ndarray
        (n, arms); missing for an arm that nobody is in.
    """
    there = np.isfinite(y)
    design = np.column_stack([np.ones(len(y)), known])
    found = np.full((len(y), arms), np.nan)
    for side in (0, 1):
        mine, others = there & (half == side), there & (half != side)
        for which in range(arms):
            learn = others & (arm == which)
            share = (arm[mine] == which).mean() if mine.any() else 0.0
            if not learn.any() or not share > 0:
                continue
            beta = np.linalg.lstsq(design[learn], y[learn], rcond=None)[0]
            fitted = design[mine] @ beta
            found[mine, which] = fitted + (arm[mine] == which) / share * (y[mine] - fitted)
    return found


def of_rule(scored: np.ndarray, rule: np.ndarray) -> np.ndarray:
    """Return each person's score for the arm that a rule gives them: (n)."""
    return scored[np.arange(len(rule)), rule]


def mean(values: np.ndarray) -> Estimate:
    """Estimate a mean over people; those of whom the value is missing do not count."""
    there = values[np.isfinite(values)]
    n = len(there)
    if n < 2:
        return Estimate(np.nan, np.nan, np.nan, n)
    value, half = float(there.mean()), Z * float(there.std(ddof=1)) / np.sqrt(n)
    return Estimate(value, value - half, value + half, n)


def ratio(top: np.ndarray, bottom: np.ndarray) -> Estimate:
    """Estimate a ratio of two totals over people, with the interval of the delta method."""
    there = np.isfinite(top) & np.isfinite(bottom)
    over, under, n = top[there], bottom[there], int(there.sum())
    if n < 2 or under.mean() == 0:
        return Estimate(np.nan, np.nan, np.nan, n)
    value = float(over.mean() / under.mean())
    half = Z * float(np.std(over - value * under, ddof=1)) / (np.sqrt(n) * abs(float(under.mean())))
    return Estimate(value, value - half, value + half, n)
