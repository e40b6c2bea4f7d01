"""Recency, frequency, monetary value and their kin: a small table worked by hand."""

from datetime import date, datetime

import ibis
import pytest

from patrons.features import (
    before,
    clv_statistics,
    customer_features,
    customer_spend,
    gaps,
    orders,
    outcomes,
    totals,
)

#   anna   A1 (two lines) and A2; the last order on 10 Jan at 12:00
#   ben    B1 alone, on the reference day itself
#   nobody a row without a customer
ROWS = {
    "customer_id": ["anna", "anna", "anna", "ben", None],
    "order_id": ["A1", "A1", "A2", "B1", "N1"],
    "ordered_at": [
        datetime(2020, 1, 1, 9),
        datetime(2020, 1, 1, 9),
        datetime(2020, 1, 10, 12),
        datetime(2020, 1, 31, 15),
        datetime(2020, 2, 1),
    ],
    "product": ["tea", "cup", "tea", "pot", "jug"],
    "amount": [10.0, 5.0, 3.0, 40.0, 100.0],
}


@pytest.fixture(scope="module")
def transactions():
    return ibis.duckdb.connect().create_table("t", ibis.memtable(ROWS))


def test_features_by_hand(transactions):
    # 31 Jan 00:00 is 20 days and 12 hours after anna's last order, 29 days and 15 hours after her first.
    frame = customer_features(transactions, datetime(2020, 1, 31)).to_pandas().set_index("customer_id")
    assert list(frame.index) == ["anna", "ben"]
    assert frame.loc["anna"].to_dict() == {
        "recency": 20,
        "frequency": 2,
        "monetary": 18.0,
        "average_order_value": 9.0,
        "first_order": datetime(2020, 1, 1, 9),
        "last_order": datetime(2020, 1, 10, 12),
        "tenure": 29,
    }
    assert frame.loc["ben", ["recency", "frequency", "monetary"]].tolist() == [0, 1, 40.0]


def test_with_the_default_reference_date_the_last_customer_bought_one_day_ago(transactions):
    frame = customer_features(transactions, datetime(2020, 2, 1, 15)).to_pandas().set_index("customer_id")
    assert frame.loc["ben", "recency"] == 1


@pytest.mark.parametrize(("second", "days"), [(0, 20), (1, 19)])
def test_recency_counts_whole_days_only(transactions, second, days):
    reference_date = datetime(2020, 1, 30, 12) if second == 0 else datetime(2020, 1, 30, 11, 59, 59, 999999)
    frame = customer_features(transactions, reference_date).to_pandas()
    assert frame["recency"][0] == days


def test_totals_leave_out_rows_without_a_customer_but_for_the_times(transactions):
    assert totals(transactions) == {
        "customers": 2,
        "orders": 3,
        "revenue": 58.0,
        "first_order": datetime(2020, 1, 1, 9),
        "last_order": datetime(2020, 2, 1),
        "products": 3,
    }


def test_totals_without_products(transactions):
    assert "products" not in totals(transactions.drop("product"))


def test_orders_gather_lines(transactions):
    frame = orders(transactions).order_by("order_id").to_pandas()
    assert frame["order_id"].tolist() == ["A1", "A2", "B1"]
    assert frame["revenue"].tolist() == [15.0, 3.0, 40.0]
    assert frame["lines"].tolist() == [2, 1, 1]


def test_gaps_are_days_between_consecutive_orders(transactions):
    # From 1 Jan 9:00 to 10 Jan 12:00; ben ordered once.
    assert gaps(transactions).to_pandas().to_dict("list") == {"customer_id": ["anna"], "gap": [9.125]}


def test_spend_of_each_customer(transactions):
    frame = customer_spend(transactions, "product").to_pandas()
    assert frame.to_dict("list") == {
        "customer_id": ["anna", "anna", "ben"],
        "product": ["cup", "tea", "pot"],
        "orders": [1, 2, 1],
        "revenue": [5.0, 13.0, 40.0],
    }


def test_spend_keeps_what_is_not_known(transactions):
    unknown = transactions.mutate(product=ibis.null("string"))
    frame = customer_spend(unknown, "product").to_pandas()
    assert frame["product"].isna().all()
    assert frame["revenue"].tolist() == [18.0, 40.0]


#   carl  5 Jan twice (one purchase: 6), 12 Jan 8, 19 Jan 10 | 2 Feb 1 after calibration
#   dora  15 Jan once
#   emil  first bought after calibration
PURCHASES = {
    "customer_id": ["carl"] * 5 + ["dora", "emil"],
    "ordered_at": [
        datetime(2020, 1, 5, 9),
        datetime(2020, 1, 5, 23),
        datetime(2020, 1, 12, 1),
        datetime(2020, 1, 19, 1),
        datetime(2020, 2, 2),
        datetime(2020, 1, 15),
        datetime(2020, 2, 1),
    ],
    "amount": [2.0, 4.0, 8.0, 10.0, 1.0, 5.0, 5.0],
}


def test_what_lifetime_models_need_by_hand():
    rows = ibis.memtable(PURCHASES)
    frame = clv_statistics(rows, "week", date(2020, 1, 26)).to_pandas().set_index("customer_id")
    assert list(frame.index) == ["carl", "dora"]
    assert frame.loc["carl"].to_dict() == {"x": 2, "t_x": 2.0, "T": 3.0, "m_x": 9.0, "x_holdout": 1}
    assert frame.loc["dora", ["x", "t_x", "T", "x_holdout"]].tolist() == [0, 0.0, 11 / 7, 0]
    assert frame["m_x"].isna().tolist() == [False, True]


def test_units_of_time():
    rows = ibis.memtable(PURCHASES)
    days, months = (clv_statistics(rows, unit, date(2020, 1, 26)).to_pandas() for unit in ("day", "month"))
    assert days["t_x"].tolist() == [14.0, 0.0]
    assert months["T"][0] == pytest.approx(21 / 30.4375)


def test_the_last_day_of_calibration_counts():
    frame = clv_statistics(ibis.memtable(PURCHASES), "day", date(2020, 1, 19)).to_pandas()
    assert frame["x"].tolist() == [2, 0]
    assert frame["T"].tolist() == [14.0, 4.0]


ENGINES = ("postgres", "trino", "snowflake", "clickhouse", "bigquery", "datafusion")


@pytest.mark.parametrize("engine", ENGINES)
def test_expressions_are_portable(engine):
    rows = ibis.table(
        {"customer_id": "string", "order_id": "string", "ordered_at": "timestamp(6)", "amount": "float64"}, name="t"
    )
    found = [
        customer_features(rows, datetime(2020, 1, 1)),
        clv_statistics(rows, "week", date(2020, 1, 1)),
        gaps(rows),
        customer_spend(rows, "order_id"),
    ]
    assert all("SELECT" in str(ibis.to_sql(expression, dialect=engine)) for expression in found)


def test_fractions_of_a_second_do_not_make_another_day():
    rows = ROWS | {"ordered_at": [datetime(2020, 1, 1, 23, 59, 59, 999_999)] * 2 + [datetime(2020, 1, 2)] * 3}
    made = ibis.duckdb.connect().create_table("t", ibis.memtable(rows))
    found = clv_statistics(made, "day", date(2020, 1, 2)).to_pandas().set_index("customer_id")
    assert found.loc["anna", ["x", "t_x", "T"]].tolist() == [1, 1.0, 1.0]
    assert gaps(made).to_pandas()["gap"].tolist() == [1 / 86_400]


def test_the_cdnow_sample_has_the_published_counts(reference_data, home):
    import patrons

    shop = patrons.open(reference_data / "cdnow" / "source.yml")
    assert len(shop.clv) == 2357
    assert (shop.clv["x"].sum(), (shop.clv["x"] == 0).sum(), shop.clv["m_x"].notna().sum()) == (2457, 1411, 946)
    first = shop.clv.set_index("customer_id").loc["0001"]
    assert (first["x"], round(first["t_x"], 2), round(first["T"], 2)) == (2, 30.43, 38.86)


def test_before_keeps_what_was_known(transactions):
    assert before(transactions, datetime(2020, 1, 10, 12)).count().to_pyarrow().as_py() == 2
    assert before(transactions, datetime(2020, 1, 10, 12, 0, 1)).count().to_pyarrow().as_py() == 3


def test_outcomes_sum_up_a_period_without_its_end(transactions):
    found = outcomes(transactions, datetime(2020, 1, 10), datetime(2020, 1, 31, 15)).to_pandas()
    assert found.to_dict("records") == [
        {"customer_id": "anna", "orders": 1, "revenue": 3.0, "first_order": datetime(2020, 1, 10, 12)}
    ]


def test_what_comes_later_changes_no_feature_and_what_came_before_no_outcome(transactions):
    cut = datetime(2020, 1, 10)
    later = transactions.mutate(amount=(transactions.ordered_at >= cut).ifelse(999.0, transactions.amount))
    earlier = transactions.mutate(amount=(transactions.ordered_at < cut).ifelse(999.0, transactions.amount))
    as_of = [customer_features(before(table, cut), cut).to_pandas() for table in (transactions, later)]
    assert as_of[0].equals(as_of[1]) and as_of[0]["monetary"].tolist() == [15.0]
    after = [outcomes(table, cut, datetime(2020, 3, 1)).to_pandas() for table in (transactions, earlier)]
    assert after[0].equals(after[1])
