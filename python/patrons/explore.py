"""A first look at customers: how their key numbers spread, go together, and where they leave the common range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from patrons.masks import divided

if TYPE_CHECKING:
    from datetime import datetime

    from patrons.shop import Shop

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12
#: A value further from the centre than this many standard deviations, or their robust twin, is an outlier.
LIMIT = 3.0
TAIL = 0.05
#: With fewer customers, a correlation says nothing.
FEWEST = 5
#: A log scale has no place for zero; a measure with more than this share at or below it keeps a plain scale.
MOST_NOT_POSITIVE = 0.1


@dataclass(frozen=True)
class Measure:
    """What is known of each customer as a number.

    Attributes
    ----------
    name, title, short
        Name of its column; how it is called in a table and on an axis.
    unit
        As for facts: `money`, `orders`, `days` …; None for a plain number.
    log
        Whether it is looked at on a log scale.
    """

    name: str
    title: str
    short: str
    unit: str | None = None
    log: bool = False


@dataclass(frozen=True)
class Measured:
    """The key numbers of all customers.

    Attributes
    ----------
    table
        One row per customer, one column per measure, nothing that names anybody.
    measures
        In the order in which they are shown.
    constant
        Titles of the measures that were left out because everybody has the same value.
    """

    table: pd.DataFrame
    measures: tuple[Measure, ...]
    constant: tuple[str, ...] = ()

    def values(self, measure: Measure, scaled: bool = False) -> np.ndarray:
        """Return the known values of a measure; scaled, in logarithms (of those above zero) where it has them."""
        known = self.table[measure.name].dropna().to_numpy(dtype=float)
        return np.log(known[known > 0]) if scaled and measure.log else known


def measure(shop: Shop) -> Measured:
    """Return the key numbers of a shop's customers: from their orders, else from the table of customers."""
    if shop.has("transactions"):
        return from_orders(shop.customer_features)
    if not shop.has("customers"):
        shop.require("transactions")
    return from_customers(shop.customer_features, shop.customers, shop.source.settings.reference_date)


def from_orders(features: pd.DataFrame) -> Measured:
    r"""Reduce a customer's orders to five numbers.

    A customer's years run from the first order to the day of reference; less than one counts as one, so that a first
    purchase of last week is not taken for a habit:
    :math:`\text{spend a year} = \text{revenue} / \max(1, \text{tenure in days} / 365.25)`.

    Parameters
    ----------
    features
        A row per customer with `recency`, `frequency`, `monetary`, `average_order_value`, `first_order`, `last_order`,
        `tenure` (days since the first order).

    Returns
    -------
    Measured
        `annual_spend`, `orders_per_year`, `recency`, `average_order_value`, `lifetime` (months from first to last
        order).
    """
    years = (features["tenure"] / DAYS_A_YEAR).clip(lower=1)
    active = pd.to_datetime(features["last_order"]) - pd.to_datetime(features["first_order"])
    table = pd.DataFrame(
        {
            "annual_spend": features["monetary"] / years,
            "orders_per_year": features["frequency"] / years,
            "recency": features["recency"].astype(float),
            "average_order_value": features["average_order_value"],
            "lifetime": active / pd.Timedelta(days=DAYS_A_MONTH),
        }
    )
    return _measured(
        table,
        [
            Measure("annual_spend", "Spend a year", "Spend a year", "money", log=True),
            Measure("orders_per_year", "Orders a year", "Orders a year", "orders", log=True),
            Measure("average_order_value", "Average order value", "Order value", "money", log=True),
            Measure("recency", "Days since the last order", "Days silent", "days"),
            Measure("lifetime", "Months from first to last order", "Lifetime", "months"),
        ],
    )


def from_customers(features: pd.DataFrame, customers: pd.DataFrame, reference_date: datetime | None = None) -> Measured:
    """Take the numbers that a table of customers holds, where there are no orders.

    Parameters
    ----------
    features
        What the table sums up: `monetary`, `frequency`, `recency`, `tenure` and the source's own numbers, as far as it
        has them, in order of `customer_id`.
    customers
        The table itself: `income`, `age` (or `birth_year`, with a reference date) and `web_visits` are taken from it.
    reference_date
        "Today".
    """
    table = features.drop(columns=["customer_id", "average_order_value"], errors="ignore").reset_index(drop=True)
    if "tenure" in table:
        table["tenure"] = table["tenure"] / DAYS_A_MONTH
    people = customers.sort_values("customer_id", ignore_index=True)
    for name in ("income", "age", "web_visits"):
        if name in people:
            table[name] = people[name]
    if "age" not in table and "birth_year" in people and reference_date is not None:
        table["age"] = reference_date.year - people["birth_year"].astype(float)
    known = [
        Measure("monetary", "Spend", "Spend", "money", log=True),
        Measure("frequency", "Orders", "Orders", "orders", log=True),
        Measure("income", "Income", "Income", "money"),
        Measure("recency", "Days since the last order", "Days silent", "days"),
        Measure("age", "Age in years", "Age", "years"),
        Measure("tenure", "Months as a customer", "Tenure", "months"),
        Measure("web_visits", "Visits to the web site a month", "Web visits", "visits"),
    ]
    named = {item.name for item in known}
    extra = [Measure(str(name), _words(str(name)), _words(str(name))) for name in table if name not in named]
    return _measured(table.astype(float), [item for item in (*known, *extra) if item.name in table])


def summarise(found: Measured) -> pd.DataFrame:
    """Describe how each measure spreads.

    The interval of the median is the distribution-free one of the order statistics.

    Returns
    -------
    DataFrame
        `measure`, `title`, `unit`, `log`, `n`, `q05`, `q25`, `median`, `low`, `high`, `q75`, `q95`, `mean`,
        `not_positive` (customers at or below zero).

    References
    ----------
    Conover, W. J. (1999). *Practical Nonparametric Statistics*, 3rd ed., section 3.2.
    """
    rows = []
    for item in found.measures:
        values = found.values(item)
        interval = stats.quantile_test(values, q=float(np.median(values)), p=0.5).confidence_interval(0.95)
        q05, q25, q75, q95 = np.quantile(values, [TAIL, 0.25, 0.75, 1 - TAIL])
        rows.append(
            {
                **{"measure": item.name, "title": item.title, "unit": item.unit, "log": item.log, "n": len(values)},
                **{"q05": q05, "q25": q25, "median": np.median(values), "low": interval.low, "high": interval.high},
                **{"q75": q75, "q95": q95, "mean": values.mean(), "not_positive": int((values <= 0).sum())},
            }
        )
    return pd.DataFrame(rows)


def histogram(found: Measured, smallest: int) -> pd.DataFrame:
    """Count customers by value, in bars of equal width on each measure's own scale (as far as whole numbers allow).

    Bars with fewer than `smallest` customers are left out, and so is what lies beyond the outermost half per cent at
    either end; the number of bars follows Rice's rule, twice the cube root of the number of customers.

    Returns
    -------
    DataFrame
        `measure`, `left`, `right`, `customers`, `place` (`low` and `high` beyond the 5 % and 95 % quantiles, else
        `middle`).
    """
    tables = []
    for item in found.measures:
        values = found.values(item, scaled=True)
        low, high = np.quantile(values, [0.005, 0.995])
        edges = _edges(low, high, len(values), item.log, whole=bool((found.values(item) % 1 == 0).all()))
        counts, _ = np.histogram(values, edges)
        tails = np.quantile(values, [TAIL, 1 - TAIL])
        middle = (edges[:-1] + edges[1:]) / 2
        ends = np.exp(edges) if item.log else edges
        table = pd.DataFrame({"left": ends[:-1], "right": ends[1:], "customers": counts})
        table["place"] = np.select([middle < tails[0], middle > tails[1]], ["low", "high"], "middle")
        all_of_them = np.append(counts, len(values) - counts.sum())
        few = divided(all_of_them, smallest, already=np.arange(len(all_of_them)) == len(counts))[:-1]
        tables.append(table[~few & (counts > 0)].assign(measure=item.name))
    columns = ["measure", "left", "right", "customers", "place"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def correlate(found: Measured) -> pd.DataFrame:
    r"""Correlate each pair of measures by their ranks.

    Spearman's :math:`\rho`, with the interval :math:`\tanh(\operatorname{artanh} \rho \pm 1.96 \sqrt{(1 + \rho^2 / 2)
    / (n - 3)})`.

    Returns
    -------
    DataFrame
        `x`, `y`, `rho`, `low`, `high`, `p` (two-sided), `n`.

    References
    ----------
    Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. *Psychometrika*, 65, 23–28.
    """
    import pingouin

    rows = []
    for one, other in combinations(found.measures, 2):
        both = found.table[[one.name, other.name]].dropna()
        if len(both) < FEWEST or both.nunique().min() < 2:
            continue
        test = pingouin.corr(both[one.name], both[other.name], method="spearman")
        rho, n = float(test["r"].iloc[0]), len(both)
        p = float(test["p_val" if "p_val" in test else "p-val"].iloc[0])
        low, high = spearman_interval(rho, n)
        rows.append({"x": one.name, "y": other.name, "rho": rho, "low": low, "high": high, "p": p, "n": n})
    return pd.DataFrame(rows, columns=["x", "y", "rho", "low", "high", "p", "n"])


def spearman_interval(rho: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a rank correlation.

    Examples
    --------
    >>> low, high = spearman_interval(0.5, 103)
    >>> round(low, 3), round(high, 3)
    (0.325, 0.642)
    """
    if abs(rho) >= 1:
        return rho, rho
    half = stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    return float(np.tanh(np.arctanh(rho) - half)), float(np.tanh(np.arctanh(rho) + half))


def flag(found: Measured) -> pd.DataFrame:
    r"""Flag outliers by two rules and count who is flagged by which.

    The classic rule takes mean ± 3 standard deviations of the values as they are; the robust one median ± 3 ×
    MAD / Φ⁻¹(0.75) on the measure's own scale. Both see the same customers: those with a value on that scale.

    Returns
    -------
    DataFrame
        `measure`, `title`, `unit`, `log`, `n`, `centre`, `spread` (of the robust rule, on its scale), `mean`, `sd`,
        `classic_low`, `classic_high`, `robust_low`, `robust_high` (in the measure's unit), `both`, `classic_only`,
        `robust_only`, and the quantiles `z05`, `z25`, `z75`, `z95` and limits `z_classic_low`, `z_classic_high` in
        robust standard deviations from the median. Missing where half of the values are equal: there is no robust
        spread then.

    References
    ----------
    Leys, C., Ley, C., Klein, O., Bernard, P., & Licata, L. (2013). Detecting outliers. *Journal of Experimental Social
    Psychology*, 49, 764–766.
    """
    rows = []
    for item in found.measures:
        values = found.values(item, scaled=True)
        raw = np.exp(values) if item.log else values
        mean, sd = float(raw.mean()), float(raw.std(ddof=1)) if len(raw) > 1 else np.nan
        centre = float(np.median(values))
        spread = float(stats.median_abs_deviation(values, scale="normal")) or np.nan
        back = np.exp if item.log else (lambda value: value)
        classic = np.abs(raw - mean) > LIMIT * sd
        robust = np.abs(values - centre) > LIMIT * spread
        limits = (mean - LIMIT * sd, mean + LIMIT * sd)
        z05, z25, z75, z95 = (np.quantile(values, [TAIL, 0.25, 0.75, 1 - TAIL]) - centre) / spread
        rows.append(
            {
                **{"measure": item.name, "title": item.title, "unit": item.unit, "log": item.log, "n": len(values)},
                **{"centre": centre, "spread": spread, "mean": mean, "sd": sd},
                **{"classic_low": limits[0], "classic_high": limits[1]},
                "robust_low": float(back(centre - LIMIT * spread)),
                "robust_high": float(back(centre + LIMIT * spread)),
                "both": int((classic & robust).sum()),
                "classic_only": int((classic & ~robust).sum()),
                "robust_only": int((robust & ~classic).sum()) if np.isfinite(spread) else None,
                **{"z05": z05, "z25": z25, "z75": z75, "z95": z95},
                **{
                    f"z_classic_{end}": _z(value, item.log, centre, spread)
                    for end, value in zip(("low", "high"), limits, strict=True)
                },
            }
        )
    return pd.DataFrame(rows).astype({"robust_only": "Int64"})


def _z(value: float, log: bool, centre: float, spread: float) -> float:
    if log and value <= 0:
        return np.nan
    return float(((np.log(value) if log else value) - centre) / spread)


def _edges(low: float, high: float, n: int, log: bool, whole: bool) -> np.ndarray:
    """Return the edges of bars; those of whole numbers lie halfway between two."""
    bars = int(np.clip(np.ceil(2 * np.cbrt(n)), 6, 40))
    width = (high - low) / bars or 1.0
    edges = np.linspace(low, low + width * bars, bars + 1)
    if whole and log:
        return np.log(np.unique(np.floor(np.exp(edges) + 1e-9) + np.append(np.full(bars, -0.5), 0.5)))
    if whole:
        width = max(float(np.ceil(width)), 1.0)
        return np.arange(int((high - low) // width) + 2) * width + low - 0.5
    return edges


def _measured(table: pd.DataFrame, measures: Sequence[Measure]) -> Measured:
    """Leave out measures that tell nobody apart, and log scales that would lose too many."""
    known, constant = [], []
    for item in measures:
        values = table[item.name].dropna()
        if values.nunique() < 2:
            constant.append(item.title)
            continue
        log = item.log and float((values <= 0).mean()) <= MOST_NOT_POSITIVE
        known.append(Measure(item.name, item.title, item.short, item.unit, log))
    return Measured(table[[item.name for item in known]].reset_index(drop=True), tuple(known), tuple(constant))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
