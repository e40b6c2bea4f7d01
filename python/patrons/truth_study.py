"""Whether the report finds what was planted and nothing else, put together for its chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from patrons import truth_alarms, truth_effects, truth_worlds
from patrons.facts import Facts
from patrons.frames import each
from patrons.intervals import wilson
from patrons.limits import ALPHA
from patrons.shop import Shop
from patrons.source import slug
from patrons.truth import planted
from patrons.truth_effects import Beside
from patrons.truth_worlds import Coverage

#: How many worlds and tests are simulated, and how often the source's own arms are dealt again: about a minute.
WORLDS, TESTS, DEALS = 200, 300, 1000
NOWHERE_PLANTED = (
    "The truth is known only where it was planted, in the simulated shop that this book comes with; of these data "
    "nobody knows it."
)
NO_TEST = "The source has no randomised test whose arms could be dealt again."


@dataclass(frozen=True)
class Study:
    """What is known of the report's honesty.

    Attributes
    ----------
    beside
        Planted effects beside their estimates; without rows where nothing was planted.
    coverage
        How often intervals hold the truth over many worlds; None where nothing was planted.
    dealt
        How often a reading of the source's own test cries wolf when its arms mean nothing; no row without a test.
    simulated
        The same of simulated tests, read in every way; no row where nothing was planted.
    """

    beside: Beside
    coverage: Coverage | None
    dealt: pd.DataFrame
    simulated: pd.DataFrame


def look(shop: Shop, worlds: int = WORLDS, tests: int = TESTS, deals: int = DEALS) -> Study:
    """Hold the report of a shop against what was planted in it, and its tests against tests of nothing.

    Parameters
    ----------
    shop
        The source.
    worlds, tests, deals
        How many to simulate.
    """
    effects = planted(shop)
    if effects:
        truth_effects.own(shop, effects)
    nothing = pd.DataFrame(columns=["reading", "tests", "alarms", "share", "low", "high", "most"])
    return Study(
        beside=truth_effects.beside(effects, shop.facts.gather()),
        coverage=truth_worlds.cover(truth_worlds.distances(range(worlds))) if effects else None,
        dealt=_dealt(shop, deals) if shop.has("experiment") and shop.design.outcomes else nothing,
        simulated=judged(
            truth_alarms.count(truth_alarms.simulated(range(tests)), truth_alarms.READINGS),
            {name: name in truth_alarms.AT_MOST for name in truth_alarms.READINGS},
        )
        if effects
        else nothing,
    )


def judged(counts: pd.DataFrame, at_most: Mapping[str, bool]) -> pd.DataFrame:
    """Say of each reading whether it cries wolf as often as it should.

    Parameters
    ----------
    counts
        From `truth_alarms.count`.
    at_most
        Reading → whether it may find less than 5 %, but not more.

    Returns
    -------
    DataFrame
        With `low`, `high` (Wilson's interval), `at_most`, `least`, `most` (the band in which the counts of all
        readings lie at once 95 times of 100), `fits`.
    """
    low, high = wilson(counts["alarms"], counts["tests"])
    table = counts.assign(low=low, high=high, at_most=[bool(at_most.get(name)) for name in counts["reading"]])
    tests = int(counts["tests"].iloc[0]) if len(counts) else 0
    least, most = truth_worlds.band(tests, ALPHA, max(len(counts), 1))
    above = table["alarms"] <= most
    return table.assign(least=least, most=most, fits=above & (table["at_most"] | (table["alarms"] >= least)))


def _dealt(shop: Shop, deals: int) -> pd.DataFrame:
    found = truth_alarms.reshuffled(shop.experiment, shop.design, shop.rng("truth dealt"), deals)
    return judged(truth_alarms.count(found), {truth_alarms.ALL: True})


def record(facts: Facts, study: Study) -> None:
    """Record `truth.…`: how many effects were planted and found, how often intervals hold, how often tests cry wolf."""
    with facts.together():
        found = study.beside.table
        if len(found):
            facts.add("truth.effects", len(found), unit="effects")
            facts.add("truth.inside", int(found["inside"].sum()), unit="effects", n=len(found))
            how = "Šidák's intervals"
            facts.add("truth.inside_together", int(found["inside_together"].sum()), None, None, "effects", None, how)
        if study.coverage is not None:
            _record_coverage(facts, study.coverage, int((~found["inside"]).sum()))
        for kind, table in (("dealt", study.dealt), ("simulated", study.simulated)):
            for row in each(table):
                name = f"truth.alarms.{kind}.{slug(row.reading)}"
                facts.add(name, row.share, row.low, row.high, "share", row.tests, "share of tests of nothing, Wilson")
            if len(table):
                facts.add(f"truth.alarms.{kind}.tests", int(table["tests"].iloc[0]), unit="tests")


def _record_coverage(facts: Facts, found: Coverage, missed: int) -> None:
    number = found.effects.shape[0]
    how = "share of 95 % intervals that hold the truth, t interval over worlds"
    facts.add("truth.coverage", found.share, found.share_low, found.share_high, "share", found.worlds * number, how)
    facts.add("truth.coverage.worlds", found.worlds, unit="worlds")
    facts.add("truth.coverage.outside", int(found.effects["outside"].sum()), unit="effects", n=number)
    low, high = wilson([found.together], [found.worlds])
    share = found.together / found.worlds
    how = "share of worlds in which all of Šidák's intervals hold, Wilson"
    facts.add("truth.coverage.together", share, low[0], high[0], "share", found.worlds, how)
    facts.add("truth.coverage.as_few", int((found.misses <= missed).sum()), unit="worlds", n=found.worlds)
    facts.add("truth.coverage.as_many", int((found.misses >= missed).sum()), unit="worlds", n=found.worlds)
    facts.add("truth.coverage.most_misses", int(found.misses.max()), unit="effects", n=found.worlds)
