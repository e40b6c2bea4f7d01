"""Everything that the chapter on seasons shows, computed once, and the same once more in R."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from patrons import (
    paths,
    seasonality_index,
    seasonality_model,
    seasonality_offer,
    seasonality_offer_checks,
    seasonality_series,
    seasonality_stl,
    seasonality_tests,
)
from patrons.double import NOTHING, Agreement, agreement, worst
from patrons.opened import declare_input
from patrons.seasonality_index import Index
from patrons.seasonality_model import Calendar
from patrons.seasonality_offer_checks import Offer
from patrons.seasonality_stl import Parts
from patrons.shop import Shop

Call = Callable[..., Any]
#: Models are fitted step by step in both languages.
FITTED = 1e-6
#: What a regional offer is called in the model of daily orders.
OFFER = "regional offer"
NEEDED = ("discount", "region")


@dataclass(frozen=True)
class Study:
    """What orders say of the calendar.

    Attributes
    ----------
    days, months
        Orders and revenue of each day, and of each covered month.
    spend
        What each buyer spent in each month.
    index, parts
        How months compare, and monthly revenue taken apart (None where it is too short).
    plain, holidays
        The model of daily orders without and with holidays; None where there is too little, holidays also where there
        are no two years.
    tests
        The family of tests.
    missing
        Columns of transactions that are needed to see regional offers.
    offers
        Regions and months in which an offer ran.
    offer
        The offers judged; None where there are none, or nothing to compare them with.
    truth
        What was planted, by the names of facts: planted effects, and ``seasonality.calendar.month.<mm>`` for months
        without growth; empty unless the source is simulated.
    """

    days: pd.DataFrame
    months: pd.DataFrame
    spend: pd.DataFrame
    index: Index
    parts: Parts | None
    plain: Calendar | None
    holidays: Calendar | None
    tests: pd.DataFrame
    missing: tuple[str, ...]
    offers: pd.DataFrame
    offer: Offer | None
    truth: Mapping[str, float]


def look(shop: Shop) -> Study:
    """Study when people buy.

    Raises
    ------
    ChapterStop
        The source has no transactions.
    """
    shop.require("transactions")
    days, months = seasonality_series.daily(shop), seasonality_series.monthly(shop)
    spend = seasonality_index.spend_of_months(shop.transactions)
    missing = tuple(name for name in NEEDED if not shop.has_column("transactions", name))
    offers = pd.DataFrame(columns=["region", "number", "orders", "share", "usual"])
    judged, events = None, {}
    if not missing:
        smallest = shop.analysis.privacy.smallest_group
        counted = seasonality_offer.count(shop.transactions)
        offers = seasonality_offer.detect(counted, smallest)
        events = reach(days, counted, offers)
        if len(offers):
            cells = seasonality_offer.compare_within(counted, offers, months)
            judged = seasonality_offer_checks.judge(cells, shop.rng("seasonality.offer"))
    plain = seasonality_model.fit(days, events)
    holidays = seasonality_model.fit(days, events, windows=True) if plain is not None and plain.months else None
    return Study(
        days=days,
        months=months,
        spend=spend,
        index=seasonality_index.measure(spend, months, shop.rng("seasonality.index")),
        parts=seasonality_stl.decompose(months, shop.rng("seasonality.stl")),
        plain=plain,
        holidays=holidays,
        tests=seasonality_tests.family(months, plain, holidays),
        missing=missing,
        offers=offers,
        offer=judged,
        truth=planted(shop),
    )


def reach(days: pd.DataFrame, counted: pd.DataFrame, offers: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return for each day the share of the shop's usual orders that comes from regions with an offer; or nothing."""
    if offers.empty:
        return {}
    still = counted[~counted["number"].isin(set(offers["number"]))]
    share = still.groupby("region")["orders"].sum() / max(still["orders"].sum(), 1)
    by_month = offers.assign(share=offers["region"].map(share).fillna(0.0)).groupby("number")["share"].sum()
    number = days["start"].dt.year * 12 + days["start"].dt.month - 1
    return {OFFER: number.map(by_month).fillna(0.0).to_numpy(dtype=float)}


def planted(shop: Shop) -> dict[str, float]:
    """Return what was planted in the simulated shop, by the names of facts; nothing for any other."""
    file = paths.home() / "data" / "truth.yml"
    if shop.planted is None or not file.is_file():
        return {}
    declare_input(file)
    truth = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    found = {str(name): float(value) for name, value in truth["effects"].items() if name.startswith("seasonality.")}
    intensity = {str(month): float(value) for month, value in truth["season"]["intensity"].items()}
    mean = sum(intensity.values()) / len(intensity)
    found |= {f"seasonality.calendar.month.{month}": value / mean for month, value in intensity.items()}
    peak = [intensity[f"{month:02d}"] for month in seasonality_model.PEAK]
    rest = [value for month, value in intensity.items() if int(month) not in seasonality_model.PEAK]
    found["seasonality.calendar.peak"] = (sum(peak) / len(peak)) / (sum(rest) / len(rest))
    return found


def _loosely(found: Agreement) -> Agreement:
    return replace(found, tolerance=FITTED)


def index_agrees(study: Study, call: Call) -> Agreement:
    """Compare the index of each month and its interval with R's."""
    table = study.index.table
    numbers = study.months["start"].dt.year * 12 + study.months["start"].dt.month - 1
    rows = study.spend[study.spend["number"].isin(set(numbers))]
    theirs = call("month_index", rows["buyer"], rows["number"] % 12 + 1, rows["revenue"], numbers % 12 + 1)
    columns = ["index", "low", "high"] if study.index.is_season else ["index"]
    return agreement(table, theirs, ["month"], columns)


def parts_agree(study: Study, call: Call) -> Agreement:
    """Compare STL's parts and both strengths with R's."""
    if study.parts is None:
        return NOTHING
    stl = seasonality_stl
    windows = [stl.SEASONAL, stl.TREND, stl.LOW_PASS]
    theirs = call("take_apart", study.parts.table["value"], stl.PERIOD, windows, stl.INNER)
    return worst(
        [
            agreement(study.parts.table, theirs["parts"], [], ["trend", "season", "rest"]),
            agreement(study.parts.strengths(), theirs["strengths"], [], ["trend", "season"]),
        ]
    )


def calendar_agrees(model: Calendar, call: Call) -> Agreement:
    """Compare a model of daily orders with R's."""
    theirs = call(
        "calendar_model",
        model.days.drop(columns="start"),
        list(model.knots),
        model.months,
        list(model.windows),
        list(model.extra),
        list(seasonality_model.PEAK),
        model.lags,
    )
    checks = [
        agreement(model.effects, theirs["effects"], ["kind", "name"], ["ratio", "low", "high", "p"]),
        agreement(model.joint, theirs["joint"], ["kind"], ["statistic", "df1", "df2", "p"]),
    ]
    if len(model.peak):
        checks.append(agreement(model.peak, theirs["peak"], [], ["ratio", "low", "high", "p"]))
    return worst([_loosely(one) for one in checks])


def tests_agree(study: Study, call: Call) -> Agreement:
    """Compare the family of tests, with its correction, with R's."""
    if study.tests.empty:
        return NOTHING
    models = [one for one in (study.plain, study.holidays) if one is not None]
    checks = [calendar_agrees(one, call) for one in models]
    mine = study.tests[study.tests["test"].isin(["friedman", "ranks"])]
    if len(mine):
        knots = list(seasonality_model.trend_knots(round(len(study.months) * 365.25 / 12), True))
        revenue, month = study.months["revenue"], study.months["start"].dt.month
        theirs = call("season_tests", revenue, month, knots, list(seasonality_model.PEAK))
        checks.append(agreement(mine, theirs, ["test"], ["statistic", "p"]))
    holm = pd.DataFrame({"p_holm": np.atleast_1d(call("stats::p.adjust", study.tests["p"], "holm"))})
    checks.append(agreement(study.tests[["p_holm"]], holm, [], ["p_holm"]))
    return worst(checks)


def offer_agrees(study: Study, call: Call) -> Agreement:
    """Compare the effects of offers, their checks and the pretended offers with R's."""
    found = study.offer
    if found is None:
        return NOTHING
    cells = found.cells
    ran = cells.offers[["region", "number"]]
    theirs = call("offer_effects", cells.rows, ran, list(cells.outcomes))
    checks = [agreement(found.effects, theirs, ["outcome", "how"], ["ratio", "low", "high", "p"])]
    if len(found.pretended):
        orders = pd.DataFrame(seasonality_offer.totals(cells, "orders").ravel(), columns=["orders"])
        size = len(cells.numbers)
        orders["region"], orders["number"] = np.repeat(cells.regions, size), np.tile(cells.numbers, len(cells.regions))
        pretended = call("pretended_offers", orders, sorted(set(ran["number"])), found.pretended)
        checks.append(agreement(found.pretended, pretended, ["regions", "shift"], ["ratio"]))
    if len(found.before):
        before = call("parting_before", cells.rows, ran)
        checks.append(agreement(found.before, before, [], ["ratio", "low", "high", "p"]))
    return worst([_loosely(one) for one in checks])
