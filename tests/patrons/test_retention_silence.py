"""What became of silences, on orders that can be worked by hand and on ones with a known truth."""

import numpy as np
import pandas as pd
import pytest

from patrons import double, r
from patrons.retention_silence import came_back, follow

TODAY = pd.Timestamp("2021-12-31").to_pydatetime()


def shop(first, gaps, days=None):
    """One order a customer on day `first` of 2021, then one after each gap."""
    start = pd.Timestamp("2021-01-01")
    rows = [{"customer_id": who, "gap": float(gap)} for who, mine in enumerate(gaps) for gap in mine]
    features = pd.DataFrame(
        {
            "customer_id": range(len(gaps)),
            "first_order": [start + pd.Timedelta(days=day) for day in first],
            "last_order": [start + pd.Timedelta(days=day + sum(mine)) for day, mine in zip(first, gaps, strict=True)],
        }
    )
    return pd.DataFrame(rows, columns=["customer_id", "gap"]), features


def test_silences_by_hand():
    # 10 customers come back after 40 days and then never (324 days to the last of December), 10 never (364 days).
    gaps, features = shop([0] * 20, [[40.0]] * 10 + [[]] * 10)
    found = follow(gaps, features, TODAY, 30, np.random.default_rng(1), 5)
    assert found.within == 90
    mine = found.table.set_index("days")
    assert mine.loc[30, "returned"] == pytest.approx(1 / 3)  # of 30 silences, 10 end on day 40
    assert mine.loc[35, "ended_before"] == 0
    assert mine.loc[40, "ended_before"] == pytest.approx(1 / 3)
    assert mine.loc[45, "returned"] == 0
    assert np.isnan(found.over.value)


def test_a_silence_of_exactly_the_threshold_is_not_longer():
    gaps, features = shop([0] * 12, [[90.0]] * 12)
    found = follow(gaps, features, TODAY, 90, np.random.default_rng(1), 5).table.set_index("days")
    assert found.loc[90, "silences"] == 12  # those that still run: the others ended on day 90
    assert found.loc[85, "silences"] == 24


def test_what_the_record_is_too_short_for_is_missing():
    gaps, features = shop([0] * 20, [[40.0]] * 20)
    found = follow(gaps, features, TODAY, 30, np.random.default_rng(1), 5).table.set_index("days")
    assert np.isnan(found.loc[300, "returned"])


def test_r_finds_the_same_and_the_interval_holds_the_truth():
    rng = np.random.default_rng(5)
    gaps, first = [], rng.integers(0, 30, 400)
    for start in first:
        mine, day = [], float(start)
        while day + (gap := rng.exponential(60)) < 364:
            mine.append(gap)
            day += gap
        gaps.append(mine)
    found = follow(*shop(first, gaps), TODAY, 90, np.random.default_rng(1), 5)
    r.use("survival")
    known = found.table.dropna()
    theirs = r.call(
        "silence_returns", found.found["days"], found.found["event"], known["days"].astype(float), found.within
    )
    assert double.agreement(known, theirs, ["days"], ["ended_before", "returned"]).holds
    row = known.set_index("days").loc[90]
    truth = 1 - np.exp(-found.within / 60)  # an exponential silence forgets how long it has lasted
    assert row["low"] < truth < row["high"]
    assert found.over.low <= 60 * np.log(5) <= found.over.high


def test_who_came_back():
    found = came_back(pd.Series([10, 91, 200, 300]), pd.Series([True, True, False, False]), 90)
    assert (found["n"], found["customers"]) == (3, 1)
    assert found["low"] < 1 / 3 < found["high"]
    assert np.isnan(came_back(pd.Series([1]), pd.Series([True]), 90)["share"])
