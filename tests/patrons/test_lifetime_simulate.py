"""Customers drawn from a model behave as its formulas say, and refits to them give intervals."""

import numpy as np
import pandas as pd
import pytest

from patrons import lifetime
from patrons.lifetime_fit import Fit

N = 200_000


def model(name, **parameters):
    labels = pd.Index(list(parameters))
    covariance = pd.DataFrame(np.eye(len(labels)) * 0.01, index=labels, columns=labels)
    return Fit(name, pd.Series(parameters), covariance, 0.0, 0, True, 0)


BGNBD = model("bgnbd", r=0.6, alpha=5.0, a=0.8, b=2.4)
PARETO = model("pareto_nbd", r=0.6, alpha=9.0, s=0.7, beta=14.0)
SPENDING = model("gamma_gamma", p=6.0, q=4.0, v=15.0)


@pytest.mark.parametrize("fit", [BGNBD, PARETO], ids=lambda fit: fit.model)
def test_as_many_buy_as_often_as_expected(fit):
    drawn = lifetime.simulate(fit, np.full(N, 30.0), np.random.default_rng(1))
    x = np.arange(12)
    expected = lifetime.probability_of(fit, x, 30.0)
    share = np.bincount(drawn["x"], minlength=12)[:12] / N
    assert (np.abs(share - expected) < 4.5 * np.sqrt(expected / N)).all()
    assert drawn["x"].mean() == pytest.approx(float(lifetime.expected_total(fit, 30.0)), rel=0.02)
    assert (drawn["t_x"] <= drawn["T"]).all() and ((drawn["t_x"] > 0) == (drawn["x"] > 0)).all()


@pytest.mark.parametrize("fit", [BGNBD, PARETO], ids=lambda fit: fit.model)
def test_what_a_known_customer_will_do_is_on_average_what_is_expected(fit):
    made = lifetime.simulate_future(fit, np.full(N, 4), 20.0, 30.0, 26.0, np.random.default_rng(2))
    expected = float(lifetime.expected_purchases(fit, 4, 20.0, 30.0, 26.0))
    assert made.mean() == pytest.approx(expected, abs=4.5 * made.std() / np.sqrt(N))


@pytest.mark.parametrize("fit", [BGNBD, PARETO], ids=lambda fit: fit.model)
def test_those_drawn_go_on_as_the_model_foresees(fit):
    # Observed for 60, cut at 30: what the cut leaves to be foreseen is what the rest shows.
    rng = np.random.default_rng(3)
    whole = lifetime.simulate(fit, np.full(N, 60.0), rng)
    half = lifetime.simulate(fit, np.full(N, 30.0), rng)
    foreseen = lifetime.expected_purchases(fit, half["x"], half["t_x"], half["T"], 30.0).sum()
    assert whole["x"].sum() - half["x"].sum() == pytest.approx(foreseen, rel=0.03)


def test_spend_has_the_mean_of_the_model():
    x = np.random.default_rng(4).integers(0, 4, N)
    drawn = lifetime.simulate_spend(SPENDING, x, np.random.default_rng(5))
    assert (np.isnan(drawn) == (x == 0)).all()
    assert np.nanmean(drawn) == pytest.approx(6 * 15 / 3, rel=0.01)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(6)
    data = lifetime.simulate(BGNBD, rng.uniform(20, 40, 1500), rng)
    return data.assign(m_x=lifetime.simulate_spend(SPENDING, data["x"], rng))


@pytest.fixture(scope="module")
def fits(sample):
    return lifetime.fit_bgnbd(sample), lifetime.fit_gamma_gamma(sample)


def holdout(sample):
    who = (sample["x"], sample["t_x"], sample["T"])

    def statistic(fit, gg, rng):
        value = lifetime.discounted_value(fit, gg, sample, 52, 0.002).sum()
        mean = lifetime.expected_purchases(fit, *who, 39).sum()
        return {"mean": mean, "total": lifetime.simulate_future(fit, *who, 39, rng).sum(), "value": value}

    return statistic


def test_intervals_of_parameters_and_totals(sample, fits):
    calls = []
    found = lifetime.bootstrap(
        *fits, sample, np.random.default_rng(7), 60, holdout(sample), lambda done, wanted: calls.append((done, wanted))
    )
    assert calls[-1] == (60, 60) and len(calls) == 60
    assert (found.wanted, found.failed, len(found.draws)) == (60, 0, 60)
    table = found.intervals()
    assert table.index.tolist() == ["r", "alpha", "a", "b", "p", "q", "v", "mean", "total", "value"]
    assert (table["low"] < table["median"]).all() and (table["median"] < table["high"]).all()
    # As wide as the errors of the Hessian say, within the noise of 60 draws and the skew of small samples.
    spread = np.log(found.draws[["r", "alpha"]]).std()
    assert spread.to_numpy() == pytest.approx(np.sqrt(np.diag(fits[0].covariance))[:2], rel=0.35)
    # What will be seen is less sure than its mean.
    width = table["high"] - table["low"]
    assert width["total"] > width["mean"]
    estimate = lifetime.expected_purchases(fits[0], sample["x"], sample["t_x"], sample["T"], 39).sum()
    assert table.loc["mean", "low"] < estimate < table.loc["mean", "high"]


def test_the_same_seed_gives_the_same_intervals(sample, fits):
    one, again = (lifetime.bootstrap(*fits, sample, np.random.default_rng(8), 4).draws for _ in range(2))
    pd.testing.assert_frame_equal(one, again)


def test_without_a_model_of_spending(sample, fits):
    found = lifetime.bootstrap(fits[0], None, sample, np.random.default_rng(9), 4)
    assert found.draws.columns.tolist() == ["r", "alpha", "a", "b"]


def test_too_few_customers_to_refit_are_said():
    few = pd.DataFrame({"T": np.full(12, 3.0)})
    with pytest.raises(lifetime.CannotFit, match="of 10 refits to simulated customers failed"):
        lifetime.bootstrap(BGNBD, None, few, np.random.default_rng(1), 10)


def test_refits_that_run_to_a_border_are_kept_and_counted():
    # Hardly anybody leaves: in many samples nobody does.
    rng = np.random.default_rng(10)
    fit = model("bgnbd", r=1.0, alpha=10.0, a=0.02, b=4.0)
    found = lifetime.bootstrap(fit, None, lifetime.simulate(fit, np.full(300, 30.0), rng), rng, 20)
    assert 0 < found.bordered <= 20 - found.failed == len(found.draws)
