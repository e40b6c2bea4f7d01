"""The file of all problems of a source, and what is said of them on the screen."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from patrons import paths
from patrons.problems import SHOWN, Problem, Problems, as_text, tell, write_file
from patrons.source import Source

if TYPE_CHECKING:
    import ibis.expr.types as ir


def write_table(problems: "ir.Table", folder: Path, name: str) -> int:
    """Put the problems of a built table beside it; return how many there are."""
    import pyarrow.parquet as pq

    with paths.replacing(_file(folder, name)) as part:
        problems.to_parquet(part, compression="zstd")
    return pq.read_metadata(_file(folder, name)).num_rows


def forget(folder: Path, name: str) -> None:
    """Remove the problems of a table that the source no longer has."""
    _file(folder, name).unlink(missing_ok=True)


def refuse(source: Source, found: Sequence[Problem], folder: Path) -> Problems:
    """Write down why data cannot be used, before the lesser problems; return the error to raise."""
    write(source, folder, found)
    place = f" (all in {_shown(source)})" if len(found) > SHOWN else ""
    return Problems(found, f"{source.path}: {tell(found)}{place}")


def write(source: Source, folder: Path, fatal: Iterable[Problem] = ()) -> None:
    """Write `data/rejected/<source>-problems.csv`: every problem of every table."""
    with paths.replacing(paths.problems(source.key)) as part:
        write_file(part, _all(source, folder, fatal))


def summary(source: Source, folder: Path, names: Iterable[str]) -> str:
    """Say what is wrong in some tables: the first problems, and where the rest is."""
    import pyarrow.parquet as pq

    names = [name for name in names if _file(folder, name).is_file()]
    count = sum(pq.read_metadata(_file(folder, name)).num_rows for name in names)
    if not count:
        return ""
    found = (problem for name in names for problem in _of_table(folder, name))
    first = list(islice(found, SHOWN))
    return f"{count:,} problem{'s' if count > 1 else ''} in the data (all in {_shown(source)})\n" + as_text(
        first, count
    )


def _all(source: Source, folder: Path, fatal: Iterable[Problem]) -> Iterator[Problem]:
    yield from fatal
    for name in source.tables:
        if _file(folder, name).is_file():
            yield from _of_table(folder, name)


def _of_table(folder: Path, name: str) -> Iterator[Problem]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(_file(folder, name)).iter_batches():
        for row in batch.to_pylist():
            yield Problem(table=name, **row)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.problems.parquet"


def _shown(source: Source) -> str:
    return str(paths.problems(source.key).relative_to(paths.home()))
