"""What each campaign returns once luck is taken out: which pay, which waste money, and how much is at stake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons.campaigns import FACTORS
from patrons.campaigns_pooling import Pooling, pool

#: A campaign is called profitable, or wasteful, where that is at least so probable.
SURE = 0.9
VERDICTS = ("profitable", "undecided", "wasteful")


@dataclass(frozen=True)
class Value:
    """What a conversion is worth.

    Attributes
    ----------
    mean
        Revenue per conversion.
    variation
        Coefficient of variation of single conversions.
    chance
        Money that one unit of chance is worth: the variance of a campaign's revenue over its mean.
    campaigns
        With conversions, from whose spread it is estimated.
    """

    mean: float
    variation: float
    chance: float
    campaigns: int


@dataclass(frozen=True)
class Returns:
    """Returns of campaigns, drawn towards those of their kind.

    Attributes
    ----------
    campaigns
        A row per campaign that can be judged: `campaign_id`, `channel`, `segment`, `cost`, `raw` (revenue / cost − 1),
        `raw_low`, `raw_high` (from its own numbers alone), `roi` (pooled), `low`, `high`, `weight` (of its own
        numbers), `p_profit`, `verdict`, `loss` (what it would lose if it were run again; `loss_low`, `loss_high`;
        below zero is a gain), `raw_rank`, `rank` (of the pooled return; 1 is best), `rank_low`, `rank_high`.
    stake
        What the wasteful ones would lose together: expected, low, high.
    value
        What a conversion is worth.
    pooling
        The model; counts are revenue in units of chance, λ revenue per cost.
    levels
        `factor`, `level`, `roi` (mean of campaigns of the kind; `low`, `high`), `next_low`, `next_high` (middle 95 %
        of the returns of campaigns yet to come).
    left_out
        Campaigns that cannot be judged: no cost, or cost, revenue or conversions not known, or revenue below zero.
    """

    campaigns: pd.DataFrame
    stake: tuple[float, float, float]
    value: Value
    pooling: Pooling
    levels: pd.DataFrame
    left_out: int


def worth(frame: pd.DataFrame) -> Value | None:
    r"""Estimate what a conversion is worth and how much single ones differ, from the spread between campaigns.

    With :math:`n_i` conversions of mean value :math:`a_i`, the coefficient of variation of single ones is
    :math:`c^2 = \frac{1}{k-1} \sum_i n_i (a_i / \bar a - 1)^2`. Were campaigns to attract orders of different size, c
    would come out too large, and the intervals too wide. Poisson conversions of such values make the variance of
    revenue :math:`\bar a (1 + c^2)` times its mean.
    """
    known = frame[frame["conversions"].gt(0) & frame["revenue"].ge(0)]
    if len(known) < 3 or known["revenue"].sum() <= 0:
        return None
    n = known["conversions"].to_numpy()
    mean = float(known["revenue"].sum() / n.sum())
    squared = float(np.sum(n * (known["revenue"].to_numpy() / n / mean - 1) ** 2) / (len(known) - 1))
    return Value(mean, float(np.sqrt(squared)), mean * (1 + squared), len(known))


def judge(frame: pd.DataFrame, rng: np.random.Generator) -> Returns | None:
    """Pool the returns of campaigns and judge each.

    Returns
    -------
    Returns or None
        None where how much of a return is chance cannot be told: conversions are not known, or there are fewer than
        five campaigns.
    """
    value = worth(frame)
    fit = frame["cost"].gt(0) & frame["revenue"].ge(0) & frame["conversions"].notna()
    if value is None or fit.sum() < 5:
        return None
    known = frame[fit].reset_index(drop=True)
    units = known.assign(count=known["revenue"] / value.chance, exposure=known["cost"] / value.chance)
    pooling = pool(units, list(FACTORS), rng)
    if pooling is None:
        return None
    table, draws, cost = known[["campaign_id", *FACTORS, "cost"]].copy(), pooling.draws, known["cost"].to_numpy()
    table["raw"] = known["revenue"] / known["cost"] - 1
    low, high = own_interval(units["count"].to_numpy(), units["exposure"].to_numpy())
    table["raw_low"], table["raw_high"] = low - 1, high - 1
    table["roi"] = pooling.units["pooled"] - 1
    table["low"], table["high"] = np.quantile(draws, [0.025, 0.975], axis=0) - 1
    table["weight"] = pooling.units["weight"]
    table["p_profit"] = (draws > 1).mean(axis=0)
    table["verdict"] = np.select(
        [table["p_profit"] >= SURE, table["p_profit"] <= 1 - SURE], ["profitable", "wasteful"], "undecided"
    )
    losses = cost * (1 - draws)
    table["loss"] = -cost * table["roi"]
    table["loss_low"], table["loss_high"] = np.quantile(losses, [0.025, 0.975], axis=0)
    ranks = stats.rankdata(-draws, axis=1)
    table["raw_rank"] = stats.rankdata(-table["raw"], method="min").astype(int)
    table["rank"] = stats.rankdata(-table["roi"], method="min").astype(int)
    table["rank_low"], table["rank_high"] = np.quantile(ranks, [0.025, 0.975], axis=0, method="inverted_cdf")
    wasteful = (table["verdict"] == "wasteful").to_numpy()
    together = losses[:, wasteful].sum(axis=1)
    low, high = np.quantile(together, [0.025, 0.975])
    stake = (float(table.loc[wasteful, "loss"].sum()), float(low), float(high))
    return Returns(table, stake, value, pooling, _levels(pooling), len(frame) - len(known))


def own_interval(count: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of a rate from one unit's count alone, which may be a fraction (Garwood's, between)."""
    low = np.where(count > 0, stats.gamma.ppf(0.025, np.maximum(count, 1e-9)), 0.0)
    return low / exposure, stats.gamma.ppf(0.975, count + 1) / exposure


def _levels(pooling: Pooling) -> pd.DataFrame:
    rows = []
    for factor in pooling.factors:
        for level, drawn in pooling.levels[factor].items():
            ends = np.quantile(drawn, [0.025, 0.975], axis=0) - 1
            row = {"factor": factor, "level": level, "roi": float(np.median(drawn[:, 0])) - 1}
            row |= {"low": ends[0, 0], "high": ends[1, 0], "next_low": ends[0, 1], "next_high": ends[1, 1]}
            rows.append(row)
    columns = ["factor", "level", "roi", "low", "high", "next_low", "next_high"]
    return pd.DataFrame(rows, columns=columns)


def shift(returns: Returns, factor: str = "channel") -> pd.DataFrame:
    """Compare the best and the worst level of a factor: what a pound moved from one to the other would bring.

    Returns
    -------
    DataFrame
        One row: `factor`, `best`, `worst`, `gain` (of revenue per unit of cost; `low`, `high`), `spent` (on the
        worst); none where the model has no such factor.
    """
    columns = ["factor", "best", "worst", "gain", "low", "high", "spent"]
    levels = {level: drawn[:, 0] for level, drawn in returns.pooling.levels.get(factor, {}).items()}
    if len(levels) < 2:
        return pd.DataFrame(columns=columns)
    medians = {level: float(np.median(drawn)) for level, drawn in levels.items()}
    best, worst = max(medians, key=medians.__getitem__), min(medians, key=medians.__getitem__)
    gain = levels[best] - levels[worst]
    units = returns.pooling.units
    spent = float(units.loc[units[factor] == worst, "cost"].sum())
    row = [factor, best, worst, float(np.median(gain)), *np.quantile(gain, [0.025, 0.975]), spent]
    return pd.DataFrame([row], columns=columns)


def against_truth(returns: Returns, expected: Mapping[str, float]) -> dict[str, float]:
    """Hold raw and pooled returns against what was planted.

    Returns
    -------
    dict
        `campaigns`, `raw` and `pooled` (root mean square errors), `raw_inside` and `inside` (intervals that hold the
        truth), `wrong` (verdicts that are wrong: called wasteful but profitable, or the other way round).
    """
    table = returns.campaigns[returns.campaigns["campaign_id"].isin(set(expected))]
    truth = table["campaign_id"].map(dict(expected)).to_numpy(dtype=float)
    inside = {
        name: float(np.mean((table[low] <= truth) & (truth <= table[high])))
        for name, low, high in (("raw_inside", "raw_low", "raw_high"), ("inside", "low", "high"))
    }
    wrong = ((table["verdict"] == "wasteful") & (truth > 0)) | ((table["verdict"] == "profitable") & (truth < 0))
    return {
        "campaigns": float(len(table)),
        "raw": float(np.sqrt(np.mean((table["raw"] - truth) ** 2))),
        "pooled": float(np.sqrt(np.mean((table["roi"] - truth) ** 2))),
        **inside,
        "wrong": float(wrong.sum()),
    }
