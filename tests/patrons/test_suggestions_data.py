"""What was bought before a moment, and what came next."""

from datetime import datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from patrons import suggestions_data

CUT, END = datetime(2022, 2, 1), datetime(2022, 3, 1)
ROWS = [
    # customer, order, day, category
    ("a", 1, "2022-01-01", "tea"),
    ("a", 1, "2022-01-01", "tea"),
    ("a", 1, "2022-01-01", "bread"),
    ("a", 2, "2022-01-05", "tea"),
    ("a", 3, "2022-02-02", "fruit"),
    ("a", 3, "2022-02-02", "tea"),
    ("a", 4, "2022-02-01", None),  # a next order of which nothing is known
    ("b", 5, "2022-01-31", "bread"),
    ("b", 5, "2022-02-01", "fruit"),  # a line added later: the order was placed before
    ("b", 6, "2022-03-01", "tea"),  # after the end
    (None, 7, "2022-01-01", "tea"),
    ("c", 8, "2022-02-10", "new"),
]


def lines(rows=ROWS):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "ordered_at", "category"])
    frame["order_id"] = frame["order_id"].astype(str)
    return ibis.memtable(frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"])))


def test_orders_are_counted_by_hand():
    found = suggestions_data.history(suggestions_data.baskets(lines(), "category"), CUT)
    assert found.items == ("bread", "tea", "fruit")
    assert found.customers.tolist() == ["a", "b"]
    assert found.counts.toarray().tolist() == [[1, 2, 0], [1, 0, 1]]
    assert found.together.tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert found.popularity == pytest.approx([0.4, 0.4, 0.2])


def test_the_next_order_is_the_first_of_which_something_is_known():
    found = suggestions_data.next_orders(suggestions_data.baskets(lines(), "category"), CUT, END)
    assert found.to_numpy().tolist() == [["a", "fruit"], ["a", "tea"], ["c", "new"]]
    held = suggestions_data.held(found, pd.Index(["a", "b"]), ("bread", "tea", "fruit"))
    assert held.tolist() == [[False, True, True], [False, False, False]]


def test_nothing_of_the_future_is_learned():
    later = [(who, order, day, "secret" if day >= "2022-02-01" else item) for who, order, day, item in ROWS]
    later = [row for row in later if row[1] != 5]
    kept = [row for row in later if row[2] < "2022-02-01"]
    whole, past = (
        suggestions_data.history(suggestions_data.baskets(lines(rows), "category"), CUT) for rows in (later, kept)
    )
    assert whole.items == past.items
    assert np.array_equal(whole.counts.toarray(), past.counts.toarray())
    assert np.array_equal(whole.together, past.together)


def test_the_rarest_items_are_not_told_apart():
    found = suggestions_data.history(suggestions_data.baskets(lines(), "category"), CUT, most=2)
    assert found.items == ("bread", "tea")
    assert found.together.tolist() == [[0, 1], [1, 0]]


def test_no_order_before_the_moment_is_no_error():
    found = suggestions_data.history(suggestions_data.baskets(lines(), "category"), datetime(2020, 1, 1))
    assert found.items == ()
    assert found.counts.shape == (0, 0)
