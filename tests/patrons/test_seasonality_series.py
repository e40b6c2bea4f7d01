"""Which periods count as covered, on days that can be worked by hand."""

import pandas as pd
import pytest

from patrons import seasonality_series as series


def days_from(start, end, closed=()):
    start = pd.date_range(start, end)
    return pd.DataFrame({"start": start, "orders": [0 if day.dayofweek in closed else 1 for day in start]})


def months_of(days):
    return pd.DataFrame({"start": pd.period_range(days["start"].iloc[0], days["start"].iloc[-1], freq="M").start_time})


@pytest.mark.parametrize(
    ("start", "end", "closed", "kept"),
    [
        ("2021-01-01", "2021-03-31", (), [1, 2, 3]),
        ("2021-01-02", "2021-03-31", (), [2, 3]),
        ("2021-01-01", "2021-03-30", (), [1, 2]),
        # Closed at weekends: 1 August 2021 was a Sunday, 31 October too.
        ("2021-08-02", "2021-10-29", (5, 6), [8, 9, 10]),
        ("2021-08-04", "2021-10-27", (5, 6), [9]),
    ],
)
def test_a_month_counts_unless_it_lacks_more_days_than_the_shop_ever_pauses(start, end, closed, kept):
    days = days_from(start, end, closed)
    found = series.covered(months_of(days), days, "month")
    assert found["start"].dt.month.tolist() == kept


def test_weeks_are_judged_alike():
    days = days_from("2021-01-05", "2021-01-31")
    weeks = pd.DataFrame(
        {"start": pd.to_datetime(["2021-01-04", "2021-01-11", "2021-01-18", "2021-01-25"]), "whole": True}
    )
    assert series.covered(weeks, days, "week")["start"].dt.day.tolist() == [11, 18, 25]


def test_nothing_covered_is_no_error():
    days = days_from("2021-01-10", "2021-01-12")
    assert series.covered(months_of(days), days, "month").empty
