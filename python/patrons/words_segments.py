"""What groups of customers say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons import words_rivals
from patrons.clusters import FEWER_STARTS, MANY, STARTS
from patrons.clusters_choice import STABLE, STRONG, Choice
from patrons.clusters_criteria import EXACT
from patrons.clusters_criteria import SAMPLE as SILHOUETTE_SAMPLE
from patrons.clusters_names import CLEAR
from patrons.clusters_pictures import Plane
from patrons.clusters_resampled import SAMPLE
from patrons.clusters_study import Study
from patrons.facts import NO_BREAK, SIGNS, Facts, claim
from patrons.frames import each
from patrons.words import joined, plain, prose

#: A group's mean Jaccard similarity from which it is a group for sure, a group, a pattern.
FIRM, GROUP, PATTERN = 0.85, 0.75, 0.6
#: What the criteria are called, in the order of their panels.
CRITERIA = {
    "inertia": "inertia",
    "silhouette": "silhouette",
    "calinski_harabasz": "Calinski–Harabasz index",
    "davies_bouldin": "Davies–Bouldin index",
    "gap": "gap statistic",
    "stability": "stability",
    "strength": "prediction strength",
}
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: how many groups, and how surely they are found again."""
    again = f"adjusted Rand index {facts.text('segments.stability')}, {facts.interval('segments.stability')}"
    return facts.answer("segments.k", f"agreement with groups of other samples: {again}")


@prose
def sentences(facts: Facts) -> str:
    """Say which group brings most, and whether the groups are found again."""
    return " ".join(filter(None, [most_valuable(facts) or largest(facts), found_again(facts)]))


def for_summary(facts: Facts) -> str:
    """Answer the chapter's question in two sentences and a recommendation; nothing where there are no groups."""
    if "segments.k" not in facts:
        return ""
    first = f"The customers fall into {facts.text('segments.k')}."
    return " ".join(
        filter(None, [first, most_valuable(facts) or largest(facts), found_again(facts), first_step(facts)])
    )


def most_valuable(facts: Facts) -> str:
    """Say which group brings the largest share of the revenue; nothing where revenue is not known."""
    if "segments.top" not in facts:
        return ""
    name = f"segments.{facts['segments.top'].value}"
    ratio = _value(facts, f"{name}.revenue_share") / _value(facts, f"{name}.customer_share")
    words = claim(
        ratio >= 1.5, "far more than their share", claim(ratio > 1.1, "more than their share", "about their share")
    )
    return (
        f"**{_name(facts, name)}**: {facts.text(f'{name}.customer_share')} of the customers bring "
        f"{facts.text(f'{name}.revenue_share')} of the revenue ({facts.interval(f'{name}.revenue_share')}), {words}."
    )


def largest(facts: Facts) -> str:
    """Say which group is the largest."""
    names = [name for name in groups(facts) if facts[f"{name}.customer_share"].value is not None]
    if not names:
        return ""
    name = max(names, key=lambda item: _value(facts, f"{item}.customers"))
    return (
        f"The largest group is **{_name(facts, name)}** with {facts.text(f'{name}.customers')}, "
        f"{facts.text(f'{name}.customer_share')} of all."
    )


def found_again(facts: Facts) -> str:
    """Say whether the groups come back in other samples of customers."""
    return claim(
        bool(facts["segments.reproducible"].value),
        "Other samples of the same kind of customers show the same groups.",
        "Other samples of customers show other groups: take these as a way to sort, not as kinds of people.",
    )


def first_step(facts: Facts) -> str:
    """Say what to do about the group that brings most, as the matrix of needs has it."""
    if "segments.top" not in facts:
        return ""
    top = int(str(facts["segments.top"].value))
    if not any(key.startswith(f"segments.{top}.needs.") for key in facts):
        return ""
    return words_rivals.actions(facts, {top: str(facts[f"segments.{top}.name"].value)}).removeprefix("- ")


def groups(facts: Facts) -> list[str]:
    """Return the ids of the groups, such as `segments.1`, in order."""
    places = range(1, int(_value(facts, "segments.k")) + 1)
    return [f"segments.{place}" for place in places if f"segments.{place}.name" in facts]


def titles(features: tuple[str, ...], currency: str | None) -> dict[str, str]:
    """Return what features are called in figures and tables."""
    money = f"Revenue, {SIGNS.get(currency, currency)}" if currency else "Revenue"
    known = {"recency": "Days since last order", "frequency": "Orders", "monetary": money}
    return {name: known.get(name, _capital(name.replace("_", " "))) for name in features}


@prose
def basis(found: Study, transform: str, scale: str) -> str:
    """Say what the groups are made from, and who is left out."""
    clustering = found.clustering
    names = joined([plain(title.split(",")[0].lower()) for title in titles(clustering.features, None).values()])
    count = len(clustering.features)
    many = claim(count == 1, "one number", f"{COUNTS[count] if count < len(COUNTS) else count} numbers")
    logs = claim(
        transform == "log",
        "taken in logarithms, since a difference between one order and two means more than one between 21 and 22",
        "taken as they are",
    )
    unit = claim(
        scale == "standard",
        "and brought to the same spread, so that none counts for more because of its unit",
        "and not brought to a common spread: what varies over more units counts for more",
    )
    left = claim(
        clustering.set_aside > 0,
        f" {clustering.set_aside:,} customers for whom one of them is missing are set aside.",
        " Nobody is left out: all of them are known of every customer.",
    )
    return (
        f"The {len(clustering.customers):,} customers are compared by {many}: {names}; {logs}, {unit}. These choices "
        f"stand in `source.yml` under `analysis: segments`.{left}"
    )


@prose
def sampled(customers: int) -> str:
    """Say what rests on a sample of the customers, and how often K-means starts."""
    starts = FEWER_STARTS if customers > MANY else STARTS
    if customers <= SAMPLE:
        return f"K-means starts {starts} times, and the best end counts. Every criterion rests on all customers."
    width = claim(customers > EXACT, f"the silhouette rests on {SILHOUETTE_SAMPLE:,} customers drawn at random,", "")
    return (
        f"K-means starts {starts} times, and the best end counts. Inertia and the two indices rest on all customers; "
        f"{width} each repetition behind the last three on {SAMPLE:,} drawn at random."
    ).replace("  ", " ")


@prose
def chosen(facts: Facts, choice: Choice) -> str:
    """Say what the rule takes, and what is used."""
    k, rule = facts.text("segments.k"), facts.text("segments.k_by_rule")
    if choice.candidates:
        listed = joined([str(item) for item in choice.candidates])
        took = claim(
            len(choice.candidates) > 1,
            f"Of the numbers tried, {listed} pass; the rule takes the largest, {rule}.",
            f"Of the numbers tried, {listed} alone passes.",
        )
    else:
        took = (
            "No number of groups passes: the customers differ by degree, and a border drawn anywhere is moved by the "
            f"next sample. The rule falls back on the number with the largest prediction strength, {rule}."
        )
    if choice.asked is None:
        return took
    same = claim(choice.asked == choice.by_rule, "the same", f"and {k} are used")
    return f"{took} `source.yml` asks for {choice.asked}, {same}."


@prose
def disagreement(facts: Facts, choice: Choice) -> str:
    """Say which number each criterion would take by itself, and what speaks for the choice where they differ."""
    k = choice.k
    by_number: dict[int, list[str]] = {}
    for criterion, title in CRITERIA.items():
        favourite = choice.favourites[criterion]
        if favourite is not None:
            by_number.setdefault(favourite, []).append(f"the {title}")
    agreeing = by_number.pop(k, [])
    verb = claim(len(agreeing) == 1, "points", "point")
    own = f"{_capital(joined(agreeing))} {verb} to {k}" if agreeing else f"No criterion by itself points to {k}"
    others = [f"{joined(names)} to {number}" for number, names in sorted(by_number.items())]
    said = f"{own}; {joined(others)}." if others else f"{own}: they all agree."
    fewer = [number for number in by_number if number < k]
    if fewer and choice.asked is None:
        said += (
            " Indices of separation like few, large groups: two are often the clearest. Fewer groups than can be found "
            "again leave differences unused that one could act on."
        )
    if any(number > k for number in by_number):
        said += " What points to more groups rests on finer cuts, which the next sample of customers would move."
    if choice.favourites["gap"] == 1:
        said += " The gap statistic stops at 1: by its rule, there need not be groups at all."
    same = claim(facts["segments.r.gap"].value == choice.favourites["gap"], "the same", facts.text("segments.r.gap"))
    return f"{said} With reference data of its own, R's `clusGap` takes {same}."


@prose
def end(facts: Facts) -> str:
    """Say whether another algorithm would have come further."""
    lower = _value(facts, "segments.r.lower")
    return claim(
        lower > 0.001,
        f"R's default algorithm lowers the inertia by another {facts.text('segments.r.lower')} from there: the borders "
        "are not quite the best ones.",
        "R's default algorithm, started from the same centres, finds nothing better to speak of.",
    )


@prose
def contrast(facts: Facts) -> str:
    """Compare the groups that bring more than their number with those that bring less."""
    if "segments.top" not in facts:
        return largest(facts)
    more: list[str] = []
    less: list[str] = []
    for name in groups(facts):
        if facts[f"{name}.revenue_share"].value is None:
            continue
        above = _value(facts, f"{name}.revenue_share") > _value(facts, f"{name}.customer_share")
        (more if above else less).append(f"*{_name(facts, name)}*")
    if not more or not less:
        return "Every group brings what its size lets expect."
    bring = claim(len(more) > 1, "bring", "brings")
    return f"{joined(more)} {bring} a larger share of the revenue than of the customers; {joined(less)}, a smaller one."


@prose
def seen(found: Plane, facts: Facts) -> str:
    """Say how much of the differences the plane shows."""
    if len(found.loadings) < 2:
        return "With one feature there is no plane: the groups lie on a line."
    shown = _value(facts, "segments.plane.explained")
    hidden = claim(
        shown >= 0.8,
        "little is hidden behind it",
        claim(shown >= 0.6, "some of the differences lie behind it", "much lies behind it: distances deceive"),
    )
    first = found.loadings.set_index("feature")["pc1"]
    called = {name: plain(title.lower()) for name, title in titles(tuple(first.index), None).items()}
    along = [called[name] for name in first[first > CLEAR].index]
    against = [called[name] for name in first[first < -CLEAR].index]
    sides = [(along, "higher"), (against, "lower")]
    said = [f"{joined(names)} {claim(len(names) > 1, 'are', 'is')} {level}" for names, level in sides if names]
    right = f"Towards the right, {joined(said)}" if said else ""
    tail = f" {right}." if right else ""
    return (
        f"The plane shows {facts.text('segments.plane.explained')} of the variance and "
        f"{facts.text('segments.plane.separation')} of that between the groups: {hidden}.{tail} Outlines that overlap "
        "here may be apart in what is not seen."
    )


@prose
def firmness(table: pd.DataFrame) -> str:
    """Say which groups are found again, and which are not."""
    sure = [f"*{plain(row.name)}*" for row in each(table) if row.jaccard >= GROUP]
    vague = [f"*{plain(row.name)}*" for row in each(table) if row.jaccard < GROUP]
    if not vague:
        lowest = table["jaccard"].min()
        return f"All groups are found again: the least sure one with {lowest:.2f}."
    rest = f"{joined(vague)} {claim(len(vague) > 1, 'change', 'changes')} with the sample: do not build on the border."
    return f"{joined(sure)} {claim(len(sure) > 1, 'are', 'is')} found again. {rest}" if sure else rest


def judged(jaccard: float) -> str:
    """Name how firm a group is.

    Examples
    --------
    >>> judged(0.8), judged(0.5)
    ('found again', 'dissolves')
    """
    if jaccard >= FIRM:
        return "firm"
    return claim(jaccard >= GROUP, "found again", claim(jaccard >= PATTERN, "a pattern", "dissolves"))


@prose
def rule(smallest: int) -> str:
    """State the rule that chooses the number of groups."""
    return (
        f"1. Groups of bootstrap samples agree with the groups: mean adjusted Rand index at least {STABLE}.\n"
        f"2. One half of the customers predicts the groups of the other: the mean prediction strength plus one "
        f"standard deviation between splits is at least {STRONG}.\n"
        f"3. No group has fewer than {smallest}{NO_BREAK}customers."
    )


@prose
def to_do(facts: Facts) -> str:
    """Say what follows from the groups as a whole; what follows for each stands with its needs."""
    vague = [f"*{_name(facts, name)}*" for name in groups(facts) if _value(facts, f"{name}.jaccard") < GROUP]
    lines = [
        "- Ask of each group what you would do differently for it. Where the answer is nothing, the border between two "
        "groups is not worth having: ask for fewer with `analysis: segments: k` in `source.yml`."
    ]
    if "segments.top" in facts:
        top = f"segments.{facts['segments.top'].value}"
        lines.insert(
            0,
            f"- Begin with *{_name(facts, top)}*: a customer of this group has brought "
            f"{facts.text(f'{top}.revenue_per_customer')} ({facts.interval(f'{top}.revenue_per_customer')}). "
            "@sec-segments-needs says what each group needs.",
        )
    if vague:
        lines.append(f"- Do not treat {joined(vague)} otherwise than the neighbours: the next sample moves the border.")
    lines.append(
        "- Keep the borders for a while. Groups that are made anew every month cannot be compared, and who moves "
        "between them cannot be told from borders that move."
    )
    return "\n".join(lines)


def _name(facts: Facts, name: str) -> str:
    return plain(str(facts[f"{name}.name"].value))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _value(facts: Facts, name: str) -> float:
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else float("nan")
