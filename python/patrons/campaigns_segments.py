"""Segments of customers and what reaches them: revenue quarter by quarter, answers to campaigns, e-mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import masks, rfm
from patrons.campaigns_pooling import Pooling, pool
from patrons.ratios import ratio
from patrons.shop import Shop
from patrons.stop import ChapterStop, SectionStop

NEWCOMERS = "newcomers"
#: So many quarters are followed at most, the last ones.
QUARTERS = 16
ANSWER = "response_"
MAILS = ("emails_sent", "emails_opened", "emails_clicked")


@dataclass(frozen=True)
class Answers:
    """Which share of each segment answers a campaign.

    Attributes
    ----------
    cells
        A row per segment and campaign: `segment`, `campaign`, `answered`, `customers`, `rate`.
    segments
        A row per segment: `segment`, `title`, `customers`, `rate` (of all campaigns together), `expected` (drawn
        towards the rate of all), `low`, `high`, `next_low`, `next_high` (of the rate in a campaign yet to come; missing
        with fewer than five campaigns).
    pooling
        The model of segments.
    next
        The model of campaigns; None with fewer than five.
    repeated
        How much more the answers of the same customers vary than those of as many different ones.
    """

    cells: pd.DataFrame
    segments: pd.DataFrame
    pooling: Pooling
    next: Pooling | None
    repeated: float


def segments_of(shop: Shop) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return each customer's segment as of today, and the titles of segments in the map's order.

    Raises
    ------
    SectionStop
        The source does not say how lately, how often and for how much customers bought.
    """
    try:
        known = rfm.measured(shop).customers
    except ChapterStop as stop:
        raise SectionStop(str(stop).replace("This chapter", "This section")) from None
    scores = rfm.score(known, shop.analysis.rfm.bins)
    table = scores.customers[["customer_id"]].assign(segment=scores.customers["segment"].astype(str))
    return table, scores.segments.titles


def revenue_by_quarter(shop: Shop) -> pd.DataFrame:
    """Sum up the revenue of each whole quarter by the segment in which customers began it.

    Nobody's segment knows what they went on to buy: scores are as of the first day of the quarter. Whoever ordered for
    the first time in the quarter is a newcomer. The intervals are of a normal total: independent customers.

    Returns
    -------
    DataFrame
        `quarter` (such as ``2023 Q1``), `segment`, `title`, `customers` (who began the quarter in the segment),
        `buyers`, `revenue`, `low`, `high`, `share` (of the quarter's revenue); numbers of groups of too few buyers
        are missing.

    Raises
    ------
    SectionStop
        There are no transactions, or not two whole quarters after the first.
    """
    shop.require("transactions", part="section")
    ends = shop.transactions.agg(
        first=shop.transactions.ordered_at.min(), last=shop.transactions.ordered_at.max()
    ).to_pandas()
    first, last = (pd.Timestamp(ends[name].iloc[0]) for name in ("first", "last"))
    span = pd.period_range(first, last + pd.Timedelta(days=1), freq="Q")[1:-1]
    if len(span) < 2:
        raise SectionStop("This section needs orders from two whole quarters or more after the one with the first.")
    smallest, parts = shop.analysis.privacy.smallest_group, []
    for quarter in span[-QUARTERS:]:
        start, end = quarter.start_time.to_pydatetime(), (quarter + 1).start_time.to_pydatetime()
        known = shop.features_at(start).dropna(subset=list(rfm.MEASURES))
        sold = shop.outcomes(start, end).set_index("customer_id")["revenue"]
        scores = rfm.score(known, shop.analysis.rfm.bins)
        begun = scores.customers.set_index("customer_id")["segment"].astype(str)
        people = pd.DataFrame({"segment": begun, "revenue": sold.reindex(begun.index).fillna(0.0).astype(float)})
        new = pd.DataFrame({"segment": NEWCOMERS, "revenue": sold[~sold.index.isin(begun.index)].astype(float)})
        titles = {**scores.segments.titles, NEWCOMERS: "Newcomers"}
        parts.append(_summed(pd.concat([people, new]), titles).assign(quarter=f"{quarter.year} Q{quarter.quarter}"))
    table = pd.concat(parts, ignore_index=True)
    table["share"] = table["revenue"] / table.groupby("quarter")["revenue"].transform("sum")
    few = masks.within(table, "quarter", "buyers", smallest) | masks.within(table, "quarter", "customers", smallest)
    table.loc[few, ["customers", "buyers", "revenue", "low", "high", "share"]] = np.nan
    return table[["quarter", "segment", "title", "customers", "buyers", "revenue", "low", "high", "share"]]


def _summed(people: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    rows = []
    for name, title in titles.items():
        money = people.loc[people["segment"] == name, "revenue"].to_numpy(dtype=float)
        half = 1.959964 * np.sqrt(len(money)) * (money.std(ddof=1) if len(money) > 1 else np.nan)
        total = float(money.sum())
        row = {"segment": name, "title": title, "customers": float(len(money)), "buyers": float((money > 0).sum())}
        rows.append(row | {"revenue": total, "low": max(total - half, 0.0) if half == half else np.nan})
        rows[-1]["high"] = total + half
    return pd.DataFrame(rows)


def answers(shop: Shop, rng: np.random.Generator) -> Answers:
    """Estimate which share of each segment answers a campaign, and what the next one may bring.

    Segments are drawn towards the rate of all customers, campaigns differ by a factor that all segments share: the
    next campaign's rate in a segment is that of the segment times the factor of a campaign yet to come. The same
    customers were asked each time, so that counts are divided by how much more they vary for it.

    Raises
    ------
    SectionStop
        The source does not say who answered two campaigns or more, or too few did.
    """
    shop.require("customers", part="section")
    names = [name for name in shop.customers.columns if str(name).startswith(ANSWER)]
    if len(names) < 2:
        raise SectionStop(
            "This section needs to know who answered two campaigns or more: add to `customers:` in source.yml "
            "`responses: {campaign_1: …, campaign_2: …}`."
        )
    people, titles = segments_of(shop)
    table = people.merge(shop.customers[["customer_id", *names]].dropna(), on="customer_id")
    counts = table["segment"].value_counts()
    few = counts.index[masks.divided(counts, shop.analysis.privacy.smallest_group)]
    table = table[~table["segment"].isin(few)]
    found = estimate(table, names, titles, rng)
    if found is None:
        raise SectionStop("Too few customers, in too few segments, answered campaigns to tell segments apart.")
    return found


def estimate(
    table: pd.DataFrame, names: Sequence[str], titles: Mapping[str, str], rng: np.random.Generator
) -> Answers | None:
    """Estimate the rates of segments from customers' answers; None with fewer than five segments, or answers.

    Parameters
    ----------
    table
        A row per customer: `segment`, and 0 or 1 in each of `names`.
    names
        Columns, a campaign each.
    titles
        Of segments, in their order.
    rng
        For the models' draws.
    """
    given = table[list(names)].to_numpy(dtype=float)
    customers = table.groupby("segment").size()
    counts = table.groupby("segment")[list(names)].sum().astype(float)
    rates = counts.sum(axis=1) / (customers * len(names))
    expected = table["segment"].map(rates).to_numpy(dtype=float)
    apart = ((given.sum(axis=1) - len(names) * expected) ** 2).sum()
    chance = float((len(names) * expected * (1 - expected)).sum())
    repeated = max(1.0, float(apart / chance)) if chance > 0 else 1.0
    units = pd.DataFrame({"segment": counts.index, "count": counts.sum(axis=1).to_numpy() / repeated})
    units["exposure"] = customers.to_numpy() * len(names) / repeated
    pooling = pool(units, [], rng)
    if pooling is None:
        return None
    sent = pd.DataFrame({"count": given.sum(axis=0), "exposure": float(len(given))})
    coming = pool(sent, [], rng)
    rows = []
    for name in (item for item in titles if item in customers.index):
        at = counts.index.get_loc(name)
        drawn = pooling.draws[:, at]
        low, high = np.quantile(drawn, [0.025, 0.975])
        row = {"segment": name, "title": titles[name], "customers": int(customers[name]), "rate": rates[name]}
        row |= {"expected": pooling.units["pooled"].iloc[at], "low": low, "high": high}
        if coming is not None:
            factor = coming.levels["all"]["all"]
            row |= dict(zip(("next_low", "next_high"), _next(drawn, factor[:, 1] / factor[:, 0]), strict=True))
        rows.append(row)
    columns = ["segment", "title", "customers", "rate", "expected", "low", "high", "next_low", "next_high"]
    cells = counts.reset_index().melt(id_vars="segment", var_name="campaign", value_name="answered")
    cells["customers"] = cells["segment"].map(customers)
    cells["campaign"] = cells["campaign"].astype(str).str.removeprefix(ANSWER)
    cells["rate"] = cells["answered"] / cells["customers"]
    return Answers(cells, pd.DataFrame(rows, columns=columns), pooling, coming, repeated)


def _next(rate: np.ndarray, factor: np.ndarray) -> tuple[float, float]:
    """Return the middle 95 % of the product of two independent draws."""
    size = min(len(rate), len(factor))
    low, high = np.quantile(np.minimum(rate[:size] * factor[:size], 1.0), [0.025, 0.975])
    return float(low), float(high)


def mails(shop: Shop) -> pd.DataFrame:
    """Follow e-mails from being sent to being opened and clicked in, by the segment of who got them.

    Customers are the units of the intervals (`ratios.ratio`): one reads everything, another nothing.

    Returns
    -------
    DataFrame
        `segment`, `title`, `customers`, `sent`, and for `opened` (of those sent) and `clicked` (of those opened)
        the rate with `_low` and `_high`.

    Raises
    ------
    SectionStop
        The source does not count e-mails.
    """
    shop.require("engagement", part="section")
    known = [name for name in MAILS if name in shop.engagement]
    if len(known) < len(MAILS):
        raise SectionStop(
            "This section needs to know what became of e-mails: add to the `columns:` of `engagement` in source.yml "
            "`emails_sent: …, emails_opened: …, emails_clicked: …`."
        )
    people, titles = segments_of(shop)
    sums = shop.engagement.dropna(subset=["customer_id", *MAILS]).groupby("customer_id")[list(MAILS)].sum()
    table = people.merge(sums, left_on="customer_id", right_index=True)
    rows, counts = [], table["segment"].value_counts()
    shown = set(counts.index[~masks.divided(counts, shop.analysis.privacy.smallest_group)])
    for name in (item for item in titles if item in shown):
        mine = table[table["segment"] == name]
        row = {"segment": name, "title": titles[name], "customers": len(mine), "sent": float(mine[MAILS[0]].sum())}
        for step, top, bottom in (("opened", MAILS[1], MAILS[0]), ("clicked", MAILS[2], MAILS[1])):
            found = ratio(mine[top], mine[bottom])
            row |= {step: found.value, f"{step}_low": found.low, f"{step}_high": found.high}
        rows.append(row)
    ends = [f"{step}{end}" for step in ("opened", "clicked") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["segment", "title", "customers", "sent", *ends])
