"""What may be shown of a table that has its sums beside it, so that no small group can be seen or worked out.

A cell about fewer people than may be shown is hidden. Where its neighbours and their sum are shown it could still be
had by subtraction, so others are hidden with it, the smallest first, until nobody can: no line tells a hidden cell, or
a group too small, and no combination of lines does either.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsmr

#: A hidden number counts as worked out if a random change that no shown number notices leaves it as it is.
STILL = 1e-6
#: How closely such a change must leave the shown numbers as they are.
NOTICED = 1e-8
#: The projection is found in so many iterations at a time, and improved at most so often.
STEP, MOST_STEPS = 2000, 50


@dataclass(frozen=True)
class Lines:
    """Which cells add up to which.

    Attributes
    ----------
    matrix
        (lines, cells), sparse: 1 for the parts of a line, −1 for their sum; the products with the cells' values are
        zero.
    apart
        (lines), whether nobody can be in two parts of a line.
    """

    matrix: sparse.csr_matrix
    apart: np.ndarray

    @classmethod
    def of(cls, line: np.ndarray, cell: np.ndarray, sign: np.ndarray, apart: np.ndarray, cells: int) -> Lines:
        """Make lines from their members: the number of the line, that of the cell, and its sign."""
        matrix = sparse.csr_matrix((sign.astype(float), (line, cell)), shape=(len(apart), cells))
        return cls(matrix, apart)


@dataclass(frozen=True)
class Hidden:
    """What is hidden.

    Attributes
    ----------
    cells
        (cells), whether each is hidden.
    small
        (cells), whether it is for its own sake: somebody is in it, but too few.
    exposed
        (cells), small ones that can be worked out all the same, because nothing more can be hidden beside them. Only
        an audit finds them.
    """

    cells: np.ndarray
    small: np.ndarray
    exposed: np.ndarray


def hide(
    people: np.ndarray,
    lines: Lines,
    smallest: int,
    rank: np.ndarray | None = None,
    fixed: np.ndarray | None = None,
    small: np.ndarray | None = None,
    audit: bool = True,
) -> Hidden:
    """Choose the cells to hide.

    Cells that hold nobody are shown: they tell of nobody, and who guesses that a cell is empty is taken to be right.

    Parameters
    ----------
    people
        (cells), how many people each is about.
    lines
        What adds up to what.
    smallest
        Fewer people than this are not shown.
    rank
        (cells), those of low rank are hidden first to protect others; by default in order of their people.
    fixed
        (cells), cells that are known from elsewhere, so that hiding them would not help.
    small
        (cells), which must be hidden for their own sake; by default those about 1 to `smallest` − 1 people.
    audit
        Whether to look at combinations of lines too, which takes its time where thousands are hidden.

    Returns
    -------
    Hidden
        No line, and no combination of lines, tells the value of a cell that is hidden; nor does a line tell the sum of
        hidden cells which together are about fewer than `smallest` people.
    """
    people = np.asarray(people)
    small = (people > 0) & (people < smallest) if small is None else small & (people > 0)
    fixed = np.zeros(len(people), dtype=bool) if fixed is None else fixed
    rank = people if rank is None else rank
    # The empty cells are known: they leave the lines.
    known = sparse.diags((people > 0).astype(float))
    matrix = (lines.matrix @ known).tocsr()
    matrix.eliminate_zeros()
    small = small & ~fixed
    cells = small.copy()
    while True:
        _close(cells, people, matrix, lines.apart, smallest, rank, fixed)
        if not audit:
            return Hidden(cells, small, np.zeros_like(small))
        told = worked_out(matrix, cells)
        if not (told & small).any() or not _break(cells, told & small, matrix, rank, fixed):
            break
    # What others tell anyway need not be hidden.
    return Hidden(cells & ~(told & ~small), small, told & small)


def hide_table(people: np.ndarray, smallest: int, small: np.ndarray | None = None) -> np.ndarray:
    """Choose the cells to hide of a table with margins.

    Parameters
    ----------
    people
        An array of any number of axes; the last place on each axis holds the sum over the others.
    smallest
        Fewer people are not shown.
    small
        Which cells must be hidden for their own sake, if not those.

    Returns
    -------
    ndarray
        Of the same shape, True where hidden.

    Examples
    --------
    >>> hide_table(np.array([[3, 20, 23], [30, 40, 70], [33, 60, 93]]), 5).astype(int)
    array([[1, 1, 0],
           [1, 1, 0],
           [0, 0, 0]])
    """
    shape = people.shape
    inside = sum(
        (np.arange(size) < size - 1).reshape([-1 if k == axis else 1 for k in range(len(shape))]).astype(int)
        for axis, size in enumerate(shape)
    )
    # Cells with many coordinates before the sums of them.
    order = np.lexsort((people.ravel(), -np.broadcast_to(inside, shape).ravel()))
    rank = np.empty(people.size)
    rank[order] = np.arange(people.size)
    own = None if small is None else small.ravel()
    return hide(people.ravel(), table_lines(shape), smallest, rank, small=own).cells.reshape(shape)


def with_margins(cells: np.ndarray) -> np.ndarray:
    """Add the sum along each axis in its last place.

    Examples
    --------
    >>> with_margins(np.array([[1, 2], [3, 4]]))
    array([[ 1,  2,  3],
           [ 3,  4,  7],
           [ 4,  6, 10]])
    """
    for axis in range(cells.ndim):
        cells = np.concatenate([cells, cells.sum(axis=axis, keepdims=True)], axis=axis)
    return cells


def table_lines(shape: tuple[int, ...]) -> Lines:
    """Return the lines of a table with margins: along each axis, the parts and their sum in the last place."""
    places = np.arange(int(np.prod(shape))).reshape(shape)
    line, cell, sign = [], [], []
    count = 0
    for axis, size in enumerate(shape):
        rows = np.moveaxis(places, axis, -1).reshape(-1, size)
        line.append(np.repeat(np.arange(len(rows)) + count, size))
        cell.append(rows.ravel())
        sign.append(np.tile(np.r_[np.ones(size - 1), -1.0], len(rows)))
        count += len(rows)
    members = (np.concatenate(line), np.concatenate(cell), np.concatenate(sign))
    return Lines.of(*members, np.ones(count, dtype=bool), places.size)


def worked_out(matrix: sparse.csr_matrix, hidden: np.ndarray) -> np.ndarray:
    r"""Tell which hidden cells can be computed from those that are shown.

    The hidden cells may change by any :math:`v` with :math:`Mv = 0` without a shown one changing. A cell can be
    computed if it is the same in all of them. The projection of random numbers onto these changes is zero in such a
    cell and, with probability one, in no other.

    Parameters
    ----------
    matrix
        (lines, cells), lines whose sum is zero.
    hidden
        (cells), which are hidden.

    Returns
    -------
    ndarray
        (cells), True for hidden cells that can be computed.
    """
    found = np.zeros(len(hidden), dtype=bool)
    places = np.flatnonzero(hidden)
    if not len(places):
        return found
    part = matrix[:, places]
    part = part[np.diff(part.indptr) > 0]
    if not part.shape[0]:
        return found
    change = np.random.default_rng(0).standard_normal(len(places))
    across = part.T.tocsr()
    for _ in range(MOST_STEPS):
        change = change - across @ lsmr(across, change, atol=1e-13, btol=1e-13, conlim=0, maxiter=STEP)[0]
        if np.abs(part @ change).max() < NOTICED:
            break
    else:
        raise ArithmeticError("What is hidden could not be audited: the projection does not settle")
    found[places] = np.abs(change) < STILL
    return found


def _close(
    cells: np.ndarray,
    people: np.ndarray,
    matrix: sparse.csr_matrix,
    apart: np.ndarray,
    smallest: int,
    rank: np.ndarray,
    fixed: np.ndarray,
) -> None:
    """Hide more, in place, until no single line tells a hidden cell or a group too small."""
    stuck = np.zeros(matrix.shape[0], dtype=bool)
    touched = np.arange(matrix.shape[0])
    columns = matrix.tocsc()
    while len(touched):
        changed: list[int] = []
        for line in touched:
            if stuck[line]:
                continue
            members = matrix.indices[matrix.indptr[line] : matrix.indptr[line + 1]]
            signs = matrix.data[matrix.indptr[line] : matrix.indptr[line + 1]]
            while not _safe(members, signs, cells, people, bool(apart[line]), smallest):
                free = members[~cells[members] & ~fixed[members]]
                if not len(free):
                    stuck[line] = True
                    break
                chosen = int(free[np.argmin(rank[free])])
                cells[chosen] = True
                changed.append(chosen)
        touched = np.unique(columns[:, changed].indices) if changed else np.array([], dtype=int)


def _safe(
    members: np.ndarray, signs: np.ndarray, cells: np.ndarray, people: np.ndarray, apart: bool, smallest: int
) -> bool:
    hidden = cells[members]
    count = int(hidden.sum())
    if count == 0:
        return True
    if count == 1:
        return False
    if np.ptp(signs[hidden]) > 0:
        return True
    group = people[members[hidden]]
    return bool((group.sum() if apart else group.max()) >= smallest)


def _break(cells: np.ndarray, told: np.ndarray, matrix: sparse.csr_matrix, rank: np.ndarray, fixed: np.ndarray) -> bool:
    """Hide one more cell beside each that can be worked out; False if there is none."""
    columns, more = matrix.tocsc(), False
    for cell in np.flatnonzero(told):
        near = np.array([cell])
        while True:
            wider = np.unique(matrix[np.unique(columns[:, near].indices)].indices)
            free = wider[~cells[wider] & ~fixed[wider]]
            if len(free):
                cells[int(free[np.argmin(rank[free])])] = more = True
                break
            # All beside it is hidden already: look beside those.
            wider = wider[cells[wider]]
            if len(wider) <= len(near):
                break
            near = wider
    return more


def every_family(count: int) -> list[tuple[int, ...]]:
    """Return every choice among so many dimensions, those of fewest first."""
    chosen = [tuple(k for k in range(count) if flags[k]) for flags in product((False, True), repeat=count)]
    return sorted(chosen, key=lambda family: (len(family), family))
