"""Figures of the chapter on strategy; the panels of investment and the return over the budget are drawn by R."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.facts import show
from patrons.strategy_policies import ALIKE, SEGMENT


def effects(table: pd.DataFrame, costs: dict[str, float], axis: str, shares: bool = False) -> p9.ggplot:
    """Draw what each action returns in each segment: as measured (ring), pooled (dot) with its interval.

    Parameters
    ----------
    table
        `Study.effects`.
    costs
        Of each arm, per person reached: a dashed line; none where returns are not in money.
    axis
        Title of the axis.
    shares
        Whether returns are differences of shares.
    """
    shown = table.dropna(subset=["pooled"]).copy()
    segments = list(dict.fromkeys(table["segment"]))
    shown["segment"] = pd.Categorical(shown["segment"], categories=segments[::-1])
    arms = list(dict.fromkeys(shown["arm"]))
    shown["arm"] = pd.Categorical(shown["arm"], categories=arms)
    bars = pd.DataFrame({"arm": pd.Categorical(arms, categories=arms), "cost": [costs.get(arm) for arm in arms]})
    accent, soft = theme.colour("accent"), theme.colour("soft")
    figure = (
        p9.ggplot(shown, p9.aes(y="segment"))
        + p9.geom_vline(xintercept=0, color=soft, size=0.5)
        + p9.geom_segment(p9.aes(x="low", xend="high", yend="segment"), color=theme.tinted(accent, 0.35), size=3)
        + p9.geom_point(p9.aes(x="effect"), color=soft, fill=theme.colour("paper"), shape="o", size=2.4, stroke=0.6)
        + p9.geom_point(p9.aes(x="pooled"), color=accent, size=2.6)
        + p9.facet_wrap("arm", ncol=min(3, len(arms)), labeller=theme.short(60 // min(3, len(arms))))
        + p9.scale_x_continuous(labels=theme.percents if shares else theme.numbers)
        + p9.scale_y_discrete(drop=False, labels=theme.short(26))
        + p9.labs(x=axis, y="")
        + theme.paper(grid="x", height=1.3 + 0.42 * len(segments) * -(-len(arms) // 3))
    )
    if costs:
        figure += p9.geom_vline(p9.aes(xintercept="cost"), bars, color=theme.colour("ink"), linetype="dashed", size=0.4)
    return figure


def targeting(table: pd.DataFrame) -> p9.ggplot:
    """Draw what all alike adds to nobody, and what by segment adds to all alike, relative to nobody's mean.

    Parameters
    ----------
    table
        `Study.compared`; metrics whose mean is not above zero are left out.
    """
    names = {"alike_gain": "All alike against nobody", "gain": "By segment against all alike"}
    known = table[(table["nobody"] > 0) & (table["gain_high"] - table["gain_low"] > 1e-9 * table["nobody"])]
    rows = [
        {
            "metric": row["metric"].replace("_", " ").capitalize(),
            "what": title,
            **{end or "value": row[f"{key}{end}"] / row["nobody"] for end in ("", "_low", "_high")},
        }
        for row in known.to_dict("records")
        for key, title in names.items()
    ]
    shown = pd.DataFrame(rows, columns=["metric", "what", "value", "_low", "_high"])
    metrics = list(dict.fromkeys(shown["metric"]))
    shown["metric"] = pd.Categorical(shown["metric"], categories=metrics[::-1])
    shown["what"] = pd.Categorical(shown["what"], categories=list(names.values()))
    shown["label"] = [show(value, "share", 1, signed=True) for value in shown["value"]]
    shown["shade"] = shown["what"].map(dict(zip(names.values(), (ALIKE, SEGMENT), strict=True)))
    colours = {ALIKE: theme.colour("soft"), SEGMENT: theme.colour("accent")}
    return (
        p9.ggplot(shown, p9.aes(y="metric", x="value", color="shade"))
        + p9.geom_vline(xintercept=0, color=theme.colour("soft"), size=0.5)
        + p9.geom_segment(p9.aes(x="_low", xend="_high", yend="metric"), size=3, alpha=0.35)
        + p9.geom_point(size=2.6)
        + theme.label(p9.aes(label="label"), nudge_y=0.32, size=9)
        + p9.facet_wrap("what", ncol=2)
        + p9.scale_color_manual(values=colours)
        + p9.scale_x_continuous(labels=theme.percents)
        + p9.labs(x="Difference, relative to the mean when nobody is treated", y="")
        + theme.paper(grid="x", height=1.3 + 0.5 * max(len(metrics), 1))
    )
