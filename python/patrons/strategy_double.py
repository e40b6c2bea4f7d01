"""The second entry of the chapter on strategy: what R finds from the same people and the same assumptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from patrons import strategy, strategy_engagement, strategy_policies
from patrons.double import NOTHING, Agreement, agreement
from patrons.shop import Shop
from patrons.strategy_plans import Budget
from patrons.strategy_study import Study

Call = Callable[..., Any]


def pooled(study: Study, call: Call) -> Agreement:
    """Pool the effects again, action by action."""
    mine, theirs = [], []
    for arm, own in study.effects.dropna(subset=["effect"]).groupby("arm", sort=False, observed=True):
        bar = study.cost[str(arm)] if study.worth.in_money else 0.0
        found = call("pool_effects", own["effect"], own["variance"], bar)
        theirs.append(found.assign(arm=arm, segment=own["segment"].to_numpy()))
        mine.append(own)
    if not mine:
        return NOTHING
    columns = ["pooled", "low", "high", "p_pays"]
    return agreement(pd.concat(mine), pd.concat(theirs), ["segment", "arm"], columns)


def split(budget: Budget, call: Call) -> Agreement:
    """Split the budget again, by steps in place of linear programming."""
    net = budget.net
    table = pd.DataFrame(
        {
            "segment": np.repeat(budget.segments, len(budget.arms)),
            "people": np.repeat(budget.people, len(budget.arms)),
            "cost": np.tile(budget.cost, len(budget.segments)),
            "net": net.ravel(),
        }
    )
    mine = pd.DataFrame({"net": [budget.best.net], "spent": [budget.best.spent], "shadow": [budget.best.shadow]})
    return agreement(mine, call("split_budget", table, budget.amount), [], ["net", "spent", "shadow"])


def rules(frame: pd.DataFrame, study: Study, call: Call) -> Agreement:
    """Value the rules again by the outcome that counts as return."""
    metric = next(item for item in strategy_policies.metrics(frame, study.plan, {}) if item.name == study.worth.outcome)
    given = study.rules.arm
    known = pd.DataFrame(metric.known, columns=[f"x{place}" for place in range(metric.known.shape[1])])
    theirs = call(
        "value_rules",
        metric.values,
        strategy.codes(frame, study.plan).astype(float),
        known,
        _columns(study.rules.half),
        _columns(given[strategy_policies.ALIKE]),
        _columns(given[strategy_policies.SEGMENT]),
    )
    row = study.compared.set_index("metric").loc[metric.name]
    mine = pd.DataFrame(
        [
            {"rule": rule, "value": row[rule], "low": row[f"{rule}_low"], "high": row[f"{rule}_high"]}
            for rule in (strategy_policies.ALIKE, strategy_policies.SEGMENT, "gain")
        ]
    )
    return agreement(mine, theirs, ["rule"], ["value", "low", "high"])


def engagement(shop: Shop, study: Study, call: Call) -> Agreement:
    """Compare again how each arm changed with how the control did."""
    more = strategy_engagement.observed(shop.experiment, shop.engagement)
    changed = pd.DataFrame({name.replace(" ", "_"): after - before for name, (after, before) in more.items()})
    names = list(changed)
    changed.insert(0, "arm", shop.experiment["arm"].astype(str).to_numpy())
    theirs = call(
        "compare_arms",
        changed,
        outcomes=names,
        kinds=["number"] * len(names),
        control=study.plan.control,
        arms=list(study.plan.arms[1:]),
    )
    mine = study.changes.assign(outcome=study.changes["metric"].str.replace(" ", "_"))
    return agreement(mine, theirs, ["outcome", "arm"], ["lift", "low", "high", "statistic", "df", "p"])


def _columns(partings: np.ndarray) -> pd.DataFrame:
    """Give each parting a column, as a data frame of R's has them."""
    return pd.DataFrame(partings.T.astype(float), columns=[f"p{place}" for place in range(len(partings))])
