"""Lifetime value as a reader's tables: numbers with their intervals, in no more digits than these deserve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.facts import SIGNS, Fact, digits_of, show
from patrons.frames import each
from patrons.lifetime import Fit
from patrons.lifetime_study import MODELS, Study

#: Parameters as they are written, and what they say.
SYMBOLS = {
    "r": ("r", "how alike purchase rates are"),
    "alpha": ("α", "their scale, in {unit}s"),
    "a": ("a", "chance to leave after a purchase: weight"),
    "b": ("b", "chance to stay: weight"),
    "s": ("s", "how alike leaving rates are"),
    "beta": ("β", "their scale, in {unit}s"),
    "p": ("p", "how alike a customer's purchases are"),
    "q": ("q", "how alike customers' means are"),
    "v": ("v", "their scale"),
}
TITLES = {**MODELS, "gamma_gamma": "Gamma-Gamma"}


def history(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what `lifetime_history.by_segment` found."""
    rows = []
    for row in each(table):
        found = {"Segment": row.title, "Customers": f"{row.customers:,}"}
        for what, title, unit in (("revenue", "So far", "money"), ("per_year", "A year", "money")):
            found[titled(title, currency)], found[f"{title}, 95 %"] = _estimate(row, what, unit, currency)
        if not np.isnan(row.margin):
            found["Profit"] = show(row.margin, "share", 1)
        rows.append(found)
    return pd.DataFrame(rows)


def parameters(found: Study) -> pd.DataFrame:
    """Lay out the parameters of all models, with those of the other fit beside them."""
    rows: list[dict[str, str]] = []
    for model in TITLES:
        mine, other = _fit(found, model, reported=True), _fit(found, model, reported=False)
        if mine is None:
            continue
        for row in each(mine.table()):
            symbol, meaning = SYMBOLS[row.parameter]
            rows.append(
                {
                    "model": TITLES[model],
                    "": symbol,
                    "What it says": meaning.format(unit=found.split.unit),
                    "Estimate": _number(row.estimate),
                    "SE": _number(row.standard_error),
                    "95 % interval": f"{_number(row.low)} to {_number(row.high)}",
                    _other(found): "–" if other is None else _number(other.parameters[row.parameter]),
                }
            )
        rows.append(_criterion(found, model, mine, other))
    return pd.DataFrame(rows)


def as_table(found: Study) -> pd.DataFrame:
    """Return estimates, standard errors and log-likelihoods of the reported fits, to be compared with R's.

    Returns
    -------
    DataFrame
        `model`, `parameter`, `estimate`, `se`; the log-likelihood is a parameter without standard error.
    """
    rows = []
    for model in TITLES:
        fit = _fit(found, model, reported=True)
        if fit is None:
            continue
        for row in each(fit.table()):
            rows.append((model, row.parameter, row.estimate, row.standard_error))
        rows.append((model, "loglik", fit.loglik, np.nan))
    return pd.DataFrame(rows, columns=["model", "parameter", "estimate", "se"])


def independence(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the correlations of how often and how much."""
    names = {"pearson": "Pearson: of the numbers", "spearman": "Spearman: of the ranks"}
    return pd.DataFrame(
        [
            {
                "Correlation": names[row.method],
                "Estimate": show(row.rho, None, 3),
                "95 % interval": f"{show(row.low, None, 3)} to {show(row.high, None, 3)}",
                "p": show(row.p, "p"),
                "Customers": f"{row.n:,}",
            }
            for row in each(table)
        ]
    )


def holdout(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the purchases of the holdout: those that came and those foreseen."""
    rows = []
    for row in each(table):
        real = row.series == "actual"
        interval = "–" if real else f"{show(round(row.low), None, 0)} to {show(round(row.high), None, 0)}"
        rows.append(
            {
                "": "Actual" if real else MODELS[row.series],
                "Repeat purchases": show(round(row.purchases), None, 0),
                "95 % prediction": interval,
                "Off by": "–" if real or np.isnan(row.off) else show(row.off, "share", 1, signed=True),
            }
        )
    return pd.DataFrame(rows)


def worth(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what customers of each segment will be worth."""
    rows = []
    for row in each(table):
        found = {"Segment": row.title, "Purchases": show(row.purchases, None, 2)}
        if not np.isnan(row.value):
            found[titled("Each", currency)], found["95 %"] = _estimate(row, "value", "money", currency)
            found[titled("All", currency)], found["95 %\u200b"] = _estimate(row, "total", "money", currency)
        if not np.isnan(row.cap):
            found[titled("Profit", currency)] = _estimate(row, "cap", "money", currency)[0]
        rows.append(found)
    return pd.DataFrame(rows)


def checks(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Lay out what is supposed, what was measured, and how it reads."""
    return pd.DataFrame(rows, columns=["Supposed", "Measured", "So"])


def lined_up(frame: pd.DataFrame, name: str, group: str | None = None, names: int = 1) -> GT:
    """Lay out a table whose first columns name its rows and whose others are numbers written out."""
    labels = {str(key): str(key) for key in frame.columns if key != group}
    return tables.table(frame, labels, name, right=list(labels)[names:], group=group)


def titled(title: str, currency: str | None) -> str:
    """Name a column of money with its currency."""
    return f"{title}, {SIGNS.get(currency, currency)}" if currency else title


def _fit(found: Study, model: str, reported: bool) -> Fit | None:
    models = found.reported if reported else found.other
    return models.spending if model == "gamma_gamma" else models.fits.get(model)


def _other(found: Study) -> str:
    return "All data" if found.split.given else "Until holdout"


def _criterion(found: Study, model: str, mine: Fit, other: Fit | None) -> dict[str, str]:
    return {
        "model": TITLES[model],
        "": "log\u00a0L",
        "What it says": f"AIC {show(mine.aic, None, 1)}",
        "Estimate": show(mine.loglik, None, 1),
        "SE": "–",
        "95 % interval": "–",
        _other(found): "–" if other is None else show(other.loglik, None, 1),
    }


def _estimate(row: object, what: str, unit: str | None, currency: str | None) -> tuple[str, str]:
    """Write a number and its interval, money without its sign: the heading says it."""
    value, low, high = (float(getattr(row, f"{what}{end}")) for end in ("", "_low", "_high"))
    digits = digits_of(Fact(value, low, high, currency if unit == "money" else unit))
    if digits is not None and unit == "money":
        digits = min(digits, 2)
    return show(value, None, digits), f"{show(low, None, digits)} to {show(high, None, digits)}"


def _number(value: float) -> str:
    size = abs(value)
    return show(float(value), None, 3 if size < 10 else 2 if size < 100 else 1 if size < 10_000 else 0)
