"""What is spoilt, and that all of it is counted."""

import numpy as np
import pandas as pd
import pytest

from patrons import world_dirt


@pytest.fixture(scope="module")
def lines():
    rng = np.random.default_rng(0)
    count = 20_000
    return {
        "order": np.sort(rng.integers(0, 9_000, count)),
        "item": rng.integers(0, 96, count),
        "quantity": rng.integers(1, 9, count),
        "discount": np.zeros(count, int),
        "unit_price": rng.integers(100, 9_000, count),
        "amount": np.zeros(count, int),
        "profit": rng.integers(1, 500, count),
        "seconds": np.sort(rng.integers(0, 10**8, count)),
        "channel": rng.integers(0, 3, count),
    }


def soiled(lines, seed=1):
    counts = {}
    clean = lines | {"amount": lines["quantity"] * lines["unit_price"]}
    table, marks = world_dirt.soil_lines(np.random.default_rng(seed), clean, counts)
    return clean, table, marks, counts


def test_lines_are_spoilt_as_often_as_counted(lines):
    clean, table, marks, counts = soiled(lines)
    total = len(clean["order"])
    assert len(table["order"]) == total + counts["duplicate"] + counts["return"]
    assert counts["duplicate"] == round(0.008 * total)
    assert (table["quantity"] < 0).sum() == counts["return"] == marks["return"].sum()
    assert (table["quantity"] >= world_dirt.OUTLIER_FACTOR).sum() == counts["implausible_quantity"]
    for name in ("missing_amount", "unreadable_ordered_at", "unreadable_amount", "missing_category", "missing_channel"):
        assert marks[name].sum() == counts[name] > 0
    assert (clean["channel"] == 2).sum() * 0.03 == pytest.approx(counts["missing_channel"], abs=1)


def test_every_spoilt_line_is_spoilt_once(lines):
    _, _, marks, _ = soiled(lines)
    once = sum(mark.astype(int) for name, mark in marks.items() if name != "missing_customer")
    assert once.max() == 1


def test_only_stores_forget_their_channel(lines):
    _, table, marks, _ = soiled(lines)
    assert (table["channel"][marks["missing_channel"]] == 2).all()


def test_whole_orders_lose_their_customer(lines):
    _, table, marks, _ = soiled(lines)
    by_order = pd.Series(marks["missing_customer"]).groupby(table["order"])
    assert (by_order.nunique() == 1).all()


def test_returns_follow_their_purchase(lines):
    clean, table, marks, _ = soiled(lines)
    back = np.flatnonzero(marks["return"])
    for name in ("quantity", "amount", "profit"):
        assert (table[name][back] == -table[name][back - 1]).all()
    days = (table["seconds"][back] - table["seconds"][back - 1]) / 86_400
    assert days.min() >= 2
    assert days.max() < 30
    assert (clean["amount"] > 0).all()


def test_a_handful_of_lines_can_be_spoilt(lines):
    few = {name: values[:12] for name, values in lines.items()}
    _, table, _, counts = soiled(few)
    assert len(table["order"]) == 12 + counts["duplicate"] + counts["return"]


def test_people_are_spoilt_as_often_as_counted():
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(4_000)],
            "age": rng.integers(18, 88, 4_000),
            "income": rng.lognormal(10.7, 0.4, 4_000).round(-2).astype(int),
            "education": rng.choice(["school", "college"], 4_000),
        }
    )
    counts = {}
    table = world_dirt.soil_people(np.random.default_rng(1), people, counts)
    assert table.duplicated().sum() == counts["duplicate"] == 20
    once = table.drop_duplicates()
    assert (~once["age"].dropna().between(18, 110)).sum() == counts["impossible_age"]
    assert once["age"].isna().sum() == counts["missing_age"]
    assert once["education"].isna().sum() == counts["missing_education"]
    assert once["income"].isna().sum() == counts["missing_income"] + counts["withheld_income"]
    withheld = once["income"].isna().to_numpy() & (people["income"] > world_dirt.WITHHELD_INCOME).to_numpy()
    assert withheld.sum() >= counts["withheld_income"] > 0
    raised = once["income"].astype(float).to_numpy() == 10 * people["income"].to_numpy()
    assert raised.sum() == counts["implausible_income"]
