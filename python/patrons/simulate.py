"""The simulated shop as files: five tables, dirtied by rule, and what is true of them.

The same parameters give the same bytes. The world is drawn by `world_draw`, block by block; each block is written
before the next is drawn, so that memory does not grow with the number of orders.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from patrons import paths, world, world_dirt, world_draw, world_offers, world_orders, world_reach, world_truth
from patrons.world_draw import Parameters, Part

__all__ = ["TABLES", "Parameters", "write"]

Format = Literal["csv", "parquet"]
Put = Callable[[pa.Table], None]
TABLES = ("transactions", "customers", "campaigns", "experiment", "engagement")
PLANTED = "planted"  # what is true of each customer; no table of the shop


def write(
    parameters: Parameters,
    folder: Path,
    truth_file: Path | None = None,
    form: Format = "csv",
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Write a world's tables, and what is true of it: as a whole, and of each customer (`planted`).

    Parameters
    ----------
    parameters
        What to simulate.
    folder
        Where the five tables go.
    truth_file
        Where the truth goes; default truth.yml in the folder.
    form
        In Parquet columns have types, so what cannot be read as its type is missing there.
    say
        Is told how far it is, now and then.

    Returns
    -------
    dict
        The truth.

    Raises
    ------
    PatronsError
        If there are not more orders than customers.
    """
    if parameters.customers > world_draw.BLOCK:
        say(f"working out how often {parameters.customers:,} customers order")
    plan, seed = world_draw.make_plan(parameters), parameters.seed
    dirt: dict[str, dict[str, int]] = {"transactions": {}, "customers": {}}
    expected = {name: np.zeros((len(world.GENDERS), len(world_offers.OFFERS))) for name in world_offers.OUTCOMES}
    tested, orders, told = np.zeros(len(world.GENDERS), int), 0, 0.1
    with ExitStack() as stack:
        put = {name: stack.enter_context(_writer(folder / f"{name}.{form}", form)) for name in (*TABLES, PLANTED)}
        put["campaigns"](_frame(world_draw.campaigns(seed).drop(columns="expected_roi"), form, "started_at"))
        for part in world_draw.parts(plan):
            test = world_draw.experiment(part)
            put["experiment"](_experiment(test, part))
            tested += test["gender"].value_counts().reindex(list(world.GENDERS), fill_value=0).to_numpy()
            for name, totals in part.expected.items():
                expected[name] += totals
            if not part.block.handed_out:
                continue
            put["transactions"](_transactions(part, seed, orders, dirt["transactions"], form))
            orders += len(part.orders.who)
            visits = world_draw.engagement(seed, part)
            put["engagement"](_engagement(visits, part, form))
            put["customers"](_customers(part, seed, visits, dirt["customers"], form))
            put[PLANTED](_planted(part))
            done = (part.block.start + part.block.size) / parameters.customers
            if told <= done < 1:
                say(f"{orders:,} of {parameters.orders:,} orders written")
                told = done + 0.1
    found = _truth(plan, orders, tested, world_truth.effects(plan, expected, tested), dirt, form)
    text = io.StringIO()
    yaml = YAML()
    yaml.dump(found, text)
    paths.write_text(
        truth_file or folder / "truth.yml",
        "# Written by `python -m patrons simulate`: what was planted in the simulated world.\n"
        "# Effects have the names of the facts that estimate them.\n" + text.getvalue(),
    )
    return found


# Nothing that is written here holds a comma, a quote or a line break.
_PLAIN = pacsv.WriteOptions(batch_size=16_384, quoting_style="none", quoting_header="none")


@contextmanager
def _writer(path: Path, form: Format) -> Iterator[Put]:
    """Give a function that adds a table to a file; the file is put in place when all is written."""
    with paths.replacing(path) as part, ExitStack() as stack:
        writers: list[Any] = []

        def put(table: pa.Table) -> None:
            if not writers:
                opened = (
                    pacsv.CSVWriter(part, table.schema, write_options=_PLAIN)
                    if form == "csv"
                    else pq.ParquetWriter(part, table.schema, compression="zstd")
                )
                writers.append(stack.enter_context(opened))
            writers[0].write_table(table)

        yield put


def _transactions(part: Part, seed: int, placed: int, dirt: dict[str, int], form: Format) -> pa.Table:
    """Return the lines of a block's orders as the shop's till writes them; `placed` orders were numbered before."""
    orders, people, products = part.orders, part.crowd.people, world_draw.shelves().table
    order = part.lines.order
    lines = dict(vars(part.lines))
    lines["seconds"], lines["channel"] = world.to_seconds(orders.day)[order], orders.channel[order]
    lines, marks = world_dirt.soil_lines(world.stream(seed, "till", part.block.number), lines, dirt)
    who = orders.who[lines["order"]]
    times = pa.array(lines["seconds"])
    start = int(world.START.astype("datetime64[s]").astype(int))
    times = pc.add(times, start).cast(pa.timestamp("s"))
    money = {name: _money(lines[name], form) for name in ("unit_price", "amount", "profit")}
    amount = _hide(money["amount"], marks["missing_amount"])
    if form == "csv":
        times, amount = times.cast(pa.string()), amount.cast(pa.string())
        garbled = pc.replace_substring(times, "-", "?", max_replacements=1)
        times = pc.if_else(pa.array(marks["unreadable_ordered_at"]), garbled, times)
        amount = pc.if_else(pa.array(marks["unreadable_amount"]), "see note", amount)
    else:
        times = _hide(times.cast(pa.timestamp("us")), marks["unreadable_ordered_at"])
        amount = _hide(amount, marks["unreadable_amount"])
    letter = _names(("O", "R"), marks["return"].astype(np.int8))
    columns = {
        "order_id": pc.binary_join_element_wise(letter, _numbered("", 1 + placed + lines["order"], 8), ""),
        "customer_id": _hide(_ids(part, who), marks["missing_customer"]),
        "ordered_at": times,
        "product": _names(products["product"], lines["item"]),
        "category": _hide(_names(products["category"], lines["item"]), marks["missing_category"]),
        "quantity": pa.array(lines["quantity"]),
        "unit_price": money["unit_price"],
        "discount": pc.divide(pa.array(lines["discount"].astype(float)), 100.0),
        "amount": amount,
        "profit": money["profit"],
        "channel": _hide(_names(world.CHANNELS, lines["channel"]), marks["missing_channel"]),
        "region": _names(world.REGIONS, people["region"].to_numpy()[who]),
    }
    return pa.table(columns)


def _customers(part: Part, seed: int, visits: pd.DataFrame, dirt: dict[str, int], form: Format) -> pa.Table:
    """Return what a block's customers said of themselves, with last month's visits and their answers to e-mails."""
    people = part.crowd.people
    last = visits[visits["month"] == visits["month"].max()]
    seen = pd.DataFrame(
        {
            "customer_id": _ids(part, np.arange(len(people))).to_pandas(),
            "age": people["age"],
            "gender": np.array(world.GENDERS)[people["gender"]],
            "income": people["income"].astype(int),
            "education": np.array(world.EDUCATION)[people["education"]],
            "marital_status": np.array(world.MARITAL)[people["marital_status"]],
            "children": people["children"],
            "teenagers": people["teenagers"],
            "region": np.array(world.REGIONS)[people["region"]],
            "joined_at": (world.START + people["joined"].to_numpy().astype(int)),
            "web_visits": last["web_visits"].to_numpy(),
        }
    )
    seen = pd.concat([seen, world_draw.answers(seed, part)], axis=1)
    soiled = world_dirt.soil_people(world.stream(seed, "forms", part.block.number), seen, dirt)
    return _frame(soiled, form, "joined_at")


def _planted(part: Part) -> pa.Table:
    """Return what the shop cannot see of a block's customers: their kind, how they buy, and how long they do."""
    people = part.crowd.people
    truth = {
        "customer_id": _ids(part, np.arange(len(people))),
        "kind": _names(world.KINDS["kind"], people["kind"].to_numpy()),
        "rate": pa.array(people["rate"].round(3)),
        "order_value": pa.array(people["order_value"].round(3)),
        "days_gone": pa.array((world.DAYS - people["gone"]).round(1)),
    }
    return pa.table(truth)


def _experiment(test: pd.DataFrame, part: Part) -> pa.Table:
    table = pa.Table.from_pandas(test.drop(columns="who"), preserve_index=False)
    table = table.add_column(0, "customer_id", _ids(part, test["who"].to_numpy()))
    when = pa.array([str(world_offers.TEST_START)] * len(test), pa.string())
    return table.add_column(2, "assigned_at", when).replace_schema_metadata()


def _engagement(visits: pd.DataFrame, part: Part, form: Format) -> pa.Table:
    columns = {"customer_id": _ids(part, visits["who"].to_numpy()), "month": _days(visits["month"].to_numpy(), form)}
    counts = ("web_visits", "emails_sent", "emails_opened", "emails_clicked")
    return pa.table(columns | {name: pa.array(visits[name].to_numpy()) for name in counts})


def _frame(frame: pd.DataFrame, form: Format, day: str) -> pa.Table:
    """Return a data frame as Arrow, one of its columns being days."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    days = _days(frame[day].to_numpy(), form)
    return table.set_column(table.schema.get_field_index(day), day, days).replace_schema_metadata()


def _days(days: np.ndarray, form: Format) -> pa.Array:
    return pa.array(days.astype("datetime64[D]")).cast(pa.date32() if form == "csv" else pa.timestamp("us"))


def _ids(part: Part, who: np.ndarray | pd.Series) -> pa.Array:
    return _numbered("C", 1 + part.block.start + np.asarray(who), 7)


def _numbered(letter: str, numbers: np.ndarray, width: int) -> pa.Array:
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(letter, padded, "") if letter else padded


def _names(names: Any, positions: np.ndarray) -> pa.Array:
    return pa.array(list(names), pa.string()).take(pa.array(positions))


def _money(pence: np.ndarray, form: Format) -> pa.Array:
    """Return whole pence as pounds, exact in text."""
    if form == "parquet":
        return pa.array(pence / 100)
    wide = np.stack([pence, pence >> 63], axis=1).astype("<i8")  # 128 bits: the low half, and the sign
    return pa.Array.from_buffers(pa.decimal128(12, 2), len(pence), [None, pa.py_buffer(np.ascontiguousarray(wide))])


def _hide(values: pa.Array, missing: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(missing), pa.scalar(None, values.type), values)


def _truth(
    plan: world_draw.Plan,
    orders: int,
    tested: np.ndarray,
    effects: dict[str, float],
    dirt: dict[str, dict[str, int]],
    form: Format,
) -> dict[str, Any]:
    """Return what is true of a world, as the analysis defines it."""
    parameters = plan.parameters
    lines = dict(dirt["transactions"])
    if form == "parquet":
        lines["missing_ordered_at"] = lines.pop("unreadable_ordered_at")
        lines["missing_amount"] += lines.pop("unreadable_amount")
    campaigns = world_draw.campaigns(parameters.seed)
    shares = world.KINDS["share"].tolist()
    return {
        "parameters": asdict(parameters),
        "customers": {"count": parameters.customers, "kinds": dict(zip(world.KINDS["kind"], shares, strict=True))},
        "orders": orders,
        "effects": {name: _plain(value) for name, value in effects.items()},
        "season": {
            "intensity": {f"{month:02d}": _plain(weight) for month, weight in enumerate(world.MONTHS, 1)},
            "off_peak": {
                "months": list(world.OFF_PEAK_MONTHS),
                "years": list(world.OFF_PEAK_YEARS),
                "regions": list(world.OFF_PEAK_REGIONS),
                "discount": world.OFF_PEAK_DISCOUNT,
                "more_orders": _plain(world.OFF_PEAK_LIFT - 1),
            },
        },
        "experiment": {
            "control": world_offers.CONTROL,
            "arms": list(world_offers.OFFERS["arm"]),
            "customers": int(tested.sum()),
        },
        "affinity": [
            {"product": first, "brings": second, "share": often} for first, second, often in world_orders.COMPANIONS
        ],
        "campaigns": {
            "mean_roi": world_reach.ROI,
            "losing": int((campaigns["expected_roi"] < 0).sum()),
            "lucky": int(((campaigns["expected_roi"] < 0) & (campaigns["revenue"] > campaigns["cost"])).sum()),
            "expected_roi": dict(zip(campaigns["campaign_id"], map(_plain, campaigns["expected_roi"]), strict=True)),
        },
        "answers_sent": dict(zip(world_reach.ANSWERED["name"], world_reach.ANSWERED["sent"], strict=True)),
        "dirt": {"transactions": lines, "customers": dirt["customers"]},
    }


def _plain(value: float) -> float:
    return float(f"{value:.6g}")
