"""Customers with their groups and outcomes: a small shop by hand, and sources that lack this or that."""

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import demographics
from patrons.stop import ChapterStop

pytestmark = pytest.mark.slow

SHOP = """
name: Corner shop
currency: GBP
reference_date: 2022-01-01
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid, discount: off}
  customers:
    file: people.csv
    columns: {customer_id: who, age: age, gender: sex, income: income, region: town, children: kids}
    responses: {spring: spring, last: last}
analysis:
  privacy: {smallest_group: 1}
  cleaning: {missing: {age: median}}
"""
# a came back after 9 days, b after 400, c never, d has not been seen for a year; e never bought; f is not described.
ORDERS = """who,order,at,paid,off
a,1,2020-01-01,10,0
a,2,2020-01-10,30,0.1
b,3,2020-01-01,20,0
b,4,2021-02-04,20,0
c,5,2020-06-01,5,0.2
d,6,2021-12-02,7,0
f,7,2021-01-01,9,0
"""
PEOPLE = """who,age,sex,income,town,kids,spring,last
a,29,f,30000,X,0,1,0
b,30,m,50000,X,1,0,0
c,,f,70000,Y,2,0,1
d,61,m,,Y,,1,1
e,46,f,90000,X,0,0,0
"""


@pytest.fixture
def people(home, write_source):
    return demographics.gather(patrons.open(write_source(SHOP, orders__csv=ORDERS, people__csv=PEOPLE)))


def column(people, name):
    return people.table.set_index("customer_id")[name]


def test_spend_and_orders_are_a_year_and_those_who_never_bought_have_none(people):
    years = 731 / 365.25
    assert column(people, "spend").round(6).to_dict() == {
        "a": round(40 / years, 6),
        "b": round(40 / years, 6),
        "c": round(5 / (579 / 365.25), 6),
        "d": 7.0,
        "e": 0.0,
    }
    assert column(people, "orders")[["d", "e"]].tolist() == [1.0, 0.0]
    assert column(people, "revenue")["e"] == 0


def test_a_return_counts_within_the_window_of_those_who_were_watched_for_it(people):
    assert people.return_days == 365
    found = column(people, "returned")
    assert found[["a", "b", "c"]].tolist() == [1.0, 0.0, 0.0]
    assert found[["d", "e"]].isna().all()


def test_share_of_orders_with_a_discount(people):
    assert column(people, "discounted")[["a", "b", "c", "d"]].tolist() == [0.5, 0.0, 1.0, 0.0]


def test_answers_to_the_last_and_to_any(people):
    assert column(people, "answered").tolist() == [0, 0, 1, 1, 0]
    assert column(people, "answered_any").tolist() == [1, 0, 1, 1, 0]


def test_what_cleaning_filled_in_is_not_known(people):
    assert pd.isna(column(people, "age")["c"])
    assert pd.isna(column(people, "age_group")["c"])
    assert people.unknown()["age_group"] == 1


def test_buyers_without_a_description_are_counted(people):
    assert people.strangers == 1
    assert "f" not in people.table["customer_id"].tolist()


def test_factors_in_the_order_of_the_pages(people):
    assert [item.title for item in people.factors] == ["Age", "Income", "Gender", "Children and teenagers", "Region"]


def test_impossible_ages_are_not_known():
    raw = demographics.describe_people(
        pd.DataFrame({"birth_year": [1900, 1980, np.nan, 2010]}), pd.Timestamp("2014-10-04")
    )
    assert raw["age"].fillna(-1).tolist() == [-1, 34, -1, -1]


LIST = """
name: List
reference_date: 2022-01-01
tables:
  customers:
    file: people.csv
    columns: {customer_id: who%s}
%s
"""


def test_a_table_of_customers_alone_is_enough(home, write_source):
    more = "    spend: {wine: wine}\n    orders: {web: web}\n    features: {score: score}\n"
    rows = "\n".join(f"{n},{'mf'[n % 2]},{n},{n % 4},{n % 100},{n * 3 % 120}" for n in range(40))
    path = write_source(
        LIST % (", gender: sex, recency: days", more), people__csv=f"who,sex,wine,web,score,days\n{rows}\n"
    )
    found = demographics.gather(patrons.open(path))
    assert [item.title for item in found.outcomes] == ["Spend", "Orders", "Ordered in the last 90 days", "Score"]
    assert found.table["returned"].tolist() == [float(n * 3 % 120 <= 90) for n in sorted(range(40), key=str)]
    assert found.return_days is None


@pytest.mark.parametrize(
    ("columns", "more", "rows", "words"),
    [
        ("", "    spend: {wine: wine}\n", "who,wine\n1,2\n2,3\n", "who the customers are"),
        (
            ", gender: sex",
            "",
            "who,sex\n" + "\n".join(f"{n},{'mf'[n % 2]}" for n in range(20)),
            "what the customers did",
        ),
        (", gender: sex", "    spend: {wine: wine}\n", "who,sex,wine\n1,f,2\n2,f,3\n", "who the customers are"),
    ],
)
def test_a_source_that_says_too_little_is_told_what_to_add(home, write_source, columns, more, rows, words):
    with pytest.raises(ChapterStop, match=words):
        demographics.gather(patrons.open(write_source(LIST % (columns, more), people__csv=rows)))


def test_a_source_without_customers_is_told_so(home, write_source):
    text = "name: X\ntables:\n  transactions: {file: o.csv, columns: {customer_id: a, ordered_at: b, amount: c}}\n"
    with pytest.raises(ChapterStop, match="customers"):
        demographics.gather(patrons.open(write_source(text, o__csv="a,b,c\n1,2020-01-01,3\n")))
