"""What may be shown of a table that has its sums beside it, so that no small group can be seen or worked out.

A cell about fewer people than may be shown is hidden. Where its neighbours and their sum are shown it could still be
had by subtraction, so others are hidden with it, the smallest first, until nobody can: no line tells a hidden cell, or
a group too small, and no combination of lines does either.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsmr

#: A hidden number counts as worked out if a random change that no shown number notices leaves it as it is.
STILL = 1e-6
#: How closely such a change must leave the shown numbers as they are.
NOTICED = 1e-8
#: A cell counts in a sum of lines if its weight is more than this.
USED = 1e-4
#: A cell counts much in it from so much of the largest weight.
MUCH = 0.45
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
    for time in itertools.count():
        _close(cells, people, matrix, lines.apart, smallest, rank, fixed)
        if not audit:
            return Hidden(cells, small, np.zeros_like(small))
        told = worked_out(matrix, cells)
        if not (told & small).any() or not _break(cells, told & small, matrix, rank, fixed, 1 + time**2 // 4):
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


def _break(
    cells: np.ndarray, told: np.ndarray, matrix: sparse.csr_matrix, rank: np.ndarray, fixed: np.ndarray, count: int
) -> bool:
    """Hide, in place, a few cells out of each sum that tells of one; False if there is none to hide.

    A hidden cell that can be computed is a sum of lines in which all other hidden cells cancel out. What is left of the
    sum are the shown cells it is computed from: `count` of them are hidden.
    """
    more = False
    hidden = np.flatnonzero(cells)
    part = matrix[:, hidden].T.tocsr()
    fresh = np.zeros(len(cells), dtype=bool)
    for cell in np.flatnonzero(told):
        wanted = (hidden == cell).astype(float)
        weights = lsmr(part, wanted, atol=1e-12, btol=1e-12, conlim=0, maxiter=STEP)[0]
        # Rounded, so that the last bits of a computer's sums do not choose.
        used = np.round(np.abs(matrix.T @ weights), 5)
        used[used < USED] = 0
        free = np.flatnonzero((used > 0) & ~cells & ~fixed)
        if not len(free):
            continue
        # There are many such sums, and this is a mixture of them: what counts most in it, few of them can do without.
        most = used[free].max()
        if (used[fresh] >= MUCH * most).any():
            continue  # what was just hidden may be enough
        near = free[used[free] >= MUCH * most]
        chosen = near[np.argsort(rank[near], kind="stable")][:count]
        cells[chosen] = fresh[chosen] = more = True
    return more


def every_family(count: int) -> list[tuple[int, ...]]:
    """Return every choice among so many dimensions, those of fewest first."""
    chosen = [tuple(k for k in range(count) if flags[k]) for flags in itertools.product((False, True), repeat=count)]
    return sorted(chosen, key=lambda family: (len(family), family))
