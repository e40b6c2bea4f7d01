"""What a test can see, against published numbers, R and simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import double, power, r

NAN = float("nan")


@pytest.fixture
def effects():
    names = ["outcome", "kind", "arm", "n_control", "n", "mean_control", "sd_control", "sd"]
    rows = [
        ("sales", "money", "a", 2462, 2400, 208.0, 316.0, 362.0),
        ("orders", "number", "a", 300, 200, 1.2, 1.5, 1.6),
        ("bought", "binary", "a", 900, 1100, 0.53, 0.499, 0.49),
    ]
    return pd.DataFrame(rows, columns=names)


TARGETS = {("sales", "a"): 30.0, ("orders", "a"): -0.4, ("bought", "a"): 0.05}


def test_people_for_shares_as_published():
    assert power.people_for_shares(0.05, 0.06) == pytest.approx(8157.731, abs=5e-4)
    assert power.people_for_shares(0.06, 0.05) == pytest.approx(power.people_for_shares(0.05, 0.06))
    found = r.call("stats::power.prop.test", p1=0.05, p2=0.06, power=0.8, tol=1e-12)
    assert power.people_for_shares(0.05, 0.06) == pytest.approx(found["n"], rel=1e-9)


def test_people_for_means_are_those_of_r():
    found = r.call("stats::power.t.test", delta=30, sd=340, power=0.8, strict=True, tol=1e-12)
    assert power.people_for_means(30, 340) == pytest.approx(found["n"], rel=1e-6)


def test_r_finds_the_same(effects):
    mine = power.achieved(effects, TARGETS)
    r.use("tests_experiment", "tests_experiment_more")
    theirs = r.call("see_effects", effects.assign(target=mine["target"]))
    found = double.agreement(mine, theirs, ["outcome", "arm"], ["detectable", "power", "needed"])
    assert found.holds, found


def test_cuped_sees_what_more_people_would_see(effects):
    found = power.achieved(effects, TARGETS, {"sales": 0.36}).set_index("outcome").loc["sales"]
    assert found["adjusted_detectable"] == pytest.approx(0.8 * found["detectable"], rel=1e-3)
    assert found["adjusted_needed"] == pytest.approx(0.64 * found["needed"], rel=1e-3)
    assert found["adjusted_power"] > found["power"]


def test_the_power_is_how_often_the_test_finds_it(effects):
    row = effects.set_index("outcome").loc["orders"]
    rng = np.random.default_rng(1)
    draws = [
        stats.ttest_ind(rng.normal(0.4, 1.6, 200), rng.normal(0, 1.5, 300), equal_var=False).pvalue < 0.05
        for _ in range(2000)
    ]
    assert power.power_for(row, 0.4) == pytest.approx(np.mean(draws), abs=0.03)


def test_the_curve_rises_through_the_smallest_detectable_effect(effects):
    for _, row in effects.iterrows():
        found = power.curve(row)
        assert found["power"].is_monotonic_increasing
        assert found["power"].iloc[0] == pytest.approx(0.05)
        at = np.interp(power.smallest_detectable(row), found["lift"], found["power"])
        assert at == pytest.approx(0.8, abs=5e-3)


@pytest.mark.parametrize("kind", ["money", "binary"])
def test_where_nothing_varies_nothing_can_be_planned(kind):
    names = ["outcome", "kind", "arm", "n_control", "n", "mean_control", "sd_control", "sd"]
    rows = [("y", kind, "a", 50, 50, 0.0, 0.0, 0.0), ("y", kind, "b", 50, 1, 0.0, 0.0, NAN)]
    rows += [("y", kind, "c", 0, 0, NAN, NAN, NAN), ("y", kind, "d", 50, 50, 1.0, 0.0, 0.0)]
    table = pd.DataFrame(rows, columns=names)
    found = power.achieved(table, {("y", "a"): 0.0, ("y", "d"): 5.0})
    if kind == "money":
        assert found["detectable"].isna().all()
    assert np.isnan(found["detectable"].iloc[3])
    assert len(power.curve(table.iloc[2])) == 0


def test_impossible_shares_and_no_difference():
    assert np.isnan(power.people_for_shares(0.5, 0.5))
    assert np.isnan(power.people_for_shares(0.9, 1.2))
    assert np.isnan(power.people_for_means(0, 1))
    assert power.people_for_means(100, 1) == 2
