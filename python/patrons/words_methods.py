"""What the appendix says of how the book was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patrons import methods
from patrons.facts import show
from patrons.words import Prose, joined, plain, prose

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from patrons.facts import Facts


@prose
def number(facts: Facts, behind: pd.DataFrame) -> str:
    """Open the answer box: how many numbers there are."""
    intervals = sum(facts[fact].low is not None for fact in facts)
    label = f"numbers in facts.json, {show(intervals)} of them with an interval, from {show(len(behind))} methods"
    return f"[{show(len(facts))}]{{.answer-number}} [{label}]{{.answer-label}}"


@prose
def locked(python: pd.DataFrame, in_r: pd.DataFrame) -> str:
    """Say whether what runs is what is locked."""
    off = [*methods.differing(python), *methods.differing(in_r)]
    checked = len(python) + len(in_r) - 1  # Python itself is the machine's
    if not off:
        return f"All {show(checked)} versions that ran are the locked ones."
    return (
        f"Of the {show(checked)} versions that ran, {show(len(off))} differ from the locked ones: "
        f"{plain(joined(sorted(off)))}. Numbers may differ in their last digits from those of a machine that has the "
        "locked versions."
    )


@prose
def churn(days: int) -> str:
    """Define who has left."""
    return f"Silent for more than {show(days, 'days')}"


@prose
def cite(about: dict[str, Any]) -> str:
    """Say how to cite the book."""
    authors = joined([author["name"] for author in about["authors"]])
    return plain(f"{authors} ({str(about['date-released'])[:4]}). {about['title']}, version {about['version']}.")


def entry(about: dict[str, Any]) -> Prose:
    """Show the entry for BibTeX."""
    return Prose(f"```bibtex\n{methods.bibtex(about)}\n```")
