"""Figures of the chapter on campaigns that are made in Python."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.campaigns_segments import NEWCOMERS


def quarters(table: pd.DataFrame, currency: str | None) -> p9.ggplot:
    """Draw each quarter's revenue, stacked by the segment in which customers began it.

    Parameters
    ----------
    table
        From `campaigns_segments.revenue_by_quarter`.
    currency
        Of the axis.
    """
    order = list(dict.fromkeys(table["segment"]))
    colours = {**theme.segment_colours(order), NEWCOMERS: theme.tinted(theme.colour("ink"), 0.25)}
    names = list(dict.fromkeys(table["quarter"]))
    data = table.fillna({"revenue": 0.0}).assign(
        x=[names.index(name) + 1 for name in table["quarter"]],
        segment=pd.Categorical(table["segment"], categories=order[::-1], ordered=True),
    )
    last = data[data["quarter"] == names[-1]].sort_values("segment", ascending=False).copy()
    top = float(data.groupby("quarter")["revenue"].sum().max())
    # The first segment lies at the bottom; labels that would stand on each other move up.
    middle = last["revenue"].cumsum() - last["revenue"] / 2
    places, floor = [], -1.0
    for place, revenue in zip(middle, last["revenue"], strict=True):
        places.append(max(float(place), floor))
        floor = places[-1] + 0.062 * top if revenue > 0 else floor
    last = last.assign(
        y=places,
        text=[
            f"{title} {theme.percent(share)}" if share == share and share > 0 else ""
            for title, share in zip(last["title"], last["share"], strict=True)
        ],
        shade=[colours[name] if name != NEWCOMERS else theme.colour("soft") for name in last["segment"].astype(str)],
    )
    step = max(1, -(-len(names) // 8))
    shown = list(range(len(names), 0, -step))[::-1]
    return (
        p9.ggplot(data, p9.aes("x", "revenue"))
        + p9.geom_col(p9.aes(fill="segment"), width=0.78, color=theme.colour("paper"), size=0.3)
        + p9.scale_fill_manual(values=colours)
        + theme.label(p9.aes("x", "y", label="text"), data=last, ha="left", nudge_x=0.55, color=list(last["shade"]))
        + p9.scale_x_continuous(
            breaks=shown,
            labels=[names[at - 1].replace(" ", "\n") for at in shown],
            limits=(0.4, len(names) * 1.27 + 0.6),
        )
        + p9.scale_y_continuous(
            labels=lambda values: [theme.money(float(value), currency) for value in values], expand=(0, 0, 0.04, 0)
        )
        + p9.labs(x="", y="Revenue of the quarter")
        + theme.paper(height=4.2)
    )
