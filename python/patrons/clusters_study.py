"""Groups of a shop's customers: which features they are told apart by, how many groups, and who is in each."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from patrons import clusters
from patrons.clusters import Clustering
from patrons.errors import PatronsError
from patrons.shop import Shop
from patrons.source import nearest
from patrons.stop import ChapterStop

MEASURES = ("recency", "frequency", "monetary")
#: Fewer customers than this are no groups but persons.
LEAST = 20


@dataclass(frozen=True)
class Study:
    """What a look for groups found.

    Attributes
    ----------
    clustering
        The groups.
    """

    clustering: Clustering


def study(shop: Shop) -> Study:
    """Group a shop's customers as its `analysis.segments` says.

    Raises
    ------
    ChapterStop
        There are no customers to group, too few, or they are all alike.
    """
    table, columns = features_of(shop)
    asked = shop.analysis.segments
    k = 4 if asked.k == "auto" else asked.k
    rng = shop.rng("segments")
    return Study(clusters.cluster(table, columns, asked.transform, asked.scale, k, rng))


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
            f"This chapter needs numbers to tell customers apart by, and *{shop.name}* has none. Add `transactions`, "
            "or name numbers of `customers` in source.yml: `analysis: {segments: {features: [income, age]}}`."
        )
    return table, tuple(columns)
