"""What a rule that gives each person an offer is worth, measured on people whom chance gave their offers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import policy_value
from patrons.uplift import Foretold, Trial


@dataclass(frozen=True)
class Policy:
    """A rule learned without the people it is then tried on.

    Attributes
    ----------
    name
        `uniform:<place>`, `personal:<learner>`, `segment:<trait>` or `tree`.
    given
        (n) The place of the arm that each person would get.
    """

    name: str
    given: np.ndarray


def best_offer(effects: np.ndarray) -> np.ndarray:
    """Return the arm with the largest expected outcome: the control where no offer adds anything.

    Examples
    --------
    >>> best_offer(np.array([[1.0, 2.0], [-1.0, -2.0]])).tolist()
    [2, 0]
    """
    return np.column_stack([np.zeros(len(effects)), effects]).argmax(axis=1)


def uniform(trial: Trial) -> list[Policy]:
    """Return the rules that treat everybody alike, the control first."""
    return [Policy(f"uniform:{place}", np.full(trial.n, place)) for place in range(len(trial.arms))]


def personal(found: Foretold) -> list[Policy]:
    """Return the rules of the learners: to each person the offer that is expected to add most."""
    return [Policy(f"personal:{name}", best_offer(effects)) for name, effects in found.effects.items()]


def value(trial: Trial, scores: np.ndarray, policies: list[Policy]) -> pd.DataFrame:
    r"""Value rules by weighting (IPW) and by doubly robust scores (AIPW).

    .. math:: V_{IPW} = \frac{\sum_i w_i y_i}{\sum_i w_i}, \quad w_i = \frac{1[A_i = \pi(x_i)]}{\pi_{A_i}}, \qquad
        V_{AIPW} = \frac{1}{n} \sum_i \Gamma_{i, \pi(x_i)}

    Errors are those of means over people; differences between rules are taken person by person.

    A learned rule is held against the single arm that comes out best on the very people it is tried on, and the lower
    end of that gain is the least over all single arms: a rule that beats the best beats each (intersection–union), so a
    gain is claimed too often in at most 2.5 % of tests. (The single arm that the other folds call best is no fair
    rival: where arms are nearly as good, the folds disagree, each against the people it is tried on.)

    Returns
    -------
    DataFrame
        A row per rule: `policy`, `matched` (people whom chance gave what the rule says), `treated` (share who get an
        offer), and for each of `ipw`, `aipw`, `gain_control` and `gain_uniform` (both AIPW: less everybody in control,
        less the best single arm) the estimate, `<…>_low`, `<…>_high`.

    References
    ----------
    Dudík, M., Erhan, D., Langford, J., Li, L. (2014), Doubly robust policy evaluation and optimization, Statistical
    Science 29, 485–511.
    """
    best = int(scores.mean(axis=0).argmax())
    rows = []
    for policy in policies:
        robust = policy_value.of_rule(scores, policy.given)
        row = {
            "policy": policy.name,
            "matched": int((trial.arm == policy.given).sum()),
            "treated": float((policy.given > 0).mean()),
        }
        row |= _interval("ipw", weighted(trial, policy.given))
        row |= _interval("aipw", robust)
        row |= _interval("gain_control", robust - scores[:, 0])
        row |= _interval("gain_uniform", robust - scores[:, best])
        if not policy.name.startswith("uniform:"):
            ends = [_interval("gain", robust - scores[:, place])["gain_low"] for place in range(len(trial.arms))]
            row["gain_uniform_low"] = min(ends)
        rows.append(row)
    return pd.DataFrame(rows)


def weighted(trial: Trial, given: np.ndarray) -> np.ndarray:
    """Return numbers whose mean is the weighted value of a rule and whose spread gives its error (delta method)."""
    weight = (trial.arm == given) / trial.chance[trial.arm]
    if not weight.any():
        return np.full(trial.n, np.nan)
    found = float((weight * trial.y).sum() / weight.sum())
    return found + weight * (trial.y - found) / weight.mean()


def _interval(name: str, values: np.ndarray) -> dict[str, float]:
    found = policy_value.mean(values)
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
