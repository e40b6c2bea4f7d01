"""Sentences about lifetime value change with their numbers."""

import pytest

from patrons import words_lifetime as words
from patrons import words_lifetime_models as models
from patrons.facts import Facts


@pytest.fixture
def facts():
    found = Facts(currency="GBP", chapter="lifetime-value")
    found.add("lifetime.horizon", 52, unit="weeks")
    found.add("lifetime.time_unit", "week")
    found.add("lifetime.best", "bgnbd")
    found.add("lifetime.foreseen_by", "bgnbd")
    found.add("lifetime.calibration_end", "2021-06-30")
    found.add("lifetime.history.all.per_year", 100.0, 90.0, 110.0, "money")
    found.add("lifetime.holdout.length", 13.0, unit="weeks")
    found.add("lifetime.holdout.actual", 1000, unit="purchases")
    for name, value in (("champions", 80.0), ("lost", 2.0)):
        found.add(f"lifetime.history.{name}.title", name.title())
        found.add(f"lifetime.segment.{name}.value", value, value - 1, value + 1, "money")
        found.add(f"lifetime.segment.{name}.total", 100 * value, 100 * value - 50, 100 * value + 50, "money")
    found.add("lifetime.total", 8200.0, 8100.0, 8300.0, "money")
    return found


def forecast(facts, model, value, low, high):
    facts.add(f"lifetime.holdout.{model}", value, low, high, "purchases")
    facts.add(f"lifetime.holdout.{model}.off", value / 1000 - 1, unit="share")


@pytest.mark.parametrize(
    ("value", "verdict", "direction"),
    [
        (1010.0, "good enough to plan with", "1.0\u00a0% too many"),
        (900.0, "more than the sum", "10.0\u00a0% too few"),
        (1400.0, "order of the segments only", "40.0\u00a0% too many"),
    ],
)
def test_the_verdict_follows_the_holdout(facts, value, verdict, direction):
    forecast(facts, "bgnbd", value, value - 50, value + 50)
    assert verdict in words.trust(facts)
    assert direction in words.trust(facts)


def test_a_holdout_beyond_the_interval_of_the_total_is_told(facts):
    forecast(facts, "bgnbd", 1100.0, 1050.0, 1150.0)
    assert "plan with as much leeway" in words.worth(facts)
    assert "more than chance" in models.holdout(facts)


def test_a_holdout_within_its_band_is_chance(facts):
    forecast(facts, "bgnbd", 1001.0, 950.0, 1050.0)
    forecast(facts, "pareto_nbd", 990.0, 940.0, 1040.0)
    assert "leeway" not in words.worth(facts)
    assert "within what chance" in models.holdout(facts)


def test_what_is_known_of_leaving_is_told_where_it_is_known(facts):
    forecast(facts, "bgnbd", 1100.0, 1050.0, 1150.0)
    assert "simulated" not in models.holdout(facts)
    facts.add("lifetime.truth.left_before", 10)
    facts.add("lifetime.truth.left_during", 90)
    assert "90 did so in the holdout and 10" in models.holdout(facts)


def test_the_recommendation_is_the_profit_where_it_is_known(facts):
    assert "margin times" in words.to_do(facts)
    facts.add("lifetime.segment.champions.cap", 30.0, 29.0, 31.0, "money")
    facts.add("lifetime.segment.lost.cap", 0.8, 0.7, 0.9, "money")
    assert "Spend at most £30.00 a head" in words.for_summary(facts)
    assert "profit expected of one" in words.to_do(facts)


def test_the_summary_says_nothing_of_a_chapter_that_was_not_there():
    assert words.for_summary(Facts()) == ""


@pytest.mark.parametrize(
    ("pearson", "spearman", "said"),
    [
        ((0.01, -0.05, 0.07), (0.02, -0.04, 0.08), "Both intervals hold zero"),
        ((0.01, -0.05, 0.07), (0.1, 0.04, 0.16), "a little too low"),
        ((-0.1, -0.16, -0.04), (0.02, -0.04, 0.08), "a little too high"),
        ((0.5, 0.44, 0.56), (0.4, 0.34, 0.46), "too much to ignore"),
    ],
)
def test_dependence_is_called_what_it_is(facts, pearson, spearman, said):
    facts.add("lifetime.independence.pearson", *pearson, "ratio")
    facts.add("lifetime.independence.spearman", *spearman, "ratio")
    assert said in models.spending(facts)


def test_seasons_are_named_only_where_they_are(facts):
    for side, ratio, month in (("most", 1.05, "May"), ("least", 0.95, "June")):
        facts.add(f"lifetime.season.{side}", ratio, ratio - 0.02, ratio + 0.02, "ratio")
        facts.add(f"lifetime.season.{side}.month", month)
    assert "No month is far" in models.seasons(facts)


def test_a_failed_model_is_named_with_what_to_do(facts):
    facts.add("lifetime.gamma_gamma.failed", "Every customer spends the same. Set `x` right.")
    text = models.fitted(facts)
    assert "callout-warning" in text
    assert "**Gamma-Gamma.** Every customer spends the same. Set `x` right." in text
    assert "BG/NBD and Pareto/NBD are shown below" in text


def test_hostile_names_are_escaped(facts):
    facts.add("lifetime.history.evil.title", "<script>|$*")
    facts.add("lifetime.segment.evil.value", 90.0, 89.0, 91.0, "money")
    assert r"\<script\>\|\$\*" in words.prospects(facts)
