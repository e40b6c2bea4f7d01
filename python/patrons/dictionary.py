"""The data dictionary: each column of a source, what its file calls it, and what it means."""

from __future__ import annotations

import pandas as pd

from patrons.schemas import columns
from patrons.source import Source

KINDS = {
    "id": "name",
    "text": "text",
    "time": "date or time",
    "number": "number",
    "share": "share, 0 to 1",
    "binary": "yes or no",
    "covariate": "number or text",
}


def describe(source: Source) -> pd.DataFrame:
    """List the columns that a source maps.

    Returns
    -------
    DataFrame
        `table`, `column` (our name), `theirs` (the file's name), `kind`, `unit` (``money`` is the source's currency),
        `needed` (a row without it is set aside), `rule` (what a value must be), `meaning`.
    """
    names = ["table", "column", "theirs", "kind", "unit", "needed", "rule", "meaning"]
    rows = []
    for name, table in source.tables.items():
        for column in columns(name, table):
            kind, unit = KINDS[column.kind], _unit(column.unit, source)
            rows.append((name, column.name, column.theirs, kind, unit, column.required, column.rule, column.meaning))
    return pd.DataFrame(rows, columns=names)


def _unit(unit: str, source: Source) -> str:
    return source.settings.currency or "money" if unit == "money" else unit
