"""What people's files are really like: each is read rightly, or refused in words that say what to write."""

import csv
import gzip
import io
import zipfile
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patrons import build, paths
from patrons.cli import main

COLUMNS = "{customer_id: c, order_id: o, ordered_at: t, amount: a}"
HEAD = "c,o,t,a\n"
ROWS = "007,A,2020-01-01,1.50\n008,B,2020-01-02,2\n"
PLAIN = HEAD + ROWS


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(**sheets):
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as writer:
        for name, rows in sheets.items():
            pd.DataFrame(rows).to_excel(writer, sheet_name=name, index=False, header=False)
    return buffer.getvalue()


def parquet(**columns):
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def dates(*texts):
    return HEAD + "".join(f'1,O{number},"{text}",1\n' for number, text in enumerate(texts))


def amounts(*texts):
    return HEAD + "".join(f'1,O{number},2020-01-01,"{text}"\n' for number, text in enumerate(texts))


def named(value):
    """Name a case by what is short in it; a zip file's bytes hold the time of day."""
    return value if isinstance(value, str) and len(value) < 30 else "content"


class Shop:
    """A folder with a source and its files, built when asked."""

    def __init__(self, write_source):
        self.write = write_source
        self.said = []

    def build(self, table, said, **files):
        text = f"name: Nasty\ntables:\n  {table}: {said}\n"
        self.path = self.write(text, **files)
        build.build(self.path, self.said.append)
        self.source = build.open_source(self.path)
        self.folder = paths.built(self.source.key)
        return pd.read_parquet(self.folder / f"{table}.parquet")

    def orders(self, content, name="a.csv", read="{}", columns=COLUMNS, more=""):
        said = f"{{file: '{name}', read: {read}, columns: {columns}{more}}}"
        return self.build("transactions", said, **{name: content})

    def ledger(self, table="transactions"):
        return build.read_ledger(self.folder, table)

    def problems(self):
        with paths.problems(self.source.key).open(newline="", encoding="utf-8") as handle:
            return [tuple(row.values()) for row in csv.DictReader(handle)]


@pytest.fixture
def shop(home, write_source):
    return Shop(write_source)


@pytest.fixture
def refusal(home, write_source, capsys):
    """Build through the command line; return what it says as it ends with 1."""

    def refuse(table, said, **files):
        path = write_source(f"name: Nasty\ntables:\n  {table}: {said}\n", **files)
        assert main(["build", "--source", str(path)]) == 1
        message = capsys.readouterr().err
        assert "Traceback" not in message
        return message

    return refuse


# Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("a.csv", "\ufeff" + PLAIN, "{}"),
        ("a.csv", PLAIN.replace("\n", "\r\n"), "{}"),
        ("a.csv", PLAIN.replace("\n", "\r\n") + "\r\n\r\n", "{}"),
        ("a.csv", ("\ufeff" + PLAIN).encode("utf-16-le"), "{encoding: utf-16}"),
        ("a.csv", PLAIN.encode("ascii"), "{encoding: latin-1}"),
        ("a.txt", PLAIN.replace(",", "   ").replace("\n", "\n  "), r"{sep: '\s+'}"),
        ("a.csv.gz", gzip.compress(PLAIN.encode(), mtime=0), "{}"),
        (
            "a.zip",
            zipped({"x/a.csv": PLAIN, "__MACOSX/x/._a.csv": "\x00junk", "x/.DS_Store": "y", "x/Thumbs.db": "z"}),
            "{}",
        ),
        ("a.zip", zipped({"1.csv": HEAD + ROWS[:22], "2.csv": HEAD + ROWS[22:]}), "{}"),
        (
            "a.xlsx",
            workbook(one=[list("coта".replace("т", "t").replace("а", "a")), *[r.split(",") for r in ROWS.split()]]),
            "{}",
        ),
        ("a.parquet", parquet(c=["007", "008"], o=["A", "B"], t=["2020-01-01", "2020-01-02"], a=[1.5, 2.0]), "{}"),
    ],
    ids=named,
)
def test_files_of_every_kind_give_the_same_rows(shop, name, content, read):
    frame = shop.orders(content, name, read)
    assert frame["customer_id"].tolist() == ["007", "008"]
    assert frame["ordered_at"].tolist() == [datetime(2020, 1, 1), datetime(2020, 1, 2)]
    assert frame["amount"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("name", "content", "read", "words"),
    [
        ("a.csv", "", "{}", ["a.csv is empty"]),
        ("a.csv", "\n\n", "{}", ["a.csv is empty"]),
        ("a.xlsx", workbook(one=[]), "{}", ["a.xlsx is empty"]),
        ("a.zip", zipped({"a.csv": ""}), "{}", ["a.zip/a.csv is empty"]),
        ("a.zip", zipped({}), "{}", ["holds no csv", "nothing"]),
        ("a.csv", HEAD, "{}", ["no row of a.csv is left", "heading only"]),
        ("a.parquet", parquet(c=pa.array([], "string"), o=[], t=[], a=[]), "{}", ["heading only"]),
        ("a.csv", PLAIN.replace(",", ";"), "{}", ["none of the columns", "read: {sep: ';'}"]),
        ("a.csv", PLAIN.replace(",", "\t"), "{}", [r"read: {sep: '\t'}"]),
        ("a.txt", PLAIN.replace(",", "  "), "{}", [r"read: {sep: '\\s+'}"]),
        ("a.csv", PLAIN.replace("A", "é").encode("latin-1"), "{}", ["not written in utf-8", "{encoding: latin-1}"]),
        ("a.csv", PLAIN.replace("A", "€").encode("cp1252"), "{}", ["not written in utf-8", "{encoding: cp1252}"]),
        ("a.csv", ("\ufeff" + PLAIN).encode("utf-16-le"), "{}", ["not written in utf-8", "{encoding: utf-16}"]),
        ("a.csv", PLAIN.replace("A", "é"), "{encoding: latin-1}", ["not written in latin-1", "{encoding: utf-8}"]),
        ("a.csv", PLAIN.replace("A", "é"), "{encoding: ascii}", ["not written in ascii", "{encoding: utf-8}"]),
        ("a.csv", "c,o,t,a,a\n1,A,2020-01-01,5,6\n", "{}", ["the column 'a' is there 2 times"]),
        ("a.xlsx", workbook(one=[list("cotaa"), ["1", "A", "2020-01-01", 5, 6]]), "{}", ["'a' is there 2 times"]),
        ("a.xlsx", workbook(one=[list("cota")], two=[[1]]), "{sheet: three}", ["no sheet", "'three'", "one, two"]),
        ("a.csv", HEAD + '1,A,2020-01-01,"5\n' + ROWS * 200_000, "{}", ["quotation mark is never closed"]),
        ("a.csv", '"' + PLAIN * 20_000, "{}", ["quotation mark is never closed"]),
        ("a.csv.gz", gzip.compress(PLAIN.encode(), mtime=0)[:-12], "{}", ["a.csv.gz cannot be read"]),
        ("a.xls", b"\xd0\xcf", "{}", ["cannot tell what kind of file", ".xlsx"]),
    ],
    ids=named,
)
def test_files_that_are_refused(refusal, name, content, read, words):
    message = refusal("transactions", f"{{file: '{name}', read: {read}, columns: {COLUMNS}}}", **{name: content})
    assert all(word in message for word in words), message


def test_sheets_that_are_not_read_are_named(shop):
    rows = [list("cota"), ["1", "A", "2020-01-01", 5]]
    assert shop.orders(workbook(one=rows, two=rows * 2), "a.xlsx")["amount"].tolist() == [5]
    assert "transactions: a.xlsx: only the sheet 'one' is read, not 'two'; `read: {sheet: …}` chooses" in shop.said


def test_files_of_a_glob_may_differ_in_columns_that_are_not_needed(shop):
    said = f"{{file: '*.csv', columns: {COLUMNS}}}"
    files = {"1.csv": PLAIN, "2.csv": "note,a,t,o,c\nx,9,2020-02-01,C,009\n"}
    assert shop.build("transactions", said, **files)["amount"].tolist() == [1.5, 2, 9]


def test_all_files_of_a_glob_are_told_of_at_once(refusal):
    files = {"1.csv": PLAIN, "2.csv": PLAIN.replace("c,", "x,", 1), "3.csv": "", "4.csv": PLAIN.replace(",a", ",b", 1)}
    message = refusal("transactions", f"{{file: '*.csv', columns: {COLUMNS}}}", **files)
    assert "3 problems" in message
    assert all(word in message for word in ("2.csv  there is no column 'c'", "3.csv  is empty", "no column 'a'"))


def test_problems_of_all_tables_are_told_at_once_and_are_in_the_file(home, write_source, capsys):
    text = (
        "name: Two\ntables:\n"
        f"  transactions: {{file: a.csv, columns: {COLUMNS}}}\n"
        "  customers: {file: b.csv, columns: {customer_id: c, age: g, income: i}}\n"
    )
    path = write_source(text, **{"a.csv": PLAIN.replace("2020", "in 2020"), "b.csv": "c,g,i\n1,old,rich\n2,x,y\n"})
    assert main(["build", "--source", str(path)]) == 1
    message = capsys.readouterr().err
    assert all(f"{place}  " in message for place in ("table", "file", "row", "column", "value"))
    with paths.problems(build.open_source(path).key).open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["table"], row["column"], row["value"]) for row in rows] == [
        ("transactions", "t", "in 2020-01-01"),
        ("customers", "g", "old"),
        ("customers", "i", "rich"),
    ]
    assert all(row["what to do"] and row["outcome"] == "data cannot be used" for row in rows)


# Values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "read", "wanted"),
    [
        (["19970101", "19971231"], "{}", ["1997-01-01", "1997-12-31"]),
        (["19970101.0"], "{}", ["1997-01-01"]),
        (["31/12/2020", "01/02/2020"], "{}", ["2020-12-31", "2020-02-01"]),
        (["12/31/2020 10:30", "01/02/2020 9:05 PM"], "{}", ["2020-12-31 10:30", "2020-01-02 21:05"]),
        (["2020-01-05", "31.12.2020", "2020/02/03", "5 Mar 2020", "Apr 6, 2020"], "{}",
         ["2020-01-05", "2020-12-31", "2020-02-03", "2020-03-05", "2020-04-06"]),
        (["2020-01-01T10:00:00+02:00", "2020-01-01 10:00:00Z", "2020-01-01 10:00:00.5"], "{}",
         ["2020-01-01 08:00", "2020-01-01 10:00", "2020-01-01 10:00:00.5"]),
        (["2020-01-01 00:30:00 Europe/Berlin"], "{}", ["2019-12-31 23:30"]),
        (["01/02/2020 10:00 +0200"], '{date_format: "%d/%m/%Y %H:%M %z"}', ["2020-02-01 08:00"]),
        (["44197", "44197.75"], "{date_format: excel}", ["2021-01-01", "2021-01-01 18:00"]),
        (["1577836800", "1577836800000"], "{date_format: unix}", ["2020-01-01", "2020-01-01"]),
    ],
)  # fmt: skip
def test_dates_that_mean_one_thing(shop, texts, read, wanted):
    assert shop.orders(dates(*texts), read=read)["ordered_at"].tolist() == [pd.Timestamp(text) for text in wanted]
    assert shop.ledger()["rows_kept"] == len(texts)


def test_what_was_found_out_about_dates_is_said(shop):
    shop.orders(dates("31/12/2020 10:00", "01/02/2020", "2020-01-01T10:00:00+02:00"))
    assert "transactions: t: the day comes first, as some of its dates can only be read so" in shop.said
    assert "transactions: t: times with an offset are converted to UTC" in shop.said
    assert "transactions: t: times without one are taken for UTC" in shop.said


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["01/02/2020", "03/04/2020"], ["Nothing tells day from month", '"%d/%m/%Y"', '"%m/%d/%Y"']),
        (["44197", "44198"], ["spreadsheet", "date_format: excel"]),
        (["1577836800"], ["date_format: unix"]),
        (["5/6/20"], ["date_format"]),
        (["yesterday"], ["Say how dates are written"]),
    ],
)
def test_dates_that_mean_anything_are_refused(refusal, texts, words):
    message = refusal("transactions", f"{{file: a.csv, columns: {COLUMNS}}}", **{"a.csv": dates(*texts)})
    assert all(word in message for word in words), message


def test_dates_of_both_kinds_in_one_column(shop):
    frame = shop.orders(dates("31/12/2020", "12/31/2020", "2020-01-01", "2020-01-02", "01/02/2020", "0202-01-01"))
    assert len(frame) == 4
    assert shop.ledger()["set_aside"] == {"impossible ordered_at": 1, "unreadable ordered_at": 1}
    row, impossible = shop.problems()
    assert row[:5] == ("transactions", "a.csv", "5", "t", "01/02/2020")
    assert "Some have the day first and some the month." in row[7]
    assert impossible[5] == "must be a date from 1900 to 2100"


@pytest.mark.parametrize(
    ("texts", "read", "wanted"),
    [
        (["£5", "£1.50", "-£2", "(£3.25)"], "{}", [5, 1.5, -2, -3.25]),
        (["5 €", "1,50 €", "1.234,50 €"], '{decimal: ","}', [5, 1.5, 1234.5]),
        (["USD 5", "USD 1,234.50"], "{}", [5, 1234.5]),
        (["1,234.50", "1,234", "7"], "{}", [1234.5, 1234, 7]),
        (["1,234", "2.25"], "{}", [1234, 2.25]),
        (["1,234,567"], "{}", [1234567]),
        (["1 234,5", "12\u00a0345,00", "7"], '{decimal: ","}', [1234.5, 12345, 7]),
        (["1.234,50", "5"], '{decimal: ",", thousands: "."}', [1234.5, 5]),
        (["1'234.50"], """{thousands: "'"}""", [1234.5]),
        (["\u22125", "5-", "+5", "1e2", ".5"], "{}", [-5, -5, 5, 100, 0.5]),
    ],
)
def test_numbers_as_people_write_them(shop, texts, read, wanted):
    assert shop.orders(amounts(*texts), read=read)["amount"].tolist() == wanted


@pytest.mark.parametrize(
    ("texts", "read", "words"),
    [
        (["1,50", "2", "3", "4"], "{}", ["'1,50'", "the comma is the decimal sign", '{decimal: ","}']),
        (["1,234", "2", "3", "4"], "{}", ["'1,234'", "Nothing tells", '{thousands: ","}', '{decimal: ","}']),
        (["1.234", "5", "6", "7"], '{decimal: ","}', ["'1.234'", '{thousands: "."}']),
        (["£5", "$5", "6", "7"], "{}", ["more than one currency"]),
    ],
)
def test_numbers_that_may_mean_two_things_are_refused(refusal, texts, read, words):
    said = f"{{file: a.csv, read: {read}, columns: {COLUMNS}}}"
    message = refusal("transactions", said, **{"a.csv": amounts(*texts)})
    assert all(word in message for word in words), message


def test_ids_stay_text_and_lose_only_a_point_of_zeros(shop):
    text = HEAD + "007,1E5,2020-01-01,1\n17850.0,A,2020-01-01,1\n1.785E+04,B,2020-01-01,1\n"
    frame = shop.orders(text)
    assert frame["customer_id"].tolist() == ["007", "17850", "1.785E+04"]
    assert [(row[3], row[4], row[6]) for row in shop.problems()] == [("c", "1.785E+04", "kept")]


def test_parquet_of_programs(shop):
    content = parquet(
        c=[17850.0, None],
        o=pa.array([1, 2]),
        t=pa.array([1577836800123456789, 1577836801000000000], pa.timestamp("ns", "Europe/Berlin")),
        a=pa.array([1.5, 2.5]),
    )
    frame = shop.orders(content, "a.parquet")
    assert frame["ordered_at"].tolist() == [
        pd.Timestamp("2020-01-01 00:00:00.123456"),
        pd.Timestamp("2020-01-01 00:00:01"),
    ]
    assert frame["customer_id"].tolist() == ["17850", None]


def test_texts_of_every_script_and_length(shop):
    odd = ["🛍️", "שלום", "=cmd|' /C calc'!A0", "x" * 300_000, "two\nlines", 'a "quote"', "\u202eevil"]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([["c", "o", "t", "a"], *([text, f"{n}", "2020-01-01", "1"] for n, text in enumerate(odd))])
    frame = shop.orders(buffer.getvalue())
    assert frame["customer_id"].tolist() == odd


def test_odd_values_do_no_harm_on_the_screen_or_in_a_spreadsheet(shop):
    good = "1,A,2020-01-01,1\n" * 5
    shop.orders(
        HEAD + good + "1,B,2020-01-02,=cmd()\n1,C,2020-01-02,\u202e\x1b[31mred\n1,D,2020-01-02," + "9x" * 5000 + "\n"
    )
    values = [row[4] for row in shop.problems()]
    assert values[0] == "'=cmd()"
    assert len(values[2]) == 10_000
    screen = shop.said[-1]
    assert "\\u202e\\u001b[31mred" in screen
    assert "\x1b" not in screen
    assert max(map(len, screen.splitlines())) < 200


# Shops ------------------------------------------------------------------------------------------------------------


def test_one_order_of_one_customer(shop):
    assert len(shop.orders(HEAD + "1,A,2020-01-01,5\n")) == 1


def test_all_orders_on_one_day(shop):
    assert shop.orders(HEAD + "".join(f"{n},O{n},2020-01-01,5\n" for n in range(50)))["ordered_at"].nunique() == 1


def test_a_quarter_of_the_rows_without_a_customer(shop):
    frame = shop.orders(HEAD + "".join(f"{n if n % 4 else ''},O{n},2020-01-01,5\n" for n in range(100)))
    assert (len(frame), frame["customer_id"].isna().sum(), shop.ledger()["without_customer"]) == (100, 25, 25)


def test_a_column_may_be_mapped_once(refusal):
    said = "{file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a, profit: a}}"
    message = refusal("transactions", said, **{"a.csv": PLAIN})
    assert "'amount' and 'profit' are both mapped to the column 'a'; keep one" in message


TEST = "{file: a.csv, columns: {customer_id: i, arm: g}, control: x, outcomes: {v: binary}}"


def test_outcomes_in_words_and_a_missing_arm(shop):
    frame = shop.build("experiment", TEST, **{"a.csv": "i,g,v\n1,x,TRUE\n2,y,FALSE\n3,,TRUE\n4,y,\n5,x,2\n"})
    assert frame["v"].tolist()[:2] == [1, 0]
    assert shop.ledger("experiment")["set_aside"] == {"missing arm": 1, "unreadable v": 1}
    assert [(row[2], row[3], row[5]) for row in shop.problems()] == [
        ("3", "g", "must not be missing"),
        ("5", "v", "must be 0 or 1, yes or no, true or false"),
    ]


def test_people_in_two_arms_tell_nothing(shop):
    frame = shop.build("experiment", TEST, **{"a.csv": "i,g,v\n1,x,1\n2,y,0\n1,y,1\n3,x,1\n4,y,0\n4,y,1\n5,x,0\n"})
    assert frame["customer_id"].tolist() == ["2", "3", "4", "4", "5"]
    assert shop.ledger("experiment")["set_aside"] == {"in two arms": 2}
    assert "experiment: 1 person has more than one row, each of which counts as a person" in shop.said


@pytest.mark.parametrize(
    ("text", "old", "new", "words"),
    [
        ("i,g,v\n1,x,1\n2,y,0\n", "control: x", "control: X1", ["no arm is called 'X1'", "did you mean 'x'?"]),
        ("i,g,v\n1,x,1\n2,x,0\n", "", "", ["at least two arms", "only 'x'"]),
        ("i,g,v\n1,x,3\n2,y,4\n", "", "", ["'3' is not 0 or 1", "most values"]),
        ("i,g,v\n1,x,1\n2,y,0\n", "binary", "yes/no", ["'binary', 'money' or 'number'"]),
        ("i,g,v\n1,x,1\n2,y,0\n", "v: binary", "w: binary", ["no column 'w'"]),
    ],
)
def test_tests_that_are_refused(refusal, text, old, new, words):
    message = refusal("experiment", TEST.replace(old, new), **{"a.csv": text})
    assert all(word in message for word in words), message


def test_campaigns(shop):
    said = "{file: a.csv, columns: {campaign_id: i, impressions: m, clicks: k, conversions: v, cost: p}}"
    frame = shop.build(
        "campaigns", said, **{"a.csv": "i,m,k,v,p\na,100,10,1,5\nb,100,-3,1,5\nc,100,5,9,5\nd,2,5,1,£5\n"}
    )
    assert frame["campaign_id"].tolist() == ["a", "c", "d"]
    assert shop.ledger("campaigns")["set_aside"] == {"impossible clicks": 1}
    assert [(row[2], row[3], row[4], row[5], row[6]) for row in shop.problems()] == [
        ("2", "k", "-3", "must be a number, at least 0", "row set aside"),
        ("3", "v", "9", "must not be more than 'k'", "kept"),
        ("4", "k", "5", "must not be more than 'm'", "kept"),
    ]


def test_customers(shop):
    said = (
        "{file: a.csv, columns: {customer_id: i, birth_year: b, income: n, joined_at: j},"
        " scale: {income: 1000, wine: 2}, spend: {wine: w},"
        " features: {score: s}, responses: {last: r}, orders: {web: o}}"
    )
    text = "i,b,n,j,w,s,r,o\n1,1893,50,2020-01-01,1,1,0,1\n2,1980,666666,2020-01-01,2,2,1,2\n1,1980,6,,3,3,1,3\n"
    frame = shop.build("customers", said, **{"a.csv": text})
    assert frame["birth_year"].isna().tolist() == [True, False]
    assert frame["income"].tolist() == [50_000, 666_666_000]
    assert frame["spend_wine"].tolist() == [2, 4]
    assert [(row[2], row[4], row[6]) for row in shop.problems()] == [
        ("1", "1893", "value left out"),
        ("2", "666666", "kept"),
        ("3", "1", "row set aside"),
    ]
    assert shop.ledger("customers")["set_aside"] == {"listed again with other values": 1}


def test_engagement(shop):
    said = "{file: a.csv, columns: {customer_id: i, month: m, emails_sent: s, emails_opened: o}}"
    text = "i,m,s,o\n1,2020-01-01,5,2\n1,2020-02-01,5,6\n1,2020-01-01,9,2\n2,2020-01-01,-1,\n"
    assert shop.build("engagement", said, **{"a.csv": text})["emails_sent"].tolist() == [5, 5]
    assert sorted(shop.ledger("engagement")["set_aside"]) == [
        "impossible emails_sent",
        "listed again with other values",
    ]


FIVE = """name: Five
tables:
  transactions: {file: t.csv, columns: {customer_id: c, ordered_at: t, amount: a}}
  customers: {file: c.csv, columns: {customer_id: c, age: age}, spend: {wine: w},
              orders: {web: o}, responses: {last: r}}
  campaigns: {file: m.csv, columns: {campaign_id: i, clicks: k, conversions: v, cost: p, revenue: n}}
  experiment: {file: e.csv, columns: {customer_id: c, arm: g}, control: x, outcomes: {y: binary}, covariates: [h]}
  engagement: {file: g.csv, columns: {customer_id: c, month: m, web_visits: s}}
"""
FIVE_FILES = {
    "t.csv": "c,t,a\n1,2020-01-01,5\n2,2020-01-02,6\n",
    "c.csv": "c,age,w,o,r\n1,33,5,1,0\n2,,6,2,1\n",
    "m.csv": "i,k,v,p,n\na,10,1,5,7\nb,5,1,2,1\n",
    "e.csv": "c,g,y,h\n1,x,1,3\n2,y,0,4\n",
    "g.csv": "c,m,s\n1,2020-01-01,4\n2,2020-01-01,4\n",
}


def test_all_five_tables(home, write_source):
    path = write_source(FIVE, **FIVE_FILES)
    assert build.check(path) == [f"{name}: to be built" for name in build.open_source(path).tables]
    assert len(build.build(path).built) == 5
    folder = paths.built(build.open_source(path).key)
    assert [build.read_ledger(folder, name)["rows_kept"] for name in build.open_source(path).tables] == [2] * 5


# Real data --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "table", "rows", "problems"),
    [
        ("cdnow/source.yml", "transactions", 6919, 0),
        ("cdnow/master.yml", "transactions", 69_659, 0),
        ("cookie_cats/source.yml", "experiment", 90_189, 0),
        ("customer_personality/source.yml", "customers", 2240, 3),
        ("mall_customers/source.yml", "customers", 200, 0),
    ],
)
def test_real_sources(home, reference_data, path, table, rows, problems):
    source = reference_data / path
    build.build(source)
    key = build.open_source(source).key
    ledger = build.read_ledger(paths.built(key), table)
    assert (ledger["rows_read"], ledger["rows_kept"]) == (rows, rows)
    with paths.problems(key).open(newline="", encoding="utf-8") as handle:
        assert len(list(csv.DictReader(handle))) == problems
