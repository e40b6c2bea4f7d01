"""The Bayesian reading against simulation, exact values and R."""

import numpy as np
import pandas as pd
import pytest

from patrons import double, experiment_bayes, r

COLUMNS = ["lift", "low", "high", "p_better", "loss_use", "loss_stay"]


@pytest.fixture
def effects():
    names = ["outcome", "kind", "arm", "n_control", "mean_control", "sd_control", "n", "mean", "sd"]
    rows = [
        ("sales", "money", "a", 2462, 208.0, 316.0, 2400, 230.0, 362.0),
        ("sales", "money", "b", 2462, 208.0, 316.0, 40, 260.0, 300.0),
        ("bought", "binary", "a", 900, 0.53, 0.499, 1100, 0.56, 0.49),
        ("bought", "binary", "b", 20, 0.0, 0.0, 30, 0.1, 0.3),
    ]
    return pd.DataFrame(rows, columns=names).assign(lift=lambda table: table["mean"] - table["mean_control"])


@pytest.mark.parametrize(("base", "other"), [((3, 9), (8, 6)), ((1, 21), (4, 28)), ((900, 100), (2, 1))])
def test_shares_are_those_of_a_simulation(base, other):
    rng = np.random.default_rng(1)
    apart = rng.beta(*other, 2_000_000) - rng.beta(*base, 2_000_000)
    found = experiment_bayes.beta_reading(base, other)
    assert found["p_better"] == pytest.approx((apart > 0).mean(), abs=2e-3)
    assert (found["low"], found["high"]) == pytest.approx(np.quantile(apart, [0.025, 0.975]), abs=3e-3)
    assert found["loss_use"] == pytest.approx(np.maximum(-apart, 0).mean(), abs=1e-3)
    assert found["loss_stay"] == pytest.approx(np.maximum(apart, 0).mean(), abs=1e-3)


def test_shares_exactly_and_in_the_mirror():
    # P(X > Y) for Beta(2, 1) against Beta(1, 2) is 5/6.
    assert experiment_bayes.beta_reading((1, 2), (2, 1))["p_better"] == pytest.approx(5 / 6, abs=1e-12)
    one, two = experiment_bayes.beta_reading((40, 90), (70, 80)), experiment_bayes.beta_reading((70, 80), (40, 90))
    assert one["loss_use"] == pytest.approx(two["loss_stay"], abs=1e-12)
    assert one["low"] == pytest.approx(-two["high"], abs=1e-9)


def test_r_finds_the_same(effects):
    r.use("tests_experiment", "tests_experiment_more")
    theirs = r.call("read_posterior", effects, experiment_bayes.PRIOR_SCALE)
    found = double.agreement(experiment_bayes.read(effects), theirs, ["outcome", "arm"], COLUMNS)
    assert found.holds, found


def test_few_people_are_pulled_towards_no_effect_and_many_are_not(effects):
    found = experiment_bayes.sensitivity(effects).set_index(["scale", "arm"])
    flat, sceptical = found.loc[np.inf], found.loc[0.05]
    assert flat["lift"].tolist() == pytest.approx([22.0, 52.0])
    assert sceptical.loc["b", "lift"] < 0.2 * flat.loc["b", "lift"]
    usual = found.loc[0.5]
    assert usual.loc["a", "lift"] == pytest.approx(22.0, rel=0.01)
    assert found["prior"].loc[np.inf].unique().tolist() == ["flat"]


def test_losses_of_both_choices_differ_by_the_lift(effects):
    found = experiment_bayes.read(effects)
    assert (found["loss_stay"] - found["loss_use"]).to_numpy() == pytest.approx(found["lift"].to_numpy())


def test_nothing_is_read_where_nothing_varies_or_nobody_is_there(effects):
    odd = effects.assign(sd=0.0, sd_control=0.0, n=[1, 5, 0, 0], mean=[1.0, 1.0, np.nan, np.nan])
    found = experiment_bayes.read(odd)
    assert found[COLUMNS].isna().all().all()
