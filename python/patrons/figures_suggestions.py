"""The figure of what to suggest next: how much more often each rule hits than popularity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.suggestions import REPEAT, RULES, SEGMENT, TOGETHER
from patrons.suggestions_study import ALL, Study
from patrons.tables_suggestions import RULES as TITLES
from patrons.tables_suggestions import title

EVERYBODY = "All customers"
#: Places in the palette's series.
SHADES = {SEGMENT: 3, TOGETHER: 1, REPEAT: 0}
#: Ends of intervals are drawn no further than this; few hits of popularity make a lift of anything.
FARTHEST = 4.0


def lifts(study: Study) -> p9.ggplot:
    """Draw the lift of each rule over popularity, with its interval: for all customers, and in each segment."""
    rows = []
    for found in study.kinds:
        table = found.compared.dropna(subset=["lift", "lift_low", "lift_high"])
        names = table["segment"].map(study.titles | {ALL: EVERYBODY})
        rows.append(table.assign(name=names, panel=title(found)))
    shown = pd.concat(rows, ignore_index=True)
    order = [name for name in [EVERYBODY, *study.titles.values()] if name in set(shown["name"])]
    shown["y"] = [len(order) - order.index(name) for name in shown["name"]]
    shown["y"] += 0.24 * (1 - np.array([RULES.index(rule) for rule in shown["rule"]]))
    shown["rule"] = pd.Categorical(shown["rule"].map(TITLES), categories=[TITLES[rule] for rule in RULES])
    shown["panel"] = pd.Categorical(shown["panel"], categories=[title(found) for found in study.kinds])
    shown[["low", "high"]] = shown[["lift_low", "lift_high"]].clip(upper=FARTHEST).to_numpy()
    shown = shown[shown["lift"] <= FARTHEST]
    colours = {TITLES[rule]: theme.palette()["series"][place] for rule, place in SHADES.items()}
    return (
        p9.ggplot(shown, p9.aes(y="y", color="rule"))
        + p9.geom_vline(xintercept=1, color=theme.colour("soft"), size=0.5)
        + p9.geom_segment(p9.aes(x="low", xend="high", yend="y"), size=2.2, alpha=0.4)
        + p9.geom_point(p9.aes(x="lift"), size=2.2)
        + p9.facet_wrap("panel", ncol=2)
        + p9.scale_color_manual(values=colours, drop=False)
        + p9.scale_x_continuous(labels=theme.numbers)
        + p9.scale_y_continuous(breaks=list(range(len(order), 0, -1)), labels=order)
        + p9.labs(x="Hits of the rule over hits of popularity", y="", color="")
        + theme.paper(grid="x", height=1.6 + 0.46 * len(order))
        + p9.theme(legend_position="top", legend_title=p9.element_blank(), legend_justification="left")
    )
