"""Lines of orders in a file to be scored: cleaned as the source's own, and summed up to customers by the same code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from patrons import features, read, response_data
from patrons.clean import Cleaned, clean, whole
from patrons.examine import united
from patrons.schemas import columns
from patrons.scoring import Known
from patrons.scoring_engine import batches
from patrons.scoring_inputs import Input
from patrons.scoring_lookup import Lookup
from patrons.scoring_models import CLV
from patrons.scoring_notes import Notes
from patrons.scoring_rows import Chunk, filled
from patrons.treatments import Treatment

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

NOBODY = "no customer"
BEHAVIOUR = ("recency", "frequency", "monetary", "average_order_value", "first_order", "last_order", "tenure")


@dataclass(frozen=True)
class Orders:
    """Lines of orders, in the engine that cleaned them.

    Attributes
    ----------
    customers
        A row per customer of a line that counts: `_row` (of their first), features, `x` to `m_x`, `_lately`.
    lines
        That were read.
    set_aside
        Lines that do not count, whole: `file`, `row`, `reason`, `u0` ….
    names
        What the file calls `u0` ….
    reasons
        Reason → lines.
    told
        What was found out about how the file is written.
    """

    customers: ir.Table
    lines: int
    set_aside: ir.Table
    names: tuple[str, ...]
    reasons: dict[str, int]
    told: tuple[str, ...]


def gather(
    con: Backend, given: Input, moment: datetime, unit: str, treatments: tuple[Treatment, ...], staging: Path
) -> Orders:
    """Clean the lines and sum them up.

    Parameters
    ----------
    con
        A DuckDB connection, which holds the result for as long as it is needed.
    given
        The file.
    moment
        The day of reference; orders after it are set aside.
    unit
        Of time, of the models of buying.
    treatments
        What cleaning did to the source's transactions: the same limits count here.
    staging
        An existing folder for what does not fit into memory.
    """
    needed = [column.theirs for column in columns("transactions", given.table)]
    staged = read.stage([given.file], given.table.read, needed, staging)
    cleaned = clean(con, "transactions", given.table, staged, moment)
    lines, aside = _treated(con, cleaned, treatments)
    named = lines.customer_id.notnull()
    aside += [lines.filter(~named).select("_file", "_row", _reason=ibis.literal(NOBODY))]
    kept = con.create_table("lines", lines.filter(named))
    left = ibis.union(cleaned.set_aside, *(whole(united(con, staged), part, staged) for part in aside))
    return Orders(
        customers=_summed(con, kept, moment, unit),
        lines=staged.rows,
        set_aside=con.create_table("left_out", left),
        names=staged.names,
        reasons=cleaned.reasons | _counted(aside),
        told=cleaned.notes,
    )


def chunks(
    con: Backend, orders: Orders, lookup: Lookup, treatments: tuple[Treatment, ...], size: int
) -> Iterator[Chunk]:
    """Return the customers in the order in which they come in the file, with what the source knows of them beside.

    Parameters
    ----------
    treatments
        What cleaning did to the source's customers.
    """
    for batch in batches(con, orders.customers.order_by("_row"), size):
        frame = batch.to_pandas()
        if len(frame):
            yield _chunk(frame.astype({"customer_id": object}), lookup, treatments)


def _chunk(frame: pd.DataFrame, lookup: Lookup, treatments: tuple[Treatment, ...]) -> Chunk:
    ids = frame["customer_id"]
    lately = frame[["customer_id"]].assign(orders=frame["_lately"].fillna(0))
    traits = response_data.behaviour(frame, lately).set_axis(frame.index, axis=0)
    notes = Notes(len(frame))
    if "frequency" in lookup.table:
        held, own = lookup.table["frequency"].reindex(ids).to_numpy(dtype=float), frame["frequency"].to_numpy()
        more = (held > 0) & (held != own)
        told = "the source has {:,.0f} orders of this customer, this file {:,}: only those of the file count"
        notes.add(more, [told.format(*pair) for pair in zip(held[more], own[more], strict=True)])
    clv = frame[list(CLV)]
    table, _, found = lookup.complete(ids, (frame[list(BEHAVIOUR)], clv, traits))
    found[traits.columns] = (
        traits  # orders are those of the file: what they leave open is open, whatever the source has
    )
    return Chunk(frame["_row"], ids, Known(filled(table, treatments), clv, found, notes))


def _treated(con: Backend, cleaned: Cleaned, treatments: tuple[Treatment, ...]) -> tuple[ir.Table, list[ir.Table]]:
    """Move or set aside outliers by the limits of the source's own lines."""
    lines, aside = cleaned.placed, []
    for one in treatments:
        if one.problem == "outliers" and one.action != "flag" and one.low is not None and one.column in lines.columns:
            values = lines[one.column]
            below = (values < one.low) & (values > 0) if one.log else values < one.low
            outside = (below | (values > one.high)).fill_null(False)
            if one.action == "set_aside":
                reason = ibis.literal(f"outlier in {one.column}")
                aside.append(lines.filter(outside).select("_file", "_row", _reason=reason))
                lines = lines.filter(~outside)
            else:
                moved = ibis.cases((below, one.low), (outside, one.high), else_=values)
                lines = lines.mutate(**{one.column: moved})
    return lines, aside


def _counted(aside: list[ir.Table]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in aside:
        counts = part.group_by("_reason").agg(lines=part.count()).to_pyarrow().to_pylist()
        found |= {row["_reason"]: row["lines"] for row in counts}
    return found


def _summed(con: Backend, lines: ir.Table, moment: datetime, unit: str) -> ir.Table:
    """Compute the features of each customer, with the row of their first line."""
    year = timedelta(days=response_data.YEAR)
    first = lines.group_by("customer_id").agg(_row=lines._row.min())
    found = features.customer_features(lines, moment).join(first, "customer_id")
    bought = features.clv_statistics(lines, unit, moment.date()).select("customer_id", *CLV)
    lately = features.outcomes(lines, moment - year, moment).select("customer_id", _lately="orders")
    for more in (bought, lately):
        found = found.left_join(more, "customer_id").drop("customer_id_right")
    return con.create_table("customers", found)
