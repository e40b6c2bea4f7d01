"""All that a source can tell about who stays, put together for its chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from patrons import features, masks, retention, retention_silence, rfm, survival, survival_covariates, survival_cox
from patrons import survival_times as duration
from patrons.retention_silence import Silences
from patrons.shop import Shop
from patrons.survival_cox import CannotFit, Hazards

#: Other thresholds that the chosen one is compared with.
OTHERS = (30, 60, 90, 180, 365)
#: A group needs so many customers for a curve of its own.
FEWEST = 10


@dataclass(frozen=True)
class Segments:
    """Customers who were active at a moment, followed from then on, by the segment they were in.

    Attributes
    ----------
    since
        The moment.
    followed
        `customer_id`, `days`, `ended`, `segment` (a category); a row for each, not to be published.
    titles
        What readers call the segments, those with enough customers, in the map's order.
    set_aside
        Customers of segments that are too small for a curve.
    overall
        `chi2`, `df`, `p` of the log-rank test.
    pairs
        What `survival.pairs` found.
    horizon
        After how many days shares are compared.
    """

    since: datetime
    followed: pd.DataFrame
    titles: Mapping[str, str]
    set_aside: int
    overall: Mapping[str, float]
    pairs: pd.DataFrame
    horizon: int


@dataclass(frozen=True)
class Study:
    """What a source can tell; what it cannot is None.

    Attributes
    ----------
    threshold
        Days of silence after which a customer counts as gone.
    recency
        Whole days since the last order, of the customers for whom it is known.
    churn
        What `retention.churn` found, at many thresholds.
    cohorts, grid, curve, hidden
        From `features_time.cohorts`, and what `retention` made of it.
    silences
        What became of silences.
    back
        Who of those who counted as gone at `since` has come back (`retention_silence.came_back`).
    since
        The moment in the past from which customers are followed.
    lasting
        Times of customerships by threshold: `days`, `ended`.
    second
        Times to the second order: `days`, `ended`.
    segments
        None if fewer than two segments can be compared.
    hazards
        Cox's model, or why there is none.
    left_out
        Covariates that are not in the model, and why.
    """

    threshold: int
    recency: pd.Series
    churn: pd.DataFrame
    cohorts: pd.DataFrame | None = None
    grid: pd.DataFrame | None = None
    curve: pd.DataFrame | None = None
    hidden: np.ndarray | None = None
    silences: Silences | None = None
    back: Mapping[str, float] | None = None
    since: datetime | None = None
    lasting: Mapping[int, pd.DataFrame] | None = None
    second: pd.DataFrame | None = None
    segments: Segments | None = None
    hazards: Hazards | CannotFit | None = None
    left_out: Mapping[str, str] | None = None
    truth: Mapping[str, float] | None = None


def look(shop: Shop) -> Study:
    """Ask a source all that the chapter shows.

    Raises
    ------
    ChapterStop
        If it says neither what was ordered when nor how long ago each customer's last order was.
    """
    threshold, smallest = shop.analysis.churn_after_days, shop.analysis.privacy.smallest_group
    if not shop.has("transactions") and not shop.has_column("customers", "recency"):
        shop.require("transactions")
    found = shop.customer_features
    masks.need(len(found), smallest)
    recency = found["recency"].dropna()
    thresholds = sorted({*retention.THRESHOLDS, *OTHERS, threshold})
    churn = retention.spaced(retention.churn(recency, thresholds), threshold, smallest)
    if not shop.has("transactions"):
        return Study(threshold, recency, churn)
    today = shop.reference_date
    orders = duration.order_times(shop.gaps, found)
    since = duration.landmark(pd.Timestamp(found["first_order"].min()).to_pydatetime(), today)
    then = shop.features_at(since)
    ordered = then["customer_id"].isin(shop.outcomes(since)["customer_id"])
    followed = _follow(shop, orders, then, since)
    hazards, left_out = _hazards(shop, then, followed, since)
    return Study(
        threshold,
        recency,
        churn,
        cohorts=shop.cohorts,
        grid=pd.concat(
            [retention.average(shop.cohorts, smallest), retention.grid(shop.cohorts, smallest)], ignore_index=True
        ),
        curve=retention.curve(shop.cohorts, smallest),
        hidden=retention.hidden(shop.cohorts, smallest),
        silences=retention_silence.follow(shop.gaps, found, today, threshold, shop.rng("silences"), smallest),
        back=retention_silence.came_back(then["recency"], ordered, threshold) if len(then) else None,
        since=since,
        lasting={days: duration.customerships(orders, today, days) for days in alternatives(threshold)},
        second=duration.second_orders(orders, today),
        segments=_segments(then, followed, since, today, smallest),
        hazards=hazards,
        left_out=left_out,
        truth=_truth(shop, threshold),
    )


def alternatives(threshold: int) -> list[int]:
    """Return the thresholds for which the length of customerships is shown: the chosen one, twice and four times it.

    Examples
    --------
    >>> alternatives(90)
    [90, 180, 365]
    """
    usual = [days for days in (90, 180, 365) if days > 1.5 * threshold]
    return [threshold, *(usual if len(usual) == 2 else [2 * threshold, 4 * threshold])]


def _follow(shop: Shop, orders: pd.DataFrame, then: pd.DataFrame, since: datetime) -> pd.DataFrame:
    """Follow those who were active at a moment: `customer_id`, `days`, `ended`."""
    threshold = shop.analysis.churn_after_days
    names = shop.customer_features["customer_id"].to_numpy()
    times = duration.customerships(orders, shop.reference_date, threshold, since)
    times["customer_id"] = names[times["customer"].to_numpy(dtype=int)]
    active = then.loc[then["recency"] <= threshold, ["customer_id"]]
    return active.merge(times[["customer_id", "days", "ended"]], on="customer_id", how="inner")


def _segments(
    then: pd.DataFrame, followed: pd.DataFrame, since: datetime, today: datetime, smallest: int
) -> Segments | None:
    if followed.empty:
        return None
    scores = rfm.score(then)
    named = scores.customers[["customer_id", "segment"]]
    table = followed.merge(named, on="customer_id", how="left")
    counts = table["segment"].value_counts()
    counts = counts[~masks.divided(counts, smallest)]
    kept = [name for name in scores.segments.names if counts.get(name, 0) >= FEWEST]
    if len(kept) < 2:
        return None
    large = table[table["segment"].isin(kept)].reset_index(drop=True)
    large["segment"] = pd.Categorical(large["segment"].astype(str), categories=kept)
    horizon = _horizon(large, (today - since) // timedelta(days=1), smallest)
    overall = survival.log_rank(large["days"], large["ended"], large["segment"])
    pairs = survival.pairs(large["days"], large["ended"], large["segment"], horizon)
    titles = {name: scores.segments.segments[name].title for name in kept}
    return Segments(since, large, titles, len(table) - len(large), overall, pairs, horizon)


def _horizon(table: pd.DataFrame, longest: int, smallest: int) -> int:
    """Return the longest time, in steps of 30 days, after which enough customers of each segment are still followed."""
    for days in range(longest // 30 * 30, 0, -30):
        left = table[table["days"] >= days].groupby("segment", observed=False).size()
        if (left >= smallest).all():
            return days
    return longest


def _hazards(
    shop: Shop, then: pd.DataFrame, followed: pd.DataFrame, since: datetime
) -> tuple[Hazards | CannotFit, Mapping[str, str]]:
    behaviour = followed[["customer_id"]].merge(then, on="customer_id", how="left")
    if shop.has_column("transactions", "discount"):
        rows = features.with_customer(features.before(shop.transactions, since))
        given = rows.group_by("customer_id").agg(discount=rows.discount.mean()).to_pyarrow().to_pandas()
        behaviour = behaviour.merge(given, on="customer_id", how="left")
    people = None
    if shop.has("customers"):
        people = behaviour[["customer_id"]].merge(shop.customers, on="customer_id", how="left")
    described = survival_covariates.describe(behaviour, people, shop.analysis.privacy.smallest_group)
    ends = int(followed["ended"].sum())
    try:
        return survival_cox.fit(followed, described), described.within(ends).left_out
    except CannotFit as error:
        return error, described.left_out


def _truth(shop: Shop, threshold: int) -> dict[str, float] | None:
    """Hold the threshold against who has really left, where the world is simulated and one can know."""
    if shop.planted is None:
        return None
    both = shop.customer_features.merge(shop.planted, on="customer_id", how="inner")
    counted, gone = both["recency"] > threshold, both["days_gone"] > 0
    return {
        "counted": float(counted.sum()),
        "right": float((counted & gone).sum()),
        "gone": float(gone.sum()),
        "customers": float(len(both)),
    }
