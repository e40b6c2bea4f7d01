"""From what cleaning did to facts: how much was set aside, what was missing or far off, and what it changed."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Facts
from patrons.frames import each
from patrons.source import slug


def cleaned(
    facts: Facts,
    ledger: pd.DataFrame,
    missing: pd.DataFrame,
    outliers: pd.DataFrame,
    problems: pd.DataFrame,
    steps: pd.DataFrame,
    revenue: tuple[float, float] | None,
) -> None:
    """Record `cleaning.…`.

    Parameters
    ----------
    facts
        Where to.
    ledger, missing, outliers, steps
        From the functions of `cleaning` of those names.
    problems
        From `Shop.problems`.
    revenue
        From `cleaning.revenue`.
    """
    kept = int(ledger.loc[ledger["reason"] == "kept", "rows"].sum())
    read = int(ledger["rows"].sum())
    facts.add("cleaning.rows_read", read, unit="rows")
    facts.add("cleaning.rows_kept", kept, unit="rows")
    facts.add("cleaning.rows_set_aside", read - kept, unit="rows")
    facts.add("cleaning.set_aside_share", (read - kept) / read, unit="share", n=read)
    aside = ledger[ledger["reason"] != "kept"]
    if len(aside):
        top = aside.iloc[int(aside["rows"].to_numpy().argmax())]
        facts.add("cleaning.top_reason", top["reason"])
        facts.add("cleaning.top_reason_rows", int(top["rows"]), unit="rows")
    facts.add("cleaning.problems", int(problems["rows"].sum()), unit="values")
    for row in each(missing):
        name = f"cleaning.missing.{row.table}.{slug(str(row.column))}"
        facts.add(name, row.share, unit="share", n=round(row.missing / row.share), method=str(row.action))
    for row in each(outliers):
        name = f"cleaning.outliers.{row.table}.{slug(str(row.column))}"
        facts.add(f"{name}.rows", int(row.rows), unit="rows", method=f"{row.rule} rule, limit {row.limit:g}")
        facts.add(f"{name}.robust", int(row.robust), unit="rows")
        facts.add(f"{name}.classic", int(row.classic), unit="rows")
    if revenue is not None:
        before, after = revenue
        facts.add("cleaning.revenue_read", before, unit="money", n=read)
        facts.add("cleaning.revenue_kept", after, unit="money")
        change = 100 * (after - before) / abs(before) if before else None
        sales = steps[steps["real"] & (steps["of"] == "amount") & (steps["measure"] == "total")]
        if len(sales):
            most = sales.iloc[int((sales["after"] - sales["before"]).abs().to_numpy().argmax())]
            facts.add("cleaning.revenue_top_step", most["step"])
            facts.add("cleaning.revenue_top_change", most["change"], unit="share", n=int(most["rows"]))
        facts.add("cleaning.revenue_change", change, unit="percent", method="all kept rows against all rows as read")
