"""What came after the scores: by hand, against R, and in shops where scores say nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import double, r, rfm, rfm_later


def shop(n=400, seed=4, tells=True):
    """Customers and what came after; orders come at their own rate, or at one that has nothing to do with them."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.2, 2, n)
    frequency = rng.poisson(rate) + 1
    table = pd.DataFrame(
        {
            "customer_id": range(n),
            "recency": rng.exponential(400 / (1 + rate)).astype(int),
            "frequency": frequency,
            "monetary": frequency * rng.gamma(9, 4, n),
        }
    )
    came = rng.poisson(rate if tells else rng.permutation(rate)) > 0
    revenue = rng.gamma(9, 4, n)[came]
    return table, pd.DataFrame({"customer_id": np.flatnonzero(came), "orders": 1, "revenue": revenue})


@pytest.fixture
def followed():
    table, after = shop()
    return rfm_later.follow(rfm.score(table), after)


def test_everybody_is_followed(followed):
    table, after = shop()
    assert len(followed) == 400
    assert followed["returned"].sum() == len(after)
    assert followed["spend"].sum() == pytest.approx(after["revenue"].sum())
    assert (followed.loc[~followed["returned"], "spend"] == 0).all()
    assert (followed["recency"] == -table["recency"]).all()


def test_rates_and_means_are_those_of_r(followed):
    titles = rfm.read_segments().titles
    found = rfm_later.by_segment(followed, titles)
    assert found["customers"].sum() == 400
    r.use("tests_rfm")
    theirs = r.call("average_later", followed[["segment", "returned", "spend"]])
    columns = ["rate", "rate_low", "rate_high", "spend", "spend_low", "spend_high"]
    assert double.agreement(found, theirs, ["segment"], columns).holds


def test_tests_are_those_of_r(followed):
    found = rfm_later.tests(followed)
    r.use("tests_rfm")
    theirs = r.call("test_later", followed[["segment", "returned", "spend"]])
    assert double.agreement(found, theirs, ["test"], ["statistic", "df", "df_within", "p", "effect"]).holds
    assert (found["p"] < 1e-6).all()


def test_foretelling_is_that_of_r_and_of_pairs(followed):
    found = rfm_later.foretell(followed)
    r.use("tests_rfm")
    theirs = r.call("foretell_return", followed, list(rfm_later.FORETELLERS))
    assert double.agreement(found, theirs, ["score"], ["auc", "low", "high"]).holds
    came, away = (followed.loc[followed.returned == flag, "frequency"].to_numpy() for flag in (True, False))
    pairs = (came[:, None] > away).mean() + (came[:, None] == away).mean() / 2
    assert found.set_index("score").loc["frequency", "auc"] == pytest.approx(pairs)


def test_delongs_example():
    """Two raters of DeLong's kind: the variance is that of the placements, worked pair by pair."""
    came, away = np.array([3.0, 5, 5, 9]), np.array([1.0, 3, 4])
    auc, se = rfm_later._auc(came, away)
    psi = (came[:, None] > away) + (came[:, None] == away) / 2
    by_hand = psi.mean(axis=1).var(ddof=1) / 4 + psi.mean(axis=0).var(ddof=1) / 3
    assert (auc, se) == pytest.approx((psi.mean(), np.sqrt(by_hand)))


@pytest.mark.slow
def test_where_scores_tell_nothing_tests_seldom_cry_wolf():
    p = []
    for seed in range(120):
        table, after = shop(150, seed, tells=False)
        p.append(rfm_later.tests(rfm_later.follow(rfm.score(table), after)).set_index("test")["p"])
    rates = (pd.DataFrame(p) < 0.05).mean()
    limit = stats.binom.ppf(0.999, 120, 0.06) / 120
    assert (rates <= limit).all(), rates


def few(returned, spend, segment="ab"):
    table = pd.DataFrame({"segment": list(segment), "returned": returned, "spend": spend})
    return table.assign(**dict.fromkeys(rfm_later.FORETELLERS, 1.0))


@pytest.mark.parametrize(
    "table",
    [
        few([False, False], [0.0, 0.0]),
        few([True, True], [1.0, 1.0]),
        few([True], [3.0], "a"),
        few([True, False, True], [3.0, 0.0, 3.0], "aab"),
        few([True, True, False, False], [3.0, 3.0, 0.0, 0.0], "aabb"),
        few([True, True, False, True], [3.0, 4.0, 0.0, 2.0], "aabb"),
    ],
)
def test_degenerate_shops_are_not_tested_in_either_language(table):
    found, rates = rfm_later.tests(table), rfm_later.by_segment(table, {"a": "A", "b": "B"})
    r.use("tests_rfm")
    theirs = r.call("test_later", table[["segment", "returned", "spend"]])
    assert double.agreement(found, theirs, ["test"], ["statistic", "df", "df_within", "p", "effect"]).holds
    other = r.call("average_later", table[["segment", "returned", "spend"]])
    assert double.agreement(rates, other, ["segment"], ["rate", "rate_low", "rate_high", "spend", "spend_low"]).holds
    assert found["statistic"].isna().sum() >= 1 or table["spend"].groupby(table["segment"]).nunique().min() > 1
