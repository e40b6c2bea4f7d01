"""Double entry: the same numbers from Python and from R, and how far apart they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from IPython.display import Markdown

from patrons.facts import NO_BREAK, Facts

#: Two programs that compute the same thing differ by less than this, relative to numbers above one.
TOLERANCE = 1e-8
METHOD = "largest difference between Python and R, relative to numbers beyond ±1"


@dataclass(frozen=True)
class Agreement:
    """How far two tables of the same results are apart.

    Attributes
    ----------
    largest
        Largest difference: absolute for numbers within ±1, relative beyond.
    where
        Row and column of the largest difference, in words.
    compared
        Number of pairs of numbers.
    tolerance
        What counts as agreement.
    """

    largest: float
    where: str
    compared: int
    tolerance: float = TOLERANCE

    @property
    def holds(self) -> bool:
        """Whether the two agree."""
        return self.compared > 0 and self.largest <= self.tolerance

    def line(self) -> Markdown:
        """Return the line that stands under a table of tests."""
        size = power_of_ten(self.largest)
        if not (self.compared or self.largest > 0):
            return Markdown("There was nothing here to compute twice.")
        if self.holds:
            words = "agree exactly" if self.largest == 0 else f"agree to {size}"
            return Markdown(f"[✓ Python and R {words}]{{.agreement}}")
        return Markdown(f"[✗ Python and R differ by {size} in {self.where}]{{.agreement .disagreement}}")

    def under(self, label: str, facts: Facts) -> Markdown:
        """Return the line that stands under a table or figure, and record what it says.

        Parameters
        ----------
        label
            What the line stands under, as the chapter labels it: ``tbl-…``, ``fig-…`` or ``sec-…``.
        facts
            The chapter's; they get `agreement.<chapter>.<label>` and its `.tolerance`, unless nothing was compared.
        """
        if self.compared or self.largest > 0:
            name = f"agreement.{facts.chapter or 'draft'}.{label}"
            facts.add(name, self.largest, n=self.compared, method=METHOD)
            facts.add(f"{name}.tolerance", self.tolerance)
        return self.line()


#: There was nothing to compare.
NOTHING = Agreement(0.0, "", 0)


def worst(checks: Iterable[Agreement]) -> Agreement:
    """Return the largest of some differences, with all that was compared.

    One that does not hold counts before one that is larger and may be. If all hold, the widest tolerance is theirs.

    Examples
    --------
    >>> worst([Agreement(1e-12, "p", 3), Agreement(1e-10, "z", 2)])
    Agreement(largest=1e-10, where='z', compared=5, tolerance=1e-08)
    """
    found = [check for check in checks if check.compared or check.largest > 0]
    if not found:
        return NOTHING
    least = max(found, key=lambda check: (not check.holds, check.largest))
    return replace(
        least,
        compared=sum(check.compared for check in found),
        tolerance=max(check.tolerance for check in found) if least.holds else least.tolerance,
    )


def agreement(python: pd.DataFrame, r: pd.DataFrame, on: Sequence[str], columns: Sequence[str]) -> Agreement:
    """Compare numbers that Python and R computed.

    A number that one of them has and the other has not counts as infinitely far apart; one that neither has agrees.

    Parameters
    ----------
    python, r
        Tables with the columns `on` and `columns`; rows may come in any order.
    on
        Columns that name a row; none, if the rows are in the same order.
    columns
        Columns to compare.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["b"], "p": [0.02]})
    >>> agreement(table, table, on=["arm"], columns=["p"]).holds
    True
    """
    left, right = (_indexed(table, on)[list(columns)].astype(float) for table in (python, r))
    if not left.index.equals(right.index):
        return Agreement(np.inf, "the rows they have", 0)
    mine, theirs = left.to_numpy(), right.to_numpy()
    scale = np.maximum(1.0, np.abs(mine))
    with np.errstate(invalid="ignore"):
        apart = np.abs(mine - theirs) / scale
    apart = np.where(np.isnan(apart), np.inf, apart)
    apart[np.isnan(mine) & np.isnan(theirs)] = 0.0
    row, column = np.unravel_index(int(apart.argmax()), apart.shape)
    key = left.index[int(row)]
    name = " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
    return Agreement(float(apart.max()), f"{columns[int(column)]} of {name}", int(apart.size))


def _indexed(table: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    return table.set_index(list(on)).sort_index() if on else table.reset_index(drop=True)


def power_of_ten(value: float) -> str:
    """Write a small number as Markdown, rounded up to one digit; no line breaks within it.

    Examples
    --------
    >>> power_of_ten(1.7e-12).replace(NO_BREAK, " ")
    '2 × 10^−12^'
    """
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else "∞"
    exponent = int(np.floor(np.log10(value)))
    digit = int(np.ceil(value / 10.0**exponent))
    if digit == 10:
        digit, exponent = 1, exponent + 1
    return f"{digit}{NO_BREAK}×{NO_BREAK}10^{'−' if exponent < 0 else ''}{abs(exponent)}^"
