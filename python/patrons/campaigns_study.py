"""All that the chapter on campaigns shows of a shop, computed once, and its second entry in R."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from patrons import campaigns, campaigns_returns, campaigns_segments, campaigns_tests, paths
from patrons.campaigns import METRICS
from patrons.campaigns_pooling import Pooling
from patrons.campaigns_returns import Returns
from patrons.campaigns_segments import ANSWER, Answers
from patrons.double import NOTHING, Agreement, agreement, worst
from patrons.opened import declare_input
from patrons.shop import Shop
from patrons.stop import SectionStop

Call = Callable[..., Any]
#: Where the shape of a gamma distribution is looked for, both programs stop at their own last digits.
SOUGHT = 1e-6


@dataclass(frozen=True)
class Reached:
    """What the table of campaigns says.

    Attributes
    ----------
    frame, each
        The campaigns; with their metrics and what is odd about them.
    pooled
        Metrics of all campaigns together.
    groups
        Factor → metrics of its levels.
    funnel, funnels
        Steps of all; factor → steps of its levels.
    dispersion
        How much more rates differ than by chance.
    mean_return
        Over campaigns: value, low, high, number.
    returns
        None where how much of a return is chance cannot be told.
    shifts
        Factor → what moving money from its worst to its best level would bring.
    tests
        Between channels and audiences.
    truth
        What was planted, where it is known: `campaigns_returns.against_truth` and `roi_mean`.
    margin
        Profit share of sales before the cost of campaigns, where orders say it.
    """

    frame: pd.DataFrame
    each: pd.DataFrame
    pooled: pd.DataFrame
    groups: dict[str, pd.DataFrame]
    funnel: pd.DataFrame
    funnels: dict[str, pd.DataFrame]
    dispersion: pd.DataFrame
    mean_return: tuple[float, float, float, int]
    returns: Returns | None
    shifts: pd.DataFrame
    tests: pd.DataFrame
    truth: dict[str, float]
    margin: float | None


@dataclass(frozen=True)
class Study:
    """What is known of campaigns and of those whom they reach.

    Attributes
    ----------
    reached
        None where the source has no campaigns.
    answers, mails, quarters
        None where the source does not tell; `stops` says why.
    stops
        Part → sentence.
    """

    reached: Reached | None
    answers: Answers | None
    mails: pd.DataFrame | None
    quarters: pd.DataFrame | None
    stops: dict[str, str]

    def need(self, part: str) -> None:
        """End a section whose part the source does not allow.

        Raises
        ------
        SectionStop
            With the reason.
        """
        if part in self.stops:
            raise SectionStop(self.stops[part])


def look(shop: Shop) -> Study:
    """Study a shop's campaigns.

    Raises
    ------
    ChapterStop
        The source has neither campaigns nor customers who answered them.
    """
    answering = shop.has("customers") and any(str(name).startswith(ANSWER) for name in shop.customers.columns)
    if not shop.has("campaigns") and not answering:
        shop.require("campaigns")
    stops: dict[str, str] = {}

    def attempt(part: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except SectionStop as stop:
            stops[part] = str(stop)
            return None

    return Study(
        reached=attempt("reached", lambda: reach(shop)),
        answers=attempt("answers", lambda: campaigns_segments.answers(shop, shop.rng("campaigns.answers"))),
        mails=attempt("mails", lambda: campaigns_segments.mails(shop)),
        quarters=attempt("quarters", lambda: campaigns_segments.revenue_by_quarter(shop)),
        stops=stops,
    )


def reach(shop: Shop) -> Reached:
    """Study the table of campaigns.

    Raises
    ------
    SectionStop
        There is none.
    """
    shop.require("campaigns", part="section")
    frame = campaigns.read(shop)
    factors = campaigns.divided(frame)
    returns = campaigns_returns.judge(frame, shop.rng("campaigns.returns"))
    value = campaigns_returns.worth(frame)
    shifts = [campaigns_returns.shift(returns, name) for name in returns.pooling.factors] if returns else []
    return Reached(
        frame=frame,
        each=campaigns.each_campaign(frame),
        pooled=campaigns.totals(frame),
        groups={name: campaigns.totals(frame, name) for name in factors},
        funnel=campaigns.funnel(frame),
        funnels={name: campaigns.funnel(frame, name) for name in factors},
        dispersion=campaigns.dispersion(frame),
        mean_return=campaigns.mean_return(frame),
        returns=returns,
        shifts=pd.concat(shifts, ignore_index=True) if shifts else pd.DataFrame(),
        tests=campaigns_tests.compare(frame, value.chance if value else None),
        truth=planted(shop, returns),
        margin=margin(shop),
    )


def planted(shop: Shop, returns: Returns | None) -> dict[str, float]:
    """Hold returns against what was planted in the simulated shop; nothing for any other."""
    file = paths.home() / "data" / "truth.yml"
    if shop.planted is None or returns is None or not file.is_file():
        return {}
    declare_input(file)
    truth = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    found = campaigns_returns.against_truth(returns, truth["campaigns"]["expected_roi"])
    return {**found, "roi_mean": float(truth["effects"]["campaigns.roi_mean"])}


def margin(shop: Shop) -> float | None:
    """Return which share of what was sold was left once the goods were paid, where orders say it."""
    if not shop.has_column("transactions", "profit"):
        return None
    rows = shop.transactions.filter(shop.transactions.amount.notnull() & shop.transactions.profit.notnull())
    sums = rows.agg(profit=rows.profit.sum(), amount=rows.amount.sum()).to_pandas().iloc[0]
    share = float(sums["profit"]) / float(sums["amount"]) if float(sums["amount"] or 0) > 0 else 0.0
    return share if 0 < share < 1 else None


def totals_agree(reached: Reached, call: Call) -> Agreement:
    """Compare all ratios of totals with R's."""
    parts = [("all", reached.frame)]
    mine = [reached.pooled]
    for name, table in reached.groups.items():
        parts += [(f"{name} {level}", part) for level, part in reached.frame.groupby(name)]
        mine.append(table.assign(level=f"{name} " + table["level"]))
    long = [
        pd.DataFrame(
            {"level": level, "metric": metric.name, "top": part[metric.top], "bottom": part[metric.bottom]}
        ).assign(less=metric.less)
        for level, part in parts
        for metric in METRICS
        if campaigns.has(part, metric)
    ]
    if not long:
        return NOTHING
    theirs = call("ratios_of_totals", pd.concat(long, ignore_index=True))
    own = pd.concat(mine, ignore_index=True).dropna(subset=["value"])
    return agreement(own, theirs.dropna(subset=["value"]), ["level", "metric"], ["value", "low", "high"])


def singles_agree(reached: Reached, call: Call) -> Agreement:
    """Compare the intervals of single campaigns with R's."""
    found = []
    for metric in (item for item in METRICS if item.kind != "return" and campaigns.has(reached.frame, item)):
        table = reached.each
        theirs = call("single_campaigns", table[metric.top], table[metric.bottom], [metric.kind] * len(table))
        own = table[[f"{metric.name}_low", f"{metric.name}_high"]].set_axis(["low", "high"], axis=1)
        found.append(agreement(own, theirs, [], ["low", "high"]))
    return worst(found)


def pooling_agrees(pooling: Pooling, call: Call) -> Agreement:
    """Compare a fitted model with R's."""
    units = pooling.units
    theirs = call("pool_units", units["count"], units["exposure"], units[list(pooling.factors)])
    own = units[["mean", "pooled"]].assign(shape=pooling.shape)
    return replace(agreement(own, theirs, [], ["mean", "pooled", "shape"]), tolerance=SOUGHT)


def tests_agree(reached: Reached, call: Call) -> Agreement:
    """Compare the tests with R's."""
    value, rows = campaigns_returns.worth(reached.frame), []
    factors = campaigns.divided(reached.frame)
    for row in reached.tests.to_dict("records"):
        metric = next(item for item in METRICS if item.name == row["metric"])
        known = campaigns_tests.testable(reached.frame, metric, factors, value.chance if value else 1.0)
        others = [other for other in factors if other != row["factor"] and known[other].nunique() > 1]
        theirs = call("test_factor", known[["count", "exposure", *factors]], row["factor"], others)
        rows.append(theirs.assign(metric=row["metric"], factor=row["factor"]))
    if not rows:
        return NOTHING
    numbers = ["f", "df1", "df2", "p", "effect", "ratio", "low", "high", "h", "h_p"]
    found = agreement(reached.tests, pd.concat(rows, ignore_index=True), ["metric", "factor"], numbers)
    return replace(found, tolerance=SOUGHT)
