"""The simulated shop as files: four years' purchases, their customers, a test of a discount, and the truth.

The same parameters give the same bytes. `patrons.world` holds the model; here it is run, dirtied and written.
"""

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from patrons import paths, world
from patrons.errors import PatronsError

# Dirt, as a share of lines (or, for a missing customer, of orders). Each is planted on lines of its own, so that
# the reader of the data finds exactly as many as the truth says.
DIRT = {
    "duplicate": 0.008,
    "return": 0.012,
    "implausible_quantity": 0.001,
    "missing_amount": 0.002,
    "unreadable_ordered_at": 0.001,
    "missing_category": 0.010,
}
AGE_BANDS = np.array(["under 30", "30 to 45", "46 to 60", "over 60"])
NO_CUSTOMER = 0.010
TESTED = 6_000  # customers of the whole shop, who were candidates for the test, unless more are asked for
OUTLIER_FACTOR = 200  # a slipped finger: far more than anybody orders


@dataclass(frozen=True)
class Parameters:
    """What a simulated world is made from."""

    customers: int = 2_000
    orders: int = 10_000
    seed: int = 20231231


@dataclass(frozen=True)
class World:
    """A simulated shop, before any dirt.

    Attributes
    ----------
    customers : pandas.DataFrame
        With their behaviour, which the shop cannot see.
    panel : int
        The first so many customers are those whose purchases and details are handed out. The test was run
        on all: on fewer, a lift of `world.SALES_LIFT` could not be told from chance.
    orders : pandas.DataFrame
        who (position in customers), day (since the start), offer, channel; in order of time.
    lines : pandas.DataFrame
        What is in the orders; ``order`` is a position in `orders`.
    experiment : pandas.DataFrame
        A row per customer in the test.
    effects : world.Effects
        What the offer is expected to do to them.
    """

    customers: pd.DataFrame
    panel: int
    orders: pd.DataFrame
    lines: pd.DataFrame
    experiment: pd.DataFrame
    effects: world.Effects


def draw(parameters: Parameters) -> World:
    """Draw a world.

    Raises
    ------
    PatronsError
        If there are not more orders than customers: everybody has ordered once, and some again.
    """
    panel = parameters.customers
    if panel < 10:
        raise PatronsError(f"a world needs at least 10 customers, not {panel}")
    if parameters.orders <= panel:
        raise PatronsError(
            f"{parameters.orders:,} orders are too few for {panel:,} customers: each has ordered once, and some again"
        )
    seeds = np.random.SeedSequence(parameters.seed).spawn(5)
    people, wares, before, test, content = (np.random.default_rng(seed) for seed in seeds)
    groups = [world.draw_customers(people, count) for count in (panel, max(TESTED - panel, 0)) if count]
    customers = pd.concat(groups, ignore_index=True)
    customers.insert(0, "customer_id", [f"C{number:06d}" for number in range(1, len(customers) + 1)])
    tastes = world.draw_tastes(people, len(customers))
    products = world.draw_products(wares)
    clock = world.season_clock()
    rate = world.scale_rates(customers, clock, panel, parameters.orders)

    history = _before_the_test(before, customers, rate, clock)
    begin = _day(world.TEST_START)
    eligible = np.sort(history["who"][history["day"].between(begin - 365, begin, inclusive="left")].unique())
    treated = np.zeros(len(customers), bool)
    treated[test.permutation(eligible)[: len(eligible) // 2]] = True

    start = np.maximum(customers["joined"].to_numpy(), begin)
    stop = np.maximum(customers["gone"].to_numpy(), start)
    mean = rate * (world.to_clock(clock, stop) - world.to_clock(clock, start))
    more = np.ones(len(customers))
    more[eligible], _ = world.order_response(customers.iloc[eligible], tastes[eligible], products, mean[eligible])
    chances = mean * np.where(treated, more, 1.0)
    # The number of orders asked for is met exactly: a Poisson process given its total is multinomial.
    left = max(parameters.orders - int((history["who"] < panel).sum()), 0)
    level = left / chances[:panel].sum()
    counts = np.concatenate(
        [
            test.multinomial(left, chances[:panel] / chances[:panel].sum()),
            test.poisson(level * chances[panel:]),
        ]
    )
    who, day = world.draw_times(test, clock, counts, start, stop)
    effects = world.order_response(customers.iloc[eligible], tastes[eligible], products, level * mean[eligible])[1]

    orders = pd.concat([history, pd.DataFrame({"who": who, "day": day})])
    orders = orders.sort_values(["day", "who"], kind="stable", ignore_index=True)
    orders["offer"] = treated[orders["who"]] & (orders["day"] >= begin)
    orders["channel"] = _channels(content, customers, orders["who"].to_numpy())
    lines = world.draw_lines(content, orders, customers, tastes, products)
    experiment = _experiment(customers, orders, lines, eligible, treated)
    return World(customers, panel, orders, lines, experiment, effects)


def _day(date: np.datetime64) -> float:
    return float((date - world.START) / np.timedelta64(1, "D"))


def _before_the_test(
    rng: np.random.Generator, customers: pd.DataFrame, rate: np.ndarray, clock: np.ndarray
) -> pd.DataFrame:
    """Draw everybody's first order, and the later ones up to the test, when all buy as they are."""
    joined, gone = customers["joined"].to_numpy(), customers["gone"].to_numpy()
    until = np.clip(gone, joined, np.maximum(_day(world.TEST_START), joined))
    mean = rate * (world.to_clock(clock, until) - world.to_clock(clock, joined))
    who, day = world.draw_times(rng, clock, rng.poisson(mean), joined, until)
    first = pd.DataFrame({"who": np.arange(len(customers)), "day": joined})
    return pd.concat([first, pd.DataFrame({"who": who, "day": day})], ignore_index=True)


def _channels(rng: np.random.Generator, customers: pd.DataFrame, who: np.ndarray) -> np.ndarray:
    """Draw where each order was placed: the young on the web, the old more often from the catalogue."""
    age = customers["age"].to_numpy()
    web = np.clip(0.85 - 0.008 * (age - 18), 0.25, 0.85)
    catalogue = np.clip(0.05 + 0.005 * (age - 18), 0.05, 0.4)
    draws = rng.random(len(who))
    chosen = np.where(draws < web[who], 0, np.where(draws < (web + catalogue)[who], 1, 2))
    return np.array(world.CHANNELS)[chosen]


def _experiment(
    customers: pd.DataFrame,
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    eligible: np.ndarray,
    treated: np.ndarray,
) -> pd.DataFrame:
    """Return what each customer in the test did in it, and what they spent in the year before."""
    begin = _day(world.TEST_START)
    per_line = orders.iloc[lines["order"]].reset_index(drop=True)
    per_line[["amount", "profit"]] = lines[["amount", "profit"]].to_numpy()
    inside = per_line[per_line["day"] >= begin].groupby("who")
    year_before = per_line[(per_line["day"] >= begin - 365) & (per_line["day"] < begin)].groupby("who")
    placed = orders[orders["day"] >= begin].groupby("who").size()
    group = customers.iloc[eligible]

    def of_each(values: pd.Series) -> np.ndarray:
        return values.reindex(eligible, fill_value=0).to_numpy()

    return pd.DataFrame(
        {
            "customer_id": group["customer_id"].to_numpy(),
            "arm": np.where(treated[eligible], "discount 20%", "no discount"),
            "assigned_at": str(world.TEST_START),
            "gender": group["gender"].to_numpy(),
            "age_band": pd.cut(
                group["age"], [0, 29, 45, 60, 200], labels=["under 30", "30 to 45", "46 to 60", "over 60"]
            )
            .astype(str)
            .to_numpy(),
            "region": group["region"].to_numpy(),
            "spend_before": np.round(of_each(year_before["amount"].sum()), 2),
            "sales": np.round(of_each(inside["amount"].sum()), 2),
            "orders": of_each(placed).astype(int),
            "profit": np.round(of_each(inside["profit"].sum()), 2),
            "bought": (of_each(placed) > 0).astype(int),
        }
    )


def transactions(drawn: World) -> pd.DataFrame:
    """Return the lines of all orders as the shop's till writes them."""
    drawn_orders = drawn.orders.assign(order_id=_number(drawn.orders["who"] < drawn.panel))
    handed_out = (drawn.orders["who"] < drawn.panel).to_numpy()[drawn.lines["order"]]
    lines = drawn.lines[handed_out].reset_index(drop=True)
    orders = drawn_orders.iloc[lines["order"]].reset_index(drop=True)
    customers = drawn.customers.iloc[orders["who"]].reset_index(drop=True)
    seconds = world.to_seconds(orders["day"].to_numpy())
    ordered_at = world.START.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "customer_id": customers["customer_id"],
            "ordered_at": np.char.replace(ordered_at.astype(str), "T", " "),
            "product": lines["product"],
            "category": lines["category"],
            "quantity": lines["quantity"],
            "unit_price": lines["unit_price"],
            "discount": lines["discount"],
            "amount": lines["amount"],
            "profit": lines["profit"],
            "channel": orders["channel"],
            "region": customers["region"],
        }
    )


def _number(counted: pd.Series) -> pd.Series:
    """Number the orders that are handed out, in order of time."""
    return "O" + counted.cumsum().astype(str).str.zfill(7)


def dirty(rng: np.random.Generator, clean: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Plant what real tills do to their data, by rule, and count it.

    Parameters
    ----------
    clean
        From `transactions`.

    Returns
    -------
    pandas.DataFrame
        All of `clean`, some of it spoilt, with returns and duplicates added; money and quantity as text.
    dict of str to int
        Lines of each kind of dirt (`missing_customer`: lines of the orders that lost their customer).
    """
    table = clean.copy()
    for name in ("unit_price", "amount", "profit", "discount"):
        table[name] = table[name].map("{:.2f}".format)
    table["quantity"] = table["quantity"].astype(str)
    counts = {name: max(round(share * len(table)), 1) for name, share in DIRT.items()}
    picked = iter(np.split(rng.permutation(len(table))[: sum(counts.values())], np.cumsum(list(counts.values()))[:-1]))
    places = {name: next(picked) for name in counts}

    # A return is a line of its own, some days after the purchase, with the money going back.
    back = clean.iloc[places["return"]].copy()
    back["ordered_at"] = (
        pd.to_datetime(back["ordered_at"]) + pd.to_timedelta(rng.integers(2, 30, len(back)), "D")
    ).astype(str)
    back["order_id"] = "R" + back["order_id"].str[1:]
    for name in ("amount", "profit"):
        back[name] = (-clean[name].iloc[places["return"]]).map("{:.2f}".format)
    back["quantity"] = (-clean["quantity"].iloc[places["return"]]).astype(str)
    for name in ("unit_price", "discount"):
        back[name] = back[name].map("{:.2f}".format)

    def spoil(rows: np.ndarray, column: str, values: Any) -> None:
        content = table[column].to_numpy().copy()
        content[rows] = values
        table[column] = content

    wrong = places["implausible_quantity"]
    quantity = clean["quantity"].to_numpy()[wrong] * OUTLIER_FACTOR
    spoil(wrong, "quantity", quantity.astype(str))
    amounts = quantity * clean["unit_price"].to_numpy()[wrong]
    spoil(wrong, "amount", [f"{amount:.2f}" for amount in amounts])
    spoil(places["missing_amount"], "amount", "")
    when = table["ordered_at"].iloc[places["unreadable_ordered_at"]]
    spoil(places["unreadable_ordered_at"], "ordered_at", when.str.replace("-", "?", n=1).to_numpy())
    spoil(places["missing_category"], "category", "")
    names = table["order_id"].unique()
    lost = table["order_id"].isin(rng.choice(names, max(round(NO_CUSTOMER * len(names)), 1), replace=False))
    table.loc[lost, "customer_id"] = ""
    counts["missing_customer"] = int(lost.sum())

    # Copies last, right below their originals, of lines that the loss of customers may have touched too.
    copies = table.iloc[places["duplicate"]]
    table = pd.concat([table, copies, back]).sort_index(kind="stable").reset_index(drop=True)
    return table, counts


def truth(parameters: Parameters, drawn: World, planted: dict[str, int]) -> dict[str, Any]:
    """Return what is true of a world, as the analysis defines it."""
    effects = drawn.effects
    handed_out = drawn.customers.iloc[: drawn.panel]
    kinds = handed_out["kind"].value_counts()
    lifts = {
        name: {
            "control_mean": _plain(effects.control[name]),
            "lift": _plain(effects.treated[name] - effects.control[name]),
            "lift_share": _plain(effects.treated[name] / effects.control[name] - 1),
        }
        for name in effects.control
    }
    return {
        "parameters": asdict(parameters),
        "customers": {
            "count": drawn.panel,
            "kinds": {name: int(kinds[name]) for name in world.KINDS["kind"]},
        },
        "orders": int((drawn.orders["who"] < drawn.panel).sum()),
        "season": {
            "peak_months": [11, 12],
            "low_months": list(world.OFF_PEAK),
            "intensity": {
                f"{month:02d}": _plain(weight * (world.OFF_PEAK_LIFT if month in world.OFF_PEAK else 1.0))
                for month, weight in enumerate(world.MONTHS, 1)
            },
            "off_peak_lift": world.OFF_PEAK_LIFT,
        },
        "experiment": {
            "control": "no discount",
            "treated": "discount 20%",
            "offer": world.OFFER,
            "customers": len(drawn.experiment),
            "outcomes": lifts,
        },
        "dirt": planted,
    }


def _plain(value: float) -> float:
    return float(f"{value:.6g}")


def write(parameters: Parameters, folder: Path, truth_file: Path | None = None) -> dict[str, Any]:
    """Write a world's tables as CSV, and what is true of it.

    Parameters
    ----------
    parameters
        What to simulate.
    folder
        Where customers.csv, transactions.csv and experiment.csv go.
    truth_file
        Where the truth goes; default truth.yml in the folder.

    Returns
    -------
    dict
        The truth.
    """
    drawn = draw(parameters)
    grime = np.random.default_rng(np.random.SeedSequence(parameters.seed).spawn(6)[5])
    bought, planted = dirty(grime, transactions(drawn))
    customers = drawn.customers.iloc[: drawn.panel].drop(columns=["kind", "gone", "rate", "order_value", "sensitivity"])
    joined = world.START + np.floor(customers.pop("joined").to_numpy()).astype("timedelta64[D]")
    customers["joined_at"] = joined.astype(str)
    customers["income"] = customers["income"].astype(int)
    for name, table in (("customers", customers), ("transactions", bought), ("experiment", drawn.experiment)):
        with paths.replacing(folder / f"{name}.csv") as part:
            table.to_csv(part, index=False, lineterminator="\n")
    facts = truth(parameters, drawn, planted)
    text = io.StringIO()
    yaml = YAML()
    yaml.dump(facts, text)
    paths.write_text(
        truth_file or folder / "truth.yml",
        "# Written by `python -m patrons simulate`: what was planted in the simulated world.\n" + text.getvalue(),
    )
    return facts
