"""From monitoring to facts: `monitoring.…`, with nothing about groups too small to show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons.facts import Facts
from patrons.frames import each
from patrons.monitor_study import FALSE_ALARMS, Study
from patrons.source import slug


def study(facts: Facts, found: Study) -> None:
    """Record all that the chapter found."""
    with facts.together():
        _whole(facts, found)
        _measures(facts, found)
        _performance(facts, found)
        _past(facts, found)
        _turns(facts, found)


def _whole(facts: Facts, found: Study) -> None:
    pairs, windows = found.drift.pairs, found.compared
    facts.add("monitoring.refit", found.refit, method="anything checked beyond its limit")
    facts.add("monitoring.false_alarm_rate", FALSE_ALARMS, unit="share", method="at most, where nothing changed")
    facts.add("monitoring.part", FALSE_ALARMS / len(found.kinds), unit="share", method="of each kind of check")
    facts.add("monitoring.kinds", len(found.kinds))
    facts.add("monitoring.like", found.drift.like)
    for side, frame in (("reference", pairs.reference), ("current", pairs.current)):
        facts.add(f"monitoring.{side}.customers", len(frame), unit="customers")
        if windows:
            window = getattr(windows, side)
            facts.add(f"monitoring.{side}.start", window.start.date())
            facts.add(f"monitoring.{side}.end", window.last.date())
    if windows:
        facts.add("monitoring.days", windows.current.days, unit="days")
        facts.add("monitoring.same_season", windows.same_season)
    if found.drift.left_out == 0 or found.drift.left_out >= found.smallest:
        facts.add("monitoring.left_out", found.drift.left_out, unit="customers")


def _measures(facts: Facts, found: Study) -> None:
    """Record `monitoring.psi.<measure>` with its limits, and what of it moved."""
    table, n = found.drift.moved.measures, len(found.drift.pairs.current)
    facts.add("monitoring.measures", len(table), unit="measures")
    facts.add("monitoring.moved", int(table["moved"].sum()), unit="measures")
    for row in each(table):
        name = f"monitoring.psi.{slug(row.measure)}"
        facts.add(name, row.psi, unit="ratio", n=n, method="population stability index")
        facts.add(f"{name}.limit", row.limit, unit="ratio", n=n, method="resampling the reference, all measures")
        facts.add(f"{name}.alone", row.alone, unit="ratio", n=n, method="resampling the reference, this measure alone")
        facts.add(f"{name}.p", row.adjusted, unit="p", n=n, method="resampling the reference, all measures")
    top = table.iloc[int((table["psi"] / table["limit"]).to_numpy().argmax())]
    facts.add("monitoring.largest", str(top["measure"]), method="farthest towards or beyond its limit")
    facts.add("monitoring.largest.times", top["psi"] / top["limit"], unit="ratio", method="index over its limit")
    facts.add("monitoring.limits.least", table["limit"].min(), unit="ratio")
    facts.add("monitoring.limits.most", table["limit"].max(), unit="ratio")
    centres = found.drift.moved.centres
    if len(centres):
        facts.add("monitoring.groups", len(centres))
        facts.add("monitoring.centres.moved", int(centres["moved"].sum()))
        for row in each(centres[centres["customers"] >= found.smallest]):
            name = f"monitoring.centre.{row.group}"
            facts.add(name, row.movement, unit="standard deviations", n=row.customers, method="distance of centres")
            facts.add(f"{name}.limit", row.limit, unit="standard deviations", method="resampling the reference")


def _performance(facts: Facts, found: Study) -> None:
    item = found.performance
    if item is None:
        return
    facts.add("monitoring.performance.days", item.days, unit="days")
    facts.add("monitoring.performance.same_season", item.same_season)
    for when, row in (("then", item.times.iloc[0]), ("now", item.times.iloc[-1])):
        name = f"monitoring.performance.{when}"
        facts.add(f"{name}.moment", row["moment"].date())
        facts.add(f"{name}.auc", row["auc"], row["low"], row["high"], "ratio", row["n"], "DeLong")
        ends = (row["level"], row["level_low"], row["level_high"])
        facts.add(f"{name}.level", *ends, "ratio", row["n"], "odds that came over odds foretold")
    for row in each(item.checks):
        change, low, high = (
            float(end if row.check == "auc" else np.exp(end)) for end in (row.change, row.low, row.high)
        )
        name, how = f"monitoring.performance.{row.check}", "difference" if row.check == "auc" else "ratio of levels"
        facts.add(f"{name}.change", change, low, high, "ratio", method=how)
        facts.add(f"{name}.p", row.p, unit="p")
        facts.add(f"{name}.moved", bool(row.moved))


def _past(facts: Facts, found: Study) -> None:
    """Record how often earlier quarters would have raised the alarm."""
    past = found.past
    if past.empty:
        return
    alarms = past.groupby("end")["moved"].any()
    facts.add("monitoring.past.quarters", len(alarms), unit="quarters")
    facts.add("monitoring.past.alarms", int(alarms.sum()), unit="quarters")
    facts.add("monitoring.past.expected", len(alarms) * FALSE_ALARMS, unit="quarters", method="where nothing changed")
    facts.add("monitoring.past.first", past["end"].min().date())
    kinds = past.loc[past["moved"], "measure"].value_counts()
    for name, times in kinds.items():
        facts.add(f"monitoring.past.alarms.{slug(str(name))}", int(times), unit="quarters")


def _turns(facts: Facts, found: Study) -> None:
    for row in each(shown_turns(found)):
        what = "came_back" if row.silent else "slipped"
        name = f"monitoring.turns.{slug(row.segment)}.{what}.{'now' if row.latest else 'before'}"
        facts.add(name, row.share, row.low, row.high, "share", row.customers, "Wilson")


def shown_turns(found: Study) -> pd.DataFrame:
    """Return `turns` with `latest`: whether they are of the last year."""
    if found.turns is None:
        return pd.DataFrame()
    return found.turns.assign(latest=found.turns["end"] == found.turns["end"].max())
