"""Everything that the chapter on strategy shows, put together once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from patrons import (
    masks,
    strategy,
    strategy_engagement,
    strategy_plans,
    strategy_policies,
    strategy_pooling,
    strategy_programmes,
    strategy_sample,
    strategy_segments,
)
from patrons.campaigns_study import margin
from patrons.design import Design
from patrons.experiment import sample_ratio
from patrons.experiment_moments import Moments
from patrons.power import people_for_means
from patrons.settings_analysis import Strategy
from patrons.shop import Shop
from patrons.source import slug
from patrons.stop import ChapterStop
from patrons.strategy_plans import Budget
from patrons.strategy_segments import Segmentation
from patrons.truth import planted
from patrons.words import plain

#: Somebody careful counts with the return that an action falls short of in one case of ten.
CAUTION = 0.1
DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Study:
    """What is found about strategy.

    Attributes
    ----------
    plan, settings, worth, cost
        The test, the assumptions, what counts as return, and what reaching one person costs.
    months
        How long the test lasted; missing where that is not known.
    scale
        By what effects are multiplied for the horizon.
    evidence
        `strategy_segments.evidence`.
    segmentation
        Who is treated apart.
    effects
        `strategy_pooling.pooled`, per person, with `net` (less the cost); the average over segments in `averages`.
    sales
        The same of sales, where the test measured them beside profit; empty otherwise.
    panels
        Per segment, its best action: people, cost, sales, net return, return over cost.
    programmes
        `strategy_programmes.programmes`, empty where people of the test are not known as customers.
    budget
        None where returns are not in money.
    rules, compared, returned
        What was learned on halves (`strategy_policies`), what it is worth by each outcome, and in money.
    changes
        `strategy_engagement.changes`.
    again
        People per arm for a test that sees the largest mean effect in four of five cases; missing where none is above
        zero.
    truth
        Arm → planted effect on the outcome, of the simulated world.
    """

    plan: Design
    settings: Strategy
    worth: strategy.Worth
    cost: dict[str, float]
    months: float
    scale: float
    evidence: pd.DataFrame
    segmentation: Segmentation
    effects: pd.DataFrame
    averages: pd.DataFrame
    sales: pd.DataFrame
    panels: pd.DataFrame
    programmes: pd.DataFrame
    budget: Budget | None
    rules: strategy_policies.Rules
    compared: pd.DataFrame
    returned: pd.DataFrame
    changes: pd.DataFrame
    again: float
    truth: dict[str, float] = field(default_factory=dict)

    @property
    def emails_alike(self) -> bool:
        """Whether every arm was sent about as many e-mails, as far as that is known."""
        sent = self.changes[self.changes["metric"] == strategy_engagement.SENT] if len(self.changes) else self.changes
        return bool(len(sent)) and bool((sent["low"].isna() | ((sent["low"] <= 0) & (sent["high"] >= 0))).all())


@dataclass(frozen=True)
class Measured:
    """What the test says of each action in each segment, before anything is made of it.

    Attributes
    ----------
    plan, worth, cost, months, scale, evidence, segmentation
        As in `Study`.
    arm, values, options
        Place of each person's arm, what they returned, and the segmentations there are.
    bar
        What an action must return to be worth its cost; zeros where returns are not in money.
    fewest
        With fewer people an effect is missing.
    effects, mixtures, found
        From `strategy_pooling.pooled` and `strategy.cells`; `effects` with `net`.
    """

    plan: Design
    worth: strategy.Worth
    cost: dict[str, float]
    bar: dict[str, float]
    months: float
    scale: float
    fewest: int
    arm: np.ndarray
    values: np.ndarray
    options: dict[str, Segmentation]
    evidence: pd.DataFrame
    segmentation: Segmentation
    effects: pd.DataFrame
    mixtures: dict[str, strategy_pooling.Mixture]
    found: Moments

    @property
    def factor(self) -> float:
        """By what the outcome is multiplied: what one unit of it is worth, over the horizon."""
        return (self.worth.factor or 1.0) * self.scale

    def effects_within(self, labels: pd.Series) -> pd.DataFrame:
        """Return `effects` for other segments than those chosen."""
        table, _ = strategy.cells(self.values, self.arm, labels, self.plan, self.fewest)
        effects, _ = strategy_pooling.pooled(table, self.bar, CAUTION)
        return effects.assign(net=effects["pooled"] - effects["arm"].map(self.bar))


def measure(shop: Shop) -> Measured:
    """Find what each action returns in each segment.

    Raises
    ------
    ChapterStop
        The source has no test, or one whose arms are too small, or not as large as planned.
    """
    if not shop.has("experiment"):
        raise ChapterStop(strategy_sample.advice(shop))
    frame, plan, settings = shop.experiment, shop.design, shop.analysis.strategy
    worth = strategy.worth(plan, settings, margin(shop))
    if not sample_ratio(frame, plan).passed:
        raise ChapterStop(
            f"The arms of the test in *{plain(shop.name)}* are not as large as planned: something other than chance "
            "decided who was counted, and nothing can be built on its effects. Find and mend that first, then test "
            "again."
        )
    fewest = max(strategy.FEWEST, shop.analysis.privacy.smallest_group)
    cost = strategy.costs(plan, settings)
    months = length(shop, frame)
    scale = settings.horizon_months / months if settings.horizon_months and months > 0 else 1.0
    arm = strategy.codes(frame, plan)
    values = strategy.outcome_values(frame, plan, worth.outcome) * ((worth.factor or 1.0) * scale)
    options = strategy_segments.candidates(frame, plan, fewest)
    evidence = strategy_segments.evidence(values, arm, options, plan)
    segmentation = strategy_segments.choose(frame, plan, settings, evidence, fewest)
    table, found = strategy.cells(values, arm, segmentation.labels, plan, fewest)
    if segmentation.columns and table["effect"].isna().all():  # in no segment: all of them as one, then
        segmentation = strategy_segments.by_columns(frame, [], fewest)
        table, found = strategy.cells(values, arm, segmentation.labels, plan, fewest)
    if table["effect"].isna().all():
        raise ChapterStop(
            f"This chapter needs a test with at least {fewest} people in the control and in one of the other arms, "
            f"whose *{plain(worth.outcome.replace('_', ' '))}* is known and varies; *{plain(shop.name)}* has none."
        )
    bar = cost if worth.in_money else dict.fromkeys(cost, 0.0)
    effects, mixtures = strategy_pooling.pooled(table, bar, CAUTION)
    return Measured(
        plan=plan,
        worth=worth,
        cost=cost,
        bar=bar,
        months=months,
        scale=scale,
        fewest=fewest,
        arm=arm,
        values=values,
        options=options,
        evidence=evidence,
        segmentation=segmentation,
        effects=effects.assign(net=effects["pooled"] - effects["arm"].map(bar)),
        mixtures=mixtures,
        found=found,
    )


def look(shop: Shop) -> Study:
    """Find what each action returns in each segment, how a budget is best split, and what targeting adds.

    Raises
    ------
    ChapterStop
        The source has no test, or one whose arms are not as large as planned.
    """
    test = measure(shop)
    frame, settings, plan = shop.experiment, shop.analysis.strategy, test.plan
    smallest = shop.analysis.privacy.smallest_group
    sales = _sales(frame, plan, test.worth, test.segmentation, test.scale, test.fewest)
    rng = shop.rng("strategy.policies")
    rules = strategy_policies.learn(frame, plan, settings, test.worth, test.options, rng, test.fewest)
    more = _engaged(shop, frame)
    metrics = strategy_policies.metrics(frame, plan, more)
    main = next(metric for metric in metrics if metric.name == test.worth.outcome)
    paid = np.array([0.0, *(test.bar[name] for name in plan.arms[1:])])
    returned = (
        strategy_policies.returns(main, test.factor, paid, test.arm, rules) if test.worth.in_money else pd.DataFrame()
    )
    averages = strategy_pooling.averages(test.mixtures)
    planner = shop.rng("strategy.plans")
    budget = (
        strategy_plans.plan(test.effects, test.mixtures, test.found, test.cost, settings, planner)
        if test.worth.in_money
        else None
    )
    return Study(
        plan=plan,
        settings=settings,
        worth=test.worth,
        cost=test.cost,
        months=test.months,
        scale=test.scale,
        evidence=test.evidence,
        segmentation=test.segmentation,
        effects=without_few(test.effects, smallest),
        averages=averages,
        sales=sales,
        panels=panels(test.effects, sales, test.bar) if test.worth.in_money else pd.DataFrame(),
        programmes=_programmes(shop, test, smallest),
        budget=budget,
        rules=rules,
        compared=strategy_policies.compare(metrics, test.arm, rules, len(plan.arms)),
        returned=returned,
        changes=strategy_engagement.changes(more, frame, plan),
        again=_again(averages, test.values, test.arm),
        truth=_truth(shop, plan, test.worth.outcome, test.factor),
    )


def length(shop: Shop, frame: pd.DataFrame) -> float:
    """Return how many months passed from the first assignment to the day of reference; missing where unknown."""
    if "assigned_at" not in frame or frame["assigned_at"].isna().all():
        return float("nan")
    if not shop.has("transactions") and shop.source.settings.reference_date is None:
        return float("nan")
    passed = pd.Timestamp(shop.reference_date) - frame["assigned_at"].min()
    return passed / pd.Timedelta(days=1) / DAYS_A_MONTH


def panels(effects: pd.DataFrame, sales: pd.DataFrame, cost: Mapping[str, float]) -> pd.DataFrame:
    """Put together what reaching all of a segment costs and returns, with the action that returns most in it.

    Returns
    -------
    DataFrame
        `segment`, `arm`, `people`, `cost`; `sales`, `net`, `roi` (net over cost), each with `_low` and `_high`;
        `p_pays`. Segments on which nothing was tested are left out; sales are missing where they were not measured.
    """
    known = effects.dropna(subset=["net"]).sort_values("net", ascending=False, kind="stable")
    best = known.drop_duplicates("segment").sort_index()
    rows = []
    for row in best.to_dict("records"):
        people, each = row["people"], cost[row["arm"]]
        found = {name: row[name] for name in ("segment", "arm", "people", "p_pays")} | {"cost": people * each}
        sold = sales[(sales["segment"] == row["segment"]) & (sales["arm"] == row["arm"])] if len(sales) else sales
        for end, column in (("", "pooled"), ("_low", "low"), ("_high", "high")):
            found[f"sales{end}"] = people * float(sold[column].iloc[0]) if len(sold) else np.nan
            found[f"net{end}"] = people * (row[column] - each)
            found[f"roi{end}"] = (row[column] - each) / each if each > 0 else np.nan
        rows.append(found)
    return pd.DataFrame(rows)


def without_few(effects: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Leave out how many people were in an arm where they are too few to show, or would tell of some who are.

    How many each arm has in all is no secret, nor how many each segment has.
    """
    sizes = effects.pivot(index="segment", columns="arm", values="n")
    control = effects.groupby("segment")["n_control"].first().loc[sizes.index]
    hidden = masks.crossed(np.column_stack([control, sizes]), smallest)
    few = pd.DataFrame(hidden[:, 1:], sizes.index, sizes.columns).stack()
    places = pd.MultiIndex.from_frame(effects[["segment", "arm"]])
    alone = effects["segment"].isin(sizes.index[hidden[:, 0]])
    return effects.assign(
        people=effects["people"].mask(masks.of_groups(effects, "segment", "people", smallest)),
        n=effects["n"].mask(few.reindex(places).to_numpy()),
        n_control=effects["n_control"].mask(alone),
    )


def _programmes(shop: Shop, test: Measured, smallest: int) -> pd.DataFrame:
    found = strategy_programmes.programmes(shop, test.values, test.arm, test.bar, test.fewest, CAUTION)
    if found.empty:
        return found
    return found.assign(people=found["people"].mask(masks.of_groups(found, "segment", "people", smallest)))


def _sales(
    frame: pd.DataFrame, plan: Design, worth: strategy.Worth, parted: Segmentation, scale: float, fewest: int
) -> pd.DataFrame:
    money = [name for name, kind in plan.outcomes.items() if kind == "money" and name != "profit"]
    if not money:
        return pd.DataFrame()
    values = strategy.outcome_values(frame, plan, money[0]) * scale
    table, _ = strategy.cells(values, strategy.codes(frame, plan), parted.labels, plan, fewest)
    found, _ = strategy_pooling.pooled(table, dict.fromkeys(plan.arms[1:], 0.0), CAUTION)
    return found


def _engaged(shop: Shop, frame: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    if not shop.has("engagement") or not {"customer_id", "assigned_at"} <= set(frame.columns):
        return {}
    return strategy_engagement.observed(frame, shop.engagement)


def _again(averages: pd.DataFrame, values: np.ndarray, arm: np.ndarray) -> float:
    best = float(averages["mean"].max()) if len(averages) else np.nan
    spread = np.array([np.nanvar(values[arm == place], ddof=1) for place in np.unique(arm[arm >= 0])])
    return float(np.ceil(people_for_means(best, float(np.sqrt(spread.mean()))))) if best > 0 else np.nan


def _truth(shop: Shop, plan: Design, outcome: str, factor: float) -> dict[str, float]:
    known = planted(shop)
    found = {arm: known.get(f"experiment.{outcome}.{slug(arm)}.lift") for arm in plan.arms[1:]}
    return {arm: value * factor for arm, value in found.items() if value is not None}
