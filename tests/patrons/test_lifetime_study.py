"""Lifetime value as a whole: the published numbers of CDNOW, facts, and shops that carry no model."""

import re

import numpy as np
import pytest

import patrons
from patrons import double, lifetime_double, lifetime_study, r, record_lifetime, tables_lifetime
from patrons import words_lifetime as words
from patrons import words_lifetime_models as models
from patrons.stop import SectionStop

pytestmark = pytest.mark.slow  # whole chapters are computed

SHOP = """
name: Corner shop
currency: USD
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, ordered_at: at, amount: paid}
analysis: {privacy: {smallest_group: 5}%s}
"""
#: As printed by Fader, Hardie and Lee (2005) and Fader and Hardie (2013).
PUBLISHED = {
    "bgnbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "pareto_nbd": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
LIKELIHOODS = {"bgnbd": -9582.4, "pareto_nbd": -9595.0}


def day(number):
    return np.datetime64("2021-01-01") + int(number)


@pytest.fixture
def shop_of(home, root, write_source):
    (home / "data").mkdir()
    (home / "data" / "segments.yml").write_bytes((root / "data" / "segments.yml").read_bytes())

    def make(rows, settings=""):
        lines = "\n".join(f"{who},{at},{paid}" for who, at, paid in rows)
        return patrons.open(write_source(SHOP % settings, orders__csv=f"who,at,paid\n{lines}\n"))

    return make


@pytest.fixture(scope="module")
def cdnow(reference_data):
    shop = patrons.open(reference_data / "cdnow" / "source.yml")
    found = lifetime_study.look(shop, draws=20)
    record_lifetime.study(shop.facts, found)
    return found, shop.facts


@pytest.fixture
def lively(shop_of):
    """Customers who buy and leave as a model says, so that every model fits."""
    rng = np.random.default_rng(9)
    rows = []
    for who in range(500):
        rate, leaves, spends = rng.gamma(1.0, 0.03), rng.beta(1, 4), 1 / rng.gamma(4, 0.04)
        at = float(rng.integers(0, 200))
        while at < 400:
            rows.append((f"c{who}", day(at), round(rng.gamma(4, spends), 2)))
            at = at + rng.exponential(1 / rate) if rng.random() > leaves else np.inf
    return shop_of(rows)


def test_the_published_parameters_are_the_facts(cdnow):
    _, facts = cdnow
    for model, parameters in PUBLISHED.items():
        for name, value in parameters.items():
            assert facts[f"lifetime.{model}.{name}"].value == pytest.approx(value, abs=6e-4 if value < 5 else 2e-3)
        assert facts[f"lifetime.{model}.loglik"].value == pytest.approx(LIKELIHOODS[model], abs=0.06)
    spending = [facts[f"lifetime.gamma_gamma.{name}"].value for name in "pqv"]
    assert spending == pytest.approx([6.25, 3.74, 15.44], abs=6e-3)
    assert facts["lifetime.gamma_gamma.p"].n == 946
    assert facts["lifetime.repeat_purchases"].value == 2457
    assert facts["lifetime.customers"].value - facts["lifetime.repeat_customers"].value == 1411


def test_the_holdout_of_cdnow(cdnow):
    found, facts = cdnow
    assert found.split.length == 39
    assert facts["lifetime.holdout.actual"].value == int(found.calibrated.clv["x_holdout"].sum())
    for model in PUBLISHED:
        entry = facts[f"lifetime.holdout.{model}"]
        assert entry.low < entry.value < entry.high
        assert abs(facts[f"lifetime.holdout.{model}.off"].value) < 0.15


def test_what_is_reported_is_the_calibration_that_was_asked_for(cdnow):
    found, _ = cdnow
    assert found.split.given
    assert found.reported is found.calibrated
    assert found.other is found.latest


def test_r_says_the_same_of_cdnow(cdnow):
    found, _ = cdnow
    r.use("lifetime")
    theirs, apart = lifetime_double.fitted_in_r(found, r.call)
    assert double.agreement(lifetime_double.fitted(found), theirs, ["model", "what"], ["value"]).holds
    assert apart < 1e-3
    theirs = lifetime_double.worth_in_r(found, r.call)
    assert double.agreement(lifetime_double.worth(found), theirs, [], ["alive", "purchases", "value"]).holds


def test_without_a_calibration_end_a_quarter_is_held_out_and_all_data_are_reported(lively):
    found = lifetime_study.look(lively, draws=10)
    record_lifetime.study(lively.facts, found)
    days = (found.split.until - found.split.first).days
    assert (found.split.end - found.split.first).days == int(0.75 * days)
    assert found.reported is found.latest
    assert lively.facts["lifetime.calibration_given"].value is False
    assert lively.facts["lifetime.bgnbd.loglik"].value == found.latest.fits["bgnbd"].loglik
    assert lively.facts["lifetime.holdout.actual"].value == int(found.calibrated.clv["x_holdout"].sum())
    assert found.worth["segment"].iloc[-1] == "all"
    said = [
        *(words.sentences(lively.facts), words.for_summary(lively.facts), words.history(lively.facts)),
        *(words.alive(lively.facts), words.worth(lively.facts), words.to_do(lively.facts), words.outlook(lively.facts)),
        *(words.example(found), words.by_hand(found.worked(), "USD"), words.checked(found, found.worked())),
        *(models.basis(lively.facts), models.fitted(lively.facts), models.compared(lively.facts)),
        *(models.frequencies(lively.facts), models.holdout(lively.facts), models.spending(lively.facts)),
        models.seasons(lively.facts),
    ]
    assert all(said)
    assert not [text for text in said if re.search(r"\bnan\b|None|not known", text)]
    assert "as well" in words.checked(found, found.worked())
    assert lively.facts.text("lifetime.total").replace("$", r"\$") in words.for_summary(lively.facts)


def test_the_calibration_end_may_leave_nothing_to_hold_out(shop_of):
    rows = [(f"c{place % 9}", day(place), 5) for place in range(90)]
    shop = shop_of(rows, ", lifetime: {calibration_end: 2030-01-01}")
    found = lifetime_study.look(shop, draws=5)
    assert not found.split.holds
    with pytest.raises(SectionStop, match="before and after"):
        words.need_holdout(found)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(f"c{place}", day(place % 300), 10 + place % 7) for place in range(120)], id="bought once"),
        pytest.param([(f"c{place % 10}", day(7 * place % 200), 5 + place) for place in range(40)], id="ten customers"),
        pytest.param([(f"c{who}", day(7 * turn), 10) for who in range(20) for turn in range(9)], id="all alike"),
        pytest.param([(f"c{place}", day(0), 5 + place) for place in range(30)], id="one day"),
    ],
)
def test_data_that_carry_no_model_still_give_history_and_say_what_to_do(shop_of, rows):
    shop = shop_of(rows)
    found = lifetime_study.look(shop, draws=5)
    record_lifetime.study(shop.facts, found)
    assert not found.reported.fits
    assert shop.facts["lifetime.history.all.revenue"].value > 0
    assert set(found.reported.failed) >= set(lifetime_study.MODELS)
    assert "callout-warning" in models.fitted(shop.facts)
    assert "per customer and year" in words.number(shop.facts).data
    assert "do not carry a model" in words.for_summary(shop.facts)
    assert "in proportion" in words.to_do(shop.facts)
    for need in (words.need_fits, words.need_holdout, words.need_worth, words.need_example):
        with pytest.raises(SectionStop, match="This section needs"):
            need(found)
    assert len(tables_lifetime.history(found.history, "USD"))
    assert words.example(found) == ""
