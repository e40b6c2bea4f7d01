"""What is true of a world, and that an analyst finds it."""

import numpy as np
import pytest
from scipy import stats

from patrons import world_check, world_draw, world_truth
from patrons.world_draw import Parameters


def test_ranks_by_hand():
    found = world_truth.ranked([1, 2, 3, 4, 10])
    assert found["explore.high_low_ratio"] == pytest.approx(7 / 1.5)
    assert found["explore.top20_revenue_share"] == pytest.approx(0.5)


def test_effects_of_the_test_by_hand():
    sums = {name: np.array([[20.0, 30, 20, 20], [10.0, 12, 10, 10]]) for name in world_truth.OUTCOMES}
    found = world_truth.test_effects(sums, np.array([10, 5]))
    assert found["experiment.sales.discount_20.lift"] == pytest.approx(12 / 15)
    assert found["experiment.sales.discount_20.lift_pct"] == pytest.approx(12 / 30)
    assert found["experiment.sales.discount_20.female.lift"] == pytest.approx(1)
    assert found["experiment.sales.discount_20.male.lift"] == pytest.approx(0.4)
    assert found["experiment.profit_per_order.discount_20.lift"] == 0


def test_the_shop_is_as_it_was_asked_to_be():
    found = world_truth.shop_effects(5.0, world_truth.REFERENCE)
    assert found["kinds.champion.revenue_share"] == pytest.approx(0.45, abs=0.02)
    assert found["explore.high_low_ratio"] >= 2.3
    assert found["campaigns.roi_mean"] == 0.77
    assert sum(found[f"seasonality.index.{month:02d}"] for month in range(1, 13)) == pytest.approx(12)
    index = sorted(range(1, 13), key=lambda month: found[f"seasonality.index.{month:02d}"])
    assert index[-2:] == [11, 12]
    assert {3, 4} <= set(index[:3])
    assert found["seasonality.off_peak.orders_ratio"] == pytest.approx(1.3, abs=0.03)
    assert found["demographics.age_30_to_45.spend_ratio"] > 1.05
    assert found["demographics.income_over_60k.spend_ratio"] > 1.15
    assert found["response.last.women_to_men"] > 1.3


def test_expected_orders_are_those_asked_for():
    crowd = world_draw.crowd(5, world_draw.Block(0, 0, 20_000, True))
    expected = world_truth.expect(crowd, 5.0)
    assert 1 + expected.orders.mean() == pytest.approx(5, abs=0.01)
    assert expected.monthly.sum() == pytest.approx(expected.spend.sum())
    assert expected.lane_orders.sum() == pytest.approx(20_000 + expected.orders.sum(), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 10], ids=["default", "tenfold"])
def test_an_analyst_finds_every_planted_effect(size):
    """Intervals are so wide (Šidák) that all of them together hold the truth in 95 worlds of 100."""
    found = world_check.estimate(world_check.draw(Parameters(2_000 * size, 10_000 * size)))
    assert len(found) == 50
    level = 0.95 ** (1 / len(found))
    wide = stats.norm.ppf(0.5 + level / 2) * found["error"]
    missed = found[(found["estimate"] - found["truth"]).abs() > wide]
    assert missed.empty, missed.to_string()
    # And the intervals say something: none is wider than the effects that they are to show.
    sure = ["experiment.sales.discount_20.lift", "seasonality.index.12", "kinds.champion.revenue_share"]
    assert (found.set_index("effect").loc[sure, "error"] * 1.96 < found.set_index("effect").loc[sure, "truth"]).all()


@pytest.mark.slow
def test_power_is_at_least_80_percent_once_spend_before_is_used():
    found = []
    for seed in range(60):
        plan = world_draw.make_plan(Parameters(seed=seed))
        tables = [world_draw.experiment(part) for part in world_draw.parts(plan)]
        sales, before, arm = (
            np.concatenate([table[name] for table in tables]) for name in ("sales", "spend_before", "arm")
        )
        slope = np.cov(sales, before)[0, 1] / before.var(ddof=1)
        adjusted = sales - slope * (before - before.mean())
        groups = [adjusted[arm == name] for name in ("discount 20%", "no discount")]
        error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups))
        found.append(abs(groups[0].mean() - groups[1].mean()) > 1.96 * error)
    assert np.mean(found) >= 0.8
