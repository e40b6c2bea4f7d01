"""`R/lifetime.R` computes the same numbers from the published hypergeometric forms."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import double, lifetime, lifetime_gamma, r
from patrons.lifetime_fit import Fit

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def model(name, **parameters):
    labels = pd.Index(list(parameters))
    return Fit(name, pd.Series(parameters), pd.DataFrame(np.eye(len(labels)), labels, labels), 0.0, 0, True, 0)


BGNBD = model("bgnbd", r=0.6, alpha=5.0, a=0.8, b=2.4)
PARETO = model("pareto_nbd", r=0.6, alpha=9.0, s=0.7, beta=14.0)
SWAPPED = model("pareto_nbd", r=0.6, alpha=14.0, s=0.7, beta=9.0)
SPENDING = model("gamma_gamma", p=6.0, q=4.0, v=15.0)


@pytest.fixture(scope="module", autouse=True)
def _functions():
    r.use("lifetime", root=ROOT)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(1)
    data = lifetime.simulate(BGNBD, rng.uniform(1, 200, 800), rng)
    return data.assign(m_x=lifetime.simulate_spend(SPENDING, data["x"], rng))


def customers(fit, clv, horizon):
    who = (clv["x"], clv["t_x"], clv["T"])
    ours = pd.DataFrame(
        {
            "loglik": lifetime.customer_loglik(fit, *who),
            "alive": lifetime.probability_alive(fit, *who),
            "purchases": lifetime.expected_purchases(fit, *who, horizon),
        }
    )
    theirs = r.call("lifetime_customers", clv[["x", "t_x", "T"]], fit.parameters.to_dict(), fit.model, horizon)
    return double.agreement(ours, theirs, on=[], columns=["loglik", "alive", "purchases"])


def values(fit, gg, clv, horizon, rate):
    ours = pd.DataFrame({"value": lifetime.discounted_value(fit, gg, clv, horizon, rate)})
    data, parameters = clv[["x", "t_x", "T", "m_x"]], fit.parameters.to_dict()
    theirs = r.call("lifetime_value", data, parameters, fit.model, horizon, gg.parameters.to_dict(), rate)
    return double.agreement(ours, theirs, on=[], columns=["value"])


def spending(gg, clv):
    x, mean = clv["x"].to_numpy(float), clv["m_x"].to_numpy(float)
    known = x > 0
    loglik = np.full(len(x), np.nan)
    loglik[known] = lifetime_gamma.customer_loglik(gg.parameters, x[known], mean[known])
    ours = pd.DataFrame({"loglik": loglik, "spend": lifetime.expected_spend(gg, x, mean)})
    theirs = r.call("lifetime_spend", clv[["x", "m_x"]], gg.parameters.to_dict())
    return double.agreement(ours, theirs, on=[], columns=["loglik", "spend"])


def refitted(fit, clv):
    columns = ["x", "m_x"] if fit.model == "gamma_gamma" else ["x", "t_x", "T"]
    found = r.call("fit_lifetime", clv[columns], fit.model).set_index("name")["estimate"]
    return found.drop("loglik"), found["loglik"]


@pytest.mark.parametrize("fit", [BGNBD, PARETO, SWAPPED], ids=["bgnbd", "alpha<beta", "alpha>beta"])
def test_every_customer_is_the_same_in_r(sample, fit):
    for horizon in (1.0, 52.0):
        found = customers(fit, sample, horizon)
        assert found.holds and found.compared == 3 * len(sample), found
    found = values(fit, SPENDING, sample, 52.0, 0.002)
    assert found.holds and found.compared == len(sample), found


def test_spending_is_the_same_in_r(sample):
    found = spending(SPENDING, sample)
    assert found.holds and found.compared == 2 * len(sample), found


@pytest.mark.parametrize("fit", [lifetime.fit_bgnbd, lifetime.fit_pareto_nbd, lifetime.fit_gamma_gamma])
def test_r_climbs_to_the_same_maximum(sample, fit):
    ours = fit(sample)
    parameters, loglik = refitted(ours, sample)
    assert loglik == pytest.approx(ours.loglik, rel=1e-9)
    assert parameters[ours.parameters.index].to_numpy() == pytest.approx(ours.parameters.to_numpy(), rel=5e-3)


def test_cdnow_is_the_same_in_r(reference_data, home):
    clv = patrons.open(reference_data / "cdnow" / "source.yml").clv
    gg = lifetime.fit_gamma_gamma(clv)
    for fit in (lifetime.fit_bgnbd(clv), lifetime.fit_pareto_nbd(clv), gg):
        assert refitted(fit, clv)[1] == pytest.approx(fit.loglik, rel=1e-9)
        if fit is not gg:
            assert customers(fit, clv, 39.0).holds
            assert values(fit, gg, clv, 39.0, 0.002).holds
    assert spending(gg, clv).holds
