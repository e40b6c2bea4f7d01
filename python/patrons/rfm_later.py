"""Whether scores foretell: what customers did after the moment at which they were scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from patrons.rfm import MEASURES, Scores, turned

#: What is tried as a foreteller, best known first.
FORETELLERS = ("rank_sum", "score_sum", *MEASURES)


def follow(then: Scores, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Put beside each customer's scores of then what they did afterwards.

    Parameters
    ----------
    then
        Scores as they stood at the moment.
    outcomes
        From `shop.outcomes`: who ordered since, with ``orders`` and ``revenue``.

    Returns
    -------
    DataFrame
        One row per customer of then: `segment` (as text), `returned` (bool), `spend` (0 where nothing came), and the
        foretellers, turned so that more is better.
    """
    since = outcomes.set_index("customer_id")["revenue"]
    table = then.customers
    spend = table["customer_id"].map(since)
    found = pd.DataFrame({"segment": table["segment"].astype(str), "returned": spend.notna(), "spend": spend.fillna(0)})
    found["spend"] = found["spend"].astype(float)
    for name in FORETELLERS:
        found[name] = turned(table, name)
    return found


def by_segment(followed: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    """Average what the customers of each segment did afterwards.

    Returns
    -------
    DataFrame
        `segment`, `title`, `customers`, `returned`, `rate` (`rate_low`, `rate_high`: Wilson), `spend` (mean over all of
        the segment; `spend_low`, `spend_high`: t interval), in the order of the map.
    """
    rows = []
    for name in (item for item in titles if item in set(followed["segment"])):
        mine = followed[followed["segment"] == name]
        n, returned = len(mine), int(mine["returned"].sum())
        low, high = proportion_confint(returned, n, method="wilson")
        spend = mine["spend"].to_numpy()
        half = stats.t.ppf(0.975, n - 1) * spend.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
        rows.append(
            {
                **{"segment": name, "title": titles[name], "customers": n, "returned": returned},
                **{"rate": returned / n, "rate_low": low, "rate_high": high},
                **{"spend": spend.mean(), "spend_low": spend.mean() - half, "spend_high": spend.mean() + half},
            }
        )
    columns = ["segment", "title", "customers", "returned", "rate", "rate_low", "rate_high"]
    return pd.DataFrame(rows, columns=[*columns, "spend", "spend_low", "spend_high"])


def tests(followed: pd.DataFrame) -> pd.DataFrame:
    r"""Test whether segments differ in what their customers did afterwards.

    - `returned`: Pearson's :math:`\chi^2` without correction; effect: Cramér's :math:`V = \sqrt{\chi^2 / n}`;
    - `spend`: Welch's analysis of variance over segments of at least two customers, not defined where a segment does
      not vary; effect: :math:`\omega^2 = d_1 (F - 1) / (d_1 (F - 1) + n)`;
    - `spend_ranks`: Kruskal and Wallis' :math:`H`; effect: :math:`\varepsilon^2 = H / (n - 1)`.

    Returns
    -------
    DataFrame
        `test`, `statistic`, `df`, `df_within` (Welch), `p`, `effect`; missing where a test is not defined.

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values: an alternative approach. *Biometrika*, 38, 330–336.
    """
    import pingouin

    nothing = {"statistic": np.nan, "df": np.nan, "df_within": np.nan, "p": np.nan, "effect": np.nan}
    rows = {name: dict(nothing) for name in ("returned", "spend", "spend_ranks")}
    n, groups = len(followed), followed["segment"].nunique()
    if groups > 1 and followed["returned"].nunique() > 1:
        counts = pd.crosstab(followed["segment"], followed["returned"])
        chi2, p, df, _ = stats.chi2_contingency(counts, correction=False)
        rows["returned"] |= {"statistic": chi2, "df": df, "p": p, "effect": np.sqrt(chi2 / n)}
    if groups > 1 and followed["spend"].nunique() > 1:
        found = pingouin.kruskal(followed, dv="spend", between="segment").iloc[0]
        h, p = float(found["H"]), float(found["p_unc" if "p_unc" in found else "p-unc"])
        rows["spend_ranks"] |= {"statistic": h, "df": groups - 1, "p": p, "effect": h / (n - 1)}
    several = followed[followed.groupby("segment")["spend"].transform("size") > 1]
    spreads = several.groupby("segment")["spend"].nunique()
    if len(spreads) > 1 and spreads.min() > 1:
        found = pingouin.welch_anova(several, dv="spend", between="segment").iloc[0]
        f, df, p = (float(found[key]) for key in ("F", "ddof1", "p_unc" if "p_unc" in found else "p-unc"))
        gain = df * (f - 1)
        effect = gain / (gain + len(several))
        rows["spend"] |= {"statistic": f, "df": df, "df_within": float(found["ddof2"]), "p": p, "effect": effect}
    return pd.DataFrame([{"test": name, **row} for name, row in rows.items()]).astype(dict.fromkeys(nothing, "float64"))


def foretell(followed: pd.DataFrame) -> pd.DataFrame:
    r"""Say how well each score told those who came back from those who did not.

    The area under the ROC curve is the probability that somebody who came back had the higher score than somebody who
    did not, ties counting half; its interval is that of DeLong, DeLong and Clarke-Pearson.

    Returns
    -------
    DataFrame
        `score`, `auc`, `low`, `high` (within 0 and 1), `n`; no row where all or none came back.

    References
    ----------
    DeLong, E. R., DeLong, D. M., & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. *Biometrics*, 44, 837–845.
    """
    came = followed["returned"].to_numpy(dtype=bool)
    rows = []
    if min(came.sum(), (~came).sum()) > 1:
        for name in FORETELLERS:
            auc, se = _auc(followed[name].to_numpy()[came], followed[name].to_numpy()[~came])
            half = stats.norm.ppf(0.975) * se
            low, high = max(auc - half, 0.0), min(auc + half, 1.0)
            rows.append({"score": name, "auc": auc, "low": low, "high": high, "n": len(came)})
    return pd.DataFrame(rows, columns=["score", "auc", "low", "high", "n"])


def _auc(came: np.ndarray, stayed_away: np.ndarray) -> tuple[float, float]:
    """Return the area under the ROC curve and its standard error, by ranks."""
    n, m = len(came), len(stayed_away)
    ranks = stats.rankdata(np.concatenate([came, stayed_away]))
    over = (ranks[:n] - stats.rankdata(came)) / m
    under = 1 - (ranks[n:] - stats.rankdata(stayed_away)) / n
    return float(over.mean()), float(np.sqrt(over.var(ddof=1) / n + under.var(ddof=1) / m))
