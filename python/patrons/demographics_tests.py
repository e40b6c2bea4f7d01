"""Do groups of customers differ in what they do? Descriptions, tests of a named family, effect sizes, pairs."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pingouin as pg
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from patrons import masks
from patrons.demographics import Outcome, People
from patrons.demographics_groups import Factor

ALPHA = 0.05
#: Groups of fewer customers are shown but not tested.
FEWEST = 10
#: What stands for those of whom a factor is not known.
UNKNOWN = "not known"
OVERALL = [
    *("outcome", "factor", "kind", "test", "groups", "n", "smallest", "statistic", "df1", "df2", "p"),
    *("effect", "effect_low", "effect_high", "rank_statistic", "rank_p", "spread_statistic", "spread_p", "least"),
]
NUMBERS = ["n", "mean", "low", "high", "median"]
PAIRS = ["outcome", "factor", "kind", "a", "b", "value_a", "value_b", "change", "low", "high", "p"]


def describe(people: People, smallest: int) -> pd.DataFrame:
    """Describe each group, those of whom a factor is not known among them.

    Returns
    -------
    DataFrame
        ``outcome``, ``kind``, ``factor``, ``level``, ``n``, ``mean`` (for binary outcomes the share), ``low``, ``high``
        (95 %: t, or Wilson's for shares of customers), ``median``. Groups smaller than `smallest`, and those that would
        give them away, have neither.
    """
    rows, sizes = [], []
    for outcome in people.outcomes:
        for factor in people.factors:
            named = people.table[factor.name].astype(object).fillna(UNKNOWN)
            for level in (*factor.levels, UNKNOWN):
                values = people.table.loc[named == level, outcome.name].dropna().to_numpy(dtype=float)
                if not len(values):
                    continue
                row = {"outcome": outcome.name, "kind": outcome.kind, "factor": factor.name, "level": level}
                blank = dict.fromkeys(NUMBERS, math.nan)
                rows.append(row | (blank if len(values) < smallest else _described(values, outcome.kind)))
                sizes.append(len(values))
    found = pd.DataFrame(rows)
    if rows:
        found.loc[masks.within(found.assign(n=sizes), ["outcome", "factor"], "n", smallest), NUMBERS] = math.nan
    return found


def _described(values: np.ndarray, kind: str) -> dict[str, float]:
    n, mean = len(values), float(values.mean())
    if kind == "binary":
        low, high = proportion_confint(int(values.sum()), n, method="wilson")
    else:
        half = float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan
        low, high = mean - half, mean + half
    return {"n": n, "mean": mean, "low": float(low), "high": float(high), "median": float(np.median(values))}


def testable(people: People, factor: Factor, outcome: Outcome) -> pd.DataFrame:
    """Return ``group`` and ``value`` of the customers who can be tested: both known, in a group large enough."""
    frame = people.table[[factor.name, outcome.name]].dropna()
    frame = frame.set_axis(["group", "value"], axis=1).astype({"value": float})
    counts = frame["group"].value_counts()
    frame = frame[frame["group"].map(counts).astype(int) >= FEWEST]
    return frame.assign(group=frame["group"].cat.remove_unused_categories()).reset_index(drop=True)


def compare(people: People) -> pd.DataFrame:
    r"""Test every outcome by every factor.

    Amounts, counts and shares of orders by Welch's analysis of variance (primary; ranks by Kruskal and Wallis beside
    it), yes-or-no outcomes by Pearson's :math:`\chi^2`, or by Fisher's exact test where two groups are compared and
    fewer than five are expected anywhere. What cannot be tested (one group left, no spread in a group, or too few
    expected by Cochran's rule) is no row and does not count.

    Returns
    -------
    DataFrame
        A row per test: `OVERALL` and ``p_holm`` over all rows. ``effect`` is :math:`\omega^2` or Cramér's V, with a
        95 % interval from the noncentral distribution. ``smallest`` is the size of the smallest group, ``least`` the
        least expected count.

    References
    ----------
    Welch, B. L. (1951). *Biometrika* 38, 330–336. Steiger, J. H. (2004). *Psychological Methods* 9(2), 164–182: the
    intervals. Holm, S. (1979). *Scandinavian Journal of Statistics* 6(2), 65–70.
    """
    rows = []
    for outcome in people.outcomes:
        for factor in people.factors:
            frame = testable(people, factor, outcome)
            found = _shares(frame) if outcome.kind == "binary" else _means(frame)
            if found:
                sizes = frame["group"].value_counts()
                known = {"groups": len(sizes), "n": len(frame), "smallest": int(sizes.min())}
                rows.append({"outcome": outcome.name, "factor": factor.name, "kind": outcome.kind, **known, **found})
    table = pd.DataFrame(rows, columns=OVERALL)
    table["p_holm"] = multipletests(table["p"], method="holm")[1] if len(table) else pd.Series(dtype=float)
    return table


def _means(frame: pd.DataFrame) -> dict[str, object]:
    grouped = frame.groupby("group", observed=True)["value"]
    if grouped.ngroups < 2 or not (grouped.var() > 0).all():
        return {}
    welch = pg.welch_anova(frame, dv="value", between="group").iloc[0]
    ranks = pg.kruskal(frame, dv="value", between="group").iloc[0]
    spread = stats.levene(*(values for _, values in grouped), center="median")
    k, n = grouped.ngroups, len(frame)
    plain = stats.f_oneway(*(values for _, values in grouped)).statistic
    low, high = noncentral(plain, lambda ncp: float(stats.ncf.cdf(plain, k - 1, n - k, ncp)))
    return {
        **{"test": "Welch", "statistic": float(welch["F"]), "df1": float(welch["ddof1"]), "df2": float(welch["ddof2"])},
        **{"p": float(welch["p_unc"]), "effect": omega_squared(float(plain), k, n)},
        **{"effect_low": low / (low + n), "effect_high": high / (high + n)},
        **{"rank_statistic": float(ranks["H"]), "rank_p": float(ranks["p_unc"])},
        **{"spread_statistic": float(spread.statistic), "spread_p": float(spread.pvalue)},
    }


def _shares(frame: pd.DataFrame) -> dict[str, object]:
    counts = pd.crosstab(frame["group"], frame["value"]).to_numpy()
    if min(counts.shape) < 2:
        return {}
    found = stats.chi2_contingency(counts, correction=False)
    least, n = float(found.expected_freq.min()), int(counts.sum())
    df, statistic = float(found.dof), float(found.statistic)
    exact = least < 5 and counts.shape == (2, 2)
    if not exact and (least < 1 or (found.expected_freq < 5).mean() > 0.2):
        return {}
    low, high = noncentral(statistic, lambda ncp: float(stats.ncx2.cdf(statistic, df, ncp)))
    return {
        **{"test": "Fisher" if exact else "χ²", "statistic": statistic, "df1": df, "least": least},
        "p": float(stats.fisher_exact(counts).pvalue) if exact else float(found.pvalue),
        "effect": math.sqrt(statistic / n),
        "effect_low": math.sqrt(low / n),
        "effect_high": min(1.0, math.sqrt(high / n)),
    }


def omega_squared(statistic: float, groups: int, n: int) -> float:
    r"""Return the share of the variance that groups explain, from the classic F (not Welch's, which weighs groups).

    :math:`\omega^2 = (F - 1)(k - 1) / ((F - 1)(k - 1) + n)`, at least 0.

    Examples
    --------
    >>> omega_squared(1.0, 3, 100), omega_squared(11.0, 3, 80)
    (0.0, 0.2)
    """
    between = (statistic - 1) * (groups - 1)
    return max(0.0, between / (between + n))


def noncentral(statistic: float, cdf: Callable[[float], float]) -> tuple[float, float]:
    """Return the noncentralities under which the statistic lies at its 97.5 % and at its 2.5 % quantile.

    Parameters
    ----------
    statistic
        As observed.
    cdf
        Noncentrality → probability of a statistic no larger than it.
    """

    def solve(probability: float) -> float:
        if cdf(1e-12) <= probability:
            return 0.0
        top = max(10.0, 4 * statistic)
        while cdf(top) > probability:
            top *= 2
        return float(optimize.brentq(lambda ncp: cdf(ncp) - probability, 1e-12, top, xtol=1e-12, rtol=1e-14))

    return solve(0.975), solve(0.025)


def pairs(people: People, overall: pd.DataFrame) -> pd.DataFrame:
    """Compare the groups of each factor two by two, where the overall test holds after Holm's correction.

    Means by Welch's t test (their difference), shares by the pooled z test (their ratio, with the interval of the delta
    method on the log scale); Holm's correction over the pairs of a factor. Each interval is on its own.

    Returns
    -------
    DataFrame
        `PAIRS`; ``change`` is a − b for means and a / b for shares, ``p`` is corrected.
    """
    rows: list[dict[str, object]] = []
    for test in overall.loc[overall["p_holm"] < ALPHA].to_dict("records"):
        factor = next(item for item in people.factors if item.name == test["factor"])
        outcome = next(item for item in people.outcomes if item.name == test["outcome"])
        frame = testable(people, factor, outcome)
        known = {key: test[key] for key in ("outcome", "factor", "kind")}
        found = _ratios(frame) if outcome.kind == "binary" else _differences(frame)
        rows += [known | row for row in _corrected(found)]
    return pd.DataFrame(rows, columns=PAIRS)


def _differences(frame: pd.DataFrame) -> list[dict[str, object]]:
    values = {str(level): group.to_numpy() for level, group in frame.groupby("group", observed=True)["value"]}
    rows: list[dict[str, object]] = []
    for a, b in combinations(values, 2):
        found = stats.ttest_ind(values[a], values[b], equal_var=False)
        low, high = found.confidence_interval(1 - ALPHA)
        means = float(values[a].mean()), float(values[b].mean())
        known = {"a": a, "b": b, "value_a": means[0], "value_b": means[1], "change": means[0] - means[1]}
        rows.append(known | {"low": float(low), "high": float(high), "p": float(found.pvalue)})
    return rows


def _ratios(frame: pd.DataFrame) -> list[dict[str, object]]:
    grouped = frame.groupby("group", observed=True)["value"].agg(["sum", "count"])
    rows: list[dict[str, object]] = []
    for a, b in combinations(grouped.index, 2):
        yes, n = (grouped.loc[[a, b], key].to_numpy(dtype=float) for key in ("sum", "count"))
        share = yes / n
        pooled = yes.sum() / n.sum()
        spread = math.sqrt(pooled * (1 - pooled) * (1 / n).sum())
        z = float(share[0] - share[1]) / spread if spread else math.nan
        ratio, low, high = risk_ratio(yes, n)
        values = {"a": str(a), "b": str(b), "value_a": share[0], "value_b": share[1]}
        rows.append(values | {"change": ratio, "low": low, "high": high, "p": 2 * float(stats.norm.sf(abs(z)))})
    return rows


def _corrected(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Correct the p-values of some tests by Holm's method."""
    corrected = multipletests([row["p"] for row in rows], method="holm")[1]
    return [row | {"p": float(p)} for row, p in zip(rows, corrected, strict=True)]


def risk_ratio(yes: np.ndarray, n: np.ndarray) -> tuple[float, float, float]:
    """Return the ratio of two shares with its 95 % interval (delta method on the log scale).

    Parameters
    ----------
    yes, n
        Of the two groups.

    Examples
    --------
    >>> [round(value, 3) for value in risk_ratio(np.array([30, 15]), np.array([100, 100]))]
    [2.0, 1.15, 3.479]
    """
    if not (yes > 0).all():
        return math.nan, math.nan, math.nan
    share = yes / n
    error = math.sqrt(float((1 / yes - 1 / n).sum()))
    value, reach = math.log(share[0] / share[1]), float(stats.norm.ppf(0.975)) * error
    return math.exp(value), math.exp(value - reach), math.exp(value + reach)
