"""Which groups may be shown, against every number that a reader could guess at."""

from itertools import product

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import masks

SMALLEST = 4
groups = st.lists(st.integers(0, 12), min_size=1, max_size=6)


@given(groups)
def test_neither_a_group_nor_the_rest_of_a_whole_is_too_small(counts):
    counts = np.array(counts)
    hidden = masks.divided(counts, SMALLEST)
    assert not ((counts[~hidden] > 0) & (counts[~hidden] < SMALLEST)).any()
    rest = counts[hidden].sum()
    assert rest == 0 or rest >= SMALLEST or counts.sum() < SMALLEST
    alone = hidden.sum() == 1 and 0 < counts[hidden][0] < SMALLEST
    assert not alone or (counts > 0).sum() == 1


@given(groups)
def test_nothing_is_left_out_without_need(counts):
    counts = np.array(counts)
    few = (counts > 0) & (counts < SMALLEST)
    hidden = masks.divided(counts, SMALLEST)
    assert not hidden[counts == 0].any()
    assert hidden.sum() <= few.sum() + (2 if few.any() else 0)


def test_groups_that_are_not_shown_anyway_protect_others():
    counts = np.array([3, 20, 9, 30])
    assert masks.divided(counts, 5).tolist() == [True, False, True, False]
    assert masks.divided(counts, 5, np.array([False, False, False, True])).tolist() == [True, False, False, True]
    assert not masks.divided(counts[1:], 5, np.array([False, False, True])).any()


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_small_cells_of_a_crossed_table_stay_open_as_long_as_something_can_be_hidden(counts):
    table = np.array(counts).reshape(2, 3)
    hidden = masks.crossed(table, 3)
    assert not ((table[~hidden] > 0) & (table[~hidden] < 3)).any()
    places = np.argwhere(hidden)
    if not 0 < len(places) <= 4:
        return
    # Every filling of the hidden cells that agrees with the margins that are shown.
    tried = np.array(list(product(range(13), repeat=len(places)))).T
    fits = tried.sum(axis=0) == table[hidden].sum()
    for axis in (0, 1):
        margin = table.sum(axis=1 - axis)
        for line in np.flatnonzero(~masks.divided(margin, 3)):
            mine = places[:, axis] == line
            fits &= tried[mine].sum(axis=0) == table[hidden & (np.indices(table.shape)[axis] == line)].sum()
    for number, (row, column) in enumerate(places):
        if table[row, column] < 3 and len(set(tried[number, fits])) == 1:
            assert forced(table)[row, column]


def forced(table):
    """Tell which cells the margins tell by themselves, if every cell with somebody in it is hidden."""
    places = np.argwhere(table > 0)
    lines = [[place[axis] == at for place in places] for axis in (0, 1) for at in range(table.shape[axis])
             if not masks.divided(table.sum(axis=1 - axis), 3)[at]]  # fmt: skip
    matrix = np.array([*lines, [True] * len(places)], dtype=float)
    free = np.eye(len(places)) - np.linalg.pinv(matrix) @ matrix
    told = np.zeros(table.shape, dtype=bool)
    told[tuple(places.T)] = np.abs(free).max(axis=1) < 1e-9
    return told


def test_tables_that_divide_a_whole_again_and_again():
    table = pd.DataFrame({"by": list("aaabb"), "name": list("xyzxy"), "n": [2, 9, 30, 50, 6]})
    assert masks.within(table, "by", "n", 5).tolist() == [True, True, False, False, False]
    assert masks.shown(table.head(3), "n", 5)["name"].tolist() == ["z"]
    twice = pd.concat([table.head(3), table.head(3)])
    assert masks.of_groups(twice, "name", "n", 5).tolist() == [True, True, False] * 2


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=6, max_size=6), st.sampled_from([(1, 0, 0), (1, 1, 0), (0, 1, 0)]))
def test_sums_of_columns_tell_of_no_cell_that_is_not_shown(counts, chosen):
    table, columns = np.array(counts).reshape(2, 3), np.array(chosen, dtype=bool)
    hidden, untold = masks.parted(table, 3, columns)
    parts = np.array([table[:, columns].sum(axis=1), table[:, ~columns].sum(axis=1)]).T
    assert not ((parts[~untold] > 0) & (parts[~untold] < 3)).any()
    places = np.argwhere(hidden)
    if not 0 < len(places) <= 4 or masks.divided(table.sum(axis=1), 3).any():
        return
    tried = np.array(list(product(range(19), repeat=len(places)))).T
    fits = tried.sum(axis=0) == table[hidden].sum()
    for axis in (0, 1):
        for line in np.flatnonzero(~masks.divided(table.sum(axis=1 - axis), 3)):
            mine = places[:, axis] == line
            fits &= tried[mine].sum(axis=0) == table[hidden & (np.indices(table.shape)[axis] == line)].sum()
    possible = [len(np.unique(row[fits])) for row in tried]
    for row in np.flatnonzero(~untold):
        mine = (places[:, 0] == row) & columns[places[:, 1]]
        fits &= tried[mine].sum(axis=0) == sum(table[tuple(place)] for place in places[mine])
    for before, row, place in zip(possible, tried, places, strict=True):
        assert before == 1 or table[tuple(place)] >= 3 or len(np.unique(row[fits])) > 1
