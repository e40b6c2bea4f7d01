"""What a step of cleaning does to the numbers: measured before it, after it, and without the rows it touched."""

from __future__ import annotations

import math
from typing import Any

import ibis.expr.types as ir

BARS = 40


def measure(before: ir.Table, after: ir.Table, without: ir.Table, column: str, numeric: bool) -> list[dict[str, Any]]:
    """Measure a column before and after a treatment, and with the rows left out that it touched.

    Returns
    -------
    list of dict
        One for each measure, with `measure`, `before`, `after`, `without`. Of numbers: ``rows``, ``missing``,
        ``sum``, ``mean``, ``median``, ``sd``, ``min``, ``max``; of text ``rows``, ``missing``, ``distinct``.
    """
    found = [_measures(table, column, numeric) for table in (before, after, without)]
    return [
        {"measure": name, "before": found[0][name], "after": found[1][name], "without": found[2][name]}
        for name in found[0]
    ]


def _measures(table: ir.Table, column: str, numeric: bool) -> dict[str, float | None]:
    values = table[column]
    wanted: dict[str, Any] = {"rows": table.count(), "missing": values.isnull().cast("int64").sum()}
    if numeric:
        wanted |= {
            "sum": values.sum(),
            "mean": values.mean(),
            "median": values.median(),
            "sd": values.std(how="sample"),
            "min": values.min(),
            "max": values.max(),
        }
    else:
        wanted["distinct"] = values.nunique()
    found = table.agg(**wanted).to_pyarrow().to_pylist()[0]
    return {
        name: None if value is None or math.isnan(value) else float(f"{value:.12g}") for name, value in found.items()
    }


def histogram(before: ir.Table, after: ir.Table, column: str, log: bool) -> list[dict[str, Any]]:
    """Count a column's values in bars, the same before and after a treatment.

    Returns
    -------
    list of dict
        `low` and `high` of each bar (of equal width; on a log scale, of equal ratio and of positive values only),
        `before`, `after` (values in it). None if there are not two different values.
    """
    values = before.filter(before[column] > 0)[column] if log else before[column]
    ends = values.as_table().agg(low=values.min(), high=values.max()).to_pyarrow().to_pylist()[0]
    if ends["low"] is None or ends["low"] == ends["high"]:
        return []
    low, high = (math.log(end) if log else end for end in (ends["low"], ends["high"]))
    width = (high - low) / BARS
    counts = [_counts(table, column, log, low, width) for table in (before, after)]
    edges = [low + place * width for place in range(BARS + 1)]
    edges = [float(f"{math.exp(edge) if log else edge:.12g}") for edge in edges]
    return [
        {"low": edges[bar], "high": edges[bar + 1], "before": counts[0].get(bar, 0), "after": counts[1].get(bar, 0)}
        for bar in range(BARS)
    ]


def _counts(table: ir.Table, column: str, log: bool, low: float, width: float) -> dict[int, int]:
    known = table.filter(table[column] > 0) if log else table.filter(table[column].notnull())
    values = known[column].ln() if log else known[column]
    # The greatest value belongs to the last bar; rounding may put the least just below the first.
    bar = ((values - low) / width).floor().cast("int64").clip(lower=0, upper=BARS - 1)
    found = known.group_by(bar=bar).agg(n=known.count()).to_pyarrow().to_pylist()
    return {row["bar"]: row["n"] for row in found}


def set_aside(rows: ir.Table, reasons: dict[str, int]) -> list[dict[str, Any]]:
    """Measure what setting rows aside does to the number of rows of transactions and the money in them.

    Parameters
    ----------
    rows
        All rows as read, with `_reason` (null where kept) and `amount` (null where it cannot be read).
    reasons
        The reasons in the order in which their effects are told.

    Returns
    -------
    list of dict
        For each reason and each of ``rows``, ``sum`` and ``mean`` of amount: `action` (the reason), `measure`,
        `before`, `after`, `rows`.
    """
    counted = rows.group_by("_reason").agg(n=rows.count(), known=rows.amount.count(), money=rows.amount.sum())
    by = {row["_reason"]: row for row in counted.to_pyarrow().to_pylist()}
    left = {key: math.fsum(row[key] or 0 for row in by.values()) for key in ("n", "known", "money")}
    found: list[dict[str, Any]] = []
    for reason in reasons:
        less = {key: left[key] - (by[reason][key] or 0) for key in left}
        for name, numbers in (("rows", ("n", None)), ("sum", ("money", None)), ("mean", ("money", "known"))):
            before, after = (_ratio(state, *numbers) for state in (left, less))
            found.append(
                {"column": "amount", "problem": "set aside", "action": reason, "of": "amount", "measure": name}
                | {"before": before, "after": after, "without": after, "rows": reasons[reason]}
            )
        left = less
    return found


def _ratio(state: dict[str, float], top: str, bottom: str | None) -> float | None:
    if bottom is None:
        return float(f"{state[top]:.12g}")
    return float(f"{state[top] / state[bottom]:.12g}") if state[bottom] else None
