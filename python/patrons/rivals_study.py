"""All that segments are held against, as far as a source allows: rivals, tests, needs and the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from patrons import masks, rfm, rivals, segment_needs, segment_truth, separation, separation_data
from patrons.clusters import Clustering
from patrons.double import NOTHING, Agreement, agreement
from patrons.separation import Comparison, Described
from patrons.separation_data import Apart
from patrons.shop import Shop
from patrons.stop import SectionStop
from patrons.words import plain

#: Groupings by name, as they are spoken of.
TITLES = {"segments": "Segments", "ward": "Ward's tree", "mixture": "Mixture", "rfm": "RFM segments"}
SIZES = range(1, 11)
#: Merges whose heights are computed twice.
LAST = 30
#: The range of Games and Howell's intervals is integrated numerically, in either language.
PAIRS_TOLERANCE = 1e-6

InR = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Tested:
    """Groups, outcomes they were not made from, and the tests of these."""

    apart: Apart
    comparison: Comparison

    def agreement(self, in_r: InR) -> Agreement:
        """Compare the tests with those of R."""
        theirs = in_r("compare_outcomes", self.apart.table, list(self.apart.outcomes))
        columns = ["f", "df1", "df2", "p", "p_holm", "omega2", "omega2_low", "omega2_high"]
        columns += ["h", "h_df", "h_p", "h_p_holm", "epsilon2"]
        return agreement(self.comparison.outcomes, theirs, ["outcome"], columns)

    def means(self, smallest: int) -> pd.DataFrame:
        """Return the means of the groups that are not too small to show, with the groups' names."""
        found = self.comparison.means
        few = masks.within(found, "outcome", "n", smallest)
        found = found[~few].reset_index(drop=True)
        return found.assign(name=found["group"].map(self.apart.clustering.names))

    def pairs(self, smallest: int) -> pd.DataFrame:
        """Return the pairs of groups of which neither is too small to show."""
        shown = set(self.means(smallest)["group"])
        found = self.comparison.pairs
        return found[found["one"].isin(shown) & found["other"].isin(shown)].reset_index(drop=True)

    def pairs_agreement(self, in_r: InR) -> Agreement:
        """Compare the intervals of pairs with those of R."""
        outcome = next(iter(self.apart.outcomes))
        theirs = in_r("compare_pairs_of_groups", self.apart.table[outcome], self.apart.table["group"])
        mine, columns = self.comparison.pairs, ["difference", "low", "high", "p"]
        found = agreement(mine, theirs, ["one", "other"], columns) if len(mine) else NOTHING
        return Agreement(found.largest, found.where, found.compared, PAIRS_TOLERANCE)


@dataclass(frozen=True)
class Study:
    """What segments were held against.

    Attributes
    ----------
    found
        The segments.
    tree, mixtures
        Rivals.
    groupings
        Name → group of each customer: `segments`, `ward`, `mixture`, and `rfm` where there is all it needs.
    agreement
        From `rivals.compare`.
    described
        The circular analysis of variance.
    halves, later, other
        The honest tests that the source allows; of the last two, one.
    measures, needs
        What each segment needs.
    truth
        From `segment_truth.score`, in the simulated world.
    """

    found: Clustering
    tree: rivals.Tree
    mixtures: rivals.Mixtures
    groupings: Mapping[str, Sequence[object]]
    agreement: pd.DataFrame
    described: Described
    halves: Tested | None = None
    later: Tested | None = None
    other: Tested | None = None
    measures: list[segment_needs.Measure] = field(default_factory=list)
    needs: pd.DataFrame = field(default_factory=pd.DataFrame)
    truth: pd.DataFrame | None = None

    @property
    def median_orders(self) -> float:
        """Orders of the median customer; missing where orders are no feature."""
        table = self.found.customers
        return float(table["frequency"].median()) if "frequency" in table else float("nan")

    def need_halves(self, source: str) -> Tested:
        """Return the test of one half of the orders against the other, or end its section.

        Raises
        ------
        SectionStop
            The source does not allow it.
        """
        if self.halves is None:
            raise SectionStop(
                "This section needs dated orders of customers, and groups made from recency, frequency and value; "
                f"*{plain(source)}* does not have them. Add `transactions` in source.yml."
            )
        return self.halves

    def outside(self, source: str) -> Tested:
        """Return the test of what came later, otherwise of what else is known of customers, or end its section.

        Raises
        ------
        SectionStop
            The source tells nothing that the groups were not made from.
        """
        found = self.later or self.other
        if found is None:
            raise SectionStop(
                f"*{plain(source)}* tells nothing of its customers but what the groups were made from: no honest test "
                "is possible. Add `transactions`, or map `responses:` or `web_visits` of `customers` in source.yml."
            )
        return found

    def need_truth(self, source: str) -> pd.DataFrame:
        """Return how well the planted kinds are recovered, or end the section where nobody planted any.

        Raises
        ------
        SectionStop
            The source is not the simulated world.
        """
        if self.truth is None:
            raise SectionStop(f"*{plain(source)}* is no simulated world: nobody knows the true kinds of its customers.")
        return self.truth

    def need_measures(self, source: str) -> None:
        """End the section where not one of the measures can be computed.

        Raises
        ------
        SectionStop
            Naming what to add.
        """
        if not self.measures:
            raise SectionStop(
                f"*{plain(source)}* has neither orders nor what customers spent, when they last bought or how often "
                "they visit, so that nothing can be said about needs. Add `transactions`, or map `recency`, "
                "`web_visits` or `spend:` of `customers` in source.yml."
            )

    def cross(self, smallest: int) -> pd.DataFrame | None:
        """Return how segments spread over those of recency, frequency and value, in the order of either."""
        if "rfm" not in self.groupings:
            return None
        order = [name for name in rfm.read_segments().names if name in set(self.groupings["rfm"])]
        named = pd.Series(pd.Categorical(list(self.groupings["rfm"]), categories=order))
        long = rivals.cross(pd.Series(self.found.segments), named, smallest)
        titles = {name: segment.title for name, segment in rfm.read_segments().segments.items()}
        return long.assign(
            place=long["segment"].astype(float),
            other_place=[float(order.index(name)) for name in long["other"]],
            segment=long["segment"].map(self.found.names),
            other=long["other"].map(titles),
            customers=long["customers"].astype("Float64").astype(float),
        )

    def fitted_to(self) -> pd.DataFrame:
        """Return the scaled features that mixtures were fitted to, as R takes them."""
        return pd.DataFrame(self.mixtures.fitted_to)

    def heights(self, last: int = LAST) -> pd.DataFrame:
        """Return the heights of Ward's last merges."""
        heights = np.sort(self.tree.links[:, 2])[::-1][:last]
        return pd.DataFrame({"merge": np.arange(1.0, len(heights) + 1), "height": heights})

    def heights_agreement(self, in_r: InR) -> Agreement:
        """Compare the heights of Ward's last merges with those of R's `hclust`."""
        mine = self.heights()
        points = pd.DataFrame(self.tree.points)
        return agreement(mine, in_r("ward_heights", points, len(mine)), ["merge"], ["height"])

    def mixtures_agreement(self, in_r: InR) -> Agreement:
        """Compare log-likelihood, number of parameters and BIC of two mixtures with R's, at the same parameters."""
        inside = pd.DataFrame(self.mixtures.fitted_to)
        p = inside.shape[1]
        mine, theirs = [], []
        for found in (self.mixtures.best, self.mixtures.same):
            rows = self.mixtures.table
            row = rows[(rows["shape"] == found.shape) & (rows["k"] == found.k)]
            mine.append(row[["loglik", "parameters", "bic"]].astype(float))
            stacked = pd.DataFrame(found.covariances.reshape(-1, p))
            name = rivals.SHAPES[found.shape]
            theirs.append(in_r("mixture_likelihood", inside, found.weights, pd.DataFrame(found.means), stacked, name))
        return agreement(pd.concat(mine), pd.concat(theirs), [], ["loglik", "parameters", "bic"])

    def groupings_agreement(self, in_r: InR) -> Agreement:
        """Compare the agreement of groupings with R's."""
        table = pd.DataFrame({name: [str(label) for label in labels] for name, labels in self.groupings.items()})
        return agreement(self.agreement, in_r("agreements", table), ["one", "other"], ["ari"])

    def described_agreement(self, in_r: InR) -> Agreement:
        """Compare the circular analysis of variance with R's."""
        features = pd.DataFrame(self.found.scaled, columns=list(self.found.features))
        varied = [name for name in features if features[name].nunique() > 1]
        mine = self.described.table
        theirs = in_r("describe_features", features[varied], self.found.segments)
        return agreement(mine[mine["feature"].isin(varied)], theirs, ["feature"], ["f", "df1", "df2", "eta2"])


def study(shop: Shop, found: Clustering) -> Study:
    """Hold the segments of a shop against all that the source allows."""
    rng = shop.rng("segments.rivals")
    tree = rivals.grow(found.scaled, found.k, rng)
    mixtures = rivals.mix(found.scaled, SIZES, found.k, rng)
    groupings: dict[str, Sequence[object]] = {
        "segments": found.segments.tolist(),
        "ward": tree.labels.tolist(),
        "mixture": mixtures.same.labels.tolist(),
    }
    named = _rfm(shop, found)
    if named is not None:
        groupings["rfm"] = named
    real = shop.rng("segments.real")
    measures = segment_needs.measures(shop, found)
    planted, asked = shop.planted, shop.analysis.segments
    truth = None
    if planted is not None and "customer_id" in found.customers:
        rng = shop.rng("segments.truth")
        truth = segment_truth.score(groupings, found, planted, asked.transform, asked.scale, rng)
    later = separation_data.later(shop, found, real)
    apart = {
        "halves": separation_data.halves(shop, found, real),
        "later": later,
        "other": separation_data.otherwise(shop, found) if later is None else None,
    }
    return Study(
        found=found,
        tree=tree,
        mixtures=mixtures,
        groupings=groupings,
        agreement=rivals.compare(groupings, rng),
        described=separation.describe(found.scaled, found.segments, found.features, real),
        **{name: _tested(item, real) for name, item in apart.items()},
        measures=measures,
        needs=segment_needs.rate(measures, found.segments, shop.rng("segments.needs")),
        truth=truth,
    )


def _tested(apart: Apart | None, rng: np.random.Generator) -> Tested | None:
    return None if apart is None else Tested(apart, separation.compare(apart.table, list(apart.outcomes), rng))


def _rfm(shop: Shop, found: Clustering) -> list[object] | None:
    """Return the segment by recency, frequency and value of each customer, where all three are known of everybody."""
    table = shop.customer_features
    if not {*rfm.MEASURES, "customer_id"} <= set(table) or "customer_id" not in found.customers:
        return None
    known = table.dropna(subset=list(rfm.MEASURES))
    named = rfm.score(known, bins=shop.analysis.rfm.bins).customers.set_index("customer_id")["segment"].astype(object)
    labels = found.customers["customer_id"].map(named)
    return None if labels.isna().any() else labels.tolist()
