"""All readings of a test hang together, and R finds the same."""

import numpy as np
import pandas as pd
import pytest

from patrons import experiment_study as study
from patrons import r
from patrons import tables_experiment as shown
from patrons.design import Design

pytestmark = pytest.mark.slow  # whole chapters are computed

N = 400


def made(arms=("none", "a", "b"), covariates=("before",), segments=("region",), outcomes=None):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"arm": np.tile(arms, N)})
    frame["region"] = pd.Series(rng.choice(["<script>", "N|S", "west", None], len(frame)), dtype=object)
    frame["before"] = rng.gamma(2, 20, len(frame))
    frame.loc[:5, "before"] = np.nan
    frame["orders"] = rng.poisson(1.2, len(frame)).astype(float)
    frame["profit"] = frame["orders"] * rng.gamma(2, 10, len(frame)) + 0.2 * frame["before"].fillna(40)
    frame["profit"] += 12.0 * (frame["arm"] == arms[-1])
    frame["bought"] = (frame["orders"] > 0).astype(float)
    outcomes = outcomes or {"profit": "money", "orders": "number", "bought": "binary"}
    plan = Design(arms[0], arms, dict.fromkeys(arms, 1 / len(arms)), outcomes, covariates, segments)
    return study.read(frame, plan, 5, lambda name: np.random.default_rng(1))


@pytest.fixture(scope="module")
def found():
    r.use("tests_experiment", "tests_experiment_more", "tests_experiment_groups")
    return made()


def test_r_finds_the_same(found):
    for agrees in (
        study.split_agrees,
        study.estimates_agree,
        study.power_agrees,
        study.ranks_agree,
        study.bayes_agrees,
    ):
        assert agrees(found, r.call).holds, agrees.__name__
    assert all(agreed.holds for agreed in study.within_agrees(found, r.call, 5))


def test_each_comparison_has_one_estimate_and_all_are_one_family(found):
    assert found.best["outcome"].unique().tolist() == ["profit", study.PER_ORDER, "orders", "bought"]
    assert not found.best.duplicated(["outcome", "arm"]).any()
    assert (found.best["tests"] == 8).all()
    assert found.best.groupby("outcome")["adjusted"].first().to_dict() == {
        "profit": True,
        study.PER_ORDER: False,
        "orders": True,
        "bought": False,
    }


def test_offers_are_chosen_by_profit(found):
    assert found.matters == "profit"
    chosen = found.choice.table[found.choice.table["chosen"]]
    assert (chosen["arm"] == "b").all()


def test_looks_are_so_far_apart_that_none_tells_of_one_person(found):
    looks = study.looks(found, 7)
    for arm, own in looks.groupby("arm"):
        assert (own["n"].diff().dropna() >= 7).all()
        whole = found.watched.table[found.watched.table["arm"] == arm]
        assert own["n"].iloc[-1] == whole["n"].iloc[-1]


def test_tables_have_a_row_for_each_comparison(found):
    assert len(shown.effects(found, "GBP")) == len(found.best)
    assert len(shown.ways(found, "GBP")) == len(shown.seen(found, "GBP")) == 6
    assert shown.effects(found, "GBP")["Outcome"].iloc[0].startswith("Profit; with none: £")
    told = shown.within(found, "profit", 2)
    assert told["level"].nunique() == 2
    assert set(told["mark"]) <= {"Holm", "BH", ""}


def test_a_source_without_covariates_and_groups_has_fewer_columns():
    bare = made(("none", "a"), (), (), {"bought": "binary"})
    assert "Adjusted" not in shown.effects(bare, None)
    assert "Adjusted" not in shown.seen(bare, None)
    assert "Arm" not in shown.effects(bare, None)
    assert bare.matters == "bought"
    assert bare.choice.table.empty
    assert shown.ways(bare, None)["p, ranks"].tolist() == ["–"]


def test_a_share_moves_by_points(found):
    row = shown.bayes(found, "GBP").query("Outcome == 'Share that bought'").iloc[0]
    assert "points (" in row["Difference, 95 %"]
