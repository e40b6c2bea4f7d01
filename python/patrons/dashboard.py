"""All that the dashboard shows, put together as one object that can be written as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from patrons import dashboard_cube as cube_of
from patrons import dashboard_cube_retention as kept
from patrons import dashboard_cube_sales as sold
from patrons import dashboard_cube_tests as tried
from patrons import theme
from patrons.dashboard_cube import BINS, Cube, Dimension
from patrons.dashboard_cube_sales import ALL, MONTHS, Sales
from patrons.disclosure import hide_table, with_margins
from patrons.facts import SIGNS, Facts
from patrons.frames import each
from patrons.paths import default_source
from patrons.shop import Shop
from patrons.stop import ChapterStop

#: The totals that the dashboard must agree with.
TOTALS = ("data.revenue", "data.orders", "data.customers", "campaigns.roi")


def assemble(shop: Shop, facts: Facts) -> dict[str, Any]:
    """Put together what the dashboard shows of a shop.

    Parameters
    ----------
    shop
        The source.
    facts
        Of all chapters: the totals that it must agree with.

    Returns
    -------
    dict
        `shop`, `dimensions`, `months`, `quarters`, `slices`, `campaigns`, `test`, `predicted`, `applies`, `notes`,
        `facts`; where there are no orders but what customers spent in all, `sums` instead of slices. What the source
        cannot tell is left out, and `notes` say what to add. None is a number that is hidden.
    """
    smallest = shop.analysis.privacy.smallest_group
    notes: list[str] = []
    found: dict[str, Any] = {"shop": described(shop), "dimensions": {}, "months": [], "quarters": [], "slices": {}}
    applies: dict[str, list[str]] = {}
    people: pd.DataFrame | None = None
    dimensions: tuple[Dimension, ...] = ()
    if shop.has("transactions") and len(shop.customer_features) < smallest:
        notes.append(f"There are fewer than {smallest} customers: nothing of their sales is shown.")
    elif shop.has("transactions"):
        cube = cube_of.build(shop)
        people, dimensions = cube.customers, cube.dimensions
        found |= sales(cube, smallest)
        found["shop"] |= {"first_month": found["months"][0], "last_month": found["months"][-1]}
        applies |= {name: [*cube.names, "dates"] for name in ("sales", "frequency")}
        applies["retention"] = [*cube.names]
        applies["segments"] = [*cube.names[1:], "dates"]
        notes.append(SEGMENTS_NOW)
    else:
        with suppress(ChapterStop):
            people, dimensions = cube_of.customers(shop)
            found["sums"], applies["segments"] = sums(shop, people, dimensions, smallest), []
        notes.append(
            "Sales, retention and purchase frequency need orders with their dates: add `transactions` to source.yml."
        )
    found["dimensions"] = {item.name: _named(item) for item in dimensions}
    for part, make in (("campaigns", tried.campaigns), ("test", tried.test), ("predicted", tried.predicted)):
        content, filters, said = make(shop, people, dimensions, smallest)
        notes += said
        if content:
            found[part] = content
            applies[part] = filters
    found["applies"], found["notes"] = applies, notes
    found["facts"] = {
        name: {"value": facts[name].value, "low": facts[name].low, "high": facts[name].high}
        for name in (
            *TOTALS,
            *(name for name in facts if name.startswith("experiment.") and name.endswith(".lift_pct")),
        )
        if name in facts
    }
    return found


def sums(shop: Shop, people: pd.DataFrame, dimensions: tuple[Dimension, ...], smallest: int) -> list[dict[str, Any]]:
    """Count the customers of each segment and sum up their orders and what they spent: `segment`, `customers`, …"""
    segment = next(item for item in dimensions if item.name == "segment")
    known = shop.customer_features.set_index("customer_id").loc[people["customer_id"]]
    place = people["segment"].to_numpy()
    count, orders, revenue = (
        np.bincount(place, weights, minlength=len(segment.keys))
        for weights in (None, known["frequency"].to_numpy(), known["monetary"].to_numpy())
    )
    hidden = hide_table(with_margins(count), smallest)
    rows = []
    for at, key in enumerate(segment.keys):
        row: dict[str, Any] = {"segment": key} | dict.fromkeys(("customers", "orders", "revenue"))
        if not hidden[at]:
            row |= {"customers": int(count[at]), "orders": int(orders[at]), "revenue": round(float(revenue[at]), 2)}
        rows.append(row)
    return rows


SEGMENTS_NOW = (
    "Segments are those of today: sales of Champions in an earlier year are what today's Champions bought then."
)


def described(shop: Shop) -> dict[str, Any]:
    """Say whose dashboard it is."""
    try:
        today: str | None = f"{shop.reference_date:%Y-%m-%d}"
    except ChapterStop:
        today = None
    return {
        "name": shop.name,
        "currency": shop.currency,
        "symbol": SIGNS.get(shop.currency, shop.currency) if shop.currency else None,
        "reference_date": today,
        "smallest_group": shop.analysis.privacy.smallest_group,
        "first_month": None,
        "last_month": None,
        "simulated": shop.source.path == default_source(),
    }


def sales(cube: Cube, smallest: int) -> dict[str, Any]:
    """Return `months`, `quarters` and `slices`."""
    found = sold.sales(cube, smallest)
    months = range(cube.first_month, cube.last_month + 1)
    quarters = range(cube.first_month // 3, cube.last_month // 3 + 1)
    cells: dict[Any, pd.DataFrame] = dict(list(found.cells.groupby([*cube.names])))
    sizes = {key: _sizes(part) for key, part in cells.items()}
    cohorts = kept.retention(cube, smallest, sizes)
    newcomers = cube.orders.aggregate(n=(cube.orders.first_month / 3).floor().nunique()).to_pyarrow()["n"][0].as_py()
    slices: dict[str, Any] = {}
    for place in np.ndindex(*(len(item.keys) + 1 for item in cube.dimensions)):
        code = tuple(at - 1 for at in place)
        family = tuple(item.name for item, at in zip(cube.dimensions, code, strict=True) if at != ALL)
        # Where frequencies would be hidden, so would be cohorts; where all came in one quarter, who came back in
        # another is who bought in it.
        kept_too = found.frequency_grains[family] is not None and not (
            newcomers == 1 and found.grains[family] == "quarter"
        )
        rows = cohorts.get(code, []) if kept_too or not family else []
        slices[name_of(cube, code)] = _slice(cube, found, family, cells.get(code), rows)
    return {
        "months": [_month(item) for item in months],
        "quarters": [f"{item // 4}-Q{item % 4 + 1}" for item in quarters],
        "slices": slices,
    }


def name_of(cube: Cube, code: tuple[int, ...]) -> str:
    """Return the name of a slice: key of segment, region, channel, or a star."""
    at = dict(zip(cube.names, code, strict=True))
    keys = {item.name: item.keys for item in cube.dimensions}
    return "/".join("*" if at.get(name, ALL) == ALL else keys[name][at[name]] for name in cube_of.DIMENSIONS)


def _slice(
    cube: Cube, found: Sales, family: tuple[str, ...], cells: pd.DataFrame | None, cohorts: list
) -> dict[str, Any]:
    grain = found.grains[family]
    cells = found.cells.head(0) if cells is None else cells
    start, periods = _periods(cube, grain)
    own = cells[(cells["kind"] == "sales") & (cells["grain"] == grain)]
    new = cells[(cells["kind"] == "new") & (cells["grain"] == grain)]
    whole = cells[(cells["kind"] == "sales") & (cells["grain"] == "all")]
    buyers = _series(own, "people", periods)
    if len(new) and "channel" not in family:
        buyers[:1] = _series(new, "people", periods)[:1]  # who bought in the first period was new
    content: dict[str, Any] = {
        "grain": grain,
        "start": start,
        "orders": _series(own, "orders", periods),
        "revenue": _series(own, "revenue", periods),
        "buyers": buyers,
        "new_customers": _series(new, "people", periods) if len(new) or cells.empty else [None] * len(start),
        "total": _total(whole),
        "frequency": None,
        "retention": cohorts,
    }
    finer = found.frequency_grains[family]
    if finer is not None:
        start, periods = _periods(cube, finer)
        rows = cells[(cells["kind"] == "frequency") & (cells["grain"] == finer)]
        bins = [_series(rows[rows["bin"] == place], "orders", periods) for place in range(len(BINS))]
        content["frequency"] = {"bins": list(BINS), "orders": bins, "grain": finer, "start": start}
    return content


def _total(whole: pd.DataFrame) -> dict[str, Any] | None:
    if whole.empty:
        return {"orders": 0, "revenue": 0, "customers": 0}
    row = whole.iloc[0]
    if row["hidden"]:
        return None
    return {"orders": int(row["orders"]), "revenue": _cents(row["revenue"]), "customers": int(row["people"])}


def _sizes(cells: pd.DataFrame) -> dict[int, int | None]:
    rows = cells[(cells["kind"] == "new") & (cells["grain"] == "year")]
    return {row.period: None if row.hidden else row.people for row in each(rows)}


def _series(rows: pd.DataFrame, column: str, periods: range) -> list:
    values: list[Any] = [0] * len(periods)
    for period, value, hidden in zip(rows["period"], rows[column], rows["hidden"], strict=True):
        values[period - periods.start] = None if hidden else _cents(value) if column == "revenue" else int(value)
    return values


def _periods(cube: Cube, grain: str) -> tuple[list[str], range]:
    months = MONTHS[grain]
    periods = range(cube.first_month // months, cube.last_month // months + 1)
    return [_month(period * months) for period in periods], periods


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _cents(value: float) -> float | int:
    value = round(float(value), 2)
    return int(value) if value.is_integer() else value


def _named(dimension: Dimension) -> list[dict[str, str]]:
    if dimension.name != "segment":
        return [{"key": key, "label": label} for key, label in zip(dimension.keys, dimension.labels, strict=True)]
    colours = theme.segment_colours(dimension.keys)
    return [
        {"key": key, "label": label, "colour": colours[key], "colour_dark": lighter(colours[key])}
        for key, label in zip(dimension.keys, dimension.labels, strict=True)
    ]


def lighter(colour: str) -> str:
    """Mix a colour with white until it can be told from the dark page: at least 4.5 times as bright."""
    import matplotlib as mpl

    paper = _luminance(mpl.colors.to_rgb(str(theme.palette()["dark"]["paper"])))
    own = np.array(mpl.colors.to_rgb(colour))
    for step in range(11):
        mixed = own + (1 - own) * step / 10
        if (_luminance(mixed) + 0.05) / (paper + 0.05) >= 4.5:
            break
    return str(mpl.colors.to_hex(tuple(mixed)))


def _luminance(rgb: Sequence[float] | np.ndarray) -> float:
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
