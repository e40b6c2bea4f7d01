"""A table's files, in any form the contract knows, staged as text columns beside their row numbers.

Nothing is interpreted here, so that a row set aside later is whole and as it was. Rows stream through in
batches; a table larger than memory is no trouble. The columns of a staged file are called ``c0``, ``c1`` …,
because what a user's file calls them may be anything, even the same name twice.
"""

import codecs
import csv
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

from patrons import readers, sniff
from patrons.errors import PatronsError, listing
from patrons.problems import Problem, Problems, from_error
from patrons.readers import Batch
from patrons.settings import Read
from patrons.source import nearest

# What the readers raise at a file that is damaged, locked, or not what its name says.
UNREADABLE = (
    pa.ArrowInvalid,
    UnicodeError,
    pd.errors.ParserError,
    csv.Error,
    EOFError,
    OSError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
# Encodings in which any bytes are letters: reading never fails, whatever was meant.
LOOKED_AT = 16 << 20
ONE_BYTE = ("iso8859-1", "iso8859-15", "cp1252", "cp850", "cp437", "mac-roman")
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
    notes : tuple of str
        What was not read, and is worth telling.
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


def stage(files: Iterable[Path], read: Read, needed: Iterable[str], folder: Path, most: int | None = None) -> Staged:
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
    most
        About how many rows of each file are enough; default all.

    Raises
    ------
    Problems
        With whatever is wrong with any of the files: one that cannot be read, or lacks a column.
    """
    found, problems = _all_members(files)
    needed = list(needed)
    parts: list[Part] = []
    names: dict[str, None] = {}
    notes: list[str] = []
    total = 0
    with ExitStack() as stack:
        writers: dict[tuple[str, ...], pq.ParquetWriter] = {}
        for position, member in enumerate(found):
            try:
                with member.open() as handle:
                    table = _reader(member, read, handle)
                    header = [name.strip() for name in table.names]
                    require(member, header, needed, read)
                    notes += [f"{member.label}: {note}" for note in table.notes]
                    if problems:  # the headings of the others are worth knowing, their rows are not
                        continue
                    key = tuple(header)
                    names.update(dict.fromkeys(key))
                    if key not in writers:
                        part = Part(key, folder / f"part-{len(parts)}.parquet")
                        parts.append(part)
                        writers[key] = stack.enter_context(pq.ParquetWriter(part.path, _schema(len(key))))
                    rows = 0
                    for batch in _guarded(member, read, table.batches):
                        rows += len(batch.rows)
                        writers[key].write_table(_table(batch, position, len(key)))
                        if most is not None and rows >= most:
                            break
                    total += rows
            except PatronsError as error:
                problems += from_error(error, file=member.label)
    if problems:
        raise Problems(problems)
    typed = any(member.suffix not in TEXTS for member in found)
    labels = tuple(member.label for member in found)
    return Staged(labels, tuple(parts), tuple(names), typed, total, tuple(notes))


def _all_members(files: Iterable[Path]) -> tuple[list[Member], list[Problem]]:
    found: list[Member] = []
    problems: list[Problem] = []
    for path in files:
        try:
            found += members(path)
        except PatronsError as error:
            problems += from_error(error)
    return found, problems


def _schema(width: int) -> pa.Schema:
    fields = [("_file", pa.int32()), ("_row", pa.int64()), ("_broken", pa.string())]
    return pa.schema(fields + [(f"c{index}", pa.string()) for index in range(width)])


def _table(batch: Batch, position: int, width: int) -> pa.Table:
    count = len(batch.rows)
    broken = pa.array(batch.broken, pa.string()) if batch.broken else pa.nulls(count, pa.string())
    leading = [pa.array(np.full(count, position, "int32")), pa.array(batch.rows, pa.int64()), broken]
    return pa.Table.from_arrays(leading + batch.columns, schema=_schema(width))


def require(member: Member, header: list[str], needed: list[str], read: Read) -> None:
    """Refuse a file that lacks columns, or has two of a name.

    Raises
    ------
    Problems
        One for each column.
    """
    advice = f"Its columns are {listing(header, 40)}."
    sep = sniff.likely_separator(header) if member.suffix in TEXTS else None
    if sep:
        advice += f" It looks as if they were separated by {sep!r}: add `read: {{sep: {sep!r}}}`."
    elif read.header is None:
        advice += " With `header: null` the columns are named by `names`."
    found = []
    for name in needed:
        if header.count(name) > 1:
            found.append(f"the column {name!r} is there {header.count(name)} times")
        elif name not in header:
            found.append(f"there is no column {name!r}{nearest(name, header)}")
    if sep and len(found) > 1:  # one cause, one problem
        found = ["there are none of the columns " + listing(map(repr, needed), 40)]
    if found:
        raise Problems(Problem(file=member.label, rule=rule, todo=advice) for rule in found)


def _guarded(member: Member, read: Read, batches: Iterator[Batch]) -> Iterator[Batch]:
    try:
        yield from batches
    except UNREADABLE as error:
        raise _unreadable(member, read, error) from error
    except PatronsError as error:
        raise PatronsError(f"{member.label} {error}") from None


def _unreadable(member: Member, read: Read, error: Exception) -> PatronsError:
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if member.suffix in TEXTS and (isinstance(error, UnicodeError) or "UTF8" in text or "decode" in text):
        return _wrong_encoding(member, read)
    if "straddling object" in text or "field larger than field limit" in text:
        return PatronsError(
            f"{member.label} holds a row of more than {readers.BLOCK >> 20} MB: "
            "perhaps a quotation mark is never closed"
        )
    return PatronsError(f"{member.label} cannot be read: {text}")


def _empty(member: Member) -> PatronsError:
    todo = "Take it away, or write the names of its columns into its first line."
    return Problems([Problem(file=member.label, rule="is empty", todo=todo)])


def _wrong_encoding(member: Member, read: Read) -> PatronsError:
    try:
        with member.open() as handle:
            likely = [name for name in sniff.likely_encodings(handle) if name != read.encoding.lower()]
    except UNREADABLE:
        likely = []
    likely = likely or ["latin-1", "cp1252"]
    rule = f"is not written in {read.encoding}"
    others = " or ".join(f"`read: {{encoding: {name}}}`" for name in likely)
    return Problems([Problem(file=member.label, rule=rule, todo=f"Write its encoding, most likely {others}.")])


def _reader(member: Member, read: Read, handle: BinaryIO) -> readers.Opened:
    """Open a file with the reader for its kind: its heading, and its rows in batches."""
    kind = member.suffix
    try:
        if kind == ".parquet":
            opened = readers.parquet(handle)
        elif kind == ".xlsx":
            opened = readers.excel(read, handle)
        else:
            _refuse_misread(member, read)
            sep = read.sep or ("\t" if kind == ".tsv" else ",")
            opened = (readers.spaced if len(sep) > 1 else readers.delimited)(read, sep, handle)
    except UNREADABLE as error:
        if "Empty CSV" in str(error):
            raise _empty(member) from None
        raise _unreadable(member, read, error) from error
    except Problems:
        raise
    except PatronsError as error:
        raise PatronsError(f"{member.label}: {error}") from None
    except pd.errors.EmptyDataError:
        raise _empty(member) from None
    if kind in TEXTS and read.names and len(read.names) != len(opened.names):
        raise PatronsError(f"{member.label} has {len(opened.names)} columns, but read.names names {len(read.names)}")
    return opened


def _refuse_misread(member: Member, read: Read) -> None:
    """Refuse a file whose encoding would be read without complaint, into other letters than were written."""
    codec = codecs.lookup(read.encoding).name
    with member.open() as handle:
        likely = sniff.likely_encodings(handle, LOOKED_AT if codec in ONE_BYTE else 0)
    wide = bool(likely) and likely[0].startswith(("utf-16", "utf-32"))
    if (wide and codec == "utf-8") or (codec in ONE_BYTE and (wide or likely == ["utf-8"])):
        raise _wrong_encoding(member, read)
