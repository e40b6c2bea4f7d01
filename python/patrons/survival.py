"""Survival curves, their medians, and whether groups differ: Kaplan–Meier and log-rank."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

Z = float(stats.norm.ppf(0.975))
NUMBERS = ["at_risk", "events", "survival", "low", "high"]


def kaplan_meier(days: pd.Series, ended: pd.Series) -> pd.DataFrame:
    r"""Estimate which share is still there after so many days.

    .. math::
       \hat S(t) = \prod_{t_i \le t} (1 - d_i / n_i), \qquad
       \hat S(t)^{\exp(± z \hat\sigma(t) / \log \hat S(t))}, \quad
       \hat\sigma^2(t) = \sum_{t_i \le t} \frac{d_i}{n_i (n_i - d_i)}

    with :math:`d_i` ends after :math:`t_i` days among the :math:`n_i` who were there until then. The interval is that
    of :math:`\log(-\log S)`, which keeps within 0 and 1.

    Parameters
    ----------
    days, ended
        How long each was seen, and whether that was the end.

    Returns
    -------
    DataFrame
        One row per time at which somebody ended: ``days``, ``at_risk``, ``events``, ``survival``, ``se`` (Greenwood),
        ``low``, ``high`` (missing once nobody is left).

    References
    ----------
    Kaplan, E. L., & Meier, P. (1958). Nonparametric estimation from incomplete observations. *Journal of the American
    Statistical Association*, 53, 457–481. Kalbfleisch, J. D., & Prentice, R. L. (2002). *The Statistical Analysis of
    Failure Time Data*, 2nd ed., p. 18.
    """
    if not len(days) or not ended.any():
        return pd.DataFrame(columns=["days", *NUMBERS[:3], "se", *NUMBERS[3:]], dtype=float)
    from statsmodels.duration.survfunc import SurvfuncRight

    with np.errstate(invalid="ignore", divide="ignore"):
        found = SurvfuncRight(days.to_numpy(dtype=float), ended.to_numpy(dtype=float))
        survival, se = found.surv_prob, found.surv_prob_se
        power = Z * se / (survival * np.log(survival))
        low, high = survival ** np.exp(-power), survival ** np.exp(power)
    gone = survival <= 0
    return pd.DataFrame(
        {
            "days": found.surv_times,
            "at_risk": found.n_risk.astype(float),
            "events": found.n_events.astype(float),
            "survival": survival,
            "se": np.where(gone, np.nan, se),
            "low": np.where(gone, np.nan, low),
            "high": np.where(gone, np.nan, high),
        }
    )


def quantile(table: pd.DataFrame, share: float = 0.5) -> dict[str, float]:
    """Find when so many have ended, with the interval of Brookmeyer and Crowley: where the curve's limits cross.

    Where the curve rests exactly on the share, the middle of that stretch is taken, as for any median.

    Parameters
    ----------
    table
        What `kaplan_meier` returns.
    share
        The share that has ended.

    Returns
    -------
    dict
        `value`, `low`, `high`, in days; missing where the curve or its limit does not come down so far.

    References
    ----------
    Brookmeyer, R., & Crowley, J. (1982). A confidence interval for the median survival time. *Biometrics*, 38, 29–41.
    """
    days = table["days"].to_numpy(dtype=float)
    columns = {"value": "survival", "low": "low", "high": "high"}
    return {end: _crossing(days, table[column].to_numpy(dtype=float), 1 - share) for end, column in columns.items()}


def at(table: pd.DataFrame, days: np.ndarray, until: float) -> pd.DataFrame:
    """Read a curve at given days; beyond `until`, where nobody was followed, it is missing.

    Returns
    -------
    DataFrame
        `days`, `survival`, `se`, `low`, `high`.
    """
    place = np.searchsorted(table["days"].to_numpy(dtype=float), days, side="right")
    out: dict[str, np.ndarray] = {"days": np.asarray(days, dtype=float)}
    for column, start in (("survival", 1.0), ("se", 0.0), ("low", 1.0), ("high", 1.0)):
        values = np.concatenate([[start], table[column].to_numpy(dtype=float)])[place]
        out[column] = np.where(np.asarray(days) <= until, values, np.nan)
    return pd.DataFrame(out)


def at_risk(days: pd.Series, when: np.ndarray) -> np.ndarray:
    """Count who is still followed at given days: neither ended nor out of sight before."""
    ordered = np.sort(days.to_numpy(dtype=float))
    return len(ordered) - np.searchsorted(ordered, when, side="left")


def log_rank(days: pd.Series, ended: pd.Series, group: pd.Series) -> dict[str, float]:
    """Test whether groups end alike.

    Returns
    -------
    dict
        `chi2`, `df`, `p`; missing with fewer than two groups or without an end.

    References
    ----------
    Mantel, N. (1966). Evaluation of survival data and two new rank order statistics arising in its consideration.
    *Cancer Chemotherapy Reports*, 50, 163–170.
    """
    groups = group.nunique()
    if groups < 2 or not ended.any():
        return {"chi2": np.nan, "df": float(groups - 1), "p": np.nan}
    from statsmodels.duration.survfunc import survdiff

    try:
        chi2, _ = survdiff(days.to_numpy(dtype=float), ended.to_numpy(dtype=float), group.astype(str).to_numpy())
    except np.linalg.LinAlgError:
        # All ends fell on a time at which only one group was left: there is nothing to compare.
        chi2 = np.nan
    return {"chi2": float(chi2), "df": float(groups - 1), "p": float(stats.chi2.sf(chi2, groups - 1))}


def pairs(days: pd.Series, ended: pd.Series, group: pd.Series, horizon: float) -> pd.DataFrame:
    """Compare each two groups: log-rank with Holm's correction, and the difference in who is still there.

    Parameters
    ----------
    days, ended, group
        A row for each customer.
    horizon
        After how many days the shares are compared.

    Returns
    -------
    DataFrame
        `a`, `b`, `difference` (survival of a − that of b), `low`, `high` (Greenwood), `chi2`, `p`, `p_holm`.
    """
    from statsmodels.stats.multitest import multipletests

    names = list(dict.fromkeys(group.astype(str)))
    if isinstance(group.dtype, pd.CategoricalDtype):
        names = [str(name) for name in group.cat.categories if (group == name).any()]
    masks = {name: (group.astype(str) == name) for name in names}
    ends = {
        name: at(kaplan_meier(days[mask], ended[mask]), np.array([horizon]), np.inf).iloc[0]
        for name, mask in masks.items()
    }
    rows = []
    for a, b in combinations(names, 2):
        both = masks[a] | masks[b]
        tested = log_rank(days[both], ended[both], group[both].astype(str))
        apart = float(ends[a]["survival"] - ends[b]["survival"])
        half = Z * float(np.hypot(np.nan_to_num(ends[a]["se"]), np.nan_to_num(ends[b]["se"])))
        row = {"a": a, "b": b, "difference": apart, "low": apart - half, "high": apart + half}
        rows.append({**row, "chi2": tested["chi2"], "p": tested["p"]})
    table = pd.DataFrame(rows, columns=["a", "b", "difference", "low", "high", "chi2", "p"])
    known = table["p"].notna()
    table["p_holm"] = np.nan
    if known.any():
        table.loc[known, "p_holm"] = multipletests(table.loc[known, "p"], method="holm")[1]
    return table


def _crossing(days: np.ndarray, values: np.ndarray, level: float) -> float:
    """Return the first day at which a falling curve is at or below a level."""
    # Past the last value the curve is not known; a limit that is missing is known no longer.
    reached = np.flatnonzero(values <= level + 1e-12)
    if not len(reached):
        return np.nan
    first = int(reached[0])
    if abs(values[first] - level) <= 1e-12:
        below = np.flatnonzero(values < level - 1e-12)
        return float((days[first] + days[below[0]]) / 2) if len(below) else float(days[first])
    return float(days[first])
