"""From forecasts to facts."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Facts
from patrons.forecast import LEVELS
from patrons.forecast_double import Residuals, residuals
from patrons.forecast_study import Forecast, Study
from patrons.frames import each

PATHS = "median of the sums of simulated paths"


def study(facts: Facts, found: Study) -> None:
    """Record `forecast.…` for revenue and `forecast.orders.…` for orders."""
    with facts.together():
        series(facts, found.revenue, "forecast", "money")
        series(facts, found.orders, "forecast.orders", "orders")


def series(facts: Facts, found: Forecast, name: str, unit: str) -> None:
    """Record what comes next in a series, which model says so, and how good it has been."""
    months = len(found.months)
    facts.add(f"{name}.months", months, unit="months")
    facts.add(f"{name}.from", found.table["start"].iloc[0])
    facts.add(f"{name}.best", found.chosen, n=months, method="the simplest within one standard error of the lowest")
    total = found.total
    ends = (total["low_95"], total["high_95"])
    facts.add(f"{name}.next_year", total["forecast"], *ends, unit, months, f"{found.chosen}, {PATHS}")
    ends = (total["low_80"], total["high_80"])
    facts.add(f"{name}.next_year.level_80", total["forecast"], *ends, unit, months, f"as next_year, at {LEVELS[0]:.0%}")
    if months >= len(found.table):
        facts.add(f"{name}.last_year", found.last, unit=unit)
        if found.last > 0:
            value, low, high = (total[key] / found.last - 1 for key in ("forecast", "low_95", "high_95"))
            facts.add(f"{name}.growth", value, low, high, "share", months, "next_year over the last twelve months")
    for row in each(found.table):
        place = f"{name}.month.{row.start:%Y-%m}"
        facts.add(place, row.forecast, row.low_95, row.high_95, unit, months, f"{found.chosen}, median")
    if found.judged is not None and found.tested is not None:
        judged(facts, found, found.judged, name)
        tested(facts, found.tested, name)
    left = residuals(found.used)
    if left is not None:
        alike(facts, left, name)


def judged(facts: Facts, found: Forecast, table: pd.DataFrame, name: str) -> None:
    """Record error and coverage of each model, and of the chosen one under the plain names."""
    how = "rolling origin, 1 to 12 months ahead; blocks of origins resampled"
    facts.add(f"{name}.lowest", found.lowest, method="lowest mean absolute scaled error")
    facts.add(f"{name}.origins", table["origins"].iloc[0])
    for row in each(table):
        places = [f"{name}.{row.model}", *([name] if row.model == found.chosen else [])]
        for place in places:
            facts.add(f"{place}.mase", row.mase, row.mase_low, row.mase_high, "ratio", row.forecasts, how)
            facts.add(f"{place}.gain", row.gain, row.gain_low, row.gain_high, "ratio", row.forecasts, how)
            facts.add(
                f"{place}.miss", row.miss, unit="share", n=row.forecasts, method="sum of errors over sum of sales"
            )
            facts.add(f"{place}.width", row.factor, unit="ratio", method="root mean square of standardised errors")
            for level in LEVELS:
                end = f"{100 * level:.0f}"
                for what, title in (("coverage", "the model's own"), ("corrected", "corrected")):
                    label = f"{what}_{end}"
                    value, low, high = (getattr(row, f"{label}{side}") for side in ("", "_low", "_high"))
                    # The first forecasts have no errors before them to be corrected by.
                    n = row.forecasts if what == "coverage" else None
                    facts.add(f"{place}.{label}", value, low, high, "share", n, f"{title} intervals, {how}")


def tested(facts: Facts, table: pd.DataFrame, name: str) -> None:
    """Record whether models err less than the seasonal naive forecast one month ahead."""
    for row in each(table):
        place, how = f"{name}.{row.model}.one_step", "Diebold–Mariano, Harvey–Leybourne–Newbold"
        facts.add(place, row.difference, row.low, row.high, "ratio", row.n, how)
        facts.add(f"{place}.p_holm", row.p_holm, unit="p", n=row.n, method=f"{how}, Holm")


def alike(facts: Facts, found: Residuals, name: str) -> None:
    """Record whether the errors of the chosen model depend on those before."""
    facts.add(f"{name}.ljung_box.p", found.test["p"].iloc[0], unit="p", n=len(found.values), method="Ljung–Box")
    facts.add(f"{name}.ljung_box.lag", found.lag, unit="months")
