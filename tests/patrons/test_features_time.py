"""Series without holes, cohorts without a future."""

from datetime import datetime

import ibis
import pandas as pd
import pytest

from patrons.features_time import cohorts, series

#   Wed 1 Jan 2020: A1 (two lines) and nobody's N1; Tue 7 Jan: B1; Sun 19 Jan: A2; nothing in February; Mon 2 Mar: B2
ROWS = {
    "customer_id": ["anna", "anna", None, "ben", "anna", "ben"],
    "order_id": ["A1", "A1", "N1", "B1", "A2", "B2"],
    "ordered_at": [
        datetime(2020, 1, 1),
        datetime(2020, 1, 1, 23, 59, 59),
        datetime(2020, 1, 1, 12),
        datetime(2020, 1, 7),
        datetime(2020, 1, 19, 23, 59, 59, 999999),
        datetime(2020, 3, 2, 8),
    ],
    "amount": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
}


@pytest.fixture(scope="module")
def transactions():
    return ibis.duckdb.connect().create_table("t", ibis.memtable(ROWS))


def test_weeks_begin_on_monday_and_have_no_holes(transactions):
    frame = series(transactions, "week")
    assert frame["start"].tolist() == list(pd.date_range("2019-12-30", "2020-03-02", freq="7D"))
    assert frame["orders"].tolist() == [2, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert frame["revenue"].tolist() == [7.0, 8.0, 16.0, 0, 0, 0, 0, 0, 0, 32.0]
    assert frame["customers"].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert frame["whole"].tolist() == [False, *[True] * 8, False]


def test_days(transactions):
    frame = series(transactions, "day")
    assert len(frame) == 62
    assert frame[frame["orders"] > 0]["start"].dt.strftime("%m-%d").tolist() == ["01-01", "01-07", "01-19", "03-02"]
    assert frame["whole"].all()


def test_months(transactions):
    frame = series(transactions, "month")
    assert frame["orders"].tolist() == [4, 0, 1]
    assert frame["revenue"].tolist() == [31.0, 0.0, 32.0]
    assert frame["whole"].tolist() == [True, True, False]
    assert frame["start"].tolist() == [pd.Timestamp(2020, month, 1) for month in (1, 2, 3)]


def test_periods_before_1970_and_across_years():
    rows = {"customer_id": ["a", "a"], "order_id": ["1", "2"], "amount": [1.0, 1.0]}
    times = [datetime(1968, 12, 29, 12), datetime(1970, 1, 1, 12)]
    frame = series(ibis.memtable({**rows, "ordered_at": times}), "week")
    assert frame["start"].iloc[0] == pd.Timestamp(1968, 12, 23)
    assert frame["start"].iloc[-1] == pd.Timestamp(1969, 12, 29)
    assert frame["orders"].sum() == 2


def test_an_unknown_period(transactions):
    with pytest.raises(ValueError, match="the periods are day, week, month"):
        series(transactions, "year")


def test_one_order(transactions):
    one = transactions.filter(transactions.order_id == "B1")
    assert [len(series(one, period)) for period in ("day", "week", "month")] == [1, 1, 1]
    assert cohorts(one, datetime(2020, 1, 8))["customers"].tolist() == [1]


def test_cohorts_by_hand(transactions):
    frame = cohorts(transactions, datetime(2020, 3, 3, 8))
    assert frame["cohort"].unique().tolist() == [pd.Timestamp(2020, 1, 1)]
    assert frame["month"].tolist() == [0, 1, 2]
    assert frame["customers"].tolist() == [2, 0, 1]
    assert frame["size"].tolist() == [2, 2, 2]
    assert frame["share"].tolist() == [1.0, 0.0, 0.5]
    assert frame["whole"].tolist() == [True, True, False]


def test_cohorts_end_with_the_present(transactions):
    late = transactions.filter(transactions.order_id != "A1")  # anna is new in January still, by A2
    assert cohorts(late, datetime(2020, 5, 1))["month"].tolist() == [0, 1, 2, 3]
    march = transactions.filter(transactions.order_id.isin(["A1", "B2"]))
    frame = cohorts(march, datetime(2020, 3, 3))
    assert list(zip(frame["cohort"].dt.month, frame["month"], frame["customers"], strict=True)) == [
        (1, 0, 1),
        (1, 1, 0),
        (1, 2, 0),
        (3, 0, 1),
    ]


@pytest.mark.parametrize("engine", ["postgres", "trino", "snowflake", "clickhouse", "bigquery", "datafusion"])
def test_expressions_are_portable(engine, transactions):
    from patrons.features_time import _number

    for period in ("day", "week", "month"):
        ibis.to_sql(transactions.mutate(period=_number(transactions.ordered_at, period)).unbind(), dialect=engine)
