"""What to do about a customer: the action that the test recommends for their segment, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import strategy, strategy_segments, strategy_study
from patrons.rfm_map import SegmentMap, read_segments
from patrons.shop import Shop
from patrons.stop import ChapterStop

RFM = "RFM segment"


@dataclass(frozen=True)
class Advice:
    """An action and what it is expected to return per person, net of its cost, with a 95 % interval."""

    action: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Level:
    """Segments that are treated apart, and the advice for each.

    Attributes
    ----------
    title
        What they are parted by.
    columns
        The columns of customers whose values make a segment's name; empty for everybody as one, and for RFM.
    advice
        Segment → advice.
    """

    title: str
    columns: tuple[str, ...]
    advice: Mapping[str, Advice]

    def labels(self, table: pd.DataFrame, segments: pd.Series) -> pd.Series:
        """Return each customer's segment of this level; missing where it is not known or was not tested."""
        if self.title == RFM:
            found = segments
        elif not self.columns:
            found = pd.Series(strategy.EVERYBODY, index=table.index, dtype=object)
        elif not set(self.columns) <= set(table):
            found = pd.Series(np.nan, index=table.index, dtype=object)
        else:
            parts = [table[name].astype(object) for name in self.columns]
            found = parts[0].where(parts[0].isna(), parts[0].map(str))
            for part in parts[1:]:
                found = (found + ", " + part.map(str)).where(part.notna() & found.notna(), np.nan)
        return found.where(found.isin(list(self.advice)), np.nan)


@dataclass(frozen=True)
class Actions:
    """Advice at several levels; the first at which a customer's segment is known counts.

    Attributes
    ----------
    levels
        The segments that the chapter on strategy treats apart, those of RFM, everybody.
    unit
        What `value` counts: the currency's letters, or the outcome of the test where nobody says what it is worth.
    """

    levels: tuple[Level, ...]
    unit: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What of a customer must be known for the first level."""
        return tuple(dict.fromkeys(name for level in self.levels for name in level.columns))


def actions(shop: Shop, scored: bool) -> Actions:
    """Find the best action in each segment, from the test; without one, the plain advice of the segment map.

    Parameters
    ----------
    shop
        The source.
    scored
        Whether its customers can be put into the segments of the map.

    Raises
    ------
    ChapterStop
        There is neither a test that can be built on nor a map.
    """
    if not shop.has("experiment"):
        if not scored:
            raise ChapterStop("To recommend actions, it needs a table `experiment`, or customers who can be scored.")
        return Actions((Level(RFM, (), by_map(read_segments())),), "")  # not tested: what they return is not known
    test = strategy_study.measure(shop)
    frame, control = shop.experiment, test.plan.control
    levels = []
    if test.segmentation.columns:
        title = " × ".join(name.replace("_", " ") for name in test.segmentation.columns)
        levels.append(Level(title, test.segmentation.columns, best(test.effects, control)))
    parted = strategy_segments.by_rfm(shop, frame)
    if parted is not None:
        levels.append(Level(RFM, (), best(test.effects_within(parted[0].labels), control)))
    everybody = strategy_segments.by_columns(frame, [], test.fewest).labels
    levels.append(Level(strategy.EVERYBODY, (), best(test.effects_within(everybody), control)))
    return Actions(tuple(levels), (shop.currency or "money") if test.worth.in_money else test.worth.outcome)


def best(effects: pd.DataFrame, control: str) -> dict[str, Advice]:
    """Take in each segment the action that returns most net of its cost, and the control where none returns anything.

    Parameters
    ----------
    effects
        `segment`, `arm`, `pooled`, `low`, `high`, `net`.
    control
        What happens to those who are left alone; it returns nothing and costs nothing.
    """
    found = {}
    ranked = effects.dropna(subset=["net"]).sort_values("net", ascending=False, kind="stable")
    for row in ranked.drop_duplicates("segment").sort_values("segment").to_dict("records"):
        bar = row["pooled"] - row["net"]
        ends = tuple(float(f"{end:.12g}") for end in (row["net"], row["low"] - bar, row["high"] - bar))
        found[str(row["segment"])] = Advice(str(row["arm"]), *ends) if ends[0] > 0 else Advice(control, 0.0, 0.0, 0.0)
    return found


def by_map(segments: SegmentMap) -> dict[str, Advice]:
    """Return what the map says of each segment."""
    return {name: Advice(segment.action) for name, segment in segments.segments.items() if segment.action}
