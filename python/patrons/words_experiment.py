"""What the facts of a test say, in words: the same in its chapter and in the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from IPython.display import Markdown

from patrons.experiment_study import PER_ORDER, WANTED
from patrons.facts import Facts, claim, show
from patrons.limits import ALPHA, SRM_ALPHA
from patrons.words import joined, plain, prose, share_of

Effect = Literal["higher", "lower", "unclear"]
VERBS: dict[Effect, str] = {"higher": "raised", "lower": "lowered", "unclear": "hardly moved"}


@dataclass(frozen=True)
class Treatment:
    """An arm other than the control: its slug and what the source calls it."""

    slug: str
    title: str


def treatments(facts: Facts) -> list[Treatment]:
    """Return the arms that were compared with the control."""
    prefix, control = "experiment.arm.", facts["experiment.control"].value
    arms = {key.removeprefix(prefix): str(facts[key].value) for key in facts if key.startswith(prefix)}
    return [Treatment(slug, title) for slug, title in arms.items() if title != control]


def split_holds(facts: Facts) -> bool:
    """Whether the arms have the sizes that were planned; otherwise nothing in the test can be read."""
    p = facts["experiment.srm.p"].value
    return isinstance(p, float | int) and p >= SRM_ALPHA


def best_estimate(facts: Facts, outcome: str, arm: str) -> str:
    """Return the id of the estimate to read: adjusted for what was known before, where there is such a one."""
    name = f"experiment.{outcome}.{arm}"
    return f"{name}.adjusted" if f"{name}.adjusted.lift" in facts else name


def effect(facts: Facts, outcome: str, arm: str) -> Effect:
    """Say on which side of zero the interval of an arm's effect lies."""
    entry = facts[f"{best_estimate(facts, outcome, arm)}.lift"]
    if entry.low is None or entry.high is None:
        return "unclear"
    return "higher" if entry.low > 0 else "lower" if entry.high < 0 else "unclear"


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the primary outcome's lift, or that there is none to read."""
    if not split_holds(facts):
        return Markdown(
            f"[not readable]{{.answer-number}} [the arms are not as large as planned, p {_p(facts)}]{{.answer-label}}"
        )
    outcome, arm = str(facts["experiment.primary"].value), treatments(facts)[0]
    name = f"{best_estimate(facts, outcome, arm.slug)}.lift_pct"
    label = quantity(facts, outcome).removeprefix("the ")
    label += f" with {arm.title}" if len(treatments(facts)) > 1 else ""
    return facts.answer(name, label, signed=True)


@prose
def sentences(facts: Facts) -> str:
    """Say what the test found and what to do: in two or three sentences for one arm, in one for each of several."""
    if not split_holds(facts):
        return (
            f"The arms are not as large as the plan says (p {_p(facts)}). Something decided who was counted, so no "
            "difference between them can be read as an effect. Find and mend that first, then test again."
        )
    arms = treatments(facts)
    if len(arms) == 1:
        return f"{_finding(facts, arms[0])} {recommendation(facts, arms[0])}"
    return "\n".join(f"- {_short(facts, arm)}" for arm in arms)


def for_summary(facts: Facts) -> str:
    """Answer for the summary: what each arm did and what to do; nothing where there was no test."""
    if "experiment.primary" not in facts:
        return ""
    arms = treatments(facts)
    if len(arms) == 1 or not split_holds(facts):
        return str(sentences(facts))
    return " ".join(_short(facts, arm) for arm in arms)


def _short(facts: Facts, arm: Treatment) -> str:
    """Say in one sentence what an arm did and what to do about it; with the numbers of what decides."""
    outcome = str(facts["experiment.primary"].value)
    told = [outcome] + ["profit"] * ("experiment.profit.kind" in facts and outcome != "profit")
    verdicts = [effect(facts, name, arm.slug) for name in told]
    size = ", ".join(signed(facts, f"{best_estimate(facts, told[-1], arm.slug)}.lift"))
    what, offer = [quantity(facts, name) for name in told], _quoted(arm.title)
    if verdicts[-1] == "unclear":
        first = (
            f"{offer} {VERBS[verdicts[0]]} {what[0]}, but whether" if verdicts[0] != "unclear" else f"Whether {offer}"
        )
        verb = f"it changes {what[-1]}" if verdicts[0] != "unclear" else f"changes {what[-1]}"
        return f"{first} {verb} stays open ({size}): {_advice(verdicts)}."
    if len(set(verdicts)) == 1:
        return f"{offer} {VERBS[verdicts[0]]} {joined(what)} ({size}): {_advice(verdicts)}."
    start = f"{VERBS[verdicts[0]]} {what[0]} but " if verdicts[0] != "unclear" else ""
    return f"{offer} {start}{VERBS[verdicts[-1]]} {what[-1]} ({size}): {_advice(verdicts)}."


def _advice(verdicts: list[Effect]) -> str:
    return {
        "higher": "give it to all who are like those in the test",
        "lower": "do not give it to everybody",
        "unclear": "test it longer",
    }[verdicts[-1]]


def recommendation(facts: Facts, arm: Treatment) -> str:
    """Say what to do about an arm: what it earns decides where profit was measured, else the primary outcome."""
    outcome = str(facts["experiment.primary"].value)
    found = effect(facts, outcome, arm.slug)
    control, offer = _quoted(str(facts["experiment.control"].value)), _quoted(arm.title)
    if "experiment.profit.kind" in facts and outcome != "profit":
        profit = f"{best_estimate(facts, 'profit', arm.slug)}.lift"
        earned = effect(facts, "profit", arm.slug)
        amount = (
            f"({plain(facts.text(profit, signed=True))} per customer, {plain(facts.interval(profit, signed=True))})"
        )
        if earned == "lower":
            more = claim(found == "higher", "It sells more and earns less", "It earns less")
            return f"{more} {amount}: do not give {offer} to everybody."
        if earned == "higher":
            return f"It earns more {amount}: give {offer} to all who are like those in the test."
        return f"Whether {offer} earns anything stays open {amount}: test it longer, or on those who need it to buy."
    if found == "higher":
        return f"Use {offer}, as long as what it costs is less than what it brings."
    if found == "lower":
        return f"Stay with {control}."
    others = [name for name in _moved(facts, arm) if effect(facts, name, arm.slug) == "lower"]
    if others:
        return f"Nothing speaks for {offer}, and something against it: stay with {control}."
    return f"There is no reason yet to leave {control}."


@prose
def design(facts: Facts) -> str:
    """Say which arms there were, of how many people, and what was measured."""
    control = str(facts["experiment.control"].value)
    primary = str(facts["experiment.primary"].value)
    arms = joined([_quoted(arm.title) for arm in treatments(facts)])
    verb = "was" if len(treatments(facts)) == 1 else "were each"
    people = f"{sum(_size(facts, primary, name) for name in _arms(facts)):,}"
    titles = [plain(str(facts[key].value)) for key in facts if key.startswith("experiment.") and key.endswith(".title")]
    what = joined([f"*{title}*" for title in titles])
    return (
        f"{people} people took part: {arms} {verb} compared with {_quoted(control)}. What was measured is {what}; "
        f"the primary outcome is *{plain(str(facts[f'experiment.{primary}.title'].value))}*."
    )


@prose
def split(facts: Facts) -> str:
    """Say whether the arms are as large as planned."""
    p = facts["experiment.srm.p"].value
    if not split_holds(facts):
        return (
            f"The sizes do not fit the plan (p {_p(facts)}, below the limit of {SRM_ALPHA}): something other than "
            "chance decided who was counted, and no difference between them can be read as an effect."
        )
    if isinstance(p, float) and p < ALPHA:
        return (
            f"The sizes are further from the plan than chance alone usually puts them (p {_p(facts)}). The limit for "
            f"refusing to read a test is p < {SRM_ALPHA}, since this check is made on every test; it is not reached, "
            "and the doubt is worth a look at how people were counted."
        )
    return f"The sizes fit the plan (p {_p(facts)}; the test would be refused below {SRM_ALPHA})."


@prose
def moved(facts: Facts) -> str:
    """Say which outcomes differ for sure, arm by arm, and which do not."""
    sentences_of = []
    for arm in treatments(facts):
        found = _moved(facts, arm)
        sure = [f"{VERBS[_plain_effect(facts, name, arm)]} {quantity(facts, name)}" for name in found]
        open_ones = [quantity(facts, name) for name in _compared(facts, arm) if name not in found]
        start = f"{_quoted(arm.title)} {joined(sure)}" if sure else f"{_quoted(arm.title)} changed nothing for sure"
        end = f"; for {joined(open_ones)}, the difference may be chance" if open_ones and sure else ""
        sentences_of.append(f"{start}{end}.")
    return f"After the correction for several outcomes, {' '.join(sentences_of)}"


@prose
def changed(facts: Facts) -> str:
    """Say which outcomes differ for sure, and what an order and a customer earn."""
    return "\n\n".join(filter(None, [moved(facts), profit(facts)]))


@prose
def relative(facts: Facts) -> str:
    """Say the primary outcome's relative lift, plain and adjusted."""
    outcome = str(facts["experiment.primary"].value)
    parts = []
    for arm in treatments(facts):
        name = f"experiment.{outcome}.{arm.slug}"
        lift, interval = signed(facts, f"{name}.lift_pct")
        text = f"With {_quoted(arm.title)}, {quantity(facts, outcome)} moved by {lift} ({interval})"
        if f"{name}.adjusted.lift_pct" in facts:
            lift, interval = signed(facts, f"{name}.adjusted.lift_pct")
            gone = facts.text(f"{name}.adjusted.variance_reduction")
            text += f" as measured and by {lift} ({interval}) adjusted; the adjustment takes out {gone} of the variance"
        parts.append(f"{text}.")
    return " ".join(parts)


@prose
def profit(facts: Facts) -> str:
    """Compare what an order earns with what a customer earns, where a source measures both."""
    parts = []
    if not any(key.startswith(f"experiment.{PER_ORDER}.") for key in facts):
        return ""
    for arm in treatments(facts):
        order, customer = (f"{best_estimate(facts, name, arm.slug)}.lift" for name in (PER_ORDER, "profit"))
        words: dict[Effect, str] = {"higher": "more", "lower": "less", "unclear": "about as much as before"}
        sides = [words[effect(facts, name, arm.slug)] for name in (PER_ORDER, "profit")]
        same = claim(sides[0] == sides[1], "and", "but")
        amounts = [", ".join(signed(facts, name)) for name in (order, customer)]
        parts.append(
            f"with {_quoted(arm.title)} an order earns {sides[0]} ({amounts[0]}), {same} a customer earns "
            f"{sides[1]} ({amounts[1]})"
        )
    return f"Each interval by itself says: {'; '.join(parts)}."


@prose
def to_do(facts: Facts) -> str:
    """Say what to do, or why nothing should be done yet."""
    if not split_holds(facts):
        return sentences(facts)
    found = [recommendation(facts, arm) for arm in treatments(facts)]
    advice = found[0] if len(found) == 1 else "\n".join(f"- {line}" for line in found)
    return "\n\n".join(filter(None, [advice, _next(facts)]))


def _next(facts: Facts) -> str:
    """Say how large a test must be that can answer what this one left open."""
    outcome = "profit" if "experiment.profit.kind" in facts else str(facts["experiment.primary"].value)
    open_ones = [arm.slug for arm in treatments(facts) if effect(facts, outcome, arm.slug) == "unclear"]
    names = [f"experiment.{outcome}.{arm}.needed" for arm in open_ones]
    needed = [facts[name].value for name in names if name in facts]
    most = max((value for value in needed if isinstance(value, int)), default=0)
    if most <= min((_size(facts, outcome, arm) for arm in _arms(facts)), default=0):
        return ""
    return (
        f"A test that is to see a change of {quantity(facts, outcome)} by {show(WANTED, 'share', 0)} in four cases of "
        f"five needs {most:,} people in each arm."
    )


def quantity(facts: Facts, outcome: str) -> str:
    """Return what an outcome measures, in words."""
    if outcome == PER_ORDER:
        return "profit per order"
    title = str(facts[f"experiment.{outcome}.title"].value)
    if facts[f"experiment.{outcome}.kind"].value == "binary":
        return f"the {plain(share_of(title))}"
    return f"{plain(title)} per customer"


def _finding(facts: Facts, arm: Treatment) -> str:
    outcome = str(facts["experiment.primary"].value)
    control = _quoted(str(facts["experiment.control"].value))
    offer, what = _quoted(arm.title), quantity(facts, outcome)
    means = f"{_means(facts, outcome, arm)} with {control}"
    found = effect(facts, outcome, arm.slug)
    if found != "unclear":
        return f"{offer} {VERBS[found]} {what}: {means}."
    start = f"The test cannot tell whether {offer} changes {what}: {means}."
    others = [name for name in _moved(facts, arm) if name not in (outcome, "profit")]
    parts = [
        f"{VERBS[effect(facts, name, arm.slug)]} {quantity(facts, name)} ({_means(facts, name, arm)})"
        for name in others
    ]
    return f"{start} But it {' and '.join(parts)}." if parts else start


def _compared(facts: Facts, arm: Treatment) -> list[str]:
    """Outcomes of which an arm is compared with the control."""
    keys = [key.split(".") for key in facts]
    return [key[1] for key in keys if len(key) == 4 and key[0] == "experiment" and key[2:] == [arm.slug, "p_holm"]]


def _moved(facts: Facts, arm: Treatment) -> list[str]:
    """Outcomes whose difference stands after Holm's correction."""
    ps = {name: facts[f"experiment.{name}.{arm.slug}.p_holm"].value for name in _compared(facts, arm)}
    return [name for name, p in ps.items() if isinstance(p, float) and p < ALPHA]


def _means(facts: Facts, outcome: str, arm: Treatment) -> str:
    others = {treatment.slug for treatment in treatments(facts)}
    control = next(name for name in _arms(facts) if name not in others)
    there, here = (plain(facts.text(f"experiment.{outcome}.{name}.mean")) for name in (arm.slug, control))
    return f"{there} against {here}"


def _p(facts: Facts) -> str:
    text = facts.text("experiment.srm.p")
    return text if text.startswith("<") else f"= {text}"


def _quoted(name: str) -> str:
    return f"“{plain(name)}”"


def _arms(facts: Facts) -> list[str]:
    prefix = "experiment.arm."
    return [key.removeprefix(prefix) for key in facts if key.startswith(prefix)]


def _size(facts: Facts, outcome: str, arm: str) -> int:
    value = facts[f"experiment.{outcome}.{arm}.n"].value
    return value if isinstance(value, int) else 0


def _plain_effect(facts: Facts, outcome: str, arm: Treatment) -> Effect:
    entry = facts[f"{best_estimate(facts, outcome, arm.slug)}.lift"]
    return "higher" if isinstance(entry.value, float) and entry.value > 0 else "lower"


def signed(facts: Facts, name: str) -> tuple[str, str]:
    """Return a difference and its interval, with signs; that of two shares in points."""
    if facts[name].low is None:
        return "an amount not known", "no interval"
    told = [facts.text(name, signed=True), facts.interval(name, signed=True)]
    if facts[name].unit == "share":
        told = [text.replace("%", "points") for text in told]
    return plain(told[0]), plain(told[1])
