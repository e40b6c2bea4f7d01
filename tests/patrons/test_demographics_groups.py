"""Bands and levels: round cuts, no group too small, not too many, hostile names left as they are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import demographics_groups as groups


def names(values):
    return values.astype(object).where(values.notna(), None).tolist()


def test_ages_are_cut_at_the_stated_years():
    raw = pd.DataFrame({"age": [18.0, 29, 30, 45, 46, 60, 61, 88, np.nan]})
    found = groups.banded(raw, "GBP")["age"]
    assert names(found) == [
        *["up to 29"] * 2,
        *["30 to 45"] * 2,
        *["46 to 60"] * 2,
        *["61 and over"] * 2,
        None,
    ]
    assert found.cat.ordered


def test_incomes_are_cut_at_round_amounts_that_belong_to_the_band_below():
    income = pd.Series([20_000.0, 30_000, 40_000, 40_100, 50_000, 60_000, 60_100, 70_000, np.nan] * 10)
    assert groups.income_cuts(income) == [20_000.0, 40_000.0, 60_000.0]
    found = names(groups.banded(pd.DataFrame({"income": income}), "GBP")["income"])
    assert found[:8] == [
        "up to £20k",
        *["£20k to £40k"] * 2,
        *["£40k to £60k"] * 3,
        *["over £60k"] * 2,
    ]
    assert found[8] is None


def test_a_thin_end_is_joined_with_its_neighbour():
    income = pd.Series([*np.linspace(15_000, 59_000, 97), 100_000.0, 150_000.0, 666_666.0])
    assert groups.income_cuts(income) == [20_000.0, 40_000.0]


def test_one_income_makes_one_band():
    assert groups.income_cuts(pd.Series([5.0] * 9)) == []
    found = groups.banded(pd.DataFrame({"income": [5.0] * 9}), None)["income"]
    assert found.cat.categories.tolist() == ["all"]


def test_children_and_teenagers_are_none_one_or_more():
    found = groups.banded(pd.DataFrame({"family": [0.0, 1, 2, 5, np.nan]}), None)["family"]
    assert names(found) == ["none", "one", "two or more", "two or more", None]


def test_education_is_put_in_order_where_every_level_is_known():
    found = groups.levels(pd.Series(["PhD", "Basic", "Graduation", "Master", "2n Cycle", "Basic"]), "education")
    assert found.cat.categories.tolist() == ["Basic", "Graduation", "2n Cycle", "Master", "PhD"]
    assert found.cat.ordered
    other = groups.levels(pd.Series(["PhD", "guild", "guild"]), "education")
    assert other.cat.categories.tolist() == ["guild", "PhD"]
    assert not other.cat.ordered


def test_rare_texts_become_other_and_the_frequent_keep_their_names():
    texts = pd.Series(["a"] * 20 + ["b"] * 9 + ["c"] * 3 + ["d"] * 4)
    found = groups.settle(groups.levels(texts, "region"), smallest=5)
    assert found.value_counts().to_dict() == {"a": 20, "b": 9, "other": 7}
    assert found.cat.categories[-1] == "other"


def test_a_remainder_too_small_to_show_takes_the_rarest_group_along():
    texts = pd.Series(["a"] * 20 + ["b"] * 9 + ["c"] * 3)
    found = groups.settle(groups.levels(texts, "region"), smallest=5)
    assert found.value_counts().to_dict() == {"a": 20, "other": 12}


def test_more_levels_than_can_be_compared_are_seven_and_other():
    texts = pd.Series([letter for place, letter in enumerate("abcdefghij") for _ in range(30 - place)])
    found = groups.settle(groups.levels(texts, "region"), smallest=5)
    assert found.cat.categories.tolist() == [*"abcdefg", "other"]


def test_a_small_band_joins_the_smaller_neighbour():
    ages = pd.DataFrame({"age": [25.0] * 30 + [40.0] * 50 + [50.0] * 40 + [70.0] * 2})
    found = groups.settle(groups.banded(ages, None)["age"], smallest=5)
    assert found.value_counts(sort=False).to_dict() == {"up to 29": 30, "30 to 45": 50, "46 to 60 / 61 and over": 42}


HOSTILE = ["<script>alert(1)</script>", "a|b", "$x$", "*bold*", "__x__", "", "   ", None, "other", "not known"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=80), st.integers(1, 12))
def test_no_group_is_too_small_and_nobody_is_lost(texts, smallest):
    values = groups.levels(pd.Series(texts, dtype=object), "region")
    found = groups.settle(values, smallest)
    assert found.notna().sum() == sum(bool(text and text.strip()) for text in texts)
    counts = found.value_counts()
    assert len(counts) <= groups.MOST_LEVELS
    if len(counts) > 1:
        assert counts.min() >= smallest


@pytest.mark.parametrize(("text", "place"), [("No degree", 0), ("High School", 2), ("Doctorate", 8), ("?", None)])
def test_the_ladder(text, place):
    assert groups.rank(text) == place
