"""Groups of a shop's customers: which features they are told apart by, how many groups, and who is in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import clusters
from patrons.clusters import Clustering
from patrons.clusters_choice import Choice, choose
from patrons.clusters_criteria import indices
from patrons.clusters_resampled import Refits, resample
from patrons.errors import PatronsError
from patrons.shop import Shop
from patrons.source import nearest
from patrons.stop import ChapterStop
from patrons.words import joined, plain

MEASURES = ("recency", "frequency", "monetary")
#: Fewer customers than this are no groups but persons.
LEAST = 20
#: Numbers of groups are tried from 2 up to this one.
MOST = 10


@dataclass(frozen=True)
class Study:
    """What a look for groups found.

    Attributes
    ----------
    clustering
        The groups.
    criteria
        A row per number of groups, from 1: `k`, `inertia`, `calinski_harabasz`, `davies_bouldin`, `smallest`,
        `silhouette`, and the columns of `clusters_resampled.resample`.
    choice
        How the number of groups was chosen.
    refits
        The chosen groups, found again on bootstrap samples.
    fits
        Number of groups → the grouping.
    table
        The table that the features were taken from, with every column known of a customer.
    """

    clustering: Clustering
    criteria: pd.DataFrame
    choice: Choice
    refits: Refits
    fits: dict[int, Clustering]
    table: pd.DataFrame

    def firmness(self) -> pd.DataFrame:
        """Say how alike each group is to its nearest counterpart in refits.

        Returns
        -------
        DataFrame
            `segment`, `name`, `jaccard` (mean over refits), `low`, `high` (the middle 95 % of them).
        """
        found, names = self.refits.jaccard(), self.clustering.names
        low, high = np.quantile(found, [0.025, 0.975], axis=0)
        return pd.DataFrame(
            {
                "segment": list(names),
                "name": list(names.values()),
                "jaccard": found.mean(axis=0),
                "low": low,
                "high": high,
            }
        )


def study(shop: Shop) -> Study:
    """Group a shop's customers as its `analysis.segments` says.

    Raises
    ------
    ChapterStop
        There are no customers to group, too few, or they are all alike.
    """
    table, columns = features_of(shop)
    asked = shop.analysis.segments
    different = distinct(table, columns, shop.name)
    k = None if asked.k == "auto" else asked.k
    if k is not None and k > different:
        raise ChapterStop(
            f"*{plain(shop.name)}* asks for {k} groups, and there are {different} different customers. "
            "Lower `analysis.segments.k` in source.yml, or write `auto`."
        )
    ks = sorted({*range(2, min(MOST, max(different - 1, 2)) + 1), *([k] if k else [])})
    fits = clusters.cluster_each(table, columns, asked.transform, asked.scale, ks, shop.rng("segments"))
    criteria, refits = judge(fits, shop.rng("segments.criteria"))
    choice = choose(criteria, shop.analysis.privacy.smallest_group, k)
    return Study(fits[choice.k], criteria, choice, refits[choice.k], fits, table)


def judge(fits: dict[int, Clustering], rng: np.random.Generator) -> tuple[pd.DataFrame, dict[int, Refits]]:
    """Judge groupings of the same customers by every criterion; one group, which needs no fit, is among them.

    Returns
    -------
    DataFrame
        As `Study.criteria`.
    dict
        Number of groups → its refits.
    """
    points = next(iter(fits.values())).scaled
    labels = {k: found.segments - 1 for k, found in fits.items()}
    table = indices(points, {1: np.zeros(len(points), dtype=int), **labels})
    table["silhouette"] = table["k"].map({k: found.silhouette for k, found in fits.items()})
    again, refits = resample(points, labels, rng)
    return table.merge(again, on="k"), refits


def distinct(table: pd.DataFrame, columns: Sequence[str], name: str) -> int:
    """Return how many different customers there are, as far as the features say.

    Raises
    ------
    ChapterStop
        There are fewer than `LEAST` customers, or all are alike.
    """
    kept = clusters.known(table, columns)
    different = len(kept[list(columns)].drop_duplicates())
    if len(kept) < LEAST:
        raise ChapterStop(
            f"Groups need at least {LEAST} customers whose numbers are all known; *{plain(name)}* has {len(kept)}."
        )
    if different < 2:
        raise ChapterStop(
            f"All customers of *{plain(name)}* are alike in {joined(list(columns))}: there are no groups to find."
        )
    return different


def features_of(shop: Shop) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table with a row per customer, and the columns to group by.

    `features: auto` means recency, frequency and monetary value as far as the source has them; where it has none of
    the three, the numbers that its customers list under `features`. Named features are looked for in the same table
    and among the columns of `customers`.

    Raises
    ------
    ChapterStop
        The source has no customers, or nothing to group them by.
    PatronsError
        A named feature does not exist or is no number.
    """
    table = shop.customer_features
    if shop.has("customers"):
        more = [name for name in shop.customers if name == "customer_id" or name not in table]
        table = table.merge(shop.customers[more], on="customer_id", how="left")
    numbers = [str(name) for name in table.select_dtypes("number") if name != "customer_id"]
    asked = shop.analysis.segments.features
    if asked != "auto":
        for name in asked:
            if name not in numbers:
                raise PatronsError(
                    f"analysis.segments.features: {name!r} is no number known of customers{nearest(name, numbers)}"
                )
        return table, asked
    own = shop.source.settings.tables.customers
    columns = [name for name in MEASURES if name in numbers] or list(own.features if own else ())
    if not columns:
        raise ChapterStop(
            f"This chapter needs numbers to tell customers apart by, and *{plain(shop.name)}* has none. Add "
            "`transactions`, or name numbers of `customers` in source.yml: `analysis: {segments: {features: [age]}}`."
        )
    return table, tuple(columns)
