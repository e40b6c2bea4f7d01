"""What is known of who stays, in words: the same in its chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.facts import Facts, claim, show
from patrons.limits import ALPHA
from patrons.retention_study import Study
from patrons.shop import Shop
from patrons.stop import SectionStop
from patrons.words import Prose, joined, plain, prose

#: What stands in the place of a line of agreement where there is nothing to compute.
NO_TEST = Prose("Nothing here is computed twice.")
#: If more than this share comes back, silence is no sign of having left; if more than the second, it is no proof.
WEAK, UNSURE = 1 / 3, 0.1


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the share of customers who are active."""
    return facts.answer("retention.retention_rate", f"ordered within the last {days_of(facts)}")


@prose
def sentences(facts: Facts) -> str:
    """Say how many are active, how many come back, and what silence is worth."""
    known_later = " ".join(filter(None, [again(facts), silence_is(facts)]))
    return f"{active(facts)} {known_later or 'Without orders and their dates, nobody can be followed further.'}"


def active(facts: Facts) -> str:
    """Say how many are active."""
    return (
        f"Of {facts.text('retention.customers')}, {facts['retention.active'].value:,} ordered within the last "
        f"{days_of(facts)}; the others count as gone."
    )


def again(facts: Facts) -> str:
    """Say how many come back after a month and after a year."""
    there = [month for month in (1, 12) if f"retention.month_{month}" in facts]
    if not there:
        return ""
    first = f"retention.month_{there[0]}"
    words = f"Of new customers, {both(facts, first)} order in the {_nth(there[0])} month after"
    if len(there) > 1:
        words += f" their first order and {both(facts, 'retention.month_12')} in"
        words += " the twelfth"
    year = "retention.second_order.365"
    if known(facts, year):
        words += f"; {both(facts, year)} have come back at least once within a year"
    return f"{words}."


def silence_is(facts: Facts) -> str:
    """Say what silence is worth, by who came back."""
    if not known(facts, "retention.came_back"):
        return ""
    back, name = value_of(facts, "retention.came_back"), "retention.came_back"
    worth = claim(
        back > WEAK, "says little", claim(back > UNSURE, "is a sign, not a proof, of leaving", "mostly means the end")
    )
    return (
        f"**A silence of {days_of(facts)} {worth}**: of those who counted as gone on "
        f"{show(facts['retention.since'].value)}, {both(facts, name)} have ordered since."
    )


def for_summary(facts: Facts) -> str:
    """Answer who stays in two sentences, and say what to do; nothing without facts."""
    if "retention.retention_rate" not in facts:
        return ""
    name = "retention.retention_rate"
    words = (
        f"{facts.text(name)} of the customers ({facts.interval(name)}) ordered within the last {days_of(facts)}. "
        f"{silence_is(facts)}"
    ).strip()
    return f"{words} {recommendation(facts)}".strip()


def recommendation(facts: Facts) -> str:
    """Say what to do about silent customers."""
    if not known(facts, "retention.came_back"):
        return ""
    if value_of(facts, "retention.came_back") <= WEAK:
        return f"Write to customers as soon as {days_of(facts)} have passed: few of them come back by themselves."
    if not known(facts, "retention.silence.over"):
        return f"Do not write anybody off after {days_of(facts)}."
    if value_of(facts, "retention.silence.over") <= float(facts["retention.churn_after_days"].value or 0):
        return f"By {days_of(facts)} most silences are over: win back those who are silent for longer."
    return (
        f"Do not write anybody off after {days_of(facts)}: four fifths of all silences are over only after "
        f"{facts.text('retention.silence.over')}; keep offers that win back for those who are silent for longer."
    )


@prose
def months(study: Study, facts: Facts, smallest: int) -> str:
    """Say what to see in the cohorts."""
    if "retention.month_1" not in facts and study.curve is not None and len(study.curve):
        return f"In the first month, fewer than {smallest} customers ordered again, or could be worked out from others."
    if "retention.month_1" not in facts:
        return (
            f"No month after the first is over in which {smallest} customers ordered: there is nothing to follow yet."
        )
    words = f"In the month after their first order, {both(facts, 'retention.month_1')} order again"
    late = max((m for m in (3, 6, 12) if f"retention.month_{m}" in facts), default=None)
    if late is None:
        return f"{words}."
    one, other = facts["retention.month_1"], facts[f"retention.month_{late}"]
    falls = (other.high or 1) < (one.low or 0)
    words += f"; in the {_nth(late)}, {both(facts, f'retention.month_{late}')}. "
    words += claim(
        falls,
        "The share falls: many leave early, and those who do not keep ordering.",
        "The share hardly falls: whoever orders seldom still orders, and a month without an order is the rule, not "
        "a farewell.",
    )
    missing = study.grid is not None and bool(study.grid["share"].isna().any())
    return words + (f" Cells with fewer than {smallest} customers hold a dot." if missing else "")


@prose
def grouping(study: Study) -> str:
    """Say how the cells of the heatmap were put together."""
    if study.grid is None or study.grid.empty:
        return ""
    width = int((study.grid["end"] - study.grid["start"]).iloc[0]) + 1
    if width == 1:
        return "Each cell is one month of one cohort."
    return (
        f"So many months cannot be read: a cell here is an average month out of {width}, and first orders of months "
        "that belong together share a row. The facts behind this page hold each month."
    )


@prose
def churn(facts: Facts) -> str:
    """Say how the rate of churn moves with its threshold."""
    name = "retention.churn_rate"
    words = (
        f"{facts.text(name)} of the customers ({facts.interval(name)}) have been silent for more than {days_of(facts)}"
    )
    threshold = int(facts["retention.churn_after_days"].value or 0)
    others = [days for days in (30, 180, 365) if days != threshold and f"{name}.{days}" in facts]
    shares = [
        f"{facts.text(f'{name}.{days}') if value_of(facts, f'{name}.{days}') else 'nobody'} for more than {days}"
        for days in others
    ]
    return f"{words}{'; ' + joined(shares) if shares else ''}."


@prose
def silence(facts: Facts) -> str:
    """Say what a silence as long as the threshold turned out to be."""
    parts = []
    within, name = facts.text("retention.silence.within"), "retention.silence.returned"
    if known(facts, name):
        parts.append(
            f"Of silences that exceeded {days_of(facts)}, {both(facts, name)} ended with an order "
            f"within the {within} after."
        )
    else:
        parts.append(f"The record is too short to say how many silences of {days_of(facts)} end within {within}.")
    name = "retention.came_back"
    if known(facts, name):
        parts.append(
            f"Seen from one day instead: of the {facts[name].n:,} customers who counted as gone on "
            f"{show(facts['retention.since'].value)}, {both(facts, name)} have ordered since. The two differ because "
            "on any one day those who have been silent for long stand among those who have only begun to be."
        )
    return " ".join(parts)


@prose
def better(facts: Facts) -> str:
    """Say which threshold would mean more, and how right the chosen one is where that can be known."""
    return f"{_over(facts)} {truth(facts)}".strip()


def _over(facts: Facts) -> str:
    over = "retention.silence.over"
    if not known(facts, over):
        return (
            "Fewer than four fifths of the silences in the record end with an order: no threshold is safe from taking "
            "the lost for the late."
        )
    threshold = int(facts["retention.churn_after_days"].value or 0)
    words = f"Four fifths of all silences are over after {both(facts, over)}"
    words += claim(
        value_of(facts, over) > threshold,
        f", later than the {threshold} chosen: with `churn_after_days` in source.yml set to that, fewer who are only "
        "slow would count as gone.",
        ", sooner than the threshold: who is silent for longer is silent for unusually long.",
    )
    left = "retention.silence.returned_over"
    if known(facts, left):
        words += (
            f" Of silences even longer than that, {both(facts, left)} still end within "
            f"{facts.text('retention.silence.within')}."
        )
    return words


def truth(facts: Facts) -> str:
    """Say how right the threshold is, where the truth is known."""
    if not known(facts, "retention.truth.right"):
        return ""
    right, found = "retention.truth.right", "retention.truth.found"
    return (
        f"This shop is simulated, so that one can know who has left for good: {facts.text('retention.truth.gone')} of "
        f"the customers. Of those who count as gone, {both(facts, right)} really are; of those "
        f"who really are, {both(facts, found)} count as gone."
    )


@prose
def to_do(study: Study, facts: Facts) -> str:
    """List what to do."""
    lines = []
    quick, year = "retention.second_order.30", "retention.second_order.365"
    if known(facts, quick) and known(facts, year) and value_of(facts, year):
        part = value_of(facts, quick) / value_of(facts, year)
        lines.append(
            f"- **Ask for the second order.** {facts.text(year)} of new customers place one within a year, and "
            f"{show(part, 'share', 0)} of these within 30 days: {claim(part >= 0.5, 'write early', 'keep writing')}."
        )
    advice = recommendation(facts)
    if advice:
        lines.append(f"- **Choose the threshold by what silences turn out to be.** {advice}")
    found = study.segments
    shown = [] if found is None else [n for n in found.titles if known(facts, f"retention.segment.{n}.still")]
    if found is not None and found.overall["p"] < ALPHA and len(shown) > 1:
        worst = min(shown, key=lambda name: value_of(facts, f"retention.segment.{name}.still"))
        still = f"retention.segment.{worst}.still"
        lines.append(
            f"- **Begin with {plain(found.titles[worst])}.** Of those who were active, {facts.text(still)} "
            f"({facts.interval(still)}) are still there after {found.horizon} days. Test what you send against sending "
            "nothing: who leaves first is not who can be kept."
        )
    if not lines:
        lines.append("- **Record every order with its date.** Then this chapter can say who comes back, and when.")
    return "\n".join(lines)


def need_orders(shop: Shop) -> None:
    """End a section after the first that needs orders, without saying once more what to add."""
    if not shop.has("transactions"):
        raise SectionStop("This section needs a table `transactions`, too.")


def need_cohorts(study: Study, smallest: int) -> None:
    """End the section if no cell of the cohorts can be shown."""
    if study.grid is None or study.grid["share"].isna().all():
        raise SectionStop(
            f"No month after a first order is over yet in which {smallest} customers of a cohort ordered: there is "
            "nothing to follow."
        )


def need_customers(study: Study, smallest: int) -> None:
    """End the section if there are too few customers to draw a curve of."""
    if len(study.recency) < smallest:
        raise SectionStop(f"Fewer than {smallest} customers have no curve that could be shown.")


def days_of(facts: Facts) -> str:
    """Return the threshold, in days."""
    return str(facts.text("retention.churn_after_days"))


def _nth(month: int) -> str:
    return {1: "first", 3: "third", 6: "sixth", 12: "twelfth"}[month]


def known(facts: Facts, name: str) -> bool:
    """Tell whether a fact has a value."""
    return name in facts and facts[name].value is not None


def value_of(facts: Facts, name: str) -> float:
    """Return the number of a fact."""
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else float("nan")


def both(facts: Facts, name: str) -> str:
    """Return a fact with its interval in brackets, if it has one."""
    entry = facts[name]
    wide = entry.low is not None and entry.high is not None and entry.low < entry.high
    return f"{facts.text(name)} ({facts.interval(name)})" if wide else str(facts.text(name))
