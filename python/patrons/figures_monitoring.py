"""Figures of the chapter on monitoring that are drawn in Python."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import drift, theme
from patrons.monitor_performance import Performance
from patrons.monitor_report import title

#: Longer names of bins are cut.
LONGEST = 24


def index(table: pd.DataFrame) -> p9.ggplot:
    """Draw the index of each measure as a dot, up to where chance moves it as a bar, and customary limits as lines.

    Parameters
    ----------
    table
        `drift_null.Moved.measures`.
    """
    order = table.assign(ratio=table["psi"] / table["limit"]).sort_values("ratio", kind="stable")
    titles = [title(name) for name in order["measure"]]
    data = order.assign(name=pd.Categorical(titles, categories=titles))
    top = max(float(data["psi"].max()), float(data["limit"].max()))
    lines = pd.DataFrame({"at": [limit for limit in drift.CUSTOM if limit <= 1.15 * top]})
    colours = {True: theme.colour("bad"), False: theme.colour("accent")}
    plot = (
        p9.ggplot(data, p9.aes(y="name"))
        + p9.geom_segment(p9.aes(x=0, xend="limit", yend="name"), color=theme.colour("line"), size=5)
        + p9.geom_segment(
            p9.aes(x=0, xend="alone", yend="name"), color=theme.tinted(theme.colour("soft"), 0.45), size=5
        )
        + p9.geom_point(p9.aes(x="psi", color="moved"), size=3)
        + p9.scale_color_manual(values=colours)
        + p9.scale_x_continuous(expand=(0, 0, 0.06, 0))
        + p9.labs(x="Population stability index", y="")
        + theme.paper("x", height=0.9 + 0.26 * len(data))
    )
    return plot + p9.geom_vline(p9.aes(xintercept="at"), data=lines, linetype="dashed", color=theme.colour("soft"))


def bins(table: pd.DataFrame) -> p9.ggplot:
    """Draw what share of the customers is in each bin, then (pale) and now (full); a panel for each measure.

    Parameters
    ----------
    table
        Of `drift.public`, for some measures.
    """
    measures = list(dict.fromkeys(table["measure"]))
    sizes = table.groupby("measure", sort=False).size().reindex(measures)
    begins = (sizes + 1.6).cumsum().shift(fill_value=0)
    place = -(table["bin"] + table["measure"].map(begins)).astype(float)
    parts = [
        table.assign(when=when, share=table[when], y=place + nudge, middle=place)
        for when, nudge in (("then", 0.21), ("now", -0.21))
    ]
    data = pd.concat(parts, ignore_index=True)
    data["said"] = [theme.percent(share) for share in data["share"]]
    labels = data[data["when"] == "then"].assign(text=lambda rows: [_cut(str(label)) for label in rows["label"]])
    wide, accent = float(data["share"].max()), theme.colour("accent")
    heads = pd.DataFrame({"text": [title(name) for name in measures], "y": -begins.to_numpy() + 1.0})
    return (
        p9.ggplot(data)
        + p9.geom_rect(p9.aes(xmin=0, xmax="share", ymin="y - 0.2", ymax="y + 0.2", fill="when"))
        + theme.label(p9.aes(x="share", y="y", label="said"), ha="left", nudge_x=wide * 0.01, size=8.6)
        + theme.label(
            p9.aes(x=-wide * 0.015, y="middle", label="text"), data=labels, ha="right", color=theme.colour("soft")
        )
        + theme.label(p9.aes(x=0, y="y", label="text"), data=heads, ha="left", fontweight="medium", size=10.5)
        + p9.scale_fill_manual(values={"then": theme.tinted(accent, 0.35), "now": accent})
        + p9.scale_x_continuous(labels=theme.percents, limits=(-0.3 * wide, 1.1 * wide), breaks=_not_negative)
        + p9.scale_y_continuous(breaks=[], expand=(0, 0.5))
        + p9.labs(x="Share of customers: pale then, full now", y="")
        + theme.paper("x", height=0.9 + 0.31 * (len(labels) + 1.6 * len(measures)))
    )


def centres(table: pd.DataFrame) -> p9.ggplot:
    """Draw how far the centre of each group moved, against the band in which chance moves it."""
    data = table.assign(name=pd.Categorical(table["name"], categories=list(table["name"])[::-1]))
    colours = {True: theme.colour("bad"), False: theme.colour("accent")}
    return (
        p9.ggplot(data, p9.aes(y="name"))
        + p9.geom_segment(p9.aes(x=0, xend="limit", yend="name"), color=theme.colour("line"), size=7)
        + p9.geom_point(p9.aes(x="movement", color="moved"), size=3.4)
        + theme.label(p9.aes(x="movement", label="movement"), format_string="{:.2f}", va="bottom", nudge_y=0.2)
        + p9.scale_color_manual(values=colours)
        + p9.scale_x_continuous(expand=(0, 0, 0.08, 0))
        + p9.labs(x="Standard deviations that the centre moved", y="")
        + theme.paper("x", height=1.2 + 0.42 * len(data))
    )


def performance(found: Performance) -> p9.ggplot:
    """Draw how well a model ranks, and how far its level is off, at each cut-off since it was fitted."""
    panels = {"auc": "Area under the ROC curve (0.5 is guessing)", "level": "Odds that came, over odds foretold"}
    times = found.times
    parts = [
        pd.DataFrame(
            {
                **{"moment": times["moment"], "panel": panels[name], "value": times[name]},
                **{"low": times[low], "high": times[high]},
            }
        )
        for name, low, high in (("auc", "low", "high"), ("level", "level_low", "level_high"))
    ]
    data = pd.concat(parts, ignore_index=True)
    data["panel"] = pd.Categorical(data["panel"], categories=list(panels.values()))
    base = pd.DataFrame({"panel": pd.Categorical(list(panels.values()), categories=list(panels.values()))})
    base["at"] = [float(times["auc"].iloc[0]), 1.0]
    accent = theme.colour("accent")
    return (
        p9.ggplot(data, p9.aes("moment", "value"))
        + p9.geom_hline(p9.aes(yintercept="at"), data=base, color=theme.colour("soft"), linetype="dashed", size=0.5)
        + p9.geom_linerange(p9.aes(ymin="low", ymax="high"), color=accent, alpha=0.3, size=2.6)
        + p9.geom_line(color=accent, size=0.7)
        + p9.geom_point(color=accent, size=2.4)
        + p9.scale_x_datetime(date_labels="%b %Y", date_breaks="3 months" if len(times) > 6 else "1 month")
        + p9.scale_y_continuous(expand=(0.14, 0, 0.05, 0))  # the lowest number keeps clear of the dates
        + p9.facet_wrap("panel", ncol=1, scales="free_y")
        + p9.labs(x="What was known then, and what came after", y="")
        + theme.paper("y", height=5)
        + p9.theme(panel_spacing_y=0.05)
    )


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _not_negative(limits: tuple[float, float]) -> list[float]:
    from mizani.breaks import breaks_extended

    return [one for one in breaks_extended(5)(limits) if one >= 0]
