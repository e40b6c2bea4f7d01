"""Tables survive the way to R and back; errors and warnings keep R's words."""

import datetime
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from patrons import r

ROOT = Path(__file__).parents[2]

FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "whole with gaps": pd.array([1, None, 3], dtype="Int64"),
        "large": [1, 2, 2**40],
        "real": [1.5, np.nan, 2.0],
        "text": ["a", None, "ü × €"],
        "string": pd.array(["q", None, ""], dtype="string"),
        "flag": [True, False, True],
        "flag with gaps": pd.array([True, None, False], dtype="boolean"),
        "grade": pd.Categorical(["x", None, "y"], categories=["y", "x", "never"], ordered=True),
        "time": pd.to_datetime(["2020-01-01 12:30:15.25", None, "1960-06-01 00:00:00.0"]),
        "date": [datetime.date(2020, 1, 31), None, datetime.date(1965, 1, 1)],
    }
)


def test_each_kind_of_column_arrives_in_r_as_what_it_is():
    classes = {name: r.call("base::class", FRAME[name]) for name in FRAME}
    assert classes["whole"] == classes["whole with gaps"] == "integer"
    assert classes["large"] == classes["real"] == "numeric"
    assert classes["text"] == classes["string"] == "character"
    assert classes["flag"] == classes["flag with gaps"] == "logical"
    assert classes["grade"].tolist() == ["ordered", "factor"]
    assert classes["time"].tolist() == ["POSIXct", "POSIXt"]
    assert classes["date"] == "Date"


@pytest.mark.parametrize("name", [name for name in FRAME if FRAME[name].isna().any()])
def test_a_missing_value_is_na_in_r_and_missing_again_in_python(name):
    assert r.call("base::is.na", FRAME[name]).tolist() == [False, True, False]
    assert r.call("base::identity", FRAME)[name].isna().tolist() == [False, True, False]


def test_a_table_comes_back_as_it_went():
    back = r.call("base::identity", FRAME)
    expected = FRAME.copy()
    expected["large"] = expected["large"].astype(float)
    expected["string"] = expected["string"].astype(object).where(expected["string"].notna(), None)
    expected["date"] = pd.to_datetime(expected["date"])
    pd.testing.assert_frame_equal(back, expected)


def test_an_integer_that_is_missing_does_not_become_minus_two_billion():
    back = r.call("base::data.frame", n=pd.array([7, None], dtype="Int64"))
    assert back["n"].dtype == "Int64"
    assert back["n"].sum() == 7


def test_the_edges_of_32_bits():
    whole = pd.Series([2**31 - 1, -(2**31) + 1])
    assert r.call("base::class", whole) == "integer"
    assert r.call("base::class", pd.Series([-(2**31)])) == "numeric"
    assert r.call("base::identity", whole).tolist() == whole.tolist()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_times_with_a_zone_become_utc(zone):
    noon = pd.Series(pd.to_datetime(["2020-07-01 12:00", "2020-12-01 12:00"])).dt.tz_localize(zone)
    assert (
        r.call("base::format", noon, "%Y-%m-%d %H:%M").tolist()
        == noon.dt.tz_convert("UTC").dt.strftime("%Y-%m-%d %H:%M").tolist()
    )


def test_naive_times_do_not_move_with_the_machine():
    code = "import pandas as pd; from patrons import r; t = pd.Series(pd.to_datetime(['2020-07-01 12:00']));" + (
        "print(r.call('base::format', t, '%H:%M'), r.call('base::data.frame', t=t)['t'][0])"
    )
    env = {**os.environ, "TZ": "America/New_York", "PYTHONPATH": str(ROOT / "python")}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.split("\n")[0] == "12:00 2020-07-01 12:00:00"


def test_empty_tables_keep_their_columns():
    back = r.call("base::identity", FRAME.head(0))
    assert back.shape == (0, FRAME.shape[1])
    assert list(back) == list(FRAME)


def test_scalars_lists_and_nothing():
    assert r.call("base::sum", [1, 2, 3.5]) == 6.5
    assert r.call("base::list", a=1, b="x", c=None, d=[True, False])["c"] is None
    assert r.call("base::paste", ["a", "b"], collapse="-") == "a-b"
    assert r.call("base::is.null", None) is True
    assert r.call("base::nchar", "ü×") == 2


def test_a_column_of_several_kinds_is_refused():
    with pytest.raises(TypeError, match="mixes"):
        r.call("base::identity", pd.DataFrame({"a": [1, "x", b"y"]}))


def test_an_error_keeps_its_words():
    with pytest.raises(r.RError, match="too few customers"):
        r.call("base::stop", "too few customers")
    with pytest.raises(r.RError, match="R has no function nonsense"):
        r.call("nonsense")


def test_a_warning_becomes_a_python_warning():
    with pytest.warns(r.RWarning, match="NAs introduced by coercion"):
        assert np.isnan(r.call("base::as.numeric", "x"))


def test_files_are_sourced_once_and_counted_as_inputs(tmp_path, monkeypatch):
    (tmp_path / "R").mkdir()
    file = tmp_path / "R" / "once.R"
    file.write_text("times <- if (exists('times')) times + 1 else 1\nsourced_times <- function() times\n")
    log = tmp_path / "inputs.txt"
    monkeypatch.setenv("CHAPTER_INPUTS", str(log))
    r.use("once", root=tmp_path)
    r.use("once", root=tmp_path)
    assert r.call("sourced_times") == 1
    assert set(log.read_text().split()) == {str(file)}


def test_a_file_that_is_missing_or_broken_is_named(tmp_path):
    (tmp_path / "R").mkdir()
    (tmp_path / "R" / "broken.R").write_text("f <- function( {\n")
    with pytest.raises(FileNotFoundError, match=r"no R/nowhere.R; the folder has: broken"):
        r.use("nowhere", root=tmp_path)
    with pytest.raises(r.RError, match=r"(?s)R/broken\.R: .*unexpected"):
        r.use("broken", root=tmp_path)


def test_other_threads_are_turned_away():
    said = []

    def work():
        try:
            r.call("base::sum", [1])
        except r.RError as error:
            said.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert said == ["R runs in one thread: call it from the main thread only"]


def test_cells_convert_by_the_same_rules():
    rules = r.converter()
    back = rules.rpy2py(rules.py2rpy(FRAME))
    assert back["whole with gaps"].dtype == "Int64"
    assert back["date"][0] == pd.Timestamp("2020-01-31")


def test_nothing_is_said_where_all_is_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        r.call("base::identity", FRAME)


def test_programs_started_after_r_find_their_own_libraries():
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "from patrons import r; import os; r.call('base::sum', 1); print(os.environ.get('LD_LIBRARY_PATH'))",
        ],
        env={key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
        | {"PYTHONPATH": str(ROOT / "python")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "None"
