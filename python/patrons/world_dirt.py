"""What real tills and forms do to their data: spoilt by rule, and counted.

Every kind of dirt falls on rows of its own, so that the reader of the data finds exactly as many as the truth says.
"""

import numpy as np
import pandas as pd

from patrons import world

# Of the lines (for a missing customer, of the orders; for a missing channel, of the lines of the stores).
LINES = {
    "duplicate": 0.008,
    "return": 0.012,
    "implausible_quantity": 0.001,
    "missing_amount": 0.002,
    "unreadable_ordered_at": 0.001,
    "unreadable_amount": 0.001,
    "missing_category": 0.010,
    "missing_channel": 0.030,  # not at random: only the tills of the stores forget it
}
NO_CUSTOMER = 0.010
OUTLIER_FACTOR = 200  # a slipped finger: far more than anybody orders
# Of the customers.
PEOPLE = {
    "duplicate": 0.005,
    "impossible_age": 0.003,
    "missing_age": 0.015,
    "missing_income": 0.015,
    "missing_education": 0.010,
    "implausible_income": 0.0015,  # a nought too many
}
IMPOSSIBLE_AGES = np.array([0, -1, 150, 999])
WITHHELD_INCOME, WITHHELD_SHARE = 75_000, 0.15  # not at random: those who earn more than this keep it to themselves


def soil_lines(
    rng: np.random.Generator, lines: dict[str, np.ndarray], counts: dict[str, int]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Spoil the lines of some orders.

    Parameters
    ----------
    lines
        Columns: order (position), seconds, quantity, discount, unit_price, amount, profit, channel, item.
    counts
        Takes the number of lines of each kind of dirt.

    Returns
    -------
    lines : dict of str to numpy.ndarray
        All lines in their order, copies and returns below their originals.
    marks : dict of str to numpy.ndarray
        True where a cell is missing or unreadable (by kind of dirt), and where a line is a ``return``.
    """
    total = len(lines["order"])
    stores = np.flatnonzero(lines["channel"] == world.CHANNELS.index("store"))
    free = rng.permutation(total)
    marks = {name: np.zeros(total, bool) for name in LINES}
    for name, share in LINES.items():
        if name == "missing_channel":
            rest = np.zeros(total, bool)
            rest[free] = True
            chosen = rng.permutation(stores[rest[stores]])[: max(round(share * len(stores)), 1)]
        else:
            amount = max(round(share * total), 1)
            chosen, free = free[:amount], free[amount:]
        marks[name][chosen] = True
    orders = int(lines["order"][-1]) + 1 if total else 0
    lost = np.zeros(orders, bool)
    lost[rng.permutation(orders)[: max(round(NO_CUSTOMER * orders), 1)]] = True
    marks["missing_customer"] = lost[lines["order"]]
    for name, marked in marks.items():
        counts[name] = counts.get(name, 0) + int(marked.sum())

    soiled = dict(lines)
    wrong = marks.pop("implausible_quantity")
    soiled["quantity"] = np.where(wrong, lines["quantity"] * OUTLIER_FACTOR, lines["quantity"])
    soiled["amount"] = np.where(wrong, soiled["quantity"] * lines["unit_price"], lines["amount"])

    # Copies, and returns (the money goes back some days later), stand below their originals.
    copied, returned = np.flatnonzero(marks.pop("duplicate")), np.flatnonzero(marks.pop("return"))
    rows = np.concatenate([np.arange(total), copied, returned])
    back = np.concatenate([np.zeros(total + len(copied), bool), np.ones(len(returned), bool)])
    sorting = np.argsort(rows, kind="stable")
    rows, back = rows[sorting], back[sorting]
    soiled = {name: values[rows] for name, values in soiled.items()}
    for name in ("quantity", "amount", "profit"):
        soiled[name] = np.where(back, -soiled[name], soiled[name])
    soiled["seconds"] = soiled["seconds"] + np.where(back, rng.integers(2, 30, len(back)) * 86_400, 0)
    return soiled, {name: values[rows] for name, values in marks.items()} | {"return": back}


def soil_people(rng: np.random.Generator, people: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    """Spoil what customers said of themselves; `counts` takes the number of each kind of dirt."""
    count = len(people)
    free = rng.permutation(count)
    marks = {}
    for name, share in PEOPLE.items():
        marks[name] = np.zeros(count, bool)
        marks[name][free[: max(round(share * count), 1)]] = True
        free = free[max(round(share * count), 1) :]
    age, income = people["age"].to_numpy(), people["income"].to_numpy()
    marks["withheld_income"] = np.zeros(count, bool)
    marks["withheld_income"][free] = (income[free] > WITHHELD_INCOME) & (rng.random(len(free)) < WITHHELD_SHARE)
    for name, marked in marks.items():
        counts[name] = counts.get(name, 0) + int(marked.sum())
    wrong_ages = rng.choice(IMPOSSIBLE_AGES, count)
    wrong_income = np.where(marks["implausible_income"], 10 * income, income)
    table = people.assign(
        age=pd.array(np.where(marks["impossible_age"], wrong_ages, age), "Int64"),
        income=pd.array(wrong_income, "Int64"),
        education=people["education"].mask(marks["missing_education"], None),
    )
    table["age"] = table["age"].mask(marks["missing_age"])
    table["income"] = table["income"].mask(marks["missing_income"] | marks["withheld_income"])
    copies = np.flatnonzero(marks["duplicate"])
    rows = np.sort(np.concatenate([np.arange(count), copies]), kind="stable")
    return table.iloc[rows].reset_index(drop=True)
