"""Customers scored by models made by hand, and by those of the real world."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from patrons import rfm, scoring
from patrons.lifetime import Fit
from patrons.lifetime_worth import Outlook
from patrons.scoring import Known, score
from patrons.scoring_actions import RFM, Actions, Advice, Level, best
from patrons.scoring_models import Lifetime, Models, RfmEdges
from patrons.scoring_notes import Notes

BGNBD = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
AHEAD = Outlook(39, 0.0, "week")


def models(**parts):
    nothing = dict.fromkeys(("rfm", "groups", "actions"))
    return Models(
        **{"name": "Shop", "currency": "GBP", "ahead": AHEAD, "lifetimes": (), "chances": {}, "ranges": {}}
        | nothing
        | parts
    )


def buying(parameters, end=date(2023, 12, 31)):
    values = pd.Series(parameters)
    return Lifetime(end, Fit("bgnbd", values, pd.DataFrame(), 0.0, 9, True, 0), None)


def known(table=None, clv=None, traits=None):
    rows = next(len(part) for part in (table, clv, traits) if part is not None)
    empty = pd.DataFrame(index=range(rows))
    return Known(*(empty if part is None else part for part in (table, clv, traits)), Notes(rows))


@pytest.fixture
def customers():
    rng = np.random.default_rng(1)
    days = rng.integers(0, 900, 200)
    return pd.DataFrame(
        {
            "recency": days,
            "frequency": rng.integers(1, 9, 200),
            "monetary": rng.gamma(2, 50, 200).round(2),
            "tenure": days + rng.integers(0, 200, 200),
        }
    )


def edges(customers):
    scored = rfm.score(customers)
    cuts = {name: tuple(rfm.cuts(rfm.turned(customers, name), 5).tolist()) for name in rfm.MEASURES}
    return scored, RfmEdges(5, cuts, bool(scored.customers["r"].nunique() == 1), scored.segments)


def test_scores_are_those_of_the_book_however_the_rows_are_cut(customers):
    scored, own = edges(customers)
    whole = score(models(rfm=own), known(customers), date(2024, 1, 1))
    alone = pd.concat(
        score(models(rfm=own), known(customers.iloc[[place]].reset_index(drop=True)), date(2024, 1, 1))
        for place in range(len(customers))
    )
    for found in (whole, alone):
        assert list(found["segment"]) == list(scored.customers["segment"].astype(str))
        assert found[["r", "f", "m"]].to_numpy().tolist() == scored.customers[["r", "f", "m"]].to_numpy().tolist()
    assert set(whole["notes"]) == {""}


def test_where_recency_tells_nobody_apart_it_counts_as_the_middle(customers):
    level = customers.assign(recency=10)
    scored, own = edges(level)
    found = score(models(rfm=own), known(level), date(2024, 1, 1))
    assert own.level and list(found["segment"]) == list(scored.customers["segment"].astype(str))


def test_the_customer_of_the_paper_buys_1226_times():
    clv = pd.DataFrame({"x": [2.0], "t_x": [30.43], "T": [38.86], "m_x": [np.nan]})
    found = score(models(lifetimes=(buying(BGNBD),)), known(clv=clv), date(2024, 1, 1))
    assert found["expected_purchases"].round(3).tolist() == [1.226]


def test_a_day_is_foreseen_by_models_that_know_of_no_later_day():
    early, late = buying(BGNBD, date(2020, 6, 30)), buying(BGNBD, date(2021, 6, 30))
    both = models(lifetimes=(early, late))
    assert scoring.models_as_of(both, date(2021, 6, 30)) is late
    assert scoring.models_as_of(both, date(2021, 6, 29)) is early
    assert scoring.models_as_of(both, date(2019, 1, 1)) is early


def test_what_is_not_known_is_left_empty_and_said():
    _, own = edges(pd.DataFrame({"recency": [1, 5, 9], "frequency": [3, 2, 1], "monetary": [9.0, 5, 1]}))
    table = pd.DataFrame({"recency": [1.0, np.nan, np.inf, np.nan], "frequency": [2.0, 2, 2, np.nan]})
    table["monetary"] = [1.0, 1, 1, np.nan]
    found = score(models(rfm=own), known(table), date(2024, 1, 1))
    assert found["segment"].notna().tolist() == [True, False, False, False]
    assert found["notes"].tolist() == [
        "",
        "not known: recency; therefore no segment",
        "not known: recency; therefore no segment",
        "nothing is known to score by; therefore no segment",
    ]


def test_impossible_times_are_not_scored():
    clv = pd.DataFrame({"x": [1.0, -1.0], "t_x": [50.0, 1.0], "T": [38.0, 38.0], "m_x": [np.nan, np.nan]})
    found = score(models(lifetimes=(buying(BGNBD),)), known(clv=clv), date(2024, 1, 1))
    assert found["expected_purchases"].isna().all()
    assert all("nor t_x above T (both in weeks)" in note for note in found["notes"])


def test_the_first_level_that_is_known_gives_the_advice():
    levels = (
        Level("gender × region", ("gender", "region"), {"male, North": Advice("A", 2.0, 1.0, 3.0)}),
        Level(RFM, (), {"loyal": Advice("B", 1.0, 0.0, 2.0)}),
        Level("everybody", (), {"everybody": Advice("C", 0.5, 0.1, 0.9)}),
    )
    table = pd.DataFrame({"gender": ["male", "male", None, "male"], "region": ["North", "South", "North", None]})
    segments = pd.Series(["loyal", "loyal", "lost", "lost"])
    found = pd.DataFrame(scoring._advised(Actions(levels, "GBP"), table, segments))
    assert found["recommended_action"].tolist() == ["A", "B", "C", "C"]
    assert found["expected_return_low"].tolist() == [1.0, 0.0, 0.1, 0.1]
    assert found["advised_by"].tolist()[::2] == ["test, gender × region: male, North (GBP)", "test, everybody (GBP)"]


def test_an_action_that_returns_nothing_is_not_recommended():
    effects = pd.DataFrame(
        {"segment": ["a", "a", "b"], "arm": ["x", "y", "x"], "pooled": [3.0, 5, 0.5], "low": [1.0, 2, 0], "high": 9.0}
    )
    found = best(effects.assign(net=effects["pooled"] - 1), "control")
    assert found == {"a": Advice("y", 4.0, 1.0, 8.0), "b": Advice("control", 0.0, 0.0, 0.0)}
