"""Which rows and values break the rules of `patrons.schemas`, and which columns are not what the source says.

Everything is found in the engine, by the rules that also make the pandera schemas; nothing stops at the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from patrons.forms import Form
from patrons.problems import Problem, Problems
from patrons.read import Staged
from patrons.schemas import KEYS, ORDERED, Column, possible
from patrons.settings import Read
from patrons.values import advice, expected

TOO_MANY = 0.5  # unreadable in more than this share of rows: the settings are wrong, not the rows
SET_ASIDE, LEFT_OUT, KEPT = "row set aside", "value left out", "kept"
TWO_ARMS, AGAIN = "in two arms", "listed again with other values"
# A number of one digit again and again mostly stands for "not known".
PLACEHOLDER = "^(" + "|".join(rf"{digit}{{5,}}" for digit in range(1, 10)) + r")(\.0+)?$"
SHORTENED_ID = r"^\d(\.\d+)?[eE]\+\d+$"


@dataclass(frozen=True)
class Checked:
    """A table whose text has been read, with what is needed to judge it.

    Attributes
    ----------
    rows : ir.Table
        `_file`, `_row`, `_broken`, `_rule`; and of column number i: `t` its text, `v` its value, null where it
        cannot be read or cannot be, and `x`, whether it was read but cannot be.
    name : str
    wanted : tuple of Column
    forms : list of Form
    read : Read
    staged : Staged
    """

    rows: ir.Table
    name: str
    wanted: tuple[Column, ...]
    forms: list[Form]
    read: Read
    staged: Staged

    @property
    def numbered(self) -> list[tuple[int, Column]]:
        """The columns with their numbers."""
        return list(enumerate(self.wanted))


def flagged(column: Column, kind: str, value: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Return a column's values without those that cannot be, and a flag for those."""
    bounded = kind in ("time", "share") or column.low is not None or column.high is not None
    if not bounded:
        return value, ibis.literal(False)
    fine = possible(column, value)
    return fine.ifelse(value, ibis.null(value.type())), ~fine


def refuse_unreadable(checked: Checked) -> None:
    """Refuse columns that are mostly not what the source says, each with an example and what to write.

    Raises
    ------
    Problems
        With one problem for each such column.
    """
    rows = checked.rows.filter(checked.rows._rule.isnull() & checked.rows._broken.isnull())
    measures = {}
    for index, _ in checked.numbered:
        measures[f"given{index}"] = rows[f"t{index}"].count()
        measures[f"read{index}"] = rows[f"v{index}"].count()
    counts = rows.agg(**measures).to_pyarrow().to_pylist()[0]
    found = []
    for index, column in checked.numbered:
        given, unread = counts[f"given{index}"], counts[f"given{index}"] - counts[f"read{index}"]
        # Where nothing tells how a column is written, its odd values are not a matter of single rows.
        if given and (unread / given > TOO_MANY or (unread and checked.forms[index].doubt and column.kind != "time")):
            found.append(_whole_column(checked, rows, index, column, unread / given > TOO_MANY))
    if found:
        raise Problems(found)


def _whole_column(checked: Checked, rows: ir.Table, index: int, column: Column, mostly: bool) -> Problem:
    bad = rows.filter(rows[f"t{index}"].notnull() & rows[f"v{index}"].isnull()).order_by("_file", "_row")
    example = bad.select("_file", "_row", text=f"t{index}").limit(1).to_pyarrow().to_pylist()[0]
    rest = ", and neither are most values of this column" if mostly else ""
    return Problem(
        table=checked.name,
        file=checked.staged.files[example["_file"]],
        row=example["_row"],
        column=column.theirs,
        value=example["text"],
        rule=f"is not {expected(column, checked.read)}{rest}",
        todo=advice(column, example["text"], checked.read, checked.forms[index]),
    )


def reason(checked: Checked, reference_date: datetime | None) -> ir.Value:
    """Return why a row cannot count, by its values alone; null where it can."""
    cases: list[tuple[Any, str]] = []
    for index, column in checked.numbered:
        text, value, wrong = (checked.rows[f"{letter}{index}"] for letter in "tvx")
        cases.append((text.notnull() & value.isnull() & ~wrong, f"unreadable {column.name}"))
        if column.breach == "row":
            cases.append((wrong, f"impossible {column.name}"))
        if column.required:
            cases.append((text.isnull(), f"missing {column.name}"))
        if column.name == "ordered_at" and reference_date is not None:
            cases.append((_after(value, reference_date), "after the reference date"))
    return ibis.cases(*cases, else_=ibis.null("string"))


def _after(value: Any, reference_date: datetime) -> Any:
    # The whole of the reference day counts, whatever the hour.
    return value >= ibis.timestamp(datetime.combine(reference_date.date() + timedelta(days=1), time()))


def apart(judged: ir.Table, checked: Checked, keep_copies: bool) -> ir.Table:
    """Set aside rows that contradict others: people in two arms, and people listed again with other values."""
    places = {column.name: judged[f"v{index}"] for index, column in checked.numbered}
    keys = [places[key] for key in KEYS.get(checked.name, ()) if key in places]
    if keys and not keep_copies:
        again = ibis.row_number().over(
            ibis.window(group_by=[judged._reason, *keys], order_by=[judged._file, judged._row])
        )
        judged = judged.mutate(_again=again)
        return judged.mutate(_reason=ibis.coalesce(judged._reason, (judged._again > 0).ifelse(AGAIN, None)))
    if checked.name == "experiment" and "customer_id" in places:
        arm, who = places["arm"], places["customer_id"]
        whole = ibis.window(group_by=[judged._reason, who])
        judged = judged.mutate(_low=arm.min().over(whole), _high=arm.max().over(whole), _who=who)
        torn = judged._who.notnull() & (judged._low != judged._high)
        return judged.mutate(_reason=ibis.coalesce(judged._reason, torn.ifelse(TWO_ARMS, None)))
    return judged


def problems(checked: Checked, judged: ir.Table, reference_date: datetime | None) -> ir.Table:
    """List every value that breaks a rule: file, row, column, value, rule, what was done and what to do.

    Rows that the source itself sets aside, and copies, are no problems.
    """
    rows = judged.filter(judged._rule.isnull())
    parts = [_told(rows.filter(rows._broken.notnull()), "", ibis.literal(""), rows._broken, SET_ASIDE, MEND)]
    rows = rows.filter(rows._broken.isnull())
    for index, column in checked.numbered:
        parts += _of_column(checked, rows, index, column, reference_date)
    who = next((index for index, column in checked.numbered if column.name == "customer_id"), None)
    if who is not None:
        for why, rule, todo in CONTRADICTIONS.get(checked.name, ()):
            bad = rows.filter(rows._reason == why)
            parts.append(_told(bad, checked.wanted[who].theirs, bad[f"t{who}"], rule, SET_ASIDE, todo))
    parts += _kept(checked, rows.filter(rows._reason.isnull()))
    files = ibis.memtable(
        {"_file": list(range(len(checked.staged.files))), "file": list(checked.staged.files)},
        schema={"_file": "int32", "file": "string"},
    )
    found = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return (
        found.join(files, "_file")
        .order_by("_file", "_row", "column", "rule")
        .select("file", "column", "value", "rule", "outcome", "todo", row="_row")
    )


MEND = "Correct the row in the file, or leave it out."
# Of each table: the reason, the rule, and what to do.
CONTRADICTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "experiment": (
        (TWO_ARMS, "must be in one arm", "Find out which arm is right; who was in two tells nothing about either."),
    ),
    "customers": ((AGAIN, "must be listed once", "The first counts; correct the file if another one should."),),
    "engagement": ((AGAIN, "must be listed once a month", "The first counts; add up rows that belong together."),),
}


def _told(rows: ir.Table, column: str, value: ir.Value, rule: Any, outcome: str, todo: str) -> ir.Table:
    return rows.select(
        "_file",
        "_row",
        column=ibis.literal(column),
        value=value.cast("string"),
        rule=rule if isinstance(rule, ir.Value) else ibis.literal(rule),
        outcome=ibis.literal(outcome),
        todo=ibis.literal(todo),
    )


def _of_column(
    checked: Checked, rows: ir.Table, index: int, column: Column, reference_date: datetime | None
) -> Iterable[ir.Table]:
    text, value, wrong = (rows[f"{letter}{index}"] for letter in "tvx")
    bad = rows.filter(text.notnull() & value.isnull() & ~wrong)
    rule = f"must be {expected(column, checked.read)}"
    yield _told(bad, column.theirs, bad[f"t{index}"], rule, SET_ASIDE, checked.forms[index].doubt or MEND)
    outcome = SET_ASIDE if column.breach == "row" else LEFT_OUT
    bad = rows.filter(wrong)
    yield _told(bad, column.theirs, bad[f"t{index}"], f"must be {column.rule}", outcome, "Correct it in the file.")
    if column.required:
        bad = rows.filter(text.isnull())
        yield _told(bad, column.theirs, ibis.literal(""), "must not be missing", SET_ASIDE, MEND)
    if column.name == "ordered_at" and reference_date is not None:
        bad = rows.filter(_after(value, reference_date))
        rule, todo = (
            f"must not be after {reference_date:%Y-%m-%d}",
            "Write a later `reference_date` if they should count.",
        )
        yield _told(bad, column.theirs, bad[f"t{index}"], rule, SET_ASIDE, todo)


def _kept(checked: Checked, rows: ir.Table) -> Iterable[ir.Table]:
    """List what is kept although it looks wrong."""
    places = {column.name: (index, column) for index, column in checked.numbered}
    for later, earlier in ORDERED.get(checked.name, ()):
        if later in places and earlier in places:
            (one, column), (other, before) = places[later], places[earlier]
            bad = rows.filter(rows[f"v{one}"] > rows[f"v{other}"])
            rule = f"must not be more than {before.theirs!r}"
            yield _told(bad, column.theirs, bad[f"t{one}"], rule, KEPT, "Check what the two columns count.")
    for index, column in checked.numbered:
        text = rows[f"t{index}"]
        if checked.name == "customers" and column.kind == "number":
            bad = rows.filter(text.re_search(PLACEHOLDER))
            rule, todo = "looks like a placeholder for an unknown value", "Leave it empty in the file if it is one."
            yield _told(bad, column.theirs, bad[f"t{index}"], rule, KEPT, todo)
        if column.kind == "id":
            bad = rows.filter(text.re_search(SHORTENED_ID))
            rule, todo = "looks like a number that a spreadsheet has shortened", "Export the column as text."
            yield _told(bad, column.theirs, bad[f"t{index}"], rule, KEPT, todo)


def people_again(checked: Checked, kept: ir.Table) -> tuple[str, ...]:
    """Say how many people of a test have more than one row, which are read as if they were of several people."""
    if checked.name != "experiment" or "customer_id" not in kept.columns:
        return ()
    each = kept.filter(kept.customer_id.notnull()).group_by("customer_id").agg(rows=ibis._.count())
    many = each.filter(each.rows > 1).count().to_pyarrow().as_py()
    people = "1 person has" if many == 1 else f"{many:,} people have"
    return (f"{people} more than one row, each of which counts as a person",) if many else ()
