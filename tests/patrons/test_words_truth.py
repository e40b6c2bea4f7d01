"""Sentences on truth say no when the numbers do."""

import pandas as pd
import pytest

from patrons import tables_truth, truth_alarms, truth_study
from patrons import words_truth as words
from patrons.facts import Facts
from patrons.stop import SectionStop

COUNTS = pd.DataFrame({"reading": ["spend_all", "visit", truth_alarms.ALL], "tests": 1000, "alarms": [50, 55, 20]})


def study(alarms):
    counts = COUNTS.assign(alarms=alarms, share=[count / 1000 for count in alarms])
    dealt = truth_study.judged(counts, {truth_alarms.ALL: True})
    nothing = truth_study.truth_effects.beside({}, Facts())
    return truth_study.Study(nothing, None, dealt, dealt.head(0))


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        ([50, 55, 2], "That is as promised"),
        ([120, 55, 2], "Too often something is found by spend all."),
        ([50, 9, 2], "Too rarely something is found by visit:"),
    ],
)
def test_readings_that_break_their_word_are_named(alarms, said):
    found = study(alarms)
    truth_study.record(facts := Facts(), found)
    assert said in words.dealt(facts, found.dealt)


def test_where_nothing_was_planted_the_own_test_answers():
    truth_study.record(facts := Facts(), study([50, 55, 2]))
    assert "[5.0" in words.number(facts).data
    assert truth_study.NOWHERE_PLANTED in words.sentences(facts)
    assert "1,000 times" in words.sentences(facts)


def test_without_test_and_truth_the_chapter_says_so():
    assert words.number(Facts()).data == ""
    assert words.sentences(Facts()) == f"{truth_study.NOWHERE_PLANTED} {truth_study.NO_TEST}"
    with pytest.raises(SectionStop, match="only where it was planted"):
        words.need(None)


@pytest.mark.parametrize(
    ("effect", "name"),
    [
        ("kinds.at_risk.revenue_share", ("Customers", "Revenue of “at risk”")),
        ("affinity.kit_01.pan_02.lift", ("Pairs and campaigns", "KIT-01 with PAN-02")),
        ("experiment.sales.bonus_points.lift_pct", ("Test: bonus points", "Sales, relative")),
    ],
)
def test_effects_have_names(effect, name):
    assert tables_truth.name(effect, ["bonus points"]) == name
