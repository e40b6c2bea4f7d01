"""Figures on who answers because of an offer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.facts import SIGNS
from patrons.uplift_study import BEST, Study


def axis(kind: str, currency: str | None) -> Any:
    """Return what writes the labels of an axis of effects: amounts, shares or numbers, with a true minus sign."""
    before = sign(kind, currency)

    def amounts(values: Any) -> list[str]:
        whole = all(abs(value - round(value)) < 1e-6 for value in values)
        texts = [theme.number(abs(float(value)), 0 if whole else 2) for value in values]
        return [f"{'−' if value < 0 else ''}{before}{text}" for value, text in zip(values, texts, strict=True)]

    return {"money": amounts, "binary": theme.percents}.get(kind, theme.numbers)


def sign(kind: str, currency: str | None) -> str:
    """Return what stands before an amount."""
    return SIGNS.get(currency, f"{currency} ") if currency and kind == "money" else ""


def qini(found: Study) -> pd.DataFrame:
    """Return all Qini curves below each other: `curve`, `share`, `gain`, `low`, `high`, `random`."""
    parts = [
        drawn.curve.assign(curve=name, random=drawn.curve["share"] * drawn.end[0])
        for name, drawn in found.curves.items()
    ]
    return pd.concat(parts, ignore_index=True)


def plot_qini(data: pd.DataFrame, axis: Any, outcome: str) -> p9.ggplot:
    """Draw Qini curves, each with its band and the straight line of random targeting.

    Parameters
    ----------
    data
        What `qini` returns.
    axis
        Writes the labels of the vertical axis.
    outcome
        Its name.
    """
    names = list(dict.fromkeys(data["curve"]))
    rows = data.assign(curve=pd.Categorical([_panel(name) for name in data["curve"]], [_panel(name) for name in names]))
    accent, soft = theme.colour("accent"), theme.colour("soft")
    columns = 1 if len(names) == 1 else 2
    return (
        p9.ggplot(rows, p9.aes("share"))
        + p9.geom_hline(yintercept=0, color=theme.colour("line"), size=0.5)
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), fill=theme.tinted(accent, 0.18))
        + p9.geom_line(p9.aes(y="random"), color=soft, size=0.6, linetype="dashed")
        + p9.geom_line(p9.aes(y="gain"), color=accent, size=1)
        + p9.facet_wrap("curve", ncol=columns)
        + p9.scale_x_continuous(breaks=[0, 0.25, 0.5, 0.75], labels=theme.percents, expand=(0.01, 0))
        + p9.scale_y_continuous(labels=axis)
        + p9.labs(
            x="Share of people who get the offer, those foretold to gain most first", y=f"Added {outcome} per person"
        )
        + theme.paper(height=3.6 if columns == 1 else 0.7 + 2.3 * -(-len(names) // 2))
        + p9.theme(panel_spacing_x=0.05, panel_spacing_y=0.05)
    )


def plot_calibration(data: pd.DataFrame, axis: Any, outcome: str) -> p9.ggplot:
    """Draw uplift as found beside uplift as foretold, in groups of equal size, offer by offer.

    Parameters
    ----------
    data
        `uplift_study.Study.calibration`.
    axis
        Writes the labels of the vertical axis.
    outcome
        Its name.
    """
    names = list(dict.fromkeys(data["arm"]))
    rows = data.assign(arm=pd.Categorical(data["arm"], names))
    accent, ink = theme.colour("accent"), theme.colour("ink")
    groups = int(rows["group"].max())
    return (
        p9.ggplot(rows, p9.aes("group"))
        + p9.geom_hline(yintercept=0, color=theme.colour("soft"), size=0.5)
        + p9.geom_linerange(p9.aes(ymin="low", ymax="high"), color=theme.tinted(accent, 0.35), size=2)
        + p9.geom_point(p9.aes(y="found"), color=accent, size=2.2)
        + p9.geom_segment(
            p9.aes(x="group - 0.42", xend="group + 0.42", y="foretold", yend="foretold"), color=ink, size=1
        )
        + p9.facet_wrap("arm", ncol=3)
        + p9.scale_x_continuous(breaks=sorted({1, groups}), labels=["most", "least"][: len({1, groups})])
        + p9.scale_y_continuous(labels=axis)
        + p9.labs(x="Groups of people, by how much the offer was foretold to add", y=f"Added {outcome} per person")
        + theme.paper(height=0.7 + 2.6 * -(-len(names) // 3))
        + p9.theme(panel_spacing_x=0.03, panel_spacing_y=0.05)
    )


def plot_groups(data: pd.DataFrame, axis: Any, outcome: str) -> p9.ggplot:
    """Draw what each offer adds in each group: found with its interval, foretold, and what was planted.

    Parameters
    ----------
    data
        `uplift_study.Study.groups`.
    axis
        Writes the labels of the horizontal axis.
    outcome
        Its name.
    """
    arms, levels = list(dict.fromkeys(data["arm"])), list(dict.fromkeys(data["group"]))
    rows = data.assign(arm=pd.Categorical(data["arm"], arms), group=pd.Categorical(data["group"], levels[::-1]))
    accent, ink, bad = theme.colour("accent"), theme.colour("ink"), theme.colour("bad")
    keys = [("found", "Found, 95 % interval"), ("foretold", "Foretold"), ("truth", "Planted")]
    shown = [(key, label) for key, label in keys if rows[key].notna().any()]
    long = pd.concat(
        [rows[["arm", "group"]].assign(value=rows[key], what=label) for key, label in shown], ignore_index=True
    ).dropna(subset=["value"])
    long["what"] = pd.Categorical(long["what"], [label for _, label in shown])
    shapes, colours = (
        dict(zip(("found", "foretold", "truth"), "o|D", strict=True)),
        {"found": accent, "foretold": ink, "truth": bad},
    )
    return (
        p9.ggplot(rows, p9.aes(y="group"))
        + p9.geom_vline(xintercept=0, color=theme.colour("soft"), size=0.5)
        + p9.geom_segment(p9.aes(x="low", xend="high", yend="group"), color=theme.tinted(accent, 0.35), size=2.4)
        + p9.geom_point(p9.aes(x="value", color="what", shape="what"), data=long, size=3)
        + p9.facet_wrap("arm", ncol=1)
        + p9.scale_color_manual(values=[colours[key] for key, _ in shown])
        + p9.scale_shape_manual(values=[shapes[key] for key, _ in shown])
        + p9.scale_x_continuous(labels=axis)
        + p9.labs(x=f"Added {outcome} per person", y="", color="", shape="")
        + theme.paper(grid="x", height=1.1 + len(arms) * (0.35 + 0.3 * len(levels)))
        + p9.theme(legend_position="top", legend_title=p9.element_blank(), legend_justification="left")
    )


def _panel(name: str) -> str:
    return name[:1].upper() + name[1:] if name == BEST else name
