"""What the tables of a source hold: how many rows, from when to when, what is known, in which groups."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from patrons.opened import Opened
from patrons.schemas import Column, columns

#: A column of text is a grouping if it has no more different values than this.
MOST_GROUPS = 12
#: Groups shown of one column; the smallest are put together.
SHOWN_GROUPS = 6
#: Quantiles of fewer values would tell about single people.
FEWEST = 40
MIDDLE = (0.05, 0.95)


def tables(shop: Opened) -> pd.DataFrame:
    """Sum up each table of a source.

    Returns
    -------
    DataFrame
        `table`, `rows`, `columns` (mapped by the source), `first`, `last` (of its column of times; missing where it
        has none), `unknown` (share of the values in those columns that are not known).
    """
    found = []
    for name, table in shop.source.tables.items():
        own, kept = columns(name, table), shop.table(name)
        measures: dict[str, Any] = {"rows": kept.count()}
        measures |= {f"known{place}": kept[column.name].count() for place, column in enumerate(own)}
        times = [column.name for column in own if column.kind == "time"]
        if times:
            measures |= {"first": kept[times[0]].min(), "last": kept[times[0]].max()}
        counts = kept.agg(**measures).to_pyarrow().to_pylist()[0]
        known = sum(counts[f"known{place}"] for place in range(len(own)))
        found.append(
            {
                "table": name,
                "rows": counts["rows"],
                "columns": len(own),
                "first": counts.get("first"),
                "last": counts.get("last"),
                "unknown": 1 - known / (counts["rows"] * len(own)),
            }
        )
    return pd.DataFrame(found)


def numbers(shop: Opened) -> pd.DataFrame:
    """Describe the columns that hold numbers, by quantiles, which no single row decides.

    Returns
    -------
    DataFrame
        `table`, `column`, `unit`, `known` (values), `unknown` (share), `median`, `low`, `high`: between the last two
        lie nine values in ten. All three are missing where few values are known.
    """
    found = []
    for name, table in shop.source.tables.items():
        kept = shop.table(name)
        own = [column for column in columns(name, table) if _is_number(kept, column)]
        if not own:
            continue
        measures: dict[str, Any] = {"rows": kept.count()}
        for place, column in enumerate(own):
            values = kept[column.name].cast("float64")
            measures[f"known{place}"] = values.count()
            for part, share in zip(("low", "median", "high"), (MIDDLE[0], 0.5, MIDDLE[1]), strict=True):
                measures[f"{part}{place}"] = values.quantile(share)
        counts = kept.agg(**measures).to_pyarrow().to_pylist()[0]
        for place, column in enumerate(own):
            known = counts[f"known{place}"]
            row = {"table": name, "column": column.name, "unit": column.unit, "known": known}
            row["unknown"] = 1 - known / counts["rows"]
            enough = known >= FEWEST
            found.append(
                row | {part: counts[f"{part}{place}"] if enough else None for part in ("median", "low", "high")}
            )
    names = ["table", "column", "unit", "known", "unknown", "median", "low", "high"]
    frame = pd.DataFrame(found, columns=names)
    return frame.astype(dict.fromkeys(["unknown", "median", "low", "high"], "float64"))


def groups(shop: Opened, smallest: int) -> pd.DataFrame:
    """Count the rows of each group that a column of text makes.

    Parameters
    ----------
    shop
        The source.
    smallest
        Groups of fewer rows are put together with others.

    Returns
    -------
    DataFrame
        `table`, `column`, `group`, `rows`, `share` (of the rows whose group is known); of each column the largest group
        first, and last "others", the small ones together. A column that several tables have is counted in the first.
    """
    found: list[pd.DataFrame] = []
    for name, table in shop.source.tables.items():
        kept, before = shop.table(name), {str(part["column"].iloc[0]) for part in found}
        own = [column.name for column in columns(name, table) if column.kind == "text" and column.name not in before]
        if not own:
            continue
        distinct = kept.agg(**{column: kept[column].nunique() for column in own}).to_pyarrow().to_pylist()[0]
        for column in (column for column in own if 1 < distinct[column] <= MOST_GROUPS):
            counted = (
                kept.filter(kept[column].notnull())
                .group_by(group=kept[column])
                .agg(rows=ibis._.count())
                .order_by(ibis.desc("rows"), "group")
                .to_pandas()
            )
            found.append(merged(counted, smallest).assign(table=name, column=column))
    if not found:
        return pd.DataFrame(columns=["table", "column", "group", "rows", "share"])
    return pd.concat(found, ignore_index=True)[["table", "column", "group", "rows", "share"]]


def merged(counted: pd.DataFrame, smallest: int, most: int = SHOWN_GROUPS) -> pd.DataFrame:
    """Put groups together that are too small to show, or too many: `group`, `rows`, largest first, with `share`.

    What is put together is itself no smaller than the smallest group that may be shown, if the rows allow it.
    """
    total = counted["rows"].sum()
    keep = int((counted["rows"] >= smallest).sum())
    if len(counted) > keep or keep > most:
        keep = min(keep, most - 1)
        while keep > 0 and counted["rows"].iloc[keep:].sum() < smallest:
            keep -= 1
    rest = int(counted["rows"].iloc[keep:].sum())
    shown = counted.head(keep)
    if rest:
        shown = pd.concat([shown, pd.DataFrame({"group": ["others"], "rows": [rest]})], ignore_index=True)
    return shown.assign(share=shown["rows"] / total)


def _is_number(kept: ir.Table, column: Column) -> bool:
    return column.kind in ("number", "share", "covariate") and kept[column.name].type().is_numeric()
