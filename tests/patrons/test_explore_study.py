"""A first look as a whole: facts of a small shop worked by hand, and sources that lack this or that."""

import re

import pytest

import patrons
from patrons import explore_study, record_explore, tables_explore, words_explore
from patrons.explore_rhythm import Waiting
from patrons.explore_value import Estimate
from patrons.stop import ChapterStop

pytestmark = pytest.mark.slow

SHOP = """
name: Corner shop
currency: GBP
reference_date: 2021-03-01
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, order_id: order, ordered_at: at, amount: paid%s}
analysis: {privacy: {smallest_group: 1}}
"""
# Monday 4 January to Sunday 24 January 2021: three whole weeks, with 2, 4 and 1 orders.
ORDERS = """who,order,at,paid,product,category,channel
a,1,2021-01-04,10,tea,drinks,web
a,1,2021-01-04,30,cup,ware,web
b,2,2021-01-06,20,tea,drinks,store
a,3,2021-01-11,10,tea,drinks,web
a,3,2021-01-11,10,cup,ware,web
b,4,2021-01-12,20,pot,ware,store
c,5,2021-01-13,10,tea,drinks,web
d,6,2021-01-14,40,cup,ware,web
a,7,2021-01-24,40,tea,drinks,web
"""


@pytest.fixture
def shop(home, write_source):
    more = ", product: product, category: category, channel: channel"
    return patrons.open(write_source(SHOP % more, orders__csv=ORDERS))


@pytest.fixture
def facts(shop):
    record_explore.study(shop.facts, explore_study.look(shop), smallest=1)
    return shop.facts


def test_the_facts_of_the_contract(facts):
    # a 100, b 40, d 40, c 10: the top fifth is one of four; halves are (100 + 40) and (40 + 10).
    assert facts["explore.top20_revenue_share"].value == pytest.approx(100 / 190)
    assert facts["explore.high_low_ratio"].value == pytest.approx(140 / 50)
    # Σ (2i − 5) x = −3·10 − 1·40 + 1·40 + 3·100 = 270, over 4 · 190.
    assert facts["explore.gini"].value == pytest.approx(270 / 760)
    assert facts["explore.one_time_share"].value == 0.5
    # a waited 7 and 13 days, b 6.
    assert facts["explore.days_between_orders.median"].value == 7
    assert facts["explore.days_between_orders.repeaters"].value == 2
    assert facts["explore.weekly_orders.mean"].value == pytest.approx(7 / 3)


def test_intervals_hold_their_estimates(facts):
    for key in ("top20_revenue_share", "gini", "one_time_share", "days_between_orders.median"):
        entry = facts[f"explore.{key}"]
        assert entry.low <= entry.value <= entry.high


def test_medians_and_parts(facts):
    assert facts["explore.annual_spend.median"].value == 40
    assert facts["explore.orders_per_year.median"].value == 1.5
    assert facts["explore.average_order_value.median"].value == pytest.approx((20 + 100 / 3) / 2)
    assert facts["explore.category.drinks.share"].value == pytest.approx(90 / 190)
    assert facts["explore.channel.largest"].value == "web"


def test_words_quote_the_facts_and_never_come_out_empty(shop, facts):
    look = explore_study.look(shop)
    smallest = 1
    said = [
        *(words_explore.sentences(facts), words_explore.basis(look), words_explore.together(facts)),
        *(words_explore.limits(look.outliers, smallest), words_explore.concentration(facts)),
        *(words_explore.divided(facts, by, "revenue") for by in ("category", "channel")),
        *(words_explore.waiting(facts), words_explore.weeks(facts), words_explore.to_do(facts)),
        words_explore.affinity(facts, list(look.pairs)),
    ]
    assert all(said)
    assert not [text for text in said if re.search(r"\bnan\b|None|not known", text)]
    assert facts.text("explore.top20_revenue_share") in words_explore.concentration(facts)


def test_a_shop_with_one_order_each(home, write_source):
    rows = "\n".join(f"c{place},{place},2021-01-{place + 1:02d},{place + 1}" for place in range(28))
    shop = patrons.open(write_source(SHOP % "", orders__csv=f"who,order,at,paid\n{rows}\n"))
    look = explore_study.look(shop)
    record_explore.study(shop.facts, look, smallest=5)
    assert look.measured.constant == ("Orders a year", "Months from first to last order")
    assert shop.facts["explore.one_time_share"].value == 1
    assert shop.facts["explore.days_between_orders.median"].value is None
    assert "Nobody has ordered twice" in words_explore.waiting(shop.facts)
    assert "neither products nor categories" in words_explore.affinity(shop.facts, list(look.pairs))
    assert "map `category`" in words_explore.divided(shop.facts, "category", "revenue")


def test_a_table_of_customers_is_looked_at_instead(home, write_source):
    text = """
name: List
tables:
  customers:
    file: people.csv
    columns: {customer_id: id, income: income}
    spend: {wine: wine, meat: meat}
    orders: {web: web, store: store}
"""
    rows = "\n".join(
        f"{place},{1000 + place},{place + 1},{2 * place},{place % 3},{1 + place % 4}" for place in range(40)
    )
    shop = patrons.open(write_source(text, people__csv=f"id,income,wine,meat,web,store\n{rows}\n"))
    look = explore_study.look(shop)
    record_explore.study(shop.facts, look, smallest=5)
    assert look.waiting is None
    assert look.categories["part"].tolist() == ["meat", "wine"]
    assert (look.channel_measure, look.channels["part"].iloc[0]) == ("orders", "store")
    assert shop.facts["explore.monetary.median"].value == pytest.approx(59.5)
    assert "no orders" in words_explore.basis(look)
    assert "transactions" in words_explore.waiting(shop.facts)


def test_a_source_without_customers_is_told_what_it_needs(home, write_source):
    text = "name: Test\ntables:\n  experiment: {file: t.csv, columns: {arm: arm}, control: a, outcomes: {x: number}}\n"
    shop = patrons.open(write_source(text, t__csv="arm,x\na,1\nb,2\na,2\nb,3\n"))
    with pytest.raises(ChapterStop, match="transactions"):
        explore_study.look(shop)


def test_tables_hide_what_is_too_small(shop):
    found = explore_study.look(shop).outliers.assign(both=3, classic_only=0, robust_only=9)
    shown = tables_explore.outliers(found, 5, "GBP")
    assert shown[["Classic only", "Both", "Robust only"]].iloc[0].tolist() == ["0", "< 5", "9"]
    assert tables_explore.public(found, 5)["both"].isna().all()
    assert shown["Measure"].iloc[0] == "Spend a year, £"


def test_the_medians_in_the_figure_carry_their_days():
    marks = words_explore.marks(
        Waiting(9, 5, 3, Estimate(7.0, 6.0, 13.0), Estimate(20.0)),
    )
    assert marks["text"].tolist() == ["7 days, completed gaps", "20 days, with those that still run"]
    assert marks.loc[1, ["low", "high"]].tolist() == [20.0, 20.0]
