"""From lifetime value to facts: parameters, holdout, checks, and what each segment was and will be worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons.facts import Facts
from patrons.frames import each
from patrons.lifetime import Fit
from patrons.lifetime_history import ALL
from patrons.lifetime_study import MODELS, Models, Study
from patrons.source import slug

BOOTSTRAP = "bootstrap over customers"
PARAMETRIC = "parametric bootstrap"
WALD = "maximum likelihood, Wald interval of the logarithm"


def study(facts: Facts, found: Study) -> None:
    """Record all of `lifetime.…`."""
    history(facts, found.history)
    setting(facts, found)
    models(facts, found.reported)
    holdout(facts, found)
    checks(facts, found)
    worth(facts, found)


def history(facts: Facts, table: pd.DataFrame) -> None:
    """Record `lifetime.history.…`: what a customer has brought, of each segment and of all."""
    for row in each(table):
        name = f"lifetime.history.{slug(row.segment)}"
        facts.add(f"{name}.title", row.title)
        facts.add(f"{name}.customers", row.customers, unit="customers")
        for what, unit in (("revenue", "money"), ("per_year", "money"), ("margin", "share")):
            value, low, high = (getattr(row, f"{what}{end}") for end in ("", "_low", "_high"))
            facts.add(f"{name}.{what}", value, low, high, unit, row.customers, BOOTSTRAP)


def setting(facts: Facts, found: Study) -> None:
    """Record what the models were fitted to, and how far they look ahead."""
    if found.no_interval:
        facts.add("lifetime.no_interval", found.no_interval)
    facts.add("lifetime.time_unit", found.split.unit)
    facts.add("lifetime.calibration_end", found.split.end)
    facts.add("lifetime.calibration_given", found.split.given)
    facts.add("lifetime.observed_until", found.split.until)
    facts.add("lifetime.horizon", found.ahead.horizon, unit=f"{found.split.unit}s")
    x = found.reported.clv["x"]
    facts.add("lifetime.customers", len(x), unit="customers")
    facts.add("lifetime.repeat_customers", int((x > 0).sum()), unit="customers", n=len(x))
    facts.add("lifetime.repeat_purchases", int(x.sum()), unit="purchases", n=len(x))


def models(facts: Facts, found: Models) -> None:
    """Record parameters, log-likelihood and AIC of each model, or why it could not be fitted."""
    spending = {} if found.spending is None else {"gamma_gamma": found.spending}
    for name, fit in {**found.fits, **spending}.items():
        _parameters(facts, f"lifetime.{name}", fit)
    for name, why in found.failed.items():
        facts.add(f"lifetime.{name}.failed", why)
    if found.best is not None:
        facts.add("lifetime.best", found.best)
    if found.spending is not None:
        p, q, v = (float(found.spending.parameters[name]) for name in ("p", "q", "v"))
        facts.add("lifetime.purchase.mean", p * v / (q - 1) if q > 1 else None, unit="money", n=found.spending.n)


def holdout(facts: Facts, found: Study) -> None:
    """Record repeat purchases after the end of calibration: those that came, and those foreseen."""
    facts.add("lifetime.holdout.length", found.split.length, unit=f"{found.split.unit}s")
    if found.left is not None:
        for name, customers in zip(("before", "during"), found.left, strict=True):
            facts.add(f"lifetime.truth.left_{name}", customers, unit="customers", method="known of the simulation")
    for row in each(found.holdout):
        name = f"lifetime.holdout.{row.series}"
        if row.series == "actual":
            facts.add(name, int(row.purchases), unit="purchases", n=len(found.calibrated.clv))
            continue
        method = f"conditional expectation, 95 % prediction interval by {PARAMETRIC}"
        facts.add(name, row.purchases, row.low, row.high, "purchases", len(found.calibrated.clv), method)
        facts.add(f"{name}.off", row.off, unit="share")


def checks(facts: Facts, found: Study) -> None:
    """Record how the suppositions of the models hold."""
    facts.add("lifetime.dispersion", found.dispersion.value, unit="ratio", n=found.dispersion.n, method="Pearson")
    for row in each(found.independence):
        facts.add(f"lifetime.independence.{row.method}", row.rho, row.low, row.high, "ratio", row.n, str(row.method))
    for name in MODELS:
        off = misfit(found.frequencies, name)
        if not np.isnan(off):
            facts.add(f"lifetime.{name}.misfit", off, unit="share", n=len(found.reported.clv))
    if len(found.months) > 1:
        ranked = found.months.sort_values("ratio")
        for side, row in (("most", ranked.iloc[-1]), ("least", ranked.iloc[0])):
            facts.add(f"lifetime.season.{side}.month", f"{pd.Timestamp(2001, int(row['month']), 1):%B}")
            ends = (row["ratio"], row["low"], row["high"])
            facts.add(f"lifetime.season.{side}", *ends, "ratio", int(row["actual"]), "actual over expected, Poisson")


def misfit(table: pd.DataFrame, model: str) -> float:
    """Return the share of customers whom a model puts into another group of repeat purchases."""
    if table.empty or model not in set(table["series"]):
        return np.nan
    wide = table.pivot(index="group", columns="series", values="customers")
    return float((wide[model] - wide["actual"]).abs().sum() / 2 / wide["actual"].sum())


def worth(facts: Facts, found: Study) -> None:
    """Record what customers will do and bring within the horizon, by segment and in all."""
    if found.worth.empty:
        return
    facts.add("lifetime.foreseen_by", found.latest.best)
    units = {"alive": "share", "purchases": "purchases", "value": "money", "total": "money", "cap": "money"}
    for row in each(found.worth):
        name = "lifetime" if row.segment == ALL else f"lifetime.segment.{slug(row.segment)}"
        for what, unit in units.items():
            value, low, high = (getattr(row, f"{what}{end}") for end in ("", "_low", "_high"))
            if pd.notna(value):
                key = f"{name}.{what}.mean" if row.segment == ALL and what != "total" else f"{name}.{what}"
                facts.add(key, value, low, high, unit, row.customers, PARAMETRIC)


def _parameters(facts: Facts, name: str, fit: Fit) -> None:
    for row in each(fit.table()):
        facts.add(f"{name}.{row.parameter}", row.estimate, row.low, row.high, n=fit.n, method=WALD)
    facts.add(f"{name}.loglik", fit.loglik, n=fit.n)
    facts.add(f"{name}.aic", fit.aic, n=fit.n)
