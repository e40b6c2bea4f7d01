"""What the facts say of what to suggest next, in words."""

from __future__ import annotations

from patrons import record_suggestions, suggestions_study, tables_suggestions
from patrons.facts import Facts, claim, show
from patrons.limits import ALPHA
from patrons.shop import Shop
from patrons.stop import ChapterStop, SectionStop
from patrons.strategy_study import Study as Strategy
from patrons.strategy_study import look as look_at_strategy
from patrons.suggestions import POPULAR, REPEAT, RULES, SEGMENT, TOGETHER
from patrons.suggestions_study import KINDS, Study
from patrons.words import joined, plain, prose

BY = {
    POPULAR: "what is popular with everybody",
    SEGMENT: "what is popular in their segment",
    TOGETHER: "what is bought along with what they bought",
    REPEAT: "what they bought before",
}
NEXT = "strategy.next"


@prose
def setting(facts: Facts, found: Study) -> str:
    """Say what is held out, and what counts as a hit."""
    names = [tables_suggestions.title(kind).lower() for kind in found.kinds]
    judged = joined([f"{_text(facts, f'{NEXT}.{kind.kind}.judged')} ({kind.kind})" for kind in found.kinds])
    if len({kind.judged for kind in found.kinds}) == 1:
        judged = _text(facts, f"{NEXT}.{found.kinds[0].kind}.judged")
    words = (
        f"Held out are the orders since {_text(facts, f'{NEXT}.since')}, {_text(facts, f'{NEXT}.days')}. Of those who "
        f"had ordered before, {judged} ordered again. Each is suggested {joined(names, 'or')}, from what was known the "
        "day before; it is a hit if any of it is in their next order."
    )
    if found.missing:
        words += (
            f" Of {joined([tables_suggestions.PLURALS[kind] for kind in found.missing])} the source says too little."
        )
    return words


@prose
def alike(found: Study) -> str:
    """Say for which rules nothing tells groups apart."""
    parts = []
    for rule in RULES:
        same = [tables_suggestions.PLURALS[kind.kind] for kind in found.kinds if kind.alike[rule] == float("inf")]
        if same:
            parts.append(f"by {BY[rule]} ({joined(same)})")
    if not parts:
        return "Here each rule finds that groups differ, and leaves plain popularity."
    return (
        "Where $m$ has no end, nothing tells groups apart, and a rule suggests what is popular with everybody. So it "
        f"is here with the rule that goes {joined(parts)}."
    )


@prose
def rules(facts: Facts) -> str:
    """Say which rule beats popularity, and by how much."""
    return " ".join(_of_kind(facts, kind) for kind in KINDS if f"{NEXT}.{kind}.rule" in facts)


def _of_kind(facts: Facts, kind: str) -> str:
    name, plural = f"{NEXT}.{kind}", tables_suggestions.PLURALS[kind]
    best = str(facts[f"{name}.rule"].value)
    popular = _text(facts, f"{name}.{POPULAR}.hit")
    if best == POPULAR:
        return (
            f"Of {plural}, nothing surely beats popularity, which hits {popular} of next orders: suggest what all "
            "buy most."
        )
    more = [rule for rule in RULES if rule != best and _better(facts, f"{name}.{rule}")]
    also = f"; going by {joined([BY[rule] for rule in more])} beats popularity too" if more else ""
    return (
        f"Of {plural}, going by {BY[best]} hits {_text(facts, f'{name}.{best}.hit')} of next orders and popularity "
        f"{popular}: {_lift(facts, f'{name}.{best}.lift')} as often{also}."
    )


@prose
def segments(facts: Facts, found: Study) -> str:
    """Say in which segments the rule that is recommended differs from that for everybody."""
    lines = []
    for kind in found.kinds:
        own = [
            f"{plain(found.titles[name])}: {BY[rule]}"
            for name, rule in kind.chosen.items()
            if name in found.segments and rule != kind.chosen[suggestions_study.ALL]
        ]
        plural = tables_suggestions.PLURALS[kind.kind]
        rule = BY[kind.chosen[suggestions_study.ALL]]
        lines.append(
            f"Of {plural}, {f'all but these go by {rule}: {joined(own)}' if own else f'every segment goes by {rule}'}."
        )
    return " ".join(lines)


@prose
def truth(facts: Facts, shop: Shop) -> str:
    """Hold what was found against how the simulated world was made."""
    if shop.planted is None or f"{NEXT}.category.rule" not in facts:
        return "Whether tastes are people’s own is not known of this shop; it is of the simulated one."
    name = f"{NEXT}.category"
    own = _better(facts, f"{name}.{REPEAT}")
    group = _better(facts, f"{name}.{SEGMENT}")
    return (
        "This world is simulated: each customer was given a taste of their own for categories, segments none. That "
        f"tastes are people’s own {claim(own, 'was found', 'was not found')}; that segments have some "
        f"{claim(group, 'was found, wrongly', 'was, rightly, not found')}."
    )


def need_offers(found: Study) -> None:
    """End the section where the test says nothing of segments.

    Raises
    ------
    SectionStop
        People of the test are not known as customers.
    """
    if found.offers.empty:
        raise SectionStop(
            "Which offer is best for a segment by recency, frequency and value cannot be said: people of the test are "
            "not known as customers who had ordered before it, or too few of them are."
        )


@prose
def offers(facts: Facts) -> str:
    """Say what the next best action of each segment is, and how sure."""
    names = offered(facts)
    sure = [name for name in names if facts[f"{name}.verdict"].value == "pays"]
    lost = [name for name in names if facts[f"{name}.verdict"].value == "does not pay"]
    words = (
        f"Sure to pay: {joined([_offer(facts, name) for name in sure])}."
        if sure
        else "In no segment is an offer sure to pay: what stands here is the most promising one, to be tested again."
    )
    if lost:
        words += f" Sure not to pay, even the best: {joined([_title(facts, name) for name in lost])}."
    return words


@prose
def to_do(facts: Facts) -> str:
    """Recommend what to suggest next, or what it takes to know."""
    lines = []
    for kind in KINDS:
        rule = f"{NEXT}.{kind}.rule"
        if rule in facts:
            lines.append(f"- Suggest {tables_suggestions.PLURALS[kind]} by {BY[str(facts[rule].value)]}.")
    return "\n".join(lines) or "- What to suggest next can be judged once orders say what was bought, and when."


def offered(facts: Facts) -> list[str]:
    """Return the ids of all segments' next best actions."""
    return [key.removesuffix(".arm") for key in facts if key.startswith(f"{NEXT}.offer.") and key.endswith(".arm")]


def look(shop: Shop) -> Strategy:
    """Look at the strategy; where the source has no test, say what can be suggested without one.

    Raises
    ------
    ChapterStop
        As `strategy_study.look`, with what to suggest next.
    """
    try:
        return look_at_strategy(shop)
    except ChapterStop as stop:
        raise ChapterStop(f"{stop}\n\n{alone(shop)}") from None


def alone(shop: Shop) -> str:
    """Say what to suggest next, without offers: sentences and a table of their own."""
    try:
        found = suggestions_study.look(shop)
    except SectionStop as stop:
        return str(stop)
    record_suggestions.study(shop.facts, found)
    lines = [f"**What to suggest next** needs no test. {setting(shop.facts, found)} {rules(shop.facts)}", ""]
    for kind in found.kinds:
        lines += [f"| Segment | {tables_suggestions.title(kind)} | By |", "|:--|:--|:--|"]
        for name in found.segments:
            shown = tables_suggestions.named(kind, name, escape=True)
            lines.append(f"| {plain(found.titles[name])} | {shown} | {BY[kind.chosen[name]]} |")
        lines.append("")
    return "\n".join(lines)


def _offer(facts: Facts, name: str) -> str:
    arm = plain(str(facts[f"{name}.arm"].value))
    return f"“{arm}” for {_title(facts, name)} ({_text(facts, f'{name}.net', signed=True)} per person)"


def _title(facts: Facts, name: str) -> str:
    return plain(str(facts[f"{name}.title"].value))


def _better(facts: Facts, name: str) -> bool:
    """Whether a rule surely beats popularity."""
    lift, p = facts[f"{name}.lift"].value, facts[f"{name}.p"].value
    return isinstance(lift, float) and lift > 1 and isinstance(p, float) and p < ALPHA


def _lift(facts: Facts, name: str) -> str:
    entry = facts[name]
    if not isinstance(entry.value, float) or entry.low is None or entry.high is None:
        return "more often than never"
    low, high = (show(end, "ratio", 2) for end in (entry.low, entry.high))
    return f"{show(entry.value, 'ratio', 2)} times (95\u00a0% interval {low} to {high})"


def _text(facts: Facts, name: str, signed: bool = False) -> str:
    return plain(facts.text(name, signed))
