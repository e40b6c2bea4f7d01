"""What the facts of the data say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.facts import Facts, claim, show
from patrons.shop import Ledger
from patrons.words import joined, plain, prose

SMALL_LOSS = 0.05


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: revenue, or the size of the largest table where nothing was sold."""
    if "data.revenue" in facts:
        return facts.answer("data.revenue", f"of revenue from {facts.text('data.customers')}")
    largest = max(_tables(facts), key=lambda name: _count(facts, f"data.{name}.rows_kept"))
    return facts.answer(f"data.{largest}.rows_kept", f"in the table of the {largest}")


@prose
def sentences(facts: Facts) -> str:
    """Say what there is and how much of it was set aside."""
    return f"{contents(facts)} {ledger(facts)}"


def contents(facts: Facts) -> str:
    """Say what the source holds."""
    if "data.revenue" not in facts:
        parts = [f"{facts.text(f'data.{name}.rows_kept')} of the table `{name}`" for name in _tables(facts)]
        return f"The source holds {joined(parts)}, and no purchases."
    sold = f" for {facts.text('data.products')}" if "data.products" in facts else ""
    first, last = facts.text("data.first_order"), facts.text("data.last_order")
    return (
        f"{facts.text('data.customers')} placed {facts.text('data.orders')}{sold} from {first} to {last}, "
        f"worth {plain(facts.text('data.revenue'))}."
    )


@prose
def ledger(facts: Facts) -> str:
    """Say how many rows were read, kept and set aside, over all tables."""
    read, kept = (
        sum(_count(facts, f"data.{name}.{what}") for name in _tables(facts)) for what in ("rows_read", "rows_kept")
    )
    if read == kept:
        return f"All {read:,} rows that were read are kept."
    share = show((read - kept) / read, "share")
    size = claim((read - kept) / read <= SMALL_LOSS, "few enough to leave the picture as it is", "enough to look at")
    return f"Of {read:,} rows read, {kept:,} are kept and {read - kept:,} ({share}) are set aside, {size}."


@prose
def losses(largest: Ledger) -> str:
    """Say which reason took most rows of a table."""
    if not largest.set_aside:
        return f"Nothing in `{largest.table}` had to be set aside."
    reason, rows = max(largest.set_aside.items(), key=lambda item: item[1])
    share = show(rows / largest.rows_set_aside, "share")
    return (
        f"In `{largest.table}`, the reason that took most rows is “{plain(reason)}”: {rows:,}, which is {share} of "
        "what was set aside."
    )


@prose
def months(facts: Facts) -> str:
    """Say when in the year most is sold, if there are years to compare, else which month was strongest."""
    best, least = facts["data.months.best"].value, facts["data.months.least"].value
    if best == least:
        return f"Only {best} is there: nothing can be said about the year."
    most = plain(facts.text("data.months.most"))
    years = _count(facts, "data.months.complete_years")
    if years < 2:
        times = facts["data.months.ratio"].value
        more = f"{facts.text('data.months.ratio')} times as much as" if times else "more than"
        return (
            f"The strongest month is {best} with {most}, {more} the weakest, {least}. With fewer than two complete "
            "years, a season cannot be told from growth or decline."
        )
    peak, won = facts["data.months.peak"].value, _count(facts, "data.months.peak_years")
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
    ratio = facts["data.weekdays.ratio"].value
    even = not isinstance(ratio, float) or ratio < 1.25
    size = claim(even, "The days of the week differ little", "The days of the week differ")
    share = facts.text("data.weekdays.most")
    return f"{size}: {facts['data.weekdays.best'].value} has most orders, {share} of them."


@prose
def to_do(facts: Facts) -> str:
    """Say what follows from the state of the data."""
    read, kept = (
        sum(_count(facts, f"data.{name}.{what}") for name in _tables(facts)) for what in ("rows_read", "rows_kept")
    )
    if read == kept:
        return "Nothing was set aside: there is nothing to mend at the source."
    if (read - kept) / read <= SMALL_LOSS:
        return (
            "Mend at the source what causes most of the rows set aside; the results here would hardly move, later ones "
            "may."
        )
    return (
        "Look at the rows set aside before reading on: with so many, the rules in `source.yml` may throw out what "
        "counts, or the till may record what did not happen."
    )


def _tables(facts: Facts) -> list[str]:
    parts = [key.split(".") for key in facts]
    return [part[1] for part in parts if len(part) == 3 and part[0] == "data" and part[2] == "rows_kept"]


def _count(facts: Facts, name: str) -> int:
    value = facts[name].value
    return int(value) if isinstance(value, int | float) else 0
