"""Sentences about what there is fit every kind of source."""

import pandas as pd
import pytest

from patrons import words_data as words
from patrons.facts import NO_BREAK, Facts
from patrons.stop import SectionStop


def facts_of(**rows):
    facts = Facts(currency="USD")
    for table, count in rows.items():
        facts.add(f"data.{table}.rows_read", count, unit="rows")
        facts.add(f"data.{table}.rows_kept", count, unit="rows")
        facts.add(f"data.{table}.columns", 5, unit="columns")
        facts.add(f"data.{table}.unknown", 0.0, unit="share")
    return facts


def test_a_source_without_purchases_describes_its_tables():
    facts = facts_of(customers=2240, campaigns=40)
    assert words.contents(facts) == (
        f"The source describes 2,240 customers in 5{NO_BREAK}columns and 40 campaigns. It holds no single purchases."
    )
    assert "each a customer" in words.number(facts).data
    assert "missing" in words.unknown(facts)


def test_purchases_come_first():
    facts = facts_of(transactions=30, campaigns=40)
    for name, value in {"customers": 9, "orders": 12}.items():
        facts.add(f"data.{name}", value, unit=name)
    facts.add("data.revenue", 90.0, unit="money")
    facts.add("data.first_order", "2020-01-01")
    facts.add("data.last_order", "2020-02-01")
    said = words.contents(facts)
    assert said.startswith(f"9{NO_BREAK}customers placed 12{NO_BREAK}orders from 1{NO_BREAK}January 2020")
    assert said.endswith("Besides the orders, the source describes 40 campaigns.")


def test_tables_that_are_absent_are_asked_for():
    said = words.to_do(facts_of(customers=3))
    assert "- `transactions`: who is valuable" in said
    assert "`customers`" not in said
    everything = facts_of(transactions=1, customers=1, campaigns=1, experiment=1, engagement=1)
    assert words.to_do(everything) == "All the tables are there that this report can use."


def test_a_period_of_one_day_is_that_day():
    day = pd.Timestamp("2023-07-01")
    held = pd.DataFrame(
        {"table": ["experiment", "customers"], "rows": 3, "columns": 2, "first": [day, pd.NaT], "last": [day, pd.NaT]}
    ).assign(unknown=[0.0, 0.0004])
    shown = words.public(held)
    assert shown["period"].tolist() == [f"1{NO_BREAK}Jul{NO_BREAK}2023", None]
    assert shown["unknown"].tolist() == ["none", f"<{NO_BREAK}0.1{NO_BREAK}%"]


def test_numbers_are_spelled_with_units_apart():
    table = pd.DataFrame({"unit": ["year", "money", "orders", ""], "unknown": [0.0, 0.5, 0.0, 0.0]})
    for part, values in {"median": [1970.0, 1234.5, 0.0, None], "low": [1950.0, 3.25, 0.0, None]}.items():
        table[part] = pd.Series(values, dtype=float)
    found = words.spelled(table.assign(high=table["median"]), "USD")
    assert found["median"].tolist() == ["1970", "1,234", "0", "too few"]
    assert found["unit"].tolist() == ["", "USD", "orders", ""]


def test_groups_name_the_largest_of_each_column():
    table = pd.DataFrame(
        {
            "table": "t",
            "column": ["sex", "sex", "in_arm", "in_arm"],
            "group": ["f", "m", "others", "a_1"],
            "share": [0.6, 0.4, 0.7, 0.3],
        }
    )
    assert words.groups(table) == f"The most frequent are f (sex, 60.0{NO_BREAK}%) and a\\_1 (in arm, 30.0{NO_BREAK}%)."


def test_sections_without_columns_stop():
    with pytest.raises(SectionStop, match="No column"):
        words.need_groups(pd.DataFrame())
    with pytest.raises(SectionStop, match="No column"):
        words.need_numbers(pd.DataFrame())
