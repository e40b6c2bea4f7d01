"""What actions return in segments: measured, in which unit, and whether segments differ."""

import numpy as np
import pandas as pd
import pytest

from patrons import experiment, strategy
from patrons.design import make_design
from patrons.errors import PatronsError
from patrons.settings import Experiment
from patrons.settings_analysis import Strategy


def design(outcomes, covariates=(), segments=()):
    table = Experiment(
        file="t.csv",
        columns={"arm": "arm"},
        control="none",
        outcomes=outcomes,
        covariates=tuple(covariates),
        segments=tuple(segments),
    )
    return make_design(table, ["none", "a", "b"])


@pytest.fixture
def people():
    rng = np.random.default_rng(1)
    n = 1200
    frame = pd.DataFrame({"arm": np.resize(["none", "a", "b"], n), "group": rng.choice(["x", "y"], n)})
    frame["before"] = rng.gamma(2, 10, n)
    lift = np.where(frame["arm"] == "a", np.where(frame["group"] == "x", 6.0, -6.0), 0.0)
    frame["profit"] = frame["before"] + rng.normal(0, 5, n) + lift
    return frame


@pytest.mark.parametrize(
    ("outcomes", "settings", "margin", "expected"),
    [
        ({"sales": "money", "profit": "money"}, {}, None, strategy.Worth("profit", 1.0, "profit")),
        ({"sales": "money"}, {"margin": 0.3}, 0.5, strategy.Worth("sales", 0.3, "margin")),
        ({"sales": "money"}, {}, 0.5, strategy.Worth("sales", 0.5, "margin")),
        ({"visit": "binary", "sales": "money"}, {}, None, strategy.Worth("sales", 1.0, "sales")),
        ({"visit": "binary"}, {"outcome_value": 4}, None, strategy.Worth("visit", 4.0, "success")),
        ({"visit": "binary"}, {}, None, strategy.Worth("visit", None, "none")),
    ],
)
def test_money_comes_first_and_profit_before_sales(outcomes, settings, margin, expected):
    assert strategy.worth(design(outcomes), Strategy(**settings), margin) == expected


def test_costs_are_those_of_contact_and_offer():
    plan = design({"profit": "money"})
    assert strategy.costs(plan, Strategy(contact_cost=2, offer_costs={"b": 3})) == {"a": 2.0, "b": 5.0}
    with pytest.raises(PatronsError, match=r"offer_costs: 'bb' is no arm.*“b”|offer_costs: 'bb' is no arm"):
        strategy.costs(plan, Strategy(offer_costs={"bb": 3}))
    with pytest.raises(PatronsError, match="no arm of the test besides the control"):
        strategy.costs(plan, Strategy(offer_costs={"none": 3}))


def test_over_everybody_the_effect_is_that_of_the_test(people):
    plan = design({"profit": "money"}, ["before"])
    values = strategy.outcome_values(people, plan, "profit")
    everybody = pd.Series("everybody", index=people.index)
    table, _ = strategy.cells(values, strategy.codes(people, plan), everybody, plan)
    known = experiment.adjust(people, plan)
    assert table["effect"].to_numpy() == pytest.approx(known["lift"].to_numpy())
    assert np.sqrt(table["variance"]).to_numpy() == pytest.approx((known["lift"] / known["statistic"]).abs().to_numpy())
    assert table["people"].tolist() == [1200, 1200]


def test_an_arm_with_too_few_people_is_not_tested(people):
    plan = design({"profit": "money"})
    few = people[(people["arm"] != "b") | (people["group"] == "x") | (people.index % 40 == 2)]
    table, _ = strategy.cells(few["profit"].to_numpy(), strategy.codes(few, plan), few["group"], plan)
    missing = table[table["effect"].isna()]
    assert missing[["segment", "arm"]].to_numpy().tolist() == [["y", "b"]]


def test_that_effects_differ_is_seen_where_they_do_and_not_where_they_do_not(people):
    plan = design({"profit": "money"}, ["before"])
    values, arm = strategy.outcome_values(people, plan, "profit"), strategy.codes(people, plan)
    _, found = strategy.cells(values, arm, people["group"], plan)
    assert strategy.differ(found) < 1e-10
    rng = np.random.default_rng(3)
    chances = []
    for _ in range(300):
        labels = pd.Series(rng.choice(["x", "y", "z"], len(people)))
        _, found = strategy.cells(rng.normal(size=len(people)), arm, labels, plan)
        chances.append(strategy.differ(found))
    assert 0.02 < np.mean(np.array(chances) < 0.05) < 0.09  # 5 % ± 2.5 standard errors


def test_one_segment_or_a_constant_cannot_differ(people):
    plan = design({"profit": "money"})
    arm = strategy.codes(people, plan)
    _, one = strategy.cells(people["profit"].to_numpy(), arm, pd.Series("x", index=people.index), plan)
    _, same = strategy.cells(np.ones(len(people)), arm, people["group"], plan)
    assert np.isnan(strategy.differ(one))
    assert np.isnan(strategy.differ(same))
