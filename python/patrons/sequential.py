"""A test that may be looked at while it runs: intervals that hold at every look at once.

The interval of a test of fixed size holds at one look, chosen beforehand. Whoever looks every day and stops when it
leaves out zero is wrong far more often than 5 %. A confidence sequence holds at all looks together, at the price of
being wider at each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from patrons.design import Design
from patrons.experiment_adjust import adjusted_outcome, covariates
from patrons.experiment_moments import arm_codes, column
from patrons.limits import ALPHA

Order = Literal["assigned_at", "file", "shuffled"]
#: The first look: the intervals lean on the central limit theorem, which needs some people in each arm.
FIRST = 50


@dataclass(frozen=True)
class Watched:
    """A test as it would have been seen while it ran.

    Attributes
    ----------
    table
        A row per arm and look: `arm`, `n` (people of the arm and the control so far), `moment` (when the last of them
        came; missing where that is not known), `lift`, `se`; `fixed_low`, `fixed_high`, `fixed_p` (as if this were the
        only look); `low`, `high` (always valid), `p` (always valid: the least so far).
    ordered_by
        In whose order people count: ``assigned_at``; ``file``, where that is the same for all or not known;
        ``shuffled``, where the file holds one arm after the other and its order cannot be that of arrival.
    planned
        arm → number of people for which the sequence is narrowest.
    rho
        arm → the parameter of the sequence that this number implies.
    """

    table: pd.DataFrame
    ordered_by: Order
    planned: dict[str, int]
    rho: dict[str, float]


def tuning(planned: float, alpha: float = ALPHA) -> float:
    r"""Return the ρ with which the sequence is narrowest, or nearly so, at a planned number of people.

    .. math:: ρ = \sqrt{\frac{−2 \log α + \log(−2 \log α + 1)}{n}}

    References
    ----------
    Waudby-Smith et al. (2024), on the choice of ρ; see `radius`.
    """
    return float(np.sqrt((-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / planned))


def radius(se: ArrayLike, n: ArrayLike, rho: float, alpha: float = ALPHA) -> np.ndarray:
    r"""Return half the width of the asymptotic confidence sequence after n people.

    .. math:: e_n \sqrt{\frac{n ρ^2 + 1}{n ρ^2} \log \frac{n ρ^2 + 1}{α^2}}

    where :math:`e_n` is the standard error of an asymptotically linear estimate: a mean, a difference of means or of
    shares, an adjusted difference. It is the interval that the mixture sequential probability ratio test with a
    normal mixture gives (Johari et al. 2022).

    Parameters
    ----------
    se
        Standard error at each look.
    n
        People so far.
    rho
        From `tuning`; it must not depend on the outcomes.
    alpha
        Probability that the truth is ever outside.

    References
    ----------
    Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. and Ramdas, A. (2024). Time-uniform central limit theory and
    asymptotic confidence sequences. *Annals of Statistics* 52, 2613–2640.

    Examples
    --------
    >>> float(radius(1.0, 100, tuning(100)).round(3))
    3.035
    """
    spread = np.asarray(n, dtype=float) * rho**2
    return np.asarray(se) * np.sqrt((spread + 1) / spread * np.log((spread + 1) / alpha**2))


def p_value(z: ArrayLike, n: ArrayLike, rho: float) -> np.ndarray:
    r"""Return the p-value that belongs to `radius`: the smallest α whose interval leaves out zero.

    .. math:: \min\left(1, \sqrt{n ρ^2 + 1} \exp\left(−\frac{z^2 n ρ^2}{2 (n ρ^2 + 1)}\right)\right)

    References
    ----------
    Johari, R., Koomen, P., Pekelis, L. and Walsh, D. (2022). Always valid inference: continuous monitoring of A/B
    tests. *Operations Research* 70, 1806–1821.
    """
    spread = np.asarray(n, dtype=float) * rho**2
    with np.errstate(under="ignore"):
        return np.minimum(1.0, np.sqrt(spread + 1) * np.exp(-(np.asarray(z) ** 2) * spread / (2 * (spread + 1))))


def watch(
    frame: pd.DataFrame,
    plan: Design,
    outcome: str,
    adjusted: bool = False,
    looks: int = 200,
    planned: int | None = None,
) -> Watched:
    """Look at an outcome again and again while people come in.

    People count in the order of `assigned_at`; those of one moment come together, so that there is one look per
    moment, as by somebody who looks every day. Where that is the same for all, or unknown, the order of the file
    stands for it, and looks are spread evenly over the people.

    Parameters
    ----------
    frame, plan
        The test.
    outcome
        Its outcome.
    adjusted
        Whether to take out first what the covariates predict (CUPED, with coefficients from all people: they are
        found without the arms, and so cannot favour one).
    looks
        At most so many for each arm.
    planned
        People, in an arm and the control together, for whom the sequence is to be narrowest; as many as there are, if
        not given. It is a choice to be made before the test.

    Returns
    -------
    Watched
    """
    use = adjusted and plan.outcomes[outcome] != "binary" and bool(covariates(frame, plan))
    y = adjusted_outcome(frame, outcome, covariates(frame, plan)).to_numpy() if use else column(frame, outcome)
    arm = arm_codes(frame, plan)
    order, moment, ordered_by = _order(frame, arm)
    y, arm = y[order], arm[order]
    parts, sizes, rhos = [], {}, {}
    for place, name in enumerate(plan.arms[1:], start=1):
        mine = ((arm == 0) | (arm == place)) & np.isfinite(y)
        sizes[name] = int(planned or max(int(mine.sum()), 1))
        rhos[name] = tuning(sizes[name])
        when = moment[mine] if moment is not None else None
        found = _look(y[mine], arm[mine] == place, when, rhos[name], looks)
        parts.append(found.assign(arm=name)[["arm", *found.columns]])
    return Watched(pd.concat(parts, ignore_index=True), ordered_by, sizes, rhos)


def first(watched: Watched) -> pd.DataFrame:
    """Say when each arm's intervals first left out zero, and whether the fixed one took it back.

    Returns
    -------
    DataFrame
        `arm`, `looks`, `people` (at the last look), `n_fixed`, `n_always` (people at the first look whose interval left
        out zero; missing if none did), `fixed_leaves` (the fixed interval left out zero at one look and held it at a
        later one).
    """
    rows = []
    for arm, table in watched.table.groupby("arm", sort=False):
        n = table["n"].to_numpy()
        fixed = ((table["fixed_low"] > 0) | (table["fixed_high"] < 0)).to_numpy()
        always = ((table["low"] > 0) | (table["high"] < 0)).to_numpy()
        starts = [float(n[out.argmax()]) if out.any() else np.nan for out in (fixed, always)]
        back = bool(fixed.any() and not fixed[int(fixed.argmax()) :].all())
        people = int(n[-1]) if len(n) else 0
        row = {"arm": arm, "looks": len(n), "people": people, "n_fixed": starts[0], "n_always": starts[1]}
        rows.append(row | {"fixed_leaves": back})
    return pd.DataFrame(rows, columns=["arm", "looks", "people", "n_fixed", "n_always", "fixed_leaves"])


def _order(frame: pd.DataFrame, arm: np.ndarray) -> tuple[np.ndarray, np.ndarray | None, Order]:
    """Return people in the order in which they count, and the moment of each where that is known."""
    if "assigned_at" in frame and frame["assigned_at"].nunique() > 1:
        when = pd.to_datetime(frame["assigned_at"])
        order = np.argsort(when.to_numpy(), kind="stable")  # those whose moment is unknown come last
        order = order[when.notna().to_numpy()[order]]
        return order, when.to_numpy()[order], "assigned_at"
    order = np.arange(len(arm))
    counted = arm[arm >= 0]
    if len(counted) > 1:
        shares = np.bincount(counted) / len(counted)
        expected = (1 - (shares**2).sum()) * (len(counted) - 1)
        # An order of arrival mixes the arms; a file sorted by arm changes arm hardly ever.
        if (np.diff(counted) != 0).sum() < expected / 2:
            return np.random.default_rng(0).permutation(order), None, "shuffled"
    return order, None, "file"


def _look(y: np.ndarray, treated: np.ndarray, moment: np.ndarray | None, rho: float, looks: int) -> pd.DataFrame:
    n = np.column_stack([np.cumsum(~treated), np.cumsum(treated)])
    # Squares are summed around one centre, which keeps their digits.
    y = y - y.mean() if len(y) else y
    ends = np.arange(len(y))
    if moment is not None:
        ends = np.flatnonzero(np.append(moment[1:] != moment[:-1], True)) if len(y) else ends
    ends = ends[(n[ends] >= FIRST).all(axis=1)] if len(ends) else ends
    if len(ends) > looks:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, looks).round().astype(int))]
    means, errors = [], []
    for place, mine in enumerate((~treated, treated)):
        size = n[ends, place]
        mean = np.cumsum(np.where(mine, y, 0.0))[ends] / size
        squares = np.cumsum(np.where(mine, y**2, 0.0))[ends]
        means.append(mean)
        errors.append(np.maximum(squares - size * mean**2, 0.0) / (size - 1) / size)
    lift, total = means[1] - means[0], errors[0] + errors[1]
    people = n[ends].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(total > 0, np.sqrt(total), np.nan)
        z, half = lift / se, stats.norm.ppf(1 - ALPHA / 2) * se
    always = radius(se, people, rho)
    p = p_value(z, people, rho)
    return pd.DataFrame(
        {
            "n": people,
            "moment": moment[ends] if moment is not None else pd.NaT,
            **{"lift": lift, "se": se, "fixed_low": lift - half, "fixed_high": lift + half},
            "fixed_p": 2 * stats.norm.sf(np.abs(z)),
            **{"low": lift - always, "high": lift + always, "p": np.fmin.accumulate(p)},
        }
    )
