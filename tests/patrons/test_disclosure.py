"""Hidden cells must stay hidden from somebody who solves for them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from patrons.disclosure import Lines, every_family, hide, hide_table, table_lines, with_margins, worked_out

SMALLEST = 4


def tables(*shapes):
    def filled(shape):
        size = int(np.prod(shape))
        cell = st.one_of(st.just(0), st.integers(1, 5), st.integers(4, 30))
        return st.lists(cell, min_size=size, max_size=size).map(lambda cells: np.array(cells).reshape(shape))

    return st.sampled_from(shapes).flatmap(filled)


def possible(table, hidden, cell):
    """Return the least and the most that a cell can be, by integer programming over the cells inside."""
    inside = tuple(size - 1 for size in table.shape)
    count = int(np.prod(inside))
    rows = {}
    for place in np.ndindex(table.shape):
        row = np.zeros(inside)
        row[tuple(slice(None) if at == size - 1 else at for at, size in zip(place, table.shape, strict=True))] = 1
        rows[place] = row.ravel()
    shown = [place for place in rows if not hidden[place]]
    known = LinearConstraint(
        np.array([rows[place] for place in shown]).reshape(-1, count),
        [table[place] for place in shown],
        [table[place] for place in shown],
    )
    ends = []
    for sign in (1, -1):
        found = milp(sign * rows[cell], constraints=known if shown else (), integrality=np.ones(count))
        ends.append(sign * found.fun if found.status == 0 else np.inf)  # without an end above
    return ends


@settings(max_examples=60, deadline=None)
@given(tables((2, 2), (2, 3), (3, 3), (3, 4), (2, 2, 2), (2, 3, 2)))
def test_a_solver_cannot_tell_a_small_cell(cells):
    table = with_margins(cells)
    assume(table.max() >= SMALLEST)
    hidden = hide_table(table, SMALLEST)
    small = (table > 0) & (table < SMALLEST)
    assert hidden[small].all()
    for cell in np.argwhere(hidden):
        low, high = possible(table, hidden, tuple(cell))
        assert high > low, f"{cell} can only be {low}"


@settings(max_examples=60, deadline=None)
@given(tables((2, 3), (3, 4), (2, 3, 2)))
def test_no_line_tells_of_too_few_together(cells):
    table = with_margins(cells)
    hidden = hide_table(table, SMALLEST)
    for axis, size in enumerate(table.shape):
        inside = np.moveaxis(table, axis, -1)[..., : size - 1].reshape(-1, size - 1)
        masks = np.moveaxis(hidden, axis, -1).reshape(-1, size)
        for row, mask in zip(inside, masks, strict=True):
            rest = row[mask[:-1]].sum()
            assert mask[-1] or rest == 0 or rest >= SMALLEST


@given(tables((3, 4), (2, 3, 2)))
def test_nothing_is_hidden_where_nobody_is_few(cells):
    table = with_margins(np.where(cells > 0, cells + SMALLEST, 0))
    assert not hide_table(table, SMALLEST).any()


def test_what_is_empty_is_shown():
    table = with_margins(np.array([[0, 2, 9], [0, 8, 7], [5, 6, 9]]))
    assert not hide_table(table, SMALLEST)[table == 0].any()


def test_a_single_line_is_solved():
    lines = table_lines((4,))
    hidden = np.array([True, False, False, False])
    assert worked_out(lines.matrix, hidden).tolist() == [True, False, False, False]


def test_a_combination_of_lines_is_solved():
    # Two blocks joined by one cell: no line tells it, both rows of the first block and both of its columns do.
    table = with_margins(np.full((4, 4), 9))
    hidden = np.zeros((5, 5), dtype=bool)
    hidden[:2, :2] = hidden[2:4, 2:4] = True
    assert not worked_out(table_lines(table.shape).matrix, hidden.ravel()).any()
    hidden[1, 2] = True
    told = worked_out(table_lines(table.shape).matrix, hidden.ravel()).reshape(5, 5)
    assert np.argwhere(told).tolist() == [[1, 2]]


def test_what_is_known_from_elsewhere_is_not_hidden_to_protect_others():
    people = np.array([2, 9, 8, 19])
    fixed = np.array([False, True, False, False])
    found = hide(people, table_lines((4,)), SMALLEST, fixed=fixed)
    assert found.cells.tolist() == [True, False, True, False]


def test_people_who_may_be_in_two_parts_count_once():
    # Two months of three buyers each may be the same three: the largest of the group counts, not their sum.
    people, sign = np.array([3, 3, 8, 9]), np.array([1.0, 1.0, 1.0, -1.0])
    lines = Lines.of(np.zeros(4, dtype=int), np.arange(4), sign, np.array([False]), 4)
    assert hide(people, lines, SMALLEST).cells.tolist() == [True, True, True, False]
    lines = Lines.of(np.zeros(4, dtype=int), np.arange(4), sign, np.array([True]), 4)
    assert hide(people, lines, SMALLEST).cells.tolist() == [True, True, False, False]


def test_what_cannot_be_protected_is_said():
    people = np.array([2, 9, 11])
    found = hide(people, table_lines((3,)), SMALLEST, fixed=np.array([False, True, True]))
    assert found.exposed.tolist() == [True, False, False]


@pytest.mark.parametrize(("count", "families"), [(0, 1), (1, 2), (3, 8)])
def test_families_begin_with_the_fewest_filters(count, families):
    found = every_family(count)
    assert len(found) == families
    assert [len(family) for family in found] == sorted(len(family) for family in found)
