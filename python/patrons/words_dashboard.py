"""What the chapter on the dashboard says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patrons.facts import Facts, show
from patrons.stop import SectionStop
from patrons.words import joined, plain, prose

if TYPE_CHECKING:
    import pandas as pd

    from patrons.scoring_models import Models

def record(facts: Facts, data: dict[str, Any], hidden: pd.DataFrame) -> None:
    """Record `dashboard.choices`, `.charts`, `.cells` and `.hidden`."""
    facts.add("dashboard.charts", len(data["applies"]), unit="charts")
    facts.add("dashboard.choices", len(data["slices"]), unit="choices")
    facts.add("dashboard.cells", int(hidden["cells"].sum()), unit="cells")
    facts.add("dashboard.hidden", int(hidden["hidden"].sum()), unit="cells")


@prose
def number(facts: Facts) -> str:
    """Open the answer box: how many choices of filters there are."""
    if facts["dashboard.choices"].value:
        return (
            f"[{facts.text('dashboard.choices').split()[0]}]{{.answer-number}} "
            "[choices of segment, region and channel, each over any range of dates]{.answer-label}"
        )
    return f"[{show(facts['dashboard.charts'].value)}]{{.answer-number}} [charts on one page]{{.answer-label}}"


@prose
def sentences(facts: Facts, data: dict[str, Any]) -> str:
    """Answer how one works with the results."""
    filters = [f"{len(values)} {name}{'s' * (len(values) > 1)}" for name, values in data["dimensions"].items()]
    whose = f", for {joined(filters)}," if filters else ""
    return (
        f"One page{whose} shows {facts.text('dashboard.charts')} whose numbers are those of this book. New customers "
        "are scored by a command, with the models that made it."
    )


@prose
def masked(facts: Facts, smallest: int) -> str:
    """Say how much is hidden."""
    cells, hidden = (int(facts[f"dashboard.{name}"].value or 0) for name in ("cells", "hidden"))
    if not cells:
        return "There are no sales to hide."
    return (
        f"Of {cells:,} periods of all choices, {hidden:,} are hidden: fewer than {smallest} customers bought in them, "
        "or those could be worked out from what is shown."
    )


@prose
def notes(data: dict[str, Any]) -> str:
    """List what is to be known when reading the page."""
    return "\n".join(f"- {plain(note)}" for note in data["notes"]) or "Every chart can be shown."


@prose
def refused(models: Models) -> str:
    """Say which scores this source does not give, and why."""
    lines = [f"- {plain(line[:1].upper() + line[1:])}" for line in models.told()]
    return "\n".join(lines) or "This source allows every one of them."


def need(rows: pd.DataFrame, what: str) -> None:
    """End the section if there is nothing to show.

    Raises
    ------
    SectionStop
        Saying what the source lacks.
    """
    if rows.empty:
        raise SectionStop(what)
