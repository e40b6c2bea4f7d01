"""From a first look to facts: medians, correlations, concentration, rhythm and what is bought."""

from __future__ import annotations

import math

import pandas as pd

from patrons import sales
from patrons.explore import Measured
from patrons.explore_rhythm import Waiting
from patrons.explore_study import Study
from patrons.explore_value import Concentration, Estimate
from patrons.facts import Facts
from patrons.frames import each
from patrons.limits import ALPHA
from patrons.source import slug

BOOTSTRAP = "bootstrap over customers"


def study(facts: Facts, found: Study, smallest: int) -> None:
    """Record all that a first look found."""
    measures(facts, found.measured, found.summary)
    correlations(facts, found.measured, found.correlations)
    outliers(facts, found.outliers, smallest)
    if found.value is not None:
        concentration(facts, found.value)
    if found.frequency is not None:
        one_time(facts, found.frequency)
    if found.waiting is not None and found.weekly_mean is not None and found.weeks is not None:
        rhythm(facts, found.waiting, found.weekly_mean, found.trend, found.weeks)
    for by, table in (("category", found.categories), ("channel", found.channels)):
        if table is not None:
            shares(facts, table, by)
    for by, level in found.pairs.items():
        pairs(facts, level.tested, level.shown, by, level.tests)


def measures(facts: Facts, found: Measured, summary: pd.DataFrame) -> None:
    """Record `explore.<measure>.{median,q05,q95}` and how many customers were looked at."""
    facts.add("explore.customers", len(found.table), unit="customers")
    for row in each(summary):
        name, unit = f"explore.{slug(row.measure)}", None if pd.isna(row.unit) else str(row.unit)
        facts.add(f"{name}.title", row.title)
        facts.add(f"{name}.median", row.median, row.low, row.high, unit, row.n, "median, interval of order statistics")
        for end in ("q05", "q95"):
            facts.add(f"{name}.{end}", getattr(row, end), unit=unit, n=row.n)


def correlations(facts: Facts, found: Measured, table: pd.DataFrame) -> None:
    """Record `explore.correlation.{strongest,positive,negative}`: the closest pairs of measures."""
    titles = {item.name: item.title for item in found.measures}
    sides = {"positive": table[table["low"] > 0], "negative": table[table["high"] < 0]}
    for side, rows in sides.items():
        if len(rows):
            row = rows.iloc[int(rows["rho"].abs().to_numpy().argmax())]
            name = f"explore.correlation.{side}"
            facts.add(name, row["rho"], row["low"], row["high"], "ratio", row["n"], "Spearman")
            facts.add(f"{name}.x", titles[row["x"]])
            facts.add(f"{name}.y", titles[row["y"]])
    open_ones = table[(table["low"] <= 0) & (table["high"] >= 0)]
    facts.add("explore.correlation.pairs", len(table))
    facts.add("explore.correlation.open", len(open_ones))


def outliers(facts: Facts, table: pd.DataFrame, smallest: int) -> None:
    """Record `explore.outliers.<measure>.{classic,robust}`; groups too small to show are not known."""
    for row in each(table):
        classic = int(row.both + row.classic_only)
        robust = None if pd.isna(row.robust_only) else int(row.both + row.robust_only)
        for rule, count in (("classic", classic), ("robust", robust)):
            hidden = count is None or 0 < count < smallest
            facts.add(f"explore.outliers.{slug(row.measure)}.{rule}", None if hidden else count, n=row.n)


def concentration(facts: Facts, found: Concentration) -> None:
    """Record `explore.{gini,top20_revenue_share,high_low_ratio}`."""
    for name, estimate, unit in (
        ("gini", found.gini, "ratio"),
        ("top20_revenue_share", found.top20, "share"),
        ("high_low_ratio", found.ratio, "ratio"),
    ):
        _add(facts, f"explore.{name}", estimate, unit, found.n)


def one_time(facts: Facts, frequency: pd.Series) -> None:
    """Record `explore.one_time_share`: the share of customers with a single order, with Wilson's interval."""
    from statsmodels.stats.proportion import proportion_confint

    known = frequency.dropna()
    once, n = int((known == 1).sum()), len(known)
    if n:
        low, high = proportion_confint(once, n, method="wilson")
        facts.add("explore.one_time_share", once / n, low, high, "share", n, "Wilson")


def rhythm(facts: Facts, waiting: Waiting, mean: Estimate, trend: pd.DataFrame, weeks: pd.DataFrame) -> None:
    """Record `explore.days_between_orders.…` and `explore.weekly_orders.…`."""
    name = "explore.days_between_orders"
    facts.add(f"{name}.gaps", waiting.gaps, n=waiting.repeaters)
    facts.add(f"{name}.repeaters", waiting.repeaters, unit="customers", n=waiting.customers)
    _add(facts, f"{name}.median", waiting.completed, "days", waiting.gaps)
    _add(facts, f"{name}.median_with_running", waiting.any_order, "days", waiting.gaps, f"Kaplan–Meier, {BOOTSTRAP}")
    whole = int(weeks["whole"].sum())
    facts.add("explore.weekly_orders.mean", mean.value, mean.low, mean.high, "orders", whole, "whole weeks, Newey–West")
    facts.add("explore.weekly_orders.weeks", whole, unit="weeks")
    left_out = weeks["whole"] & sales.public(weeks, facts.smallest)["orders"].isna()
    facts.add("explore.weekly_orders.left_out", int(left_out.sum()), unit="weeks")
    for row in trend.to_dict("records"):
        rate, low, high = (math.expm1(row[key]) for key in ("slope", "low", "high"))
        facts.add("explore.weekly_orders.growth", rate, low, high, "share", whole, "quasi-Poisson, Newey–West")
        facts.add("explore.weekly_orders.dispersion", row["dispersion"], unit="ratio", n=whole)


def shares(facts: Facts, table: pd.DataFrame, by: str) -> None:
    """Record `explore.<by>.<part>.share`, and which part is the largest."""
    for row in each(table):
        name = f"explore.{by}.{slug(row.part)}"
        facts.add(f"{name}.title", row.part)
        facts.add(f"{name}.share", row.share, row.low, row.high, "share", row.customers, BOOTSTRAP)
    if len(table):
        facts.add(f"explore.{by}.largest", slug(table["part"].iloc[0]))
        facts.add(f"explore.{by}.parts", len(table))


def pairs(facts: Facts, tested: pd.DataFrame, shown: pd.DataFrame, by: str, tests: int) -> None:
    """Record `explore.pairs.<by>.…`: how many were tested, how many stand, and the best of those shown."""
    name = f"explore.pairs.{by}"
    facts.add(f"{name}.tests", tests)
    facts.add(f"{name}.standing", int(((tested["p_holm"] < ALPHA) & (tested["lift"] > 1)).sum()), n=tests)
    if len(shown):
        best = shown.iloc[0]
        facts.add(f"{name}.best", f"{best['a']} and {best['b']}")
        facts.add(f"{name}.lift", best["lift"], best["low"], best["high"], "ratio", best["orders"], "delta method")


def _add(facts: Facts, name: str, found: Estimate, unit: str, n: int, method: str = BOOTSTRAP) -> None:
    facts.add(name, found.value, found.low, found.high, unit, n, method)
