"""What the calendar does to orders, in words: the same in the chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons.facts import NO_BREAK, Facts, claim, show
from patrons.seasonality_model import FEWEST_DAYS, MONTHS, WINDOWS, Calendar
from patrons.seasonality_study import Study
from patrons.stop import SectionStop
from patrons.words import joined, prose

ROOT = "seasonality"
ALPHA = 0.05
EFFECTS = {"orders": "orders", "revenue": "revenue", "profit": "profit"}


def need_parts(found: Study) -> None:
    """End the section on trend and season where there is nothing to take apart.

    Raises
    ------
    SectionStop
        Fewer than two years are covered, or revenue never changes.
    """
    if found.parts is None:
        raise SectionStop(
            "With fewer than two years of covered months, or revenue that never changes, nothing can be taken apart."
        )


def need_model(found: Study) -> None:
    """End the section on the calendar where no model of daily orders can be fitted.

    Raises
    ------
    SectionStop
        There are too few days, or a weekday or month has no orders at all.
    """
    if found.plain is None:
        raise SectionStop(
            f"A model of daily orders needs at least {FEWEST_DAYS} days, with orders on every weekday and in every "
            "month of the year; these data have not."
        )


def need_tests(found: Study) -> None:
    """End the section on tests where there is nothing to test.

    Raises
    ------
    SectionStop
        The data allow none of the tests.
    """
    if found.tests.empty:
        raise SectionStop("There are too few days and months to test anything.")


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the index of the strongest month, or of the strongest weekday."""
    if _has_season(facts):
        month = facts[f"{ROOT}.peak_month"].value
        title = facts[f"{ROOT}.peak_month.title"].value
        return facts.answer(f"{ROOT}.index.{month:02d}", f"times the revenue of an average month in {title}")
    if f"{ROOT}.weekday.best" in facts:
        day = str(facts[f"{ROOT}.weekday.best"].value)
        return facts.answer(f"{ROOT}.calendar.weekday.{day.lower()}", f"times the orders of an average day on {day}s")
    return facts.answer(f"{ROOT}.days", "are too few to show a pattern")


@prose
def sentences(facts: Facts) -> str:
    """Say when people buy, and what an offer in quiet months did."""
    return " ".join(filter(None, [season(facts), weekdays(facts), offered(facts)]))


def for_summary(facts: Facts) -> str:
    """Answer in two sentences when people buy, with one recommendation; '' where the facts are absent."""
    if not _has_season(facts):
        return ""
    return " ".join(filter(None, [season(facts), offered(facts), advice(facts)]))


def season(facts: Facts) -> str:
    """Name the strongest month, or say why there is none to name."""
    if not _has_season(facts):
        months = facts.text(f"{ROOT}.months") if f"{ROOT}.months" in facts else "Too little"
        return (
            f"{months} are covered as a whole: fewer than two years, so that a season cannot be told from growth or "
            "decline."
        )
    month, title = facts[f"{ROOT}.peak_month"].value, facts[f"{ROOT}.peak_month.title"].value
    name = f"{ROOT}.index.{month:02d}"
    low, least = facts[f"{ROOT}.low_month"].value, facts[f"{ROOT}.low_month.title"].value
    weak = f"{ROOT}.index.{low:02d}"
    words = (
        f"{title} brings {facts.text(name)} times the revenue of an average month ({facts.interval(name)}), {least} "
        f"{facts.text(weak)} times ({facts.interval(weak)})"
    )
    grown = f"{ROOT}.calendar.month.{month:02d}"
    if grown in facts:
        words += f"; with growth taken out, {facts.text(grown)} times the orders ({facts.interval(grown)})"
    return f"{words}."


def weekdays(facts: Facts) -> str:
    """Say how weekdays differ, if they do."""
    if f"{ROOT}.weekday.best" not in facts or f"{ROOT}.test.weekday.p_holm" not in facts:
        return ""
    if not _holds(facts, "weekday"):
        return "Weekdays do not differ for sure."
    day = str(facts[f"{ROOT}.weekday.best"].value)
    name = f"{ROOT}.calendar.weekday.{day.lower()}"
    times = f"{facts.text(name)} times the orders of an average one ({facts.interval(name)})"
    return f"{day} is the busiest day, with {times}."


def offered(facts: Facts) -> str:
    """Say what offers in some regions did to orders and to profit."""
    name = f"{ROOT}.off_peak"
    if f"{name}.orders_ratio" not in facts:
        return ""
    what = facts.verdict(
        f"{name}.orders_ratio", "brought more orders", "brought fewer orders", "may have changed nothing in orders", 1.0
    )
    words = (
        f"The discount that ran in some regions only {what}: {facts.text(f'{name}.orders_ratio')} times as many as "
        f"without it ({facts.interval(f'{name}.orders_ratio')})"
    )
    if f"{name}.profit_ratio" in facts:
        profit = f"{facts.text(f'{name}.profit_ratio')} times ({facts.interval(f'{name}.profit_ratio')})"
        verdict = facts.verdict(
            f"{name}.profit_ratio",
            f"and more profit, {profit}",
            f"and less profit, {profit}",
            f"while profit, {profit}, may be the same or not",
            1.0,
        )
        words += f", {verdict}"
    return f"{words}."


def advice(facts: Facts) -> str:
    """Say when to send offers."""
    if not _stands_out(facts):
        return "No month stands out for sure: spread campaigns over the year."
    title = facts[f"{ROOT}.peak_month.title"].value
    before = MONTHS[int(facts[f"{ROOT}.peak_month"].value) - 2]  # type: ignore[arg-type]
    words = f"Stock up and write to customers in {before}, before {title}, at full price"
    return f"{words}; {_quiet(facts)}."


def _quiet(facts: Facts) -> str:
    quiet = quiet_months(facts)
    named = f"the quiet months are {joined(quiet)}" if quiet else "no month is quiet for sure"
    name = f"{ROOT}.off_peak.profit_ratio"
    untested = "test a discount there on a random half of customers before everybody gets it"
    if name not in facts:
        return f"{named}: {untested}" if quiet else named
    todo = facts.verdict(
        name,
        "the discount that ran earned more than it cost and may be repeated",
        "do not repeat the discount that ran, which cost more than it brought",
        untested,
        1.0,
    )
    return f"{named}; {todo}"


def quiet_months(facts: Facts) -> list[str]:
    """Name the months that sell less than an average one for sure, with growth taken out where that is known."""
    found = []
    for place, title in enumerate(MONTHS, 1):
        names = (f"{ROOT}.calendar.month.{place:02d}", f"{ROOT}.index.{place:02d}")
        name = next((one for one in names if one in facts), None)
        high = facts[name].high if name else None
        if high is not None and high < 1:
            found.append(title)
    return found


@prose
def basis(found: Study) -> str:
    """Say how many months and days there are to see a pattern in."""
    first, last = (found.days["start"].iloc[place] for place in (0, -1))
    words = f"The record runs from {_day(first)} to {_day(last)}, {len(found.days):,} days"
    words += f", and covers {_count(len(found.months), 'calendar month')} as a whole."
    left = len(pd.period_range(first, last, freq="M")) - len(found.months)
    if left:
        words += f" {_count(left, 'month')} at its ends, covered only in part, {'is' if left == 1 else 'are'} left out."
    if not found.index.is_season:
        words += (
            " Two years are the least that can tell a season from growth or decline: with fewer, the index of a month "
            "is shown without an interval and must not be read as a season."
        )
    return words


@prose
def index(facts: Facts, found: Study) -> str:
    """Say what the figure of the index shows."""
    if not found.index.is_season:
        return "The points show what these months brought; the next year may look different for any reason."
    title = facts[f"{ROOT}.peak_month.title"].value
    sure = float(facts[f"{ROOT}.peak_month.certainty"].value or 0)
    how = "all" if sure == 1 else f"{show(sure, 'share', 1)}"
    words = f"In {how} of the redrawn sets of customers, {title} is the strongest month. "
    years = found.index.years
    if len(years):
        best = years.loc[years.groupby("year")["ratio"].idxmax()]
        won = int((best["month"] == facts[f"{ROOT}.peak_month"].value).sum())
        words += f"It is so in {won} of {len(best)} whole calendar years. "
    growth = f"{ROOT}.calendar.month.{int(facts[f'{ROOT}.peak_month'].value):02d}"  # type: ignore[arg-type]
    if growth in facts:
        words += (
            "A shop that grows sells more in every December than in the January before: the growth is part of this "
        )
        words += "index, and taken out in @sec-seasonality-calendar. "
    return words + _truth_of_index(facts)


def _truth_of_index(facts: Facts) -> str:
    names = [name for name in facts if name.startswith(f"{ROOT}.index.") and f"{name}.planted" in facts]
    if not names:
        return ""
    held = sum(inside(facts, name) for name in names)
    return f"Of what was planted in this simulated shop, {held} of {len(names)} values lie inside their intervals."


@prose
def parts(facts: Facts, found: Study) -> str:
    """Say how strong trend and season are."""
    assert found.parts is not None  # by `need_parts`
    said = []
    for what in ("trend", "season"):
        value, chance = getattr(found.parts, what), getattr(found.parts, f"{what}_chance")
        more = claim(value > chance, "more than", "no more than")
        said.append(
            f"the {what} has a strength of {value:.2f}, {more} the {chance:.2f} that chance reaches one time in twenty"
        )
    logs = (
        "" if found.parts.logs else " A month sold nothing, so that revenue itself, not its logarithm, is taken apart."
    )
    return f"{joined(said).capitalize()}.{logs}"


@prose
def calendar(facts: Facts, found: Study) -> str:
    """Say what the model of daily orders shows."""
    words = [weekdays(facts)]
    if f"{ROOT}.calendar.peak" in facts:
        name = f"{ROOT}.calendar.peak"
        verdict = facts.verdict(name, "more", "fewer", "not surely more", 1.0)
        words.append(
            f"A day in November or December brings {facts.text(name)} times ({facts.interval(name)}) as many orders as "
            f"one in the rest of the year, growth taken out: {verdict}."
        )
        if f"{name}.planted" in facts:
            where = claim(inside(facts, name), "inside", "outside")
            words.append(f"Planted are {facts.text(f'{name}.planted')} times, {where} the interval.")
    else:
        words.append(
            "Months and holidays are not in the model: with fewer than two years, a trend could pass for either."
        )
    months = [f"{ROOT}.calendar.month.{place:02d}" for place in range(1, 13)]
    if all(f"{name}.planted" in facts for name in months):
        held = sum(inside(facts, name) for name in months)
        words.append(f"Of the months as planted, {held} of 12 lie inside their intervals.")
    if found.holidays is not None and f"{ROOT}.test.window.p_holm" in facts:
        words.append(_holidays(facts, found.holidays))
    return " ".join(filter(None, words))


def _holidays(facts: Facts, model: Calendar) -> str:
    if not _holds(facts, "window"):
        return "Holidays as a whole do not differ for sure from other days of their month."
    rows = model.effects[model.effects["kind"] == "window"]
    clear = rows[(rows["low"] > 1) | (rows["high"] < 1)]
    if clear.empty:
        return "Holidays as a whole differ from other days of their month, though none alone does so for sure."
    said = [f"{row.name} {row.ratio:.2f} times" for row in clear.itertuples(index=False)]
    return f"Beyond their month, holidays differ: {joined(said)}."


@prose
def windows() -> str:
    """List the holiday windows, and say what they rest on."""
    listed = "; ".join(f"*{name}*, {what}" for name, what in WINDOWS.items())
    return (
        f"The windows are fixed for every source: {listed}. A source does not say which country its customers live in, "
        "so these are the days that much of Europe and North America keep; other holidays hide in their months."
    )


@prose
def tests(facts: Facts, found: Study) -> str:
    """Say which of the tests hold."""
    standing = int((found.tests["p_holm"] < ALPHA).sum())
    return f"After correction, {standing} of {len(found.tests)} hold at 5{NO_BREAK}%."


@prose
def assumptions(found: Study) -> str:
    """Say how well the model of daily orders fits."""
    assert found.plain is not None  # by `need_model`
    size = found.plain.dispersion
    spread = claim(
        size > 1.5,
        "orders cluster more than chance would have it, which the intervals allow for",
        claim(size < 0.67, "orders come more evenly than by chance", "orders scatter as independent events do"),
    )
    return (
        f"The variance of orders a day is {size:.2f} times their mean: {spread}. Likeness is allowed for over "
        f"{found.plain.lags} days. Where a window has only a few days, errors that allow for likeness come out far too "
        "small; so the larger of both errors is used throughout."
    )


@prose
def to_do(facts: Facts) -> str:
    """Say what to do about the calendar."""
    lines = []
    if _has_season(facts):
        lines.append(f"{advice(facts)}")
        title = facts[f"{ROOT}.peak_month.title"].value
        lines.append(
            f"Compare a month with the same month a year before, not with the one before it: {title} flatters."
        )
    else:
        lines.append("Keep recording: with two whole years, this chapter shows the season by itself.")
    if _holds(facts, "weekday"):
        day = facts[f"{ROOT}.weekday.best"].value
        lines.append(
            f"Staff and stock for {day}; send what is meant for quiet days on {facts[f'{ROOT}.weekday.least'].value}."
        )
    lines.append("Keep some regions or customers without each new offer, drawn at random: only they show what it does.")
    return "\n".join(f"- {line}" for line in lines)


def _stands_out(facts: Facts) -> bool:
    """Tell whether the strongest month is surely above an average one."""
    low = facts[f"{ROOT}.index.{facts[f'{ROOT}.peak_month'].value:02d}"].low
    return low is not None and low > 1


def _has_season(facts: Facts) -> bool:
    if f"{ROOT}.two_years" not in facts or f"{ROOT}.peak_month" not in facts:
        return False
    month = facts[f"{ROOT}.peak_month"].value
    return bool(facts[f"{ROOT}.two_years"].value) and facts[f"{ROOT}.index.{month:02d}"].low is not None


def _holds(facts: Facts, test: str) -> bool:
    name = f"{ROOT}.test.{test}.p_holm"
    return name in facts and float(facts[name].value or 0) < ALPHA


def inside(facts: Facts, name: str) -> bool:
    """Tell whether what was planted lies inside the interval of the fact that estimates it."""
    entry, planted = facts[name], float(facts[f"{name}.planted"].value)  # type: ignore[arg-type]
    return entry.low is not None and entry.high is not None and entry.low <= planted <= entry.high


def _day(day: pd.Timestamp) -> str:
    return f"{day.day}{NO_BREAK}{day:%B %Y}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
