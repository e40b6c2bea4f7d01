"""What campaigns return, in words: the same in their chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.campaigns import COUNTS, MONEY
from patrons.campaigns_returns import SURE
from patrons.campaigns_study import Reached
from patrons.facts import Facts, claim, show
from patrons.frames import each
from patrons.limits import ALPHA
from patrons.words import Prose, joined, plain, prose
from patrons.words_campaigns_segments import answered

#: What stands in the place of a figure, a table or a line of agreement.
NO_GROUPS = Prose("All campaigns ran in one channel, or the source does not name it.")
NO_AUDIENCES = Prose("All campaigns were for one audience, or the source does not name it.")
NO_FUNNEL = Prose("The source counts one step only, so that there is no funnel.")
NO_TESTS = Prose("There are too few campaigns in each channel and audience to test whether they differ.")
NO_LOSERS = Prose("No campaign is expected to lose money.")
NO_TWICE = Prose("There was nothing here to compute twice.")
NO_LEVELS = Prose("There are too few campaigns to give each kind a mean of its own.")
#: The stricter limit beside which that of the verdicts is shown.
STRICT = 0.95
NO_RETURNS = (
    "This section needs to know how much of a return is chance: at least five campaigns with `cost`, `revenue` and "
    "`conversions`. Add the missing ones to the `columns:` of `campaigns` in source.yml."
)


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the return of all campaigns together."""
    if "campaigns.roi" in facts:
        return facts.answer("campaigns.roi", "return on what campaigns cost, all together")
    if "campaigns.answers.best" in facts:
        best = f"campaigns.answers.{facts['campaigns.answers.best'].value}"
        return facts.answer(f"{best}.rate", f"of {facts[f'{best}.title'].value} answer a campaign")
    return facts.answer("campaigns.campaigns", "whose cost or revenue is not known")


@prose
def sentences(facts: Facts) -> str:
    """Say what campaigns return, how many waste money, and how much is at stake."""
    if "campaigns.campaigns" not in facts:
        return answered(facts)
    return " ".join(filter(None, [returned(facts), wasteful(facts), goods(facts)]))


def returned(facts: Facts) -> str:
    """Say what campaigns cost and brought."""
    if "campaigns.roi" not in facts:
        return "What campaigns cost and brought is not known of the same campaigns, so that their return is not either."
    sums = f"{facts.text('campaigns.campaigns')} cost {_money(facts, 'cost')} and brought {_money(facts, 'revenue')}"
    if facts["campaigns.roi"].low is None:
        return f"{sums}."
    return facts.verdict(
        "campaigns.roi",
        f"{sums}: more than they cost, for sure.",
        f"{sums}: less than they cost, for sure.",
        f"{sums}: whether campaigns like these pay is not sure.",
    )


def wasteful(facts: Facts) -> str:
    """Say how many campaigns are wasteful for sure, and what they would lose."""
    if "campaigns.judged" not in facts:
        if "campaigns.wasteful" not in facts:
            return ""
        return f"{_count(facts, 'wasteful')} brought less than they cost; how much of that is chance, nobody can tell."
    few, open_, good = (int(_value(facts, f"campaigns.{name}")) for name in ("wasteful", "undecided", "profitable"))
    rest = f"**{good}** pay and **{open_}** are undecided"
    losing = int(_value(facts, "campaigns.raw_losing"))
    raw = f" ({losing} brought less than they cost, but small ones may have had bad luck)" if losing > few else ""
    if not few:
        return f"With luck taken out, none is wasteful for sure{raw}; {rest}."
    stake = f"{facts.text('campaigns.stake')} ({facts.interval('campaigns.stake')})"
    verb = claim(few == 1, "is", "are")
    return (
        f"With luck taken out, **{few}** {verb} wasteful{raw}, {rest}. Run again, the wasteful "
        f"{claim(few == 1, 'one', 'ones')} would lose {stake}."
    )


def goods(facts: Facts) -> str:
    """Say what is left of the return once the goods are paid for."""
    if "campaigns.break_even" not in facts:
        return ""
    entry, need = facts["campaigns.roi"], _value(facts, "campaigns.break_even")
    margin = f"Of each sale {facts.text('campaigns.margin')} is left once the goods are paid"
    bar = f"a return of {show(need, 'share', 0)} would break even"
    if entry.low is None or entry.high is None:
        return f"{margin}: {bar}."
    verdict = claim(
        entry.low > need,
        "campaigns clear that too",
        claim(
            entry.high < need,
            "on the first sale alone, campaigns do not",
            "whether campaigns do on the first sale alone is not sure",
        ),
    )
    return f"{margin}: {bar}, and {verdict}."


@prose
def basis(found: Reached) -> str:
    """Say how many campaigns there are, what the source does not say of them, and what is odd."""
    frame = found.frame
    words = f"The source lists {len(frame):,} campaign{claim(len(frame) == 1, '', 's')}"
    days = frame["started_at"].dropna()
    if len(days):
        words += f" that began between {show(str(days.min().date()))} and {show(str(days.max().date()))}"
    words += ". "
    if frame["rows"].sum() > len(frame):
        words += f"Their {int(frame['rows'].sum()):,} rows were added up, campaign by campaign. "
    gone = [name for name in (*COUNTS, *MONEY) if frame[name].isna().all()]
    if gone:
        words += f"It does not say their {joined(gone)}: what needs them is left out. "
    odd: dict[str, list[str]] = {}
    for name, note in zip(found.each["campaign_id"], found.each["note"], strict=True):
        for part in filter(None, note.split("; ")):
            odd.setdefault(part, []).append(plain(str(name)))
    if not odd:
        return f"{words}Every campaign has clicks, conversions and a cost, and no step counts more than the one before."
    listed = joined([f"{note} ({_some(names)})" for note, names in odd.items()])
    return (
        f"{words}Odd are: {listed}. They count in the sums; a ratio with nothing below the line is missing, not "
        "infinite, and a rate above one has no interval."
    )


def _some(names: list[str], most: int = 4) -> str:
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


@prose
def spread(found: Reached) -> str:
    """Say how much more rates differ between campaigns than chance would make them."""
    if not len(found.dispersion):
        return "There are too few campaigns to say how much they differ."
    parts = [f"the {row.title.lower()} {show(row.dispersion, None, 0)} times" for row in each(found.dispersion)]
    large = bool((found.dispersion["dispersion"] > 2).any())
    return (
        f"Between campaigns, {joined(parts)} as much as chance alone would make {claim(len(parts) > 1, 'them', 'it')} "
        f"vary. {claim(large, 'An interval from the counts alone would be far too narrow', 'That is little')}: the "
        "sums' intervals take campaigns, not clicks, as their units."
    )


@prose
def differ(found: Reached, facts: Facts) -> str:
    """Say which differences between channels and audiences hold."""
    table = found.tests
    if not len(table):
        return str(NO_TESTS)
    lines = []
    for row in each(table[table["p_holm"] < ALPHA]):
        name = f"campaigns.tests.{row.metric}.{row.factor}"
        of = {"channel": "channels", "segment": "audiences"}[row.factor]
        lines.append(
            f"the {row.title.lower()} differs between {of} (*{plain(str(row.highest))}* has "
            f"{facts.text(f'{name}.ratio')} times that of *{plain(str(row.lowest))}*)"
        )
    count = len(table)
    family = f"Of {count} comparisons, corrected together, {len(lines) or 'none'} hold{claim(len(lines) == 1, 's', '')}"
    apart = table[(table["p_holm"] >= ALPHA) & (table["h_p"] < ALPHA)]
    words = f"{family}{': ' if lines else ''}{'; '.join(lines)}."
    if len(apart):
        listed = joined([f"the {row.title.lower()} by {_factor(row.factor)}" for row in each(apart)])
        words += (
            f" On {listed}, ranks alone would say yes, with neither correction nor the other factor held alike: a "
            "hint, worth a test."
        )
    return words


def _factor(name: object) -> str:
    return {"channel": "channel", "segment": "audience"}[str(name)]


@prose
def luck(found: Reached, facts: Facts) -> str:
    """Say what pooling did to the campaign with the best raw return."""
    if found.returns is None:
        return ""
    name = "campaigns.top"
    raw = show(_value(facts, f"{name}.raw"), "share", 0)
    roi, ends = facts.text(f"{name}.roi"), facts.interval(f"{name}.roi")
    moved = _value(facts, f"{name}.raw") - _value(facts, f"{name}.roi") > 0.25
    rank = facts[f"{name}.rank"]
    verdict = claim(
        moved,
        "much of it was luck",
        "it was large enough for that to be hardly luck",
    )
    value = found.returns.value
    return (
        f"The best raw return, {raw}, is that of {plain(str(facts[f'{name}.id'].value))} "
        f"({plain(str(facts[f'{name}.kind'].value))}), which cost {facts.text(f'{name}.cost')}: {verdict}. Drawn "
        f"towards its kind, {roi} is to be expected ({ends}); its rank may be anything from {rank.low:.0f} to "
        f"{rank.high:.0f}. Campaigns of the same kind differ with a coefficient of variation of "
        f"{_value(facts, 'campaigns.spread'):.2f}; "
        f"single conversions, worth {facts.text('campaigns.order_value')} on average, with one of "
        f"{value.variation:.2f}."
    )


@prose
def truth(facts: Facts) -> str:
    """Say how near raw and pooled returns came to what was planted, or that it is not known."""
    if "campaigns.truth.pooled" not in facts:
        return "What each campaign was bound to return, nobody knows but of a simulated shop."
    raw, pooled = (100 * _value(facts, f"campaigns.truth.{name}") for name in ("raw", "pooled"))
    inside, wrong = facts.text("campaigns.truth.inside"), int(_value(facts, "campaigns.truth.wrong"))
    mean, ends = facts.text("campaigns.roi_mean"), facts.interval("campaigns.roi_mean")
    entry, planted = facts["campaigns.roi_mean"], _value(facts, "campaigns.truth.roi_mean")
    holds = entry.low is not None and entry.high is not None and entry.low <= planted <= entry.high
    return (
        f"This shop is simulated, so what each campaign was bound to return is known. Raw returns are off by "
        f"{raw:.0f} points (root mean square), pooled ones by {pooled:.0f}; {inside} of the pooled 95 % intervals hold "
        f"the truth, and {wrong or 'none'} of the sure verdicts {claim(wrong == 1, 'is', 'are')} wrong. On average "
        f"over campaigns, {show(planted, 'share', 0)} was planted and {mean} ({ends}) found: the interval "
        f"{claim(holds, 'holds it', 'misses it')}."
    )


@prose
def rule(found: Reached) -> str:
    """State the rule of decision, and what a stricter one would say."""
    sure, strict = show(SURE, "share", 0), show(STRICT, "share", 0)
    words = (
        f"A campaign is called *profitable* where the probability that its return is above zero is {sure} or more, "
        f"*wasteful* where the probability that it is below is {sure} or more, and *undecided* otherwise. "
    )
    if found.returns is not None:
        chance = found.returns.campaigns["p_profit"]
        good, bad = int((chance >= STRICT).sum()), int((chance <= 1 - STRICT).sum())
        words += (
            f"The limit is a matter of choice: with {strict} instead, {good or 'none'} would be called profitable and "
            f"{bad or 'none'} wasteful. "
        )
    return f"{words}Money at stake is what the same campaign, run again at the same cost, is expected to lose."


@prose
def money(found: Reached, facts: Facts) -> str:
    """Say what the wasteful ones would lose, and what stays open."""
    if found.returns is None:
        return ""
    table = found.returns.campaigns
    leaning = table[(table["verdict"] == "undecided") & (table["loss"] > 0)]
    words = wasteful(facts)
    if len(leaning):
        total = show(float(leaning["loss"].sum()), facts["campaigns.stake"].unit, 0)
        words += (
            f" Another {len(leaning)} of the undecided are more likely to lose than to gain, {total} together: too "
            "little is known of them to stop them for that."
        )
    if found.returns.left_out:
        words += f" {found.returns.left_out} could not be judged, for want of a cost, conversions or revenue."
    return words


@prose
def kinds(found: Reached, facts: Facts) -> str:
    """Say which channel and audience return most."""
    lines = []
    for row in each(found.shifts):
        name = f"campaigns.shift.{row.factor}"
        best, worst = plain(str(row.best)), plain(str(row.worst))
        words = (
            f"A unit of money spent on *{best}* brings {facts.text(f'{name}.gain')} more revenue than on *{worst}* "
            f"({facts.interval(f'{name}.gain')})"
        )
        lines.append(facts.verdict(f"{name}.gain", f"{words}.", f"{words}.", f"{words}: that may be nothing."))
    return " ".join(lines) or str(NO_LEVELS)


@prose
def to_do(facts: Facts) -> str:
    """List what to do."""
    lines = []
    if int(_value(facts, "campaigns.wasteful")) and "campaigns.stake" in facts:
        lines.append(
            f"**Stop the wasteful campaigns, or change them.** They cost {facts.text('campaigns.wasted_cost')}; run "
            f"again, they would lose {facts.text('campaigns.stake')} ({facts.interval('campaigns.stake')})."
        )
    lines += _moves(facts)
    if "campaigns.top.raw" in facts and _value(facts, "campaigns.top.raw") - _value(facts, "campaigns.top.roi") > 0.25:
        lines.append(
            f"**Do not copy {plain(str(facts['campaigns.top.id'].value))} for its return alone.** It led the list by "
            "luck as well; run it larger first."
        )
    if "campaigns.break_even" in facts:
        need = show(_value(facts, "campaigns.break_even"), "share", 0)
        lines.append(
            f"**Judge by profit, not by revenue.** With the goods to pay, the bar is a return of {need}, unless "
            "customers who were won come back; what they are worth then, the chapter on lifetime value says."
        )
    if "campaigns.answers.best" in facts:
        best = f"campaigns.answers.{facts['campaigns.answers.best'].value}"
        lines.append(
            f"**Write to {plain(str(facts[f'{best}.title'].value))} first where postage is scarce.** They answer most; "
            "whether they would have bought anyway, only a test with a control group tells."
        )
    if not lines:
        lines.append(
            "**Write down conversions beside cost and revenue, for five campaigns or more.** Until then nobody can "
            "tell a good campaign from a lucky one."
        )
    return "\n".join(f"- {line}" for line in lines)


def _moves(facts: Facts) -> list[str]:
    """Say which money to move, as a test."""
    name = "campaigns.shift.channel" if "campaigns.shift.channel.gain" in facts else "campaigns.shift.segment"
    if f"{name}.gain" not in facts:
        return []
    entry, half = facts[f"{name}.gain"], 0.5 * _value(facts, f"{name}.spent")
    unit = facts["campaigns.cost"].unit
    best, worst = (plain(str(facts[f"{name}.{end}"].value)) for end in ("best", "worst"))
    more, low, high = (
        show(half * float(x or 0), unit, 0) for x in (_value(facts, f"{name}.gain"), entry.low, entry.high)
    )
    return [
        f"**Move money from {worst} to {best}, as a test.** Half of what {worst} cost, {show(half, unit, 0)}, would "
        f"have brought {more} ({low} to {high}) more revenue if the next money returned what the last did. It may "
        "not, least of all where the best and the worst were picked after looking: let weeks or regions be dealt by "
        "lot, and compare."
    ]


def for_summary(facts: Facts) -> str:
    """Answer which campaigns pay, for the summary; nothing where the chapter was not executed."""
    if "campaigns.roi" not in facts:
        return str(answered(facts))
    entry = facts["campaigns.roi"]
    ends = f" ({facts.interval('campaigns.roi')})" if entry.low is not None else ""
    parts = [
        f"Campaigns return {facts.text('campaigns.roi', signed=True)} on what they cost{ends}.",
        wasteful(facts).replace("**", ""),
        goods(facts),
        *[line.replace("**", "") for line in _moves(facts)],
    ]
    return " ".join(filter(None, parts))


def _money(facts: Facts, name: str) -> str:
    return show(_value(facts, f"campaigns.{name}"), facts[f"campaigns.{name}"].unit, 0)


def _count(facts: Facts, name: str) -> str:
    number = int(_value(facts, f"campaigns.{name}"))
    return f"{number or 'None'} of {facts[f'campaigns.{name}'].n}"


def _value(facts: Facts, name: str) -> float:
    value = facts[name].value if name in facts else 0.0
    return float(value) if isinstance(value, int | float) else 0.0
