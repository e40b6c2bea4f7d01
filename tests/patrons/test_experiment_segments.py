"""Every arm in every group: against the plain comparison of each group, R, and known truth."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from patrons import double, experiment, experiment_segments, r
from patrons.design import Design
from patrons.experiment_moments import moments

KINDS = {"spend": "money", "orders": "number", "visit": "binary"}
NUMBERS = ["lift", "low", "high", "statistic", "df", "p", "p_holm", "p_bh"]
INTERACTION = [
    *("levels", "statistic", "df1", "df2", "p"),
    *("classic_f", "classic_df1", "classic_df2", "classic_p", "p_holm", "p_bh"),
]


def plan(segments=("town", "age"), outcomes=KINDS, arms=("control", "a", "b"), covariates=()):
    return Design(arms[0], arms, dict.fromkeys(arms, 1 / len(arms)), dict(outcomes), covariates, segments)


def draw(n=1500, seed=2, lift=0.0):
    rng = np.random.default_rng(seed)
    arm, town = rng.choice(["control", "a", "b"], n), rng.choice(["North", "South", "West"], n, p=[0.5, 0.3, 0.2])
    before = rng.gamma(2, 20, n)
    spend = before * rng.gamma(1, 1, n) + lift * ((arm == "a") & (town == "North"))
    frame = pd.DataFrame({"arm": arm, "town": town, "age": rng.choice(["young", "old"], n), "before": before})
    frame = frame.assign(spend=spend, orders=rng.poisson(1, n).astype(float), visit=(rng.random(n) < 0.4).astype(float))
    frame.loc[::37, "spend"] = np.nan
    frame.loc[::41, "town"] = None
    return frame


def test_each_group_is_compared_as_if_it_were_alone():
    frame, design = draw(), plan()
    found = experiment_segments.compare_within(frame, design).effects
    mine = found[(found["segment"] == "town") & (found["level"] == "South")].reset_index(drop=True)
    alone = experiment.compare(frame[frame["town"] == "South"], design)
    assert mine[["outcome", "arm"]].equals(alone[["outcome", "arm"]])
    for name in ("n_control", "n", "mean", "sd", "lift", "low", "high", "p", "lift_pct", "pct_low"):
        assert mine[name].to_numpy() == pytest.approx(alone[name].to_numpy(), rel=1e-9), name


def test_an_outcome_is_corrected_for_all_its_arms_and_groups():
    found = experiment_segments.compare_within(draw(lift=30.0), plan()).effects
    spend = found[found["outcome"] == "spend"]
    assert (spend["tests"] == 10).all()
    assert spend["family"].unique().tolist() == ["spend: 2 arms × 5 groups"]
    assert spend["p_holm"].min() == pytest.approx(10 * spend["p"].min())
    assert (spend["p_bh"] <= spend["p_holm"] + 1e-12).all()


def test_r_finds_the_same():
    frame, design = draw(), plan()
    r.use("tests_experiment", "tests_experiment_groups")
    found = experiment_segments.compare_within(frame, design)
    names, kinds, arms, segments = list(KINDS), list(KINDS.values()), ["a", "b"], list(design.segments)
    theirs = r.call("compare_within", frame, names, kinds, "control", arms, segments)
    same = double.agreement(found.effects, theirs, ["segment", "level", "outcome", "arm"], NUMBERS)
    assert same.holds, same
    theirs = r.call("test_interactions", frame, names, "control", arms, segments)
    same = double.agreement(found.interactions, theirs, ["segment", "outcome"], INTERACTION)
    assert same.holds, same
    assert same.compared == 66


def test_the_classic_interaction_is_that_of_statsmodels():
    frame = draw().dropna(subset=["spend", "town"])
    found = experiment_segments.compare_within(frame, plan()).interactions
    row = found.set_index(["segment", "outcome"]).loc[("town", "spend")]
    theirs = anova_lm(ols("spend ~ C(town) * C(arm)", frame).fit())
    assert row["classic_f"] == pytest.approx(theirs.loc["C(town):C(arm)", "F"])
    assert row["classic_p"] == pytest.approx(theirs.loc["C(town):C(arm)", "PR(>F)"])


def test_one_contrast_of_two_groups_is_the_test_of_welch():
    # Where a group has the same difference for certain, what is left is a difference between two samples.
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, 30), rng.normal(0.6, 3, 20)
    values = np.concatenate([np.tile([4.0, 6.0], 500_000), np.tile([4.0, 6.0], 500_000), x, y])
    cell = np.repeat([0, 1, 2, 3], [1_000_000, 1_000_000, 30, 20])
    row = experiment_segments.interaction(moments(values, cell, 4).reshape(2, 2))
    theirs = stats.ttest_ind(x, y, equal_var=False)
    assert row["statistic"] == pytest.approx(theirs.statistic**2, rel=1e-4)
    assert row["df2"] == pytest.approx(theirs.df, rel=1e-4)
    assert row["p"] == pytest.approx(pingouin.ttest(x, y, correction=True)["p_val"].iloc[0], rel=1e-3)


def test_the_unit_of_money_is_of_no_matter():
    frame = draw()
    pounds = experiment_segments.compare_within(frame, plan()).interactions
    pence = experiment_segments.compare_within(frame.assign(spend=frame["spend"] * 1e8), plan()).interactions
    assert pence["p"].to_numpy() == pytest.approx(pounds["p"].to_numpy())


def test_groups_too_small_and_people_of_no_group_are_counted_aside():
    frame = draw()
    frame.loc[frame.index[:9], "town"] = "Hamlet"
    found = experiment_segments.compare_within(frame, plan(), smallest=5)
    aside = found.left_out.set_index(["segment", "level"])["people"]
    assert aside[("town", "Hamlet")] == 9
    unknown = frame["town"].isna().sum()
    assert aside[("town", experiment_segments.UNKNOWN)] == unknown
    towns = found.cells[(found.cells["segment"] == "town") & (found.cells["outcome"] == "visit")]
    assert towns["n"].sum() + 9 + unknown == len(frame)


def test_groups_keep_the_order_of_their_categories_and_numbers_are_groups_too():
    frame = draw()
    frame["town"] = pd.Categorical(frame["town"], ["West", "North", "South", "Nowhere"])
    frame["age"] = np.where(frame["age"] == "old", 2, 1)
    found = experiment_segments.compare_within(frame, plan()).effects
    assert found.loc[found["segment"] == "town", "level"].unique().tolist() == ["West", "North", "South"]
    assert found.loc[found["segment"] == "age", "level"].unique().tolist() == ["1", "2"]


def test_adjusting_narrows_money_and_leaves_shares():
    frame, design = draw(), plan(covariates=("before",))
    plain, sharper = (experiment_segments.compare_within(frame, design, adjusted=use) for use in (False, True))
    assert sharper.adjusted
    assert not plain.adjusted
    width = [
        (each.effects["high"] - each.effects["low"]).groupby(each.effects["outcome"]).mean()
        for each in (plain, sharper)
    ]
    assert width[1]["spend"] < 0.9 * width[0]["spend"]
    assert width[1]["visit"] == width[0]["visit"]


def test_a_difference_between_groups_is_found():
    there = experiment_segments.compare_within(draw(6000, lift=30.0), plan()).interactions
    assert there.set_index(["segment", "outcome"]).loc[("town", "spend"), "p_holm"] < 0.001


@pytest.mark.slow
def test_a_difference_between_groups_is_not_invented():
    design = plan(("town",), {"spend": "money"})
    p = [experiment_segments.compare_within(draw(600, seed), design).interactions["p"].iloc[0] for seed in range(300)]
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.085


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_where_nothing_varies_nothing_is_claimed(value):
    frame = draw().assign(spend=value)
    found = experiment_segments.compare_within(frame, plan())
    effects, interactions = (table[table["outcome"] == "spend"] for table in (found.effects, found.interactions))
    assert effects["p"].isna().all()
    assert interactions[["p", "classic_p"]].isna().all().all()


def test_without_groups_everything_is_empty():
    frame = draw().assign(town=None)
    for segments in ((), ("town",)):
        found = experiment_segments.compare_within(frame, plan(segments))
        assert found.effects.empty
        assert found.interactions.empty
    lone = experiment_segments.compare_within(draw().assign(town="here"), plan(("town",)))
    assert len(lone.effects) == 6
    assert lone.interactions["p"].isna().all()


def test_hostile_names_are_names():
    names = np.array(["<script>", "a|b", "$x$", "*"])
    frame = draw().assign(town=lambda table: names[np.arange(len(table)) % 4])
    found = experiment_segments.compare_within(frame, plan(("town",))).effects
    assert set(found["level"]) == set(names)
