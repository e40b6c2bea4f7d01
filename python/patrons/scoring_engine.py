"""The engine in which a file to be scored is read, however large: bounded in memory, given out in batches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patrons.engine import bounds

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@contextmanager
def workshop() -> Iterator[tuple[Backend, Path]]:
    """Give an engine that keeps within its memory, and a folder for what does not fit there."""
    with tempfile.TemporaryDirectory(prefix="patrons-score-") as name:
        con = ibis.duckdb.connect(Path(name) / "work.duckdb", preserve_insertion_order=False, **bounds(name))
        try:
            yield con, Path(name)
        finally:
            con.disconnect()


def batches(con: Backend, table: ir.Table, size: int) -> Iterator[pa.RecordBatch]:
    """Return the rows of a table of the engine in batches of up to `size` rows, in its order.

    The engine is asked itself: Ibis 12 asks DuckDB 2 for batches by a name that it no longer has. Between two batches
    the connection must not be used for anything else.
    """
    yield from con.con.sql(con.compile(table)).to_arrow_reader(size)
