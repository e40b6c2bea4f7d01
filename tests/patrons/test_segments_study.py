"""The chapter on groups as a whole: facts, words, figures and tables, of sources that have this or that."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import patrons
from patrons import (
    clusters,
    clusters_pictures,
    clusters_resampled,
    clusters_study,
    figures_segments,
    r,
    segments_study,
    tables_segments,
    theme,
    words_segments,
)
from patrons.errors import PatronsError
from patrons.stop import ChapterStop

pytestmark = pytest.mark.slow  # whole chapters are computed

SHOP = """
name: Corner <shop>
currency: GBP
reference_date: 2021-12-31
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid}
analysis: {segments: {k: %s}}
"""
PEOPLE = """
name: List
tables:
  customers:
    file: people.csv
    columns: {customer_id: id, age: age, income: income, gender: gender}
    features: {%s}
analysis: {segments: {features: %s, transform: none, k: %s}}
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    for name, value in {"REFERENCES": 4, "REFITS": 6, "SPLITS": 4}.items():
        monkeypatch.setattr(clusters_resampled, name, value)
    monkeypatch.setattr(clusters_study, "MOST", 5)
    theme.apply()
    r.use("theme", "clusters")
    yield
    plt.close("all")


def orders(seed=1):
    """Thirty customers who buy much and lately, and thirty who bought once, long ago."""
    rng = np.random.default_rng(seed)
    lines = ["who,order,at,paid"]
    for place in range(60):
        good = place < 30
        for number in range(6 + place % 5 if good else 1):
            month = 12 - number if good else 1 + place % 3
            paid = rng.uniform(80, 120) if good else rng.uniform(5, 15)
            lines.append(f"c{place},{place}-{number},2021-{max(month, 4) if good else month:02d}-15,{paid:.2f}")
    return "\n".join(lines) + "\n"


def people(rng=None, gap=30):
    rng = rng or np.random.default_rng(1)
    lines = ["id,age,income,gender,score,a|b"]
    for place in range(60):
        far = gap * (place % 2)
        lines.append(f"p{place},{30 + place % 7},{20 + far + rng.normal():.2f},f,{10 + far + rng.normal():.2f},{place}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def shop(home, write_source):
    return patrons.open(write_source(SHOP % "auto", orders__csv=orders()))


def told(shop, look):
    asked, facts = shop.analysis.segments, shop.facts
    return [
        *(words_segments.sentences(facts), words_segments.basis(look.study, asked.transform, asked.scale)),
        *(words_segments.sampled(len(look.found.customers)), words_segments.rule(5)),
        *(words_segments.chosen(facts, look.study.choice), words_segments.disagreement(facts, look.study.choice)),
        *(words_segments.end(facts), words_segments.contrast(facts), words_segments.seen(look.plane, facts)),
        *(words_segments.firmness(look.firmness), words_segments.to_do(facts), words_segments.for_summary(facts)),
        words_segments.number(facts).data,
    ]


def test_the_facts_of_the_contract(shop):
    look = segments_study.look(shop, r.call)
    facts = shop.facts
    k = facts["segments.k"].value
    assert k == look.found.k
    assert facts["segments.silhouette"].value == look.found.silhouette
    assert facts["segments.inertia"].value == look.found.inertia
    assert facts["segments.stability"].value == pytest.approx(look.study.refits.agreement.mean())
    assert sum(facts[f"segments.{n}.customers"].value for n in range(1, k + 1)) == 60
    assert sum(facts[f"segments.{n}.revenue_share"].value for n in range(1, k + 1)) == pytest.approx(1)
    top = facts[f"segments.{facts['segments.top'].value}.revenue_share"]
    assert top.low <= top.value <= top.high


def test_words_quote_the_facts_and_never_come_out_empty(shop):
    look = segments_study.look(shop, r.call)
    said = told(shop, look)
    assert all(said)
    assert not [text for text in said if re.search(r"\bnan\b|None|not known|  ", text)]
    assert shop.facts.text("segments.k") in words_segments.for_summary(shop.facts)


def test_there_is_nothing_to_say_without_facts(shop):
    assert words_segments.for_summary(shop.facts) == ""


def test_figures_and_tables_hold_the_groups(shop):
    look, smallest = segments_study.look(shop, r.call), 5
    titles = words_segments.titles(look.found.features, "GBP")
    profile = clusters_pictures.tiles(clusters.profile(look.found), smallest)
    figures = [
        figures_segments.criteria(look.criteria(smallest), look.study.choice),
        figures_segments.profile(profile, look.summary, titles),
        figures_segments.shares(look.summary, look.found.k),
        figures_segments.plane(look.plane, look.summary, titles),
    ]
    texts = [item.get_text() for figure in figures for axes in figure.draw().axes for item in axes.texts]
    assert "Revenue, £" in texts
    listed = tables_segments.groups(look.summary, titles)
    assert listed["Group"].tolist() == list(look.found.names.values())
    assert len(tables_segments.firmness(look.firmness)) == look.found.k


def test_no_published_table_has_a_row_about_one_person(shop):
    look = segments_study.look(shop, r.call)
    for table in (look.summary, look.criteria(5), look.turned(), look.firmness):
        assert len(table) <= 20
        assert "customer_id" not in table


def test_a_number_that_is_asked_for_is_used(home, write_source):
    shop = patrons.open(write_source(SHOP % "3", orders__csv=orders()))
    look = segments_study.look(shop, r.call)
    assert look.found.k == shop.facts["segments.k"].value == 3
    assert shop.facts["segments.k_by_rule"].value == look.study.choice.by_rule
    assert "asks for 3" in words_segments.chosen(shop.facts, look.study.choice)


def test_too_many_groups_are_refused_in_words(home, write_source):
    rows = "\n".join(f"c{place},{place},2021-03-01,{place % 3}" for place in range(40))
    shop = patrons.open(write_source(SHOP % "7", orders__csv=f"who,order,at,paid\n{rows}\n"))
    with pytest.raises(ChapterStop, match="asks for 7 groups, and there are 3 different customers"):
        clusters_study.study(shop)


def test_customers_that_are_all_alike_have_no_groups(home, write_source):
    rows = "\n".join(f"c{place},{place},2021-03-01,5" for place in range(40))
    shop = patrons.open(write_source(SHOP % "auto", orders__csv=f"who,order,at,paid\n{rows}\n"))
    with pytest.raises(ChapterStop, match="All customers of"):
        clusters_study.study(shop)


def test_few_customers_are_no_groups(home, write_source):
    rows = "\n".join(f"c{place},{place},2021-03-01,{place}" for place in range(10))
    shop = patrons.open(write_source(SHOP % "auto", orders__csv=f"who,order,at,paid\n{rows}\n"))
    with pytest.raises(ChapterStop, match="at least 20 customers"):
        clusters_study.study(shop)


def test_everybody_who_bought_once_can_still_be_grouped(home, write_source):
    rows = "\n".join(f"c{place},{place},2021-{1 + place % 12:02d}-03,{1 + place * place}" for place in range(60))
    shop = patrons.open(write_source(SHOP % "auto", orders__csv=f"who,order,at,paid\n{rows}\n"))
    look = segments_study.look(shop, r.call)
    assert all(told(shop, look))
    assert look.doubled.agreement.holds


@pytest.mark.parametrize("features", ["auto", "[income, score]", '["a|b", score]'])
def test_other_features_than_recency_frequency_value(home, write_source, features):
    text = PEOPLE % ('score: score, "a|b": "a|b"', features, 2)
    shop = patrons.open(write_source(text, people__csv=people()))
    look = segments_study.look(shop, r.call)
    assert look.found.k == 2
    said = told(shop, look)
    assert all(said)
    assert not [text for text in said if re.search(r"\bnan\b|None|[^\\]\|b", text)]
    titles = words_segments.titles(look.found.features, None)
    for figure in (figures_segments.shares(look.summary, 2), figures_segments.plane(look.plane, look.summary, titles)):
        figure.draw()


def test_a_feature_that_is_none_is_refused_by_name(home, write_source):
    for name, words in (("incme", "incme.*income"), ("gender", "gender.*no number")):
        shop = patrons.open(write_source(PEOPLE % ("score: score", f"[{name}]", 2), people__csv=people()))
        with pytest.raises(PatronsError, match=words):
            clusters_study.study(shop)


def test_a_source_without_customers_or_numbers_is_told_what_it_needs(home, write_source):
    text = "name: Test\ntables:\n  experiment: {file: t.csv, columns: {arm: arm}, control: a, outcomes: {x: number}}\n"
    with pytest.raises(ChapterStop, match="customers"):
        clusters_study.study(patrons.open(write_source(text, t__csv="arm,x\na,1\nb,2\na,2\nb,3\n")))
    bare = "name: Bare\ntables:\n  customers: {file: p.csv, columns: {customer_id: id, gender: g}}\n"
    rows = "\n".join(f"p{place},f" for place in range(30))
    with pytest.raises(ChapterStop, match="has none"):
        clusters_study.study(patrons.open(write_source(bare, p__csv=f"id,g\n{rows}\n")))


def test_small_groups_are_not_shown(home, write_source):
    shop = patrons.open(write_source(SHOP % "2", orders__csv=orders()))
    study = clusters_study.study(shop)
    summary = clusters_pictures.summarise(study.clustering, study.table, np.random.default_rng(1))
    shown = clusters_pictures.public(summary, 31)
    assert shown["customers"].isna().all()
    listed = tables_segments.groups(shown, words_segments.titles(study.clustering.features, None))
    assert listed["Customers"].tolist() == ["too few to show"] * 2
    figures_segments.shares(shown, 2).draw()
    tiles = clusters_pictures.tiles(clusters.profile(study.clustering), 31)
    assert tiles[["customers", "mean", "median", "z"]].isna().all(axis=None)
    figures_segments.profile(tiles, shown, words_segments.titles(study.clustering.features, None)).draw()
