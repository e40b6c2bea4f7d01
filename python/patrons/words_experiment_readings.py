"""What the further readings of a test say, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import experiment, sequential
from patrons.design import Design
from patrons.experiment_study import WANTED, Findings
from patrons.facts import Fact, Facts, claim, show
from patrons.frames import each
from patrons.limits import ALPHA
from patrons.stop import ChapterStop, SectionStop
from patrons.words import joined, plain, prose, share_of
from patrons.words_experiment import best_estimate, effect, quantity, recommendation, signed, split_holds, treatments


@prose
def balance(table: pd.DataFrame) -> str:
    """Say whether the arms were alike before the test.

    Parameters
    ----------
    table
        From `experiment.balance`.
    """
    beyond = table[table["difference"].abs() > table["by_chance"]]
    if beyond.empty:
        return "No difference is larger than chance makes it in nineteen tests of twenty: the arms were alike."
    names = joined([plain(f"{row.covariate} ({row.arm})") for row in each(beyond)])
    few = claim(
        len(beyond) <= max(1, len(table) // 20), "With so many looked at, chance does that", "Look for a reason"
    )
    return f"Larger than chance usually makes it: {names}. {few}; the adjustment below takes it out of the comparison."


@prose
def curves(frame: pd.DataFrame, plan: Design, outcome: str, currency: str | None) -> str:
    """Say how many in each arm have anything of an outcome at all, and what the middle one of those has."""
    title = plain(outcome.replace("_", " "))
    unit = currency if plan.outcomes[outcome] == "money" else None
    parts = []
    for arm in plan.arms:
        values = frame.loc[frame["arm"] == arm, outcome].dropna()
        some = values[values > 0]
        middle = plain(show(float(some.median()), unit)) if len(some) else "nothing"
        parts.append(f"{show(float((values > 0).mean()), 'share')} of {_quoted(arm)} (the median of those: {middle})")
    return f"Any {title} at all is found with {joined(parts)}."


@prose
def checks(table: pd.DataFrame) -> str:
    """Say how far the assumptions of the tests hold.

    Parameters
    ----------
    table
        From `experiment.compare`.
    """
    least = int(table[["n", "n_control"]].min().min())
    enough = claim(
        least >= 1000,
        "large enough for means to be close to normal even where single values are not",
        claim(
            least >= 100,
            "enough for the tests unless a few people make up most of the total",
            "few: read p-values and intervals as rough",
        ),
    )
    numeric = table[(table["kind"] != "binary") & (table["sd"] > 0) & (table["sd_control"] > 0)]
    logs = np.log(numeric["sd"].to_numpy(dtype=float) / numeric["sd_control"].to_numpy(dtype=float))
    ratio = float(np.exp(np.abs(logs).max(initial=0.0)))
    spread = claim(
        ratio > 1.2,
        f"The spread of the arms differs by up to a factor of {ratio:.1f}, which Welch's test allows for",
        "The arms spread alike, so Welch's test and the older one with a common spread would agree",
    )
    return (
        f"The smallest group that a comparison rests on has {least:,} people, {enough}. {spread}. Each person counts "
        "once: the unit that was assigned is the unit that is compared."
    )


def need_fair_split(facts: Facts) -> None:
    """End the chapter where the arms are not as large as planned."""
    if not split_holds(facts):
        raise ChapterStop(
            "The chapter ends here: sizes that do not fit the plan mean that something other than chance made the "
            "arms, and no difference between them is the effect of what was tried. Find the reason, mend it, and test "
            "again."
        )


@prose
def wanted() -> str:
    """Return the effect that every test should be able to see, as a share of the control's mean."""
    return show(WANTED, "share", 0)


def need(table: pd.DataFrame, message: str) -> None:
    """End the section if there is nothing to show."""
    if not len(table):
        raise SectionStop(message)


NO_COVARIATES = (
    "The source names no number that was measured before the test: add `covariates: [spend_before]` to `experiment` in "
    "source.yml, and it is compared here and makes every estimate below sharper."
)
NO_NUMBERS = "Yes-or-no outcomes have no ranks beyond their shares."
NO_SEGMENTS = (
    "The source names no groups of people: add `segments: [region]` to `experiment` in source.yml to see every arm in "
    "every group."
)
NO_CURVE = "Nobody has any of it, so there is no curve to draw."
NO_LOOK = "There are too few people for a look before the end."
NO_CHOICE = "In no division does every arm have enough people in every group to choose an offer for each."
NO_TRUTH = "Of this source nobody knows the true effects; only in the simulated shop they were planted."


@prose
def seen(found: Findings) -> str:
    """Say what the test could see of the primary outcome."""
    outcome = experiment.primary(found.plan)
    rows = found.power[(found.power["outcome"] == outcome) & (found.power["detectable_pct"] < 100)]
    if rows.empty:
        return "Nothing of the primary outcome varies, or the control has none of it: no share of it can be named."
    what = _what(outcome, found.plan)
    share = show(float(rows["detectable_pct"].max()), "share")
    text = f"The test sees a change of {what} in four cases of five if it is at least {share} of the control's mean"
    sharper = rows["adjusted_detectable"].notna().all()
    if sharper:
        ratio = float((rows["adjusted_detectable"] / rows["detectable"]).max())
        text += f"; adjusted for what was known before, {show(float(rows['detectable_pct'].max() * ratio), 'share')}"
    needed = float(rows["adjusted_needed" if sharper else "needed"].max())
    have = int(rows[["n", "n_control"]].min().min())
    if not np.isfinite(needed):
        return f"{text}."
    enough = claim(have >= needed, f"and had {have:,}", f"and had {have:,}: smaller effects may be there unseen")
    return f"{text}. To see {show(WANTED, 'share', 0)} it needs {int(np.ceil(needed)):,} people in each arm {enough}."


@prose
def ways(found: Findings) -> str:
    """Say whether the different tests come to the same."""
    plain_ps = found.study.effects.set_index(["outcome", "arm"])["p"]
    boot = found.bootstrap.set_index(["outcome", "arm"])
    beyond = (boot["low"] > 0) | (boot["high"] < 0)
    permuted = found.permutation.set_index(["outcome", "arm"])["p"] < ALPHA
    known = plain_ps.dropna().index
    same = [key for key in known if (plain_ps[key] < ALPHA) == beyond[key] == permuted[key]]
    off = [key for key in known if key not in same]
    trio = "Welch's (or the z) test, the bootstrap and the permutation test"
    parted = joined([_pair(key, found.plan) for key in off])
    text = claim(
        not off,
        f"{trio} decide alike in all {len(known)} comparisons.",
        f"{trio} decide alike in {len(same)} of {len(known)} comparisons; they part, close to the limit, for {parted}.",
    )
    if not len(found.ranks):
        return text
    ranks = found.ranks.set_index(["outcome", "arm"])["p"].dropna()
    otherwise = [key for key in ranks.index if (ranks[key] < ALPHA) != (plain_ps[key] < ALPHA)]
    if not otherwise:
        return f"{text} Ranks say the same as means."
    return (
        f"{text} Ranks decide otherwise for {joined([_pair(key, found.plan) for key in otherwise])}. They ask how many "
        "people do better, not by how much: many who gain a little can outweigh few who lose a lot. A shop banks sums, "
        "so the verdict rests on means."
    )


@prose
def bayes(found: Findings) -> str:
    """Say how probable it is that each arm is better in what matters, and how far that hangs on the prior."""
    own = found.bayes[found.bayes["outcome"] == found.matters].dropna(subset=["p_better"])
    under = found.sensitivity  # without rows for shares, whose prior is uniform
    under = under[under["outcome"] == found.matters] if len(under) else pd.DataFrame({"arm": [], "p_better": []})
    what, parts = _what(found.matters, found.plan), []
    for row in each(own):
        chances = under.loc[under["arm"] == row.arm, "p_better"]
        ends = list(dict.fromkeys(_chance(chance) for chance in (chances.min(), chances.max()))) if len(chances) else []
        spread = f" ({' to '.join(ends)} under other priors)" if len(ends) > 1 else ""
        parts.append(f"{_chance(row.p_better)}{spread} for “{plain(row.arm)}”")
    if not parts:
        return "Nothing varies, so there is nothing to learn from."
    return f"The probability that {what} is higher than with “{plain(found.plan.control)}” is {joined(parts)}."


@prose
def order(found: Findings) -> str:
    """Say in which order people count."""
    return {
        "assigned_at": "People count in the order in which they were assigned.",
        "file": claim(
            "assigned_at" in found.frame,
            "All were assigned at the same moment, so people count in the order of the file, as if they had come so.",
            "When people were assigned is not known, so they count in the order of the file, as if they had come so.",
        ),
        "shuffled": "The file holds one arm after the other, so people count in an order drawn by chance.",
    }[found.watched.ordered_by]


@prose
def watched(found: Findings) -> str:
    """Say what somebody who looked all the time would have seen, and what the stricter interval says at the end."""
    parts = []
    for row in sequential.first(found.watched).to_dict("records"):
        arm = f"“{plain(row['arm'])}”"
        if not row["looks"]:
            parts.append(f"With {arm} there are too few people for a first look.")
        elif np.isfinite(row["n_always"]):
            parts.append(
                f"With {arm} the always-valid interval leaves zero out after {int(row['n_always']):,} of "
                f"{row['people']:,} people: whoever stopped there would have been right to."
            )
        else:
            fooled = (
                f", while the narrow one did after {int(row['n_fixed']):,} and took it back: whoever stopped there "
                "would have claimed what did not last"
                if row["fixed_leaves"]
                else ""
            )
            parts.append(f"With {arm} the always-valid interval never leaves zero out{fooled}.")
    return " ".join(parts)


@prose
def groups(found: Findings) -> str:
    """Say how many comparisons within groups hold after correction."""
    outcome = experiment.primary(found.plan)
    own = found.within.effects[(found.within.effects["outcome"] == outcome)].dropna(subset=["p"])
    nominal, holm, bh = (int((own[name] < ALPHA).sum()) for name in ("p", "p_holm", "p_bh"))
    left = int(found.within.left_out["people"].sum())
    out = f" {left:,} people whose group is not known or too small for a comparison are left out." if left else ""
    return (
        f"Of {len(own)} comparisons of {_what(outcome, found.plan)}, {nominal} have p < {ALPHA} by themselves, where "
        f"chance alone makes about {show(len(own) * ALPHA, digits=0)}; {bh} hold after the correction of Benjamini and "
        f"Hochberg, {holm} after Holm's.{out}"
    )


@prose
def differ(found: Findings) -> str:
    """Say by which divisions the effects of the arms differ."""
    table, parts = found.within.interactions, []
    for outcome in dict.fromkeys([experiment.primary(found.plan), found.matters]):
        own = table[table["outcome"] == outcome]
        sure = own.loc[own["p_holm"] < ALPHA, "segment"]
        what = _what(outcome, found.plan)
        names = joined([plain(name.replace("_", " ")) for name in sure])
        parts.append(
            claim(
                len(sure) > 0,
                f"What the arms do to {what} differs by {names}, beyond what so many looks turn up by chance.",
                f"That what the arms do to {what} differs between any of these groups is not shown.",
            )
        )
    return " ".join(parts)


@prose
def offers(found: Findings, currency: str | None) -> str:
    """Say whether choosing by group is expected to bring more than one offer for all."""
    gains = found.choice.gains
    unit = (currency or "money") if found.plan.outcomes[found.matters] == "money" else None
    what, parts = _what(found.matters, found.plan), []
    for row in each(gains[gains["gain"] > 0]):
        size = plain(show(row.gain, unit, 2, signed=True))
        ends = plain(f"{show(row.low, unit, 2)} to {show(row.high, unit, 2)}")
        parts.append(f"by {plain(row.segment.replace('_', ' '))} {size} ({ends})")
    single = joined([f"“{plain(name)}”" for name in gains["single"].unique()])
    if not parts:
        return f"In every division one offer comes out for all groups, {single}: choosing by group adds nothing here."
    return (
        f"Against giving everybody {single}, choosing for each group is expected to add to {what}: {joined(parts)}. "
        + claim(bool((gains["low"] > 0).any()), "Where the interval leaves zero out, it pays.", "None is sure to pay.")
    )


@prose
def verdict(facts: Facts) -> str:
    """Say, arm by arm, what changed, whether it survives another look, and what follows."""
    lines = []
    outcome = str(facts["experiment.primary"].value)
    matters = "profit" if "experiment.profit.kind" in facts else outcome
    for arm in treatments(facts):
        told = []
        lift = f"{best_estimate(facts, outcome, arm.slug)}.lift"
        if facts[lift].low is not None:
            told.append(f"{quantity(facts, outcome)} {' ('.join(signed(facts, lift))})")
        chance = facts[f"experiment.{matters}.{arm.slug}.p_better"].value
        if isinstance(chance, float):
            told.append(f"{quantity(facts, matters)} higher with a probability of {_chance(chance)}")
        told_of = f"{joined(told)}." if told else "nothing varies."
        sides = {effect(facts, outcome, arm.slug), _side(facts, f"experiment.{outcome}.{arm.slug}.watched.lift")}
        held = claim(
            len(sides) == 1, "", f" The interval that allows for looking early leaves {quantity(facts, outcome)} open."
        )
        lines.append(f"- **{plain(arm.title)}**: {told_of}{held} {recommendation(facts, arm)}")
    return "\n".join(lines)


@prose
def truth(found: Findings) -> str:
    """Say how many intervals hold the planted effect."""
    inside, n = int(found.truth["inside"].sum()), len(found.truth)
    missed = n - inside
    return (
        f"{inside} of {n} intervals hold what was planted; of intervals that hold it nineteen times in twenty, about "
        f"{show(n * ALPHA, digits=1)} would miss. "
        + claim(missed <= 1 + 3 * n * ALPHA, "That is as it should be.", "More miss than chance explains.")
    )


def _side(facts: Facts, name: str) -> str:
    entry = facts[name] if name in facts else Fact(None)
    if entry.low is None or entry.high is None:
        return "unclear"
    return "higher" if entry.low > 0 else "lower" if entry.high < 0 else "unclear"


def _what(outcome: str, plan: Design) -> str:
    title = plain(outcome.replace("_", " "))
    return f"the {plain(share_of(outcome))}" if plan.outcomes[outcome] == "binary" else f"{title} per customer"


def _pair(key: tuple[str, str], plan: Design) -> str:
    return f"{_what(key[0], plan)}" + (f" with “{plain(key[1])}”" if len(plan.arms) > 2 else "")


def _chance(value: float) -> str:
    if value > 0.9995:
        return "more than 99.9\u00a0%"
    return "less than 0.1\u00a0%" if value < 0.0005 else show(float(value), "share")


def _quoted(name: str) -> str:
    return f"“{plain(name)}”"
