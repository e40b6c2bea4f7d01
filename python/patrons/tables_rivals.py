"""Rivals, tests and needs of segments as a reader's tables."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
from great_tables import GT, loc, style

from patrons import tables, theme
from patrons.facts import NO_BREAK, Fact, digits_of, show
from patrons.frames import each
from patrons.rivals_study import TITLES, Tested
from patrons.segment_needs import Measure
from patrons.separation import Described

#: How strongly a cell is coloured, by rating: the accent's alpha, so that light and dark pages both show through.
HEAT = {"high": "4d", "middle": "1f"}
COSTS = "Marketing cost"


def agreements(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the agreement of pairs of groupings, the closest first.

    Parameters
    ----------
    table
        From `rivals.compare`.
    """
    rows = [
        {
            "Grouping": TITLES[row.one],
            "and": TITLES[row.other],
            "Agreement (ARI)": f"{_signed(row.ari)}",
            "95 % interval": f"{_signed(row.low)} to {_signed(row.high)}",
        }
        for row in each(table.sort_values("ari", ascending=False, kind="stable"))
    ]
    return pd.DataFrame(rows)


def circular(found: Described) -> pd.DataFrame:
    """Lay out the circular analysis of variance beside what cutting one cloud gives."""
    rows = []
    for row in each(found.table):
        together = row.feature == "all"
        rows.append(
            {
                "Feature": "All together" if together else str(row.feature).replace("_", " ").capitalize(),
                "F (describes only)": "–" if pd.isna(row.f) else show(float(row.f), None, 1 if row.f < 100 else 0),
                "η²": _share(row.eta2),
                "η² of one cloud": _share(row.cloud_eta2),
                "its middle 95 %": f"{_share(row.cloud_low)} to {_share(row.cloud_high)}",
            }
        )
    return pd.DataFrame(rows)


def tests(tested: Tested) -> pd.DataFrame:
    """Lay out the tests of outcomes: two rows each, effect sizes before p-values."""
    rows = []
    for row in each(tested.comparison.outcomes):
        name = tested.apart.outcomes[row.outcome]
        f = "–" if pd.isna(row.f) else f"F({row.df1:.0f}, {row.df2:,.0f}) = {row.f:.1f}"
        h = "–" if pd.isna(row.h) else f"H({row.h_df:.0f}) = {row.h:.1f}"
        rows.append(_test(name, "Means (Welch)", "ω²", (row.omega2, row.omega2_low, row.omega2_high), f, row.p_holm))
        ends = row.epsilon2, row.epsilon2_low, row.epsilon2_high
        rows.append(_test(name, "Ranks (Kruskal–Wallis)", "ε²", ends, h, row.h_p_holm))
    return pd.DataFrame(rows)


def grouped(tested: Tested) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return `tests` with the headings of its columns; the outcome is the heading above its two rows."""
    found = tests(tested)
    return found, {str(key): str(key) for key in found if key != "outcome"}


def _test(
    outcome: str, test: str, size: str, values: tuple[float, float, float], statistic: str, p: float
) -> dict[str, str]:
    value, low, high = (_share(item) for item in values)
    return {
        "outcome": outcome,
        "Test": test,
        "Effect": "–" if value == "–" else f"{size} = {value}",
        "95 % interval": "–" if value == "–" else f"{low} to {high}",
        "Statistic": statistic,
        "p (Holm)": "–" if pd.isna(p) else show(float(p), "p"),
    }


def pairs(tested: Tested, currency: str | None, smallest: int, most: int = 10) -> pd.DataFrame:
    """Lay out the differences of pairs of groups in the first outcome; of many pairs, those of neighbours in mean."""
    outcome = next(iter(tested.apart.outcomes))
    unit = currency if tested.apart.units[outcome] == "money" else None
    names, found = tested.apart.clustering.names, tested.pairs(smallest)
    if len(found) > most:
        means = tested.means(smallest)
        order = means[means["outcome"] == outcome].sort_values("mean", ascending=False)["group"].tolist()
        near = {frozenset(pair) for pair in pairwise(order)}
        found = found[[frozenset(pair) in near for pair in zip(found["one"], found["other"], strict=True)]]
    rows = []
    for row in each(found):
        ends = float(row.difference), float(row.low), float(row.high)
        digits = digits_of(Fact(*ends, unit=unit)) if not pd.isna(row.low) else None
        value, low, high = ("–" if pd.isna(item) else show(item, unit, digits, signed=True) for item in ends)
        rows.append(
            {
                "Group": names[row.one],
                "less": names[row.other],
                "Difference": value,
                "95 % interval": "–" if low == "–" else f"{low} to {high}",
                "p": "–" if pd.isna(row.p) else show(float(row.p), "p"),
            }
        )
    return pd.DataFrame(rows)


def needs(table: pd.DataFrame, measures: list[Measure], names: dict[int, str], currency: str | None, name: str) -> GT:
    """Lay out the matrix of needs: a row per segment, a column per measure; the higher rated, the fuller the colour.

    Parameters
    ----------
    table
        From `segment_needs.public`.
    measures
        The columns.
    names
        Segment → name.
    currency
        The currency's three letters.
    name
        Of the table on its page.
    """
    wide = pd.DataFrame({"segment": [names[int(item)] for item in table["segment"].unique()]})
    ratings = {}
    for measure in measures:
        mine = table[table["measure"] == measure.name].reset_index(drop=True)
        wide[measure.name] = [_cell(row, currency if measure.unit == "money" else measure.unit) for row in each(mine)]
        ratings[measure.name] = mine["rating"].tolist()
    labels = {"segment": "Segment", **{measure.name: measure.title for measure in measures}}
    found = tables.table(wide, labels, name).fmt_markdown([measure.name for measure in measures])
    for column, rated in ratings.items():
        for rating, alpha in HEAT.items():
            rows = [place for place, item in enumerate(rated) if item == rating]
            if rows:
                fill = style.fill(f"{theme.colour('accent')}{alpha}")
                found = found.tab_style(fill, loc.body(columns=column, rows=rows))
    costs = [measure.name for measure in measures if measure.name in ("discount", "mail")]
    return found.tab_spanner(COSTS, costs) if costs else found


def _cell(row: object, unit: str | None) -> str:
    """Write rating, value and interval below each other."""
    value, low, high, rating = (getattr(row, key) for key in ("value", "low", "high", "rating"))
    if pd.isna(value):
        return "–"
    if pd.isna(low):
        return f"{_written(value, unit, None)}"
    digits = at_most(digits_of(Fact(value, low, high, unit)), unit)
    scale = 100 if unit == "share" else 1
    ends = " to ".join(show(float(end) * scale, None, digits) for end in (low, high)).replace(" ", NO_BREAK)
    return f"**{str(rating).capitalize()}**<br>{_written(value, unit, digits)}<br>{ends}"


def _written(value: float, unit: str | None, digits: int | None) -> str:
    return show(float(value), unit, digits).replace("$", "\\$")


def at_most(digits: int | None, unit: str | None) -> int | None:
    """Cap the decimals of what nobody reads to the thousandth, however sure it is."""
    return None if digits is None else min(digits, 1 if unit == "share" else 2)


def _share(value: float) -> str:
    """Write a share of variance as it is usually written, between 0 and 1."""
    return "–" if pd.isna(value) else f"{value:.3f}"


def _signed(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}".replace("-", "−")
