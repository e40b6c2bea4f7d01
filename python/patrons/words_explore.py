"""What a first look says, in words: the same in its chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons.explore import Measured
from patrons.explore_rhythm import Waiting
from patrons.explore_study import Study
from patrons.facts import NO_BREAK, SIGNS, Facts, claim, show
from patrons.frames import each
from patrons.words import Prose, joined, plain, prose

#: More outliers than this are no outliers but another kind of customer.
TOO_MANY = 0.05
#: From this share of one-time customers on, a second order is worth working for.
MANY_ONCE = 0.1
#: What stands in the place of a table of pairs, and of a line of agreement, where the source allows no test.
NO_PAIR = Prose("No pair is bought together more often than chance lets expect.")
NO_TEST = Prose("Nothing here is computed twice.")


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: what the best fifth brings, or the first median where nothing sold."""
    if _known(facts, "explore.top20_revenue_share"):
        return facts.answer("explore.top20_revenue_share", "of revenue from a fifth of the customers")
    name = _measures(facts)[0]
    return facts.answer(f"explore.{name}.median", f"median {facts[f'explore.{name}.title'].value}".lower())


@prose
def sentences(facts: Facts) -> str:
    """Say how unequal customers are, how often they order, and what they buy."""
    parts = [halves(facts), rhythm(facts), _first_parts(facts), closest(facts)]
    return " ".join([part for part in parts if part][:3])


def halves(facts: Facts) -> str:
    """Compare the better half of the customers with the other."""
    if not _known(facts, "explore.high_low_ratio"):
        return ""
    ratio = float(facts["explore.high_low_ratio"].value or 0)
    size = claim(
        ratio >= 5, "Customers differ widely", claim(ratio >= 2, "Customers differ", "Customers differ little")
    )
    return (
        f"{size}: one of the better half brings {facts.text('explore.high_low_ratio')} times as much as one of the "
        f"other ({facts.interval('explore.high_low_ratio')})."
    )


def rhythm(facts: Facts) -> str:
    """Say how long customers wait between orders, and how many never come back."""
    if "explore.one_time_share" not in facts:
        return ""
    once = f"Of all, {facts.text('explore.one_time_share')} ordered once ({facts.interval('explore.one_time_share')})"
    name = "explore.days_between_orders.median"
    if not _known(facts, name):
        return f"{once}."
    return f"{once}; for the others, half of the next orders came within {facts.text(name)} ({facts.interval(name)})."


def closest(facts: Facts) -> str:
    """Say which two measures go together most closely."""
    found = [side for side in ("positive", "negative") if f"explore.correlation.{side}" in facts]
    if not found:
        return "No two of the measures go together for sure."
    side = max(found, key=lambda item: abs(float(facts[f"explore.correlation.{item}"].value or 0)))
    name = f"explore.correlation.{side}"
    x, y = (plain(str(facts[f"{name}.{end}"].value)) for end in "xy")
    rho = f"{_text(facts, name)} ({_interval(facts, name)})"
    return f"The closest pair is *{x}* and *{y}*, whose ranks correlate at {rho}."


@prose
def basis(study: Study) -> str:
    """Say what the key numbers are taken from."""
    people = f"{len(study.measured.table):,} customers"
    if study.waiting is not None:
        return f"Five numbers sum up what the orders of {people} say about each of them."
    return f"The source has no orders; what its table says about {people} is looked at in their place."


def axes(found: Measured, log: bool, currency: str | None) -> dict[str, str]:
    """Return what the panels of the measures on one kind of scale are called."""
    sign = f", {SIGNS.get(currency, currency)}" if currency else ""
    return {
        item.name: item.title + (sign if item.unit == "money" else "") for item in found.measures if item.log == log
    }


@prose
def spread(found: Measured, summary: pd.DataFrame, bars: pd.DataFrame, smallest: int, currency: str | None) -> str:
    """Say how far the tails of the most uneven measure are from its middle, and what is not drawn."""
    positive = summary[(summary["median"] > 0) & summary["log"]]
    words = ""
    if found.constant:
        verb = claim(len(found.constant) > 1, "are", "is")
        names = joined([f"*{plain(title)}*" for title in found.constant])
        words += f"{names} {verb} the same for everybody and left out. "
    if len(positive):
        row = positive.iloc[int((positive["q95"] / positive["median"]).to_numpy().argmax())]
        unit = currency if row["unit"] == "money" else row["unit"]
        words += (
            f"The longest tail is that of *{plain(row['title'])}*: one customer in twenty lies above "
            f"{plain(show(float(row['q95']), unit))}, {row['q95'] / row['median']:.1f} times the median. "
        )
    zero = summary[summary["log"] & (summary["not_positive"] > 0)]
    if len(zero):
        counts = [f"*{plain(row.title)}*, {_few(row.not_positive, smallest)}" for row in each(zero)]
        words += f"At or below zero, where a log scale has no place, are in {joined(counts)} customers. "
    whole = summary["n"] - summary["not_positive"].where(summary["log"], 0)
    drawn = summary["measure"].map(bars.groupby("measure")["customers"].sum()).fillna(0)
    left = float((1 - drawn / whole).max())
    return (
        f"{words}Bars of fewer than {smallest} customers and the outermost half per cent at either end are not drawn: "
        f"at most {show(left, 'share')} of the customers of a panel."
    )


@prose
def together(facts: Facts) -> str:
    """Say which measures go together most, in both directions, and how many pairs stay open."""
    parts = []
    for side, words in (("positive", "rise together"), ("negative", "move against each other")):
        name = f"explore.correlation.{side}"
        if name in facts:
            x, y = (plain(str(facts[f"{name}.{end}"].value)) for end in "xy")
            parts.append(f"*{x}* and *{y}* {words} most ({_text(facts, name)}, {_interval(facts, name)})")
    pairs, unsure = (int(facts[f"explore.correlation.{what}"].value or 0) for what in ("pairs", "open"))
    if not pairs:
        return "There are no two measures to compare."
    rest = claim(
        unsure > 0,
        f"Of {pairs} pairs, {unsure} {claim(unsure == 1, 'has', 'have')} an interval that holds zero: the two may have "
        "nothing to do with each other.",
        claim(pairs > 1, f"None of the {pairs} intervals holds zero.", "Its interval does not hold zero."),
    )
    made = claim(
        "explore.orders_per_year.median" in facts,
        " Measures that are made of the same orders go together by construction: spend a year holds orders a year.",
        "",
    )
    return (f"{joined(parts)}. {rest}" if parts else rest) + made


@prose
def limits(table: pd.DataFrame, smallest: int) -> str:
    """Say what the two rules do differently on these data."""
    lines = []
    flat = table[table["spread"].isna()]
    if len(flat):
        names = joined([f"*{plain(title)}*" for title in flat["title"]])
        lines.append(f"For {names}, half of the customers share one value: there is no robust spread to measure with.")
    known = table[table["spread"].notna()]
    crowd = known[(known["both"] + known["robust_only"]) > TOO_MANY * known["n"]]
    if len(crowd):
        names = joined([f"*{plain(title)}*" for title in crowd["title"]])
        lines.append(
            f"For {names} the robust rule flags more than one customer in twenty: these are not strays but another "
            "kind of customer, which is for the chapters on segments and on who stays."
        )
    logs = known[known["log"]]
    if len(logs):
        high = int((logs["classic_only"]).sum())
        never = int((logs["classic_low"] < 0).sum())
        lines.append(
            f"On {claim(never == len(logs), 'every', f'{never} of {len(logs)}')} log-scaled measure"
            f"{claim(never == len(logs), '', 's')} the classic rule has no lower limit that could be reached, since "
            f"mean − 3 sd is below zero; it alone flags {_few(high, smallest)} values at the upper end, which a "
            "skewed but ordinary distribution is bound to have."
        )
    apart = int((known["classic_only"] + known["robust_only"]).max()) if len(known) else 0
    return " ".join(lines) or f"The two rules differ over {_few(apart, smallest)} customers of a measure at most."


@prose
def concentration(facts: Facts) -> str:
    """Say how unevenly revenue is spread."""
    if not _known(facts, "explore.gini"):
        return "The source does not say what each customer spent."
    top = float(facts["explore.top20_revenue_share"].value or 0)
    rule = claim(
        abs(top - 0.8) <= 0.05,
        "close to the proverbial 80 : 20",
        claim(top < 0.8, "less than the proverbial 80 : 20", "more than the proverbial 80 : 20"),
    )
    ratio = (
        f" A customer of the better half brings {facts.text('explore.high_low_ratio')} times as much as one of the "
        f"other ({facts.interval('explore.high_low_ratio')})."
        if _known(facts, "explore.high_low_ratio")
        else ""
    )
    return (
        f"A fifth of the customers brings {facts.text('explore.top20_revenue_share')} of the revenue "
        f"({facts.interval('explore.top20_revenue_share')}), {rule}; the Gini index is {facts.text('explore.gini')} "
        f"({facts.interval('explore.gini')}).{ratio}"
    )


@prose
def divided(facts: Facts, by: str, of: str) -> str:
    """Say which category or channel is largest, and whether it is for sure."""
    if f"explore.{by}.largest" not in facts:
        listed = claim(by == "category", "spend", "orders")
        return f"To see it, map `{by}` of the transactions or `{listed}` of the customers in `source.yml`."
    names = [key.split(".")[2] for key in facts if key.startswith(f"explore.{by}.") and key.endswith(".share")]
    first = str(facts[f"explore.{by}.largest"].value)
    title = plain(str(facts[f"explore.{by}.{first}.title"].value))
    words = f"{title[:1].upper()}{title[1:]} is the largest with {_share(facts, by, first)} of {of}"
    if len(names) < 2:
        return f"{words}: there is no other."
    second = names[1]
    apart = (facts[f"explore.{by}.{first}.share"].low or 0) > (facts[f"explore.{by}.{second}.share"].high or 0)
    other = f"{plain(str(facts[f'explore.{by}.{second}.title'].value))} with {_share(facts, by, second)}"
    return claim(apart, f"{words}, clearly ahead of {other}.", f"{words}, close to {other}: who leads is open.")


@prose
def waiting(facts: Facts) -> str:
    """Say how long the purchase cycle is, with and without the gaps that still run."""
    if "explore.days_between_orders.gaps" not in facts:
        return "The purchase cycle needs orders with their dates: a table `transactions`."
    if not facts["explore.days_between_orders.gaps"].value:
        return "Nobody has ordered twice: there is no time between orders to measure."
    name = "explore.days_between_orders"
    words = (
        f"{facts.text(f'{name}.repeaters')} have ordered twice or more; half of their next orders came within "
        f"{_bounded(facts, f'{name}.median')}."
    )
    running = f"{name}.median_with_running"
    if facts[running].value is None:
        return f"{words} With the gaps that still run, fewer than half of all orders were followed by another so far."
    return f"{words} With the gaps that still run counted as at least that long, it takes {_bounded(facts, running)}."


@prose
def weeks(facts: Facts) -> str:
    """Say how many orders a week brings, and where they are going."""
    if "explore.weekly_orders.mean" not in facts:
        return "So do weekly orders."
    name = "explore.weekly_orders"
    mean = facts[f"{name}.mean"]
    if mean.value is None:
        return "The orders do not cover one whole week."
    often = _bounded(facts, f"{name}.mean")
    words = f"Over {facts.text(f'{name}.weeks')} that the data cover wholly, a week brings {often}."
    if facts[f"{name}.left_out"].value:
        words += f" {facts.text(f'{name}.left_out')} of too few customers to show are not drawn, but counted."
    if f"{name}.growth" not in facts:
        return f"{words} That is too few weeks for a trend."
    rate = facts.text(f"{name}.growth", signed=True)
    verdict = facts.verdict(f"{name}.growth", "They grow", "They fall", "Whether they grow or fall is open")
    wild = float(facts[f"{name}.dispersion"].value or 1)
    spread = claim(
        wild > 1.5,
        f"Weeks vary {facts.text(f'{name}.dispersion')} times as much as pure chance would let them: season, offers "
        "and waves of new customers are in it, so read the curve rather than the rate.",
        "Weeks vary about as much as pure chance lets them.",
    )
    return f"{words} {verdict}: {rate} a year ({facts.interval(f'{name}.growth', signed=True)}). {spread}"


def marks(waiting: Waiting) -> pd.DataFrame:
    """Return the medians of the times between orders with the names that the figure gives them."""
    rows = []
    for found, name in ((waiting.completed, "completed gaps"), (waiting.any_order, "with those that still run")):
        if pd.notna(found.value):
            text = f"{show(found.value, 'days', 0).replace(NO_BREAK, ' ')}, {name}"
            high = found.high if pd.notna(found.high) else found.value
            low = found.low if pd.notna(found.low) else found.value
            rows.append({"days": found.value, "low": low, "high": high, "text": text})
    return pd.DataFrame(rows)


@prose
def affinity(facts: Facts, levels: list[str]) -> str:
    """Say how many pairs are bought together more often than by chance."""
    if not levels:
        return "The source says neither products nor categories: what is bought together can't be seen."
    parts = []
    for by in levels:
        name = f"explore.pairs.{by}"
        tests, standing = (int(facts[f"{name}.{what}"].value or 0) for what in ("tests", "standing"))
        if f"{name}.best" not in facts:
            parts.append(f"No pair of {_plural(by)} is bought together more often than chance lets expect.")
            continue
        best = f"“{plain(str(facts[f'{name}.best'].value))}” ({facts.text(f'{name}.lift')} times as often as by chance)"
        verb = claim(standing == 1, "stands", "stand")
        parts.append(
            claim(
                standing > 0,
                f"Of {tests:,} pairs of {_plural(by)}, {standing:,} {verb} after the correction; the strongest is "
                f"{best}.",
                f"Of {tests:,} pairs of {_plural(by)}, none stands after the correction: the lifts shown are the "
                "likeliest to be real, and may all be chance.",
            )
        )
    return " ".join(parts)


@prose
def to_do(facts: Facts) -> str:
    """Say what follows from the first look."""
    lines = []
    if _known(facts, "explore.top20_revenue_share"):
        lines.append(
            f"- **Look after the few.** A fifth of the customers brings {facts.text('explore.top20_revenue_share')} of "
            "the revenue: know them, and notice when one falls silent."
        )
    once = facts["explore.one_time_share"].value if "explore.one_time_share" in facts else None
    if isinstance(once, float) and once >= MANY_ONCE:
        lines.append(
            f"- **Win the second order.** {facts.text('explore.one_time_share')} of the customers ordered once."
        )
    name = "explore.days_between_orders.median"
    if _known(facts, name):
        lines.append(
            f"- **Remind in time.** Half of the next orders come within {facts.text(name)}; a reminder after that "
            "reaches those whose order is due."
        )
    for by in ("product", "category"):
        if f"explore.pairs.{by}.standing" in facts and facts[f"explore.pairs.{by}.standing"].value:
            best = plain(str(facts[f"explore.pairs.{by}.best"].value))
            lines.append(f"- **Offer together what goes together**, such as {best}, and test whether it sells more.")
            break
    lines.append("- **Compare in medians and shares.** A mean of these measures speaks of the few largest.")
    return "\n".join(lines)


def _first_parts(facts: Facts) -> str:
    for by in ("category", "channel"):
        if f"explore.{by}.largest" in facts:
            first = str(facts[f"explore.{by}.largest"].value)
            title = plain(str(facts[f"explore.{by}.{first}.title"].value))
            of = claim(by == "category" or "explore.weekly_orders.mean" in facts, "revenue", "orders")
            return f"The largest {by} is {title} with {_share(facts, by, first)} of {of}."
    return ""


def _share(facts: Facts, by: str, part: str) -> str:
    return _bounded(facts, f"explore.{by}.{part}.share")


def _bounded(facts: Facts, name: str) -> str:
    """Return a fact with its interval, where both ends are known."""
    entry = facts[name]
    return (
        facts.text(name) if entry.low is None or entry.high is None else f"{facts.text(name)} ({facts.interval(name)})"
    )


def _measures(facts: Facts) -> list[str]:
    return [key.split(".")[1] for key in facts if key.startswith("explore.") and key.endswith(".median")]


def _known(facts: Facts, name: str) -> bool:
    return name in facts and None not in (facts[name].value, facts[name].low, facts[name].high)


def _text(facts: Facts, name: str) -> str:
    return plain(facts.text(name))


def _interval(facts: Facts, name: str) -> str:
    return plain(facts.interval(name))


def _few(count: int, smallest: int) -> str:
    return f"fewer than {smallest}" if 0 < count < smallest else f"{count:,}"


def _plural(by: str) -> str:
    return {"category": "categories", "product": "products"}[by]
