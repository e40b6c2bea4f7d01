"""Figures of the chapter on what there is."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme


def rows_kept(ledger: pd.DataFrame) -> p9.ggplot:
    """Draw how many of the rows read were kept, and why the others were not.

    Parameters
    ----------
    ledger
        `reason` (the first row is "kept") and `rows`.
    """
    data = ledger.assign(
        name=pd.Categorical(ledger["reason"], categories=list(ledger["reason"])[::-1]),
        label=[theme.number(value) for value in ledger["rows"]],
        kept=ledger["reason"] == "kept",
    )
    return (
        p9.ggplot(data, p9.aes("name", "rows"))
        + p9.geom_col(p9.aes(fill="kept"), width=0.62)
        + theme.label(p9.aes(label="label"), ha="left", nudge_y=ledger["rows"].max() * 0.012)
        + p9.scale_fill_manual(values={True: theme.colour("accent"), False: theme.colour("at_risk")})
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0, 0, 0.12, 0))
        + p9.coord_flip()
        + p9.labs(x="", y="Rows")
        + theme.paper(grid="x", height=1.4 + 0.36 * len(data))
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
    months = months.assign(month=pd.to_datetime(months["month"]))
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
