"""Who answers because of an offer: what models see, and that they never see whom they speak of."""

import numpy as np
import pandas as pd
import pytest

from patrons import uplift
from patrons.design import Design
from patrons.stop import SectionStop

ARMS = ("none", "letter", "call")
PLAN = Design(
    "none",
    ARMS,
    {"none": 0.5, "letter": 0.25, "call": 0.25},
    {"sales": "money", "visits": "number"},
    ("before",),
    ("gender", "town"),
)
ONLY_LINEAR = {"linear": uplift.ridge}


def people(n: int, seed: int = 0, strength: float = 40.0) -> pd.DataFrame:
    """A test in which women answer the letter and men the call."""
    rng = np.random.default_rng(seed)
    arm = rng.choice(3, n, p=[0.5, 0.25, 0.25])
    gender, before = rng.choice(["f", "m"], n), rng.gamma(2, 50, n)
    effect = np.where(arm == 1, np.where(gender == "f", strength, -strength), 0.0)
    effect += np.where(arm == 2, np.where(gender == "m", strength, -strength), 0.0)
    sales = before + effect + rng.normal(0, 30, n)
    town = rng.choice(["A", "B", "C"], n, p=[0.6, 0.39, 0.01])
    visits = rng.poisson(2, n)
    columns = {"arm": np.array(ARMS)[arm], "sales": sales, "visits": visits, "before": before}
    return pd.DataFrame({**columns, "gender": gender, "town": town})


def test_profit_is_to_be_raised_if_it_is_known():
    assert uplift.choose(Design("a", ("a", "b"), {}, {"sales": "money", "profit": "money"}, (), ())) == "profit"
    assert uplift.choose(Design("a", ("a", "b"), {}, {"visit": "binary", "spend": "money"}, (), ())) == "spend"
    assert uplift.choose(Design("a", ("a", "b"), {}, {"visit": "binary", "rounds": "number"}, (), ())) == "visit"
    with pytest.raises(SectionStop, match="names no outcome"):
        uplift.choose(Design("a", ("a", "b"), {}, {}, (), ()))


def test_small_groups_are_taken_together_and_constant_traits_left_out():
    frame = people(2_000).assign(gender="f")
    frame.loc[:200, "town"] = None
    traits = uplift.prepare(frame, PLAN, "sales").traits
    assert list(traits) == ["before", "town"]
    assert traits["town"].value_counts().min() >= uplift.LEAST_LEVEL
    assert set(traits["town"]) == {"A", "B", uplift.OTHERS}  # the few of C are hidden among those not known
    frame.loc[200:400, "town"] = "D"
    assert uplift.UNKNOWN in set(
        uplift.prepare(frame.assign(town=frame["town"].replace("C", "A")), PLAN, "sales").traits["town"]
    )


def test_nobody_can_be_told_apart_without_traits():
    plan = Design("none", ARMS, PLAN.allocation, PLAN.outcomes, (), ())
    with pytest.raises(SectionStop, match="something must tell people apart"):
        uplift.prepare(people(2_000), plan, "sales")


def test_few_people_in_an_arm_end_the_section():
    with pytest.raises(SectionStop, match="Below 100 in an arm"):
        uplift.prepare(people(200), PLAN, "sales")


def test_people_without_an_outcome_are_left_out():
    frame = people(1_000)
    frame.loc[:9, "sales"] = np.nan
    frame.loc[10, "sales"] = np.inf
    assert uplift.prepare(frame, PLAN, "sales").n == 989


def test_scores_are_right_on_average_however_poor_the_means():
    rng, chance = np.random.default_rng(1), np.array([0.5, 0.3, 0.2])
    arm = rng.choice(3, 200_000, p=chance)
    y = np.array([1.0, 2.0, 4.0])[arm] + rng.normal(size=len(arm))
    found = uplift.scored(y, arm, chance, np.full((len(arm), 3), 7.0))
    assert found.mean(axis=0) == pytest.approx([1, 2, 4], abs=0.08)


def test_a_score_is_the_mean_where_the_arm_was_not_given():
    found = uplift.scored(np.array([5.0]), np.array([1]), np.array([0.5, 0.5]), np.array([[1.0, 2.0]]))
    assert found.tolist() == [[1.0, 8.0]]


def test_folds_are_even_in_each_arm():
    arm = np.repeat([0, 1, 2], [1_001, 502, 498])
    fold = uplift.deal(arm, np.random.default_rng(0))
    counts = pd.crosstab(arm, fold).to_numpy()
    assert (np.ptp(counts, axis=1) <= 1).all()
    assert np.ptp(counts.sum(axis=0)) <= 3


def test_what_a_fold_did_changes_nothing_that_is_said_of_it():
    trial = uplift.prepare(people(1_500), PLAN, "sales")
    learners = {"linear": uplift.ridge, "forest": uplift.forest}
    found = uplift.foretell(trial, np.random.default_rng(3), learners)
    y = trial.y.copy()
    y[found.fold == 2] = 1e6
    other = uplift.foretell(uplift.Trial(**{**trial.__dict__, "y": y}), np.random.default_rng(3), learners)
    mine = found.fold == 2
    for name, effects in found.effects.items():
        assert np.array_equal(effects[mine], other.effects[name][mine])
        assert not np.allclose(effects[~mine], other.effects[name][~mine])
    assert np.array_equal(found.means[mine], other.means[mine])
    assert np.array_equal(found.training[2][1], other.training[2][1])


def test_effects_are_foretold():
    frame = people(6_000)
    found = uplift.foretell(uplift.prepare(frame, PLAN, "sales"), np.random.default_rng(0))
    women = (frame["gender"] == "f").to_numpy()
    for effects in found.effects.values():
        assert effects[women].mean(axis=0) == pytest.approx([40, -40], abs=6)
        assert effects[~women].mean(axis=0) == pytest.approx([-40, 40], abs=6)


def test_where_nobody_differs_all_are_foretold_nearly_alike():
    frame = people(4_000, strength=0.0)
    found = uplift.foretell(uplift.prepare(frame, PLAN, "sales"), np.random.default_rng(0), ONLY_LINEAR)
    assert found.effects["linear"].std(axis=0).max() < 2


def test_a_test_of_two_arms_and_missing_numbers():
    frame = people(2_000)
    frame = frame[frame["arm"] != "call"]
    frame.loc[frame.index[:300], "before"] = np.nan
    plan = Design("none", ARMS[:2], {"none": 2 / 3, "letter": 1 / 3}, {"sales": "money"}, ("before",), ("gender",))
    trial = uplift.prepare(frame, plan, "sales")
    found = uplift.foretell(trial, np.random.default_rng(0))
    assert found.effects["forest"].shape == (len(frame), 1)
    assert np.isfinite(found.scores).all()


def test_the_model_for_new_people_holds_named_things_only():
    trial = uplift.prepare(people(1_500), PLAN, "sales")
    model = uplift.fit(trial, uplift.foretell(trial, np.random.default_rng(0), ONLY_LINEAR))
    new = pd.DataFrame({"before": [100.0, np.nan], "gender": ["f", "m"], "town": ["A", "nowhere"]})
    effects = model.predict(new)
    assert effects.shape == (2, 2)
    assert effects[0, 0] > 0 > effects[1, 0]
    function = model.named_steps["describe"].named_transformers_["logarithms"].named_steps["functiontransformer"].func
    assert function is uplift.signed_log
