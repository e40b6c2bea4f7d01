"""What the facts of recency, frequency and value say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.facts import SIGNS, Facts, claim
from patrons.rfm import Scores
from patrons.words import joined, plain, prose

#: The scores are tried with these numbers of bins as well.
OTHER_BINS = (4, 10)


def segments(facts: Facts) -> list[str]:
    """Return the slugs of the segments that have customers, in the map's order."""
    prefix, suffix = "rfm.segment.", ".customers"
    names = [key[len(prefix) : -len(suffix)] for key in facts if key.startswith(prefix) and key.endswith(suffix)]
    return [name for name in names if facts[f"{prefix}{name}{suffix}"].value]


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the revenue share of the segment that brings most."""
    top = _top(facts)
    return facts.answer(f"rfm.segment.{top}.revenue_share", f"of revenue from {_title(facts, top)}")


@prose
def sentences(facts: Facts) -> str:
    """Say who is worth most, and what stands to be lost."""
    return f"{most_valuable(facts)} {slipping(facts)}".strip()


def most_valuable(facts: Facts) -> str:
    """Say which segment brings most, and how that compares with its size."""
    top = _top(facts)
    share, people = (_number(facts, top, what) for what in ("revenue_share", "customer_share"))
    ratio = share / people
    words = claim(
        ratio >= 1.5, "far more than their share", claim(ratio > 1.1, "more than their share", "about their share")
    )
    return (
        f"**{_title(facts, top)}** bring {facts.text(f'rfm.segment.{top}.revenue_share')} of the revenue "
        f"({facts.interval(f'rfm.segment.{top}.revenue_share')}) and are "
        f"{facts.text(f'rfm.segment.{top}.customer_share')} of the customers, {words}: "
        f"{facts.text(f'rfm.segment.{top}.revenue_per_customer')} each."
    )


def slipping(facts: Facts) -> str:
    """Say what the customers at risk have spent, where the map has such a segment."""
    if "at_risk" not in segments(facts):
        return ""
    name = "rfm.segment.at_risk"
    return (
        f"{_title(facts, 'at_risk')} are {facts.text(f'{name}.customers')} who used to buy and fell silent; "
        f"{facts.text(f'{name}.revenue_share')} of the revenue came from them "
        f"({facts.interval(f'{name}.revenue_share')})."
    )


def first_step(facts: Facts) -> str:
    """Say what to do about the segment that brings most, and about the one that is slipping away."""
    names = dict.fromkeys([_top(facts), *(["at_risk"] if "at_risk" in segments(facts) else [])])
    steps = [
        f"{_title(facts, name)}: {plain(str(facts[f'rfm.segment.{name}.action'].value)).lower()}" for name in names
    ]
    return f"{'. '.join(steps)}."


def panels(currency: str | None) -> dict[str, str]:
    """Return what the panels of the three measures are called."""
    money = f"Revenue, {SIGNS.get(currency, currency)}" if currency else "Revenue"
    return {"recency": "Days since the last order", "frequency": "Orders", "monetary": money}


@prose
def skew(facts: Facts) -> str:
    """Compare means with medians."""
    ratios = [
        _value(facts, f"rfm.{item}.mean") / (_value(facts, f"rfm.{item}.median") or 1)
        for item in ("frequency", "monetary")
    ]
    if min(ratios) > 1.2:
        return "lie far above: some customers buy many times what most do."
    return claim(max(ratios) > 1.2, "are not both near the medians: one of the two is uneven.", "are near the medians.")


@prose
def ties(scores: Scores) -> str:
    """Say where equal values swallowed a score."""
    return " ".join(scores.remarks) or "No value is so common that it swallows a score: each score occurs."


@prose
def shares(facts: Facts) -> str:
    """Compare the segments that bring more than their number with those that bring less."""
    more: list[str] = []
    less: list[str] = []
    for name in segments(facts):
        side = more if _number(facts, name, "revenue_share") > _number(facts, name, "customer_share") else less
        side.append(_title(facts, name))
    if not more or not less:
        return "Every segment brings what its size lets expect."
    verb = claim(len(more) > 1, "bring", "alone bring")
    return f"{joined(more)} {verb} a larger share of the revenue than of the customers; {joined(less)}, a smaller one."


@prose
def order(scores: Scores) -> str:
    """List the segments by their median rank sum, best first."""
    medians = scores.customers.groupby("segment", observed=True)["rank_sum"].median().sort_values(ascending=False)
    return joined([f"{scores.segments.segments[str(name)].title} {value:.0f}" for name, value in medians.items()])


@prose
def other_bins() -> str:
    """Name the other numbers of bins."""
    return joined([str(item) for item in OTHER_BINS], "or")


@prose
def to_do(facts: Facts) -> str:
    """List what to do about each segment, with what one of its customers has spent."""
    lines = []
    for name in segments(facts):
        spent = facts.text(f"rfm.segment.{name}.revenue_per_customer")
        action = plain(str(facts[f"rfm.segment.{name}.action"].value))
        lines.append(
            f"- **{_title(facts, name)}** ({facts.text(f'rfm.segment.{name}.customers')}, {spent} each). {action}."
        )
    return "\n".join(lines)


def _top(facts: Facts) -> str:
    return str(facts["rfm.top_segment"].value)


def _title(facts: Facts, name: str) -> str:
    return plain(str(facts[f"rfm.segment.{name}.title"].value))


def _number(facts: Facts, name: str, what: str) -> float:
    return _value(facts, f"rfm.segment.{name}.{what}")


def _value(facts: Facts, name: str) -> float:
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else float("nan")
