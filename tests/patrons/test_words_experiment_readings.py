"""Sentences about the further readings of a test change with its numbers."""

import numpy as np
import pandas as pd
import pytest

from patrons import experiment_study as study
from patrons import record_experiment as record
from patrons import words_experiment_readings as more
from patrons.design import Design
from patrons.facts import Facts
from patrons.stop import ChapterStop, SectionStop

N = 1500


def made(shift=0.0, sizes=(N, N), segments=True, truth=None):
    """Read a made-up test of profit, whose offer adds `shift` to women alone."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"arm": np.repeat(["none", "offer"], sizes)}).sample(frac=1, random_state=1, ignore_index=True)
    frame["gender"] = rng.choice(["f", "m"], len(frame))
    frame["before"] = rng.gamma(2, 20, len(frame))
    frame["profit"] = frame["before"] + rng.normal(0, 10, len(frame))
    frame["profit"] += shift * ((frame["arm"] == "offer") & (frame["gender"] == "f"))
    frame["bought"] = (rng.random(len(frame)) < 0.4).astype(float)
    outcomes = {"profit": "money", "bought": "binary"}
    plan = Design(
        "none", ("none", "offer"), {"none": 0.5, "offer": 0.5}, outcomes, ("before",), ("gender",) if segments else ()
    )
    found = study.read(frame, plan, 5, lambda name: np.random.default_rng(0), truth)
    facts = Facts(currency="GBP", chapter="discount-test")
    record.study(facts, found)
    return found, facts


def test_what_gains_for_one_group_is_told_of_that_group():
    found, facts = made(8.0)
    assert "differs by gender" in more.differ(found)
    assert facts["experiment.profit.offer.f.lift"].value > 6
    assert facts["experiment.offers.gender.f.offer"].value == "offer"
    assert "more than 99.9" in more.bayes(found)
    assert "leaves zero out after" in more.watched(found)


def test_what_changes_nothing_is_not_told_to_do_something():
    found, facts = made(0.0)
    assert "is not shown" in more.differ(found)
    assert "never leaves zero out" in more.watched(found)
    assert facts["experiment.profit.offer.watched.n_always"].value is None
    assert "no reason yet" in more.verdict(facts)


def test_adjusted_estimates_are_read_and_corrected_together():
    found, facts = made(2.0)
    assert found.best["adjusted"].tolist() == [True, False]
    assert (found.best["tests"] == 2).all()
    row = found.best.iloc[0]
    assert facts["experiment.profit.offer.p_holm"].value == pytest.approx(row["p_holm"])
    assert (
        facts["experiment.profit.offer.adjusted.detectable"].value < facts["experiment.profit.offer.detectable"].value
    )


def test_truth_stands_beside_the_estimate_that_has_its_name():
    found, facts = made(2.0, truth={"experiment.profit.offer.lift": 1.0, "experiment.profit.offer.f.lift": 40.0})
    assert found.truth["inside"].tolist() == [True, False]
    assert more.truth(found).startswith("1 of 2 intervals")
    assert facts["experiment.profit.offer.lift.planted"].value == 1.0


def test_a_split_that_does_not_fit_ends_the_chapter():
    more.need_fair_split(made()[1])
    with pytest.raises(ChapterStop, match="test again"):
        more.need_fair_split(made(sizes=(N, N + 400))[1])


def test_what_a_source_lacks_ends_its_section():
    found, _ = made(segments=False)
    for table in (found.within.effects, found.choice.table, found.truth):
        with pytest.raises(SectionStop, match="source"):
            more.need(table, more.NO_SEGMENTS)


@pytest.mark.parametrize(("order", "assigned", "said"), [("file", True, "same moment"), ("file", False, "not known")])
def test_the_order_in_which_people_count_is_said(order, assigned, said):
    found, _ = made()
    assert found.watched.ordered_by == order
    if assigned:
        found.frame["assigned_at"] = pd.Timestamp("2023-07-01")
    assert said in more.order(found)


def test_balance_names_what_chance_does_not_explain():
    table = pd.DataFrame({"covariate": ["age", "spend"], "arm": "b", "difference": [0.01, 0.5], "by_chance": 0.1})
    assert "spend (b)" in more.balance(table)
    assert "the arms were alike" in more.balance(table.head(1))


def test_small_groups_are_called_rough():
    rows = {"outcome": ["y"], "kind": "money", "n": 40, "n_control": 45, "sd": 2.0, "sd_control": 1.0}
    assert "rough" in more.checks(pd.DataFrame(rows))
    assert "factor of 2.0" in more.checks(pd.DataFrame(rows))
    assert "spread alike" in more.checks(pd.DataFrame(rows | {"sd": 1.0, "n": 5000, "n_control": 5000}))
