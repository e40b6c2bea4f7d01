"""From scores to facts: `rfm.…`, with nothing about groups too small to show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from patrons import masks, rfm, rfm_checks
from patrons.facts import Facts
from patrons.frames import each
from patrons.rfm import Scores
from patrons.rfm_study import Hindsight, Study
from patrons.source import slug

UNITS = {"recency": "days", "frequency": "orders", "monetary": "money"}
BOOTSTRAP, WILSON = "bootstrap over customers", "Wilson"


def study(facts: Facts, found: Study, churn_after_days: int) -> None:
    """Record all that the chapter found."""
    measures(facts, found.scores, found.left_out, found.smallest)
    segments(facts, found.summary, found.smallest)
    silence(facts, found.scores, churn_after_days, found.smallest)
    firmness(facts, found.firm, found.smallest)
    for row in each(found.agreement[found.agreement["y"] == "rank_sum"]):
        if row.x == "score_sum":
            facts.add("rfm.rank_agreement", row.rho, row.low, row.high, "ratio", row.n, "Spearman, Bonett–Wright")
    if found.hindsight is not None:
        hindsight(facts, found.hindsight, found.smallest)


def measures(facts: Facts, found: Scores, left_out: int = 0, smallest: int = 1) -> None:
    """Record `rfm.{customers,left_out,bins}` and `rfm.<measure>.{mean,median,scores}`."""
    table = found.customers
    n = len(table)
    facts.add("rfm.customers", n, unit="customers")
    facts.add("rfm.left_out", left_out, unit="customers")
    facts.add("rfm.bins", found.bins)
    for measure, unit in UNITS.items():
        values = table[measure].to_numpy(dtype=float)
        mean = float(values.mean())
        half = float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
        method = "mean over customers, t interval"
        low, value, high = (mean - half, mean, mean + half) if n >= smallest else (None, None, None)
        facts.add(f"rfm.{measure}.mean", value, low, high, unit, n, method)
        facts.add(f"rfm.{measure}.median", float(np.median(values)) if n >= smallest else None, unit=unit, n=n)
        facts.add(f"rfm.{measure}.scores", len(found.occurring(measure)), n=n, method="scores that somebody has")


def segments(facts: Facts, summary: pd.DataFrame, smallest: int = 1) -> None:
    """Record `rfm.segment.<name>.…`, and which segment brings most (`rfm.top_segment`), if one can be shown."""
    n = int(summary["customers"].sum())
    shown = rfm.public(summary, smallest)
    for row in each(shown):
        name = f"rfm.segment.{slug(row.segment)}"
        facts.add(f"{name}.title", row.title)
        facts.add(f"{name}.action", row.action)
        facts.add(f"{name}.customers", _count(row.customers), unit="customers", n=n)
        share = (row.customer_share, row.share_low, row.share_high)
        facts.add(f"{name}.customer_share", *share, unit="share", n=n, method=WILSON)
        revenue = (row.revenue_share, row.low, row.high)
        facts.add(f"{name}.revenue_share", *revenue, unit="share", n=n, method=BOOTSTRAP)
        each_of_them = (row.revenue_per_customer, row.per_low, row.per_high)
        facts.add(f"{name}.recency", row.recency, unit="days", n=_count(row.customers), method="median")
        facts.add(f"{name}.revenue_per_customer", *each_of_them, "money", _count(row.customers), "t interval")
    if (shown["revenue_share"] > 0).any():
        facts.add("rfm.top_segment", slug(shown["segment"].iloc[int(np.nanargmax(shown["revenue_share"]))]))


def silence(facts: Facts, found: Scores, churn_after_days: int, smallest: int = 1) -> None:
    """Record `rfm.silent`: the share of those in segments of the silent who count as gone by the days."""
    quiet = found.customers.loc[found.customers["segment"].isin(found.segments.silent), "recency"]
    if len(quiet) >= smallest and len(quiet):
        gone = int((quiet > churn_after_days).sum())
        low, high = proportion_confint(gone, len(quiet), method="wilson")
        facts.add("rfm.silent", gone / len(quiet), low, high, "share", len(quiet), WILSON)


def firmness(facts: Facts, firm: pd.DataFrame, smallest: int = 1) -> None:
    """Record `rfm.{unmoved,firm,wavering}`, and the share of each segment that keeps it (`rfm.segment.<name>.firm`)."""
    all_of_them = rfm_checks.overall(firm)
    n = int(all_of_them["customers"])
    facts.add("rfm.unmoved", all_of_them["bins"], unit="share", n=n, method="same segment with other numbers of bins")
    facts.add("rfm.firm", all_of_them["edges"], unit="share", n=n, method="same segment with redrawn edges")
    facts.add("rfm.wavering", all_of_them["wavering"], unit="share", n=n, method="other segment in a draw of ten")
    for row in each(masks.shown(firm, "customers", smallest)):
        facts.add(f"rfm.segment.{slug(row.segment)}.firm", row.bins, unit="share", n=row.customers)


def hindsight(facts: Facts, found: Hindsight, smallest: int = 1) -> None:
    """Record `rfm.back.…` (the moment), `rfm.moves.…` (who turned) and `rfm.later.…` (what came after)."""
    facts.add("rfm.back.moment", found.back.moment.date())
    facts.add("rfm.back.months", found.back.months, unit="months")
    facts.add("rfm.back.customers", len(found.followed), unit="customers")
    for row in each(found.turns):
        name = f"rfm.moves.{slug(row.segment)}"
        what = "came_back" if row.silent else "slipped"
        facts.add(f"{name}.{what}", row.share, row.low, row.high, "share", row.customers, WILSON)
        if not pd.isna(row.stayed):
            facts.add(f"{name}.stayed", row.stayed / row.customers, unit="share", n=row.customers)
    shown = masks.shown(found.later, "customers", smallest)
    for row in each(shown):
        name = f"rfm.later.{slug(row.segment)}"
        facts.add(f"{name}.rate", row.rate, row.rate_low, row.rate_high, "share", row.customers, WILSON)
        money: tuple[Any, ...] = (row.spend, row.spend_low, row.spend_high, "money", row.customers, "t interval")
        facts.add(f"{name}.spend", *money)
    if len(shown) > 1:
        order = shown.sort_values("rate", ascending=False)["segment"]
        facts.add("rfm.later.best", slug(order.iloc[0]))
        facts.add("rfm.later.worst", slug(order.iloc[-1]))
    for row in each(found.tests):
        facts.add(f"rfm.later.{row.test}.p", row.p, unit="p", n=len(found.followed))
        facts.add(f"rfm.later.{row.test}.effect", row.effect, unit="ratio", n=len(found.followed))
    for row in each(found.foretold):
        facts.add(f"rfm.later.auc.{row.score}", row.auc, row.low, row.high, "ratio", row.n, "DeLong")


def _count(value: float) -> int | None:
    return None if pd.isna(value) else int(value)
