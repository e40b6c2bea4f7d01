"""The three models against published fits, known truth, and data that carry none of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import patrons
from patrons import lifetime
from patrons.lifetime_fit import Fit


def model(name, **parameters):
    labels = pd.Index(list(parameters))
    return Fit(name, pd.Series(parameters), pd.DataFrame(np.eye(len(labels)), labels, labels), 0.0, 0, True, 0)


TRUTH = {
    "bgnbd": model("bgnbd", r=0.6, alpha=5.0, a=0.8, b=2.4),
    "pareto_nbd": model("pareto_nbd", r=0.6, alpha=9.0, s=0.7, beta=14.0),
    "gamma_gamma": model("gamma_gamma", p=6.0, q=4.0, v=15.0),
}
FITS = {
    "bgnbd": lifetime.fit_bgnbd,
    "pareto_nbd": lifetime.fit_pareto_nbd,
    "gamma_gamma": lifetime.fit_gamma_gamma,
}


def drawn(name, rng, n):
    if name == "gamma_gamma":
        x = rng.poisson(rng.gamma(2, 1, n))
        return pd.DataFrame({"x": x, "m_x": lifetime.simulate_spend(TRUTH[name], x, rng)})
    return lifetime.simulate(TRUTH[name], rng.uniform(20, 60, n), rng)


@pytest.fixture(scope="module")
def cdnow(reference_data, tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATRONS_HOME", str(tmp_path_factory.mktemp("home")))
        yield patrons.open(reference_data / "cdnow" / "source.yml").clv


def digits(fit, places):
    return [round(value, number) for value, number in zip(fit.parameters, places, strict=True)]


def test_cdnow_as_published(cdnow):
    bgnbd = lifetime.fit_bgnbd(cdnow)
    assert digits(bgnbd, (3, 3, 3, 3)) == [0.243, 4.414, 0.793, 2.426]
    assert (round(bgnbd.loglik, 1), bgnbd.n, bgnbd.converged) == (-9582.4, 2357, True)
    pareto = lifetime.fit_pareto_nbd(cdnow)
    assert digits(pareto, (3, 3, 3, 3)) == [0.553, 10.578, 0.606, 11.669]
    assert (round(pareto.loglik, 1), pareto.converged) == (-9595.0, True)
    spending = lifetime.fit_gamma_gamma(cdnow)
    assert digits(spending, (2, 2, 2)) == [6.25, 3.74, 15.44]
    assert (spending.n, spending.set_aside, spending.converged) == (946, 0, True)
    assert float(lifetime.expected_purchases(bgnbd, 2, 30.43, 38.86, 39)) == pytest.approx(1.226, abs=5e-4)


def test_merging_equal_customers_changes_nothing(cdnow):
    every = lifetime.fit_bgnbd(lifetime.counted(cdnow, distinct=False))
    merged = lifetime.fit_bgnbd(cdnow)
    assert every.loglik == pytest.approx(merged.loglik, rel=1e-12)
    assert every.parameters.to_numpy() == pytest.approx(merged.parameters.to_numpy(), rel=1e-6)


@pytest.mark.parametrize("name", ["bgnbd", "pareto_nbd"])
def test_a_first_fit_to_a_part_leads_to_the_same_maximum(name, monkeypatch):
    data = drawn(name, np.random.default_rng(8), 3000)
    plain = FITS[name](data)
    monkeypatch.setattr(lifetime, "_PILOT", 400)
    piloted = FITS[name](data)
    assert piloted.converged and piloted.loglik == pytest.approx(plain.loglik, rel=1e-13)
    assert piloted.parameters.to_numpy() == pytest.approx(plain.parameters.to_numpy(), rel=1e-6)
    assert piloted.standard_errors.to_numpy() == pytest.approx(plain.standard_errors.to_numpy(), rel=1e-4)


def test_days_and_weeks_are_the_same_model(cdnow):
    days = cdnow.assign(t_x=cdnow["t_x"] * 7, T=cdnow["T"] * 7)
    for fit in (lifetime.fit_bgnbd, lifetime.fit_pareto_nbd):
        weekly, daily = fit(cdnow), fit(days)
        factor = np.where(daily.parameters.index.isin(["alpha", "beta"]), 7, 1)
        assert daily.parameters.to_numpy() == pytest.approx(weekly.parameters.to_numpy() * factor, rel=1e-5)


@pytest.mark.parametrize("name", list(TRUTH))
def test_the_truth_is_found(name):
    fit = FITS[name](drawn(name, np.random.default_rng(1), 8_000))
    distance = np.log(fit.parameters / TRUTH[name].parameters) / (fit.standard_errors / fit.parameters)
    assert fit.converged and distance.abs().max() < 3.5
    assert (fit.low < fit.parameters).all() and (fit.parameters < fit.high).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", list(TRUTH))
def test_intervals_hold_the_truth_as_often_as_they_say(name):
    rng = np.random.default_rng(2)
    fits = [FITS[name](drawn(name, rng, 2000)) for _ in range(60)]
    truth = TRUTH[name].parameters
    held = sum(((fit.low <= truth) & (truth <= fit.high)).astype(int) for fit in fits)
    low, high = stats.binom.interval(0.998, len(fits), 0.95)
    assert ((held >= low) & (held <= high)).all()
    spread = pd.DataFrame([np.log(fit.parameters) for fit in fits]).std()
    errors = pd.DataFrame([fit.standard_errors / fit.parameters for fit in fits]).mean()
    assert (spread / errors).to_numpy() == pytest.approx(1, abs=0.25)


def test_long_lives_in_days_and_heavy_buyers():
    rng = np.random.default_rng(3)
    data = lifetime.simulate(model("bgnbd", r=0.8, alpha=6.0, a=0.6, b=40.0), rng.uniform(400, 1400, 3000), rng)
    assert data["x"].max() > 200
    fit = lifetime.fit_bgnbd(data)
    assert fit.converged
    assert fit.parameters["r"] / fit.parameters["alpha"] == pytest.approx(0.8 / 6, rel=0.1)
    alive = lifetime.probability_alive(fit, data["x"], data["t_x"], data["T"])
    assert np.isfinite(alive).all()


def test_nobody_leaving_is_said_by_both_models():
    rng = np.random.default_rng(4)
    age = rng.uniform(20, 60, 2000)
    x = rng.poisson(rng.gamma(1, 0.1, 2000) * age)
    data = pd.DataFrame({"x": x, "t_x": np.where(x > 0, age * rng.beta(np.maximum(x, 1), 1), 0.0), "T": age})
    for fit in (lifetime.fit_bgnbd, lifetime.fit_pareto_nbd):
        with pytest.raises(lifetime.CannotFit, match=r"hardly anybody leaving.*own rate so far"):
            fit(data)


def test_customers_alike_are_said_to_be():
    rng = np.random.default_rng(5)
    life = np.minimum(rng.exponential(1 / rng.gamma(1, 1 / 20, 3000)), 40)
    x = rng.poisson(0.3 * life)
    data = pd.DataFrame({"x": x, "t_x": np.where(x > 0, life * rng.beta(np.maximum(x, 1), 1), 0.0), "T": 40.0})
    with pytest.raises(lifetime.CannotFit, match="buy at the same rate"):
        lifetime.fit_pareto_nbd(data)


def test_a_mean_without_bound_is_refused():
    rng = np.random.default_rng(6)
    x = np.full(2000, 3)
    data = pd.DataFrame({"x": x, "m_x": lifetime.simulate_spend(model("gamma_gamma", p=2.0, q=0.7, v=9.0), x, rng)})
    with pytest.raises(lifetime.CannotFit, match=r"q = 0\.\d\d; with q ≤ 1 the mean over customers is infinite"):
        lifetime.fit_gamma_gamma(data)


def test_everybody_spending_about_the_same_is_said():
    rng = np.random.default_rng(7)
    data = pd.DataFrame({"x": rng.integers(1, 9, 500), "m_x": rng.normal(50, 0.5, 500)})
    with pytest.raises(lifetime.CannotFit, match=r"spends about the same|spend alike"):
        lifetime.fit_gamma_gamma(data)
