"""When customerships end, on orders that can be worked by hand."""

from datetime import datetime

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from patrons.survival_times import DAY, customerships, landmark, order_times, second_orders

TODAY = datetime(1971, 1, 1)  # day 365


def orders(*days):
    rows = [{"customer": who, "second": int(day * DAY)} for who, mine in enumerate(days) for day in mine]
    return pd.DataFrame(rows)


def of(found):
    return list(zip(found["days"].tolist(), found["ended"].tolist(), strict=True))


def test_the_end_is_the_moment_at_which_silence_is_complete():
    assert of(customerships(orders([0, 50, 200]), TODAY, 90)) == [(50 + 91, True)]  # the return does not undo it
    assert of(customerships(orders([0]), TODAY, 90)) == [(91, True)]


def test_a_silence_that_still_runs_is_no_end():
    assert of(customerships(orders([0, 80, 170, 260, 300]), TODAY, 90)) == [(365, False)]
    assert of(customerships(orders([275]), TODAY, 90)) == [(90, False)]  # recency 90 is not more than 90
    assert of(customerships(orders([274]), TODAY, 90)) == [(91, True)]


def test_from_a_landmark_only_what_comes_after_it_counts():
    since = datetime(1970, 4, 11)  # day 100
    found = customerships(orders([0, 95], [0, 40, 110], [120]), TODAY, 90, since)
    assert found["customer"].tolist() == [0, 1]  # the third was not there yet
    assert of(found) == [(91, True), (10 + 91, True)]


def test_an_order_at_the_landmark_is_after_it():
    since = datetime(1970, 4, 11)
    assert customerships(orders([100]), TODAY, 90, since).empty


@given(st.lists(st.lists(st.floats(0, 364), min_size=1, max_size=8), min_size=1, max_size=6), st.integers(1, 200))
def test_who_ended_by_today_has_had_a_silence_and_the_time_is_a_stopping_time(days, threshold):
    known = orders(*[sorted(mine) for mine in days])
    found = customerships(known, TODAY, threshold)
    for row in found[found["ended"]].itertuples():
        mine = known[known["customer"] == row.customer]
        end = mine["second"].min() + row.days * DAY
        # What happens after the end changes nothing: it was known when it came.
        seen = mine[mine["second"] <= end]
        again = customerships(seen, TODAY, threshold)
        assert again["days"].iloc[0] == row.days
        assert row.days > threshold
    alive = found.loc[~found["ended"], "customer"]
    last = known.groupby("customer")["second"].max().reindex(alive)
    assert ((365 * DAY - last) // DAY <= threshold).all()


def test_orders_are_put_on_one_axis():
    gaps = pd.DataFrame({"customer_id": ["a", "a"], "gap": [1.5, 2.0]})
    features = pd.DataFrame(
        {"customer_id": ["a", "b"], "first_order": pd.to_datetime(["1970-01-02 00:00", "1970-01-03 12:00"])}
    )
    found = order_times(gaps, features)
    assert found["customer"].tolist() == [0, 0, 0, 1]
    assert (found["second"] / DAY).tolist() == [1.0, 2.5, 4.5, 2.5]


def test_time_to_the_second_order():
    found = second_orders(orders([0, 30, 60], [100]), TODAY)
    assert of(found) == [(30, True), (265, False)]


def test_the_landmark_is_a_year_back_or_in_the_middle():
    assert landmark(datetime(2020, 1, 1), datetime(2024, 1, 1, 21, 4)) == datetime(2023, 1, 1)
    assert landmark(datetime(2023, 1, 1), datetime(2023, 7, 1)) == datetime(2023, 4, 1)
    assert np.datetime64(landmark(datetime(2023, 1, 1), datetime(2023, 1, 1))) == np.datetime64("2023-01-01")
