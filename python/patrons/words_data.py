"""What the facts of the data say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons.dictionary import ONE_ROW
from patrons.facts import NO_BREAK, Facts, claim, show
from patrons.frames import each
from patrons.settings import Tables
from patrons.stop import SectionStop
from patrons.words import joined, plain, prose

#: What the report can say once a table is there.
ANSWERS = {
    "transactions": "who is valuable, who is slipping away, and when people buy",
    "customers": "what age, income and place add to what people buy",
    "campaigns": "what campaigns return for what they cost",
    "experiment": "what a change is worth, tested on some customers against others",
    "engagement": "what visits and e-mails tell about purchases to come",
}
PEOPLE_AND_THINGS = {
    "customers": "customers",
    "campaigns": "campaigns",
    "engagement": "monthly records of how a customer engaged",
}


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: revenue, or the size of the largest table where nothing was sold."""
    if "data.revenue" in facts:
        return facts.answer("data.revenue", f"of revenue from {facts.text('data.customers')}")
    largest = max(_tables(facts), key=lambda name: count(facts, f"data.{name}.rows_kept"))
    return facts.answer(f"data.{largest}.rows_kept", f"each {ONE_ROW[largest]}")


@prose
def contents(facts: Facts) -> str:
    """Say what the source holds."""
    others = joined([_held(facts, name) for name in _tables(facts) if name != "transactions"])
    if "data.revenue" not in facts:
        return f"The source describes {others}. It holds no single purchases."
    sold = f" for {facts.text('data.products')}" if "data.products" in facts else ""
    first, last = facts.text("data.first_order"), facts.text("data.last_order")
    more = f" Besides the orders, the source describes {others}." if others else ""
    return (
        f"{facts.text('data.customers')} placed {facts.text('data.orders')}{sold} from {first} to {last}, "
        f"worth {plain(facts.text('data.revenue'))}.{more}"
    )


def _held(facts: Facts, name: str) -> str:
    """Say what a table holds, e.g. "2,240 customers in 25 columns, from 30 July 2012 to 29 June 2014"."""
    rows = f"{count(facts, f'data.{name}.rows_kept'):,}"
    if name == "experiment":
        return f"{rows} people in a test of {facts.text('data.experiment.arms')}"
    described = f" in {facts.text(f'data.{name}.columns')}" if name == "customers" else ""
    return f"{rows} {PEOPLE_AND_THINGS[name]}{described}"


def public(held: pd.DataFrame) -> pd.DataFrame:
    """Lay out `contents.tables` for readers: `table`, `one_row`, `rows`, `columns`, `period`, `unknown`."""
    period = [
        _period(first, last) if pd.notna(first) else None
        for first, last in zip(held["first"], held["last"], strict=True)
    ]
    shown = held.assign(
        one_row=held["table"].map(ONE_ROW),
        period=pd.Series(period, dtype=object),
        unknown=[portion(share) for share in held["unknown"]],
    )
    return shown[["table", "one_row", "rows", "columns", "period", "unknown"]]


def _period(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Write a period short enough for a table, e.g. "3 Jan 2020 to 31 Dec 2023"."""
    days = list(dict.fromkeys(f"{at.day}{NO_BREAK}{at:%b}{NO_BREAK}{at:%Y}" for at in (first, last)))
    return " to ".join(days)


@prose
def unknown(facts: Facts) -> str:
    """Say in which tables values are not known."""
    shares = {name: facts[f"data.{name}.unknown"].value for name in _tables(facts)}
    gaps = [f"{portion(share)} in `{name}`" for name, share in shares.items() if isinstance(share, float) and share]
    if not gaps:
        return "No value of the columns that the source maps is missing."
    return f"Of the values in the columns that the source maps, these are not known: {joined(gaps)}."


@prose
def groups(table: pd.DataFrame) -> str:
    """Name the largest group of each column.

    Parameters
    ----------
    table
        From `contents.groups`.
    """
    first = table[table["group"] != "others"].drop_duplicates("column")
    named = [
        f"{plain(str(row.group))} ({plain(str(row.column).replace('_', ' '))}, {show(float(row.share), 'share')})"
        for row in each(first)
    ]
    return f"The most frequent {claim(len(named) > 1, 'are', 'is')} {joined(named)}."


def need_groups(table: pd.DataFrame) -> None:
    """End the section if no column of the source makes groups."""
    if table.empty:
        raise SectionStop("No column of this source parts its rows into a few groups.")


def need_months(table: pd.DataFrame) -> None:
    """End the section if in no month enough customers bought."""
    if not table["revenue"].notna().any():
        raise SectionStop("In no month did enough customers buy to show what they spent.")


def need_weekdays(table: pd.DataFrame) -> None:
    """End the section if on no day of the week enough customers bought."""
    if not (table["orders"] > 0).any():
        raise SectionStop("On no day of the week did enough customers buy to show how many orders fall on it.")


def need_numbers(table: pd.DataFrame) -> None:
    """End the section if no column of the source holds numbers."""
    if table.empty:
        raise SectionStop("No column of this source holds numbers.")


def spelled(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Write the numbers of `contents.numbers` for readers, units in a column of their own."""
    years = table["unit"] == "year"  # years have no thousands
    shown = {
        part: [
            "too few" if pd.isna(value) else f"{value:.0f}" if year else _number(value)
            for value, year in zip(table[part], years, strict=True)
        ]
        for part in ("median", "low", "high")
    }
    unit = table["unit"].mask(table["unit"] == "money", currency or "money").mask(years, "")
    return table.assign(**shown, unit=unit, unknown=[portion(share) for share in table["unknown"]])


def _number(value: float) -> str:
    return show(int(value) if value.is_integer() else value)


def portion(share: float) -> str:
    """Write a share that is often nothing, or nearly so.

    Examples
    --------
    >>> portion(0.0), portion(0.0004)
    ('none', '<\xa00.1\xa0%')
    """
    if share == 0:
        return "none"
    return show(share, "share") if share >= 0.0005 else f"<{NO_BREAK}0.1{NO_BREAK}%"


@prose
def ledger(facts: Facts) -> str:
    """Say how many rows were read and kept, over all tables."""
    read, kept = (
        sum(count(facts, f"data.{name}.{what}") for name in _tables(facts)) for what in ("rows_read", "rows_kept")
    )
    if read == kept:
        return f"All {read:,} rows that were read are kept."
    share = show((read - kept) / read, "share")
    return f"Of {read:,} rows read, {kept:,} are kept and {read - kept:,} ({share}) are set aside."


@prose
def months(facts: Facts) -> str:
    """Say when in the year most is sold, if there are years to compare, else which month was strongest."""
    best, least = facts["data.months.best"].value, facts["data.months.least"].value
    if best == least:
        return f"Only {best} is there: nothing can be said about the year."
    most = plain(facts.text("data.months.most"))
    years = count(facts, "data.months.complete_years")
    if years < 2:
        times = facts["data.months.ratio"].value
        more = f"{facts.text('data.months.ratio')} times as much as" if times else "more than"
        return (
            f"The strongest month is {best} with {most}, {more} the weakest, {least}. With fewer than two complete "
            "years, a season cannot be told from growth or decline."
        )
    peak, won = facts["data.months.peak"].value, count(facts, "data.months.peak_years")
    often = claim(won == years, f"in each of the {years} complete years", f"in {won} of {years} complete years")
    steady = claim(
        2 * won > years,
        f"{peak} is the strongest month {often}",
        f"No month is the strongest in most years; {peak} is, {often}",
    )
    return f"{steady}. The strongest of all was {best} with {most}; growth of the shop is not taken out here."


@prose
def weekdays(facts: Facts) -> str:
    """Say which weekday has most orders, and whether days differ by much."""
    if "data.weekdays.best" not in facts:
        return ""
    ratio = facts["data.weekdays.ratio"].value
    even = not isinstance(ratio, float) or ratio < 1.25
    size = claim(even, "The days of the week differ little", "The days of the week differ")
    share = facts.text("data.weekdays.most")
    return f"{size}: {facts['data.weekdays.best'].value} has most orders, {share} of them."


@prose
def to_do(facts: Facts) -> str:
    """Say which tables would let the report say more."""
    lines = [f"- `{name}`: {ANSWERS[name]}." for name in absent(facts)]
    if not lines:
        return "All the tables are there that this report can use."
    return "The report can say more with further tables in `source.yml`:\n\n" + "\n".join(lines)


def absent(facts: Facts) -> list[str]:
    """Name the tables that the source does not have."""
    return [name for name in Tables.model_fields if name not in _tables(facts)]


def sizes(facts: Facts) -> list[tuple[str, str, str]]:
    """Return for each table its number of rows, what they are, and in how many columns they are described."""
    plural = {**PEOPLE_AND_THINGS, "experiment": "people in a test", "transactions": "lines of orders"}
    return [
        (f"{count(facts, f'data.{name}.rows_kept'):,}", plural[name], facts.text(f"data.{name}.columns"))
        for name in _tables(facts)
    ]


def _tables(facts: Facts) -> list[str]:
    parts = [key.split(".") for key in facts]
    return [part[1] for part in parts if len(part) == 3 and part[0] == "data" and part[2] == "rows_kept"]


def count(facts: Facts, name: str) -> int:
    """Return a fact that counts something, as a whole number."""
    value = facts[name].value
    return int(value) if isinstance(value, int | float) else 0
