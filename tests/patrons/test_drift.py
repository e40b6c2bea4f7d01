"""The index by hand, bins with ties and gaps, and nothing of few customers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import drift, r
from patrons.drift import Pair, make_bins, pair

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=8)


def series(values, name="x"):
    return pd.Series(values, name=name)


def test_the_index_by_hand():
    # (80.5/101 − 50.5/101) ln(80.5/50.5) + (20.5/101 − 50.5/101) ln(20.5/50.5)
    by_hand = 30 / 101 * np.log(80.5 / 50.5) - 30 / 101 * np.log(20.5 / 50.5)
    assert drift.psi(np.array([50, 50]), np.array([80, 20])) == pytest.approx(by_hand, rel=1e-12)


@given(COUNTS, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_index_is_finite_not_negative_and_the_same_both_ways(counts, random):
    other = counts.copy()
    random.shuffle(other)
    one, back = drift.psi(np.array(counts), np.array(other)), drift.psi(np.array(other), np.array(counts))
    assert np.isfinite(one)
    assert one >= 0
    assert one == pytest.approx(back)
    assert drift.psi(np.array(counts), np.array(counts)) == 0


@given(st.lists(st.integers(0, 6), min_size=40, max_size=300), st.lists(st.integers(-3, 9), min_size=1, max_size=50))
@settings(max_examples=60, deadline=None)
def test_everybody_is_in_one_bin_and_equals_share_it(reference, current):
    bins = make_bins(series(np.array(reference, float)))
    found = bins.place(series(np.array(current, float)))
    assert found.min() >= 0
    assert found.max() < len(bins.labels) - 1
    assert len(set(bins.edges)) == len(bins.edges)
    for value in set(current):
        assert len(set(found[np.array(current) == value])) == 1


def test_tenths_of_the_reference_are_equal_where_nobody_ties():
    values = series(np.random.default_rng(1).permutation(1000.0 + np.arange(1000)))
    found = np.bincount(make_bins(values).place(values))
    assert (found == 100).all()


def test_few_customers_have_fewer_bins():
    assert len(make_bins(series(np.arange(100.0))).edges) == 4
    assert len(make_bins(series(np.arange(10.0))).edges) == 1


def test_missing_values_have_a_bin_of_their_own():
    then, now = np.arange(200.0), np.where(np.arange(200) < 50, np.nan, np.arange(200.0))
    pairs = pair(pd.DataFrame({"x": then}), pd.DataFrame({"x": now}))
    table = drift.bin_table(pairs, [make_bins(pairs.reference["x"])])
    last = table.iloc[-1]
    assert (last["label"], last["reference"], last["current"]) == (drift.UNKNOWN, 0, 50)
    everybody_known = drift.bin_table(pair(pairs.reference, pairs.reference), [make_bins(pairs.reference["x"])])
    assert drift.UNKNOWN not in set(everybody_known["label"])


def test_a_constant_that_changes_is_seen_either_way():
    for value in (2.0, 4.0):
        pairs = pair(pd.DataFrame({"x": np.full(100, 3.0)}), pd.DataFrame({"x": np.full(100, value)}))
        assert drift.psi(*drift.count(pairs, make_bins(pairs.reference["x"]))) > 1
    same = pair(pd.DataFrame({"x": np.full(100, 3.0)}), pd.DataFrame({"x": np.full(100, 3.0)}))
    assert drift.psi(*drift.count(same, make_bins(same.reference["x"]))) == 0


def test_rare_and_new_groups_are_counted_together():
    then = pd.DataFrame({"x": pd.Series(["a"] * 600 + ["b"] * 399 + ["c"], dtype=object)})
    now = pd.DataFrame({"x": pd.Series(["a"] * 500 + ["new"] * 90 + [None] * 10, dtype=object)})
    bins = make_bins(then["x"])
    assert bins.names == ("a", "b")
    table = drift.bin_table(pair(then, now), [bins]).set_index("label")
    assert table.loc[drift.OTHER, ["reference", "current"]].tolist() == [1, 90]
    assert table.loc[drift.UNKNOWN, "current"] == 10


def test_weights_give_strata_the_shares_of_now():
    pairs = Pair(
        pd.DataFrame({"x": [1.0] * 90 + [2.0] * 10}),
        pd.DataFrame({"x": [1.0] * 50 + [2.0] * 50}),
        np.array(["young"] * 90 + ["old"] * 10),
        np.array(["young"] * 50 + ["old"] * 50),
    )
    then, now = drift.count(pairs, drift.Bins("x", (1.0,)))
    assert then / then.sum() == pytest.approx(now / now.sum())
    assert pairs.size == pytest.approx(100**2 / (90 * (5 / 9) ** 2 + 10 * 5**2))


@given(COUNTS, COUNTS)
@settings(max_examples=60, deadline=None)
def test_no_shown_bin_has_few_customers(one, other):
    size = min(len(one), len(other))
    table = pd.DataFrame({"measure": "x", "bin": range(size), "label": [f"{n} to {n + 1}" for n in range(size)]})
    table["reference"], table["current"] = np.array(one[:size], float), np.array(other[:size], float)
    table["then"], table["now"], table["adds"] = 0.0, 0.0, 0.0
    shown = drift.public(table, 5)
    assert shown["reference"].sum() == sum(one[:size])
    if len(shown) > 1:
        assert not ((shown[["reference", "current"]] > 0) & (shown[["reference", "current"]] < 5)).any().any()


def test_labels_are_short_and_whole():
    assert drift.Bins("x", (0.0, 0.05)).labels == ("up to 0", "0 to 0.05", "over 0.05", "not known")
    assert drift.Bins("x", (10.0, 200.0)).labels[:2] == ("up to 10", "10 to 200")


def test_of_groups_equally_large_the_same_ones_are_kept_in_both_languages():
    r.use("tests_monitoring")
    then = series([*"zyxwvutsrqponm", "Ä", "a b", "=1", "NULL"] * 2)
    both, bins = pair(then.to_frame(), then[:9].to_frame()), make_bins(then)
    assert bins.names == ("=1", "NULL", "a b", *"mnopqrstu")
    theirs = r.call("measure_drift", both.reference.assign(weight=1.0), both.current)
    assert theirs["psi"].iloc[0] == pytest.approx(float(drift.psi(*drift.count(both, bins))), rel=1e-12)


def test_one_value_for_all_has_the_same_bins_in_both_languages():
    r.use("tests_monitoring")
    then, now = series([2.0] * 60), series([2.0] * 40 + [1.0] * 5 + [3.0] * 9)
    both = pair(then.to_frame(), now.to_frame())
    theirs = r.call("measure_drift", both.reference.assign(weight=1.0), both.current)
    own = drift.psi(*drift.count(both, make_bins(then)))
    assert theirs["psi"].iloc[0] == pytest.approx(float(own), rel=1e-12)
