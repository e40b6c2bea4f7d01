"""Figures of the chapter on retention that are made in Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotnine as p9

from patrons import theme


def cohorts(grid: pd.DataFrame) -> p9.ggplot:
    """Draw which share of each cohort orders, later months to the right, the first cohort on top under that of all.

    The shades go from the lowest share to the highest: differences are what is looked for, the shares are written.

    Parameters
    ----------
    grid
        `name`, `size`, `start`, `end`, `share` (missing where too few to show); the rows of all cohorts first.
    """
    names, accent = list(dict.fromkeys(grid["name"])), theme.colour("accent")
    sizes = grid.drop_duplicates("name")["size"]
    rows = [
        f"{name}  ·  {'few' if pd.isna(size) else theme.number(size)}" for name, size in zip(names, sizes, strict=True)
    ]
    columns = grid[["start", "end"]].drop_duplicates().sort_values("start").astype(int).to_numpy().tolist()
    labels = [str(start) if start == end else f"{start}–{end}" for start, end in columns]
    if max(map(len, labels)) > 3 and len(labels) > 12:
        labels[1::2] = [""] * len(labels[1::2])
    low, top = float(grid["share"].min()), float(grid["share"].max())
    strength = ((grid["share"] - low) / ((top - low) or 1.0)).fillna(0.0)
    digits = 1 if top < 0.1 else 0
    data = grid.assign(
        x=[[start for start, _ in columns].index(start) + 1 for start in grid["start"]],
        y=[len(names) - names.index(name) for name in grid["name"]],
        label=["·" if pd.isna(share) else theme.number(100 * share, digits) for share in grid["share"]],
        fill=[theme.tinted(accent, 0.07 + 0.93 * value) for value in strength],
        ink=[theme.colour("paper" if value > 0.6 else "ink") for value in strength],
    )
    size = 8.2 if digits and len(columns) > 14 else 9.4
    figure = (
        p9.ggplot(data, p9.aes("x", "y"))
        + p9.geom_tile(p9.aes(fill="fill"), color=theme.colour("paper"), size=0.9)
        + p9.scale_fill_identity()
        + p9.scale_x_continuous(breaks=list(range(1, len(labels) + 1)), labels=labels, expand=(0, 0))
        + p9.scale_y_continuous(breaks=list(range(len(names), 0, -1)), labels=rows, expand=(0, 0))
        + p9.labs(x="Months since the first order", y="")
        + theme.paper(grid="", height=1.0 + 0.26 * len(names))
        + p9.theme(axis_line_x=p9.element_blank(), axis_text_y=p9.element_text(color=theme.colour("ink"), ha="left"))
    )
    for whole, weight in ((True, "semibold"), (False, "regular")):
        mine = data[(data["name"] == names[0]) == whole]
        figure += theme.label(p9.aes(label="label"), data=mine, size=size, fontweight=weight, color=list(mine["ink"]))
    return figure


def months(curve: pd.DataFrame) -> p9.ggplot:
    """Draw which share of all cohorts orders in each month since the first order, with its interval.

    Parameters
    ----------
    curve
        What `retention.curve` returns.
    """
    accent, top = theme.colour("accent"), float(curve["high"].max())
    marked = curve[curve["month"].isin([1, 12, 24])].assign(
        label=lambda rows: [
            f"month {month}: {theme.percent(share, 1)}"
            for month, share in zip(rows["month"], rows["share"], strict=True)
        ]
    )
    return (
        p9.ggplot(curve, p9.aes("month", "share"))
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), fill=theme.tinted(accent, 0.22))
        + p9.geom_line(color=accent, size=1)
        + p9.geom_point(data=marked, color=accent, size=2.4)
        + theme.label(
            p9.aes(y=f"high + {top * 0.02}", label="label"), data=marked, ha="left", va="bottom", color=accent
        )
        + p9.scale_x_continuous(
            labels=theme.numbers, breaks=_months(int(curve["month"].max())), expand=(0.01, 0, 0.03, 0)
        )
        + p9.scale_y_continuous(labels=theme.percents, limits=(0, top * 1.15), expand=(0, 0))
        + p9.labs(x="Calendar months since the first order", y="Ordering in the month")
        + theme.paper(height=3.6)
    )


def thresholds(churn: pd.DataFrame, silences: pd.DataFrame | None, threshold: int, within: int) -> p9.ggplot:
    """Draw how the rate of churn moves with its threshold, and which share of such silences ends soon after.

    Parameters
    ----------
    churn
        `days`, `share`, `low`, `high`.
    silences
        `days`, `returned`, `low`, `high`, if there are orders to see it from.
    threshold
        The chosen one.
    within
        Days within which a silence counts as ended.
    """
    accent, warm, ink = theme.colour("accent"), theme.colour("at_risk"), theme.colour("ink")
    lines = [(churn.rename(columns={"share": "value"}), accent, "silent for longer")]
    if silences is not None and silences["returned"].notna().any():
        known = silences.dropna(subset=["returned"]).rename(columns={"returned": "value"})
        lines.append((known, warm, f"of such silences, over within {within} days"))
    chosen = pd.DataFrame({"days": [threshold], "value": [1.02], "text": [f"chosen: {threshold} days"]})
    left = threshold < churn["days"].median()
    figure = p9.ggplot(churn) + p9.annotate("segment", x=threshold, xend=threshold, y=0, yend=1, color=ink, size=0.6)
    for table, shade, name in lines:
        above = _above(table, [other for other, _, _ in lines if other is not table])
        at = table.iloc[[int(len(table) * (0.45 if above else 0.72))]].assign(text=name)
        mine = table[table["days"] == threshold].assign(text=lambda rows: [theme.percent(v) for v in rows["value"]])
        figure += p9.geom_ribbon(p9.aes("days", ymin="low", ymax="high"), data=table, fill=shade, alpha=0.2)
        figure += p9.geom_line(p9.aes("days", "value"), data=table, color=shade, size=1)
        figure += p9.geom_point(p9.aes("days", "value"), data=mine, color=shade, size=2.4)
        figure += theme.label(
            # A falling line leaves room at the right above it, and at the left below it.
            p9.aes("days", "value + 0.03" if above else "value - 0.04", label="text"),
            data=at,
            ha="left" if above else "right",
            va="bottom" if above else "top",
            color=shade,
        )
        figure += theme.label(
            p9.aes("days", "value + 0.03" if above else "value - 0.03", label="text"),
            data=mine,
            ha="left",
            va="bottom" if above else "top",
            nudge_x=4,
            color=shade,
            fontweight="semibold",
        )
    return (
        figure
        + theme.label(
            p9.aes("days", "value", label="text"),
            data=chosen,
            ha="left" if left else "right",
            va="bottom",
        )
        + p9.scale_x_continuous(labels=theme.numbers, breaks=[30, 90, 180, 270, 365], expand=(0.02, 0))
        + p9.scale_y_continuous(labels=theme.percents, limits=(0, 1.09), breaks=[0, 0.25, 0.5, 0.75, 1], expand=(0, 0))
        + p9.labs(x="Days of silence", y="")
        + theme.paper(height=4.0)
    )


def hazards(table: pd.DataFrame) -> p9.ggplot:
    """Draw hazard ratios with their intervals, on a log scale, the strongest on top.

    Parameters
    ----------
    table
        `title`, `hazard_ratio`, `low`, `high`, `p_holm`.
    """
    accent, soft, warm = theme.colour("accent"), theme.colour("soft"), theme.colour("at_risk")
    rows = table.assign(size=np.log(table["hazard_ratio"]).abs()).sort_values("size", ignore_index=True)
    rows = rows.assign(
        place=np.arange(len(rows)) + 1.0,
        shade=[
            soft if low <= 1 <= high else warm if low > 1 else accent
            for low, high in zip(rows["low"], rows["high"], strict=True)
        ],
        label=[
            f"{ratio:.2f}  ({low:.2f} to {high:.2f})"
            for ratio, low, high in zip(rows["hazard_ratio"], rows["low"], rows["high"], strict=True)
        ],
    )
    start, end = min(float(rows["low"].min()), 0.8), max(float(rows["high"].max()), 1.25)
    room = float((end / start) ** 0.42)
    sides = pd.DataFrame(
        {
            "x": [0.98, 1.02],
            "y": [len(rows) + 0.7] * 2,
            "text": ["leaves later", "leaves sooner"],
            "ha": ["right", "left"],
        }
    )
    figure = (
        p9.ggplot(rows)
        + p9.geom_vline(xintercept=1, color=theme.colour("ink"), size=0.5)
        + p9.geom_segment(p9.aes(x="low", xend="high", y="place", yend="place"), color=list(rows["shade"]), size=1.1)
        + p9.geom_point(p9.aes("hazard_ratio", "place"), color=list(rows["shade"]), size=2.8)
        + theme.label(p9.aes(x=end * 1.04, y="place", label="label"), ha="left")
    )
    for side in ("left", "right"):
        figure += theme.label(p9.aes("x", "y", label="text"), data=sides[sides["ha"] == side], ha=side, color=soft)
    return (
        figure
        + p9.scale_x_log10(
            labels=lambda ticks: [f"{tick:g}" for tick in ticks],
            breaks=_ratios(start, end),
            limits=(start, end * room),
            expand=(0.01, 0),
        )
        + p9.scale_y_continuous(breaks=list(rows["place"]), labels=list(rows["title"]), expand=(0.02, 0.2))
        + p9.labs(x="Hazard ratio, on a log scale", y="")
        + theme.paper(grid="x", height=1.4 + 0.36 * len(rows))
    )


def _months(last: int) -> list[int]:
    step = 3 if last <= 24 else 6 if last <= 60 else 12
    return list(range(0, last + 1, step))


def _ratios(start: float, end: float) -> list[float]:
    usual = [0.1, 0.2, 0.5, 0.7, 1, 1.4, 2, 5, 10]
    return [value for value in usual if start * 0.999 <= value <= end * 1.001]


def _above(table: pd.DataFrame, others: list[pd.DataFrame]) -> bool:
    """Tell whether a line runs above the others where its name stands."""
    row = table.iloc[len(table) // 2]
    near = [other.iloc[(other["days"] - row["days"]).abs().argsort().iloc[0]]["value"] for other in others]
    return bool(not near or row["value"] >= max(near))
