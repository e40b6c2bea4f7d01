"""Figures of the first look hold what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from patrons import explore, explore_value, figures_explore, theme


@pytest.fixture(autouse=True)
def _look():
    theme.apply()
    yield
    plt.close("all")


@pytest.fixture
def measured():
    rng = np.random.default_rng(7)
    table = pd.DataFrame({"spend": rng.lognormal(4, 1, 800), "age": rng.normal(45, 9, 800)})
    measures = (explore.Measure("spend", "Spend", "Spend", "money", True), explore.Measure("age", "Age", "Age"))
    return explore.Measured(table, measures)


def texts(figure):
    drawn = figure.draw()
    return [item.get_text() for axes in drawn.axes for item in axes.texts]


def test_medians_and_tails_are_named(measured):
    bars, summary = explore.histogram(measured, 5), explore.summarise(measured)
    found = texts(figures_explore.spread(bars, summary, {"spend": "Spend, £"}, log=True))
    median, high = summary.loc[0, ["median", "q95"]]
    assert f"median {theme.number(median, 1)}" in found
    assert f"5 % above {theme.number(high)}" in found
    assert not [text for text in found if "45" in text]  # ages are not in this figure


def test_the_share_of_the_top_fifth_stands_on_the_curve():
    found = explore_value.concentrate(pd.Series(np.arange(1.0, 101)), np.random.default_rng(1))
    assert "the last fifth\nbrings 36 %" in texts(figures_explore.lorenz(found.curve, found.top20.value, "36 %"))


def test_both_rules_are_named_once(measured):
    found = texts(figures_explore.limits(explore.flag(measured)))
    assert sorted(found) == ["classic limit", "robust limits"]


def test_bars_say_their_shares():
    table = pd.DataFrame({"part": ["tea", "pots"], "share": [0.75, 0.055], "low": [0.7, 0.05], "high": [0.8, 0.06]})
    assert texts(figures_explore.parts(table, "revenue")) == ["75\u2009%", "5.5\u2009%"]


def test_medians_between_orders_are_named():
    bars = pd.DataFrame({"left": [0.0, 10], "right": [10.0, 20], "gaps": [9, 4]})
    marks = pd.DataFrame({"days": [7.0], "low": [6.0], "high": [8.0], "text": ["7 days"]})
    assert texts(figures_explore.gaps(bars, marks)) == ["7 days"]
