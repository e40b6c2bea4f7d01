"""From strategy to facts: what each action returns in each segment, the plans, and what targeting adds."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Facts
from patrons.frames import each
from patrons.source import slug
from patrons.strategy_policies import ALIKE, NOBODY, SEGMENT
from patrons.strategy_study import Study

POOLED = "partially pooled over segments (normal, uniform shrinkage prior)"
DRAWN = "linear programme; interval from draws of the pooled effects"
AIPW = "doubly robust (AIPW), cross-fitted on halves"


def study(facts: Facts, found: Study) -> None:
    """Record all of `strategy.…`."""
    with facts.together():
        setting(facts, found)
        effects(facts, found)
        plans(facts, found)
        programmes(facts, found.programmes)
        rules(facts, found)


def setting(facts: Facts, found: Study) -> None:
    """Record the assumptions, and what counts as return."""
    facts.add("strategy.basis", found.worth.basis)
    facts.add("strategy.outcome", found.worth.outcome.replace("_", " "))
    facts.add("strategy.outcome_kind", found.plan.outcomes[found.worth.outcome])
    facts.add("strategy.control", found.plan.control)
    facts.add("strategy.people", int(people(found.effects)), unit="people")
    facts.add("strategy.months", round(found.months, 1), unit="months")
    facts.add("strategy.scale", found.scale, unit="ratio")
    facts.add("strategy.contact_cost", found.settings.contact_cost, unit="money")
    facts.add("strategy.segments", found.segmentation.title)
    for row in each(found.evidence):
        facts.add(f"strategy.differ.{slug(row.column)}.p", row.p_holm, unit="p", method="Cochran’s Q, Holm")
    facts.add("strategy.again", found.again, unit="people", method="two-sample t test, power 80 %, per arm")
    if found.worth.factor not in (None, 1.0):
        facts.add("strategy.factor", found.worth.factor, unit="ratio" if found.worth.basis == "margin" else "money")


def people(effects: pd.DataFrame) -> float:
    """Return how many people the segments have together."""
    return float(effects.drop_duplicates("segment")["people"].sum())


def unit(found: Study) -> str | None:
    """Return the unit of effects: money, or that of the outcome."""
    kind = found.plan.outcomes[found.worth.outcome]
    return "money" if found.worth.in_money or kind == "money" else "share" if kind == "binary" else None


def effects(facts: Facts, found: Study) -> None:
    """Record what each action returns per person in each segment, and on average."""
    measure = unit(found)
    for row in each(found.effects):
        name = f"strategy.effect.{slug(row.segment)}.{slug(row.arm)}"
        facts.add(f"strategy.segment_title.{slug(row.segment)}", str(row.segment))
        facts.add(f"strategy.arm.{slug(row.arm)}", str(row.arm))
        facts.add(name, row.pooled, row.low, row.high, measure, _whole(row.n + row.n_control), POOLED)
        if found.worth.in_money:
            facts.add(f"{name}.p_pays", row.p_pays, unit="share")
            facts.add(f"strategy.cost.{slug(row.arm)}", found.cost[row.arm], unit="money")
    for row in each(found.averages):
        facts.add(f"strategy.average.{slug(row.arm)}", row.mean, row.low, row.high, measure, method=POOLED)
    for arm, value in found.truth.items():
        facts.add(f"strategy.truth.{slug(arm)}", value, unit=measure, method="planted in the simulation")


def _whole(count: float) -> int | None:
    """Return a count, or nothing where it is too small to be told."""
    return None if pd.isna(count) else int(count)


def plans(facts: Facts, found: Study) -> None:
    """Record whom the budget reaches, and what may come of it."""
    if found.budget is None:
        return
    budget = found.budget
    facts.add("strategy.budget", budget.amount, unit="money")
    for row in each(budget.outcomes):
        name = f"strategy.plan.{row.plan}"
        facts.add(f"{name}.net", row.net, row.low, row.high, "money", int(row.people), DRAWN)
        facts.add(f"{name}.spent", row.spent, unit="money")
        facts.add(f"{name}.people", round(row.people), unit="people")
        facts.add(f"{name}.roi", row.roi, row.roi_low, row.roi_high, "share", method=DRAWN)
        facts.add(f"{name}.p_pays", row.p_pays, unit="share")
    facts.add("strategy.shadow_price", budget.best.shadow, unit="money", method="dual of the linear programme")
    for row in each(budget.stability):
        name = f"strategy.split.{slug(row.segment)}.{slug(row.arm)}"
        place = budget.segments.index(row.segment), budget.arms.index(row.arm)
        facts.add(f"{name}.people", round(float(budget.best.reached[place])), unit="people")
        facts.add(f"{name}.chosen", row.chosen, unit="share", method="tests drawn again (parametric bootstrap)")


def programmes(facts: Facts, table: pd.DataFrame) -> None:
    """Record what the test says of each programme that has a name."""
    for row in each(table):
        name = f"strategy.programme.{slug(row.programme)}.{row.segment}"
        facts.add(f"{name}.title", row.programme)
        facts.add(f"{name}.segment", row.title)
        facts.add(f"{name}.people", _whole(row.people), unit="people")
        facts.add(f"{name}.verdict", row.verdict)
        facts.add(f"{name}.needed", row.needed, unit="people", method="per arm, power 80 %")
        if row.verdict != "not tested":
            facts.add(f"{name}.arm", row.arm)
            facts.add(f"{name}.effect", row.pooled, row.low, row.high, "money", _whole(row.people), POOLED)
            facts.add(f"{name}.p_pays", row.p_pays, unit="share")


def rules(facts: Facts, found: Study) -> None:
    """Record the value of each rule by each metric, and what targeting by segment adds."""
    for table in (found.compared, found.returned):
        for row in table.to_dict("records"):
            metric = slug(row["metric"])
            for rule in (NOBODY, ALIKE, SEGMENT, "gain", "alike_gain"):
                value, low, high = (row[f"{rule}{end}"] for end in ("", "_low", "_high"))
                facts.add(f"strategy.rule.{rule}.{metric}", value, low, high, row["kind"], row["n"], AIPW)
    given = found.rules.arm
    facts.add("strategy.rule.alike.treated", float((given[ALIKE] > 0).mean()), unit="share")
    facts.add("strategy.rule.segment.treated", float((given[SEGMENT] > 0).mean()), unit="share")
