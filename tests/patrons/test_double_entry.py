"""The chapter on double entry: everything recorded is shown, nothing that differs is passed over."""

import numpy as np
import pytest

from patrons import double_entry, figures_double_entry, theme
from patrons import words_double_entry as words
from patrons.double import Agreement
from patrons.facts import Facts


@pytest.fixture
def facts():
    found = Facts()
    for chapter, label, agreement in (
        ("strategy", "tbl-strategy-a", Agreement(3e-9, "x", 5, tolerance=1e-6)),
        ("rfm", "tbl-rfm-a", Agreement(0.0, "", 7)),
        ("rfm", "tbl-rfm-b", Agreement(2e-12, "y", 3)),
    ):
        found.chapter = chapter
        agreement.under(label, found)
    return found


def test_comparisons_stand_in_the_order_of_the_book(facts):
    table = double_entry.gather(facts)
    assert table["label"].tolist() == ["tbl-rfm-a", "tbl-rfm-b", "tbl-strategy-a"]
    assert table["holds"].all()
    double_entry.record(own := Facts(), table)
    assert {name: entry.value for name, entry in own.items()} == {
        "agreement.chapters": 2,
        "agreement.comparisons": 3,
        "agreement.numbers": 15,
        "agreement.failed": 0,
        "agreement.within_1e-8": 2e-12,
        "agreement.within_1e-6": 3e-9,
    }
    assert "Nowhere" in words.answer(own)


def test_what_differs_is_said(facts):
    facts.chapter = "explore"
    Agreement(1e-3, "z", 4).under("tbl-explore-a", facts)
    Agreement(np.inf, "the rows they have", 0).under("tbl-explore-b", facts)
    table = double_entry.gather(facts)
    double_entry.record(own := Facts(), table)
    assert own["agreement.failed"].value == 2
    assert "further apart than they should be" in words.answer(own)
    shown = words.everything(table, {})
    assert "| @tbl-explore-a | 4 | 1\u00a0×\u00a010^−3^ | 1\u00a0×\u00a010^−8^ | ✗ |" in shown
    assert "| @tbl-explore-b | 0 | ∞ |" in shown
    theme.apply()
    figures_double_entry.differences(table, {}).draw()


def test_no_comparison_at_all_is_said():
    double_entry.record(own := Facts(), double_entry.gather(Facts()))
    assert words.answer(own) == words.NOTHING
    assert words.number(own).data == ""


def test_what_is_computed_once_is_named_where_its_chapter_is_there(facts):
    table = double_entry.gather(facts)
    assert "tbl-response-models" not in words.alone(table)
    assert "@sec-truth-worlds" in words.alone(table)


def test_titles_are_those_of_the_chapters():
    assert words.titles()["double-entry"] == "Double entry"
    assert set(double_entry.chapters()) - {"index"} <= set(words.titles())
