"""The section on what to suggest next, on small shops: what it says, and what it must not show."""

import shutil

import numpy as np
import pandas as pd
import pytest

from patrons import record_suggestions, suggestions_study, tables_suggestions, words_suggestions
from patrons.facts import Facts
from patrons.shop import open_shop
from patrons.stop import ChapterStop, SectionStop
from patrons.suggestions import POPULAR, REPEAT, RULES

HOSTILE = "<script>|$*"
SHELVES = ["tea", HOSTILE, "fruit", "bread"]
SHARES = [0.4, 0.3, 0.2, 0.1]
HEAD = "name: Small\ncurrency: GBP\nreference_date: 2023-01-01\ntables:\n"
ORDERS = "  transactions: {file: orders.csv, columns: {customer_id: id, ordered_at: day, amount: paid%s}}\n"


@pytest.fixture(autouse=True)
def _map_of_segments(home, root):
    (home / "data").mkdir()
    shutil.copy(root / "data" / "segments.yml", home / "data")


def orders(own, customers=250, each=12):
    """Draw a year of orders, one shelf each; `own`: whether customers have tastes of their own."""
    rng = np.random.default_rng(3)
    tastes = rng.dirichlet(0.8 * np.array(SHARES), customers) if own else np.tile(SHARES, (customers, 1))
    who = np.repeat(np.arange(customers), each)
    shelf = [rng.choice(SHELVES, p=tastes[number]) for number in who]
    day = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 364, len(who)), unit="D")
    frame = pd.DataFrame({"id": [f"c{number:03d}" for number in who], "day": day.strftime("%Y-%m-%d"), "shelf": shelf})
    return frame.assign(paid=rng.gamma(2, 10, len(who)).round(2))


def opened(write_source, frame, more=", category: shelf", rest=""):
    return open_shop(write_source(HEAD + ORDERS % more + rest, orders__csv=frame.to_csv(index=False)))


@pytest.mark.slow
def test_a_shop_whose_customers_have_tastes(write_source):
    shop = opened(write_source, orders(own=True))
    study = suggestions_study.look(shop)
    assert study.missing == ("product",)
    (found,) = study.kinds
    assert set(found.chosen.values()) == {REPEAT}
    facts = Facts("GBP")
    record_suggestions.study(facts, study)
    words = f"{words_suggestions.rules(facts)} {words_suggestions.setting(facts, study)}"
    assert "what they bought before hits" in words
    assert "Of products the source says too little" in words
    assert words_suggestions.to_do(facts) == "- Suggest categories by what they bought before."
    shown = tables_suggestions.suggested(study)
    assert len(shown) == len(study.segments)
    assert (tables_suggestions.rules(study)["p, Holm"] != "").all()
    with pytest.raises(SectionStop, match="not known as customers"):
        words_suggestions.need_offers(study)


@pytest.mark.slow
def test_a_shop_whose_customers_are_all_alike(write_source):
    shop = opened(write_source, orders(own=False))
    study = suggestions_study.look(shop)
    assert set(study.kinds[0].chosen.values()) == {POPULAR}
    record_suggestions.study(shop.facts, study)
    assert "nothing surely beats popularity" in words_suggestions.rules(shop.facts)
    shown = tables_suggestions.suggested(study)
    assert shown["Segment"].tolist() == ["Every segment"]
    assert shown["Suggest"].tolist() == ["tea"]


@pytest.mark.slow
def test_without_a_test_the_chapter_ends_with_what_to_suggest(write_source):
    shop = opened(write_source, orders(own=True))
    with pytest.raises(ChapterStop) as stop:
        words_suggestions.look(shop)
    said = str(stop.value)
    assert "**What to suggest next** needs no test." in said
    assert "| Lost |" in said
    assert HOSTILE not in said
    assert "strategy.next.category.repeat.lift" in shop.facts


@pytest.mark.slow
def test_a_shop_that_does_not_say_what_was_bought(write_source):
    shop = opened(write_source, orders(own=True, customers=30), more="")
    with pytest.raises(SectionStop, match="`category: …` or `product: …`"):
        suggestions_study.look(shop)
    assert "does not say" in words_suggestions.alone(shop)


@pytest.mark.slow
def test_a_shop_with_too_few_orders(write_source):
    shop = opened(write_source, orders(own=True, customers=12, each=3))
    with pytest.raises(SectionStop, match="too few customers"):
        suggestions_study.look(shop)


@pytest.mark.slow
def test_a_shop_of_one_week(write_source):
    frame = orders(own=True, customers=40).assign(day="2022-12-30")
    with pytest.raises(SectionStop, match="too little time"):
        suggestions_study.look(opened(write_source, frame))


@pytest.mark.slow
def test_a_shop_that_sells_one_thing(write_source):
    frame = orders(own=True, customers=60).assign(shelf="tea")
    with pytest.raises(SectionStop, match="too few things"):
        suggestions_study.look(opened(write_source, frame))


@pytest.mark.slow
def test_spend_without_dates_is_told_apart(write_source):
    text = "name: Sums\nreference_date: 2023-01-01\ntables:\n"
    text += "  customers: {file: people.csv, columns: {customer_id: id}, spend: {wine: wine}}\n"
    shop = open_shop(write_source(text, people__csv="id,wine\n1,2\n2,3\n"))
    with pytest.raises(SectionStop, match="but not when"):
        suggestions_study.look(shop)


def hits(sizes, few):
    """Judge segments of some sizes; in the first `few` are hit."""
    rows = []
    for name, size in sizes.items():
        hit = np.arange(size) < (few if name == "a" else size // 2)
        rows.append(pd.DataFrame({"segment": name, **dict.fromkeys((POPULAR, *RULES), hit)}))
    return pd.concat(rows)


def test_rates_that_tell_of_a_few_are_not_shown():
    sizes = {"a": 100, "b": 60, "c": 40}
    assert suggestions_study.showable(hits(sizes, 50), list(sizes), 5) == ["a", "b", "c"]
    # Three of `a` are hit. Were it left out alone, the sum would tell as much: the smallest of the others goes too.
    assert suggestions_study.showable(hits(sizes, 3), list(sizes), 5) == ["b"]
    assert suggestions_study.showable(hits(sizes, 97), list(sizes), 5) == ["b"]


def test_a_few_who_get_something_are_not_shown_nor_what_is_left_of_the_sum():
    given = pd.DataFrame(
        {"rule": REPEAT, "segment": ["a"] * 3 + ["b"] * 3, "item": list("xyz") * 2, "customers": [20, 6, 3, 20, 6, 5]}
    )
    given = given.assign(size=[29] * 3 + [22] * 3, share=given["customers"] / [29, 29, 29, 22, 22, 22])
    kept = suggestions_study.without_few(given, 5)
    assert kept.loc[kept["segment"] == "a", "item"].tolist() == ["x"]
    assert kept.loc[kept["segment"] == "b", "item"].tolist() == ["x", "y", "z"]
    nearly = kept[(kept["segment"] == "b") & (kept["item"] == "x")].iloc[0]  # all but two of 22
    assert np.isnan(nearly["customers"])
    assert nearly["share"] == 1
