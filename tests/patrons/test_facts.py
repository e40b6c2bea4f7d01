"""Facts: the contract's entries, and words with no more digits than they deserve."""

import json
import math
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import facts as module
from patrons import record
from patrons.errors import PatronsError
from patrons.facts import Facts, claim, gather, show

N = "\u00a0"


@pytest.fixture
def facts():
    return Facts(currency="GBP", chapter="rfm")


def test_an_entry_is_the_contracts(facts):
    facts.add("experiment.sales.offer.lift", 1.5, 0.5, 2.5, unit="money", n=np.int64(40), method="Welch")
    assert json.loads(facts.to_json()) == {
        "experiment.sales.offer.lift": {
            "value": 1.5,
            "low": 0.5,
            "high": 2.5,
            "unit": "GBP",
            "n": 40,
            "method": "Welch",
            "chapter": "rfm",
        }
    }


def test_numbers_keep_their_full_precision_and_order(facts):
    facts.add("b.x", np.float64(1) / 3)
    facts.add("a.x", 0.1 + 0.2)
    content = json.loads(facts.to_json())
    assert list(content) == ["b.x", "a.x"]
    assert content["b.x"]["value"] == 1 / 3
    assert content["a.x"]["value"] == 0.1 + 0.2


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (math.nan, None),
        (math.inf, None),
        (None, None),
        (pd.NaT, None),
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02T03:04:05"),
        (datetime(2020, 1, 2), "2020-01-02"),
        (pd.Timestamp("2020-01-02 03:04:05.6"), "2020-01-02T03:04:05"),
        (np.datetime64("2020-01-02T03:04:05.123456789"), "2020-01-02T03:04:05"),
        (date(2020, 1, 2), "2020-01-02"),
        ("November", "November"),
    ],
)
def test_values_become_those_of_json(facts, value, stored):
    assert facts.add("a.b", value).value == stored
    json.loads(facts.to_json())


@pytest.mark.parametrize("name", ["one", "A.b", "a b.c", "a..b", ".a.b", "a.b."])
def test_ids_are_lower_case_and_dot_separated(facts, name):
    with pytest.raises(PatronsError, match="is no id of a fact"):
        facts.add(name, 1)


def test_ids_of_the_contract_are_ids(facts):
    for name in ("retention.cohort.2020-01.3", "data.set_aside.no_e_mail", "lifetime.bgnbd.r", "seasonality.index.01"):
        facts.add(name, 1)


def test_one_id_cannot_have_two_values(facts):
    facts.add("a.b", 1)
    facts.add("a.b", 1, unit="days")
    with pytest.raises(PatronsError, match="already 1"):
        facts.add("a.b", 2)


def test_an_unknown_fact_is_named_with_the_nearest(facts):
    facts.add("rfm.recency.mean", 3)
    with pytest.raises(PatronsError, match=r"did you mean 'rfm\.recency\.mean'"):
        facts.text("rfm.recency.maen")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.5, "GBP", "£1,234"),
        (12.5, "GBP", "£12.50"),
        (-12.5, "EUR", "−€12.50"),
        (12.5, "USD", "$12.50"),
        (12.5, "CHF", f"CHF{N}12.50"),
        (12.5, "money", "12.50"),
        (0.1234, "share", f"12.3{N}%"),
        (-0.1234, "share", f"−12.3{N}%"),
        (12.34, "percent", f"12.3{N}%"),
        (1, "days", f"1{N}day"),
        (1234567, "customers", f"1,234,567{N}customers"),
        (43.26, "days", f"43.3{N}days"),
        (0.123456, None, "0.12"),
        (4.0, None, "4"),
        (2357, None, "2,357"),
        (0.0163, "p", "0.016"),
        (0.00001, "p", f"<{N}0.001"),
        (0.5, "p", "0.50"),
        (1.234, "ratio", "1.23"),
        (True, None, "yes"),
        (None, "GBP", "not known"),
        ("2011-12-09T12:50:00", None, f"9{N}December 2011"),
        ("November", None, "November"),
        (-0.001, "GBP", "£0.00"),
    ],
)
def test_values_for_people(value, unit, text):
    assert show(value, unit) == text


def test_a_sign_where_asked_for():
    assert show(0.152, "share", signed=True) == f"+15.2{N}%"
    assert show(-0.152, "share", signed=True) == f"−15.2{N}%"
    assert show(0.0, "share", signed=True) == f"0.0{N}%"
    assert show(3.5, "GBP", signed=True) == "+£3.50"


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "text", "interval"),
    [
        (0.15204, 0.0641, 0.2402, "share", f"15.2{N}%", f"6.4 to 24.0{N}%"),
        (0.190201, 0.186604, 0.193798, "share", f"19.02{N}%", f"18.66 to 19.38{N}%"),
        (1234567.0, 1180000.0, 1290000.0, "money", "£1,235,000", "£1,180,000 to £1,290,000"),
        (29.0138, 8.3, 49.7, "money", "£29", "£8 to £50"),
        (-1.5, -3.04, 0.04, "days", f"−1.5{N}days", f"−3.0 to 0.0{N}days"),
        (0.29, 0.04538, 0.53462, None, "0.29", "0.05 to 0.53"),
    ],
)
def test_digits_follow_the_interval(facts, value, low, high, unit, text, interval):
    facts.add("a.b", value, low, high, unit=unit)
    assert facts.text("a.b") == text
    assert facts.interval("a.b") == interval


def test_an_interval_that_is_not_there(facts):
    facts.add("a.b", 1)
    with pytest.raises(PatronsError, match="has no interval"):
        facts.interval("a.b")
    with pytest.raises(PatronsError, match="no interval to judge by"):
        facts.verdict("a.b", "x", "y", "z")


@pytest.mark.parametrize(("low", "high", "word"), [(1, 2, "up"), (-2, -1, "down"), (-1, 1, "open"), (0, 1, "open")])
def test_a_verdict_follows_from_the_interval(facts, low, high, word):
    facts.add("a.b", (low + high) / 2, low, high)
    assert facts.verdict("a.b", higher="up", lower="down", unclear="open") == word


def test_a_verdict_against_another_null(facts):
    facts.add("a.ratio", 1.2, 1.1, 1.3)
    assert facts.verdict("a.ratio", "more", "less", "open", null=1) == "more"


def test_a_claim_changes_its_words():
    assert claim(1 < 2, "more", "less") == "more"
    assert claim(1 > 2, "more", "less") == "less"


def test_the_answer_box(facts):
    facts.add("a.b", 0.15204, 0.0641, 0.2402, unit="share")
    text = facts.answer("a.b", "sales per customer", signed=True).data
    assert text == f"[+15.2{N}%]{{.answer-number}} [sales per customer, 95{N}% CI 6.4 to 24.0{N}%]{{.answer-label}}"
    facts.add("a.c", 12.5, unit="USD")
    assert (
        facts.answer("a.c", "per [big] order").data == r"[\$12.50]{.answer-number} [per \[big\] order]{.answer-label}"
    )


def test_facts_of_a_chapter_are_written_and_gathered(tmp_path, monkeypatch):
    files = tmp_path / "chapters" / "rfm" / "files"
    files.mkdir(parents=True)
    monkeypatch.setenv("CHAPTER_PATH", "chapters/rfm.qmd")
    monkeypatch.setenv("CHAPTER_FILES", str(files))
    monkeypatch.setenv("BOOK_FREEZE", str(tmp_path))
    own = module.of_chapter("EUR")
    own.add("rfm.recency.mean", 3.5, unit="days")
    own.add("rfm.monetary.mean", 3.5, unit="money")
    assert gather()["rfm.recency.mean"].chapter == "rfm"
    assert gather().text("rfm.monetary.mean") == "€3.50"

    summary = Facts()
    summary.add("index.chapters", 2)
    assert set(summary.gather()) == {"index.chapters", "rfm.recency.mean", "rfm.monetary.mean"}
    assert set(summary) == {"index.chapters"}  # what others found is not this chapter's to publish
    monkeypatch.setenv("CHAPTER_NEEDS", "index.qmd\nchapters/rfm.qmd")
    assert "rfm.recency.mean" in summary.gather()
    monkeypatch.setenv("CHAPTER_NEEDS", "chapters/explore.qmd")
    assert set(summary.gather()) == {"index.chapters"}
    with pytest.raises(PatronsError, match="names under `depends`"):
        summary.gather()["rfm.recency.mean"]
    monkeypatch.setenv("CHAPTER_NEEDS", "")
    assert set(gather()) == set()


def test_data_facts_of_a_small_shop(home, write_source):
    columns = "{customer_id: c, ordered_at: t, amount: a, product: p}"
    text = f"currency: GBP\ntables:\n  transactions: {{file: a.csv, columns: {columns}}}\n"
    rows = (
        "c,t,a,p\n1,2020-01-01,5,x\n1,2020-01-01,5,x\n1,2020-01-01,2,y\n"
        "2,2020-01-03 10:00,4,x\n,2020-01-04,100,z\n1,,1,x\n"
    )
    shop = patrons.open(write_source(text, a__csv=rows))
    record.purchases(shop)
    found = {name: entry.value for name, entry in shop.facts.items()}
    assert found == {
        "data.rows_read": 6,
        "data.rows_kept": 4,
        "data.rows_set_aside": 2,
        "data.rows_without_customer": 1,
        "data.set_aside.duplicate": 1,
        "data.set_aside.missing_ordered_at": 1,
        "data.customers": 2,
        "data.orders": 2,
        "data.products": 2,
        "data.revenue": 11.0,
        "data.first_order": "2020-01-01",
        "data.last_order": "2020-01-04",
        "data.reference_date": "2020-01-05",
    }
