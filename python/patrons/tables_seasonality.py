"""Seasons as a reader's tables, and as the frames that their figures draw."""

from __future__ import annotations

import pandas as pd

from patrons import masks
from patrons.facts import SIGNS, show
from patrons.frames import each
from patrons.seasonality_model import MONTHS
from patrons.seasonality_study import Study
from patrons.seasonality_tests import TITLES

PANELS = {"month": "Month", "weekday": "Weekday", "window": "Holiday"}
STATISTICS = {"friedman": "χ²", "ranks": "Ranks", "peak": "z"}


def index(found: Study) -> pd.DataFrame:
    """Return the index of each month for its figure, with what was planted."""
    table = found.index.table[["month", "months", "index", "low", "high"]].copy()
    table["name"] = [MONTHS[month - 1] for month in table["month"]]
    table["planted"] = [found.truth.get(f"seasonality.index.{month:02d}", float("nan")) for month in table["month"]]
    return table


def calendar(found: Study) -> pd.DataFrame:
    """Return effects of months, weekdays and holidays for their figure, with what was planted."""
    parts = [] if found.plain is None else [found.plain.effects]
    if found.holidays is not None:
        parts.append(found.holidays.effects[found.holidays.effects["kind"] == "window"])
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["kind", "name"])
    table = table[table["kind"].isin(list(PANELS))].reset_index(drop=True)
    names = [
        f"seasonality.calendar.month.{MONTHS.index(name) + 1:02d}" if name in MONTHS else "" for name in table["name"]
    ]
    planted = [found.truth.get(name, float("nan")) for name in names]
    return table.assign(panel=[PANELS[kind] for kind in table["kind"]], planted=planted)


def parts(found: Study, smallest: int = 1) -> pd.DataFrame:
    """Return the parts of revenue below each other: ``start``, ``part``, ``value``.

    Of months in which too few customers bought only what is drawn from all months is told: trend and season.
    """
    if found.parts is None:
        return pd.DataFrame(columns=["start", "part", "value"])
    table = found.parts.table.rename(columns={"value": "revenue"})
    few = found.months.loc[masks.divided(found.months["customers"], smallest, apart=False), "start"]
    long = table.melt("start", ["revenue", "trend", "season", "rest"], var_name="part")
    return long[~(long["start"].isin(few) & long["part"].isin(["revenue", "rest"]))].reset_index(drop=True)


def tests(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the family of tests."""
    rows = []
    for row in each(table):
        name = STATISTICS.get(row.test, "F")
        degrees = (
            ""
            if pd.isna(row.df1) or row.test == "ranks"
            else f"({row.df1:.0f}" + (")" if pd.isna(row.df2) else f", {row.df2:,.0f})")
        )
        value = f"{row.statistic:.0f}" if row.test == "ranks" else f"{row.statistic:.2f}".replace("-", "−")
        rows.append(
            {
                "Question": TITLES[row.test],
                "Statistic": f"{name}{degrees} = {value}",
                "p": show(row.p, "p"),
                "p (Holm)": show(row.p_holm, "p"),
            }
        )
    return pd.DataFrame(rows, columns=["Question", "Statistic", "p", "p (Holm)"])


def offer(found: Study, currency: str | None) -> pd.DataFrame:
    """Lay out what the offer did to each outcome."""
    assert found.offer is not None  # by `words_seasonality.need_offer`
    gains = found.offer.gains.set_index("outcome")
    trends = found.offer.effects[found.offer.effects["how"] == "trends"].set_index("outcome")["ratio"]
    sign = SIGNS.get(currency, f"{currency} ") if currency else ""
    rows = []
    for row in each(found.offer.effects[found.offer.effects["how"] == "main"]):
        gain = gains.loc[row.outcome]
        unit = "" if row.outcome == "orders" else f", {sign}".rstrip()
        rows.append(
            {
                "Outcome": f"{row.outcome.capitalize()}{unit}",
                "Ratio": f"{row.ratio:.2f}",
                "95 % interval": f"{row.low:.2f} to {row.high:.2f}",
                "p": show(row.p, "p"),
                "With own courses": f"{trends[row.outcome]:.2f}" if row.outcome in trends else "–",
                "Gained": show(float(gain["gain"]), None, 0, signed=True),
                "95 % interval ": f"{show(float(gain['low']), None, 0)} to {show(float(gain['high']), None, 0)}",
            }
        )
    return pd.DataFrame(rows)


def courses(found: Study) -> pd.DataFrame:
    """Return how the regions with an offer compare with the others, stretch by stretch."""
    assert found.offer is not None  # by `words_seasonality.need_offer`
    table = found.offer.courses
    middle = [_start((start + end) / 2 + 0.5) for start, end in zip(table["start"], table["end"], strict=True)]
    starts, ends = ([_start(number + more) for number in table[name]] for name, more in (("start", 0), ("end", 1)))
    return table.assign(start=starts, end=ends, middle=middle)


def monthly(found: Study) -> pd.DataFrame:
    """Return what was ordered in regions with an offer, and what would have been without it."""
    assert found.offer is not None  # by `words_seasonality.need_offer`
    return found.offer.monthly.drop(columns="number")


def _start(number: float) -> pd.Timestamp:
    """Return the day that a number of a month, or a part of one, stands for."""
    whole = int(number)
    first = pd.Timestamp(whole // 12, whole % 12 + 1, 1)
    return first + pd.Timedelta(days=round((number - whole) * first.days_in_month))
