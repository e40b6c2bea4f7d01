"""Before and after: everybody alike against each segment its own, judged on people whom the rule was not learned from.

The people of the test are parted into halves. From one half it is learned which segments differ, which action each
should get and which action everybody should get; the other half says what that is worth, and the other way round. The
parting is done several times, and each person's scores are averaged, so that the result does not hang on one parting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import policy_value, strategy, strategy_pooling, strategy_segments
from patrons.design import Design
from patrons.experiment import covariates
from patrons.experiment_moments import column
from patrons.policy_value import Estimate
from patrons.settings_analysis import Strategy
from patrons.strategy_segments import Segmentation

PARTINGS = 10
NOBODY, ALIKE, SEGMENT = "nobody", "alike", "segment"
RULES = (NOBODY, ALIKE, SEGMENT)


@dataclass(frozen=True)
class Rules:
    """What was learned from halves of the people, and applied to the others.

    Attributes
    ----------
    half
        (partings, n), 0 or 1.
    arm
        Rule → (partings, n), the place of the arm that each person gets.
    columns
        How often which columns parted people: title → share of the halves.
    """

    half: np.ndarray
    arm: dict[str, np.ndarray]
    columns: dict[str, float]


@dataclass(frozen=True)
class Metric:
    """Something to compare the rules by: `values` (n), `known` (n, p) from before, `kind` as in `Fact.unit`."""

    name: str
    values: np.ndarray
    known: np.ndarray
    kind: str | None


def learn(
    frame: pd.DataFrame,
    plan: Design,
    settings: Strategy,
    measure: strategy.Worth,
    options: Mapping[str, Segmentation],
    rng: np.random.Generator,
    fewest: int,
    partings: int = PARTINGS,
) -> Rules:
    """Learn rules on halves of the people, for the other halves.

    Parameters
    ----------
    frame, plan, settings
        The test, and the assumptions.
    measure
        What counts as return; in units of the outcome where it has no worth in money, and then costs do not count.
    options
        From `strategy_segments.candidates`.
    rng
        For the partings.
    fewest
        As for `strategy_segments.by_columns`.
    partings
        How many.
    """
    arm = strategy.codes(frame, plan)
    values = strategy.outcome_values(frame, plan, measure.outcome) * (measure.factor or 1.0)
    cost = strategy.costs(plan, settings) if measure.in_money else dict.fromkeys(plan.arms[1:], 0.0)
    halves, seen = [], []
    given: dict[str, list[np.ndarray]] = {name: [] for name in RULES}
    for _ in range(partings):
        half = policy_value.folds(arm, rng)
        halves.append(half)
        rules = {name: np.zeros(len(frame), dtype=np.intp) for name in RULES}
        for side in (0, 1):
            from_, to = np.flatnonzero(half != side), half == side
            tested = strategy_segments.evidence(values, arm, dict(options), plan, from_)
            parted = strategy_segments.choose(frame, plan, settings, tested, fewest)
            seen.append(parted.title)
            everybody = pd.Series(strategy.EVERYBODY, index=frame.index)
            for name, labels in ((ALIKE, everybody), (SEGMENT, parted.labels)):
                best = best_arms(values[from_], arm[from_], labels.iloc[from_], plan, cost)
                rules[name][to] = labels[to].map(best).fillna(0).to_numpy(dtype=np.intp)
        for name in RULES:
            given[name].append(rules[name])
    shares = pd.Series(seen).value_counts(normalize=True)
    return Rules(
        np.array(halves),
        {name: np.array(rows) for name, rows in given.items()},
        {str(name): float(share) for name, share in shares.items()},
    )


def best_arms(
    values: np.ndarray, arm: np.ndarray, labels: pd.Series, plan: Design, cost: Mapping[str, float]
) -> dict[str, int]:
    """Return for each segment the place of the arm that returns most after its cost, pooled; 0 where none does."""
    table, _ = strategy.cells(values, arm, labels, plan)
    table["net"] = np.nan
    for action, rows in table.groupby("arm", sort=False, observed=True).groups.items():
        own = table.loc[rows].dropna(subset=["effect"])
        if len(own):
            found = strategy_pooling.pool(own["effect"].to_numpy(), own["variance"].to_numpy(), grid=100)
            table.loc[own.index, "net"] = found.weight @ found.mean - cost[str(action)]
    best = {}
    for segment, own in table.groupby("segment", sort=False, observed=True):
        known = own[own["net"] > 0].sort_values("net", ascending=False, kind="stable")
        best[str(segment)] = plan.arms.index(str(known["arm"].iloc[0])) if len(known) else 0
    return best


def metrics(frame: pd.DataFrame, plan: Design, more: Mapping[str, tuple[pd.Series, pd.Series]]) -> list[Metric]:
    """Return what the rules are compared by: the outcomes of the test, and what else was observed of its people.

    Parameters
    ----------
    frame, plan
        The test.
    more
        Name → what it was after the assignment, and before it, of each person; from `strategy_engagement.observed`.
    """
    before = np.column_stack([np.zeros((len(frame), 0)), *(filled(column(frame, k)) for k in covariates(frame, plan))])
    units = {"binary": "share", "money": "money", "number": None}
    found = [Metric(name, column(frame, name), before, units[kind]) for name, kind in plan.outcomes.items()]
    for name, (after, earlier) in more.items():
        known = np.column_stack([before, filled(earlier.to_numpy(dtype=float))])
        found.append(Metric(name, after.to_numpy(dtype=float), known, "share" if name.endswith("rate") else None))
    return found


def filled(values: np.ndarray) -> np.ndarray:
    """Return numbers with the mean in place of missing ones: what was known before cannot bias a randomised test."""
    there = np.isfinite(values)
    return np.where(there, values, values[there].mean() if there.any() else 0.0)


def averaged(metric: Metric, arm: np.ndarray, rules: Rules, arms: int) -> dict[str, np.ndarray]:
    """Return each person's score under each rule, averaged over the partings."""
    total = {name: np.zeros(len(arm)) for name in rules.arm}
    for place, half in enumerate(rules.half):
        scored = policy_value.scores(metric.values, arm, metric.known, half, arms)
        for name, given in rules.arm.items():
            total[name] += policy_value.of_rule(scored, given[place])
    return {name: values / len(rules.half) for name, values in total.items()}


def compare(measured: list[Metric], arm: np.ndarray, rules: Rules, arms: int) -> pd.DataFrame:
    """Compare the rules by each metric, per person.

    Returns
    -------
    DataFrame
        `metric`, `kind`, `n`; the value under each of `RULES` (`nobody`, `alike`, `segment`) with `<rule>_low` and
        `<rule>_high`; `gain` (segment − alike) and `alike_gain` (alike − nobody), with their ends.
    """
    return pd.DataFrame([_row(metric.name, metric.kind, averaged(metric, arm, rules, arms)) for metric in measured])


def returns(metric: Metric, factor: float, cost: np.ndarray, arm: np.ndarray, rules: Rules) -> pd.DataFrame:
    """Compare the rules by what they return net of their cost, and by that over the cost (ROI).

    Parameters
    ----------
    metric
        What counts as return.
    factor
        What one unit of it is worth.
    cost
        (arms), per person reached; 0 for the control.
    arm
        (n), the arm of each.
    rules
        From `learn`.

    Returns
    -------
    DataFrame
        As `compare`: rows ``return`` (against doing nothing), ``cost``, ``net`` and ``roi``.
    """
    scored = {name: values * factor for name, values in averaged(metric, arm, rules, len(cost)).items()}
    paid = {name: cost[given].mean(axis=0) for name, given in rules.arm.items()}
    gained = {name: values - scored[NOBODY] for name, values in scored.items()}
    net = {name: gained[name] - paid[name] for name in gained}
    there = np.isfinite(scored[NOBODY])
    paid = {name: np.where(there, values, np.nan) for name, values in paid.items()}
    rows = [_row("return", "money", gained), _row("cost", "money", paid), _row("net", "money", net)]
    roi = {name: policy_value.ratio(net[name], paid[name]) for name in net}
    # Two ratios of the same people: what each person adds to one, less what they add to the other.
    parts = {name: (net[name] - roi[name].value * paid[name]) / np.nanmean(paid[name]) for name in (ALIKE, SEGMENT)}
    apart = policy_value.mean(parts[SEGMENT] - parts[ALIKE])
    shift = roi[SEGMENT].value - roi[ALIKE].value
    gain = Estimate(shift, shift + apart.low - apart.value, shift + apart.high - apart.value, apart.n)
    estimates = {**roi, "gain": gain, "alike_gain": Estimate(np.nan, np.nan, np.nan, 0)}
    rows.append({"metric": "roi", "kind": "share", "n": apart.n, **_flat(estimates)})
    return pd.DataFrame(rows)


def _row(name: str, kind: str | None, scored: Mapping[str, np.ndarray]) -> dict[str, object]:
    estimates = {rule: policy_value.mean(scored[rule]) for rule in RULES}
    estimates["gain"] = policy_value.mean(scored[SEGMENT] - scored[ALIKE])
    estimates["alike_gain"] = policy_value.mean(scored[ALIKE] - scored[NOBODY])
    return {"metric": name, "kind": kind, "n": estimates[NOBODY].n, **_flat(estimates)}


def _flat(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, estimate in estimates.items():
        found |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return found
