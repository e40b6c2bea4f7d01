"""Which rules apply to which column, and which are refused."""

import pytest

from patrons.errors import PatronsError
from patrons.settings import Tables
from patrons.settings_analysis import Cleaning
from patrons.treatments import plan

TABLES = Tables.model_validate(
    {
        "transactions": {
            "file": "a.csv",
            "columns": {"customer_id": "c", "ordered_at": "t", "quantity": "q", "unit_price": "p", "region": "r"},
        },
        "customers": {
            "file": "b.csv",
            "columns": {"customer_id": "c", "income": "i", "gender": "g", "region": "r", "joined_at": "j"},
            "spend": {"wine": "w"},
        },
        "experiment": {"file": "d.csv", "columns": {"arm": "g"}, "outcomes": {"v": "money", "w": "binary"}},
    }
).present()


def planned(**said):
    found = plan(TABLES, Cleaning.model_validate(said))
    return {(table, one.column, one.problem): one for table, ones in found.items() for one in ones}


def actions(**said):
    return {f"{table}.{column}": one.action for (table, column, _), one in planned(**said).items()}


def test_unless_said_otherwise_outliers_of_money_are_flagged():
    assert actions() == {"transactions.amount": "flag", "customers.income": "flag"}
    amount = planned()["transactions", "amount", "outliers"]
    assert (amount.rule, amount.limit, amount.log) == ("robust", 3.5, None)


def test_a_rule_may_be_switched_off():
    assert actions(outliers={"amount": {"rule": "none"}, "income": {"rule": "none"}}) == {}


def test_limits_and_scales():
    said = {"amount": {"rule": "classic"}, "quantity": {"limit": 9}, "unit_price": {"scale": "log"}}
    found = planned(outliers=said)
    assert found["transactions", "amount", "outliers"].limit == 3.0
    quantity = found["transactions", "quantity", "outliers"]
    assert (quantity.limit, quantity.log) == (9.0, False)
    assert found["transactions", "unit_price", "outliers"].log is True


def test_a_plain_name_touches_each_table_but_the_test():
    off = {"amount": {"rule": "none"}, "income": {"rule": "none"}}
    assert actions(missing={"region": "mode"}, outliers=off) == {
        "transactions.region": "mode",
        "customers.region": "mode",
    }
    assert actions(missing={"customers.region": "mode"}, outliers=off) == {"customers.region": "mode"}
    assert actions(missing={"experiment.v": "median"}, outliers=off) == {"experiment.v": "median"}
    with pytest.raises(PatronsError, match="no table has a column 'v'"):
        plan(TABLES, Cleaning(missing={"v": "median"}))


def test_the_default_is_for_customers_and_what_can_be_filled_in():
    off = {"amount": {"rule": "none"}, "income": {"rule": "none"}}
    assert actions(missing={"default": "median", "spend_wine": "leave"}, outliers=off) == {
        "customers.income": "median",
        "customers.gender": "mode",
        "customers.region": "mode",
        "customers.spend_wine": "leave",
    }


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"missing": {"incme": "median"}}, "did you mean 'income'"),
        ({"missing": {"gender": "median"}}, "cannot be had of text; write mode, leave or set_aside"),
        ({"missing": {"customers.joined_at": "median"}}, "cannot be had of times; write leave or set_aside"),
        ({"missing": {"experiment.w": "median"}}, "of yes and no"),
        ({"outliers": {"gender": {}}}, "there are no outliers among text"),
        ({"outliers": {"profit": {}}}, "no table has a column 'profit'"),
    ],
)
def test_refusals(said, words):
    with pytest.raises(PatronsError, match=words):
        planned(**said)
