"""Which missing values and outliers are to be treated, and how: read from the settings, without touching data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patrons.errors import PatronsError, listing
from patrons.schemas import Column, columns
from patrons.settings import Table
from patrons.settings_analysis import Cleaning, Outliers
from patrons.source import nearest

#: Outliers are flagged in these columns unless the source says otherwise.
FLAGGED = ("amount", "income")
LIMITS = {"robust": 3.5, "classic": 3.0}
OTHER = {"robust": "classic", "classic": "robust"}
# What follows from other columns of transactions, if the source does not map it.
DERIVED = (Column("amount", "number", "money taken on this line", "money"), Column("profit", "number", "", "money"))


@dataclass(frozen=True)
class Treatment:
    """One rule for one column, and what came of it.

    Attributes
    ----------
    column : str
    problem : str
        ``missing`` or ``outliers``.
    action : str
        For missing values ``leave``, ``median``, ``mode`` or ``set_aside``; for outliers ``flag``, ``cap`` or
        ``set_aside``.
    numeric : bool
        Whether the column holds numbers.
    rule : str
        ``robust`` or ``classic``; empty for missing values.
    limit : float or None
        How many spreads away a value becomes an outlier.
    log : bool or None
        Whether logarithms are judged; None where the values decide.
    center, spread : float or None
        Of the values judged (of their logarithms).
    low, high : float or None
        Values below or above are outliers; None where nothing can be one.
    fill : float, str or None
        What was put in for missing values.
    rows : int
        Rows with such a value.
    other_rows : int or None
        Rows whose value is an outlier by the other rule, with its usual limit.
    """

    column: str
    problem: str
    action: str
    numeric: bool
    rule: str = ""
    limit: float | None = None
    log: bool | None = False
    center: float | None = None
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    fill: float | str | None = None
    rows: int = 0
    other_rows: int | None = None


def plan(tables: Mapping[str, Table], cleaning: Cleaning) -> dict[str, tuple[Treatment, ...]]:
    """Say what is to be done to each table.

    Raises
    ------
    PatronsError
        If a rule names a column that no table has, or asks what cannot be done to its kind.
    """
    found = {name: {column.name: column for column in columns(name, table)} for name, table in tables.items()}
    if "transactions" in found:
        own = found["transactions"]
        own |= {column.name: column for column in DERIVED if column.name not in own and _follows(column.name, own)}
    _refuse_unknown(found, cleaning)
    return {name: (*_missing(name, own, cleaning), *_outliers(name, own, cleaning)) for name, own in found.items()}


def _follows(name: str, own: Mapping[str, Column]) -> bool:
    return name == "amount" or "cost" in own


def _named(table: str, column: str, rules: Mapping[str, Any]) -> Any:
    """Return the rule for a column of a table: by its full name, or by its own outside of tests."""
    full = rules.get(f"{table}.{column}")
    return full if full is not None or table == "experiment" else rules.get(column)


def _refuse_unknown(found: Mapping[str, Mapping[str, Column]], cleaning: Cleaning) -> None:
    known = {f"{table}.{column}" for table, own in found.items() for column in own}
    known |= {column for table, own in found.items() for column in own if table != "experiment"}
    for part, rules in (("missing", cleaning.missing), ("outliers", cleaning.outliers)):
        for name in rules:
            if name not in known and not (part == "missing" and name == "default"):
                raise PatronsError(
                    f"analysis.cleaning.{part}: no table has a column {name!r}{nearest(name, known) or '.'} "
                    f"The columns are {listing(sorted(known), 40)}."
                )


def _missing(table: str, own: Mapping[str, Column], cleaning: Cleaning) -> list[Treatment]:
    default = cleaning.missing.get("default", "leave") if table == "customers" else "leave"
    treatments = []
    for name, column in own.items():
        said = _named(table, name, cleaning.missing)
        action = said or default
        fits = column.kind not in ("id", "time", "covariate") or action in ("leave", "set_aside")
        if said == "median" and column.kind not in ("number", "share"):
            fits = False
        if not fits and said:
            raise PatronsError(
                f"analysis.cleaning.missing.{name}: {said!r} cannot be had of {_kinds(column)}; "
                f"write {'mode, ' if column.kind in ('text', 'binary') else ''}leave or set_aside"
            )
        numeric = column.kind in ("number", "share")
        if action == "median" and not numeric:
            action = "mode"
        if fits and (said or action != "leave"):
            treatments.append(Treatment(name, "missing", action, numeric))
    # Rows that leave do so before anything is measured.
    return sorted(treatments, key=lambda treatment: treatment.action != "set_aside")


def _outliers(table: str, own: Mapping[str, Column], cleaning: Cleaning) -> list[Treatment]:
    treatments = []
    for name, column in own.items():
        said = _named(table, name, cleaning.outliers)
        rule = said or (Outliers() if name in FLAGGED and table in ("transactions", "customers") else None)
        if rule is None or rule.rule == "none":
            continue
        if column.kind not in ("number", "share"):
            raise PatronsError(f"analysis.cleaning.outliers.{name}: there are no outliers among {_kinds(column)}")
        log = None if rule.scale == "auto" and column.unit == "money" else rule.scale == "log"
        limit = rule.limit or LIMITS[rule.rule]
        treatments.append(Treatment(name, "outliers", rule.action, True, rule.rule, limit, log))
    return treatments


def _kinds(column: Column) -> str:
    return {"id": "ids", "time": "times", "text": "text", "binary": "yes and no"}.get(column.kind, "such values")
