"""What cleaning did is told as it was: every rule in words, every step with its effect, worked by hand."""

import pandas as pd
import pytest

import patrons
from patrons import cleaning, figures_cleaning, record_cleaning, tables_cleaning, theme, validate
from patrons import words_cleaning as words
from patrons.facts import NO_BREAK, Facts
from patrons.shop import Shop
from patrons.stop import SectionStop

TEXT = """\
name: Small
currency: EUR
tables:
  transactions:
    file: a.csv
    columns: {customer_id: c, ordered_at: t, amount: a, order_id: o}
    set_aside:
      - {column: order_id, starts_with: C, reason: cancelled}
      - {column: a, at_least: 900, at_most: 5000, reason: too large}
      - {column: a, equals: 0, reason: too large}
  customers: {file: c.csv, columns: {customer_id: c, income: i, gender: g}}
analysis:
  cleaning: {missing: {income: median, gender: mode}, outliers: {income: {action: cap}}}
"""
ORDERS = [
    *[("k1", "2020-01-01", 10 + i, f"o{i}") for i in range(10)],
    ("k1", "2020-01-01", 10, "o0"),
    ("k2", "2020-01-02", 100, "C1"),
    ("k2", "2020-01-03", 1000, "o11"),
    ("k2", "2020-01-04", "", "o12"),
    ("k2", "2020-01-05", "x", "o13"),
]
PEOPLE = [(f"k{i}", 100 + i, "f" if i % 3 else "m") for i in range(20)] + [("k20", 9000, "f"), ("k21", "", "")]


def lines(heading, rows):
    return "\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cleaning")
    (folder / "source.yml").write_text(TEXT)
    (folder / "a.csv").write_text(lines("c,t,a,o", ORDERS))
    (folder / "c.csv").write_text(lines("c,i,g", PEOPLE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATRONS_HOME", str(folder))
        yield Shop(patrons.open(folder / "source.yml").source)


def test_the_ledger_adds_up_and_names_its_rules(shop):
    found = cleaning.ledger(shop)
    orders = found[found["table"] == "transactions"].set_index("reason")
    assert orders["rows"].sum() == len(ORDERS)
    assert orders.loc["kept", "rows"] == 10
    assert orders["rule"].to_dict() == {
        "kept": "no rule speaks against them",
        "cancelled": "order_id begins with “C”",
        "too large": "a is 900 or more and is 5000 or less or a is 0",
        "duplicate": "equal to an earlier row in every mapped column",
        "missing amount": "amount is empty",
        "unreadable amount": "amount cannot be read as number",
    }


@pytest.mark.parametrize(
    ("reason", "words_of_it"),
    [
        ("impossible age", "age is not a number from 0 to 120"),
        ("outlier in income", "income is far from the others, see below"),
        ("after the reference date", "ordered after the day of reference"),
        (validate.AGAIN, "the same customer stands in an earlier row, with other values"),
        ("wrong number of fields", "cannot be split into the columns of the heading"),
    ],
)
def test_each_reason_has_words(source_of, reason, words_of_it):
    source = source_of(
        "name: S\ntables:\n  customers: {file: a.csv, columns: {customer_id: c, age: g}}\n", a__csv="c,g\n"
    )
    assert cleaning.explain(source, "customers", reason) == words_of_it


def test_missing_is_counted_before_it_is_filled(shop):
    found = cleaning.missing(shop).set_index("column")
    assert found["missing"].to_dict() == {"income": 1, "gender": 1}
    assert found.loc["income", "share"] == pytest.approx(1 / 22)
    shown = tables_cleaning.missing(cleaning.missing(shop), shop.source).set_index("column")["treatment"]
    # the median of 100 … 119 and of the outlier, which is capped first
    assert shown["income"] == "filled with the median, €110.00"
    assert shown["gender"] == "filled with the most frequent, f"


def test_outliers_tell_both_rules(shop):
    found = cleaning.outliers(shop).set_index("column")
    assert found.loc["income", ["rows", "robust", "classic"]].tolist() == [1, 1, 1]
    assert found.loc["amount", "rows"] == 0
    shown = tables_cleaning.outliers(cleaning.outliers(shop), shop.source).set_index("column")
    assert shown.loc["income", "action"] == "moved to the limit"
    assert shown.loc["income", "rule"] == "robust, 3.5 spreads"
    bars = cleaning.bars(shop)
    assert bars.loc[bars["outlier"], "rows"].sum() == 1
    assert bars.loc[bars["outlier"], "low"].min() > 3.5


def test_steps_follow_each_other(shop):
    found = cleaning.steps(shop)
    totals = found[(found["of"] == "amount") & (found["measure"] == "total")].set_index("step")
    # 145 are kept; read are also 10 again, 100 cancelled and 1,000 too large
    assert totals["before"].max() == 1255
    assert totals["after"].min() == 145
    assert totals.loc["cancelled", "change"] == pytest.approx(-100 / totals.loc["cancelled", "before"])
    assert cleaning.revenue(shop) == (1255, 145)
    shown = tables_cleaning.steps(found, shop.source)
    assert "too large (1 rows)" in set(shown["step"])
    assert "none" in set(shown.loc[shown["step"].str.startswith("missing amount"), "change"])


@pytest.fixture
def facts(shop):
    found = Facts(currency="EUR")
    record_cleaning.cleaned(
        found,
        cleaning.ledger(shop),
        cleaning.missing(shop),
        cleaning.outliers(shop),
        shop.problems(),
        cleaning.steps(shop),
        cleaning.revenue(shop),
    )
    return found


def test_facts_and_sentences_agree(shop, facts):
    assert facts["cleaning.rows_read"].value == len(ORDERS) + len(PEOPLE)
    assert facts["cleaning.rows_set_aside"].value == 5
    assert facts["cleaning.missing.customers.income"].value == pytest.approx(1 / 22)
    assert facts["cleaning.revenue_change"].value == pytest.approx(-100 * 1110 / 1255)
    said = words.sentences(facts)
    assert "Of 37 rows read, 32 are kept and 5 are set aside" in said
    assert f"lowers the revenue by 88.4{NO_BREAK}%, from €1,255 to €145.00, which matters" in said
    assert "the step that counts most is “too large”" in said
    assert "[13.5\u00a0%]{.answer-number}" in words.number(facts).data
    assert "2 values break a rule" in words.validation(facts)
    assert "Look at the rows set aside before reading on" in words.to_do(facts)
    assert "`gender` and `income` is filled in" in words.missing(cleaning.missing(shop))
    assert "“too large”: it lowers the" in words.changes(cleaning.steps(shop))


def test_a_clean_source_says_so():
    facts = Facts()
    nothing = pd.DataFrame({"table": [], "column": [], "share": [], "missing": [], "action": [], "rows": []})
    ledger = pd.DataFrame({"table": ["customers"], "reason": ["kept"], "rows": [200], "share": [1.0]})
    record_cleaning.cleaned(facts, ledger, nothing, nothing, nothing, nothing, None)
    assert words.sentences(facts) == "All 200 rows that were read are kept. No value is missing."
    assert "[none]{.answer-number}" in words.number(facts).data
    assert words.to_do(facts) == "There is nothing to mend at the source."


@pytest.mark.parametrize("need", ["problems", "missing", "outliers", "bars", "steps"])
def test_sections_with_nothing_to_tell_stop(need):
    stop = getattr(words, f"need_{need}")
    with pytest.raises(SectionStop):
        stop(pd.DataFrame())
    stop(pd.DataFrame({"a": [1]}))


def texts(figure):
    drawn = figure.draw()
    return [item.get_text() for item in drawn.findobj(lambda artist: hasattr(artist, "get_text")) if item.get_text()]


def test_figures_hold_every_reason_and_column(shop, monkeypatch):
    frames = cleaning.ledger(shop), cleaning.missing(shop), cleaning.bars(shop)
    monkeypatch.delenv("PATRONS_HOME")
    theme.apply()
    said = texts(figures_cleaning.ledger(frames[0]))
    assert {"transactions", "cancelled", "duplicate", "15 rows", "−1", "10", "read and kept", "22 rows"} <= set(said)
    assert {"income", "gender"} <= set(texts(figures_cleaning.missing(frames[1])))
    assert "Income" in texts(figures_cleaning.outliers(frames[2]))


def test_marking_outliers_leaves_the_revenue_exactly_as_it_was(home, write_source):
    rows = [(f"k{i}", "2020-01-01", 0.1 + i % 7) for i in range(60)] + [("k60", "2020-01-01", 1e6)]
    text = "name: S\ntables:\n  transactions: {file: a.csv, columns: {customer_id: c, ordered_at: t, amount: a}}\n"
    shop = patrons.open(write_source(text, a__csv=lines("c,t,a", rows)))
    assert cleaning.outliers(shop)["rows"].tolist() == [1]
    before, after = cleaning.revenue(shop)
    assert before == after
    assert not cleaning.steps(shop)["real"].any()
