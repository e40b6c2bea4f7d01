"""From the study of who responds and who leaves to facts."""

from __future__ import annotations

from patrons.facts import Facts
from patrons.frames import each
from patrons.response import Foretold, Study
from patrons.response_gains import BEST, Profit
from patrons.response_models import TITLES

DELONG, BOOTSTRAP = "other customers at a later time, DeLong", "other customers at a later time, bootstrap"


def study(facts: Facts, found: Study) -> None:
    """Record `response.…`: when, how well each model tells, and what choosing by it yields."""
    facts.add("response.best", BEST, unit="share")
    if found.periods is not None:
        facts.add("response.days", found.periods.days, unit="days")
        facts.add("response.past", found.periods.past.date())
        facts.add("response.present", found.periods.present.date())
    with facts.together():
        for item in found.found.values():
            question(facts, item)


def question(facts: Facts, found: Foretold) -> None:
    """Record `response.<question>.…`."""
    name, n = f"response.{found.question}", len(found.outcome)
    facts.add(f"{name}.customers", n, unit="customers")
    facts.add(f"{name}.share", found.outcome.mean(), unit="share", n=n)
    facts.add(f"{name}.chosen", found.chosen)
    for row in each(found.judged.table):
        place = f"{name}.{row.model}"
        facts.add(f"{place}.auc", row.auc, row.auc_low, row.auc_high, "ratio", n, DELONG)
        for what in ("precision", "brier", "skill", "log_loss"):
            value = getattr(row, what), getattr(row, f"{what}_low"), getattr(row, f"{what}_high")
            facts.add(f"{place}.{what}", *value, "ratio", n, BOOTSTRAP)
    for row in each(found.judged.differences):
        place = f"{name}.{row.model}.over_{row.other}"
        facts.add(place, row.difference, row.low, row.high, "ratio", n, "difference in AUC, DeLong")
    for row in each(found.gains[found.gains["depth"] == BEST]):
        facts.add(f"{name}.{row.model}.best.gain", row.gain, row.low, row.high, "share", n, BOOTSTRAP)
        lift = (row.lift, row.low / BEST, row.high / BEST)
        facts.add(f"{name}.{row.model}.best.lift", *lift, "ratio", n, BOOTSTRAP)
    for model, item in found.calibration.items():
        row = item.checks.iloc[0]
        for what in ("level", "slope"):
            value = row[what], row[f"{what}_low"], row[f"{what}_high"]
            facts.add(f"{name}.{model}.{what}", *value, "ratio", n, "logistic recalibration")
        facts.add(f"{name}.{model}.ece", row["ece"], unit="share", n=n, method="expected calibration error")
    for row in each(found.importance):
        ends = row.loss, row.low, row.high
        facts.add(f"{name}.importance.{row.feature}", *ends, "ratio", n, "loss of AUC when shuffled")
    if found.fair.loss is not None:
        loss = found.fair.loss
        ends = loss["value"], loss["low"], loss["high"]
        facts.add(f"{name}.protected", *ends, "ratio", n, "AUC with less AUC without protected traits, DeLong")
    if found.truth:
        known = found.truth
        facts.add(
            f"{name}.truth.auc",
            known["auc"],
            known["low"],
            known["high"],
            "ratio",
            known["n"],
            "known of the simulation",
        )
        facts.add(f"{name}.truth.share", known["gone"], unit="share", n=known["n"], method="known of the simulation")
    if len(found.earlier):
        facts.add(f"{name}.earlier.lowest", found.earlier["auc"].min(), unit="ratio", n=len(found.earlier))
        facts.add(f"{name}.earlier.highest", found.earlier["auc"].max(), unit="ratio", n=len(found.earlier))


def profit(facts: Facts, asked: str, found: Profit) -> None:
    """Record `response.<question>.profit.…`: the assumptions, the threshold, and what each rule earns per thousand."""
    name, contact = f"response.{asked}.profit", found.contact
    facts.add(f"{name}.value", contact.value, unit="money", method="assumption")
    facts.add(f"{name}.cost", contact.cost, unit="money", method="assumption")
    facts.add(f"{name}.works", contact.works, unit="share", method="assumption")
    facts.add(f"{name}.threshold", contact.threshold, unit="share", method="cost / (value · works)")
    for row in each(found.rules):
        place = f"{name}.{row.rule}"
        facts.add(f"{place}.contacted", row.contacted, unit="share")
        facts.add(f"{place}.earned", row.profit, row.low, row.high, "money", method="of 1,000 customers, bootstrap")
        if row.rule != "everybody":
            ends = row.gain, row.gain_low, row.gain_high
            facts.add(f"{place}.gain", *ends, "money", method="over contacting everybody, bootstrap")


def title(model: object) -> str:
    """Name a model within a sentence."""
    return f"the {TITLES[str(model)].lower()}" if model != "recency" else "recency alone"
