"""From the readings of a test to facts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import experiment, sequential
from patrons.design import Design
from patrons.experiment_study import PER_ORDER, WANTED, Findings, estimates
from patrons.facts import Facts
from patrons.frames import each
from patrons.source import slug

WELCH, POOLED = "Welch's t test", "pooled z test"
UNITS = {"binary": "share", "money": "money"}


def study(facts: Facts, found: Findings) -> None:
    """Record `experiment.…`: the test itself and all further readings of it."""
    with facts.together():
        test(facts, found.plan, found.study)
        _readings(facts, found)
        _watched(facts, found)
        _groups(facts, found)
        for row in each(found.truth):
            method = "known of the simulation"
            facts.add(f"{row.fact}.planted", row.planted, unit=UNITS.get(row.kind), method=method)


def test(facts: Facts, plan: Design, found: experiment.Study) -> None:
    """Record `experiment.…`: the design, the split, each outcome's arms, plain and adjusted."""
    split = found.split
    facts.add("experiment.control", plan.control)
    facts.add("experiment.primary", slug(experiment.primary(plan)))
    facts.add("experiment.srm.p", split.p, unit="p", n=int(split.table["n"].sum()), method="χ² test of the allocation")
    for outcome, kind in plan.outcomes.items():
        facts.add(f"experiment.{slug(outcome)}.title", outcome.replace("_", " "))
        facts.add(f"experiment.{slug(outcome)}.kind", kind)
    for arm in plan.arms:
        facts.add(f"experiment.arm.{slug(arm)}", arm)
    for row in each(found.effects):
        control = f"experiment.{slug(row.outcome)}.{slug(plan.control)}"
        name = f"experiment.{slug(row.outcome)}.{slug(row.arm)}"
        unit = UNITS.get(str(row.kind))
        for place, n, mean in ((control, row.n_control, row.mean_control), (name, row.n, row.mean)):
            facts.add(f"{place}.n", n, unit="customers")
            facts.add(f"{place}.mean", mean, unit=unit, n=n)
        _lift(facts, name, row, unit, POOLED if row.kind == "binary" else WELCH)
    for row in each(found.adjusted):
        name = f"experiment.{slug(row.outcome)}.{slug(row.arm)}.adjusted"
        _lift(facts, name, row, "money" if row.kind == "money" else None, f"CUPED, {WELCH}")
        facts.add(f"{name}.variance_reduction", row.variance_reduction, unit="share")
    for row in () if found.per_order is None else each(found.per_order):
        name = f"experiment.{PER_ORDER}.{slug(row.arm)}"
        facts.add(f"experiment.{PER_ORDER}.{slug(plan.control)}.mean", row.mean_control, unit="money")
        facts.add(f"{name}.mean", row.mean, unit="money")
        _lift(facts, name, row, "money", "delta method over customers")
    for row in each(estimates(found)):
        method = "Holm over outcomes and arms, of the adjusted estimates where there are such"
        facts.add(f"experiment.{slug(row.outcome)}.{slug(row.arm)}.p_holm", row.p_holm, unit="p", method=method)


def _lift(facts: Facts, name: str, row: object, unit: str | None, method: str) -> None:
    value = {key: getattr(row, key) for key in ("lift", "low", "high", "lift_pct", "pct_low", "pct_high", "p")}
    facts.add(f"{name}.lift", value["lift"], value["low"], value["high"], unit, method=method)
    lift, low, high = (100 * value[key] for key in ("lift_pct", "pct_low", "pct_high"))
    facts.add(f"{name}.lift_pct", lift, low, high, "percent", method="delta method")
    facts.add(f"{name}.p", value["p"], unit="p", method=method)


def _readings(facts: Facts, found: Findings) -> None:
    for row in each(found.power):
        name, method = _of(row), "smallest difference seen in four of five tests"
        facts.add(f"{name}.detectable", row.detectable, unit=UNITS.get(row.kind), n=row.n, method=method)
        if pd.notna(row.adjusted_detectable):
            own = f"{method}, CUPED"
            facts.add(f"{name}.adjusted.detectable", row.adjusted_detectable, unit=UNITS.get(row.kind), method=own)
        needed = row.adjusted_needed if pd.notna(row.adjusted_needed) else row.needed
        if pd.notna(needed):
            method = f"to see {WANTED:.0%} of the control's mean in four of five tests"
            facts.add(f"{name}.needed", int(np.ceil(needed)), unit="people in each arm", method=method)
    for row in each(found.ranks):
        method = "Brunner and Munzel"
        facts.add(f"{_of(row)}.superiority", row.superiority, row.low, row.high, "share", row.n, method)
        facts.add(f"{_of(row)}.p_ranks", row.p, unit="p", method="Mann and Whitney's U test")
    for row in each(found.bootstrap):
        method = "studentised bootstrap over people"
        facts.add(f"{_of(row)}.bootstrap", row.lift, row.low, row.high, UNITS.get(row.kind), method=method)
    for row in each(found.permutation):
        facts.add(f"{_of(row)}.p_permutation", row.p, unit="p", method="studentised permutation test")
    for row in each(found.bayes):
        method = f"Bayes, prior {row.prior}"
        facts.add(f"{_of(row)}.p_better", row.p_better, unit="share", method=method)
        for what in ("loss_use", "loss_stay"):
            facts.add(f"{_of(row)}.{what}", getattr(row, what), unit=UNITS.get(row.kind), method=method)


def _watched(facts: Facts, found: Findings) -> None:
    outcome = experiment.primary(found.plan)
    facts.add("experiment.watched.order", found.watched.ordered_by)
    unit = UNITS.get(found.plan.outcomes[outcome])
    last = found.watched.table.groupby("arm", sort=False).last()
    for row in each(sequential.first(found.watched)):
        name, end = f"experiment.{slug(outcome)}.{slug(row.arm)}.watched", last.loc[row.arm]
        method = "always-valid confidence sequence"
        facts.add(f"{name}.lift", end["lift"], end["low"], end["high"], unit, row.people, method)
        facts.add(f"{name}.p", end["p"], unit="p", method=method)
        facts.add(f"{name}.people", row.people, unit="people")
        facts.add(f"{name}.n_always", row.n_always, unit="people", method=method)
        facts.add(f"{name}.n_fixed", row.n_fixed, unit="people", method="interval of one look, at every look")
        facts.add(f"{name}.taken_back", bool(row.fixed_leaves))


def _groups(facts: Facts, found: Findings) -> None:
    effects = found.within.effects
    if not len(effects):
        return
    own = effects[["segment", "level"]].drop_duplicates()
    twice = set(own.loc[own["level"].map(slug).duplicated(keep=False), "level"])
    for row in each(effects):
        # A level that two divisions have is named with its division.
        level = f"{slug(row.segment)}.{slug(row.level)}" if row.level in twice else slug(row.level)
        name, unit = f"{_of(row)}.{level}", UNITS.get(row.kind)
        facts.add(f"{name}.lift", row.lift, row.low, row.high, unit, row.n, POOLED if row.kind == "binary" else WELCH)
        for what in ("p", "p_holm", "p_bh"):
            facts.add(f"{name}.{what}", getattr(row, what), unit="p", method=row.family if what != "p" else None)
    for row in each(found.within.interactions):
        name = f"experiment.differ.{slug(row.segment)}.{slug(row.outcome)}"
        facts.add(f"{name}.p", row.p, unit="p", method="Welch and James")
        facts.add(f"{name}.p_holm", row.p_holm, unit="p", method=f"Holm, {row.family}")
    facts.add("experiment.offers.outcome", slug(found.matters))
    unit = UNITS.get(found.plan.outcomes[found.matters])
    for row in each(found.choice.gains):
        name = f"experiment.offers.{slug(row.segment)}"
        facts.add(f"{name}.single", row.single)
        facts.add(f"{name}.gain", row.gain, row.low, row.high, unit, method="hierarchical model")
    for row in each(
        found.choice.table[found.choice.table["chosen"]] if len(found.choice.table) else found.choice.table
    ):
        name = f"experiment.offers.{slug(row.segment)}.{slug(row.level)}"
        facts.add(f"{name}.offer", row.arm)
        facts.add(f"{name}.p_best", row.p_best, unit="share", method="hierarchical model")


def _of(row: object) -> str:
    return f"experiment.{slug(row.outcome)}.{slug(row.arm)}"  # type: ignore[attr-defined]
