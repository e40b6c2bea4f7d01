"""Files of every form the contract knows become the same text, whole and numbered."""

import gzip
import io
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons import read, readers
from patrons.errors import PatronsError
from patrons.settings import Read

PLAIN = "id,day,amount\n007,2020-01-01,1.50\n008,2020-01-02,2\n"
ROWS = [["007", "2020-01-01", "1.50"], ["008", "2020-01-02", "2"]]


def staged(folder, files, needed=(), **options):
    folder.mkdir(exist_ok=True)
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return read.stage(paths, Read(**options), needed, folder)


def rows_of(result):
    tables = [pq.read_table(part.path).to_pandas() for part in result.parts]
    return pd.concat(tables).sort_values(["_file", "_row"], ignore_index=True)


def texts(result):
    frame = rows_of(result)
    return frame[[name for name in frame.columns if name.startswith("c")]].to_numpy().tolist()


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(frame, **options):
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.csv", PLAIN, {}),
        ("a.CSV", PLAIN, {}),
        ("a.txt", PLAIN, {}),
        ("a.csv", "\ufeff" + PLAIN, {}),
        ("a.csv", PLAIN.replace("\n", "\r\n"), {}),
        ("a.csv", PLAIN.rstrip("\n"), {}),
        ("a.csv", PLAIN.replace("\n", "\n\n"), {}),
        ("a.csv", PLAIN.encode("utf-16"), {"encoding": "utf-16"}),
        ("a.csv", PLAIN.replace(",", ";"), {"sep": ";"}),
        ("a.tsv", PLAIN.replace(",", "\t"), {}),
        ("a.txt", PLAIN.replace(",", "  \t "), {"sep": r"\s+"}),
        ("a.txt", PLAIN.replace(",", "   ").replace("\n", "\n "), {"sep": r"\s+"}),
        ("a.txt", PLAIN.replace(",", "||"), {"sep": r"\|\|"}),
        ("a.csv", "made by a till\n" + PLAIN, {"header": 1}),
        ("a.csv.gz", gzip.compress(PLAIN.encode(), mtime=0), {}),
        ("a.csv.zip", zipped(**{"a.csv": PLAIN}), {}),
        (
            "a.zip",
            zipped(**{"data/a.csv": PLAIN, "__MACOSX/data/._a.csv": "junk", "data/.DS_Store": "x", "READ.me": ""}),
            {},
        ),
        ("a.zip", zipped(**{"b.csv": PLAIN[:14] + "008,2020-01-02,2\n", "a.csv": PLAIN[:33]}), {}),
    ],
)
def test_every_form_of_text_is_read_alike(tmp_path, name, content, options):
    result = staged(tmp_path, {name: content}, ["id", "day", "amount"], **options)
    assert result.names == ("id", "day", "amount")
    assert texts(result) == ROWS
    assert result.rows == 2


@pytest.mark.parametrize("sep", [",", r",\s*"])
def test_file_without_heading(tmp_path, sep):
    body = PLAIN.split("\n", 1)[1]
    assert staged(tmp_path, {"a.csv": body}, sep=sep, header=None).names == ("0", "1", "2")
    result = staged(tmp_path, {"a.csv": body}, ["x"], sep=sep, header=None, names=["x", "y", "z"])
    assert (result.names, texts(result)) == (("x", "y", "z"), ROWS)


@pytest.mark.parametrize("sep", [",", r",\s*"])
def test_names_replace_a_heading(tmp_path, sep):
    result = staged(tmp_path, {"a.csv": PLAIN}, ["x"], sep=sep, names=["x", "y", "z"])
    assert (result.names, texts(result)) == (("x", "y", "z"), ROWS)


@pytest.mark.parametrize("sep", [",", r",\s*"])
def test_names_must_be_as_many_as_columns(tmp_path, sep):
    with pytest.raises(PatronsError, match=r"a\.csv has 3 columns, but read\.names names 2"):
        staged(tmp_path, {"a.csv": PLAIN}, sep=sep, header=None, names=["x", "y"])


def test_quoted_fields_may_hold_separators_quotes_and_line_ends(tmp_path):
    result = staged(tmp_path, {"a.csv": 'a,b\n"x, ""y""\nz",1\n2,3\n'})
    assert texts(result) == [['x, "y"\nz', "1"], ["2", "3"]]
    assert rows_of(result)["_row"].tolist() == [1, 2]


def test_rows_with_too_few_or_too_many_fields_keep_their_text_and_number(tmp_path):
    result = staged(tmp_path, {"a.csv": "a,b,c\n1,2,3\n4,5\n6,7,8\n9,9,9,9\n10,11,12\n1,\n"})
    frame = rows_of(result)
    assert frame["_row"].tolist() == [1, 2, 3, 4, 5, 6]
    broken = frame[frame["_broken"].notna()]
    assert broken["c0"].tolist() == ["4,5", "9,9,9,9", "1,"]
    assert broken["_broken"].tolist()[1] == "4 fields where there are 3 columns"
    assert frame.loc[frame["_broken"].isna(), "c0"].tolist() == ["1", "6", "10"]


@pytest.mark.parametrize("sep", [r"\s+", r" +"])
def test_rows_with_too_few_or_too_many_fields_among_white_space(tmp_path, sep):
    result = staged(tmp_path, {"a.txt": "a b c\n1 2 3\n4 5\n6 7 8\n9 8 7 6\n"}, sep=sep)
    frame = rows_of(result)
    assert frame["_row"].tolist() == [1, 2, 3, 4]
    assert frame["_broken"].notna().tolist() == [False, True, False, True]
    assert frame["c0"].tolist() == ["1", "4 5", "6", "9 8 7 6"]
    assert frame["c1"].tolist() == ["2", None, "7", None]


@pytest.mark.parametrize("sep", [r"\s+", r" +"])
@pytest.mark.parametrize("body", ["1 2 3 4 5\n", "1 2 3\n1 2 3 4 5\n"])
def test_rows_with_far_too_many_fields_among_white_space_are_refused(tmp_path, sep, body):
    with pytest.raises(PatronsError, match=r"a\.txt cannot be read: .*fields"):
        staged(tmp_path, {"a.txt": "a b c\n" + body}, sep=sep)


def test_quotes_hold_among_white_space(tmp_path):
    result = staged(tmp_path, {"a.txt": 'who what\n"John Doe" "tea"\n'}, sep=r"\s+")
    assert texts(result) == [["John Doe", "tea"]]


@given(st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_row_numbers_hold_whatever_rows_are_ragged(tmp_path_factory, widths):
    lines = [",".join([f"r{number}"] * width) for number, width in enumerate(widths, 1)]
    result = staged(tmp_path_factory.mktemp("ragged"), {"a.csv": "a,b,c\n" + "\n".join(lines) + "\n"})
    frame = rows_of(result)
    assert frame["_row"].tolist() == list(range(1, len(widths) + 1))
    assert [text.split(",")[0] for text in frame["c0"]] == [f"r{number}" for number in range(1, len(widths) + 1)]
    assert frame["_broken"].isna().tolist() == [width == 3 for width in widths]


def test_ragged_rows_far_into_a_file_are_numbered_rightly(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "BLOCK", 200)
    lines = ["1,2,3"] * 100
    lines[70] = "1,2"
    frame = rows_of(staged(tmp_path, {"a.csv": "a,b,c\n" + "\n".join(lines) + "\n"}))
    assert frame["_row"].tolist() == list(range(1, 101))
    assert frame.index[frame["_broken"].notna()].tolist() == [70]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zip"])
def test_files_of_many_blocks_lose_no_row(tmp_path, name):
    text = "id,text\n" + "".join(f"{number},{'x' * 90}\n" for number in range(250_000))  # some 24 MB
    content = {"a.csv": text.encode, "a.csv.gz": lambda: gzip.compress(text.encode(), 1, mtime=0)}
    data = content[name]() if name in content else zipped(**{"a.csv": text})
    result = staged(tmp_path, {name: data})
    frame = rows_of(result)
    assert result.rows == 250_000
    assert (frame["c0"].astype(int) == range(250_000)).all()
    assert (frame["_row"] == range(1, 250_001)).all()


def test_heading_over_several_lines(tmp_path):
    result = staged(tmp_path, {"a.csv": '\n"id\nnumber",amount\n1,2\n3\n4,5\n'})
    assert result.names == ("id\nnumber", "amount")
    assert rows_of(result)["c0"].tolist() == ["1", "3", "4"]
    assert rows_of(result)["_row"].tolist() == [1, 2, 3]


def test_workbook(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [17850.0, 2],
            "day": pd.to_datetime(["2020-01-01 08:30", "2020-01-02 00:00"]),
            "what": ["tea", None],
            "amount": [1.25, 3],
            "code": ["007", "NA"],
        }
    )
    result = staged(tmp_path, {"a.xlsx": workbook(frame)}, ["id"])
    assert result.typed
    assert texts(result) == [
        ["17850", "2020-01-01 08:30:00", "tea", "1.25", "007"],
        ["2", "2020-01-02 00:00:00", "", "3", "NA"],
    ]


def test_workbook_sheets_by_name_and_position(tmp_path):
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as writer:
        for name, value in (("one", 1), ("two", 2)):
            pd.DataFrame({"a": [value]}).to_excel(writer, sheet_name=name, index=False)
    content = buffer.getvalue()
    assert texts(staged(tmp_path, {"a.xlsx": content}, sheet="two")) == [["2"]]
    assert texts(staged(tmp_path, {"a.xlsx": content}, sheet=0)) == [["1"]]
    with pytest.raises(PatronsError, match=r"a\.xlsx: no sheet is called 'three'; the sheets are one, two"):
        staged(tmp_path, {"a.xlsx": content}, sheet="three")


def test_parquet(tmp_path):
    table = pa.table(
        {
            "id": pa.array(["007", None]),
            "day": pa.array(pd.to_datetime(["2020-01-01 08:30", "2020-01-02 00:00"])),
            "amount": [1.5, 2.0],
            "kind": pa.array(["a", "b"]).dictionary_encode(),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    result = staged(tmp_path, {"a.parquet": buffer.getvalue()}, ["id"])
    first, second = texts(result)
    assert first[0] == "007"
    assert first[1].startswith("2020-01-01 08:30:00")
    assert (float(first[2]), first[3]) == (1.5, "a")
    assert second[0] is None


def test_several_files_are_brought_together_by_the_names_of_their_columns(tmp_path):
    result = staged(tmp_path, {"1.csv": "a,b\n1,2\n", "2.csv": "b,a,c\n4,3,5\n", "3.csv": "a,b\n6,7\n"}, ["a", "b"])
    assert (result.files, result.names, result.rows) == (("1.csv", "2.csv", "3.csv"), ("a", "b", "c"), 3)
    assert [part.names for part in result.parts] == [("a", "b"), ("b", "a", "c")]


def test_a_heading_may_hold_a_name_twice_unless_it_is_needed(tmp_path):
    assert texts(staged(tmp_path, {"a.csv": "a,b,b\n1,2,3\n"}, ["a"])) == [["1", "2", "3"]]
    with pytest.raises(PatronsError, match="the column 'b' is there 2 times"):
        staged(tmp_path, {"a.csv": "a,b,b\n1,2,3\n"}, ["b"])


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("a.csv", PLAIN, {"needed": ["amuont"]}, ["a.csv", "no column 'amuont'", "did you mean 'amount'", "id, day"]),
        ("a.csv", PLAIN.replace(",", ";"), {"needed": ["id"]}, ["separated by ';'", "read: {sep: ';'}"]),
        ("a.csv", PLAIN, {"needed": ["id"], "header": None}, ["named by `names`"]),
        ("a.csv", "", {}, ["a.csv is empty"]),
        ("a.txt", "", {"sep": r"\s+"}, ["a.txt is empty"]),
        ("a.csv", "näme\nJosé\n".encode("latin-1"), {}, ["a.csv is not written in utf-8", "encoding: latin-1"]),
        ("a.txt", "näme x\nJosé 1\n".encode("latin-1"), {"sep": r"\s+"}, ["a.txt is not written in utf-8"]),
        ("a.csv.gz", b"no gzip", {}, ["a.csv.gz cannot be read"]),
        ("a.zip", b"no zip", {}, ["a.zip is not a zip file"]),
        ("a.zip", zipped(**{"a.pdf": "x"}), {}, ["holds no csv", "a.pdf"]),
        ("a.xlsx", b"no workbook", {}, ["a.xlsx cannot be read"]),
        ("a.parquet", b"no parquet", {}, ["a.parquet cannot be read"]),
        ("a.json", "{}", {}, ["cannot tell what kind of file"]),
    ],
)
def test_refusals_name_the_file_and_what_to_do(tmp_path, name, content, options, words):
    with pytest.raises(PatronsError) as caught:
        staged(tmp_path, {name: content}, **options)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_latin_text(tmp_path):
    content = "näme\nJosé\n".encode("cp1252")
    result = staged(tmp_path, {"a.csv": content}, ["näme"], encoding="cp1252")
    assert texts(result) == [["José"]]


def test_heading_only(tmp_path):
    assert staged(tmp_path, {"a.csv": "a,b\n"}).rows == 0
