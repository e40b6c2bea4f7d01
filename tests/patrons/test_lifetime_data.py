"""Customers reduced to distinct rows, and customers that cannot be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons.lifetime_data import CannotFit, counted, thinned


def customers(n=40, **columns):
    base = {"x": [0, 2] * (n // 2), "t_x": [0.0, 3.0] * (n // 2), "T": [9.0] * n}
    return pd.DataFrame(base).assign(**columns)


def changed(row, **values):
    frame = customers().astype(float)
    for name, value in values.items():
        frame.loc[row, name] = value
    return frame


def test_equal_rows_are_one_row_with_a_weight():
    rows = counted(customers())
    assert (rows.x.tolist(), rows.t_x.tolist(), rows.T.tolist()) == ([0, 2], [0, 3], [9, 9])
    assert rows.weight.tolist() == [20, 20]
    assert (rows.levels.tolist(), rows.tally.tolist()) == ([0, 2], [20, 20])
    assert (rows.n, rows.rate, rows.mean_age) == (40, pytest.approx(1 / 9), 9)


def test_rows_stand_by_rising_x_with_the_places_of_their_levels():
    frame = pd.DataFrame({"x": [3, 0, 1] * 10, "t_x": [4.0, 0, 2] * 10, "T": [9.0, 8, 4] * 10})
    for distinct in (True, False):
        rows = counted(frame, distinct)
        assert (np.diff(rows.x) >= 0).all()
        assert np.array_equal(rows.levels[rows.x_code], rows.x)
        assert np.array_equal(rows.times[rows.last], rows.t_x) and np.array_equal(rows.times[rows.age], rows.T)
        assert dict(zip(rows.times, rows.by_age, strict=True)) == {4: 10, 0: 0, 2: 0, 9: 10, 8: 10}
        assert dict(zip(rows.times, rows.bought_by_age, strict=True)) == {4: 10, 0: 0, 2: 0, 9: 30, 8: 0}


def test_a_thinned_table_is_like_the_whole():
    frame = pd.concat([customers(4000), customers(2000, x=1, t_x=np.linspace(1, 8, 2000))])
    some = thinned(counted(frame, distinct=False), 600)
    assert some.n == 600
    assert some.tally / some.n == pytest.approx(np.array([2000, 2000, 2000]) / 6000, abs=0.01)


def test_rows_with_weights_count_as_that_many_customers():
    assert counted(customers(weight=[2.0] * 40)).weight.tolist() == [40, 40]


def test_rows_are_kept_on_request():
    assert len(counted(customers(), distinct=False).x) == 40


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9), st.integers(9, 12)), min_size=30, max_size=90))
def test_nothing_is_lost_or_made_up(drawn):
    frame = pd.DataFrame(drawn, columns=["x", "t_x", "T"]).astype(float)
    frame.loc[frame["x"] == 0, "t_x"] = 0
    frame = pd.concat([frame, customers(20)], ignore_index=True)
    rows = counted(frame)
    found = pd.DataFrame({"x": rows.x, "t_x": rows.t_x, "T": rows.T, "n": rows.weight})
    expected = frame.groupby(["x", "t_x", "T"], as_index=False).agg(n=("x", "size"))
    order = ["x", "t_x", "T"]
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True), check_dtype=False
    )
    assert rows.tally.sum() == len(frame)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (changed(3, x=1.5), r"x is not a whole number for 1 customer \(first in row 4\): x counts"),
        (changed([3, 5], t_x=9.5), r"t_x is larger than T for 2 customers \(first in row 4\)"),
        (changed(0, x=-1), "x is negative"),
        (changed(0, T=np.nan), "T is missing or infinite"),
        (changed(0, T=np.inf), "T is missing or infinite"),
        (changed(0, t_x=2), "x is 0 but t_x is not"),
        (changed(1, t_x=0), "x is above 0 but t_x is 0"),
        (customers().drop(columns="t_x"), "lack the column t_x"),
        (customers().head(0), "no customers"),
        (customers(x=0, t_x=0.0), "Nobody bought again.*calibration_end"),
        (customers(x=0, t_x=0.0, T=0.0), "T is 0 for everybody"),
        (customers(x=3, t_x=2.0), "Every customer bought again 3 times"),
        (customers(18), "Only 9 customers bought again"),
    ],
)
def test_what_cannot_be_is_refused_in_words(frame, words):
    with pytest.raises(CannotFit, match=words):
        counted(frame)


def test_who_came_on_the_last_day_is_no_obstacle():
    assert counted(changed(0, T=0)).n == 40
