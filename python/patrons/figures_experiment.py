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
    control = names["arm"] == arms[0]
    return (
        p9.ggplot(curve, p9.aes("value", "share", color="arm"))
        + p9.geom_step(size=0.9)
        + theme.label(
            p9.aes(label="arm"), data=names[control], ha="right", va="top", nudge_x=-0.04, color=shades[arms[0]]
        )
        + [
            theme.label(
                p9.aes(label="arm"),
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
