"""Qini curves and calibration: known shapes, ties, R."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import uplift_curves as curves

RNG = np.random.default_rng


def qini(gains, foretold, fold=None, **more):
    fold = np.zeros(len(gains), int) if fold is None else fold
    place = curves.place_within(fold, np.asarray(foretold, dtype=float))
    return curves.qini(np.asarray(gains, dtype=float), place, RNG(0), resamples=more.pop("resamples", 20), **more)


def test_a_perfect_ranking_of_half_who_gain_one():
    gains = np.repeat([1.0, 0.0], 500)
    assert qini(gains, gains).area[0] == pytest.approx(0.125)  # two groups, each taken in along a straight line
    fine = qini(gains, np.arange(1000)[::-1])
    assert fine.area[0] == pytest.approx(0.125, abs=1e-9)
    assert fine.end[0] == pytest.approx(0.5)
    assert fine.curve["gain"].iloc[50] == pytest.approx(0.5)


def test_the_other_way_round_is_as_far_below():
    gains = np.repeat([1.0, 0.0], 500)
    assert qini(gains, np.arange(1000)).area[0] == pytest.approx(-0.125)


def test_people_foretold_alike_make_a_straight_line():
    found = qini(RNG(1).normal(size=400), np.zeros(400), resamples=200)
    assert found.area == pytest.approx((0, 0, 0), abs=1e-12)
    assert np.allclose(found.curve["gain"], found.curve["share"] * found.end[0])


def test_folds_differ_in_level_only():
    gains, fold = RNG(2).normal(size=600), np.arange(600) % 3
    foretold = RNG(3).normal(size=600)
    assert qini(gains, foretold, fold).area == qini(gains, foretold + 100 * fold, fold).area


@given(st.integers(10, 300), st.integers(0, 10_000))
def test_the_order_of_people_does_not_matter(n, seed):
    rng = RNG(seed)
    gains, foretold = rng.normal(size=n), rng.integers(0, 5, n).astype(float)
    shuffled = rng.permutation(n)
    one, other = qini(gains, foretold, resamples=2), qini(gains[shuffled], foretold[shuffled], resamples=2)
    assert one.area[0] == pytest.approx(other.area[0], abs=1e-9)
    assert one.end[0] == pytest.approx(gains.mean())


def test_points_of_the_curve_are_as_far_apart_as_privacy_asks():
    found = qini(RNG(0).normal(size=90), np.arange(90), least=20)
    assert np.diff(found.curve["share"]).min() * 90 >= 20


def test_the_interval_of_the_area_holds_zero_as_often_as_it_should():
    held = 0
    for seed in range(100):
        rng = RNG(seed)
        gains, foretold = rng.normal(1, 3, 400), rng.normal(size=400)
        _, low, high = curves.qini(gains, curves.place_within(np.zeros(400, int), foretold), rng, resamples=200).area
        held += low <= 0 <= high
    assert held >= 88


def test_calibration_puts_people_into_groups_of_equal_size():
    rng = RNG(0)
    foretold = rng.normal(size=2_000)
    gains = foretold + rng.normal(size=2_000)
    table = curves.calibration(gains, foretold, curves.place_within(np.zeros(2_000, int), foretold))
    assert table["n"].tolist() == [200] * 10
    assert (np.diff(table["foretold"]) < 0).all()
    assert ((table["low"] <= table["foretold"]) & (table["foretold"] <= table["high"])).sum() >= 8


def test_calibration_needs_people_who_differ():
    place = curves.place_within(np.zeros(500, int), np.zeros(500))
    assert curves.calibration(RNG(0).normal(size=500), np.zeros(500), place).empty
    place = curves.place_within(np.zeros(150, int), np.arange(150.0))
    assert curves.calibration(RNG(0).normal(size=150), np.arange(150.0), place).empty


def test_a_slope_of_one_where_forecasts_come_true():
    rng = RNG(0)
    fold = np.arange(5_000) % 5
    foretold = rng.normal(size=5_000)
    found = curves.slope(foretold + rng.normal(size=5_000), foretold + 10 * fold, fold)
    assert found["slope_low"] <= 1 <= found["slope_high"]
    assert found["p"] < 1e-6


def test_no_slope_where_all_are_foretold_alike():
    found = curves.slope(RNG(0).normal(2, 1, 500), np.full(500, 3.3), np.arange(500) % 5)
    assert np.isnan(found["slope"])
    assert np.isnan(found["p"])
    assert found["average"] == pytest.approx(2, abs=0.2)


def test_places_are_between_zero_and_one():
    place = curves.place_within(np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 1.0, 9.0]))
    assert place.tolist() == pytest.approx([2.5 / 3 - 0.5 / 3, 0.5 / 3, 2.0 / 3, 0.5])
    assert pd.Series(place).between(0, 1).all()
