"""Programmes that have a name, such as win-back, and what the test says of them for the segments they are meant for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from patrons import strategy, strategy_pooling, strategy_segments
from patrons.errors import PatronsError
from patrons.power import people_for_means
from patrons.settings_analysis import PROGRAMMES
from patrons.shop import Shop
from patrons.source import nearest

Verdict = Literal["pays", "does not pay", "open", "not tested"]


def programmes(
    shop: Shop, values: np.ndarray, arm: np.ndarray, cost: Mapping[str, float], fewest: int, caution: float
) -> pd.DataFrame:
    """Say for each programme and segment which action the test supports best, and how well.

    Parameters
    ----------
    shop
        Customers of the test who had ordered before it are put into the segments of `data/segments.yml`.
    values
        (n), what a person returned.
    arm
        (n), place of the arm.
    cost
        Of each arm, per person reached.
    fewest, caution
        As for `strategy.cells` and `strategy_pooling.pooled`.

    Returns
    -------
    DataFrame
        `programme`, `segment`, `title`, `people` (in the test), `arm` (the action), `pooled`, `low`, `high`, `net`,
        `p_pays`, `verdict` (pays | does not pay | open | not tested: whether the interval lies above or below the
        cost, or across it), `needed` (people per arm for a test that sees the smallest lift worth seeing). Empty where
        people of the test are not known as customers.

    Raises
    ------
    PatronsError
        If the settings name a segment that the map has not.
    """
    frame, plan, settings = shop.experiment, shop.design, shop.analysis.strategy
    parted = strategy_segments.by_rfm(shop, frame)
    if parted is None:
        return pd.DataFrame()
    segmentation, segments = parted
    table, _ = strategy.cells(values, arm, segmentation.labels, plan, fewest)
    table, _ = strategy_pooling.pooled(table, cost, caution)
    table["net"] = table["pooled"] - table["arm"].map(dict(cost))
    rows = []
    for programme, meant in settings.programmes.items():
        for name in meant:
            if name not in segments.names:
                if settings.programmes == PROGRAMMES:  # a map of one's own need not have the segments of ours
                    continue
                raise PatronsError(
                    f"analysis.strategy.programmes: {programme!r} is meant for {name!r}, which data/segments.yml does "
                    f"not have{nearest(name, segments.names)}"
                )
            mine = (segmentation.labels == name).to_numpy()
            own = table[table["segment"] == name].dropna(subset=["net"])
            row = {"programme": programme, "segment": name, "title": segments.titles[name], "people": int(mine.sum())}
            row |= _best(own, cost) | {"needed": needed(values[mine], settings.smallest_lift)}
            rows.append(row)
    return pd.DataFrame(rows)


def needed(values: np.ndarray, lift: float) -> float:
    """Return how many people each arm needs for a test to see a lift of the mean; missing where nothing varies."""
    known = values[np.isfinite(values)]
    if len(known) < 2 or not known.mean() > 0:
        return float("nan")
    return float(np.ceil(people_for_means(lift * float(known.mean()), float(known.std(ddof=1)))))


def _best(own: pd.DataFrame, cost: Mapping[str, float]) -> dict[str, object]:
    names = ("arm", "pooled", "low", "high", "net", "p_pays")
    if own.empty:
        return dict.fromkeys(names, np.nan) | {"arm": None, "verdict": "not tested"}
    best = own.sort_values("net", ascending=False, kind="stable").iloc[0].to_dict()
    return {name: best[name] for name in names} | {"verdict": verdict(best["low"], best["high"], cost[best["arm"]])}


def verdict(low: float, high: float, bar: float) -> Verdict:
    """Say on which side of what it costs the interval of a return lies."""
    return "pays" if low > bar else "does not pay" if high < bar else "open"
