"""From groups of customers to facts: `segments.…`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons.clusters_double import Doubled
from patrons.clusters_pictures import Plane
from patrons.clusters_study import Study
from patrons.facts import Facts
from patrons.frames import each
from patrons.source import slug

UNITS = {"recency": "days", "frequency": "orders", "monetary": "money"}
RULE = "the largest number of groups that are found again"
REFITS = "adjusted Rand index with refits on bootstrap samples; the middle 95 % of them"


def study(facts: Facts, found: Study) -> None:
    """Record how many groups there are, how well they are found again, and what each criterion would take."""
    clustering, choice = found.clustering, found.choice
    n = len(clustering.customers)
    facts.add("segments.k", choice.k, unit="groups", n=n, method=RULE if choice.asked is None else "as the source asks")
    facts.add("segments.k_by_rule", choice.by_rule, unit="groups", n=n, method=RULE)
    facts.add("segments.reproducible", choice.k in choice.candidates)
    facts.add("segments.customers", n, unit="customers")
    facts.add("segments.set_aside", clustering.set_aside, unit="customers")
    facts.add("segments.inertia", clustering.inertia, n=n)
    facts.add("segments.silhouette", clustering.silhouette, n=n, method="mean silhouette width")
    agreement = found.refits.agreement
    low, high = np.quantile(agreement, [0.025, 0.975])
    facts.add("segments.stability", agreement.mean(), low, high, n=n, method=REFITS)
    row = found.criteria.set_index("k").loc[choice.k]
    ends = (row["strength"] - row["strength_sd"], row["strength"] + row["strength_sd"])
    facts.add(
        "segments.strength", row["strength"], *ends, n=n, method="mean ± standard deviation over splits in halves"
    )
    for criterion, k in choice.favourites.items():
        facts.add(f"segments.favourite.{criterion}", k, unit="groups")
    for segment, width in enumerate(found.refits.jaccard().mean(axis=0), 1):
        facts.add(f"segments.{segment}.jaccard", width, method="mean Jaccard similarity over bootstrap refits")


def groups(facts: Facts, summary: pd.DataFrame, features: tuple[str, ...]) -> None:
    """Record each group's size, worth and medians, from `clusters_pictures.summarise` made `public`."""
    n = int(facts["segments.customers"].value or 0)
    medians = summary.set_index("segment")
    for row in each(summary):
        name = f"segments.{row.segment}"
        facts.add(f"{name}.name", row.name)
        facts.add(f"{name}.customers", None if pd.isna(row.customers) else int(row.customers), unit="customers", n=n)
        facts.add(f"{name}.customer_share", row.customer_share, unit="share", n=n)
        ends = (row.revenue_share, row.low, row.high)
        facts.add(f"{name}.revenue_share", *ends, unit="share", n=n, method="bootstrap over customers")
        ends = (row.revenue_per_customer, row.each_low, row.each_high)
        facts.add(
            f"{name}.revenue_per_customer", *ends, unit="money", n=facts[f"{name}.customers"].value, method="t interval"
        )
        for feature in features:
            value, unit = medians.at[row.segment, feature], UNITS.get(feature)
            facts.add(f"{name}.median.{slug(feature)}", value, unit=unit)
    known = summary.dropna(subset=["revenue_share"])
    if len(known):
        facts.add("segments.top", int(known["segment"].iloc[int(known["revenue_share"].argmax())]))


def plane(facts: Facts, found: Plane) -> None:
    """Record how much the plane of the first two components shows."""
    facts.add("segments.plane.explained", found.explained[:2].sum(), unit="share")
    facts.add("segments.plane.separation", found.separation, unit="share")


def doubled(facts: Facts, found: Doubled) -> None:
    """Record what R says with random numbers of its own."""
    facts.add("segments.r.gap", found.gap_choice, unit="groups", method="cluster::clusGap, Tibs2001SEmax")
    facts.add("segments.r.lower", found.lower, unit="share", method="kmeans of Hartigan and Wong from the same centres")
