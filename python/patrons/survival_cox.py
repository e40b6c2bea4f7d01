"""Which customers leave sooner: Cox's model, whether its hazards are proportional, how well it tells them apart."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from patrons.errors import PatronsError
from patrons.survival import Z
from patrons.survival_covariates import Covariates, Term

#: With fewer ends than this nothing can be said.
FEWEST_ENDS = 20
#: Days of a stretch where time is grouped.
STRETCH = 30


class CannotFit(PatronsError):
    """The data cannot carry the model; the message says why and what to do."""


@dataclass(frozen=True)
class Hazards:
    """What moves the risk of ending.

    Attributes
    ----------
    data
        `days`, `ended` and a column for each term: a row for each customer, not to be published.
    terms
        The covariates.
    table
        `term`, `title`, `hazard_ratio`, `low`, `high`, `se` (of the logarithm), `p`, `p_holm` (over the covariates),
        `grouped` (the hazard ratio if days are put together).
    proportional
        `term`, `title`, `chi2`, `df`, `p`; the last row is the test of all.
    concordance
        `value` and `se`.
    set_aside
        Customers with a covariate missing.
    """

    data: pd.DataFrame
    terms: tuple[Term, ...]
    table: pd.DataFrame
    proportional: pd.DataFrame
    concordance: dict[str, float]
    set_aside: int

    @property
    def names(self) -> list[str]:
        """Columns of the covariates."""
        return [term.name for term in self.terms]

    @property
    def ends(self) -> int:
        """How many ended."""
        return int(self.data["ended"].sum())

    @property
    def worst(self) -> Term:
        """The covariate whose effect moves most with time, by its test."""
        return self.terms[int(self.proportional["p"].iloc[:-1].to_numpy().argmin())]


def fit(times: pd.DataFrame, covariates: Covariates) -> Hazards:
    r"""Fit Cox's model to those whose covariates are all known.

    .. math:: h(t \mid x) = h_0(t) \exp(\beta^\top x), \qquad \text{hazard ratio} = e^{\beta},

    by partial likelihood with Efron's treatment of ties: days are whole, and many end on the first possible one.

    Parameters
    ----------
    times
        `days`, `ended`.
    covariates
        For the same customers, in the same order; as many are kept as the ends can carry, ten for each.

    Raises
    ------
    CannotFit
        There are too few ends, no covariate is left, or one of them tells those who end from the others perfectly.

    References
    ----------
    Cox, D. R. (1972). Regression models and life-tables. *Journal of the Royal Statistical Society B*, 34, 187–220.
    Efron, B. (1977). The efficiency of Cox's likelihood function for censored data. *Journal of the American
    Statistical Association*, 72, 557–565.
    """
    columns = [term.name for term in covariates.terms]
    whole = pd.concat(
        [times[["days", "ended"]].reset_index(drop=True), covariates.frame.reset_index(drop=True)], axis=1
    )
    data = whole.dropna(subset=columns).reset_index(drop=True)
    ends = int(data["ended"].sum())
    if ends < FEWEST_ENDS or ends == 0:
        raise CannotFit(
            f"Only {ends} customers have left since then: too few to say who leaves first. Look again with more data, "
            "or with a smaller `churn_after_days` in source.yml."
        )
    if data.loc[data["ended"], "days"].nunique() < 2:
        raise CannotFit("All who have left did so on one and the same day: there is no sooner and later to compare.")
    kept = covariates.within(ends)
    if not kept.terms:
        raise CannotFit("Nothing that is known of the customers tells them apart: there is nothing to compare.")
    names = [term.name for term in kept.terms]
    data = data[["days", "ended", *names]]
    table = hazard_ratios(data, names)
    table["grouped"] = grouped(data, names)["grouped"]
    table.insert(1, "title", [term.title for term in kept.terms])
    slopes = np.log(table["hazard_ratio"].to_numpy())
    try:
        tested = proportional(data, names, slopes)
    except np.linalg.LinAlgError:
        raise CannotFit(
            "The ends are too much alike to tell how effects move with time: more data are needed."
        ) from None
    tested.insert(1, "title", [*(term.title for term in kept.terms), "All together"])
    risk = data[names].to_numpy() @ slopes
    return Hazards(data, kept.terms, table, tested, concordance(data, risk), len(whole) - len(data))


def hazard_ratios(data: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return `term`, `hazard_ratio`, `low`, `high` (Wald), `se`, `p`, `p_holm` of a Cox model.

    Parameters
    ----------
    data
        `days`, `ended`, perhaps `entry` (whole day after which somebody is followed), and the columns `names`.
    """
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.stats.multitest import multipletests

    entry = data["entry"].to_numpy(dtype=float) if "entry" in data else None
    columns = data[names].to_numpy(dtype=float)
    model = PHReg(
        data["days"].to_numpy(dtype=float), columns, data["ended"].to_numpy(dtype=float), entry=entry, ties="efron"
    )
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whether it converged is judged below
            found = model.fit(disp=0, method="newton", maxiter=100, tol=1e-12)
        slope, se = np.asarray(found.params), np.asarray(found.bse)
    except np.linalg.LinAlgError:
        slope, se = np.array([np.nan]), np.array([np.nan])
    if not (np.isfinite(slope).all() and np.isfinite(se).all() and se.max() < 50 and np.abs(slope).max() < 20):
        raise CannotFit(
            "The model has no finite solution: one of the covariates tells those who left from the others perfectly. "
            "Look again with more data."
        )
    p = 2 * stats.norm.sf(np.abs(slope / se))
    return pd.DataFrame(
        {
            "term": names,
            "hazard_ratio": np.exp(slope),
            "low": np.exp(slope - Z * se),
            "high": np.exp(slope + Z * se),
            "se": se,
            "p": p,
            "p_holm": multipletests(p, method="holm")[1],
        }
    )


def grouped(data: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    r"""Fit the same hazards to stretches of time, for which ties are no approximation.

    Whether somebody who came into a stretch ended in it follows
    :math:`\log(-\log(1 - p)) = \alpha_k + \beta^\top x`: proportional hazards in continuous time that are only
    looked at when a stretch ends. The first day with an end is a stretch of its own, the later ones have 30 days.

    Returns
    -------
    DataFrame
        `term`, `grouped` (hazard ratio; missing where the model has no finite solution).

    References
    ----------
    Prentice, R. L., & Gloeckler, L. A. (1978). Regression analysis of grouped survival data with application to breast
    cancer data. *Biometrics*, 34, 57–67.
    """
    import statsmodels.api as sm

    rows = stretches(data)
    dummies = pd.get_dummies(rows["stretch"]).to_numpy(dtype=float)
    design = np.column_stack([dummies, data[names].to_numpy(dtype=float)[rows["row"]]])
    family = sm.families.Binomial(sm.families.links.CLogLog())
    try:
        with np.errstate(all="ignore"):
            found = sm.GLM(rows["ended"].to_numpy(dtype=float), design, family=family).fit(
                tol=1e-12, tol_criterion="params", maxiter=200
            )
        slopes = np.asarray(found.params)[dummies.shape[1] :]
    except (np.linalg.LinAlgError, ValueError):
        slopes = np.full(len(names), np.nan)
    return pd.DataFrame({"term": names, "grouped": np.where(np.abs(slopes) < 20, np.exp(slopes), np.nan)})


def stretches(data: pd.DataFrame) -> pd.DataFrame:
    """Take times apart into stretches: `row` of the data, `stretch` (from 0), `ended` in it; if nobody did, it goes."""
    first = data.loc[data["ended"], "days"].min()
    last = np.maximum(np.ceil((data["days"].to_numpy(dtype=float) - first) / STRETCH), 0).astype(int)
    row = np.repeat(np.arange(len(data)), last + 1)
    stretch = np.arange(len(row)) - np.repeat(np.cumsum(last + 1) - (last + 1), last + 1)
    ended = data["ended"].to_numpy(dtype=bool)[row] & (stretch == last[row])
    table = pd.DataFrame({"row": row, "stretch": stretch, "ended": ended})
    happened = table.groupby("stretch")["ended"].transform("any")
    return table[happened].reset_index(drop=True)


def in_parts(data: pd.DataFrame, names: list[str], cut: float) -> pd.DataFrame:
    """Fit the model apart for the time up to a day and the time after it.

    Returns
    -------
    DataFrame
        `part` ("early" or "late"), then as `hazard_ratios`.
    """
    early = data.assign(ended=data["ended"] & (data["days"] <= cut), days=data["days"].clip(upper=cut))
    late = data[data["days"] > cut].assign(entry=cut)
    parts = [hazard_ratios(part, names).assign(part=name) for name, part in (("early", early), ("late", late))]
    table = pd.concat(parts, ignore_index=True)
    return table[["part", *[column for column in table if column != "part"]]]


def proportional(data: pd.DataFrame, names: list[str], slopes: np.ndarray) -> pd.DataFrame:
    r"""Test whether the effects stay the same over time: the score test of Grambsch and Therneau.

    The model is widened by :math:`\theta_j\, x_j\, g(t)` with :math:`g(t) = 1 - \hat S(t-)`, centred at its mean over
    the ends, and :math:`\theta = 0` is tested. With the Schoenfeld residuals :math:`r_k` and the variances
    :math:`V_k` of the covariates among those at risk at each end :math:`k`, the score is
    :math:`U = \sum_k g_k r_k`, and the information has the blocks :math:`\sum V_k`, :math:`\sum g_k V_k`,
    :math:`\sum g_k^2 V_k`.

    Returns
    -------
    DataFrame
        `term` (the last is "all"), `chi2`, `df`, `p`.

    References
    ----------
    Grambsch, P. M., & Therneau, T. M. (1994). Proportional hazards tests and diagnostics based on weighted residuals.
    *Biometrika*, 81, 515–526.
    """
    days, ended = data["days"].to_numpy(dtype=float), data["ended"].to_numpy(dtype=bool)
    columns = data[names].to_numpy(dtype=float)
    when, residual, variance = _schoenfeld(days, ended, columns, slopes)
    scale = _lost_before(days, ended, when)
    deaths = np.array([np.count_nonzero(ended & (days == moment)) for moment in when])
    scale = scale - np.average(scale, weights=deaths)
    score = scale @ residual
    plain, once, twice = (np.tensordot(scale**power, variance, axes=1) for power in (0, 1, 2))
    information = np.block([[plain, once], [once.T, twice]])
    size = len(names)

    def test(places: list[int]) -> float:
        rows = [*range(size), *(size + place for place in places)]
        moved = np.concatenate([np.zeros(size), score[places]])
        return float(moved @ np.linalg.solve(information[np.ix_(rows, rows)], moved))

    chi2 = [*(test([place]) for place in range(size)), test(list(range(size)))]
    df = [*[1.0] * size, float(size)]
    return pd.DataFrame({"term": [*names, "all"], "chi2": chi2, "df": df, "p": stats.chi2.sf(chi2, df)})


def concordance(data: pd.DataFrame, risk: np.ndarray) -> dict[str, float]:
    """Find in which share of the pairs that can be compared the one at higher risk left first; ties count half.

    The standard error is the infinitesimal jackknife over customers.

    Parameters
    ----------
    data
        `days`, `ended`.
    risk
        Predicted for each row.

    Returns
    -------
    dict
        `value`, `se`; missing where no pair can be compared.

    References
    ----------
    Harrell, F. E., Califf, R. M., Pryor, D. B., Lee, K. L., & Rosati, R. A. (1982). Evaluating the yield of medical
    tests. *JAMA*, 247, 2543–2546.
    """
    days, ended = data["days"].to_numpy(), data["ended"].to_numpy(dtype=bool)
    levels, rank = np.unique(np.round(risk, 12), return_inverse=True)
    wins, seen = np.zeros(len(days)), np.zeros(len(days))
    moments = np.unique(days)
    order = np.argsort(days, kind="stable")
    edges = np.searchsorted(days[order], [*moments, np.inf])
    groups = [order[start:stop] for start, stop in pairwise(edges)]
    later = np.zeros(len(levels))
    for rows in groups[::-1]:
        left, stayed = rows[ended[rows]], rows[~ended[rows]]
        later += np.bincount(rank[stayed], minlength=len(levels))
        below = np.concatenate([[0.0], np.cumsum(later)])
        wins[left] += below[rank[left]] + later[rank[left]] / 2
        seen[left] += below[-1]
        later += np.bincount(rank[left], minlength=len(levels))
    pairs = seen.sum()
    if not pairs:
        return {"value": np.nan, "se": np.nan}
    value = wins.sum() / pairs
    sooner = np.zeros(len(levels))
    for rows in groups:
        left, stayed = rows[ended[rows]], rows[~ended[rows]]
        for some in (left, stayed):
            up_to = np.cumsum(sooner)
            wins[some] += up_to[-1] - up_to[rank[some]] + sooner[rank[some]] / 2
            seen[some] += up_to[-1]
            if some is left:
                sooner = sooner + np.bincount(rank[left], minlength=len(levels))
    influence = (wins - value * seen) / pairs
    return {"value": float(value), "se": float(np.sqrt((influence**2).sum()))}


def _schoenfeld(
    days: np.ndarray, ended: np.ndarray, columns: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the days with ends, and at each the sum of residuals and of variances of the covariates at risk."""
    size = columns.shape[1]
    weight = np.exp(columns @ slopes)
    moments, place = np.unique(days, return_inverse=True)
    flat = np.concatenate(
        [np.ones((len(days), 1)), columns, (columns[:, :, None] * columns[:, None, :]).reshape(len(days), -1)], axis=1
    )
    sums, ends = (
        np.stack(
            [np.bincount(place, weights=chosen * flat[:, k], minlength=len(moments)) for k in range(flat.shape[1])]
        )
        for chosen in (weight, weight * ended)
    )
    at_risk = np.cumsum(sums[:, ::-1], axis=1)[:, ::-1]
    deaths = np.bincount(place, weights=ended.astype(float), minlength=len(moments)).astype(int)
    total = np.stack(
        [np.bincount(place, weights=ended * columns[:, k], minlength=len(moments)) for k in range(size)], axis=1
    )
    happened = np.flatnonzero(deaths)
    residual, variance = np.zeros((len(happened), size)), np.zeros((len(happened), size, size))
    for row, moment in enumerate(happened):
        # Efron: of d ends of one day, the l-th finds the d themselves at risk with weight 1 − l/d only.
        fraction = np.arange(deaths[moment]) / deaths[moment]
        left = at_risk[:, moment][:, None] - fraction * ends[:, moment][:, None]
        mean = left[1 : size + 1] / left[0]
        second = (left[size + 1 :] / left[0]).sum(axis=1).reshape(size, size)
        residual[row] = total[moment] - mean.sum(axis=1)
        variance[row] = second - mean @ mean.T
    return moments[happened], residual, variance


def _lost_before(days: np.ndarray, ended: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Return one minus the share that is there just before each of the days."""
    from patrons.survival import kaplan_meier

    curve = kaplan_meier(pd.Series(days), pd.Series(ended))
    before = np.searchsorted(curve["days"].to_numpy(), when, side="left")
    return 1 - np.concatenate([[1.0], curve["survival"].to_numpy()])[before]
