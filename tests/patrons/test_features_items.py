"""What is bought, and what is bought together: four orders worked by hand."""

import ibis
import pytest

from patrons.features_items import pairs, spend_by

#   1: tea cup   2: tea cup (tea twice)   3: tea   4: pot, and a line nobody knows the product of
ROWS = {
    "customer_id": ["anna", "anna", "anna", "anna", "anna", "ben", None, None],
    "order_id": ["1", "1", "2", "2", "2", "3", "4", "4"],
    "product": ["tea", "cup", "tea", "cup", "tea", "tea", "pot", None],
    "amount": [1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 9.0, 4.0],
    "profit": [0.5] * 8,
}


@pytest.fixture(scope="module")
def transactions():
    return ibis.duckdb.connect().create_table("t", ibis.memtable(ROWS))


def test_spend_by_product(transactions):
    frame = spend_by(transactions, "product").to_pandas()
    assert frame["product"].where(frame["product"].notna(), "?").tolist() == ["pot", "cup", "tea", "?"]
    assert frame["revenue"].tolist() == [9.0, 4.0, 4.0, 4.0]
    assert frame["orders"].tolist() == [1, 2, 3, 1]
    assert frame["customers"].tolist() == [0, 1, 2, 0]
    assert frame["lines"].tolist() == [1, 2, 4, 1]
    assert frame["profit"].tolist() == [0.5, 1.0, 2.0, 0.5]


def test_without_profit(transactions):
    assert "profit" not in spend_by(transactions.drop("profit"), "product").columns


def test_pairs_by_hand(transactions):
    frame = pairs(transactions, "product")
    assert len(frame) == 1
    assert frame.iloc[0].to_dict() == {
        "a": "cup",
        "b": "tea",
        "orders": 2,
        "orders_a": 2,
        "orders_b": 3,
        "orders_all": 4,
        "support": 0.5,
        "confidence_ab": 1.0,
        "confidence_ba": 2 / 3,
        "lift": 2 * 4 / (2 * 3),
    }


def test_pairs_never_bought_together(transactions):
    frame = pairs(transactions, "product", least=0)
    assert set(zip(frame["a"], frame["b"], frame["orders"], strict=True)) == {
        ("cup", "tea", 2),
        ("cup", "pot", 0),
        ("pot", "tea", 0),
    }


def test_rare_pairs_and_rare_items_are_left_out(transactions):
    assert pairs(transactions, "product", least=3).empty
    assert pairs(transactions, "product", most=1).empty


def test_no_known_item(transactions):
    assert pairs(transactions.mutate(product=ibis.null("string")), "product").empty
