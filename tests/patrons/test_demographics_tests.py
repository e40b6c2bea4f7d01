"""Tests between groups, held against published numbers, formulas and R."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import demographics_contrasts, demographics_tests, r
from patrons.demographics import Outcome, People
from patrons.demographics_groups import Factor


def people_of(outcomes, kinds, **factors):
    """Make customers of columns; each factor is a list of level names, None where it is not known."""
    table = pd.DataFrame({"customer_id": [str(n) for n in range(len(next(iter(outcomes.values()))))]})
    found = []
    for name, values in factors.items():
        levels = list(dict.fromkeys(value for value in values if value is not None))
        table[name] = pd.Categorical(values, categories=levels)
        found.append(Factor(name, name, tuple(levels), False))
    for name, values in outcomes.items():
        table[name] = np.asarray(values, dtype=float)
    return People(table, tuple(found), tuple(Outcome(n, n, kinds[n]) for n in outcomes))


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(7)
    group = rng.choice(["a", "b", "<c> $|*"], 300, p=[0.5, 0.3, 0.2])
    half = np.where(rng.random(300) < 0.05, None, rng.choice(["x", "y"], 300))
    spend = rng.lognormal(3 + 0.5 * (group == "a"), 1)
    yes = rng.random(300) < np.where(group == "a", 0.5, 0.2)
    kinds = {"spend": "money", "yes": "binary"}
    return people_of({"spend": spend, "yes": yes}, kinds, group_group=group, half_group=half)


@pytest.fixture(scope="module")
def overall(crowd):
    return demographics_tests.compare(crowd)


def test_every_outcome_by_every_factor_is_one_family(overall):
    assert list(zip(overall["outcome"], overall["factor"], strict=True)) == [
        *[("spend", "group_group"), ("spend", "half_group")],
        *[("yes", "group_group"), ("yes", "half_group")],
    ]
    order = overall["p"].sort_values()
    expected = np.minimum(1, np.maximum.accumulate(order.to_numpy() * np.arange(len(order), 0, -1)))
    assert overall.loc[order.index, "p_holm"].tolist() == pytest.approx(expected.tolist())


def test_all_tests_are_those_of_r(crowd, overall):
    r.use("tests_demographics")
    factors, outcomes = ["group_group", "half_group"], ["spend", "yes"]
    theirs = r.call("compare_groups", crowd.table[factors + outcomes], factors, outcomes, [False, True], 10)
    for column in [*demographics_tests.OVERALL[6:10], *demographics_tests.OVERALL[10:], "p_holm"]:
        assert overall[column].to_numpy(float) == pytest.approx(theirs[column].to_numpy(float), abs=1e-8, nan_ok=True)


def test_effects_are_those_of_the_package_effectsize(crowd, overall):
    frame = demographics_tests.testable(crowd, crowd.factors[0], crowd.outcomes[0])
    values = [group for _, group in frame.groupby("group", observed=True)["value"]]
    f, k, n = stats.f_oneway(*values).statistic, len(values), len(frame)
    theirs = r.call("effectsize::F_to_omega2", f, k - 1, n - k, ci=None)
    row = overall.iloc[0]
    assert row["effect"] == pytest.approx(theirs.iloc[0, 0], rel=1e-12)
    # Steiger (2004): the ends are those of the noncentrality, over itself and n.
    for end, probability in (("effect_low", 0.975), ("effect_high", 0.025)):
        ncp = n * row[end] / (1 - row[end])
        assert r.call("stats::pf", f, k - 1, n - k, ncp=ncp) == pytest.approx(probability, abs=1e-8)


def test_a_published_welch_analysis():
    # R: oneway.test(extra ~ group, sleep): F = 3.4626, num df 1, denom df 17.776, p = 0.07939.
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = people_of({"extra": first + second}, {"extra": "number"}, drug_group=["1"] * 10 + ["2"] * 10)
    row = demographics_tests.compare(found).iloc[0]
    assert row[["statistic", "p"]].tolist() == pytest.approx([3.4626, 0.07939], abs=5e-5)
    assert row["df2"] == pytest.approx(17.776, abs=5e-4)


def test_fisher_where_few_are_expected_in_two_groups():
    yes = [1] * 6 + [0] * 4 + [0] * 11
    found = people_of({"yes": yes}, {"yes": "binary"}, tea_group=["a"] * 10 + ["b"] * 11)
    row = demographics_tests.compare(found).iloc[0]
    assert row["test"] == "Fisher"
    ways = math.comb(10, 6) * math.comb(11, 0) / math.comb(21, 6)
    assert row["p"] == pytest.approx(ways + (math.comb(11, 6) / math.comb(21, 6) if math.comb(11, 6) <= 210 else 0))


def test_what_cannot_be_tested_does_not_count():
    flat = people_of({"flat": [1.0] * 20 + [2.0] * 20}, {"flat": "number"}, g_group=["a"] * 20 + ["b"] * 20)
    assert demographics_tests.compare(flat).empty
    small = people_of({"x": range(25)}, {"x": "number"}, g_group=["a"] * 20 + ["b"] * 5)
    found = demographics_tests.compare(small)
    assert found.empty
    assert demographics_tests.pairs(small, found).empty
    rare = people_of({"x": [1] + [0] * 59}, {"x": "binary"}, g_group=["a", "b", "c"] * 20)
    assert demographics_tests.compare(rare).empty


def test_small_groups_are_not_described():
    found = people_of({"x": range(12)}, {"x": "number"}, g_group=["a"] * 6 + ["b"] * 3 + [None] * 3)
    table = demographics_tests.describe(found, smallest=5).set_index("level")
    assert table.loc["a", "mean"] == 2.5
    assert table.loc[["b", "not known"], ["n", "mean", "low", "median"]].isna().all().all()


def test_pairs_are_asked_only_where_the_factor_holds(crowd, overall):
    found = demographics_tests.pairs(crowd, overall)
    standing = set(zip(*overall.loc[overall["p_holm"] < 0.05, ["outcome", "factor"]].to_numpy().T, strict=True))
    assert set(zip(found["outcome"], found["factor"], strict=True)) == standing
    assert len(found) == 3 * len(standing)
    row = found[found["outcome"] == "yes"].iloc[0]
    assert row["change"] == pytest.approx(row["value_a"] / row["value_b"])


def test_published_ratio_of_shares():
    # Altman (1991): 15 of 100 against 30 of 100.
    assert demographics_tests.risk_ratio(np.array([15.0, 30]), np.array([100.0, 100]))[0] == 0.5
    assert all(math.isnan(value) for value in demographics_tests.risk_ratio(np.array([0.0, 3]), np.array([9.0, 9])))


def test_gender_is_told_by_its_first_word():
    genders = ["Female", "male", "F", "M", "Woman ", "men", "other", None] * 30
    found = people_of({"answered": [1, 0, 1, 1, 0, 0, 1, 1] * 30}, {"answered": "binary"}, gender_group=genders)
    (contrast,) = demographics_contrasts.named(found)
    assert (contrast.inside.sum(), contrast.outside.sum()) == (90, 90)
    assert demographics_contrasts.compare(found)["ratio"].tolist() == pytest.approx([2.0])


def test_ratios_are_those_of_a_regression_in_r():
    rng = np.random.default_rng(3)
    value, inside = rng.lognormal(2, 1, 400), np.arange(400) < 130
    r.use("tests_demographics")
    theirs = r.call("ratio_of_means", value, inside).iloc[0]
    mine = demographics_contrasts.ratio(value[inside], value[~inside])
    assert [mine[key] for key in theirs.index] == pytest.approx(theirs.tolist(), rel=1e-8)
