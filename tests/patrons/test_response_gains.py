"""What choosing customers brings: gain, lift and profit on data whose answer is known."""

import numpy as np
import pytest

from patrons import response_gains as gains
from patrons import response_scores as scores

OUTCOME = np.repeat([1.0, 0.0], [20, 80])
PERFECT, WEIGHTS = np.linspace(1, 0, 100), scores.resamples(100, np.random.default_rng(1), 200)


def test_a_perfect_order_finds_all_first_and_a_tie_finds_a_share():
    table = gains.gains(OUTCOME, {"perfect": PERFECT, "tie": np.full(100, 0.2)}, WEIGHTS).set_index(["model", "depth"])
    assert table.loc[("perfect", 0.2), "gain"] == 1
    assert table.loc[("perfect", 0.2), "lift"] == pytest.approx(5)
    assert table.loc[("perfect", 0.1), "gain"] == pytest.approx(0.5)
    assert table.loc["tie", "gain"].to_numpy() == pytest.approx(gains.DEPTHS)
    assert (table["low"] <= table["gain"] + 1e-12).all()
    assert (table["gain"] <= table["high"] + 1e-12).all()


def test_profit_is_what_one_would_count():
    contact = gains.Contact(value=10, cost=2)
    assert contact.threshold == pytest.approx(0.2)
    found = gains.profit(OUTCOME, PERFECT, PERFECT, WEIGHTS, contact)
    rules = found.rules.set_index("rule")
    assert rules.loc["everybody", "profit"] == pytest.approx(1000 * (0.2 * 10 - 2))
    chosen = PERFECT > 0.2
    assert rules.loc["threshold", "profit"] == pytest.approx(10 * (OUTCOME[chosen].sum() * 10 - chosen.sum() * 2))
    assert rules.loc["random", "profit"] == pytest.approx(1000 * chosen.mean() * (0.2 * 10 - 2))
    assert found.best == 0.2
    assert found.curve["profit"].max() == pytest.approx(1000 * 0.2 * 8)
    assert found.curve["profit"].iloc[0] == 0


def test_what_works_seldom_pays_seldom():
    assert gains.Contact(150, 3, 0.05).threshold == pytest.approx(0.4)
