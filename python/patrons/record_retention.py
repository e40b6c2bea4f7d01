"""From what is known of who stays to facts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import survival
from patrons.facts import Facts
from patrons.frames import each
from patrons.intervals import wilson
from patrons.retention_study import OTHERS, Segments, Study
from patrons.source import slug
from patrons.survival_cox import Hazards

KAPLAN_MEIER = "Kaplan–Meier, log-log"
#: Days after which it is said who has ordered again, or is still there.
MARKS = (30, 90, 365)


def study(facts: Facts, found: Study, smallest: int) -> None:
    """Record all that the chapter on retention found."""
    with facts.together():
        churn(facts, found)
        if found.cohorts is not None and found.curve is not None and found.hidden is not None:
            cohorts(facts, found.cohorts, found.hidden, smallest)
            months(facts, found.curve)
        silences(facts, found)
        if found.lasting is not None and found.second is not None:
            lasting(facts, found)
        if found.segments is not None:
            segments(facts, found.segments, smallest)
        if isinstance(found.hazards, Hazards):
            hazards(facts, found.hazards)


def churn(facts: Facts, found: Study) -> None:
    """Record the rates of churn and retention, at the chosen threshold and at others."""
    facts.add("retention.churn_after_days", found.threshold, unit="days")
    facts.add("retention.customers", len(found.recency), unit="customers")
    for row in each(found.churn):
        how = f"silent for more than {row.days} days, Wilson"
        if row.days == found.threshold:
            facts.add("retention.churn_rate", row.share, row.low, row.high, "share", row.n, how)
            stay = (1 - row.share, 1 - row.high, 1 - row.low)
            facts.add("retention.retention_rate", *stay, "share", row.n, f"not {how}")
            facts.add("retention.active", row.n - row.churned, unit="customers", n=row.n)
        if row.days in OTHERS:
            facts.add(f"retention.churn_rate.{row.days}", row.share, row.low, row.high, "share", row.n, how)


def cohorts(facts: Facts, table: pd.DataFrame, hidden: np.ndarray, smallest: int) -> None:
    """Record `retention.cohort.<yyyy-mm>.<m>`: customers who ordered m months after; null where too few to show."""
    for row, away in zip(each(table), hidden, strict=True):
        how = "customers of the cohort" if row.month == 0 else "customers who ordered in the month"
        if away:
            how = f"not shown: a group of fewer than {smallest} customers is in it, or could be worked out from it"
        elif not row.whole:
            how = f"{how}, which is not over yet"
        name = f"retention.cohort.{row.cohort:%Y-%m}.{row.month}"
        facts.add(name, None if away else row.customers, unit="customers", method=how)


def months(facts: Facts, table: pd.DataFrame) -> None:
    """Record `retention.month_<m>`: the share of all cohorts that ordered m months after the first order."""
    for row in each(table):
        how = "all cohorts whose month is over, weighted by size, Wilson"
        facts.add(f"retention.month_{row.month}", row.share, row.low, row.high, "share", row.n, how)


def silences(facts: Facts, found: Study) -> None:
    """Record what a silence as long as the threshold is worth, and who came back."""
    if found.silences is not None:
        mine = found.silences.table[found.silences.table["days"] == found.threshold]
        for row in each(mine):
            how = "Kaplan–Meier over silences, bootstrap over customers"
            facts.add(
                "retention.silence.returned", row.returned, row.low, row.high, "share", _whole(row.customers), how
            )
            facts.add("retention.silence.ended_before", row.ended_before, unit="share", n=_whole(row.silences))
        over = found.silences.over
        facts.add("retention.silence.within", found.silences.within, unit="days")
        beyond = found.silences.table[found.silences.table["days"] >= over.value].head(1)
        for row in each(beyond.dropna(subset=["returned"])):
            how = f"silences over {row.days} days"
            facts.add("retention.silence.returned_over", row.returned, row.low, row.high, "share", method=how)
        facts.add("retention.silence.over", over.value, over.low, over.high, "days", method="four fifths are over")
    if found.back is not None and found.since is not None and found.back["n"]:
        back = found.back
        facts.add("retention.since", found.since)
        how = f"silent for more than {found.threshold} days at {found.since:%Y-%m-%d} and ordered since, Wilson"
        facts.add("retention.came_back", back["share"], back["low"], back["high"], "share", back["n"], how)
    if found.truth is not None:
        truth = found.truth
        for name, part, whole in (("right", "right", "counted"), ("found", "right", "gone")):
            low, high = wilson([truth[part]], [truth[whole]])
            share = truth[part] / truth[whole] if truth[whole] else None
            facts.add(f"retention.truth.{name}", share, low[0], high[0], "share", truth[whole], "known of simulated")
        facts.add("retention.truth.gone", truth["gone"] / truth["customers"], unit="share", n=truth["customers"])


def lasting(facts: Facts, found: Study) -> None:
    """Record the median customership by threshold, who is still there after a time, and who orders a second time."""
    for days, times in (found.lasting or {}).items():
        curve = survival.kaplan_meier(times["days"], times["ended"])
        median = survival.quantile(curve)
        how = f"{KAPLAN_MEIER}; ends when a silence exceeds {days} days"
        places = [f"retention.median_lifetime.{days}"]
        if days == found.threshold:
            places.append("retention.median_lifetime")
            year = survival.at(curve, np.array([365.0]), float(times["days"].max())).iloc[0]
            facts.add("retention.still.365", year["survival"], year["low"], year["high"], "share", len(times), how)
            once = survival.at(curve, np.array([days + 1.0]), float(times["days"].max())).iloc[0]
            gone = (1 - once["survival"], 1 - once["high"], 1 - once["low"])
            facts.add("retention.ended_at_once", *gone, "share", len(times), how)
        for place in places:
            facts.add(place, median["value"], median["low"], median["high"], "days", len(times), how)
    if found.second is not None:
        curve = survival.kaplan_meier(found.second["days"], found.second["ended"])
        marks = survival.at(curve, np.array(MARKS, dtype=float), float(found.second["days"].max()))
        for row in each(marks):
            again = (1 - row.survival, 1 - row.high, 1 - row.low)
            facts.add(f"retention.second_order.{row.days:.0f}", *again, "share", len(found.second), KAPLAN_MEIER)


def segments(facts: Facts, found: Segments, smallest: int) -> None:
    """Record `retention.segment.<name>.{customers,median,still}`, and the log-rank test."""
    facts.add("retention.segments.horizon", found.horizon, unit="days")
    facts.add("retention.segments.customers", len(found.followed), unit="customers")
    for name, title in found.titles.items():
        mine = found.followed[found.followed["segment"] == name]
        curve = survival.kaplan_meier(mine["days"], mine["ended"])
        still = survival.at(curve, np.array([float(found.horizon)]), np.inf).iloc[0]
        median = survival.quantile(curve)
        place = f"retention.segment.{slug(name)}"
        facts.add(f"{place}.title", title)
        facts.add(f"{place}.customers", len(mine), unit="customers")
        few = survival.at_risk(mine["days"], np.array([float(found.horizon)]))[0] < smallest
        if few:
            facts.add(f"{place}.still", None, unit="share", method="too few are left to show")
        else:
            ends = (still["survival"], still["low"], still["high"])
            facts.add(f"{place}.still", *ends, "share", len(mine), KAPLAN_MEIER)
        facts.add(f"{place}.median", median["value"], median["low"], median["high"], "days", len(mine), KAPLAN_MEIER)
    facts.add("retention.log_rank.chi2", found.overall["chi2"], n=len(found.followed), method="log-rank")
    facts.add("retention.log_rank.p", found.overall["p"], unit="p", n=len(found.followed), method="log-rank")
    facts.add("retention.log_rank.pairs", len(found.pairs))
    facts.add("retention.log_rank.apart", int((found.pairs["p_holm"] < 0.05).sum()), n=len(found.pairs), method="Holm")


def hazards(facts: Facts, found: Hazards) -> None:
    """Record `retention.hazard.<covariate>.{title,ratio,p_holm}`, the check of proportionality and the concordance."""
    facts.add("retention.hazards.customers", len(found.data), unit="customers")
    facts.add("retention.hazards.ends", found.ends)
    for row in each(found.table):
        place = f"retention.hazard.{slug(row.term)}"
        facts.add(f"{place}.title", row.title)
        facts.add(f"{place}.ratio", row.hazard_ratio, row.low, row.high, "ratio", len(found.data), "Cox, Efron")
        facts.add(f"{place}.p_holm", row.p_holm, unit="p", method="Holm over covariates")
    tested = found.proportional.iloc[-1]
    facts.add("retention.proportional.p", tested["p"], unit="p", n=found.ends, method="Grambsch–Therneau, all together")
    value, se = found.concordance["value"], found.concordance["se"]
    ends = (value - survival.Z * se, value + survival.Z * se)
    facts.add("retention.concordance", value, *ends, "share", len(found.data), "Harrell, infinitesimal jackknife")


def _whole(value: float) -> int | None:
    return None if pd.isna(value) else int(value)
