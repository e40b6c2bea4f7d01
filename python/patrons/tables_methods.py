"""What a book was made of, as a reader's tables."""

from __future__ import annotations

import pandas as pd
from great_tables import GT

from patrons import tables

#: What each id of `facts.json` that never changes its name holds; part of what is promised to users.
FIXED = {
    "data.rows_read, data.rows_kept, data.rows_set_aside, data.set_aside.<reason>": (
        "rows of the transactions; what was read was kept or set aside, always"
    ),
    "data.customers, data.orders, data.products, data.revenue": (
        "distinct counts, and the sum of amounts, over kept rows that have a customer"
    ),
    "data.first_order, data.last_order, data.reference_date": "times in ISO 8601",
    "explore.top20_revenue_share, explore.one_time_share": (
        "share of revenue from the top fifth of customers; share of customers with one order"
    ),
    "explore.high_low_ratio": "mean revenue of a customer, upper half over lower half by revenue",
    "explore.days_between_orders.median, explore.weekly_orders.mean": "rhythm of orders",
    "rfm.<recency | frequency | monetary>.<mean | median>": "over customers",
    "rfm.segment.<name>.<customers | revenue_share>": "of each named segment",
    "segments.<k | silhouette | inertia | stability>, segments.<n>.customers": (
        "the groups; stability is the mean adjusted Rand index over bootstrap refits"
    ),
    "retention.churn_rate, retention.cohort.<yyyy-mm>.<m>": (
        "share silent for longer than the threshold; customers of a cohort who ordered m calendar months after their "
        "first order, with the cohort's size at m = 0"
    ),
    "lifetime.<bgnbd | pareto_nbd | gamma_gamma>.<parameter | loglik>": "in the source's unit of time",
    "lifetime.holdout.<actual | bgnbd | pareto_nbd>": "repeat purchases after the end of calibration",
    "campaigns.<impressions | clicks | leads | conversions | cost | revenue>": "totals",
    "campaigns.<ctr | conversion_rate | cpc | cpl | cac | roi | profitable | wasteful>": (
        "pooled: clicks over impressions, conversions over clicks, cost over clicks, over leads and over conversions, "
        "(revenue − cost) over cost; numbers of campaigns"
    ),
    "experiment.<outcome>.<arm>.<n | mean | lift | lift_pct | p>": (
        "arm less control with a 95 % interval; two-sided p, Welch for money and numbers, pooled z for yes or no"
    ),
    "experiment.srm.p": "χ² test of the allocation",
    "seasonality.peak_month, seasonality.index.<01 … 12>": "mean revenue of a calendar month over that of all",
    "response.<target>.<model>.auc": "on customers and time not used to fit",
}

#: What a render leaves behind.
LEFT = {
    "_book/index.html, _book/chapters/*.html": "the site; opens from the disk and asks nothing of the network",
    "_book/*.pdf": "the same book on paper",
    "_book/dashboard.html": "one page with filters",
    "_book/facts.json": "every number of the book",
    "_book/data/*.csv": "the tables behind the figures; never a row about one person",
    "data/rejected/<source>.csv": "every row that was set aside, whole, with its reason; never part of the site",
    "models/<source>/": "what scores new customers",
    "_freeze/": "the results of executing the chapters, in Quarto's own format",
}


def versions(table: pd.DataFrame, name: str) -> GT:
    """Lay out the versions of one language."""
    labels = {"package": "Package", "running": "Runs in", "locked": "Locked in", "purpose": "What it is for"}
    return tables.table(table, labels, name, right=["running", "locked"])


def settings(table: pd.DataFrame) -> GT:
    """Lay out the choices of the analysis."""
    return tables.table(table, {"setting": "Setting", "value": "Value"}, "tbl-methods-settings", group="part")


def files(table: pd.DataFrame) -> GT:
    """Lay out the files that were read, with as much of their fingerprints as tells them apart."""
    shown = table.assign(sha256=table["sha256"].str[:16])
    return tables.table(shown, {"table": "Table", "file": "File", "sha256": "SHA-256 begins"}, "tbl-methods-files")


def behind(table: pd.DataFrame, most: int = 25) -> GT:
    """Lay out the methods behind most numbers."""
    labels = {"method": "Method", "facts": "Numbers", "intervals": "with an interval", "chapters": "Chapters"}
    return tables.table(table.head(most), labels, "tbl-methods-behind").fmt_integer(["facts", "intervals"])


def listed(what: dict[str, str], first: str, second: str, name: str) -> GT:
    """Lay out a list of names and their meanings."""
    rows = pd.DataFrame({"name": list(what), "meaning": list(what.values())})
    return tables.table(rows, {"name": first, "meaning": second}, name)


def commands(table: pd.DataFrame) -> GT:
    """Lay out what can be typed."""
    return tables.table(table, {"command": "Command", "does": "Does"}, "tbl-methods-commands")
