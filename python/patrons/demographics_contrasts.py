"""Comparisons named before the data are seen: who should spend more, and who should answer more."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons.demographics import People

#: Ages and incomes that are compared with all others.
AGE, INCOME = (30, 45), 60_000
#: How gender is written, in the first word.
WOMEN = frozenset({"f", "female", "females", "w", "woman", "women"})
MEN = frozenset({"m", "male", "males", "man", "men"})
#: A comparison needs so many customers on either side.
FEWEST = 20
COLUMNS = ["fact", "group", "rest", "outcome", "n", "n_rest", "mean", "mean_rest", "ratio", "low", "high", "p"]


@dataclass(frozen=True)
class Contrast:
    """One comparison.

    Attributes
    ----------
    fact
        What its ratio is called among the facts.
    group, rest
        Who is compared with whom, in words.
    outcome
        Column.
    inside, outside
        Which customers belong to either side.
    """

    fact: str
    group: str
    rest: str
    outcome: str
    inside: pd.Series
    outside: pd.Series


def named(people: People) -> list[Contrast]:
    """Return the comparisons that the source allows."""
    table, found = people.table, []
    if "revenue" in table and "age" in table:
        inside, known = table["age"].between(*AGE), table["age"].notna()
        words = (f"Aged {AGE[0]} to {AGE[1]}", "all other ages")
        found.append(Contrast("demographics.age_30_to_45.spend_ratio", *words, "revenue", inside, known & ~inside))
    if "revenue" in table and "income" in table:
        inside, known = table["income"] > INCOME, table["income"].notna()
        words = (f"Income over {INCOME:,}", "lower incomes")
        found.append(Contrast("demographics.income_over_60k.spend_ratio", *words, "revenue", inside, known & ~inside))
    if "answered" in table and "gender_group" in table:
        first = table["gender_group"].astype(object).map(lambda item: str(item).lower().split(" ")[0])
        sides = first.isin(WOMEN), first.isin(MEN)
        found.append(Contrast("response.last.women_to_men", "Women", "men", "answered", *sides))
    return found


def compare(people: People) -> pd.DataFrame:
    r"""Compare the sides of each named comparison by the ratio of their means.

    The interval is that of the delta method on the log scale, :math:`\log r \pm 1.96 \sqrt{s_1^2/(n_1 \bar x_1^2) +
    s_0^2/(n_0 \bar x_0^2)}`, with variances that divide by n; the test belongs to it.

    Returns
    -------
    DataFrame
        `COLUMNS`; a comparison with fewer than `FEWEST` customers on one side, or nothing at all there, is no row.
    """
    rows = []
    for item in named(people):
        sides = [people.table.loc[chosen, item.outcome].dropna().to_numpy(dtype=float) for chosen in sides_of(item)]
        if min(map(len, sides)) < FEWEST or min(values.mean() for values in sides) <= 0:
            continue
        rows.append(
            {"fact": item.fact, "group": item.group, "rest": item.rest, "outcome": item.outcome, **ratio(*sides)}
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def sides_of(item: Contrast) -> tuple[pd.Series, pd.Series]:
    """Return who is on either side of a comparison."""
    return item.inside, item.outside


def ratio(group: np.ndarray, rest: np.ndarray) -> dict[str, float]:
    """Return the ratio of two means with its interval and test; see `compare`.

    Examples
    --------
    >>> round(ratio(np.array([2.0, 4.0]), np.array([1.0, 2.0]))["ratio"], 3)
    2.0
    """
    means = [float(values.mean()) for values in (group, rest)]
    error = math.sqrt(sum(values.var() / len(values) / values.mean() ** 2 for values in (group, rest)))
    value, reach = math.log(means[0] / means[1]), float(stats.norm.ppf(0.975)) * error
    return {
        **{"n": len(group), "n_rest": len(rest), "mean": means[0], "mean_rest": means[1], "ratio": math.exp(value)},
        **{"low": math.exp(value - reach), "high": math.exp(value + reach)},
        "p": 2 * float(stats.norm.sf(abs(value) / error)) if error else math.nan,
    }
