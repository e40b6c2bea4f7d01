"""The text of a staged table, read as what the source says it is: values beside their text, and the source's rules."""

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from patrons import validate
from patrons.errors import PatronsError, listing
from patrons.forms import Form, find_forms
from patrons.read import Staged
from patrons.schemas import Column, columns
from patrons.settings import Read, Rule, Table
from patrons.source import nearest
from patrons.validate import Checked
from patrons.values import read_number, read_value, something

EDGES = r"^[\s\x{00A0}]+|[\s\x{00A0}]+$"

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


def examine(con: "Backend", name: str, table: Table, staged: Staged) -> Checked:
    """Read the text of a staged table as what the source says it is.

    Raises
    ------
    PatronsError
        If columns cannot be read so.
    """
    con.raw_sql("SET TimeZone = 'UTC'")
    wanted = columns(name, table)
    raw = united(con, staged)
    trimmed = {f"t{index}": _text(raw, staged, column) for index, column in enumerate(wanted)}
    rule = _rule(raw, staged, table, wanted).name("_rule")
    # Written down before it is looked at: trimming every text again for each look would take most of the time.
    texts = con.create_table("texts", raw.select("_file", "_row", "_broken", rule, **trimmed))
    forms = find_forms(texts, wanted, table.read, staged.typed)
    kinds = _settle_kinds(texts, wanted, forms)
    values: dict[str, ir.Value] = {}
    for index, (column, kind, form) in enumerate(zip(wanted, kinds, forms, strict=True)):
        value = read_value(texts[f"t{index}"], column, kind, table.read, form, staged.typed)
        values[f"v{index}"], values[f"x{index}"] = validate.flagged(column, kind, value)
    typed = con.create_table("typed", texts.mutate(**values))
    con.raw_sql("DROP TABLE texts")
    checked = Checked(typed, name, wanted, forms, table.read, staged)
    validate.refuse_unreadable(checked)
    return checked


def notes(checked: Checked) -> tuple[str, ...]:
    """Say how columns are written, where that had to be found out."""
    pairs = zip(checked.wanted, checked.forms, strict=True)
    return (*checked.staged.notes, *(f"{column.theirs}: {said}" for column, form in pairs for said in form.said))


def united(con: "Backend", staged: Staged) -> ir.Table:
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
    text = raw[f"u{staged.names.index(theirs)}"]
    # Stripping is slow, and looking first whether there is anything to strip is not: spaces and the like sort before !.
    at_end = ibis.or_(*(text.endswith(space) for space in (" ", "\t", "\r", "\n", "\u00a0")))
    return ((text < "!") | text.startswith("\u00a0") | at_end).ifelse(text.re_replace(EDGES, ""), text)


def _text(raw: ir.Table, staged: Staged, column: Column) -> ir.Value:
    """Return a column's text, with every way of writing "nothing" as null."""
    return something(_raw_text(raw, staged, column.theirs), column.kind)


def _settle_kinds(texts: ir.Table, wanted: tuple[Column, ...], forms: list[Form]) -> list[str]:
    """Decide which covariates are numbers: those that hold nothing else."""
    kinds: list[str] = [column.kind for column in wanted]
    for index, kind in enumerate(kinds):
        if kind == "covariate":
            text = texts[f"t{index}"]
            other = texts.filter(text.notnull() & read_number(text, forms[index]).isnull()).count().to_pyarrow().as_py()
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
        cases.append((_holds(_raw_text(raw, staged, name), rule, table.read, staged.typed), rule.reason))
    return ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")


def _holds(text: ir.StringColumn, rule: Rule, read: Read, typed: bool) -> ir.BooleanValue:
    number = read_number(text, Form(read.decimal, read.thousands or "", typed))
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
