"""Planted effects beside facts: what holds, what holds together, what is not there."""

import pytest

import patrons
from patrons import truth, truth_effects
from patrons.facts import Facts

PLANTED = {"a.ratio": 2.0, "a.pct": 0.15, "a.far": 9.0, "a.gone": 1.0}


@pytest.fixture
def facts():
    found = Facts(chapter="x")
    found.add("a.ratio", 1.8, 1.7, 1.91, unit="ratio")
    found.add("a.pct", 14.0, 10.0, 18.0, unit="percent")
    found.add("a.far", 1.0, 0.5, 1.5)
    found.add("a.gone", 1.0)
    return found


def test_effects_are_held_against_facts_of_their_name(facts):
    found = truth_effects.beside(PLANTED, facts)
    table = found.table.set_index("effect")
    assert found.missing == ("a.gone",)
    assert table["inside"].to_dict() == {"a.ratio": False, "a.pct": True, "a.far": False}
    assert table["inside_together"].to_dict() == {"a.ratio": False, "a.pct": True, "a.far": False}
    assert table.loc["a.pct", "planted"] == 15.0


def test_intervals_that_hold_together_are_wider_by_sidak(facts):
    table = truth_effects.beside(PLANTED, facts).table.set_index("effect")
    wider = (table["wide_high"] - table["wide_low"]) / (table["high"] - table["low"])
    assert wider["a.far"] == pytest.approx(truth_effects.together(3) / 1.959964, rel=1e-6)
    assert (wider > 1).all()


def test_where_nothing_was_planted_nothing_is_held_against_it(facts):
    assert truth_effects.beside({}, facts).table.empty


@pytest.mark.slow
def test_the_world_of_the_book_has_an_estimate_for_each_planted_kind_and_pair():
    shop = patrons.open()
    effects = truth.planted(shop)
    truth_effects.own(shop, effects)
    wanted = [name for name in effects if name.startswith(("kinds.", "affinity."))]
    assert sorted(shop.facts) == sorted(wanted)
    assert sum(shop.facts[name].value for name in wanted if name.startswith("kinds.")) == pytest.approx(1)
    assert truth_effects.beside(effects, shop.facts).table["inside_together"].all()
