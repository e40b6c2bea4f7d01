"""Figures of the chapter on the test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotnine as p9

from patrons import theme


def exceedance(curve: pd.DataFrame, what: str, arms: list[str]) -> p9.ggplot:
    """Draw, for each amount, which share of an arm reached it: the whole distribution, zeros included.

    Parameters
    ----------
    curve
        What `experiment.exceedance` returns.
    what
        Title of the axis of amounts.
    arms
        Control first.
    """
    shades = dict(zip(arms, [theme.colour("soft"), *theme.palette()["series"]], strict=False))
    low, high = float(curve["value"].min()), float(curve["value"].max())
    # Each arm is named on its own curve, at heights that differ so that the names keep clear of each other.
    heights = np.linspace(0.62, 0.38, len(arms)) * curve["share"].max()
    names = pd.concat(
        [
            part.iloc[[int((part["share"] - height).abs().to_numpy().argmin())]]
            for height, arm in zip(heights, arms, strict=True)
            if len(part := curve[curve["arm"] == arm])
        ]
    )
    names = names.assign(name=theme.short(24)(names["arm"]))
    control = names["arm"] == arms[0]
    return (
        p9.ggplot(curve, p9.aes("value", "share", color="arm"))
        + p9.geom_step(size=0.9)
        + theme.label(
            p9.aes(label="name"), data=names[control], ha="right", va="top", nudge_x=-0.04, color=shades[arms[0]]
        )
        + [
            theme.label(
                p9.aes(label="name"),
                data=names[names["arm"] == arm],
                ha="left",
                va="bottom",
                nudge_x=0.04,
                color=shades[arm],
            )
            for arm in arms[1:]
        ]
        + p9.scale_color_manual(values=shades)
        + (
            p9.scale_x_log10(labels=theme.numbers, expand=(0.05, 0))
            if low > 0 and high / low > 50
            else p9.scale_x_continuous(labels=theme.numbers, expand=(0.05, 0))
        )
        + p9.scale_y_continuous(labels=theme.percents, expand=(0, 0, 0.05, 0))
        + p9.expand_limits(y=0)
        + p9.labs(x=what, y="Share that reached it")
        + theme.paper(grid="y", height=3.9)
        # Below the axis by so much that a first amount at the corner keeps clear of the share's zero.
        + p9.theme(axis_text_x=p9.element_text(margin={"t": 7, "unit": "pt"}))
    )


def watched(table: pd.DataFrame, what: str, share: bool = False) -> p9.ggplot:
    """Draw a difference as it was seen while people came, with the interval for one look and that for all.

    Parameters
    ----------
    table
        `Watched.table`.
    what
        Title of the axis of differences.
    share
        Whether they are differences of shares.
    """
    names = list(dict.fromkeys(table["arm"]))
    table = table.assign(arm=pd.Categorical(table["arm"], names))
    # The first looks know next to nothing: the axis ends where a tenth of the people have been seen.
    early = table[table["n"] >= 0.1 * table["n"].max()]
    ends = early[["low", "high"]].abs().to_numpy()
    reach = 1.05 * float(np.nanmax(ends)) if len(early) and np.isfinite(ends).any() else 1.0
    accent, soft = theme.colour("accent"), theme.colour("soft")
    # Each band is named once, in the first panel, below its lower edge.
    at = table[table["arm"] == names[0]].dropna(subset=["low"])
    at = at.iloc[[len(at) // 2]] if len(at) else at
    return (
        p9.ggplot(table, p9.aes("n"))
        + p9.geom_hline(yintercept=0, color=soft, size=0.4)
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), fill=accent, alpha=0.16)
        + p9.geom_ribbon(p9.aes(ymin="fixed_low", ymax="fixed_high"), fill=accent, alpha=0.3)
        + p9.geom_line(p9.aes(y="lift"), color=accent, size=0.8)
        + theme.label(p9.aes(y="low"), data=at, label="holds at every look", va="top", color=soft)
        + theme.label(p9.aes(y="fixed_high"), data=at, label="holds at one look", va="bottom", color=accent)
        + p9.facet_wrap("arm", ncol=1, labeller=theme.short(70))
        + p9.coord_cartesian(ylim=(-reach, reach))
        + p9.scale_x_continuous(labels=theme.numbers, expand=(0.01, 0))
        + p9.scale_y_continuous(labels=theme.percents if share else theme.numbers)
        + p9.labs(x="People in the arm and the control so far", y=what)
        + theme.paper(grid="y", height=1.2 + 1.75 * len(names))
    )
