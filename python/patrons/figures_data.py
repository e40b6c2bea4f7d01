"""Figures of the chapter on what there is."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme


def groups(table: pd.DataFrame, most: int = 9) -> p9.ggplot:
    """Draw the shares of the groups that several columns make, a panel for each column.

    Parameters
    ----------
    table
        From `contents.groups`.
    most
        Columns beyond this number are left to the table.
    """
    kept = table[table["column"].isin(list(dict.fromkeys(table["column"]))[:most])]
    titles = kept["column"].str.replace("_", " ").str.capitalize()
    data = kept.assign(
        title=pd.Categorical(titles, categories=list(dict.fromkeys(titles)), ordered=True),
        place=-kept.groupby("column").cumcount(),
        name=[f"{name[:21]}…" if len(name) > 22 else name for name in kept["group"].astype(str)],
        label=[theme.percent(share) for share in kept["share"]],
    )
    across = min(3, data["title"].nunique())
    down = -(-data["title"].nunique() // across)
    most_bars = int(data.groupby("title", observed=True).size().max())
    heads = data.drop_duplicates("title").assign(place=0.62)
    # Groups are named above their bars, so that long names need no margin; a panel alone is no wider than one of three.
    return (
        p9.ggplot(data, p9.aes(y="place"))
        + p9.geom_segment(p9.aes(x=0, xend="share", yend="place"), size=2.6, color=theme.colour("accent"))
        + theme.label(p9.aes(x=0, label="name"), ha="left", va="bottom", nudge_y=0.12)
        + theme.label(
            p9.aes(x="share", label="label"), ha="left", nudge_x=data["share"].max() * 0.04, color=theme.colour("soft")
        )
        + theme.label(
            p9.aes(x=0, label="title"), data=heads, ha="left", va="bottom", size=theme.BASE_SIZE, fontweight="medium"
        )
        + p9.facet_wrap("title", ncol=across)
        + p9.expand_limits(x=data["share"].max() * 3 / across)
        + p9.scale_x_continuous(expand=(0, 0, 0.24, 0))
        + p9.scale_y_continuous(limits=(0.4 - most_bars, 1.35), expand=(0, 0))
        + p9.labs(x="", y="")
        + theme.paper(grid="", height=down * (0.6 + 0.4 * most_bars))
        + p9.theme(
            strip_text=p9.element_blank(),
            axis_text=p9.element_blank(),
            axis_title=p9.element_blank(),
            axis_line_x=p9.element_blank(),
            panel_spacing_x=0.05,
            panel_spacing_y=0.06,
        )
    )


def monthly_sales(months: pd.DataFrame, currency: str | None) -> p9.ggplot:
    """Draw sales month by month; months that the data cover only in part are drawn lighter.

    Parameters
    ----------
    months
        `month` (its first day), `revenue`, `whole` (the data cover all of it).
    currency
        The currency's three letters.
    """
    months = months.assign(month=pd.to_datetime(months["month"])).dropna(subset=["revenue"])
    whole = months[months["whole"]] if months["whole"].any() else months
    peak = whole.loc[[whole["revenue"].idxmax()]]
    peak = peak.assign(
        label=[
            f"{at:%B %Y}  {theme.money(most, currency)}"
            for at, most in zip(peak["month"], peak["revenue"], strict=True)
        ]
    )
    late = peak["month"].iloc[0] > months["month"].iloc[0] + (months["month"].iloc[-1] - months["month"].iloc[0]) / 2
    accent, top = theme.colour("accent"), months["revenue"].max()
    return (
        p9.ggplot(months, p9.aes("month", "revenue"))
        + p9.geom_col(p9.aes(fill="whole"), width=24)
        + p9.geom_col(data=peak, fill=accent, width=24)
        + theme.label(
            p9.aes(label="label"), data=peak, ha="right" if late else "left", va="bottom", nudge_y=top * 0.015
        )
        + p9.scale_fill_manual(values={True: theme.tinted(accent, 0.55), False: theme.tinted(accent, 0.22)})
        + p9.scale_y_continuous(
            labels=lambda values: [theme.money(float(value), currency) for value in values], expand=(0, 0, 0.1, 0)
        )
        + p9.scale_x_datetime(date_labels="%b %Y" if len(months) <= 30 else "%Y")
        + p9.labs(x="", y="")
        + theme.paper(height=3.6)
    )
