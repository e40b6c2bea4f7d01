"""What cleaning did to a source, gathered from its tables for people to read: no row about one person."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import validate
from patrons.dictionary import KINDS
from patrons.frames import each
from patrons.schemas import columns
from patrons.settings import Rule
from patrons.shop import Shop
from patrons.source import Source

#: What is measured of a column that cleaning touched, and what readers call it.
MEASURES = {"sum": "total", "mean": "mean", "median": "median"}
ACTIONS = {
    "leave": "left missing",
    "median": "filled with the median",
    "mode": "filled with the most frequent",
    "set_aside": "row set aside",
    "flag": "marked, not changed",
    "cap": "moved to the limit",
}
_REASONS = {
    "duplicate": "equal to an earlier row in every mapped column",
    "wrong number of fields": "cannot be split into the columns of the heading",
    "after the reference date": "ordered after the day of reference",
    validate.TWO_ARMS: "the same person is in two arms of the test",
    validate.AGAIN: "the same customer stands in an earlier row, with other values",
}


def ledger(shop: Shop) -> pd.DataFrame:
    """List what became of the rows of each table.

    Returns
    -------
    DataFrame
        `table`, `reason` ("kept" first), `rule` (in words), `rows`, `share` (of the rows read).
    """
    parts = []
    for table in shop.source.tables:
        frame = shop.ledger(table).to_frame()
        rules = [explain(shop.source, table, str(reason)) for reason in frame["reason"]]
        parts.append(frame.assign(table=table, rule=rules))
    return pd.concat(parts, ignore_index=True)[["table", "reason", "rule", "rows", "share"]]


def explain(source: Source, table: str, reason: str) -> str:
    """Say in words which rule sets a row aside for a reason, e.g. "quantity is 0 or less"."""
    if reason == "kept":
        return "no rule speaks against them"
    rules = [_condition(rule) for rule in source.tables[table].set_aside if rule.reason == reason]
    if rules:
        return " or ".join(rules)
    if reason in _REASONS:
        return _REASONS[reason]
    what, _, name = reason.removeprefix("outlier in ").rpartition(" ")
    own = {column.name: column for column in columns(table, source.tables[table])}
    if reason.startswith("outlier in "):
        return f"{name} is far from the others, see below"
    if what == "missing":
        return f"{name} is empty"
    if what == "unreadable" and name in own:
        return f"{name} cannot be read as {KINDS[own[name].kind]}"
    return f"{name} is not {own[name].rule}" if name in own else reason


def _condition(rule: Rule) -> str:
    parts = []
    if rule.starts_with is not None:
        parts.append(f"begins with “{rule.starts_with}”")
    if rule.equals is not None:
        parts.append(f"is {rule.equals:g}" if isinstance(rule.equals, float) else f"is “{rule.equals}”")
    if rule.at_least is not None:
        parts.append(f"is {rule.at_least:g} or more")
    if rule.at_most is not None:
        parts.append(f"is {rule.at_most:g} or less")
    return f"{rule.column} {' and '.join(parts)}"


def missing(shop: Shop) -> pd.DataFrame:
    """List the columns in which values are missing, before anything was filled in.

    Returns
    -------
    DataFrame
        `table`, `column`, `missing` (rows), `share` (of the rows that were looked at), `action`, `fill` (what was put
        in); the most frequent first within each table.
    """
    done = shop.treatments()
    treated = {(row.table, row.column): row for row in each(done[done["problem"] == "missing"])}
    found = []
    for name, table in shop.source.tables.items():
        kept, own = shop.table(name), [column.name for column in columns(name, table)]
        counts = kept.agg(_rows=kept.count(), **{column: kept[column].count() for column in own}).to_pyarrow()
        known = counts.to_pylist()[0]
        rows = known["_rows"]
        for column in own:
            how = treated.get((name, column))
            gaps = how.rows if how else rows - known[column]
            looked_at = rows + (gaps if how and how.action == "set_aside" else 0)
            if gaps:
                found.append(
                    (name, column, gaps, gaps / looked_at, how.action if how else "leave", how.fill if how else None)
                )
    frame = pd.DataFrame(found, columns=["table", "column", "missing", "share", "action", "fill"])
    order = pd.Categorical(frame["table"], categories=list(shop.source.tables))
    ordered = frame.assign(_at=order).sort_values(["_at", "missing"], ascending=[True, False], kind="stable")
    return ordered.drop(columns="_at")


def outliers(shop: Shop) -> pd.DataFrame:
    """List the columns in which outliers were looked for.

    Returns
    -------
    DataFrame
        `table`, `column`, `rule`, `limit`, `log` (logarithms were judged), `center` and `spread` (of what was judged),
        `low`, `high` (beyond which a value is an outlier), `rows`, `robust`, `classic` (rows that each rule finds),
        `action`.
    """
    done = shop.treatments()
    done = done[done["problem"] == "outliers"].reset_index(drop=True)
    robust = done["rule"] == "robust"
    done["robust"] = done["rows"].where(robust, done["other_rows"]).astype(int)
    done["classic"] = done["other_rows"].where(robust, done["rows"]).astype(int)
    names = ["table", "column", "rule", "limit", "log", "center", "spread", "low", "high"]
    return done[[*names, "rows", "robust", "classic", "action"]]


def steps(shop: Shop) -> pd.DataFrame:
    """Tell what each step of cleaning does to totals, means and medians.

    A value that is only marked changes nothing: there, `after` is what the numbers would be without it.

    Returns
    -------
    DataFrame
        `table`, `step` (in words), `of` (the column that is measured), `measure` (total, mean, median), `before`,
        `after`, `change` (relative to before), `rows` touched, `real` (False where nothing was changed).
    """
    found = shop.before_after()
    found = found[found["action"] != "leave"]
    found = found[found["measure"].isin(list(MEASURES)) & ~((found["measure"] == "sum") & (found["of"] != "amount"))]
    real = found["action"] != "flag"
    after = found["after"].where(real, found["without"]).astype(float)
    before = found["before"].astype(float)
    return pd.DataFrame(
        {
            "table": found["table"],
            "step": [_step(*row) for row in found[["column", "problem", "action"]].itertuples(index=False)],
            "of": found["of"],
            "measure": found["measure"].map(MEASURES),
            "before": before,
            "after": after,
            "change": ((after - before) / before.abs()).where(before != 0),
            "rows": found["rows"].astype(int),
            "real": real.to_numpy(),
        }
    ).reset_index(drop=True)


def _step(column: str, problem: str, action: str) -> str:
    if problem == "set aside":
        return action
    if problem == "missing":
        return f"{column} missing: {ACTIONS[action]}"
    return f"{column} outliers: {'if left out' if action == 'flag' else ACTIONS[action]}"


def revenue(shop: Shop) -> tuple[float, float] | None:
    """Return the money in all rows as they were read, and in those that are kept, after all treatments.

    None where the source has no purchases.
    """
    if not shop.has("transactions"):
        return None
    found = shop.before_after("transactions")
    totals = found[(found["of"] == "amount") & (found["measure"] == "sum")]
    if len(totals):  # both from what was written down: sums made at different times differ in their last digits
        return float(totals["before"].iloc[0]), float(totals["after"].iloc[-1])
    kept = float(f"{shop.transactions.amount.sum().to_pyarrow().as_py() or 0.0:.12g}")
    return kept, kept


def bars(shop: Shop) -> pd.DataFrame:
    """Return the histograms of the columns in which outliers were looked for, as they were before.

    Returns
    -------
    DataFrame
        `table`, `column`, `low`, `high` (of the bar, as a distance from the center in spreads, so that columns of
        different units share an axis), `rows`, `outlier` (all of the bar lies beyond the limit).
    """
    drawn = shop.before_after_histograms()
    drawn = drawn[drawn["problem"] == "outliers"]
    judged = outliers(shop)[["table", "column", "log", "center", "spread", "limit"]]
    both = drawn.merge(judged, on=["table", "column"]).reset_index(drop=True)
    log = both["log"].to_numpy(dtype=bool)
    for side in ("low", "high"):
        values = both[side].to_numpy(dtype=float)
        judged_on = np.where(log, np.log(np.where(log, values, 1.0)), values)
        both[side] = (judged_on - both["center"].to_numpy(dtype=float)) / both["spread"].to_numpy(dtype=float)
    beyond = (both["low"] > both["limit"]) | (both["high"] < -both["limit"])
    found = both.assign(rows=both["before"].astype(int), outlier=beyond)
    return found[["table", "column", "low", "high", "rows", "outlier"]].astype({"low": float, "high": float})
