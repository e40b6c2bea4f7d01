"""From text to typed rows: every row is kept, or set aside with one reason, and counted.

The work is expressed in Ibis and done by DuckDB, so that a table may be larger than memory. A row leaves by
the first of these that holds: it cannot be split into columns; a rule of the source; a value that cannot be
read, or cannot be; a value missing that the table cannot do without; an order after the reference date; a
duplicate; a contradiction to other rows. Times are in UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from patrons import effects, treat, validate
from patrons.errors import PatronsError, listing
from patrons.examine import examine, notes, united
from patrons.read import Staged
from patrons.schemas import Column, frame_schema
from patrons.settings import Table, Transactions
from patrons.treat import Treated
from patrons.treatments import Treatment
from patrons.validate import Checked

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@dataclass(frozen=True)
class Cleaned:
    """A table in the engine that cleaned it.

    Attributes
    ----------
    kept : ir.Table
        Typed columns, in the order of the files' rows.
    placed : ir.Table
        The same with `_file` and `_row`, which say where each stood.
    set_aside : ir.Table
        ``file``, ``row``, ``reason`` and ``u0`` …: the row whole, as text.
    names : tuple of str
        What the file calls ``u0`` ….
    reasons : dict of str to int
        Rows set aside, by reason.
    rows_read, rows_kept, without_customer : int
    problems : ir.Table
        Every value that breaks a rule: file, column, value, rule, outcome, todo, row.
    notes : tuple of str
        What was found out about how the files are written, and is worth telling.
    treated : Treated
        What was done about missing values and outliers.
    told : list of dict
        What setting rows aside does to the money, as `effects.set_aside` returns it.
    """

    kept: ir.Table
    placed: ir.Table
    set_aside: ir.Table
    names: tuple[str, ...]
    reasons: dict[str, int]
    rows_read: int
    rows_kept: int
    without_customer: int
    problems: ir.Table
    notes: tuple[str, ...]
    treated: Treated
    told: list[dict[str, Any]]


def clean(
    con: "Backend",
    name: str,
    table: Table,
    staged: Staged,
    reference_date: datetime | None = None,
    treatments: Sequence[Treatment] = (),
) -> Cleaned:
    """Type a staged table and part the rows that count from those that do not.

    Parameters
    ----------
    con
        A DuckDB connection, which holds the result for as long as it is needed.
    name, table
        Which table of the contract, and what the source says about it.
    staged
        Its rows as text.
    reference_date
        Transactions after this day are set aside.
    treatments
        What to do about missing values and outliers.

    Raises
    ------
    PatronsError
        If a column cannot be read as what the source says it is, or no row is left.
    """
    checked = examine(con, name, table, staged)
    wanted = checked.wanted
    judged = con.create_table("judged", _judged(checked, table, reference_date))

    reasons = _reasons(judged)
    sales = isinstance(table, Transactions)
    told = effects.set_aside(_finished(judged, table, wanted, "_reason"), reasons) if sales and reasons else []
    good = judged.filter(judged._reason.isnull())
    treated = treat.apply(con, _finished(good, table, wanted, "_file", "_row"), treatments, "amount" if sales else None)
    reasons |= treated.reasons
    placed = treated.table.order_by("_file", "_row")
    kept = placed.drop("_file", "_row")
    rows_kept = _count(kept)
    if rows_kept + sum(reasons.values()) != staged.rows:
        raise AssertionError(f"{name}: {staged.rows} rows read, {rows_kept} kept, set aside: {reasons}")
    if rows_kept == 0:
        why = listing(f"{rows:,} {reason}" for reason, rows in reasons.items()) or "the file has a heading only"
        raise PatronsError(f"{name}: no row of {listing(staged.files)} is left: {why}")
    left = judged.filter(judged._reason.notnull()).select("_file", "_row", "_reason")
    if treated.set_aside is not None:
        left = left.union(treated.set_aside)
    without = _count(kept.filter(kept.customer_id.isnull())) if "customer_id" in kept.columns else 0
    frame_schema(name, table).validate(kept, lazy=True)
    return Cleaned(
        kept,
        placed,
        whole(united(con, staged), left, staged),
        staged.names,
        reasons,
        staged.rows,
        rows_kept,
        without,
        validate.problems(checked, judged, reference_date),
        (*notes(checked), *validate.people_again(checked, kept)),
        treated,
        told,
    )


def _reasons(judged: ir.Table) -> dict[str, int]:
    """Count the rows set aside by reason, the most frequent first."""
    aside = judged.filter(judged._reason.notnull())
    counts = aside.group_by("_reason").agg(rows=aside.count()).order_by(ibis.desc("rows"), "_reason").to_pyarrow()
    return {row["_reason"]: row["rows"] for row in counts.to_pylist()}


def _count(table: ir.Table) -> int:
    return table.count().to_pyarrow().as_py()


def _judged(checked: Checked, table: Table, reference_date: datetime | None) -> ir.Table:
    """Add each row's reason to be set aside, null where it is kept."""
    typed, wanted = checked.rows, checked.wanted
    broken = ibis.cases((typed._broken.notnull(), "wrong number of fields"), else_=ibis.null("string"))
    judged = typed.mutate(_reason=ibis.coalesce(broken, typed._rule, validate.reason(checked, reference_date)))
    named = any(column.name.endswith("_id") for column in wanted)
    if table.duplicates == "keep" or not named:  # without an id, equal rows are different people
        return validate.apart(judged, checked, keep_copies=True)
    copies = _copies(judged, len(wanted))
    judged = judged.left_join(copies, ["_file", "_row"]).drop("_file_right", "_row_right")
    judged = judged.mutate(_reason=ibis.coalesce(judged._reason, judged._copy)).drop("_copy")
    return validate.apart(judged, checked, keep_copies=False)


def _copies(judged: ir.Table, width: int) -> ir.Table:
    """Find the rows that repeat a row above them which counts: `_file`, `_row`, `_copy` (the reason).

    Only rows whose digests recur are compared, so that not every row must be sorted.
    """
    values = {f"v{index}": judged[f"v{index}"] for index in range(width)}
    good = judged.filter(judged._reason.isnull()).select("_file", "_row", **values)
    good = good.mutate(_digest=ibis.struct({name: good[name] for name in values}).hash())
    often = good.group_by("_digest").agg(n=good.count()).filter(ibis._.n > 1).select("_digest")
    alike = good.semi_join(often, "_digest")
    same = ibis.window(group_by=list(values), order_by=["_file", "_row"])
    numbered = alike.mutate(n=ibis.row_number().over(same))
    return numbered.filter(numbered.n > 0).select("_file", "_row", _copy=ibis.literal("duplicate"))


def _finished(good: ir.Table, table: Table, wanted: tuple[Column, ...], *own: str) -> ir.Table:
    """Name the columns, and add those that follow from others; `own` names columns of ours to keep."""
    values: dict[str, ir.Value] = {column.name: good[f"v{index}"] for index, column in enumerate(wanted)}
    if isinstance(table, Transactions):
        values = _completed(values, good)
    return good.select(*own, **values)


def _completed(values: dict[str, Any], good: ir.Table) -> dict[str, ir.Value]:
    """Add amount, profit and order of a purchase where the source leaves them to be worked out."""
    values = dict(values)
    if "amount" not in values:
        values["amount"] = values["quantity"] * values["unit_price"]
    if "profit" not in values and "cost" in values:
        values["profit"] = values["amount"] - values["cost"]
    # One customer's purchases of one day are one order; a purchase without a customer stands alone.
    day = values["customer_id"] + " " + values["ordered_at"].strftime("%Y-%m-%d")
    alone = ibis.literal("row ") + good._file.cast("string") + "." + good._row.cast("string")
    made = ibis.coalesce(day, alone)
    values["order_id"] = ibis.coalesce(values["order_id"], made) if "order_id" in values else made
    order = ("customer_id", "order_id", "ordered_at")
    return {key: values[key] for key in (*order, *(key for key in values if key not in order))}


def whole(raw: ir.Table, reasons: ir.Table, staged: Staged) -> ir.Table:
    """Return the rows that were set aside (`_file`, `_row`, `_reason`), whole, with file, row and reason."""
    files = ibis.memtable(
        {"_file": list(range(len(staged.files))), "file": list(staged.files)},
        schema={"_file": "int32", "file": "string"},
    )
    rows = reasons.join(raw, ["_file", "_row"]).join(files, "_file").order_by("_file", "_row")
    texts: Iterable[str] = (f"u{index}" for index in range(len(staged.names)))
    return rows.select("file", row="_row", reason="_reason", **{text: text for text in texts})
