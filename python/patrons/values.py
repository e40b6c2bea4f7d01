"""From text to values: numbers, times, ids, yes and no, as Ibis expressions. What cannot be read becomes null."""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from patrons.forms import ISO, ZONE, Form, bare, plain_number, with_clocks
from patrons.schemas import Column
from patrons.settings import Read

# How programs write "nothing". In text NA may be a name (Namibia, North America); in an id or a number it is not.
NOTHING_IN_TEXT = ("", "nan", "NaN", "null", "NULL", "None", "<NA>", "#N/A", "N/A")
NOTHING = (*NOTHING_IN_TEXT, "NA", "n/a", "na", "-", "NaT")
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
    "%d.%m.%y",
    "%d-%b-%y",
)
SERIAL_ZERO = datetime(1899, 12, 30)  # day 0 of spreadsheets, which hold 1900 for a leap year


@ibis.udf.scalar.builtin(name="try_strptime")
def _try_strptime(text: str, formats: list[str]) -> datetime: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp('UTC', 6)"))
def _try_strptime_zoned(text, formats): ...  # type: ignore[no-untyped-def]


def something(text: ir.StringColumn, kind: str) -> ir.Value:
    """Return text with every way of writing "nothing" as null."""
    return text.isin(NOTHING_IN_TEXT if kind == "text" else NOTHING).ifelse(ibis.null("string"), text)


def read_value(text: ir.Value, column: Column, kind: str, read: Read, form: Form, typed: bool) -> ir.Value:
    """Return the values of a column, null where they cannot be read.

    Parameters
    ----------
    text
        The column's text, null where there is nothing.
    column, kind
        What it is; a covariate's kind is settled by its values.
    read, form
        How it is written: what the source says, and what its values show.
    typed
        Whether the files know dates as dates, which are then ISO 8601 in the text.
    """
    if kind == "number":
        value = read_number(text, form)
        return value if column.scale == 1 else value * column.scale
    if kind == "share":
        percent = text.re_search(r"%$").ifelse(text.re_replace(r"\s*%$", ""), ibis.null("string"))
        return ibis.coalesce(read_number(text, form), read_number(percent, form) / 100)
    if kind == "binary":
        low = text.lower()
        return ibis.cases((low.isin(TRUE), 1), (low.isin(FALSE), 0), else_=ibis.null("int8")).cast("int8")
    if kind == "time":
        return _read_time(text, read, form, typed)
    if kind == "id":  # a column of whole numbers with gaps is often written 17850.0
        return text.contains(".0").ifelse(text.re_replace(r"^(\d+)\.0+$", r"\1"), text)
    return text


def read_number(text: ir.Value, form: Form) -> ir.Value:
    """Return text as numbers, null where it is none that a shop could have meant."""
    if form.plain and form.decimal == ".":
        return _finite(text.try_cast("float64"))
    undressed = bare(text) if form.dressed else text
    if form.thousands:
        undressed = undressed.replace(form.thousands, "")
    local = undressed.re_search(plain_number(form.decimal)).ifelse(undressed, ibis.null("string"))
    local = local if form.decimal == "." else local.replace(form.decimal, ".")
    if form.machine or form.decimal == ".":
        local = text.re_search(plain_number()).ifelse(text, local)
    return _finite(local.try_cast("float64"))


def _finite(number: ir.Value) -> ir.Value:
    return (number.isinf() | number.isnan()).ifelse(ibis.null("float64"), number)


def _read_time(text: ir.Value, read: Read, form: Form, typed: bool) -> ir.Value:
    if form.plain and read.date_format is None:
        return text.try_cast("timestamp(6)")
    iso = text.re_search(ISO).ifelse(text, ibis.null("string"))
    zoned = iso.re_search(ZONE)
    day = zoned.ifelse(iso.try_cast("timestamp('UTC', 6)").cast("timestamp(6)"), iso.try_cast("timestamp(6)"))
    if read.date_format is None:
        whole = text.re_replace(r"\.0+$", "")  # 19970101.0, where a program took dates for numbers
        others = [
            (whole.re_search(pattern), _try_strptime(whole, with_clocks(formats)).cast("timestamp(6)"))
            for pattern, formats in form.dates.items()
        ]
        return ibis.cases((text.re_search(ISO), day), *others, else_=ibis.null("timestamp(6)")) if others else day
    given = _formatted(text, read.date_format)
    return ibis.coalesce(given, day) if typed else given


def _formatted(text: ir.Value, pattern: str) -> ir.Value:
    if pattern == "excel":
        days = text.try_cast("float64")
        seconds = (days.between(0, 2_958_465).ifelse(days, ibis.null("float64")) * 86_400).round().cast("int64")
        return ibis.timestamp(SERIAL_ZERO).cast("timestamp(6)") + seconds.as_interval("s")
    if pattern == "unix":
        number = text.try_cast("float64")
        return _from_epoch((number.abs() >= 1e11).ifelse(number / 1000, number))
    if "%z" in pattern or "%Z" in pattern:
        return _try_strptime_zoned(text, [pattern]).cast("timestamp(6)")
    return _try_strptime(text, [pattern]).cast("timestamp(6)")


def _from_epoch(seconds: ir.Value) -> ir.Value:
    return ibis.timestamp(datetime(1970, 1, 1)).cast("timestamp(6)") + seconds.round().cast("int64").as_interval("s")


def expected(column: Column, read: Read) -> str:
    """Say what a value of a column must be."""
    if column.kind == "time":
        if read.date_format in ("excel", "unix"):
            words = {"excel": "the number of a day, as spreadsheets count", "unix": "seconds since 1970"}
            return words[read.date_format]
        if read.date_format:
            return f"a date like {datetime(2023, 12, 31).strftime(read.date_format)!r}"
        return "a date such as 2023-12-31"
    return column.rule


def advice(column: Column, text: str, read: Read, form: Form) -> str:
    """Say what to do about a value that cannot be read."""
    if column.kind == "time":
        fits = [pattern for pattern in with_clocks(DATE_FORMATS) if _parses(text, pattern)]
        if form.doubt:
            return f"{form.doubt} {_either(fits)}".rstrip()
        if fits:
            return f"It looks like {_either(fits[:1])}"
        return 'Say how dates are written, e.g. `read: {date_format: "%d/%m/%Y %H:%M"}`.'
    if form.doubt:
        return form.doubt
    if column.kind == "number" and "," in text and read.decimal == ".":
        return 'If the comma is the decimal sign add `read: {decimal: ","}`; if it parts thousands, `thousands`.'
    if column.kind == "number" and "." in text and read.decimal == ",":
        return (
            'If the point parts thousands add `read: {thousands: "."}`; if it is the decimal sign, leave out `decimal`.'
        )
    return "Map another column, or correct the file."


def _parses(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _either(formats: list[str]) -> str:
    return " or ".join(f'`read: {{date_format: "{pattern}"}}`' for pattern in formats) + ("." if formats else "")
