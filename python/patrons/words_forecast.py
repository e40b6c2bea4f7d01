"""What comes next, in words: the same in the chapter and in the summary."""

from __future__ import annotations

from patrons import words_retention
from patrons.facts import NO_BREAK, Facts, Quoted, Value, claim, digits_of, show
from patrons.forecast_study import COMPARED, LEAST, SEASONS, Study
from patrons.limits import ALPHA
from patrons.shop import Shop
from patrons.stop import SectionStop
from patrons.words import joined, plain, prose

NO_TEST = words_retention.NO_TEST
TITLES = {
    "naive": "as the last month",
    "seasonal_naive": "as a year before",
    "ets_level": "smoothing, no trend",
    "ets_damped": "smoothing, damped trend",
    "airline": "airline model",
}
LONG = {
    "naive": "the forecast that every month will be as the last one was",
    "seasonal_naive": "the seasonal naive forecast",
    "ets_level": "exponential smoothing of level and season",
    "ets_damped": "exponential smoothing with a damped trend",
    "airline": "the airline model",
}


def need(shop: Shop, study: Study | None) -> Study:
    """Return the study, or end the section where there are too few months."""
    if study is None:
        raise SectionStop(
            f"A forecast needs at least {LEAST} whole months of orders, and {SEASONS} to learn a season from; "
            f"*{plain(shop.name)}* has fewer."
        )
    return study


def need_comparison(study: Study) -> Study:
    """Return the study, or end the section where models cannot be compared."""
    months = len(study.revenue.months)
    if months < COMPARED:
        raise SectionStop(
            f"To compare models by what came after their forecasts needs {COMPARED} whole months: two years to learn "
            f"from, and one to be judged by. There are {months}, so the simplest model that they allow is used."
        )
    if study.revenue.judged is None:
        raise SectionStop("Each year repeats the one before: there are no errors to compare models by.")
    return study


def need_coverage(study: Study) -> Study:
    """Return the study, or end the section where intervals cannot be held against what came."""
    if study.revenue.judged is None:
        raise SectionStop("Whether intervals hold can be seen only where models can be compared, as above.")
    return study


def need_season(study: Study) -> Study:
    """Return the study, or end the section where no model with a season could be fitted."""
    if len(study.revenue.months) < SEASONS:
        raise SectionStop(f"Models with a season need {SEASONS} whole months; there are {len(study.revenue.months)}.")
    return study


@prose
def for_summary(facts: Facts) -> str:
    """Say what the next year brings in two sentences, and what to do; nothing without facts."""
    if "forecast.next_year" not in facts:
        return ""
    return f"{expected(facts)} {recommendation(facts)}".strip()


@prose
def expected(facts: Facts) -> str:
    """Say what the next twelve months bring, beside the last twelve."""
    name = "forecast.next_year"
    words = (
        f"The twelve months from {month(facts)} are expected to bring {facts.text(name)} "
        f"(95{NO_BREAK}% interval {facts.interval(name)})"
    )
    if "forecast.growth" not in facts:
        return f"{words}."
    last = f"after {facts.text('forecast.last_year')} in the last twelve"
    change = facts.verdict(
        "forecast.growth", "more is to be expected", "less is to be expected", "it may be more or less"
    )
    return f"{words}, {last}: {change} ({facts.text('forecast.growth', signed=True)}, {_signed(facts)})."


def recommendation(facts: Facts) -> str:
    """Say what to plan with."""
    if facts["forecast.best"].value == "naive":
        return f"Do not plan a year on this: with {facts.text('forecast.months')} no season can be learnt."
    entry = facts["forecast.next_year.level_80"]
    return (
        f"Buy for {facts.text('forecast.next_year')}, and see that the shop bears {_money(facts, entry.low)}: one year "
        "in ten would bring less."
    )


@prose
def orders(facts: Facts) -> str:
    """Say how many orders are to be expected."""
    name = "forecast.orders.next_year"
    return (
        f"Orders, forecast in the same way, come to {facts.text(name)} ({facts.interval(name)}), by "
        f"{LONG[str(facts['forecast.orders.best'].value)]}."
    )


@prose
def scale(study: Study) -> str:
    """Say on what scale the models work, and which ones the series allows."""
    found = study.revenue
    months = len(found.months)
    words = claim(
        found.logs,
        "All work on logarithms, so that season and errors grow with the shop; what they expect is then a median.",
        "Some month had no sales, so that logarithms are not possible: seasons and errors are added, and limits below "
        "zero are cut.",
    )
    if months < SEASONS:
        return (
            f"With {months} whole months (fewer than {SEASONS}), no season can be told from chance. What is left "
            "is the forecast that every month will be as the last one was, whose errors add up from month to month. "
            f"{claim(found.logs, 'It works on logarithms, so that errors grow with the shop. ', '')}"
            "It knows neither season nor trend: read the width, not the middle."
        )
    return words


@prose
def rule(facts: Facts) -> str:
    """Say which model is used, and by which rule."""
    lowest, chosen = str(facts["forecast.lowest"].value), str(facts["forecast.best"].value)
    words = f"The lowest error has {LONG[lowest]}: {both(facts, f'forecast.{lowest}.mase')}"
    if lowest == chosen:
        return (
            f"{words}. No simpler model comes within one standard error of it: **{LONG[chosen]} is used**. "
            f"{gained(facts, chosen)}"
        )
    return (
        f"{words}. But {LONG[chosen]} is simpler and not worse by more than one standard error: "
        f"**{LONG[chosen]} is used**. {gained(facts, chosen)}"
    )


def gained(facts: Facts, model: str) -> str:
    """Compare the chosen model with the seasonal naive forecast, over all steps."""
    miss = f"Over all {facts['forecast.mase'].n} forecasts it missed by {facts.text('forecast.miss')} of what was sold"
    if model == "seasonal_naive":
        return f"{miss}; nothing that learns more does better by enough."
    base = facts["forecast.seasonal_naive.miss"]
    return f"{miss}, the seasonal naive forecast by {Quoted(show(base.value, base.unit))}."


@prose
def one_step(facts: Facts) -> str:
    """Say which models err less than the simplest one month ahead."""
    models = [model for model in TITLES if f"forecast.{model}.one_step" in facts]
    if not models:
        return ""
    better: list[str] = []
    worse: list[str] = []
    level: list[str] = []
    for model in models:
        entry, p = facts[f"forecast.{model}.one_step"], facts[f"forecast.{model}.one_step.p_holm"].value
        found = isinstance(p, float) and p < ALPHA
        (level if not found else better if float(entry.value or 0) < 0 else worse).append(LONG[model])
    parts = [
        f"{joined(group)} {'err' if len(group) > 1 else 'errs'} {how} than the seasonal naive forecast"
        for group, how in ((better, "less"), (worse, "more"))
        if group
    ]
    if level:
        parts.append(f"for {joined(level)} no difference is found")
    words = "; ".join(parts)
    return f"One month ahead, {words} (Diebold–Mariano, after Holm's correction for {len(models)} tests)."


@prose
def coverage(facts: Facts) -> str:
    """Say whether the intervals of the chosen model held what came."""
    width = float(facts["forecast.width"].value or 1)
    own = facts["forecast.coverage_80"]
    words = (
        f"The 80{NO_BREAK}% intervals that the chosen model computes itself held {held(facts, 'forecast.coverage_80')} "
        "of what came: "
    )
    words += claim(
        float(own.low or 0) > 0.8,
        "they are wider than they need be.",
        claim(float(own.high or 1) < 0.8, "they are too narrow.", "as promised, as far as can be told."),
    )
    times = show(width, "ratio")
    words += f" Its errors were {times} times as large as it expected, so its intervals are multiplied by that. "
    if facts["forecast.corrected_80"].value is None:
        return f"{words}Whether that mends them, too few months tell."
    return (
        f"{words}So corrected, by what was known each time, they held {held(facts, 'forecast.corrected_80')} at "
        f"80{NO_BREAK}% and {held(facts, 'forecast.corrected_95')} at 95{NO_BREAK}%."
    )


@prose
def alike(facts: Facts) -> str:
    """Say whether the errors of the chosen model still hold something to learn."""
    if "forecast.ljung_box.p" not in facts:
        return ""
    p = facts["forecast.ljung_box.p"]
    verdict = claim(
        float(p.value or 0) < ALPHA,
        "depend on those before: the model leaves something to learn, and its own intervals cannot be right",
        "do not depend on those before as far as can be seen",
    )
    return (
        f"Errors of one month ahead {verdict} (Ljung–Box up to {facts.text('forecast.ljung_box.lag')} back, "
        f"p{NO_BREAK}{_p(facts)}) [@ljung1978]."
    )


def month(facts: Facts) -> str:
    """Name the first month that is forecast."""
    return show(facts["forecast.from"].value).split(NO_BREAK, 1)[1]


def total_label(facts: Facts) -> str:
    """Say the total of the next year, for a figure."""
    name = "forecast.next_year"
    return f"next 12 months: {facts.text(name)}\n95{NO_BREAK}% interval {facts.interval(name)}"


def both(facts: Facts, name: str) -> str:
    """Say a fact with its interval."""
    return f"{facts.text(name)} ({facts.interval(name)})"


def held(facts: Facts, name: str) -> str:
    """Say a share of months with its interval, in whole per cents."""
    entry = facts[name]
    low, high = show(entry.low, "share", 0, bare=True), show(entry.high, "share", 0)
    return Quoted(f"{show(entry.value, 'share', 0)} ({low} to {high})")


def _signed(facts: Facts) -> str:
    return facts.interval("forecast.growth", signed=True)


def _money(facts: Facts, value: Value) -> str:
    entry = facts["forecast.next_year"]
    return show(value, entry.unit, digits_of(entry))


def _p(facts: Facts) -> str:
    text = facts.text("forecast.ljung_box.p")
    return text if text.startswith("<") else f"= {text}"
