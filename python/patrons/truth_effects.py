"""Each planted effect of the simulated world beside its estimate in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons import explore_baskets, world_check
from patrons.experiment_tests import Z
from patrons.facts import Fact, Facts
from patrons.limits import ALPHA
from patrons.shop import Shop
from patrons.source import slug

#: What the chapters before this one do not estimate, by the first part of the effect's name.
KINDS, AFFINITY = "kinds", "affinity"


@dataclass(frozen=True)
class Beside:
    """Planted effects and what was found of them.

    Attributes
    ----------
    table
        A row per effect that has an estimate with an interval: `effect`, `chapter`, `unit`, `planted`, `value`, `low`,
        `high` (95 %), `wide_low`, `wide_high` (all of them hold at once 95 times of 100), `inside`, `inside_together`.
    missing
        Effects that the report has no interval of.
    """

    table: pd.DataFrame
    missing: tuple[str, ...]


def own(shop: Shop, effects: Mapping[str, float]) -> None:
    """Record what no other chapter estimates: the revenue of each planted kind, and the lift of each planted pair."""
    if shop.planted is not None and any(name.startswith(f"{KINDS}.") for name in effects):
        spent = shop.customer_features[["customer_id", "monetary"]].merge(shop.planted, on="customer_id")
        money, kind = spent["monetary"].to_numpy(), spent["kind"].to_numpy()
        for name in dict.fromkeys(kind):
            value, error = world_check.ratio(money * (kind == name), money, kind)
            interval = (value - Z * error, value + Z * error)
            how = "share of revenue, delta method over customers within kinds"
            shop.facts.add(f"{KINDS}.{slug(name)}.revenue_share", value, *interval, "share", len(money), how)
    pairs = [name.split(".")[1:3] for name in effects if name.startswith(f"{AFFINITY}.")]
    if pairs:
        products = {slug(name): name for name in shop.transactions.product.execute().dropna().unique()}
        shown = pd.DataFrame([[products[name] for name in pair] for pair in pairs], columns=["a", "b"])
        for pair, (value, low, high, n) in zip(pairs, lifts(shop, shown), strict=True):
            how = "lift, delta method over customers on the log scale"
            shop.facts.add(f"{AFFINITY}.{'.'.join(pair)}.lift", value, low, high, "ratio", n, how)


def lifts(shop: Shop, shown: pd.DataFrame) -> list[tuple[float, float, float, int]]:
    """Return the lift of each pair with its 95 % interval, and the customers who bought both."""
    counts = explore_baskets.count_by_customer(shop.transactions, "product", shown)
    total = counts.sum()
    both, one, other = (np.array([total[f"{what}{row}"] for row in range(len(shown))]) for what in ("both", "a", "b"))
    bound = explore_baskets.bound(shown.assign(lift=both * total["orders"] / (one * other)), counts)
    return list(bound[["lift", "low", "high", "customers"]].itertuples(index=False, name=None))


def beside(effects: Mapping[str, float], facts: Facts) -> Beside:
    """Put each planted effect beside the fact of its name.

    Intervals that are to hold all at once, 95 times of 100, are those of Šidák [1]_: each holds alone with probability
    :math:`0.95^{1/m}`. They are the 95 % intervals, made wider in proportion; those of ratios on the log scale.

    Parameters
    ----------
    effects
        Planted effects by name.
    facts
        Of all chapters.

    References
    ----------
    .. [1] Šidák, Z. (1967). Rectangular confidence regions for the means of multivariate normal distributions.
       *Journal of the American Statistical Association*, 62, 626–633.
    """
    known = {name: facts[name] for name in effects if name in facts and _bounded(facts[name])}
    wider = together(len(known)) / Z if known else 1.0
    rows = []
    for name, fact in known.items():
        planted = effects[name] * (100 if fact.unit == "percent" else 1)
        value, low, high = (float(each) for each in (fact.value, fact.low, fact.high))  # type: ignore[arg-type]
        logged = fact.unit == "ratio" and low > 0
        ends = np.log([value, low, high]) if logged else np.array([value, low, high])
        wide = ends[0] + wider * (ends[1:] - ends[0])
        wide_low, wide_high = np.exp(wide) if logged else wide
        rows.append(
            {"effect": name, "chapter": fact.chapter, "unit": fact.unit, "planted": planted, "value": value}
            | {"low": low, "high": high, "wide_low": wide_low, "wide_high": wide_high}
            | {"inside": low <= planted <= high, "inside_together": bool(wide_low <= planted <= wide_high)}
        )
    columns = ["effect", "chapter", "unit", "planted", "value", "low", "high", "wide_low", "wide_high"]
    table = pd.DataFrame(rows, columns=[*columns, "inside", "inside_together"])
    return Beside(table, tuple(name for name in effects if name not in known))


def together(number: int) -> float:
    """Return how many standard errors each of so many intervals reaches for all to hold at once, 95 times of 100.

    Examples
    --------
    >>> round(together(1), 2), round(together(50), 2)
    (1.96, 3.28)
    """
    return float(stats.norm.ppf(0.5 + (1 - ALPHA) ** (1 / number) / 2))


def _bounded(fact: Fact) -> bool:
    return fact.value is not None and fact.low is not None and fact.high is not None
