"""Figures hold what they were given: bars from zero, labels, every source's shapes."""

import numpy as np
import pandas as pd
import pytest

from patrons import experiment, figures_data, figures_experiment, figures_rfm, rfm, rfm_map, rfm_views, theme
from patrons.design import Design


@pytest.fixture(autouse=True)
def look():
    theme.apply()


def texts(figure):
    """Return every text that a drawn figure shows."""
    drawn = figure.draw()
    return [item.get_text() for item in drawn.findobj(lambda artist: hasattr(artist, "get_text")) if item.get_text()]


def scored(frequency):
    order = np.arange(200)
    frame = pd.DataFrame({"recency": order + 1, "frequency": frequency, "monetary": np.linspace(3, 900, 200)})
    return rfm.score(frame)


@pytest.mark.parametrize("frequency", [1, np.arange(200) // 9 + 1])
def test_segments_say_both_their_shares(frequency):
    summary = rfm.public(rfm.summarise(scored(frequency), np.random.default_rng(1), 50), smallest=5)
    said = texts(figures_rfm.segment_shares(summary))
    assert sum("of customers" in text for text in said) == 6
    assert "Champions" in said


def test_segments_too_small_to_show_say_so():
    summary = rfm.summarise(scored(1), np.random.default_rng(1), 50)
    summary.loc[0, "customers"] = 3
    public = rfm.public(summary, smallest=5)
    assert public.loc[0, ["customers", "revenue", "revenue_share"]].isna().all()
    assert "too few to show their revenue" in texts(figures_rfm.segment_shares(public))


@pytest.mark.parametrize("frequency", [1, np.arange(200) // 9 + 1])
def test_histograms_count_all_but_the_tail(frequency):
    scores = scored(frequency)
    bars = rfm_views.histogram(scores, reach=1.0)
    assert (bars.groupby("measure")["customers"].sum() == 200).all()
    assert "Orders" in texts(
        figures_rfm.distributions(bars, {"recency": "Days", "frequency": "Orders", "monetary": "£"})
    )


def test_the_map_names_every_segment():
    cells = rfm_map.picture(rfm_map.read_segments())
    assert set(cells["title"]) <= set(texts(figures_rfm.segment_map(cells)))


def test_rank_sums_and_rates_say_their_numbers():
    spread = rfm_views.spread(scored(np.arange(200)[::-1] + 1))
    medians = theme.number(spread["median"].iloc[0])
    assert {spread["title"].iloc[0], medians} <= set(texts(figures_rfm.rank_sums(spread)))
    later = pd.DataFrame({"segment": ["lost"], "title": "Lost", "rate": 0.25, "rate_low": 0.1, "rate_high": 0.5})
    assert {"Lost", "25\u2009%"} <= set(texts(figures_rfm.later_rates(later)))


def test_groups_are_named_with_their_shares():
    table = pd.DataFrame(
        {"column": ["arm", "arm", "marital_status"], "group": ["a", "b", "x" * 40], "share": [0.25, 0.75, 1.0]}
    )
    said = texts(figures_data.groups(table))
    assert {"Arm", "Marital status", "a", "75\u2009%"} <= set(said)
    assert any(text.endswith("…") for text in said)


@pytest.mark.parametrize("months", [1, 5, 40])
def test_the_strongest_month_is_named(months):
    table = pd.DataFrame({"month": pd.date_range("2020-01-01", periods=months, freq="MS"), "whole": True})
    table["revenue"] = np.linspace(10_000, 90_000, months)
    assert any(f"{table['month'].iloc[-1]:%B %Y}" in text for text in texts(figures_data.monthly_sales(table, "GBP")))


@pytest.mark.parametrize("arms", [("a", "b"), ("a", "b", "c")])
def test_each_arm_is_named_on_its_curve(arms):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"arm": np.tile(arms, 200)})
    frame["y"] = rng.gamma(1, 40, len(frame)) * (rng.random(len(frame)) > 0.3)
    plan = Design("a", arms, dict.fromkeys(arms, 1 / len(arms)), {"y": "money"}, (), ())
    said = texts(figures_experiment.exceedance(experiment.exceedance(frame, plan, "y"), "Sales", list(arms)))
    assert set(arms) <= set(said)
