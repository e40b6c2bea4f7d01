"""What to test where nothing has been tested, and on how many people, from how much their spending varies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import rfm
from patrons.facts import show
from patrons.shop import Shop
from patrons.source import slug
from patrons.stop import ChapterStop
from patrons.strategy_programmes import needed
from patrons.words import joined, plain

#: Months of spending that a test is taken to last, unless the settings name a horizon.
MONTHS = 6
#: A segment with fewer customers than this says too little of how much spending varies.
FEWEST = 20
ALL = "all"


def sizes(shop: Shop) -> pd.DataFrame:
    """Return how many people a test needs, over all customers and in each RFM segment.

    Spending is that of the last months, of customers who had ordered before them, in their segments as of then; where
    there are no transactions, or they are too short, it is what customers have spent in all.

    Returns
    -------
    DataFrame
        `segment` (the first is ``all``), `title`, `customers`, `mean`, `sd`, `needed` (people per arm); `months` that
        spending covers, missing where it is all there was. Empty where the source says nothing of spending.
    """
    months = shop.analysis.strategy.horizon_months or MONTHS
    found = _lately(shop, months)
    if found is None:
        found, months = _ever(shop), 0
    if found is None:
        return pd.DataFrame()
    smallest = max(FEWEST, shop.analysis.privacy.smallest_group)
    lift = shop.analysis.strategy.smallest_lift
    groups = [(ALL, "All customers", found["spent"].to_numpy(dtype=float))]
    if "segment" in found:
        titles = rfm.read_segments().titles
        for name, own in found.groupby("segment", observed=True):
            groups.append((str(name), titles[str(name)], own["spent"].to_numpy(dtype=float)))
    rows = [
        {
            "segment": name,
            "title": title,
            "customers": len(values),
            "mean": float(np.mean(values)),
            "sd": float(np.std(values, ddof=1)),
            "needed": needed(values, lift),
            "months": months or np.nan,
        }
        for name, title, values in groups
        if len(values) >= smallest
    ]
    return pd.DataFrame(rows)


def advice(shop: Shop) -> str:
    """Say what to test and on how many people; recorded as `strategy.sample.…`."""
    table = sizes(shop)
    start = (
        f"This chapter needs a randomised test: a table `experiment`, which the source *{plain(shop.name)}* does not "
        "have. What an offer does cannot be read off customers who chose to take it. Put people into arms by chance "
        "(no offer, and each offer that you think of), and record for each the arm and what they spent."
    )
    known = table.dropna(subset=["needed"]) if len(table) else table
    if known.empty:
        return f"{start} How many that takes follows from how much spending varies; the source says nothing of it."
    for row in known.to_dict("records"):
        shop.facts.add(
            f"strategy.sample.{slug(row['segment'])}.needed",
            int(row["needed"]),
            unit="customers",
            n=row["customers"],
            method="two-sample t test, power 80 %, per arm",
        )
    lift = show(shop.analysis.strategy.smallest_lift, "share", 0)
    months = known["months"].iloc[0]
    span = f"in {int(months)} months" if np.isfinite(months) else "in all"
    first = known[known["segment"] == ALL]
    whole = f"about {int(first['needed'].iloc[0]):,} people per arm" if len(first) else "more people than can be said"
    each = [
        f"{plain(row['title'])} {int(row['needed']):,} (there are {row['customers']:,})"
        for row in known[known["segment"] != ALL].to_dict("records")
    ]
    apart = f" To see it in a segment alone, each arm needs so many of its people: {joined(each)}." if each else ""
    return (
        f"{start} To see a lift of {lift} in what customers spend {span} in four of five tests takes {whole}, judging "
        f"by how much their spending varies.{apart} What customers spent before the test, recorded with it, makes do "
        "with fewer."
    )


def _lately(shop: Shop, months: int) -> pd.DataFrame | None:
    if not shop.has("transactions"):
        return None
    start = (pd.Timestamp(shop.reference_date) - pd.DateOffset(months=months)).to_pydatetime()
    customers = shop.features_at(start).dropna(subset=list(rfm.MEASURES))
    if len(customers) < FEWEST:
        return None
    spent = shop.outcomes(start).set_index("customer_id")["revenue"]
    segment = rfm.score(customers, shop.analysis.rfm.bins).customers["segment"].astype(str).to_numpy()
    values = customers["customer_id"].map(spent).fillna(0.0).to_numpy(dtype=float)
    return pd.DataFrame({"spent": values, "segment": segment})


def _ever(shop: Shop) -> pd.DataFrame | None:
    if not (shop.has("transactions") or shop.has("customers")):
        return None
    try:
        table = shop.customer_features
    except ChapterStop:
        return None
    if "monetary" not in table or table["monetary"].notna().sum() < FEWEST:
        return None
    known = table.dropna(subset=["monetary"])
    found = pd.DataFrame({"spent": known["monetary"].to_numpy(dtype=float)})
    if set(rfm.MEASURES) <= set(known.columns) and known[list(rfm.MEASURES)].notna().all(axis=None):
        found["segment"] = rfm.score(known, shop.analysis.rfm.bins).customers["segment"].astype(str).to_numpy()
    return found
