"""Features where a table of customers is all there is."""

from datetime import datetime

import pandas as pd
import pytest

from patrons.features_columns import customer_features, customer_spend, spend_by
from patrons.settings import Customers

FRAME = pd.DataFrame(
    {
        "customer_id": ["2", "1", "3"],
        "joined_at": pd.to_datetime(["2020-01-01 12:00", "2020-01-31 00:00", None]),
        "recency": [5.0, 0.0, 9.0],
        "spend_wine": [10.0, 0.0, 1.0],
        "spend_meat": [5.0, 2.0, None],
        "orders_web": [3.0, 0.0, 1.0],
        "orders_store": [2.0, 0.0, 0.0],
        "score": [7.0, 8.0, 9.0],
    }
)


@pytest.fixture
def table():
    return Customers(
        file="a.csv",
        columns={"customer_id": "i", "joined_at": "j", "recency": "r"},
        spend={"wine": "w", "meat": "m"},
        orders={"web": "x", "store": "y"},
        features={"score": "s"},
    )


def test_features_by_hand(table):
    found = customer_features(FRAME, table, datetime(2020, 1, 31)).set_index("customer_id")
    assert list(found.index) == ["1", "2", "3"]
    assert found["frequency"].tolist() == [0.0, 5.0, 1.0]
    assert found["monetary"].tolist()[:2] == [2.0, 15.0]
    assert pd.isna(found.loc["3", "monetary"])  # what is not known is not nothing
    assert found.loc["2", "average_order_value"] == 3.0
    assert pd.isna(found.loc["1", "average_order_value"])
    assert found["tenure"].tolist()[:2] == [0, 29]
    assert found["score"].tolist() == [8.0, 7.0, 9.0]


def test_only_what_there_is():
    bare = Customers(file="a.csv", columns={"customer_id": "i"})
    assert list(customer_features(FRAME[["customer_id"]], bare, None).columns) == ["customer_id"]


def test_tenure_in_months(table):
    frame = FRAME.drop(columns="joined_at").assign(tenure_months=[12.0, 1.0, 2.0])
    assert customer_features(frame, table, None).set_index("customer_id").loc["2", "tenure"] == 365.25


def test_spend_by_category_and_orders_by_channel(table):
    assert spend_by(FRAME, table, "category").to_dict("list") == {
        "category": ["wine", "meat"],
        "customers": [2, 2],
        "revenue": [11.0, 7.0],
    }
    assert spend_by(FRAME, table, "channel").to_dict("list") == {
        "channel": ["web", "store"],
        "customers": [2, 1],
        "orders": [4.0, 2.0],
    }
    assert spend_by(FRAME, table, "region") is None
    bare = Customers(file="a.csv", columns={"customer_id": "i"})
    assert spend_by(FRAME, bare, "category") is None


def test_spend_of_each_customer(table):
    found = customer_spend(FRAME, table, "category")
    assert list(zip(found["customer_id"], found["category"], found["revenue"], strict=True)) == [
        ("1", "meat", 2.0),
        ("2", "meat", 5.0),
        ("2", "wine", 10.0),
        ("3", "wine", 1.0),
    ]
