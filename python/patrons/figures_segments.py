"""Figures of the chapter on groups of customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotnine as p9
from matplotlib.colors import to_rgb

from patrons import theme
from patrons.clusters_choice import STABLE, STRONG, Choice
from patrons.clusters_pictures import Plane

#: Criterion → the panel's title, and the column with its spread.
PANELS = {
    "inertia": ("Inertia: look for the elbow", None),
    "silhouette": ("Silhouette: higher is better", None),
    "calinski_harabasz": ("Calinski–Harabasz: higher is better", None),
    "davies_bouldin": ("Davies–Bouldin: lower is better", None),
    "gap": ("Gap: first not clearly below the next", "gap_se"),
    "stability": ("Stability: at least 0.8", "stability_sd"),
    "strength": ("Prediction strength: reaches 0.8", "strength_sd"),
    "smallest": ("Customers in the smallest group", None),
}
#: Of so many groups, each centre on the plane has its name.
NAMED = 6
#: Loadings nearer to zero than this are not named.
LOADS = 0.3
#: From so many standard deviations from the mean on, a tile has the full colour.
FULL = 2.0
BARS = {"stability": STABLE, "strength": STRONG}


def criteria(table: pd.DataFrame, choice: Choice) -> p9.ggplot:
    """Draw every criterion for each number of groups, with the one that each would take and the one that is used.

    Parameters
    ----------
    table
        `clusters_study.Study.criteria`.
    choice
        The number that is used, and each criterion's favourite.
    """
    order = [title for title, _ in PANELS.values()]
    tables = []
    for name, (title, spread) in PANELS.items():
        rows = pd.DataFrame({"k": table["k"], "value": table[name].astype(float), "panel": title}).dropna()
        half = table.loc[rows.index, spread].fillna(0) if spread else 0.0
        favourite = choice.favourites.get(name)
        tables.append(rows.assign(low=rows["value"] - half, high=rows["value"] + half, own=rows["k"] == favourite))
    data = pd.concat(tables, ignore_index=True)
    data["panel"] = pd.Categorical(data["panel"], categories=order)
    bars = pd.DataFrame({"panel": [PANELS[name][0] for name in BARS], "bar": list(BARS.values())})
    bars["panel"] = pd.Categorical(bars["panel"], categories=order)
    ink, soft, accent = (theme.colour(role) for role in ("ink", "soft", "accent"))
    return (
        p9.ggplot(data, p9.aes("k", "value"))
        + p9.geom_vline(xintercept=choice.k, color=theme.tinted(accent, 0.25), size=5)
        + p9.geom_hline(p9.aes(yintercept="bar"), data=bars, color=soft, size=0.5, linetype="dashed")
        + p9.geom_linerange(p9.aes(ymin="low", ymax="high"), color=soft, size=0.6)
        + p9.geom_line(color=soft, size=0.6)
        + p9.geom_point(color=soft, size=1.6)
        + p9.geom_point(data=data[data["own"]], color=ink, size=3)
        + p9.facet_wrap("panel", ncol=2, scales="free_y")
        + p9.scale_x_continuous(breaks=[int(item) for item in table["k"]])
        + p9.scale_y_continuous(labels=_short, expand=(0.08, 0))
        + p9.labs(x="Number of groups", y="")
        + theme.paper(height=8.2)
        + p9.theme(panel_spacing_y=0.03, panel_spacing_x=0.04)
    )


def shares(summary: pd.DataFrame, k: int) -> p9.ggplot:
    """Draw each group's share of the customers (light) above its share of the revenue (full), with its interval.

    Parameters
    ----------
    summary
        What `clusters_pictures.summarise` returns, made `public`; shares of revenue may be missing.
    k
        Number of groups.
    """
    colours = theme.cluster_colours(k)
    money = bool(summary["revenue_share"].notna().any())
    rows = summary.assign(place=[float(k + 1 - item) for item in summary["segment"]]).fillna(
        {"customer_share": 0, "revenue_share": 0, "low": 0, "high": 0}
    )
    full = [colours[item] for item in rows["segment"]]
    top = max(rows["high"].max(), rows["customer_share"].max())
    few = summary["customers"].isna()
    rows["people"] = np.where(
        few, "too few to show", [f"{theme.percent(x)} of customers" for x in rows["customer_share"]]
    )
    rows["money"] = np.where(few, "", [f"{theme.percent(x)} of revenue" for x in rows["revenue_share"]])
    half, up = (0.17, 0.19) if money else (0.28, 0.0)
    figure = (
        p9.ggplot(rows)
        + p9.geom_rect(
            p9.aes(xmin=0, xmax="customer_share", ymin=f"place + {up - half}", ymax=f"place + {up + half}"),
            fill=[theme.tinted(shade, 0.35 if money else 0.8) for shade in full],
        )
        + theme.label(
            p9.aes(x=f"customer_share + {top * 0.012}", y=f"place + {up}", label="people"),
            ha="left",
            color=theme.colour("soft"),
        )
    )
    if money:
        figure = figure + p9.geom_rect(
            p9.aes(xmin=0, xmax="revenue_share", ymin=f"place - {up + half}", ymax=f"place - {up - half}"), fill=full
        )
        figure += p9.geom_segment(
            p9.aes(x="low", xend="high", y=f"place - {up}", yend=f"place - {up}"), color=theme.colour("ink"), size=0.7
        )
        figure += theme.label(
            p9.aes(x=f"high + {top * 0.012}", y=f"place - {up}", label="money"),
            ha="left",
            fontweight="semibold",
            color=full,
        )
    return (
        figure
        + p9.scale_x_continuous(labels=theme.percents, expand=(0, 0, 0.3, 0))
        + p9.scale_y_continuous(breaks=rows["place"].tolist(), labels=wrapped(rows).tolist(), expand=(0.02, 0))
        + p9.labs(x="", y="")
        + theme.paper(grid="x", height=1.0 + 0.72 * k)
        + p9.theme(
            axis_text_y=p9.element_text(color=theme.colour("ink"), ha="left", multialignment="left", linespacing=1.15)
        )
    )


def profile(table: pd.DataFrame, summary: pd.DataFrame, titles: dict[str, str]) -> p9.ggplot:
    """Draw what sets the groups apart: a row of tiles for each, blue above the mean of all customers, red below.

    Parameters
    ----------
    table
        What `clusters_pictures.tiles` returns.
    summary
        `segment`, `name`.
    titles
        Feature → what it is called.
    """
    order, names = list(titles.values()), wrapped(summary)
    high, low = theme.colour("accent"), theme.colour("at_risk")
    few = table["median"].isna()
    rows = table.assign(
        place=len(summary) + 1 - table["segment"].astype(float),
        column=[order.index(titles[name]) + 1.0 for name in table["feature"]],
        median=table["median"].fillna("too few"),
        apart=np.where(few, "", [f"{theme.number(z, 1) if z < 0 else f'+{z:.1f}'} sd" for z in table["z"]]),
        fill=[
            theme.tinted(high if z >= 0 else low, 0.05 + 0.95 * min(abs(z) / FULL, 1.0)) for z in table["z"].fillna(0.0)
        ],
    )
    rows["ink"] = [theme.colour(_readable(shade)) for shade in rows["fill"]]
    return (
        p9.ggplot(rows, p9.aes("column", "place"))
        + p9.geom_tile(p9.aes(fill="fill"), color=theme.colour("paper"), size=1.2)
        + p9.geom_text(
            p9.aes(label="median", color="ink"), size=10.5, family=theme.FAMILY, fontweight="semibold", nudge_y=0.14
        )
        + p9.geom_text(p9.aes(label="apart", color="ink"), size=9, family=theme.FAMILY, nudge_y=-0.2)
        + p9.annotate(
            "text",
            x=list(range(1, len(order) + 1)),
            y=len(summary) + 0.68,
            label=order,
            size=theme.BASE_SIZE * 0.92,
            family=theme.FAMILY,
            color=theme.colour("ink"),
        )
        + p9.scale_fill_identity()
        + p9.scale_color_identity()
        + p9.scale_x_continuous(breaks=[], expand=(0, 0))
        + p9.scale_y_continuous(
            breaks=[float(item) for item in range(len(names), 0, -1)], labels=names.tolist(), expand=(0, 0)
        )
        + p9.coord_cartesian(ylim=(0.5, len(summary) + 0.9))
        + p9.labs(x="", y="")
        + theme.paper(grid="", height=0.6 + 0.62 * len(summary))
        + p9.theme(
            axis_line_x=p9.element_blank(),
            axis_text_y=p9.element_text(color=theme.colour("ink"), ha="left", multialignment="left", linespacing=1.15),
        )
    )


def plane(found: Plane, summary: pd.DataFrame, titles: dict[str, str]) -> p9.ggplot:
    """Draw the groups on the plane of the first two components: outlines and centres; the axes name the loadings.

    Parameters
    ----------
    found
        What `clusters_pictures.plane` returns.
    summary
        `segment`, `name`.
    titles
        Feature → what it is called.
    """
    colours = theme.cluster_colours(len(summary))
    soft = theme.colour("soft")
    outlines = found.outlines.assign(
        group=[f"{row.segment}-{row.held}-{row.piece}" for row in found.outlines.itertuples()],
        shade=[colours[int(item)] for item in found.outlines["segment"]],
    )
    centres = found.centres.merge(summary[["segment", "name"]], on="segment")
    centres = centres.assign(
        shade=[colours[item] for item in centres["segment"]], number=centres["segment"].astype(str)
    )
    centres["text"] = [str(name).replace(", ", ",\n", 1) for name in centres["name"]]
    points = pd.concat([outlines[["pc1", "pc2"]], centres[["pc1", "pc2"]]]).to_numpy(dtype=float)
    figure = p9.ggplot() + p9.scale_color_identity() + p9.scale_fill_identity()
    for held, strength in ((0.9, 0.14), (0.5, 0.28)):
        part = outlines[outlines["held"] == held]
        if len(part):
            figure = figure + p9.geom_polygon(
                p9.aes("pc1", "pc2", group="group", fill="shade", color="shade"), data=part, alpha=strength, size=0.5
            )
    figure = figure + p9.geom_point(p9.aes("pc1", "pc2", color="shade"), data=centres, size=7)
    figure += theme.label(
        p9.aes("pc1", "pc2", label="number"), data=centres, color=theme.colour("paper"), fontweight="semibold"
    )
    if len(centres) <= NAMED:
        figure += theme.label(
            p9.aes("pc1", "pc2", label="text"),
            data=centres,
            va="top",
            nudge_y=-0.05 * np.ptp(points[:, 1]),
            lineheight=1.1,
        )
    wide, high = (max(float(extent), 1e-9) for extent in np.ptp(points, axis=0))
    return (
        figure
        + p9.scale_x_continuous(expand=(0.08, 0))
        + p9.scale_y_continuous(expand=(0.08, 0))
        + p9.labs(x=_axis(found, 0, titles), y=_axis(found, 1, titles))
        + theme.paper(grid="", height=float(np.clip(0.9 + 6.2 * high / wide, 3.0, 6.4)))
        + p9.theme(axis_text=p9.element_blank(), axis_line_x=p9.element_line(color=soft, size=0.5))
    )


def _axis(found: Plane, place: int, titles: dict[str, str]) -> str:
    """Name a component, its share of the variance, and the loadings that matter, the strongest first."""
    share = theme.percent(found.explained[place]) if place < len(found.explained) else theme.percent(0)
    loads = found.loadings.set_index("feature")[f"pc{place + 1}"]
    loads = loads[loads.abs() >= LOADS].sort_values(key=lambda values: -values.abs())
    listed = [f"{titles[str(name)].split(',')[0]} {theme.number(load, 2)}" for name, load in loads.items()]
    return f"{('First', 'Second')[place]} component, {share} of the variance\n{' · '.join(listed)}"


def wrapped(summary: pd.DataFrame) -> pd.Series:
    """Return the groups' numbers and names, in two lines where they are long."""
    names = []
    for segment, name in zip(summary["segment"], summary["name"], strict=True):
        first, _, rest = str(name).partition(", ")
        names.append(f"{segment}  {first}" + (f",\n{rest}" if rest else ""))
    return pd.Series(names, index=summary.index)


def _readable(fill: str) -> str:
    """Choose ink or paper, whichever is easier to read on a colour."""
    light = {
        name: _luminance(colour) for name, colour in (("fill", fill), *((x, theme.colour(x)) for x in ("ink", "paper")))
    }
    on_paper = (light["paper"] + 0.05) / (light["fill"] + 0.05)
    return "paper" if on_paper > (light["fill"] + 0.05) / (light["ink"] + 0.05) else "ink"


def _luminance(colour: str) -> float:
    red, green, blue = (channel**2.2 for channel in to_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _short(values: Sequence[Any]) -> list[str]:
    large = max((abs(value) for value in values if np.isfinite(value)), default=0)
    digits = 0 if large >= 10 else 1 if large >= 2 else 2
    return [theme.number(value, digits) for value in values]
