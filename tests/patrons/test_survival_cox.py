"""Cox's model against R's survival package, and on hazards with a known truth."""

import numpy as np
import pandas as pd
import pytest
from rpy2 import robjects

from patrons import double, r
from patrons import survival_cox as cox
from patrons.survival_covariates import Covariates, Term, describe

NUMBERS = ["hazard_ratio", "low", "high", "se", "p", "p_holm"]


@pytest.fixture(scope="module")
def lung():
    r.use("survival")
    found = r.from_r(robjects.r("survival::lung"))
    table = found[["age", "sex", "ph.ecog"]].astype(float).rename(columns={"ph.ecog": "ecog"})
    return table.assign(days=found["time"].astype(float), ended=found["status"] == 2).dropna().reset_index(drop=True)


@pytest.fixture(scope="module")
def tied():
    """Times in whole weeks, half of the ends on the first one: as heavy ties as customers have."""
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=600), rng.integers(0, 2, 600).astype(float)
    true = rng.exponential(1 / np.exp(0.5 * x - 0.4 * z))
    days = np.maximum(np.ceil(10 * (true - 0.6)), 1) + 13
    return pd.DataFrame({"days": np.minimum(days, 40), "ended": days <= 40, "x": x, "z": z})


@pytest.mark.parametrize("data", ["lung", "tied"])
def test_all_numbers_are_those_of_r(data, request):
    table = request.getfixturevalue(data)
    names = [name for name in table if name not in ("days", "ended")]
    mine = cox.hazard_ratios(table, names)
    assert double.agreement(mine, r.call("hazard_ratios", table, names), ["term"], NUMBERS).holds
    slopes = np.log(mine["hazard_ratio"].to_numpy())
    tested = cox.proportional(table, names, slopes)
    theirs = r.call("test_proportional", table, names)
    assert double.agreement(tested, theirs, ["term"], ["chi2", "df", "p"]).holds
    found = pd.DataFrame([cox.concordance(table, table[names].to_numpy() @ slopes)])
    assert double.agreement(found, r.call("concordance_of", table, names), [], ["value", "se"]).holds
    cut = float(table.loc[table["ended"], "days"].median())
    parts = r.call("hazard_ratios_in_parts", table, names, cut)
    assert double.agreement(cox.in_parts(table, names, cut), parts, ["part", "term"], NUMBERS).holds
    grouped = r.call("grouped_hazard_ratios", table, names, cox.stretches(table))
    check = double.agreement(cox.grouped(table, names), grouped, ["term"], ["grouped"])
    assert check.largest < 1e-6  # both iterate to an optimum


def test_the_lung_data_as_published(lung):
    # coxph(Surv(time, status) ~ age + sex + ph.ecog, lung): Therneau, survival vignette.
    found = cox.hazard_ratios(lung, ["age", "sex", "ecog"])["hazard_ratio"].to_numpy()
    assert found == pytest.approx([1.01113, 0.57544, 1.58999], abs=5e-5)
    assert cox.concordance(lung, lung[["age", "sex", "ecog"]].to_numpy() @ np.log(found))["value"] == pytest.approx(
        0.6371, abs=5e-5
    )


def test_the_truth_is_found_in_spite_of_ties(tied):
    found = cox.hazard_ratios(tied, ["x", "z"]).set_index("term")
    assert found.loc["x", "low"] < np.exp(0.5) < found.loc["x", "high"]
    assert found.loc["z", "low"] < np.exp(-0.4) < found.loc["z", "high"]
    assert cox.grouped(tied, ["x", "z"])["grouped"].to_numpy() == pytest.approx(found["hazard_ratio"], rel=0.15)


def test_an_effect_that_turns_round_is_noticed():
    rng = np.random.default_rng(8)
    x = rng.normal(size=800)
    early, late = rng.exponential(20 / np.exp(x)), rng.exponential(20 / np.exp(-x))
    true = np.where(early < 10, early, 10 + late)
    data = pd.DataFrame({"days": np.minimum(true, 60).round(1), "ended": true <= 60, "x": x})
    slope = np.log(cox.hazard_ratios(data, ["x"])["hazard_ratio"].to_numpy())
    assert cox.proportional(data, ["x"], slope)["p"].iloc[-1] < 1e-6
    parts = cox.in_parts(data, ["x"], 10).set_index("part")
    assert parts.loc["early", "low"] > 1 > parts.loc["late", "high"]


def covariates(data, names):
    return Covariates(data[names], tuple(Term(name, name.upper()) for name in names), {})


def test_covariates_are_as_many_as_the_ends_carry(tied):
    few = tied.head(60).assign(ended=[True] * 25 + [False] * 35, w=np.random.default_rng(1).normal(size=60))
    found = cox.fit(few, covariates(few, ["x", "z", "w"]))
    assert found.names == ["x", "z"]  # 25 ends: two covariates, the first two
    assert found.ends == 25


def test_customers_with_something_missing_are_set_aside(tied):
    gone = tied.assign(x=tied["x"].where(tied.index % 10 > 0))
    found = cox.fit(gone, covariates(gone, ["x", "z"]))
    assert (found.set_aside, len(found.data)) == (60, 540)
    assert found.proportional["title"].tolist() == ["X", "Z", "All together"]


def test_too_few_ends_cannot_be_fitted(tied):
    with pytest.raises(cox.CannotFit, match="Only 5 customers"):
        cox.fit(tied.assign(ended=tied.index < 5), covariates(tied, ["x"]))


def test_a_covariate_that_tells_all_is_refused():
    data = pd.DataFrame({"days": np.r_[np.arange(1, 41), np.full(40, 50)], "ended": np.r_[[True] * 40, [False] * 40]})
    data["x"] = np.r_[np.ones(40), np.zeros(40)]
    with pytest.raises(cox.CannotFit, match="no finite solution"):
        cox.fit(data, covariates(data, ["x"]))


def test_no_pair_to_compare_has_no_concordance():
    data = pd.DataFrame({"days": [5, 5], "ended": [True, True]})
    assert np.isnan(cox.concordance(data, np.array([1.0, 2.0]))["value"])


def behaviour(n=100):
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "customer_id": range(n),
            "frequency": rng.integers(1, 20, n),
            "recency": rng.integers(0, 90, n),
            "average_order_value": rng.lognormal(3, 1, n),
            "tenure": 400,
        }
    )


def test_covariates_are_on_one_scale_and_say_what_is_left_out():
    known = behaviour()
    people = pd.DataFrame(
        {
            "gender": ["<script>"] * 60 + ["f|m"] * 37 + ["*"] * 3,
            "age": [np.nan] * 30 + list(range(70)),
            "income": np.log1p(known["frequency"]) * 1000,
            "children": range(100),
        }
    )
    found = describe(known, people, smallest=5)
    assert [term.name for term in found.terms] == [
        "frequency", "recency", "average_order_value", "children", "gender_1"
    ]  # fmt: skip
    assert found.frame["recency"].mean() == pytest.approx(0)
    assert found.frame["recency"].std() == pytest.approx(1)
    assert found.left_out == {
        "Days since the first order": "the same for everybody",
        "Age": "not known for many",
        "Income": "says what another does",
    }
    assert found.terms[-1].title == "Gender: f|m (not <script>)"
    assert found.frame["gender_1"].sum() == 37


def test_without_people_only_behaviour_is_described():
    found = describe(behaviour(), None, smallest=5)
    assert len(found.terms) == 3
    assert len(found.within(25).terms) == 2
    assert "25 ends carry no more" in found.within(25).left_out["Average order value"]
