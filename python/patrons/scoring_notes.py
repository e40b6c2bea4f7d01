"""What is worth telling of single rows: what is not known, and values far from any that the models have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from patrons.errors import listing
from patrons.words import joined

#: A value this many times smaller than the smallest of training is far below it, where all of training is above 0.
TIMES = 10
#: Units that are easily confused: how many of the one make the other, and what to ask about the smaller number.
UNITS = ((1000.0, "in thousands"), (100.0, "in hundreds"))
#: Features in the unit of time of the models.
TIMED = ("t_x", "T")
PARTS = {
    "rfm": "segment",
    "groups": "group",
    "lifetime": "lifetime",
    "value": "expected value",
    "responds": "chance of a response",
    "leaves": "chance of leaving",
    "actions": "action",
}


class Notes:
    """Remarks on the rows of a table, in the order in which they are made."""

    def __init__(self, rows: int):
        self._texts = np.full(rows, "", dtype=object)

    def add(self, where: np.ndarray, text: str | Sequence[str]) -> None:
        """Remark on the rows where a mask is true: one text for all, or one for each of them."""
        places = np.flatnonzero(where)
        if not len(places):
            return
        texts = [text] * len(places) if isinstance(text, str) else text
        before = self._texts[places]
        self._texts[places] = [f"{one}; {other}" if one else other for one, other in zip(before, texts, strict=True)]

    def column(self) -> list[str]:
        """Return the remarks, empty where there are none."""
        return self._texts.tolist()


def lacking(notes: Notes, gaps: Mapping[str, pd.DataFrame]) -> None:
    """Say which features are not known, and what could therefore not be scored.

    Parameters
    ----------
    notes
        Where it is said.
    gaps
        Part of the models → which of the features that it cannot do without are not known, rows × features.
    """
    parts = {part: table for part, table in gaps.items() if table.shape[1]}
    if not parts:
        return
    names = list(dict.fromkeys(str(name) for table in parts.values() for name in table))
    missing = np.column_stack(
        [np.logical_or.reduce([table[name].to_numpy() for table in parts.values() if name in table]) for name in names]
    )
    failed = np.column_stack([table.to_numpy().any(axis=1) for table in parts.values()])
    some = np.flatnonzero(failed.any(axis=1))
    if not len(some):
        return
    patterns, which = np.unique(np.column_stack([missing, failed])[some], axis=0, return_inverse=True)
    texts = []
    for row in patterns:
        gone = [name for name, gap in zip(names, row[: len(names)], strict=True) if gap]
        without = [PARTS[part] for part, gap in zip(parts, row[len(names) :], strict=True) if gap]
        what = f"not known: {listing(gone, 8)}" if len(gone) < len(names) else "nothing is known to score by"
        texts.append(f"{what}; therefore no {joined(without, 'or')}")
    mask = np.zeros(len(missing), dtype=bool)
    mask[some] = True
    notes.add(mask, [texts[place] for place in np.ravel(which)])


def far(notes: Notes, name: str, values: np.ndarray, ends: tuple[float, float], unit: str) -> None:
    """Remark on values that are far outside of what the models were fitted to: mostly a matter of units.

    Far is: beyond the highest or the lowest value of training by more than the distance between those; or, where all
    of training is above 0, above 0 and less than a tenth of its lowest.

    Parameters
    ----------
    notes
        Where it is said.
    name
        The feature.
    values
        Its values; missing ones are passed over.
    ends
        The lowest and the highest value of training.
    unit
        Of time, of the models.
    """
    low, high = ends
    width = high - low or abs(high)
    with np.errstate(invalid="ignore"):
        above = values > high + width
        below = (values < low - width) | ((values > 0) & (values < low / TIMES))
    for mask, where in ((above, "above"), (below, "below")):
        notes.add(mask, [_told(name, value, where, ends, unit) for value in values[mask]])


def unseen(notes: Notes, name: str, values: pd.Series, seen: Sequence[str]) -> None:
    """Remark on texts that no customer of training had."""
    new = (values.notna() & ~values.isin(list(seen))).to_numpy()
    notes.add(new, [f"{name} {value!r} was not seen when the models were fitted" for value in values[new]])


def _told(name: str, value: float, where: str, ends: tuple[float, float], unit: str) -> str:
    told = (
        f"{name} {number(value)} is far {where} what the model was fitted to ({number(ends[0])} to {number(ends[1])})"
    )
    if name in TIMED:
        return f"{told}: it is counted in {unit}s"
    low, high = ends
    for times, what in UNITS:
        if where == "below" and low <= value * times <= high:
            return f"{told}: is it {what}?"
        if where == "above" and low <= value / times <= high:
            return f"{told}: perhaps the model has it {what}"
    return told


def number(value: float) -> str:
    """Write a number for a remark.

    Examples
    --------
    >>> number(162397.0), number(45.3), number(0.25)
    ('162,397', '45.3', '0.25')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
