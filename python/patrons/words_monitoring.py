"""What the chapter on monitoring says, in words that follow from its numbers."""

from __future__ import annotations

from collections.abc import Iterable

from IPython.display import Markdown
from scipy import stats

from patrons import drift
from patrons.facts import Facts, claim, show
from patrons.monitor_report import reasons, title
from patrons.monitor_study import Study
from patrons.record_monitoring import shown_turns
from patrons.source import slug
from patrons.words import joined, plain, prose


def number(facts: Facts) -> Markdown:
    """Give the answer's number: how many measures moved."""
    label = f"of {facts['monitoring.measures'].value} measures moved beyond their limits"
    return Markdown(f"[{facts['monitoring.moved'].value}]{{.answer-number}} [{label}]{{.answer-label}}")


@prose
def sentences(facts: Facts, found: Study) -> str:
    """Answer the chapter's question."""
    return f"{verdict(facts, found)} {_times(facts)} {_why(facts, found)}".strip()


@prose
def verdict(facts: Facts, found: Study) -> str:
    """Say whether to refit, and because of what."""
    rate = show(facts["monitoring.false_alarm_rate"].value, "share", 0)
    if not found.refit:
        return (
            f"**No need to refit.** Nothing that is watched moved beyond its limit; limits are such that chance alone "
            f"crosses any of them in at most {rate} of such comparisons."
        )
    return (
        f"**Refit.** Moved beyond the limit: {plain(joined(reasons(found)))}. Limits are such that chance alone "
        f"crosses any of them in at most {rate} of such comparisons."
    )


def _times(facts: Facts) -> str:
    if "monitoring.current.start" not in facts:
        return ""
    now, then = (
        f"{facts.text(f'monitoring.{side}.start')} to {facts.text(f'monitoring.{side}.end')} "
        f"({facts.text(f'monitoring.{side}.customers')})"
        for side in ("current", "reference")
    )
    return f"Compared are {now} with {then}."


def _why(facts: Facts, found: Study) -> str:
    """Name the test where one ran: it changes what some customers are offered."""
    if not (found.test and found.refit and {"discount", "price"} & set(found.drift.alarms)):
        return ""
    return (
        "One reason is known: people were in the shop's own test in that time (@sec-test-design), which changed what "
        "they paid."
    )


@prose
def like(facts: Facts, found: Study) -> str:
    """Say what makes the comparison fair, and what does not."""
    days = facts.text("monitoring.days")
    if facts["monitoring.same_season"].value:
        said = [f"Each window has {days}, and one lies 52 weeks before the other: the same season, the same weekdays."]
    else:
        said = [
            f"The record is too short to compare with a year before. Each window has {days}, one right before the "
            "other: **part of what moved may be season.**"
        ]
    if not facts["monitoring.like"].value:
        said.append(
            "Hardly any customers of the later window have counterparts who had been customers for as long in the "
            "earlier one. They are compared as they are: **part of what moved is that customers have grown older.**"
        )
        return " ".join(said)
    said.append(
        "The customers of the earlier window are weighted so that as many of them had joined within it, been customers "
        "for less than a year, for one year, and so on, as in the later one."
    )
    if "monitoring.left_out" in facts and facts["monitoring.left_out"].value:
        said.append(f"{facts.text('monitoring.left_out')} of the later window have no such counterparts: left out.")
    return " ".join(said)


@prose
def rule(facts: Facts) -> str:
    """State the rule."""
    kinds = int(facts["monitoring.kinds"].value or 1)
    names = ["the spread of any measure", "the centre of any group", "the model's performance"]
    named = names if "monitoring.performance.then.auc" in facts else names[:2]
    named = named if "monitoring.groups" in facts else [one for one in named if "centre" not in one]
    rate = show(facts["monitoring.false_alarm_rate"].value, "share", 0)
    part = show(facts["monitoring.part"].value, "share")
    shared = f", each with an equal part of that, {part}" if kinds > 1 else ""
    return (
        f"**Refit if {joined(named, 'or')} lies beyond its limit.** Limits are set so that, where nothing changed, "
        f"this happens in at most {rate} of comparisons{shared}."
    )


@prose
def measures(facts: Facts, found: Study) -> str:
    """Say what moved, and what custom would have said."""
    table = found.drift.moved.measures
    name = title(facts["monitoring.largest"].value)
    key = f"monitoring.psi.{slug(str(facts['monitoring.largest'].value))}"
    count = int(facts["monitoring.moved"].value or 0)
    said = [
        claim(
            count > 0,
            f"{count} of {len(table)} measures moved beyond their limits. Farthest is *{plain(name)}*: its index is "
            f"{show(facts[key].value, None, 3)}, {show(facts['monitoring.largest.times'].value, None, 1)} times its "
            f"limit of {show(facts[f'{key}.limit'].value, None, 3)}.",
            f"None of the {len(table)} measures moved beyond its limit. Nearest to it is *{plain(name)}* with "
            f"{show(facts[key].value, None, 3)} of {show(facts[f'{key}.limit'].value, None, 3)}.",
        )
    ]
    missed = table[table["moved"] & (table["psi"] < drift.CUSTOM[0])]["measure"]
    false = table[~table["moved"] & (table["psi"] >= drift.CUSTOM[0])]["measure"]
    low, high = drift.CUSTOM
    if len(missed):
        said.append(f"Custom, with its {low}, would have missed {_named(missed)}.")
    if len(false):
        said.append(f"Custom would have called {_named(false)} moved, which chance does by itself in so few customers.")
    ends = [show(facts[f"monitoring.limits.{end}"].value, None, 3) for end in ("least", "most")]
    said.append(
        f"Custom takes {low} for a moderate and {high} for a large shift, however many customers there are and however "
        f"many measures are looked at. Here the limits are {ends[0]} to {ends[1]}."
    )
    return " ".join(said)


@prose
def bins(found: Study, shown: list[str]) -> str:
    """Say which bins the largest indices come from."""
    table = drift.public(drift.bin_table(found.drift.pairs, found.drift.bins), found.smallest)
    said = []
    for name in shown:
        rows = table[table["measure"] == name]
        top = rows.iloc[int(rows["adds"].to_numpy().argmax())]
        if top["adds"] > 0:
            said.append(
                f"*{plain(title(name))}* owes most to “{plain(str(top['label']))}”: {show(top['then'], 'share')} of "
                f"customers then, {show(top['now'], 'share')} now."
            )
    return " ".join(said)


@prose
def centres(facts: Facts, found: Study) -> str:
    """Say which groups moved."""
    table = found.drift.moved.centres
    moved = table.loc[table["moved"].astype(bool), "name"]
    words = joined([f"“{plain(str(name))}”" for name in moved])
    return claim(
        len(moved) > 0,
        f"Beyond the band of chance moved the centre of {words}: who is in the group now is not who it was named for.",
        "No centre left the band in which chance moves it: the groups are where they were.",
    )


@prose
def moves(facts: Facts, found: Study) -> str:
    """Say in which segments more or fewer turned than the year before."""
    table = shown_turns(found)
    if table.empty or table["latest"].nunique() < 2:
        return "The record is too short, or segments too small, to say whether more moved than in the year before."
    said = []
    for (name, silent), both in table.groupby(["title", "silent"], sort=False):
        if both["latest"].nunique() < 2:
            continue
        before, now = both[~both["latest"]].iloc[0], both[both["latest"]].iloc[0]
        if now["low"] > before["high"] or now["high"] < before["low"]:
            more = "more" if now["share"] > before["share"] else "fewer"
            what = "came back" if silent else "slipped"
            said.append(
                f"Of {plain(str(name))} {more} {what} than the year before: {show(now['share'], 'share', 0)} instead "
                f"of {show(before['share'], 'share', 0)}."
            )
    return " ".join(said) or "In no segment did clearly more or fewer customers turn than in the year before."


@prose
def performance(facts: Facts) -> str:
    """Say whether the model still does as well as when it was fitted."""
    name = "monitoring.performance"
    then, now = (
        f"{facts.text(f'{name}.{when}.auc')} ({facts.interval(f'{name}.{when}.auc')})" for when in ("then", "now")
    )
    worse, off = bool(facts[f"{name}.auc.moved"].value), bool(facts[f"{name}.level.moved"].value)
    said = [
        f"The area under the ROC curve was {then} when the model was fitted and is {now} now: "
        + claim(worse, "it ranks worse than it did.", "no worse than chance allows.")
    ]
    level = f"{facts.text(f'{name}.now.level')} times ({facts.interval(f'{name}.now.level')})"
    said.append(
        f"At the last cut-off the odds of leaving came out {level} as high as foretold, "
        + claim(off, "which is beyond its limit: chances need a new level.", "which is within its limit.")
    )
    if not facts[f"{name}.same_season"].value:
        said.append("The first and the last cut-off are of different seasons: part of the change may be season.")
    else:
        said.append(
            "Cut-offs between them are of other seasons: only the first and the last are held against each other."
        )
    return " ".join(said)


@prose
def past(facts: Facts, found: Study) -> str:
    """Say how often the rule would have cried wolf, or found something, in earlier quarters."""
    if "monitoring.past.quarters" not in facts:
        return "The record is too short for earlier comparisons of this kind."
    quarters, alarms = (int(facts[f"monitoring.past.{name}"].value or 0) for name in ("quarters", "alarms"))
    expected = show(facts["monitoring.past.expected"].value, None, 1)
    table = found.past[found.past["moved"]]
    names = joined([_lower(title(name)) for name in table["measure"].value_counts().index])
    said = f"Of {quarters} earlier quarters, the spread or the centres would have raised the alarm in {alarms}"
    if not alarms:
        return f"{said}. Had nothing ever changed, {expected} would be expected at most."
    return (
        f"{said}, because of {plain(names)}. Had nothing ever changed, {expected} would be expected at most: "
        + claim(
            alarms > _surprising(quarters, float(facts["monitoring.false_alarm_rate"].value or 0)),
            "so many are not chance; something did change.",
            "so many can be chance.",
        )
    )


@prose
def to_do(facts: Facts, found: Study) -> str:
    """Recommend what to do."""
    points = []
    if found.refit:
        points.append(
            "Fit segments and models again, on customers since the change; then hold back some to judge them."
        )
        points.append(
            f"Before that, ask where the change comes from ({plain(joined(reasons(found)))}): from the data, from what "
            "the shop did, or from customers."
        )
    else:
        points.append("Leave segments and models as they are, and compare again after the next quarter.")
    if "monitoring.performance.now.level" in facts and not facts["monitoring.performance.level.moved"].value:
        off = facts.verdict("monitoring.performance.now.level", "low", "high", "", null=1.0)
        if off:
            points.append(f"Chances of leaving came out too {off}, though not beyond the limit: watch their level.")
    points.append(
        "Let a machine watch: `python -m patrons monitor` ends with exit code 3 when it says refit, and compares two "
        "sources with `--reference` and `--current`."
    )
    return "\n".join(f"- {point}" for point in points)


def for_summary(facts: Facts) -> str:
    """Answer the chapter's question in a sentence or two and recommend one thing; nothing where it was not asked."""
    if "monitoring.refit" not in facts:
        return ""
    rate = show(facts["monitoring.false_alarm_rate"].value, "share", 0)
    moved, of = (int(facts[f"monitoring.{name}"].value or 0) for name in ("moved", "measures"))
    against = "the same weeks of the year before" if facts["monitoring.same_season"].value else "the weeks before them"
    said = (
        f"In the last {facts.text('monitoring.days')}, {moved} of {of} measures of customers moved farther from "
        f"{against} than chance moves any in {rate} of such comparisons."
    )
    if moved:
        said += f" Most of all: {plain(_lower(title(facts['monitoring.largest'].value)))}."
    return said + claim(
        bool(facts["monitoring.refit"].value),
        " Fit segments and models again, and ask first what changed.",
        " Segments and models can stay as they are.",
    )


def _named(names: Iterable[str]) -> str:
    return joined([f"*{plain(title(name))}*" for name in names])


def _lower(words: str) -> str:
    return words if words.startswith(("E-", "K-")) else words[:1].lower() + words[1:]


def _surprising(quarters: int, rate: float) -> int:
    """Return how many alarms are not exceeded by chance in 95 of 100 such records."""
    return int(stats.binom.ppf(0.95, quarters, rate))
