"""Months and weekdays: none is lost, parts are marked as parts."""

import ibis
import pandas as pd
import pytest

from patrons import record, sales
from patrons import words_data as words
from patrons.facts import Facts
from patrons.stop import SectionStop


def table(*rows):
    frame = pd.DataFrame(rows, columns=["order_id", "ordered_at", "amount"])
    frame["customer_id"] = frame["order_id"]
    return ibis.memtable(
        frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"], format="ISO8601").astype("datetime64[us]"))
    )


def test_months_without_sales_are_zeros_and_parts_are_marked():
    found = sales.by_month(table(("a", "2020-01-10", 5.0), ("b", "2020-03-31 23:30", 7.0), ("b", "2020-03-31", 1.0)))
    assert found["revenue"].tolist() == [5, 0, 8]
    assert found["orders"].tolist() == [1, 0, 1]
    assert found["whole"].tolist() == [False, True, True]
    assert found["month"].tolist() == list(pd.date_range("2020-01-01", periods=3, freq="MS"))


def test_an_order_over_midnight_counts_on_its_first_day():
    found = sales.by_weekday(table(("a", "2024-01-07 23:59", 1.0), ("a", "2024-01-08 00:01", 1.0)))
    assert found.set_index("name")["orders"]["Sunday"] == 1
    assert found["orders"].sum() == 1
    assert found["name"].tolist()[0] == "Monday"


def months(years, december):
    dates = pd.date_range("2020-01-01", periods=12 * years, freq="MS")
    revenue = [100.0 + (december if date.month == 12 else date.month / 100) for date in dates]
    return pd.DataFrame({"month": dates, "orders": 10, "revenue": revenue, "whole": True})


@pytest.fixture
def weekdays():
    return pd.DataFrame({"weekday": range(7), "name": sales.WEEKDAYS, "orders": 10, "share": 1 / 7})


@pytest.mark.parametrize(
    ("years", "december", "said"),
    [
        (3, 50, "December is the strongest month in each of the 3 complete years"),
        (3, -50, "November is the strongest month"),
        (1, 50, "a season cannot be told from growth"),
    ],
)
def test_a_season_is_told_only_where_years_can_be_compared(weekdays, years, december, said):
    facts = Facts(currency="GBP")
    record.sales(facts, months(years, december), weekdays)
    assert said in words.months(facts)


@pytest.mark.parametrize(("monday", "said"), [(10, "differ little"), (30, "The days of the week differ: Monday")])
def test_weekdays_differ_or_not(weekdays, monday, said):
    weekdays.loc[0, "orders"] = monday
    weekdays["share"] = weekdays["orders"] / weekdays["orders"].sum()
    facts = Facts()
    record.sales(facts, months(1, 1), weekdays)
    assert said in words.weekdays(facts)


@pytest.mark.parametrize(
    ("read", "kept", "said"),
    [(100, 100, "All 100 rows"), (1000, 990, "10 (1.0\u00a0%) are set aside")],
)
def test_the_ledger_in_words(read, kept, said):
    facts = Facts()
    facts.add("data.transactions.rows_read", read)
    facts.add("data.transactions.rows_kept", kept)
    assert said in words.ledger(facts)


def test_months_of_few_customers_are_not_told_nor_what_would_tell_of_them():
    people = [1] * 6 + [2] * 2 + [3] * 9
    found = sales.by_month(table(*((f"{place}", f"2020-0{month}-10", 5.0) for place, month in enumerate(people))))
    assert found["customers"].tolist() == [6, 2, 9]
    assert sales.public(found, 5)["revenue"].isna().tolist() == [True, True, False]
    assert sales.public(found, 2) is found


def test_weekdays_of_few_customers_are_not_told():
    people = [9, 2, 8, 9, 9, 9, 0]  # from Monday 6 January 2020
    rows = [(f"{day}-{who}", f"2020-01-{6 + day:02d}", 5.0) for day, many in enumerate(people) for who in range(many)]
    found = sales.public(sales.by_weekday(table(*rows)), 5)
    assert found["orders"].isna().tolist() == [False, True, True, False, False, False, False]
    assert found["share"].isna().tolist() == found["orders"].isna().tolist()
    assert found["orders"].iloc[6] == 0
    facts = Facts()
    record.sales(facts, months(1, 1), found)
    assert facts["data.weekdays.best"].value == "Monday"
    assert facts["data.weekdays.most"].n == sum(people)
    words.need_weekdays(found)
    with pytest.raises(SectionStop, match="On no day of the week"):
        words.need_weekdays(sales.public(found.assign(customers=[1] * 6 + [0]), 5))
