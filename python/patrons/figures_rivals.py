"""Figures of what segments are held against."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.facts import SIGNS
from patrons.rivals_study import Tested


def tree(lines: pd.DataFrame, ends: pd.DataFrame, cut: float, k: int, colours: Mapping[int, str]) -> p9.ggplot:
    """Draw the last merges of Ward's tree, below the cut in the colour of the segment that a branch resembles.

    Parameters
    ----------
    lines, ends
        From `rivals.branches`.
    cut, k
        Where the tree is cut, and into how many groups.
    colours
        Segment → colour.
    """
    drawn = lines.assign(colour=[colours.get(item, theme.colour("soft")) for item in lines["segment"]])
    below = ends.assign(
        colour=[colours.get(item, theme.colour("soft")) for item in ends["segment"]],
        label=["few" if pd.isna(item) else theme.number(item) for item in ends["customers"]],
    )
    top = float(lines["yend"].max())
    where = pd.DataFrame({"x": [float(ends["x"].max()) + 5], "y": [cut], "label": [f"cut into {k}"]})
    return (
        p9.ggplot(drawn)
        + p9.geom_hline(yintercept=cut, color=theme.colour("soft"), linetype="dashed", size=0.4)
        + p9.geom_segment(p9.aes("x", "y", xend="xend", yend="yend"), color=drawn["colour"].tolist(), size=0.9)
        + theme.label(
            p9.aes("x", 0, label="label"), data=below, va="top", nudge_y=-0.02 * top, color=below["colour"].tolist(),
            size=8.6,
        )
        + theme.label(
            p9.aes("x", "y", label="label"), data=where, ha="left", va="bottom", nudge_y=0.01 * top,
            color=theme.colour("soft"),
        )
        + p9.scale_y_continuous(labels=theme.numbers, expand=(0.07, 0, 0.03, 0))
        + p9.scale_x_continuous(expand=(0.02, 0, 0.12, 0))
        + p9.labs(x="Customers in each leaf", y="Height of the merge")
        + theme.paper(height=4.0)
        + p9.theme(axis_text_x=p9.element_blank(), axis_line_x=p9.element_blank())
    )  # fmt: skip


def first_outcome(tested: Tested, smallest: int, currency: str | None) -> p9.ggplot:
    """Draw the first outcome of an honest test, group by group.

    Parameters
    ----------
    tested
        From `rivals_study`.
    smallest
        Smaller groups are not drawn.
    currency
        The currency's three letters.
    """
    name, title = next(iter(tested.apart.outcomes.items()))
    means = tested.means(smallest)
    colours = theme.cluster_colours(tested.apart.clustering.k)
    return outcome(means[means["outcome"] == name], title, tested.apart.units[name], currency, colours)


def outcome(
    means: pd.DataFrame, title: str, unit: str | None, currency: str | None, colours: Mapping[int, str]
) -> p9.ggplot:
    """Draw the mean of an outcome of each group with its interval, from zero.

    Parameters
    ----------
    means
        `group`, `name`, `n`, `mean`, `low`, `high`, `above_zero` of one outcome.
    title, unit
        Of the outcome.
    currency
        The currency's three letters.
    colours
        Group → colour.
    """
    sign = SIGNS.get(currency, currency) if unit == "money" and currency else ""
    rows = means.assign(
        place=range(len(means), 0, -1),
        label=[f"{_amount(value, sign)}" for value in means["mean"]],
        shade=[colours.get(group, theme.colour("soft")) for group in means["group"]],
    )
    ends = rows["high"].fillna(rows["mean"])
    reach = float(max(ends.max(), rows["mean"].max(), 0))
    names = [_wrapped(f"{name} ({theme.number(n)})") for name, n in zip(rows["name"], rows["n"], strict=True)]
    return (
        p9.ggplot(rows)
        + p9.geom_rect(
            p9.aes(xmin=0, xmax="mean", ymin="place - 0.3", ymax="place + 0.3"),
            fill=[theme.tinted(shade, 0.55) for shade in rows["shade"]],
        )
        + p9.geom_segment(
            p9.aes(x="low", xend="high", y="place", yend="place"), color=theme.colour("ink"), size=0.7, na_rm=True
        )
        + theme.label(
            p9.aes(x=ends + 0.015 * reach, y="place", label="label"), ha="left", fontweight="semibold",
            color=rows["shade"].tolist(),
        )
        + p9.scale_x_continuous(labels=theme.numbers, expand=(0, 0, 0.14, 0))
        + p9.scale_y_continuous(breaks=rows["place"].tolist(), labels=names, expand=(0.04, 0))
        + p9.labs(x=f"{title}, mean per customer{f', {sign}' if sign else ''}", y="")
        + theme.paper(grid="x", height=1.1 + 0.55 * len(rows))
        + p9.theme(axis_text_y=p9.element_text(ha="right", ma="right"))
    )  # fmt: skip


def truth(table: pd.DataFrame, titles: Mapping[str, str]) -> p9.ggplot:
    """Draw how well each grouping recovers the planted kinds, beside what could be reached.

    Parameters
    ----------
    table
        From `segment_truth.score`.
    titles
        Grouping → what it is called.
    """
    rows = table.assign(place=range(len(table), 0, -1))
    rows["shade"] = [theme.colour("accent" if role == "seen" else "soft") for role in rows["role"]]
    rows["label"] = [f"{value:.2f}".replace("-", "−") for value in rows["ari"]]
    return (
        p9.ggplot(rows)
        + p9.geom_vline(xintercept=0, color=theme.colour("soft"), size=0.5)
        + p9.geom_segment(
            p9.aes(x="low", xend="high", y="place", yend="place"), color=rows["shade"].tolist(), size=1.1
        )
        + p9.geom_point(p9.aes("ari", "place"), color=rows["shade"].tolist(), size=2.6)
        + theme.label(
            p9.aes(x="high + 0.015", y="place", label="label"), ha="left", color=rows["shade"].tolist(),
            fontweight="semibold",
        )
        + p9.scale_x_continuous(limits=(min(0, rows["low"].min()), 1.04), breaks=[0, 0.25, 0.5, 0.75, 1])
        + p9.scale_y_continuous(
            breaks=rows["place"].tolist(), labels=[titles[name] for name in rows["grouping"]], expand=(0.06, 0)
        )
        + p9.labs(x="Agreement with the planted kinds: 0 as good as chance, 1 the same groups", y="")
        + theme.paper(grid="x", height=1.0 + 0.42 * len(rows))
    )  # fmt: skip


def _amount(value: float, sign: str) -> str:
    text = theme.number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
    return text.replace("−", f"−{sign}") if value < 0 else f"{sign}{text}"


def _wrapped(name: str, width: int = 26) -> str:
    """Break a name at a comma or space where it is long."""
    if len(name) <= width:
        return name
    cut = name.rfind(" ", 0, width + 1)
    return name if cut < 0 else f"{name[:cut]}\n{name[cut + 1 :]}"
