"""Score a file from beginning to end: recognise it, read it in chunks, write each chunk's scores as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from patrons import paths, scoring, scoring_inputs, scoring_orders, scoring_rows, scoring_store
from patrons.build import read_ledger
from patrons.errors import PatronsError, listing
from patrons.scoring_csv import formula_safe
from patrons.scoring_engine import batches, workshop
from patrons.scoring_lookup import Lookup
from patrons.scoring_models import Models
from patrons.scoring_orders import Orders
from patrons.scoring_rows import Chunk, Setting
from patrons.shop import Shop
from patrons.treatments import Treatment

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

#: Customers scored at a time.
CHUNK = 50_000
KINDS = {"text": pa.string(), "whole": pa.int32(), "number": pa.float64()}
SCHEMA = pa.schema(
    [("row", pa.int64()), ("customer_id", pa.string())]
    + [(name, KINDS[kind]) for name, kind in scoring.COLUMNS.items()]
)
Write = Callable[[pa.Table], None]


@dataclass(frozen=True)
class Done:
    """What scoring a file did.

    Attributes
    ----------
    target
        The file of scores.
    rows
        In it; as many as there are rows in the file, or customers in its orders.
    noted
        Rows with a remark.
    left
        The file of lines that were set aside, if there are any.
    told
        Sentences for the reader.
    """

    target: Path
    rows: int
    noted: int
    left: Path | None
    told: tuple[str, ...]


def run(
    shop: Shop, file: Path, target: Path | None, moment: datetime | None, say: Callable[[str], None], size: int = CHUNK
) -> Done:
    """Score a file.

    Parameters
    ----------
    shop
        Whose models are used.
    file
        Lines of orders, rows of customers, or ids.
    target
        Where scores go (.csv or .parquet); beside the file as `<name>-scored.csv` by default.
    moment
        The day of reference; the source's by default.
    say
        Is told how far it got.
    size
        Customers at a time.

    Raises
    ------
    PatronsError
        If the file cannot be scored, or there are no models that fit; nothing is written then.
    """
    models = scoring_store.load(shop.source)
    stem = file.name.split(".")[0]
    target = target or file.with_name(f"{stem}-scored.csv")
    if target.suffix.lower() not in (".csv", ".parquet"):
        raise PatronsError(f"{target}: scores are written as .csv or .parquet")
    if target.resolve() == file.resolve():
        raise PatronsError(f"{target} is the file to be scored; give another name with -o")
    given = scoring_inputs.recognise(file, shop.source, models.features)
    for line in given.told:
        say(f"{file.name}: {line}")
    moment = moment or _today(shop)
    say(f"{file.name}: taken for {WORDS[given.kind]}" + (f", as of {moment:%Y-%m-%d}" if moment else ""))
    lookup = Lookup(shop, moment)
    people = _treatments(shop, "customers")
    with workshop() as (con, staging):
        orders: Orders | None = None
        if given.kind == "orders":
            if moment is None:
                raise PatronsError(f"{shop.name} has no day of reference: give one with --reference-date 2024-01-31")
            lines = _treatments(shop, "transactions")
            orders = scoring_orders.gather(con, given, moment, models.ahead.unit, lines, staging)
            parts = scoring_orders.chunks(con, orders, lookup, people, size)
        else:
            setting = Setting(shop.has("transactions"), moment, people)
            parts = scoring_rows.chunks(con, given, lookup, setting, size, staging)
        rows, noted = _write(models, parts, target, moment, say)
        left = _write_left(con, orders, target.with_name(f"{target.stem}-set-aside.csv")) if orders else None
    return Done(target, rows, noted, left, tuple(_told(models, orders, rows)))


WORDS = {"orders": "lines of orders", "customers": "rows of customers", "ids": "ids of customers"}


def _today(shop: Shop) -> datetime | None:
    known = shop.has("transactions") or shop.source.settings.reference_date is not None
    return shop.reference_date if known else None


def _treatments(shop: Shop, table: str) -> tuple[Treatment, ...]:
    if not shop.has(table):
        return ()
    ledger = read_ledger(paths.built(shop.source.key), table)
    return tuple(Treatment(**row) for row in ledger["treated"]["treatments"])


def _write(
    models: Models, parts: Iterator[Chunk], target: Path, moment: datetime | None, say: Callable[[str], None]
) -> tuple[int, int]:
    rows = noted = 0
    today = (moment or datetime.max).date()
    with paths.replacing(target) as part, _writer(part, target.suffix.lower()) as write:
        for chunk in parts:
            scores = scoring.score(models, chunk.known, today)
            noted += int((scores["notes"] != "").sum())
            scores.insert(0, "row", chunk.row.to_numpy())
            scores.insert(1, "customer_id", chunk.ids.to_numpy())
            write(pa.Table.from_pandas(scores, schema=SCHEMA, preserve_index=False))
            if rows or len(scores) >= CHUNK:
                say(f"{rows + len(scores):,} scored")
            rows += len(scores)
    return rows, noted


@contextmanager
def _writer(path: Path, suffix: str) -> Iterator[Write]:
    """Give a function that appends rows to a file."""
    if suffix == ".parquet":
        with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
            yield writer.write_table
    else:
        with pacsv.CSVWriter(path, SCHEMA) as writer:
            yield lambda table: writer.write_table(formula_safe(table))


def _write_left(con: Backend, orders: Orders, path: Path) -> Path | None:
    """Write the lines that were set aside, whole, with file, row and reason."""
    if not sum(orders.reasons.values()):
        path.unlink(missing_ok=True)
        return None
    own = ("file", "row", "reason")
    names = [f"{name} (column)" if name in own else name for name in orders.names]
    schema = pa.schema([(name, pa.string()) for name in _apart([*own, *names])])
    found = batches(con, orders.set_aside.order_by("file", "row"), CHUNK)
    with paths.replacing(path) as part, pacsv.CSVWriter(part, schema) as writer:
        for batch in found:
            arrays = [column.cast(pa.string()) for column in batch.columns]
            writer.write_table(formula_safe(pa.Table.from_arrays(arrays, schema=schema)))
    return path


def _apart(names: list[str]) -> list[str]:
    """Make a heading harmless to spreadsheets."""
    return formula_safe(pa.table({"name": names})).column("name").to_pylist()


def _told(models: Models, orders: Orders | None, rows: int) -> Iterator[str]:
    if orders is not None:
        aside = sum(orders.reasons.values())
        why = f" ({listing(f'{lines:,} {reason}' for reason, lines in orders.reasons.items())})" if aside else ""
        yield f"{orders.lines:,} lines read: {orders.lines - aside:,} of {rows:,} customers, {aside:,} set aside{why}"
        yield from orders.told
    yield from models.told()
