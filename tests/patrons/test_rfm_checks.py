"""How firm scores are: against what must hold, and against R."""

import numpy as np
import pandas as pd
import pytest

from patrons import double, explore, r, rfm, rfm_checks


@pytest.fixture
def customers():
    rng = np.random.default_rng(8)
    rate = rng.gamma(1.5, 3, 400)
    frequency = rng.poisson(rate) + 1
    return pd.DataFrame(
        {
            "recency": rng.exponential(300 / (1 + rate)).astype(int),
            "frequency": frequency,
            "monetary": frequency * rng.gamma(9, 4, 400),
        }
    )


def test_neighbours_stay_within_what_is_allowed():
    assert [rfm_checks.neighbours(item) for item in (2, 5, 10)] == [[3], [4, 6], [9]]


def test_firmness_is_a_share_of_everybody(customers):
    scores = rfm.score(customers)
    firm = rfm_checks.firmness(scores, np.random.default_rng(1), 40)
    assert firm["customers"].sum() == 400
    assert firm[["bins", "edges", "wavering"]].stack().between(0, 1).all()
    assert rfm_checks.overall(firm)["edges"] > 0.9
    again = rfm_checks.firmness(scores, np.random.default_rng(1), 40)
    pd.testing.assert_frame_equal(firm, again)


def test_more_customers_make_firmer_edges(customers):
    few, many = (
        rfm_checks.overall(rfm_checks.firmness(rfm.score(table), np.random.default_rng(1), 40))["edges"]
        for table in (customers.head(40), pd.concat([customers] * 20, ignore_index=True))
    )
    assert few < many
    assert many > 0.985


def test_where_all_are_alike_nothing_moves():
    same = pd.DataFrame({"recency": [3] * 30, "frequency": 1, "monetary": 9.5})
    firm = rfm_checks.firmness(rfm.score(same), np.random.default_rng(1), 20)
    assert firm[["bins", "edges"]].to_numpy().tolist() == [[1, 1]]
    assert rfm_checks.agree(rfm.score(same)).empty


def test_one_bin_more_or_less_is_as_scored_by_hand(customers):
    firm = rfm_checks.firmness(rfm.score(customers), np.random.default_rng(1), 1)
    five, four, six = (rfm.score(customers, bins).customers["segment"].astype(str) for bins in (5, 4, 6))
    assert rfm_checks.overall(firm)["bins"] == pytest.approx(((five == four) & (five == six)).mean())


def test_agreement_of_scores_is_that_of_r(customers):
    scores = rfm.score(customers)
    found = rfm_checks.agree(scores)
    assert len(found) == 10
    r.use("tests_explore")
    theirs = r.call("correlate_pairs", scores.customers[list(rfm_checks.PAIRS)])
    assert double.agreement(found, theirs, ["x", "y"], ["rho", "low", "high", "p", "n"]).holds
    row = found[(found.x == "score_sum") & (found.y == "rank_sum")].iloc[0]
    assert row["rho"] > 0.95
    assert (row["low"], row["high"]) == explore.spearman_interval(row["rho"], 400)
