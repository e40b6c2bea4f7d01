"""What segments need: values by hand, ratings by rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import patrons
from patrons import clusters, clusters_study, segment_needs
from patrons.segment_needs import Measure

SHOP = """
name: Corner shop
currency: GBP
reference_date: 2022-01-01
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, ordered_at: at, amount: paid%s}
analysis: {churn_after_days: 30, segments: {k: 2, features: [monetary]}}
"""


def rng():
    return np.random.default_rng(1)


def measure(top, bottom, name="churn", yardstick=None):
    return Measure(name, name, "", None, np.array(top, float), np.array(bottom, float), yardstick)


def test_values_are_ratios_of_totals_held_against_all():
    segments = np.array([1, 1, 2, 2])
    found = segment_needs.rate([measure([4, 0, 1, 1], [1, 1, 2, 2])], segments, rng())
    assert found["value"].tolist() == [2.0, 0.5]
    assert found["ratio"].tolist() == [2.0, 0.5]  # all: 6 / 6
    fixed = segment_needs.rate([measure([4, 0, 1, 1], [1, 1, 2, 2], yardstick=4.0)], segments, rng())
    assert fixed["ratio"].tolist() == [0.5, 0.125]


def test_revenue_is_shown_as_a_share_and_rated_by_customer():
    segments = np.repeat([1, 2], [10, 90])
    money = np.repeat([50.0, 5.0], [10, 90])
    found = segment_needs.rate([measure(money, np.ones(100), "revenue")], segments, rng())
    assert found["value"].tolist() == pytest.approx([500 / 950, 450 / 950])
    assert found["rating"].tolist() == ["high", "low"]


def test_a_difference_that_is_sure_but_small_is_middling():
    segments = np.repeat([1, 2], 50)
    found = segment_needs.rate([measure(np.repeat([1.05, 0.95], 50), np.ones(100))], segments, rng())
    assert found["rating"].tolist() == ["middle", "middle"]


def test_a_difference_that_is_large_but_unsure_is_middling():
    segments = np.repeat([1, 2], 4)
    found = segment_needs.rate([measure([9, 1, 1, 1, 1, 1, 5, 1], np.ones(8))], segments, rng())
    assert found["rating"].tolist() == ["middle", "middle"]


def test_a_measure_that_applies_to_nobody_of_a_segment_is_not_rated():
    found = segment_needs.rate([measure([1, 1, 0, 0], [1, 1, 0, 0])], np.array([1, 1, 2, 2]), rng())
    assert np.isnan(found.loc[1, "value"])
    assert found.loc[1, "rating"] is None


@given(st.floats(0, 5), st.floats(0, 5))
def test_ratings_follow_the_interval(one, other):
    low, high = sorted((one, other))
    found = segment_needs.rating(low, high)
    assert (found == "high") == (low > 1.1)
    assert (found == "low") == (high < 0.9)


def test_small_groups_are_blank():
    groups = np.array([1, 1, 1, 1, 2, 3, 3, 3])
    table = segment_needs.rate([measure([1, 1, 1, 1, 0, 1, 0, 1], np.ones(8))], groups, rng())
    shown = segment_needs.public(table, smallest=3)
    assert shown["value"].isna().tolist() == [False, True, True]  # the third would give the second away
    assert shown["customers"].isna().tolist() == [False, True, True]


def measured(home, write_source, orders, more=""):
    shop = patrons.open(write_source(SHOP % more, orders__csv=orders))
    table, columns = clusters_study.features_of(shop)
    found = clusters.cluster(table, columns, "none", "none", 2, rng())
    return found, {item.name: item for item in segment_needs.measures(shop, found)}


def test_measures_of_orders_by_hand(home, write_source):
    # 360 days: two periods of 120, from 6 May, from 3 September.
    orders = (
        "who,at,paid,off\na,2021-01-06,100,0\na,2021-06-01,40,0.2\na,2021-12-20,80,0.2\n"
        "b,2021-01-06,5,0\nb,2021-07-01,10,0\nb,2021-10-01,5,0.5\nc,2021-12-25,300,0\n"
    )
    found, by = measured(home, write_source, orders, ", discount: off")
    place = {who: index for index, who in enumerate(found.customers["customer_id"])}
    order = [place[who] for who in "abc"]
    assert set(by) == {"revenue", "discount", "churn", "growth", "service"}
    assert by["revenue"].top[order].tolist() == [220, 20, 300]
    assert by["churn"].top[order].tolist() == [0, 1, 0]
    assert by["growth"].top[order].tolist() == [80, 5, 0]  # c was no customer before both periods
    assert by["growth"].bottom[order].tolist() == [40, 10, 0]
    # A fifth off 100 is 20 given away; half off 10 is 5; only what the last period saw.
    assert by["discount"].top[order].tolist() == [20, 5, 0]
    assert by["service"].top[order].tolist() == [1, 1, 1]


def test_what_the_source_lacks_is_left_out(home, write_source):
    _, by = measured(home, write_source, "who,at,paid\na,2021-01-01,5\nb,2021-03-01,9\nb,2021-04-01,9\n")
    assert "discount" not in by
    assert "mail" not in by
