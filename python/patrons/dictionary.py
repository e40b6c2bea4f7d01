"""The data dictionary: each column of a source, what its file calls it, and what it means."""

from __future__ import annotations

import pandas as pd

from patrons.schemas import MEANINGS, columns
from patrons.settings import Customers, Experiment
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
        `table`, `column` (our name), `theirs` (the file's name), `kind`, `needed` (a row without it is set aside),
        `meaning`.
    """
    rows = []
    for name, table in source.tables.items():
        own = _own_meanings(table)
        for column in columns(name, table):
            meaning = MEANINGS[name].get(column.name, ("text", ""))[1] or own.get(column.name, "")
            rows.append((name, column.name, column.theirs, KINDS[column.kind], column.required, meaning))
    return pd.DataFrame(rows, columns=["table", "column", "theirs", "kind", "needed", "meaning"])


def _own_meanings(table: object) -> dict[str, str]:
    """Say what the columns mean that a source names itself."""
    if isinstance(table, Experiment):
        kinds = {"binary": "happened or not", "money": "an amount of money", "number": "a count or measure"}
        roles = dict.fromkeys(table.segments, "group the test is read within")
        roles |= dict.fromkeys(table.covariates, "measured before the test")
        return roles | {name: f"outcome: {kinds[kind]}" for name, kind in table.outcomes.items()}
    if isinstance(table, Customers):
        found = {f"spend_{key}": f"money spent on {key}" for key in table.spend}
        found |= {f"orders_{key}": f"orders by {key}" for key in table.orders}
        found |= {f"response_{key}": f"whether they responded to {key}" for key in table.responses}
        return found | dict.fromkeys(table.features, "a number to segment on")
    return {}
