"""What each section of the chapter on strategy says, in words."""

from __future__ import annotations

from patrons.facts import Facts, claim, show
from patrons.frames import each
from patrons.limits import ALPHA
from patrons.stop import SectionStop
from patrons.strategy_study import Study
from patrons.words import joined, plain, prose
from patrons.words_strategy import (
    arm_title,
    arms,
    called,
    effects_in_short,
    in_money,
    pairs,
    programme_names,
    quotable,
    segment_title,
    signed,
    targeting_in_short,
    text,
    value,
)

BASES = {
    "profit": "Return is the profit that the test measured per person",
    "margin": "Return is sales per person times the margin, {factor}",
    "sales": "Return is sales per person, before what the goods cost: the source says no margin (`margin` below)",
    "success": "Return is what one person’s *{outcome}* is worth, {factor} each",
    "none": "The test measured no money: return is *{outcome}* itself, and what it is worth is for a reader to say",
}


@prose
def setting(facts: Facts, found: Study) -> str:
    """Say what counts as return, and what is assumed."""
    factor = text(facts, "strategy.factor") if "strategy.factor" in facts else ""
    basis = BASES[str(facts["strategy.basis"].value)].format(factor=factor, outcome=quotable(facts, "strategy.outcome"))
    words = f"{basis}, with what an offer itself costs taken off where the source does so."
    if facts["strategy.basis"].value == "none":
        words = f"{basis}."
    if found.settings.horizon_months and found.months > 0:
        words += (
            f" Effects are taken to last {found.settings.horizon_months} months, as strong as in the "
            f"{text(facts, 'strategy.months')} of the test: they are multiplied by {found.scale:.2f}."
        )
    elif found.months > 0:
        words += f" It is counted over the {text(facts, 'strategy.months')} of the test and not beyond."
    return words


@prose
def segments(facts: Facts, found: Study) -> str:
    """Say who is treated apart, and why."""
    title = plain(found.segmentation.title)
    if not found.segmentation.columns:
        if found.plan.segments:
            return "No column of the test parts people into segments that are large enough: everybody is one segment."
        return "The test names no columns for segments: everybody is one segment."
    if found.settings.segments != "auto":
        return f"As `source.yml` asks, people are treated apart by {title}."
    tested = [
        f"{plain(str(row.column).replace('_', ' '))} {_p(row.p_holm)}"
        for row in each(found.evidence.dropna(subset=["p_holm"]))
    ]
    chosen = found.evidence[found.evidence["column"].isin(found.segmentation.columns)]
    sure = bool((chosen["p_holm"] < ALPHA).any())
    why = claim(sure, "effects differ for sure by", "none parts effects for sure; the clearest is")
    return (
        f"Of the columns that the test names, {why} {title} (p corrected for their number: {'; '.join(tested)}): "
        "people are treated apart by it."
    )


@prose
def effects(facts: Facts, found: Study) -> str:
    """Say which actions pay where."""
    if not in_money(facts):
        return effects_in_short(facts)
    pays, loses = [], []
    for segment, arm in pairs(facts):
        entry, cost = facts[f"strategy.effect.{segment}.{arm}"], value(facts, f"strategy.cost.{arm}")
        if entry.low is not None and entry.high is not None:
            words = f"{arm_title(facts, arm)} for {segment_title(facts, segment)}"
            pays += [words] if entry.low > cost else []
            loses += [words] if entry.high < cost else []
    first = (
        f"Sure to return its cost is {joined(pays)}."
        if pays
        else "No action is sure to return its cost in any segment."
    )
    second = f" Sure not to: {joined(loses)}." if loses else " None is sure to fail to."
    own = found.effects.dropna(subset=["weight"])
    kept = (
        f" A segment’s own measurement weighs {show(float(own['weight'].mean()), 'share', 0)} on average; the rest "
        "comes from the others."
    )
    return first + second + (kept if own["segment"].nunique() > 1 else "")


@prose
def truth(facts: Facts) -> str:
    """Hold the average effects against what was planted, where that is known."""
    parts = []
    for arm in arms(facts):
        name = f"strategy.truth.{arm}"
        if name in facts and f"strategy.average.{arm}" in facts:
            entry = facts[f"strategy.average.{arm}"]
            holds = entry.low is not None and entry.high is not None and entry.low <= value(facts, name) <= entry.high
            where = claim(holds, "inside", "outside")
            parts.append(f"{arm_title(facts, arm)} {signed(facts, name)} ({where} the interval of its average)")
    if not parts:
        return "Whether these intervals hold the truth cannot be seen here: it is known of the simulated shop alone."
    return (
        "This world is simulated, so the truth is known. On average over everybody in the test, what was planted for a "
        f"person reached is {joined(parts)}."
    )


def need_money(found: Study) -> None:
    """End the section where returns are not in money."""
    if found.budget is None:
        raise SectionStop(
            "This section needs returns in money: name an outcome of the kind `money`, or say what one success is "
            "worth with `analysis: {strategy: {outcome_value: …}}` in source.yml."
        )


def need_programmes(found: Study) -> None:
    """End the section where people of the test are not known as customers."""
    if found.programmes.empty:
        raise SectionStop(
            "This section needs people of the test who are known as customers: `customer_id` and `assigned_at` among "
            "the columns of `experiment`, and the orders of these customers in `transactions`."
        )


def need_engagement(found: Study) -> None:
    """End the section where nothing is known of visits and e-mails."""
    if found.changes.empty or not found.changes["lift"].notna().any():
        raise SectionStop(
            "This section needs a table `engagement` with months before the test and after it, and `customer_id` and "
            "`assigned_at` among the columns of `experiment`."
        )


@prose
def programmes(facts: Facts) -> str:
    """Say what the test says of each programme."""
    names = programme_names(facts)
    tested = [name for name in names if facts[f"{name}.verdict"].value != "not tested"]
    sure = [name for name in tested if facts[f"{name}.verdict"].value == "pays"]
    missing = [name for name in names if name not in tested]
    words = claim(
        bool(sure),
        f"Sure to pay: {joined([f'{called(facts, n)}' for n in sure])}.",
        "For none of the programmes does the test show for sure that it pays.",
    )
    if missing:
        words += (
            f" Not tested, since too few of them were in the arms: {joined([called(facts, n) for n in missing])}; no "
            "number stands where none was measured."
        )
    return (
        f"{words} The last column says how many people per arm a test of that segment alone takes to see the smallest "
        "lift worth seeing in four of five cases."
    )


@prose
def panels(found: Study) -> str:
    """Say in which segment money returns most, and how far the segments can be told apart."""
    table = found.panels.dropna(subset=["roi"]).sort_values("roi", ascending=False, kind="stable")
    if table.empty:
        return "Reaching people costs nothing here: there is no return over cost to speak of."
    best = f"{plain(str(table['segment'].iloc[0]))} with “{plain(str(table['arm'].iloc[0]))}”"
    if len(table) == 1:
        return f"There is one segment to spend on: {best}."
    apart = bool(table["roi_low"].iloc[0] > table["roi_high"].iloc[-1])
    words = claim(
        apart, "its interval and that of the last do not overlap", "the intervals overlap: it is no sure winner"
    )
    return f"A unit of money is expected to return most in {best}; {words}."


@prose
def budget(facts: Facts) -> str:
    """Say what one more unit of money returns, and what whole segments and caution change."""
    shadow = value(facts, "strategy.shadow_price")
    one = f"The budget is {text(facts, 'strategy.budget')}. "
    one += claim(
        shadow > 0,
        f"Another {show(1, facts['strategy.budget'].unit, 0)} would add {text(facts, 'strategy.shadow_price')} net.",
        "More money would add nothing: everybody whom it is expected to pay to reach is reached, or nobody.",
    )
    whole = (
        f" If a segment can only be reached as a whole, {text(facts, 'strategy.plan.whole.spent')} are spent "
        f"and expected to return {text(facts, 'strategy.plan.whole.net')} net."
    )
    careful = claim(
        value(facts, "strategy.plan.careful.spent") > 0,
        " Somebody careful, who counts each return as low as it is in one case of ten, would spend "
        f"{text(facts, 'strategy.plan.careful.spent')}.",
        " Somebody careful, who counts each return as low as it is in one case of ten, would spend nothing.",
    )
    return one + whole + careful


@prose
def stability(facts: Facts) -> str:
    """Say how much the split hangs on the luck of the test."""
    used = [pair for pair in pairs(facts) if value(facts, f"strategy.split.{'.'.join(pair)}.people")]
    if not used:
        return "How often money would be spent in tests as they might have come out stands in the last column."
    least = min(value(facts, f"strategy.split.{'.'.join(pair)}.chosen") for pair in used)
    words = claim(least >= 0.9, "hardly hangs", claim(least >= 0.6, "partly hangs", "hangs"))
    return (
        f"In tests as they might have come out, each part of this split gets money in {show(least, 'share', 0)} of "
        f"them or more: it {words} on the luck of the test."
    )


@prose
def compared(facts: Facts, found: Study) -> str:
    """Say what the comparison of the rules shows."""
    learned = joined([f"{plain(name)} {show(share, 'share', 0)}" for name, share in found.rules.columns.items()])
    treated = [text(facts, f"strategy.rule.{rule}.treated") for rule in ("alike", "segment")]
    words = targeting_in_short(facts) if in_money(facts) else ""
    return (
        f"{words} What was learned reaches {treated[0]} of the people where all are treated alike, and {treated[1]} "
        f"where segments are treated apart. What the halves parted people by: {learned}."
    )


@prose
def engagement(facts: Facts, found: Study) -> str:
    """Say whether the arms changed what people did with e-mails."""
    table = found.changes
    sure = table[table["p_holm"] < ALPHA]
    moved = joined([f"{row.metric} with “{plain(str(row.arm))}”" for row in each(sure)])
    first = claim(bool(len(sure)), f"Changed for sure: {moved}.", "No arm changed any of this for sure.")
    alike = claim(
        found.emails_alike,
        " Every arm was sent as many e-mails as the control, as far as the intervals say: the offers differ, the mail "
        "does not.",
        " The arms were not sent equally many e-mails, or that is not known: rates per e-mail sent may differ for that "
        "reason alone.",
    )
    return first + alike


def need_change(found: Study) -> None:
    """End the section where the rules give everybody the same."""
    if not (found.compared["gain_high"] > found.compared["gain_low"]).any():
        raise SectionStop("Whether segments are told apart or not, everybody gets the same: there is nothing to draw.")


@prose
def checks(facts: Facts, found: Study) -> str:
    """Say what the numbers rest on."""
    few = int(found.effects.dropna(subset=["effect"])[["n", "n_control"]].min().min())
    enough = claim(few >= 100, "enough for means to be close to normal", "few: read their intervals as rough")
    return (
        f"The smallest group that an effect rests on has {few:,} people: {enough}. The arms are as large as planned, "
        "or nothing would stand here. Pooling takes segments to differ as a normal distribution does; a single segment "
        "that is unlike all others is drawn too far towards them."
    )


def _p(value: float) -> str:
    return show(float(value), "p")
