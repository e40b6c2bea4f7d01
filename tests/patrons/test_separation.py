"""Tests of groups: against published numbers, against R, and that honest tests are honest."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from sklearn.cluster import KMeans

from patrons import double, r
from patrons import separation as sep

EFFECTS = ["f", "df1", "df2", "p", "p_holm", "omega2", "omega2_low", "omega2_high"]
RANKS = ["h", "h_df", "h_p", "h_p_holm", "epsilon2"]


def rng(seed=1):
    return np.random.default_rng(seed)


@pytest.fixture
def pain():
    """Pain threshold by hair colour, the example of pingouin's manual."""
    data = pingouin.read_dataset("anova")
    return data["Pain threshold"].to_numpy(float), data["Hair color"].astype("category").cat.codes.to_numpy()


def test_welch_gives_the_published_numbers(pain):
    found = sep.welch(*pain)
    assert (found["f"], found["p"]) == (pytest.approx(5.890115, abs=1e-6), pytest.approx(0.018813, abs=1e-6))
    assert found["df2"] == pytest.approx(8.329841, abs=1e-6)


def test_kruskal_gives_the_published_numbers(pain):
    found = sep.kruskal(*pain, rng())
    assert (found["h"], found["h_p"]) == (pytest.approx(10.58863, abs=1e-5), pytest.approx(0.014172, abs=1e-6))
    assert found["epsilon2"] == pytest.approx(10.58863 / (len(pain[0]) - 1), abs=1e-6)


def test_noncentralities_put_the_observed_f_at_the_ends():
    low, high = sep.noncentralities(12.3, 3, 700.2)
    assert stats.ncf.cdf(12.3, 3, 700.2, low) == pytest.approx(0.975, abs=1e-9)
    assert stats.ncf.cdf(12.3, 3, 700.2, high) == pytest.approx(0.025, abs=1e-9)
    assert sep.noncentralities(0.5, 3, 100)[0] == 0


def test_games_and_howell_give_the_published_numbers():
    # The example of pingouin's manual: penguins' body mass by species.
    data = pingouin.read_dataset("penguins").rename(columns={"body_mass_g": "mass"})
    table = pd.DataFrame({"group": data["species"].astype("category").cat.codes, "mass": data["mass"]})
    found = sep.pairs(table, "mass")
    assert found["difference"].round(3).tolist() == [-32.426, -1375.354, -1342.928]
    assert found["p"].round(2).tolist() == [0.85, 0.0, 0.0]
    assert found.loc[0, "low"] < 0 < found.loc[0, "high"]


def test_groups_of_a_handful_have_no_intervals_in_either_language():
    r.use("tests_segments")
    table = pd.DataFrame({"group": [1, 1, 1, 2, 2, 2, 2, *[3] * 30], "y": rng(1).lognormal(size=37)})
    found = sep.pairs(table, "y")
    theirs = r.call("compare_pairs_of_groups", table["y"], table["group"])
    assert found["low"].isna().tolist()[0]
    assert found["difference"].notna().all()
    agreed = double.agreement(found, theirs, ["one", "other"], ["difference", "low", "high", "p"])
    assert agreed.largest < 1e-6


def test_both_languages_agree():
    r.use("tests_segments")
    draw = rng(3)
    group = np.repeat([1, 2, 3, 4], [40, 25, 60, 8])
    table = pd.DataFrame({"group": group, "spend": draw.lognormal(group / 3), "orders": draw.poisson(group / 2.0)})
    table.loc[[3, 50], "spend"] = np.nan
    found = sep.compare(table, ["spend", "orders"], rng())
    theirs = r.call("compare_outcomes", table, ["spend", "orders"])
    assert double.agreement(found.outcomes, theirs, ["outcome"], EFFECTS + RANKS).holds
    pairs = double.agreement(
        found.pairs,
        r.call("compare_pairs_of_groups", table["spend"], group),
        ["one", "other"],
        ["difference", "low", "high", "p"],
    )
    assert pairs.largest < 1e-6
    assert pairs.compared == 24


def test_a_group_without_spread_is_said_not_to_be_weighed_in_both_languages():
    r.use("tests_segments")
    table = pd.DataFrame({"group": [1] * 10 + [2] * 10 + [3] * 10, "x": [*range(10), *[0.0] * 20]})
    found = sep.compare(table, ["x"], rng())
    row = found.outcomes.iloc[0]
    assert np.isnan(row["f"])
    assert row["h_p"] < 0.001
    pair = found.pairs.set_index(["one", "other"])
    assert np.isnan(pair.loc[(2, 3), "p"])
    assert pair.loc[(1, 2), "low"] > 0
    theirs = r.call("compare_outcomes", table, ["x"])
    assert double.agreement(found.outcomes, theirs, ["outcome"], EFFECTS + RANKS).holds
    other = r.call("compare_pairs_of_groups", table["x"], table["group"])
    assert double.agreement(found.pairs, other, ["one", "other"], ["difference", "low", "high", "p"]).largest < 1e-6


@pytest.mark.parametrize("values", [[5.0] * 12, [np.nan] * 12])
def test_nothing_to_compare_is_no_error(values):
    table = pd.DataFrame({"group": [1, 2, 3] * 4, "x": values})
    found = sep.compare(table, ["x"], rng())
    assert found.outcomes[["f", "h", "p_holm"]].isna().all(axis=None)


def test_one_customer_in_a_group():
    table = pd.DataFrame({"group": [1] * 9 + [2], "x": np.arange(10.0)})
    found = sep.compare(table, ["x"], rng())
    assert found.pairs.empty
    assert np.isnan(found.outcomes.loc[0, "f"])


def test_the_interval_of_epsilon2_holds_its_estimate():
    draw = rng(5)
    group = np.repeat([1, 2, 3], 100)
    found = sep.kruskal(draw.normal(group / 2.0), group, rng())
    assert found["epsilon2_low"] < found["epsilon2"] < found["epsilon2_high"]


def test_omega2_covers_the_truth():
    # Group means 0, 0, 1 and unit variance: ω² = (2/9) / (2/9 + 1).
    truth, draw = (2 / 9) / (2 / 9 + 1), rng(11)
    group = np.repeat([1, 2, 3], 50)
    held = []
    for _ in range(200):
        found = sep.welch(draw.normal(np.where(group == 3, 1.0, 0.0)), group)
        held.append(found["omega2_low"] <= truth <= found["omega2_high"])
    assert 0.9 <= np.mean(held) <= 0.99


def test_the_circular_f_is_that_of_an_analysis_of_variance():
    r.use("tests_segments")
    draw = rng(2)
    data = pd.DataFrame(draw.normal(size=(150, 2)), columns=["a", "b"])
    labels = KMeans(3, n_init=5, random_state=0).fit_predict(data) + 1
    found = sep.describe(data.to_numpy(), labels, ["a", "b"], rng(), clouds=19)
    theirs = r.call("describe_features", data, labels)
    mine = found.table[found.table["feature"] != "all"]
    assert double.agreement(mine, theirs, ["feature"], ["f", "df1", "df2", "eta2"]).holds


@pytest.mark.slow
def test_one_cloud_is_cut_no_better_than_a_cloud():
    ps = []
    for seed in range(12):
        data = rng(seed).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 300)
        labels = KMeans(3, n_init=3, random_state=seed).fit_predict(data)
        found = sep.describe(data, labels, ["a", "b"], rng(seed + 100), clouds=39)
        assert found.table.loc[0, "f"] > 50  # large though there is nothing: why it is no test
        ps.append(found.p)
    assert np.mean(np.array(ps) <= 0.05) <= 0.25
    assert np.mean(ps) > 0.25


def test_groups_far_apart_are_more_than_a_cut():
    draw = rng(7)
    labels = np.repeat([0, 1], 100)
    data = draw.normal(size=(200, 2)) + 8 * labels[:, None]
    found = sep.describe(data, labels, ["a", "b"], rng(), clouds=39)
    assert found.p == pytest.approx(1 / 40)
    whole = found.table.set_index("feature").loc["all"]
    assert whole["eta2"] > whole["cloud_high"]


def test_a_constant_feature_is_no_error():
    data = np.column_stack([np.r_[np.zeros(20), np.ones(20)], np.zeros(40)])
    found = sep.describe(data, np.repeat([1, 2], 20), ["a", "same"], rng(), clouds=5)
    assert np.isnan(found.table.loc[1, "eta2"])


def test_holm_leaves_out_what_is_missing():
    assert sep.holm(pd.Series([0.01, np.nan, 0.04])).tolist()[::2] == [0.02, 0.04]
