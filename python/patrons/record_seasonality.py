"""From the study of seasons to facts."""

from __future__ import annotations

from patrons.facts import Facts
from patrons.frames import each
from patrons.seasonality_model import MONTHS
from patrons.seasonality_study import Study
from patrons.source import slug

ROOT = "seasonality"
BY_CUSTOMER = "delta method over customers, log scale"
DAILY = "quasi-Poisson model of daily orders; the larger of Newey and West's standard error and the model's"
PLANTED = "known of the simulation"
UNITS = {"orders": "orders", "revenue": "money", "profit": "money"}


def study(facts: Facts, found: Study) -> None:
    """Record `seasonality.…`."""
    with facts.together():
        facts.add(f"{ROOT}.months", len(found.months), unit="months")
        facts.add(f"{ROOT}.days", len(found.days), unit="days")
        facts.add(f"{ROOT}.two_years", found.index.is_season)
        index(facts, found)
        calendar(facts, found)
        tests(facts, found)
        offers(facts, found)


def index(facts: Facts, found: Study) -> None:
    """Record the index of each month; without an interval where two years are not covered."""
    measured = found.index
    warning = "" if measured.is_season else "; fewer than two years: growth and season cannot be told apart"
    for row in each(measured.table.rename(columns={"index": "value"})):
        name, method = f"{ROOT}.index.{row.month:02d}", f"mean month over mean of all months, {BY_CUSTOMER}{warning}"
        facts.add(name, row.value, row.low, row.high, "ratio", measured.buyers, method)
        if name in found.truth:
            facts.add(f"{name}.planted", found.truth[name], unit="ratio", method=PLANTED)
    peak = measured.peak
    if peak is not None:
        facts.add(f"{ROOT}.peak_month", peak, n=measured.months, method=f"largest index{warning}")
        facts.add(f"{ROOT}.peak_month.title", MONTHS[peak - 1])
        sure = measured.table.set_index("month").loc[peak, "strongest"]
        facts.add(f"{ROOT}.peak_month.certainty", sure, unit="share", method="share of redrawn sets of customers")
        low = int(measured.table["month"].iloc[int(measured.table["index"].to_numpy().argmin())])
        facts.add(f"{ROOT}.low_month", low, n=measured.months, method=f"smallest index{warning}")
        facts.add(f"{ROOT}.low_month.title", MONTHS[low - 1])
    if found.parts is not None:
        parts = found.parts
        for what in ("trend", "season"):
            facts.add(
                f"{ROOT}.stl.{what}", getattr(parts, what), unit="ratio", n=len(parts.table), method="STL strength"
            )
            chance = getattr(parts, f"{what}_chance")
            facts.add(f"{ROOT}.stl.{what}.chance", chance, unit="ratio", method="95 % of shuffled series are below")


def calendar(facts: Facts, found: Study) -> None:
    """Record the effects of months, weekdays and holidays on orders a day."""
    for model, kinds in ((found.plain, ("month", "weekday", "extra")), (found.holidays, ("window",))):
        if model is None:
            continue
        for row in each(model.effects[model.effects["kind"].isin(kinds)]):
            ending = f"{MONTHS.index(row.name) + 1:02d}" if row.kind == "month" else slug(row.name)
            name = f"{ROOT}.calendar.{'holiday' if row.kind == 'window' else row.kind}.{ending}"
            facts.add(name, row.ratio, row.low, row.high, "ratio", len(model.days), DAILY)
            if name in found.truth:
                facts.add(f"{name}.planted", found.truth[name], unit="ratio", method=PLANTED)
    model = found.plain
    if model is None:
        return
    facts.add(f"{ROOT}.calendar.dispersion", model.dispersion, unit="ratio", n=len(model.days))
    days = model.effects[model.effects["kind"] == "weekday"]
    ranked = days.sort_values("ratio")["name"].tolist()
    facts.add(f"{ROOT}.weekday.best", ranked[-1])
    facts.add(f"{ROOT}.weekday.least", ranked[0])
    for row in each(model.peak):
        facts.add(f"{ROOT}.calendar.peak", row.ratio, row.low, row.high, "ratio", len(model.days), DAILY)
        if f"{ROOT}.calendar.peak" in found.truth:
            facts.add(
                f"{ROOT}.calendar.peak.planted", found.truth[f"{ROOT}.calendar.peak"], unit="ratio", method=PLANTED
            )


def tests(facts: Facts, found: Study) -> None:
    """Record what each test of the family found."""
    for row in each(found.tests):
        facts.add(f"{ROOT}.test.{row.test}.p", row.p, unit="p")
        facts.add(f"{ROOT}.test.{row.test}.p_holm", row.p_holm, unit="p", method=f"Holm over {len(found.tests)} tests")


def offers(facts: Facts, found: Study) -> None:
    """Record what offers in some regions did: `seasonality.off_peak.…`."""
    judged, name = found.offer, f"{ROOT}.off_peak"
    if judged is None:
        return
    cells = judged.cells
    facts.add(f"{name}.regions", len(cells.treated), unit="regions")
    facts.add(f"{name}.months", cells.offers["number"].nunique(), unit="months")
    n = cells.rows["buyer"].nunique()
    for row in each(judged.effects):
        fact = f"{name}.{row.outcome}_ratio" + ("" if row.how == "main" else f".{row.how}")
        method = "regions and months compared by a quasi-Poisson model, delta method over customers"
        facts.add(fact, row.ratio, row.low, row.high, "ratio", n, method)
        facts.add(f"{fact}.p", row.p, unit="p")
        if fact in found.truth:
            facts.add(f"{fact}.planted", found.truth[fact], unit="ratio", method=PLANTED)
    for row in each(judged.gains):
        facts.add(
            f"{name}.{row.outcome}.gain", row.gain, row.low, row.high, UNITS[row.outcome], n, "seen less expected"
        )
    for row in each(judged.before):
        facts.add(f"{name}.before", row.ratio, row.low, row.high, "ratio", n, "growth per year against other regions")
    facts.add(f"{name}.chance", judged.chance, unit="p", n=len(judged.pretended), method="pretended offers")
