"""The simulated shop as files: the same bytes for the same seed, and what was planted is there to be found."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from patrons import simulate, world_draw, world_truth
from patrons.errors import PatronsError
from patrons.simulate import TABLES, Parameters

SMALL = Parameters(customers=300, orders=1500, seed=7)
# SHA-256 of the tables of that world. A change here is a change of every number of the book: make it on purpose.
DIGESTS = {
    "transactions": "cda1ff8e373b35c7a21fce0565c126fd2e823dc53cb6c657870f7246d8124473",
    "customers": "2c40555d6573e6689c49f7ec669ef4ae746e81ba7aff4f84132ba5d27f248651",
    "campaigns": "7db0a300ee5177a1f5cd237a3ebbbd899db5b68f43f45fa803799ac0915772c4",
    "experiment": "5063a8376be284bfc43c53a59463ffca9e75b3a1c9eb10610d4589972843f3f1",
    "engagement": "18a7eac5cff1d5f1344ffca7bbc8bf66dcb2030a2115d82e8e9a4f298816dd30",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    simulate.write(SMALL, folder)
    return folder


@pytest.fixture(scope="module")
def bought(small):
    return pd.read_csv(small / "transactions.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def truth(small):
    return YAML(typ="safe", pure=True).load((small / "truth.yml").read_text())


def digests(folder):
    return {name: hashlib.sha256((folder / f"{name}.csv").read_bytes()).hexdigest() for name in TABLES}


def test_the_bytes_are_those_they_have_always_been(small):
    assert digests(small) == DIGESTS


def test_same_seed_same_bytes_another_seed_others(small, tmp_path):
    for name, parameters in (("again", SMALL), ("other", Parameters(300, 1500, 8))):
        simulate.write(parameters, tmp_path / name)
    assert digests(tmp_path / "again") == digests(small)
    assert not set(digests(tmp_path / "other").values()) & set(digests(small).values())
    assert (tmp_path / "again" / "truth.yml").read_text() == (small / "truth.yml").read_text()


def test_the_truth_in_the_repository_is_that_of_the_default_world(tmp_path, root):
    simulate.write(Parameters(), tmp_path)
    assert (tmp_path / "truth.yml").read_text() == (root / "data" / "truth.yml").read_text()


def test_size_is_what_was_asked_for(bought, small):
    once = bought[~bought["order_id"].str.startswith("R")]
    assert once["order_id"].nunique() == 1500
    customers = pd.read_csv(small / "customers.csv")
    assert customers["customer_id"].nunique() == 300
    assert set(once["customer_id"]) - {""} <= set(customers["customer_id"])


def test_the_till_is_dirty_as_the_truth_says(bought, truth):
    planted = truth["dirt"]["transactions"]
    assert bought.duplicated().sum() == planted["duplicate"]
    once = bought.drop_duplicates()
    returned = once["order_id"].str.startswith("R")
    assert returned.sum() == planted["return"] == (once["quantity"].astype(int) < 0).sum()
    kept = once[~returned]
    assert (kept["quantity"].astype(int) >= 100).sum() == planted["implausible_quantity"]
    assert (kept["amount"] == "").sum() == planted["missing_amount"]
    assert (kept["amount"] == "see note").sum() == planted["unreadable_amount"]
    assert kept["ordered_at"].str.contains("?", regex=False).sum() == planted["unreadable_ordered_at"]
    assert (kept["customer_id"] == "").sum() == planted["missing_customer"]
    for name in ("category", "channel"):
        assert (kept[name] == "").sum() == planted[f"missing_{name}"]


def test_money_is_written_in_pounds_and_pence(bought):
    for name in ("unit_price", "profit"):
        assert bought[name].str.fullmatch(r"-?\d+\.\d\d").all()
    plain = bought[~bought["amount"].isin(["", "see note"])]
    computed = plain["unit_price"].astype(float) * plain["quantity"].astype(int)
    assert np.allclose(plain["amount"].astype(float), computed)


def test_the_test_agrees_with_the_purchases(small):
    parts = list(world_draw.parts(world_draw.make_plan(SMALL)))
    table = pd.read_csv(small / "experiment.csv")
    assert len(table) == sum(part.eligible.sum() for part in parts)
    part = parts[0]
    late = part.orders.day[part.lines.order] >= world_draw.BEGIN
    sales = np.bincount(part.orders.who[part.lines.order][late], part.lines.amount[late], part.block.size) / 100
    mine = table[table["customer_id"] <= f"C{part.block.size:07d}"]
    assert np.allclose(mine["sales"], sales[part.eligible])
    assert table["customer_id"].is_unique
    assert np.ptp(table["arm"].value_counts()) <= len(parts)
    assert table[["spend_before", "orders_before"]].gt(0).all().all()


def test_engagement_is_about_the_customers(small):
    visits = pd.read_csv(small / "engagement.csv")
    customers = pd.read_csv(small / "customers.csv").drop_duplicates()
    assert set(visits["customer_id"]) == set(customers["customer_id"])
    last = visits[visits["month"] == "2023-12-01"].set_index("customer_id")["web_visits"]
    assert (customers.set_index("customer_id")["web_visits"] == last).all()


def test_parquet_holds_the_same_in_types(small, tmp_path, bought, truth):
    found = simulate.write(SMALL, tmp_path, form="parquet")
    table = pd.read_parquet(tmp_path / "transactions.parquet")
    assert len(table) == len(bought)
    assert (table["order_id"] == bought["order_id"]).all()
    readable = ~bought["amount"].isin(["", "see note"])
    assert np.allclose(table.loc[readable, "amount"], bought.loc[readable, "amount"].astype(float))
    assert table.loc[~readable, "amount"].isna().all()
    assert str(table["ordered_at"].dtype) == "datetime64[us]"
    planted = truth["dirt"]["transactions"]
    assert found["dirt"]["transactions"]["missing_ordered_at"] == planted["unreadable_ordered_at"]
    for name in TABLES[1:]:
        theirs = pd.read_csv(small / f"{name}.csv")
        assert list(pd.read_parquet(tmp_path / f"{name}.parquet")) == list(theirs)


def test_a_world_is_written_block_by_block(tmp_path, monkeypatch):
    monkeypatch.setattr(world_draw, "BLOCK", 100)
    monkeypatch.setattr(world_draw, "TESTED", 350)
    told = []
    found = simulate.write(SMALL, tmp_path, say=told.append)
    assert found["orders"] == 1500
    assert len(told) == 3
    table = pd.read_csv(tmp_path / "transactions.csv")
    kept = table[~table["order_id"].str.startswith("R")]
    assert sorted(kept["order_id"].unique()) == [f"O{number:08d}" for number in range(1, 1501)]
    assert kept.groupby("order_id")["customer_id"].nunique().max() == 1
    customers = pd.read_csv(tmp_path / "customers.csv")["customer_id"].unique()
    assert list(customers) == [f"C{number:07d}" for number in range(1, 301)]


@pytest.mark.slow
def test_the_reader_finds_the_dirt_that_was_planted(home, root):
    from patrons import build, paths

    (home / "data").mkdir()
    (home / "data" / "source.yml").write_text((root / "data" / "source.yml").read_text())
    build.build()
    planted = YAML(typ="safe", pure=True).load((home / "data" / "truth.yml").read_text())["dirt"]
    lines, people = planted["transactions"], planted["customers"]
    found = {name: build.read_ledger(paths.built("default"), name) for name in TABLES}
    assert found["transactions"]["set_aside"] == {
        "return": lines["return"],
        "duplicate": lines["duplicate"],
        "implausible quantity": lines["implausible_quantity"],
        "missing amount": lines["missing_amount"],
        "unreadable amount": lines["unreadable_amount"],
        "unreadable ordered_at": lines["unreadable_ordered_at"],
    }
    assert 0 < found["transactions"]["without_customer"] <= lines["missing_customer"]
    assert found["customers"]["set_aside"] == {
        "duplicate": people["duplicate"],
        "impossible age": people["impossible_age"],
    }
    assert not any(found[name]["set_aside"] for name in ("campaigns", "experiment", "engagement"))
    assert build.build().built == ()


def test_the_smallest_world(tmp_path, monkeypatch):
    monkeypatch.setattr(world_truth, "REFERENCE", 2_000)
    simulate.write(Parameters(customers=10, orders=11), tmp_path)
    assert pd.read_csv(tmp_path / "customers.csv")["customer_id"].nunique() == 10
    with pytest.raises(PatronsError, match="at least 10 customers"):
        world_draw.make_plan(Parameters(customers=9, orders=20))
    with pytest.raises(PatronsError, match="10 orders are too few for 10 customers"):
        world_draw.make_plan(Parameters(customers=10, orders=10))


def test_what_is_planted_in_each_customer_is_written_down(small, truth):
    planted = pd.read_csv(small / "planted.csv")
    assert list(planted) == ["customer_id", "kind", "rate", "order_value", "days_gone"]
    shares = planted["kind"].value_counts(normalize=True).round(2).to_dict()
    assert shares == truth["customers"]["kinds"] and planted["customer_id"].is_unique
    silent = planted.loc[planted["kind"] == "at_risk", "days_gone"]
    assert silent.between(90, 365).all()
