"""Who answers because of an offer, in words: the same in its section and in the summary."""

from __future__ import annotations

import numpy as np
import pandas as pd
from IPython.display import Markdown

from patrons.facts import Facts, claim
from patrons.limits import ALPHA
from patrons.source import slug
from patrons.uplift_study import MAIN, MOST, Study
from patrons.words import joined, plain, prose

UNKNOWN_TRUTH = "What is true of each group is not known here; the intervals say how much can be told."


def differ(facts: Facts, which: str = "uplift.outcome") -> bool:
    """Whether people differ in what an offer does for them: by all traits together, or as foretold for an offer."""
    if which not in facts:
        return False
    outcome = slug(str(facts[which].value))
    return _below(facts, f"uplift.differ.{outcome}.p") or any(
        _below(facts, f"uplift.{outcome}.{arm}.slope.p_holm") for arm in _arms(facts)
    )


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: what choosing person by person adds to the best single offer."""
    outcome = plain(str(facts["uplift.outcome"].value))
    return facts.answer(
        "uplift.gain", f"{outcome} per person from choosing the offer person by person, less the best one", signed=True
    )


@prose
def sentences(facts: Facts) -> str:
    """Say whether it pays to choose the offer person by person, and what to do."""
    return " ".join(filter(None, [_finding(facts), _second(facts), advice(facts)]))


def advice(facts: Facts) -> str:
    """Say which rule to use."""
    if facts.verdict("uplift.gain", "yes", "no", "open") == "yes":
        return f"Give each person the offer that is foretold to add most.{_plainer(facts)}"
    best, control = str(facts["uplift.best_uniform"].value), str(facts["uplift.control"].value)
    if best == control:
        return f"Stay with {_quoted(control)} for all: no offer is worth more."
    name = f"uplift.value.{slug(best)}.gain_control"
    added = f"({plain(facts.text(name, signed=True))} per person, {plain(facts.interval(name, signed=True))})"
    proven = (
        f"If an offer is made, make it to all alike: {_quoted(best)} comes out best {added}",
        f"Give {_quoted(best)} to all {added}",
    )[facts.verdict(name, "yes", "no", "no") == "yes"]
    rest = claim(
        facts.verdict(name, "yes", "no", "no") == "yes",
        ".",
        f", but that it is worth more than {_quoted(control)} is not shown.",
    )
    return proven + rest


@prose
def basis(found: Study) -> str:
    """Say on whom and on what the models rest."""
    trial = found.trial
    traits = joined([f"*{plain(name.replace('_', ' '))}*" for name in map(str, trial.traits)])
    arms = joined([_quoted(arm) for arm in trial.arms], "or")
    what = f"*{plain(trial.outcome.replace('_', ' '))}*"
    why = claim(trial.outcome == "profit", ", since an offer that sells more may earn less", "")
    drawn = claim(trial.n == MOST, "drawn at random from those in the test", "in the test")
    return (
        f"What is to be raised is {what}{why}. There are {trial.n:,} people {drawn}; chance gave them "
        f"{arms}. They are told apart by what was known of them before: {traits}."
    )


@prose
def tested(found: Study, facts: Facts) -> str:
    """Say whether people differ, outcome by outcome."""
    parts = []
    for trial, _ in found.outcomes:
        outcome = slug(trial.outcome)
        name = plain(trial.outcome.replace("_", " "))
        p = f"uplift.differ.{outcome}.p"
        arms = [_quoted(arm) for arm in found.offers if _below(facts, f"uplift.{outcome}.{slug(arm)}.slope.p_holm")]
        alike = claim(
            _below(facts, p),
            f"what offers do to {name} differs between people (p {facts.text(p)})" if p in facts else "",
            f"that offers do the same to the {name} of everybody is not ruled out (p {facts.text(p)})"
            if p in facts
            else f"whether offers do the same to the {name} of everybody cannot be tested on so few",
        )
        foretold = claim(
            bool(arms),
            f"forecasts of who gains more come true for {joined(arms)}",
            "no forecast of who gains more than others comes true for sure",
        )
        parts.append(f"{alike[:1].upper()}{alike[1:]}, and {foretold}.")
    return " ".join(parts)


@prose
def ranked(facts: Facts) -> str:
    """Say what ranking people brings, from the area of the Qini curve."""
    start = (
        "The area between the first curve and the straight line, its Qini coefficient, is "
        f"{_signed(facts, 'uplift.qini')}: "
    )
    own = [arm for arm in _arms(facts) if (facts[f"uplift.{arm}.qini"].low or 0) > 0] if _alone(facts) else []
    alone = [_quoted(str(facts[f"uplift.arm.{arm}"].value)) for arm in own]
    rest = claim(
        bool(alone),
        f" Ranked for one offer alone, it is above zero for {joined(alone)}, not corrected for looking at several.",
        claim(_alone(facts), " Ranked for one offer alone, it is above zero for none.", ""),
    )
    return f"{start}{_ranking(facts)}{rest}"


def _alone(facts: Facts) -> bool:
    """Whether there are curves of single offers: where there are several."""
    return all(f"uplift.{arm}.qini" in facts for arm in _arms(facts))


def _ranking(facts: Facts) -> str:
    return facts.verdict(
        "uplift.qini",
        "those who are foretold to gain most do gain more than others.",
        "those who are foretold to gain most do not gain more than others. An area below zero is no sign that the "
        "ranking should be turned round: where people hardly differ, those on whom a model is tried are, by "
        "subtraction, a little unlike those it has seen.",
        "the ranking may be no better than chance.",
    )


@prose
def calibrated(found: Study) -> str:
    """Say how far apart the forecasts are, and how many groups are as foretold."""
    table = found.calibration
    if not len(table):
        return "All people are foretold alike, or too few took part to form groups of them."
    held = int(((table["low"] <= table["foretold"]) & (table["foretold"] <= table["high"])).sum())
    wide = table.groupby("arm", sort=False)["foretold"].agg(np.ptp)
    spread = claim(
        bool((wide < (table["high"] - table["low"]).median() / 2).any()),
        " Where strokes lie level, people are foretold nearly alike: the regression found too little that "
        "tells them apart, and keeps to the average.",
        "",
    )
    return (
        f"{held} of {len(table)} groups have the forecast within their interval; by chance about "
        f"{0.95 * len(table):.0f} would.{spread}"
    )


@prose
def valued(facts: Facts) -> str:
    """Compare the rules."""
    best = _quoted(str(facts["uplift.best_uniform"].value))
    words = facts.verdict("uplift.gain", "more than", "less than", "as much as, for all that can be told,")
    personal, control = "uplift.value.personal", "uplift.value.personal.gain_control"
    text = (
        f"Choosing person by person is worth {plain(facts.text(personal))} per person "
        f"({plain(facts.interval(personal))}), which is {words} the best single arm "
        f"({plain(facts.text('uplift.gain', signed=True))}; {plain(facts.interval('uplift.gain', signed=True))}) and "
        f"{plain(facts.text(control, signed=True))} ({plain(facts.interval(control, signed=True))}) beside no offer at "
        f"all. Of the arms given to all alike, {best} comes out best."
    )
    plainest = "uplift.value.tree.gain_uniform"
    rules = facts.verdict(plainest, "adds to it", "loses against it", "cannot be told apart from it")
    return f"{text} The tree of two questions, held against the best single arm as well, {rules}."


@prose
def rule(found: Study, facts: Facts) -> str:
    """Say whether the tree may be used."""
    value = "uplift.value.tree.gain_uniform"
    trust = facts.verdict(
        value,
        "On people who had no part in growing it, such a tree earns more than the best single arm: it may be used.",
        "On people who had no part in growing it, such a tree earns less than the best single arm: its leaves follow "
        "chance. It stands here to be seen, not to be used.",
        "On people who had no part in growing it, such a tree is not shown to earn more than the best single arm: what "
        "its leaves promise is flattered by their having been chosen.",
    )
    start = claim(len(found.leaves) == 1, "Grown on all people, it asks nothing: the same is best for all. ", "")
    return start + trust


@prose
def groups(table: pd.DataFrame) -> str:
    """Say how foretold and found effects of groups compare with what was planted."""
    if not len(table):
        return "The source names no groups in which effects could be compared."
    if table["truth"].isna().all():
        return UNKNOWN_TRUTH
    known = table.dropna(subset=["truth"])
    inside = int(((known["low"] <= known["truth"]) & (known["truth"] <= known["high"])).sum())
    apart = (
        float(np.abs(known["foretold"] - known["truth"]).mean()),
        float(np.abs(known["found"] - known["truth"]).mean()),
    )
    closer = claim(
        apart[0] < apart[1],
        "forecasts, which are pulled towards the average of all people, are on average nearer to it than the plain "
        "differences between arms",
        "forecasts, which are pulled towards the average of all people, are on average no nearer to it than the plain "
        "differences between arms",
    )
    best = known.loc[known.groupby("group")["truth"].idxmax()]
    chosen = known.loc[known.groupby("group")["found"].idxmax()]
    found = dict(zip(chosen["group"], chosen["arm"], strict=True))
    planted = joined([f"{plain(str(row.arm))} for *{plain(str(row.group))}*" for row in best.itertuples()])
    right = int(sum(found[row.group] == row.arm for row in best.itertuples()))
    return (
        f"Here the truth is known. {inside} of {len(known)} intervals hold it; {closer}. The offer that moves "
        f"*{plain(str(table['outcome'].iloc[0]))}* most is {planted}, and what was found says so for {right} of "
        f"{len(best)}."
    )


@prose
def limits(found: Study) -> str:
    """Say what the section rests on."""
    main = found.worth["policy"] == f"personal:{MAIN}"
    whom = claim(float(found.worth.loc[main, "treated"].iloc[0]) > 0.995, "all", "some")
    return (
        "The values are those of rules learned from four fifths of the people and tried on the last fifth, five times "
        "over; a rule learned from all of them is likely to be a little better. Intervals take the rules as given, and "
        "the people as drawn from those to whom offers will be made. Chosen person by person, an offer is made to "
        f"{whom} of them; what it costs counts as far as the outcome counts it. A test shows the effect of an offer on "
        "all people far better than how it differs between them."
    )


def for_summary(facts: Facts) -> str:
    """Answer in the summary whom to give which offer; nothing where there was no test to learn it from."""
    return f"{_finding(facts)} {advice(facts)}" if "uplift.gain" in facts else ""


def _second(facts: Facts) -> str:
    """Say that people differ in the outcome that the test is about, where they do so in that one only."""
    if differ(facts) or not differ(facts, "uplift.second"):
        return ""
    second, first = (plain(str(facts[f"uplift.{name}"].value)) for name in ("second", "outcome"))
    arms = [
        _quoted(str(facts[f"uplift.arm.{arm}"].value))
        for arm in _arms(facts)
        if _below(facts, f"uplift.{slug(second)}.{arm}.slope.p_holm")
    ]
    whose = f": who gains more from {joined(arms)} than others can be foretold" if arms else ""
    return f"In {second} they do differ{whose}. But what moves {second} need not move {first}."


def _finding(facts: Facts) -> str:
    gain, outcome = _signed(facts, "uplift.gain"), plain(str(facts["uplift.outcome"].value))
    if facts["uplift.gain"].low == facts["uplift.gain"].high:
        return f"Choosing the offer person by person comes down to the same for all: in {outcome}, nothing is gained."
    people = claim(
        differ(facts),
        "People differ in what an offer does for them",
        f"That people differ in what an offer does to {outcome} is not shown",
    )
    chosen = f"choosing the offer person by person {{}} more {outcome} than the best single one for all: {gain}."
    return facts.verdict(
        "uplift.gain",
        f"{chosen[:1].upper()}{chosen[1:]}".format("brings"),
        f"{people}, and {chosen}".format("brings less, not"),
        f"{people}, and {chosen}".format("is not shown to bring"),
    )


def _signed(facts: Facts, name: str) -> str:
    return f"{plain(facts.text(name, signed=True))} per person ({plain(facts.interval(name, signed=True))})"


def _plainer(facts: Facts) -> str:
    if facts.verdict("uplift.value.tree.gain_uniform", "yes", "no", "no") != "yes":
        return ""
    gain = plain(facts.text("uplift.value.tree.gain_uniform", signed=True))
    return f" A rule of two questions brings {gain} of it and is easier to explain."


def _arms(facts: Facts) -> list[str]:
    prefix = "uplift.arm."
    return [key.removeprefix(prefix) for key in facts if key.startswith(prefix)]


def _below(facts: Facts, name: str) -> bool:
    value = facts[name].value if name in facts else None
    return isinstance(value, int | float) and value < ALPHA


def _quoted(name: str) -> str:
    return f"“{plain(name)}”"
