"""What the dashboard shows and hides, and what a score holds, as a reader's tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.dashboard_page import CHARTS
from patrons.facts import show
from patrons.words import joined

if TYPE_CHECKING:
    from patrons.scoring_models import Models

#: Above the charts.
FILTERS = ("segment", "region", "channel", "dates")
#: What each column of a score means.
MEANINGS = {
    "row": "Row of the file that was scored",
    "customer_id": "The customer, as the file has it",
    "segment": "Named segment of recency, frequency and value",
    "r, f, m": "The scores behind it, by the cut points of this book",
    "group, group_name": "Group found by K-means",
    "probability_alive": "Chance that the customer still buys",
    "expected_purchases": "Purchases foreseen over the horizon of lifetime value",
    "expected_value": "What they will bring, discounted",
    "response_probability": "Chance of an answer to the next campaign",
    "leave_probability": "Chance of no order in the time ahead",
    "recommended_action": "The offer that the test recommends for such a customer",
    "expected_return, …_low, …_high": "What it is expected to return net of its cost, with the 95 % interval",
    "advised_by": "Which segments that advice rests on",
    "notes": "What is missing or looks wrong in this row, and what to do",
}


def laid_out(frame: pd.DataFrame, name: str, right: Sequence[str] = ()) -> GT:
    """Lay out a table under its own headings."""
    return tables.table(frame, {str(key): str(key) for key in frame.columns}, name, right=right)


def charts(applies: dict[str, list[str]]) -> pd.DataFrame:
    """Say which filters each chart answers to: ``Chart``, and a column for each filter."""
    rows = [
        {"Chart": title} | {filter_.capitalize(): "✓" if filter_ in applies[name] else "–" for filter_ in FILTERS}
        for name, (title, _) in CHARTS.items()
        if name in applies
    ]
    return pd.DataFrame(rows, columns=["Chart", *(name.capitalize() for name in FILTERS)])


def hidden(slices: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Count what is hidden, by how many filters are set.

    Returns
    -------
    DataFrame
        ``filters`` (how many are set), ``choices`` (of values), ``periods`` (finest: month, quarter or year), ``cells``
        (periods of all choices), ``hidden`` (of the cells), ``share``.
    """
    rows = []
    for name, content in slices.items():
        depth = sum(part != "*" for part in name.split("/"))
        cells = content["orders"]
        rows.append((depth, content["grain"], len(cells), sum(value is None for value in cells)))
    table = pd.DataFrame(rows, columns=["filters", "grain", "cells", "hidden"])
    counted = table.groupby("filters").agg(
        choices=("cells", "size"), periods=("grain", _grains), cells=("cells", "sum"), hidden=("hidden", "sum")
    )
    return counted.reset_index().assign(share=lambda found: found["hidden"] / found["cells"])


def _grains(names: pd.Series) -> str:
    return joined([name for name in ("month", "quarter", "year") if name in set(names)], "or")


def hidden_shown(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out what is hidden."""
    return pd.DataFrame(
        {
            "Filters set": table["filters"].map(str),
            "Choices": table["choices"].map("{:,}".format),
            "Shown by": table["periods"],
            "Cells": table["cells"].map("{:,}".format),
            "Hidden": table["hidden"].map("{:,}".format),
            "Share hidden": [show(share, "share") for share in table["share"]],
        }
    )


def scores() -> pd.DataFrame:
    """Say what each column of a score means: ``Column``, ``Meaning``."""
    return pd.DataFrame({"Column": list(MEANINGS), "Meaning": list(MEANINGS.values())})


def takes(models: Models) -> pd.DataFrame:
    """Say what each score needs to be known of a customer, or why this source gives none: ``Score``, ``Needs``."""
    rows = []
    if models.rfm:
        rows.append(("Segment and scores", ["recency", "frequency", "monetary", "tenure"]))
    if models.groups:
        rows.append(("Group", list(models.groups.features)))
    if models.lifetimes:
        rows.append(("Alive, purchases, value", ["x", "t_x", "T", "m_x"]))
    for name, chance in models.chances.items():
        rows.append(("Chance of an answer" if name == "responds" else "Chance of leaving", list(chance.features)))
    if models.actions:
        rows.append(("Action", [*models.actions.columns] or ["the segment, where known"]))
    return pd.DataFrame([(name, ", ".join(needs)) for name, needs in rows], columns=["Score", "Needs"])
