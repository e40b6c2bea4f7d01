"""Figures of the chapter on truth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.experiment_tests import Z

#: Standard errors that the figure reaches to either side of what was planted.
REACH = 5.3
#: Where the names of groups begin.
LEFT = -12.5


def planted(table: pd.DataFrame) -> p9.ggplot:
    """Draw how far each estimate lies from what was planted, in its own standard errors, with both intervals.

    Parameters
    ----------
    table
        `truth_effects.Beside.table`, named (`tables_truth.named`).
    """
    error = (table["high"] - table["low"]) / 2 / Z
    rows = pd.DataFrame({"title": table["title"], "inside": table["inside"]})
    for column in ("value", "low", "high", "wide_low", "wide_high"):
        rows[column] = ((table[column] - table["planted"]) / error).clip(-REACH, REACH)
    new = table["group"].ne(table["group"].shift())
    rows["place"] = -(np.arange(len(rows)) + 1.6 * new.cumsum())
    heads = pd.DataFrame({"title": table.loc[new, "group"], "place": rows.loc[new, "place"] + 1.05})
    shades = {True: theme.colour("accent"), False: theme.colour("bad")}
    pale = theme.tinted(theme.colour("soft"), 0.45)
    return (
        p9.ggplot(rows, p9.aes(y="place"))
        + p9.geom_vline(xintercept=0, color=theme.colour("ink"), size=0.6)
        + p9.geom_segment(p9.aes(x="wide_low", xend="wide_high", yend="place"), color=pale, size=0.5)
        + p9.geom_segment(p9.aes(x="low", xend="high", yend="place", color="inside"), size=1.3)
        + p9.geom_point(p9.aes(x="value", color="inside"), size=1.7)
        + theme.label(p9.aes(label="title"), x=-REACH - 0.3, ha="right", size=theme.BASE_SIZE * 0.82)
        + theme.label(p9.aes(label="title"), data=heads, x=LEFT, ha="left", fontweight="semibold")
        + p9.scale_color_manual(values=shades)
        + p9.scale_x_continuous(
            breaks=[-4, -2, 0, 2, 4], labels=theme.numbers, limits=(LEFT, REACH + 0.1), expand=(0.01, 0)
        )
        + p9.scale_y_continuous(expand=(0, 0.8))
        + p9.labs(x="Estimate − planted, in standard errors", y="")
        + theme.paper(grid="", height=0.7 + 0.148 * float(-rows["place"].min()))
        + p9.theme(
            axis_text_y=p9.element_blank(),
            axis_line_x=p9.element_blank(),
            axis_title_x=p9.element_text(ha=-LEFT / (REACH - LEFT), margin={"t": 8, "unit": "pt"}),
        )
    )


def covered(table: pd.DataFrame, low: float, high: float) -> p9.ggplot:
    """Draw in what share of worlds the interval of each effect holds the truth, effects of a kind in a row.

    Parameters
    ----------
    table
        `truth_worlds.Coverage.effects`, named.
    low, high
        The band, as shares.
    """
    groups = list(dict.fromkeys(table["group"]))[::-1]
    rows = table.assign(row=[groups.index(group) + 1.0 for group in table["group"]])
    rows["place"] = rows["row"] + stacked(rows["group"], rows["share"])
    shades = {False: theme.colour("accent"), True: theme.colour("bad")}
    edge = pd.DataFrame({"low": [low], "high": [high]})
    return (
        p9.ggplot(rows, p9.aes("share", "place"))
        + p9.geom_rect(
            p9.aes(xmin="low", xmax="high"), edge, ymin=0.4, ymax=len(groups) + 0.6, fill=theme.colour("tint"),
            inherit_aes=False,
        )
        + p9.geom_vline(xintercept=0.95, color=theme.colour("soft"), size=0.5)
        + p9.geom_point(p9.aes(color="outside"), size=2.2)
        + theme.label(p9.aes(label="title"), data=rows[rows["outside"]], va="bottom", nudge_y=0.12)
        + p9.scale_color_manual(values=shades)
        + p9.scale_x_continuous(labels=theme.percents, expand=(0.04, 0))
        + p9.scale_y_continuous(
            breaks=list(range(1, len(groups) + 1)), labels=groups, limits=(0.4, len(groups) + 0.6), expand=(0, 0)
        )
        + p9.expand_limits(x=[low - 0.02, 1.0])
        + p9.labs(x="Worlds whose interval holds the truth", y="")
        + theme.paper(grid="x", height=0.9 + 0.52 * len(groups))
    )  # fmt: skip


def stacked(row: pd.Series, value: pd.Series, step: float = 0.13) -> np.ndarray:
    """Return how far up or down each of several equal values of a row is moved, so that none hides another."""
    groups = [row.to_numpy(), value.to_numpy()]
    place = value.groupby(groups, sort=False).cumcount().to_numpy()
    size = value.groupby(groups, sort=False).transform("size").to_numpy()
    return step * (place - (size - 1) / 2)


def alarms(table: pd.DataFrame, titles: Mapping[str, str] | None = None) -> p9.ggplot:
    """Draw how often each reading finds something where nothing is.

    Parameters
    ----------
    table
        From `truth_study.judged`.
    titles
        What a reading is called, where its own name does not do.
    """
    names = [(titles or {}).get(reading, f"{reading[:1].upper()}{reading[1:]}") for reading in table["reading"]]
    tests = float(table["tests"].iloc[0])
    rows = table.assign(place=np.arange(len(table), 0, -1.0), label=[theme.percent(each, 1) for each in table["share"]])
    edge = pd.DataFrame({"low": [table["least"].iloc[0] / tests], "high": [table["most"].iloc[0] / tests]})
    shades = {True: theme.colour("accent"), False: theme.colour("bad")}
    return (
        p9.ggplot(rows, p9.aes("share", "place", color="fits"))
        + p9.geom_rect(
            p9.aes(xmin="low", xmax="high"), edge, ymin=0.4, ymax=len(rows) + 0.6, fill=theme.colour("tint"),
            inherit_aes=False,
        )
        + p9.geom_vline(xintercept=0.05, color=theme.colour("soft"), size=0.5)
        + p9.geom_segment(p9.aes(x="low", xend="high", yend="place"), size=1.1)
        + p9.geom_point(size=2.4)
        + theme.label(p9.aes(x="high", label="label"), ha="left", nudge_x=0.012 * float(table["high"].max()))
        + p9.scale_color_manual(values=shades)
        + p9.scale_x_continuous(labels=theme.percents, expand=(0, 0, 0.12, 0))
        + p9.scale_y_continuous(
            breaks=rows["place"].tolist(), labels=names, limits=(0.4, len(rows) + 0.6), expand=(0, 0)
        )
        + p9.expand_limits(x=0)
        + p9.labs(x="Tests of nothing in which something was found", y="")
        + theme.paper(grid="x", height=0.9 + 0.3 * len(rows))
    )  # fmt: skip
