"""Sentences about a test change with its numbers."""

import numpy as np
import pandas as pd
import pytest

from patrons import experiment
from patrons import record_experiment as record
from patrons import words_experiment as words
from patrons.design import make_design
from patrons.facts import Facts
from patrons.settings import Experiment

N = 4000


def facts_of(outcomes, sizes=(N, N), control="plain", covariates=(), **columns):
    """Record a made-up test: each column is (values in control, values in the arm)."""
    frame = pd.DataFrame({"arm": np.repeat([control, "new_offer"], sizes)})
    for name, (base, other) in columns.items():
        frame[name] = np.concatenate([base, other])
    table = Experiment(
        file="x.csv", columns={"arm": "arm"}, control=control, outcomes=outcomes, covariates=tuple(covariates)
    )
    plan = make_design(table, frame["arm"].unique())
    facts = Facts(currency="GBP", chapter="discount-test")
    record.test(facts, plan, experiment.study(frame, plan))
    return facts


def money(shift, n=N):
    return np.random.default_rng(0).gamma(2, 30, n) + shift


def yes(share, n=N):
    return (np.arange(n) < share * n).astype(float)


def test_more_sales_and_less_profit_is_not_for_everybody():
    facts = facts_of({"sales": "money", "profit": "money"}, sales=(money(0), money(9)), profit=(money(0), money(-9)))
    assert "raised sales per customer" in words.sentences(facts)
    assert "It sells more and earns less" in words.sentences(facts)
    assert "do not give “new\\_offer” to everybody" in words.to_do(facts)


def test_more_sales_and_more_profit_is_for_all():
    facts = facts_of({"sales": "money", "profit": "money"}, sales=(money(0), money(9)), profit=(money(0), money(9)))
    assert "It earns more" in words.recommendation(facts, words.treatments(facts)[0])


def test_profit_that_may_be_chance_is_left_open():
    facts = facts_of({"sales": "money", "profit": "money"}, sales=(money(0), money(9)), profit=(money(0), money(0)))
    assert "stays open" in words.to_do(facts)


def test_an_effect_that_may_be_chance_is_not_claimed():
    facts = facts_of({"visit": "binary"}, visit=(yes(0.300), yes(0.301)))
    assert words.effect(facts, "visit", "new_offer") == "unclear"
    assert words.sentences(facts).startswith(
        "The test cannot tell whether “new\\_offer” changes the share with a visit"
    )
    assert "no reason yet to leave “plain”" in words.to_do(facts)


def test_another_outcome_that_fell_speaks_against_the_arm():
    facts = facts_of({"day_1": "binary", "day_7": "binary"}, day_1=(yes(0.3), yes(0.3)), day_7=(yes(0.2), yes(0.15)))
    assert "But it lowered the share with day 7 (15.0" in words.sentences(facts)
    assert "stay with “plain”" in words.to_do(facts)


def test_a_worse_arm_is_not_used():
    facts = facts_of({"visit": "binary"}, visit=(yes(0.30), yes(0.25)))
    assert "lowered the share with a visit" in words.sentences(facts)
    assert words.to_do(facts) == "Stay with “plain”."


def test_a_broken_split_is_refused_and_no_effect_is_told():
    sizes = (N, N + 600)
    facts = facts_of({"sales": "money"}, sizes, sales=(money(0), money(9, N + 600)))
    assert not words.split_holds(facts)
    for said in (words.sentences(facts), words.to_do(facts), words.number(facts).data):
        assert "raised" not in said
        assert "+" not in said
    assert "not readable" in words.number(facts).data
    assert "no difference between them can be read as an effect" in words.split(facts)


@pytest.mark.parametrize(("second", "said"), [(N, "The sizes fit the plan"), (N + 220, "further from the plan than")])
def test_what_is_said_of_the_split(second, said):
    facts = facts_of({"sales": "money"}, (N, second), sales=(money(0), money(0, second)))
    assert words.split_holds(facts)
    assert words.split(facts).startswith(("The sizes fit", "The sizes are"))
    assert said in words.split(facts)


def test_the_adjusted_estimate_is_the_one_to_read():
    before = money(0), money(0)
    noise = np.random.default_rng(1).normal(0, 1, N)
    after = tuple(values * 2 + noise + shift for values, shift in zip(before, (0, 3), strict=True))
    facts = facts_of({"sales": "money"}, covariates=["before"], before=before, sales=after)
    assert words.best_estimate(facts, "sales", "new_offer").endswith(".adjusted")
    assert words.effect(facts, "sales", "new_offer") == "higher"
    assert "as measured and by" in words.relative(facts)


def test_the_box_quotes_lift_and_interval():
    facts = facts_of({"sales": "money"}, sales=(money(0), money(9)))
    line = words.number(facts).data
    assert line.startswith("[+")
    assert "]{.answer-number} [sales per customer, 95" in line


@pytest.mark.parametrize(("shift", "said"), [(-9, "less"), (9, "more"), (0, "about as much as before")])
def test_what_is_said_of_profit_per_order(shift, said):
    orders = np.tile([1.0, 3.0], N // 2)
    facts = facts_of(
        {"orders": "number", "profit": "money"},
        orders=(orders, orders),
        profit=(money(0), money(shift)),
    )
    assert f"an order earns {said}" in words.profit(facts)


@pytest.mark.parametrize(("shift", "said"), [(9, "give it to all"), (-9, "do not give it"), (0, "test it longer")])
def test_several_arms_get_a_sentence_each(shift, said):
    frame = pd.DataFrame({"arm": np.repeat(["plain", "a", "b"], N)})
    frame["sales"] = np.concatenate([money(0), money(shift), money(0)])
    table = Experiment(file="x.csv", columns={"arm": "arm"}, control="plain", outcomes={"sales": "money"})
    plan = make_design(table, frame["arm"].unique())
    facts = Facts(currency="GBP", chapter="discount-test")
    record.test(facts, plan, experiment.study(frame, plan))
    first, second = words.sentences(facts).splitlines()
    assert first.startswith("- ")
    assert "“a”" in first
    assert said in first
    assert "stays open" in second
    assert words.for_summary(facts).count("“") == 2


def test_a_source_without_a_test_has_no_answer():
    assert words.for_summary(Facts(currency="GBP")) == ""
