"""What demographics say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

import numpy as np
from IPython.display import Markdown

from patrons.demographics_study import Study
from patrons.demographics_tests import ALPHA, FEWEST
from patrons.facts import NO_BREAK, Facts, claim, show
from patrons.frames import each
from patrons.record_demographics import key
from patrons.words import Prose, joined, plain, prose

#: A gain in R² or in the area under the curve below this changes no decision.
SMALL = 0.02
AGE, INCOME = "demographics.age_30_to_45.spend_ratio", "demographics.income_over_60k.spend_ratio"
WOMEN = "response.last.women_to_men"
NAMED = {AGE: ("customers aged 30 to 45", "all others"), INCOME: ("customers with more than 60,000", "those with less")}
GAINS = {"later_spend": "what customers spend later", "later_return": "who orders again"}
#: What stands in the place of a table, and of a line of agreement, where the source allows no test.
NO_PAIRS = Prose("No two groups differ for sure in what the figures show.")
NO_CONTRAST = Prose("The source does not say what these comparisons need: age or income and spend, gender and answers.")
NO_MODEL = Prose("There are too few customers of whom everything is known to adjust for everything at once.")
NO_SECOND = Prose("The source has no second outcome to show.")
NO_LATER = Prose(
    "This needs a table `transactions` that covers enough time to look back from: what customers did before a day, and "
    "what they did after it."
)


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: how much of the main outcome demographics explain."""
    if "demographics.explained" in facts:
        what = _title(facts, _main(facts)).lower()
        return facts.answer("demographics.explained", f"of the differences in {what} go with demographics")
    return facts.answer("demographics.standing", f"of {_value(facts, 'demographics.tests'):.0f} differences hold")


@prose
def sentences(facts: Facts) -> str:
    """Say which groups differ, and what demographics add to what is known from purchases."""
    return " ".join(filter(None, [differences(facts), answers(facts), adds(facts)]))


def answers(facts: Facts) -> str:
    """Compare the answers of women and men, or say by what the second outcome differs most."""
    if WOMEN in facts or "demographics.second" not in facts:
        return women(facts)
    return differences(facts, str(facts["demographics.second"].value))


def differences(facts: Facts, outcome: str = "") -> str:
    """Say by which factor an outcome, the main one unless named, differs most."""
    name = f"demographics.{outcome or _main(facts)}"
    title = _title(facts, outcome or _main(facts))
    if f"{name}.strongest" not in facts:
        return f"{title} does not differ for sure by anything the source says of its customers."
    factor = _title(facts, str(facts[f"{name}.strongest"].value)).lower()
    ends = []
    for end in (f"{name}.top", f"{name}.bottom"):
        mean = f"{facts.text(f'{end}.mean')} ({facts.interval(f'{end}.mean')})"
        ends.append(f"{mean} on average among *{_level(facts, end)}*")
    return f"{title} differs most by **{factor}**: {ends[0]} against {ends[1]}."


def women(facts: Facts) -> str:
    """Compare the answers of women and men."""
    if WOMEN not in facts:
        return ""
    size, interval = facts.text(WOMEN), facts.interval(WOMEN)
    what = f"the last campaign {size} times as often as men ({interval})"
    return facts.verdict(
        WOMEN,
        f"Women answer {what}.",
        f"Women answer {what}, less often.",
        f"Women answer {what}, which may be no difference.",
        null=1.0,
    )


def adds(facts: Facts) -> str:
    """Say what demographics add to a forecast from recency, frequency and value."""
    name = "demographics.added.later_spend.gain"
    if name not in facts:
        return ""
    gain, low, high = (100 * number for number in _ends(facts, name))
    points = f"{show(gain, None, 1)} points of R² ({show(low, None, 1)} to {show(high, None, 1)})"
    verdict = claim(
        low > 0,
        claim(gain < 100 * SMALL, "that is sure but small", "that is worth having"),
        "that may be nothing",
    )
    return (
        "To a forecast of later spend from recency, frequency and value, knowing who somebody is adds "
        f"{points}: {verdict}."
    )


@prose
def basis(found: Study, smallest: int) -> str:
    """Say of how many customers something is known."""
    people = found.people
    words = f"The source describes {len(people.table):,} customers. "
    unknown = {found.factor(str(name)).title.lower(): int(count) for name, count in people.unknown().items() if count}
    if unknown:
        listed = joined([f"{plain(name)} of {_few(count, smallest)}" for name, count in unknown.items()])
        words += f"Not known are {listed}: they are shown as a group of their own and left out of the tests. "
    if people.strangers:
        words += f"Not described at all, and left out, are {_few(people.strangers, smallest)} who bought. "
    if people.constant:
        words += f"Left out because all are alike: {joined([plain(title.lower()) for title in people.constant])}. "
    return words.strip()


@prose
def rules(smallest: int) -> str:
    """Say how groups are formed."""
    return (
        "Ages are cut before 30, 46 and 61; incomes at round amounts whose step is the largest of 1, 2 or 5 times a "
        "power of ten that is not above the distance between their quartiles, with thin ends joined to their "
        "neighbour; children and teenagers at home are counted together. Of texts, the most frequent seven or eight "
        f"keep their names and the rest are *other*. Groups with fewer than {smallest} customers are never shown, "
        f"those with fewer than {FEWEST} not tested. What cleaning filled in counts as not known here: a median age is "
        "nobody's age."
    )


@prose
def outcomes(found: Study) -> str:
    """Say what is compared between groups."""
    titles = joined([f"*{plain(item.title.lower())}*" for item in found.people.outcomes])
    words = f"Compared are {titles}."
    days = found.people.return_days
    if days is not None:
        words += (
            " A year runs from the first order to the day of reference and is at least one; whether somebody came back "
            f"is asked only of those whose first order is at least {days} days ago, so that all had the same time."
        )
    return words


@prose
def standing(found: Study, facts: Facts) -> str:
    """Say how many differences hold, and by what."""
    tests, stand = (int(_value(facts, f"demographics.{what}")) for what in ("tests", "standing"))
    if not tests:
        return "No outcome could be tested between groups: they are too small, or everybody is alike."
    parts = []
    for item in found.people.outcomes:
        name = f"demographics.{key(item.name)}.standing"
        if name in facts:
            parts.append(f"*{plain(item.title.lower())}* by {plain(str(facts[name].value))}")
    family = f"The family is every outcome by every factor, {tests} test{claim(tests == 1, '', 's')}"
    if not parts:
        return f"{family}; after the correction none of them holds. The table shows the least doubtful ones."
    return f"{family}; after the correction {stand} hold: {'; '.join(parts)}. The table shows them; its data hold all."


@prose
def assumptions(found: Study) -> str:
    """Say whether spreads differ, and whether ranks agree with means."""
    means = found.overall[found.overall["test"] == "Welch"]
    if not len(means):
        return "No means were compared."
    uneven = int((means["spread_p"] < ALPHA).sum())
    size = int(found.overall["smallest"].min())
    apart = means[(means["p"] < ALPHA) != (means["rank_p"] < ALPHA)]
    words = (
        f"Brown and Forsythe's test finds unequal spreads in {uneven} of {len(means)} comparisons of means, "
        f"{claim(uneven > 0, 'for which Welch’s test, chosen beforehand, allows', 'none of which would matter')}. "
        f"The smallest group that was tested has {size:,} customers. "
    )
    if not len(apart):
        return f"{words}Before correction, ranks and means lead to the same verdict everywhere."
    listed = joined([f"*{_titled(found, row.outcome)}* by {_titled(found, row.factor)}" for row in each(apart)])
    return (
        f"{words}Before correction, ranks and means disagree on {listed}: there, the difference is one of a few large "
        "customers, or one of typical customers that the large ones hide."
    )


@prose
def named(found: Study, facts: Facts) -> str:
    """Say what the comparisons named beforehand found."""
    lines = []
    for name, (group, rest) in NAMED.items():
        if name in facts:
            size = f"{facts.text(name)} times ({facts.interval(name)})"
            more = f"{group.capitalize()} have brought {size} as much revenue as {rest}"
            lines.append(
                facts.verdict(
                    name, f"{more}.", f"{more}, that is less.", f"{more}: which of them bring more stays open.", 1.0
                )
            )
    lines.append(women(facts))
    truth = [row for row in found.contrasts.to_dict("records") if row["fact"] in found.truth]
    if truth:
        inside = sum(row["low"] <= found.truth[row["fact"]] <= row["high"] for row in truth)
        lines.append(
            f"This shop is simulated, so the truth is known: {inside} of the {len(truth)} intervals hold what was "
            "planted."
        )
    return " ".join(filter(None, lines)) or str(NO_CONTRAST)


@prose
def adjustment(found: Study, facts: Facts) -> str:
    """Say which factors still stand with all others alike."""
    lines = []
    for item in found.shown:
        model = found.adjusted.get(item.name)
        if model is None:
            continue
        title = plain(item.title.lower())
        stands = model.joint.loc[model.joint["p"] < ALPHA, "factor"]
        names = [plain(found.factor(str(name)).title.lower()) for name in stands]
        rows = model.ratios[model.ratios["factor"].isin(stands)]
        if not len(rows):
            lines.append(f"With the other factors alike, no factor as a whole goes with *{title}* for sure.")
            continue
        best = rows.iloc[int(np.abs(np.log(rows["ratio"].to_numpy(dtype=float))).argmax())]
        of = "odds of the others" if item.kind in ("binary", "share") else "mean of the others"
        lines.append(
            f"With the other factors alike, *{title}* still goes with {joined(names)}. Farthest from the rest are "
            f"*{plain(str(best['level']))}* ({_titled(found, best['factor'])}): {best['ratio']:.2f} times the {of} "
            f"({best['low']:.2f} to {best['high']:.2f})."
        )
    return " ".join(lines) or str(NO_MODEL)


@prose
def diagnosis(found: Study) -> str:
    """Say what the checks of the models found."""
    if not found.adjusted:
        return str(NO_MODEL)
    models = found.adjusted.values()
    gvif = max(float(model.joint["gvif"].max()) for model in models)
    cook = max(float(model.checks["cook"].iloc[0]) for model in models)
    weak = [
        f"*{plain(model.outcome.title.lower())}*" for model in models if float(model.checks["slope_high"].iloc[0]) < 1
    ]
    words = (
        f"The factors {claim(gvif < 2, 'hardly overlap', 'overlap')}: the largest generalised variance inflation is "
        f"{gvif:.2f}. {claim(cook < 0.5, 'No single customer decides', 'Single customers weigh heavily')}: the largest "
        f"of Cook's distances is {cook:.2f}. "
    )
    if weak:
        return (
            f"{words}Fitted to nine tenths of the customers and held against the rest, the model of {joined(weak)} "
            "exaggerates: its slope is below one. Its ratios describe; do not foretell single customers by them."
        )
    return f"{words}Held against customers they were not fitted to, the models do not exaggerate for sure."


@prose
def later(found: Study, facts: Facts) -> str:
    """Say what demographics add to forecasts."""
    if found.later is None or not len(found.added):
        return str(NO_LATER)
    lines = [
        f"What was known by {facts.text('demographics.added.moment')} is held against the "
        f"{facts.text('demographics.added.days')} after it."
    ]
    for row in found.added.to_dict("records"):
        gain = (
            f"{show(row['gain'], None, 3, signed=True)} ({show(row['low'], None, 3)} to {show(row['high'], None, 3)})"
        )
        sure = claim(row["low"] > 0, "which is more than chance", "which may be nothing")
        unsaid = claim(
            row["p"] < ALPHA and row["low"] <= 0,
            " The test of the nested models says that something is there; the gain says that it is too little to use.",
            "",
        )
        lines.append(f"In {GAINS[row['outcome']]}, they add {gain} of {row['measure']}, {sure}.{unsaid}")
    return " ".join(lines)


@prose
def to_do(facts: Facts) -> str:
    """List what to do."""
    lines = []
    if "demographics.added.later_spend.gain" in facts:
        gain, low, _ = _ends(facts, "demographics.added.later_spend.gain")
        worth = low > 0 and gain >= SMALL
        lines.append(
            claim(
                worth,
                "**Keep asking.** What customers say of themselves improves forecasts of what they will spend.",
                "**Choose whom to address by what they bought.** Asking for more personal data, or buying it, would "
                "not make forecasts noticeably better.",
            )
        )
    name = f"demographics.{_main(facts)}.strongest"
    if name in facts:
        factor = _title(facts, str(facts[name].value)).lower()
        lines.append(
            f"**Plan the range and the tone by {factor}.** There the groups differ most; test an offer for the group "
            "at the lower end before giving it up."
        )
    if WOMEN in facts and (facts[WOMEN].low or 0) > 1:
        lines.append(
            "**Find out why men answer less.** If postage is scarce, writing to women first brings more answers; a "
            "different offer for men, tried on some by lot, may bring more still."
        )
    lines.append(
        "**Do not price by age, gender or family.** Such differences are unfair to those who deviate from their group, "
        "and unlawful in many places."
    )
    return "\n".join(f"- {line}" for line in lines)


def for_summary(facts: Facts) -> str:
    """Answer what demographics add, for the summary; nothing where the chapter was not executed."""
    if "demographics.main" not in facts:
        return ""
    return " ".join(filter(None, [differences(facts), answers(facts), adds(facts), _first_step(facts)]))


def _first_step(facts: Facts) -> str:
    first = to_do(facts).split("\n")[0].removeprefix("- ")
    return first.replace("**", "")


def _ends(facts: Facts, name: str) -> tuple[float, float, float]:
    entry = facts[name]
    return _value(facts, name), float(entry.low or 0), float(entry.high or 0)


def _main(facts: Facts) -> str:
    return str(facts["demographics.main"].value)


def _title(facts: Facts, name: str) -> str:
    return plain(str(facts[f"demographics.{name}.title"].value))


def _level(facts: Facts, name: str) -> str:
    return plain(str(facts[name].value)).replace(" ", NO_BREAK if len(str(facts[name].value)) < 16 else " ")


def _few(count: int, smallest: int) -> str:
    return f"fewer than {smallest}" if count < smallest else f"{count:,}"


def _titled(found: Study, name: object) -> str:
    """Name a factor or an outcome within a sentence."""
    titles = {item.name: item.title for item in found.people.factors}
    titles |= {item.name: item.title for item in found.people.outcomes}
    return plain(titles[str(name)].lower())


def _value(facts: Facts, name: str) -> float:
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else float("nan")
