"""The summary answers what the chapters have found, and says what is lacking where they have not."""

from patrons import words_summary as words
from patrons.facts import Facts


def test_without_chapters_each_question_says_what_to_add():
    facts = Facts()
    facts.add("data.experiment.rows_read", 10, unit="rows")
    facts.add("data.experiment.rows_kept", 10, unit="rows")
    said = words.answers(facts)
    assert said.count("This source holds no") == 3
    assert "`transactions`" in said
    assert "`experiment`" in said
    assert "@sec-rfm" not in said
    assert "@sec-test" not in said
    assert words.lead(facts, "A_B").startswith("**A\\_B.**")


def test_tiles_quote_facts():
    facts = Facts(currency="USD")
    facts.add("data.revenue", 1234567.8, unit="money")
    facts.add("data.customers", 9, unit="customers")
    facts.add("data.orders", 12, unit="orders")
    said = words.tiles(facts)
    assert said.count("::: {.tile}") == 1
    assert "[\\$1,234,568]{.tile-number}" in said
