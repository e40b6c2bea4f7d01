"""When people buy as a whole: facts, words and R, on shops with a known calendar and on bare ones."""

import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import (
    r,
    record_seasonality,
    seasonality_study,
    tables_seasonality,
    words_seasonality,
    words_seasonality_offer,
)
from patrons.stop import ChapterStop, SectionStop

pytestmark = pytest.mark.slow  # whole chapters are computed

SHOP = """
name: Corner shop
currency: USD
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid%s}
"""
ALL = ", profit: earned, discount: cut, region: town"
TOWNS = ["<script>", "a|b", "$x$", "*bold*"]


def orders(days=1096, buyers=150, seed=1, start="2020-01-01", per_day=14.0):
    """Three years of sales: strong Decembers, and in two towns and springs a discount that brings more orders."""
    rng, rows = np.random.default_rng(seed), []
    for day in pd.date_range(start, periods=days):
        for place, town in enumerate(TOWNS):
            on = place < 2 and day.year in (2021, 2022) and day.month in (3, 4)
            mean = per_day / 4 * (1.8 if day.month == 12 else 1.0) * (1.5 if on else 1.0)
            for _ in range(rng.poisson(mean)):
                who = rng.integers(0, buyers // 4) * 4 + place
                cut = 0.2 if on else 0.1 * (rng.random() < 0.1)
                paid = 50 * (1 - cut)
                rows.append((who, len(rows), f"{day:%Y-%m-%d}", paid, paid - 35, cut, town))
    return pd.DataFrame(rows, columns=["who", "order", "at", "paid", "earned", "cut", "town"])


@pytest.fixture
def study_of(home, root, write_source):
    def study(frame, more=ALL):
        if not (home / "assets").exists():
            (home / "assets").symlink_to(root / "assets")
        shop = patrons.open(write_source(SHOP % more, orders__csv=frame.to_csv(index=False)))
        found = seasonality_study.look(shop)
        record_seasonality.study(shop.facts, found)
        return shop, found, shop.facts

    return study


def said(found, facts):
    words = words_seasonality
    texts = [words.sentences(facts), words.basis(found), words.index(facts, found), words.windows(), words.to_do(facts)]
    if found.plain is not None:
        texts += [words.calendar(facts, found), words.assumptions(found)]
    if found.parts is not None:
        texts.append(words.parts(facts, found))
    if len(found.tests):
        texts.append(words.tests(facts, found))
    if found.offer is not None:
        offer = words_seasonality_offer
        texts += [offer.ran(found), offer.effect(facts), offer.offer_checks(facts, found)]
    return [str(text) for text in texts]


def test_a_shop_with_all_columns(study_of, root):
    shop, found, facts = study_of(orders())
    assert facts["seasonality.peak_month"].value == 12
    assert sum(facts[f"seasonality.index.{month:02d}"].value for month in range(1, 13)) == pytest.approx(12)
    ratio = facts["seasonality.off_peak.orders_ratio"]
    assert ratio.low < 1.5 < ratio.high
    assert facts["seasonality.off_peak.profit_ratio"].value < 1
    texts = said(found, facts)
    assert all(texts)
    together = " ".join(texts)
    assert "nan" not in together
    assert "<script>" not in together
    assert "\\*bold\\*" in together
    assert "December brings" in words_seasonality.for_summary(facts)
    assert "do not repeat the discount" in words_seasonality.for_summary(facts)
    assert len(tables_seasonality.offer(found, shop.currency)) == 3
    assert not any("planted" in name for name in facts)
    r.use("tests_seasonality", root=root)
    for agree in (
        seasonality_study.index_agrees,
        seasonality_study.parts_agree,
        seasonality_study.tests_agree,
        seasonality_study.offer_agrees,
    ):
        agreement = agree(found, r.call)
        assert agreement.holds, f"{agree.__name__}: {agreement}"
        assert agreement.largest < 1e-8


def test_a_shop_without_regions_or_discounts(study_of):
    shop, found, facts = study_of(orders(), "")
    assert found.missing == ("discount", "region")
    with pytest.raises(SectionStop, match="`discount` and `region`"):
        words_seasonality_offer.need_offer(found, shop.name)
    assert all(said(found, facts))
    assert "test a discount there" in words_seasonality.for_summary(facts)


@pytest.mark.slow
def test_a_shop_that_never_had_an_offer(study_of):
    shop, found, _ = study_of(orders().assign(cut=0.0))
    with pytest.raises(SectionStop, match="In no region and month"):
        words_seasonality_offer.need_offer(found, shop.name)


@pytest.mark.slow
def test_a_shop_that_had_it_everywhere(study_of):
    frame = orders()
    spring = frame["at"].str[5:7].isin(["03", "04"]) & (frame["at"] > "2021")
    shop, found, _ = study_of(frame.assign(cut=frame["cut"].where(~spring, 0.2)))
    assert len(found.offers)
    with pytest.raises(SectionStop, match="no region that never had it"):
        words_seasonality_offer.need_offer(found, shop.name)


def test_eighteen_months_are_no_season(study_of):
    _, found, facts = study_of(orders(days=546))
    assert facts["seasonality.index.12"].low is None
    assert "fewer than two years" in facts["seasonality.peak_month"].method
    assert words_seasonality.for_summary(facts) == ""
    assert "fewer than two years" in words_seasonality.sentences(facts)
    assert all(said(found, facts))
    with pytest.raises(SectionStop):
        words_seasonality.need_parts(found)
    assert set(tables_seasonality.calendar(found)["panel"]) == {"Weekday"}


@pytest.mark.parametrize("days", [1, 20, 70])
def test_hardly_any_days(study_of, days):
    _, found, facts = study_of(orders(days=days))
    assert all(said(found, facts))
    assert words_seasonality.number(facts)
    assert len(tables_seasonality.index(found)) == len(found.index.table)
    if found.tests.empty:
        with pytest.raises(SectionStop):
            words_seasonality.need_tests(found)


@pytest.mark.slow
def test_nobody_is_known(study_of):
    _, found, facts = study_of(orders().assign(who=""))
    assert found.index.buyers == len(orders())
    assert facts["seasonality.index.12"].low is not None
    assert found.offer is not None


def test_a_source_without_sales_is_told_what_it_needs(home, write_source):
    text = (
        "name: Nothing sold\ntables:\n  customers:\n    file: people.csv\n    columns: {customer_id: who, age: age}\n"
    )
    shop = patrons.open(write_source(text, people__csv="who,age\n1,30\n2,40\n"))
    with pytest.raises(ChapterStop, match="transactions"):
        seasonality_study.look(shop)


@pytest.mark.slow
def test_no_month_stands_out(study_of):
    frame = orders()
    december = frame["at"].str[5:7] == "12"
    even = frame[~december | (np.random.default_rng(1).random(len(frame)) < 1 / 1.8)]
    _, found, facts = study_of(even, "")
    low = facts[f"seasonality.index.{facts['seasonality.peak_month'].value:02d}"].low
    wanted = "No month stands out" if low <= 1 else "Stock up"
    assert wanted in words_seasonality.advice(facts)
    assert facts["seasonality.test.peak.p_holm"].value > 0.001
    assert all(said(found, facts))
