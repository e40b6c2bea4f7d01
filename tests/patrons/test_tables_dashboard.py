"""What the chapter on the dashboard counts and says."""

import pytest

from patrons import tables_dashboard as shown
from patrons import words_dashboard as words
from patrons.facts import Facts
from patrons.scoring import COLUMNS
from patrons.stop import SectionStop

SLICES = {
    "*/*/*": {"grain": "month", "orders": [9, 8]},
    "a/*/*": {"grain": "month", "orders": [5, None]},
    "*/n/*": {"grain": "quarter", "orders": [7]},
    "a/n/*": {"grain": "quarter", "orders": [None]},
}
DATA = {"applies": {"sales": ["segment", "dates"]}, "slices": SLICES, "dimensions": {"segment": [{}]}, "notes": ["A|b"]}


def test_hidden_cells_are_counted_by_how_many_filters_are_set():
    assert shown.hidden(SLICES).to_dict("list") == {
        "filters": [0, 1, 2],
        "choices": [1, 2, 1],
        "periods": ["month", "month or quarter", "quarter"],
        "cells": [2, 3, 1],
        "hidden": [0, 1, 1],
        "share": [0.0, 1 / 3, 1.0],
    }
    assert shown.hidden_shown(shown.hidden(SLICES))["Share hidden"].iloc[0] == "0.0\u00a0%"


def test_each_chart_says_which_filters_it_answers_to():
    table = shown.charts(DATA["applies"])
    assert table.to_dict("records") == [{"Chart": "Sales", "Segment": "✓", "Region": "–", "Channel": "–", "Dates": "✓"}]


def test_every_column_of_a_score_is_explained():
    explained = " ".join(shown.MEANINGS)
    assert [name for name in COLUMNS if name not in explained and not name.startswith("expected_return_")] == []


def test_words_follow_what_is_counted():
    facts = Facts()
    words.record(facts, DATA, shown.hidden(SLICES))
    assert words.number(facts).startswith("[4]{.answer-number}")
    assert "for 1 segment," in words.sentences(facts, DATA)
    assert words.masked(facts, 5).startswith("Of 6 periods of all choices, 2 are hidden: fewer than 5 customers")
    assert words.notes(DATA) == "- A\\|b"


def test_without_sales_nothing_is_hidden():
    facts = Facts()
    empty = {**DATA, "slices": {}, "dimensions": {}, "notes": []}
    words.record(facts, empty, shown.hidden({}))
    assert words.number(facts) == "[1]{.answer-number} [charts on one page]{.answer-label}"
    assert words.masked(facts, 5) == "There are no sales to hide."
    with pytest.raises(SectionStop, match="transactions"):
        words.need(shown.hidden({}), "add `transactions`")
