"""What moved, as a reader's tables."""

from __future__ import annotations

import pandas as pd
from great_tables import GT

from patrons import tables
from patrons.facts import show
from patrons.frames import each
from patrons.monitor_performance import Performance
from patrons.monitor_report import custom, title


def measures(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out each measure's index beside its limits, the farthest towards or beyond its own first."""
    order = table.assign(ratio=table["psi"] / table["limit"]).sort_values("ratio", ascending=False, kind="stable")
    rows = [
        {
            **{"Measure": title(row.measure), "PSI": f"{row.psi:.3f}", "By chance": f"{row.usual:.3f}"},
            **{"Limit, alone": f"{row.alone:.3f}", "Limit, all": f"{row.limit:.3f}"},
            **{"p, all": "–" if pd.isna(row.p) else show(row.adjusted, "p")},
            **{"χ² (df)": "–" if pd.isna(row.p) else f"{row.statistic:,.1f} ({row.df})"},
            "Custom says": custom(row.psi),
            "": "moved" if row.moved else "",
        }
        for row in each(order)
    ]
    return pd.DataFrame(rows)


def bins(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the bins of measures, with what each adds to the index."""
    rows = [
        {
            **{"Measure": title(row.measure), "Bin": row.label, "Customers then": f"{row.reference:,.0f}"},
            **{"now": f"{row.current:,.0f}", "Share then": show(row.then, "share"), "now ": show(row.now, "share")},
            "Adds to PSI": f"{row.adds:.4f}",
        }
        for row in each(table)
    ]
    return pd.DataFrame(rows)


def performance(found: Performance) -> pd.DataFrame:
    """Lay out how the model does at its fit, and at the last cut-off."""
    what = {"auc": "Area under the ROC curve", "level": "Odds that came over odds foretold"}
    rows = []
    for row in each(found.checks):
        digits = 3 if row.check == "auc" else 2
        ends = ("low", "high") if row.check == "auc" else ("level_low", "level_high")
        rows.append({"What": what[row.check]})
        for name, place in (("At the fit", 0), ("Now", -1)):
            one = found.times.iloc[place]
            rows[-1][name] = f"{one[row.check]:.{digits}f} ({one[ends[0]]:.{digits}f} to {one[ends[1]]:.{digits}f})"
        rows[-1] |= {"p": show(row.p, "p"), " ": "moved" if row.moved else ""}
    return pd.DataFrame(rows)


def turns(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out who slipped or came back, in the last year and in the one before."""
    rows = []
    for (name, silent), both in table.groupby(["title", "silent"], sort=False):
        row = {"Segment then": name, "What they did": "came back" if silent else "slipped"}
        for latest, heading in ((False, "In the year before"), (True, "In the last year")):
            mine = both[both["latest"] == latest]
            row[heading] = "–"
            if len(mine):
                one = mine.iloc[0]
                ends = f"{show(one['low'], 'share', 0, bare=True)} to {show(one['high'], 'share', 0)}"
                row[heading] = f"{show(one['share'], 'share', 0)} ({ends})"
        rows.append(row)
    return pd.DataFrame(rows)


def laid_out(frame: pd.DataFrame, name: str, names: int = 1, group: str | None = None) -> GT:
    """Lay out a table whose numbers are written out: names at the left, everything else at the right."""
    labels = {str(key): str(key).strip() for key in frame.columns if key != group}
    return tables.table(frame, labels, name, right=list(labels)[names:], group=group)
