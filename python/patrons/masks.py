"""Which groups of a whole may be shown, where the book tells how many the whole are.

`disclosure` chooses for any table with sums. Here are the two shapes that chapters have: a whole in groups, and two
such divisions crossed. Everybody who shows the same groups asks here, so that the same ones are left out everywhere:
what one chapter shows would give away what another left out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from patrons.disclosure import Lines, hide, table_lines, with_margins
from patrons.stop import ChapterStop


def need(people: int, smallest: int) -> None:
    """End a chapter about a shop of fewer customers than may be shown.

    Raises
    ------
    ChapterStop
    """
    if people < smallest:
        raise ChapterStop(
            f"This chapter needs at least {smallest} customers: groups of fewer are not shown "
            "(`analysis: privacy: smallest_group:` in source.yml), and here all customers are such a group."
        )


def divided(
    counts: pd.Series | np.ndarray, smallest: int, already: np.ndarray | None = None, apart: bool = True
) -> np.ndarray:
    """Tell which groups of a whole to leave out: those of too few people, and what would give them away.

    Parameters
    ----------
    counts
        People in each group. What the whole comes to is taken to be known.
    smallest
        Fewer people are not shown.
    already
        Which groups are not shown anyway, for another reason.
    apart
        Whether nobody is in two groups; who buys in January may well buy in March, too.

    Examples
    --------
    >>> divided(np.array([3, 20, 9, 0]), 5).tolist()
    [True, False, True, False]
    >>> divided(np.array([2, 3, 20, 9]), 5).tolist()
    [True, True, False, False]
    """
    people = np.nan_to_num(np.asarray(counts, dtype=float))
    size = len(people)
    sign = np.append(np.ones(size), -1.0)
    line = Lines.of(np.zeros(size + 1, dtype=int), np.arange(size + 1), sign, np.array([apart]), size + 1)
    small = (people > 0) & (people < smallest)
    if already is not None and small.any():
        small |= already & (people > 0)
    total = np.arange(size + 1) == size
    found = hide(np.append(people, people.sum()), line, smallest, fixed=total, small=np.append(small, False))
    return found.cells[:-1]


def crossed(counts: np.ndarray, smallest: int) -> np.ndarray:
    """Tell which cells of two divisions of a whole to leave out, each being shown by itself as `divided` has it.

    Examples
    --------
    >>> crossed(np.array([[3, 20, 40], [30, 40, 50]]), 5).astype(int)
    array([[1, 1, 0],
           [1, 1, 0]])
    """
    people, small, fixed, lines = _table(counts, smallest)
    found = hide(people.ravel(), lines, smallest, fixed=fixed.ravel(), small=small.ravel())
    return found.cells.reshape(people.shape)[:-1, :-1]


def parted(counts: np.ndarray, smallest: int, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell which cells to leave out, as `crossed` does, where each row also says how many are in some columns together.

    Parameters
    ----------
    counts
        People by row and column.
    smallest
        Fewer people are not shown.
    columns
        Which columns are added up; how many are in the others follows.

    Returns
    -------
    tuple of ndarray
        Which cells to leave out, and of which rows the sums.

    Examples
    --------
    >>> cells, rows = parted(np.array([[3, 20, 40, 9], [30, 40, 50, 8]]), 5, np.array([True, False, False, True]))
    >>> cells.astype(int)
    array([[1, 0, 0, 1],
           [1, 0, 0, 1]])
    >>> rows
    array([False, False])
    """
    people, small, fixed, lines = _table(counts, smallest)
    rows, cells = len(counts), people.size
    sums = np.array([[row[:-1][columns].sum(), row[:-1][~columns].sum()] for row in people[:-1]])
    added = []
    for row in range(rows):
        for part, chosen in enumerate((columns, ~columns)):
            line = np.zeros(cells + 2 * rows)
            line[row * people.shape[1] + np.flatnonzero(chosen)], line[cells + 2 * row + part] = 1.0, -1.0
            added.append(line)
        line = np.zeros(cells + 2 * rows)
        line[cells + 2 * row : cells + 2 * row + 2], line[(row + 1) * people.shape[1] - 1] = 1.0, -1.0
        added.append(line)
    matrix = sparse.vstack([sparse.hstack([lines.matrix, sparse.csr_matrix((len(lines.apart), 2 * rows))]),
                            sparse.csr_matrix(np.array(added))], format="csr")  # fmt: skip
    every = np.append(people.ravel(), sums.ravel())
    few = np.append(small.ravel(), ((sums > 0) & (sums < smallest)).ravel())
    known = np.append(fixed.ravel(), np.zeros(2 * rows, dtype=bool))
    rank = np.append(people.ravel(), people.sum() + sums.ravel())  # cells are hidden before sums are
    found = hide(every, Lines(matrix, np.append(lines.apart, np.ones(len(added), dtype=bool))), smallest,
                 rank=rank, fixed=known, small=few)  # fmt: skip
    hidden = found.cells[:cells].reshape(people.shape)[:-1, :-1]
    return hidden, np.asarray(found.cells[cells:].reshape(rows, 2).any(axis=1))


def _table(counts: np.ndarray, smallest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, Lines]:
    """Return a table with its sums, which cells are hidden for their own sake, which are known, and what adds up."""
    people = with_margins(np.nan_to_num(np.asarray(counts, dtype=float)))
    small = (people > 0) & (people < smallest)
    small[:-1, -1] |= divided(people[:-1, -1], smallest)
    small[-1, :-1] |= divided(people[-1, :-1], smallest)
    fixed = np.zeros(people.shape, dtype=bool)
    fixed[-1, :], fixed[:, -1] = ~small[-1, :], ~small[:, -1]
    fixed[-1, -1] = True
    # The cells add up to the whole, too, whatever is known of rows and columns.
    inside = np.pad(np.ones((people.shape[0] - 1, people.shape[1] - 1)), ((0, 1), (0, 1)))
    inside[-1, -1] = -1.0
    lines = table_lines(people.shape)
    lines = Lines(sparse.vstack([lines.matrix, inside.reshape(1, -1)], format="csr"), np.append(lines.apart, True))
    return people, small, fixed, lines


def shown(table: pd.DataFrame, column: str, smallest: int) -> pd.DataFrame:
    """Return the rows of groups that may be shown, by the column that counts their people, without empty ones."""
    return table[~divided(table[column], smallest) & (table[column] > 0).to_numpy()]


def within(
    table: pd.DataFrame, by: str | list[str], column: str, smallest: int, already: np.ndarray | None = None
) -> np.ndarray:
    """Tell which rows to leave out of a table that divides a whole again for each value of some columns."""
    hidden = np.zeros(len(table), dtype=bool)
    for places in table.groupby(by, dropna=False, observed=True).indices.values():
        gone = None if already is None else already[places]
        hidden[places] = divided(table[column].iloc[places], smallest, gone)
    return hidden


def of_groups(table: pd.DataFrame, group: str, column: str, smallest: int) -> np.ndarray:
    """Tell which rows to leave out of a table with several rows for each group of a whole, each with its people."""
    sizes = table.drop_duplicates(group)
    return table[group].isin(sizes.loc[divided(sizes[column], smallest), group]).to_numpy()
