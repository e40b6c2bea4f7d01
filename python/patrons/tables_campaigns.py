"""Campaigns as a reader's tables, and as the frames that figures take: titles and units put in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons import theme
from patrons.campaigns import COUNTS, FACTORS, METRICS
from patrons.campaigns_returns import Returns
from patrons.campaigns_segments import Answers
from patrons.campaigns_study import Reached
from patrons.facts import SIGNS, Fact, digits_of, show
from patrons.frames import each

#: So many rows of a long table, and so many campaigns in the figure, are shown; the data hold them all.
MOST_ROWS, MOST_DRAWN = 14, 45
STEPS = {"clicks": "clicked", "leads": "left an address", "conversions": "ordered"}


def written(value: float, low: float, high: float, unit: str | None) -> tuple[str, str]:
    """Write a number and its interval, with no more digits than the interval deserves."""
    if pd.isna(value):
        return "–", "–"
    entry = Fact(value, None if pd.isna(low) else low, None if pd.isna(high) else high, unit)
    found = digits_of(entry)
    digits = None if found is None else min(found, 2)
    ends = (
        "–" if entry.low is None or entry.high is None else f"{show(low, unit, digits)} to {show(high, unit, digits)}"
    )
    return show(value, unit, digits), ends


def pooled(found: Reached, currency: str | None) -> pd.DataFrame:
    """Lay out the metrics of all campaigns together."""
    rows = []
    for row in each(found.pooled):
        metric = next(item for item in METRICS if item.name == row.metric)
        value, ends = written(row.value, row.low, row.high, _unit(metric.unit, currency))
        of = f"({metric.top} − {metric.bottom}) / {metric.bottom}" if metric.less else f"{metric.top} / {metric.bottom}"
        rows.append(
            {"Metric": metric.title, "Is": of, "Campaigns": f"{row.campaigns}", "All": value, "95 % interval": ends}
        )
    return pd.DataFrame(rows)


def single(found: Reached, currency: str | None, most: int = 3) -> pd.DataFrame:
    """Lay out the metrics of the campaigns that cost most, each with the interval of its own numbers."""
    table = found.each
    if found.returns is not None:
        own = found.returns.campaigns.set_index("campaign_id")[["raw_low", "raw_high"]]
        table = table.merge(own, left_on="campaign_id", right_index=True, how="left")
    rows = []
    for place in table["cost"].fillna(0).sort_values(ascending=False, kind="stable").index[:most]:
        row = table.loc[place]
        kinds = [str(row[name]) for name in FACTORS if found.frame[name].nunique() > 1]
        for metric in (item for item in METRICS if pd.notna(row[item.name])):
            ends = ("raw_low", "raw_high") if metric.kind == "return" else (f"{metric.name}_low", f"{metric.name}_high")
            low, high = (row.get(end, np.nan) for end in ends)
            value, interval = written(row[metric.name], low, high, _unit(metric.unit, currency))
            name = ", ".join([str(row["campaign_id"]), *kinds])
            rows.append({"campaign": name, "Metric": metric.title, "Value": value, "95 % interval": interval})
    return pd.DataFrame(rows, columns=["campaign", "Metric", "Value", "95 % interval"])


def panels(found: Reached, factor: str, currency: str | None) -> pd.DataFrame:
    """Return the metrics of each level as `plot_metric_panels` takes them, all campaigns last."""
    rows = []
    table = pd.concat([found.groups[factor], found.pooled.assign(level="all")], ignore_index=True)
    for metric in METRICS:
        for row in each(table[table["metric"] == metric.name]):
            label, _ = written(row.value, row.low, row.high, _unit(metric.unit, currency))
            rows.append(
                {
                    **{"panel": metric.title, "row": row.level, "value": row.value, "low": row.low, "high": row.high},
                    **{"label": label, "main": row.level == "all", "campaigns": row.campaigns},
                }
            )
    return pd.DataFrame(rows)


def funnel_panels(found: Reached, factor: str | None) -> pd.DataFrame:
    """Return the steps of the funnel as `plot_metric_panels` takes them."""
    parts = [found.funnels[factor], found.funnel] if factor else [found.funnel]
    rows = []
    table = pd.concat(parts, ignore_index=True).dropna(subset=["before"])
    for step in (name for name in COUNTS if name in set(table["step"])):
        for row in each(table[table["step"] == step]):
            label, _ = written(row.rate, row.low, row.high, "share")
            rows.append(
                {
                    **{"panel": f"Of {row.before}, {STEPS[step]}", "row": row.level, "value": row.rate},
                    **{"low": row.low, "high": row.high, "label": label, "main": row.level == "all"},
                    **{"count": row.count, "of": row.of, "campaigns": row.campaigns},
                }
            )
    return pd.DataFrame(rows)


def tests(found: Reached) -> pd.DataFrame:
    """Lay out the tests between channels and audiences."""
    return pd.DataFrame(
        [
            {
                "metric": row.title,
                "Between": f"{FACTORS[row.factor]}s".lower(),
                "Highest, lowest": f"{row.highest}, {row.lowest}",
                "Ratio": _ratio(row.ratio),
                "95 % interval": f"{_ratio(row.low)} to {_ratio(row.high)}",
                "F": f"{row.f:,.1f}",
                "p, Holm": show(row.p_holm, "p"),
                "p of ranks": show(row.h_p, "p") if pd.notna(row.h_p) else "–",
            }
            for row in each(found.tests)
        ]
    )


def shrunken(returns: Returns, currency: str | None) -> pd.DataFrame:
    """Return the campaigns as `plot_shrunken` takes them: the costliest where there are too many, best first."""
    table = returns.campaigns
    chosen = table.loc[table["cost"].sort_values(ascending=False).index[:MOST_DRAWN]].sort_values(
        "roi", ascending=False
    )
    names = [
        " ".join([str(row.campaign_id), ", ".join(str(getattr(row, name)) for name in returns.pooling.factors)]).strip()
        for row in each(chosen)
    ]
    short = [name if len(name) < 34 else f"{name[:32]}…" for name in names]
    # Names that were cut alike would be one row of the figure.
    short = [name if short.count(name) == 1 else f"{name} ({at})" for at, name in enumerate(short)]
    costs = [theme.money(cost, currency) for cost in chosen["cost"]]
    return chosen.assign(name=short, cost=costs)[["name", "raw", "roi", "low", "high", "verdict", "cost"]]


def ranks(returns: Returns) -> pd.DataFrame:
    """Lay out the campaigns with the best raw returns, and where they stand without their luck."""
    best = returns.campaigns.sort_values("raw_rank").head(6)
    rows = []
    for row in each(best):
        pooled_roi, ends = written(row.roi, row.low, row.high, "share")
        rows.append(
            {
                "Campaign": row.campaign_id,
                "Raw return": show(row.raw, "share", 0),
                "Own numbers count": show(row.weight, "share", 0),
                "Pooled return": pooled_roi,
                "95 % interval": ends,
                "Rank": f"{row.raw_rank} → {row.rank}",
                "95 % interval of rank": f"{row.rank_low:.0f} to {row.rank_high:.0f}",
            }
        )
    return pd.DataFrame(rows)


def verdicts(returns: Returns, currency: str | None) -> pd.DataFrame:
    """Lay out the campaigns that are wasteful, and those undecided ones that are expected to lose."""
    table = returns.campaigns
    chosen = table[(table["verdict"] == "wasteful") | ((table["verdict"] == "undecided") & (table["loss"] > 0))]
    order = chosen.assign(place=chosen["verdict"] != "wasteful").sort_values(["place", "loss"], ascending=[True, False])
    rows = []
    for row in each(order.head(MOST_ROWS)):
        loss, ends = written(row.loss, row.loss_low, row.loss_high, currency or "money")
        rows.append(
            {
                "verdict": "Wasteful" if row.verdict == "wasteful" else "Undecided, expected to lose",
                "Campaign": row.campaign_id,
                "Ran for": ", ".join(str(getattr(row, name)) for name in FACTORS if name in row._fields),
                "Cost": show(row.cost, currency, 0),
                "Raw": show(row.raw, "share", 0),
                "Pooled": show(row.roi, "share", 0),
                "Pays with": f"{_chance(row.p_profit)}",
                "Would lose": loss,
                "95 % interval": ends,
            }
        )
    return pd.DataFrame(rows)


def levels(returns: Returns) -> pd.DataFrame:
    """Lay out what campaigns of each kind return, and what the next of them may."""
    rows = []
    for row in each(returns.levels):
        value, ends = written(row.roi, row.low, row.high, "share")
        coming = f"{show(row.next_low, 'share', 0)} to {show(row.next_high, 'share', 0)}"
        rows.append(
            {
                **{"factor": FACTORS[row.factor], "Kind": row.level, "Return": value, "95 % interval": ends},
                **{"95 % of campaigns to come": coming},
            }
        )
    return pd.DataFrame(rows)


def answers(found: Answers) -> pd.DataFrame:
    """Return the segments as `plot_answers` takes them."""
    table = found.segments
    colours = theme.segment_colours(table["segment"])
    labels = [written(row.expected, row.low, row.high, "share")[0] for row in each(table)]
    return table.assign(label=labels, colour=[colours[name] for name in table["segment"]]).astype(
        {"next_low": float, "next_high": float}
    )


def mail_panels(table: pd.DataFrame) -> pd.DataFrame:
    """Return e-mails opened and clicked in as `plot_metric_panels` takes them."""
    rows = []
    for step, panel in (("opened", "Of those sent, opened"), ("clicked", "Of those opened, clicked in")):
        for row in each(table):
            value, low, high = (getattr(row, f"{step}{end}") for end in ("", "_low", "_high"))
            rows.append(
                {
                    **{"panel": panel, "row": row.title, "value": value, "low": low, "high": high, "main": False},
                    **{"label": written(value, low, high, "share")[0], "customers": row.customers},
                }
            )
    return pd.DataFrame(rows)


def public(found: Reached) -> pd.DataFrame:
    """Return all that is known of each campaign, for those who want to count again."""
    table = found.each
    if found.returns is not None:
        own = ["raw_low", "raw_high", "roi", "low", "high", "weight", "p_profit", "verdict", "loss", "loss_low"]
        names = {"roi": "pooled_roi", "low": "pooled_low", "high": "pooled_high"}
        kept = found.returns.campaigns.set_index("campaign_id")[[*own, "loss_high", "raw_rank", "rank"]].rename(
            columns=names
        )
        table = table.merge(kept, left_on="campaign_id", right_index=True, how="left")
    return table.dropna(axis="columns", how="all")


def sign(currency: str | None) -> str:
    """Return what stands before an amount."""
    return SIGNS.get(currency, f"{currency} ") if currency else ""


def _unit(unit: str, currency: str | None) -> str:
    return (currency or "money") if unit == "money" else unit


def _ratio(value: float) -> str:
    if not np.isfinite(value) or value >= 1e4:
        return "∞" if value != value or value > 1e6 else f"{value:,.0f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _chance(p: float) -> str:
    if 0.005 <= p <= 0.995:
        return show(p, "share", 0)
    return f"< {show(0.01, 'share', 0)}" if p < 0.5 else f"> {show(0.99, 'share', 0)}"
