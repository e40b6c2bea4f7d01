"""What each segment needs: revenue, cost, risk, growth and service, computed from data and rated by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from patrons import features, masks
from patrons.clusters import Clustering
from patrons.shop import Shop

RESAMPLES = 1000
#: What differs by less than this share from its yardstick is not rated high or low, however sure it is.
MARGIN = 0.1
#: The two periods of growth are at most this long, and at most this share of the time observed.
MOST_DAYS, PART = 365, 1 / 3
YEAR = 365.25


@dataclass(frozen=True)
class Measure:
    """A ratio of two totals over the customers of a segment.

    Attributes
    ----------
    name
        Of the column of the matrix: `revenue`, `discount`, `mail`, `churn`, `growth` or `service`.
    title, rule
        In words: what it is called, and how it is computed.
    unit
        As in `facts.Fact`.
    top, bottom
        (n) each; customers to whom it does not apply have zeros.
    yardstick
        What a segment is held against: the ratio over all customers (None), or a fixed number.
    """

    name: str
    title: str
    rule: str
    unit: str | None
    top: np.ndarray
    bottom: np.ndarray
    yardstick: float | None = None


def measures(shop: Shop, found: Clustering) -> list[Measure]:
    """Compute the measures that the source allows, in the order of the matrix."""
    people = found.customers
    if "customer_id" not in people:
        return []
    base = people[["customer_id"]].merge(shop.customer_features, on="customer_id", how="left")
    wanted = [_revenue(base), *_cost(shop, base), _churn(shop, base), _growth(shop, base), _service(shop, base)]
    return [measure for measure in wanted if measure is not None and measure.bottom.sum() > 0]


def period(shop: Shop) -> int:
    """Return how many days each of the two periods of growth has."""
    span = (shop.reference_date - shop.customer_features["first_order"].min()).days
    return int(max(min(MOST_DAYS, PART * span), 1))


def rate(
    wanted: Sequence[Measure], segments: np.ndarray, rng: np.random.Generator, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Compute each measure of each segment with its interval, and rate it.

    A segment is rated `high` where its ratio to the yardstick has a 95 % interval wholly above 1 + `MARGIN`, `low`
    where wholly below 1 − `MARGIN`, and `middle` otherwise. Customers are resampled within their segments.

    Parameters
    ----------
    wanted
        From `measures`.
    segments
        (n), from 1.
    rng
        Resamples.
    resamples
        How often, for up to twenty thousand customers; for more, a fifth of that.

    Returns
    -------
    DataFrame
        `segment`, `measure`, `customers`, `value`, `low`, `high`, `ratio`, `ratio_low`, `ratio_high`, `rating`. The
        value of `revenue` is the segment's share of the revenue of all.
    """
    if not wanted:
        return pd.DataFrame()
    sums = np.stack([part for measure in wanted for part in (measure.top, measure.bottom)], axis=1)
    sums = np.nan_to_num(sums.astype(float))
    names = np.unique(segments)
    draws = resamples if len(segments) <= 20_000 else resamples // 5
    own = np.stack([sums[segments == name].sum(axis=0) for name in names])[None]
    drawn = np.stack([_resample(sums[segments == name], draws, rng) for name in names], axis=1)
    rows = []
    for place, measure in enumerate(wanted):
        value, ratio = _values(own[:, :, 2 * place : 2 * place + 2], measure)
        values, ratios = _values(drawn[:, :, 2 * place : 2 * place + 2], measure)
        for index, name in enumerate(names):
            ends = [_ends(column[:, index]) for column in (values, ratios)]
            rows.append(
                {
                    "segment": int(name),
                    "measure": measure.name,
                    "customers": int((segments == name).sum()),
                    "value": value[0, index],
                    "low": ends[0][0],
                    "high": ends[0][1],
                    "ratio": ratio[0, index],
                    "ratio_low": ends[1][0],
                    "ratio_high": ends[1][1],
                    "rating": rating(*ends[1]),
                }
            )
    return pd.DataFrame(rows)


def rating(low: float, high: float) -> str | None:
    """Rate an interval of ratios to the yardstick.

    Examples
    --------
    >>> rating(1.2, 1.5), rating(0.95, 1.5), rating(0.1, 0.7), rating(float("nan"), 1.0)
    ('high', 'middle', 'low', None)
    """
    if np.isnan(low) or np.isnan(high):
        return None
    return "high" if low > 1 + MARGIN else "low" if high < 1 - MARGIN else "middle"


def public(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Blank what would tell about fewer people than may be shown."""
    found = table.copy()
    numbers = ["value", "low", "high", "ratio", "ratio_low", "ratio_high"]
    few = masks.of_groups(found, "segment", "customers", smallest)
    found.loc[few, numbers] = np.nan
    found.loc[few, "rating"] = None
    found["customers"] = found["customers"].astype("Int64").mask(few)
    return found


def _values(sums: np.ndarray, measure: Measure) -> tuple[np.ndarray, np.ndarray]:
    """Return what is shown of each segment, and its ratio to the yardstick, for each draw (draws, segments, 2)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        own = sums[:, :, 0] / sums[:, :, 1]
        every = sums[:, :, 0].sum(axis=1, keepdims=True) / sums[:, :, 1].sum(axis=1, keepdims=True)
        ratio = own / (every if measure.yardstick is None else measure.yardstick)
        shown = sums[:, :, 0] / sums[:, :, 0].sum(axis=1, keepdims=True) if measure.name == "revenue" else own
    return shown, ratio


def _resample(sums: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return totals over resampled customers, draws × columns."""
    n = len(sums)
    found = np.empty((draws, sums.shape[1]))
    for draw in range(draws):
        found[draw] = np.bincount(rng.integers(0, n, n), minlength=n) @ sums
    return found


def _ends(values: np.ndarray) -> tuple[float, float]:
    """Return the middle 95 %; missing where it is not defined in each sample."""
    if not np.isfinite(values).all():
        return np.nan, np.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _revenue(base: pd.DataFrame) -> Measure | None:
    if "monetary" not in base:
        return None
    known = base["monetary"].notna()
    return Measure(
        "revenue", "Revenue impact",
        "share of all revenue; rated by revenue per customer", "share",
        base["monetary"].fillna(0).to_numpy(), known.to_numpy(float),
    )  # fmt: skip


def _cost(shop: Shop, base: pd.DataFrame) -> list[Measure]:
    """Return discounts given and e-mails sent, as far as they are known."""
    found = []
    if shop.has_column("transactions", "discount"):
        days = period(shop)
        start = shop.reference_date - timedelta(days=days)
        lines = features.with_customer(shop.transactions)
        lines = lines.filter((lines.ordered_at >= start) & (lines.discount > 0) & (lines.discount < 1))
        given = features.total(lines.amount * lines.discount / (1 - lines.discount))
        by = lines.group_by("customer_id").agg(given=given).to_pandas().set_index("customer_id")["given"]
        tops = base["customer_id"].map(by).fillna(0).to_numpy(float)
        rule = f"discounts given in the last {days} days, per customer and year"
        years = np.full(len(base), days / YEAR)
        found.append(Measure("discount", "Discounts", rule, "money", tops, years))
    if shop.has_column("engagement", "emails_sent"):
        found.append(_monthly(shop, base, "mail", "E-mails", "emails_sent", "e-mails sent per customer and month"))
    return found


def _monthly(shop: Shop, base: pd.DataFrame, name: str, title: str, column: str, rule: str) -> Measure:
    months = shop.engagement.dropna(subset=[column, "customer_id"])
    months = months[months["month"] > months["month"].max() - pd.DateOffset(years=1)]
    by = months.groupby("customer_id")[column].agg(["sum", "size"])
    tops, bottoms = (base["customer_id"].map(by[key]).fillna(0).to_numpy(float) for key in ("sum", "size"))
    return Measure(name, title, f"{rule}, in the last twelve months that are known", None, tops, bottoms)


def _churn(shop: Shop, base: pd.DataFrame) -> Measure | None:
    if "recency" not in base:
        return None
    limit = shop.analysis.churn_after_days
    gone = (base["recency"] > limit).to_numpy(float)
    rule = f"share whose last order is more than {limit} days ago"
    return Measure("churn", "Churn risk", rule, "share", gone, base["recency"].notna().to_numpy(float))


def _growth(shop: Shop, base: pd.DataFrame) -> Measure | None:
    """Compare the revenue of the last period with that of the one before, of those who were customers before both."""
    if not shop.has("transactions"):
        return None
    days = period(shop)
    end = shop.reference_date
    middle, start = end - timedelta(days=days), end - timedelta(days=2 * days)
    last, before = (
        base["customer_id"].map(shop.outcomes(*ends).set_index("customer_id")["revenue"]).fillna(0).to_numpy(float)
        for ends in ((middle, end), (start, middle))
    )
    old = (base["first_order"] < start).to_numpy()
    rule = (
        f"revenue of the last {days} days over that of the {days} days before, of those who were customers before both"
    )
    return Measure("growth", "Growth", rule, "ratio", last * old, before * old, yardstick=1.0)


def _service(shop: Shop, base: pd.DataFrame) -> Measure | None:
    """Measure how much attention customers ask for: visits to the site, otherwise orders to be handled."""
    title = "Service need"
    if shop.has_column("engagement", "web_visits"):
        return _monthly(shop, base, "service", title, "web_visits", "visits to the site per customer and month")
    if shop.has_column("customers", "web_visits"):
        visits = base["customer_id"].map(shop.customers.set_index("customer_id")["web_visits"]).astype(float)
        known = visits.notna().to_numpy(float)
        rule = "visits to the site per customer and month"
        return Measure("service", title, rule, None, visits.fillna(0).to_numpy(), known)
    if not shop.has("transactions"):
        return None
    days = period(shop)
    placed = shop.outcomes(shop.reference_date - timedelta(days=days)).set_index("customer_id")["orders"]
    orders = base["customer_id"].map(placed).fillna(0).to_numpy(float)
    rule = f"orders to be handled in the last {days} days, per customer and year"
    return Measure("service", title, rule, None, orders, np.full(len(base), days / YEAR))
