"""How long customers stay and who leaves first, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from patrons.facts import NO_BREAK, Facts, claim, show
from patrons.frames import each
from patrons.limits import ALPHA
from patrons.retention_study import FEWEST, Study
from patrons.stop import SectionStop
from patrons.survival_covariates import ENDS_PER_COVARIATE, Term
from patrons.survival_cox import CannotFit, Hazards
from patrons.words import joined, plain, prose
from patrons.words_retention import both, days_of, known, value_of


@prose
def lasting(facts: Facts) -> str:
    """Say how long a customership lasts, and what that number is worth."""
    name, once = "retention.median_lifetime", "retention.ended_at_once"
    threshold = int(facts["retention.churn_after_days"].value or 0)
    if not known(facts, name):
        return f"More than half of the customerships have never been broken by a silence of {days_of(facts)}."
    words = f"Half of the customerships end within {both(facts, name)}. "
    if known(facts, once) and value_of(facts, once) >= 0.5:
        words += (
            f"That is the first moment at which one can end: {both(facts, once)} of new customers "
            f"place no second order within {threshold} days. The number says more about the threshold than about the "
            "customers; the longer thresholds beside it show how much."
        )
    elif known(facts, once):
        words += f"At the first chance, after {threshold + 1} days, {both(facts, once)} have ended."
    return words


@prose
def segments(study: Study, facts: Facts) -> str:
    """Say whether segments leave alike, and which leaves first."""
    found = study.segments
    if found is None:
        return ""
    apart, p = found.pairs[found.pairs["p_holm"] < ALPHA], found.overall["p"]
    words = (
        f"The log-rank test finds that the segments do {claim(p < ALPHA, '', 'not ')}differ for sure "
        f"(χ² = {found.overall['chi2']:.1f} on {found.overall['df']:.0f} df, p {_p(p)}); of {len(found.pairs)} "
        f"{claim(len(found.pairs) == 1, 'pair', 'pairs')}, {len(apart)} stand{claim(len(apart) == 1, 's', '')} after "
        "Holm's correction. "
    )
    shown = [name for name in found.titles if known(facts, f"retention.segment.{name}.still")]
    if len(shown) > 1:
        best, worst = (
            pick(shown, key=lambda name: value_of(facts, f"retention.segment.{name}.still")) for pick in (max, min)
        )
        ends = [
            f"{both(facts, f'retention.segment.{name}.still')} of *{plain(found.titles[name])}*"
            for name in (best, worst)
        ]
        words += f"After {found.horizon} days, {ends[0]} are still there, and {ends[1]}. "
    if found.set_aside:
        words += f"Segments with fewer than {FEWEST} active customers have no curve of their own. "
    return words.strip()


@prose
def hazards(found: Hazards, facts: Facts, left_out: Mapping[str, str]) -> str:
    """Say which covariates move the risk of leaving, and what the model rests on."""
    sure = [row for row in each(found.table.sort_values("p")) if row.p_holm < ALPHA]
    named = [
        f"*{plain(row.title)}* ({facts.text(f'retention.hazard.{row.term}.ratio')}, "
        f"{facts.interval(f'retention.hazard.{row.term}.ratio')})"
        for row in sure
    ]
    words = (
        f"After Holm's correction, {len(sure)} of {len(found.table)} covariates "
        f"{claim(len(sure) == 1, 'stands', 'stand')}: {joined(named)}. "
        if sure
        else "After Holm's correction, none of the covariates stands. "
    )
    words += (
        f"The model rests on {len(found.data):,} customers and {found.ends:,} ends, "
        f"{found.ends / len(found.table):.0f} for each covariate, where {ENDS_PER_COVARIATE} are needed. "
    )
    if found.set_aside:
        words += f"{found.set_aside:,} customers with a covariate missing are set aside. "
    if left_out:
        reasons = [f"*{plain(title)}* ({reason})" for title, reason in left_out.items()]
        words += f"Not in the model: {joined(reasons)}. "
    return words.strip()


@prose
def model_checks(found: Hazards, facts: Facts) -> str:
    """Say what ties do to the model, and how well it tells customers apart."""
    first = found.data.loc[found.data["ended"], "days"].min()
    tied = float((found.data.loc[found.data["ended"], "days"] == first).mean())
    ratio = (found.table["grouped"] / found.table["hazard_ratio"]).apply(np.log).abs()
    name = "retention.concordance"
    words = (
        f"{show(tied, 'share')} of the ends fall on the first possible day. Efron's method only approximates such "
        "ties; a model for grouped time, which does not, "
    )
    if ratio.notna().any():
        words += f"moves no hazard ratio by more than {show(float(np.expm1(ratio.max())), 'share')}. "
    else:
        words += "has no solution here. "
    return words + (
        f"Of two customers, the model names the one who leaves first in {both(facts, name)} of the cases; a coin "
        "would in half of them."
    )


@prose
def proportional(found: Hazards, facts: Facts, split: pd.DataFrame | None) -> str:
    """Say whether hazards are proportional, and what follows if they are not."""
    p = found.proportional.set_index("term")["p"]
    broken = [row.title for row in each(found.proportional.iloc[:-1]) if row.p < ALPHA]
    overall = f"all covariates together: p {_p(p['all'])}"
    if not broken and p["all"] >= ALPHA:
        return f"No effect is seen to move with time ({overall}): one ratio for the whole time is a fair summary."
    names = joined([f"*{plain(title)}*" for title in broken]) or "the covariates together"
    words = f"The effect of {names} moves with time ({overall}): its ratio is an average over the time followed. "
    if split is None:
        return words + "There are too few ends to fit the early and the late time apart."
    return words + "The columns at the right of the table, which are fitted apart, say what it is early and late."


def need_segments(study: Study) -> None:
    """End the section if there are no two segments to compare."""
    if study.segments is None:
        raise SectionStop(
            f"Fewer than two segments had {FEWEST} active customers at the moment they are followed from: there is "
            "nothing to compare."
        )
    if not study.segments.followed["ended"].any():
        raise SectionStop("Nobody who was active then has left since: there is nothing to compare yet.")
    if pd.isna(study.segments.overall["chi2"]):
        raise SectionStop("All who have left did so on one and the same day: there is no sooner and later to compare.")


def need_hazards(study: Study) -> Hazards:
    """Return the model, or end the section with the reason why there is none."""
    if isinstance(study.hazards, Hazards):
        return study.hazards
    raise SectionStop(str(study.hazards) if isinstance(study.hazards, CannotFit) else "There is no model.")


def day(moment: datetime) -> str:
    """Write the day of a moment."""
    return show(moment.date().isoformat())


def named(term: Term) -> str:
    """Write what a covariate is called."""
    return f"*{plain(term.title)}*"


def curve_titles(study: Study) -> dict[str, str]:
    """Name the curves by threshold."""
    return {str(days): f"{days} days" for days in study.lasting or {}}


def _p(value: float) -> str:
    text = show(float(value), "p")
    return text if text.startswith("<") else f"={NO_BREAK}{text}"
