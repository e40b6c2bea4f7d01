"""Features are computed once per state of the data, and kept as Parquet beside the table they come from.

What a file was computed from stands in its own metadata, so that file and fingerprint cannot part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from patrons import paths

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

CODE = ("features.py", "features_columns.py", "features_items.py", "features_store.py", "features_time.py")
MARK = b"patrons.fingerprint"


def stored(
    folder: Path, name: str, origin: str, parameters: object, compute: Callable[[], ir.Table | pd.DataFrame]
) -> pd.DataFrame:
    """Return features, computing them only if nothing computed from the same data is there.

    Parameters
    ----------
    folder
        The built source's folder; the file is `features/<name>.parquet` in it.
    name
        What the features are called.
    origin
        Fingerprint of the table they come from.
    parameters
        Whatever else they depend on; its text goes into the fingerprint, with the code that computes.
    compute
        Computes them; called by one process at a time.
    """
    mark = hashlib.sha256("\0".join((origin, repr(parameters), _code())).encode()).hexdigest().encode()
    path = folder / "features" / f"{name}.parquet"
    if not _is_fresh(path, mark):
        from filelock import FileLock

        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.parent / ".lock"):
            if not _is_fresh(path, mark):
                _write(compute(), path, mark)
    return _frame(path)


def _is_fresh(path: Path, mark: bytes) -> bool:
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return False
    return metadata.get(MARK) == mark


def _write(found: ir.Table | pd.DataFrame, path: Path, mark: bytes) -> None:
    import pandas as pd

    frame = isinstance(found, pd.DataFrame)
    table = pa.Table.from_pandas(found, preserve_index=False) if frame else found.to_pyarrow()  # type: ignore[operator]
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), MARK: mark})
    with paths.replacing(path) as part:
        pq.write_table(table, part, compression="zstd", coerce_timestamps="us")


def _frame(path: Path) -> pd.DataFrame:
    """Read features; names that recur, such as those of customers in a table of their orders, are kept once."""
    table = pq.read_table(path)
    if "gap" in table.column_names:
        place = table.column_names.index("customer_id")
        table = table.set_column(place, "customer_id", table.column(place).dictionary_encode())
    return table.to_pandas()


@cache
def _code() -> str:
    here = Path(__file__).parent
    return hashlib.sha256(b"\0".join((here / name).read_bytes() for name in CODE)).hexdigest()
