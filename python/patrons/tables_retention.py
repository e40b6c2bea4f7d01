"""Who stays, as a reader's tables and as the data behind the figures: groups too small to show left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from patrons import survival
from patrons.double import Agreement
from patrons.facts import Fact, digits_of, show
from patrons.frames import each
from patrons.retention_study import OTHERS, Segments, Study
from patrons.survival_covariates import ENDS_PER_COVARIATE
from patrons.survival_cox import CannotFit, Hazards, in_parts

#: Curves are drawn and published at every so many days.
EVERY = 7
#: Two programs that maximise the same likelihood differ by less than this.
OPTIMISED = 1e-6
#: A name for the curve of each group.
Groups = Mapping[str, pd.DataFrame]


def thresholds(study: Study) -> pd.DataFrame:
    """Return what each threshold would mean: `days`, rates and their intervals, and what became of such silences."""
    rows = study.churn[study.churn["days"].isin({*OTHERS, study.threshold})]
    if study.silences is None:
        return rows.reset_index(drop=True)
    columns = {"returned": "returned", "low": "returned_low", "high": "returned_high", "ended_before": "ended_before"}
    theirs = study.silences.table.rename(columns=columns)[["days", *columns.values()]]
    return rows.merge(theirs, on="days", how="left")


def both_lines(study: Study) -> pd.DataFrame:
    """Return the rate of churn at each threshold, with the share of such silences that ended, if it is known."""
    if study.silences is None:
        return study.churn
    columns = {"low": "returned_low", "high": "returned_high"}
    theirs = study.silences.table.rename(columns=columns)[["days", "returned", *columns.values()]]
    return study.churn.merge(theirs, on="days", how="left")


def show_thresholds(table: pd.DataFrame, threshold: int, within: int) -> pd.DataFrame:
    """Lay out what `thresholds` returns; the chosen threshold is marked."""
    out = pd.DataFrame(
        {
            "More than": [f"{row.days} days{' (chosen)' if row.days == threshold else ''}" for row in each(table)],
            "Customers silent": [share(row.share, row.low, row.high) for row in each(table)],
            "95 % interval": [interval(row.share, row.low, row.high) for row in each(table)],
        }
    )
    if "returned" in table:
        ends = [(row.returned, row.returned_low, row.returned_high) for row in each(table)]
        out[f"Such silences over in {within} days more"] = [share(*row) for row in ends]
        out["95 % interval "] = [interval(*row) for row in ends]
        out["All silences over by then"] = [share(value) for value in table["ended_before"]]
    return out


def lasting(study: Study) -> Groups:
    """Return the times of customerships by threshold, under the names of their curves."""
    return {str(days): times for days, times in (study.lasting or {}).items()}


def by_segment(study: Study) -> Groups:
    """Return the times of the active customers by segment."""
    found = study.segments
    return {} if found is None else {name: found.followed[found.followed["segment"] == name] for name in found.titles}


def curves(groups: Groups, threshold: int, smallest: int) -> pd.DataFrame:
    """Read each group's curve week by week, so far and so finely that no few customers can be told from it.

    Between two days that are shown nobody has ended, or at least `smallest` have; behind the last, at least so many
    are followed.

    Returns
    -------
    DataFrame
        `group`, `days`, `survival`, `low`, `high`.
    """
    parts = []
    for name, times in groups.items():
        until = float(times["days"].max())
        days = np.unique([*np.arange(0, until, EVERY), min(threshold, until), min(threshold + 1, until), until])
        days = days[survival.at_risk(times["days"], days) >= smallest]
        ended = np.searchsorted(np.sort(times.loc[times["ended"], "days"].to_numpy()), days, side="right")
        kept = _apart(ended, smallest)
        curve = survival.at(survival.kaplan_meier(times["days"], times["ended"]), days[kept], until)
        parts.append(curve.drop(columns="se").assign(group=name))
    table = pd.concat(parts, ignore_index=True)
    return table[["group", "days", "survival", "low", "high"]]


def _apart(counts: np.ndarray, smallest: int) -> list[int]:
    """Return the places of counts that rise by nothing or by enough, from the first on."""
    kept = [0][: len(counts)]
    for place in range(1, len(counts)):
        if not 0 < counts[place] - counts[kept[-1]] < smallest:
            kept.append(place)
    return kept


def at_risk(groups: Groups, smallest: int, steps: int = 5) -> pd.DataFrame:
    """Count who is still followed at a few days; fewer than may be shown are not counted.

    Nothing stands where fewer than that have gone since the number before.

    Returns
    -------
    DataFrame
        `group`, `days`, `at_risk` (in words).
    """
    reach = max(float(times["days"].max()) for times in groups.values())
    width = max(round(reach / steps / 30) * 30, 30)
    days = np.arange(0, reach, width)
    rows = []
    for name, times in groups.items():
        counts = survival.at_risk(times["days"], days)
        apart = set(_apart(len(times) - counts, smallest))
        for place, (day, count) in enumerate(zip(days, counts, strict=True)):
            text = f"< {smallest}" if 0 < count < smallest else f"{count:,}" if place in apart else ""
            rows.append({"group": name, "days": day, "at_risk": text})
    return pd.DataFrame(rows)


def medians(groups: Groups) -> pd.DataFrame:
    """Return `group`, `n` and the median of each group's curve with its interval: `value`, `low`, `high`, in days."""
    rows = []
    for name, times in groups.items():
        found = survival.quantile(survival.kaplan_meier(times["days"], times["ended"]))
        rows.append({"group": name, "n": len(times), **found})
    return pd.DataFrame(rows)


def show_medians(table: pd.DataFrame, groups: Groups, smallest: int) -> pd.DataFrame:
    """Lay out medians by threshold, with who is left after a year."""
    rows = []
    for row in each(table):
        times = groups[row.group]
        until = float(times["days"].max())
        curve = survival.kaplan_meier(times["days"], times["ended"])
        year, first = (survival.at(curve, np.array([day]), until).iloc[0] for day in (365.0, float(row.group) + 1))
        few = survival.at_risk(times["days"], np.array([365.0]))[0] < smallest
        early = year["survival"] >= 1
        rows.append(
            {
                "Ends with a silence over": f"{row.group} days",
                "Median": _days(row.value),
                "95 % interval": "–" if pd.isna(row.value) else f"{_days(row.low)} to {_days(row.high)}",
                "Ended at the first chance": share(1 - first["survival"]),
                "Still there after a year": "–"
                if few
                else "all"
                if early
                else share(year["survival"], year["low"], year["high"]),
                "95 % interval ": "–" if few or early else interval(year["survival"], year["low"], year["high"]),
            }
        )
    return pd.DataFrame(rows)


def show_pairs(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Lay out what `survival.pairs` found."""
    rows = []
    for row in each(table):
        entry = Fact(100 * row.difference, 100 * row.low, 100 * row.high, "percent")
        digits = digits_of(entry)
        low, high = (show(end, None, digits, signed=True) for end in (entry.low, entry.high))
        rows.append(
            {
                "Segments": f"{titles[row.a]} − {titles[row.b]}",
                "Difference, points": show(entry.value, None, digits, signed=True),
                "95 % interval": f"{low} to {high}",
                "χ²": "–" if pd.isna(row.chi2) else f"{row.chi2:.1f}",
                "p, Holm": "–" if pd.isna(row.p_holm) else show(float(row.p_holm), "p"),
            }
        )
    return pd.DataFrame(rows)


def with_overall(found: Segments) -> pd.DataFrame:
    """Return the pairs with the test of all segments as a row of its own, to be compared with R's."""
    row = {"a": "all", "b": "all", "chi2": found.overall["chi2"], "p": found.overall["p"]}
    return pd.concat([pd.DataFrame([row]), found.pairs], ignore_index=True)


def row(values: Mapping[str, float]) -> pd.DataFrame:
    """Return a few numbers as one row, to be compared with R's."""
    return pd.DataFrame([dict(values)])


def together(rows: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables below each other."""
    return pd.concat(rows, ignore_index=True)


def loosely(check: Agreement) -> Agreement:
    """Judge the agreement of numbers that an optimiser found: it stops near the optimum, not at it."""
    return replace(check, tolerance=OPTIMISED)


def cut(found: Hazards) -> float:
    """Return the day by which half of the ends had come: time is split there."""
    return float(found.data.loc[found.data["ended"], "days"].median())


def parts(found: Hazards) -> pd.DataFrame | None:
    """Fit the model apart for the time up to the median end and after; None where one part cannot carry it."""
    late = int((found.data["ended"] & (found.data["days"] > cut(found))).sum())
    if min(late, found.ends - late) < ENDS_PER_COVARIATE * len(found.terms):
        return None
    try:
        return in_parts(found.data, found.names, cut(found))
    except CannotFit:
        return None


def show_proportional(found: Hazards, split: pd.DataFrame | None) -> pd.DataFrame:
    """Lay out the test of each covariate beside its effect before and after the median end."""
    rows = []
    for row in each(found.proportional):
        line = {"Covariate": row.title, "χ²": f"{row.chi2:.2f}", "df": f"{row.df:.0f}", "p": show(float(row.p), "p")}
        for name, title in (("early", f"Up to day {cut(found):,.0f}"), ("late", "Later")):
            if split is not None:
                mine = split[(split["part"] == name) & (split["term"] == row.term)]
                line[title] = "".join(f"{r.hazard_ratio:.2f} ({r.low:.2f} to {r.high:.2f})" for r in each(mine)) or "–"
        rows.append(line)
    return pd.DataFrame(rows)


def share(value: float, low: float = np.nan, high: float = np.nan) -> str:
    """Write a share with the digits that its interval deserves."""
    return "–" if pd.isna(value) else show(float(value), "share", _digits(value, low, high))


def interval(value: float, low: float, high: float) -> str:
    """Write the interval of a share."""
    if pd.isna(value) or pd.isna(low) or pd.isna(high):
        return "–"
    digits = _digits(value, low, high)
    return f"{show(float(low), 'share', digits, bare=True)} to {show(float(high), 'share', digits)}"


def _digits(value: float, low: float, high: float) -> int | None:
    known = None if pd.isna(low) or pd.isna(high) else digits_of(Fact(value, low, high, "share"))
    return 1 if known is None else known


def _days(value: float) -> str:
    return "not reached" if pd.isna(value) else f"{value:,.0f}"
