"""The next best action for each segment by recency, frequency and value: which tested offer returns most in it."""

from __future__ import annotations

import pandas as pd

from patrons import record_strategy, strategy, strategy_pooling, strategy_segments
from patrons.shop import Shop
from patrons.strategy_programmes import verdict
from patrons.strategy_study import CAUTION, Study


def offers(shop: Shop, study: Study) -> pd.DataFrame:
    """Find the offer of the test that returns most in each segment.

    People of the test are in the segments of the day when it began. Effects are pooled over segments
    (`strategy_pooling`), and the one with the largest expected return less its cost is taken.

    Returns
    -------
    DataFrame
        `segment`, `people` (in the test), `arm`, `net` (per person reached, less what reaching them costs), `low`,
        `high`, `p_pays`, `verdict` (pays | open | does not pay), `unit` (of returns: money, or that of the outcome);
        empty where people of the test are not known as customers. A segment on which nothing was tested is no row.
    """
    parted = strategy_segments.by_rfm(shop, shop.experiment)
    if parted is None:
        return pd.DataFrame()
    frame, plan = shop.experiment, study.plan
    values = strategy.outcome_values(frame, plan, study.worth.outcome) * (study.worth.factor or 1.0) * study.scale
    fewest = max(strategy.FEWEST, shop.analysis.privacy.smallest_group)
    bar = study.cost if study.worth.in_money else dict.fromkeys(study.cost, 0.0)
    table, _ = strategy.cells(values, strategy.codes(frame, plan), parted[0].labels, plan, fewest)
    table, _ = strategy_pooling.pooled(table, bar, CAUTION)
    table["unit"] = record_strategy.unit(study)
    costs = table["arm"].map(bar).astype(float)
    table["verdict"] = [
        verdict(low, high, cost) for low, high, cost in zip(table["low"], table["high"], costs, strict=True)
    ]
    for name, column in (("net", "pooled"), ("low", "low"), ("high", "high")):
        table[name] = table[column] - costs
    best = table.dropna(subset=["net"]).sort_values("net", ascending=False, kind="stable").drop_duplicates("segment")
    columns = ["segment", "people", "arm", "net", "low", "high", "p_pays", "verdict", "unit"]
    return best.sort_index()[columns].reset_index(drop=True)
