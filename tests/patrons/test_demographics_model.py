"""The model of all groups at once: truth recovered, R's numbers, and data that cannot carry it."""

import numpy as np
import pandas as pd
import pytest

from patrons import demographics_model as model
from patrons import r
from patrons.demographics import Outcome, People
from patrons.demographics_groups import Factor

SPEND, YES = Outcome("spend", "Spend", "money"), Outcome("yes", "Yes", "binary")


def crowd(n=4000, seed=5, hostile=False):
    """Groups a and b (b spends 1.5 times as much), and x and y, which goes with b but does nothing."""
    rng = np.random.default_rng(seed)
    first = rng.random(n) < 0.4
    second = rng.random(n) < np.where(first, 0.8, 0.3)
    names = ("<b>|$x$", "*b*") if hostile else ("a", "b")
    table = pd.DataFrame(
        {
            "customer_id": [str(k) for k in range(n)],
            "one_group": pd.Categorical(np.where(first, names[1], names[0]), categories=list(names)),
            "two_group": pd.Categorical(np.where(second, "y", "x"), categories=["x", "y"]),
            "spend": rng.gamma(2, 50 * np.where(first, 1.5, 1.0)),
            "yes": (rng.random(n) < 1 / (1 + np.exp(1 - np.where(first, 0.7, 0.0)))).astype(float),
        }
    )
    factors = (Factor("one_group", "One", names, False), Factor("two_group", "Two", ("x", "y"), False))
    return People(table, factors, (SPEND, YES))


@pytest.mark.parametrize(("outcome", "truth"), [(SPEND, 1.5), (YES, np.exp(0.7))])
def test_what_was_planted_is_found_and_what_goes_with_it_is_not(outcome, truth):
    found = model.fit(crowd(), outcome, np.random.default_rng(1))
    ratios = found.ratios.set_index(["factor", "level"])
    assert ratios.loc[("one_group", "b"), "low"] < truth < ratios.loc[("one_group", "b"), "high"]
    assert ratios.loc[("two_group", "y"), "low"] < 1 < ratios.loc[("two_group", "y"), "high"]
    assert found.checks["slope_low"].iloc[0] < 1 < found.checks["slope_high"].iloc[0]
    assert (found.joint["gvif"] > 1.05).all()


def test_two_groups_are_each_other_s_rest():
    ratios = model.fit(crowd(600), SPEND, np.random.default_rng(1)).ratios
    one = ratios[ratios["factor"] == "one_group"]["ratio"].to_numpy()
    assert one[0] * one[1] == pytest.approx(1)


@pytest.mark.parametrize("outcome", [SPEND, YES])
def test_all_numbers_are_those_of_r(outcome):
    r.use("demographics")
    found = model.fit(crowd(700, hostile=True), outcome, np.random.default_rng(1))
    theirs = r.call("adjust_outcome", found.frame, ["one_group", "two_group"], model.family(outcome))
    for name, keys in (("ratios", ["factor", "level"]), ("joint", ["factor"]), ("margins", ["factor", "level"])):
        both = getattr(found, name).merge(theirs[name], on=keys, suffixes=("", "_r"))
        assert len(both) == len(getattr(found, name))
        for column in [key for key in getattr(found, name) if key not in keys]:
            assert both[column].to_numpy() == pytest.approx(both[f"{column}_r"].to_numpy(), rel=1e-8, abs=1e-10)
    numbers = ["n", "dispersion", "cook", "slope", "slope_low", "slope_high"]
    assert found.checks[numbers].iloc[0].tolist() == pytest.approx(theirs["checks"][numbers].iloc[0].tolist(), rel=1e-8)


def test_marginal_means_of_one_factor_are_plain_means():
    people = crowd(500)
    alone = People(people.table, people.factors[:1], people.outcomes)
    found = model.fit(alone, SPEND, np.random.default_rng(1))
    plain = people.table.groupby("one_group", observed=True)["spend"].mean()
    assert found.margins.set_index("level")["mean"].to_dict() == pytest.approx(plain.to_dict())


def test_who_is_not_known_is_left_out_and_counted():
    people = crowd(500)
    people.table.loc[:39, "two_group"] = None
    found = model.fit(people, SPEND, np.random.default_rng(1))
    assert (found.checks["n"].iloc[0], found.checks["left_out"].iloc[0]) == (460, 40)


def test_a_factor_that_few_told_is_left_out_rather_than_the_others():
    people = crowd(500)
    people.table.loc[:399, "two_group"] = None
    found = model.fit(people, SPEND, np.random.default_rng(1))
    assert [item.name for item in found.factors] == ["one_group"]
    assert found.checks["left_out"].iloc[0] == 0


@pytest.mark.parametrize("what", ["few", "flat", "negative", "nobody", "same"])
def test_data_that_cannot_carry_a_model(what):
    people = crowd(12 if what == "few" else 300)
    if what == "flat":
        people.table["spend"] = 3.0
    if what == "negative":
        people.table.loc[0, "spend"] = -1.0
    if what == "nobody":
        people.table["spend"] = np.nan
    if what == "same":  # two names for one thing cannot be told apart
        people.table["two_group"] = people.table["one_group"].cat.rename_categories({"a": "x", "b": "y"})
    assert model.fit(people, SPEND, np.random.default_rng(1)) is None


def test_a_group_in_which_nobody_says_yes_is_left_out():
    people = crowd(500)
    people.table["yes"] = np.where(people.table["two_group"] == "y", 0.0, people.table["yes"])
    found = model.fit(people, YES, np.random.default_rng(1))
    assert [item.name for item in found.factors] == ["one_group"]
