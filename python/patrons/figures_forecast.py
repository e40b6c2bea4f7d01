"""Figures of what comes next that are made in Python."""

from __future__ import annotations

import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.forecast_models import MODELS
from patrons.words_forecast import TITLES

#: What an error of one is.
YEAR = "a year's typical change"


def errors(steps: pd.DataFrame, chosen: str) -> p9.ggplot:
    """Draw how much each model erred, by how far ahead it looked; the model in use stands out.

    Parameters
    ----------
    steps
        What `forecast_rolling.by_step` returns.
    chosen
        The model in use.
    """
    names = [name for name in MODELS if name in set(steps["model"])]
    shades = _shades(names, chosen)
    last = int(steps["step"].max())
    top = float(steps["mase"].max())
    ends = steps[steps["step"] == last].set_index("model").loc[names, "mase"]
    ends.loc[YEAR] = 1.0
    labels = pd.DataFrame({"step": last, "mase": _apart(ends, 0.065 * max(top, 1.0)), "model": list(ends.index)})
    labels["text"] = [TITLES.get(name, YEAR) for name in labels["model"]]
    figure = p9.ggplot(steps, p9.aes("step", "mase", group="model")) + p9.annotate(
        "segment", x=1, xend=last, y=1, yend=1, color=theme.colour("ink"), size=0.5, linetype="dashed"
    )
    figure += theme.label(
        p9.aes(x="step + 0.25", y="mase", label="text"), data=labels[labels["model"] == YEAR], ha="left"
    )
    for name in names:
        mine, weight = steps[steps["model"] == name], 1.4 if name == chosen else 0.9
        figure += p9.geom_line(data=mine, color=shades[name], size=weight)
        figure += p9.geom_point(data=mine, color=shades[name], size=2.2 if name == chosen else 1.5)
        figure += theme.label(
            p9.aes(x="step + 0.25", y="mase", label="text"), data=labels[labels["model"] == name], ha="left",
            color=shades[name], fontweight="semibold" if name == chosen else "regular",
        )  # fmt: skip
    return (
        figure
        + p9.scale_x_continuous(breaks=list(range(1, last + 1)), limits=(1, last + 4.6), expand=(0.01, 0))
        + p9.scale_y_continuous(labels=theme.numbers, limits=(0, max(top, 1.0) * 1.08), expand=(0, 0))
        + p9.labs(x="Months ahead", y="Mean absolute scaled error")
        + theme.paper(height=4.0)
    )


def _shades(names: list[str], chosen: str) -> dict[str, str]:
    others = [theme.colour("soft"), theme.colour("at_risk"), theme.colour("ink"), theme.colour("lost")]
    left = iter(others)
    return {name: theme.colour("accent") if name == chosen else next(left) for name in names}


def _apart(values: pd.Series, least: float) -> list[float]:
    """Move labels apart that would stand on each other, upwards."""
    placed: dict[str, float] = {}
    before = float("-inf")
    for name, value in values.sort_values().items():
        before = max(float(value), before + least)
        placed[str(name)] = before
    return [placed[str(name)] for name in values.index]
