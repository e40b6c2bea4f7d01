"""Everything that the section on what to suggest next shows, put together once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from patrons import response_data, rfm, suggestions, suggestions_data, suggestions_offers
from patrons.experiment_tests import correct
from patrons.rfm_map import SegmentMap, read_segments
from patrons.shop import Shop
from patrons.stop import SectionStop
from patrons.strategy_study import Study as Strategy
from patrons.suggestions import POPULAR, RULES
from patrons.suggestions_data import History
from patrons.words import joined, plain

#: What is suggested, and how much of it at a time: one category, a handful of products.
KINDS = {"category": 1, "product": 5}
#: A rate over fewer customers than this says nothing.
FEWEST = 20
ALL = "all"


@dataclass(frozen=True)
class Suggested:
    """What is found about categories, or about products.

    Attributes
    ----------
    kind, most
        `category` or `product`, and how many are suggested to a customer at a time.
    items
        How many there are to choose among.
    compared
        `suggestions.compare` for all customers (`segment` is ``all``) and each segment, with `p_holm`; segments of too
        few customers are left out.
    chosen
        Segment → rule; ``all`` for everybody.
    alike
        Rule → concentration m, as of the start of the held-out time.
    given
        `segment`, `item`, `customers` to whom it would be suggested today, `share` of the segment's; most first. What
        few get is left out (`without_few`).
    hits
        A row per customer judged: `segment` and, for each rule, whether it hit. Nobody is named.
    """

    kind: str
    most: int
    items: int
    compared: pd.DataFrame
    chosen: dict[str, str]
    alike: dict[str, float]
    given: pd.DataFrame
    hits: pd.DataFrame

    @property
    def judged(self) -> int:
        """How many customers the rules were judged on."""
        return len(self.hits)


@dataclass(frozen=True)
class Study:
    """What to suggest next.

    Attributes
    ----------
    start, end
        The held-out time.
    kinds
        What is found of categories and of products, as far as the source has them.
    titles
        Segment → title, in the order of the map.
    sizes
        Segment → customers today.
    offers
        `suggestions_offers.offers`; empty without a test.
    missing
        Columns that the source does not have, or holds too little of.
    """

    start: datetime
    end: datetime
    kinds: tuple[Suggested, ...]
    titles: dict[str, str]
    sizes: dict[str, int]
    offers: pd.DataFrame
    missing: tuple[str, ...]

    @property
    def segments(self) -> list[str]:
        """Segments that somebody is in today, in the order of the map."""
        return [name for name in self.titles if self.sizes.get(name)]


def look(shop: Shop, strategy: Strategy | None = None) -> Study:
    """Judge what to suggest next on orders that no rule has seen, and say what to suggest today.

    Parameters
    ----------
    shop
        The source.
    strategy
        What the chapter found of offers; none where the source has no test.

    Raises
    ------
    SectionStop
        The source does not say what was bought when, or says too little of it.
    """
    need(shop)
    span = response_data.periods(shop)
    if span is None:
        raise SectionStop(
            f"What to suggest next is judged on the last part of the orders, and those of *{plain(shop.name)}* cover "
            "too little time to hold any back."
        )
    segments = read_segments()
    then, now = (_segments(shop, moment, segments) for moment in (span.present, shop.reference_date))
    found = [
        item
        for kind, most in KINDS.items()
        if shop.has_column("transactions", kind)
        and (item := _judge(shop, kind, most, span.present, span.end, then, now, segments)) is not None
    ]
    if not found:
        raise SectionStop(
            f"In *{plain(shop.name)}* too few customers who had ordered before the last {span.days} days ordered again "
            "in them, or they choose among too few things: what to suggest next cannot be judged."
        )
    return Study(
        start=span.present,
        end=span.end,
        kinds=_corrected(found, segments.names),
        titles=segments.titles,
        sizes={str(name): int(count) for name, count in now.value_counts().items()},
        offers=suggestions_offers.offers(shop, strategy) if strategy is not None else pd.DataFrame(),
        missing=tuple(kind for kind in KINDS if kind not in [item.kind for item in found]),
    )


def need(shop: Shop) -> None:
    """End the section where the source does not say what was bought when.

    Raises
    ------
    SectionStop
        Saying what to add.
    """
    name = plain(shop.name)
    if not shop.has("transactions"):
        spend = shop.has("customers") and bool(getattr(shop.source.tables["customers"], "spend", None))
        raise SectionStop(
            "What to suggest next needs to know what was bought when. "
            + (f"*{name}* says how much each customer spent on what, but not when: nothing can be held back. " * spend)
            + "Add a table `transactions` with a column `category` or `product` to source.yml."
        )
    if not any(shop.has_column("transactions", kind) for kind in KINDS):
        raise SectionStop(
            f"What to suggest next needs to know what was bought, which *{name}* does not say. Add to the `columns:` "
            f"of `transactions` in source.yml {joined([f'`{kind}: …`' for kind in KINDS], 'or')}."
        )


def _segments(shop: Shop, moment: datetime, segments: SegmentMap) -> pd.Series:
    """Return the RFM segment of each customer as of a moment, by customer_id."""
    known = shop.features_at(moment).dropna(subset=list(rfm.MEASURES)).reset_index(drop=True)
    if known.empty:
        return pd.Series(dtype=object)
    scored = rfm.score(known, shop.analysis.rfm.bins, segments).customers
    return scored.set_index("customer_id")["segment"].astype(str)


def _judge(
    shop: Shop,
    kind: str,
    most: int,
    start: datetime,
    end: datetime,
    then: pd.Series,
    now: pd.Series,
    segments: SegmentMap,
) -> Suggested | None:
    """Judge the rules on the next orders after `start`; None where there is too little to judge by."""
    bought = suggestions_data.baskets(shop.transactions, kind)
    before = suggestions_data.history(bought, start)
    most = min(most, len(before.items) - 1)
    if most < 1:
        return None
    rules, codes = _learned(before, then, segments)
    after = suggestions_data.next_orders(bought, start, end)
    rows = np.flatnonzero(before.customers.isin(after["customer_id"]) & (codes >= 0))
    if len(rows) < max(FEWEST, shop.analysis.privacy.smallest_group):
        return None
    held = suggestions_data.held(after, before.customers[rows], before.items)
    counts = before.counts[rows]
    hit = {
        rule: suggestions.hits(suggestions.suggest(rules, rule, counts, codes[rows], most), held)
        for rule in (POPULAR, *RULES)
    }
    judged = pd.DataFrame({"segment": np.array(segments.names)[codes[rows]], **hit})
    rng = shop.rng(f"suggestions.{kind}")
    shown = showable(judged, segments.names, shop.analysis.privacy.smallest_group)
    groups = [(ALL, judged)] + [(name, judged[judged["segment"] == name]) for name in shown]
    tables = [suggestions.compare(own, rng).assign(segment=name) for name, own in groups]
    today = suggestions_data.history(bought, end)
    given = without_few(_given(today, now, segments, most), shop.analysis.privacy.smallest_group)
    return Suggested(
        kind, most, len(before.items), pd.concat(tables, ignore_index=True), {}, rules.alike, given, judged
    )


def _learned(history: History, segment: pd.Series, segments: SegmentMap) -> tuple[suggestions.Rules, np.ndarray]:
    codes = pd.Categorical(segment.reindex(history.customers), categories=segments.names).codes.astype(int)
    return suggestions.learn(history, codes, len(segments.names)), codes


def _given(history: History, segment: pd.Series, segments: SegmentMap, most: int) -> pd.DataFrame:
    """Count for each rule to how many customers of each segment each item would be suggested.

    Those of whom no item is known get what is popular, so that the sums are those of whole segments.
    """
    rules, codes = _learned(history, segment, segments)
    sizes = segment.value_counts()
    found = []
    for rule in (POPULAR, *RULES):
        chosen = suggestions.suggest(rules, rule, history.counts, codes, most)
        for code, name in enumerate(segments.names):
            own = np.bincount(chosen[codes == code].ravel(), minlength=len(history.items))
            size = int(sizes.get(name, 0))
            own[:most] += size - int((codes == code).sum())
            rows = pd.DataFrame({"rule": rule, "segment": name, "item": history.items, "customers": own})
            found.append(rows[own > 0].assign(size=size, share=own[own > 0] / max(size, 1)))
    together = pd.concat(found, ignore_index=True)
    return together.sort_values(["rule", "segment", "customers"], ascending=[True, True, False], kind="stable")


def showable(judged: pd.DataFrame, names: Sequence[str], smallest: int) -> list[str]:
    """Return the segments whose rates may be shown.

    A rate tells how many were hit and how many were not. Neither may be a few people: not in a segment that is shown,
    and not in those that are left out taken together, which a reader gets by subtraction.
    """

    def few(rows: pd.DataFrame) -> bool:
        counts = [len(rows), *(int(rows[rule].sum()) for rule in (POPULAR, *RULES))]
        return any(0 < count < smallest for count in (*counts, *(len(rows) - count for count in counts[1:])))

    def members(chosen: Sequence[str]) -> pd.DataFrame:
        return judged[judged["segment"].isin(chosen)]

    shown = [name for name in names if len(members([name])) >= max(FEWEST, smallest) and not few(members([name]))]
    while shown and few(members([name for name in names if name not in shown])):
        shown.remove(min(shown, key=lambda name: len(members([name]))))
    return shown


def without_few(given: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Leave out items suggested to a few people, and so many others that what is left of the sum is not a few.

    What all but a few people get counts as what all get, without their number.
    """
    kept = []
    for _, rows in given.groupby(["rule", "segment"], sort=False):
        own = rows[rows["customers"] >= smallest]
        while len(own) and 0 < rows["customers"].sum() - own["customers"].sum() < smallest:
            own = own.iloc[:-1]
        without = own["size"] - own["customers"]
        nearly = (without > 0) & (without < smallest)
        shown = own.assign(customers=own["customers"].where(~nearly), share=own["share"].mask(nearly, 1.0))
        kept.append(shown.drop(columns="size"))
    return pd.concat(kept, ignore_index=True)


def _corrected(found: list[Suggested], names: Sequence[str]) -> tuple[Suggested, ...]:
    """Correct the tests of all kinds together, those within segments apart from those of everybody, and choose."""
    table = pd.concat([item.compared.assign(kind=item.kind) for item in found], ignore_index=True)
    table["tested"] = np.where(table["segment"] == ALL, "all customers", "segments")
    table = correct(table, within=["tested"], family="suggestions")
    result = []
    for item in found:
        own = table[table["kind"] == item.kind].drop(columns=["kind", "tested"]).reset_index(drop=True)
        parts = {str(name): rows for name, rows in own.groupby("segment", sort=False)}
        overall = parts[ALL]
        nothing = overall.iloc[:0]
        chosen = suggestions.choose(overall, {name: parts.get(name, nothing) for name in [ALL, *names]})
        fits = item.given["rule"] == item.given["segment"].map(chosen)
        given = item.given[fits].drop(columns="rule").reset_index(drop=True)
        result.append(Suggested(item.kind, item.most, item.items, own, chosen, item.alike, given, item.hits))
    return tuple(result)
