"""Everything that the chapter on groups shows, put together once and recorded as facts."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from patrons import clusters_double, clusters_pictures, clusters_study, record_segments
from patrons.clusters import Clustering
from patrons.clusters_double import Doubled, InR
from patrons.clusters_pictures import Plane
from patrons.clusters_study import Study
from patrons.shop import Shop


@dataclass(frozen=True)
class Look:
    """Groups of a shop's customers, as they are shown.

    Attributes
    ----------
    study
        The groups, and how their number was chosen.
    doubled
        What R says of the same groups.
    summary
        `clusters_pictures.summarise`, with groups too small to be shown blanked.
    plane
        The groups on the plane of the first two components.
    firmness
        `Study.firmness` with R's `jaccard_r`.
    """

    study: Study
    doubled: Doubled
    summary: pd.DataFrame
    plane: Plane
    firmness: pd.DataFrame

    @property
    def found(self) -> Clustering:
        """The groups."""
        return self.study.clustering

    def criteria(self, smallest: int) -> pd.DataFrame:
        """Return the criteria for each number of groups, with R's own where they rest on random numbers."""
        shown = clusters_pictures.masked(self.study.criteria, smallest)
        return shown.merge(self.doubled.chance, on="k", suffixes=("", "_in_r"))

    def turned(self) -> pd.DataFrame:
        """Return centres of groups and loadings of features on the plane: `kind`, `name`, `pc1`, `pc2`."""
        centres = self.plane.centres.assign(kind="centre", name=self.plane.centres["segment"].map(self.found.names))
        loadings = self.plane.loadings.assign(kind="loading", name=self.plane.loadings["feature"])
        return pd.concat([centres, loadings], ignore_index=True)[["kind", "name", "pc1", "pc2"]]


def look(shop: Shop, in_r: InR) -> Look:
    """Group a shop's customers, judge the groups in both languages, and record `segments.…`.

    Parameters
    ----------
    shop
        The source.
    in_r
        `r.call`, after `r.use("clusters")`.

    Raises
    ------
    ChapterStop
        As `clusters_study.study`.
    """
    smallest = shop.analysis.privacy.smallest_group
    study = clusters_study.study(shop)
    doubled = clusters_double.repeat(study, shop.rng("segments.r"), in_r)
    summary = clusters_pictures.summarise(study.clustering, study.table, shop.rng("segments.shares"))
    shown = clusters_pictures.public(summary, smallest)
    plane = clusters_pictures.plane(study.clustering, smallest, shop.rng("segments.plane"))
    record_segments.study(shop.facts, study)
    record_segments.groups(shop.facts, shown, study.clustering.features)
    record_segments.plane(shop.facts, plane)
    record_segments.doubled(shop.facts, doubled)
    in_both = doubled.jaccard.rename(columns={"jaccard": "jaccard_r"})
    return Look(study, doubled, shown, plane, study.firmness().merge(in_both, on="segment"))
