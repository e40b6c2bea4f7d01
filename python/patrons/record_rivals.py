"""From rivals, tests and needs of segments to facts."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Facts
from patrons.frames import each
from patrons.rivals import SHAPES
from patrons.rivals_study import Study, Tested
from patrons.source import slug

BOOTSTRAP = "bootstrap over customers"


def study(facts: Facts, found: Study, smallest: int) -> None:
    """Record `segments.{rivals,circular,halves,later,other,needs,truth}.…`."""
    rivals(facts, found)
    circular(facts, found)
    for name in ("halves", "later", "other"):
        tested = getattr(found, name)
        if tested is not None:
            outcomes(facts, f"segments.{name}", tested)
    needs(facts, found, smallest)
    if found.truth is not None:
        for row in each(found.truth):
            facts.add(f"segments.truth.{row.grouping}", row.ari, row.low, row.high, "ratio", row.n, f"ARI, {BOOTSTRAP}")


def rivals(facts: Facts, found: Study) -> None:
    """Record how far each rival agrees with the segments, and which mixture is best."""
    mine = found.agreement[found.agreement["one"] == "segments"]
    for row in each(mine):
        name = f"segments.rivals.{row.other}.ari"
        facts.add(name, row.ari, row.low, row.high, "ratio", row.n, f"adjusted Rand index, {BOOTSTRAP}")
    mixtures = found.mixtures
    facts.add("segments.rivals.ward.k", found.tree.k, unit="groups")
    facts.add("segments.rivals.ward.customers", len(found.tree.sample), unit="customers")
    facts.add("segments.rivals.mixture.k", mixtures.best.k, unit="components", n=len(mixtures.fitted_to))
    facts.add("segments.rivals.mixture.model", SHAPES[mixtures.best.shape])
    facts.add("segments.rivals.mixture.bic", mixtures.best.bic, n=len(mixtures.fitted_to), method="smaller is better")
    facts.add("segments.rivals.mixture.same_k", mixtures.same.k, unit="components")
    facts.add("segments.rivals.mixture.same_bic", mixtures.same.bic, n=len(mixtures.fitted_to))
    unsure = float((mixtures.same.certainty < 0.8).mean())
    facts.add("segments.rivals.mixture.unsure", unsure, unit="share", n=len(mixtures.same.certainty))


def circular(facts: Facts, found: Study) -> None:
    """Record how much variance the segments take away, and how much a cut through one cloud does."""
    row = found.described.table.iloc[-1]
    n = len(found.found.scaled)
    facts.add("segments.circular.eta2", row["eta2"], unit="share", n=n, method="descriptive, no test")
    cloud = "middle 95 % of clouds without groups"
    facts.add(
        "segments.circular.cloud_eta2", *(row["cloud_eta2"], row["cloud_low"], row["cloud_high"]), "share", n, cloud
    )
    facts.add("segments.circular.p", found.described.p, unit="p", n=found.described.clouds, method="SigClust's idea")


def outcomes(facts: Facts, name: str, tested: Tested) -> None:
    """Record the tests of outcomes, and of the first of them the mean of each group."""
    apart, comparison = tested.apart, tested.comparison
    facts.add(f"{name}.customers", len(apart.table), unit="customers")
    facts.add(f"{name}.left_out", apart.left_out, unit="customers")
    facts.add(f"{name}.outcome", slug(next(iter(apart.outcomes))))
    if apart.start is not None and apart.end is not None:
        facts.add(f"{name}.start", apart.start)
        facts.add(f"{name}.days", (apart.end - apart.start).days, unit="days")
    for row in each(comparison.outcomes):
        key = f"{name}.{slug(row.outcome)}"
        ends = row.omega2_low, row.omega2_high
        facts.add(f"{key}.title", apart.outcomes[row.outcome])
        facts.add(f"{key}.omega2", row.omega2, *ends, "share", row.n, "Welch, noncentral F")
        facts.add(f"{key}.p", row.p_holm, unit="p", n=row.n, method="Welch's analysis of variance, Holm")
        ends = row.epsilon2_low, row.epsilon2_high
        facts.add(f"{key}.epsilon2", row.epsilon2, *ends, "share", row.n, f"Kruskal–Wallis, {BOOTSTRAP}")
        facts.add(f"{key}.p_ranks", row.h_p_holm, unit="p", n=row.n, method="Kruskal–Wallis, Holm")
    pairs = comparison.pairs
    clear = int(((pairs["low"] > 0) | (pairs["high"] < 0)).sum()) if len(pairs) else 0
    facts.add(f"{name}.pairs", len(pairs))
    facts.add(f"{name}.pairs_apart", clear, n=len(pairs), method="Games and Howell")


def needs(facts: Facts, found: Study, smallest: int) -> None:
    """Record each measure of each segment that is not too small to show, with its rating."""
    units = {measure.name: measure.unit for measure in found.measures}
    for row in each(found.needs):
        name = f"segments.{row.segment}.needs.{row.measure}"
        hidden = row.customers < smallest or pd.isna(row.value)
        value, low, high, n = (None,) * 4 if hidden else (row.value, row.low, row.high, row.customers)
        facts.add(name, value, low, high, units[row.measure], n, BOOTSTRAP)
        facts.add(f"{name}.rating", None if hidden else row.rating)
