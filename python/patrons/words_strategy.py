"""What the facts of strategy say, in words: the same in its chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.facts import Facts, claim, show
from patrons.words import joined, plain, prose, share_of

#: A plan that pays with at least this probability, or at most one less it, is taken as sure.
SURE = 0.95


def in_money(facts: Facts) -> bool:
    """Whether returns can be held against costs."""
    return "strategy.budget" in facts


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: what the best split returns, or the best action does."""
    if not in_money(facts):
        arm = _best_average(facts)
        title = facts[f"strategy.arm.{arm}"].value
        return facts.answer(f"strategy.average.{arm}", f"{_outcome(facts)} with “{title}”", signed=True)
    if not value(facts, "strategy.plan.best.spent"):
        return Markdown(
            "[nothing]{.answer-number} [to be spent: no action is expected to return its cost]{.answer-label}"
        )
    spent = facts.text("strategy.plan.best.spent")
    return facts.answer("strategy.plan.best.net", f"expected net of {spent}, spent where it returns most", signed=True)


@prose
def sentences(facts: Facts) -> str:
    """Say what the budget returns and what targeting adds, in a few sentences."""
    if not in_money(facts):
        return (
            f"{effects_in_short(facts)} The test measured no money: what a budget returns cannot be said until "
            "somebody says what one success is worth (`analysis.strategy.outcome_value`)."
        )
    return f"{plan_in_short(facts)} {targeting_in_short(facts)}"


def for_summary(facts: Facts) -> str:
    """Answer the chapter's question in a sentence or two, with a recommendation; nothing where it was not asked."""
    if "strategy.basis" not in facts:
        return ""
    if not in_money(facts):
        return effects_in_short(facts)
    return f"{plan_in_short(facts)} {targeting_in_short(facts)} {advice(facts)}"


def plan_in_short(facts: Facts) -> str:
    """Say where the budget goes, what it returns and how sure that is."""
    if not value(facts, "strategy.plan.best.spent"):
        return "No action is expected to return what it costs in any segment: the best plan spends nothing."
    parts = [
        f"{arm_title(facts, arm)} to {text(facts, f'strategy.split.{segment}.{arm}.people')}"
        f"{'' if segment == 'everybody' else f' ({segment_title(facts, segment)})'}"
        for segment, arm in pairs(facts)
        if value(facts, f"strategy.split.{segment}.{arm}.people")
    ]
    net, sure = "strategy.plan.best.net", value(facts, "strategy.plan.best.p_pays")
    verdict = claim(
        sure >= SURE,
        "it pays",
        claim(sure <= 1 - SURE, "it loses money", "whether it pays is open"),
    )
    return (
        f"The best use of {text(facts, 'strategy.plan.best.spent')} is {joined(parts)}. It is expected to return "
        f"{text(facts, net)} beyond its cost ({between(facts, net)}): {verdict}, "
        f"with a probability of {show(sure, 'share', 0)} that it does more than break even."
    )


def targeting_in_short(facts: Facts) -> str:
    """Say what targeting by segment adds to treating everybody alike."""
    name = "strategy.rule.gain.net"
    if facts[name].low is None or not facts["strategy.rule.segment.treated"].value:
        return "Treating segments apart changes nothing: what was learned gives each of them the same."
    amount = f"{signed(facts, name)} per person ({between(facts, name)})"
    if facts.verdict(name, "yes", "yes", "no") == "no":
        return (
            "That giving each segment its own offer is any better than the same for everybody cannot be shown: the "
            f"difference is {amount}."
        )
    return (
        f"Giving each segment its own offer {facts.verdict(name, 'adds', 'costs', '')} {amount} against the same for "
        "everybody."
    )


def effects_in_short(facts: Facts) -> str:
    """Say what each action does on average."""
    parts = []
    for arm in arms(facts):
        name = f"strategy.average.{arm}"
        if name in facts and facts[name].low is not None:
            words = facts.verdict(name, "raises", "lowers", "does not clearly move")
            amount = f"{signed(facts, name)}; {between(facts, name)}"
            parts.append(f"{arm_title(facts, arm)} {words} the {plain(_outcome(facts))} ({amount})")
    return f"Against {quoted(facts, 'strategy.control')}, {joined(parts)}." if parts else ""


def advice(facts: Facts) -> str:
    """Recommend what to do about the budget."""
    losing = [arm for arm in arms(facts) if _loses_everywhere(facts, arm)]
    named = joined([arm_title(facts, arm) for arm in losing])
    end = f" Do not use {named}: in every segment it costs more than it brings." if losing else ""
    if not value(facts, "strategy.plan.best.spent"):
        return f"Spend nothing on these offers.{end}"
    sure = value(facts, "strategy.plan.best.p_pays")
    if sure >= SURE:
        return f"Spend it so.{end}"
    again = facts["strategy.again"].value if "strategy.again" in facts else None
    more = f" of about {text(facts, 'strategy.again')} per arm" if again else ""
    return f"Before spending all of it, test again, with a test{more} that can see an effect of this size.{end}"


@prose
def to_do(facts: Facts) -> str:
    """List what to do."""
    lines = [advice(facts)] if in_money(facts) else [_without_money(facts)]
    if in_money(facts):
        words = facts.verdict(
            "strategy.rule.gain.net",
            "Give each segment its own offer.",
            "Give everybody the same offer: segments learned from half of the people did worse.",
            "Until a larger test shows otherwise, the same offer for everybody is as good, and simpler.",
        )
        lines.append(words)
    for name in programme_names(facts):
        if facts[f"{name}.verdict"].value in ("pays", "not tested"):
            lines.append(_programme_line(facts, name))
    return "\n".join(f"- {line}" for line in lines)


def _without_money(facts: Facts) -> str:
    """Recommend by the sign of the best action’s effect, a higher outcome being taken as the better one."""
    name = f"strategy.average.{_best_average(facts)}"
    control, best = quoted(facts, "strategy.control"), arm_title(facts, _best_average(facts))
    if facts[name].low is None:
        return f"Stay with {control}: nothing is known of the others."
    return facts.verdict(
        name,
        f"If more of it is better, use {best}, as long as it costs less than it is worth.",
        f"If more of it is better, stay with {control}.",
        f"There is no reason yet to leave {control}.",
    )


def _programme_line(facts: Facts, name: str) -> str:
    if facts[f"{name}.verdict"].value == "pays":
        return f"{called(facts, name)}: {plain(str(facts[f'{name}.arm'].value))} pays; do it."
    if facts[f"{name}.needed"].value is None:
        return f"{called(facts, name)}: not tested yet; put them into the next test."
    return f"{called(facts, name)}: not tested; a test takes {text(facts, f'{name}.needed')} per arm."


def called(facts: Facts, name: str) -> str:
    """Name a programme and its segment."""
    return f"{plain(str(facts[f'{name}.title'].value))} for {plain(str(facts[f'{name}.segment'].value).lower())}"


def programme_names(facts: Facts) -> list[str]:
    """Return the ids of all programmes and their segments."""
    ending = ".verdict"
    return [key.removesuffix(ending) for key in facts if key.startswith("strategy.programme.") and key.endswith(ending)]


def arms(facts: Facts) -> list[str]:
    """Return the slugs of all actions."""
    return [key.removeprefix("strategy.arm.") for key in facts if key.startswith("strategy.arm.")]


def pairs(facts: Facts) -> list[tuple[str, str]]:
    """Return the slugs of all segments, each with those of all actions."""
    prefix = "strategy.segment_title."
    names = [key.removeprefix(prefix) for key in facts if key.startswith(prefix)]
    return [(segment, arm) for segment in names for arm in arms(facts)]


def _loses_everywhere(facts: Facts, arm: str) -> bool:
    cost = value(facts, f"strategy.cost.{arm}")
    known = [facts[f"strategy.effect.{segment}.{arm}"] for segment, other in pairs(facts) if other == arm]
    return bool(known) and all(entry.high is not None and entry.high < cost for entry in known)


def _best_average(facts: Facts) -> str:
    known = [arm for arm in arms(facts) if f"strategy.average.{arm}" in facts]
    return max(known, key=lambda arm: value(facts, f"strategy.average.{arm}"))


def value(facts: Facts, name: str) -> float:
    """Return a number, 0 where it is not known."""
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else 0.0


def _outcome(facts: Facts) -> str:
    title = str(facts["strategy.outcome"].value)
    return share_of(title) if facts["strategy.outcome_kind"].value == "binary" else f"{title} per person"


def quotable(facts: Facts, name: str) -> str:
    """Return the words of a fact."""
    return plain(str(facts[name].value))


def quoted(facts: Facts, name: str) -> str:
    """Return the words of a fact in quotation marks."""
    return f"“{quotable(facts, name)}”"


def arm_title(facts: Facts, arm: str) -> str:
    """Return what an action is called."""
    return quoted(facts, f"strategy.arm.{arm}")


def segment_title(facts: Facts, segment: str) -> str:
    """Return what a segment is called."""
    return quotable(facts, f"strategy.segment_title.{segment}")


def text(facts: Facts, name: str) -> str:
    """Return a fact as prose."""
    return plain(facts.text(name))


def signed(facts: Facts, name: str) -> str:
    """Return a difference as prose, with its sign."""
    return plain(facts.text(name, signed=True))


def between(facts: Facts, name: str) -> str:
    """Return the interval of a fact as prose."""
    return f"95\u00a0% interval {plain(facts.interval(name))}"
