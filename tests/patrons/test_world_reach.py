"""Campaigns, answers, visits and e-mails of the simulated shop."""

import numpy as np
import pytest

from patrons import world, world_draw, world_reach

PEOPLE = world_draw.crowd(3, world_draw.Block(0, 0, 6_000, True)).people


def campaigns(seed):
    return world_reach.draw_campaigns(np.random.default_rng(seed))


def test_campaigns_lead_from_impressions_to_conversions():
    table = campaigns(0)
    assert len(table) == 40
    assert set(table["channel"]) == {"email", "search", "social", "display", "catalogue"}
    funnel = table[["impressions", "clicks", "leads", "conversions"]].to_numpy()
    assert (np.diff(funnel, axis=1) <= 0).all()
    assert table["started_at"].is_monotonic_increasing
    assert table["campaign_id"].is_unique
    assert (table["cost"] > 0).all()
    assert (table.loc[table["conversions"] == 0, "revenue"] == 0).all()


def test_mean_roi_is_what_was_planted_and_some_lose():
    rois = []
    losing, lucky = [], []
    for seed in range(150):
        table = campaigns(seed)
        rois.append((table["revenue"] / table["cost"] - 1).mean())
        lost = table["expected_roi"] < 0
        losing.append(lost.mean())
        lucky.append((lost & (table["revenue"] > table["cost"])).sum())
    assert abs(np.mean(rois) - world_reach.ROI) < 4 * np.std(rois) / np.sqrt(len(rois))
    assert 0.05 < np.mean(losing) < 0.5
    assert np.mean(lucky) > 0.5


def test_nobody_answers_before_they_joined_and_women_answer_more():
    answers = world_reach.draw_answers(np.random.default_rng(0), PEOPLE)
    assert list(answers) == [*(f"campaign_{number}" for number in range(1, 6)), "response"]
    assert answers.isin([0, 1]).all().all()
    sent = world.day_of(np.datetime64("2022-03-14"))
    assert answers.loc[PEOPLE["joined"] >= sent, "campaign_1"].sum() == 0
    rate = answers["response"].groupby(PEOPLE["gender"]).mean()
    assert rate[0] > 1.3 * rate[1]
    assert 0.05 < answers["response"].mean() < 0.4


def test_those_who_answered_once_answer_again():
    answers = world_reach.draw_answers(np.random.default_rng(0), PEOPLE)
    assert answers["campaign_5"].corr(answers["response"]) > 0.05


def test_engagement_has_a_row_for_each_month_since_joining():
    table = world_reach.draw_engagement(np.random.default_rng(0), PEOPLE)
    joined = (world.START + PEOPLE["joined"].to_numpy().astype(int)).astype("datetime64[M]")
    months = np.minimum((world.END.astype("datetime64[M]") - joined).astype(int), 24)
    assert (np.bincount(table["who"], minlength=len(PEOPLE)) == months).all()
    assert (table["emails_opened"] <= table["emails_sent"]).all()
    assert (table["emails_clicked"] <= table["emails_opened"]).all()
    assert set(table["emails_sent"]) == {2, 3, 4}


def test_those_who_are_gone_hardly_come_back():
    table = world_reach.draw_engagement(np.random.default_rng(0), PEOPLE)
    last = table[table["month"] == np.datetime64("2023-12")]
    gone = (PEOPLE["gone"].to_numpy() < world.DAYS - 31)[last["who"]]
    opened = last["emails_opened"] / last["emails_sent"]
    assert opened[gone].mean() < 0.6 * opened[~gone].mean()
    assert last["web_visits"][gone].mean() < 0.4 * last["web_visits"][~gone].mean()


def test_more_campaigns_of_luck_do_not_change_the_mean():
    assert world_reach.REACH["returns"].mean() == pytest.approx(1)
    assert world_reach.AUDIENCE_RETURNS.mean() == pytest.approx(1)
