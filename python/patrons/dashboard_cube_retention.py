"""Who came back: cohorts by year of first order, quarter after quarter, for every combination of filters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from patrons.dashboard_cube import Cube
from patrons.disclosure import hide_table, with_margins

ALL = -1


def retention(cube: Cube, smallest: int, sizes: Mapping[tuple[int, ...], dict[int, int | None]]) -> dict[tuple, list]:
    """Count the customers of each cohort who ordered in each quarter after that of their first order.

    Parameters
    ----------
    cube
        With the channel as that of a customer's first order.
    smallest
        Fewer customers who ordered, or who did not, are hidden.
    sizes
        Place in each dimension (−1: all) → year of the first order → customers, None where they must not be told.

    Returns
    -------
    dict
        Place in each dimension → a list of `cohort`, `size`, `active` (from the quarter of the first order on, as far
        as all of the cohort were observed; None where hidden).
    """
    active, last = counted(cube)
    shape = tuple(len(item.keys) + 1 for item in cube.dimensions)
    hidden = {
        key: hide_table(table, smallest, small=_small(table, active[key[0], 0], smallest))
        for key, table in active.items()
        if key[1] > 0
    }
    found: dict[tuple, list] = {}
    for place in np.ndindex(shape):
        code = tuple(ALL if at == size - 1 else at for at, size in zip(place, shape, strict=True))
        rows = []
        for year, quarters in last.items():
            size = sizes.get(code, {}).get(year)
            if not active[year, 0][place]:
                continue
            shown: list[int | None] = [size]
            for quarter in range(1, quarters + 1):
                shown.append(None if hidden[year, quarter][place] else int(active[year, quarter][place]))
            rows.append({"cohort": str(year), "size": size, "active": shown})
        found[code] = rows
    return found


def counted(cube: Cube) -> tuple[dict[tuple[int, int], np.ndarray], dict[int, int]]:
    """Count who was active, as tables with margins by year of first order and quarters since.

    Returns
    -------
    dict
        Year, quarters since → customers, an axis per dimension, the sums in its last place.
    dict
        Year → the last quarter in which all of its customers were observed whole.
    """
    orders = cube.orders
    names = [("entry" if name == "channel" else name) for name in cube.names]
    rows = orders.mutate(
        cohort=(orders.first_month / 12).floor().cast("int64"),
        since=orders.quarter - (orders.first_month / 3).floor().cast("int64"),
    )
    seen = rows.group_by("cohort", "since", *names).agg(customers=rows.customer_id.nunique())
    table = seen.to_pyarrow().to_pandas()
    shape = tuple(len(item.keys) for item in cube.dimensions)
    latest = rows.group_by("cohort").agg(quarter=(rows.first_month / 3).floor().max()).to_pyarrow().to_pandas()
    whole = (cube.last_month + 1) // 3 - 1
    last = {int(row.cohort): max(whole - int(row.quarter), 0) for row in latest.sort_values("cohort").itertuples()}
    active: dict[tuple[int, int], np.ndarray] = {}
    for year, quarters in last.items():
        for quarter in range(quarters + 1):
            part = table[(table["cohort"] == year) & (table["since"] == quarter)]
            cells = np.zeros(shape, dtype=np.int64)
            if names:
                np.add.at(cells, tuple(part[name].to_numpy(dtype=int) for name in names), part["customers"].to_numpy())
            else:
                cells = np.array(part["customers"].sum())
            active[year, quarter] = with_margins(cells)
    return active, last


def _small(active: np.ndarray, size: np.ndarray, smallest: int) -> np.ndarray:
    quiet = size - active
    return ((active > 0) & (active < smallest)) | ((quiet > 0) & (quiet < smallest))
