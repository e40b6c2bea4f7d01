"""What the facts of recency, frequency and value say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.facts import SIGNS, Facts, claim
from patrons.limits import ALPHA
from patrons.words import joined, plain, prose

#: What a measure is called within a sentence.
NAMES = {"recency": "recency", "frequency": "number of orders", "monetary": "revenue"}


def segments(facts: Facts) -> list[str]:
    """Return the slugs of the segments that have customers enough to be shown, in the map's order."""
    prefix, suffix = "rfm.segment.", ".customers"
    names = [key[len(prefix) : -len(suffix)] for key in facts if key.startswith(prefix) and key.endswith(suffix)]
    return [name for name in names if facts[f"{prefix}{name}{suffix}"].value]


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the revenue share of the segment that brings most."""
    if "rfm.top_segment" not in facts:
        return facts.answer("rfm.customers", "scored, no segment of which can be shown")
    return facts.answer(
        f"rfm.segment.{_top(facts)}.revenue_share", f"of revenue from {_bare_title(facts, _top(facts))}"
    )


@prose
def sentences(facts: Facts) -> str:
    """Say who is worth most, what stands to be lost, and whether the segments foretold anything."""
    return " ".join(filter(None, [most_valuable(facts), slipping(facts), foretold(facts)]))


def for_summary(facts: Facts) -> str:
    """Answer the chapter's question for readers of the summary, with one recommendation; nothing without scores."""
    if "rfm.top_segment" not in facts:
        return ""
    return " ".join(filter(None, [most_valuable(facts), foretold(facts), first_step(facts)]))


def most_valuable(facts: Facts) -> str:
    """Say which segment brings most, and how that compares with its size."""
    if "rfm.top_segment" not in facts:
        return "There are too few customers to say who is worth most without telling about single ones."
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
    """Say what the customers at risk have spent, where there are some."""
    if "at_risk" not in segments(facts):
        return ""
    name = "rfm.segment.at_risk"
    silent = f"half of them for {facts.text(f'{name}.recency')} or longer" if f"{name}.recency" in facts else ""
    if _top(facts) == "at_risk":
        return f"They used to buy, and fell silent{f', {silent}' if silent else ''}."
    return (
        f"{_title(facts, 'at_risk')} are {facts.text(f'{name}.customers')} who used to buy and fell silent"
        f"{f', {silent}' if silent else ''}; "
        f"{facts.text(f'{name}.revenue_share')} of the revenue came from them "
        f"({facts.interval(f'{name}.revenue_share')})."
    )


def foretold(facts: Facts) -> str:
    """Say whether the segments of an earlier moment told who would order again."""
    if "rfm.later.best" not in facts or facts["rfm.later.returned.p"].value is None:
        return ""
    best, worst, months = (str(facts[f"rfm.{key}"].value) for key in ("later.best", "later.worst", "back.months"))
    rates = {name: f"{facts.text(_rate(name))} ({facts.interval(_rate(name))})" for name in (best, worst)}
    if _value(facts, "rfm.later.returned.p") >= ALPHA:
        return (
            f"Those who stood in different segments {months} months ago have not come back in clearly different "
            f"shares: from {rates[worst]} to {rates[best]}."
        )
    return (
        f"The names foretell: of those who were {_title(facts, best)} {months} months ago, {rates[best]} have ordered "
        f"since; of those who were {_title(facts, worst)}, {rates[worst]}."
    )


def first_step(facts: Facts) -> str:
    """Say what to do about the segment that brings most, and about the one that is slipping away."""
    if "rfm.top_segment" not in facts:
        return "Wait for more customers before acting on segments."
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
def basis(facts: Facts, day: str | None) -> str:
    """Say of whom the measures are known, and where they come from.

    Parameters
    ----------
    facts
        With `rfm.customers` and `rfm.left_out`.
    day
        The day of reference; None where a table of customers sums up the measures.
    """
    n, left_out = facts.text("rfm.customers"), facts["rfm.left_out"].value
    source = claim(day is not None, "counted from their orders", "as their table sums them up")
    said = f"The three are known of {n}, {source}."
    if left_out:
        who = f" Of {facts.text('rfm.left_out')} at least one is missing"
        said += f"{who}: {claim(left_out == 1, 'it is', 'they are')} not scored."
    return said


@prose
def recency(day: str | None) -> str:
    """Define recency."""
    return (
        f"The whole days from a customer's last order to {day}."
        if day
        else "The days since the last order, as recorded."
    )


@prose
def skew(facts: Facts) -> str:
    """Compare medians with means."""
    ids = [f"rfm.{item}" for item in ("recency", "frequency", "monetary")]
    if any(facts[f"{name}.median"].value is None for name in ids):
        return "There are too few customers to speak of a typical one."
    typical = (
        f"The last order of the median customer was {facts.text(f'{ids[0]}.median')} before the day of reference; the "
        f"median customer has placed {facts.text(f'{ids[1]}.median')} and spent {facts.text(f'{ids[2]}.median')}."
    )
    means = [f"{facts.text(f'{name}.mean')}{_bounds(facts, f'{name}.mean')}" for name in ids[1:]]
    ratios = [_value(facts, f"{name}.mean") / (_value(facts, f"{name}.median") or 1) for name in ids[1:]]
    if min(ratios) > 1.2:
        verdict = "lie far above: some customers buy many times what most do."
    elif max(ratios) > 1.2:
        verdict = "are not both near the medians: one of the two is uneven."
    else:
        verdict = "are near the medians."
    return f"{typical} The means, {means[0]} and {means[1]}, {verdict}"


@prose
def shares(facts: Facts) -> str:
    """Compare the segments that bring more than their number with those that bring less."""
    more: list[str] = []
    less: list[str] = []
    for name in segments(facts):
        share = facts[f"rfm.segment.{name}.revenue_share"]
        people = _number(facts, name, "customer_share")
        if share.low is not None and share.low > people:
            more.append(_title(facts, name))
        elif share.high is not None and share.high < people:
            less.append(_title(facts, name))
    if not more or not less:
        return "No segment clearly brings more than its size lets expect, and another less."
    verb = claim(len(more) > 1, "bring", "alone bring")
    return (
        f"{joined(more)} {verb} a larger share of the revenue than of the customers; {joined(less)}, a smaller one. "
        "The intervals leave no doubt about either."
    )


@prose
def to_do(facts: Facts) -> str:
    """List what to do about each segment, with what one of its customers has spent."""
    names = segments(facts)
    if not names:
        return "Wait: with so few customers, speak to each of them in person rather than in segments."
    lines = []
    for name in names:
        spent = facts.text(f"rfm.segment.{name}.revenue_per_customer")
        action = plain(str(facts[f"rfm.segment.{name}.action"].value))
        lines.append(
            f"- **{_title(facts, name)}** ({facts.text(f'rfm.segment.{name}.customers')}, {spent} each). {action}."
        )
    return "\n".join(lines)


def _bounds(facts: Facts, name: str) -> str:
    entry = facts[name]
    return f" ({facts.interval(name)})" if entry.low is not None and entry.low != entry.high else ""


def _rate(name: str) -> str:
    return f"rfm.later.{name}.rate"


def _top(facts: Facts) -> str:
    return str(facts["rfm.top_segment"].value)


def _title(facts: Facts, name: str) -> str:
    return plain(_bare_title(facts, name))


def _bare_title(facts: Facts, name: str) -> str:
    return str(facts[f"rfm.segment.{name}.title"].value)


def _number(facts: Facts, name: str, what: str) -> float:
    return _value(facts, f"rfm.segment.{name}.{what}")


def _value(facts: Facts, name: str) -> float:
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else float("nan")
