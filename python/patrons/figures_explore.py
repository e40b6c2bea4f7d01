"""Figures of the chapter that takes a first look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.frames import each

#: How a robust standard deviation reads on the axis of outliers.
REACH = 6.0
#: The share of a panel's width that the name of a tail takes.
ROOM = 0.22


def spread(bars: pd.DataFrame, summary: pd.DataFrame, titles: dict[str, str], log: bool) -> p9.ggplot:
    """Draw how measures spread: histograms with the median as a line, the outer five per cent at either end lighter.

    Parameters
    ----------
    bars
        What `explore.histogram` returns.
    summary
        What `explore.summarise` returns.
    titles
        Measure → what its panel is called; only these are drawn.
    log
        Whether the axis is logarithmic.
    """
    panels = list(titles.values())

    def of(table: pd.DataFrame) -> pd.DataFrame:
        mine = table[table["measure"].isin(list(titles))]
        return mine.assign(panel=pd.Categorical([titles[name] for name in mine["measure"]], categories=panels))

    drawn = of(bars)
    tops = drawn.groupby("panel", observed=True)["customers"].max()
    marks = of(summary)
    marks = marks[marks["panel"].isin(tops.index)]
    top = marks["panel"].astype(str).map(tops).to_numpy(dtype=float)
    accent, soft = theme.colour("accent"), theme.colour("soft")
    marks = marks.assign(top=top * 1.06, label=[f"median {_short(value)}" for value in marks["median"]])
    tails = pd.DataFrame(
        [row for mark in each(marks) for row in _tails(mark, drawn[drawn["panel"] == mark.panel], log)]
    )
    shades = {"middle": accent, "low": theme.tinted(accent, 0.4), "high": theme.tinted(accent, 0.4)}
    figure = (
        p9.ggplot(drawn)
        + p9.geom_rect(
            p9.aes(xmin="left", xmax="right", ymin=0, ymax="customers", fill="place"),
            color=theme.colour("paper"),
            size=0.15,
        )
        + p9.geom_segment(
            p9.aes(x="median", xend="median", y=0, yend="top"), data=marks, color=theme.colour("ink"), size=0.7
        )
        + p9.scale_fill_manual(values=shades)
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0, 0, 0.18, 0))
        + p9.facet_wrap("panel", ncol=1, scales="free")
        + p9.labs(x="", y="Customers")
        + theme.paper(height=0.9 + 1.75 * len(tops))
        + p9.theme(panel_spacing_y=0.035)
    )
    places = [_side(mark, drawn[drawn["panel"] == mark.panel], log) for mark in each(marks)]
    for place in sorted(set(places)):
        near = marks[[one == place for one in places]]
        figure += theme.label(p9.aes(x="median", y="top", label="label"), data=near, va="bottom", ha=place)
    for side, mine in tails.groupby("side") if len(tails) else ():
        mine = mine.assign(panel=pd.Categorical(mine["panel"], categories=panels))
        figure += theme.label(p9.aes(x="at", y="height", label="text"), data=mine, ha=side, color=soft)
    scale = p9.scale_x_log10 if log else p9.scale_x_continuous
    return figure + scale(labels=_ticks, expand=(0.01, 0))


def limits(table: pd.DataFrame) -> p9.ggplot:
    """Draw where two rules for outliers put their limits, on one scale for all measures.

    Parameters
    ----------
    table
        What `explore.flag` returns, without measures that have no robust spread.
    """
    order = list(table["title"])[::-1]
    rows = table.assign(place=[order.index(title) + 1.0 for title in table["title"]])
    for key in ("z05", "z25", "z75", "z95"):
        rows[key] = rows[key].clip(-REACH, REACH)
    accent, warm, ink = theme.colour("accent"), theme.colour("at_risk"), theme.colour("ink")
    classic = pd.concat(
        [rows.assign(z=rows["z_classic_low"]), rows.assign(z=rows["z_classic_high"])], ignore_index=True
    )
    classic = classic[classic["z"].abs() <= REACH]
    names = pd.DataFrame({"z": [-3.0], "place": len(order) + 0.66, "text": ["robust limits"]})
    first = classic[classic["place"] == classic["place"].max()].sort_values("z").tail(1)
    figure = (
        p9.ggplot(rows)
        + p9.geom_vline(xintercept=[-3, 3], color=ink, size=0.5)
        + p9.geom_rect(
            p9.aes(xmin="z05", xmax="z95", ymin="place - 0.2", ymax="place + 0.2"), fill=theme.tinted(accent, 0.3)
        )
        + p9.geom_rect(
            p9.aes(xmin="z25", xmax="z75", ymin="place - 0.2", ymax="place + 0.2"), fill=theme.tinted(accent, 0.65)
        )
        + p9.geom_segment(p9.aes(x=0, xend=0, y="place - 0.2", yend="place + 0.2"), color=ink, size=0.9)
        + theme.label(p9.aes(x="z", y="place", label="text"), data=names, ha="right", nudge_x=-0.1, color=ink)
    )
    if len(classic):
        figure += p9.geom_segment(
            p9.aes(x="z", xend="z", y="place - 0.36", yend="place + 0.36"), data=classic, color=warm, size=1.4
        )
        figure += theme.label(
            p9.aes(x="z", y="place + 0.36", label="['classic limit'] * len(z)"), data=first, va="bottom", color=warm
        )
    return (
        figure
        + p9.scale_x_continuous(breaks=[-6, -3, 0, 3, 6], labels=theme.numbers)
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.02, 0, 0.1, 0))
        + p9.coord_cartesian(xlim=(-REACH, REACH))
        + p9.labs(x="Distance from the median, in robust standard deviations", y="")
        + theme.paper(grid="x", height=1.5 + 0.55 * len(order))
    )


def lorenz(curve: pd.DataFrame, top20: float, top20_text: str) -> p9.ggplot:
    """Draw the Lorenz curve, with the share of the top fifth.

    Parameters
    ----------
    curve
        `customers` and `revenue`: cumulative shares from the least to the most.
    top20, top20_text
        The share of the top fifth, as a number and in words.
    """
    accent, soft = theme.colour("accent"), theme.colour("soft")
    mark = pd.DataFrame({"x": [0.8], "y": [1 - top20], "text": [f"the last fifth\nbrings {top20_text}"]})
    even = pd.DataFrame({"x": [0.36], "y": [0.4], "text": ["everybody alike"]})
    return (
        p9.ggplot(curve, p9.aes("customers", "revenue"))
        + p9.geom_ribbon(p9.aes(ymin="revenue", ymax="customers"), fill=theme.tinted(accent, 0.16))
        + p9.annotate("segment", x=0, xend=1, y=0, yend=1, color=soft, size=0.5)
        + p9.geom_line(color=accent, size=1.1)
        + p9.annotate("segment", x=0.8, xend=0.8, y=1 - top20, yend=1, color=theme.colour("ink"), size=0.7)
        + p9.annotate("segment", x=0.8, xend=1, y=1, yend=1, color=theme.colour("ink"), size=0.7)
        + p9.geom_point(p9.aes("x", "y"), data=mark, color=accent, size=2.6)
        + theme.label(p9.aes("x", "y", label="text"), data=mark, ha="left", va="top", nudge_x=0.02, nudge_y=-0.02)
        + theme.label(p9.aes("x", "y", label="text"), data=even, ha="right", color=soft)
        + p9.scale_x_continuous(labels=theme.percents, breaks=[0, 0.2, 0.4, 0.6, 0.8, 1], expand=(0, 0, 0.14, 0))
        + p9.scale_y_continuous(labels=theme.percents, breaks=[0.2, 0.4, 0.6, 0.8, 1], expand=(0, 0, 0.03, 0))
        + p9.labs(x="Customers, from the least to the most revenue", y="Share of revenue")
        + theme.paper(grid="y", height=4.6)
    )


def gaps(bars: pd.DataFrame, marks: pd.DataFrame) -> p9.ggplot:
    """Draw how long customers wait between two orders.

    Parameters
    ----------
    bars
        What `explore_rhythm.gap_histogram` returns.
    marks
        `days`, `low`, `high`, `text`: medians and their intervals, that of completed gaps first.
    """
    accent, top, reach = theme.colour("accent"), float(bars["gaps"].max()), float(bars["right"].max())
    shades = [theme.colour("ink"), theme.colour("at_risk")]
    figure = p9.ggplot(bars) + p9.geom_rect(
        p9.aes(xmin="left", xmax="right", ymin=0, ymax="gaps"),
        fill=theme.tinted(accent, 0.55),
        color=theme.colour("paper"),
        size=0.15,
    )
    for row, shade, height in zip(each(marks), shades, (1.0, 0.84), strict=False):
        place = pd.DataFrame({"x": [row.days], "y": [top * height], "text": [row.text]})
        figure += p9.annotate("rect", xmin=row.low, xmax=row.high, ymin=0, ymax=top * height, fill=shade, alpha=0.18)
        figure += p9.annotate("segment", x=row.days, xend=row.days, y=0, yend=top * height, color=shade, size=0.8)
        figure += theme.label(
            p9.aes("x", "y", label="text"), data=place, ha="left", va="top", nudge_x=reach * 0.012, color=shade
        )
    return (
        figure
        + p9.scale_x_continuous(labels=theme.numbers, expand=(0.01, 0))
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0, 0, 0.05, 0))
        + p9.labs(x="Days from one order to the next", y="Gaps between orders")
        + theme.paper(height=3.6)
    )


def parts(table: pd.DataFrame, of: str) -> p9.ggplot:
    """Draw how a total divides, with intervals.

    Parameters
    ----------
    table
        What `explore_baskets.divide` returns.
    of
        What is divided, such as "revenue".
    """
    order = list(table["part"])[::-1]
    rows = table.assign(
        place=[order.index(part) + 1.0 for part in table["part"]],
        label=[theme.percent(share, 0 if share >= 0.1 else 1) for share in table["share"]],
    )
    top = float(rows["high"].max())
    return (
        p9.ggplot(rows)
        + p9.geom_rect(
            p9.aes(xmin=0, xmax="share", ymin="place - 0.31", ymax="place + 0.31"),
            fill=theme.tinted(theme.colour("accent"), 0.75),
        )
        + p9.geom_segment(p9.aes(x="low", xend="high", y="place", yend="place"), color=theme.colour("ink"), size=0.7)
        + theme.label(p9.aes(x=f"high + {top * 0.012}", y="place", label="label"), ha="left")
        + p9.scale_x_continuous(labels=theme.percents, expand=(0, 0, 0.12, 0))
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.02, 0))
        + p9.labs(x=f"Share of {of}", y="")
        + theme.paper(grid="x", height=1.1 + 0.32 * len(order))
    )


def _side(mark: Any, bars: pd.DataFrame, log: bool) -> str:
    """Say on which side of its line the name of a median has room."""
    scale = np.log if log else np.asarray
    start, end = (float(scale(value)) for value in (bars["left"].min(), bars["right"].max()))
    place = (float(scale(mark.median)) - start) / (end - start)
    return "left" if place < ROOM / 2 else "right" if place > 1 - ROOM / 2 else "center"


def _tails(mark: Any, bars: pd.DataFrame, log: bool) -> list[dict[str, object]]:
    """Name the tails of one panel at its ends, where the bars leave room for the name."""
    scale = np.log if log else np.asarray
    left, right = float(bars["left"].min()), float(bars["right"].max())
    start, end = float(scale(left)), float(scale(right))
    middles = (scale((bars["left"] + bars["right"]) / 2) - start) / (end - start)
    found: list[dict[str, object]] = []
    for side, at, value, words, near in (
        ("left", left, mark.q05, "5 % below", middles < ROOM),
        ("right", right, mark.q95, "5 % above", middles > 1 - ROOM),
    ):
        if bars.loc[near, "customers"].max() < 0.6 * bars["customers"].max() and left < value < right:
            text = f"{words} {_short(value)}"
            found.append({"panel": mark.panel, "side": side, "at": at, "height": 0.74 * mark.top, "text": text})
    return found


def _short(value: float) -> str:
    size = abs(value)
    return theme.number(value, 0 if size >= 100 or float(value).is_integer() else 1 if size >= 10 else 2)


def _ticks(values: Sequence[Any]) -> list[str]:
    return [theme.number(value, 0 if value >= 1 or value == 0 else 1 if value >= 0.1 else 2) for value in values]
