"""The executive summary: questions and answers for people who do not read statistics, from facts alone."""

from __future__ import annotations

from patrons import (
    words_campaigns,
    words_cleaning,
    words_data,
    words_demographics,
    words_double_entry,
    words_experiment,
    words_forecast,
    words_lifetime,
    words_monitoring,
    words_response,
    words_retention,
    words_rfm,
    words_seasonality,
    words_segments,
    words_strategy,
    words_suggestions,
    words_truth,
    words_uplift,
)
from patrons.facts import Facts
from patrons.words import plain, prose


@prose
def opening(facts: Facts, name: str) -> str:
    """Say whose data these are and what there is, and show the headline numbers as tiles."""
    return f"**{plain(name)}.** {words_data.contents(facts)}\n\n{tiles(facts)}".rstrip()


def tiles(facts: Facts) -> str:
    """Return the headline numbers as tiles; what the tables hold where nothing was sold or tested."""
    found = [*_sales_tiles(facts), *_segment_tiles(facts), *_test_tiles(facts)] or words_data.sizes(facts)
    inner = "\n\n".join(
        f"::: {{.tile}}\n[{plain(number)}]{{.tile-number}} [{plain(label)}]{{.tile-label}}{_note(note)}\n:::"
        for number, label, note in found
    )
    return f":::: {{.tiles}}\n{inner}\n::::" if found else ""


@prose
def answers(facts: Facts) -> str:
    """Answer the questions that the chapters can answer, each with the section that shows why; name the others."""
    questions = [
        ("Who is valuable?", _valuable(facts)),
        ("Did what was tried work?", _tried(facts)),
        ("Which groups are there?", _referred(words_segments.for_summary(facts), "sec-segments-groups")),
        ("When do people buy?", _when(facts)),
        ("What do demographics add?", _referred(words_demographics.for_summary(facts), "sec-demographics-added")),
        ("Who stays, and who will respond?", _who(facts)),
        ("Which campaigns pay?", _referred(words_campaigns.for_summary(facts), "sec-campaigns-metrics")),
        ("What to do with the budget?", _budget(facts)),
        ("Is it still true?", _referred(words_monitoring.for_summary(facts), "sec-monitoring-measures")),
        ("Can it be trusted?", _paragraphs(_trust(facts), _checked(facts))),
        ("What these data do not answer", _open(facts)),
    ]
    return "\n\n".join(f"## {question} {{.unnumbered}}\n\n{answer}" for question, answer in questions if answer)


def _valuable(facts: Facts) -> str:
    past = [words_rfm.for_summary(facts), words_rfm.slipping(facts) if "rfm.top_segment" in facts else ""]
    scores = _referred(" ".join(filter(None, past)), "sec-rfm-segments")
    return _paragraphs(scores, _referred(words_lifetime.for_summary(facts), "sec-lifetime-value"))


def _tried(facts: Facts) -> str:
    effects = _referred(words_experiment.for_summary(facts), "sec-test-effects")
    return _paragraphs(effects, _referred(words_uplift.for_summary(facts), "sec-response-uplift"))


def _when(facts: Facts) -> str:
    season = _referred(words_seasonality.for_summary(facts), "sec-seasonality-index")
    if not season and "data.months.best" in facts:
        season = _referred(f"{words_data.months(facts)} {words_data.weekdays(facts)}", "sec-data-sales")
    return _paragraphs(season, _referred(words_forecast.for_summary(facts), "sec-seasonality-forecast"))


def _who(facts: Facts) -> str:
    stays = _referred(words_retention.for_summary(facts), "sec-retention-churn")
    return _paragraphs(stays, _referred(words_response.for_summary(facts), "sec-response-well"))


def _budget(facts: Facts) -> str:
    split = _referred(words_strategy.for_summary(facts), "sec-strategy-budget")
    following: str = words_suggestions.rules(facts)
    if "strategy.basis" not in facts:  # the chapter has ended before its sections
        return _paragraphs(split, following)
    return _paragraphs(split, _referred(following, "sec-strategy-next"))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _referred(answer: str, section: str) -> str:
    """Say where an answer comes from, if there is one."""
    return f"{answer} See @{section}." if answer else ""


def _trust(facts: Facts) -> str:
    if "cleaning.rows_read" not in facts:
        return words_data.ledger(facts)
    parts = [words_cleaning.kept(facts), words_cleaning.money(facts), words_cleaning.gaps(facts)]
    return " ".join(filter(None, [*parts, "See @sec-cleaning-ledger."]))


def _checked(facts: Facts) -> str:
    """Say whether two programs agree, and whether what was planted is found."""
    agree = "agreement.numbers" in facts and bool(facts["agreement.numbers"].value)
    both = _referred(words_double_entry.answer(facts), "sec-double-entry") if agree else ""
    planted = _referred(words_truth.sentences(facts), "sec-truth") if "truth.coverage" in facts else ""
    return _paragraphs(both, planted)


def _open(facts: Facts) -> str:
    """Say in a sentence for each table what it would let the report answer."""
    absent = words_data.absent(facts)
    lines = [f"- {words_data.ANSWERS[name].capitalize()}: needs a table `{name}`." for name in absent]
    return "\n".join(lines)


def _sales_tiles(facts: Facts) -> list[tuple[str, str, str]]:
    if "data.revenue" not in facts:
        return []
    return [(facts.text("data.revenue"), f"from {facts.text('data.customers')}", facts.text("data.orders"))]


def _segment_tiles(facts: Facts) -> list[tuple[str, str, str]]:
    if "rfm.top_segment" not in facts:
        return []
    name = f"rfm.segment.{facts['rfm.top_segment'].value}"
    label = f"of revenue from {facts[f'{name}.title'].value}"
    return [(facts.text(f"{name}.revenue_share"), label, f"{facts.interval(f'{name}.revenue_share')}")]


def _test_tiles(facts: Facts) -> list[tuple[str, str, str]]:
    if "experiment.primary" not in facts or not words_experiment.split_holds(facts):
        return []
    outcome, arms = str(facts["experiment.primary"].value), words_experiment.treatments(facts)
    pairs = [(outcome, arm) for arm in arms]
    if len(arms) == 1 and outcome != "profit" and "experiment.profit.kind" in facts:
        pairs.append(("profit", arms[0]))
    found = []
    for name, arm in pairs:
        entry = f"{words_experiment.best_estimate(facts, name, arm.slug)}.lift_pct"
        label = f"{words_experiment.quantity(facts, name).removeprefix('the ')}, {arm.title}"
        found.append((facts.text(entry, signed=True), label, facts.interval(entry, signed=True)))
    return found


def _note(note: str) -> str:
    return f" [{plain(note)}]{{.tile-note}}" if note else ""
