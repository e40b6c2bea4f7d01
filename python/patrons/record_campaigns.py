"""From the study of campaigns to facts."""

from __future__ import annotations

import pandas as pd

from patrons.campaigns import COUNTS, FACTORS, METRICS, MONEY
from patrons.campaigns_returns import SURE, VERDICTS, Returns
from patrons.campaigns_segments import NEWCOMERS
from patrons.campaigns_study import Reached, Study
from patrons.facts import Facts
from patrons.frames import each
from patrons.record_demographics import endings

SUMS = "ratio of totals, delta method over campaigns (HC3)"
POOLED = "gamma–Poisson model, parametric bootstrap of its parameters"


def study(facts: Facts, found: Study) -> None:
    """Record `campaigns.…`."""
    with facts.together():
        if found.reached is not None:
            _reached(facts, found.reached)
        if found.answers is not None:
            table = found.answers.segments
            for row in each(table):
                name = f"campaigns.answers.{row.segment}"
                facts.add(f"{name}.title", row.title)
                facts.add(f"{name}.rate", row.expected, row.low, row.high, "share", row.customers, POOLED)
                facts.add(f"{name}.next", row.expected, row.next_low, row.next_high, "share", row.customers, POOLED)
            facts.add("campaigns.answers.best", table["segment"].iloc[int(table["expected"].argmax())])
            facts.add("campaigns.answers.worst", table["segment"].iloc[int(table["expected"].argmin())])
        if found.mails is not None:
            for row in each(found.mails):
                for step in ("opened", "clicked"):
                    value, low, high = (getattr(row, f"{step}{end}") for end in ("", "_low", "_high"))
                    name, method = f"campaigns.mails.{row.segment}.{step}", "ratio of totals over customers (HC3)"
                    facts.add(name, value, low, high, "share", row.customers, method)
        if found.quarters is not None:
            _quarters(facts, found.quarters)


def _reached(facts: Facts, found: Reached) -> None:
    frame = found.frame
    facts.add("campaigns.campaigns", len(frame), unit="campaigns")
    for name in (*COUNTS, *MONEY):
        if frame[name].notna().any():
            unit = "money" if name in MONEY else name
            facts.add(f"campaigns.{name}", frame[name].sum(), unit=unit, n=frame[name].notna().sum(), method="sum")
    _metrics(facts, "campaigns", found.pooled)
    for factor, table in found.groups.items():
        levels = list(dict.fromkeys(table["level"]))
        for level, ending in zip(levels, endings(levels), strict=True):
            _metrics(facts, f"campaigns.{factor}.{ending}", table[table["level"] == level])
    value, low, high, n = found.mean_return
    if n:
        facts.add("campaigns.roi_mean", value, low, high, "share", n, "mean over campaigns, t interval")
    if found.margin is not None and "campaigns.roi" in facts:
        facts.add("campaigns.margin", found.margin, unit="share", method="profit over amount of all sales")
        facts.add("campaigns.break_even", 1 / found.margin - 1, unit="share", method="1 / margin − 1")
    _verdicts(facts, found)
    for row in each(found.tests):
        name = f"campaigns.tests.{row.metric}.{row.factor}"
        facts.add(f"{name}.p_holm", row.p_holm, unit="p", n=row.campaigns, method="F of a gamma–Poisson model, Holm")
        facts.add(f"{name}.ratio", row.ratio, row.low, row.high, "ratio", row.campaigns, "highest to lowest, Scheffé")
    for row in each(found.dispersion):
        facts.add(f"campaigns.{row.metric}.dispersion", row.dispersion, unit="ratio", n=row.campaigns)
    for name, number in found.truth.items():
        of = None if name in ("campaigns", "wrong") else "share"
        facts.add(f"campaigns.truth.{name}", number, unit=of, method="known of the simulation")


def _metrics(facts: Facts, place: str, table: pd.DataFrame) -> None:
    units = {metric.name: metric.unit for metric in METRICS}
    for row in each(table):
        if not pd.isna(row.value):
            facts.add(f"{place}.{row.metric}", row.value, row.low, row.high, units[row.metric], row.campaigns, SUMS)


def _verdicts(facts: Facts, found: Reached) -> None:
    returns = found.returns
    if returns is None:
        paid = found.frame[found.frame["cost"].gt(0) & found.frame["revenue"].notna()]
        if len(paid):
            gain, method = paid["revenue"] - paid["cost"], "sign of the return: chance cannot be told"
            facts.add("campaigns.profitable", int((gain > 0).sum()), unit="campaigns", n=len(paid), method=method)
            facts.add("campaigns.wasteful", int((gain < 0).sum()), unit="campaigns", n=len(paid), method=method)
        return
    table = returns.campaigns
    for name in VERDICTS:
        method = f"{POOLED}; probability of {SURE:.0%} or more"
        number = int((table["verdict"] == name).sum())
        facts.add(f"campaigns.{name}", number, unit="campaigns", n=len(table), method=method)
    facts.add("campaigns.judged", len(table), unit="campaigns")
    facts.add("campaigns.raw_losing", int((table["raw"] < 0).sum()), unit="campaigns", n=len(table))
    spent = table.loc[table["verdict"] == "wasteful", "cost"].sum()
    facts.add("campaigns.wasted_cost", spent, unit="money")
    facts.add("campaigns.stake", *returns.stake, "money", len(table), POOLED)
    _lucky(facts, returns)
    value = returns.value
    facts.add("campaigns.order_value", value.mean, unit="money", n=value.campaigns)
    facts.add("campaigns.spread", returns.pooling.spread, unit="share", n=len(table), method="adjusted likelihood")
    for row in each(returns.levels):
        ending = endings([row.level])[0]
        name = f"campaigns.kind.{row.factor}.{ending}"
        facts.add(f"{name}.roi", row.roi, row.low, row.high, "share", method=POOLED)
        facts.add(f"{name}.next", row.roi, row.next_low, row.next_high, "share", method=POOLED)
    for row in each(found.shifts):
        name = f"campaigns.shift.{row.factor}"
        facts.add(f"{name}.best", row.best)
        facts.add(f"{name}.worst", row.worst)
        facts.add(f"{name}.gain", row.gain, row.low, row.high, "ratio", method=POOLED)
        facts.add(f"{name}.spent", row.spent, unit="money")


def _lucky(facts: Facts, returns: Returns) -> None:
    """Record the campaign with the best raw return, and the one of which most of its return is taken away."""
    table = returns.campaigns
    for name, places in (("top", table["raw"]), ("moved", (table["raw"] - table["roi"]).abs())):
        row = table.iloc[int(places.to_numpy().argmax())]
        facts.add(f"campaigns.{name}.id", row["campaign_id"])
        facts.add(f"campaigns.{name}.kind", ", ".join(str(row[factor]) for factor in FACTORS if factor in row))
        facts.add(f"campaigns.{name}.raw", row["raw"], unit="share")
        facts.add(f"campaigns.{name}.roi", row["roi"], row["low"], row["high"], "share", method=POOLED)
        facts.add(f"campaigns.{name}.cost", row["cost"], unit="money")
        facts.add(f"campaigns.{name}.rank", int(row["rank"]), row["rank_low"], row["rank_high"], method=POOLED)


def _quarters(facts: Facts, table: pd.DataFrame) -> None:
    names = list(dict.fromkeys(table["quarter"]))
    facts.add("campaigns.quarters", len(names), unit="quarters")
    facts.add("campaigns.quarters.first", names[0])
    facts.add("campaigns.quarters.last", names[-1])
    for end, name in (("first", names[0]), ("last", names[-1])):
        rows = table[(table["quarter"] == name)]
        total = rows["revenue"].sum()
        for row in each(rows.dropna(subset=["revenue"])):
            key = f"campaigns.quarters.{end}.{row.segment}"
            low, high = (value / total if total else None for value in (row.low, row.high))
            facts.add(f"{key}.share", row.share, low, high, "share", int(row.customers), "normal, over customers")
        best = rows[rows["segment"] != NEWCOMERS].dropna(subset=["share"]).sort_values("share")
        if len(best):
            facts.add(f"campaigns.quarters.{end}.best", best["segment"].iloc[-1])
            facts.add(f"campaigns.quarters.{end}.best_title", best["title"].iloc[-1])
