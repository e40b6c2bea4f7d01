"""All that monitoring finds of a source, or of two, and the one rule that says whether to refit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import pandas as pd

from patrons import drift, drift_null, monitor_groups, monitor_performance, monitor_windows, rfm, rfm_moves
from patrons.drift import Bins, Pair
from patrons.drift_null import Moved, Points
from patrons.monitor_performance import Performance
from patrons.monitor_windows import Compared, Window
from patrons.shop import Shop
from patrons.stop import ChapterStop
from patrons.words import plain

Kind = Literal["measures", "centres", "performance"]
#: How often the rule says refit where nothing changed, at most.
FALSE_ALARMS = 0.05
#: Fewer customers at either time are not compared.
FEWEST = 50


@dataclass(frozen=True)
class Drift:
    """Two times compared.

    Attributes
    ----------
    pairs : Pair
        The customers of both.
    bins : tuple of Bins
        One per measure.
    points : Points or None
        Groups at both times.
    moved : Moved
        What moved.
    like : bool
        Whether customers of as many years were compared.
    left_out : int
        Current customers without a counterpart.
    """

    pairs: Pair
    bins: tuple[Bins, ...]
    points: Points | None
    moved: Moved
    like: bool
    left_out: int

    @property
    def alarms(self) -> list[str]:
        """Names of the measures that moved, the farthest beyond its limit first."""
        table = self.moved.measures
        beyond = table.assign(ratio=table["psi"] / table["limit"]).sort_values("ratio", ascending=False, kind="stable")
        return beyond.loc[beyond["moved"], "measure"].tolist()


@dataclass(frozen=True)
class Study:
    """What monitoring found.

    Attributes
    ----------
    compared : Compared or None
        The windows; None where tables without dates are compared.
    drift : Drift
        The last window against the one before.
    performance : Performance or None
        Of the model of who leaves, where the record allows.
    kinds : tuple of Kind
        What was checked; each may raise a false alarm in an equal part of `FALSE_ALARMS`.
    past : pandas.DataFrame
        The same of earlier windows, the earliest first: `end` (its last day), `measure`, `psi`, `limit`, `ratio`,
        `moved`; centres are the measure ``centres``.
    moves, turns : pandas.DataFrame or None
        Who moved between segments in the last year (`rfm_moves`); who slipped or came back in it, and a year before.
    smallest : int
        Smaller groups are not shown.
    test : bool
        Whether the test of the source began or ran within the current window.
    """

    compared: Compared | None
    drift: Drift
    performance: Performance | None
    kinds: tuple[Kind, ...]
    past: pd.DataFrame
    moves: pd.DataFrame | None
    turns: pd.DataFrame | None
    smallest: int
    test: bool = False

    @property
    def reasons(self) -> dict[Kind, list[str]]:
        """What is beyond its limit, by kind."""
        found: dict[Kind, list[str]] = {"measures": self.drift.alarms}
        centres = self.drift.moved.centres
        found["centres"] = [str(name) for name in centres.loc[centres["moved"].astype(bool), "name"]]
        if self.performance is not None:
            checks = self.performance.checks
            found["performance"] = checks.loc[checks["moved"], "check"].tolist()
        return {kind: found[kind] for kind in self.kinds}

    @property
    def refit(self) -> bool:
        """Whether to refit: anything that is checked lies beyond its limit."""
        return any(self.reasons.values())


def study(shop: Shop) -> Study:
    """Compare a source's last quarter with the same quarter of the year before, and the quarters before likewise.

    Raises
    ------
    ChapterStop
        The source has no orders with their dates, too short a time of them, or too few customers.
    """
    shop.require("transactions")
    first = pd.Timestamp(shop.customer_features["first_order"].min()).to_pydatetime()
    chosen = monitor_windows.windows(first, shop.reference_date)
    if not chosen:
        raise ChapterStop(
            f"This chapter needs at least {2 * monitor_windows.SHORTEST} days of orders, to compare the last with "
            f"those before; *{plain(shop.name)}* has fewer. Two sources are compared by "
            "`python -m patrons monitor --reference A --current B`."
        )
    now = chosen[0]
    tables = _Tables(shop)
    if min(len(tables.of(window)) for window in (now.reference, now.current)) < FEWEST:
        raise ChapterStop(
            f"This chapter needs at least {FEWEST} customers at both times that it compares; *{plain(shop.name)}* has "
            f"fewer in its last {now.current.days} days or in those that they are compared with."
        )
    performance = _performance(shop)
    kinds = _kinds(performance)
    found = compare(shop, (tables.of(now.reference), tables.of(now.current)), _part(kinds), "monitoring")
    moves, turns = _moves(shop)
    return Study(
        compared=now,
        drift=found,
        performance=performance,
        kinds=_kinds(performance, found.points),
        past=_past(shop, tables, chosen[1:], found.points),
        moves=moves,
        turns=turns,
        smallest=shop.analysis.privacy.smallest_group,
        test=_tested(shop, now.current),
    )


def between(reference: Shop, current: Shop) -> Study:
    """Compare two sources: windows of one length at the end of each, or their tables of customers.

    A year of each is compared, or what the shorter record has.

    Raises
    ------
    ChapterStop
        They have nothing in common to compare, or too few customers.
    """
    shops, compared, performance = (reference, current), None, None
    if all(shop.has("transactions") for shop in shops):
        compared = _ends(reference, current)
        frames = (
            monitor_windows.customers(reference, compared.reference, reference.rng("monitoring.sample")),
            monitor_windows.customers(current, compared.current, current.rng("monitoring.sample")),
        )
        parts = len(_kinds(None)) + 1
        rng = reference.rng("monitoring.performance")
        performance = monitor_performance.compare(reference, current, FALSE_ALARMS / parts, rng)
    elif all(shop.has("customers") for shop in shops):
        frames = monitor_windows.table(reference), monitor_windows.table(current)
    else:
        raise ChapterStop(
            "Two sources can be compared where both have a table `transactions`, or both a table `customers`: "
            f"*{plain(reference.name)}* has {_tables_of(reference)}, *{plain(current.name)}* has {_tables_of(current)}."
        )
    if min(map(len, frames)) < FEWEST:
        few = min(zip(frames, shops, strict=True), key=lambda both: len(both[0]))
        raise ChapterStop(
            f"At least {FEWEST} customers are needed at both times; *{plain(few[1].name)}* has {len(few[0])}."
        )
    kinds = _kinds(performance)
    found = compare(reference, frames, _part(kinds), "monitoring")
    smallest = max(shop.analysis.privacy.smallest_group for shop in shops)
    kinds = _kinds(performance, found.points)
    return Study(compared, found, performance, kinds, _no_past(), None, None, smallest)


def compare(
    shop: Shop,
    frames: tuple[pd.DataFrame, pd.DataFrame],
    alpha: float,
    name: str,
    k: int | None = None,
    draws: int = drift_null.DRAWS,
) -> Drift:
    """Compare customers of two times: measures, segments, groups.

    Parameters
    ----------
    shop
        The source of the reference, whose settings hold.
    frames
        The reference and the current ones, from `monitor_windows.customers` or `monitor_windows.table`.
    alpha
        How often chance may move any measure; and any centre.
    name
        Of the random numbers.
    k
        Number of groups, where it is known already.
    draws
        From the reference, to see what chance does.

    Raises
    ------
    ChapterStop
        The two have no column in common.
    """
    pairs, like = monitor_windows.matched(*frames)
    if pairs.reference.columns.empty:
        raise ChapterStop("The two have no column in common: there is nothing to compare.")
    left_out = len(frames[1]) - len(pairs.current)
    points = monitor_groups.follow(shop, pairs, shop.rng(f"{name}.groups"), k)
    pairs = monitor_windows.with_segments(pairs, shop.analysis.rfm.bins)
    if points:
        pairs = monitor_windows.with_groups(pairs, (points.groups, points.groups_now), points.names)
    bins = tuple(drift.make_bins(pairs.reference[column]) for column in pairs.reference)
    moved = drift_null.measure(pairs, bins, points, alpha, shop.rng(f"{name}.chance"), draws)
    return Drift(pairs, bins, points, moved, like, left_out)


class _Tables:
    """Customers by window, each looked up once."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.known: dict[Window, pd.DataFrame] = {}

    def of(self, window: Window) -> pd.DataFrame:
        if window not in self.known:
            rng = self.shop.rng(f"monitoring.sample.{window.end:%Y%m%d}")
            self.known[window] = monitor_windows.customers(self.shop, window, rng)
        return self.known[window]


def _past(shop: Shop, tables: _Tables, earlier: list[Compared], points: Points | None) -> pd.DataFrame:
    """Ask of each earlier quarter what is asked of the last, as far as customers of as many years can be compared."""
    parts, k = [], len(points.names) if points else None
    for one in reversed(earlier):
        frames = tables.of(one.reference), tables.of(one.current)
        if min(map(len, frames)) < FEWEST:
            continue
        name = f"monitoring.{one.current.end:%Y%m%d}"
        found = compare(shop, frames, FALSE_ALARMS / 2, name, k, drift_null.DRAWS // 2)
        if not found.like:
            continue
        rows = found.moved.measures[["measure", "psi", "limit", "moved"]].assign(end=one.current.last)
        centres = found.moved.centres
        if len(centres):
            worst = centres.iloc[int((centres["movement"] / centres["limit"]).to_numpy().argmax())]
            extra = {"measure": "centres", "psi": worst["movement"], "limit": worst["limit"], "moved": worst["moved"]}
            rows = pd.concat([rows, pd.DataFrame([extra | {"end": one.current.last}])], ignore_index=True)
        parts.append(rows)
    if not parts:
        return _no_past()
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(ratio=whole["psi"] / whole["limit"], moved=whole["moved"].astype(bool))[list(_no_past())]


def _no_past() -> pd.DataFrame:
    return pd.DataFrame(columns=["end", "measure", "psi", "limit", "ratio", "moved"])


def _performance(shop: Shop) -> Performance | None:
    return monitor_performance.follow(shop, FALSE_ALARMS / 3, shop.rng("monitoring.performance"))


def _kinds(
    performance: Performance | None, points: Points | Literal["expected"] | None = "expected"
) -> tuple[Kind, ...]:
    kinds: list[Kind] = ["measures"]
    kinds += ["centres"] if points is not None else []
    kinds += ["performance"] if performance is not None else []
    return tuple(kinds)


def _part(kinds: tuple[Kind, ...]) -> float:
    return FALSE_ALARMS / len(kinds)


def _moves(shop: Shop) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Say who moved between segments in the last year, and how many slipped or came back in it and the year before."""
    first = pd.Timestamp(shop.customer_features["first_order"].min()).to_pydatetime()
    back = rfm_moves.look_back(first, shop.reference_date)
    if back is None:
        return None, None
    smallest, bins = shop.analysis.privacy.smallest_group, shop.analysis.rfm.bins
    known = [shop.features_at(back.moment), rfm.measured(shop).customers]
    before = (pd.Timestamp(back.moment) - pd.DateOffset(months=back.months)).to_pydatetime()
    earlier = shop.features_at(before) if before > first + timedelta(days=monitor_windows.QUARTER) else pd.DataFrame()
    scores = [rfm.score(table, bins) for table in ([earlier] if len(earlier) >= FEWEST else []) + known]
    ends = [back.moment, shop.reference_date]
    turns = [
        rfm_moves.turns(then, now, smallest).assign(end=end)
        for (then, now), end in zip(pairwise(scores), ends[-len(scores) + 1 :], strict=True)
    ]
    return rfm_moves.moves(scores[-2], scores[-1], smallest), pd.concat(turns, ignore_index=True)


def _ends(reference: Shop, current: Shop) -> Compared:
    """Choose windows of one length at the end of each source's record: a year, or what the shorter has."""
    ends = [pd.Timestamp(shop.reference_date).normalize().to_pydatetime() for shop in (reference, current)]
    firsts = [
        pd.Timestamp(shop.customer_features["first_order"].min()).normalize().to_pydatetime()
        for shop in (reference, current)
    ]
    days = min(monitor_windows.YEAR, *((end - first).days for end, first in zip(ends, firsts, strict=True)))
    if days < monitor_windows.SHORTEST:
        raise ChapterStop(f"At least {monitor_windows.SHORTEST} days of orders are needed in both sources.")
    made = [Window(end - timedelta(days=days), end) for end in ends]
    apart = abs((ends[1] - ends[0]).days) % monitor_windows.YEAR
    return Compared(made[0], made[1], days == monitor_windows.YEAR or min(apart, monitor_windows.YEAR - apart) < 14)


def _tables_of(shop: Shop) -> str:
    return ", ".join(f"`{name}`" for name in shop.source.tables)


def _tested(shop: Shop, window: Window) -> bool:
    """Tell whether people of a window were in a test that began before its end."""
    if not shop.has("experiment") or "assigned_at" not in shop.experiment:
        return False
    began = pd.to_datetime(shop.experiment["assigned_at"]).min()
    return bool(pd.Timestamp(window.start) - pd.Timedelta(days=2 * monitor_windows.QUARTER) <= began < window.end)
