"""Customers scored: what is known of them and fitted models in, one row of scores for each of them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from patrons import lifetime_worth, rfm, scoring_notes
from patrons.scoring_actions import Actions, Advice
from patrons.scoring_models import CLV, Chance, Groups, Lifetime, Models, RfmEdges
from patrons.scoring_notes import Notes

NUMBERS = (
    "probability_alive",
    "expected_purchases",
    "expected_value",
    "response_probability",
    "leave_probability",
)
RETURNS = ("expected_return", "expected_return_low", "expected_return_high")
#: The columns of scores, in order, and what they hold.
COLUMNS: dict[str, str] = {
    "segment": "text",
    **dict.fromkeys("rfm", "whole"),
    "group": "whole",
    "group_name": "text",
    **dict.fromkeys(NUMBERS, "number"),
    "recommended_action": "text",
    **dict.fromkeys(RETURNS, "number"),
    "advised_by": "text",
    "notes": "text",
}


@dataclass(frozen=True)
class Known:
    """What is known of some customers, a row each in every table, in one order.

    Attributes
    ----------
    table
        Recency, frequency, monetary value and their kin, and the columns of customers, as chapters see them: with what
        cleaning filled in.
    clv
        `x`, `t_x`, `T`, `m_x`.
    traits
        What the models of responses and of leaving take (`response_data.features`): nothing filled in.
    notes
        What was found out about the rows when they were read.
    """

    table: pd.DataFrame
    clv: pd.DataFrame
    traits: pd.DataFrame
    notes: Notes


def score(models: Models, known: Known, today: date) -> pd.DataFrame:
    """Score customers by every model that there is, as far as what it needs is known of them.

    Parameters
    ----------
    models
        Fitted to the shop's customers.
    known
        What is known; remarks are added to its notes.
    today
        The day as of which it is known. Purchases and value are foreseen by the latest models that know nothing of
        later days, or by the earliest there are.

    Returns
    -------
    DataFrame
        `COLUMNS`, a row for each of `known`; scores that cannot be given are missing.
    """
    rows, gaps = len(known.table), {}
    found: dict[str, object] = {name: _nothing(kind, rows) for name, kind in COLUMNS.items()}
    _look_at(models, known)
    if models.rfm:
        scores, gaps["rfm"] = _rfm(models.rfm, known.table)
        found |= scores
    if models.groups:
        scores, gaps["groups"] = _groups(models.groups, known.table)
        found |= scores
    if models.lifetimes:
        scores, unknown = _lifetime(models, known, today)
        gaps |= {"lifetime": unknown[["x", "t_x", "T"]], "value": unknown[["m_x"]]}
        found |= scores
    for question, column in (("responds", "response_probability"), ("leaves", "leave_probability")):
        if question in models.chances:
            found[column], gaps[question] = _chance(models.chances[question], known)
    if models.actions:
        segments = pd.Series(found["segment"], index=known.table.index, dtype=object)
        found |= _advised(models.actions, known.table, segments)
    scoring_notes.lacking(known.notes, gaps)
    found["notes"] = known.notes.column()
    return pd.DataFrame(found)


def models_as_of(models: Models, today: date) -> Lifetime:
    """Return the latest models of buying that know nothing of later days, or the earliest there are."""
    return next((item for item in reversed(models.lifetimes) if item.end <= today), models.lifetimes[0])


def _nothing(kind: str, rows: int) -> object:
    return np.full(rows, None, dtype=object) if kind == "text" else np.full(rows, np.nan)


def _look_at(models: Models, known: Known) -> None:
    """Remark on values far from any that the models have seen."""
    tables = (known.table, known.clv, known.traits)
    for name, ends in models.ranges.items():
        held = next((table[name] for table in tables if name in table), None)
        if held is not None:
            scoring_notes.far(known.notes, name, _numbers(held), ends, models.ahead.unit)
    texts = {name: seen for chance in models.chances.values() for name, seen in chance.texts.items()}
    for name, seen in texts.items():
        if name in known.traits:
            scoring_notes.unseen(known.notes, name, known.traits[name], seen)


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=float, na_value=np.nan)


def _taken(table: pd.DataFrame, names: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return columns as numbers, and where they are not known; a column that is not there is known of nobody."""
    values = {name: _numbers(table[name]) if name in table else np.full(len(table), np.nan) for name in names}
    taken = pd.DataFrame(values, index=table.index)
    return taken, pd.DataFrame(~np.isfinite(taken.to_numpy()), index=table.index, columns=taken.columns)


def _rfm(models: RfmEdges, table: pd.DataFrame) -> tuple[dict[str, object], pd.DataFrame]:
    values, gaps = _taken(table, rfm.MEASURES)
    whole = ~gaps.any(axis=1)
    some = values[whole]
    scores = pd.DataFrame(
        {
            name[0]: rfm.scores_of(rfm.turned(some, name), np.array(models.edges[name], dtype=float))
            for name in rfm.MEASURES
        },
        index=some.index,
    )
    levels = np.array([0, *(rfm.carried(item, models.bins) for item in range(1, models.bins + 1))])
    carried = pd.DataFrame({name: levels[scores[name].to_numpy(dtype=int)] for name in scores}, index=some.index)
    if models.level:
        carried["r"] = rfm.MIDDLE
    tenure = _taken(table, ("tenure",))[0].loc[whole, "tenure"] if "tenure" in table else None
    found: dict[str, object] = {name[0]: _spread(scores[name[0]], whole) for name in rfm.MEASURES}
    found["segment"] = _spread(np.asarray(models.segments.name(carried, tenure), dtype=object), whole)
    return found, gaps


def _spread(values: np.ndarray | pd.Series, where: pd.Series) -> np.ndarray:
    """Put the values of some rows into their places among all."""
    array = np.asarray(values)
    found = _nothing("text" if array.dtype == object else "number", len(where))
    assert isinstance(found, np.ndarray)
    found[where.to_numpy()] = array
    return found


def _groups(models: Groups, table: pd.DataFrame) -> tuple[dict[str, object], pd.DataFrame]:
    values, gaps = _taken(table, models.features)
    whole = ~gaps.any(axis=1)
    numbers = np.empty(0, dtype=int)
    if whole.any():
        with threadpool_limits(1):
            numbers = models.pipeline.predict(values[whole]) + 1
    names = np.array([models.names[int(number)] for number in numbers], dtype=object)
    return {"group": _spread(numbers.astype(float), whole), "group_name": _spread(names, whole)}, gaps


def _lifetime(models: Models, known: Known, today: date) -> tuple[dict[str, object], pd.DataFrame]:
    fits = models_as_of(models, today)
    values, gaps = _taken(known.clv, CLV)
    again = values["x"] > 0
    gaps["m_x"] &= again & (fits.spending is not None)
    clv, unit = values, models.ahead.unit
    orderly = (clv["x"] >= 0) & (clv["t_x"] >= 0) & (clv["t_x"] <= clv["T"] + 1e-9)
    odd = (orderly.eq(False) & ~gaps[["x", "t_x", "T"]].any(axis=1)).to_numpy()
    told = f"x, t_x and T must not be below 0, nor t_x above T (both in {unit}s); therefore no lifetime"
    known.notes.add(odd, told)
    whole = orderly & ~gaps[["x", "t_x", "T"]].any(axis=1)
    some = clv[whole].assign(m_x=clv.loc[whole, "m_x"].where(again[whole], np.nan))
    found = {name: np.full(len(clv), np.nan) for name in NUMBERS[:3]}
    if whole.any():
        priced = ~gaps.loc[whole, "m_x"]
        assessed = lifetime_worth.assess(fits.buying, None, some, models.ahead)
        if fits.spending is not None and priced.any():
            valued = lifetime_worth.assess(fits.buying, fits.spending, some[priced], models.ahead)
            assessed.loc[priced, "value"] = valued["value"]
        for name, column in zip(NUMBERS[:3], ("alive", "purchases", "value"), strict=True):
            found[name] = _spread(assessed[column], whole)
    return dict(found), gaps


def _chance(model: Chance, known: Known) -> tuple[np.ndarray, pd.DataFrame]:
    """Foretell; features that were known of everybody in training must be known, the others may be missing."""
    traits = known.traits.reindex(columns=list(model.features))
    for name in traits:
        if name in model.texts:
            traits[name] = traits[name].astype(object).where(traits[name].notna(), np.nan)
        else:
            traits[name] = _numbers(traits[name])
    gaps = traits.isna()
    gaps[list(model.may_miss)] = False
    # A row of which nothing at all is known is not scored by what is usual.
    nobody = traits.isna().all(axis=1)
    gaps.loc[nobody] = True
    whole = ~gaps.any(axis=1)
    if model.silent_from is not None and "recency" in traits:
        gone = traits["recency"] > model.silent_from
        told = f"silent for more than {model.silent_from} days: counted as gone, so no chance of leaving is given"
        known.notes.add((whole & gone).to_numpy(), told)
        whole &= ~gone
        gaps.loc[gone] = False
    if not whole.any():
        return np.full(len(traits), np.nan), gaps
    with threadpool_limits(1):
        return _spread(model.pipeline.predict_proba(traits[whole])[:, 1], whole), gaps


def _advised(models: Actions, table: pd.DataFrame, segments: pd.Series) -> dict[str, object]:
    """Take the advice of the first level at which a customer's segment is known."""
    found = {name: _nothing(COLUMNS[name], len(table)) for name in ("recommended_action", *RETURNS, "advised_by")}
    open_ = pd.Series(True, index=table.index)
    for level in models.levels:
        labels = level.labels(table, segments)
        for segment, advice in level.advice.items():
            mine = (open_ & (labels == segment)).to_numpy()
            by = level.title if level.title == segment else f"{level.title}: {segment}"
            for name, value in zip(found, _filled(advice, by, models.unit), strict=True):
                column = found[name]
                assert isinstance(column, np.ndarray)
                column[mine] = value
        open_ &= labels.isna()
    return dict(found)


def _filled(advice: Advice, by: str, unit: str) -> tuple[object, ...]:
    ends = tuple(np.nan if value is None else value for value in (advice.value, advice.low, advice.high))
    tested = f"test, {by} ({unit})" if advice.value is not None else f"segment map, not tested, {by}"
    return (advice.action, *ends, tested)
