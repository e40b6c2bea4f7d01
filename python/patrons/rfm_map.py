"""The segment map: which scores make which segment, read from `data/segments.yml` and proved whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from patrons.errors import PatronsError, listing
from patrons.paths import home
from patrons.source import nearest

LEVELS = 5

Range = tuple[int, int]
Score = tuple[int, int, int]


class Box(BaseModel):
    """A block of scores, inclusive at both ends."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    r: Range = (1, LEVELS)
    f: Range = (1, LEVELS)
    m: Range = (1, LEVELS)

    @field_validator("r", "f", "m")
    @classmethod
    def _within_levels(cls, value: Range) -> Range:
        low, high = value
        if not 1 <= low <= high <= LEVELS:
            raise ValueError(f"[{low}, {high}] is no range of scores: write [lowest, highest] within 1 to {LEVELS}")
        return value

    def scores(self) -> list[Score]:
        """Return every combination of scores in the block."""
        r, f, m = (range(low, high + 1) for low, high in (self.r, self.f, self.m))
        return list(product(r, f, m))


class Segment(BaseModel):
    """A named group of scores, what it means, and what to do about it.

    Scores of frequency compare customers with each other, so that they cannot tell somebody who has just come from
    somebody who has seldom bought for years. A segment can therefore ask for a first order `joined_within` so many
    days; those of its scores who have been customers for longer belong to the segment `otherwise`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = Field(min_length=1)
    meaning: str = ""
    action: str = ""
    scores: tuple[Box, ...] = Field(min_length=1)
    joined_within: int | None = Field(default=None, gt=0)
    otherwise: str | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Segment:
        if (self.joined_within is None) != (self.otherwise is None):
            raise ValueError("joined_within (days) and otherwise (a segment) go together: write both or neither")
        return self


@dataclass(frozen=True)
class SegmentMap:
    """Segments by name, and the one segment of each combination of scores."""

    segments: Mapping[str, Segment]
    of_score: Mapping[Score, str]

    @property
    def names(self) -> list[str]:
        """Names of the segments, in the file's order."""
        return list(self.segments)

    @property
    def titles(self) -> dict[str, str]:
        """Name → title."""
        return {name: segment.title for name, segment in self.segments.items()}

    @property
    def silent(self) -> list[str]:
        """Segments all of whose scores of recency are in the lower half: their customers have fallen silent."""
        return [name for name, item in self.segments.items() if all(box.r[1] <= LEVELS // 2 for box in item.scores)]

    def name(self, scores: pd.DataFrame, tenure: pd.Series | None) -> pd.Categorical[str]:
        """Name the segment of each customer.

        Parameters
        ----------
        scores
            Columns `r`, `f`, `m`, 1 to 5.
        tenure
            Days since the first order, where they are known; somebody of whom they are not keeps the scores' segment.
        """
        table = np.empty((LEVELS, LEVELS, LEVELS), dtype=int)
        for key, name in self.of_score.items():
            table[tuple(item - 1 for item in key)] = self.names.index(name)
        codes = table[tuple(scores[letter].to_numpy() - 1 for letter in "rfm")]
        if tenure is not None:
            days = tenure.to_numpy(dtype=float, na_value=np.nan)
            asked = [(self.names.index(name), item) for name, item in self.segments.items() if item.joined_within]
            moved = codes.copy()
            for code, item in asked:
                moved[(codes == code) & (days > float(item.joined_within or 0))] = self.names.index(str(item.otherwise))
            codes = moved
        return pd.Categorical.from_codes(codes, categories=pd.Index(self.names))


def read_segments(path: Path | None = None) -> SegmentMap:
    """Read which scores make which segment, and prove that each combination is in exactly one.

    The file is `data/segments.yml` unless another is named.

    Raises
    ------
    PatronsError
        Naming the segment and the scores that are missing, or claimed twice, or malformed.
    """
    path = path or home() / "data" / "segments.yml"
    segments = _parsed(path)
    of_score: dict[Score, str] = {}
    for name, segment in segments.items():
        for score in (score for box in segment.scores for score in box.scores()):
            if score in of_score:
                raise PatronsError(
                    f"{path.name}: the score {code(score)} is in {of_score[score]} and again in {name}; "
                    "each score belongs to one segment, once"
                )
            of_score[score] = name
        other = segment.otherwise
        if other is not None and (other == name or other not in segments or segments[other].joined_within):
            raise PatronsError(
                f"{path.name}: {name}, otherwise: {other!r} is no other segment without a condition of its own"
                f"{nearest(other, [item for item in segments if item != name])}"
            )
    missing = [code(score) for score in Box().scores() if score not in of_score]
    if missing:
        some = listing(missing, most=5)
        raise PatronsError(f"{path.name}: {len(missing)} scores have no segment: {some}. Add them to one")
    return SegmentMap(segments, of_score)


def picture(segments: SegmentMap) -> pd.DataFrame:
    """Lay out the map: one row per combination of scores.

    Returns
    -------
    DataFrame
        `r`, `f`, `m`, `segment`, `title`.
    """
    rows = [(*key, name, segments.titles[name]) for key, name in sorted(segments.of_score.items())]
    return pd.DataFrame(rows, columns=["r", "f", "m", "segment", "title"])


def code(key: Score) -> str:
    """Write a combination of scores as digits.

    Examples
    --------
    >>> code((5, 4, 1))
    '541'
    """
    return "".join(map(str, key))


def _parsed(path: Path) -> dict[str, Segment]:
    """Read the file's segments, each by its name."""
    try:
        with path.open(encoding="utf-8") as file:
            raw = YAML(typ="safe").load(file)
    except YAMLError as error:
        raise PatronsError(f"{path.name} is no YAML: {error}") from None
    if not isinstance(raw, dict) or not raw:
        raise PatronsError(f"{path.name}: write the segments by name, such as `champions: {{title: …, scores: …}}`")
    found, wrong = {}, []
    for name, body in raw.items():
        try:
            found[str(name)] = Segment.model_validate(body)
        except ValidationError as error:
            wrong += [f"{path.name}: {name}, {_said(**item)}" for item in error.errors()]
    if wrong:
        raise PatronsError("\n".join(wrong))
    return found


def _said(type: str, loc: tuple[int | str, ...], msg: str, **_: object) -> str:
    """Say in words what pydantic found, and where."""
    place = ".".join(map(str, loc))
    hint = nearest(str(loc[-1]), [*Segment.model_fields, *Box.model_fields]) if "extra" in type else ""
    return f"{f'{place}: ' if place else ''}{msg.removeprefix('Value error, ')}{hint}"
