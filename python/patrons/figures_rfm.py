"""Figures of the chapter on recency, frequency and value."""

from __future__ import annotations

import pandas as pd
import plotnine as p9
from mizani.breaks import breaks_extended

from patrons import theme


def distributions(bars: pd.DataFrame, titles: dict[str, str]) -> p9.ggplot:
    """Draw how each measure spreads, in the shades of its scores.

    Parameters
    ----------
    bars
        What `rfm_views.histogram` returns.
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
        + p9.scale_x_continuous(labels=theme.numbers, breaks=_whole, expand=(0.01, 0))
        + p9.scale_y_continuous(labels=theme.numbers, breaks=_whole, expand=(0, 0, 0.16, 0))
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
    top = max(rows["high"].max(), rows["share_high"].max())
    rows["people"] = [_share(share, "customers") for share in rows["customer_share"]]
    rows["money"] = [_share(share, "revenue") for share in rows["revenue_share"]]
    rows = rows.fillna(dict.fromkeys(["customer_share", "revenue_share", "low", "high", "share_low", "share_high"], 0))
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
        + p9.geom_segment(
            p9.aes(x="share_low", xend="share_high", y=f"place + {up}", yend=f"place + {up}"),
            color=theme.colour("ink"),
            size=0.7,
        )
        + theme.label(
            p9.aes(x=f"share_high + {top * 0.012}", y=f"place + {up}", label="people"),
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


def segment_map(cells: pd.DataFrame) -> p9.ggplot:
    """Draw which scores make which segment: a tile for each pair of recency and frequency, a band in it for value.

    Parameters
    ----------
    cells
        What `rfm_map.picture` returns.
    """
    colours, levels = theme.segment_colours(cells["segment"].unique()), int(cells["m"].max())
    gap = 0.04
    height = (1 - 2 * gap) / levels
    bands = cells.assign(foot=cells["r"] - 0.5 + gap + (cells["m"] - 1) * height)
    names = pd.DataFrame([_heart(mine, levels) for _, mine in cells.groupby("segment", sort=False)])
    return (
        p9.ggplot(bands)
        + p9.geom_rect(
            p9.aes(xmin=f"f - {0.5 - gap}", xmax=f"f + {0.5 - gap}", ymin="foot", ymax=f"foot + {height}"),
            fill=[colours[name] for name in bands["segment"]],
            color=[colours[name] for name in bands["segment"]],
            size=0.1,
        )
        + p9.geom_label(
            p9.aes(x="f", y="r", label="title"),
            data=names,
            family=theme.FAMILY,
            size=theme.BASE_SIZE * 0.92,
            fontweight="semibold",
            fill=theme.colour("paper"),
            color=theme.colour("ink"),
            label_size=0,
            label_padding=0.16,
        )
        + p9.scale_x_continuous(breaks=list(range(1, levels + 1)), expand=(0.01, 0))
        + p9.scale_y_continuous(breaks=list(range(1, levels + 1)), expand=(0.01, 0))
        + p9.labs(x="Frequency score (5 = most orders)", y="Recency score (5 = latest)")
        + theme.paper(grid="", height=4.8)
        + p9.theme(axis_line_x=p9.element_blank())
    )


def rank_sums(spread: pd.DataFrame) -> p9.ggplot:
    """Draw how the rank sums of each segment spread: the middle half in full, the middle nine tenths light.

    Parameters
    ----------
    spread
        What `rfm_views.spread` returns.
    """
    order = list(spread["title"])[::-1]
    rows = spread.assign(place=[order.index(title) + 1.0 for title in spread["title"]])
    rows["text"] = [theme.number(value) for value in rows["median"]]
    colours = theme.segment_colours(spread["segment"])
    full = [colours[name] for name in rows["segment"]]
    return (
        p9.ggplot(rows)
        + p9.geom_rect(
            p9.aes(xmin="low", xmax="high", ymin="place - 0.22", ymax="place + 0.22"),
            fill=[theme.tinted(shade, 0.35) for shade in full],
        )
        + p9.geom_rect(p9.aes(xmin="q25", xmax="q75", ymin="place - 0.22", ymax="place + 0.22"), fill=full)
        + p9.geom_segment(
            p9.aes(x="median", xend="median", y="place - 0.22", yend="place + 0.22"),
            color=theme.colour("paper"),
            size=1.2,
        )
        + theme.label(p9.aes(x="median", y="place + 0.24", label="text"), va="bottom", color=theme.colour("soft"))
        + p9.scale_x_continuous(limits=(0, 100), breaks=[0, 25, 50, 75, 100], expand=(0.01, 0))
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.04, 0, 0.09, 0))
        + p9.labs(x="Rank sum (0 = lowest, 100 = highest)", y="")
        + theme.paper(grid="x", height=0.9 + 0.55 * len(order))
    )


def later_rates(later: pd.DataFrame) -> p9.ggplot:
    """Draw which share of each segment of then came back, with its interval.

    Parameters
    ----------
    later
        What `rfm_later.by_segment` returns, without groups too small to show.
    """
    order = list(later["title"])[::-1]
    colours = theme.segment_colours(later["segment"])
    full = [colours[name] for name in later["segment"]]
    rows = later.assign(place=[order.index(title) + 1.0 for title in later["title"]])
    rows["text"] = [theme.percent(rate) for rate in rows["rate"]]
    return (
        p9.ggplot(rows)
        + p9.geom_segment(p9.aes(x="rate_low", xend="rate_high", y="place", yend="place"), color=full, size=1.6)
        + p9.geom_point(p9.aes(x="rate", y="place"), color=full, size=3.6)
        + theme.label(p9.aes(x="rate", y="place + 0.16", label="text"), va="bottom", fontweight="semibold")
        + p9.scale_x_continuous(limits=(0, 1), labels=theme.percents, expand=(0.02, 0))
        + p9.scale_y_continuous(breaks=list(range(1, len(order) + 1)), labels=order, expand=(0.06, 0, 0.14, 0))
        + p9.labs(x="Share that ordered again", y="")
        + theme.paper(grid="x", height=0.9 + 0.5 * len(order))
    )


def _whole(limits: tuple[float, float]) -> list[float]:
    """Choose the places of an axis, whole numbers where there are some: nobody places half an order."""
    places = [float(place) for place in breaks_extended()(limits)]
    return [place for place in places if place.is_integer()] or places


def _heart(cells: pd.DataFrame, levels: int) -> dict[str, object]:
    """Choose where a segment's name stands: in the tile nearest to its middle that is wholly, or mostly, its own."""
    tiles = cells.groupby(["r", "f"]).size().rename("bands").reset_index()
    away = (tiles["r"] - cells["r"].mean()) ** 2 + (tiles["f"] - cells["f"].mean()) ** 2
    best = tiles.assign(away=away, own=tiles["bands"] == levels).sort_values(["own", "away"], ascending=[False, True])
    r, f = best.iloc[0]["r"], best.iloc[0]["f"]
    own = cells[(cells["r"] == r) & (cells["f"] == f)]["m"]
    return {"r": float(r) + (own.mean() - (levels + 1) / 2) / levels, "f": float(f), "title": cells["title"].iloc[0]}


def _share(share: float, of: str) -> str:
    return (
        f"too few to show their {of}"
        if pd.isna(share)
        else f"{theme.percent(share, 1 if 0 < share < 0.01 else 0)} of {of}"
    )
