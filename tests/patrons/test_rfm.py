"""Scores, ties, and a segment map that leaves nobody out."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import rfm
from patrons.errors import PatronsError


def frame(recency, frequency, monetary):
    return pd.DataFrame({"recency": recency, "frequency": frequency, "monetary": monetary})


@pytest.fixture
def plain():
    """A hundred customers without ties."""
    order = np.arange(100)
    return frame(order + 1, 200 - order, (order * 37 % 100 + 1) * 1.5)


def test_the_shipped_map_covers_each_score_once():
    found = rfm.read_segments()
    assert set(found.of_score) == set(product(range(1, 6), repeat=3))
    boxes = [score for item in found.segments.values() for box in item.scores for score in box.scores()]
    assert len(boxes) == len(set(boxes)) == 125
    assert found.of_score[5, 5, 5] == "champions"
    assert found.of_score[1, 1, 1] == "lost"
    assert all(item.action and item.meaning for item in found.segments.values())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a: {title: A, scores: [{r: [1, 4]}]}", "25 scores have no segment, among them 511"),
        (
            "a: {title: A, scores: [{}]}\nb: {title: B, scores: [{r: [5, 5], f: [5, 5], m: [5, 5]}]}",
            "555 is in a and again in b",
        ),
        ("a: {title: A, scores: [{r: [2, 6]}]}", "no range of scores"),
        ("a: {title: A, scores: [{x: [1, 5]}]}", "x"),
    ],
)
def test_a_wrong_map_is_refused_by_name(tmp_path: Path, body, words):
    path = tmp_path / "segments.yml"
    path.write_text(body)
    with pytest.raises(PatronsError, match=words.replace("(", r"\(")):
        rfm.read_segments(path)


def test_quintiles_are_fifths_and_recency_is_turned_round(plain):
    scored = rfm.score(plain).customers
    for column in "rfm":
        assert scored[column].value_counts().tolist() == [20] * 5
    assert scored.loc[0, ["r", "f"]].tolist() == [5, 5]
    assert scored.loc[99, ["r", "f"]].tolist() == [1, 1]


def test_edges_tile_the_values_and_count_everybody(plain):
    edges = rfm.score(plain).edges
    recency = edges[edges.measure == "recency"].set_index("score")
    assert (recency.loc[5, "low"], recency.loc[5, "high"]) == (1, 20)
    assert (recency.loc[1, "low"], recency.loc[1, "high"]) == (81, 100)
    assert (edges.groupby("measure").customers.sum() == 100).all()


def test_equal_values_share_the_lowest_score_they_reach_into():
    found = rfm.score(frame(range(10), [1] * 5 + [2, 2, 3, 4, 5], range(10)))
    assert found.customers["f"].tolist() == [1] * 5 + [3, 3, 4, 5, 5]
    assert any("only 4 of the 5 scores of frequency" in text for text in found.remarks)


def test_everybody_bought_once():
    found = rfm.score(frame(range(50), [1] * 50, np.linspace(5, 90, 50)))
    assert set(found.customers["f"]) == {1}
    assert found.remarks == ("Every customer has the same frequency (1): it tells nobody apart.",)
    assert set(found.customers["segment"]) <= {"promising", "lost", "at_risk"}


def test_one_customer_can_be_scored():
    found = rfm.score(frame([3], [1], [9.5]))
    assert len(found.customers) == 1
    assert len(found.remarks) == 3


def test_rank_sum_is_the_mean_percentile_rank(plain):
    found = rfm.score(plain).customers
    assert found["rank_sum"].mean() == pytest.approx(50)
    assert found["rank_sum"].between(0, 100).all()
    assert found.loc[0, "rank_sum"] == pytest.approx((99.5 + 99.5 + 0.5) / 3)


@pytest.mark.parametrize("bins", range(2, 11))
def test_any_number_of_bins_reaches_best_and_worst(plain, bins):
    plain["monetary"] = plain["frequency"]
    found = rfm.score(plain, bins=bins).customers
    assert found["r"].max() == bins
    assert found.loc[0, "segment"] == "champions"
    assert found.loc[99, "segment"] == "lost"


def test_gaps_and_emptiness_are_refused(plain):
    with pytest.raises(PatronsError, match="no customers"):
        rfm.score(plain.head(0))
    plain["monetary"] = plain["monetary"].mask(plain.index == 3)
    with pytest.raises(PatronsError, match="monetary is missing"):
        rfm.score(plain)


def test_summary_adds_up_and_its_intervals_hold_the_share(plain):
    summary = rfm.summarise(rfm.score(plain), np.random.default_rng(1), resamples=200)
    assert summary["customers"].sum() == 100
    assert summary["revenue_share"].sum() == pytest.approx(1)
    assert ((summary["low"] <= summary["revenue_share"]) & (summary["revenue_share"] <= summary["high"])).all()
    again = rfm.summarise(rfm.score(plain), np.random.default_rng(1), resamples=200)
    pd.testing.assert_frame_equal(summary, again)


def test_summary_keeps_segments_that_nobody_is_in():
    summary = rfm.summarise(rfm.score(frame([3], [1], [9.5])), np.random.default_rng(1), resamples=20)
    assert summary["customers"].tolist().count(0) == 4
    assert summary["revenue_share"].sum() == 1


def test_grid_has_every_pair(plain):
    counted = rfm.grid(rfm.score(plain))
    assert len(counted) == 25
    assert counted["customers"].sum() == 100
    assert counted.loc[counted.customers == 0, "monetary"].isna().all()


def test_small_groups_of_the_grid_are_left_out(plain):
    scores = rfm.score(plain.assign(frequency=[1] * 97 + [9, 9, 9]))
    counted = rfm.grid(scores, smallest=5)
    hidden = counted[counted["customers"].isna()]
    assert len(hidden) == 1
    assert hidden["monetary"].isna().all()
    assert counted["customers"].min() == 0


def test_the_look_up_leaves_the_extremes_open(plain):
    found = rfm.look_up(rfm.score(plain)).set_index("score")
    assert found["recency"].tolist() == ["up to 20", "21 to 40", "41 to 60", "61 to 80", "81 and more"]
    assert found.loc[5, "frequency"] == "181 and more"
    assert found.loc[1, "monetary"] == "up to 30.00"
    assert found.loc[2, "monetary"] == "over 30.00 to 60.00"
    assert found.loc[5, "monetary"] == "over 120.00"
    same = rfm.look_up(rfm.score(frame(range(50), [1] * 50, np.linspace(5, 90, 50))))
    assert same["frequency"].tolist()[-1] == "all"
    assert same["frequency"].isna().sum() == 4


def test_how_many_stay_with_other_bins(plain):
    assert rfm.unmoved(plain, 5, (5,)) == 1
    assert 0 < rfm.unmoved(plain, 5, (2,)) < 1


values = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 4), st.floats(-5, 500, allow_nan=False)), min_size=1, max_size=60
)


@settings(max_examples=60, deadline=None)
@given(values, st.integers(2, 10))
def test_more_is_never_scored_lower_and_ties_never_split(rows, bins):
    found = rfm.score(frame(*map(list, zip(*rows, strict=True))), bins=bins).customers
    for measure, good in (("frequency", found.frequency), ("monetary", found.monetary), ("recency", -found.recency)):
        ordered = found.assign(good=good).sort_values("good")
        assert ordered[measure[0]].is_monotonic_increasing
        assert (ordered.groupby("good")[measure[0]].nunique() == 1).all()
        assert ordered[measure[0]].between(1, bins).all()
