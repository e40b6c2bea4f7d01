"""Figures of the chapter on lifetime value; the tracking plot and the surface of P(alive) are drawn by R."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.facts import show
from patrons.frames import each
from patrons.lifetime_history import ALL
from patrons.lifetime_study import MODELS

#: Amounts below this are written with their pence.
SMALL = 20


def model_colours() -> dict[str, str]:
    """Colour of what was (ink) and of each model; models and segments never meet in a figure."""
    return {"actual": theme.colour("ink"), "bgnbd": theme.colour("accent"), "pareto_nbd": theme.palette()["series"][4]}


def history(table: pd.DataFrame, currency: str | None) -> p9.ggplot:
    """Draw what a customer of each segment has brought a year, with its interval.

    Parameters
    ----------
    table
        What `lifetime_history.by_segment` returns.
    currency
        The currency's three letters.
    """
    return _bars(table, "per_year", "Revenue per customer and year", currency, "{} so far")


def worth(table: pd.DataFrame, currency: str | None, horizon: str) -> p9.ggplot:
    """Draw what a customer of each segment will bring within the horizon, with its interval.

    Parameters
    ----------
    table
        What `lifetime_worth.by_segment` returns.
    currency
        The currency's three letters.
    horizon
        In words.
    """
    return _bars(table, "value", f"Expected revenue per customer in {horizon}", currency, "{} in all")


def frequencies(table: pd.DataFrame) -> p9.ggplot:
    """Draw how many customers bought again so many times: counted (bars), and by the models (points with ranges).

    Parameters
    ----------
    table
        What `lifetime_checks.frequencies` returns.
    """
    groups = list(dict.fromkeys(table["group"]))
    colours = model_colours()
    table = table.assign(place=[groups.index(group) + 1.0 for group in table["group"]])
    table["clear"] = table[["customers", "high"]].max(axis=1).groupby(table["group"]).transform("max")
    bars = table[table["series"] == "actual"]
    points = table[table["series"] != "actual"].copy()
    models = list(dict.fromkeys(points["series"]))
    points["place"] += [0.17 * (1 if model == models[-1] else -1) * (len(models) > 1) for model in points["series"]]
    last = points["place"].max()
    names = points[points["group"] == groups[0]].assign(text=lambda rows: [MODELS[name] for name in rows["series"]])
    names["x"] = [1.62 if len(groups) > 2 else last + 0.3] * len(names)
    top = float(table[["customers", "high"]].max().max())
    names["y"] = [top * (0.97 - 0.08 * row) for row in range(len(names))]
    return (
        p9.ggplot(bars)
        + p9.geom_rect(
            p9.aes(xmin="place - 0.4", xmax="place + 0.4", ymin=0, ymax="customers"),
            fill=theme.tinted(theme.colour("ink"), 0.2),
        )
        + p9.geom_segment(
            p9.aes(x="place", xend="place", y="low", yend="high", color="series"), data=points, size=2.4, alpha=0.35
        )
        + p9.geom_point(p9.aes(x="place", y="customers", color="series"), data=points, size=2.2)
        + p9.geom_point(p9.aes(x="x", y="y", color="series"), data=names, size=2.2)
        + theme.label(p9.aes(x="x + 0.14", y="y", label="text"), data=names, ha="left")
        + theme.label(
            p9.aes(x="place", y="clear", label="[f'{value:,.0f}' for value in customers]"),
            va="bottom",
            nudge_y=top * 0.012,
            color=theme.colour("soft"),
        )
        + p9.scale_color_manual(values=colours)
        + p9.scale_x_continuous(breaks=list(range(1, len(groups) + 1)), labels=groups, expand=(0.02, 0))
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0, 0, 0.09, 0))
        + p9.labs(x="Repeat purchases", y="Customers")
        + theme.paper(height=3.8)
    )


def conditional(table: pd.DataFrame) -> p9.ggplot:
    """Draw purchases in the holdout by repeat purchases before it: what came, with its interval, and the models.

    Parameters
    ----------
    table
        What `lifetime_holdout.conditional` returns.
    """
    groups, colours = list(table["group"]), model_colours()
    table = table.assign(place=[float(place) for place in range(1, len(table) + 1)])
    models = [name for name in MODELS if name in table]
    lines = table.melt(["place"], models, "series", "purchases")
    ends = lines[lines["place"] == len(table)].assign(text=lambda rows: [MODELS[name] for name in rows["series"]])
    real = table.iloc[[-1]].assign(text="actual")
    top = float(max(table["high"].max(), lines["purchases"].max()))
    ends["y"] = _apart(ends["purchases"], [float(real["actual"].iloc[0])], 0.065 * top)
    return (
        p9.ggplot(table)
        + p9.geom_segment(
            p9.aes(x="place", xend="place", y="low", yend="high"), size=2.4, alpha=0.3, color=colours["actual"]
        )
        + p9.geom_line(p9.aes("place", "purchases", color="series", group="series"), data=lines, size=0.9)
        + p9.geom_point(p9.aes("place", "purchases", color="series"), data=lines, size=1.8)
        + p9.geom_point(p9.aes("place", "actual"), color=colours["actual"], size=2.4)
        + theme.label(
            p9.aes("place", "y", label="text"),
            data=ends,
            ha="left",
            nudge_x=0.12,
            color=[colours[name] for name in ends["series"]],
        )
        + theme.label(p9.aes("place", "actual", label="text"), data=real, ha="left", nudge_x=0.12, fontweight="bold")
        + p9.scale_color_manual(values=colours)
        + p9.scale_x_continuous(breaks=list(table["place"]), labels=groups, expand=(0.03, 0, 0.16, 0))
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0, 0, 0.06, 0))
        + p9.expand_limits(y=0)
        + p9.labs(x="Repeat purchases before the holdout", y="Purchases in the holdout, each")
        + theme.paper(height=3.6)
    )


def spend(table: pd.DataFrame, mean: float | None, currency: str | None) -> p9.ggplot:
    """Draw what a purchase comes to, by how often customers bought again.

    Parameters
    ----------
    table
        What `lifetime_checks.spend_by_frequency` returns.
    mean
        What the model expects of everybody; a line.
    currency
        The currency's three letters.
    """
    accent = theme.colour("accent")
    table = table.assign(place=[float(place) for place in range(1, len(table) + 1)])
    figure = (
        p9.ggplot(table)
        + p9.geom_segment(p9.aes(x="place", xend="place", y="low", yend="high"), size=2.4, alpha=0.3, color=accent)
        + p9.geom_point(p9.aes("place", "mean"), color=accent, size=2.6)
    )
    if mean is not None:
        place = pd.DataFrame({"x": [len(table) + 0.35], "y": [mean], "text": ["model’s mean"]})
        figure += p9.geom_hline(yintercept=mean, color=theme.colour("soft"), size=0.6, linetype="dashed")
        figure += theme.label(
            p9.aes("x", "y", label="text"), data=place, ha="left", va="bottom", color=theme.colour("soft")
        )
    return (
        figure
        + p9.scale_x_continuous(breaks=list(table["place"]), labels=list(table["group"]), expand=(0.04, 0, 0.18, 0))
        + p9.scale_y_continuous(labels=partial(_moneys, currency=currency), expand=(0, 0, 0.05, 0))
        + p9.expand_limits(y=0)
        + p9.labs(x="Repeat purchases", y="Mean purchase of a customer")
        + theme.paper(height=3.4)
    )


def seasons(table: pd.DataFrame) -> p9.ggplot:
    """Draw actual over expected purchases of each calendar month, with intervals.

    Parameters
    ----------
    table
        What `lifetime_checks.months` returns.
    """
    names = [f"{pd.Timestamp(2001, month, 1):%b}" for month in range(1, 13)]
    accent, warm = theme.colour("accent"), theme.colour("at_risk")
    shade = [accent if row.low > 1 else warm if row.high < 1 else theme.colour("soft") for row in each(table)]
    return (
        p9.ggplot(table)
        + p9.geom_hline(yintercept=1, color=theme.colour("ink"), size=0.5)
        + p9.geom_segment(p9.aes(x="month", xend="month", y="low", yend="high"), size=2.6, alpha=0.35, color=shade)
        + p9.geom_point(p9.aes("month", "ratio"), color=shade, size=2.6)
        + p9.scale_x_continuous(breaks=list(range(1, 13)), labels=names, limits=(0.6, 12.4))
        + p9.scale_y_continuous(labels=theme.numbers)
        + p9.labs(x="", y="Actual over expected purchases")
        + theme.paper(height=3.2)
    )


def alive(table: pd.DataFrame) -> p9.ggplot:
    """Draw the mean probability of still buying, by segment, with its interval.

    Parameters
    ----------
    table
        What `lifetime_worth.by_segment` returns.
    """
    rows, order, shades = _rows(table)
    rows["label"] = [theme.percent(value) for value in rows["alive"]]
    return (
        p9.ggplot(rows)
        + p9.geom_rect(p9.aes(xmin=0, xmax="alive", ymin="place - 0.3", ymax="place + 0.3"), fill=shades)
        + p9.geom_segment(
            p9.aes(x="alive_low", xend="alive_high", y="place", yend="place"), color=theme.colour("ink"), size=0.7
        )
        + theme.label(p9.aes(x="alive_high + 0.012", y="place", label="label"), ha="left")
        + p9.scale_x_continuous(labels=theme.percents, breaks=[0, 0.25, 0.5, 0.75, 1], expand=(0, 0, 0.1, 0))
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.02, 0))
        + p9.labs(x="Mean probability of still buying", y="")
        + theme.paper(grid="x", height=0.9 + 0.4 * len(order))
    )


def _bars(table: pd.DataFrame, what: str, axis: str, currency: str | None, note: str) -> p9.ggplot:
    """Draw bars of money per segment, each with its interval, its number, and what the whole segment comes to."""
    rows, order, shades = _rows(table)
    total = rows["total"] if "total" in rows else rows["revenue"] * rows["customers"]
    small = float(rows[what].min()) < SMALL
    rows["label"] = [show(value, currency, 2) if small else theme.money(value, currency) for value in rows[what]]
    rows["note"] = [note.format(theme.money(value, currency)) for value in total]
    top = float(rows[f"{what}_high"].max()) or 1.0
    return (
        p9.ggplot(rows)
        + p9.geom_rect(p9.aes(xmin=0, xmax=what, ymin="place - 0.3", ymax="place + 0.3"), fill=shades)
        + p9.geom_segment(
            p9.aes(x=f"{what}_low", xend=f"{what}_high", y="place", yend="place"), color=theme.colour("ink"), size=0.7
        )
        + theme.label(
            p9.aes(x=f"{what}_high + {top * 0.015}", y="place + 0.15", label="label"), ha="left", fontweight="semibold"
        )
        + theme.label(
            p9.aes(x=f"{what}_high + {top * 0.015}", y="place - 0.17", label="note"),
            ha="left",
            color=theme.colour("soft"),
        )
        + p9.scale_x_continuous(
            labels=partial(_moneys, currency=currency),
            expand=(0, 0, 0.26, 0),
        )
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.02, 0))
        + p9.labs(x=axis, y="")
        + theme.paper(grid="x", height=0.9 + 0.52 * len(order))
    )


def _rows(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return the segments with their places, first on top, their names in that order, and their colours."""
    rows = table[table["segment"] != ALL]
    order = list(rows["title"])[::-1]
    colours = theme.segment_colours(rows["segment"])
    shades = [theme.tinted(colours[name], 0.75) for name in rows["segment"]]
    return rows.assign(place=[order.index(title) + 1.0 for title in rows["title"]]), order, shades


def _moneys(values: Sequence[Any], currency: str | None) -> list[str]:
    return [theme.money(value, currency) for value in values]


def _apart(values: pd.Series, taken: list[float], least: float) -> list[float]:
    """Move labels off each other and off places that are taken."""
    places: dict[int, float] = {}
    busy = list(taken)
    for index in values.sort_values().index:
        place = float(values[index])
        while any(abs(place - other) < least for other in busy):
            place += least / 4 if place >= (taken[0] if taken else 0) else -least / 4
        busy.append(place)
        places[index] = place
    return [places[index] for index in values.index]
