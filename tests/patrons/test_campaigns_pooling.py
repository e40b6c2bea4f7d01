"""Partial pooling, held against R, its limits and simulated truth."""

import numpy as np
import pandas as pd
import pytest

from patrons import (
    campaigns,
    campaigns_pooling,
    campaigns_returns,
    campaigns_segments,
    campaigns_tests,
    r,
    world,
    world_reach,
)
from patrons.campaigns_pooling import pool


def drawn(seed):
    """Draw the campaigns of a simulated shop."""
    return world_reach.draw_campaigns(world.stream(seed, "campaigns"))


def units(rng, shape=4.0, count=60):
    exposure = rng.lognormal(3, 1, count)
    kind = rng.choice(["a", "b"], count)
    mean = np.where(kind == "a", 1.0, 2.0)
    rate = rng.gamma(shape, mean / shape)
    return pd.DataFrame({"count": rng.poisson(exposure * rate), "exposure": exposure, "kind": kind, "rate": rate})


def test_the_fit_is_that_of_r():
    table = units(np.random.default_rng(3))
    found = pool(table, ["kind"], np.random.default_rng(0), refits=5)
    r.use("tests_campaigns")
    theirs = r.call("pool_units", table["count"], table["exposure"], table[["kind"]])
    assert found.shape == pytest.approx(theirs["shape"].iloc[0], rel=1e-6)
    assert found.units["pooled"].to_numpy() == pytest.approx(theirs["pooled"].to_numpy(), rel=1e-6)


def test_pooled_lies_between_own_and_kind_and_little_known_moves_more():
    found = pool(units(np.random.default_rng(4)), ["kind"], np.random.default_rng(0), refits=5).units
    own = found["count"] / found["exposure"]
    assert ((found["pooled"] - own) * (found["pooled"] - found["mean"]) <= 1e-12).all()
    assert found["weight"].corr(found["exposure"], method="spearman") > 0.8


def test_units_that_differ_by_chance_alone_are_pooled_wholly():
    rng = np.random.default_rng(8)
    exposure = rng.uniform(50, 60, 40)
    table = pd.DataFrame({"count": np.round(exposure), "exposure": exposure})
    found = pool(table, [], rng, refits=5)
    assert found.shape == pytest.approx(campaigns_pooling.SHAPES[1])
    assert found.units["pooled"].std() < 0.01


def test_small_kinds_stand_together_and_hostile_names_do_no_harm():
    rng = np.random.default_rng(5)
    table = units(rng).assign(kind=lambda rows: rows["kind"].replace("a", "<script>: |$*"))
    table.loc[[0, 1], "kind"] = ["rare", "rarer"]
    found = pool(table, ["kind"], rng, refits=5)
    assert set(found.units["kind"]) <= {"<script>: |$*", "b", "other"}
    assert found.coefficients.index[0] == "intercept"
    assert set(found.levels["kind"]) == set(found.units["kind"])


def test_too_little_is_not_fitted():
    rng = np.random.default_rng(1)
    assert pool(pd.DataFrame({"count": [1, 2, 3], "exposure": [1.0, 1, 1]}), [], rng) is None
    assert pool(pd.DataFrame({"count": [0] * 9, "exposure": [1.0] * 9}), [], rng) is None


@pytest.fixture(scope="module")
def judged():
    world_ = drawn(20231231)
    frame = campaigns.gather(world_)
    return frame, campaigns_returns.judge(frame, np.random.default_rng(1)), world_


def test_verdicts_follow_from_probabilities(judged):
    _, found, _ = judged
    table = found.campaigns
    assert ((table["verdict"] == "wasteful") == (table["p_profit"] <= 0.1)).all()
    assert ((table["verdict"] == "profitable") == (table["p_profit"] >= 0.9)).all()
    wasteful = table["verdict"] == "wasteful"
    assert found.stake[0] == pytest.approx(table.loc[wasteful, "loss"].sum())
    assert (table["rank_low"] <= table["rank_high"]).all()


def test_a_campaign_without_conversions_is_judged_and_one_without_cost_is_not(judged):
    frame, _, _ = judged
    changed = frame.copy()
    changed.loc[0, ["conversions", "revenue"]] = 0.0
    changed.loc[1, "cost"] = 0.0
    found = campaigns_returns.judge(changed, np.random.default_rng(1))
    assert found.left_out == 1
    row = found.campaigns.set_index("campaign_id").loc[changed.loc[0, "campaign_id"]]
    assert row["raw"] == -1 and -1 < row["roi"] < 1.5


def test_returns_without_conversions_cannot_be_judged(judged):
    frame, _, _ = judged
    assert campaigns_returns.judge(frame.assign(conversions=np.nan), np.random.default_rng(1)) is None


def test_variation_of_conversions_is_found():
    rng = np.random.default_rng(9)
    n = rng.integers(1, 60, 400)
    frame = pd.DataFrame({"conversions": n, "revenue": [rng.gamma(4, 85 / 4, one).sum() for one in n]})
    found = campaigns_returns.worth(frame)
    assert found.mean == pytest.approx(85, rel=0.03)
    assert found.variation == pytest.approx(0.5, abs=0.05)


def test_tests_are_those_of_r(judged):
    frame, found, _ = judged
    mine = campaigns_tests.compare(frame, found.value.chance)
    assert len(mine) == 6
    r.use("tests_campaigns")
    metric = next(item for item in campaigns.METRICS if item.name == "roi")
    known = campaigns_tests.testable(frame, metric, ["channel", "segment"], found.value.chance)
    theirs = r.call("test_factor", known[["count", "exposure", "channel", "segment"]], "channel", ["segment"]).iloc[0]
    row = mine[(mine["metric"] == "roi") & (mine["factor"] == "channel")].iloc[0]
    for name in ("f", "p", "effect", "ratio", "low", "high", "h", "h_p"):
        assert row[name] == pytest.approx(theirs[name], rel=1e-6)
    assert (mine["p_holm"] >= mine["p"]).all()


def test_answers_of_segments_hold_the_truth():
    rng = np.random.default_rng(6)
    names = ["response_1", "response_2", "response_3", "response_4", "response_5", "response_6"]
    segment = rng.choice(list("abcdef"), 3000)
    rates = dict(zip("abcdef", [0.02, 0.05, 0.1, 0.15, 0.2, 0.25], strict=True))
    chance = np.array([rates[one] for one in segment])
    table = pd.DataFrame((rng.random((3000, 6)) < chance[:, None]).astype(int), columns=names).assign(segment=segment)
    found = campaigns_segments.estimate(table, names, {one: one for one in "abcdef"}, rng)
    inside = [
        rates[row["segment"]] >= row["low"] and rates[row["segment"]] <= row["high"]
        for _, row in found.segments.iterrows()
    ]
    assert sum(inside) >= 5
    assert found.repeated == pytest.approx(1, abs=0.1)
    assert (found.segments["next_low"] <= found.segments["low"]).all()


@pytest.mark.slow
def test_pooled_returns_are_nearer_to_what_was_planted_in_several_worlds():
    rows, means = [], []
    for seed in range(12):
        table = drawn(4000 + seed)
        frame = campaigns.gather(table)
        found = campaigns_returns.judge(frame, np.random.default_rng(seed))
        rows.append(
            campaigns_returns.against_truth(found, dict(zip(table["campaign_id"], table["expected_roi"], strict=True)))
        )
        _, low, high, _ = campaigns.mean_return(frame)
        means.append(low <= world_reach.ROI <= high)
    result = pd.DataFrame(rows)
    assert (result["pooled"] < result["raw"]).mean() >= 11 / 12
    assert result["inside"].mean() == pytest.approx(0.95, abs=0.035)
    assert sum(means) >= 10
    assert result["wrong"].mean() < 2


@pytest.mark.slow
def test_channels_that_do_not_differ_are_seldom_said_to(monkeypatch):
    monkeypatch.setattr(world_reach, "REACH", world_reach.REACH.assign(returns=1.0))
    monkeypatch.setattr(world_reach, "AUDIENCE_RETURNS", np.ones(5))
    found = []
    for seed in range(120):
        frame = campaigns.gather(drawn(9000 + seed))
        table = campaigns_tests.compare(frame, campaigns_returns.worth(frame).chance)
        found += table.loc[table["metric"] == "roi", "p"].tolist()
    assert np.mean(np.array(found) < 0.05) < 0.11
