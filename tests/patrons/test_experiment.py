"""Published results, agreement with R, and tests that cannot be made."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from patrons import double, experiment, r, world_check
from patrons.design import Design, make_design
from patrons.settings import Experiment
from patrons.source import slug
from patrons.stop import ChapterStop
from patrons.world_draw import Parameters
from patrons.world_offers import CONTROL

R_COLUMNS = ["lift", "low", "high", "statistic", "df", "p"]


def sample_with(mean, sd, n):
    """Return numbers with exactly this mean and standard deviation."""
    values = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return mean + sd * (values - values.mean()) / values.std(ddof=1)


def design(frame, outcomes, control=None, covariates=(), allocation=None):
    table = Experiment(
        file="test.csv", columns={"arm": "arm"}, control=control, outcomes=outcomes, covariates=tuple(covariates)
    )
    if allocation:
        table = table.model_copy(update={"allocation": allocation})
    return make_design(table, sorted(frame["arm"].unique()))


def binary(successes, n):
    return np.repeat([1.0, 0.0], [successes, n - successes])


@pytest.fixture
def world():
    """Two arms and a control, with money, a number and a yes or no, missing values included."""
    rng = np.random.default_rng(4)
    n = 900
    arm = rng.choice(["Control", "A", "B"], n)
    before = rng.gamma(2, 30, n)
    spend = np.where(rng.random(n) < 0.6, 0, before * rng.gamma(2, 0.5, n)) + (arm == "A") * 4
    frame = pd.DataFrame({"arm": arm, "before": before, "spend": spend, "age": rng.normal(40, 9, n)})
    frame["orders"] = rng.poisson(1.5, n)
    frame["visit"] = (rng.random(n) < 0.3 + 0.1 * (arm == "B")).astype(float)
    frame.loc[::50, "spend"] = np.nan
    frame.loc[::31, "before"] = np.nan
    return frame


@pytest.fixture
def plan(world):
    kinds = {"spend": "money", "orders": "number", "visit": "binary"}
    return design(world, kinds, covariates=["before", "age"])


def in_r(function, frame, plan, outcomes=None, **more):
    r.use("tests_experiment")
    outcomes = outcomes or plan.outcomes
    given = {"outcomes": list(outcomes), "kinds": list(outcomes.values()), "arms": list(experiment.treatments(plan))}
    return r.call(function, frame, control=plan.control, **given, **more)


def test_welch_as_published():
    frame = pd.DataFrame(
        {
            "arm": ["control"] * 3407 + ["new"] * 3461,
            "value": np.concatenate([sample_with(0.41, 3.9, 3407), sample_with(0.70, 6.2, 3461)]),
        }
    )
    row = experiment.compare(frame, design(frame, {"value": "money"})).iloc[0]
    assert row["lift"] == pytest.approx(0.29)
    assert row["low"] == pytest.approx(0.04538, abs=5e-6)
    assert row["high"] == pytest.approx(0.53462, abs=5e-6)
    assert row["p"] == pytest.approx(0.02016, abs=5e-6)


def test_cookie_cats_as_published():
    counts = {"gate_30": (44700, 20034, 8502), "gate_40": (45489, 20119, 8279)}
    frame = pd.concat(
        [
            pd.DataFrame({"arm": arm, "retention_1": binary(day_1, n), "retention_7": binary(day_7, n)})
            for arm, (n, day_1, day_7) in counts.items()
        ]
    )
    plan = design(frame, {"retention_1": "binary", "retention_7": "binary"}, control="gate_30")
    found = experiment.compare(frame, plan).set_index("outcome")
    assert found.loc["retention_7", "mean_control"] == pytest.approx(0.190201, abs=5e-7)
    assert found.loc["retention_7", "mean"] == pytest.approx(0.182000, abs=5e-7)
    assert found.loc["retention_7", "statistic"] == pytest.approx(-3.164, abs=5e-4)
    assert found.loc["retention_7", "p"] == pytest.approx(0.00155, abs=5e-6)
    assert found.loc["retention_1", "p"] == pytest.approx(0.0744, abs=5e-5)
    assert found.loc["retention_7", "p_holm"] == pytest.approx(2 * found.loc["retention_7", "p"])
    ratio = experiment.sample_ratio(frame, plan)
    assert ratio.p == pytest.approx(0.0086, abs=5e-5)
    assert ratio.passed


def test_r_finds_the_same(world, plan):
    theirs = in_r("compare_arms", world, plan)
    found = double.agreement(experiment.compare(world, plan), theirs, ["outcome", "arm"], R_COLUMNS)
    assert found.holds, found
    assert found.compared == 36


def test_r_finds_the_same_after_adjusting(world, plan):
    numeric = {name: kind for name, kind in plan.outcomes.items() if kind != "binary"}
    theirs = in_r("compare_adjusted", world, plan, numeric, covariates=list(plan.covariates))
    found = double.agreement(experiment.adjust(world, plan), theirs, ["outcome", "arm"], R_COLUMNS)
    assert found.holds, found


def test_r_finds_the_same_ratio(world, plan):
    mine = experiment.compare_ratio(world, plan, "spend", "orders")
    r.use("tests_experiment")
    theirs = r.call("compare_ratios", world, "spend", "orders", plan.control, list(experiment.treatments(plan)))
    found = double.agreement(mine, theirs, ["arm"], ["lift", "low", "high", "statistic", "p"])
    assert found.holds, found


def test_the_ratio_of_the_delta_method_is_that_of_a_bootstrap_over_customers(world, plan):
    row = experiment.compare_ratio(world, plan, "spend", "orders").set_index("arm").loc["A"]
    rng = np.random.default_rng(2)
    draws = []
    for _ in range(800):
        ratios = []
        for arm in ("A", "Control"):
            pairs = world.loc[world.arm == arm, ["spend", "orders"]].dropna().to_numpy()
            sums = pairs[rng.integers(0, len(pairs), len(pairs))].sum(axis=0)
            ratios.append(sums[0] / sums[1])
        draws.append(ratios[0] - ratios[1])
    assert (row["high"] - row["low"]) / (2 * 1.96) == pytest.approx(np.std(draws), rel=0.1)


def test_the_interval_of_a_relative_lift_covers_as_often_as_it_says():
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(400):
        frame = pd.DataFrame({"arm": ["control"] * 120 + ["b"] * 120, "y": rng.gamma(2, np.repeat([10, 12], 120))})
        row = experiment.compare(frame, design(frame, {"y": "money"})).iloc[0]
        hits += row["pct_low"] <= 0.2 <= row["pct_high"]
    assert 0.92 <= hits / 400 <= 0.98


def test_the_same_arms_give_no_effect():
    frame = pd.DataFrame({"arm": ["control", "b"] * 50, "y": np.repeat(np.arange(50.0), 2)})
    row = experiment.compare(frame, design(frame, {"y": "number"})).iloc[0]
    assert row["lift"] == 0
    assert row["p"] == pytest.approx(1)
    assert row["low"] == pytest.approx(-row["high"])


def test_adjusting_narrows_the_interval_and_keeps_the_truth():
    rng = np.random.default_rng(3)
    x = rng.normal(50, 10, 2000)
    arm = np.where(rng.random(2000) < 0.5, "control", "offer")
    frame = pd.DataFrame({"arm": arm, "x": x, "y": x + rng.normal(0, 3, 2000) + 1.0 * (arm == "offer")})
    plan = design(frame, {"y": "money"}, covariates=["x"])
    plain, fitted = experiment.compare(frame, plan).iloc[0], experiment.adjust(frame, plan).iloc[0]
    assert fitted["high"] - fitted["low"] < 0.4 * (plain["high"] - plain["low"])
    assert fitted["low"] < 1.0 < fitted["high"]
    assert fitted["variance_reduction"] == pytest.approx(1 - 9 / 109, abs=0.02)


def test_a_broken_split_is_seen():
    frame = pd.DataFrame({"arm": ["control"] * 5000 + ["b"] * 5400, "y": 1.0})
    found = experiment.sample_ratio(frame, design(frame, {"y": "number"}))
    assert not found.passed
    planned = design(frame, {"y": "number"}, allocation={"control": 50, "b": 54})
    assert experiment.sample_ratio(frame, planned).p == pytest.approx(1)
    r.use("tests_experiment")
    assert r.call("test_allocation", [5000, 5400], [1, 1])["p"][0] == pytest.approx(found.p, abs=1e-12)


def test_balance_is_standardised(world, plan):
    found = experiment.balance(world, plan)
    assert len(found) == 4
    row = found.iloc[0]
    base, other = (world.loc[world.arm == arm, row["covariate"]].dropna() for arm in ("Control", row["arm"]))
    pooled = np.sqrt((base.var() + other.var()) / 2)
    assert row["difference"] == pytest.approx((other.mean() - base.mean()) / pooled)
    assert (found["difference"].abs() < 4 * found["by_chance"]).all()


@pytest.mark.parametrize("kind", ["binary", "money"])
def test_where_nothing_varies_nothing_is_claimed(kind):
    frame = pd.DataFrame({"arm": ["control", "b"] * 5, "y": 1.0})
    plan = design(frame, {"y": kind})
    row = experiment.compare(frame, plan).iloc[0]
    assert np.isnan([row["p"], row["low"], row["high"], row["p_holm"]]).all()
    theirs = in_r("compare_arms", frame, plan)
    assert double.agreement(row.to_frame().T, theirs, ["outcome", "arm"], R_COLUMNS).holds


def test_covariates_that_are_no_numbers_are_left_out(world):
    plan = design(world, {"spend": "money"}, covariates=["town", "age"])
    assert experiment.covariates(world.assign(town="x"), plan) == ["age"]
    assert experiment.adjust(world, design(world, {"spend": "money"})).empty


def test_a_test_without_an_outcome_ends_the_chapter_in_words(world):
    with pytest.raises(ChapterStop, match="names no outcome"):
        experiment.primary(design(world, {}))


def test_the_curve_of_what_was_reached_holds_the_zeros(world, plan):
    curve = experiment.exceedance(world, plan, "spend")
    spent = world[world.arm == "A"]["spend"].dropna()
    mine = curve[curve.arm == "A"]
    assert mine["share"].iloc[0] <= (spent > 0).mean()
    assert mine["share"].is_monotonic_decreasing
    row = mine.iloc[60]
    assert row["share"] == pytest.approx((spent >= row["value"]).mean())


def test_cookie_cats_counts_are_those_of_the_file(reference_data):
    path = reference_data / "cookie_cats" / "cookie_cats.csv"
    found = pd.read_csv(path).groupby("version")[["retention_1", "retention_7"]].agg(["size", "sum"])
    assert found.to_numpy().tolist() == [[44700, 20034, 44700, 8502], [45489, 20119, 45489, 8279]]


def test_the_variance_that_the_adjustment_takes_out_is_what_the_covariates_explain(world, plan):
    found = experiment.adjust(world, plan)
    assert found["variance_reduction"].to_numpy() == pytest.approx(found["r2"].to_numpy(), abs=0.05)
    known = world.dropna(subset=["spend"])
    both = known[["before", "age"]].fillna(known[["before", "age"]].mean())
    fit = np.linalg.lstsq(np.column_stack([np.ones(len(both)), both]), known["spend"], rcond=None)
    assert found["r2"].iloc[0] == pytest.approx(1 - fit[1][0] / ((known["spend"] - known["spend"].mean()) ** 2).sum())


def test_several_covariates_explain_more_than_one(world):
    world = world.assign(noise=np.random.default_rng(0).normal(size=len(world)), twice=2 * world["before"])
    one, two, same = (
        experiment.adjust(world, design(world, {"spend": "money"}, covariates=names))["r2"].iloc[0]
        for names in (["before"], ["before", "noise"], ["before", "twice"])
    )
    assert one < two < one + 0.01
    assert same == pytest.approx(one)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.drop(t.index[t["arm"] == "B"][1:]),
        lambda t: t.assign(spend=0.0, orders=0, visit=0.0),
        lambda t: t.assign(spend=np.nan),
        lambda t: t.assign(spend=t["spend"].where(t["arm"] != "Control")),
        lambda t: t.assign(before=np.nan, age=np.nan),
        lambda t: t.assign(before=3.0),
        lambda t: t.assign(spend=np.random.default_rng(0).standard_cauchy(len(t)) * 1e9),
        lambda t: t.assign(arm=pd.Categorical(t["arm"])),
    ],
    ids=[
        "one person",
        "all zeros",
        "nothing known",
        "control unknown",
        "no covariate known",
        "constant",
        "heavy",
        "codes",
    ],
)
def test_odd_tests_give_results_or_say_nothing(world, change):
    table = change(world)
    kinds = {"spend": "money", "orders": "number", "visit": "binary"}
    plan = Design(
        "Control", ("Control", "A", "B"), dict.fromkeys(("Control", "A", "B"), 1 / 3), kinds, ("before", "age"), ()
    )
    found = experiment.study(table, plan)
    assert len(found.effects) == 6
    assert len(found.adjusted) == 4
    known = found.effects.dropna(subset=["low"])
    assert (known["low"] <= known["high"]).all()
    assert known["p"].between(0, 1).all()
    ratio = experiment.compare_ratio(table, plan, "spend", "orders")
    assert ratio["arm"].tolist() == ["A", "B"]
    assert len(experiment.balance(table, plan)) == 4
    experiment.exceedance(table, plan, "spend")


def test_cookie_cats_as_published_from_its_file(reference_data):
    path = reference_data / "cookie_cats" / "cookie_cats.csv"
    frame = pd.read_csv(path).rename(columns={"version": "arm"}).astype({"retention_1": float, "retention_7": float})
    kinds = {"retention_1": "binary", "retention_7": "binary", "sum_gamerounds": "number"}
    plan = design(frame, kinds, control="gate_30")
    found = experiment.compare(frame, plan).set_index("outcome")
    seventh = found.loc["retention_7", ["mean_control", "mean"]].astype(float)
    assert seventh.tolist() == pytest.approx([0.190201, 0.182000], abs=5e-7)
    assert found.loc["retention_7", "statistic"] == pytest.approx(-3.164, abs=5e-4)
    assert found.loc["retention_7", "p"] == pytest.approx(0.00155, abs=5e-6)
    assert found.loc["retention_1", "p"] == pytest.approx(0.0744, abs=5e-5)
    assert experiment.sample_ratio(frame, plan).p == pytest.approx(0.0086, abs=5e-5)


@pytest.mark.slow
def test_planted_effects_lie_in_their_intervals_in_nineteen_of_twenty_worlds():
    distances, profits = [], []
    for seed in range(12):
        drawn = world_check.draw(Parameters(customers=2_000, orders=10_000, seed=seed))
        table = drawn.experiment
        kinds = {"sales": "money", "orders": "number", "profit": "money", "bought": "binary"}
        plan = design(table, kinds, control=CONTROL, covariates=["spend_before", "orders_before"])
        truth = drawn.truth
        tests = [experiment.compare(table, plan), experiment.adjust(table, plan)]
        for row in pd.concat(tests).itertuples():
            planted = truth[f"experiment.{row.outcome}.{slug(row.arm)}.lift"]
            distances.append((planted - row.lift) / ((row.high - row.low) / 2))
        per_order = experiment.compare_ratio(table, plan, "profit", "orders").set_index("arm").loc["discount 20%"]
        planted = truth["experiment.profit_per_order.discount_20.lift"]
        distances.append((planted - per_order["lift"]) / ((per_order["high"] - per_order["low"]) / 2))
        profits.append(per_order["high"])
    inside = np.abs(distances) <= 1
    assert inside.mean() > 0.9, inside.mean()
    assert (np.array(profits) < 0).all()


@pytest.mark.slow
def test_where_nothing_was_offered_five_in_a_hundred_are_found():
    rng, found, wide = np.random.default_rng(11), [], []
    for _ in range(500):
        n = 600
        x = rng.gamma(1.5, 100, n)
        y = np.where(rng.random(n) < 0.5, 0.4 * x + rng.lognormal(3, 1, n), 0)
        table = pd.DataFrame({"arm": rng.permutation(np.repeat(["control", "b"], n // 2)), "x": x, "y": y})
        plan = design(table, {"y": "money"}, covariates=["x"])
        plain, fitted = experiment.compare(table, plan).iloc[0], experiment.adjust(table, plan).iloc[0]
        found.append([plain["p"] < 0.05, fitted["p"] < 0.05])
        wide.append((fitted["high"] - fitted["low"]) / (plain["high"] - plain["low"]) / np.sqrt(1 - fitted["r2"]))
    low, high = stats.binom.interval(0.999, 500, 0.05)
    assert ((np.sum(found, axis=0) >= low) & (np.sum(found, axis=0) <= high)).all()
    assert np.mean(wide) == pytest.approx(1, abs=0.002)
