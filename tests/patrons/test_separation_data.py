"""Outcomes that groups were not made from: thinning is fair, and what came later is later."""

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import clusters, clusters_study, separation_data
from patrons import separation as sep

pytestmark = pytest.mark.slow  # whole chapters are computed

END = pd.Timestamp("2024-01-01")
COLUMNS = ("recency", "frequency", "monetary")


def orders_of(counts, rng):
    """Return so many orders of each customer besides the first, at random times of a year."""
    who = np.repeat(np.arange(len(counts)), counts + 1)
    days = rng.uniform(0, 365, len(who))
    table = pd.DataFrame(
        {
            "customer_id": who,
            "ordered_at": END - pd.to_timedelta(days, unit="D"),
            "revenue": rng.lognormal(3, 0.5, len(who)),
        }
    )
    return table.sort_values(["customer_id", "ordered_at"], ignore_index=True)


def p_of_other_half(orders, rng, thin):
    first = separation_data.halve(orders, rng)
    seen, other = (orders[first], orders[~first]) if thin else (orders, orders)
    found = clusters.cluster(separation_data.summed(seen, END.to_pydatetime()), COLUMNS, "log", "standard", 3, rng)
    later = found.customers["customer_id"].map(other.groupby("customer_id")["revenue"].sum()).fillna(0)
    return sep.welch(later.to_numpy(), found.segments)["p"]


def test_a_coin_is_tossed_for_each_order_but_the_first():
    rng = np.random.default_rng(1)
    orders = orders_of(np.full(500, 10), rng)
    first = separation_data.halve(orders, rng)
    assert first[~orders.duplicated("customer_id")].all()
    rest = first[orders.duplicated("customer_id")]
    assert rest.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.slow
def test_the_test_of_halves_is_fair_where_all_are_alike_and_the_circular_one_is_not():
    honest, circular = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        orders = orders_of(rng.poisson(6, 150), rng)
        honest.append(p_of_other_half(orders, rng, thin=True))
        circular.append(p_of_other_half(orders, rng, thin=False))
    assert np.mean(np.array(circular) < 0.001) == 1
    assert np.mean(np.array(honest) < 0.05) <= 0.175
    assert 0.35 < np.mean(honest) < 0.65


def test_customers_who_differ_are_told_apart_by_the_other_half():
    rng = np.random.default_rng(3)
    orders = orders_of(rng.poisson(np.repeat([2, 12], 75)), rng)
    assert p_of_other_half(orders, rng, thin=True) < 0.001


def test_features_of_orders_are_those_of_transactions():
    orders = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "ordered_at": pd.to_datetime(["2023-12-01 12:00", "2023-12-30 12:00", "2024-01-01 00:00"]),
            "revenue": [10.0, 30.0, 5.0],
        }
    )
    found = separation_data.summed(orders, END.to_pydatetime()).set_index("customer_id")
    assert found.loc["a", ["recency", "frequency", "monetary", "tenure", "average_order_value"]].tolist() == [
        *(1, 2, 40.0, 30, 20.0)
    ]
    assert found.loc["b", "recency"] == 0


SHOP = """
name: Corner shop
reference_date: 2022-01-01
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, ordered_at: at, amount: paid}
analysis: {segments: {k: 2}}
"""
PEOPLE = """
name: A table
tables:
  customers:
    file: people.csv
    columns: {customer_id: who, age: age, web_visits: visits}
    responses: {one: one, two: two}
    features: {score: score, size: size}
analysis: {segments: {k: 2}}
"""


@pytest.fixture
def shop(home, write_source):
    rng = np.random.default_rng(5)
    days = pd.date_range("2021-01-01", "2021-12-31")
    rows = [
        (f"c{who}", days[place], round(float(rng.lognormal(3, 0.4)), 2))
        for who in range(60)
        for place in rng.choice(len(days), 12 if who < 30 else 3, replace=False)
    ]
    table = pd.DataFrame(rows, columns=["who", "at", "paid"])
    return patrons.open(write_source(SHOP, orders__csv=table.to_csv(index=False)))


def grouped(shop, k=2):
    table, columns = clusters_study.features_of(shop)
    asked = shop.analysis.segments
    return clusters.cluster(table, columns, asked.transform, asked.scale, k, np.random.default_rng(0))


def test_what_came_later_is_told_from_what_was_known_before(shop):
    found = separation_data.later(shop, grouped(shop), np.random.default_rng(0))
    assert (found.end - found.start).days == 91  # a quarter of the year
    known = shop.features_at(found.start)
    assert len(found.table) == len(known)
    assert found.left_out == len(shop.customer_features) - len(known)
    assert found.table["revenue"].sum() == pytest.approx(
        shop.outcomes(found.start).set_index("customer_id")["revenue"].reindex(known["customer_id"]).sum()
    )
    assert "customer_id" not in found.table


def test_halves_rest_on_who_has_been_there_long_enough(shop):
    found = separation_data.halves(shop, grouped(shop), np.random.default_rng(0))
    long = shop.customer_features["tenure"] >= separation_data.LEAST_DAYS
    assert len(found.table) == long.sum()
    means = found.table.groupby("group")["orders"].mean()
    assert means.max() > 2 * means.min()


def test_a_table_of_customers_gives_what_the_groups_were_not_made_from(home, write_source):
    rng = np.random.default_rng(6)
    people = pd.DataFrame(
        {
            "who": range(40),
            "age": rng.integers(20, 80, 40),
            "visits": 3,
            "one": rng.integers(0, 2, 40),
            "two": rng.integers(0, 2, 40),
            "score": rng.normal(size=40).round(3),
            "size": rng.normal(size=40).round(3),
        }
    )
    shop = patrons.open(write_source(PEOPLE, people__csv=people.to_csv(index=False)))
    found = grouped(shop)
    assert separation_data.later(shop, found, rng) is None
    assert separation_data.halves(shop, found, rng) is None
    other = separation_data.otherwise(shop, found)
    assert list(other.outcomes) == ["answers", "age"]  # visits are the same for everybody
    assert other.table["answers"].sum() == people[["one", "two"]].to_numpy().sum()
