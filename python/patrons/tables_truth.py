"""Tables of the chapter on truth, and the names of planted effects."""

from __future__ import annotations

import calendar
from collections.abc import Iterable

import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.facts import Fact, digits_of, show
from patrons.frames import each
from patrons.source import slug

CUSTOMERS, SEASON, OTHERS = "Customers", "Season", "Pairs and campaigns"
NAMES = {
    "explore.high_low_ratio": (CUSTOMERS, "Spend, best half over the rest"),
    "explore.top20_revenue_share": (CUSTOMERS, "Revenue of the best fifth"),
    "demographics.age_30_to_45.spend_ratio": (CUSTOMERS, "Spend, 30 to 45 over others"),
    "demographics.income_over_60k.spend_ratio": (CUSTOMERS, "Spend, income over 60k over others"),
    "response.last.women_to_men": (CUSTOMERS, "Answers, women over men"),
    "seasonality.off_peak.orders_ratio": (SEASON, "Orders, off-peak offer"),
    "campaigns.roi_mean": (OTHERS, "Mean return of campaigns"),
}
PARTS = {"female": "women", "male": "men"}


def name(effect: str, arms: Iterable[str] = ()) -> tuple[str, str]:
    """Name a planted effect: the group it belongs to, and what it is.

    Examples
    --------
    >>> name("seasonality.index.01")
    ('Season', 'Sales in January')
    >>> name("experiment.sales.discount_20.female.lift", ["discount 20%"])
    ('Test: discount 20%', 'Sales, women')
    """
    if effect in NAMES:
        return NAMES[effect]
    head, *parts, what = effect.split(".")
    if head == "kinds":
        return CUSTOMERS, f"Revenue of “{parts[0].replace('_', ' ')}”"
    if head == "seasonality":
        return SEASON, f"Sales in {calendar.month_name[int(what)]}"
    if head == "affinity":
        first, second = (part.replace("_", "-").upper() for part in parts)
        return OTHERS, f"{first} with {second}"
    outcome, arm, *level = parts
    title = outcome.replace("_", " ").capitalize()
    ending = "".join(f", {PARTS.get(part, part)}" for part in level) + (", relative" if what == "lift_pct" else "")
    return f"Test: {next((item for item in arms if slug(item) == arm), arm)}", f"{title}{ending}"


def named(table: pd.DataFrame, arms: Iterable[str] = ()) -> pd.DataFrame:
    """Add `group` and `title` to a table with effects, those of a group below each other."""
    pairs = [name(effect, tuple(arms)) for effect in table["effect"]]
    found = table.assign(group=[pair[0] for pair in pairs], title=[pair[1] for pair in pairs])
    order = {group: place for place, group in enumerate(dict.fromkeys([CUSTOMERS, SEASON, OTHERS, *found["group"]]))}
    return found.sort_values("group", key=lambda groups: groups.map(order), kind="stable").reset_index(drop=True)


def planted(table: pd.DataFrame) -> GT:
    """Lay planted effects beside their estimates."""
    rows = []
    for row in each(table):
        digits = digits_of(Fact(row.value, row.low, row.high, row.unit))
        value, planted, low = (show(float(each), row.unit, digits) for each in (row.value, row.planted, row.low))
        low, high = show(float(row.low), row.unit, digits, bare=True), show(float(row.high), row.unit, digits)
        mark = "✓" if row.inside else "only with all" if row.inside_together else "✗"
        rows.append((row.group, row.title, planted, f"{value} ({low} to {high})", mark))
    shown = pd.DataFrame(rows, columns=["group", "Effect", "Planted", "Estimate, 95 %", "Inside"])
    labels = {str(key): str(key) for key in shown.columns[1:]}
    return tables.table(shown, labels, "tbl-truth-planted", ["Planted", "Estimate, 95 %"], group="group")


def covered(table: pd.DataFrame) -> GT:
    """Say for each group of effects how often intervals hold, and of which effect least often.

    Parameters
    ----------
    table
        `truth_worlds.Coverage.effects`, named.
    """
    rows = []
    for group, own in table.groupby("group", sort=False):
        least = own.iloc[int(own["holds"].argmin())]
        share = show(float(own["holds"].sum() / own["worlds"].sum()), "share")
        fewest = f"{least['title']}: {show(float(least['share']), 'share')}"
        rows.append((str(group), f"{len(own)}", f"{own['worlds'].sum():,}", share, fewest))
    shown = pd.DataFrame(rows, columns=["Effects on", "Number", "Intervals", "Hold the truth", "Least often"])
    labels = {str(key): str(key) for key in shown.columns}
    return tables.table(shown, labels, "tbl-truth-worlds", ["Number", "Intervals", "Hold the truth"])
