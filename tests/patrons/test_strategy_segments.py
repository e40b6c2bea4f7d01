"""Into which segments people are put, and how a column is chosen."""

import numpy as np
import pandas as pd
import pytest

from patrons import strategy_segments as segments
from patrons.design import make_design
from patrons.errors import PatronsError
from patrons.settings import Experiment
from patrons.settings_analysis import Strategy

FRAME = pd.DataFrame(
    {"arm": ["none", "a"] * 60, "sex": ["f", "m", None] * 40, "town": [f"t{i % 30}" for i in range(120)]}
)
PLAN = make_design(
    Experiment(file="t", columns={"arm": "arm"}, control="none", outcomes={"y": "number"}, segments=("sex", "town")),
    ["none", "a"],
)


def evidence(*p):
    table = pd.DataFrame({"column": ["sex", "town"], "segments": 2, "p": p})
    return table.assign(p_holm=[min(1, 2 * each) for each in p])


def test_missing_values_are_a_segment_and_rare_ones_stand_together():
    found = segments.by_columns(FRAME, ["sex"], 20)
    assert found.labels.value_counts().to_dict() == {"f": 40, "m": 40, "not known": 40}
    assert set(segments.by_columns(FRAME, ["town"], 20).labels) == {"others"}
    many = segments.by_columns(FRAME, ["town"], 4).labels.value_counts()
    assert len(many) == segments.MOST + 1
    assert many["others"] == 120 - 4 * segments.MOST


def test_columns_are_crossed_and_none_is_everybody():
    found = segments.by_columns(FRAME, ["sex", "sex"], 20)
    assert found.title == "sex × sex"
    assert "f, f" in set(found.labels)
    assert segments.by_columns(FRAME, [], 20).title == "everybody"


def test_the_clearest_columns_are_chosen():
    auto = Strategy()
    assert segments.choose(FRAME, PLAN, auto, evidence(0.3, 0.2), 20).columns == ("town",)
    assert segments.choose(FRAME, PLAN, auto, evidence(0.01, 0.2), 20).columns == ("sex",)
    assert segments.choose(FRAME, PLAN, auto, evidence(0.01, 0.001), 20).columns == ("sex", "town")
    assert segments.choose(FRAME, PLAN, auto, evidence(np.nan, np.nan), 20).columns == ()
    assert segments.choose(FRAME, PLAN, Strategy(segments=("town",)), evidence(0, 1), 20).columns == ("town",)
    with pytest.raises(PatronsError, match="'twon' is no column"):
        segments.choose(FRAME, PLAN, Strategy(segments=("twon",)), evidence(0, 1), 20)


def test_few_people_are_never_the_only_others():
    frame = pd.DataFrame({"sex": ["f"] * 60 + ["m"] * 30 + ["x"] * 3, "town": ["a", "b", "b"] * 31})
    found = segments.by_columns(frame, ["sex"], 20).labels.value_counts()
    assert found.to_dict() == {"f": 60, "others": 33}
    crossed = segments.by_columns(frame, ["sex", "town"], 20).labels.value_counts()
    assert crossed.min() >= 20
