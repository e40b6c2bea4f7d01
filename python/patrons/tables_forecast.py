"""What comes next, as a reader's tables."""

from __future__ import annotations

import math

import pandas as pd

from patrons.facts import Fact, digits_of, show
from patrons.forecast_study import Forecast, Study
from patrons.frames import each
from patrons.words_forecast import TITLES

#: What R calls by its own names.
OWN = {"ets": "R's own choice: ets()", "auto.arima": "R's own choice: auto.arima()"}


def months(study: Study) -> pd.DataFrame:
    """Return the months ahead of revenue and orders with their intervals, and the totals last."""
    both = []
    for name, found in (("revenue", study.revenue), ("orders", study.orders)):
        total = pd.DataFrame([{"start": pd.NaT, **found.total}])
        rows = pd.concat([found.table.drop(columns="step"), total], ignore_index=True)
        both.append(rows.rename(columns={key: f"{name}_{key}" for key in rows if key != "start"}))
    table = pd.concat([both[0], both[1].drop(columns="start")], axis=1)
    table.insert(0, "month", [f"{day:%Y-%m}" if pd.notna(day) else "total" for day in table.pop("start")])
    return table


def show_months(study: Study, currency: str | None) -> pd.DataFrame:
    """Lay out what `months` returns."""
    table = months(study)
    names = [*(f"{day:%B %Y}" for day in study.revenue.table["start"]), "All twelve"]
    return pd.DataFrame(
        {
            "Month": names,
            "Revenue": [_text(row, "revenue_", currency or "money") for row in each(table)],
            "80 % interval": [_ends(row, "revenue_", 80, currency or "money") for row in each(table)],
            "95 % interval": [_ends(row, "revenue_", 95, currency or "money") for row in each(table)],
            "Orders": [_text(row, "orders_", None) for row in each(table)],
            "95 % interval ": [_ends(row, "orders_", 95, None) for row in each(table)],
        }
    )


def show_models(found: Forecast) -> pd.DataFrame:
    """Lay out how each model did, from its rolled forecasts."""
    judged = found.judged if found.judged is not None else pd.DataFrame()
    return pd.DataFrame(
        {
            "Model": [TITLES[row.model] + (" (used)" if row.model == found.chosen else "") for row in each(judged)],
            "Scaled error": [_value(row.mase, row.mase_low, row.mase_high) for row in each(judged)],
            "95 % interval": [_range(row.mase, row.mase_low, row.mase_high) for row in each(judged)],
            "Against a year before": [
                "–" if row.gain_low == row.gain_high else _value(row.gain, row.gain_low, row.gain_high, True)
                for row in each(judged)
            ],
            "95 % interval ": [
                "–" if row.gain_low == row.gain_high else _range(row.gain, row.gain_low, row.gain_high, True)
                for row in each(judged)
            ],
            "Missed of sales": [show(row.miss, "share") for row in each(judged)],
        }
    )


def coverage(found: Forecast) -> pd.DataFrame:
    """Return the columns of `forecast_rolling.judge` that are about intervals, for readers."""
    judged = found.judged if found.judged is not None else pd.DataFrame()
    return judged[[key for key in judged if str(key).startswith(("model", "factor", "coverage", "corrected"))]]


def show_coverage(found: Forecast) -> pd.DataFrame:
    """Lay out how many of the months each model's intervals held, as it computes them and corrected."""
    judged = found.judged if found.judged is not None else pd.DataFrame()
    columns = {
        "coverage_80": "Own 80 %", "corrected_80": "Corrected 80 %", "coverage_95": "Own 95 %",
        "corrected_95": "Corrected 95 %",
    }  # fmt: skip
    table = pd.DataFrame(
        {
            "Model": [TITLES[row.model] + (" (used)" if row.model == found.chosen else "") for row in each(judged)],
        }
    )
    for key, title in columns.items():
        table[title] = [
            _share(getattr(row, key), *(getattr(row, f"{key}_{e}") for e in ("low", "high"))) for row in each(judged)
        ]
    return table


def doubled(found: Forecast, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return what Python estimated beside what R estimates: `model`, `chosen`, log-likelihoods and totals.

    Totals are sums of the months' medians, as both programs give them.
    """
    from patrons import forecast

    rows = []
    for row in each(theirs):
        fit = found.fits.get(row.name)
        total = None if fit is None else float(forecast.intervals(fit.ahead)["forecast"].sum())
        rows.append(
            {
                "model": row.name, "chosen": row.chosen, "loglik": None if fit is None else fit.loglik,
                "loglik_r": row.loglik, "total": total, "total_r": row.total,
            }
        )  # fmt: skip
    columns = ["model", "chosen", "loglik", "loglik_r", "total", "total_r"]
    return pd.DataFrame(rows, columns=columns)


def show_doubled(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what `doubled` returns."""
    unit = currency or "money"
    return pd.DataFrame(
        {
            "Model": [TITLES.get(row.model, OWN.get(row.model, row.model)) for row in each(table)],
            "What R calls it": list(table["chosen"]),
            "Log-likelihood": ["–" if pd.isna(value) else show(value, None, 2) for value in table["loglik"]],
            "in R": [show(value, None, 2) for value in table["loglik_r"]],
            "Next year": ["–" if pd.isna(value) else show(value, unit, 0) for value in table["total"]],
            "in R ": [show(value, unit, 0) for value in table["total_r"]],
        }
    )


def _text(row: object, name: str, unit: str | None) -> str:
    value, low, high = (getattr(row, f"{name}{key}") for key in ("forecast", "low_95", "high_95"))
    return show(value, unit, _digits(value, low, high, unit))


def _ends(row: object, name: str, level: int, unit: str | None) -> str:
    value, low, high = (getattr(row, f"{name}{key}") for key in ("forecast", "low_95", "high_95"))
    digits = _digits(value, low, high, unit)
    return " to ".join(show(getattr(row, f"{name}{end}_{level}"), unit, digits) for end in ("low", "high"))


def _digits(value: float, low: float, high: float, unit: str | None) -> int | None:
    digits = digits_of(Fact(value, low, high, unit))
    if digits is None:
        return None
    # A skewed interval may be so wide that its lower end would round to nothing.
    digits = max(digits, -math.floor(math.log10(low))) if low > 0 else digits
    return min(digits, 0) if unit is None else digits


def _value(value: float, low: float, high: float, signed: bool = False) -> str:
    return show(value, "ratio", digits_of(Fact(value, low, high, "ratio")), signed)


def _range(value: float, low: float, high: float, signed: bool = False) -> str:
    digits = digits_of(Fact(value, low, high, "ratio"))
    return f"{show(low, 'ratio', digits, signed)} to {show(high, 'ratio', digits, signed)}"


def _share(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{show(value, 'share', 0)} ({show(low, 'share', 0, bare=True)} to {show(high, 'share', 0, bare=True)})"
