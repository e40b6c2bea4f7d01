"""Where transaction-sized work runs: an Ibis connection, with bounds where the engine is ours to bound.

Reading and cleaning always run in DuckDB, within bounded memory. What is computed from the cleaned Parquet (features,
and whatever a chapter counts in the transactions) runs in the engine that `engine:` of source.yml names.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from patrons import paths
from patrons.errors import PatronsError
from patrons.source import nearest

if TYPE_CHECKING:
    from ibis import BaseBackend

#: What DuckDB may hold in memory; what is more goes to disk.
MEMORY_LIMIT = "2GB"
#: Other names that Ibis knows an engine by.
ALIASES = {"postgresql": "postgres"}


def connect(url: str) -> BaseBackend:
    """Open the engine of a source: any Ibis URL.

    DuckDB is kept to `MEMORY_LIMIT` and spills into `.cache/spill/` of the project, unless the URL says otherwise; so
    is Spark (`engine_spark.connect`).

    Raises
    ------
    PatronsError
        If there is no such engine, it is not installed, cannot be opened, or reads no Parquet.
    """
    import ibis

    require(url)
    name = _name(url)
    try:
        if name == "pyspark":
            from patrons import engine_spark

            return engine_spark.connect(url)
        con = ibis.connect(url)
    except PatronsError:
        raise
    except Exception as error:  # every driver has errors of its own
        raise PatronsError(f"engine: {name}:// cannot be opened: {error}") from error
    if type(con).read_parquet is ibis.BaseBackend.read_parquet:
        raise PatronsError(
            f"engine: {name}:// reads no Parquet files, which the cleaned tables are; "
            "leave `engine:` out for DuckDB, or take pyspark://."
        )
    if con.name == "duckdb":
        for key, value in bounds(spill_folder(con)).items():
            if key not in url:
                con.raw_sql(f"SET {key} = '{value.replace(chr(39), chr(39) * 2)}'")
    return con


def require(url: str) -> None:
    """Refuse an engine that there is not, or whose packages are not installed; opens nothing, and is quick.

    Raises
    ------
    PatronsError
        Naming what to install, and how.
    """
    name = _name(url)
    if name == "duckdb":
        return
    known = sorted(entry.name for entry in metadata.entry_points(group="ibis.backends"))
    if name not in known:
        raise PatronsError(
            f"engine: {name}:// is no engine{nearest(name, known)}; the engines are {', '.join(known)}. "
            "Leave `engine:` out for DuckDB."
        )
    missing = missing_packages(name)
    if missing:
        how = (
            "`make book SOURCE=…` with this source, or `tools/setup spark`"
            if name == "pyspark"
            else f"`.venv/bin/python -m pip install 'ibis-framework[{name}]=={metadata.version('ibis-framework')}'`"
        )
        raise PatronsError(
            f"engine: {name}:// needs Python packages that are not installed: {', '.join(missing)}. "
            f"Install them by {how}; or leave `engine:` out for DuckDB."
        )
    if name == "pyspark":
        from patrons import engine_spark

        engine_spark.require_java()


def missing_packages(name: str) -> list[str]:
    """List what Ibis requires for an engine and is not installed, or not in a version that Ibis supports."""
    from packaging.requirements import Requirement

    found = []
    for text in metadata.requires("ibis-framework") or ():
        wanted = Requirement(text)
        if wanted.marker is None or not wanted.marker.evaluate({"extra": name}):
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            found.append(f"{wanted.name}{wanted.specifier}")
        else:
            if not wanted.specifier.contains(version, prereleases=True):
                found.append(f"{wanted.name}{wanted.specifier} ({version} is installed)")
    return found


def _name(url: str) -> str:
    scheme = url.partition("://")[0]
    return ALIASES.get(scheme, scheme)


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
