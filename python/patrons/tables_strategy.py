"""Strategy as a reader's tables: returns with their intervals, in no more digits than these deserve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.facts import SIGNS, Fact, digits_of, show
from patrons.frames import each
from patrons.record_strategy import unit
from patrons.strategy_plans import Budget
from patrons.strategy_study import Study
from patrons.words import share_of

PLANS = {
    "best": "Best split",
    "whole": "Whole segments only",
    "careful": "Careful",
    "all": "No limit: each segment its best",
    "uniform": "No limit: everybody the same",
}
#: Ends of an interval that are closer together than this, relative to the number, are one and the same.
SAME = 1e-9
RETURNS = {"return": "Return", "cost": "Cost", "net": "Net return", "roi": "Net return over cost"}


def lined_up(frame: pd.DataFrame, name: str, names: int = 1, group: str | None = None) -> GT:
    """Lay out a table whose first columns name its rows and whose others are numbers written out."""
    labels = {str(key): str(key) for key in frame.columns if key != group}
    return tables.table(frame, labels, name, right=list(labels)[names:], group=group)


def assumptions(found: Study, currency: str | None) -> pd.DataFrame:
    """Say what is assumed, and how `source.yml` says otherwise (below `analysis: strategy:`)."""
    settings = found.settings
    half = "" if settings.budget is not None else " (half of the people)"
    budget = show(found.budget.amount, currency or "money", 0) + half if found.budget else "–"
    contact = _money(settings.contact_cost, currency)
    rows = [("Budget", budget, "budget"), ("Reaching one person", contact, "contact_cost")]
    for arm in found.cost:
        more = settings.offer_costs.get(arm, 0.0)
        rows.append((f"{arm}, beyond what the test measured", _money(more, currency), "offer_costs"))
    horizon = f"{settings.horizon_months} months" if settings.horizon_months else "as long as the test"
    rows.append(("Effects last", horizon, "horizon_months"))
    rows.append(("People are parted by", found.segmentation.title, "segments"))
    rows.append(("Smallest lift worth seeing", show(settings.smallest_lift, "share", 0), "smallest_lift"))
    if found.worth.basis in ("margin", "sales"):
        rows.append(("Margin", show(found.worth.factor, "share") if found.worth.basis == "margin" else "–", "margin"))
    if found.worth.basis in ("success", "none"):
        worth = "–" if found.worth.factor is None else _money(found.worth.factor, currency)
        rows.append((f"One {found.worth.outcome.replace('_', ' ')}", worth, "outcome_value"))
    return pd.DataFrame(rows, columns=["Assumption", "Here", "Key"])


def effects(found: Study, currency: str | None) -> pd.DataFrame:
    """Lay out what each action returns per person in each segment, as measured and pooled."""
    kind = unit(found)
    shown = (currency or "money") if kind == "money" else kind
    rows = []
    for row in each(found.effects):
        estimate, interval = _bounded(row.pooled, row.low, row.high, shown)
        line = {"Segment": str(row.segment), "Action": str(row.arm), "People": _count(row.n + row.n_control)}
        digits = _digits(row.pooled, row.low, row.high, shown)
        line["As measured"] = "not tested" if np.isnan(row.effect) else show(row.effect, shown, digits, signed=True)
        line |= {"Pooled": estimate, "95 % interval": interval}
        if found.worth.in_money:
            line["Pays with"] = "–" if np.isnan(row.p_pays) else show(row.p_pays, "share", 0)
        rows.append(line)
    return pd.DataFrame(rows)


def programmes(table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what the test says of each programme."""
    rows = []
    for row in each(table):
        tested = row.verdict != "not tested"
        estimate, interval = _bounded(row.pooled, row.low, row.high, currency or "money")
        rows.append(
            {
                "Programme": f"{row.programme}: {row.title}",
                "In the test": _count(row.people),
                "Best action": str(row.arm) if tested else "not tested",
                "Return": estimate,
                "95 % interval": interval,
                "Pays with": show(row.p_pays, "share", 0) if tested else "–",
                "Needed per arm": "–" if np.isnan(row.needed) else f"{int(row.needed):,}",
            }
        )
    return pd.DataFrame(rows)


def splits(budget: Budget) -> pd.DataFrame:
    """Lay out whom each way of splitting the budget reaches, and how often each part is chosen again."""
    rows = []
    for row in each(budget.stability):
        i, j = budget.segments.index(row.segment), budget.arms.index(row.arm)
        reached = {name: getattr(budget, name).reached[i, j] for name in ("best", "whole", "careful")}
        line = {"Segment": str(row.segment), "Action": str(row.arm), "There are": f"{budget.people[i]:,.0f}"}
        line |= {PLANS[name]: f"{people:,.0f}" for name, people in reached.items()}
        rows.append(line | {"Chosen again": show(row.chosen, "share", 0)})
    return pd.DataFrame(rows)


def plans(budget: Budget, currency: str | None) -> pd.DataFrame:
    """Lay out what each plan costs and returns."""
    rows = []
    for row in each(budget.outcomes):
        estimate, interval = _bounded(row.net, row.low, row.high, currency or "money")
        roi, _ = _bounded(row.roi, row.roi_low, row.roi_high, "share")
        rows.append(
            {
                "Plan": PLANS[row.plan],
                "Spent": show(float(row.spent), currency or "money", 0),
                "Net return": estimate if row.spent else show(0.0, currency or "money", 0),
                "95 % interval": interval,
                "Net over cost": roi,
                "Pays with": show(row.p_pays, "share", 0) if row.spent else "–",
            }
        )
    return pd.DataFrame(rows)


def compared(found: Study, currency: str | None) -> pd.DataFrame:
    """Lay out each metric per person when nobody, everybody, or each segment is treated, and what targeting adds."""
    rows = []
    for table in (found.returned, found.compared):
        for row in table.to_dict("records"):
            kind = (currency or "money") if row["kind"] == "money" else row["kind"]
            binary = found.plan.outcomes.get(row["metric"]) == "binary"
            name = RETURNS.get(row["metric"]) or metric_title(row["metric"], binary)
            digits = _digits(row["segment"], row["segment_low"], row["segment_high"], kind)
            # What all were sent alike has no interval, and needs no more digits than a reader can use.
            line = {"Per person": name} | {
                title: "–" if pd.isna(row[rule]) else show(float(row[rule]), kind, digits if digits is not None else 2)
                for rule, title in (("nobody", "Nobody"), ("alike", "All alike"), ("segment", "By segment"))
            }
            gain, interval = _bounded(row["gain"], row["gain_low"], row["gain_high"], kind)
            rows.append(line | {"Targeting adds": gain, "95 % interval": interval, "People": f"{row['n']:,}"})
    return pd.DataFrame(rows)


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out how each arm changed what people do with e-mails and on the site."""
    rows = []
    for row in each(table):
        kind = "share" if row.metric.endswith("rate") else None
        estimate, interval = _bounded(row.lift, row.low, row.high, kind)
        rows.append(
            {
                "metric": row.metric.capitalize(),
                "Arm": str(row.arm),
                "People": f"{int(row.n + row.n_control):,}",
                "Change in the control": show(row.control, kind, 2, signed=True),
                "More in the arm": estimate,
                "95 % interval": interval,
                "p, Holm": "–" if pd.isna(row.p_holm) else show(float(row.p_holm), "p"),
            }
        )
    return pd.DataFrame(rows)


def axis(found: Study, currency: str | None) -> str:
    """Name the return of an action as the title of an axis."""
    if not found.worth.in_money and unit(found) != "money":
        return f"Difference in {found.worth.outcome.replace('_', ' ')}"
    sign = f", {SIGNS.get(currency, currency)}" if currency else ""
    return f"Return per person reached, before cost{sign}"


def metric_title(metric: str, binary: bool) -> str:
    """Name a metric."""
    return (share_of(metric) if binary else metric.replace("_", " ")).capitalize()


def sign(currency: str | None) -> str:
    """Return what is written before an amount in a figure."""
    return SIGNS.get(currency, f"{currency} ") if currency else ""


def _bounded(value: float, low: float, high: float, kind: str | None) -> tuple[str, str]:
    """Write an estimate and its interval; dashes for what is not known."""
    if pd.isna(value):
        return "–", "–"
    digits = None if pd.isna(low) else _digits(value, low, high, kind)
    shown = show(float(value), kind, digits, signed=True)
    if pd.isna(low) or digits is None:
        return shown, "–"
    return shown, f"{show(float(low), kind, digits, bare=True)} to {show(float(high), kind, digits)}"


def _count(people: float) -> str:
    return "few" if pd.isna(people) else f"{people:,.0f}"


def _digits(value: float, low: float, high: float, kind: str | None) -> int | None:
    """Return how many decimals a number deserves; of money no more than there are coins for."""
    if not high - low > SAME * max(1.0, abs(value)):
        return None
    digits = digits_of(Fact(float(value), float(low), float(high), kind))
    return digits if digits is None or kind not in SIGNS else min(digits, 2)


def _money(value: float, currency: str | None) -> str:
    return show(float(value), currency or "money", 2)
