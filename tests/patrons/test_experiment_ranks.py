"""Arms compared by rank, against SciPy and R."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import double, experiment_ranks, r
from patrons.design import Design

COLUMNS = ["u", "p", "superiority", "low", "high", "statistic", "df", "p_superiority"]


def plan(outcomes, arms=("control", "a", "b")):
    return Design(arms[0], arms, dict.fromkeys(arms, 1 / len(arms)), outcomes, (), ())


@pytest.fixture
def frame():
    rng = np.random.default_rng(5)
    arm = rng.choice(["control", "a", "b"], 400)
    spend = np.where(rng.random(400) < 0.5, 0, rng.gamma(1, 30, 400)) + 3 * (arm == "b")
    table = pd.DataFrame({"arm": arm, "spend": spend, "orders": rng.poisson(1, 400).astype(float), "yes": 1.0})
    table.loc[::40, "spend"] = np.nan
    return table


PLAN = plan({"spend": "money", "orders": "number", "yes": "binary"})


def test_ranks_are_those_of_scipy(frame):
    found = experiment_ranks.compare_ranks(frame, PLAN).set_index(["outcome", "arm"])
    assert set(found.index.get_level_values("outcome")) == {"spend", "orders"}
    base, other = (frame.loc[frame["arm"] == arm, "spend"].dropna() for arm in ("control", "b"))
    row = found.loc[("spend", "b")]
    theirs = stats.mannwhitneyu(other, base, method="asymptotic")
    assert (row["u"], row["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    munzel = stats.brunnermunzel(base, other)
    assert (row["statistic"], row["p_superiority"]) == pytest.approx((munzel.statistic, munzel.pvalue))
    pairs = other.to_numpy()[:, None] - base.to_numpy()
    assert row["superiority"] == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)
    assert row["family"] == "ranks of 2 outcomes × 2 arms"


def test_r_finds_the_same(frame):
    r.use("tests_experiment", "tests_experiment_more")
    odd = pd.concat([frame, pd.DataFrame({"arm": ["lone"], "spend": [2.0], "orders": [1.0], "yes": [0.0]})])
    arms = plan(PLAN.outcomes, ("control", "a", "b", "lone"))
    theirs = r.call("compare_ranks", odd, ["spend", "orders"], "control", ["a", "b", "lone"])
    found = double.agreement(experiment_ranks.compare_ranks(odd, arms), theirs, ["outcome", "arm"], COLUMNS)
    assert found.holds, found


def test_apart_without_overlap_and_all_alike():
    apart = experiment_ranks.superiority(np.array([1.0, 2, 3]), np.array([4.0, 5, 6]))
    assert apart["superiority"] == 1
    assert np.isnan(apart["low"])
    alike = experiment_ranks.superiority(np.ones(5), np.ones(4))
    assert alike["superiority"] == 0.5
    assert np.isnan(alike["p"])
    assert np.isnan(experiment_ranks.superiority(np.array([]), np.ones(2))["u"])


def test_shares_have_no_ranks(frame):
    assert experiment_ranks.compare_ranks(frame, plan({"yes": "binary"})).empty


def test_the_interval_of_superiority_covers_as_often_as_it_says():
    rng, hits = np.random.default_rng(3), 0
    truth = stats.norm.cdf(0.5 / np.sqrt(5))
    for _ in range(500):
        found = experiment_ranks.superiority(rng.normal(0, 1, 60), rng.normal(0.5, 2, 80))
        hits += found["low"] <= truth <= found["high"]
    assert 0.925 <= hits / 500 <= 0.975
