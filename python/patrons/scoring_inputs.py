"""What a file to be scored is: lines of orders, rows of customers, or ids alone; and how its columns are meant."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from patrons import read
from patrons.errors import PatronsError, listing
from patrons.schemas import columns
from patrons.settings import CustomerColumns, Customers, Read, Table, TransactionColumns, Transactions
from patrons.source import Source, nearest

Kind = Literal["orders", "customers", "ids"]
ORDERED = ("customer_id", "ordered_at")


@dataclass(frozen=True)
class Input:
    """A file that has been recognised.

    Attributes
    ----------
    file
        Where it is.
    kind
        What its rows are.
    table
        Its columns that are used, described as `source.yml` would.
    told
        What is worth telling about it, such as columns that are not used.
    """

    file: Path
    kind: Kind
    table: Table
    told: tuple[str, ...]


def recognise(file: Path, source: Source, features: Iterable[str]) -> Input:
    """Find out what a file is, by its heading.

    Lines of orders have the columns that the source maps for `transactions`, or our names of them. Rows of customers
    have a column that the source maps for `customers`, or one called as a feature. The names of the source come first.

    Parameters
    ----------
    file
        Any form of file that a source may have.
    source
        Whose names of columns count.
    features
        Names of features that the models take.

    Raises
    ------
    PatronsError
        It is not there, cannot be read, or holds nothing by which a customer could be scored.
    """
    if not file.is_file():
        there = [entry.name for entry in file.parent.iterdir()] if file.parent.is_dir() else []
        raise PatronsError(f"There is no file {file}{nearest(file.name, there)}")
    names: list[str] = []
    failure: PatronsError | None = None
    for way, kinds in _ways(source):
        try:
            names = _heading(file, way)
        except PatronsError as error:
            failure = error
            continue
        found = _orders(file, way, names, source) if "orders" in kinds else None
        if found is None and "customers" in kinds:
            found = _customers(file, way, names, source, tuple(features))
        if found is not None:
            return found
    if not names and failure is not None:
        raise failure
    raise PatronsError(_nothing(file, names, source))


def _ways(source: Source) -> Iterator[tuple[Read, tuple[Kind, ...]]]:
    """Return the ways in which a file may be written, and what it may then hold: as the source's own, or as usual."""
    own = {name: table.read for name, table in source.tables.items()}
    if "transactions" in own:
        yield own["transactions"], ("orders",)
    if "customers" in own:
        yield own["customers"], ("customers",)
    yield Read(), ("orders", "customers")
    if "transactions" in own:
        yield own["transactions"], ("customers",)


def _heading(file: Path, way: Read) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="patrons-score-") as folder:
        return list(read.stage([file], way, [], Path(folder), most=1).names)


def _nothing(file: Path, names: list[str], source: Source) -> str:
    known = [column.theirs for name, table in source.tables.items() for column in columns(name, table)]
    hints = [hint for name in names if (hint := nearest(name, known))]
    return (
        f"{file} holds nothing to score: its columns are {listing(names, 20)}{hints[0] if hints else ''}. Give lines "
        "of orders (a customer, a time, an amount), rows of customers, or a column of their ids, under the names that "
        "source.yml gives them, or ours (customer_id, ordered_at, amount; recency, frequency, monetary, …)"
    )


def _orders(file: Path, way: Read, names: list[str], source: Source) -> Input | None:
    own = cast(Transactions | None, source.tables.get("transactions"))
    mapped = own.columns.model_dump(exclude_none=True) if own else {}
    ours = {name: name for name in TransactionColumns.model_fields}
    for naming in (mapped, ours):
        there = {name: theirs for name, theirs in naming.items() if theirs in names}
        if not set(ORDERED) <= set(there):
            continue
        if "amount" not in there and not {"quantity", "unit_price"} <= set(there):
            needed = naming.get("amount") or " and ".join(naming[name] for name in ("quantity", "unit_price"))
            raise PatronsError(
                f"{file} holds lines of orders, but not their money: it lacks {needed!r}{nearest(needed, names)} Its "
                f"columns are {listing(names, 20)}."
            )
        told = _unused(there, naming, names)
        every = own.set_aside if own else ()
        rules = [rule for rule in every if there.get(rule.column, rule.column) in names]
        left = [rule for rule in every if rule not in rules]
        told += [f"no line is set aside as {rule.reason!r}: there is no column {rule.column!r}" for rule in left]
        base = own if own and naming is mapped else Transactions.model_construct(file=file.name)
        wanted = TransactionColumns.model_validate(there)
        table = base.model_copy(update={"columns": wanted, "read": way, "set_aside": tuple(rules)})
        return Input(file, "orders", table, tuple(told))
    return None


def _unused(there: Mapping[str, str], naming: Mapping[str, str], names: list[str]) -> list[str]:
    unused = [name for name in names if name not in there.values()]
    absent = [theirs for name, theirs in naming.items() if name not in there]
    hints = [f"{name!r}{hint}" for name in unused if (hint := nearest(name, absent))]
    return [f"not used: {listing(hints or unused, 20)}"] if unused else []


def _customers(file: Path, way: Read, names: list[str], source: Source, features: tuple[str, ...]) -> Input | None:
    own = cast(Customers | None, source.tables.get("customers"))
    mapped = {column.theirs: column.name for column in columns("customers", own)} if own else {}
    if "transactions" in source.tables:
        orders = cast(Transactions, source.tables["transactions"])
        mapped.setdefault(orders.columns.customer_id, "customer_id")
    ours = {*mapped.values(), *CustomerColumns.model_fields, *features}
    # The names of the source first; then our own, unless the file has that column under the source's name.
    meant = {name: mapped[name] for name in names if name in mapped}
    meant |= {name: name for name in names if name in ours and name not in meant and name not in meant.values()}
    if not meant:
        return None
    if "customer_id" not in meant.values():
        absent = [theirs for theirs, name in mapped.items() if name == "customer_id"]
        raise PatronsError(
            f"{file} does not say whose rows these are: add a column {listing(absent or ['customer_id'])!r}. "
            f"Its columns are {listing(names, 20)}."
        )
    table = _as_table(file, way, {name: theirs for theirs, name in meant.items()}, meant, own)
    kind: Kind = "ids" if len(meant) == 1 else "customers"
    naming = {name: theirs for theirs, name in mapped.items()} | {name: name for name in features}
    return Input(file, kind, table, tuple(_unused({n: t for t, n in meant.items()}, naming, names)))


def _as_table(file: Path, way: Read, there: dict[str, str], meant: dict[str, str], own: Customers | None) -> Customers:
    """Describe rows of customers: their columns, and every other number as a feature."""
    groups: dict[str, dict[str, str]] = {}
    for group, prefix in (("spend", "spend_"), ("orders", "orders_"), ("responses", "response_")):
        keys = [f"{prefix}{key}" for key in (getattr(own, group) if own else {})]
        found = {key.removeprefix(prefix): there.pop(key) for key in keys if key in there}
        groups[group] = found if len(found) == len(keys) else {}  # a sum with a missing part is no sum
    plain = {name: there.pop(name) for name in CustomerColumns.model_fields if name in there}
    scaled = own.scale if own else {}
    theirs = {name for name, called in [*plain.items(), *there.items(), *groups["spend"].items()] if called != name}
    return Customers.model_construct(
        file=file.name,
        read=way,
        duplicates="keep",
        set_aside=tuple(rule for rule in (own.set_aside if own else ()) if rule.column in {*meant, *meant.values()}),
        columns=CustomerColumns.model_validate(plain),
        scale={name: factor for name, factor in scaled.items() if name in theirs or meant.get(name) != name},
        features=there,
        spend=groups["spend"],
        orders=groups["orders"],
        responses=groups["responses"],
    )
