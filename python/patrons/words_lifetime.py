"""What lifetime value says, in words: the same in its chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons.facts import Facts, claim, show
from patrons.frames import each
from patrons.lifetime import expected_purchases
from patrons.lifetime_history import ALL
from patrons.lifetime_study import MODELS, Study
from patrons.settings_analysis import Lifetime
from patrons.stop import SectionStop
from patrons.words import Prose, plain, prose
from patrons.words_lifetime_models import bounded, interval, known, text, value, wide_of

#: A sum that is off by no more than this is good enough to plan with; beyond the second it is not.
GOOD, POOR = 0.05, 0.15
NO_TEST = Prose("Nothing here is computed twice.")


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: what today's customers will bring, or have brought."""
    if known(facts, "lifetime.total"):
        return facts.answer("lifetime.total", f"revenue foreseen from today’s customers in {horizon(facts)}")
    if known(facts, "lifetime.purchases.mean"):
        return facts.answer("lifetime.purchases.mean", f"foreseen per customer in {horizon(facts)}")
    return facts.answer(f"lifetime.history.{ALL}.per_year", "revenue per customer and year so far")


@prose
def sentences(facts: Facts) -> str:
    """Say what the best and the least segment will be worth, and how far that can be trusted."""
    return " ".join(filter(None, [prospects(facts), trust(facts)]))


def for_summary(facts: Facts) -> str:
    """Answer the chapter's question in a sentence or two, with a recommendation; nothing where it was not asked."""
    if f"lifetime.history.{ALL}.per_year" not in facts:
        return ""
    if not known(facts, "lifetime.total"):
        return f"{past(facts)} {_no_forecast(facts)}"
    total = f"{text(facts, 'lifetime.total')} ({interval(facts, 'lifetime.total')})"
    first = f"Today’s customers will bring about {total} in {horizon(facts)}."
    return " ".join(filter(None, [first, prospects(facts), trust(facts), first_step(facts)]))


def prospects(facts: Facts) -> str:
    """Say what one of the best and of the least segment will bring; what they have brought where none is foreseen."""
    ranked = _ranked(facts)
    if len(ranked) < 2:
        return past(facts)
    best, least = ranked[0], ranked[-1]
    ratio = value(facts, f"lifetime.segment.{best}.value") / value(facts, f"lifetime.segment.{least}.value")
    return (
        f"One of the **{_title(facts, best)}** is worth {bounded(facts, f'lifetime.segment.{best}.value')} in "
        f"{horizon(facts)}, {ratio:.0f} times one of the {_title(facts, least)} "
        f"({text(facts, f'lifetime.segment.{least}.value')})."
    )


def past(facts: Facts) -> str:
    """Say what a customer has brought a year."""
    return f"So far a customer has brought {bounded(facts, f'lifetime.history.{ALL}.per_year')} a year."


def trust(facts: Facts) -> str:
    """Say how the model that looks ahead did on a time that it did not see."""
    if "lifetime.foreseen_by" not in facts:
        return _no_forecast(facts)
    name = f"lifetime.holdout.{facts['lifetime.foreseen_by'].value}"
    if f"{name}.off" not in facts or facts[f"{name}.off"].value is None:
        return ""
    off = abs(value(facts, f"{name}.off"))
    verdict = claim(
        off <= GOOD,
        "good enough to plan with",
        claim(off <= POOR, "trust the order of the segments more than the sum", "trust the order of the segments only"),
    )
    return (
        f"Fitted without the last {text(facts, 'lifetime.holdout.length')}, the model foresaw {wide_of(facts, name)} "
        f"of the repeat purchases that came: {verdict}."
    )


def first_step(facts: Facts) -> str:
    """Recommend what to spend on a customer of the best segment at most."""
    ranked = _ranked(facts)
    if not ranked:
        return ""
    name = f"lifetime.segment.{ranked[0]}"
    if known(facts, f"{name}.cap"):
        return (
            f"Spend at most {text(facts, f'{name}.cap')} a head on keeping the {_title(facts, ranked[0])}: that is "
            "all the profit expected of one."
        )
    return (
        f"Keep the {_title(facts, ranked[0])} first; what may be spent on one is the share of that revenue which is "
        "profit."
    )


@prose
def history(facts: Facts) -> str:
    """Compare the segments by what they have brought."""
    names = [name for name in _segments(facts, "history") if name != ALL]
    ranked = sorted(names, key=lambda name: -value(facts, f"lifetime.history.{name}.per_year"))
    words = past(facts)
    if len(ranked) > 1:
        best, least = (f"lifetime.history.{name}" for name in (ranked[0], ranked[-1]))
        words += (
            f" One of the {plain(str(facts[f'{best}.title'].value))} brings {bounded(facts, f'{best}.per_year')} a "
            f"year, one of the {plain(str(facts[f'{least}.title'].value))} "
            f"{bounded(facts, f'{least}.per_year')}."
        )
    if known(facts, f"lifetime.history.{ALL}.margin"):
        margin = f"lifetime.history.{ALL}.margin"
        return f"{words} Of the revenue, {bounded(facts, margin)} is profit."
    return f"{words} The source does not say what of it is profit."


@prose
def alive(facts: Facts) -> str:
    """Say who still buys, and what the model cannot know."""
    names = [name for name in _segments(facts, "segment") if known(facts, f"lifetime.segment.{name}.alive")]
    ranked = sorted(names, key=lambda name: -value(facts, f"lifetime.segment.{name}.alive"))
    words = f"Over all customers the mean probability is {bounded(facts, 'lifetime.alive.mean')}"
    if len(ranked) > 1:
        best, least = (show(value(facts, f"lifetime.segment.{n}.alive"), "share", 1) for n in (ranked[0], ranked[-1]))
        words += f", from {best} of the {_title(facts, ranked[0])} to {least} of the {_title(facts, ranked[-1])}"
    model = str(facts["lifetime.foreseen_by"].value)
    return f"{words}. " + claim(
        model == "bgnbd",
        "The BG/NBD model lets customers leave only after a repeat purchase, so that somebody who bought once counts "
        "as alive for ever: of one-time customers, read the expected purchases instead.",
        "Customers with one purchase can have left as well, and the longer they are silent the likelier.",
    )


@prose
def worth(facts: Facts) -> str:
    """Say what the customers will bring together, and which part of it comes from whom."""
    if not known(facts, "lifetime.total"):
        return "Without a model of spending, purchases are foreseen but no money."
    names = _ranked(facts, "total")
    total = value(facts, "lifetime.total")
    share = value(facts, f"lifetime.segment.{names[0]}.total") / total
    return (
        f"Together, today’s customers will bring {bounded(facts, 'lifetime.total')} in {horizon(facts)}, in today’s "
        f"money; {show(share, 'share', 0)} of it comes from the {_title(facts, names[0])}. The intervals say how sure "
        f"the means are if the model is right; single customers differ far more.{_beyond(facts)}"
    )


def _beyond(facts: Facts) -> str:
    """Say so where the holdout was further off than the interval of the total reaches."""
    name, total = f"lifetime.holdout.{facts['lifetime.foreseen_by'].value}.off", facts["lifetime.total"]
    if name not in facts or facts[name].value is None:
        return ""
    reach = ((total.high or 0) - (total.low or 0)) / 2 / value(facts, "lifetime.total")
    off = abs(value(facts, name))
    return claim(
        off > reach,
        f" The holdout was off by {show(off, 'share')}, more than this interval: plan with as much leeway.",
        "",
    )


@prose
def to_do(facts: Facts) -> str:
    """Say whom to invest how much in."""
    ranked = _ranked(facts)
    if not ranked:
        return (
            f"{_no_forecast(facts)} Without it, spend on a customer in proportion to what the segment has brought a "
            "year (@tbl-lifetime-history), and measure in a test what the spending adds."
        )
    profit = known(facts, f"lifetime.segment.{ranked[0]}.cap")
    of = "cap" if profit else "value"
    lines = [
        f"- **{_title(facts, name)}**: {bounded(facts, f'lifetime.segment.{name}.{of}')} a head." for name in ranked
    ]
    limit = claim(profit, "than the profit expected of one", "than your margin times the revenue expected of one")
    return (
        f"For keeping a customer over {horizon(facts)}, spend no more {limit}:\n\n"
        + "\n".join(lines)
        + "\n\nThat is a ceiling, not a budget: part of it comes whatever is done. Spend what a test shows to add more "
        "than it costs, and begin where the ceiling is high and the probability of still buying is not."
    )


def need_fits(found: Study) -> None:
    """End the section where no model could be fitted.

    Raises
    ------
    SectionStop
        Pointing at the reason.
    """
    _need(bool(found.reported.fits), "a fitted model of buying: why there is none stands in @sec-lifetime-fit")


def need_holdout(found: Study) -> None:
    """End the section where nothing was foreseen of a time held back."""
    reason = (
        f"a model that was fitted until {show(str(found.split.end))}. "
        f"{next((why for name, why in found.calibrated.failed.items() if name in MODELS), '')}"
        if found.split.holds
        else "orders before and after the end of calibration: see `lifetime: {calibration_end: …}` in source.yml"
    )
    _need(len(found.track) > 0, found.no_interval or reason)


def need_repeaters(found: Study) -> None:
    """End the section where nobody bought again for money."""
    _need(len(found.spend) > 0, "customers who bought again, for money")


def need_worth(found: Study) -> None:
    """End the section where nothing can be foreseen."""
    reason = "a model fitted to all data: why there is none stands in @sec-lifetime-fit"
    _need(len(found.worth) > 0, found.no_interval or reason)


def need_value(found: Study) -> None:
    """End the section where purchases are foreseen, but no money."""
    _need(
        bool(found.worth["value"].notna().any()), "the Gamma-Gamma model: why there is none stands in @sec-lifetime-fit"
    )


def need_example(found: Study) -> None:
    """End the section where there is no customer, or no model, to work with."""
    known = found.customer is not None and "bgnbd" in found.reported.fits
    _need(known, "the BG/NBD model and enough customers who bought again to make up a typical one of them")


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise SectionStop(f"This section needs {what.rstrip('.')}.")


def horizon(facts: Facts) -> str:
    """Name the time that is looked ahead."""
    return f"the next {facts.text('lifetime.horizon')}"


@prose
def rate(settings: Lifetime) -> str:
    """Write the yearly discount rate."""
    return show(settings.annual_discount_rate, "share")


@prose
def outlook(facts: Facts) -> str:
    """Say how far ahead is looked, by which model, and what is counted."""
    if "lifetime.foreseen_by" not in facts:
        return f"The horizon would be {horizon(facts)}."
    margin = f"lifetime.history.{ALL}.margin"
    return (
        f"The horizon is {horizon(facts)} from the day of reference; the model is {_model(facts)}, whose AIC on all "
        "data is the lower one. What is counted is revenue"
        + claim(
            known(facts, margin),
            ", and in the last column the profit in it, at each segment’s margin so far.",
            ": the source does not say what of it is profit.",
        )
    )


@prose
def example(found: Study) -> str:
    """Introduce the customer who is worked by hand."""
    if found.customer is None or "bgnbd" not in found.reported.fits:
        return ""
    x, t_x, age, money = (float(found.customer[name]) for name in ("x", "t_x", "T", "m_x"))
    unit = found.split.unit
    what = claim(x == 1, "repeat purchase", "repeat purchases")
    spend = "" if pd.isna(money) else f", and $m_x = {money:g}$ a purchase"
    return (
        f"Take somebody made up, from the rounded medians of those who bought again: $x = {x:.0f}$ {what}, the last "
        f"$t_x = {t_x:g}$ {unit}s after the first, which was $T = {age:g}$ {unit}s ago{spend}."
    )


@prose
def by_hand(steps: pd.DataFrame, currency: str | None) -> str:
    """List the steps of the calculation, each with its formula, its numbers and what comes out."""
    lines = []
    for place, row in enumerate(each(steps), start=1):
        money = row.step in ("spend", "revenue")
        # A sign of money in mathematics would end it.
        result = plain(show(row.value, currency if money else None, 2 if money else 3))
        lines.append(f"{place}. {STEPS[row.step]}: ${row.formula}$ $= {row.numbers}$ $=$ **{result}**")
    return "\n".join(lines)


@prose
def checked(found: Study, steps: pd.DataFrame) -> str:
    """Compare the last number of purchases with that of the function that the chapter uses."""
    by_hand = float(steps.loc[steps["step"] == "purchases", "value"].iloc[0])
    customer = found.customer
    if customer is None:
        return ""
    fit = found.reported.fits["bgnbd"]
    code = float(expected_purchases(fit, customer["x"], customer["t_x"], customer["T"], found.ahead.horizon))
    same = abs(by_hand - code) <= 1e-6 * max(abs(code), 1)
    return claim(
        same,
        f"The function that the other sections use, which integrates instead, returns {code:.6f} purchases as well.",
        f"The function that the other sections use returns {code:.6f} purchases, and not the same.",
    )


STEPS = {
    "ratio": "What the silence weighs",
    "alive": "Probability of still buying",
    "hyper": "What the chance of leaving does to them",
    "purchases": "Purchases expected",
    "spend": "What one comes to",
    "revenue": "Revenue expected",
}


def _no_forecast(facts: Facts) -> str:
    if "lifetime.foreseen_by" in facts:
        return "Purchases can be foreseen, but no model of what they come to fits these data (see @sec-lifetime-fit)."
    return "These data do not carry a model of what comes next (see @sec-lifetime-fit): collect more repeat purchases."


def _segments(facts: Facts, part: str) -> list[str]:
    prefix = f"lifetime.{part}."
    return list(dict.fromkeys(key.removeprefix(prefix).split(".")[0] for key in facts if key.startswith(prefix)))


def _ranked(facts: Facts, what: str = "value") -> list[str]:
    """Return the segments by what they are expected to be worth, best first."""
    names = [name for name in _segments(facts, "segment") if known(facts, f"lifetime.segment.{name}.{what}")]
    return sorted(names, key=lambda name: -value(facts, f"lifetime.segment.{name}.{what}"))


def _model(facts: Facts) -> str:
    return MODELS[str(facts["lifetime.foreseen_by"].value)]


def _title(facts: Facts, segment: str) -> str:
    return plain(str(facts[f"lifetime.history.{segment}.title"].value))
