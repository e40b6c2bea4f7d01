"""The facts of what to suggest next."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Facts
from patrons.frames import each
from patrons.suggestions import POPULAR
from patrons.suggestions_study import ALL, Study, Suggested

MCNEMAR = "McNemar’s exact test, Holm"
BOOTSTRAP = "bootstrap over customers"


def study(facts: Facts, found: Study) -> None:
    """Record everything that the section quotes."""
    with facts.together():
        facts.add("strategy.next.since", found.start.date().isoformat())
        facts.add("strategy.next.days", (found.end - found.start).days, unit="days")
        for kind in found.kinds:
            _kind(facts, kind, found.titles)
        offers(facts, found.offers, found.titles)


def _kind(facts: Facts, found: Suggested, titles: dict[str, str]) -> None:
    name = f"strategy.next.{found.kind}"
    facts.add(f"{name}.judged", found.judged, unit="customers")
    facts.add(f"{name}.items", found.items)
    facts.add(f"{name}.most", found.most)
    for row in each(found.compared):
        place = name if row.segment == ALL else f"{name}.segment.{row.segment}"
        rule = f"{place}.{row.rule}"
        facts.add(f"{rule}.hit", row.rate, row.rate_low, row.rate_high, "share", row.n, BOOTSTRAP)
        facts.add(f"{rule}.lift", row.lift, row.lift_low, row.lift_high, "ratio", row.n, BOOTSTRAP)
        facts.add(f"{rule}.p", row.p_holm, unit="p", n=row.n, method=MCNEMAR)
        facts.add(f"{place}.{POPULAR}.hit", row.popular, unit="share", n=row.n)
    facts.add(f"{name}.rule", found.chosen[ALL])
    for segment, rule in found.chosen.items():
        own = found.given[found.given["segment"] == segment]
        if segment != ALL and len(own):
            facts.add(f"{name}.segment.{segment}.rule", rule)
            facts.add(f"{name}.segment.{segment}.title", titles[segment])
            facts.add(f"{name}.segment.{segment}.first", str(own["item"].iloc[0]))


def offers(facts: Facts, table: pd.DataFrame, titles: dict[str, str]) -> None:
    """Record the next best action of each segment."""
    for row in each(table):
        name = f"strategy.next.offer.{row.segment}"
        facts.add(f"{name}.title", titles[row.segment])
        facts.add(f"{name}.arm", str(row.arm))
        facts.add(f"{name}.verdict", row.verdict)
        facts.add(f"{name}.net", row.net, row.low, row.high, row.unit, row.people, "partial pooling over segments")
        facts.add(f"{name}.p_pays", row.p_pays, unit="share")
