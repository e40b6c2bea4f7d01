"""From results to facts: every headline number gets its id, its interval and its method, once."""

from __future__ import annotations

import pandas as pd

from patrons import experiment
from patrons.design import Design
from patrons.facts import Facts, describe
from patrons.frames import each
from patrons.shop import Shop
from patrons.source import slug

WELCH, POOLED = "Welch's t test", "pooled z test"


def data(shop: Shop, held: pd.DataFrame) -> None:
    """Record `data.…`: what became of each table's rows, what the tables hold, and what the purchases come to.

    Parameters
    ----------
    shop
        The source.
    held
        From `contents.tables`.
    """
    for row in each(held):
        name, ledger = f"data.{row.table}", shop.ledger(str(row.table))
        for what in ("rows_read", "rows_kept", "rows_set_aside"):
            shop.facts.add(f"{name}.{what}", getattr(ledger, what), unit="rows")
        shop.facts.add(f"{name}.columns", row.columns, unit="columns")
        shop.facts.add(f"{name}.unknown", row.unknown, unit="share", n=int(row.rows) * int(row.columns))
        if pd.notna(row.first):
            shop.facts.add(f"{name}.first", row.first.date())
            shop.facts.add(f"{name}.last", row.last.date())
    if shop.has("experiment"):
        shop.facts.add("data.experiment.arms", len(shop.design.arms), unit="arms")
    if shop.has("transactions"):
        describe(shop)


def sales(facts: Facts, months: pd.DataFrame, weekdays: pd.DataFrame) -> None:
    """Record which months and weekdays sell most; months that are covered in part do not compete."""
    whole = months[months["whole"]] if months["whole"].any() else months
    best, least = (whole.iloc[int(place)] for place in (whole["revenue"].argmax(), whole["revenue"].argmin()))
    facts.add("data.months.best", f"{best['month']:%B %Y}")
    facts.add("data.months.least", f"{least['month']:%B %Y}")
    facts.add("data.months.most", best["revenue"], unit="money")
    facts.add("data.months.ratio", best["revenue"] / least["revenue"] if least["revenue"] > 0 else None, unit="ratio")
    years = whole.groupby(whole["month"].dt.year).filter(lambda year: len(year) == 12)
    peaks = years.loc[years.groupby(years["month"].dt.year)["revenue"].idxmax(), "month"].dt.month_name()
    facts.add("data.months.complete_years", len(peaks))
    if len(peaks):
        facts.add("data.months.peak", peaks.mode().iloc[0])
        facts.add("data.months.peak_years", int((peaks == peaks.mode().iloc[0]).sum()))
    top = weekdays.iloc[int(weekdays["orders"].argmax())]
    facts.add("data.weekdays.best", top["name"])
    facts.add("data.weekdays.most", top["share"], unit="share", n=int(weekdays["orders"].sum()))
    fewest = weekdays["orders"].min()
    facts.add("data.weekdays.ratio", top["orders"] / fewest if fewest else None, unit="ratio")


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
    for row in found.effects.itertuples():
        control = f"experiment.{slug(row.outcome)}.{slug(plan.control)}"
        name = f"experiment.{slug(row.outcome)}.{slug(row.arm)}"
        unit = {"binary": "share", "money": "money"}.get(str(row.kind))
        for place, n, mean in ((control, row.n_control, row.mean_control), (name, row.n, row.mean)):
            facts.add(f"{place}.n", n, unit="customers")
            facts.add(f"{place}.mean", mean, unit=unit, n=n)
        _lift(facts, name, row, unit, POOLED if row.kind == "binary" else WELCH)
        facts.add(f"{name}.p_holm", row.p_holm, unit="p", method="Holm over outcomes and arms")
    for row in found.adjusted.itertuples():
        name = f"experiment.{slug(row.outcome)}.{slug(row.arm)}.adjusted"
        _lift(facts, name, row, "money" if row.kind == "money" else None, f"CUPED, {WELCH}")
        facts.add(f"{name}.variance_reduction", row.variance_reduction, unit="share")
    for row in () if found.per_order is None else found.per_order.itertuples():
        name = f"experiment.profit_per_order.{slug(row.arm)}"
        facts.add(f"experiment.profit_per_order.{slug(plan.control)}.mean", row.mean_control, unit="money")
        facts.add(f"{name}.mean", row.mean, unit="money")
        _lift(facts, name, row, "money", "delta method over customers")


def _lift(facts: Facts, name: str, row: object, unit: str | None, method: str) -> None:
    value = {key: getattr(row, key) for key in ("lift", "low", "high", "lift_pct", "pct_low", "pct_high", "p")}
    facts.add(f"{name}.lift", value["lift"], value["low"], value["high"], unit, method=method)
    lift, low, high = (100 * value[key] for key in ("lift_pct", "pct_low", "pct_high"))
    facts.add(f"{name}.lift_pct", lift, low, high, "percent", method="delta method")
    facts.add(f"{name}.p", value["p"], unit="p", method=method)
