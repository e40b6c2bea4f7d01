"""The summary answers what the chapters have found, and names in one place what they could not."""

from patrons import words_summary as words
from patrons.facts import Facts


def facts_of_test():
    """Facts of a source that has nothing but a test."""
    facts = Facts()
    facts.add("data.experiment.rows_read", 10, unit="rows")
    facts.add("data.experiment.rows_kept", 10, unit="rows")
    facts.add("data.experiment.columns", 3, unit="columns")
    facts.add("data.experiment.arms", 2, unit="arms")
    return facts


def test_without_chapters_what_is_open_is_said_once():
    said = words.answers(facts_of_test())
    assert "## Who is valuable?" not in said
    assert "## Can it be trusted? {.unnumbered}\n\nAll 10 rows that were read are kept." in said
    for table in ("transactions", "customers", "campaigns", "engagement"):
        assert said.count(f"needs a table `{table}`") == 1
    assert "needs a table `experiment`" not in said
    assert "@sec-rfm" not in said
    assert "@sec-cleaning" not in said


def test_the_opening_shows_what_there_is():
    said = words.opening(facts_of_test(), "A_B")
    assert said.startswith("**A\\_B.** The source describes 10 people in a test of 2")
    assert "[10]{.tile-number} [people in a test]{.tile-label} [3\u00a0columns]{.tile-note}" in said


def test_trust_rests_on_cleaning():
    facts = facts_of_test()
    facts.add("cleaning.rows_read", 12, unit="rows")
    facts.add("cleaning.rows_kept", 10, unit="rows")
    facts.add("cleaning.top_reason", "duplicate")
    facts.add("cleaning.top_reason_rows", 2, unit="rows")
    said = words.answers(facts)
    assert "2 are set aside, most often as “duplicate” (2). No value is missing. See @sec-cleaning-ledger." in said


def test_tiles_quote_facts():
    facts = Facts(currency="USD")
    facts.add("data.revenue", 1234567.8, unit="money")
    facts.add("data.customers", 9, unit="customers")
    facts.add("data.orders", 12, unit="orders")
    said = words.tiles(facts)
    assert said.count("::: {.tile}") == 1
    assert "[\\$1,234,568]{.tile-number}" in said


def test_what_is_said_monthly_and_of_trust_stands_where_it_was_computed():
    facts = facts_of_test()
    facts.add("monitoring.refit", True)
    for name, value in {"false_alarm_rate": 0.05, "moved": 1, "measures": 20, "same_season": True}.items():
        facts.add(f"monitoring.{name}", value)
    facts.add("monitoring.days", 91, unit="days")
    facts.add("monitoring.largest", "discount")
    facts.add("agreement.numbers", 1200, unit="numbers")
    facts.add("agreement.chapters", 9, unit="chapters")
    facts.add("agreement.comparisons", 60, unit="comparisons")
    facts.add("agreement.failed", 0)
    said = words.answers(facts)
    assert "## Is it still true? {.unnumbered}\n\nIn the last 91\u00a0days, 1 of 20 measures" in said
    assert "See @sec-monitoring-measures." in said
    assert "1,200\u00a0numbers of 9\u00a0chapters were computed by a program in Python" in said
    assert "@sec-truth" not in said
