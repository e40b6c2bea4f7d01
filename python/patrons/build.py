"""From a source to Parquet tables in `data/built/<key>/`, once per state of the data.

A table is built again only if its files, its part of `source.yml` or the code that reads and cleans changed;
`<table>.fingerprint` says from what it was built. Finding nothing to do must be quick: what is slow to import
is imported where there is work.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patrons import paths, report, treatments
from patrons.design import make_design
from patrons.errors import PatronsError, listing
from patrons.problems import Problem, Problems, as_text, from_error, tell
from patrons.settings import Experiment
from patrons.source import Source, load

if TYPE_CHECKING:
    from patrons.clean import Cleaned
    from patrons.treatments import Treatment

Say = Callable[[str], None]
CODE = (
    "build.py",
    "clean.py",
    "effects.py",
    "examine.py",
    "forms.py",
    "read.py",
    "readers.py",
    "schemas.py",
    "treat.py",
    "treatments.py",
    "validate.py",
    "values.py",
)
WORLD_CODE = (
    "simulate.py",
    "world.py",
    "world_dirt.py",
    "world_draw.py",
    "world_offers.py",
    "world_orders.py",
    "world_reach.py",
    "world_truth.py",
)


@dataclass(frozen=True)
class Summary:
    """What a build did: the tables that were built, and those that were up to date."""

    source: Source
    built: tuple[str, ...]
    fresh: tuple[str, ...]


def hush(_: str) -> None:
    """Say nothing."""


def build(path: Path | None = None, say: Say = hush) -> Summary:
    """Bring the built tables of a source up to date.

    Parameters
    ----------
    path
        The `source.yml`; default `$PATRONS_SOURCE` or the project's own.
    say
        Is told what is being done.

    Raises
    ------
    PatronsError
        If the source or its data need attention; what was built before stays as it was.
    """
    source = open_source(path)
    if not (source.key == "default" and _world_stale()):
        source.require_files()
    folder = paths.built(source.key)
    if not _stale(source, folder) and not _others(source, folder):
        return Summary(source, (), tuple(source.tables))
    with _lock(folder, say):
        if source.key == "default":
            _ensure_world(say)
        stale = _stale(source, folder)
        failures: list[Problem] = []
        for name, fingerprint in stale.items():
            try:
                _build_table(source, name, fingerprint, folder, say)
            except PatronsError as error:
                failures += from_error(error, name)
        if failures:
            raise report.refuse(source, failures, folder)
        _clear(source, folder)
        _write_rejected(source, folder)
        report.write(source, folder)
        if told := report.summary(source, folder, stale):
            say(told)
    return Summary(source, tuple(stale), tuple(name for name in source.tables if name not in stale))


def open_source(path: Path | None = None) -> Source:
    """Read the source in force, or the one named."""
    return load(path or paths.chosen_source(), paths.default_source())


def check(path: Path | None = None) -> list[str]:
    """Validate a source, the headings of its files and their first rows, writing nothing.

    Returns
    -------
    list of str
        For each table, in words, whether what is built from it is up to date; then what is wrong with its values.

    Raises
    ------
    Problems
        With all that makes the data unusable, of all tables.
    """
    from patrons import sample

    source = open_source(path)
    world = source.key == "default" and _world_stale()
    if not world:
        source.require_files()
    stale = _stale(source, paths.built(source.key))
    lines: list[str] = []
    failures: list[Problem] = []
    lesser: list[Problem] = []
    total = 0
    for name in source.tables:
        lines.append(f"{name}: {'to be built' if name in stale else 'up to date'}")
        if world:
            continue
        try:
            first, count = sample.look(source, name)
        except PatronsError as error:
            failures += from_error(error, name)
        else:
            lesser += first
            total += count
    if failures:
        raise Problems(failures, f"{source.path}: {tell(failures)}")
    if not total:
        return lines
    return [*lines, f"{total:,} problem{'s' if total > 1 else ''} in the first rows", as_text(lesser, total)]


def fingerprint(source: Source, name: str, hashes: dict[str, str]) -> str:
    """Return the text that says from what a table is built: its settings, the code, its files' bytes."""
    settings = source.tables[name].model_dump(mode="json")
    settings["treatments"] = [asdict(treatment) for treatment in _plan(source)[name]]
    if name == "transactions":
        settings["reference_date"] = str(source.settings.reference_date)
    lines = [
        f"table     {name}",
        f"settings  {_digest(json.dumps(settings, sort_keys=True).encode())}",
        f"code      {_code_digest(CODE)}",
    ]
    return "\n".join(lines + [f"file      {digest}  {Path(path).name}" for path, digest in hashes.items()]) + "\n"


def _plan(source: Source) -> dict[str, tuple["Treatment", ...]]:
    """Say what is to be done about missing values and outliers of each table."""
    try:
        return treatments.plan(source.tables, source.settings.analysis.cleaning)
    except PatronsError as error:
        raise PatronsError(f"{source.path}: {error}") from None


def _stale(source: Source, folder: Path) -> dict[str, str]:
    """Return the fingerprints of the tables that are not what they would be if built now."""
    if source.key == "default" and _world_stale():
        return dict.fromkeys(source.tables, "")
    found = {}
    for name in source.tables:
        wanted = fingerprint(source, name, _hashes(source.files(name), folder / "hashes.json"))
        mark = folder / f"{name}.fingerprint"
        if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
            found[name] = wanted
    return found


def _build_table(source: Source, name: str, mark: str, folder: Path, say: Say) -> None:
    import duckdb
    import ibis

    from patrons import read, schemas
    from patrons.clean import clean
    from patrons.engine import bounds

    table = source.tables[name]
    files = source.files(name)
    say(f"reading {name} from {listing((file.name for file in files), 3)}")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".staging-") as staging:
        needed = [column.theirs for column in schemas.columns(name, table)]
        try:
            staged = read.stage(files, table.read, needed, Path(staging))
            # In a file, tables are compressed and need not fit into memory; order is what we ask for, not what comes.
            con = ibis.duckdb.connect(Path(staging) / "work.duckdb", preserve_insertion_order=False, **bounds(staging))
            try:
                cleaned = clean(con, name, table, staged, source.settings.reference_date, _plan(source)[name])
                if isinstance(table, Experiment):
                    make_design(table, cleaned.kept.arm.as_table().distinct().to_pandas()["arm"])
                _write_table(cleaned, name, mark, folder)
            finally:
                con.disconnect()
        except duckdb.InvalidInputException as error:  # a date_format of no meaning
            raise PatronsError(str(error)) from error
    aside = ", ".join(f"{rows:,} {reason}" for reason, rows in cleaned.reasons.items())
    say(
        f"{name}: {cleaned.rows_read:,} rows read, {cleaned.rows_kept:,} kept"
        + (f", set aside: {aside}" if aside else "")
    )
    for note in cleaned.notes:
        say(f"{name}: {note}")


def _write_table(cleaned: "Cleaned", name: str, mark: str, folder: Path) -> None:
    """Put a table's files in place. The fingerprint goes first and comes last: without it nothing is trusted."""
    from patrons import treat

    fingerprint_file = folder / f"{name}.fingerprint"
    fingerprint_file.unlink(missing_ok=True)
    with paths.replacing(folder / f"{name}.parquet") as part:
        cleaned.kept.to_parquet(part, compression="zstd")
    with paths.replacing(folder / f"{name}.rejected.parquet") as part:
        cleaned.set_aside.to_parquet(part, compression="zstd")
    report.write_table(cleaned.problems, folder, name)
    ledger = {
        "rows_read": cleaned.rows_read,
        "rows_kept": cleaned.rows_kept,
        "set_aside": cleaned.reasons,
        "without_customer": cleaned.without_customer,
        "columns": cleaned.names,
        "notes": cleaned.notes,
        "treated": {**treat.to_json(cleaned.treated), "told": cleaned.told},
    }
    paths.write_text(folder / f"{name}.ledger.json", json.dumps(ledger, ensure_ascii=False, indent=1) + "\n")
    paths.write_text(fingerprint_file, mark)


def _write_rejected(source: Source, folder: Path) -> None:
    """Write `data/rejected/<source>.csv`: the rows of all tables that were set aside, whole, as text.

    A file may call its columns anything, even the same name twice, so columns go by (name, how many-th).
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    own = ("table", "file", "row", "reason")
    places: dict[str, dict[tuple[str, int], str]] = {}  # of each table: their column -> its column in the Parquet
    for name in source.tables:
        theirs = read_ledger(folder, name)["columns"]
        counted = [(column, theirs[:index].count(column)) for index, column in enumerate(theirs)]
        places[name] = {column: f"u{index}" for index, column in enumerate(counted)}
    columns = list(dict.fromkeys(column for table in places.values() for column in table))
    heading = [*own, *(f"{name} (column)" if name in own else name for name, _ in columns)]
    schema = pa.schema([(name, pa.string()) for name in heading])
    with paths.replacing(paths.rejected(source.key)) as part, pacsv.CSVWriter(part, schema) as writer:
        for name, place in places.items():
            for batch in pq.ParquetFile(folder / f"{name}.rejected.parquet").iter_batches():
                nothing = pa.nulls(batch.num_rows, pa.string())
                arrays = [pa.array([name] * batch.num_rows, pa.string())]
                arrays += [batch.column(column).cast(pa.string()) for column in own[1:]]
                arrays += [batch.column(place[column]) if column in place else nothing for column in columns]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def read_ledger(folder: Path, table: str) -> dict[str, Any]:
    """Return what was written down of a table when it was built."""
    return json.loads((folder / f"{table}.ledger.json").read_text(encoding="utf-8"))


def _others(source: Source, folder: Path) -> list[Path]:
    """Return the fingerprints of tables that the source no longer has."""
    return [mark for mark in folder.glob("*.fingerprint") if mark.stem not in source.tables]


def _clear(source: Source, folder: Path) -> None:
    """Remove what is left of tables that the source no longer has, and of builds that were killed."""
    for mark in _others(source, folder):
        for suffix in (".fingerprint", ".parquet", ".rejected.parquet", ".ledger.json"):
            (folder / f"{mark.stem}{suffix}").unlink(missing_ok=True)
        report.forget(folder, mark.stem)
    for left in folder.glob(".staging-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob("*.part"):
        left.unlink(missing_ok=True)


@contextmanager
def _lock(folder: Path, say: Say) -> Iterator[None]:
    """Let one build of a source work at a time; the second says that it waits."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another build of this source is running; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _ensure_world(say: Say) -> None:
    if not _world_stale():
        return
    from patrons import simulate

    raw = paths.home() / "data" / "raw"
    say("simulating the default world into data/raw")
    simulate.write(simulate.Parameters(), raw, truth_file=paths.home() / "data" / "truth.yml")
    paths.write_text(raw / "world.fingerprint", _code_digest(WORLD_CODE) + "\n")


def _world_stale() -> bool:
    """Tell whether the simulated world is missing, or was made by other code or parameters (which are code)."""
    mark = paths.home() / "data" / "raw" / "world.fingerprint"
    return not mark.is_file() or mark.read_text(encoding="utf-8").strip() != _code_digest(WORLD_CODE)


def _hashes(files: Iterable[Path], cache_file: Path) -> dict[str, str]:
    """Return the SHA-256 of each file, read again only if its size or time changed."""
    try:
        known = json.loads(cache_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    found, changed = {}, False
    for file in files:
        stat = file.stat()
        seen = known.get(str(file))
        if not seen or seen[:2] != [stat.st_size, stat.st_mtime_ns]:
            with file.open("rb") as handle:
                digest = hashlib.file_digest(handle, "sha256").hexdigest()
            seen = known[str(file)] = [stat.st_size, stat.st_mtime_ns, digest]
            changed = True
        found[str(file)] = seen[2]
    if changed and cache_file.parent.is_dir():
        paths.write_text(cache_file, json.dumps(known, indent=1) + "\n")
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def _code_digest(names: tuple[str, ...]) -> str:
    here = Path(__file__).parent
    return _digest(b"\0".join((here / name).read_bytes() for name in names))


def say_to_stderr(line: str) -> None:
    """Tell the reader what is being done."""
    print(line, file=sys.stderr, flush=True)
