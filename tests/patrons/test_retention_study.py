"""Who stays as a whole: a small shop worked by hand, shops that lack this or that, words that follow the numbers."""

import itertools
import shutil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import patrons
from patrons import (
    figures_retention,
    record_retention,
    retention_study,
    tables_retention,
    theme,
    words_retention,
    words_survival,
)
from patrons.facts import Facts
from patrons.stop import ChapterStop, SectionStop
from patrons.survival_cox import CannotFit, Hazards

pytestmark = pytest.mark.slow  # whole chapters are computed

SHOP = """
name: Corner shop
currency: GBP
reference_date: {today}
tables:
  transactions:
    file: orders.csv
    columns: {{customer_id: who, order_id: order, ordered_at: at, amount: paid{more}}}
{tables}analysis: {{privacy: {{smallest_group: {smallest}}}}}
"""
CUSTOMERS = """  customers:
    file: customers.csv
    columns: {customer_id: who, gender: gender, age: age}
"""


@pytest.fixture
def furnished(home, root):
    """A project's folder with the book's own segments and look."""
    (home / "data").mkdir()
    shutil.copy(root / "data" / "segments.yml", home / "data")
    (home / "assets").symlink_to(root / "assets")
    return home


@pytest.fixture
def look(furnished, write_source):
    def make(rows, today="2021-12-31", smallest=1, customers=None):
        lines = [f"{who},{number},{at},10" for number, (who, at) in enumerate(rows)]
        files = {"orders__csv": "\n".join(["who,order,at,paid", *lines]) + "\n"}
        if customers is not None:
            files["customers__csv"] = customers
        text = SHOP.format(today=today, more="", tables=CUSTOMERS if customers else "", smallest=smallest)
        shop = patrons.open(write_source(text, **files))
        study = retention_study.look(shop)
        record_retention.study(shop.facts, study, smallest)
        return shop, study

    return make


def lively(people=240, seed=4, months=24):
    """Customers who order at their own rates until they leave."""
    rng = np.random.default_rng(seed)
    start, days, rows = pd.Timestamp("2020-01-01"), months * 30, []
    for who in range(people):
        day, rate, end = rng.integers(0, days), rng.gamma(1, 40) + 5, rng.exponential(500)
        first = day
        while day < days and day - first <= end:
            rows.append((f"c{who}", (start + pd.Timedelta(days=int(day))).date()))
            day += rng.exponential(rate) + 1
    return rows


def test_the_facts_of_the_contract(look):
    rows = [("a", "2021-01-05"), ("a", "2021-02-01"), ("a", "2021-12-30"), ("b", "2021-01-09"), ("c", "2021-10-02")]
    shop, study = look(rows)
    facts = shop.facts
    # Recency on 31 December: a 1 day, b 356, c 90, which is not more than 90.
    assert facts["retention.churn_rate"].value == pytest.approx(1 / 3)
    assert facts["retention.retention_rate"].value == pytest.approx(2 / 3)
    assert facts["retention.active"].value == 2
    counts = {m: facts[f"retention.cohort.2021-01.{m}"].value for m in (0, 1, 2, 11)}
    assert counts == {0: 2, 1: 1, 2: 0, 11: 1}
    assert facts["retention.cohort.2021-10.2"].value == 0
    assert "retention.cohort.2021-10.3" not in facts
    assert "not over" in facts["retention.cohort.2021-10.2"].method  # the 31st is not counted: it is "today"
    assert isinstance(study.hazards, CannotFit)
    assert study.segments is None


def test_small_cells_are_not_told(look):
    shop, study = look(lively(), today="2021-12-31", smallest=5)
    cells = {key: entry for key, entry in shop.facts.items() if key.startswith("retention.cohort.")}
    assert len(cells) == len(study.cohorts)
    values = [entry.value for entry in cells.values() if entry.value is not None]
    assert not [value for value in values if 0 < value < 5]
    assert [entry for entry in cells.values() if entry.value is None and "fewer than 5" in entry.method]


def test_a_lively_shop_has_everything(look):
    people = "who,gender,age\n" + "\n".join(
        f"c{who},{'<script>' if who % 2 else '$|*'},{20 + who % 50}" for who in range(240)
    )
    shop, study = look(lively(), customers=people, smallest=5)
    facts = shop.facts
    assert isinstance(study.hazards, Hazards)
    assert study.segments is not None
    assert study.segments.since.isoformat() == "2020-12-31T00:00:00"
    for name in ("came_back", "second_order.365", "concordance", "still.365"):
        entry = facts[f"retention.{name}"]
        assert 0 <= entry.low <= entry.value <= entry.high <= 1
    groups = tables_retention.by_segment(study)
    curves = tables_retention.curves(groups, 90, 5)
    assert (curves.groupby("group")["survival"].diff().dropna() <= 1e-12).all()
    for name, times in groups.items():
        shown = curves[curves["group"] == name]["days"]
        ended = np.searchsorted(np.sort(times.loc[times["ended"], "days"]), shown, side="right")
        assert not [step for step in np.diff(ended) if 0 < step < 5]
    said = words_survival.hazards(study.hazards, facts, study.left_out)
    assert "<script>" not in said
    assert words_retention.for_summary(facts)
    assert "Ask for the second order" in words_retention.to_do(study, facts)
    assert not [text for text in tables_retention.at_risk(groups, 5)["at_risk"] if text in ("1", "2", "3", "4")]


def test_figures_say_their_numbers(look):
    _, study = look(lively(), smallest=5)
    theme.apply()
    drawn = figures_retention.thresholds(study.churn, study.silences.table, 90, study.silences.within).draw()
    said = [text.get_text() for axes in drawn.axes for text in axes.texts]
    assert "chosen: 90 days" in said
    rate = float(study.churn.set_index("days").loc[90, "share"])
    assert theme.percent(rate) in said
    drawn = figures_retention.cohorts(study.grid).draw()
    said = [text.get_text() for axes in drawn.axes for text in axes.texts]
    assert len(said) == len(study.grid)
    assert (said.count("·") > 0) == study.grid["share"].isna().any()
    drawn = figures_retention.hazards(study.hazards.table).draw()
    said = [text.get_text() for axes in drawn.axes for text in axes.texts]
    assert "leaves sooner" in said
    plt.close("all")


def test_nobody_came_twice(look):
    rows = [(f"c{who}", (pd.Timestamp("2021-01-01") + pd.Timedelta(days=who)).date()) for who in range(60)]
    shop, study = look(rows, smallest=5)
    facts = shop.facts
    assert facts["retention.churn_rate"].value == 1
    assert facts["retention.median_lifetime"].value == 91
    assert facts["retention.silence.over"].value is None
    assert facts["retention.second_order.365"].value in (0, None)
    assert "no threshold is safe" in words_retention.better(facts)
    assert "mostly means the end" in words_retention.sentences(facts)
    with pytest.raises(SectionStop):
        words_survival.need_hazards(study)
    tables_retention.show_medians(
        tables_retention.medians(tables_retention.lasting(study)), tables_retention.lasting(study), 5
    )


def test_fewer_customers_than_may_be_shown_end_the_chapter(look):
    with pytest.raises(ChapterStop, match="needs at least 5 customers"):
        look(lively(4), smallest=5)


@pytest.mark.parametrize(("people", "smallest"), [(1, 1), (10, 5)])
def test_very_few_customers_break_nothing(look, people, smallest):
    shop, study = look(lively(people), smallest=smallest)
    facts = shop.facts
    assert words_retention.sentences(facts)
    assert words_retention.months(study, facts, 5)
    assert words_retention.silence(facts)
    assert words_retention.better(facts)
    assert words_survival.lasting(facts)
    assert words_retention.to_do(study, facts)
    curves = tables_retention.curves(tables_retention.lasting(study), 90, 5)
    assert curves.empty == (people < 5)
    if people < 5:
        with pytest.raises(SectionStop):
            words_retention.need_customers(study, 5)


def test_recency_alone_tells_who_is_active(home, write_source):
    text = """
name: Panel
reference_date: 2021-12-31
tables:
  customers: {file: people.csv, columns: {customer_id: who, recency: recency}}
"""
    people = "who,recency\n" + "\n".join(f"c{who},{who}" for who in range(100))
    shop = patrons.open(write_source(text, people__csv=people))
    study = retention_study.look(shop)
    record_retention.study(shop.facts, study, 5)
    assert shop.facts["retention.churn_rate"].value == pytest.approx(0.09)
    assert "nobody for more than 180" in words_retention.churn(shop.facts)
    assert "Without orders" in words_retention.sentences(shop.facts)
    with pytest.raises(SectionStop):
        words_retention.need_orders(shop)


def test_a_source_that_knows_neither_ends_the_chapter(home, write_source):
    text = "name: Panel\ntables:\n  customers: {file: people.csv, columns: {customer_id: who, age: age}}\n"
    shop = patrons.open(write_source(text, people__csv="who,age\na,30\n"))
    with pytest.raises(ChapterStop):
        retention_study.look(shop)


def facts_of(back, over=200.0):
    facts = Facts(chapter="retention")
    facts.add("retention.churn_after_days", 90, unit="days")
    facts.add("retention.retention_rate", 0.4, 0.35, 0.45, "share", 400)
    facts.add("retention.since", "2021-01-01")
    facts.add("retention.came_back", back, back - 0.05, back + 0.05, "share", 200)
    facts.add("retention.silence.over", over, unit="days")
    return facts


def test_words_follow_what_became_of_silences():
    assert "says little" in words_retention.for_summary(facts_of(0.5))
    assert "Do not write anybody off" in words_retention.for_summary(facts_of(0.5))
    assert "a sign, not a proof" in words_retention.for_summary(facts_of(0.2))
    assert "as soon as 90" in words_retention.for_summary(facts_of(0.2))
    assert "mostly means the end" in words_retention.for_summary(facts_of(0.08))
    assert "most silences are over" in words_retention.for_summary(facts_of(0.5, over=60.0))
    assert words_retention.for_summary(Facts()) == ""


@pytest.mark.slow
def test_cdnow_is_followed_as_published(reference_data, furnished):
    shop = patrons.open(reference_data / "cdnow" / "source.yml")
    study = retention_study.look(shop)
    record_retention.study(shop.facts, study, 5)
    sizes = [shop.facts[f"retention.cohort.1997-0{month}.0"].value for month in (1, 2, 3)]
    assert sum(sizes) == 2357
    assert sizes == [781, 857, 719]
    assert shop.facts["retention.month_1"].value == pytest.approx(345 / 2357)
    assert shop.facts["retention.churn_rate"].n == 2357


def test_who_is_followed_does_not_tell_of_the_few_who_have_gone():
    days = np.r_[[100.0] * 2, [130.0] * 9, [200.0] * 3, [300.0] * 40]
    groups = {"all": pd.DataFrame({"days": days, "ended": True})}
    found = tables_retention.at_risk(groups, 5).set_index("days")["at_risk"]
    numbers = [int(text) for text in found if text]
    assert "" in set(found)
    assert all(one == other or one - other >= 5 for one, other in itertools.pairwise(numbers))
    assert tables_retention.at_risk(groups, 1)["at_risk"].tolist() == ["54", "54", "52", "43", "40"]
