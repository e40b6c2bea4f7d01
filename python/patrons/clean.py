"""From text to typed rows: every row is kept, or set aside with one reason, and counted.

The work is expressed in Ibis and done by DuckDB, so that a table may be larger than memory. A row leaves by
the first of these that holds: it cannot be split into columns; a rule of the source; a value that cannot be
read; a value missing that the table cannot do without; an order after the reference date; a duplicate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from patrons.errors import PatronsError, listing
from patrons.read import Staged
from patrons.schemas import Column, columns
from patrons.settings import Customers, Read, Rule, Table, Transactions
from patrons.source import nearest

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

# How programs write "nothing". In text NA may be a name (Namibia, North America); in an id or a number it is not.
NOTHING_IN_TEXT = ("", "nan", "NaN", "null", "NULL", "None", "<NA>", "#N/A", "N/A")
NOTHING = (*NOTHING_IN_TEXT, "NA", "n/a", "na", "-")
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
TRUE = ("1", "true", "t", "yes", "y", "1.0")
FALSE = ("0", "false", "f", "no", "n", "0.0")
DATE_FORMATS = (
    "%Y%m%d",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%Y/%m/%d",
    "%d %b %Y",
)
TIME_FORMATS = ("", " %H:%M", " %H:%M:%S")
TOO_MANY = 0.5  # unreadable in more than this share of rows: the settings are wrong, not the rows


@dataclass(frozen=True)
class Cleaned:
    """A table in the engine that cleaned it.

    Attributes
    ----------
    kept : ir.Table
        Typed columns, in the order of the files' rows.
    set_aside : ir.Table
        ``file``, ``row``, ``reason`` and ``u0`` …: the row whole, as text.
    names : tuple of str
        What the file calls ``u0`` ….
    reasons : dict of str to int
        Rows set aside, by reason.
    rows_read, rows_kept, without_customer : int
    """

    kept: ir.Table
    set_aside: ir.Table
    names: tuple[str, ...]
    reasons: dict[str, int]
    rows_read: int
    rows_kept: int
    without_customer: int


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_strptime(text: str, pattern: str) -> datetime: ...  # type: ignore[empty-body]


def clean(con: "Backend", name: str, table: Table, staged: Staged, reference_date: datetime | None = None) -> Cleaned:
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

    Raises
    ------
    PatronsError
        If a column cannot be read as what the source says it is, or no row is left.
    """
    wanted = columns(name, table)
    raw = _united(con, staged)
    typed = raw.select(
        "_file",
        "_row",
        "_broken",
        *(_text(raw, staged, column).name(f"t{index}") for index, column in enumerate(wanted)),
        _rule(raw, staged, table, wanted).name("_rule"),
    )
    kinds = _settle_kinds(typed, wanted)
    typed = typed.mutate(
        **{
            f"v{index}": _typed(typed[f"t{index}"], column, kinds[index], table.read, staged)
            for index, column in enumerate(wanted)
        }
    )
    typed = con.create_table("typed", typed, temp=True)
    _refuse_unreadable(typed, wanted, table.read, staged)
    judged = con.create_table("judged", _judged(typed, wanted, table, reference_date), temp=True)

    counts = judged.group_by("_reason").agg(rows=judged.count()).order_by(ibis.desc("rows"), "_reason").to_pandas()
    reasons = {str(reason): int(rows) for reason, rows in zip(counts["_reason"], counts["rows"], strict=True) if reason}
    kept_rows = int(counts.loc[counts["_reason"].isna(), "rows"].sum())
    if kept_rows + sum(reasons.values()) != staged.rows:
        raise AssertionError(f"{name}: {staged.rows} rows read, {kept_rows} kept, set aside: {reasons}")
    if kept_rows == 0:
        why = listing(f"{rows:,} {reason}" for reason, rows in reasons.items()) or "the file has a heading only"
        raise PatronsError(f"{name}: no row of {listing(staged.files)} is left: {why}")
    good = judged.filter(judged._reason.isnull()).order_by("_file", "_row")
    kept = _finished(good, table, wanted)
    return Cleaned(
        kept,
        _whole(con, raw, judged, staged),
        staged.names,
        reasons,
        staged.rows,
        kept_rows,
        _count(kept, kept.customer_id.isnull()) if "customer_id" in kept.columns else 0,
    )


def _count(table: ir.Table, condition: ir.BooleanValue) -> int:
    return table.filter(condition).count().to_pyarrow().as_py()


def _united(con: "Backend", staged: Staged) -> ir.Table:
    """Bring files with different headings together: one text column for each name."""
    tables = []
    for part in staged.parts:
        table = con.read_parquet(part.path)
        places = {name: f"c{index}" for index, name in reversed(list(enumerate(part.names)))}
        texts = [
            (table[places[name]] if name in places else ibis.null("string")).name(f"u{index}")
            for index, name in enumerate(staged.names)
        ]
        tables.append(table.select("_file", "_row", "_broken", *texts))
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _raw_text(raw: ir.Table, staged: Staged, theirs: str) -> ir.StringColumn:
    return raw[f"u{staged.names.index(theirs)}"].strip()


def _text(raw: ir.Table, staged: Staged, column: Column) -> ir.Value:
    """Return a column's text, with every way of writing "nothing" as null."""
    text = _raw_text(raw, staged, column.theirs)
    return text.isin(NOTHING_IN_TEXT if column.kind == "text" else NOTHING).ifelse(ibis.null("string"), text)


def _number(text: ir.Value, read: Read) -> ir.Value:
    if read.thousands:
        text = text.replace(read.thousands, "")
    if read.decimal != ".":
        text = text.replace(read.decimal, ".")
    return text.re_search(NUMBER).ifelse(text, ibis.null("string")).try_cast("float64")


def _time(text: ir.Value, read: Read, staged: Staged) -> ir.Value:
    iso = text.re_search(r"^\d{4}-").ifelse(text, ibis.null("string")).try_cast("timestamp(6)")
    if read.date_format is None:
        return iso
    formatted = _try_strptime(text, read.date_format)
    return ibis.coalesce(formatted, iso) if staged.typed else formatted


def _typed(text: ir.Value, column: Column, kind: str, read: Read, staged: Staged) -> ir.Value:
    if kind == "number":
        return _number(text, read)
    if kind == "share":
        number = _number(text, read)
        return number.between(0, 1).ifelse(number, ibis.null("float64"))
    if kind == "binary":
        low = text.lower()
        return ibis.cases((low.isin(TRUE), 1), (low.isin(FALSE), 0), else_=ibis.null("int8")).cast("int8")
    if kind == "time":
        return _time(text, read, staged)
    if kind == "id":  # a column of whole numbers with gaps is often written 17850.0
        return text.re_replace(r"^(\d+)\.0+$", r"\1")
    return text


def _settle_kinds(typed: ir.Table, wanted: tuple[Column, ...]) -> list[str]:
    """Decide which covariates are numbers: those that hold nothing else."""
    kinds: list[str] = [column.kind for column in wanted]
    for index, kind in enumerate(kinds):
        if kind == "covariate":
            text = typed[f"t{index}"]
            other = _count(typed, text.notnull() & ~text.re_search(NUMBER))
            kinds[index] = "text" if other else "number"
    return kinds


def _rule(raw: ir.Table, staged: Staged, table: Table, wanted: tuple[Column, ...]) -> ir.Value:
    """Return the reason of the first rule of the source that a row falls under."""
    theirs = {column.name: column.theirs for column in wanted}
    cases = []
    for number, rule in enumerate(table.set_aside, 1):
        name = theirs.get(rule.column, rule.column)
        if name not in staged.names:
            known = [*theirs, *staged.names]
            raise PatronsError(
                f"set_aside[{number}].column: there is no column {rule.column!r}{nearest(rule.column, known)} "
                f"The columns are {listing(dict.fromkeys(known), 40)}."
            )
        cases.append((_holds(_raw_text(raw, staged, name), rule, table.read), rule.reason))
    return ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")


def _holds(text: ir.StringColumn, rule: Rule, read: Read) -> ir.BooleanValue:
    number = _number(text, read)
    conditions: list[Any] = []
    if rule.starts_with is not None:
        conditions.append(text.startswith(rule.starts_with))
    if rule.equals is not None:
        conditions.append(text == rule.equals if isinstance(rule.equals, str) else number == rule.equals)
    if rule.at_most is not None:
        conditions.append(number <= rule.at_most)
    if rule.at_least is not None:
        conditions.append(number >= rule.at_least)
    return ibis.and_(*conditions)


def _refuse_unreadable(typed: ir.Table, wanted: tuple[Column, ...], read: Read, staged: Staged) -> None:
    """Refuse a column that is mostly not what the source says it is, with an example and what to write."""
    rows = typed.filter(typed._rule.isnull() & typed._broken.isnull())
    measures = {}
    for index, _ in enumerate(wanted):
        measures[f"given{index}"] = rows[f"t{index}"].count()
        measures[f"read{index}"] = rows[f"v{index}"].count()
    counts = rows.agg(**measures).to_pyarrow().to_pylist()[0]
    for index, column in enumerate(wanted):
        given, readable = counts[f"given{index}"], counts[f"read{index}"]
        if given and (given - readable) / given > TOO_MANY:
            bad = rows.filter(rows[f"t{index}"].notnull() & rows[f"v{index}"].isnull()).order_by("_file", "_row")
            example = bad.select("_file", "_row", text=f"t{index}").limit(1).to_pyarrow().to_pylist()[0]
            raise PatronsError(
                f"{staged.files[example['_file']]}, row {example['_row']:,}, column {column.theirs!r}: "
                f"{example['text']!r} is not {_expected(column, read)}, and neither are most values of this column. "
                f"{_advice(column, example['text'], read)}"
            )


def _expected(column: Column, read: Read) -> str:
    return {
        "time": f"a date like {datetime(2023, 12, 31).strftime(read.date_format)!r}"
        if read.date_format
        else "an ISO 8601 date",
        "share": "a share from 0 to 1",
        "binary": "0 or 1 (nor true or false, yes or no)",
    }.get(column.kind, "a number")


def _advice(column: Column, text: str, read: Read) -> str:
    if column.kind == "time":
        for pattern in (day + clock for day in DATE_FORMATS for clock in TIME_FORMATS):
            try:
                datetime.strptime(text, pattern)
            except ValueError:
                continue
            return f'It looks like `read: {{date_format: "{pattern}"}}`.'
        return 'Say how dates are written, e.g. `read: {date_format: "%d/%m/%Y %H:%M"}`.'
    if column.kind == "number" and "," in text and read.decimal == ".":
        return 'If the comma is the decimal sign add `read: {decimal: ","}`; if it parts thousands, `thousands`.'
    if column.kind == "share":
        return "If it is a percentage or an amount, leave `discount` out, or divide it first."
    return "Map another column, or correct the file."


def _judged(typed: ir.Table, wanted: tuple[Column, ...], table: Table, reference_date: datetime | None) -> ir.Table:
    """Add each row's reason to be set aside, null where it is kept."""
    broken = ibis.cases((typed._broken.notnull(), "wrong number of fields"), else_=ibis.null("string"))
    cases: list[tuple[Any, str]] = []
    for index, column in enumerate(wanted):
        text, value = typed[f"t{index}"], typed[f"v{index}"]
        cases.append((text.notnull() & value.isnull(), f"unreadable {column.name}"))
        if column.required:
            cases.append((text.isnull(), f"missing {column.name}"))
        if column.name == "ordered_at" and reference_date is not None:
            # The whole of the reference day counts, whatever the hour.
            midnight = datetime.combine(reference_date.date() + timedelta(days=1), time())
            cases.append((value >= ibis.timestamp(midnight), "after the reference date"))
    invalid = ibis.cases(*cases, else_=ibis.null("string"))
    judged = typed.mutate(_reason=ibis.coalesce(broken, typed._rule, invalid))
    named = any(column.name.endswith("_id") for column in wanted)
    if table.duplicates == "keep" or not named:  # without an id, equal rows are different people
        return judged
    same = ibis.window(
        group_by=[judged._reason, *(judged[f"v{index}"] for index in range(len(wanted)))],
        order_by=[judged._file, judged._row],
    )
    judged = judged.mutate(_copy=ibis.row_number().over(same))
    return judged.mutate(_reason=ibis.coalesce(judged._reason, (judged._copy > 0).ifelse("duplicate", None)))


def _finished(good: ir.Table, table: Table, wanted: tuple[Column, ...]) -> ir.Table:
    """Name the columns, and add those that follow from others."""
    values: dict[str, ir.Value] = {column.name: good[f"v{index}"] for index, column in enumerate(wanted)}
    if isinstance(table, Customers):
        for column, factor in table.scale.items():
            values[column] = values[column] * factor
    if isinstance(table, Transactions):
        values = _completed(values, good)
    return good.select(**values)


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


def _whole(con: "Backend", raw: ir.Table, judged: ir.Table, staged: Staged) -> ir.Table:
    """Return the rows that were set aside, whole, with file, row and reason."""
    reasons = judged.filter(judged._reason.notnull()).select("_file", "_row", "_reason")
    files = ibis.memtable(
        {"_file": list(range(len(staged.files))), "file": list(staged.files)},
        schema={"_file": "int32", "file": "string"},
    )
    rows = reasons.join(raw, ["_file", "_row"]).join(files, "_file").order_by("_file", "_row")
    texts: Iterable[str] = (f"u{index}" for index in range(len(staged.names)))
    return rows.select("file", row="_row", reason="_reason", **{text: text for text in texts})
