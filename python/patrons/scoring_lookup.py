"""What the source knows of its own customers on a day, to be looked up by id."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from patrons import clusters_study, features, response_data
from patrons.scoring_models import CLV
from patrons.shop import Shop
from patrons.stop import ChapterStop


class Lookup:
    """Tables of a source's customers by id, as the models take them.

    Attributes
    ----------
    table, clv, traits
        As in `scoring.Known`, with customer_id as their common index.
    """

    def __init__(self, shop: Shop, moment: datetime | None):
        parts = [_table(shop, moment), _clv(shop, moment), _traits(shop, moment)]
        self.index = pd.Index(sorted({str(name) for part in parts for name in part.index}), dtype=object)
        self.table, self.clv, self.traits = (part.reindex(self.index) for part in parts)

    def complete(self, ids: pd.Series, own: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> list[pd.DataFrame]:
        """Put in what the rows of a file do not say themselves.

        Parameters
        ----------
        ids
            customer_id of each row.
        own
            What the file says: `table`, `clv`, `traits`, in the order of its rows.
        """
        places = self._places(ids)
        found = []
        for said, held in zip(own, (self.table, self.clv, self.traits), strict=True):
            looked_up = held.take(places.clip(min=0)) if len(held) else held.reindex(ids.index)
            looked_up = looked_up.set_axis(ids.index, axis=0)
            looked_up = looked_up.where(pd.Series(places >= 0, index=ids.index), axis=0)
            for name in said:
                both = said[name].notna() | (name not in looked_up)
                looked_up[name] = said[name].where(both, looked_up[name]) if name in looked_up else said[name]
            found.append(looked_up)
        return found

    def knows(self, ids: pd.Series) -> pd.Series:
        """Tell whose ids are those of customers of the source."""
        return ids.astype(object).isin(self.index)

    def _places(self, ids: pd.Series) -> np.ndarray:
        return self.index.get_indexer(pd.Index(ids, dtype=object))


def _by_id(table: pd.DataFrame) -> pd.DataFrame:
    found = table.astype({"customer_id": object}).dropna(subset=["customer_id"]).drop_duplicates("customer_id")
    return found.set_index("customer_id")


def _table(shop: Shop, moment: datetime | None) -> pd.DataFrame:
    if shop.has("transactions") and moment is not None and moment != shop.reference_date:
        known = _by_id(shop.features_at(moment))
        if not shop.has("customers"):
            return known
        people = _by_id(shop.customers)
        return people[[name for name in people if name not in known]].join(known, how="outer")
    try:
        known = _by_id(clusters_study.features_of(shop)[0])
    except ChapterStop:
        known = pd.DataFrame(index=pd.Index([], dtype=object))
    if shop.has("customers"):
        people = _by_id(shop.customers)
        known = known.combine_first(people[[name for name in people if name not in known]])
        rest = people.index.difference(known.index)
        known = pd.concat([known, people.reindex(columns=known.columns).loc[rest]]) if len(rest) else known
    return known


def _clv(shop: Shop, moment: datetime | None) -> pd.DataFrame:
    if not shop.has("transactions") or moment is None:
        return pd.DataFrame(index=pd.Index([], dtype=object))
    unit, day = shop.analysis.lifetime.time_unit, moment.date()
    found = features.clv_statistics(shop.transactions, unit, day).to_pyarrow().to_pandas()
    return _by_id(found)[list(CLV)]


def _traits(shop: Shop, moment: datetime | None) -> pd.DataFrame:
    if not shop.has("transactions") and not shop.has("customers"):
        return pd.DataFrame(index=pd.Index([], dtype=object))
    answers = len(response_data.responses(shop)) or None
    known = response_data.features(shop, moment if shop.has("transactions") else None, answers)
    return known.rename_axis("customer_id")
