"""Every column of every table has a meaning."""

from pathlib import Path

import pytest

from patrons import dictionary, source
from patrons.schemas import DESCRIPTION

SHIPPED = Path(__file__).parents[2] / "data" / "source.yml"


def test_each_column_of_the_shipped_source_is_explained():
    found = dictionary.describe(source.load(SHIPPED))
    assert set(found["table"]) == set(DESCRIPTION)
    assert (found["meaning"].str.len() > 2).all()
    assert not found.duplicated(["table", "column"]).any()
    assert found.set_index(["table", "column"]).loc[("transactions", "amount"), "needed"]


def test_columns_that_a_source_names_itself_say_their_role(tmp_path):
    (tmp_path / "a.csv").write_text("x\n")
    (tmp_path / "source.yml").write_text(
        "name: T\n"
        "tables:\n"
        "  customers: {file: a.csv, columns: {customer_id: id}, spend: {wine: W}, features: {score: S}}\n"
        "  experiment: {file: a.csv, columns: {arm: a}, outcomes: {visit: binary}, covariates: [history]}\n"
    )
    meanings = dictionary.describe(source.load(tmp_path / "source.yml")).set_index("column")["meaning"]
    assert meanings["spend_wine"] == "money spent on wine"
    assert meanings["score"] == "a number to segment on"
    assert meanings["visit"] == "outcome: happened or not"
    assert meanings["history"] == "measured before the test"


@pytest.mark.parametrize("kind", ["id", "text", "time", "number", "share", "binary", "covariate"])
def test_each_kind_has_a_name_for_readers(kind):
    assert dictionary.KINDS[kind]


def test_the_committed_dictionary_is_the_one_that_the_schemas_make():
    committed = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    assert committed == dictionary.document(source.load(SHIPPED)), "run python -m patrons dictionary"


def test_the_document_holds_every_column_a_table_can_have(tmp_path):
    (tmp_path / "a.csv").write_text("x\n")
    (tmp_path / "source.yml").write_text(
        "name: T\ntables:\n  customers: {file: a.csv, columns: {customer_id: K}, spend: {wine: W}}\n"
    )
    written = dictionary.document(source.load(tmp_path / "source.yml"))
    for table, columns in DESCRIPTION.items():
        section = written.split(f"## `{table}`\n")[1].split("\n## ")[0]
        assert all(f"| `{column.name}` |" in section for column in columns)
    assert "| `customer_id` | `K` | id | – | any text, *needed* | who |" in written
    assert "| `spend_wine` | `W` | number | money | a number | money spent on wine |" in written
    assert "`clicks` should not be more than `impressions`" in written
