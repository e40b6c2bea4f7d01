"""Campaigns in numbers: what each of them, each channel and each audience cost and brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from patrons.intervals import wilson
from patrons.ratios import counted, ratio
from patrons.shop import Shop
from patrons.stop import ChapterStop

COUNTS = ("impressions", "clicks", "leads", "conversions")
MONEY = ("cost", "revenue")
#: What a campaign is divided by: column → title.
FACTORS = {"channel": "Channel", "segment": "Audience"}
UNNAMED = "not named"


@dataclass(frozen=True)
class Metric:
    """A ratio of two columns.

    Attributes
    ----------
    name, title
        As in facts, and on the page.
    top, bottom
        What is divided by what.
    kind
        rate: of counts; price: cost per count; return: revenue per cost, less one.
    """

    name: str
    title: str
    top: str
    bottom: str
    kind: Literal["rate", "price", "return"]

    @property
    def unit(self) -> str:
        """The unit of facts."""
        return "money" if self.kind == "price" else "share"

    @property
    def less(self) -> float:
        """What is taken from the ratio: one from revenue per cost."""
        return 1.0 if self.kind == "return" else 0.0


METRICS = (
    Metric("ctr", "Click-through rate", "clicks", "impressions", "rate"),
    Metric("conversion_rate", "Conversion rate", "conversions", "clicks", "rate"),
    Metric("cpc", "Cost per click", "cost", "clicks", "price"),
    Metric("cpl", "Cost per lead", "cost", "leads", "price"),
    Metric("cac", "Cost per conversion", "cost", "conversions", "price"),
    Metric("roi", "Return on investment", "revenue", "cost", "return"),
)


def read(shop: Shop) -> pd.DataFrame:
    """Return a row per campaign, with every column of the contract; those that the source lacks are all missing.

    Rows of the same campaign, channel and audience are added up.

    Returns
    -------
    DataFrame
        `campaign_id` (unique; where one runs in several channels, they are added to its name), `channel`, `segment`
        (``not named`` where they are not), `started_at` (of the first row), counts, `cost`, `revenue`, `rows`.

    Raises
    ------
    ChapterStop
        The source has no campaigns, or an empty table of them.
    """
    shop.require("campaigns")
    return gather(shop.campaigns, shop.name)


def gather(table: pd.DataFrame, source: str = "the source") -> pd.DataFrame:
    """Add up the rows of each campaign; see `read`."""
    if table.empty:
        raise ChapterStop(f"The table `campaigns` of *{source}* has no rows.")
    found = table.copy()
    for name in FACTORS:
        found[name] = found[name].fillna(UNNAMED).astype(str) if name in found else UNNAMED
    for name in (*COUNTS, *MONEY):
        found[name] = found[name].astype(float) if name in found else np.nan
    if "started_at" not in found:
        found["started_at"] = pd.NaT
    keys = ["campaign_id", *FACTORS]
    groups = found.groupby(keys, sort=False, dropna=False)
    sums = groups[[*COUNTS, *MONEY]].sum(min_count=1)
    sums["started_at"], sums["rows"] = groups["started_at"].min(), groups.size()
    frame = sums.reset_index()
    again = frame["campaign_id"].duplicated(keep=False)
    several = frame["campaign_id"] + ", " + frame["channel"] + ", " + frame["segment"]
    frame["campaign_id"] = frame["campaign_id"].where(~again, several)
    return frame[[*keys, "started_at", *COUNTS, *MONEY, "rows"]]


def has(frame: pd.DataFrame, metric: Metric) -> bool:
    """Tell whether a metric is known of any campaign."""
    return bool((frame[metric.top].notna() & frame[metric.bottom].gt(0)).any())


def divided(frame: pd.DataFrame) -> list[str]:
    """Return the factors that part the campaigns into two groups or more."""
    return [name for name in FACTORS if frame[name].nunique() > 1]


def each_campaign(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the metrics of each campaign, with 95 % intervals where the counts of one campaign allow them.

    Rates have Wilson's interval; prices that of a Poisson count at a fixed cost: a price has no upper end, and no
    value, where nothing was counted. The return of a single campaign needs a model (`campaigns_returns`).

    Returns
    -------
    DataFrame
        The campaigns with `<metric>`, `<metric>_low`, `<metric>_high` and `note` (what is odd, in words).
    """
    found = frame.copy()
    for metric in METRICS:
        top, bottom = found[metric.top].to_numpy(), found[metric.bottom].to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(bottom > 0, top / bottom - metric.less, np.nan)
            low = high = np.full(len(found), np.nan)
            if metric.kind == "rate":
                possible = (bottom > 0) & (top <= bottom)
                low, high = (
                    np.where(possible, end, np.nan)
                    for end in wilson(np.where(possible, top, np.nan), np.where(possible, bottom, np.nan))
                )
            elif metric.kind == "price":
                fewest, most = counted(bottom)
                low, high = top / most, np.where(fewest > 0, top / fewest, np.nan)
        found[metric.name] = value
        if metric.kind != "return":
            found[f"{metric.name}_low"], found[f"{metric.name}_high"] = low, high
    found["note"] = notes(frame)
    return found


def notes(frame: pd.DataFrame) -> list[str]:
    """Say of each campaign what is odd about its numbers."""
    said = {
        "no clicks": frame["clicks"] == 0,
        "no leads": frame["leads"] == 0,
        "no conversions": frame["conversions"] == 0,
        "no cost": frame["cost"] == 0,
        "more clicks than impressions": frame["clicks"] > frame["impressions"],
        "more leads than clicks": frame["leads"] > frame["clicks"],
        "more conversions than clicks": frame["conversions"] > frame["clicks"],
        "revenue below zero": frame["revenue"] < 0,
        "cost not known": frame["cost"].isna() & bool(frame["cost"].notna().any()),
        "revenue not known": frame["revenue"].isna() & bool(frame["revenue"].notna().any()),
    }
    return ["; ".join(text for text, holds in said.items() if holds.iloc[row]) for row in range(len(frame))]


def totals(frame: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Compute the metrics of all campaigns together, or of those of each channel or audience.

    Sums are divided, so that a campaign counts by its size; the interval (`ratios.ratio`) allows for whatever makes
    campaigns differ. Only campaigns of which both sums are known count.

    Returns
    -------
    DataFrame
        `level`, `metric`, `title`, `value`, `low`, `high`, `campaigns`, `top`, `bottom`; levels in order of
        their return, otherwise of their names.
    """
    parts = [("all", frame)] if by is None else [(str(level), part) for level, part in frame.groupby(by)]
    rows = []
    for level, part in parts:
        for metric in METRICS:
            if not has(frame, metric):
                continue
            found = ratio(part[metric.top], part[metric.bottom])
            value, low, high = (end - metric.less for end in (found.value, found.low, found.high))
            row = {"level": level, "metric": metric.name, "title": metric.title, "value": value, "low": low}
            rows.append(row | {"high": high, "campaigns": found.n, "top": found.top, "bottom": found.bottom})
    columns = ["level", "metric", "title", "value", "low", "high", "campaigns", "top", "bottom"]
    table = pd.DataFrame(rows, columns=columns)
    returns = table[table["metric"] == "roi"].sort_values("value", ascending=False)["level"]
    order = [*returns, *(level for level, _ in parts if level not in set(returns))]
    place = table["level"].map({level: at for at, level in enumerate(order)})
    return table.assign(place=place).sort_values("place", kind="stable").drop(columns="place").reset_index(drop=True)


def funnel(frame: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Follow people from one step to the next one that the source counts, per channel or audience or of all.

    Returns
    -------
    DataFrame
        `level`, `step`, `before` (the step before it), `count`, `of`, `rate`, `low`, `high`, `campaigns`; the first
        step of a level has a count alone.
    """
    steps = [name for name in COUNTS if frame[name].notna().any()]
    parts = [("all", frame)] if by is None else [(str(level), part) for level, part in frame.groupby(by)]
    rows = []
    for level, part in parts:
        for at, step in enumerate(steps):
            row: dict[str, object] = {"level": level, "step": step, "before": steps[at - 1] if at else None}
            if not at:
                row |= {"count": part[step].sum(), "campaigns": int(part[step].notna().sum())}
            else:
                found = ratio(part[step], part[steps[at - 1]])
                row |= {"count": found.top, "of": found.bottom, "rate": found.value}
                row |= {"low": found.low, "high": found.high, "campaigns": found.n}
            rows.append(row)
    return pd.DataFrame(rows, columns=["level", "step", "before", "count", "of", "rate", "low", "high", "campaigns"])


def dispersion(frame: pd.DataFrame) -> pd.DataFrame:
    r"""Measure how much more rates differ between campaigns than chance would make them.

    .. math:: \hat\phi = \frac{1}{k - 1} \sum_i \frac{(y_i - n_i \hat p)^2}{n_i \hat p (1 - \hat p)}

    Returns
    -------
    DataFrame
        `metric`, `title`, `dispersion` (1 is chance alone), `campaigns`; rates of more than two campaigns only.
    """
    rows = []
    for metric in (item for item in METRICS if item.kind == "rate" and has(frame, item)):
        part = frame[frame[metric.top].notna() & frame[metric.bottom].gt(0)]
        y, n = part[metric.top].to_numpy(), part[metric.bottom].to_numpy()
        share = y.sum() / n.sum()
        if len(part) > 2 and 0 < share < 1:
            phi = np.sum((y - n * share) ** 2 / (n * share * (1 - share))) / (len(part) - 1)
            rows.append({"metric": metric.name, "title": metric.title, "dispersion": phi, "campaigns": len(part)})
    return pd.DataFrame(rows, columns=["metric", "title", "dispersion", "campaigns"])


def mean_return(frame: pd.DataFrame) -> tuple[float, float, float, int]:
    """Average the returns of campaigns, each counting once: mean, ends of the t interval, number of campaigns."""
    from scipy import stats

    paid = frame[frame["cost"].gt(0) & frame["revenue"].notna()]
    roi = (paid["revenue"] / paid["cost"] - 1).to_numpy()
    n = len(roi)
    if not n:
        return np.nan, np.nan, np.nan, 0
    half = float(stats.t.ppf(0.975, n - 1) * roi.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return float(roi.mean()), float(roi.mean()) - half, float(roi.mean()) + half, n
