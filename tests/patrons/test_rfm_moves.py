"""Who moved: counted by hand, and masked where they are few."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from patrons import rfm, rfm_moves


def scored(order):
    """Customers of a shop, the first of the list being the best on every measure."""
    place = np.arange(len(order))
    return rfm.score(
        pd.DataFrame(
            {
                "customer_id": order,
                "recency": place,
                "frequency": len(order) - place,
                "monetary": 1.0 + len(order) - place,
            }
        )
    )


@pytest.mark.parametrize(
    ("first", "months"),
    [
        ("2020-01-01", 12),
        ("2022-01-01", 12),
        ("2022-06-01", 9),
        ("2023-07-01", 3),
        ("2023-08-01", None),
        ("2025-01-01", None),
    ],
)
def test_one_looks_back_a_year_or_half_of_the_time(first, months):
    found = rfm_moves.look_back(datetime.fromisoformat(first), datetime(2024, 1, 1))
    assert (found.months if found else None) == months
    if found:
        assert found.moment == (pd.Timestamp(2024, 1, 1) - pd.DateOffset(months=months)).to_pydatetime()


def test_everybody_of_now_is_in_one_cell():
    then, now = scored(range(100)), scored([*range(50, 150), *range(50)])
    found = rfm_moves.moves(then, now)
    assert found["customers"].sum() == 150
    assert found.loc[found.then == rfm_moves.JOINED, "customers"].sum() == 50
    for name, mine in found.groupby("then"):
        if name != rfm_moves.JOINED and mine["total"].iloc[0]:
            assert mine["customers"].sum() == (then.customers.segment == name).sum()
            assert mine["share"].sum() == pytest.approx(1)


def test_who_does_nothing_stays():
    same = scored(range(100))
    found = rfm_moves.moves(same, same)
    assert found.loc[found.then != found.now, "customers"].sum() == 0
    turned = rfm_moves.turns(same, same)
    assert (turned["stayed"] == turned["customers"]).all()
    assert (turned["turned"] == 0).all()
    assert (turned["high"] > 0).all()


def test_the_best_who_become_the_worst_have_slipped():
    found = rfm_moves.turns(scored(range(100)), scored(range(99, -1, -1))).set_index("segment")
    assert found.loc["champions", "share"] == 1
    assert found.loc["lost", "share"] == 1
    assert found.loc["lost", "silent"]
    assert not found.loc["champions", "silent"]


def test_a_cell_of_few_cannot_be_told_from_its_row():
    then, now = scored(range(200)), scored([*range(198, 200), *range(198)])
    found = rfm_moves.moves(then, now, smallest=5)
    lone = rfm_moves.moves(scored(range(3)), scored(range(3)), smallest=5)
    assert lone.loc[lone.total != 0, "customers"].isna().all()
    shown = found.dropna(subset=["customers"])
    assert not shown["customers"].between(1, 4).any()
    for _, mine in found[found.total > 0].groupby("then"):
        assert mine["customers"].isna().sum() != 1


def test_who_turned_does_not_tell_of_a_few_who_went_elsewhere():
    then, now = scored(range(200)), scored([*range(198, 200), *range(198)])
    whole, found = rfm_moves.turns(then, now), rfm_moves.turns(then, now, smallest=5)
    assert set(found["segment"]) < set(whole["segment"])
    assert not found["turned"].between(1, 4).any()
    assert not (found["customers"] - found["turned"]).between(1, 4).any()
    shown = rfm_moves.moves(then, now, smallest=5)
    alone = shown.loc[(shown.then == shown.now) & shown["customers"].isna(), "then"]
    assert found.loc[found["segment"].isin(alone), "stayed"].isna().all()
