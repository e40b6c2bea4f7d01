"""Recency, frequency, monetary value: a small table worked by hand."""

from datetime import datetime

import ibis
import pytest

from patrons.features import customer_features, totals

#   anna   A1 (two lines) and A2; the last order on 10 Jan at 12:00
#   ben    B1 alone, on the reference day itself
#   nobody a row without a customer
ROWS = {
    "customer_id": ["anna", "anna", "anna", "ben", None],
    "order_id": ["A1", "A1", "A2", "B1", "N1"],
    "ordered_at": [
        datetime(2020, 1, 1, 9),
        datetime(2020, 1, 1, 9),
        datetime(2020, 1, 10, 12),
        datetime(2020, 1, 31, 15),
        datetime(2020, 2, 1),
    ],
    "product": ["tea", "cup", "tea", "pot", "jug"],
    "amount": [10.0, 5.0, 3.0, 40.0, 100.0],
}


@pytest.fixture(scope="module")
def transactions():
    return ibis.duckdb.connect().create_table("t", ibis.memtable(ROWS))


def test_features_by_hand(transactions):
    # 31 Jan 00:00 is 20 days and 12 hours after anna's last order, 29 days and 15 hours after her first.
    frame = customer_features(transactions, datetime(2020, 1, 31)).to_pandas().set_index("customer_id")
    assert list(frame.index) == ["anna", "ben"]
    assert frame.loc["anna"].to_dict() == {
        "recency": 20,
        "frequency": 2,
        "monetary": 18.0,
        "average_order_value": 9.0,
        "first_order": datetime(2020, 1, 1, 9),
        "last_order": datetime(2020, 1, 10, 12),
        "tenure": 29,
    }
    assert frame.loc["ben", ["recency", "frequency", "monetary"]].tolist() == [0, 1, 40.0]


def test_with_the_default_reference_date_the_last_customer_bought_one_day_ago(transactions):
    frame = customer_features(transactions, datetime(2020, 2, 1, 15)).to_pandas().set_index("customer_id")
    assert frame.loc["ben", "recency"] == 1


@pytest.mark.parametrize(("second", "days"), [(0, 20), (1, 19)])
def test_recency_counts_whole_days_only(transactions, second, days):
    reference_date = datetime(2020, 1, 30, 12) if second == 0 else datetime(2020, 1, 30, 11, 59, 59, 999999)
    frame = customer_features(transactions, reference_date).to_pandas()
    assert frame["recency"][0] == days


def test_totals_leave_out_rows_without_a_customer_but_for_the_times(transactions):
    assert totals(transactions) == {
        "customers": 2,
        "orders": 3,
        "revenue": 58.0,
        "first_order": datetime(2020, 1, 1, 9),
        "last_order": datetime(2020, 2, 1),
        "products": 3,
    }


def test_totals_without_products(transactions):
    assert "products" not in totals(transactions.drop("product"))
