"""Figures of the chapter on recency, frequency and value."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme


def distributions(bars: pd.DataFrame, titles: dict[str, str]) -> p9.ggplot:
    """Draw how each measure spreads, in the shades of its scores.

    Parameters
    ----------
    bars
        What `rfm.histogram` returns.
    titles
        Measure → what the panel is called.
    """
    panels = list(titles.values())
    data = bars.assign(
        panel=pd.Categorical([titles[item] for item in bars["measure"]], categories=panels),
        score=bars["score"].astype(str),
    )
    levels = sorted(data["score"].unique(), key=int)
    shades = {level: theme.tinted(theme.colour("accent"), int(level) / max(map(int, levels))) for level in levels}
    names = data.loc[data.groupby(["panel", "score"], observed=True)["customers"].idxmax()]
    return (
        p9.ggplot(data)
        + p9.geom_rect(
            p9.aes(xmin="left", xmax="right", ymin="base", ymax="base + customers", fill="score"),
            color=theme.colour("paper"),
            size=0.15,
        )
        + theme.label(
            p9.aes(x="(left + right) / 2", y="base + customers", label="score"),
            data=names,
            va="bottom",
            color=theme.colour("soft"),
        )
        + p9.scale_fill_manual(values=shades)
        + p9.scale_x_continuous(labels=theme.numbers, expand=(0.01, 0))
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0, 0, 0.16, 0))
        + p9.facet_wrap("panel", ncol=1, scales="free")
        + p9.labs(x="", y="Customers")
        + theme.paper(height=6.4)
        + p9.theme(panel_spacing_y=0.035)
    )


def segment_shares(summary: pd.DataFrame) -> p9.ggplot:
    """Draw each segment's share of the customers (light) above its share of the revenue (full), with its interval.

    Parameters
    ----------
    summary
        What `rfm.public` returns.
    """
    order = list(summary["title"])[::-1]
    colours = theme.segment_colours(summary["segment"])
    rows = summary.assign(place=[order.index(title) + 1.0 for title in summary["title"]])
    light = {name: theme.tinted(shade, 0.35) for name, shade in colours.items()}
    top = max(rows["high"].max(), rows["customer_share"].max())
    rows["people"] = [_share(share, "customers") for share in rows["customer_share"]]
    rows["money"] = [_share(share, "revenue") for share in rows["revenue_share"]]
    rows = rows.fillna({"customer_share": 0, "revenue_share": 0, "low": 0, "high": 0})
    half, up, down = 0.17, 0.19, -0.19
    return (
        p9.ggplot(rows)
        + p9.geom_rect(
            p9.aes(xmin=0, xmax="customer_share", ymin=f"place + {up - half}", ymax=f"place + {up + half}"),
            fill=[light[name] for name in rows["segment"]],
        )
        + p9.geom_rect(
            p9.aes(xmin=0, xmax="revenue_share", ymin=f"place + {down - half}", ymax=f"place + {down + half}"),
            fill=[colours[name] for name in rows["segment"]],
        )
        + p9.geom_segment(
            p9.aes(x="low", xend="high", y=f"place + {down}", yend=f"place + {down}"),
            color=theme.colour("ink"),
            size=0.7,
        )
        + theme.label(
            p9.aes(x=f"customer_share + {top * 0.012}", y=f"place + {up}", label="people"),
            ha="left",
            color=theme.colour("soft"),
        )
        + theme.label(
            p9.aes(x=f"high + {top * 0.012}", y=f"place + {down}", label="money"),
            ha="left",
            fontweight="semibold",
            color=[colours[name] for name in rows["segment"]],
        )
        + p9.scale_x_continuous(labels=theme.percents, expand=(0, 0, 0.3, 0))
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.02, 0))
        + p9.labs(x="", y="")
        + theme.paper(grid="x", height=4.2)
    )


def _share(share: float, of: str) -> str:
    return f"too few to show their {of}" if pd.isna(share) else f"{theme.percent(share)} of {of}"
