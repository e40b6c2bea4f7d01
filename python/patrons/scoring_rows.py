"""Rows of customers, or ids alone, in a file to be scored: read in chunks, and what each says of its customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import ibis
import numpy as np
import pandas as pd

from patrons import features_columns, read, response_data
from patrons.examine import examine
from patrons.schemas import columns
from patrons.scoring import Known
from patrons.scoring_engine import batches
from patrons.scoring_inputs import Input
from patrons.scoring_lookup import Lookup
from patrons.scoring_models import CLV
from patrons.scoring_notes import Notes
from patrons.settings import Customers
from patrons.treatments import Treatment
from patrons.validate import Checked
from patrons.values import expected

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

#: A value is shown in a remark up to so many characters.
SHOWN = 40


@dataclass(frozen=True)
class Chunk:
    """Some rows of the file: their numbers in it, whose they are, and what is known of these customers."""

    row: pd.Series
    ids: pd.Series
    known: Known


@dataclass(frozen=True)
class Setting:
    """What rows are read by.

    Attributes
    ----------
    dated
        Whether the source has transactions: recency and its kin then come from orders.
    moment
        The day of reference, where there is one.
    treatments
        What cleaning did to the source's customers: the same limits and fillings count here.
    """

    dated: bool
    moment: datetime | None
    treatments: tuple[Treatment, ...]


def chunks(con: Backend, given: Input, lookup: Lookup, setting: Setting, size: int, staging: Path) -> Iterator[Chunk]:
    """Read a file of customers, in the order of its rows: one row in, one row out.

    Values that cannot be read or cannot be are left out, and the row's remarks name them.
    """
    own = columns("customers", given.table)
    staged = read.stage([given.file], given.table.read, [column.theirs for column in own], staging)
    checked = examine(con, "customers", given.table, staged)
    rows = checked.rows
    place = next(index for index, column in checked.numbered if column.name == "customer_id")
    alike = ibis.window(group_by=f"v{place}")
    placed = con.create_table("placed", rows.mutate(_alike=rows.count().over(alike)))
    for batch in batches(con, placed.order_by("_file", "_row"), size):
        frame = batch.to_pandas()
        if len(frame):
            yield _chunk(frame, checked, given, lookup, setting)


def _chunk(frame: pd.DataFrame, checked: Checked, given: Input, lookup: Lookup, setting: Setting) -> Chunk:
    notes = Notes(len(frame))
    said = pd.DataFrame(
        {column.name: frame[f"v{index}"] for index, column in checked.numbered}, index=frame.index
    ).astype({"customer_id": object})
    notes.add(frame["_broken"].notna().to_numpy(), "wrong number of fields: the row could not be read")
    ids = said["customer_id"].where(said["customer_id"].notna(), None)
    notes.add((ids.isna() & frame["_broken"].isna()).to_numpy(), "no customer_id")
    again = (frame["_alike"] > 1) & ids.notna()
    notes.add(again.to_numpy(), [f"customer {one!r} stands in {n:,} rows" for one, n in _pairs(ids, frame, again)])
    _unread(notes, frame, checked)
    said = _ruled_out(notes, frame["_rule"], said, given)
    if given.kind == "ids":
        stranger = ids.notna() & ~lookup.knows(ids)
        notes.add(stranger.to_numpy(), "unknown customer: the source does not have this id, and the file only has ids")
    own = _own(said, cast(Customers, given.table), setting)
    table, clv, traits = lookup.complete(ids.fillna(""), own)
    return Chunk(frame["_row"], ids, Known(filled(table, setting.treatments), clv, traits, notes))


def _pairs(ids: pd.Series, frame: pd.DataFrame, mask: pd.Series) -> Iterator[tuple[str, int]]:
    return zip(ids[mask], frame.loc[mask, "_alike"], strict=True)


def _ruled_out(notes: Notes, reasons: pd.Series, said: pd.DataFrame, given: Input) -> pd.DataFrame:
    """Leave out values for which the source would set a whole row aside."""
    for rule in given.table.set_aside:
        mine = reasons == rule.reason
        if mine.any() and rule.column in said:
            notes.add(mine.to_numpy(), f"{rule.reason}: the value of {rule.column} is left out")
            said = said.assign(**{rule.column: said[rule.column].mask(mine)})
    return said


def _unread(notes: Notes, frame: pd.DataFrame, checked: Checked) -> None:
    """Remark on values that cannot be read, or cannot be."""
    for index, column in checked.numbered:
        text, value = frame[f"t{index}"], frame[f"v{index}"]
        wrong = frame[f"x{index}"].fillna(False).astype(bool) & text.notna()
        unread = text.notna() & value.isna() & ~wrong
        rule = f"must be {expected(column, checked.read)}; the value is left out"
        for mask in (wrong, unread):
            notes.add(mask.to_numpy(), [f"{column.theirs} {one[:SHOWN]!r} {rule}" for one in text[mask]])


def _own(said: pd.DataFrame, table: Customers, setting: Setting) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Turn what the rows say into what the models take, by the code that does so for the source."""
    said = capped(said, setting.treatments)
    people = said.assign(customer_id=np.arange(len(said)))  # the order of rows, which sorting by id must not change
    known = people.drop(columns="customer_id")
    behaviour = pd.DataFrame(index=said.index)
    if not setting.dated:
        summed = _whole_groups(table, people)
        behaviour = features_columns.customer_features(people, summed, setting.moment).drop(columns="customer_id")
        behaviour = behaviour.set_axis(said.index, axis=0)
        known = known.drop(columns=list(behaviour), errors="ignore").join(behaviour)
        for parts in response_data.shares(people, summed):
            behaviour = behaviour.join(parts)
        if "web_visits" in people:
            behaviour["visits_a_month"] = people["web_visits"].astype(float)
    traits = response_data.traits(people, setting.moment).set_axis(said.index, axis=0)
    for name in (*behaviour, *known):
        if name not in traits and name != "customer_id":
            traits[name] = behaviour[name] if name in behaviour else known[name]
    if table.responses and set(_answers(table)) <= set(said):
        given = said[_answers(table)].astype(float)
        traits["answered_before"], traits["answered_latest"] = given.mean(axis=1), given.iloc[:, -1]
    clv = known[[name for name in CLV if name in known]]
    return known, clv, traits


def _answers(table: Customers) -> list[str]:
    return [f"response_{name}" for name in sorted(table.responses, key=lambda name: name == "last")]


def _whole_groups(table: Customers, people: pd.DataFrame) -> Customers:
    """Leave out features that are there already under their own names: they are no sums to be made."""
    return table.model_copy(update={"features": {name: name for name in table.features if name in people}})


def capped(rows: pd.DataFrame, treatments: tuple[Treatment, ...]) -> pd.DataFrame:
    """Move outliers to the limits to which those of the source were moved."""
    done = [one for one in treatments if one.problem == "outliers" and one.action == "cap" and one.column in rows]
    for one in done:
        if one.low is not None and one.high is not None:
            values = rows[one.column].astype(float)
            low = values.where(values <= 0, values.clip(lower=one.low)) if one.log else values.clip(lower=one.low)
            rows = rows.assign(**{one.column: low.clip(upper=one.high)})
    return rows


def filled(table: pd.DataFrame, treatments: tuple[Treatment, ...]) -> pd.DataFrame:
    """Fill in what is missing with what was filled in for the source's customers."""
    for one in treatments:
        if one.problem == "missing" and one.fill is not None and one.column in table:
            table = table.assign(**{one.column: table[one.column].where(table[one.column].notna(), one.fill)})
    return table
