"""Figures of the chapter on who responds and who leaves; importance and odds are drawn by R."""

from __future__ import annotations

from functools import partial

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.facts import show
from patrons.frames import each
from patrons.response import Question, Study
from patrons.response_gains import BEST, Profit
from patrons.response_models import TITLES
from patrons.tables_response import QUESTIONS

#: Points that keep names of models off the axes: where they stand in the panel of the ROC curves.
NAMES_AT, NAMES_STEP = (0.36, 0.06), 0.105
PANEL = 3.3  # inches


def colours() -> dict[str, str]:
    """Colour of each model."""
    return {"recency": theme.colour("soft"), "logistic": theme.colour("accent"), "forest": theme.palette()["series"][4]}


def curves(found: Study) -> p9.ggplot:
    """Draw ROC and precision–recall curves of each model, a row of panels for each question."""
    parts, names, bases = [], [], []
    for asked, item in found.found.items():
        roc, recall = "ROC", "Precision and recall"
        common = {"question": QUESTIONS[asked], "model": item.curves["model"]}
        parts.append(
            pd.DataFrame({**common, "panel": roc, "x": item.curves["false_alarms"], "y": item.curves["found"]})
        )
        precise = pd.DataFrame({**common, "panel": recall, "x": item.curves["found"], "y": item.curves["precision"]})
        parts.append(precise.dropna())
        mean = float(item.outcome.mean())
        for panel, start, end in ((roc, 0.0, 1.0), (recall, mean, mean)):
            bases.append({"question": QUESTIONS[asked], "panel": panel, "x": 0, "xend": 1, "y": start, "yend": end})
        for place, row in enumerate(each(item.judged.table[::-1])):
            words = f"{TITLES[row.model]} {show(row.auc, None, 2)}"
            at = {"x": NAMES_AT[0], "y": NAMES_AT[1] + NAMES_STEP * place}
            names.append({"question": QUESTIONS[asked], "panel": roc, "model": row.model, "text": words, **at})
    lines = _ordered(pd.concat(parts, ignore_index=True), found, [roc, recall])
    return (
        p9.ggplot(lines, p9.aes("x", "y", color="model", group="model"))
        + p9.geom_segment(
            p9.aes(x="x", xend="xend", y="y", yend="yend"),
            data=_ordered(pd.DataFrame(bases), found, [roc, recall]),
            inherit_aes=False,
            color=theme.colour("soft"),
            linetype="dashed",
            size=0.5,
        )
        + p9.geom_line(size=0.9)
        + p9.geom_text(
            p9.aes("x", "y", label="text"),
            data=_ordered(pd.DataFrame(names), found, [roc, recall]),
            ha="left",
            size=theme.BASE_SIZE * 0.88,
            family=theme.FAMILY,
        )
        + p9.facet_grid("question ~ panel")
        + p9.scale_color_manual(values=colours())
        + p9.scale_x_continuous(labels=theme.percents, limits=(0, 1), breaks=[0, 0.25, 0.5, 0.75, 1])
        + p9.scale_y_continuous(labels=theme.percents, limits=(0, 1), breaks=[0, 0.25, 0.5, 0.75, 1])
        + p9.labs(x="False alarms (left), found (right)", y="Found (left), right alarms (right)")
        + _panels(theme.paper("xy", height=0.6 + PANEL * len(found.found)))
    )


def calibration(found: Study) -> p9.ggplot:
    """Draw the share that did it against the chance that was foretold, for the model to use."""
    parts = [
        item.calibration[item.chosen].groups.assign(question=QUESTIONS[asked]) for asked, item in found.found.items()
    ]
    points = _ordered(pd.concat(parts, ignore_index=True), found)
    ends = points.groupby("question", observed=True)[["high", "chance"]].max().max(axis=1).rename("top").reset_index()
    accent = theme.colour("accent")
    return (
        p9.ggplot(points)
        + p9.geom_segment(
            p9.aes(x="x", xend="top", y="x", yend="top"),
            data=ends.assign(x=0.0),
            color=theme.colour("soft"),
            linetype="dashed",
            size=0.5,
        )
        + p9.geom_segment(p9.aes(x="chance", xend="chance", y="low", yend="high"), color=accent, alpha=0.3, size=2.6)
        + p9.geom_point(p9.aes("chance", "share"), color=accent, size=2.4)
        + p9.facet_wrap("question", scales="free")
        + p9.scale_x_continuous(labels=theme.percents)
        + p9.scale_y_continuous(labels=theme.percents)
        + p9.labs(x="Chance foretold", y="Share that did it")
        + _panels(theme.paper("xy", height=0.7 + PANEL, width=_width(found)))
    )


def gains(found: Study) -> p9.ggplot:
    """Draw how many of those who did it are among the most likely customers."""
    parts, points = [], []
    for asked, item in found.found.items():
        mine = item.gains[item.gains["model"].isin(["recency", item.chosen])]
        parts.append(mine.assign(question=QUESTIONS[asked]))
        row = mine[(mine["model"] == item.chosen) & (mine["depth"] == BEST)].iloc[0]
        text = f"{theme.percent(row['gain'])} in the best {theme.percent(BEST)}"
        points.append(
            {
                "question": QUESTIONS[asked],
                "depth": BEST,
                "gain": row["gain"],
                "text": text,
                "x": 0.02,
                "y": 0.97,
            }
        )
    lines = _ordered(pd.concat(parts, ignore_index=True), found)
    marks = _ordered(pd.DataFrame(points), found)
    chosen = lines[lines["model"] != "recency"]
    accent = theme.colour("accent")
    diagonal = pd.DataFrame({"x": [0.0], "end": [1.0]})
    grey = theme.colour("soft")
    random = pd.DataFrame({"x": [0.62], "y": [0.53], "text": ["at random"]})
    return (
        p9.ggplot(lines, p9.aes("depth", "gain"))
        + p9.geom_segment(
            p9.aes(x="x", xend="end", y="x", yend="end"), data=diagonal, color=grey, linetype="dashed", size=0.5
        )
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), data=chosen, fill=accent, alpha=0.2)
        + p9.geom_line(p9.aes(color="model", group="model"), size=0.9)
        + p9.geom_point(data=marks, color=accent, size=2.6)
        + theme.label(p9.aes("x", "y", label="text"), data=marks, ha="left", va="top", color=accent)
        + theme.label(p9.aes("x", "y", label="text"), data=random, ha="left", va="top", color=grey)
        + p9.facet_wrap("question")
        + p9.scale_color_manual(values=colours())
        + p9.scale_x_continuous(labels=theme.percents, breaks=[0, 0.25, 0.5, 0.75, 1])
        + p9.scale_y_continuous(labels=theme.percents, breaks=[0, 0.25, 0.5, 0.75, 1])
        + p9.labs(x="Customers contacted, the most likely first", y="Found of those who did it")
        + _panels(theme.paper("xy", height=0.7 + PANEL, width=_width(found)))
    )


def profit(earned: dict[Question, Profit], currency: str | None) -> p9.ggplot:
    """Draw what contacting the most likely customers earns, with the threshold's place on the curve."""
    parts, points = [], []
    for asked, item in earned.items():
        parts.append(item.curve.assign(question=QUESTIONS[asked]))
        for rule in ("threshold", "everybody"):
            row = item.rules[item.rules["rule"] == rule].iloc[0]
            place = {
                "x": row["contacted"],
                "y": row["profit"],
                "text": f"{rule} {theme.money(row['profit'], currency)}",
            }
            points.append({"question": QUESTIONS[asked], **place})
    names = [QUESTIONS[asked] for asked in earned]
    table, marks = (
        frame.assign(question=pd.Categorical(frame["question"], names))
        for frame in (pd.concat(parts, ignore_index=True), pd.DataFrame(points))
    )
    accent = theme.colour("accent")
    marks["side"] = ["right" if x > 0.7 else "left" if x < 0.2 else "center" for x in marks["x"]]
    span = float(table["high"].max() - table["low"].min())
    figure = (
        p9.ggplot(table, p9.aes("depth", "profit"))
        + p9.geom_hline(yintercept=0, color=theme.colour("ink"), size=0.5)
        + p9.geom_ribbon(p9.aes(ymin="low", ymax="high"), fill=accent, alpha=0.2)
        + p9.geom_line(color=accent, size=0.9)
        + p9.geom_point(p9.aes("x", "y"), data=marks, color=theme.colour("ink"), size=2.6)
    )
    for side in ("left", "center", "right"):
        mine = marks[marks["side"] == side]
        if len(mine):
            figure += theme.label(p9.aes("x", "y", label="text"), data=mine, ha=side, va="top", nudge_y=-0.07 * span)
    return (
        figure
        + p9.facet_wrap("question")
        + p9.scale_x_continuous(labels=theme.percents, breaks=[0, 0.25, 0.5, 0.75, 1])
        + p9.scale_y_continuous(labels=partial(_moneys, currency=currency))
        + p9.labs(x="Customers contacted, the most likely first", y="Earned of 1,000 customers")
        + _panels(theme.paper("y", height=0.7 + PANEL, width=7 if len(earned) > 1 else 4.6))
    )


def earlier(table: pd.DataFrame) -> p9.ggplot:
    """Draw the area under the ROC curve at each cut-off."""
    accent = theme.colour("accent")
    names = [f"{moment:%b %Y}" for moment in pd.to_datetime(table["moment"])]
    table = table.assign(place=range(1, len(table) + 1), text=[show(value, None, 2) for value in table["auc"]])
    return (
        p9.ggplot(table)
        + p9.geom_segment(p9.aes(x="place", xend="place", y="low", yend="high"), color=accent, alpha=0.3, size=2.6)
        + p9.geom_point(p9.aes("place", "auc"), color=accent, size=2.6)
        + theme.label(p9.aes("place", "auc", label="text"), ha="left", nudge_x=0.1)
        + p9.scale_x_continuous(breaks=list(table["place"]), labels=names, expand=(0.05, 0, 0.1, 0))
        + p9.scale_y_continuous(labels=partial(_fixed, digits=2), expand=(0.06, 0))
        + p9.labs(x="Foretold at", y="Area under the ROC curve")
        + theme.paper(height=3.0)
    )


def lines(table: pd.DataFrame) -> float:
    """Return the height in inches of a figure with a line for each row and a panel for each question."""
    return 0.7 + 0.24 * len(table) + 0.35 * table["question"].nunique()


def _ordered(frame: pd.DataFrame, found: Study, panels: list[str] | None = None) -> pd.DataFrame:
    """Keep panels in the order of the questions."""
    frame = frame.assign(question=pd.Categorical(frame["question"], [QUESTIONS[asked] for asked in found.found]))
    return frame if panels is None else frame.assign(panel=pd.Categorical(frame["panel"], panels))


def _panels(look: p9.theme) -> p9.theme:
    return look + p9.theme(panel_spacing=0.04, strip_text_y=p9.element_text(angle=-90))


def _width(found: Study) -> float:
    return 7.0 if len(found.found) > 1 else 4.6


def _moneys(values: list[float], currency: str | None) -> list[str]:
    return [theme.money(value, currency) for value in values]


def _fixed(values: list[float], digits: int) -> list[str]:
    return [theme.number(value, digits) for value in values]
