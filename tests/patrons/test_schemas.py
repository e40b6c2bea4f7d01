"""One description of the columns: what is required, what a value must be, and names the source gives itself."""

import ibis
import pytest
from pandera.errors import SchemaErrors

from patrons import schemas
from patrons.settings import Customers, Experiment, Settings, Transactions


def described(kind, name, **said):
    return {column.name: column for column in schemas.columns(name, kind(file="a.csv", **said))}


def test_an_amount_or_what_it_is_made_of_is_required():
    base = {"customer_id": "c", "ordered_at": "t"}
    with_amount = described(Transactions, "transactions", columns={**base, "amount": "a", "quantity": "q"})
    assert [name for name, column in with_amount.items() if column.required] == ["ordered_at", "amount"]
    made = described(Transactions, "transactions", columns={**base, "unit_price": "p", "quantity": "q"})
    assert [name for name, column in made.items() if column.required] == ["ordered_at", "quantity", "unit_price"]


def test_columns_that_customers_name_themselves():
    found = described(
        Customers,
        "customers",
        columns={"customer_id": "i", "income": "inc"},
        spend={"wine": "w"},
        orders={"web": "o"},
        responses={"last": "r"},
        features={"score": "f"},
        scale={"income": 1000, "wine": 2, "score": 0.5},
    )
    assert list(found) == ["customer_id", "income", "spend_wine", "orders_web", "response_last", "score"]
    assert [column.scale for column in found.values()] == [1, 1000, 2, 1, 1, 0.5]
    assert found["orders_web"].rule == "a number, at least 0"
    assert found["response_last"].kind == "binary"


def test_a_column_of_a_test_may_be_covariate_and_segment_and_is_read_once():
    found = described(
        Experiment, "experiment", columns={"arm": "g"}, outcomes={"x": "money"}, covariates=["h"], segments=["h", "s"]
    )
    assert [(column.name, column.kind) for column in found.values()] == [
        ("arm", "text"),
        ("x", "number"),
        ("h", "covariate"),
        ("s", "text"),
    ]


@pytest.mark.parametrize("table", schemas.DESCRIPTION)
def test_every_column_of_the_contract_is_described_once(table):
    fields = Settings.model_fields["tables"].annotation.model_fields[table].annotation.__args__[0]
    contract = list(fields.model_fields["columns"].annotation.model_fields)
    described = [column.name for column in schemas.DESCRIPTION[table]]
    assert sorted(described) == sorted(contract)
    assert all(column.meaning and column.rule for column in schemas.DESCRIPTION[table])


def test_the_pandera_schema_tells_every_breach_at_once():
    table = Customers(file="a", columns={"customer_id": "i", "age": "a", "joined_at": "j"}, responses={"last": "r"})
    schema = schemas.frame_schema("customers", table)
    con = ibis.duckdb.connect()
    good = "select 'x' customer_id, 5.0::double age, timestamp '2020-01-01' joined_at, 1::tinyint response_last"
    con.raw_sql(f"create table good as {good} union all select 'y', null, null, null")
    schema.validate(con.table("good"), lazy=True)
    con.raw_sql(f"create table bad as {good} union all select null, -5.0, timestamp '0202-01-01', 1::tinyint")
    with pytest.raises(SchemaErrors) as caught:
        schema.validate(con.table("bad"), lazy=True)
    assert set(caught.value.failure_cases["check"]) == {
        "must be a number from 0 to 120",
        "must be a date from 1900 to 2100",
        "not_nullable",
    }
