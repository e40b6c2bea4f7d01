"""Whether people differ: the test rejects when it should, and at its level when it should not."""

import numpy as np
import pandas as pd

from patrons import uplift, uplift_differ

from .test_uplift import PLAN, people


def test_planted_differences_are_found():
    found = uplift_differ.interaction(uplift.prepare(people(1_500), PLAN, "sales"))
    assert found.p < 1e-6
    assert found.df1 == 2 * uplift_differ.traits_matrix(uplift.prepare(people(1_500), PLAN, "sales")).shape[1]


def test_where_nobody_differs_it_is_rejected_about_once_in_twenty():
    ps = [uplift_differ.interaction(uplift.prepare(people(800, seed, 0.0), PLAN, "sales")).p for seed in range(100)]
    assert (np.array(ps) < 0.05).sum() <= 12
    assert np.median(ps) > 0.3


def test_columns_that_follow_from_others_are_left_out():
    trial = uplift.prepare(people(1_500), PLAN, "sales")
    doubled = trial.traits.assign(again=trial.traits["gender"].map({"f": "x", "m": "y"}))
    both = uplift.Trial(**{**trial.__dict__, "traits": doubled})
    assert uplift_differ.traits_matrix(both).shape == uplift_differ.traits_matrix(trial).shape


def test_an_outcome_that_does_not_vary_cannot_be_tested():
    assert uplift_differ.interaction(uplift.prepare(people(900).assign(sales=1.0), PLAN, "sales")) is None


def test_missing_numbers_have_a_column_of_their_own():
    frame = people(1_500)
    frame.loc[:400, "before"] = np.nan
    plain = uplift_differ.traits_matrix(uplift.prepare(people(1_500), PLAN, "sales"))
    assert uplift_differ.traits_matrix(uplift.prepare(frame, PLAN, "sales")).shape[1] == plain.shape[1] + 1
    assert pd.DataFrame(plain).notna().all(axis=None)
