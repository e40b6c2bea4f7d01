"""The data dictionary: each column of a source, what its file calls it, and what it means."""

from __future__ import annotations

import pandas as pd

from patrons.schemas import DESCRIPTION, KEYS, ORDERED, Column, columns
from patrons.source import Source
from patrons.words import joined

KINDS = {
    "id": "id",
    "text": "text",
    "time": "date or time",
    "number": "number",
    "share": "share, 0 to 1",
    "binary": "yes or no",
    "covariate": "number or text",
}

#: What one row of each table is about.
ONE_ROW = {
    "transactions": "a line of an order",
    "customers": "a customer",
    "campaigns": "a campaign",
    "experiment": "a person in the test",
    "engagement": "a customer's month",
}

PREFACE = """\
# The data and their dictionary

This file is written by `python -m patrons dictionary` from the schemas in `python/patrons/schemas.py`, which also
read and check the files; a test compares the two. Edit the schemas, not this page.

| here | what it is |
|---|---|
| `source.yml` | describes the simulated shop that the book ships with; your own data need only another such file |
| `truth.yml` | what was planted in that shop, and so what the report should find |
| `segments.yml` | which scores of recency, frequency and value make which segment |
| `raw/` | the simulated shop's files, made by the first `make book` |
| `built/` | what was read, checked and cleaned, one Parquet file for each table |
| `rejected/` | the rows that were set aside, whole, with their reasons, and the values that broke a rule |

A source has any of the five tables below, and of each any columns but those marked *needed*: a row without such a value
is set aside. *In the file* is what the simulated shop calls the column; yours may call it anything. Cleaning adds
`<column>_imputed` where it filled in what was missing, and `<column>_outlier` where it found a value far off.
"""


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


def document(source: Source) -> str:
    """Write the dictionary as Markdown: every column that a table can have, and those that a source names itself.

    Parameters
    ----------
    source
        Whose names of the columns stand beside ours.
    """
    return PREFACE + "".join(f"\n{_section(name, source)}" for name in DESCRIPTION)


def _section(name: str, source: Source) -> str:
    table = source.tables.get(name)
    mapped = {column.name: column for column in columns(name, table)} if table else {}
    known = {column.name: column for column in DESCRIPTION[name]}
    lines = [f"## `{name}`", "", f"One row is {ONE_ROW[name]}." + (f" File: `{table.file}`." if table else "")]
    lines += _rules(name)
    lines += ["", "| column | in the file | kind | unit | must be | meaning |", "|---|---|---|---|---|---|"]
    lines += [_line(mapped.get(key, column), source) for key, column in {**known, **mapped}.items()]
    return "\n".join(lines) + "\n"


def _rules(name: str) -> list[str]:
    """Say what must hold between rows, and between columns."""
    said = []
    if name in KEYS:
        keys = joined([f"`{key}`" for key in KEYS[name]])
        said.append(f"Rows that share their {keys} with an earlier row are set aside.")
    said += [f"`{later}` should not be more than `{earlier}`." for later, earlier in ORDERED.get(name, ())]
    return ["", " ".join(said)] if said else []


def _line(column: Column, source: Source) -> str:
    theirs = f"`{column.theirs}`" if column.theirs else "–"
    needed = ", *needed*" if column.required else ""
    cells = [f"`{column.name}`", theirs, KINDS[column.kind], _unit(column.unit, source) or "–"]
    return "| " + " | ".join([*cells, column.rule + needed, column.meaning]) + " |"
