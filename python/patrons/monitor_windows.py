"""What customers did in a window of time, and which windows can be compared like with like.

Totals over a customer's whole record grow with time, whatever happens, and sales have seasons. So two windows of one
length are compared, a whole number of weeks and as near as that goes to a year apart; only what happened within each
counts; and customers of the earlier one are weighted so that as many of them had been customers for so many years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from patrons import features, rfm
from patrons.drift import Pair
from patrons.features import total
from patrons.response_data import PEOPLE_GROUPS, PEOPLE_NUMBERS
from patrons.rfm_map import read_segments
from patrons.shop import Shop

#: Thirteen weeks, and fifty-two: the same days of the week, and the same days of the year but for one or two.
QUARTER, YEAR = 91, 364
MIDDLE = 14
SHORTEST = 28
#: A stratum needs so many customers in the earlier window to stand for those of the later one.
FEWEST = 20
#: Where fewer of the later window's customers than this have counterparts, all are compared as they are.
ENOUGH = 0.5
#: Larger windows are sampled.
MOST = 20_000
BEHAVIOUR = {"recency": "days_silent", "frequency": "orders", "monetary": "spend"}
SEGMENT, GROUP = "segment", "group"
JOINED = "joined in the window"


@dataclass(frozen=True)
class Window:
    """A stretch of time, without its end.

    Attributes
    ----------
    start, end : datetime
        At midnight.
    years : int
        How many years it lies before the window that it is compared with.
    """

    start: datetime
    end: datetime
    years: int = 0

    @property
    def days(self) -> int:
        """Its length."""
        return (self.end - self.start).days

    @property
    def last(self) -> datetime:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def months(self) -> list[pd.Timestamp]:
        """First days of the months that lie in it by their middle; the same months whichever year they are of."""
        shift = timedelta(days=self.years * YEAR)
        start, end = self.start + shift, self.end + shift
        first = [day.to_pydatetime() for day in pd.date_range(start - timedelta(days=31), end, freq="MS")]
        inside = [day for day in first if start <= day + timedelta(days=MIDDLE) < end]
        return [pd.Timestamp(day) - pd.DateOffset(years=self.years) for day in inside]

    def back(self, days: int) -> Window:
        """Return the window so many days earlier."""
        shift = timedelta(days=days)
        return Window(self.start - shift, self.end - shift, self.years + (days == YEAR))


@dataclass(frozen=True)
class Compared:
    """Two windows that are compared.

    Attributes
    ----------
    reference, current : Window
    same_season : bool
        Whether they are a year apart.
    """

    reference: Window
    current: Window
    same_season: bool


def windows(first: datetime, end: datetime) -> list[Compared]:
    """Choose the windows: the last quarter and the same quarter a year before, and so on back, the latest first.

    Where the record is shorter than that, its halves are compared, whatever their season.

    Returns
    -------
    list of Compared
        None where less than two times `SHORTEST` days were observed.
    """
    first, end = (moment.replace(hour=0, minute=0, second=0, microsecond=0) for moment in (first, end))
    found = []
    current = Window(end - timedelta(days=QUARTER), end)
    while current.start - timedelta(days=YEAR) >= first:
        found.append(Compared(current.back(YEAR), current, True))
        current = current.back(QUARTER)
    if found:
        return found
    days = min((end - first).days // 2, QUARTER)
    if days < SHORTEST:
        return []
    current = Window(end - timedelta(days=days), end)
    return [Compared(current.back(days), current, False)]


def customers(shop: Shop, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """Describe the customers who ordered in a window by what they did in it.

    Returns
    -------
    DataFrame
        Index customer_id, in its order. Numbers: ``days_silent`` (from the last order to the end of the window),
        ``orders``, ``spend``, ``order_value``; ``price`` (of a piece), ``discount`` (mean share off, over lines) where
        the source has them; ``visits`` (a month) and ``opened`` (share of e-mails) of the months of the window where
        all of them were recorded. Groups: ``channel``, ``category``, ``region`` (in which most money was spent); who
        they are, where there is a table of customers. ``years``: whole years since the first order, when the window
        began, as text, or `JOINED`. Of more than `MOST` customers a random sample.
    """
    rows = features.with_customer(shop.transactions)
    rows = rows.filter((rows.ordered_at >= window.start) & (rows.ordered_at < window.end))
    sums = {"orders": rows.order_id.nunique(), "spend": total(rows.amount), "last": rows.ordered_at.max()}
    sums |= {"lines": rows.count()}
    if shop.has_column("transactions", "quantity"):
        sums |= {"pieces": rows.quantity.cast("float64").sum()}
    if shop.has_column("transactions", "discount"):
        sums |= {"off": total(rows.discount.cast("float64"))}
    found = rows.group_by("customer_id").agg(**sums).to_pyarrow().to_pandas()
    found = found.astype({"customer_id": object}).set_index("customer_id").sort_index()
    if len(found) > MOST:
        found = found.iloc[np.sort(rng.choice(len(found), MOST, replace=False))]
    known = pd.DataFrame(index=found.index)
    known["days_silent"] = (pd.Timestamp(window.end) - found["last"]).dt.days.astype(float)
    known["orders"], known["spend"] = found["orders"].astype(float), found["spend"].astype(float)
    known["order_value"] = known["spend"] / known["orders"]
    if "pieces" in found:
        known["price"] = known["spend"] / found["pieces"].where(found["pieces"] > 0)
    if "off" in found:
        known["discount"] = found["off"] / found["lines"]
    for by in ("channel", "category", "region"):
        if shop.has_column("transactions", by):
            known[by] = _main(features.customer_spend(rows, by).to_pyarrow().to_pandas(), by).reindex(known.index)
    if shop.has("engagement") and _covered(shop.engagement["month"], window.months):
        known = known.join(_engaged(shop.engagement, window))
    known = known.join(_people(shop, known, window.end)) if shop.has("customers") else known
    first = shop.customer_features.astype({"customer_id": object}).set_index("customer_id")["first_order"]
    tenure = (pd.Timestamp(window.start) - pd.to_datetime(first).reindex(known.index)).dt.total_seconds() / 86_400
    known["years"] = [JOINED if days <= 0 else str(int(days // YEAR)) for days in tenure]
    return known


def table(shop: Shop) -> pd.DataFrame:
    """Describe customers as a table without orders does: what it sums up, and who they are."""
    known = shop.customer_features.astype({"customer_id": object}).set_index("customer_id").sort_index()
    known = known.select_dtypes("number").astype(float).rename(columns=BEHAVIOUR)
    known = known.join(_people(shop, known, None))
    return known.assign(years="")


def matched(reference: pd.DataFrame, current: pd.DataFrame) -> tuple[Pair, bool]:
    """Put two windows together so that customers of as many years are compared with each other.

    Returns
    -------
    Pair
        Of the columns that both have. Customers whose years have no counterpart are left out.
    bool
        Whether it could be done; where most of the current customers have no counterpart, all are kept as they are.
    """
    columns = [name for name in reference if name in current and name != "years"]
    counts, now = reference["years"].value_counts(), current["years"].value_counts()
    common = [name for name in counts.index if counts[name] >= FEWEST and name in now.index]
    like = now.reindex(common).sum() >= ENOUGH * len(current)
    if not like:
        none = (np.zeros(len(reference), int), np.zeros(len(current), int))
        return Pair(reference[columns], current[columns], *none), False
    then, here = reference[reference["years"].isin(common)], current[current["years"].isin(common)]
    return Pair(then[columns], here[columns], then["years"].to_numpy(str), here["years"].to_numpy(str)), True


def with_segments(pairs: Pair, bins: int) -> Pair:
    """Add the segment by recency, frequency and value, by the edges of the reference, where all three are known."""
    names = list(BEHAVIOUR.values())
    both = [frame.rename(columns={new: old for old, new in BEHAVIOUR.items()}) for frame in _sides(pairs)]
    if not set(names) <= set(pairs.reference) or both[0][list(BEHAVIOUR)].isna().all(axis=1).all():
        return pairs
    complete = both[0].dropna(subset=list(BEHAVIOUR))
    segments, parts = read_segments(), []
    for frame in both:
        known = frame.dropna(subset=list(BEHAVIOUR))
        scores = pd.DataFrame(
            {
                name[0]: rfm.scores_of(rfm.turned(known, name), rfm.cuts(rfm.turned(complete, name), bins))
                for name in BEHAVIOUR
            },
            index=known.index,
        )
        titles = pd.Series(rfm.named(scores, bins, segments), index=known.index).astype(str).map(segments.titles)
        parts.append(titles.reindex(frame.index).astype(object))
    return _added(pairs, SEGMENT, parts)


def with_groups(pairs: Pair, groups: tuple[np.ndarray, np.ndarray], names: tuple[str, ...]) -> Pair:
    """Add the group of each customer, by its number from 0; −1 where it is not known."""
    parts = [
        pd.Series([names[one] if one >= 0 else None for one in codes], index=frame.index, dtype=object)
        for codes, frame in zip(groups, _sides(pairs), strict=True)
    ]
    return _added(pairs, GROUP, parts)


def _sides(pairs: Pair) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pairs.reference, pairs.current


def _added(pairs: Pair, name: str, parts: list[pd.Series]) -> Pair:
    then, now = (frame.assign(**{name: part}) for frame, part in zip(_sides(pairs), parts, strict=True))
    return Pair(then, now, pairs.stratum, pairs.current_stratum)


def _main(spent: pd.DataFrame, by: str) -> pd.Series:
    """Return where each customer spent most; of equals, the first by name."""
    known = spent.dropna(subset=[by]).astype({"customer_id": object, by: str})
    order = known.sort_values(["customer_id", "revenue", by], ascending=[True, False, True], kind="stable")
    return order.drop_duplicates("customer_id").set_index("customer_id")[by].astype(object)


def _engaged(engagement: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Sum up the visits and e-mails of a window's months."""
    rows = engagement[engagement["month"].isin(window.months)]
    grouped = rows.astype({"customer_id": object}).groupby("customer_id")
    known = pd.DataFrame(index=grouped.size().index)
    if "web_visits" in rows:
        known["visits"] = grouped["web_visits"].mean().astype(float)
    if {"emails_sent", "emails_opened"} <= set(rows):
        sums = grouped[["emails_sent", "emails_opened"]].sum().astype(float)
        known["opened"] = sums["emails_opened"] / sums["emails_sent"].where(sums["emails_sent"] > 0)
    return known


def _covered(recorded: pd.Series, months: list[pd.Timestamp]) -> bool:
    """Tell whether there are records of all of some months."""
    return bool(months) and set(months) <= set(recorded)


def _people(shop: Shop, known: pd.DataFrame, moment: datetime | None) -> pd.DataFrame:
    """Return who customers are, as old as they were; what cleaning filled in is not known.

    How often they visit is told as of today only: beside orders with their dates it would be what came later.
    """
    people = shop.customers.astype({"customer_id": object}).drop_duplicates("customer_id").set_index("customer_id")
    own = shop.source.settings.tables.customers
    numbers = [*PEOPLE_NUMBERS, *([] if moment else ["web_visits", "birth_year"]), *(own.features if own else ())]
    numbers = [name for name in dict.fromkeys(numbers) if name in people and name not in known]
    groups = [name for name in PEOPLE_GROUPS if name in people and name not in known]
    found = people[[*numbers, *groups]].copy()
    for name in found:
        if f"{name}_imputed" in people:
            found[name] = found[name].mask(people[f"{name}_imputed"].to_numpy(dtype=bool))
    found[numbers] = found[numbers].astype(float)
    if "age" in found and moment:
        found["age"] -= round((shop.reference_date - moment).days / YEAR)
    for name in groups:
        found[name] = found[name].astype(object).where(found[name].notna(), None)
    return found.reindex(known.index)
