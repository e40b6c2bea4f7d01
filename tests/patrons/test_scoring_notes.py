"""Remarks on single rows."""

import numpy as np
import pandas as pd
import pytest

from patrons.scoring_csv import formula_safe
from patrons.scoring_notes import Notes, far, lacking, unseen


def told(name, value, ends, unit="week"):
    notes = Notes(1)
    far(notes, name, np.array([value]), ends, unit)
    return notes.column()[0]


def test_income_in_thousands():
    assert told("income", 45.3, (1730.0, 162397.0)) == (
        "income 45.3 is far below what the model was fitted to (1,730 to 162,397): is it in thousands?"
    )


def test_income_that_the_model_has_in_thousands():
    assert told("income", 15000.0, (15.0, 137.0)).endswith("(15 to 137): perhaps the model has it in thousands")


@pytest.mark.parametrize(
    ("value", "where"),
    [(173.0, ""), (172.9, "below"), (0.0, ""), (323064.0, ""), (323065.0, "above"), (-158938.0, "below"), (np.nan, "")],
)
def test_the_rule_of_what_is_far(value, where):
    text = told("income", value, (1730.0, 162397.0))
    assert (f"far {where}" in text) if where else text == ""


def test_times_name_the_unit_of_the_models():
    assert told("T", 400.0, (1.0, 78.0), "week").endswith("it is counted in weeks")


def test_texts_never_seen():
    notes = Notes(3)
    unseen(notes, "gender", pd.Series(["male", "Male", None], dtype=object), ["female", "male"])
    assert notes.column() == ["", "gender 'Male' was not seen when the models were fitted", ""]


def test_what_is_lacking_is_said_once_for_all_that_hangs_on_it():
    notes = Notes(2)
    notes.add(np.array([False, True]), "first")
    one = pd.DataFrame({"recency": [False, True], "monetary": [False, False]})
    two = pd.DataFrame({"recency": [False, True], "T": [False, True]})
    lacking(notes, {"rfm": one, "lifetime": two})
    assert notes.column() == ["", "first; not known: recency, T; therefore no segment or lifetime"]


def test_formulas_are_inert_and_numbers_stay():
    import pyarrow as pa

    table = pa.table({"id": ["=1+1", "-7", "-2,5", "@x", "+1-cmd", None, "<b>"], "n": [-1.0] * 7})
    safe = formula_safe(table)
    assert safe.column("id").to_pylist() == ["'=1+1", "-7", "-2,5", "'@x", "'+1-cmd", None, "<b>"]
    assert safe.column("n").to_pylist() == [-1.0] * 7
