"""A first look as a reader's tables: numbers with their units, groups too small to show left blank."""

from __future__ import annotations

from typing import Any

import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.facts import SIGNS, Fact, digits_of, show
from patrons.frames import each


def summary(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what `explore.summarise` found.

    Parameters
    ----------
    table
        From `explore.summarise`.
    currency
        The currency's three letters.
    """
    rows = []
    quantiles = ["q05", "q25", "median", "q75", "q95", "low", "high"]
    for row in each(table):
        values = [getattr(row, key) for key in quantiles]
        digits = 0 if all(float(value).is_integer() for value in values) else _digits(row.median)
        q05, q25, median, q75, q95, low, high = ("–" if pd.isna(v) else show(float(v), None, digits) for v in values)
        rows.append(
            {
                **{"Measure": titled(row.title, row.unit, currency), "5 %": q05, "25 %": q25, "Median": median},
                **{"95 % interval": f"{low} to {high}", "75 %": q75, "95 %": q95},
            }
        )
    return pd.DataFrame(rows)


def outliers(table: pd.DataFrame, smallest: int, currency: str | None) -> pd.DataFrame:
    """Lay out what `explore.flag` found: the limits of both rules, and how many each flags.

    Parameters
    ----------
    table
        From `explore.flag`.
    smallest
        Smaller groups are not numbered.
    currency
        The currency's three letters.
    """
    rows = []
    for row in each(table):
        limits = {rule: f"{_limit(row, rule, 'low')} to {_limit(row, rule, 'high')}" for rule in ("classic", "robust")}
        known = not pd.isna(row.spread)
        rows.append(
            {
                "Measure": titled(row.title, row.unit, currency),
                "Classic limits": limits["classic"],
                "Robust limits": limits["robust"] if known else "no spread",
                "Classic only": _count(row.classic_only, smallest),
                "Both": _count(row.both, smallest) if known else "–",
                "Robust only": _count(row.robust_only, smallest) if known else "–",
            }
        )
    return pd.DataFrame(rows)


def concentration(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out Gini index, share of the top fifth and ratio of halves, with their intervals.

    Parameters
    ----------
    table
        `what`, `value`, `low`, `high`, `unit`.
    """
    rows = []
    for row in each(table):
        entry = Fact(row.value, row.low, row.high, row.unit)
        digits = digits_of(entry)
        interval = f"{show(row.low, row.unit, digits, bare=True)} to {show(row.high, row.unit, digits)}"
        rows.append({"What": row.what, "Value": show(row.value, row.unit, digits), "95 % interval": interval})
    return pd.DataFrame(rows)


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the pairs that are bought together.

    Parameters
    ----------
    table
        `level`, and what `explore_baskets.bound` returns.
    """
    return pd.DataFrame(
        {
            "level": table["level"],
            "a": table["a"],
            "b": table["b"],
            "Orders": [f"{value:,}" for value in table["orders"]],
            "Support": [show(float(value), "share", 2) for value in table["support"]],
            "a → b": [show(float(value), "share", 1) for value in table["confidence_ab"]],
            "b → a": [show(float(value), "share", 1) for value in table["confidence_ba"]],
            "Lift": [f"{value:.2f}" for value in table["lift"]],
            "95 % interval": [f"{row.low:.2f} to {row.high:.2f}" for row in each(table)],
            "p, Holm": [show(float(value), "p") for value in table["p_holm"]],
        }
    )


def lined_up(frame: pd.DataFrame, name: str, group: str | None = None, names: int = 1) -> GT:
    """Lay out a table whose first columns name its rows and whose others are numbers written out."""
    labels = {str(key): str(key) for key in frame.columns if key != group}
    return tables.table(frame, labels, name, right=list(labels)[names:], group=group)


def public(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Blank counts of flagged customers that are too small to publish."""
    found = table.copy()
    for key in ("both", "classic_only", "robust_only"):
        found[key] = found[key].astype("Int64").mask(found[key].between(1, smallest - 1))
    return found


def titled(title: str, unit: object, currency: str | None) -> str:
    """Name a measure with its currency, where it is money."""
    return f"{title}, {SIGNS.get(currency, currency)}" if unit == "money" and currency else title


def _limit(row: Any, rule: str, end: str) -> str:
    """Write a limit; what a measure cannot reach is no limit."""
    value = getattr(row, f"{rule}_{end}")
    return "none" if value < 0 else show(float(value), None, _digits(value))


def _digits(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2


def _count(value: float, smallest: int) -> str:
    if pd.isna(value):
        return "–"
    return f"< {smallest}" if 0 < value < smallest else f"{int(value):,}"
