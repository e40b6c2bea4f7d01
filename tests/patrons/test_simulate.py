"""The simulated shop: the same bytes for the same seed, and what was planted is there to be found."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from patrons import simulate, world
from patrons.errors import PatronsError
from patrons.simulate import Parameters

SMALL = Parameters(customers=300, orders=1500, seed=7)


@pytest.fixture(scope="module")
def drawn():
    return simulate.draw(Parameters())


@pytest.fixture(scope="module")
def purchases(drawn):
    return simulate.transactions(drawn)


@pytest.fixture(scope="module")
def large():
    """A shop large enough for its averages to lie close to what was planted."""
    return simulate.draw(Parameters(customers=30_000, orders=150_000, seed=3))


def digests(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def test_same_seed_same_bytes_another_seed_others(tmp_path):
    for name, parameters in (("one", SMALL), ("two", SMALL), ("other", Parameters(300, 1500, 8))):
        simulate.write(parameters, tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert not set(digests(tmp_path / "one").values()) & set(digests(tmp_path / "other").values())


def test_the_truth_in_the_repository_is_that_of_the_default_world(tmp_path, root):
    simulate.write(Parameters(), tmp_path)
    assert (tmp_path / "truth.yml").read_text() == (root / "data" / "truth.yml").read_text()


def test_size_is_what_was_asked_for(drawn, purchases):
    assert drawn.panel == 2000
    assert purchases["order_id"].nunique() == 10_000
    assert purchases["customer_id"].nunique() == 2000
    assert purchases["ordered_at"].between("2020-01-01", "2024-01-01").all()
    assert purchases["ordered_at"].is_monotonic_increasing


def test_kinds_of_customers_and_their_revenue(drawn, purchases):
    kinds = drawn.customers.set_index("customer_id")["kind"]
    shares = kinds.iloc[:2000].value_counts(normalize=True)
    assert shares.round(4).to_dict() == {"regular": 0.4, "occasional": 0.25, "champion": 0.2, "at_risk": 0.15}
    revenue = purchases.groupby(purchases["customer_id"].map(kinds))["amount"].sum() / purchases["amount"].sum()
    assert revenue["champion"] == pytest.approx(0.45, abs=0.05)
    spent = purchases.groupby("customer_id")["amount"].sum().sort_values()
    assert spent.iloc[1000:].mean() / spent.iloc[:1000].mean() > 2.3


def test_those_at_risk_have_been_silent_for_90_days_or_more(drawn, purchases):
    at_risk = drawn.customers.loc[drawn.customers["kind"] == "at_risk", "customer_id"]
    last = pd.to_datetime(purchases["ordered_at"]).groupby(purchases["customer_id"]).max()
    silent = (pd.Timestamp(world.END) - last[last.index.isin(at_risk)]).dt.days
    assert silent.min() >= 89


def test_orders_peak_before_christmas_and_dip_in_spring(large):
    clock = world.season_clock()
    assert np.isclose(clock[-1], len(clock) - 1)
    month = (world.START + np.floor(large.orders["day"]).astype(int).to_numpy()).astype("datetime64[M]").astype(
        int
    ) % 12
    counts = np.bincount(month, minlength=12)
    assert set(np.argsort(counts)[-2:] + 1) == {11, 12}
    later = large.orders["day"] > 730  # when the shop has grown, the year's shape shows
    spring = np.bincount(month[later], minlength=12)
    assert set(np.argsort(spring)[:4] + 1) >= {3, 4}


def test_the_offer_does_what_the_truth_says(large):
    table = large.experiment
    treated = table["arm"] == "discount 20%"
    assert large.effects.treated["sales"] / large.effects.control["sales"] == pytest.approx(1.15)
    assert large.effects.treated["orders"] > large.effects.control["orders"]
    for outcome in ("sales", "orders", "profit", "bought"):
        for group, expected in ((table[treated], large.effects.treated), (table[~treated], large.effects.control)):
            error = group[outcome].std() / np.sqrt(len(group))
            assert abs(group[outcome].mean() - expected[outcome]) < 4 * error
    per_sale = table.groupby(treated)[["profit", "orders"]].sum()
    assert (
        per_sale.loc[True, "profit"] / per_sale.loc[True, "orders"]
        < per_sale.loc[False, "profit"] / per_sale.loc[False, "orders"]
    )


def test_arms_are_halves_drawn_by_lot(drawn):
    table = drawn.experiment
    assert abs((table["arm"] == "no discount").sum() - len(table) / 2) <= 1
    assert table["customer_id"].is_unique
    before = table.groupby("arm")["spend_before"]
    error = np.sqrt((before.var() / before.size()).sum())
    assert abs(before.mean().diff().iloc[-1]) < 4 * error


def test_the_test_agrees_with_the_purchases(drawn, purchases):
    window = purchases[purchases["ordered_at"] >= str(world.TEST_START)]
    sales = window.groupby("customer_id")["amount"].sum()
    table = drawn.experiment.set_index("customer_id")["sales"]
    both = table[table.index.isin(purchases["customer_id"])]
    assert len(both) > 1000
    assert np.allclose(both, sales.reindex(both.index, fill_value=0))


@pytest.mark.slow
def test_power_is_at_least_80_percent_once_spend_before_is_used():
    found = []
    for seed in range(60):
        table = simulate.draw(Parameters(seed=seed)).experiment
        slope = table["sales"].cov(table["spend_before"]) / table["spend_before"].var()
        adjusted = table["sales"] - slope * (table["spend_before"] - table["spend_before"].mean())
        arms = adjusted.groupby(table["arm"])
        found.append(abs(arms.mean().diff().iloc[-1]) > 1.96 * np.sqrt((arms.var() / arms.size()).sum()))
    assert np.mean(found) >= 0.8


def test_dirt_is_planted_by_rule_and_counted(purchases):
    table, counts = simulate.dirty(np.random.default_rng(1), purchases)
    assert len(table) == len(purchases) + counts["return"] + counts["duplicate"]
    assert table.duplicated().sum() == counts["duplicate"]
    once = table.drop_duplicates()
    quantity = once["quantity"].astype(int)
    assert (quantity < 0).sum() == counts["return"]
    assert (quantity >= 100).sum() == counts["implausible_quantity"]
    assert (once["amount"] == "").sum() == counts["missing_amount"]
    assert once["ordered_at"].str.contains("?", regex=False).sum() == counts["unreadable_ordered_at"]
    assert (once["category"] == "").sum() == counts["missing_category"]
    kept = once[quantity > 0]
    assert (kept["customer_id"] == "").sum() == counts["missing_customer"]


def test_clean_purchases_hold_no_duplicates(purchases):
    assert not purchases.duplicated().any()


def test_the_reader_finds_the_dirt_that_was_planted(home, root):
    from patrons import build, paths

    (home / "data").mkdir()
    (home / "data" / "source.yml").write_text((root / "data" / "source.yml").read_text())
    build.build()
    planted = YAML(typ="safe", pure=True).load((home / "data" / "truth.yml").read_text())["dirt"]
    found = build.read_ledger(paths.built("default"), "transactions")
    assert found["set_aside"] == {
        name.replace("_", " ", 1) if name != "unreadable_ordered_at" else "unreadable ordered_at": count
        for name, count in planted.items()
        if name not in ("missing_category", "missing_customer")
    }
    assert found["without_customer"] > 0
    assert build.build().built == ()


def test_the_smallest_world():
    tiny = simulate.draw(Parameters(customers=10, orders=11))
    assert simulate.transactions(tiny)["customer_id"].nunique() == 10
    with pytest.raises(PatronsError, match="at least 10 customers"):
        simulate.draw(Parameters(customers=9, orders=20))
    with pytest.raises(PatronsError, match="10 orders are too few for 10 customers"):
        simulate.draw(Parameters(customers=10, orders=10))
