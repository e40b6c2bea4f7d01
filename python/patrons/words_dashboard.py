"""What the chapter on the dashboard says, in words that follow from its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import Markdown

from patrons.dashboard_cube_sales import LOST
from patrons.facts import Facts, show
from patrons.words import joined, prose

FILES = {"sales": "sales over time", "frequency": "how often customers buy", "retention": "who came back"}
OTHERS = {"campaigns": "campaigns", "test": "the randomised test", "predicted": "predicted conversion"}


def record(facts: Facts, data: Mapping[str, Any], hidden: pd.DataFrame) -> None:
    """Record `dashboard.…`: how many choices it answers, and how much is hidden at each depth."""
    with facts.together():
        facts.add("dashboard.choices", max(len(data["slices"]), 1), unit="choices of filters")
        facts.add("dashboard.smallest_group", data["shop"]["smallest_group"], unit="customers")
        for depth, rows in hidden.groupby("depth"):
            shown = float((1 - rows["share"]).mean())
            facts.add(f"dashboard.shown.{depth}", shown, unit="share", method="orders in numbers that are shown")
            facts.add(f"dashboard.hidden.{depth}", int(rows["hidden"].sum()), unit="numbers")
            facts.add(f"dashboard.numbers.{depth}", int(rows["numbers"].sum()), unit="numbers")


def number(facts: Facts) -> Markdown:
    """Give the answer's number: choices of filters that were counted beforehand."""
    count = facts["dashboard.choices"].value
    label = "choice of segment, region and channel" if count == 1 else "choices of segment, region and channel"
    return Markdown(f"[{count}]{{.answer-number}} [{label} in one page]{{.answer-label}}")


@prose
def sentences(facts: Facts, data: Mapping[str, Any]) -> str:
    """Answer the chapter's question."""
    there = [words for part, words in FILES.items() if part in data["applies"]]
    there += ["what each segment spent"] if data.get("sums") else []
    there += [words for part, words in OTHERS.items() if part in data["applies"]]
    if not there:
        return "This source has nothing that a dashboard could show; the notes below say what to add."
    page = f"The dashboard shows {joined(there)} in one page that works offline"
    if not {"sales", "predicted"} & set(data["applies"]):
        return f"{page}."
    return f"{page}; `python -m patrons score` writes the same models' answers beside each customer of a file."


@prose
def masked(facts: Facts, data: Mapping[str, Any], hidden: pd.DataFrame) -> str:
    """Say how much is hidden, and how that grows with the filters."""
    if hidden.empty:
        return "There are no sales over time of which something could be hidden."
    if not hidden["hidden"].sum():
        return "Here nothing needs to be hidden: no group is that small."
    shown = [
        f"{show(facts[f'dashboard.shown.{depth}'].value, 'share', 0)} with "
        f"{('no filter', 'one filter', 'two filters', 'three filters')[int(depth)]}"
        for depth in sorted(hidden["depth"].unique())
    ]
    return f"Of all orders, the numbers that are shown hold {joined(shown)}."


@prose
def share_lost() -> str:
    """Return the most of a family's orders that may be hidden."""
    return show(LOST, "share", 0)


@prose
def notes(data: Mapping[str, Any]) -> str:
    """List what the data say about themselves, and what they lack."""
    return "\n".join(f"- {note}" for note in data["notes"])
