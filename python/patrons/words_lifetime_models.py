"""What the models of lifetime value say of the customers, and how well they do, in words from facts."""

from __future__ import annotations

from patrons.facts import Facts, claim, digits_of, show
from patrons.lifetime_study import MODELS
from patrons.words import joined, plain, prose

#: Up to this correlation, how often and how much are taken to have nothing to do with each other.
WEAK = 0.25
#: What a month may differ from the model before the season is named.
SEASON = 0.15
#: A model that misplaces no more customers than the first fits closely; beyond the second it does not fit.
CLOSE, FAIR = 0.02, 0.06


@prose
def basis(facts: Facts) -> str:
    """Say what the models are fitted to."""
    share = value(facts, "lifetime.repeat_customers") / max(value(facts, "lifetime.customers"), 1)
    words = (
        f"Of {text(facts, 'lifetime.customers')}, {show(int(value(facts, 'lifetime.repeat_customers')))} "
        f"({show(share, 'share', 0)}) bought again, and made {show(int(value(facts, 'lifetime.repeat_purchases')))} "
        "repeat purchases."
    )
    end = text(facts, "lifetime.calibration_end")
    if facts["lifetime.calibration_given"].value:
        return (
            f"{words} The source ends calibration on {end}: the parameters stated are those of the models as of that "
            "day; what is foreseen from today on comes from a second fit, to all data."
        )
    return (
        f"{words} The source does not say when calibration ends. The parameters stated are those of the fit to all "
        f"data; to judge the models, they are fitted once more to what was known on {end}, three quarters into the "
        "time observed."
    )


@prose
def fitted(facts: Facts) -> str:
    """Show in a callout which models could not be fitted and what to do; say so where all could."""
    lost = [(name, str(facts[f"lifetime.{name}.failed"].value)) for name in named() if failed(facts, name)]
    if not lost:
        return (
            "::: {.callout-note}\n## When the fit fails\nHere it did not: each likelihood has a maximum inside its "
            "bounds. A shop whose customers hardly ever return, or are all alike, gets a message in this place that "
            "says which parameter runs away and what to do; what customers have been worth so far needs no model and "
            "is always shown.\n:::"
        )
    lines = "\n".join(f"- **{named()[name]}.** {why}" for name, why in lost)
    left = [title for name, title in named().items() if not failed(facts, name)]
    rest = (
        f"{joined(left)} {claim(len(left) > 1, 'are', 'is')} shown below."
        if left
        else "Without a model nothing is foreseen; what customers have been worth so far stands above."
    )
    return (
        "::: {.callout-warning}\n## When the fit fails\n"
        f"These data do not carry {claim(bool(left), 'every', 'any')} model:\n\n"
        f"{lines}\n\n{rest}\n:::"
    )


@prose
def compared(facts: Facts) -> str:
    """Say which model fits better, and what its parameters mean."""
    return f"{better(facts)} {rates(facts)}".strip()


def better(facts: Facts) -> str:
    """Compare the two models by their likelihood."""
    names = [name for name in MODELS if f"lifetime.{name}.aic" in facts]
    if len(names) < 2:
        return ""
    best = str(facts["lifetime.best"].value)
    apart = abs(value(facts, "lifetime.bgnbd.aic") - value(facts, "lifetime.pareto_nbd.aic"))
    strength = claim(apart > 10, "clearly", claim(apart > 2, "somewhat", "hardly"))
    return (
        f"With as many parameters each, the {MODELS[best]} model fits these purchases {strength} better: its AIC is "
        f"lower by {apart:.1f}."
    )


@prose
def searched(apart: float) -> str:
    """Say how far from Python's maximum R's own search ended."""
    if apart < 0.001:
        return (
            "R searches for the maximum itself, without the gradient that Python uses, and ends less than a thousandth "
            "of a standard error away."
        )
    return f"R’s own search for the maximum ends {apart:.2g} standard errors away."


def rates(facts: Facts) -> str:
    """Say in plain numbers what the parameters of the better model mean."""
    best = str(facts["lifetime.best"].value) if "lifetime.best" in facts else ""
    if not best:
        return ""
    unit = str(facts["lifetime.time_unit"].value)
    name = f"lifetime.{best}"
    rate = value(facts, f"{name}.r") / value(facts, f"{name}.alpha")
    words = f"While they stay, customers buy again {rate:.2g} times a {unit} on average by the {MODELS[best]} model"
    if best == "bgnbd":
        a, b = (value(facts, f"{name}.{key}") for key in "ab")
        return f"{words}, and leave after a purchase with a mean probability of {100 * a / (a + b):.1f} %."
    leaving = value(facts, f"{name}.s") / value(facts, f"{name}.beta")
    return f"{words}, and leave at a mean rate of {100 * leaving:.2g} % a {unit}."


@prose
def frequencies(facts: Facts) -> str:
    """Say how many customers the models misplace."""
    parts = [
        f"the {title} model {text(facts, f'lifetime.{name}.misfit')}"
        for name, title in MODELS.items()
        if f"lifetime.{name}.misfit" in facts
    ]
    least = min(value(facts, f"lifetime.{name}.misfit") for name in MODELS if f"lifetime.{name}.misfit" in facts)
    verdict = claim(
        least <= CLOSE,
        "a close fit",
        claim(least <= FAIR, "a fair fit", "a poor fit: customers differ in other ways than the models allow"),
    )
    return (
        f"Of the customers, {joined(parts)} would have to move to another bar for model and count to agree: {verdict}."
    )


@prose
def holdout(facts: Facts) -> str:
    """Say how the holdout went, honestly, and what is known of why."""
    return f"{foreseen(facts)} {truth(facts)}".strip()


def foreseen(facts: Facts) -> str:
    """Compare what came in the holdout with what the models foresaw."""
    real = value(facts, "lifetime.holdout.actual")
    parts, inside = [], []
    for name, title in MODELS.items():
        key = f"lifetime.holdout.{name}"
        if key not in facts or facts[f"{key}.off"].value is None:
            continue
        inside.append((facts[key].low or 0) <= real <= (facts[key].high or 0))
        parts.append(f"{title} foresaw {bare(facts, key)}, {wide_of(facts, key)}")
    if not parts:
        return "There were no purchases in the holdout to compare with."
    words = (
        f"In the {text(facts, 'lifetime.holdout.length')} after {text(facts, 'lifetime.calibration_end')}, customers "
        f"who had come by then made {show(int(real))} repeat purchases. {joined(parts)}. "
    )
    if all(inside):
        return words + "That is within what chance and the unsureness of the parameters explain."
    return words + claim(
        any(inside),
        "Only the wider of the two intervals holds what came.",
        "That is more than chance and the unsureness of the parameters explain: something changed that the models do "
        "not know, such as season, offers, or how customers leave.",
    )


@prose
def spending(facts: Facts) -> str:
    """Say whether frequent customers spend more at a time, and what a purchase comes to."""
    return f"{independence(facts)} {purchase(facts)}".strip()


def independence(facts: Facts) -> str:
    """Say whether frequent customers spend more at a time."""
    name = "lifetime.independence.pearson"
    if name not in facts:
        return "Too few customers bought again to see whether frequent customers spend more at a time."
    size = dependence(facts)
    words = (
        f"How often customers buy and what a purchase comes to correlate at {bounded(facts, name)}; by ranks at "
        f"{bounded(facts, 'lifetime.independence.spearman')}. "
    )
    return words + claim(
        size == 0,
        "Both intervals hold zero: nothing speaks against taking the two apart.",
        claim(
            abs(size) <= WEAK,
            "That is not nothing, but weak: the values of the most frequent customers come out a little too "
            f"{claim(size > 0, 'low', 'high')}.",
            "That is too much to ignore: the values of the most frequent customers come out too "
            f"{claim(size > 0, 'low', 'high')}.",
        ),
    )


def dependence(facts: Facts) -> float:
    """Return the larger of the two correlations of how often and how much; 0 where both may be nothing."""
    entries = [facts[f"lifetime.independence.{method}"] for method in ("pearson", "spearman")]
    sure = [float(e.value or 0) for e in entries if not (e.low or 0) <= 0 <= (e.high or 0)]
    return max(sure, key=abs, default=0.0)


def purchase(facts: Facts) -> str:
    """Say what the Gamma-Gamma model takes a purchase to be."""
    if not known(facts, "lifetime.purchase.mean", ends=False):
        return ""
    return (
        f"By the model a purchase of the average customer comes to {text(facts, 'lifetime.purchase.mean')}; somebody "
        "with few purchases is taken to be near that, somebody with many to be as they were."
    )


@prose
def seasons(facts: Facts) -> str:
    """Say how far the calendar matters."""
    if "lifetime.season.most" not in facts:
        return "The time observed is too short to compare months."
    most, least = (value(facts, f"lifetime.season.{side}") for side in ("most", "least"))
    if most < 1 + SEASON and least > 1 - SEASON:
        return "No month is far from what a model without seasons expects."
    return (
        f"{text(facts, 'lifetime.season.most.month')} brings {bare(facts, 'lifetime.season.most', 2)} times what the "
        f"model expects, {text(facts, 'lifetime.season.least.month')} {bare(facts, 'lifetime.season.least', 2)} times. "
        "The models know no calendar: trust them over whole years, and not for the next month."
    )


def suppositions(facts: Facts) -> list[tuple[str, str, str]]:
    """List what the models suppose, what was measured, and how it reads."""
    rows = []
    index = facts["lifetime.dispersion"].value
    if index is not None:
        rows.append(
            (
                "Customers differ in how often they buy",
                f"variance {facts.text('lifetime.dispersion')} times Poisson",
                claim(float(index) > 1.2, "yes: one rate for all would not do", "hardly: one rate would do"),
            )
        )
    misfits = [name for name in MODELS if f"lifetime.{name}.misfit" in facts]
    if misfits:
        least = min(misfits, key=lambda name: value(facts, f"lifetime.{name}.misfit"))
        off = value(facts, f"lifetime.{least}.misfit")
        rows.append(
            (
                "They differ as gamma distributions do",
                f"{facts.text(f'lifetime.{least}.misfit')} misplaced by {MODELS[least]}",
                claim(off <= CLOSE, "yes", claim(off <= FAIR, "nearly", "no")),
            )
        )
    if "lifetime.season.most" in facts:
        most, least_ratio = (value(facts, f"lifetime.season.{side}") for side in ("most", "least"))
        rows.append(
            (
                "Their rates stay the same all year",
                f"months {least_ratio:.2f} to {most:.2f} times expected",
                claim(max(most - 1, 1 - least_ratio) < SEASON, "nearly", "no: there is a season"),
            )
        )
    if "lifetime.independence.pearson" in facts:
        size = dependence(facts)
        rows.append(
            (
                "How often and how much are independent",
                f"correlation {facts.text('lifetime.independence.pearson')} "
                f"({facts.interval('lifetime.independence.pearson')})",
                claim(size == 0, "nothing against it", claim(abs(size) <= WEAK, "nearly", "no")),
            )
        )
    best = facts["lifetime.best"].value if "lifetime.best" in facts else None
    if best and f"lifetime.holdout.{best}.off" in facts and facts[f"lifetime.holdout.{best}.off"].value is not None:
        entry, real = facts[f"lifetime.holdout.{best}"], value(facts, "lifetime.holdout.actual")
        rows.append(
            (
                "What was true stays true",
                f"holdout off by {facts.text(f'lifetime.holdout.{best}.off', signed=True)}",
                claim((entry.low or 0) <= real <= (entry.high or 0), "as far as chance can tell", "no"),
            )
        )
    return rows


def truth(facts: Facts) -> str:
    """Say how the simulated customers left, where that is known."""
    if "lifetime.truth.left_before" not in facts:
        return ""
    before, during = (value(facts, f"lifetime.truth.left_{name}") for name in ("before", "during"))
    words = (
        "The customers of this simulated shop were not made by either model: their rates move with the calendar, and "
        "they leave on a day of their own, whether they bought or not. "
    )
    return words + claim(
        during > before,
        f"Of those who left, {during:,.0f} did so in the holdout and {before:,.0f} in all the time before it. Models "
        "that take leaving to go on as it did must foresee too much here, and no fit could have known.",
        f"Of those who left, {during:,.0f} did so in the holdout and {before:,.0f} before it.",
    )


def named() -> dict[str, str]:
    """Return all models by name."""
    return {**MODELS, "gamma_gamma": "Gamma-Gamma"}


def failed(facts: Facts, name: str) -> bool:
    """Tell whether a model could not be fitted."""
    return f"lifetime.{name}.failed" in facts


def known(facts: Facts, name: str, ends: bool = True) -> bool:
    """Tell whether a fact has a value, and both ends of its interval where these are asked for."""
    if name not in facts or facts[name].value is None:
        return False
    return not ends or None not in (facts[name].low, facts[name].high)


def value(facts: Facts, name: str) -> float:
    """Return a fact as a number, nan where it is none."""
    found = facts[name].value
    return float(found) if isinstance(found, int | float) else float("nan")


def text(facts: Facts, name: str) -> str:
    """Return a fact as words."""
    return plain(facts.text(name))


def interval(facts: Facts, name: str) -> str:
    """Return a fact's interval as words."""
    return plain(facts.interval(name))


def bare(facts: Facts, name: str, digits: int | None = None) -> str:
    """Return a fact and its interval as numbers without their unit, which the sentence names."""
    entry = facts[name]
    digits = digits_of(entry) if digits is None else digits
    low, high = (show(end, None, digits) for end in (entry.low, entry.high))
    return f"{show(entry.value, None, digits)} ({low} to {high})"


def wide_of(facts: Facts, name: str) -> str:
    """Say by how much a forecast was too high or too low."""
    off = value(facts, f"{name}.off")
    if abs(off) < 0.0005:
        return "what came to the last digit"
    return f"{show(abs(off), 'share')} too {claim(off > 0, 'many', 'few')}"


def bounded(facts: Facts, name: str) -> str:
    """Return a fact as words, with its interval where there is one."""
    return f"{text(facts, name)} ({interval(facts, name)})" if known(facts, name) else text(facts, name)
