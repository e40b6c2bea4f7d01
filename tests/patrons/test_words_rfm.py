"""Sentences about segments change with their numbers."""

import numpy as np
import pandas as pd
import pytest

from patrons import record_rfm as record
from patrons import rfm, rfm_checks, rfm_later, rfm_moves
from patrons import words_rfm as words
from patrons import words_rfm_checks as checks
from patrons.facts import Facts
from patrons.rfm_study import Hindsight, Study


def facts_of(frame, smallest=1):
    scores = rfm.score(frame)
    facts = Facts(currency="GBP", chapter="rfm")
    study = study_of(scores, smallest)
    record.study(facts, study, 90)
    return facts, study


def study_of(scores, smallest=1, hindsight=None):
    return Study(
        scores=scores,
        summary=rfm.summarise(scores, np.random.default_rng(1), 200),
        left_out=0,
        firm=rfm_checks.firmness(scores, np.random.default_rng(1), 10),
        agreement=rfm_checks.agree(scores),
        hindsight=hindsight,
        smallest=smallest,
    )


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
    assert words.skew(facts).endswith("are near the medians.")


def test_skew_is_said_where_it_is(uneven):
    frame = uneven.assign(frequency=np.where(uneven.recency < 40, 50, 1))
    assert "lie far above" in words.skew(facts_of(frame)[0])


def test_ties_are_told_or_said_to_be_harmless(uneven, even):
    assert "each score occurs" in checks.ties(facts_of(uneven)[1].scores, 5)
    assert "tells nobody apart" in checks.ties(facts_of(even)[1].scores, 5)


def test_a_warning_says_what_collapses_and_what_to_do(uneven, even):
    assert checks.warning(facts_of(uneven)[1]) is None
    said = checks.warning(facts_of(even, 5)[1])
    assert said.startswith("::: {.callout-warning")
    assert "Everybody has the same number of orders, 1: its score is 1 for all" in said
    assert "Nobody can be in Champions, Loyal or At risk" in said
    assert "**What to do:** tell customers apart by recency alone." in said


def test_a_warning_of_few_people_shows_none_of_them():
    frame = pd.DataFrame({"recency": [3], "frequency": [7], "monetary": [123.45]})
    facts, study = facts_of(frame, 5)
    told = " ".join([*map(str, (checks.warning(study), words.sentences(facts), words.to_do(facts)))])
    assert "There is only 1 customer" in told
    assert "123" not in told
    assert "rfm.top_segment" not in facts
    assert words.for_summary(facts) == ""
    assert facts["rfm.monetary.mean"].value is None
    assert all(facts[key].value in (0, None) for key in facts if key.endswith(".customers") and "segment" in key)
    assert "1" in words.number(facts).data


def test_silence_that_all_share_is_no_silence(uneven):
    facts, study = facts_of(uneven.assign(recency=400))
    assert words.slipping(facts) == ""
    assert set(study.scores.customers["segment"]) <= {"loyal", "promising"}
    said = checks.warning(study)
    assert "Everybody has the same recency, 400\u00a0days: its score is 1 for all" in said
    assert "so that nobody is called silent" in said
    assert "Nobody can be in Champions, New, At risk or Lost" in said


def test_silence_is_held_against_days(uneven):
    facts, study = facts_of(uneven)
    assert "the names mean it" in checks.silence(facts, study, 90)
    facts, study = facts_of(uneven.assign(recency=uneven.recency / 10))
    assert "the names overstate it" in checks.silence(facts, study, 90)


def test_the_summary_has_a_number_an_interval_and_a_step(uneven):
    facts, _ = facts_of(uneven)
    said = words.for_summary(facts)
    assert "**Champions** bring " in said
    assert " to " in said
    assert "Champions: give them service" in said
    assert words.for_summary(Facts()) == ""


def hindsight_of(frame, returned, spend):
    then = rfm.score(frame.assign(customer_id=range(len(frame))))
    outcomes = pd.DataFrame({"customer_id": np.flatnonzero(returned), "orders": 1, "revenue": spend[returned]})
    followed = rfm_later.follow(then, outcomes)
    return Hindsight(
        back=rfm_moves.Back(pd.Timestamp("2023-01-01").to_pydatetime(), 12),
        then=then,
        moves=rfm_moves.moves(then, then, 5),
        turns=rfm_moves.turns(then, then),
        followed=followed,
        later=rfm_later.by_segment(followed, then.segments.titles),
        tests=rfm_later.tests(followed),
        foretold=rfm_later.foretell(followed),
    )


def test_names_foretell_only_if_they_do(uneven):
    chance, spend = np.random.default_rng(5), np.full(200, 9.5)
    for returned, claimed, inner in (
        (uneven.recency.to_numpy() < 60, "The names foretell: ", "by more than chance"),
        (chance.random(200) < 0.5, "not come back in clearly different shares", "do not differ clearly"),
        (np.zeros(200, dtype=bool), "", "Nobody of then has ordered since"),
        (np.ones(200, dtype=bool), "", "Everybody of then has ordered since"),
    ):
        found, facts = hindsight_of(uneven, returned, spend), facts_of(uneven)[0]
        record.hindsight(facts, found, 5)
        said = words.foretold(facts)
        assert claimed in said if claimed else said == ""
        assert inner in checks.foretold(facts, found)
        assert "nobody who bought slipped into a segment of the silent" in checks.turned(facts, found)


def test_actions_are_listed_for_segments_that_have_somebody(even):
    facts, _ = facts_of(even)
    lines = words.to_do(facts).split("\n")
    assert len(lines) == len(words.segments(facts)) < 5
    assert all(line.startswith("- **") for line in lines)


def test_facts_of_the_contract(uneven):
    facts, study = facts_of(uneven)
    for measure in rfm.MEASURES:
        assert facts[f"rfm.{measure}.mean"].value == pytest.approx(study.scores.customers[measure].mean())
        assert facts[f"rfm.{measure}.median"].value == pytest.approx(study.scores.customers[measure].median())
    shares = [facts[f"rfm.segment.{name}.revenue_share"].value for name in words.segments(facts)]
    assert sum(shares) == pytest.approx(1)
    assert sum(facts[f"rfm.segment.{name}.customers"].value for name in words.segments(facts)) == 200


def test_a_plain_inline_expression_shows_the_words_as_they_are(uneven):
    facts, _ = facts_of(uneven)
    assert "\\xa0" not in words.to_do(facts)._repr_markdown_()
    assert words.to_do(facts)._repr_markdown_() == str(words.to_do(facts))
