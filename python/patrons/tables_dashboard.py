"""What the dashboard answers to, what it hides, and what scores hold, as a reader's tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd

from patrons import clusters_study, response, response_data, rfm, scoring
from patrons.dashboard_cube import DIMENSIONS
from patrons.dashboard_page import CHARTS
from patrons.facts import show
from patrons.scoring_models import CLV
from patrons.shop import Shop
from patrons.stop import ChapterStop
from patrons.words import joined

FILTERS = ("segment", "region", "channel", "dates")
GRAINS = {"month": "by month", "quarter": "by quarter", "year": "by year"}
#: Column of the scores → the model it comes from, and what it means.
MEANINGS: dict[str, tuple[str, str]] = {
    "segment": ("Recency, orders and spend", "Named segment of the three scores"),
    "r": ("Recency, orders and spend", "Score of recency; high is lately"),
    "f": ("Recency, orders and spend", "Score of the number of orders"),
    "m": ("Recency, orders and spend", "Score of the money spent"),
    "group": ("Groups found by clustering", "Number of the group"),
    "group_name": ("Groups found by clustering", "Its name"),
    "probability_alive": ("Lifetime", "Chance to be a customer still"),
    "expected_purchases": ("Lifetime", "Purchases to expect within the horizon"),
    "expected_value": ("Lifetime", "What they are worth today: money to expect within the horizon, discounted"),
    "response_probability": ("Answering", "Chance to answer the next campaign"),
    "leave_probability": ("Leaving", "Chance to order nothing in the time ahead"),
    "recommended_action": ("Strategy", "What brings most, as far as it was tried"),
    "expected_return": ("Strategy", "What it is expected to bring per customer"),
    "expected_return_low": ("Strategy", "Lower end of the 95 % interval"),
    "expected_return_high": ("Strategy", "Upper end of the 95 % interval"),
    "advised_by": ("Strategy", "Which group of customers the advice rests on"),
    "notes": ("All of them", "What is missing or looks wrong in the row, and what to do"),
}


def answers(data: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row per chart, and a mark for each filter that it follows."""
    rows = []
    for name, (title, _) in CHARTS.items():
        filters = data["applies"].get(name)
        if filters is not None:
            rows.append({"chart": title} | {item: "✓" if item in filters else "" for item in FILTERS})
    return pd.DataFrame(rows, columns=["chart", *FILTERS])


def hidden(data: Mapping[str, Any]) -> pd.DataFrame:
    """Count what is hidden, by the filters that are set.

    Returns
    -------
    DataFrame
        `filters`; `slices`, choices of them; `grain`, how finely sales are shown in time; `numbers`, periods with
        orders of which sales are shown or hidden; `hidden`; `share`, orders in those that are hidden.
    """
    everything = sum(value or 0 for value in data["slices"].get("*/*/*", {}).get("orders", []))
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for name, part in data["slices"].items():
        keys = zip(DIMENSIONS, name.split("/"), strict=True)
        family = tuple(item for item, key in keys if key != "*")
        row = found.setdefault(family, {"slices": 0, "grain": part["grain"], "numbers": 0, "hidden": 0, "shown": 0})
        row["slices"] += 1
        row["numbers"] += sum(value != 0 for value in part["orders"])
        row["hidden"] += sum(value is None for value in part["orders"])
        row["shown"] += sum(value or 0 for value in part["orders"])
    rows = [
        {
            "filters": joined(family).capitalize() if family else "No filter",
            **{"slices": row["slices"], "grain": GRAINS[row["grain"]], "numbers": row["numbers"]},
            **{"hidden": row["hidden"], "share": 1 - row["shown"] / everything if everything else None},
            "depth": len(family),
        }
        for family, row in sorted(found.items(), key=lambda item: len(item[0]))
    ]
    return pd.DataFrame(rows, columns=["filters", "slices", "grain", "numbers", "hidden", "share", "depth"])


def columns() -> pd.DataFrame:
    """Return a row per column of the scores: `column`, `model`, `meaning`."""
    rows = [{"column": name, "model": model, "meaning": meaning} for name, (model, meaning) in _meanings()]
    return pd.DataFrame(rows)


def _meanings() -> list[tuple[str, tuple[str, str]]]:
    return [(name, MEANINGS[name]) for name in scoring.COLUMNS]


def features(shop: Shop) -> pd.DataFrame:
    """Return a row per model that this source allows: `model`, `features` it takes, `count`."""
    found: dict[str, list[str]] = {}
    with suppress(ChapterStop):
        rfm.measured(shop)
        found["Recency, orders and spend"] = list(rfm.MEASURES)
    with suppress(ChapterStop):
        found["Groups found by clustering"] = list(clusters_study.study(shop).clustering.features)
    if shop.has("transactions"):
        found["Lifetime"] = list(CLV)
    when = response_data.periods(shop)
    for question, title in (("responds", "Answering"), ("leaves", "Leaving")):
        examples, _ = response.gather(shop, question, when)  # type: ignore[arg-type]
        if examples is not None:
            found[title] = [str(name) for name in examples[1].features]
    rows = [{"model": model, "features": joined(names), "count": len(names)} for model, names in found.items()]
    return pd.DataFrame(rows, columns=["model", "features", "count"])


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """Write the shares of `hidden` for people."""
    return table.assign(share=["–" if pd.isna(share) else show(share, "share") for share in table["share"]])
