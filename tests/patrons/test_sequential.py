"""Intervals that hold at every look: their formulas, their order of people, and how often they are wrong."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from patrons import experiment, sequential
from patrons.design import Design


def plan(outcomes, arms=("control", "a"), covariates=()):
    return Design(arms[0], arms, dict.fromkeys(arms, 1 / len(arms)), outcomes, covariates, ())


def arrivals(n=4000, lift=0.0, days=28, seed=0):
    rng = np.random.default_rng(seed)
    arm = rng.choice(["control", "a"], n)
    day = np.sort(rng.integers(0, days, n))
    x = rng.gamma(1, 10, n)
    y = x * rng.gamma(2, 0.5, n) + lift * (arm == "a")
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"arm": arm, "assigned_at": when, "x": x, "y": y, "yes": (y > 8).astype(float)})


def test_the_interval_is_that_of_a_normal_mixture():
    # The mixture likelihood ratio of N(δ, 1) against δ = 0, with δ ~ N(0, ρ²), is 1/α where the interval ends.
    n, rho = 400, 0.07
    edge = float(sequential.radius(1 / np.sqrt(n), n, rho))
    ratio = integrate.quad(
        lambda d: stats.norm.pdf(d, 0, rho) * np.exp(n * (edge * d - d**2 / 2)), -1, 1, points=[edge], epsabs=1e-12
    )[0]
    assert ratio == pytest.approx(1 / 0.05, rel=1e-6)
    assert sequential.p_value(edge * np.sqrt(n), n, rho) == pytest.approx(0.05)


def test_the_sequence_is_narrowest_about_where_it_was_planned():
    grid = np.linspace(0.2, 5, 400) * sequential.tuning(1000)
    widths = [float(sequential.radius(1, 1000, rho)) for rho in grid]
    assert float(sequential.radius(1, 1000, sequential.tuning(1000))) == pytest.approx(min(widths), rel=0.01)


def test_looks_are_at_the_ends_of_days_and_the_last_is_the_whole_test():
    frame = arrivals(lift=1.5)
    frame.loc[::50, "y"] = np.nan
    design = plan({"y": "money"})
    found = sequential.watch(frame.sample(frac=1, random_state=1), design, "y")
    assert found.ordered_by == "assigned_at"
    assert len(found.table) == 28
    last, row = found.table.iloc[-1], experiment.compare(frame, design).iloc[0]
    assert last["n"] == row["n"] + row["n_control"] == found.planned["a"]
    assert last["lift"] == pytest.approx(row["lift"])
    assert last["fixed_low"] == pytest.approx(row["low"], abs=2e-3)
    day_10 = frame[frame["assigned_at"] <= "2024-01-10"].groupby("arm")["y"].mean()
    tenth = found.table[found.table["moment"] == "2024-01-10"].iloc[0]
    assert tenth["lift"] == pytest.approx(day_10["a"] - day_10["control"])
    assert (found.table["low"] < found.table["fixed_low"]).all()
    assert found.table["p"].is_monotonic_decreasing


def test_a_clear_effect_is_found_for_good_and_an_adjusted_one_no_later():
    frame = arrivals(20_000, lift=1.0)
    design = plan({"y": "money", "yes": "binary"}, covariates=("x",))
    plain, sharper = (sequential.first(sequential.watch(frame, design, "y", adjusted=use)) for use in (False, True))
    assert plain["n_fixed"].iloc[0] <= plain["n_always"].iloc[0]
    assert sharper["n_always"].iloc[0] <= plain["n_always"].iloc[0]
    shares = sequential.watch(frame, design, "yes", adjusted=True)
    assert shares.table["lift"].iloc[-1] == pytest.approx(experiment.compare(frame, design)["lift"].iloc[1])


def test_without_times_the_file_is_the_order_unless_it_holds_arm_after_arm():
    frame = arrivals().assign(assigned_at=pd.Timestamp("2024-01-01"))
    design = plan({"y": "money"})
    assert sequential.watch(frame, design, "y").ordered_by == "file"
    assert sequential.watch(frame.drop(columns="assigned_at"), design, "y", looks=30).table.shape[0] == 30
    blocks = sequential.watch(frame.sort_values("arm"), design, "y")
    assert blocks.ordered_by == "shuffled"
    assert blocks.table["n"].iloc[0] < 300


@pytest.mark.parametrize("y", [np.zeros(300), np.r_[np.nan, np.ones(299)], np.full(300, np.nan)])
def test_where_nothing_varies_nothing_is_found(y):
    frame = pd.DataFrame({"arm": ["control", "a"] * 150, "y": y})
    found = sequential.watch(frame, plan({"y": "money"}), "y")
    assert found.table[["low", "high", "p"]].isna().all().all()
    assert np.isnan(sequential.first(found)[["n_fixed", "n_always"]].to_numpy(dtype=float)).all() or found.table.empty


def test_too_few_people_for_a_look():
    frame = pd.DataFrame({"arm": ["control"] * 60 + ["a"], "y": np.arange(61.0)})
    assert sequential.watch(frame, plan({"y": "money"}), "y").table.empty


@pytest.mark.slow
def test_looking_every_day_finds_nothing_that_is_not_there_more_than_one_time_in_twenty():
    wrong, peeked, tests = 0, 0, 400
    for seed in range(tests):
        table = sequential.watch(arrivals(1500, seed=seed), plan({"y": "money"}), "y").table
        wrong += bool((table["p"] < 0.05).any())
        peeked += bool((table["fixed_p"] < 0.05).any())
    assert wrong <= stats.binom.ppf(0.99, tests, 0.05)
    assert peeked > 2 * 0.05 * tests
