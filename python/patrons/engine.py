"""Where transaction-sized work runs: an Ibis connection, with bounds where the engine is ours to bound."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from patrons import paths

if TYPE_CHECKING:
    from ibis import BaseBackend

#: What DuckDB may hold in memory; what is more goes to disk.
MEMORY_LIMIT = "2GB"


def connect(url: str) -> BaseBackend:
    """Open the engine of a source: any Ibis URL.

    DuckDB is kept to `MEMORY_LIMIT` and spills into `.cache/spill/` of the project, unless the URL says otherwise.
    """
    import ibis

    con = ibis.connect(url)
    if con.name == "duckdb":
        for key, value in bounds(spill_folder(con)).items():
            if key not in url:
                con.raw_sql(f"SET {key} = '{value.replace(chr(39), chr(39) * 2)}'")
    return con


def bounds(folder: Path | str) -> dict[str, str]:
    """Return the settings that keep DuckDB within `MEMORY_LIMIT`, spilling into a folder."""
    return {"memory_limit": MEMORY_LIMIT, "temp_directory": str(folder)}


def spill_folder(owner: object) -> Path:
    """Make a folder that is removed when its owner goes, and remove those whose process was killed."""
    spill = paths.home() / ".cache" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    for left in spill.iterdir():
        process = left.name.partition("-")[0]
        if process.isdigit() and not _is_alive(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=spill))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
