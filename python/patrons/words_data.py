"""What the facts of the data say, in words: the same in their chapter and in the summary."""

from __future__ import annotations

from IPython.display import Markdown

from patrons.facts import Facts, claim, show
from patrons.shop import Ledger
from patrons.words import joined, plain

SMALL_LOSS = 0.05


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: revenue, or the size of the largest table where nothing was sold."""
    if "data.revenue" in facts:
        return facts.answer("data.revenue", f"of revenue from {facts.text('data.customers')}")
    largest = max(_tables(facts), key=lambda name: _count(facts, f"data.{name}.rows_kept"))
    return facts.answer(f"data.{largest}.rows_kept", f"in the table of the {largest}")


def sentences(facts: Facts) -> Markdown:
    """Say what there is and how much of it was set aside."""
    return Markdown(f"{contents(facts)} {ledger(facts)}")


def contents(facts: Facts) -> str:
    """Say what the source holds."""
    if "data.revenue" not in facts:
        parts = [f"{facts.text(f'data.{name}.rows_kept')} of the table `{name}`" for name in _tables(facts)]
        return f"The source holds {joined(parts)}, and no purchases."
    sold = f", of {facts.text('data.products')}" if "data.products" in facts else ""
    first, last = facts.text("data.first_order"), facts.text("data.last_order")
    return (
        f"{facts.text('data.customers')} placed {facts.text('data.orders')}{sold} between {first} and {last}, "
        f"worth {plain(facts.text('data.revenue'))}."
    )


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


def losses(largest: Ledger) -> Markdown:
    """Say which reason took most rows of a table."""
    if not largest.set_aside:
        return Markdown(f"Nothing in `{largest.table}` had to be set aside.")
    reason, rows = max(largest.set_aside.items(), key=lambda item: item[1])
    share = show(rows / largest.rows_set_aside, "share")
    return Markdown(
        f"In `{largest.table}`, the reason that took most rows is “{plain(reason)}”: {rows:,}, which is {share} of "
        "what was set aside."
    )


def months(facts: Facts) -> Markdown:
    """Say which month sold most, and how the strongest and the weakest compare."""
    best, least = facts["data.months.best"].value, facts["data.months.least"].value
    if best == least:
        return Markdown(f"The data cover {facts.text('data.months.best')} alone.")
    times = f"{facts.text('data.months.ratio')} times as much as" if facts["data.months.ratio"].value else "more than"
    return Markdown(
        f"The strongest month is {best} with {plain(facts.text('data.months.most'))}, {times} the weakest, {least}. "
        "Months differ in the number of customers as well as in season; neither is taken out here."
    )


def weekdays(facts: Facts) -> Markdown:
    """Say which weekday has most orders, and whether days differ by much."""
    ratio = facts["data.weekdays.ratio"].value
    even = not isinstance(ratio, float) or ratio < 1.25
    size = claim(even, "The days of the week differ little", "The days of the week differ")
    share = facts.text("data.weekdays.most")
    return Markdown(f"{size}: {facts['data.weekdays.best'].value} has most orders, {share} of them.")


def to_do(facts: Facts) -> Markdown:
    """Say what follows from the state of the data."""
    read, kept = (
        sum(_count(facts, f"data.{name}.{what}") for name in _tables(facts)) for what in ("rows_read", "rows_kept")
    )
    if read == kept:
        return Markdown("Nothing was set aside: there is nothing to mend at the source.")
    if (read - kept) / read <= SMALL_LOSS:
        return Markdown(
            "Mend at the source what causes most of the rows set aside; the results here would hardly move, later ones "
            "may."
        )
    return Markdown(
        "Look at the rows set aside before reading on: with so many, the rules in `source.yml` may throw out what "
        "counts, or the till may record what did not happen."
    )


def _tables(facts: Facts) -> list[str]:
    parts = [key.split(".") for key in facts]
    return [part[1] for part in parts if len(part) == 3 and part[0] == "data" and part[2] == "rows_kept"]


def _count(facts: Facts, name: str) -> int:
    value = facts[name].value
    return int(value) if isinstance(value, int | float) else 0
