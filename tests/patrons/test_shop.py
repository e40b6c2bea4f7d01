"""What a chapter sees of a source."""

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons.errors import PatronsError
from patrons.shop import Shop

TEXT = """\
name: Small
currency: EUR
tables:
  transactions: {file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a}}
  experiment: {file: b.csv, columns: {arm: g}, control: B, allocation: {A: 1, B: 3}, outcomes: {v: money}}
"""
FILES = {"a__csv": "c,t,a\n1,2020-01-01 12:00,5\n2,2020-01-03,7\n", "b__csv": "g,v\nA,1\nB,2\nA,3\n"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A shop that is built once for the tests that only look at it."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "source.yml").write_text(TEXT)
    for name, content in FILES.items():
        (folder / name.replace("__", ".")).write_text(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        yield patrons.open(folder / "source.yml").source


@pytest.fixture
def shop(built, monkeypatch):
    monkeypatch.setenv("PATRONS_HOME", str(built.path.parent))
    return Shop(built)


def test_settings_and_tables(shop):
    assert (shop.name, shop.currency, shop.analysis.churn_after_days) == ("Small", "EUR", 90)
    assert shop.has("transactions")
    assert not shop.has("customers")
    assert shop.transactions.count().to_pyarrow().as_py() == 2
    assert shop.experiment["v"].tolist() == [1.0, 2.0, 3.0]
    assert shop.ledger("transactions").to_frame().to_dict("list") == {"reason": ["kept"], "rows": [2], "share": [1.0]}


def test_reference_date_is_a_day_after_the_last_order(shop):
    assert shop.reference_date == datetime(2020, 1, 4)


def test_reference_date_is_what_the_source_says(source_of):
    assert Shop(source_of("reference_date: 2020-06-01\n" + TEXT)).reference_date == datetime(2020, 6, 1)


def test_features_use_it(shop):
    assert shop.customer_features["recency"].tolist() == [2, 1]


def test_design_puts_the_control_first(shop):
    design = shop.design
    assert (design.control, design.arms, design.outcomes) == ("B", ("B", "A"), {"v": "money"})
    assert design.allocation == {"B": 0.75, "A": 0.25}


def test_a_missing_table_stops_the_chapter_saying_what_to_add(shop):
    with pytest.raises(patrons.ChapterStop) as caught:
        shop.require("experiment", "customers")
    message = str(caught.value)
    assert "table `customers`" in message
    assert "`customers: {file: customers.csv, columns: {customer_id: …" in message
    assert "\n" not in message
    with pytest.raises(patrons.ChapterStop):
        _ = shop.customers


def test_a_missing_table_can_stop_a_section_alone(shop):
    with pytest.raises(patrons.SectionStop, match="This section needs a table `customers`"):
        shop.require("customers", part="section")


def test_without_orders_or_a_date_there_is_no_today(source_of):
    shop = Shop(source_of(TEXT.replace(TEXT.splitlines(keepends=True)[3], "")))
    with pytest.raises(patrons.ChapterStop, match="reference_date"):
        _ = shop.reference_date


def test_a_source_in_error_names_it_without_a_traceback(home, write_source):
    with pytest.raises(PatronsError) as caught:
        patrons.open(write_source(TEXT.replace("currency", "curency"), **FILES))
    assert "did you mean 'currency'?" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_tables_that_are_used_are_declared(shop, tmp_path, monkeypatch):
    record = tmp_path / "inputs.txt"
    monkeypatch.setenv("CHAPTER_INPUTS", str(record))
    _ = shop.experiment
    names = [line.rsplit("/", 1)[1] for line in record.read_text().splitlines()]
    assert names == ["source.yml", "experiment.fingerprint"]
    assert all(pd.Series(record.read_text().splitlines()).map(lambda name: name.startswith("/")))


def test_each_name_has_random_numbers_of_its_own(shop):
    first = shop.rng("bootstrap").random(3)
    assert np.array_equal(first, shop.rng("bootstrap").random(3))
    assert not np.array_equal(first, shop.rng("other").random(3))


def test_published_tables_are_safe(shop, tmp_path, monkeypatch):
    table = pd.DataFrame({"segment": ["=1+1", "@x", "-y", "fine"], "change": [-1.5, 2, 3, 4]})
    assert shop.publish("tbl-x", table) is None  # no chapter is being executed
    monkeypatch.setenv("CHAPTER_FILES", str(tmp_path))
    target = shop.publish("tbl-x", table)
    assert target == tmp_path / "data" / "tbl-x.csv"
    assert target.read_text().splitlines() == ["segment,change", "'=1+1,-1.5", "'@x,2.0", "'-y,3.0", "fine,4.0"]


@pytest.mark.parametrize("indexed", [True, False])
def test_rows_about_single_customers_are_not_published(shop, tmp_path, monkeypatch, indexed):
    monkeypatch.setenv("CHAPTER_FILES", str(tmp_path))
    table = shop.customer_features.set_index("customer_id") if indexed else shop.customer_features
    with pytest.raises(PatronsError, match="single customers"):
        shop.publish("tbl-x", table)
    assert not (tmp_path / "data").exists()


def test_facts_are_written_where_the_binder_takes_them(source_of, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAPTER_FILES", str(tmp_path))
    monkeypatch.setenv("CHAPTER_PATH", "chapters/data.qmd")
    Shop(source_of(TEXT)).facts.add("data.revenue", 12.0, unit="money")
    entry = json.loads((tmp_path / "facts.json").read_text())["data.revenue"]
    assert (entry["unit"], entry["chapter"]) == ("EUR", "data")


def test_problems_are_counted_and_not_shown(home, write_source):
    rows = "c,t,a\n1,2020-01-01,5\n2,2020-01-02,\n3,2020-01-03,x\n4,2020-01-04,\n5,2020-01-05,1\n6,2020-01-06,2\n"
    text = "name: S\ntables:\n  transactions: {file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a}}\n"
    found = patrons.open(write_source(text, a__csv=rows)).problems()
    assert found[["table", "column", "outcome", "rows"]].to_dict("list") == {
        "table": ["transactions"] * 2,
        "column": ["a", "a"],
        "outcome": ["row set aside"] * 2,
        "rows": [2, 1],
    }
    assert found["rule"].tolist() == ["must not be missing", "must be a number"]
    assert "value" not in found.columns


def test_a_source_without_problems_has_none(shop):
    assert shop.problems().empty


def test_features_are_read_again_not_computed_again(built, shop, monkeypatch):
    assert shop.series("week")["orders"].tolist() == [2]
    assert shop.clv["x"].tolist() == [0, 0]
    assert shop.gaps.empty
    assert shop.cohorts["customers"].tolist() == [2]
    again = Shop(built)
    monkeypatch.setattr(type(again), "transactions", property(lambda self: pytest.fail("computed again")))
    again.__dict__["reference_date"] = shop.reference_date
    assert again.series("week").equals(shop.series("week"))
    assert again.clv.equals(shop.clv)


def test_a_missing_column_ends_the_section_saying_what_to_add(shop):
    for call in (shop.pairs, shop.spend_by, shop.customer_spend):
        with pytest.raises(patrons.ChapterStop, match="needs a column `category` of `transactions`"):
            call("category")


def test_what_cleaning_did(shop):
    done = shop.treatments()
    assert done[["table", "column", "problem", "action", "rows"]].values.tolist() == [
        ["transactions", "amount", "outliers", "flag", 0]
    ]
    assert shop.before_after().empty  # no step touched a row
    assert list(shop.before_after_histograms("experiment").columns)[:3] == ["table", "column", "problem"]


def test_customers_that_sum_up_their_orders(home, write_source):
    text = """\
name: People
tables:
  customers:
    file: c.csv
    columns: {customer_id: i, recency: r}
    spend: {wine: w, meat: m}
    orders: {web: o}
"""
    shop = patrons.open(write_source(text, c__csv="i,r,w,m,o\n1,5,10,2,3\n2,7,0,1,1\n"))
    assert shop.customer_features["monetary"].tolist() == [12.0, 1.0]
    assert shop.spend_by("category")["revenue"].tolist() == [10.0, 3.0]
    assert shop.customer_spend("channel")["orders"].tolist() == [3.0, 1.0]
    with pytest.raises(patrons.ChapterStop, match="needs sales by region"):
        shop.spend_by("region")


def test_features_as_of_a_moment_and_what_came_after(shop):
    cut = datetime(2020, 1, 2)
    assert shop.features_at(cut)["monetary"].tolist() == [5.0]
    assert shop.outcomes(cut)["revenue"].tolist() == [7.0]
    assert shop.outcomes(cut, datetime(2020, 1, 3)).empty


def test_nothing_is_planted_in_the_customers_of_a_real_shop(shop):
    assert shop.planted is None
