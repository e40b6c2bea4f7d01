"""Arms compared by rank: how often somebody in one arm does better than somebody in the control."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from patrons.design import Design
from patrons.experiment_moments import arm_codes, column
from patrons.experiment_tests import correct
from patrons.limits import LEVEL


def compare_ranks(frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    r"""Compare money and number outcomes of each arm with control by rank.

    The probability of superiority says how often a person drawn from the arm does better than one drawn from the
    control, ties counted half:

    .. math:: θ = P(Y_a > Y_c) + \tfrac12 P(Y_a = Y_c) = U / (n_a n_c)

    Its interval is that of Brunner and Munzel, which holds whatever the shapes of the two distributions; θ = ½ is no
    difference. Mann and Whitney's U is tested with the correction for ties and for continuity. A test of ranks says
    nothing of means: a few large buyers can turn one and leave the other.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `n_control`, `n`, `u`, `p` (Mann–Whitney), `superiority`, `low`, `high`, `statistic`,
        `df`, `p_superiority` (Brunner–Munzel), `p_holm`, `p_bh` (of `p`), `family`, `tests`; missing where all values
        are equal or an arm has nobody. Empty if there is no outcome of a fitting kind.

    References
    ----------
    Mann, H. B. and Whitney, D. R. (1947). *Annals of Mathematical Statistics* 18, 50–60. Brunner, E. and Munzel, U.
    (2000). *Biometrical Journal* 42, 17–25. R: ``wilcox.test(other, base, exact = FALSE)``.
    """
    arm, rows = arm_codes(frame, plan), []
    for outcome, kind in plan.outcomes.items():
        if kind == "binary":
            continue
        y = column(frame, outcome)
        by_arm = [y[(arm == place) & np.isfinite(y)] for place in range(len(plan.arms))]
        for name, other in zip(plan.arms[1:], by_arm[1:], strict=True):
            rows.append({"outcome": outcome, "kind": kind, "arm": name} | superiority(by_arm[0], other))
    if not rows:
        return pd.DataFrame()
    numeric = len(pd.unique(pd.Series([row["outcome"] for row in rows])))
    arms = len(plan.arms) - 1
    name = f"ranks of {numeric} outcome{'s' * (numeric > 1)} × {arms} arm{'s' * (arms > 1)}"
    return correct(pd.DataFrame(rows), family=name)


def superiority(base: np.ndarray, other: np.ndarray) -> dict[str, object]:
    """Compare two samples by rank; see `compare_ranks` for what is returned."""
    n0, n1 = len(base), len(other)
    names = ("u", "p", "superiority", "low", "high", "statistic", "df", "p_superiority")
    found: dict[str, object] = {"n_control": n0, "n": n1} | dict.fromkeys(names, np.nan)
    if not n0 or not n1:
        return found
    both = stats.rankdata(np.concatenate([base, other]))
    u = both[n0:].sum() - n1 * (n1 + 1) / 2
    theta = u / (n0 * n1)
    found |= {"u": float(u), "superiority": float(theta)}
    if both[0] == both.mean() and np.ptp(both) == 0:
        return found
    found["p"] = _mann_whitney(both, u, n0, n1)
    if min(n0, n1) < 2:
        return found
    # A person's placement is the share of the other arm that they do better than.
    placed = (both[:n0] - stats.rankdata(base)) / n1, (both[n0:] - stats.rankdata(other)) / n0
    parts = np.array([np.var(each, ddof=1) / len(each) for each in placed])
    if not parts.sum() > 0:
        return found
    error = float(np.sqrt(parts.sum()))
    df = float(parts.sum() ** 2 / (parts**2 / (np.array([n0, n1]) - 1)).sum())
    t, half = (theta - 0.5) / error, stats.t.ppf(0.5 + LEVEL / 2, df) * error
    ends = {"low": float(max(theta - half, 0.0)), "high": float(min(theta + half, 1.0))}
    return found | ends | {"statistic": float(t), "df": df, "p_superiority": float(2 * stats.t.sf(abs(t), df))}


def _mann_whitney(ranks: np.ndarray, u: float, n0: int, n1: int) -> float:
    """Two-sided p by the normal approximation, with the corrections for ties and continuity, as R takes it."""
    n = n0 + n1
    _, ties = np.unique(ranks, return_counts=True)
    spread = np.sqrt(n0 * n1 / 12 * (n + 1 - (ties.astype(float) ** 3 - ties).sum() / (n * (n - 1))))
    off = u - n0 * n1 / 2
    z = (off - np.sign(off) * 0.5) / spread
    return float(min(1.0, 2 * min(stats.norm.sf(z), stats.norm.cdf(z))))
