"""Scores and ties: nobody is left out, nobody told apart who did the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import patrons
from patrons import double, r, rfm, rfm_checks
from patrons.errors import PatronsError
from patrons.stop import ChapterStop

MAP = Path(__file__).parents[2] / "data" / "segments.yml"


def frame(recency, frequency, monetary):
    return pd.DataFrame({"recency": recency, "frequency": frequency, "monetary": monetary})


@pytest.fixture
def plain():
    """A hundred customers without ties."""
    order = np.arange(100)
    return frame(order + 1, 200 - order, (order * 37 % 100 + 1) * 1.5)


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
    assert found.occurring("frequency") == [1, 3, 4, 5]


def test_everybody_bought_once():
    found = rfm.score(frame(range(50), [1] * 50, np.linspace(5, 90, 50)))
    assert set(found.customers["f"]) == {1}
    assert found.occurring("frequency") == [1]
    assert found.out_of_reach() == ["champions", "loyal"]
    assert set(found.customers["segment"]) <= {"new", "promising", "lost", "at_risk"}


def test_one_customer_can_be_scored():
    found = rfm.score(frame([3], [1], [9.5]))
    assert len(found.customers) == 1
    assert [found.occurring(measure) for measure in rfm.MEASURES] == [[1]] * 3


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
    assert summary["customers"].tolist().count(0) == 5
    assert summary["revenue_share"].sum() == 1


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


@pytest.mark.parametrize("bins", [3, 5, 7, 10])
def test_r_gives_every_customer_the_same_scores(bins):
    r.use("tests_rfm")
    rng = np.random.default_rng(3)
    for n in (1, 7, 70, 500):
        customers = frame(rng.integers(0, 400, n), rng.poisson(3, n) + 1, rng.gamma(2, 90, n).round(2))
        found = rfm.score(customers, bins=bins)
        theirs = r.call("score_customers", customers, bins)
        line = double.agreement(rfm_checks.entries(found), theirs, [], ["r", "f", "m", "rank_sum"])
        assert line.holds, line
        assert (found.customers[["r", "f", "m"]].to_numpy() == theirs[["r", "f", "m"]].to_numpy()).all()


def test_the_place_of_an_edge_is_counted_in_whole_numbers():
    values = np.arange(1.0, 71)
    assert rfm.cuts(values, 10).tolist() == [7, 14, 21, 28, 35, 42, 49, 56, 63]


@settings(max_examples=40, deadline=None)
@given(values, st.integers(2, 10), st.floats(0.1, 9))
def test_scores_depend_on_order_alone(rows, bins, factor):
    customers = frame(*map(list, zip(*rows, strict=True)))
    other = customers.assign(recency=customers.recency * 3 + 1, frequency=customers.frequency**2)
    names = ["r", "f", "m"]
    one, two = (rfm.score(item, bins=bins).customers for item in (customers, other))
    pd.testing.assert_frame_equal(one[names], two[names])
    shuffled = customers.sample(frac=1, random_state=int(factor * 10))
    again = rfm.score(shuffled, bins=bins).customers.loc[customers.index]
    pd.testing.assert_frame_equal(one[names], again[names])


def test_shares_of_customers_have_wilsons_interval(plain):
    summary = rfm.summarise(rfm.score(plain), np.random.default_rng(1), resamples=50)
    row = summary[summary.customers > 0].iloc[0]
    r.use("tests_rfm")
    theirs = r.call("wilson_shares", [int(row.customers)], [100]).iloc[0]
    assert row[["customer_share", "share_low", "share_high"]].tolist() == pytest.approx(theirs.tolist(), rel=1e-9)


def test_what_a_source_does_not_say_is_named(tmp_path, home, write_source):
    text = "name: <b>S</b>\ntables: {customers: {file: c.csv, columns: {customer_id: id, recency: r}, spend: {all: s}}}"
    shop = patrons.open(write_source(text, c__csv="id,r,s\na,3,9\nb,4,8\n"))
    with pytest.raises(ChapterStop, match=r"does not say their frequency\. .*`orders: \{web: …\}`") as stop:
        rfm.measured(shop)
    assert "<b>" not in str(stop.value)
    assert "spend" not in str(stop.value)


def test_customers_with_a_gap_are_left_out_and_counted(home, write_source):
    columns = "columns: {customer_id: id, recency: r}, orders: {web: o}, spend: {all: s}"
    text = f"name: S\ntables: {{customers: {{file: c.csv, {columns}}}}}"
    shop = patrons.open(write_source(text, c__csv="id,r,o,s\na,3,1,9\nb,,2,8\nc,5,,8\nd,6,2,1\n"))
    known = rfm.measured(shop)
    assert known.customers["customer_id"].tolist() == ["a", "d"]
    assert known.left_out == 2
    empty = patrons.open(write_source(text, c__csv="id,r,o,s\na,3,,9\nb,,2,8\n"))
    with pytest.raises(ChapterStop, match="nobody to score"):
        rfm.measured(empty)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "customers"), [("cdnow", 2357), ("customer_personality", 2240)])
def test_real_shops_are_scored_alike_in_r(home, reference_data, name, customers):
    known = rfm.measured(patrons.open(reference_data / name / "source.yml"))
    assert (len(known.customers), known.left_out) == (customers, 0)
    found = rfm.score(known.customers, segments=rfm.read_segments(MAP))
    r.use("tests_rfm", root=MAP.parents[1])
    theirs = r.call("score_customers", known.customers[list(rfm.MEASURES)], 5)
    assert double.agreement(rfm_checks.entries(found), theirs, [], ["r", "f", "m", "rank_sum"]).holds
    assert not (found.customers["segment"] == "new").any()
