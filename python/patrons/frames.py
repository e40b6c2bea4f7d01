"""A small help for data frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each(table: pd.DataFrame) -> Iterator[Any]:
    """Go through the rows of a table, whose columns are of different types."""
    return iter(table.itertuples())
