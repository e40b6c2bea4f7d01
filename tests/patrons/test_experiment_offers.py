"""Which offer for whom: the posterior against exact sampling, and the choice against luck."""

import numpy as np
import pandas as pd
import pytest

from patrons import experiment_offers
from patrons.experiment_segments import Within

ARMS = ["control", "a", "b"]


def within(means, sd=10.0, n=400):
    """Groups with given means per arm; sizes and spreads alike."""
    means = np.asarray(means, dtype=float)
    groups = [f"g{place}" for place in range(len(means))]
    cells = pd.DataFrame({"segment": "town", "level": np.repeat(groups, means.shape[1]), "outcome": "y"})
    cells = cells.assign(arm=np.tile(ARMS[: means.shape[1]], len(means)), n=n, mean=means.ravel(), sd=sd)
    return Within(pd.DataFrame(), pd.DataFrame(), cells, pd.DataFrame(), False)


def rng():
    return np.random.default_rng(1)


def test_groups_that_are_alike_get_the_arm_that_is_best_on_the_whole():
    found = experiment_offers.choose(within([[10, 12, 10], [20, 21.8, 20.1], [30, 31.6, 31.8]]), "y", rng())
    assert found.table.loc[found.table["chosen"], "arm"].tolist() == ["a", "a", "a"]
    third = found.table[found.table["level"] == "g2"].set_index("arm")
    assert third.loc["b", "measured"] == pytest.approx(1.8)
    assert third.loc["b", "lift"] < 1.4
    assert found.gains["gain"].iloc[0] == 0
    assert found.gains["single"].iloc[0] == "a"


def test_groups_that_differ_speak_for_themselves():
    found = experiment_offers.choose(within([[10, 20, 5], [10, 5, 20]]), "y", rng())
    assert found.table.loc[found.table["chosen"], "arm"].tolist() == ["a", "b"]
    assert (found.table.loc[found.table["chosen"], "p_best"] > 0.999).all()
    assert found.table["lift"].to_numpy() == pytest.approx(found.table["measured"].to_numpy(), abs=0.5)
    gains = found.gains.iloc[0]
    assert gains["low"] > 0
    assert gains["gain"] == pytest.approx(7.5, abs=0.6)


def test_where_nothing_is_known_every_arm_is_a_candidate():
    found = experiment_offers.choose(within([[10, 10.1, 10], [10, 10, 10.1]], sd=50.0, n=20), "y", rng()).table
    assert found["candidate"].all()
    assert found["p_best"].between(0.2, 0.5).all()
    assert found.groupby("level")["p_best"].sum().to_numpy() == pytest.approx([1, 1])


def test_a_group_alone_is_judged_by_its_own_numbers():
    found = experiment_offers.choose(within([[10.0, 11.0, 10.0]]), "y", rng()).table.set_index("arm")
    assert found["lift"].tolist() == pytest.approx([0, 1, 0], abs=1e-9)
    # With flat priors the difference is normal with its own error.
    assert found.loc["a", "high"] == pytest.approx(1 + 1.96 * 10 * np.sqrt(2 / 400), abs=0.05)


def test_given_tau_the_posterior_is_that_of_the_normal_model():
    y, v, tau = np.array([1.0, 3.0, 2.0, 7.0]), np.array([0.5, 1.0, 0.8, 0.4]), 1.3
    x = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1]], dtype=float)
    _, mean, root = experiment_offers._given(tau, y, v, x)
    # The same from the joint precision of effects and departures.
    whole = np.hstack([x, np.eye(4)])
    precision = whole.T @ np.diag(1 / v) @ whole + np.diag([0, 0, 0, *[1 / tau**2] * 4])
    covariance = np.linalg.inv(precision)
    assert mean == pytest.approx(whole @ covariance @ whole.T @ (y / v))
    assert root @ root.T == pytest.approx(whole @ covariance @ whole.T)


def test_lending_strength_is_nearer_to_the_truth_than_each_group_alone():
    draw, off = np.random.default_rng(5), []
    for _ in range(40):
        truth = 100 + draw.normal(0, 20, (6, 1)) + np.array([0.0, 2.0, 1.0]) + draw.normal(0, 0.3, (6, 3))
        seen = truth + draw.normal(0, 10 / np.sqrt(100), (6, 3))
        table = experiment_offers.choose(within(seen, n=100), "y", rng(), 500).table
        lifts = (truth - truth[:, :1]).ravel()
        off.append([((table[name] - lifts) ** 2).mean() for name in ("measured", "lift")])
    measured, lent = np.mean(off, axis=0)
    assert lent < 0.6 * measured


def test_intervals_hold_the_truth():
    draw, hits = np.random.default_rng(6), []
    for _ in range(60):
        truth = draw.normal(0, 5, (4, 1)) + np.array([0.0, 2.0, 1.0]) + draw.normal(0, 1, (4, 3))
        table = experiment_offers.choose(within(truth + draw.normal(0, 1, (4, 3)), n=100), "y", rng(), 2000).table
        lifts = (truth - truth[:, :1]).ravel()
        treated = (table["arm"] != "control").to_numpy()
        hits.append(((table["low"] <= lifts) & (lifts <= table["high"])).to_numpy()[treated].mean())
    assert 0.91 <= np.mean(hits) <= 0.99


def test_nothing_to_choose_is_no_error():
    empty = Within(*(pd.DataFrame() for _ in range(4)), False)
    assert experiment_offers.choose(empty, "y", rng()).table.empty
    assert experiment_offers.choose(within([[1.0, 1, 1]], sd=0.0), "y", rng()).table.empty
    assert experiment_offers.choose(within([[1.0, 1, 1]], n=1), "y", rng()).table.empty
    assert experiment_offers.choose(within([[1.0, 2, 1]]), "other", rng()).table.empty


def test_a_group_in_which_nobody_bought_borrows_the_spread_of_the_others():
    table = within([[10, 12, 10], [0, 0, 0]])
    table.cells.loc[table.cells["level"] == "g1", "sd"] = 0.0
    found = experiment_offers.choose(table, "y", rng()).table
    assert np.isfinite(found[["lift", "low", "high"]].to_numpy()).all()
