"""How far two tables of the same results are apart, in words that can say no."""

import numpy as np
import pandas as pd
import pytest

from patrons import double

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
    ("value", "text"), [(2e-12, "2 × 10^−12^"), (9.5e-10, "1 × 10^−9^"), (0.0, "0"), (np.inf, "∞")]
)
def test_small_numbers_in_words(value, text):
    assert double.power_of_ten(value) == text


def test_rows_without_names_are_compared_in_order():
    assert double.agreement(TABLE, TABLE, [], ["p", "t"]).holds
    assert not double.agreement(TABLE, TABLE.iloc[::-1], [], ["p", "t"]).holds
