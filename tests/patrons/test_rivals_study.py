"""Everything segments are held against, for shops that have much, little and hostile names."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import (
    clusters,
    clusters_study,
    figures_rivals,
    r,
    record_rivals,
    rivals,
    rivals_study,
    segment_needs,
    tables_rivals,
    words_rivals,
)
from patrons.stop import SectionStop

pytestmark = pytest.mark.slow  # whole chapters are computed

ORDERS = """
name: Corner shop
currency: GBP
reference_date: 2022-01-01
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, ordered_at: at, amount: paid}
"""
PEOPLE = """
name: "A | table"
tables:
  customers:
    file: people.csv
    columns: {customer_id: who}
    features: {"a|b": one, "<script>": two}
analysis: {segments: {transform: none, scale: none}}
"""


def held(shop, k=3):
    table, columns = clusters_study.features_of(shop)
    asked = shop.analysis.segments
    found = clusters.cluster(table, columns, asked.transform, asked.scale, k, np.random.default_rng(0))
    study = rivals_study.study(shop, found)
    record_rivals.study(shop.facts, study, smallest=5)
    return study


@pytest.fixture
def full(home, write_source):
    root = Path(__file__).parents[2]
    for folder in ("assets", "R"):
        (home / folder).symlink_to(root / folder)
    (home / "data").mkdir(exist_ok=True)
    shutil.copy(root / "data" / "segments.yml", home / "data")
    rng = np.random.default_rng(5)
    days = pd.date_range("2020-01-01", "2021-12-31")
    rows = [
        (f"c{who}", days[place], round(float(rng.lognormal(3, 0.4)), 2))
        for who in range(90)
        for place in rng.choice(len(days), 1 + who // 6, replace=False)
    ]
    table = pd.DataFrame(rows, columns=["who", "at", "paid"])
    return patrons.open(write_source(ORDERS, orders__csv=table.to_csv(index=False)))


@pytest.mark.slow
def test_both_languages_agree_on_everything(full):
    r.use("rivals", "tests_segments")
    study = held(full)
    for name in ("heights", "mixtures", "groupings", "described"):
        assert getattr(study, f"{name}_agreement")(r.call).holds, name
    for tested in (study.halves, study.later):
        assert tested.agreement(r.call).holds
        assert tested.pairs_agreement(r.call).holds


@pytest.mark.slow
def test_words_tables_and_figures_follow(full):
    study = held(full)
    facts, names = full.facts, study.found.names
    said = [
        words_rivals.agreement(facts),
        words_rivals.mixture(facts, 3, {"model": "VVV", "k": 2.0}),
        words_rivals.cross(study, 5),
        words_rivals.circular(facts),
        words_rivals.tested(facts, "halves"),
        words_rivals.halves(facts, len(study.found.customers)),
        words_rivals.outside(facts, study.outside("x")),
        words_rivals.rules(study.measures),
        words_rivals.missing(study.measures),
        words_rivals.actions(facts, names),
    ]
    assert all(said)
    assert not any(word in text for text in said for word in ("nan", "None", "Quoted"))
    assert len(tables_rivals.agreements(study.agreement)) == 6
    assert len(tables_rivals.tests(study.later)) == 4
    assert len(tables_rivals.pairs(study.later, "GBP", 1)) == 3
    lines, ends = rivals.branches(study.tree, study.found.segments, 5)
    assert figures_rivals.tree(lines, ends, study.tree.cut, 3, {1: "red", 2: "blue", 3: "green"}).draw()
    assert figures_rivals.first_outcome(study.later, 1, "GBP").draw()
    html = tables_rivals.needs(
        segment_needs.public(study.needs, 5), study.measures, names, "GBP", "tbl-x"
    ).as_raw_html()
    assert "<strong>High</strong>" in html
    with pytest.raises(SectionStop, match="no simulated world"):
        study.need_truth(full.name)


def test_a_table_with_nothing_but_its_features_says_so(home, write_source):
    rng = np.random.default_rng(3)
    people = pd.DataFrame({"who": range(30), "one": rng.normal(size=30), "two": rng.normal(size=30)})
    shop = patrons.open(write_source(PEOPLE, people__csv=people.to_csv(index=False)))
    study = held(shop)
    assert "rfm" not in study.groupings
    assert study.cross(5) is None
    for ask in (study.need_halves, study.outside, study.need_truth, study.need_measures):
        with pytest.raises(SectionStop, match=r"A \\\| table"):
            ask(shop.name)


def test_too_small_groups_are_not_shown(full):
    study = held(full)
    smallest = int(study.later.comparison.means["n"].max())
    assert len(study.later.means(smallest)) == 2  # of either outcome, the largest group
    assert study.later.pairs(smallest).empty


@pytest.mark.parametrize(
    ("rated", "words"),
    [
        ({"revenue": "high", "churn": "high"}, "Win them back"),
        ({"revenue": "high", "discount": "high"}, "Keep them by service"),
        ({"revenue": "low", "churn": "high"}, "Spend little"),
        ({"growth": "high"}, "Develop them"),
        ({"service": "high", "revenue": "low"}, "Help them to decide"),
        ({"revenue": "middle"}, "Serve them as usual"),
    ],
)
def test_what_to_do_follows_from_the_ratings(rated, words):
    from patrons.facts import Facts

    facts = Facts("GBP")
    for name, unit in (("revenue", "share"), ("churn", "share"), ("discount", "money"), ("growth", "ratio")):
        facts.add(f"segments.1.needs.{name}", 0.7, 0.6, 0.8, unit)
    assert words_rivals.action(facts, "segments.1.needs.", rated).startswith(words)
