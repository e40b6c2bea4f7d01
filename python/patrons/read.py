"""A table's files, in any form the contract knows, staged as text columns beside their row numbers.

Nothing is interpreted here, so that a row set aside later is whole and as it was. Rows stream through in
batches; a table larger than memory is no trouble. The columns of a staged file are called ``c0``, ``c1`` …,
because what a user's file calls them may be anything, even the same name twice.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from patrons import readers
from patrons.errors import PatronsError, listing
from patrons.readers import Batch
from patrons.settings import Read
from patrons.source import nearest

# What the readers raise at a file that is damaged, locked, or not what its name says.
UNREADABLE = (
    pa.ArrowInvalid,
    UnicodeError,
    pd.errors.ParserError,
    EOFError,
    OSError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
TEXTS = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXTS, ".xlsx", ".parquet")


@dataclass(frozen=True)
class Member:
    """One file, or one file inside a zip."""

    label: str
    suffix: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Part:
    """Rows whose files share a heading."""

    names: tuple[str, ...]
    path: Path


@dataclass(frozen=True)
class Staged:
    """A table as text.

    Attributes
    ----------
    files : tuple of str
        The names of the files; ``_file`` of a row is a position in it.
    parts : tuple of Part
        Parquet files of ``_file``, ``_row`` (from 1, after the heading), ``_broken`` (why the row has no
        fields; its text is then in ``c0``) and the text columns.
    names : tuple of str
        The columns of all files, in the order in which they were first seen.
    typed : bool
        Whether some file knows dates as dates (xlsx, Parquet), which are then staged in ISO 8601.
    rows : int
    """

    files: tuple[str, ...]
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    typed: bool
    rows: int
    notes: tuple[str, ...] = ()


def members(path: Path) -> list[Member]:
    """List the tables in a file: one, or those of a zip without the junk that systems add."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".zip":
        return _zipped(path)
    if len(suffixes) > 1 and suffixes[-1] == ".gz":
        return [Member(path.name, _known(path, suffixes[-2]), partial(_open_gzip, path))]
    return [Member(path.name, _known(path, suffixes[-1] if suffixes else ""), partial(_open_plain, path))]


def _known(path: Path, suffix: str) -> str:
    if suffix not in SUFFIXES:
        raise PatronsError(
            f"{path}: cannot tell what kind of file this is; its name should end in "
            ".csv, .tsv or .txt (each also with .gz or .zip), .xlsx, .parquet"
        )
    return suffix


def _zipped(path: Path) -> list[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except zipfile.BadZipFile:
        raise PatronsError(f"{path} is not a zip file, or is damaged") from None
    found = []
    for name in names:
        inner = PurePosixPath(name)
        junk = "__MACOSX" in inner.parts or inner.name.startswith(".")
        if not junk and inner.suffix.lower() in SUFFIXES:
            found.append(Member(f"{path.name}/{name}", inner.suffix.lower(), partial(_open_zipped, path, name)))
    if not found:
        raise PatronsError(f"{path} holds no csv, tsv, txt, xlsx or parquet file, but {listing(names) or 'nothing'}")
    return found


def _open_plain(path: Path) -> BinaryIO:
    return path.open("rb")


def _open_gzip(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb"))


def _open_zipped(path: Path, name: str) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    return cast(BinaryIO, archive.open(name))


def heading(member: Member, read: Read) -> list[str]:
    """Return the names of a file's columns."""
    with member.open() as handle:
        return _reader(member, read, handle)[0]


def stage(files: Iterable[Path], read: Read, needed: Iterable[str], folder: Path) -> Staged:
    """Write the rows of some files as text into Parquet files.

    Parameters
    ----------
    files
        The table's files.
    read
        How they are written down.
    needed
        Columns that each of them must have.
    folder
        An existing folder for the Parquet files.

    Raises
    ------
    PatronsError
        If a file cannot be read or lacks a column.
    """
    found = [member for path in files for member in members(path)]
    needed = list(needed)
    parts: list[Part] = []
    names: dict[str, None] = {}
    total = 0
    with ExitStack() as stack:
        writers: dict[tuple[str, ...], pq.ParquetWriter] = {}
        for position, member in enumerate(found):
            with member.open() as handle:
                header, batches = _reader(member, read, handle)
                require(member, header, needed, read)
                key = tuple(header)
                names.update(dict.fromkeys(key))
                if key not in writers:
                    part = Part(key, folder / f"part-{len(parts)}.parquet")
                    parts.append(part)
                    writers[key] = stack.enter_context(pq.ParquetWriter(part.path, _schema(len(key))))
                for batch in _guarded(member, read, batches):
                    total += len(batch.rows)
                    writers[key].write_table(_table(batch, position, len(key)))
    typed = any(member.suffix not in TEXTS for member in found)
    return Staged(tuple(member.label for member in found), tuple(parts), tuple(names), typed, total)


def _schema(width: int) -> pa.Schema:
    fields = [("_file", pa.int32()), ("_row", pa.int64()), ("_broken", pa.string())]
    return pa.schema(fields + [(f"c{index}", pa.string()) for index in range(width)])


def _table(batch: Batch, position: int, width: int) -> pa.Table:
    count = len(batch.rows)
    broken = pa.array(batch.broken, pa.string()) if batch.broken else pa.nulls(count, pa.string())
    leading = [pa.array(np.full(count, position, "int32")), pa.array(batch.rows, pa.int64()), broken]
    return pa.Table.from_arrays(leading + batch.columns, schema=_schema(width))


def require(member: Member, header: list[str], needed: list[str], read: Read) -> None:
    """Refuse a file that lacks a column, or has two of its name."""
    lines = []
    for name in needed:
        if header.count(name) > 1:
            lines.append(f"the column {name!r} is there {header.count(name)} times")
        elif name not in header:
            lines.append(f"there is no column {name!r}{nearest(name, header)}")
    if not lines:
        return
    message = f"{member.label}: {'; '.join(lines)}. Its columns are {listing(header, 40)}."
    other = next((sep for sep in (";", "\t", "|", ",") if len(header) == 1 and sep in header[0]), None)
    if other:
        message += f" It looks as if they were separated by {other!r}: add `read: {{sep: {other!r}}}`."
    elif read.header is None:
        message += " With `header: null` the columns are named by `names`."
    raise PatronsError(message)


def _guarded(member: Member, read: Read, batches: Iterator[Batch]) -> Iterator[Batch]:
    try:
        yield from batches
    except UNREADABLE as error:
        raise _unreadable(member, read, error) from error


def _unreadable(member: Member, read: Read, error: Exception) -> PatronsError:
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, UnicodeError) or "UTF8" in text or "decode" in text:
        return PatronsError(
            f"{member.label} is not written in {read.encoding} ({text}): name its encoding, "
            "e.g. `read: {encoding: latin-1}` or cp1252, utf-16"
        )
    return PatronsError(f"{member.label} cannot be read: {text}")


def _reader(member: Member, read: Read, handle: BinaryIO) -> tuple[list[str], Iterator[Batch]]:
    """Open a file with the reader for its kind: its heading, and its rows in batches."""
    kind = member.suffix
    try:
        if kind == ".parquet":
            header, batches = readers.parquet(handle)
        elif kind == ".xlsx":
            header, batches = readers.excel(read, handle)
        else:
            sep = read.sep or ("\t" if kind == ".tsv" else ",")
            header, batches = (readers.spaced if len(sep) > 1 else readers.delimited)(read, sep, handle)
    except UNREADABLE as error:
        if "Empty CSV" in str(error):
            raise PatronsError(f"{member.label} is empty") from None
        raise _unreadable(member, read, error) from error
    except PatronsError as error:
        raise PatronsError(f"{member.label}: {error}") from None
    except pd.errors.EmptyDataError:
        raise PatronsError(f"{member.label} is empty") from None
    if kind in TEXTS and read.names and len(read.names) != len(header):
        raise PatronsError(f"{member.label} has {len(header)} columns, but read.names names {len(read.names)}")
    return [name.strip() for name in header], batches
