import pandas as pd
import pytest

import patrons
from patrons import scoring, tables_dashboard, words_dashboard
from patrons.facts import Facts


def data(orders, applies=None):
    slices = {name: {"grain": grain, "orders": values} for name, (grain, values) in orders.items()}
    return {"slices": slices, "applies": applies or {}, "notes": ["a note"], "shop": {"smallest_group": 5}}


EXAMPLE = data(
    {"*/*/*": ("month", [10, 20]), "new/*/*": ("quarter", [None]), "old/*/*": ("quarter", [12])},
    {"sales": ["segment", "dates"], "campaigns": []},
)


def test_every_column_of_the_scores_is_explained():
    assert tables_dashboard.columns()["column"].tolist() == list(scoring.COLUMNS)
    assert set(tables_dashboard.MEANINGS) == set(scoring.COLUMNS)


def test_each_chart_that_is_there_says_what_it_follows():
    table = tables_dashboard.answers(EXAMPLE).set_index("chart")
    assert table.loc["Sales"].tolist() == ["✓", "", "", "✓"]
    assert table.loc["What campaigns return"].tolist() == ["", "", "", ""]
    assert "Who came back" not in table.index


def test_what_is_hidden_is_counted():
    table = tables_dashboard.hidden(EXAMPLE)
    assert table["filters"].tolist() == ["No filter", "Segment"]
    assert table["slices"].tolist() == [1, 2]
    assert table["hidden"].tolist() == [0, 1]
    assert table["share"].tolist() == [0, pytest.approx(0.6)]


def test_words_follow_what_is_hidden():
    facts = Facts("GBP")
    table = tables_dashboard.hidden(EXAMPLE)
    words_dashboard.record(facts, EXAMPLE, table)
    assert "100\u00a0% with no filter and 40\u00a0% with one filter" in words_dashboard.masked(facts, EXAMPLE, table)
    whole = data({"*/*/*": ("month", [10, 20])})
    assert "nothing needs to be hidden" in words_dashboard.masked(facts, whole, tables_dashboard.hidden(whole))
    nothing = data({})
    assert tables_dashboard.hidden(nothing).empty
    assert "nothing that a dashboard" in words_dashboard.sentences(facts, nothing)


@pytest.mark.slow
def test_features_are_those_the_models_take():
    table = tables_dashboard.features(patrons.open())
    assert table["model"].is_unique
    assert "recency" in table.set_index("model").loc["Answering", "features"]
    assert pd.api.types.is_integer_dtype(table["count"])
