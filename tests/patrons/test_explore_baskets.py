"""Shares of categories and pairs bought together, on baskets that can be worked by hand."""

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import explore_baskets, features_items


@pytest.fixture
def baskets():
    """Ten orders of five customers: bread and butter in four, bread alone in two, butter in one, milk in three."""
    orders = [*[("bread", "butter")] * 4, *[("bread",)] * 2, ("butter",), *[("milk",)] * 3]
    rows = [
        {"order_id": f"o{place}", "customer_id": f"c{place % 5}", "product": item}
        for place, items in enumerate(orders)
        for item in items
    ]
    return ibis.memtable(pd.DataFrame(rows))


def test_a_pair_by_hand(baskets):
    pairs = features_items.pairs(baskets, "product", least=1)
    row = explore_baskets.associate(pairs, explore_baskets.family(3)).set_index(["a", "b"]).loc[("bread", "butter")]
    assert (row["support"], row["confidence_ab"], row["confidence_ba"]) == (0.4, pytest.approx(4 / 6), 0.8)
    assert row["lift"] == pytest.approx(4 * 10 / (6 * 5))
    fisher = stats.fisher_exact([[4, 2], [1, 3]], alternative="greater").pvalue
    assert row["p"] == pytest.approx(fisher)
    assert row["p_holm"] == pytest.approx(3 * fisher)  # three pairs could be formed, though one was found


def test_the_correction_never_lets_a_larger_p_pass_a_smaller_one():
    pairs = pd.DataFrame({"orders": [30, 20, 9], "orders_a": [40] * 3, "orders_b": [40] * 3, "orders_all": [200] * 3})
    found = explore_baskets.associate(pairs, 10)
    assert found["p_holm"].is_monotonic_increasing
    assert found["p_holm"].iloc[0] == pytest.approx(10 * found["p"].iloc[0])
    assert found["p_holm"].le(1).all()


def test_what_is_bought_together_less_often_is_not_shown():
    table = pd.DataFrame(
        {"a": ["x", "y"], "b": ["z", "z"], "lift": [0.2, 1.4], "p": [0.001, 0.4], "p_holm": [0.002, 0.8]}
    )
    assert explore_baskets.strongest(table)["a"].tolist() == ["y"]


def test_customers_are_counted_and_not_named(baskets):
    shown = pd.DataFrame({"a": ["bread"], "b": ["butter"], "lift": [4 / 3]})
    counts = explore_baskets.count_by_customer(baskets, "product", shown)
    assert counts.sum().to_dict() == {"orders": 10, "a0": 6, "b0": 5, "both0": 4}
    assert len(counts) == 5
    assert "who" not in counts


def test_the_interval_is_near_that_of_a_bootstrap_over_customers():
    rng = np.random.default_rng(5)
    n = 600
    orders = rng.poisson(6, n) + 1
    taste = rng.beta(2, 6, n)
    a, b = rng.binomial(orders, taste), rng.binomial(orders, taste)
    both = np.minimum(rng.binomial(np.minimum(a, b), 0.5), np.minimum(a, b))
    counts = pd.DataFrame({"orders": orders, "a0": a, "b0": b, "both0": both})
    lift = both.sum() * orders.sum() / (a.sum() * b.sum())
    row = explore_baskets.bound(pd.DataFrame({"lift": [lift]}), counts).iloc[0]
    draws = []
    for _ in range(800):
        total = counts.iloc[rng.integers(0, n, n)].sum()
        draws.append(total["both0"] * total["orders"] / (total["a0"] * total["b0"]))
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(draws, [0.025, 0.975]), rel=0.02)


def test_shares_add_up_and_small_parts_join_the_others():
    wide = pd.DataFrame({"tea": [6.0] * 10, "rare": [0.0] * 8 + [10, 10], "few": [1.0] * 3 + [0] * 7})
    found = explore_baskets.divide(wide, np.random.default_rng(1), smallest=4)
    assert found["part"].tolist() == ["tea", explore_baskets.OTHERS]
    assert found["share"].tolist() == [pytest.approx(60 / 83), pytest.approx(23 / 83)]
    assert found["customers"].tolist() == [10, 5]
    assert (found["low"] <= found["share"]).all()
    assert (found["share"] <= found["high"]).all()


def test_customers_without_any_of_it_count():
    spend = pd.DataFrame({"customer_id": ["a", "a", "b"], "category": ["x", None, "x"], "revenue": [1.0, 2, 3]})
    wide = explore_baskets.widen(spend, "category", "revenue", customers=4)
    assert wide.sum().to_dict() == {explore_baskets.UNKNOWN: 2, "x": 4}
    assert len(wide) == 4


def test_nothing_to_divide():
    assert explore_baskets.divide(pd.DataFrame({"x": [0.0, 0.0]}), np.random.default_rng(1), 5).empty
