"""Scores, segments and what became of them as a reader's tables: numbers with their intervals."""

from __future__ import annotations

import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.facts import Fact, digits_of, show
from patrons.frames import each
from patrons.rfm_checks import neighbours

TESTS = {"returned": "Who came back", "spend": "What they spent", "spend_ranks": "What they spent, in ranks"}
HOW = {"returned": "χ², Cramér's V", "spend": "Welch's F, ω²", "spend_ranks": "Kruskal–Wallis, ε²"}
SCORES = {"rank_sum": "Rank sum", "score_sum": "Sum of scores", "recency": "Recency", "frequency": "Frequency",
          "monetary": "Revenue"}  # fmt: skip
PAIRED = {"r": "Recency", "f": "Frequency", "m": "Value", "score_sum": "Sum of scores", "rank_sum": "Rank sum"}


def edges(table: pd.DataFrame, titles: dict[str, str]) -> GT:
    """Lay out what `rfm_views.look_up` found: a range and a count for each measure and score."""
    labels = {"score": "Score"}
    for measure in titles:
        labels |= {measure: "Range", f"{measure}_customers": "Customers"}
    shown = tables.table(table, labels, "tbl-rfm-edges").fmt_integer([key for key in labels if "_" in key])
    for measure, title in titles.items():
        shown = shown.tab_spanner(title, [measure, f"{measure}_customers"])
    return shown


def segments(table: pd.DataFrame, money: str) -> GT:
    """Lay out who is in each segment, with the medians of a typical customer."""
    labels = {"title": "Segment", "meaning": "Who they are", "customers": "Customers", "recency": "Days silent",
              "frequency": "Orders", "monetary": money, "action": "What to do"}  # fmt: skip
    shown = tables.table(table, labels, "tbl-rfm-segments").fmt_integer(
        ["customers", "recency", "frequency", "monetary"]
    )
    return shown.tab_spanner("Median", ["recency", "frequency", "monetary"])


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out how scores and rank sum go together."""
    rows = [
        {
            "Of": PAIRED[row.x],
            "and": PAIRED[row.y],
            "ρ": f"{row.rho:.3f}".replace("-", "−"),
            "95 % interval": f"{row.low:.3f} to {row.high:.3f}".replace("-", "−"),
        }
        for row in each(table[table["y"].isin(["f", "m"]) | (table["x"] == "score_sum")])
    ]
    return pd.DataFrame(rows)


def firmness(table: pd.DataFrame, bins: int) -> pd.DataFrame:
    """Lay out how many of each segment keep it."""
    others = " and ".join(map(str, neighbours(bins)))
    rows = [
        {
            "Segment": row.title,
            "Customers": f"{row.customers:,}",
            "Keep it with redrawn edges": show(row.edges, "share"),
            f"Keep it with {others} bins": show(row.bins, "share"),
        }
        for row in each(table)
    ]
    return pd.DataFrame(rows)


def later(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what the customers of each segment did afterwards."""
    unit = currency or "money"
    rows = [
        {
            **{"Segment then": row.title, "Customers": f"{row.customers:,}"},
            **{"Came back": show(row.rate, "share", _digits(row.rate, row.rate_low, row.rate_high, "share"))},
            "95 %": _interval(row.rate, row.rate_low, row.rate_high, "share"),
            "Spent since, mean": show(row.spend, unit, _digits(row.spend, row.spend_low, row.spend_high, unit)),
            "95 % ": _interval(row.spend, row.spend_low, row.spend_high, unit),
        }
        for row in each(table)
    ]
    return pd.DataFrame(rows)


def tests(table: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Lay out the tests of what came after, in Python and in R."""
    rows = []
    other = theirs.set_index("test")
    for row in each(table):
        within = "" if pd.isna(row.df_within) else f" and {row.df_within:,.1f}"
        known = not pd.isna(row.statistic)
        rows.append(
            {
                **{"Question": TESTS[row.test], "Test, effect": HOW[row.test]},
                "Statistic": f"{row.statistic:,.1f}" if known else "not defined",
                "Degrees of freedom": f"{row.df:.0f}{within}" if known else "–",
                "Effect": f"{row.effect:.3f}" if known else "–",
                "p, Python": show(row.p, "p") if known else "–",
                "p, R": show(float(other.loc[row.test, "p"]), "p") if known else "–",
            }
        )
    return pd.DataFrame(rows)


def foretold(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out how well each score told who would come back."""
    rows = [
        {
            "Score": SCORES[row.score],
            "Area under the ROC curve": show(row.auc, None, 3),
            "95 % interval": f"{row.low:.3f} to {row.high:.3f}",
        }
        for row in each(table)
    ]
    return pd.DataFrame(rows)


def laid_out(frame: pd.DataFrame, name: str, names: int = 1) -> GT:
    """Lay out a table whose numbers are written out: names at the left, everything else at the right."""
    labels = {str(key): str(key).strip() for key in frame.columns}
    return tables.table(frame, labels, name, right=list(labels)[names:])


def _digits(value: float, low: float, high: float, unit: str | None = None) -> int | None:
    return None if pd.isna(low) else digits_of(Fact(float(value), float(low), float(high), unit))


def _interval(value: float, low: float, high: float, unit: str | None = None) -> str:
    if pd.isna(low):
        return "–"
    digits = _digits(value, low, high, unit)
    return f"{show(float(low), unit, digits, bare=True)} to {show(float(high), unit, digits)}"
