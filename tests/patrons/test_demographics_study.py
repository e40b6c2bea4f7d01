"""The study as a whole: facts, words and tables, on worlds whose truth is known and on hostile or bare data."""

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import (
    demographics_contrasts,
    demographics_study,
    r,
    record_demographics,
    tables_demographics,
    world_check,
    world_draw,
)
from patrons import words_demographics as words
from patrons.demographics import Outcome, People
from patrons.demographics_groups import Factor
from patrons.facts import Facts

pytestmark = pytest.mark.slow  # whole chapters are computed

SHOP = """
name: Hostile shop
currency: GBP
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid}
  customers:
    file: people.csv
    columns: {customer_id: who, age: age, gender: sex, income: income, region: town}
    responses: {last: last}
"""
TOWNS = [
    "<script>alert(1)</script>",
    "a|b",
    "$x$ and $y$",
    "*bold*",
    "a very long name of a town that has to be wrapped",
]


def hostile(n=400, seed=3):
    rng = np.random.default_rng(seed)
    towns = rng.choice(TOWNS, n)
    income = np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(10.6, 0.4, n).round(-2))
    people = pd.DataFrame({"who": range(n), "age": rng.integers(18, 80, n), "sex": rng.choice(["f", "m"], n)})
    people = people.assign(
        income=income, town=towns, last=(rng.random(n) < np.where(people["sex"] == "f", 0.5, 0.2)) * 1
    )
    who = np.repeat(np.arange(n), rng.integers(1, 6, n))
    days = rng.integers(0, 1400, len(who))
    at = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
    paid = rng.lognormal(3, 0.6, len(who)) * np.where(np.nan_to_num(income[who]) > 50_000, 3, 1)
    orders = pd.DataFrame({"who": who, "order": range(len(who)), "at": at.strftime("%Y-%m-%d"), "paid": paid.round(2)})
    return {"orders__csv": orders.to_csv(index=False), "people__csv": people.to_csv(index=False)}


def said(found, facts):
    return [
        *(words.sentences(facts), words.basis(found, 5), words.rules(5), words.outcomes(found)),
        *(words.standing(found, facts), words.assumptions(found), words.named(found, facts)),
        *(words.adjustment(found, facts), words.diagnosis(found), words.later(found, facts), words.to_do(facts)),
        *(words.for_summary(facts), words.number(facts).data),
    ]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        for name, text in hostile().items():
            (folder / name.replace("__", ".")).write_text(text)
        (folder / "source.yml").write_text(SHOP)
        shop = patrons.open(folder / "source.yml")
        found = demographics_study.look(shop)
        record_demographics.study(shop.facts, found, 5)
    return shop, found


def test_names_from_data_are_escaped_in_prose(seen):
    shop, found = seen
    for text in said(found, shop.facts):
        assert text
        assert "<script>" not in text
        assert " nan" not in text


def test_tables_hold_no_markup_of_the_data(seen):
    from patrons import tables

    shop, found = seen
    laid = tables_demographics.margins(found, shop.currency)
    labels = {name: name for name in laid.columns if name != "factor"}
    assert "<script>" not in tables.table(laid, labels, "t", group="factor").as_raw_html()


def test_facts_have_intervals_that_hold_them(seen):
    shop, _ = seen
    facts = shop.facts
    assert facts["demographics.tests"].value > 0
    for name in facts:
        entry = facts[name]
        if entry.low is not None and not name.endswith(".effect"):
            assert entry.low <= entry.value <= entry.high


def test_nothing_that_is_published_names_a_customer(seen):
    shop, found = seen
    frames = [found.groups, found.overall, found.pairs, found.contrasts, found.added]
    frames += [tables_demographics.group_means(found, item, shop.currency) for item in found.shown]
    assert not any("customer_id" in frame for frame in frames)
    assert found.groups["n"].dropna().min() >= shop.analysis.privacy.smallest_group


def test_python_and_r_agree_about_all_of_it(seen):
    _, found = seen
    r.use("tests_demographics", "demographics")
    checks = [
        demographics_study.tests_agree(found, r.call),
        demographics_study.pairs_agree(found, r.call),
        demographics_study.contrasts_agree(found, r.call),
        demographics_study.predictions_agree(found, r.call),
        *demographics_study.models_agree(found, r.call).values(),
    ]
    assert all(check.holds for check in checks)
    assert max(check.largest for check in checks) < 1e-8


@pytest.mark.parametrize("n", [10, 40])
def test_a_handful_of_customers(home, write_source, n):
    shop = patrons.open(write_source(SHOP, **hostile(n)))
    found = demographics_study.look(shop)
    record_demographics.study(shop.facts, found, 5)
    assert all(said(found, shop.facts))
    assert found.groups["n"].dropna().ge(5).all()


def test_endings_of_facts_are_told_apart():
    assert record_demographics.endings(["A", "a!", "a 2", "b"]) == ["a", "a_2", "a_2_2", "b"]
    assert record_demographics.endings(["<b>", "*b*"]) == ["b", "b_2"]


def test_the_summary_says_nothing_where_nothing_is_known():
    assert words.for_summary(Facts()) == ""


def test_words_change_with_what_demographics_add():
    def with_gain(value, low, high):
        facts = Facts("GBP")
        facts.add("demographics.main", "spend")
        facts.add("demographics.spend.title", "Spend a year")
        facts.add("demographics.added.later_spend.gain", value, low, high, "ratio")
        return words.adds(facts), words.to_do(facts)

    assert "may be nothing" in with_gain(0.01, -0.01, 0.03)[0]
    assert "sure but small" in with_gain(0.01, 0.005, 0.015)[0]
    assert "worth having" in with_gain(0.2, 0.1, 0.3)[0]
    assert "Keep asking" in with_gain(0.2, 0.1, 0.3)[1]
    assert "what they bought" in with_gain(0.01, 0.005, 0.015)[1]


@pytest.mark.slow
def test_intervals_hold_the_truth_of_simulated_worlds():
    inside, asked = 0, 0
    for seed in range(12):
        drawn = world_check.draw(world_draw.Parameters(customers=2000, orders=10_000, seed=seed))
        revenue = np.bincount(drawn.sales["who"], drawn.sales["amount"], len(drawn.people))
        gender = pd.Categorical(np.where(drawn.people["gender"] == 0, "female", "male"))
        table = pd.DataFrame({"age": drawn.people["age"], "income": drawn.people["income"], "revenue": revenue})
        table = table.assign(answered=drawn.answers["response"].to_numpy(), gender_group=gender)
        factor = Factor("gender_group", "Gender", ("female", "male"), False)
        found = demographics_contrasts.compare(People(table, (factor,), (Outcome("answered", "Answered", "binary"),)))
        for row in found.itertuples():
            inside += row.low <= drawn.truth[row.fact] <= row.high
            asked += 1
    assert asked == 36
    # Of 36 intervals that hold the truth with 95 %, fewer than 30 do in one of a thousand runs.
    assert inside >= 30
