"""What monitoring found, in plain words for a terminal and in JSON for machines; the chapter shares its titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from patrons import drift
from patrons.facts import show
from patrons.frames import each
from patrons.monitor_study import FALSE_ALARMS, Study
from patrons.words import joined

#: What each measure is called.
TITLES = {
    "days_silent": "Days silent at the end",
    "orders": "Orders",
    "spend": "Spend",
    "order_value": "Value of an order",
    "price": "Price of a piece",
    "discount": "Discount",
    "visits": "Visits a month",
    "opened": "E-mails opened",
    "channel": "Main channel",
    "category": "Main category",
    "region": "Region",
    "segment": "Segment",
    "group": "K-means group",
    "marital_status": "Marital status",
    "web_visits": "Visits a month",
    "birth_year": "Year of birth",
    "centres": "Centres of groups",
    "auc": "how well it ranks customers",
    "level": "the level of its chances",
}


def title(measure: object) -> str:
    """Name a measure for readers."""
    name = str(measure)
    return TITLES.get(name, name.replace("_", " ").capitalize())


def custom(index: float) -> str:
    """Say what customary limits make of an index.

    Examples
    --------
    >>> custom(0.05), custom(0.1), custom(0.3)
    ('stable', 'moderate', 'large')
    """
    return ("stable", "moderate", "large")[int(index >= drift.CUSTOM[0]) + int(index >= drift.CUSTOM[1])]


def verdict(found: Study) -> str:
    """Say in a sentence whether to refit, and why."""
    rate = show(FALSE_ALARMS, "share", 0)
    if not found.refit:
        return f"No need to refit: nothing moved beyond what chance does in {rate} of such comparisons."
    return f"Refit. Moved farther than chance moves anything in {rate} of such comparisons: {joined(reasons(found))}."


def reasons(found: Study) -> list[str]:
    """Name what moved, in words that stand within a sentence."""
    words = [_lower(title(name)) for name in found.reasons["measures"]]
    words += [f"the centre of “{name}”" for name in found.reasons.get("centres", [])]
    words += [f"{title(name)} (model of who leaves)" for name in found.reasons.get("performance", [])]
    return words


def text(found: Study, names: tuple[str, str]) -> str:
    """Lay out what was found as plain text.

    Parameters
    ----------
    found
        From `monitor_study`.
    names
        Of the reference and of the current source.
    """
    lines = [f"{what}: {line}" for what, line in zip(("Reference", "Current"), _times(found, names), strict=True)]
    if found.compared and not found.compared.same_season:
        lines.append("The two are not of one season: part of what moved may be season.")
    if found.compared and not found.drift.like:
        lines.append("Customers differ in how long they have been customers: part of what moved may be age.")
    table = found.drift.moved.measures
    order = table.assign(ratio=table["psi"] / table["limit"]).sort_values("ratio", ascending=False, kind="stable")
    rows: list[Sequence[str]] = [("Measure", "PSI", "limit", "p", "custom says", "")]
    rows += [
        (title(row.measure), f"{row.psi:.3f}", f"{row.limit:.3f}", show(row.adjusted, "p"), custom(row.psi), _mark(row))
        for row in each(order)
    ]
    lines += ["", *_columns(rows)]
    centres = found.drift.moved.centres
    if len(centres):
        rows = [("Centre of", "moved", "limit", "p", "", "")]
        rows += [
            (row.name, f"{row.movement:.3f}", f"{row.limit:.3f}", show(row.adjusted, "p"), "", _mark(row))
            for row in each(centres)
        ]
        lines += ["", *_columns(rows), "(in standard deviations)"]
    lines += ["", *_performance(found), "", verdict(found)]
    return "\n".join(line.rstrip() for line in lines)


def content(found: Study, names: tuple[str, str]) -> dict[str, Any]:
    """Return what was found as JSON holds it; bins of few customers are put together."""
    pairs, windows = found.drift.pairs, found.compared
    sides = zip(("reference", "current"), names, (pairs.reference, pairs.current), strict=True)
    times = (windows.reference, windows.current) if windows else (None, None)
    bins = drift.public(drift.bin_table(pairs, found.drift.bins), found.smallest)
    centres = found.drift.moved.centres
    shown = centres[centres["customers"] >= found.smallest]
    performance = found.performance
    return {
        "verdict": "refit" if found.refit else "keep",
        "why": verdict(found),
        "false_alarm_rate": FALSE_ALARMS,
        "reasons": dict(found.reasons),
        **{
            side: {
                "name": name,
                "customers": len(frame),
                "start": window.start.isoformat() if window else None,
                "end": window.end.isoformat() if window else None,
            }
            for (side, name, frame), window in zip(sides, times, strict=True)
        },
        "same_season": windows.same_season if windows else None,
        "like_with_like": found.drift.like,
        "left_out": found.drift.left_out if found.drift.left_out >= found.smallest else None,
        "measures": _records(found.drift.moved.measures),
        "bins": _records(bins),
        "centres": _records(shown),
        "performance": _records(performance.checks) if performance else None,
    }


def _times(found: Study, names: tuple[str, str]) -> list[str]:
    pairs, windows = found.drift.pairs, found.compared
    said = []
    for place, frame in enumerate((pairs.reference, pairs.current)):
        when = ""
        if windows:
            window = (windows.reference, windows.current)[place]
            when = f", {window.days} days to {show(str(window.last.date()))}"
        said.append(f"{names[place]}{when}, {len(frame):,} customers".replace("\u00a0", " "))
    return said


def _performance(found: Study) -> list[str]:
    if found.performance is None:
        return ["Who leaves could not be foretold and checked: too short a record, or too few left or stayed."]
    auc, level = (row for row in each(found.performance.checks))
    return [
        f"Model of who leaves: area under the ROC curve {auc.then:.3f} then, {auc.now:.3f} now "
        f"({_p(auc.p)}{', worse' if auc.moved else ''});",
        f"odds came out {level.then:.2f} times as high as foretold then, {level.now:.2f} times now "
        f"({_p(level.p)}{', moved' if level.moved else ''}).",
    ]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(cell.rjust(width) if 0 < place < 4 else cell.ljust(width) for place, (cell, width) in enumerate(both))
        for both in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def _mark(row: Any) -> str:
    return "moved" if row.moved else ""


def _lower(words: str) -> str:
    return words if words.startswith(("E-", "K-")) else words[:1].lower() + words[1:]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): _plain(value) for key, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _p(value: float) -> str:
    text = show(value, "p")
    return f"p {text}" if text.startswith("<") else f"p = {text}"
