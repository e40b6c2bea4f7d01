"""How the values of a column are written, found from all of them at once.

A single `03/04/2020` or `1,234` may mean two things; the column it stands in mostly tells which. What it does not
tell is never guessed: it is left unreadable, and `Form.doubt` says what to write in source.yml.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from patrons.schemas import Column
from patrons.settings import Read

CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M", "T%H:%M:%S")
CODES = "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HUF|INR|JPY|MXN|NOK|NZD|PLN|RUB|SEK|TRY|USD|ZAR"
CURRENCY = rf"(?:\p{{Sc}}|US\$|{CODES})"

ISO = r"^\d{4}-\d{1,2}-\d{1,2}($|[ T])"
PLAIN_TIME = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
# Ways of writing a date that mean one thing only, and how each is read.
PLAIN_DATES: dict[str, tuple[str, ...]] = {
    r"^(19|20)\d{6}$": ("%Y%m%d",),
    r"^(19|20)\d{12}$": ("%Y%m%d%H%M%S",),
    r"^\d{4}/\d{1,2}/\d{1,2}($|[ T])": ("%Y/%m/%d",),
    r"^\d{4}\.\d{1,2}\.\d{1,2}($|[ T])": ("%Y.%m.%d",),
    r"^\d{1,2}\.\d{1,2}\.\d{4}($|[ T])": ("%d.%m.%Y",),
    r"^\d{1,2}[ -][A-Za-z]{3,}[ -]\d{4}($|[ T])": ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y"),
    r"^[A-Za-z]{3,} \d{1,2},? \d{4}($|[ T])": ("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y"),
}
EITHER = r"^\d{1,2}[/-]\d{1,2}[/-]\d{4}($|[ T])"  # day or month first
DAY_FIRST = r"^(1[3-9]|2\d|3[01])[/-]\d{1,2}[/-]\d{4}($|[ T])"
MONTH_FIRST = r"^\d{1,2}[/-](1[3-9]|2\d|3[01])[/-]\d{4}($|[ T])"
DAYS, MONTHS = ("%d/%m/%Y", "%d-%m-%Y"), ("%m/%d/%Y", "%m-%d-%Y")
SERIAL = r"^[2-6]\d{4}(\.\d+)?$"
EPOCH = r"^1\d{9}(\.\d+)?$|^1\d{12}$"
ZONE = r":\d{2}(\.\d+)?\s*[A-Za-z+-]"  # after the clock: an offset, Z, or the name of a time zone


@dataclass(frozen=True)
class Form:
    """How a column is written.

    Attributes
    ----------
    decimal, thousands : str
        The signs in numbers; the latter empty where there is none.
    machine : bool
        Whether plain numbers with a point are right whatever `decimal` says, because programs wrote them.
    dressed : bool
        Whether numbers may come with a currency and the like.
    plain : bool
        Whether all numbers are plain ones with a point, all dates ISO 8601 without an offset.
    dates : dict of str to tuple of str
        For values that match the pattern (the key), the formats to read them with.
    said : tuple of str
        What was found out and is worth telling.
    doubt : str
        Why some values cannot be read, and what to write in source.yml.
    """

    decimal: str = "."
    thousands: str = ""
    machine: bool = False
    dressed: bool = True
    plain: bool = False
    dates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    doubt: str = ""


def plain_number(decimal: str = ".") -> str:
    """Return the pattern of a number without any decoration."""
    sign = re.escape(decimal)
    return rf"^[+-]?(\d+{sign}?\d*|{sign}\d+)([eE][+-]?\d+)?$"


def bare(text: ir.Value) -> ir.Value:
    """Take from a number what people write around it: currency, spaces between digits, brackets for a minus."""
    text = text.replace("\u2212", "-").re_replace(r"[\s\x{00A0}\x{2009}\x{202F}]+", " ")
    in_threes = text.re_search(r"^\D*\d{1,3}( \d{3})+([.,]\d+)?\D*$")
    text = in_threes.ifelse(text.re_replace(r"(\d) (\d)", r"\1\2"), text)
    text = text.re_replace(r"^\((.*)\)$", r"-\1").re_replace(r"^(.*\d) ?-$", r"-\1")
    text = text.re_replace(rf"^([+-]?) ?{CURRENCY} ?([+-]?)", r"\1\2")
    return text.re_replace(rf" ?{CURRENCY}$", "")


def find_forms(texts: ir.Table, wanted: tuple[Column, ...], read: Read, typed: bool) -> list[Form]:
    """Find how each column of a table is written.

    Parameters
    ----------
    texts
        Columns `t0`, `t1` … with the text of the columns wanted.
    wanted
        What the columns are.
    read
        What the source says of it, which comes first.
    typed
        Whether the files know numbers and dates as such.
    """
    timed = [i for i, column in enumerate(wanted) if column.kind == "time" and read.date_format is None]
    numbers = [i for i, column in enumerate(wanted) if column.kind in ("number", "share")]
    # Most columns are plain, which is quickly seen; only the others are looked at closely.
    usual = plain_number("." if typed else read.decimal)
    first = {f"odd{i}": _unusual(texts[f"t{i}"], usual).sum() for i in numbers}
    first |= {f"odd{i}": _odd(texts[f"t{i}"], PLAIN_TIME).count() for i in timed}
    seen = _counted(texts, first)
    closer = [i for i in (*numbers, *timed) if seen[f"odd{i}"]]
    second: dict[str, ir.Value] = {}
    for i in closer:
        counts = _date_counts(texts[f"t{i}"]) if i in timed else _number_counts(texts[f"t{i}"], read, usual)
        second |= {f"{key}{i}": value for key, value in counts.items()}
    seen |= _counted(texts, second)
    forms = [Form(read.decimal, read.thousands or "", typed, plain=i in (*numbers, *timed)) for i in range(len(wanted))]
    for i in closer:
        own = {re.sub(r"\d+$", "", key): count for key, count in seen.items() if re.fullmatch(rf"\D+{i}", key)}
        forms[i] = _date_form(own) if i in timed else _number_form(own, read, typed)
    return forms


def _counted(texts: ir.Table, measures: dict[str, ir.Value]) -> dict[str, int]:
    found = texts.agg(**measures).to_pyarrow().to_pylist()[0] if measures else {}
    return {key: count or 0 for key, count in found.items()}


def _odd(text: ir.Value, pattern: str) -> ir.Value:
    return text.re_search(pattern).ifelse(ibis.null("string"), text)


def _unusual(text: ir.Value, usual: str) -> ir.Value:
    """Tell which numbers are not plain ones; a cast is quicker than a pattern, but lets some more through."""
    if usual != plain_number():
        return (text.notnull() & ~text.re_search(usual)).cast("int64")
    number = text.try_cast("float64")
    other = number.isnull() | number.isinf() | number.isnan() | text.contains("_")
    return (text.notnull() & other).cast("int64")


def _matches(text: ir.Value, pattern: str) -> ir.Value:
    return text.re_search(pattern).cast("int64").sum()


def _signs(read: Read) -> tuple[str, str]:
    """Return the decimal sign, and the sign that would part thousands."""
    return read.decimal, read.thousands or ("," if read.decimal == "." else ".")


def _number_counts(text: ir.Value, read: Read, usual: str) -> dict[str, ir.Value]:
    decimal, other = (re.escape(sign) for sign in _signs(read))
    odd = _odd(text, usual)
    number = bare(odd)
    grouped = rf"^[+-]?\d{{1,3}}({other}\d{{3}})+$"
    return {
        "grouped": _matches(number, grouped),
        "surely_grouped": _matches(
            number, rf"^[+-]?\d{{1,3}}({other}\d{{3}})+{decimal}\d*$|^[+-]?\d{{1,3}}({other}\d{{3}}){{2,}}$"
        ),
        "other_decimal": _matches(
            number,
            rf"^[+-]?(\d*{other}(\d|\d\d|\d{{4,}})|\d{{4,}}{other}\d+|\d{{1,3}}({decimal}\d{{3}})+{other}\d+)$",
        ),
        "surely_decimal": _matches(bare(text) if read.decimal != "." else text, rf"\d{decimal}(\d|\d\d|\d{{4,}})$"),
        "currencies": odd.re_extract(CURRENCY, 0).nullif("").nunique(),
    }


def _number_form(counts: dict[str, int], read: Read, typed: bool) -> Form:
    decimal, other = _signs(read)
    if counts["currencies"] > 1:
        doubt = "It holds amounts in more than one currency: bring them to one first."
        return Form(decimal, read.thousands or "", typed, dressed=False, doubt=doubt)
    if read.thousands:
        return Form(decimal, read.thousands, typed)
    if counts["other_decimal"] and not counts["surely_decimal"] and not counts["surely_grouped"]:
        doubt = f'If {_sign(other)} is the decimal sign write `read: {{decimal: "{other}"}}`.'
        return Form(decimal, "", typed, doubt=doubt)
    if counts["surely_grouped"] or (counts["grouped"] and counts["surely_decimal"]):
        return Form(decimal, other, typed, said=(f"{_sign(other)} parts thousands",))
    if counts["grouped"]:
        doubt = (
            f"Nothing tells whether {_sign(other)} parts thousands or is the decimal sign: "
            f'write `read: {{thousands: "{other}"}}` or `read: {{decimal: "{other}"}}`.'
        )
        return Form(decimal, "", typed, doubt=doubt)
    return Form(decimal, "", typed)


def _sign(sign: str) -> str:
    return {",": "the comma", ".": "the point"}.get(sign, repr(sign))


def _date_counts(text: ir.Value) -> dict[str, ir.Value]:
    patterns = {"either": EITHER, "day": DAY_FIRST, "month": MONTH_FIRST, "serial": SERIAL, "epoch": EPOCH}
    odd = _odd(text, ISO)
    unzoned = (text.notnull() & ~text.re_search(ZONE)).cast("int64").sum()
    counts = {key: _matches(odd, pattern) for key, pattern in patterns.items()}
    return counts | {"other": odd.count(), "zoned": _matches(text, ZONE), "unzoned": unzoned}


def _date_form(counts: dict[str, int]) -> Form:
    said = []
    if counts["zoned"]:
        said.append("times with an offset are converted to UTC")
        said += ["times without one are taken for UTC"] if counts["unzoned"] else []
    if not counts["other"]:
        return Form(said=tuple(said))
    dates, doubt = dict(PLAIN_DATES), ""
    if counts["day"] and not counts["month"]:
        dates[EITHER] = DAYS
        said.append("the day comes first, as some of its dates can only be read so")
    elif counts["month"] and not counts["day"]:
        dates[EITHER] = MONTHS
        said.append("the month comes first, as some of its dates can only be read so")
    elif counts["either"]:
        dates |= {DAY_FIRST: DAYS, MONTH_FIRST: MONTHS}
        doubt = "Some have the day first and some the month." if counts["day"] else "Nothing tells day from month."
    elif counts["serial"]:
        doubt = "It looks like the day numbers of a spreadsheet: write `read: {date_format: excel}`."
    elif counts["epoch"]:
        doubt = "It looks like seconds or milliseconds since 1970: write `read: {date_format: unix}`."
    return Form(dates=dates, said=tuple(said), doubt=doubt)


def with_clocks(formats: Iterable[str]) -> list[str]:
    """Return formats of a day, each without and with a time of day."""
    return [day + clock for day in formats for clock in CLOCKS]
