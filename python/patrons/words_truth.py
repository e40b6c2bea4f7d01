"""Sentences of the chapter on truth, from its facts and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import Markdown

from patrons import truth_alarms
from patrons.facts import Facts, claim, show
from patrons.limits import ALPHA
from patrons.source import slug
from patrons.stop import SectionStop
from patrons.truth_study import DEALS, NO_TEST, NOWHERE_PLANTED, Study
from patrons.truth_worlds import Coverage
from patrons.words import joined, plain, prose, share_of

SIMULATED, DEALT = "truth.alarms.simulated", "truth.alarms.dealt"


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer: how often intervals hold the truth, else how often a test cries wolf."""
    if "truth.coverage" in facts:
        worlds = facts.text("truth.coverage.worlds")
        return facts.answer("truth.coverage", f"of the 95\u00a0% intervals of {worlds} hold what was planted")
    return facts.answer(_first(facts), "of tests of nothing find something") if _first(facts) else Markdown("")


@prose
def sentences(facts: Facts) -> str:
    """Answer whether the report finds what was planted, and nothing else."""
    said = [_planted(facts), _wolf(facts)] if "truth.coverage" in facts else [NOWHERE_PLANTED, _own(facts) or NO_TEST]
    return " ".join(filter(None, said))


def need(found: object, message: str = NOWHERE_PLANTED) -> None:
    """End the section if there is nothing to show.

    Raises
    ------
    SectionStop
        With the message.
    """
    if found is None or (isinstance(found, pd.DataFrame) and not len(found)):
        raise SectionStop(message)


def readings(table: pd.DataFrame, outcomes: Mapping[str, str]) -> dict[str, str]:
    """Name the readings of the source's own test.

    Parameters
    ----------
    table
        With `reading`.
    outcomes
        Outcome → its kind.
    """
    found = {}
    for reading in table["reading"]:
        outcome, comma, how = reading.partition(", ")
        if outcome in outcomes:
            title = share_of(outcome) if outcomes[outcome] == "binary" else outcome.replace("_", " ")
            found[reading] = f"{title[:1].upper()}{title[1:]}{comma}{how}"
    return found


@prose
def found(facts: Facts, study: Study, table: pd.DataFrame) -> str:
    """Say how many planted effects lie in their intervals, and how that reads."""
    number, inside = len(table), int(table["inside"].sum())
    said = f"{inside} of {number} intervals hold what was planted"
    missed = table.loc[~table["inside"], "title"]
    said += f"; those of {plain(joined(list(missed)))} miss it. " if len(missed) else ". "
    said += (
        f"If each misses one time in twenty, about {show(number * ALPHA, digits=1)} should, but they do not miss "
        "independently: sales, orders and profit of the same people go up and down together. "
    )
    apart = number - int(table["inside_together"].sum())
    said += f"Of the intervals that are to hold all at once, {claim(apart == 0, 'none misses', f'{apart} miss')}. "
    if study.beside.missing:
        said += f"Without an interval are {plain(joined(list(study.beside.missing)))}. "
    return said + _among_worlds(facts, number - inside)


def _among_worlds(facts: Facts, missed: int) -> str:
    """Place this shop's misses among those of the simulated worlds."""
    few, many = facts["truth.coverage.as_few"], facts["truth.coverage.as_many"]
    worlds, most = facts.text("truth.coverage.worlds"), facts["truth.coverage.most_misses"].value
    rare = min(int(few.value or 0), int(many.value or 0)) < ALPHA / 2 * int(few.n or 1)
    return (
        f"So {claim(missed == 0, 'clean', 'good')} a result or a better one came in {few.value} of {worlds} drawn anew "
        f"in the same way; the worst of them had {most} misses. "
        + claim(rare, "This shop is an unusual draw.", "This shop is an ordinary draw, no better or worse than most.")
    )


@prose
def covered(facts: Facts, found: Coverage, effects: pd.DataFrame) -> str:
    """Say how often intervals hold over many worlds."""
    outside, number = list(effects.loc[effects["outside"], "title"]), len(effects)
    return (
        f"Over {facts.text('truth.coverage.worlds')} the intervals hold what was planted in "
        f"{facts.text('truth.coverage')} of the cases (95\u00a0% CI {facts.interval('truth.coverage')}, over worlds). "
        f"If each of {number} intervals keeps its word, each holds in {found.low} to {found.high} of {found.worlds} "
        "worlds, all of them at once, in 95 of 100 such runs. "
        + (
            f"Outside are {plain(joined(outside))}."
            if len(outside) > 1
            else f"Outside is {plain(outside[0])}."
            if outside
            else "None lies outside."
        )
        + f" Intervals made to hold all at once did so in {facts.text('truth.coverage.together')} of the worlds "
        f"({facts.interval('truth.coverage.together')}), where at least 95\u00a0% is promised."
    )


@prose
def dealt(facts: Facts, table: pd.DataFrame) -> str:
    """Say how often the source's own test cries wolf when its arms mean nothing."""
    alone = table[~table["at_most"]]
    least, most = float(alone["share"].min()), float(alone["share"].max())
    between = show(most, "share") if least == most else f"{show(least, 'share', bare=True)} to {show(most, 'share')}"
    family = f"{DEALT}.{slug(truth_alarms.ALL)}"
    return (
        f"The arms were dealt out {facts.text(f'{DEALT}.tests')[:-6]} times. Each comparison alone found something in "
        f"{between} of the deals; one of all comparisons together, after Holm's correction, in {facts.text(family)}. "
        + _verdict(table)
    )


@prose
def simulated(facts: Facts, table: pd.DataFrame) -> str:
    """Say which readings of simulated tests keep their word."""
    kept = table[table["reading"] != truth_alarms.PEEKING]
    peeking = f"{SIMULATED}.{slug(truth_alarms.PEEKING)}"
    return (
        _verdict(kept)
        + " Whoever looks every day with a test that holds at one look, and stops at the first find, finds something "
        f"in {facts.text(peeking)} of tests of nothing ({facts.interval(peeking)})."
    )


def _verdict(table: pd.DataFrame) -> str:
    """Say which readings find too much, and which too little."""
    least, most, tests = (int(table[name].iloc[0]) for name in ("least", "most", "tests"))
    band = f"five of a hundred are {least} to {most} of {tests:,}, allowing for chance and for the number of readings"
    wrong = table[~table["fits"]]
    if wrong.empty:
        return f"That is as promised: {band}."
    loud, quiet = (wrong.loc[chosen, "reading"] for chosen in (wrong["alarms"] > most, wrong["alarms"] < least))
    said = []
    if len(loud):
        said.append(f"Too often something is found by {_listed(loud)}.")
    if len(quiet):
        said.append(
            f"Too rarely something is found by {_listed(quiet)}: a few extreme values make intervals wider than they "
            "need to be, so that effects are overlooked rather than made up."
        )
    return f"{' '.join(said)} As promised would be: {band}."


def _listed(readings: pd.Series) -> str:
    return plain(joined([reading.replace("_", " ") for reading in readings]))


@prose
def to_do(facts: Facts) -> str:
    """Say what follows for the reader."""
    peeking = f"{SIMULATED}.{slug(truth_alarms.PEEKING)}"
    early = ""
    if peeking in facts:
        early = f" {facts.text(peeking)} of tests of nothing look like a find to whoever looks every day."
    return (
        "Read every interval as what it promises: one in twenty does not hold the truth, and nobody can say which. "
        "Decide on one outcome and one look before a test begins, or read the always-valid interval of the chapter on "
        f"the test.{early} Where many comparisons stand side by side, go by the corrected ones."
    )


def _planted(facts: Facts) -> str:
    inside, number = facts["truth.inside"].value, facts["truth.effects"].value
    outside = int(_value(facts, "truth.coverage.outside"))
    keeps = claim(
        outside == 0,
        "no interval does so more or less often than chance allows",
        f"{outside} of them {claim(outside == 1, 'does', 'do')} so more or less often than chance allows",
    )
    return (
        f"In the shop of this book, {inside} of {number} planted effects lie in their intervals; over many shops drawn "
        f"in the same way, {keeps}."
    )


def _wolf(facts: Facts) -> str:
    welch, holm = f"{SIMULATED}.welch", f"{SIMULATED}.{slug('all outcomes, Holm')}"
    peeking = f"{SIMULATED}.{slug(truth_alarms.PEEKING)}"
    return (
        f"Of {facts.text(f'{SIMULATED}.tests')} in which nothing was offered, one comparison finds something in "
        f"{facts.text(welch)}, all of them together after correction in {facts.text(holm)}; looking every day without "
        f"allowing for it, in {facts.text(peeking)}."
    )


def _own(facts: Facts) -> str:
    first = _first(facts)
    if not first:
        return ""
    return (
        f"When the arms of the source's own test are dealt out again at random, {DEALS:,} times, so that they mean "
        f"nothing, its first outcome shows an effect in {facts.text(first)} of the deals "
        f"({facts.interval(first)}), where 5\u00a0% is promised."
    )


def _first(facts: Facts) -> str:
    return next((name for name in facts if name.startswith(f"{DEALT}.") and facts[name].unit == "share"), "")


def _value(facts: Facts, name: str) -> Any:
    return facts[name].value
