"""One reader for each form of file: its heading, and its rows in batches of text with their numbers."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from patrons.errors import PatronsError, listing
from patrons.settings import Read

BLOCK = 8 << 20  # bytes of text taken at a time; a single row must fit
LONG, LINES = 1 << 16, 500  # a value of more bytes with more lines is no value: a quotation mark was never closed
CHUNK = 100_000  # rows at a time where a reader counts rows


@dataclass(frozen=True)
class Opened:
    """A file that has been opened: the names of its columns, its rows, and what of it is not read."""

    names: list[str]
    batches: Iterator["Batch"]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Some rows of one file, as arrays of text."""

    columns: list[pa.Array]
    rows: np.ndarray
    broken: list[str | None] | None = None


def delimited(read: Read, sep: str, handle: BinaryIO) -> Opened:
    """Read text with a one-character separator, with Arrow."""
    first, lines = _first_row(read, sep, handle)
    width = len(first)
    if len(read.names) not in (0, width):
        return Opened(first, iter(()))  # the caller compares the widths
    names = list(read.names) or ([str(index) for index in range(width)] if read.header is None else first)
    # Arrow is given names by position: a heading may hold a name twice, and types are asked for by name.
    unique = [f"c{index}" for index in range(width)]
    skip = 0 if read.header is None else lines
    wrong: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    reader = pacsv.open_csv(
        handle,
        pacsv.ReadOptions(
            use_threads=False,  # rows that cannot be split know their number only then
            block_size=BLOCK,
            skip_rows=skip,
            encoding=read.encoding,
            column_names=unique,
        ),
        pacsv.ParseOptions(delimiter=sep, newlines_in_values=True, invalid_row_handler=note),
        pacsv.ConvertOptions(column_types=dict.fromkeys(unique, pa.string()), strings_can_be_null=False),
    )
    return Opened(names, _arrow_batches(reader, wrong, skip))


def _first_row(read: Read, sep: str, handle: BinaryIO) -> tuple[list[str], int]:
    """Return the fields of the heading (or of the first row, where there is none), and where it ends.

    Arrow reads ahead of what it is asked for, so it is not let near the handle until this is done.
    """
    encoding = "utf-8-sig" if read.encoding.lower() in ("utf-8", "utf8") else read.encoding
    text = io.TextIOWrapper(handle, encoding=encoding, newline="")
    skip = read.header or 0
    for _ in range(skip):
        text.readline()
    rows = csv.reader(text, delimiter=sep)
    fields = next((row for row in rows if row), [])
    text.detach()
    handle.seek(0)
    if not fields:
        raise pd.errors.EmptyDataError
    return fields, skip + rows.line_num


def _arrow_batches(reader: pacsv.CSVStreamingReader, wrong: list[pacsv.InvalidRow], skipped: int) -> Iterator[Batch]:
    """Number Arrow's rows, and put in the rows that it could not split."""
    seen = done = 0
    width = len(reader.schema)
    for batch in reader:
        for column in batch.columns:
            _refuse_open_quotes(column)
        # A wrong row has so many good rows before it: its number less the wrong ones above it.
        before = np.array([row.number - skipped - 1 - above for above, row in enumerate(wrong)], dtype="int64")
        good = np.arange(seen, seen + batch.num_rows)
        yield Batch(batch.columns, good + 1 + np.searchsorted(before, good, side="right"))
        seen += batch.num_rows
        if len(wrong) > done:
            yield _wrong_batch(wrong[done:], width, skipped)
            done = len(wrong)
    if len(wrong) > done:
        yield _wrong_batch(wrong[done:], width, skipped)


def _refuse_open_quotes(column: pa.Array) -> None:
    long = column.filter(pc.greater(pc.binary_length(column), LONG))
    if len(long) and pc.max(pc.count_substring(long, "\n")).as_py() > LINES:
        raise PatronsError("holds a value of very many lines: perhaps a quotation mark is never closed")


def _wrong_batch(wrong: list[pacsv.InvalidRow], width: int, skipped: int) -> Batch:
    texts = pa.array([row.text for row in wrong], pa.string())
    empty = pa.nulls(len(wrong), pa.string())
    return Batch(
        [texts] + [empty] * (width - 1),
        np.array([row.number - skipped for row in wrong], dtype="int64"),
        [f"{row.actual_columns} fields where there are {row.expected_columns} columns" for row in wrong],
    )


def spaced(read: Read, sep: str, handle: BinaryIO) -> Opened:
    r"""Read text whose separator is a pattern such as ``\s+``, with pandas.

    A row may have one field more than there are columns, and is then known to be wrong; a row with more yet
    is refused by pandas, with its line.
    """
    encoding = "utf-8-sig" if read.encoding.lower() in ("utf-8", "utf8") else read.encoding
    # White space is what the faster engine knows, which also respects quotes.
    engine: Literal["c", "python"] = "c" if sep == r"\s+" else "python"
    skip = 0 if read.header is None else read.header
    first = pd.read_csv(
        handle, sep=sep, header=None, skiprows=skip, nrows=1, engine=engine, dtype=str, encoding=encoding
    )
    found = [str(index) for index in first.columns] if read.header is None else [str(name) for name in first.iloc[0]]
    if len(read.names) not in (0, len(found)):
        return Opened(found, iter(()))  # the caller compares the widths
    names = list(read.names) or found
    handle.seek(0)
    reader = pd.read_csv(
        handle,
        sep=sep,
        header=None,
        names=[*range(len(names) + 1)],
        skiprows=skip if read.header is None else skip + 1,
        engine=engine,
        dtype=str,
        keep_default_na=False,
        encoding=encoding,
        chunksize=CHUNK,
    )
    return Opened(names, _framed(reader, empty_is_absent=engine == "c"))


def _framed(frames: Iterable[pd.DataFrame], empty_is_absent: bool) -> Iterator[Batch]:
    """Number the rows of frames with a column to spare, and note those with too few or too many fields."""
    seen = 0
    for frame in frames:
        if not isinstance(frame.index, pd.RangeIndex):  # pandas takes what the first row has too many of for labels
            raise pd.errors.ParserError("the first row has more fields than there are columns")
        absent = frame.isna() | (frame == "") if empty_is_absent else frame.isna()
        width = frame.shape[1] - 1
        short = absent.iloc[:, width - 1].to_numpy()
        long = ~absent.iloc[:, width].to_numpy()
        broken: list[str | None] | None = None
        if short.any() or long.any():
            kinds = np.select([long, short], ["more fields than columns", "fewer fields than columns"], "")
            broken = [kind or None for kind in kinds.tolist()]
            whole = frame[short | long].fillna("").agg(" ".join, axis=1).str.rstrip()
            frame.loc[short | long, :] = None
            frame.loc[short | long, 0] = whole
        columns = [pa.array(frame.iloc[:, index], pa.string(), from_pandas=True) for index in range(width)]
        yield Batch(columns, np.arange(seen + 1, seen + 1 + len(frame)), broken)
        seen += len(frame)


def excel(read: Read, handle: BinaryIO) -> Opened:
    """Read a sheet of a workbook, with openpyxl through pandas."""
    with pd.ExcelFile(handle, engine="openpyxl") as book:
        sheets = [str(name) for name in book.sheet_names]
        known = read.sheet in sheets if isinstance(read.sheet, str) else 0 <= read.sheet < len(sheets)
        if not known:
            raise PatronsError(f"no sheet is called {read.sheet!r}; the sheets are {listing(sheets)}")
        frame = book.parse(read.sheet, header=None, skiprows=read.header or 0, dtype=object, na_filter=False)
    text = frame.map(_cell)
    filled = (text != "").any(axis=1).to_numpy()  # formatted but empty rows are not rows
    if not filled.any():
        raise pd.errors.EmptyDataError
    names = [str(index) for index in range(text.shape[1])]
    if read.header is not None:
        first = int(filled.argmax())
        names = text.iloc[first].tolist()
        text, filled = text.iloc[first + 1 :], filled[first + 1 :]
    names = list(read.names) if len(read.names) == len(names) else names
    columns = [pa.array(text.iloc[filled, index], pa.string()) for index in range(text.shape[1])]
    rows = np.flatnonzero(filled) + 1
    chosen = read.sheet if isinstance(read.sheet, str) else sheets[read.sheet]
    others = listing(repr(name) for name in sheets if name != chosen)
    notes = (f"only the sheet {chosen!r} is read, not {others}; `read: {{sheet: …}}` chooses",) if others else ()
    return Opened(names, iter([Batch(columns, rows)]), notes)


def _cell(value: object) -> str:
    """Write a workbook's cell as text: dates in ISO 8601, whole numbers without a point."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def parquet(handle: BinaryIO) -> Opened:
    """Read a Parquet file; its values become text, dates in ISO 8601."""
    file = pq.ParquetFile(handle)

    def batches() -> Iterator[Batch]:
        seen = 0
        for batch in file.iter_batches(CHUNK):
            texts = [_as_text(column) for column in batch.columns]
            yield Batch(texts, np.arange(seen + 1, seen + 1 + batch.num_rows))
            seen += batch.num_rows

    return Opened(list(file.schema_arrow.names), batches())


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())
