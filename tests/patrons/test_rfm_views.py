"""What figures and tables show of scores, and what they keep to themselves."""

import numpy as np
import pandas as pd
import pytest

from patrons import rfm, rfm_views


def frame(recency, frequency, monetary):
    return pd.DataFrame({"recency": recency, "frequency": frequency, "monetary": monetary})


@pytest.fixture
def plain():
    """A hundred customers without ties."""
    order = np.arange(100)
    return frame(order + 1, 200 - order, (order * 37 % 100 + 1) * 1.5)


def test_grid_has_every_pair(plain):
    counted = rfm_views.grid(rfm.score(plain))
    assert len(counted) == 25
    assert counted["customers"].sum() == 100
    assert counted.loc[counted.customers == 0, "monetary"].isna().all()


def test_small_groups_of_the_grid_are_left_out(plain):
    scores = rfm.score(plain.assign(frequency=[1] * 97 + [9, 9, 9]))
    counted = rfm_views.grid(scores, smallest=5)
    hidden = counted[counted["customers"].isna()]
    # Three people have the highest score of both; those of the same recency would tell how many they are.
    assert hidden[["r", "f"]].to_numpy().tolist() == [[1, 1], [1, 5]]
    assert hidden["monetary"].isna().all()
    assert counted["customers"].min() == 0


def test_the_look_up_leaves_the_extremes_open(plain):
    found = rfm_views.look_up(rfm.score(plain)).set_index("score")
    assert found["recency"].tolist() == ["up to 20", "21 to 40", "41 to 60", "61 to 80", "81 and more"]
    assert found.loc[5, "frequency"] == "181 and more"
    assert found.loc[1, "monetary"] == "up to 30.00"
    assert found.loc[2, "monetary"] == "over 30.00 to 60.00"
    assert found.loc[5, "monetary"] == "over 120.00"
    same = rfm_views.look_up(rfm.score(frame(range(50), [1] * 50, np.linspace(5, 90, 50))))
    assert same["frequency"].tolist()[-1] == "all"
    assert same["frequency"].isna().sum() == 4


def test_scores_of_few_are_not_looked_up(plain):
    found = rfm_views.look_up(rfm.score(plain.assign(frequency=[1] * 97 + [9, 9, 9])), smallest=5).set_index("score")
    assert found["frequency_customers"].isna().all()  # 97 would tell of the other 3
    assert found["recency_customers"].tolist() == [20] * 5


def test_bars_of_few_are_left_out(plain):
    every, shown = (rfm_views.histogram(rfm.score(plain), reach=1.0, smallest=least) for least in (1, 3))
    assert (every.groupby("measure")["customers"].sum() == 100).all()
    assert len(shown) < len(every)
    assert shown["customers"].min() >= 3
    assert rfm_views.histogram(rfm.score(plain.head(2)), smallest=5).empty


def test_rank_sums_spread_in_order(plain):
    found = rfm_views.spread(rfm.score(plain), smallest=5)
    assert found["median"].is_monotonic_decreasing
    assert (found[["low", "q25", "median", "q75", "high"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert found["customers"].min() >= 5
    assert found["segment"].iloc[0] == "champions"
