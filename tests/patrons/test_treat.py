"""Missing values and outliers, by rules worked by hand; what each treatment does to the numbers."""

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrons.errors import PatronsError
from patrons.treat import apply, to_json
from patrons.treatments import Treatment

#   median 6, absolute deviations 5 4 3 2 1 0 1 2 3 4 994: their median 3, so the spread is 4.4478
TEN = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000]


def rows_of(**columns):
    count = len(next(iter(columns.values())))
    own = {"_file": [0] * count, "_row": list(range(1, count + 1))}
    return ibis.memtable(pd.DataFrame({**own, **columns}))


def outliers(action="flag", rule="robust", limit=3.5, log=False, column="a"):
    return Treatment(column, "outliers", action, True, rule, limit, log)


def missing(action, column="a", numeric=True):
    return Treatment(column, "missing", action, numeric)


def treat(table, *treatments, key=None):
    done = apply(ibis.duckdb.connect(), table, treatments, key)
    return done, done.table.order_by("_row").to_pandas()


def test_robust_by_hand():
    done, frame = treat(rows_of(a=TEN), outliers())
    found = done.treatments[0]
    assert found.center == 6
    assert found.spread == pytest.approx(1.4826 * 3)
    assert (found.low, found.high) == (pytest.approx(6 - 3.5 * 4.4478), pytest.approx(6 + 3.5 * 4.4478))
    assert found.rows == 1
    assert frame["a_outlier"].tolist() == [False] * 10 + [True]
    assert frame["a"].tolist() == TEN  # flagged, not changed


def test_classic_by_hand():
    # One value of eleven cannot be more than (n − 1)/√n = 3.015 standard deviations away: the outlier hides itself.
    assert treat(rows_of(a=TEN), outliers(rule="classic", limit=3.0))[0].treatments[0].rows == 1
    done, _ = treat(rows_of(a=TEN), outliers(rule="classic", limit=3.1))
    assert done.treatments[0].rows == 0
    assert done.treatments[0].other_rows == 1  # the robust rule finds it
    assert done.treatments[0].center == pytest.approx(1055 / 11)
    assert done.treatments[0].spread == pytest.approx(pd.Series(TEN).std())


def test_capped():
    done, frame = treat(rows_of(a=[-1000.0, *TEN[:-1], 1000.0]), outliers("cap"))
    high, low = done.treatments[0].high, done.treatments[0].low
    assert frame["a"].tolist() == [low, *TEN[:-1], high]
    assert frame["a_outlier"].sum() == 2


def test_logarithms_leave_what_is_not_positive_alone():
    values = [0.0, -5.0, None, *(2.0**power for power in range(11)), 2.0**60]
    done, frame = treat(rows_of(a=values), outliers(log=True))
    assert frame["a_outlier"].tolist() == [False] * 14 + [True]
    assert done.treatments[0].low > 0


@pytest.mark.parametrize(
    ("values", "log"),
    [([10.0**power for power in range(12)], True), ([10.0 + n for n in range(12)], False), ([5.0] * 12, False)],
)
def test_the_scale_is_the_more_symmetric_one(values, log):
    assert treat(rows_of(a=values), outliers(log=None))[0].treatments[0].log is log


def test_more_than_half_alike():
    # The median deviation is 0; the mean one is (1 + 1 + 90)/14.
    done, frame = treat(rows_of(a=[*[10.0] * 11, 9, 11, 100]), outliers())
    assert done.treatments[0].spread == pytest.approx(1.2533 * 92 / 14)
    assert frame["a_outlier"].tolist() == [False] * 13 + [True]


@pytest.mark.parametrize("values", [[1.0, 2, 3, 1000], [5.0] * 20, [None] * 20])
def test_too_little_to_tell(values):
    table = rows_of(a=pd.Series(values, dtype="float64"))
    for rule in ("robust", "classic"):
        done, frame = treat(table, outliers(rule=rule))
        assert (done.treatments[0].low, done.treatments[0].rows) == (None, 0)
        assert not frame["a_outlier"].any()


def test_rows_with_outliers_set_aside():
    done, frame = treat(rows_of(a=TEN), outliers("set_aside"))
    assert len(frame) == 10
    assert "a_outlier" not in frame
    assert done.reasons == {"outlier in a": 1}
    assert done.set_aside.to_pandas()[["_file", "_row", "_reason"]].values.tolist() == [[0, 11, "outlier in a"]]


def test_median_and_mode():
    table = rows_of(a=[1.0, None, 3.0, 9.0], g=["x", "y", None, "y"], h=["b", "a", None, None])
    done, frame = treat(table, missing("median"), missing("mode", "g", False), missing("mode", "h", False))
    assert frame["a"].tolist() == [1.0, 3.0, 3.0, 9.0]
    assert frame["a_imputed"].tolist() == [False, True, False, False]
    assert frame["g"].tolist() == ["x", "y", "y", "y"]
    assert frame["h"].tolist() == ["b", "a", "a", "a"]  # of those equally frequent the first
    assert [one.fill for one in done.treatments] == [3.0, "y", "a"]


def test_nothing_to_fill_in_with():
    done, frame = treat(rows_of(a=pd.Series([None, None], dtype="float64")), missing("median"))
    assert frame["a"].isna().all()
    assert "a_imputed" not in frame
    assert done.treatments[0].fill is None


def test_left_missing():
    done, frame = treat(rows_of(a=[1.0, None]), missing("leave"))
    assert list(frame.columns) == ["_file", "_row", "a"]
    assert done.treatments[0].rows == 1


def test_the_order_is_fixed():
    # The row without b leaves, the outlier is capped, and only then is the median taken and filled in.
    table = rows_of(a=[*TEN, None, 7.0], b=[1.0] * 12 + [None])
    done, frame = treat(table, missing("median"), outliers("cap"), missing("set_aside", "b"))
    assert [one.action for one in done.treatments] == ["set_aside", "cap", "median"]
    assert done.reasons == {"missing b": 1}
    assert frame["a"].iloc[-1] == 6.0
    assert not frame["a_outlier"].iloc[-1]


def test_effects_by_hand():
    table = rows_of(a=[*TEN, None], m=[1.0] * 12)
    done, _ = treat(table, outliers("set_aside"), missing("median"), key="m")
    frame = pd.DataFrame(done.effects)
    one = frame[(frame["problem"] == "outliers") & (frame["of"] == "a")].set_index("measure")
    assert one.loc["rows", ["before", "after", "without", "rows"]].tolist() == [12, 11, 11, 1]
    assert one.loc["mean", ["before", "after"]].tolist() == [pytest.approx(1055 / 11), 5.5]
    assert one.loc["max", ["before", "after"]].tolist() == [1000, 10]
    key = frame[(frame["problem"] == "outliers") & (frame["of"] == "m")].set_index("measure")
    assert key.loc["sum", ["before", "after"]].tolist() == [12, 11]
    filled = frame[(frame["problem"] == "missing") & (frame["of"] == "a")].set_index("measure")
    assert filled.loc["missing", ["before", "after", "without"]].tolist() == [1, 0, 0]
    assert filled.loc["sum", ["before", "after", "without"]].tolist() == [55, 60.5, 55]


def test_flags_say_what_would_be_without():
    done, _ = treat(rows_of(a=TEN), outliers())
    row = next(row for row in done.effects if row["measure"] == "sum")
    assert (row["before"], row["after"], row["without"]) == (1055, 1055, 55)


def test_histograms_hold_every_value():
    done, _ = treat(rows_of(a=[*TEN, None]), outliers("cap"), missing("median"))
    frame = pd.DataFrame(done.histograms)
    cap = frame[frame["problem"] == "outliers"]
    assert (cap["low"].min(), cap["high"].max()) == (1, 1000)
    assert (cap["before"].sum(), cap["after"].sum()) == (11, 11)
    fill = frame[frame["problem"] == "missing"]
    assert (fill["before"].sum(), fill["after"].sum()) == (11, 12)


def test_marks_never_take_a_column_of_the_source():
    with pytest.raises(PatronsError, match="'a_outlier' is there already"):
        treat(rows_of(a=TEN, a_outlier=TEN), outliers())


def test_nothing_to_do():
    table = rows_of(a=TEN)
    done = apply(ibis.duckdb.connect(), table, ())
    assert done.table.equals(table)
    assert to_json(done) == {"treatments": [], "effects": [], "histograms": []}


NUMBER = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, 1.0, 1e9]))
ANY = st.lists(st.tuples(NUMBER, st.sampled_from(["x", "y", None])), min_size=1, max_size=40)
ACTIONS = st.sampled_from(["flag", "cap", "set_aside"])


@given(ANY, ACTIONS, st.sampled_from(["robust", "classic"]), st.sampled_from([True, False, None]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_no_row_is_lost(rows, action, rule, log, keep):
    table = rows_of(a=pd.Series([row[0] for row in rows], dtype="float64"), g=[row[1] for row in rows])
    table = table.mutate(g=table.g.cast("string"))
    wanted = [
        outliers(action, rule, 1.0, log),
        missing("leave" if keep else "set_aside", "g", False),
        missing("median"),
    ]
    done, frame = treat(table, *wanted)
    aside = [] if done.set_aside is None else done.set_aside.to_pandas()["_row"].tolist()
    assert sorted([*frame["_row"].tolist(), *aside]) == list(range(1, len(rows) + 1))
    assert sum(done.reasons.values()) == len(aside)
    if not keep:
        assert frame["g"].notna().all()
    assert frame["a"].notna().all() or frame["a"].isna().all()


def test_the_other_rule_is_counted_too():
    done, _ = treat(rows_of(a=TEN), outliers())
    # 11 values: the classic rule with its usual limit of 3 just finds what the robust one finds
    assert (done.treatments[0].rows, done.treatments[0].other_rows) == (1, 1)
    done, _ = treat(rows_of(a=[*TEN[:-1], 1000.0, 1100.0]), outliers())
    # two of twelve hide each other from the classic rule
    assert (done.treatments[0].rows, done.treatments[0].other_rows) == (2, 0)
    assert treat(rows_of(a=[1.0, None]), missing("median"))[0].treatments[0].other_rows is None
