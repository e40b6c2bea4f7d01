"""Figures of lifetime value hold what they are given."""

import itertools

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from patrons import figures_lifetime, theme


@pytest.fixture(autouse=True)
def _look():
    theme.apply()
    yield
    plt.close("all")


def texts(figure):
    drawn = figure.draw()
    return [item.get_text() for axes in drawn.axes for item in axes.texts]


@pytest.fixture
def segments():
    return pd.DataFrame(
        {
            **{"segment": ["champions", "lost", "all"], "title": ["Champions", "Lost", "All customers"]},
            **{"customers": [10, 20, 30], "per_year": [900.0, 100, 400], "revenue": [1800.0, 200, 700]},
            **{"per_year_low": [800.0, 90, 300], "per_year_high": [1000.0, 110, 500]},
            **{"value": [50.0, 2.5, 20], "value_low": [40.0, 2, 15], "value_high": [60.0, 3, 25]},
            **{"alive": [0.9, 0.25, 0.5], "alive_low": [0.8, 0.2, 0.4], "alive_high": [0.95, 0.3, 0.6]},
        }
    )


def test_bars_say_amounts_and_totals_of_segments_but_not_of_all(segments):
    found = texts(figures_lifetime.history(segments, "GBP"))
    assert found == ["£900", "£100", "£18k so far", "£4k so far"]


def test_small_amounts_keep_their_pence(segments):
    found = texts(figures_lifetime.worth(segments.assign(total=[500.0, 50, 600]), "USD", "a year"))
    assert found == ["$50.00", "$2.50", "$500 in all", "$50 in all"]


def test_probabilities_are_written(segments):
    assert texts(figures_lifetime.alive(segments)) == ["90\u2009%", "25\u2009%"]


def test_bars_are_counted_and_models_named_once():
    table = pd.DataFrame(
        {
            "group": ["0", "1+"] * 3,
            "series": ["actual"] * 2 + ["bgnbd"] * 2 + ["pareto_nbd"] * 2,
            "customers": [60.0, 40, 58, 42, 62, 38],
            "low": [None, None, 50, 35, 52, 30],
            "high": [None, None, 66, 50, 70, 46],
        }
    ).astype({"low": float, "high": float})
    found = texts(figures_lifetime.frequencies(table))
    assert sorted(found) == ["40", "60", "BG/NBD", "Pareto/NBD"]


def test_lines_of_models_are_named_at_their_ends_and_apart():
    table = pd.DataFrame(
        {"group": ["0", "1+"], "customers": [9, 9], "actual": [0.2, 4.0], "low": [0.1, 3], "high": [1, 5.0]}
    )
    figure = figures_lifetime.conditional(table.assign(bgnbd=[0.2, 4.0], pareto_nbd=[0.3, 4.0]))
    drawn = figure.draw()
    places = {item.get_text(): item.get_position()[1] for item in drawn.axes[0].texts}
    assert set(places) == {"BG/NBD", "Pareto/NBD", "actual"}
    heights = sorted(places.values())
    assert min(b - a for a, b in itertools.pairwise(heights)) > 0.2


def test_the_mean_of_the_model_is_named_where_there_is_one():
    table = pd.DataFrame({"group": ["1", "2+"], "mean": [10.0, 12], "low": [9.0, 10], "high": [11.0, 14]})
    assert texts(figures_lifetime.spend(table, 11.0, "GBP")) == ["model’s mean"]
    assert texts(figures_lifetime.spend(table, None, None)) == []


def test_months_away_from_the_model_have_colours_of_their_own():
    table = pd.DataFrame({"month": [1, 6, 12], "ratio": [0.5, 1, 2], "low": [0.4, 0.9, 1.8], "high": [0.6, 1.1, 2.2]})
    drawn = figures_lifetime.seasons(table).draw()
    shades = {tuple(colour.round(2)) for points in drawn.axes[0].collections for colour in points.get_facecolors()}
    assert len(shades) >= 3
