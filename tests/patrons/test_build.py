"""Built once per state of the data, whole or not at all, and every rejected row whole in one place."""

import csv
import threading

import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from patrons import build, paths
from patrons.errors import PatronsError

TEXT = """\
name: Two tables
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: c, order_id: o, ordered_at: t, amount: a}
    set_aside: [{column: amount, at_most: 0, reason: return}]
  experiment:
    file: test.csv
    columns: {arm: g, customer_id: file}
    control: x
    outcomes: {v: binary}
"""
ORDERS = "c,o,t,a,note\n1,A,2020-01-01,5,\n1,B,2020-01-02,-5,broken\n2,C,2020-01-03 10:00:00.5,7,\n"
TEST = "file,g,v\n1,x,1\n2,y,0\n3,,1\n"


@pytest.fixture
def source(home, write_source):
    return write_source(TEXT, orders__csv=ORDERS, test__csv=TEST)


def folder_of(path):
    return paths.built(build.open_source(path).key)


def test_tables_ledgers_and_fingerprints(source):
    done = build.build(source)
    assert (done.built, done.fresh) == (("transactions", "experiment"), ())
    folder = folder_of(source)
    assert sorted(file.name for file in folder.glob("*.fingerprint")) == [
        "experiment.fingerprint",
        "transactions.fingerprint",
    ]
    table = pq.read_table(folder / "transactions.parquet")
    assert table.column_names == ["customer_id", "order_id", "ordered_at", "amount", "amount_outlier"]
    assert str(table.schema.field("ordered_at").type) == "timestamp[us]"  # Spark refuses nanoseconds
    assert build.read_ledger(folder, "transactions")["set_aside"] == {"return": 1}
    assert not list(folder.glob(".staging-*"))


def test_rejected_rows_of_all_tables_are_whole_in_one_file(source):
    build.build(source)
    with paths.rejected(build.open_source(source).key).open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["table"], row["file"], row["row"], row["reason"]) for row in rows] == [
        ("transactions", "orders.csv", "2", "return"),
        ("experiment", "test.csv", "3", "missing arm"),
    ]
    assert [rows[0][name] for name in ("c", "o", "t", "a", "note")] == ["1", "B", "2020-01-02", "-5", "broken"]
    assert rows[1]["file (column)"] == "3"  # the user's own column called file


def test_nothing_to_do_the_second_time(source):
    build.build(source)
    assert build.build(source).built == ()


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        (lambda folder: (folder / "orders.csv").write_text(ORDERS + "3,D,2020-01-04,1,\n"), ("transactions",)),
        (lambda folder: (folder / "test.csv").write_text(TEST + "4,y,0\n"), ("experiment",)),
        (lambda folder: edit(folder, "at_most: 0", "at_most: -9"), ("transactions",)),
        (
            lambda folder: edit(folder, "name: Two tables", "name: Two tables\nreference_date: 2020-02-01"),
            ("transactions",),
        ),
        (lambda folder: edit(folder, "v: binary", "v: number"), ("experiment",)),
        (lambda folder: edit(folder, "tables:", "analysis: {seed: 1}\ntables:"), ()),
        (
            lambda folder: edit(
                folder, "tables:", "analysis: {cleaning: {outliers: {amount: {action: cap}}}}\ntables:"
            ),
            ("transactions",),
        ),
        (lambda folder: (folder / "orders.csv").touch(), ()),
    ],
)
def test_only_what_changed_is_built_again(source, change, stale):
    build.build(source)
    change(source.parent)
    assert build.build(source).built == stale
    assert build.build(source).built == ()


def edit(folder, old, new):
    path = folder / "source.yml"
    path.write_text(path.read_text().replace(old, new))


def test_a_change_of_the_cleaning_code_is_a_change(source, monkeypatch):
    build.build(source)
    monkeypatch.setattr(build, "_code_digest", lambda names: "other")
    assert build.build(source).built == ("transactions", "experiment")


def test_two_builds_give_the_same_bytes(source):
    build.build(source)
    folder = folder_of(source)
    files = [file for file in folder.iterdir() if file.suffix in (".parquet", ".json", ".fingerprint")]
    before = {file: file.read_bytes() for file in files if file.name != "hashes.json"}
    for file in before:
        file.unlink()
    build.build(source)
    assert {file: file.read_bytes() for file in before} == before


def test_a_failure_leaves_what_was_built_before(source):
    build.build(source)
    before = (folder_of(source) / "transactions.parquet").read_bytes()
    (source.parent / "orders.csv").write_text(ORDERS.replace("2020", "in 2020"))
    with pytest.raises(PatronsError, match=r"source\.yml: tables\.transactions: orders\.csv, row 1, column 't'"):
        build.build(source)
    assert (folder_of(source) / "transactions.parquet").read_bytes() == before
    assert not list(folder_of(source).glob(".staging-*"))


def test_a_table_that_is_no_longer_described_is_forgotten(source):
    build.build(source)
    source.write_text(TEXT[: TEXT.index("  experiment:")])
    killed = [folder_of(source) / name for name in (".transactions.parquet.x.part", "tmp_.transactions.parquet.x.part")]
    for left in killed:
        left.touch()
    build.build(source)
    assert not list(folder_of(source).glob("experiment*"))
    assert not any(left.exists() for left in killed)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("control: x", "control: z", ["tables.experiment", "no arm is called 'z'", "'x', 'y'"]),
        ("    control: x\n", "", ["control is missing", "'x', 'y'"]),
        ("control: x", "control: x\n    allocation: {x: 1}", ["allocation must give each arm its share"]),
        ("amount: a", "amount: b", ["orders.csv", "no column 'b'", "c, o, t, a, note"]),
        ("tables:", "analysis: {cleaning: {missing: {amuont: median}}}\ntables:", ["no table has a column 'amuont'"]),
        ("orders.csv", "order.csv", ["there is no file", "did you mean 'orders.csv'"]),
    ],
)
def test_refusals(source, old, new, words):
    edit(source.parent, old, new)
    with pytest.raises(PatronsError) as caught:
        build.build(source)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_date_format_that_means_nothing(source):
    edit(source.parent, "file: orders.csv", 'file: orders.csv\n    read: {date_format: "%Q"}')
    with pytest.raises(PatronsError, match=r"tables\.transactions\.read\.date_format: %Q means nothing in a date"):
        build.build(source)


def test_check_writes_nothing(source, home):
    assert build.check(source)[:2] == ["transactions: to be built", "experiment: to be built"]
    assert not (home / "data").exists()
    build.build(source)
    assert build.check(source)[:2] == ["transactions: up to date", "experiment: up to date"]
    edit(source.parent, "amount: a", "amount: b")
    with pytest.raises(PatronsError, match="no column 'b'"):
        build.check(source)


def test_a_second_build_waits_and_says_so(source):
    folder = folder_of(source)
    folder.mkdir(parents=True)
    said = []
    heard = threading.Event()

    def say(line):
        said.append(line)
        heard.set()

    with FileLock(folder / ".lock"):
        second = threading.Thread(target=build.build, args=(source, say))
        second.start()
        assert heard.wait(10)
    second.join(20)
    assert said[0].startswith("another build of this source is running")
    assert (folder / "transactions.fingerprint").exists()


def test_reference_sources(home, reference_data):
    wanted = {"cookie_cats": ("experiment", 90_189), "customer_personality": ("customers", 2240)}
    for name, (table, rows) in wanted.items():
        path = reference_data / name / "source.yml"
        build.build(path)
        assert build.read_ledger(folder_of(path), table)["rows_kept"] == rows


def test_the_large_cdnow(home, reference_data):
    path = reference_data / "cdnow" / "master.yml"
    build.build(path)
    assert build.read_ledger(folder_of(path), "transactions")["rows_kept"] == 69_659
