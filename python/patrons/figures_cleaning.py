"""Figures of the chapter on cleaning."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.frames import each

#: The shortest bar, as a share of the longest.
LEAST = 0.005


def ledger(table: pd.DataFrame) -> p9.ggplot:
    """Draw how the rows of each table that were read come down to those kept, reason by reason.

    Parameters
    ----------
    table
        From `cleaning.ledger`.
    """
    bars = _falling(table)
    heads = bars.drop_duplicates("table")
    shades = {"read": theme.colour("soft"), "kept": theme.colour("accent"), "aside": theme.colour("at_risk")}
    return (
        p9.ggplot(bars, p9.aes(y="place"))
        + p9.geom_rect(p9.aes(xmin="start", xmax="end", ymin="place - 0.24", ymax="place + 0.24", fill="kind"))
        + theme.label(p9.aes(x=-0.012, label="name"), ha="right", color=theme.colour("soft"))
        + theme.label(p9.aes(x="end", label="label"), ha="left", nudge_x=0.012)
        + theme.label(p9.aes(x=-0.012, y="above", label="table"), data=heads, ha="right", fontweight="semibold")
        + p9.scale_fill_manual(values=shades)
        + p9.scale_x_continuous(
            breaks=[0, 0.25, 0.5, 0.75, 1], labels=theme.percents, limits=(-0.36, 1.2), expand=(0, 0)
        )
        + p9.scale_y_continuous(expand=(0, 0.45))
        + p9.labs(x="Share of the rows read", y="")
        + theme.paper(grid="x", height=1.15 + 0.3 * (len(bars) + len(heads)))
        + p9.theme(axis_text_y=p9.element_blank())
    )


def _falling(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out bars: all rows read, what each reason takes off their end, and what is kept."""
    rows, place = [], 0.0
    for name, part in table.groupby("table", sort=False):
        read = int(part["rows"].sum())
        place -= 1  # room for the table's name
        above, left = place, read
        aside = part[part["reason"] != "kept"]
        if aside.empty:
            rows.append((str(name), "read and kept", 0.0, 1.0, f"{theme.number(read)} rows", "kept", place - 1, above))
            place -= 1.3
            continue
        parts = [("read", 0, read, f"{theme.number(read)} rows", "read")]
        for row in each(aside):
            shown = f"−{theme.number(int(row.rows))}"
            parts.append((str(row.reason), left - int(row.rows), left, shown, "aside"))
            left -= int(row.rows)
        parts.append(("kept", 0, left, theme.number(left), "kept"))
        for reason, start, end, label, kind in parts:
            place -= 1
            # However few rows a reason takes, its mark must be seen.
            begin = min(start / read, end / read - LEAST) if kind == "aside" else start / read
            rows.append((str(name), reason, begin, end / read, label, kind, place, above))
        place -= 0.3
    return pd.DataFrame(rows, columns=["table", "name", "start", "end", "label", "kind", "place", "above"])


def missing(table: pd.DataFrame) -> p9.ggplot:
    """Draw the share of values that are missing, column by column.

    Parameters
    ----------
    table
        From `cleaning.missing`.
    """
    several = table["table"].nunique() > 1
    names = [f"{row.column} ({row.table})" if several else row.column for row in each(table)]
    data = table.assign(
        name=pd.Categorical(names, categories=names[::-1], ordered=True),
        label=[_small(share, count) for share, count in zip(table["share"], table["missing"], strict=True)],
        filled=table["action"].isin(["median", "mode"]),
    )
    return (
        p9.ggplot(data, p9.aes("name", "share"))
        + p9.geom_col(p9.aes(fill="filled"), width=0.6)
        + theme.label(p9.aes(label="label"), ha="left", nudge_y=data["share"].max() * 0.015)
        + p9.scale_fill_manual(values={True: theme.colour("accent"), False: theme.tinted(theme.colour("accent"), 0.45)})
        + p9.scale_y_continuous(labels=theme.percents, expand=(0, 0, 0.3, 0))
        + p9.coord_flip()
        + p9.labs(x="", y="Share of the values")
        + theme.paper(grid="x", height=0.9 + 0.34 * len(data))
    )


def _small(share: float, count: int) -> str:
    shown = theme.percent(share, 1) if share >= 0.0005 else f"< {theme.percent(0.001, 1)}"
    return f"{shown}, {theme.number(count)}"


def outliers(bars: pd.DataFrame) -> p9.ggplot:
    """Draw how far values lie from the center of their column, those that the rule calls outliers in another colour.

    Parameters
    ----------
    bars
        From `cleaning.bars`.
    """
    titles = bars["column"].str.replace("_", " ").str.capitalize()
    data = bars.assign(title=pd.Categorical(titles, categories=list(dict.fromkeys(titles)), ordered=True))
    shades = {True: theme.colour("at_risk"), False: theme.tinted(theme.colour("accent"), 0.55)}
    return (
        p9.ggplot(data[data["rows"] > 0], p9.aes(xmin="low", xmax="high", ymin=0, ymax="rows", fill="outlier"))
        + p9.geom_rect(color=theme.colour("paper"), size=0.2)
        + p9.facet_wrap("title", ncol=1, scales="free")
        + p9.scale_fill_manual(values=shades)
        + p9.scale_x_continuous(labels=theme.numbers, expand=(0.02, 0))
        # The square root lets a bar of three values be seen beside one of three thousand.
        + p9.scale_y_sqrt(labels=theme.numbers, expand=(0, 0, 0.05, 0))
        + p9.labs(x="Distance from the center, in spreads", y="Rows (square-root scale)")
        + theme.paper(height=0.6 + 2.1 * data["title"].nunique())
    )
