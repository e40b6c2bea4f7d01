"""The figure of the chapter on double entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotnine as p9

from patrons import theme
from patrons.figures_truth import stacked

#: Where differences stand that are exactly zero.
EXACT = -17.5


def differences(table: pd.DataFrame, titles: dict[str, str]) -> p9.ggplot:
    """Draw the largest difference of each comparison on a log scale, a row for each chapter, with the tolerances.

    Parameters
    ----------
    table
        From `double_entry.gather`.
    titles
        Chapter → its title.
    """
    order = list(dict.fromkeys(table["chapter"]))[::-1]
    size = table["largest"].clip(upper=1.0).to_numpy()
    with np.errstate(divide="ignore"):
        power = np.where(size == 0, EXACT, np.log10(size))
    rows = table.assign(power=power, strict=[f"{tolerance:.0e}" for tolerance in table["tolerance"]])
    rows["row"] = [order.index(chapter) + 1.0 for chapter in rows["chapter"]]
    near = rows["power"].round(0)  # those that would overlap stand above each other
    rows["place"] = rows["row"] + stacked(rows["chapter"], near, 0.17)
    limits = sorted(set(rows["tolerance"]))
    series = [theme.colour("accent"), *[str(item) for item in theme.palette()["series"][1:]]]
    shades = {f"{limit:.0e}": shade for limit, shade in zip(limits, series, strict=False)}
    lines = pd.DataFrame({"power": np.log10(limits), "strict": list(shades)})
    low = min(float(rows["power"].min()), -16.5) - 0.5
    ticks = [-16, -14, -12, -10, -8, -6]
    return (
        p9.ggplot(rows, p9.aes("power", "place", color="strict"))
        + p9.geom_vline(p9.aes(xintercept="power", color="strict"), data=lines, size=0.7, linetype="dashed")
        + p9.geom_point(size=2.2)
        + p9.scale_color_manual(values=shades)
        + p9.scale_x_continuous(
            breaks=[EXACT, *ticks] if (size == 0).any() else ticks,
            labels=_powers,
            limits=(low, max(float(rows["power"].max()), -5.5)),
        )
        + p9.scale_y_continuous(
            breaks=list(range(1, len(order) + 1)),
            labels=[titles.get(chapter, chapter) for chapter in order],
            limits=(0.4, len(order) + 0.6),
            expand=(0, 0),
        )
        + p9.labs(x="Largest difference (log scale)", y="")
        + theme.paper(grid="x", height=1.2 + 0.42 * len(order))
    )


def _powers(values: Sequence[Any]) -> list[str]:
    """Write powers of ten with raised digits, and 0 where there is no difference.

    Examples
    --------
    >>> _powers([EXACT, -12.0])
    ['0', '10⁻¹²']
    """
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return ["0" if value == EXACT else f"10{f'{value:.0f}'.translate(raised)}" for value in values]
