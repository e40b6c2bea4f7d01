"""Months before and after an assignment, and the difference in differences."""

import numpy as np
import pandas as pd
import pytest

from patrons import strategy_engagement as engagement
from patrons.design import make_design
from patrons.settings import Experiment

PLAN = make_design(
    Experiment(file="t", columns={"arm": "arm"}, control="none", outcomes={"y": "number"}), ["none", "a"]
)


def test_the_month_of_the_assignment_counts_for_neither_side():
    frame = pd.DataFrame({"customer_id": ["1", "2"], "arm": ["none", "a"], "assigned_at": pd.Timestamp("2023-07-10")})
    months = pd.to_datetime(["2022-06-01", "2023-06-01", "2023-07-01", "2023-08-01", "2023-09-01"])
    table = pd.DataFrame({"customer_id": "1", "month": months, "web_visits": [100.0, 2, 50, 4, 6]})
    table["emails_sent"], table["emails_opened"] = [9.0, 4, 4, 4, 0], [9.0, 1, 4, 3, 0]
    found = engagement.observed(frame, table)
    after, before = found["visits per month"]
    assert (after[0], before[0]) == (5, 2)
    assert after.isna().tolist() == [False, True]
    assert [side[0] for side in found["open rate"]] == [0.75, 0.25]
    assert "click rate" not in found


def test_an_assignment_on_the_first_of_a_month_leaves_no_month_out():
    frame = pd.DataFrame({"customer_id": ["1"], "arm": ["none"], "assigned_at": pd.Timestamp("2023-07-01")})
    months = pd.to_datetime(["2023-06-01", "2023-07-01"])
    found = engagement.observed(frame, pd.DataFrame({"customer_id": "1", "month": months, "web_visits": [2.0, 7]}))
    assert [side[0] for side in found["visits per month"]] == [7, 2]


def test_a_change_is_found_and_one_of_everybody_is_not():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"arm": ["none", "a"] * 200})
    before = pd.Series(rng.normal(5, 1, 400))
    after = before + 3 + rng.normal(0, 1, 400)
    shift = pd.Series(np.where(frame["arm"] == "a", 0.8, 0.0))
    found = engagement.changes({"x": (after + shift, before), "y": (after, before)}, frame, PLAN).set_index("metric")
    assert found.loc["x", "low"] < 0.8 < found.loc["x", "high"]
    assert found.loc["x", "low"] > 0
    assert found.loc["y", "low"] < 0 < found.loc["y", "high"]
    assert found.loc["y", "control"] == pytest.approx(3, abs=0.25)
    assert engagement.changes({}, frame, PLAN).empty
