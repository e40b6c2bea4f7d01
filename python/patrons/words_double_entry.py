"""Sentences and tables of the chapter on double entry."""

from __future__ import annotations

import math
import re

import pandas as pd
from great_tables import GT
from IPython.display import Markdown

from patrons import paths, r, tables
from patrons.double import power_of_ten
from patrons.facts import Facts, claim
from patrons.frames import each
from patrons.words import joined, plain, prose

NOTHING = "No chapter that can be made from these data computes anything twice."

#: What is computed by one language only: what, why, and what it is held against instead.
ALONE = [
    (
        "Bootstrap intervals, permutation tests",
        "The languages draw random numbers differently; the same resamples cannot be had in both",
        "The formulas beside them, and tests of nothing: @sec-truth-alarms",
    ),
    (
        "Always-valid intervals and tests",
        "None of the packages of R that this book locks computes them",
        "Tests of nothing looked at every day: @sec-truth-alarms",
    ),
    (
        "The choice of an offer for each group, rules for budgets drawn again",
        "They draw from posteriors at random",
        "What was planted: @sec-truth-worlds",
    ),
    (
        "The gap statistic, refits on resampled customers",
        "They compare with data drawn at random; R draws its own, and both results are shown side by side",
        "@sec-segments-number",
    ),
    (
        "Trees that foretell, and their importance",
        "Two programs grow two forests",
        "R judges what they foretold: @tbl-response-models",
    ),
    (
        "Where an optimiser looks for a model of sales",
        "Two searches end near each other, not in the same place",
        "R computes at the parameters of Python, and its own choices stand beside: @tbl-seasonality-forecast-r",
    ),
]

#: Where the defaults differ: of what, in R, in Python, and what is used in this book.
DEFAULTS = [
    ("Comparing two means", "Welch", "one spread for both (scipy)", "Welch"),
    ("Shares and counts in tables", "continuity correction", "with it in scipy, without in statsmodels", "without"),
    ("Rank tests", "exact where small, corrected", "asymptotic where ties, corrected", "asymptotic, corrected"),
    ("Spearman’s p-value", "exact where small", "t distribution", "t distribution"),
    ("Standard deviation", "divided by n − 1", "by n (numpy), n − 1 (pandas)", "n − 1"),
    ("Median absolute deviation", "times 1.4826", "plain (scipy)", "divided by the normal quartile"),
    ("Quantiles", "type 7", "type 7 (“linear”)", "type 1 for the edges of scores: an edge is a value that occurs"),
    ("K-means", "Hartigan and Wong", "Lloyd", "Lloyd, from the same centres"),
    ("Survival curve’s interval", "log", "log-log (lifelines)", "log-log"),
    ("Ties in a Cox model", "Efron", "Breslow (statsmodels)", "Efron"),
    ("Robust standard errors", "HC3 (sandwich)", "none", "HC3"),
    ("Errors alike over time", "prewhitened (sandwich)", "Bartlett’s weights as they are", "not prewhitened"),
    ("Iterated fits", "stop at 1e-8", "stop at 1e-8, of another measure", "go on to 1e-12 or less"),
]


@prose
def answer(facts: Facts) -> str:
    """Answer whether both languages say the same."""
    if not facts["agreement.numbers"].value:
        return NOTHING
    failed = int(facts["agreement.failed"].value or 0)
    return (
        f"{facts.text('agreement.numbers')} of {facts.text('agreement.chapters')} were computed by a program in Python "
        f"and by one in R, in {facts.text('agreement.comparisons')}. "
        + claim(
            failed == 0,
            "Nowhere are the two further apart than rounding and the end of an iteration explain.",
            f"In {failed} of them the two are further apart than they should be: the table below says where.",
        )
    )


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer: the largest difference of all, under the strictest tolerance."""
    found = [name for name in facts if name.startswith("agreement.within_")]
    if not found:
        return Markdown("")
    entry = facts[found[0]]
    size = power_of_ten(math.inf if entry.value is None else float(entry.value))
    return Markdown(
        f"[{size}]{{.answer-number}} [largest difference between Python and R, of {entry.n:,} numbers that need no "
        "iteration]{.answer-label}"
    )


@prose
def spread(facts: Facts, limits: pd.DataFrame) -> str:
    """Say how large differences are under each tolerance."""
    said = []
    for row in each(limits):
        kind = "numbers that follow from a formula" if row.tolerance <= 1e-8 else "numbers that an iteration ends at"
        said.append(
            f"Of {row.compared:,} {kind}, the largest difference is {power_of_ten(row.largest)}; "
            f"{power_of_ten(row.tolerance)} is allowed."
        )
    return " ".join(said)


def titles() -> dict[str, str]:
    """Return the title of each chapter."""
    found = {}
    for file in sorted((paths.home() / "chapters").glob("*.qmd")):
        match = re.search(r'^title: "?(.*?)"?$', file.read_text(encoding="utf-8"), re.MULTILINE)
        found[file.stem] = match[1] if match else file.stem
    return found


def chapters(table: pd.DataFrame, names: dict[str, str]) -> GT:
    """Lay out what each chapter computed twice.

    Parameters
    ----------
    table
        From `double_entry.by_chapter`.
    names
        Chapter → its title.
    """
    shown = pd.DataFrame(
        {
            "Chapter": [names.get(chapter, chapter) for chapter in table["chapter"]],
            "Comparisons": table["comparisons"].map("{:,}".format),
            "Numbers": table["compared"].map("{:,}".format),
            "Largest difference": [unicode(value) for value in table["largest"]],
            "Agree": ["✓" if failed == 0 else f"✗ {failed} not" for failed in table["failed"]],
        }
    )
    labels = {str(key): str(key) for key in shown}
    return tables.table(shown, labels, "tbl-double-entry-chapters", ["Comparisons", "Numbers", "Largest difference"])


@prose
def everything(table: pd.DataFrame, names: dict[str, str]) -> str:
    """List each comparison under its chapter, with a link to where it stands."""
    parts = []
    for chapter, own in table.groupby("chapter", sort=False):
        lines = [
            f"| @{row.label} | {row.compared:,} | {power_of_ten(row.largest)} | {power_of_ten(row.tolerance)} | "
            f"{'✓' if row.holds else '✗'} |"
            for row in each(own)
        ]
        head = (
            "| Where | Numbers | Largest difference | Allowed | Agree |\n|:--------|------:|--------:|--------:|:---|"
        )
        title = plain(names.get(str(chapter), str(chapter)))
        parts.append(f"### {title} {{.unnumbered}}\n\n{head}\n" + "\n".join(lines))
    return "\n\n".join(parts) or NOTHING


@prose
def alone(table: pd.DataFrame) -> str:
    """List what is computed once and held against something else, as far as that is made from these data."""
    labels = set(table["label"])
    chapters = {label.split("-")[1] for label in labels} | {"truth"}
    lines = [
        f"| {what} | {why} | {held} |"
        for what, why, held in ALONE
        if _chapters(held) <= chapters and set(re.findall(r"@((?:tbl|fig)-[\w-]+)", held)) <= labels
    ]
    return "| What | Why not twice | Held against |\n|:------|:---------|:--------|\n" + "\n".join(lines)


@prose
def defaults() -> str:
    """List where the two languages would not agree if they were left to their defaults."""
    lines = [f"| {' | '.join(row)} |" for row in DEFAULTS]
    return "| | R | Python | This book |\n|:------|:------|:------|:------|\n" + "\n".join(lines)


@prose
def versions() -> str:
    """Say which Python and R, and which packages of R the second entries are made with."""
    import platform

    found = sorted(set(re.findall(r"\b([A-Za-z][\w.]+)::", "".join(_tests()))) - {"stats", "utils", "base", "tools"})
    own = r.call("base::R.Version")["version.string"]
    return f"Python {platform.python_version()}, {own}; in R with {plain(joined(found))}."


def _tests() -> list[str]:
    names = (
        file for file in sorted((paths.home() / "R").glob("*.R")) if not file.name.startswith(("figures", "theme"))
    )
    return [file.read_text(encoding="utf-8") for file in names]


def _chapters(text: str) -> set[str]:
    return set(re.findall(r"@(?:sec|tbl|fig)-(\w+)", text))


def unicode(value: float) -> str:
    """Write a small number with raised digits, for a table that is no Markdown.

    Examples
    --------
    >>> unicode(1.7e-12).replace("\u00a0", " ")
    '2 × 10⁻¹²'
    """
    raised = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return re.sub(r"\^(.*?)\^", lambda match: match[1].translate(raised), power_of_ten(value))
