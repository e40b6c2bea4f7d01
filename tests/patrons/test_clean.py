"""Every row is kept or set aside, once, with the reason that comes first."""

from datetime import datetime

import ibis
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patrons import read, schemas
from patrons.clean import clean
from patrons.errors import PatronsError
from patrons.settings import Campaigns, Customers, Engagement, Experiment, Transactions
from patrons.settings_analysis import Cleaning
from patrons.treatments import plan

COLUMNS = {"customer_id": "c", "order_id": "o", "ordered_at": "t", "amount": "a"}
HEAD = "c,o,t,a\n"


def cleaned(folder, kind, name, text, reference_date=None, file="a.csv", **said):
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    table = kind(file=file, **said)
    needed = [column.theirs for column in schemas.columns(name, table)]
    staged = read.stage([folder / file], table.read, needed, folder)
    return clean(ibis.duckdb.connect(), name, table, staged, reference_date)


def purchases(folder, text, columns=COLUMNS, reference_date=None, **said):
    return cleaned(folder, Transactions, "transactions", text, reference_date, columns=columns, **said)


def kept(result):
    return result.kept.to_pandas()


def reasons(result):
    frame = result.set_aside.to_pandas()
    return dict(zip(frame["row"].tolist(), frame["reason"].tolist(), strict=True))


def test_a_table_by_hand(tmp_path):
    text = HEAD + (
        "1,A1,2020-01-01 10:00,5\n"  # 1 kept
        "1,C1,2020-01-02 10:00,-5\n"  # 2 cancelled
        "1,A1,2020-01-01 10:00,5\n"  # 3 a copy of 1
        "1,C1,2020-01-02 10:00,-5\n"  # 4 a copy of 2, but cancelled comes first
        ",A2,2020-01-03 10:00,7\n"  # 5 kept, nobody's
        "2,A3,,8\n"  # 6 no date
        "2,A4,yesterday,8\n"  # 7 no such date
        "2,A5,2020-01-05,\n"  # 8 no amount
        "2,A6,2020-01-06,lots\n"  # 9 no number
        "2,A7,2020-01-07\n"  # 10 a field short
        "2,A8,2020-01-08,0\n"  # 11 given away
        " 2 , A9 ,2020-01-09T08:00:00, 1e2 \n"  # 12 kept
    )
    rules = [
        {"column": "order_id", "starts_with": "C", "reason": "cancellation"},
        {"column": "a", "equals": 0, "reason": "gift"},
    ]
    result = purchases(tmp_path, text, set_aside=rules)
    assert reasons(result) == {
        2: "cancellation",
        3: "duplicate",
        4: "cancellation",
        6: "missing ordered_at",
        7: "unreadable ordered_at",
        8: "missing amount",
        9: "unreadable amount",
        10: "wrong number of fields",
        11: "gift",
    }
    assert (result.rows_read, result.rows_kept, result.without_customer) == (12, 3, 1)
    assert result.reasons["cancellation"] == 2
    assert kept(result).to_dict("list") == {
        "customer_id": ["1", None, "2"],
        "order_id": ["A1", "A2", "A9"],
        "ordered_at": [datetime(2020, 1, 1, 10), datetime(2020, 1, 3, 10), datetime(2020, 1, 9, 8)],
        "amount": [5.0, 7.0, 100.0],
    }
    whole = result.set_aside.to_pandas().set_index("row")
    assert whole.loc[9, ["file", "u0", "u1", "u2", "u3"]].tolist() == ["a.csv", "2", "A6", "2020-01-06", "lots"]
    assert whole.loc[10, "u0"] == "2,A7,2020-01-07"


def test_duplicates_may_be_kept(tmp_path):
    text = HEAD + "1,A,2020-01-01,5\n1,A,2020-01-01,5\n"
    assert purchases(tmp_path, text).rows_kept == 1
    assert purchases(tmp_path, text, duplicates="keep").rows_kept == 2


def test_only_mapped_columns_make_a_duplicate(tmp_path):
    text = "c,o,t,a,note\n1,A,2020-01-01,5,x\n1,A,2020-01-01,5,y\n"
    assert purchases(tmp_path, text).rows_kept == 1


def test_missing_values_are_equal_in_duplicates(tmp_path):
    result = purchases(tmp_path, HEAD + ",A,2020-01-01,5\n,A,2020-01-01,5\n")
    assert result.reasons == {"duplicate": 1}


def test_without_order_ids_a_customers_day_is_an_order(tmp_path):
    columns = {key: value for key, value in COLUMNS.items() if key != "order_id"}
    text = (
        HEAD
        + "1,,2020-01-01 09:00,5\n1,,2020-01-01 17:00,6\n1,,2020-01-02,7\n"
        + "2,,2020-01-01,8\n,,2020-01-01,9\n,,2020-01-01,10\n"
    )
    orders = kept(purchases(tmp_path, text, columns))["order_id"]
    assert orders[0] == orders[1]
    assert orders.nunique() == 5


def test_a_row_without_its_order_id_falls_back_to_the_customers_day(tmp_path):
    text = HEAD + "1,A,2020-01-01,5\n1,,2020-01-01,6\n1,,2020-01-01,7\n"
    orders = kept(purchases(tmp_path, text))["order_id"]
    assert orders[0] == "A"
    assert orders[1] == orders[2] != "A"


def test_amount_profit_and_ids_that_are_worked_out(tmp_path):
    columns = {"customer_id": "c", "ordered_at": "t", "quantity": "q", "unit_price": "p", "cost": "k"}
    text = "c,t,q,p,k\n17850.0,2020-01-01,2,1.5,1\n17850,2020-01-02,-1,2,1\n018,2020-01-02,1,,1\n"
    result = purchases(tmp_path, text, columns)
    frame = kept(result)
    assert frame["customer_id"].tolist() == ["17850", "17850"]
    assert frame["amount"].tolist() == [3.0, -2.0]
    assert frame["profit"].tolist() == [2.0, -3.0]
    assert reasons(result) == {3: "missing unit_price"}


def test_ids_keep_their_leading_zeros(tmp_path):
    assert kept(purchases(tmp_path, HEAD + "007,0A,2020-01-01,5\n"))["customer_id"].tolist() == ["007"]


def test_numbers_and_dates_as_other_countries_write_them(tmp_path):
    said = {"read": {"sep": ";", "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"}}
    frame = kept(purchases(tmp_path, HEAD.replace(",", ";") + "1;A;31.12.2020;1.234,50\n", **said))
    assert frame["amount"].tolist() == [1234.5]
    assert frame["ordered_at"].tolist() == [pd.Timestamp("2020-12-31")]


def test_dates_as_whole_numbers(tmp_path):
    frame = kept(purchases(tmp_path, HEAD + "1,A,20201231,1\n", read={"date_format": "%Y%m%d"}))
    assert frame["ordered_at"].tolist() == [pd.Timestamp("2020-12-31")]


def test_rules_on_numbers(tmp_path):
    text = HEAD + "".join(f"1,O{amount},2020-01-01,{amount}\n" for amount in (-1, 0, 1, 5, 9, 10))
    rules = [
        {"column": "amount", "at_most": 0, "reason": "return"},
        {"column": "amount", "at_least": 9, "reason": "bulk"},
        {"column": "amount", "at_least": 5, "at_most": 6, "reason": "odd"},
        {"column": "order_id", "equals": "O1", "reason": "test order"},
    ]
    with pytest.raises(PatronsError, match=r"no row of a\.csv is left: 2 bulk, 2 return, 1 odd, 1 test order"):
        purchases(tmp_path, text, set_aside=rules)
    assert reasons(purchases(tmp_path, text, set_aside=rules[:2])) == {1: "return", 2: "return", 5: "bulk", 6: "bulk"}


def test_a_rule_on_a_column_that_is_not_there(tmp_path):
    with pytest.raises(
        PatronsError, match=r"set_aside\[1\]\.column: there is no column 'amuont'; did you mean 'amount'"
    ):
        purchases(tmp_path, HEAD + "1,A,2020-01-01,5\n", set_aside=[{"column": "amuont", "at_most": 0, "reason": "x"}])


def test_orders_after_the_reference_date_do_not_count(tmp_path):
    text = HEAD + "1,A,2020-01-01 23:59,5\n1,B,2020-01-02 00:00,6\n"
    assert reasons(purchases(tmp_path, text, reference_date=datetime(2020, 1, 1))) == {2: "after the reference date"}


def test_ways_of_writing_nothing(tmp_path):
    columns = {**COLUMNS, "region": "r"}
    text = "c,o,t,a,r\nNA,A,2020-01-01,5,NA\nnan,B,2020-01-01,5,nan\nNULL,C,2020-01-01,NA,\n"
    result = purchases(tmp_path, text, columns)
    assert kept(result)["customer_id"].tolist() == [None, None]
    assert kept(result)["region"].tolist() == ["NA", None]  # NA may be a place
    assert reasons(result) == {3: "missing amount"}


@pytest.mark.parametrize("text", ["inf", "nan0", "1_000", "0x10", "A5", "1e999", "--5"])
def test_what_is_no_number(tmp_path, text):
    body = HEAD + f'1,A,2020-01-01,"{text}"\n1,B,2020-01-01,5\n1,C,2020-01-01,6\n'
    assert reasons(purchases(tmp_path, body)) == {1: "unreadable amount"}


@pytest.mark.parametrize(
    ("cell", "column", "words"),
    [
        ("01/12/2010 08:26", "t", ["a.csv, row 1, column 't'", "'01/12/2010 08:26'", '"%d/%m/%Y %H:%M"']),
        ("01.12.10", "t", ['date_format: "%d.%m.%y"']),
        ("a while ago", "t", ["Say how dates are written"]),
        ('"1,50"', "a", ["row 1, column 'a'", "'1,50'", 'decimal: ","']),
    ],
)
def test_a_column_that_is_mostly_unreadable_is_refused_with_advice(tmp_path, cell, column, words):
    row = {"c": "1", "o": "A", "t": "2020-01-01", "a": "5", column: cell}
    with pytest.raises(PatronsError) as caught:
        purchases(tmp_path, HEAD + ",".join(row.values()) + "\n")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_discount_that_is_no_share(tmp_path):
    columns = {**COLUMNS, "discount": "d"}
    text = "c,o,t,a,d\n1,A,2020-01-01,5,0.2\n1,B,2020-01-01,5,1.5\n1,C,2020-01-01,5,\n"
    assert reasons(purchases(tmp_path, text, columns)) == {2: "impossible discount"}
    with pytest.raises(PatronsError, match="'20' is not a share from 0 to 1"):
        purchases(tmp_path, "c,o,t,a,d\n1,A,2020-01-01,5,20\n", columns)


def test_heading_only_is_refused(tmp_path):
    with pytest.raises(PatronsError, match="the file has a heading only"):
        purchases(tmp_path, HEAD)


def test_experiment(tmp_path):
    text = "g,v,w,x,y,z\na,TRUE,yes,1,10,k\nb,false,No,0,1e1,\na,T,n,1.0,,m\n,1,1,1,1,1\nb,0,1,,2,\n"
    result = cleaned(
        tmp_path,
        Experiment,
        "experiment",
        text,
        columns={"arm": "g"},
        outcomes={"v": "binary", "w": "binary", "x": "binary", "y": "money"},
        segments=["z"],
    )
    frame = kept(result)
    assert list(frame.columns) == ["arm", "v", "w", "x", "y", "z"]
    assert frame["v"].tolist() == [1, 0, 1, 0]
    assert frame["w"].tolist() == [1, 0, 0, 1]
    assert frame["x"].tolist()[:3] == [1, 0, 1]
    assert frame["x"].isna().tolist() == [False, False, False, True]  # a missing outcome is kept, and missing
    assert frame["y"].isna().sum() == 1
    assert reasons(result) == {4: "missing arm"}


def test_in_an_experiment_only_an_id_makes_duplicates(tmp_path):
    text = "i,g,v\n1,a,1\n1,a,1\n2,a,1\n3,b,0\n"
    said = {"outcomes": {"v": "binary"}}
    bare = cleaned(tmp_path, Experiment, "experiment", text, columns={"arm": "g"}, **said)
    assert bare.rows_kept == 4
    named = cleaned(tmp_path, Experiment, "experiment", text, columns={"arm": "g", "customer_id": "i"}, **said)
    assert reasons(named) == {2: "duplicate"}


def test_a_covariate_is_a_number_if_all_of_it_is(tmp_path):
    text = "g,p,q\na,1,1\nb,2,south\na,,2\n"
    frame = kept(cleaned(tmp_path, Experiment, "experiment", text, columns={"arm": "g"}, covariates=["p", "q"]))
    assert frame["p"].dtype == float
    assert frame["q"].tolist() == ["1", "south", "2"]


def test_an_outcome_of_the_wrong_kind_is_refused(tmp_path):
    with pytest.raises(PatronsError, match=r"column 'v': '3' is not 0 or 1"):
        cleaned(tmp_path, Experiment, "experiment", "g,v\na,3\nb,4\n", columns={"arm": "g"}, outcomes={"v": "binary"})


def test_customers(tmp_path):
    frame = kept(
        cleaned(
            tmp_path,
            Customers,
            "customers",
            "i,inc,w,s,r,f\n1,15,1,2,0,7\n2,,3,4,1,8\n",
            columns={"customer_id": "i", "income": "inc"},
            scale={"income": 1000},
            spend={"wine": "w"},
            orders={"web": "s"},
            responses={"last": "r"},
            features={"score": "f"},
        )
    )
    assert list(frame.columns) == ["customer_id", "income", "spend_wine", "orders_web", "response_last", "score"]
    assert frame["income"].tolist()[0] == 15_000


CELL = st.sampled_from(["", "1", "2", "-3", "x", "NA", "2020-01-01", "2020-01-02 10:00", "C9", "1e3", " 1 "])
LINE = st.lists(CELL, min_size=3, max_size=5)


@given(st.lists(LINE, max_size=25), st.sampled_from(["drop", "keep"]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_are_conserved(tmp_path_factory, lines, duplicates):
    good = "1,A,2020-01-01,5\n" * (len(lines) + 1)  # so that no column is refused as a whole
    text = HEAD + good + "".join(",".join(line) + "\n" for line in lines)
    rules = [{"column": "order_id", "starts_with": "C", "reason": "cancelled"}]
    result = purchases(tmp_path_factory.mktemp("dirty"), text, duplicates=duplicates, set_aside=rules)
    aside = result.set_aside.to_pandas()
    assert result.rows_read == 2 * len(lines) + 1
    assert result.rows_read == result.rows_kept + len(aside)
    assert result.rows_kept == len(kept(result))
    assert aside["row"].is_unique
    assert aside["reason"].notna().all()
    assert result.reasons == aside["reason"].value_counts().to_dict()


def test_rows_of_the_reference_data(reference_data, tmp_path):
    from patrons.source import load

    source = load(reference_data / "cdnow" / "source.yml")
    table = source.tables["transactions"]
    staged = read.stage(source.files("transactions"), table.read, ["id_sample"], tmp_path)
    result = clean(ibis.duckdb.connect(), "transactions", table, staged)
    assert result.rows_kept == 6919
    assert result.kept.customer_id.nunique().to_pyarrow().as_py() == 2357


KINDS = {
    "transactions": (Transactions, {"columns": COLUMNS}),
    "customers": (Customers, {"columns": {"customer_id": "c", "age": "o", "joined_at": "t", "income": "a"}}),
    "engagement": (Engagement, {"columns": {"customer_id": "c", "month": "t", "web_visits": "a"}}),
    "campaigns": (Campaigns, {"columns": {"campaign_id": "c", "started_at": "t", "clicks": "o", "cost": "a"}}),
    "experiment": (
        Experiment,
        {"columns": {"customer_id": "c", "arm": "o", "assigned_at": "t"}, "outcomes": {"a": "money"}},
    ),
}
CLEANING = {
    "missing": {
        "income": "set_aside",
        "age": "median",
        "web_visits": "median",
        "cost": "set_aside",
        "clicks": "median",
    },
    "outliers": {
        "amount": {"action": "set_aside", "limit": 1},
        "income": {"action": "set_aside", "limit": 1},
        "experiment.a": {"action": "cap", "limit": 1},
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
@given(st.lists(LINE, max_size=25), st.integers(1, 12))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_of_every_table_are_conserved_whatever_is_done_to_them(tmp_path_factory, name, lines, good):
    kind, said = KINDS[name]
    usual = [f"{number},{number},2020-01-01,{number * number}\n" for number in range(1, len(lines) + good + 1)]
    text = HEAD + "".join(usual) + "".join(",".join(line) + "\n" for line in lines)
    table = kind(file="a.csv", **said)
    everything = {one: KINDS[one][0](file="a.csv", **KINDS[one][1]) for one in KINDS}
    treatments = plan(everything, Cleaning.model_validate(CLEANING))[name]
    folder = tmp_path_factory.mktemp("dirty")
    (folder / "a.csv").write_text(text, encoding="utf-8")
    needed = [column.theirs for column in schemas.columns(name, table)]
    staged = read.stage([folder / "a.csv"], table.read, needed, folder)
    result = clean(ibis.duckdb.connect(), name, table, staged, None, treatments)
    aside = result.set_aside.to_pandas()
    assert result.rows_read == 2 * len(lines) + good == result.rows_kept + len(aside)
    assert result.rows_kept == len(kept(result))
    assert aside["row"].is_unique
    assert result.reasons == aside["reason"].value_counts().to_dict()


def test_copies_of_rows_that_lack_values(tmp_path):
    text = HEAD + "1,A,2020-01-01,5\n,B,2020-01-01,5\n,B,2020-01-01,5\n1,A,2020-01-01,6\n1,A,2020-01-01,5\n"
    assert reasons(purchases(tmp_path, text)) == {3: "duplicate", 5: "duplicate"}


def test_setting_rows_aside_is_measured_in_money(tmp_path):
    text = HEAD + "1,A,2020-01-01,5\n1,B,2020-01-02,-5\n1,C,2020-01-03,7\n1,C,2020-01-03,7\n1,D,,100\n"
    rules = [{"column": "amount", "at_most": 0, "reason": "return"}]
    told = pd.DataFrame(purchases(tmp_path, text, set_aside=rules).told)
    assert told["action"].unique().tolist() == ["duplicate", "missing ordered_at", "return"]
    money = told[told["measure"] == "sum"]
    assert money["before"].tolist() == [114, 107, 7]
    assert money["after"].tolist() == [107, 7, 12]
    assert told[told["measure"] == "rows"]["after"].tolist() == [4, 3, 2]
    assert told[told["measure"] == "mean"]["after"].tolist()[-1] == 6
