"""The chapter's study on a small shop: with a test, without one, with one that cannot be read."""

import shutil

import numpy as np
import pandas as pd
import pytest

from patrons import (
    record_strategy,
    strategy_sample,
    strategy_study,
    tables_strategy,
    words_strategy,
    words_strategy_parts,
)
from patrons.errors import PatronsError
from patrons.facts import Facts
from patrons.shop import open_shop
from patrons.stop import ChapterStop, SectionStop

pytestmark = pytest.mark.slow  # whole chapters are computed

EXPERIMENT = """
  experiment:
    file: test.csv
    columns: {{customer_id: id, arm: arm, assigned_at: day}}
    control: none
    outcomes: {outcomes}
    covariates: [before]
    segments: [group]
"""
ORDERS = """
  transactions:
    file: orders.csv
    columns: {customer_id: id, ordered_at: day, amount: amount}
"""


def people(n=600, hostile="<b>|$*"):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": [f"c{i}" for i in range(n)], "arm": np.resize(["none", "A|b", "c$"], n)})
    frame["day"] = "2023-07-01"
    frame["group"] = rng.choice(["x", hostile], n)
    frame["before"] = rng.gamma(2, 10, n).round(2)
    lift = np.where(frame["arm"] == "A|b", 12, np.where(frame["arm"] == "c$", -12, 0))
    frame["profit"] = (frame["before"] + rng.normal(0, 8, n) + lift).round(2)
    frame["visit"] = (rng.random(n) < 0.4).astype(int)
    return frame


def orders(n=600):
    rng = np.random.default_rng(2)
    who = rng.integers(0, n, 3 * n)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 360, 3 * n), unit="D")
    return pd.DataFrame(
        {"id": [f"c{i}" for i in who], "day": day.strftime("%Y-%m-%d"), "amount": rng.gamma(2, 20, 3 * n).round(2)}
    )


def opened(write_source, tables, frame=None, analysis="", with_orders=True):
    files = {"test__csv": (people() if frame is None else frame).to_csv(index=False)} if "experiment" in tables else {}
    if with_orders:
        files["orders__csv"] = orders().to_csv(index=False)
    head = "name: Small\ncurrency: GBP\ntables:" + (ORDERS if with_orders else "") + tables
    return open_shop(write_source(f"{head}\n{analysis}", **files))


def said(study):
    facts = Facts("GBP")
    record_strategy.study(facts, study)
    return facts


@pytest.fixture(autouse=True)
def _map_of_segments(home, root):
    (home / "data").mkdir()
    shutil.copy(root / "data" / "segments.yml", home / "data")


@pytest.fixture
def shop(home, write_source):
    return opened(write_source, EXPERIMENT.format(outcomes="{profit: money, visit: binary}"))


def test_a_clear_winner_is_found_and_said(shop):
    study = strategy_study.look(shop)
    facts = said(study)
    assert facts["strategy.plan.best.p_pays"].value > 0.99
    assert facts["strategy.budget"].value == 300
    best = study.budget.best.reached
    assert best[:, study.budget.arms.index("A|b")].sum() == pytest.approx(300)
    assert best.sum() == pytest.approx(300)
    assert study.budget.stability.query("arm == 'c$'")["chosen"].max() == 0
    words = words_strategy.for_summary(facts)
    assert "it pays" in words
    assert "Do not use “c\\$”" in words
    assert "A\\|b" in words
    assert "Spend it so." in words_strategy.to_do(facts)
    assert "<b>" not in words_strategy.sentences(facts)
    assert len(study.programmes) == 6
    assert set(study.programmes["verdict"]) <= {"pays", "open", "not tested", "does not pay"}
    for table in (
        tables_strategy.assumptions(study, "GBP"),
        tables_strategy.effects(study, "GBP"),
        tables_strategy.splits(study.budget),
        tables_strategy.plans(study.budget, "GBP"),
        tables_strategy.compared(study, "GBP"),
        tables_strategy.programmes(study.programmes, "GBP"),
    ):
        assert len(table)
    assert "sure" in words_strategy_parts.effects(facts, study).lower()


def test_assumptions_are_followed(home, write_source):
    settings = "analysis: {strategy: {budget: 50, contact_cost: 5, offer_costs: {A|b: 100}, horizon_months: 12}}"
    study = strategy_study.look(opened(write_source, EXPERIMENT.format(outcomes="{profit: money}"), analysis=settings))
    assert study.cost == {"A|b": 105.0, "c$": 5.0}
    assert study.budget.amount == 50
    assert study.scale == pytest.approx(12 / study.months)
    assert study.budget.best.spent == 0  # no offer returns what it is said to cost
    facts = said(study)
    assert "spends nothing" in words_strategy.sentences(facts)
    assert "nothing" in words_strategy.number(facts).data


@pytest.mark.slow
def test_a_wrong_arm_or_segment_is_refused_by_name(home, write_source):
    for key, value, message in (
        ("offer_costs", "{d: 1}", "'d' is no arm"),
        ("segments", "[colour]", "'colour' is no column"),
        ("programmes", "{Revival: [ghosts]}", "'ghosts', which data/segments.yml does not have"),
    ):
        analysis = f"analysis: {{strategy: {{{key}: {value}}}}}"
        shop = opened(write_source, EXPERIMENT.format(outcomes="{profit: money}"), analysis=analysis)
        with pytest.raises(PatronsError, match=message):
            strategy_study.look(shop)


@pytest.mark.slow
def test_without_money_effects_are_said_and_budgets_are_not(home, write_source):
    shop = opened(write_source, EXPERIMENT.format(outcomes="{visit: binary}"))
    study = strategy_study.look(shop)
    facts = said(study)
    assert study.budget is None
    with pytest.raises(SectionStop, match="outcome_value"):
        words_strategy_parts.need_money(study)
    assert "no money" in words_strategy.sentences(facts)
    assert words_strategy.for_summary(facts)
    assert words_strategy.to_do(facts)
    priced = opened(
        write_source,
        EXPERIMENT.format(outcomes="{visit: binary}"),
        analysis="analysis: {strategy: {outcome_value: 30}}",
    )
    assert strategy_study.look(priced).budget is not None


def test_a_test_whose_arms_are_not_as_planned_is_not_read(home, write_source):
    frame = people()
    lost = frame[(frame["arm"] != "c$") | (frame.index % 3 > 0) & (frame.index % 2 > 0)]
    shop = opened(write_source, EXPERIMENT.format(outcomes="{profit: money}"), lost)
    with pytest.raises(ChapterStop, match="not as large as planned"):
        strategy_study.look(shop)


def test_a_test_of_few_people_says_how_many_it_takes(home, write_source):
    metric = EXPERIMENT.format(outcomes="{profit: money}")
    with pytest.raises(ChapterStop, match=r"at least 20 people in the control .* \*Small\* has none"):
        strategy_study.measure(opened(write_source, metric, people(45)))
    test = strategy_study.measure(opened(write_source, metric, people(66)))
    assert test.segmentation.columns == ()
    assert test.effects["effect"].notna().all()


def test_nobody_follows_from_how_many_an_arm_or_a_segment_has():
    effects = pd.DataFrame({"segment": list("aabbcc"), "arm": list("xy") * 3, "people": np.repeat([60, 70, 24], 2),
                            "n_control": np.repeat([20, 20, 18], 2), "n": [3, 37, 25, 25, 3, 3]})  # fmt: skip
    found = strategy_study.without_few(effects, 5)
    assert not found["n"].between(1, 4).any()
    assert (found["people"] == effects["people"]).all()
    cells = found.pivot(index="segment", columns="arm", values="n").assign(control=[np.nan, np.nan, 18.0])
    assert found["n_control"].isna().tolist() == cells["control"].isna().repeat(2).tolist()
    assert (cells.isna().sum(axis=1) != 1).all()
    assert (cells.isna().sum(axis=0) != 1).all()


def test_without_a_test_the_chapter_says_what_one_would_take(home, write_source):
    shop = opened(write_source, "")
    with pytest.raises(ChapterStop, match=r"lift of 10.% .* takes about [\d,]+ people per arm"):
        strategy_study.look(shop)
    sizes = strategy_sample.sizes(shop)
    whole = sizes[sizes["segment"] == "all"].iloc[0]
    # n = 2 (z.975 + z.8)² (sd / δ)², and a little more for the t distribution.
    assert whole["needed"] == pytest.approx(15.698 * (whole["sd"] / (0.1 * whole["mean"])) ** 2, rel=0.01)
    assert shop.facts["strategy.sample.all.needed"].value == whole["needed"]


def test_nothing_is_said_of_a_chapter_that_was_not_there():
    assert words_strategy.for_summary(Facts("GBP")) == ""
