"""Sentences about segments change with their numbers."""

import numpy as np
import pandas as pd
import pytest

from patrons import record, rfm
from patrons import words_rfm as words
from patrons.facts import Facts


def facts_of(frame):
    scores = rfm.score(frame)
    facts = Facts(currency="GBP", chapter="rfm")
    record.scores(facts, scores, rfm.summarise(scores, np.random.default_rng(1), 200), unmoved=0.8)
    return facts, scores


@pytest.fixture
def uneven():
    order = np.arange(200)
    return pd.DataFrame({"recency": order + 1, "frequency": 200 - order, "monetary": 9.99 * 1.04 ** (200 - order)})


@pytest.fixture
def even():
    order = np.arange(200)
    return pd.DataFrame({"recency": order + 1, "frequency": 1, "monetary": 100.0})


def test_those_who_bring_most_are_named_with_their_interval(uneven):
    facts, _ = facts_of(uneven)
    assert facts["rfm.top_segment"].value == "champions"
    assert words.most_valuable(facts).startswith("**Champions** bring ")
    assert "far more than their share" in words.most_valuable(facts)
    assert "[" in words.number(facts).data


def test_equal_customers_are_not_called_better(even):
    facts, _ = facts_of(even)
    assert "about their share" in words.most_valuable(facts)
    assert words.skew(facts) == "are near the medians."


def test_skew_is_said_where_it_is(uneven):
    frame = uneven.assign(frequency=np.where(uneven.recency < 40, 50, 1))
    assert words.skew(facts_of(frame)[0]).startswith("lie far above")


def test_ties_are_told_or_said_to_be_harmless(uneven, even):
    assert "each score occurs" in words.ties(facts_of(uneven)[1])
    assert "tells nobody apart" in words.ties(facts_of(even)[1])


def test_actions_are_listed_for_segments_that_have_somebody(even):
    facts, _ = facts_of(even)
    lines = words.to_do(facts).split("\n")
    assert len(lines) == len(words.segments(facts)) < 5
    assert all(line.startswith("- **") for line in lines)


def test_facts_of_the_contract(uneven):
    facts, scores = facts_of(uneven)
    for measure in rfm.MEASURES:
        assert facts[f"rfm.{measure}.mean"].value == pytest.approx(scores.customers[measure].mean())
        assert facts[f"rfm.{measure}.median"].value == pytest.approx(scores.customers[measure].median())
    shares = [facts[f"rfm.segment.{name}.revenue_share"].value for name in words.segments(facts)]
    assert sum(shares) == pytest.approx(1)
    assert sum(facts[f"rfm.segment.{name}.customers"].value for name in words.segments(facts)) == 200


def test_a_plain_inline_expression_shows_the_words_as_they_are(uneven):
    facts, _ = facts_of(uneven)
    assert "\\xa0" not in words.to_do(facts)._repr_markdown_()
    assert words.to_do(facts)._repr_markdown_() == str(words.to_do(facts))
