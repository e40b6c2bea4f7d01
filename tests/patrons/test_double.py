"""How far two tables of the same results are apart, in words that can say no."""

import re

import numpy as np
import pandas as pd
import pytest

from patrons import double
from patrons.double import Agreement
from patrons.facts import Facts
from patrons.paths import home

TABLE = pd.DataFrame({"arm": ["a", "b"], "p": [0.5, np.nan], "t": [-300.0, 2.0]})


def test_equal_tables_agree_in_any_order():
    found = double.agreement(TABLE, TABLE.iloc[::-1], ["arm"], ["p", "t"])
    assert found.holds
    assert found.line().data == "[✓ Python and R agree exactly]{.agreement}"


def test_a_difference_is_named():
    other = TABLE.assign(t=[-300.0, 2.001])
    found = double.agreement(TABLE, other, ["arm"], ["p", "t"])
    assert not found.holds
    assert "differ by" in found.line().data
    assert "t of b" in found.line().data


@pytest.mark.parametrize("p", [[0.5, 0.1], [np.nan, np.nan]])
def test_a_number_only_one_has_is_a_difference(p):
    assert double.agreement(TABLE, TABLE.assign(p=p), ["arm"], ["p"]).largest == np.inf


def test_other_rows_never_agree():
    assert not double.agreement(TABLE, TABLE.head(1), ["arm"], ["p"]).holds


@pytest.mark.parametrize(
    ("value", "text"), [(2e-12, "2\u00a0×\u00a010^−12^"), (9.5e-10, "1\u00a0×\u00a010^−9^"), (0.0, "0"), (np.inf, "∞")]
)
def test_small_numbers_in_words(value, text):
    assert double.power_of_ten(value) == text


def test_rows_without_names_are_compared_in_order():
    assert double.agreement(TABLE, TABLE, [], ["p", "t"]).holds
    assert not double.agreement(TABLE, TABLE.iloc[::-1], [], ["p", "t"]).holds


def test_what_stands_under_a_table_is_recorded():
    facts = Facts(chapter="rfm")
    line = double.agreement(TABLE, TABLE.assign(t=[-300.0, 2.0 * (1 + 3.5e-10)]), ["arm"], ["p", "t"]).under(
        "tbl-rfm-a", facts
    )
    assert line.data == "[✓ Python and R agree to 4\u00a0×\u00a010^−10^]{.agreement}"
    fact = facts["agreement.rfm.tbl-rfm-a"]
    assert fact.value == pytest.approx(3.5e-10, rel=1e-3)
    assert (fact.n, facts["agreement.rfm.tbl-rfm-a.tolerance"].value) == (4, double.TOLERANCE)


def test_rows_that_only_one_has_are_recorded_as_no_number():
    facts = Facts(chapter="rfm")
    double.agreement(TABLE, TABLE.head(1), ["arm"], ["p"]).under("tbl-rfm-a", facts)
    assert (facts["agreement.rfm.tbl-rfm-a"].value, facts["agreement.rfm.tbl-rfm-a"].n) == (None, 0)


def test_nothing_to_compare_is_not_recorded():
    facts = Facts(chapter="rfm")
    double.NOTHING.under("tbl-rfm-a", facts)
    assert not len(facts)


def test_the_worst_of_several_is_the_one_that_does_not_hold():
    loose, broken = Agreement(1e-7, "a", 3, tolerance=1e-6), Agreement(2e-8, "b", 2)
    assert double.worst([loose, broken]) == Agreement(2e-8, "b", 5)
    assert double.worst([loose, Agreement(1e-9, "c", 2), double.NOTHING]) == Agreement(1e-7, "a", 5, tolerance=1e-6)
    assert not double.worst([loose, Agreement(np.inf, "the rows they have", 0)]).holds
    assert double.worst([]) == double.NOTHING


@pytest.mark.parametrize("chapter", sorted((home() / "chapters").glob("*.qmd")), ids=lambda path: path.stem)
def test_each_agreement_stands_under_something_of_its_chapter(chapter):
    text = chapter.read_text(encoding="utf-8")
    labels = re.findall(r'\.under\("([^"]*)", \w', text)
    known = set(re.findall(r"(?:label: |\{#)((?:tbl|fig|sec)-[\w-]+)", text))
    assert not set(labels) - known
    assert len(labels) == len(set(labels))
    assert not re.search(r"\.line\(\)", text)


def test_nothing_to_compute_twice_is_no_disagreement():
    facts = Facts()
    assert "✗" not in double.NOTHING.under("tbl-a-b", facts).data
    assert not facts
