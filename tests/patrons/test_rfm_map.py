"""The segment map leaves nobody out, puts nobody into two segments, and names its mistakes."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import rfm, rfm_map, theme
from patrons.errors import PatronsError


def test_the_shipped_map_covers_each_score_once():
    found = rfm_map.read_segments()
    assert set(found.of_score) == set(product(range(1, 6), repeat=3))
    boxes = [score for item in found.segments.values() for box in item.scores for score in box.scores()]
    assert len(boxes) == len(set(boxes)) == 125
    assert found.of_score[5, 5, 5] == "champions"
    assert found.of_score[5, 1, 3] == "new"
    assert found.of_score[1, 1, 1] == "lost"
    assert all(item.action and item.meaning for item in found.segments.values())
    assert found.silent == ["at_risk", "lost"]


def test_each_segment_has_a_colour_of_its_own():
    names = rfm_map.read_segments().names
    fixed = theme.segment_colours()
    assert set(names) <= set(fixed)
    assert len({fixed[name] for name in names}) == len(names)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a: {title: A, scores: [{r: [1, 4]}]}", "25 scores have no segment: 511, 512, 513, 514, 515 and 20 more"),
        (
            "a: {title: A, scores: [{}]}\nb: {title: B, scores: [{r: [5, 5], f: [5, 5], m: [5, 5]}]}",
            "555 is in a and again in b",
        ),
        ("a: {title: A, scores: [{}, {r: [2, 2], f: [1, 1], m: [3, 3]}]}", "213 is in a and again in a"),
        ("a: {title: A, scores: [{r: [2, 6]}]}", r"a, scores.0.r: \\[2, 6\\] is no range of scores"),
        ("a: {title: A, scores: [{rr: [1, 5]}]}", "a, scores.0.rr: .*did you mean 'r'"),
        ("a: {titel: A, scores: [{}]}", "a, titel: .*did you mean 'title'"),
        ("a: {title: A, scores: [{}], joined_within: 9}", "a, joined_within .* and otherwise .* write both or neither"),
        ("a: {title: A, scores: [{}], joined_within: 9, otherwise: b}", "a, otherwise: 'b' is no other segment"),
        ("a: {title: A, scores: [{}], joined_within: 0, otherwise: b}", "a, joined_within: .*greater than 0"),
        ("[1, 2]", "write the segments by name"),
        ("a: {", "is no YAML"),
        ("a: {title: A, scores: [{}]}\na: {title: B, scores: [{}]}", "is no YAML"),
    ],
)
def test_a_wrong_map_is_refused_by_name(tmp_path: Path, body, words):
    path = tmp_path / "segments.yml"
    path.write_text(body)
    with pytest.raises(PatronsError, match=words.replace("\\\\", "\\")):
        rfm_map.read_segments(path)


def customers(tenure):
    """A hundred customers, of whom the first ten are the latest and have one order."""
    order = np.arange(100)
    table = pd.DataFrame({"recency": order, "frequency": np.where(order < 10, 1, order), "monetary": order + 1.0})
    return table.assign(tenure=tenure) if tenure is not None else table


def test_newcomers_are_those_who_came_lately():
    for tenure, segment in ((90, "new"), (91, "promising"), (None, "new"), (np.nan, "new")):
        found = rfm.score(customers(tenure)).customers
        assert set(found.loc[:9, "segment"]) == {segment}, tenure
        assert found.loc[50:, "segment"].nunique() > 1


@given(st.tuples(*[st.integers(1, 5)] * 3), st.one_of(st.none(), st.integers(0, 4000)))
def test_everybody_is_in_one_segment_whatever_the_tenure(key, tenure):
    found = rfm_map.read_segments()
    scores = pd.DataFrame([key], columns=list("rfm"))
    name = found.name(scores, None if tenure is None else pd.Series([tenure]))[0]
    assert name == found.of_score[key] or name == found.segments[found.of_score[key]].otherwise


def test_the_picture_has_every_score():
    found = rfm_map.picture(rfm_map.read_segments())
    assert len(found) == 125
    assert not found.duplicated(["r", "f", "m"]).any()
    assert found.set_index(["r", "f", "m"]).loc[(5, 5, 5), "title"] == "Champions"
