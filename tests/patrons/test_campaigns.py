"""Campaigns in numbers: sums, single campaigns, odd rows."""

import numpy as np
import pandas as pd
import pytest

from patrons import campaigns, r
from patrons.stop import ChapterStop


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "campaign_id": ["a", "b", "c", "d"],
            "channel": ["mail", "mail", "web", "web"],
            "segment": ["all", None, "all", "<b>|$"],
            "started_at": pd.to_datetime(["2023-01-01", "2023-02-01", "2023-03-01", None]),
            "impressions": [1000.0, 500, 900, 0],
            "clicks": [30.0, 10, 20, 0],
            "leads": [10.0, 0, 5, 0],
            "conversions": [5.0, 0, 30, 0],
            "cost": [100.0, 50, 60, 0],
            "revenue": [300.0, 0, 500, 20],
        }
    )


def test_pooled_metrics_are_those_of_the_contract(table):
    found = campaigns.totals(campaigns.gather(table)).set_index("metric")["value"]
    expected = {
        "ctr": 60 / 2400,
        "conversion_rate": 35 / 60,
        "cpc": 210 / 60,
        "cpl": 210 / 15,
        "cac": 210 / 35,
        "roi": (820 - 210) / 210,
    }
    assert found.to_dict() == pytest.approx(expected)


def test_ratios_without_a_denominator_are_missing_and_said(table):
    found = campaigns.each_campaign(campaigns.gather(table)).set_index("campaign_id")
    assert np.isnan(found.loc["b", ["cpl", "cac"]].astype(float)).all()
    assert np.isnan(found.loc["d", ["ctr", "conversion_rate", "cpc", "roi"]].astype(float)).all()
    assert found.loc["b", "cac_low"] == pytest.approx(50 / 3.688879, rel=1e-6)  # it is no cheaper than that
    assert found.loc["b", "roi"] == -1
    assert not np.isinf(found.select_dtypes("number").to_numpy()).any()
    assert found.loc["d", "note"] == "no clicks; no leads; no conversions; no cost"


def test_more_conversions_than_clicks_have_a_rate_and_no_interval(table):
    found = campaigns.each_campaign(campaigns.gather(table)).set_index("campaign_id").loc["c"]
    assert found["conversion_rate"] == 1.5
    assert np.isnan(found["conversion_rate_low"])
    assert "more conversions than clicks" in found["note"]


def test_single_intervals_are_those_of_r(table):
    r.use("tests_campaigns")
    found = campaigns.each_campaign(campaigns.gather(table))
    theirs = r.call("single_campaigns", found["clicks"], found["impressions"], ["rate"] * 4)
    assert found["ctr_low"].to_numpy() == pytest.approx(theirs["low"].to_numpy(), abs=1e-12, nan_ok=True)
    theirs = r.call("single_campaigns", found["cost"], found["conversions"], ["price"] * 4)
    assert found["cac_high"].to_numpy() == pytest.approx(theirs["high"].to_numpy(), abs=1e-9, nan_ok=True)


def test_only_cost_and_revenue():
    frame = campaigns.gather(pd.DataFrame({"campaign_id": ["a", "b"], "cost": [1.0, 2], "revenue": [2.0, 3]}))
    assert campaigns.totals(frame)["metric"].tolist() == ["roi"]
    assert campaigns.funnel(frame).empty
    assert campaigns.divided(frame) == []
    assert campaigns.dispersion(frame).empty
    assert campaigns.each_campaign(frame)["note"].tolist() == ["", ""]


def test_rows_of_a_campaign_are_added_up_and_names_stay_apart(table):
    again = pd.concat([table, table.iloc[[0]], table.iloc[[0]].assign(channel="web")])
    frame = campaigns.gather(again)
    assert frame["campaign_id"].is_unique
    assert frame.loc[frame["campaign_id"] == "a, mail, all", ["cost", "rows"]].to_numpy().tolist() == [[200, 2]]
    assert frame["cost"].sum() == again["cost"].sum()


def test_an_empty_table_ends_the_chapter():
    with pytest.raises(ChapterStop, match="no rows"):
        campaigns.gather(pd.DataFrame({"campaign_id": []}))


def test_dispersion_of_equal_rates_is_none_and_grows_with_differences():
    rng = np.random.default_rng(1)
    clicks = rng.binomial(10_000, 0.03, 300).astype(float)
    frame = pd.DataFrame({"campaign_id": [str(n) for n in range(300)], "impressions": 10_000.0, "clicks": clicks})
    phi = campaigns.dispersion(campaigns.gather(frame))["dispersion"].iloc[0]
    assert 0.8 < phi < 1.2
    frame["clicks"] = rng.binomial(10_000, rng.uniform(0.01, 0.05, 300)).astype(float)
    assert campaigns.dispersion(campaigns.gather(frame))["dispersion"].iloc[0] > 10


def test_funnel_skips_steps_that_are_not_counted(table):
    frame = campaigns.gather(table.drop(columns="leads"))
    found = campaigns.funnel(frame)
    assert found["step"].tolist() == ["impressions", "clicks", "conversions"]
    assert found["rate"].tolist()[1:] == pytest.approx([60 / 2400, 35 / 60])
