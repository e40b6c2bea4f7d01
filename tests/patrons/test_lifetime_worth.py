"""What customers will be worth: averages by hand, a customer of the paper's authors, intervals that hold the truth."""

import numpy as np
import pandas as pd
import pytest

from patrons import lifetime, lifetime_worth
from patrons.lifetime_worth import Outlook

BUYING = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SPENDING = {"p": 6.25, "q": 3.74, "v": 15.44}


def fit_of(model, parameters):
    names = list(parameters)
    covariance = pd.DataFrame(0.0025 * np.eye(len(names)), index=names, columns=names)
    return lifetime.Fit(model, pd.Series(parameters), covariance, 0.0, 0, True, 0)


@pytest.fixture(scope="module")
def fits():
    return fit_of("bgnbd", BUYING), fit_of("gamma_gamma", SPENDING)


@pytest.fixture(scope="module")
def clv(fits):
    rng = np.random.default_rng(4)
    drawn = lifetime.simulate(fits[0], rng.uniform(27, 39, 600), rng)
    drawn["m_x"] = lifetime.simulate_spend(fits[1], drawn["x"], rng)
    return drawn.assign(segment=["one"] * 300 + ["two"] * 297 + [None] * 3)


@pytest.fixture
def history():
    return pd.DataFrame(
        {"segment": ["one", "two", "all"], "title": ["One", "Two", "All customers"], "margin": [0.5, np.nan, 0.4]}
    )


def test_the_customer_of_the_paper_by_hand(fits):
    customer = pd.Series({"x": 2, "t_x": 30.43, "T": 38.86, "m_x": 35.0})
    steps = lifetime_worth.worked(*fits, customer, 39).set_index("step")["value"]
    assert steps["purchases"] == pytest.approx(1.226, abs=5e-4)
    assert steps["purchases"] == pytest.approx(lifetime.expected_purchases(fits[0], 2, 30.43, 38.86, 39), rel=1e-9)
    assert steps["alive"] == pytest.approx(lifetime.probability_alive(fits[0], 2, 30.43, 38.86))
    assert steps["spend"] == pytest.approx(lifetime.expected_spend(fits[1], 2, 35.0))
    assert steps["revenue"] == pytest.approx(steps["purchases"] * steps["spend"])


def test_formulas_hold_their_numbers(fits):
    customer = pd.Series({"x": 2, "t_x": 30.43, "T": 38.86, "m_x": 35.0})
    steps = lifetime_worth.worked(*fits, customer, 39).set_index("step")
    assert r"\frac{43.27}{34.84}" in steps.loc["ratio", "numbers"]
    assert "{2.243}" in steps.loc["ratio", "numbers"]
    texts = [*steps["formula"], *steps["numbers"]]
    assert all(text.count("{") == text.count("}") and "$" not in text for text in texts)


def test_a_discount_a_year_is_that_of_its_weeks_together():
    ahead = lifetime_worth.outlook(52, 0.1, "week")
    assert (1 + ahead.rate) ** (365.25 / 7) == pytest.approx(1.1)
    assert lifetime_worth.outlook(52, 0.0, "day").rate == 0


def test_segments_add_up_to_the_total(fits, clv, history):
    ahead = Outlook(39, 0.0018, "week")
    table = lifetime_worth.by_segment(fits, clv, history, ahead, np.random.default_rng(1), 12).set_index("segment")
    each = lifetime_worth.assess(*fits, clv, ahead)
    assert table["customers"].to_dict() == {"one": 300, "two": 297, "all": 600}
    assert table.loc["one", "value"] == pytest.approx(each["value"].head(300).mean())
    assert table.loc["all", "total"] == pytest.approx(each["value"].sum())
    assert table.loc["one", "cap"] == pytest.approx(table.loc["one", "value"] / 2)
    assert np.isnan(table.loc["two", "cap"])
    assert (table["value_low"] < table["value_high"]).all()


def test_without_a_model_of_spending_there_are_purchases_but_no_money(fits, clv, history):
    ahead = Outlook(39, 0.0018, "week")
    table = lifetime_worth.by_segment((fits[0], None), clv, history, ahead, np.random.default_rng(1), 8)
    assert table["value"].isna().all()
    assert (table["purchases"] > 0).all()


@pytest.mark.slow
def test_the_interval_of_the_total_holds_what_the_true_parameters_give(fits, history):
    ahead, hits, worlds = Outlook(39, 0.0018, "week"), 0, 10
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        drawn = lifetime.simulate(fits[0], rng.uniform(27, 39, 800), rng)
        drawn["m_x"] = lifetime.simulate_spend(fits[1], drawn["x"], rng)
        found = (lifetime.fit_bgnbd(drawn), lifetime.fit_gamma_gamma(drawn))
        table = lifetime_worth.by_segment(found, drawn.assign(segment="one"), history, ahead, rng, 40).iloc[-1]
        truth = lifetime.discounted_value(*fits, drawn, ahead.horizon, ahead.rate).sum()
        hits += table["total_low"] <= truth <= table["total_high"]
    assert hits >= 7


def test_the_surface_falls_with_silence_and_stays_a_probability(fits, clv):
    found = lifetime_worth.surface(fits[0], clv)
    assert found["alive"].between(0, 1).all()
    for _, column in found.sort_values("silence").groupby("x"):
        assert (np.diff(column["alive"]) < 1e-12).all()


def test_nobody_is_typical_among_too_few(clv):
    assert lifetime_worth.typical(clv[clv["x"] == 0], 5) is None
    assert lifetime_worth.typical(clv[clv["x"] > 0].head(4), 5) is None
    one = lifetime_worth.typical(clv, 5)
    assert one["x"] == np.floor(clv.loc[clv["x"] > 0, "x"].median())
    assert 0 < one["t_x"] <= one["T"]
    assert one["m_x"] == round(one["m_x"])
