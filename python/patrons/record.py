"""From results to facts: every headline number gets its id, its interval and its method, once."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Facts
from patrons.features import totals
from patrons.frames import each
from patrons.shop import Shop


def data(shop: Shop, held: pd.DataFrame) -> None:
    """Record `data.…`: what became of each table's rows, what the tables hold, and what the purchases come to.

    Parameters
    ----------
    shop
        The source.
    held
        From `contents.tables`.
    """
    for row in each(held):
        name, ledger = f"data.{row.table}", shop.ledger(str(row.table))
        for what in ("rows_read", "rows_kept", "rows_set_aside"):
            shop.facts.add(f"{name}.{what}", getattr(ledger, what), unit="rows")
        shop.facts.add(f"{name}.columns", row.columns, unit="columns")
        shop.facts.add(f"{name}.unknown", row.unknown, unit="share", n=int(row.rows) * int(row.columns))
        if pd.notna(row.first):
            shop.facts.add(f"{name}.first", row.first.date())
            shop.facts.add(f"{name}.last", row.last.date())
    if shop.has("experiment"):
        shop.facts.add("data.experiment.arms", len(shop.design.arms), unit="arms")
    purchases(shop)


def purchases(shop: Shop) -> None:
    """Record the `data.*` facts of a shop's transactions; none where it has none.

    Counts and revenue are over the rows that have a customer; orders are distinct order ids.
    """
    if not shop.has("transactions"):
        return
    facts, ledger = shop.facts, shop.ledger("transactions")
    facts.add("data.rows_read", ledger.rows_read, unit="rows")
    facts.add("data.rows_kept", ledger.rows_kept, unit="rows")
    facts.add("data.rows_set_aside", ledger.rows_set_aside, unit="rows")
    facts.add("data.rows_without_customer", ledger.without_customer, unit="rows")
    for reason, rows in ledger.by_slug().items():
        facts.add(f"data.set_aside.{reason}", rows, unit="rows")
    counts = totals(shop.transactions)
    for name in ("customers", "orders", "products"):
        if name in counts:
            facts.add(f"data.{name}", counts[name], unit=name)
    facts.add("data.revenue", counts["revenue"], unit="money")
    for name in ("first_order", "last_order"):
        facts.add(f"data.{name}", counts[name])
    facts.add("data.reference_date", shop.reference_date)


def sales(facts: Facts, months: pd.DataFrame, weekdays: pd.DataFrame) -> None:
    """Record which months and weekdays sell most; months that are covered in part do not compete.

    Nor do those that may not be shown (`sales.public`).
    """
    whole = months[months["whole"]] if months["whole"].any() else months
    best, least = (whole.iloc[int(place)] for place in (whole["revenue"].argmax(), whole["revenue"].argmin()))
    facts.add("data.months.best", f"{best['month']:%B %Y}")
    facts.add("data.months.least", f"{least['month']:%B %Y}")
    facts.add("data.months.most", best["revenue"], unit="money")
    facts.add("data.months.ratio", best["revenue"] / least["revenue"] if least["revenue"] > 0 else None, unit="ratio")
    years = whole.groupby(whole["month"].dt.year).filter(lambda year: len(year) == 12)
    peaks = years.loc[years.groupby(years["month"].dt.year)["revenue"].idxmax(), "month"].dt.month_name()
    facts.add("data.months.complete_years", len(peaks))
    if len(peaks):
        facts.add("data.months.peak", peaks.mode().iloc[0])
        facts.add("data.months.peak_years", int((peaks == peaks.mode().iloc[0]).sum()))
    known = weekdays[weekdays["orders"] > 0]
    if known.empty:
        return
    top = known.iloc[int(known["orders"].argmax())]
    facts.add("data.weekdays.best", top["name"])
    facts.add("data.weekdays.most", top["share"], unit="share", n=round(top["orders"] / top["share"]))
    fewest = known["orders"].min()
    facts.add("data.weekdays.ratio", top["orders"] / fewest if fewest else None, unit="ratio")
