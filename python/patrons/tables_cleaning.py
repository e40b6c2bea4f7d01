"""What cleaning did, as readers' tables: numbers with their units."""

from __future__ import annotations

import math

import pandas as pd

from patrons.cleaning import ACTIONS
from patrons.facts import show
from patrons.frames import each
from patrons.schemas import columns
from patrons.source import Source
from patrons.words_data import portion


def ledger(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out `cleaning.ledger`: shares are written, with "none" and "less than" where they are small."""
    return table.assign(share=[portion(share) for share in table["share"]])


def missing(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Lay out `cleaning.missing`: `table`, `column`, `missing`, `share`, `treatment`."""
    treatment = [
        f"{ACTIONS[row.action]}{_filling(row.fill, _unit(source, row.table, row.column))}" for row in each(table)
    ]
    share = [portion(value) for value in table["share"]]
    return table.assign(share=share, treatment=treatment).drop(columns=["action", "fill"])


def outliers(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Lay out `cleaning.outliers`: `table`, `column`, `rule`, `low`, `high`, `robust`, `classic`, `action`."""
    rows = []
    for row in each(table):
        unit = _unit(source, row.table, row.column)
        scale = " of logarithms" if row.log else ""
        low, high = (None if pd.isna(end) else show(_even(float(end)), unit) for end in (row.low, row.high))
        # Money below nothing is no limit that a value could pass.
        low = None if low is not None and float(row.low) <= 0 else low
        rows.append(
            {
                **{"table": row.table, "column": row.column, "rule": f"{row.rule}, {row.limit:g} spreads{scale}"},
                **{"low": low, "high": high, "robust": row.robust, "classic": row.classic},
                "action": ACTIONS[str(row.action)],
            }
        )
    return pd.DataFrame(rows).astype({"robust": int, "classic": int})


def steps(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Lay out `cleaning.steps`: `step`, `what`, `before`, `after`, `change`."""
    rows = []
    for row in each(table):
        unit = _unit(source, row.table, row.of)
        rows.append(
            {
                "step": f"{row.step} ({row.rows:,} rows)",
                "what": f"{row.measure} {row.of}",
                "before": _amount(row.before, unit),
                "after": _amount(row.after, unit),
                "change": _change(float(row.change)),
            }
        )
    return pd.DataFrame(rows, columns=["step", "what", "before", "after", "change"])


def _unit(source: Source, table: str, column: str) -> str | None:
    """Return the unit of a column's values, money as the source's currency."""
    own = {item.name: item for item in columns(table, source.tables[table])}
    unit = own[column].unit if column in own else "money" if column in ("amount", "profit") else ""
    return (source.settings.currency or "money") if unit == "money" else None


def _change(change: float) -> str | None:
    if math.isnan(change):
        return None
    return show(change, "share", signed=True) if abs(change) >= 0.0005 else portion(abs(change))


def _amount(value: float, unit: str | None) -> str | None:
    return None if pd.isna(value) else show(float(value), unit)


def _filling(fill: object, unit: str | None) -> str:
    if fill is None or (isinstance(fill, float) and math.isnan(fill)):
        return ""
    return f", {show(float(fill), unit)}" if isinstance(fill, int | float) else f", {fill}"


def _even(value: float) -> float:
    """Leave a limit with three significant digits: it is a rule's, not the data's."""
    return float(f"{value:.3g}")
