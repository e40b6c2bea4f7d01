"""Demographics as a reader's tables, and as the frames that figures take: titles and units put in."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from patrons.demographics import Outcome
from patrons.demographics_study import Study
from patrons.demographics_tests import ALPHA, UNKNOWN
from patrons.facts import SIGNS, Fact, digits_of, show
from patrons.frames import each

#: So many rows of a long table are shown; its data hold them all.
MOST_ROWS = 12
LATER = {"later_spend": "Spend after it, log scale", "later_return": "Whether they ordered after it"}


def unit(outcome: Outcome, currency: str | None) -> str | None:
    """Return the unit of an outcome's means."""
    return (
        (currency or "money") if outcome.kind == "money" else "share" if outcome.kind in ("binary", "share") else None
    )


def form(outcome: Outcome, currency: str | None) -> dict[str, str]:
    """Return how R is to write the outcome's axis: `title`, `form`, `before`."""
    sign = SIGNS.get(currency, f"{currency} ") if currency and outcome.kind == "money" else ""
    title = f"{outcome.title}, mean" if outcome.kind in ("money", "number") else outcome.title
    return {"title": title, "form": "share" if outcome.kind in ("binary", "share") else "number", "before": sign}


def group_means(found: Study, outcome: Outcome, currency: str | None) -> pd.DataFrame:
    """Return the groups of one outcome as `plot_group_means` takes them; groups too small to show are left out."""
    rows = found.groups[found.groups["outcome"] == outcome.name].dropna(subset=["mean"]).reset_index(drop=True)
    of = unit(outcome, currency)
    digits = [digits_of(Fact(row.mean, row.low, row.high, of)) for row in each(rows)]
    common = int(np.median([item for item in digits if item is not None] or [0]))  # one for all: the eye compares
    labels = [show(float(value), of, common) for value in rows["mean"]]
    titles = [found.factor(str(name)).title for name in rows["factor"]]
    return rows.assign(factor=titles, label=labels, known=rows["level"] != UNKNOWN).drop(columns=["outcome", "kind"])


def lines(frame: pd.DataFrame) -> float:
    """Return how high a figure must be that shows a frame's groups below each other, in inches."""
    groups = frame[["factor", "level"]].drop_duplicates()
    tall = sum(max(1, math.ceil(len(str(level)) / 22)) for level in groups["level"])
    return round(0.9 + 0.25 * tall + 0.16 * groups["factor"].nunique(), 2)


def tests(found: Study) -> pd.DataFrame:
    """Lay out the tests that stand, or the strongest ones where none does."""
    table = found.overall
    rows = table[table["p_holm"] < ALPHA]
    rows = rows if len(rows) else table.sort_values("p").head(5)
    return pd.DataFrame(
        [
            {
                "outcome": found.outcome(row.outcome).title,
                "Groups by": found.factor(row.factor).title,
                "Customers": f"{row.n:,}",
                "Test": row.test,
                "Effect": f"{'ω²' if row.test == 'Welch' else 'V'} {_short(row.effect)}",
                "95 % interval": f"{_short(row.effect_low)} to {_short(row.effect_high)}",
                "p, Holm": show(row.p_holm, "p"),
                "p of ranks": show(row.rank_p, "p") if pd.notna(row.rank_p) else "–",
            }
            for row in each(rows)
        ]
    )


def pairs(found: Study, currency: str | None) -> pd.DataFrame:
    """Lay out the pairs of groups that differ, the least doubtful first, of the outcomes that the figures show."""
    names = [item.name for item in found.shown]
    rows = found.pairs[found.pairs["outcome"].isin(names) & (found.pairs["p"] < ALPHA)]
    order = rows.assign(place=rows["outcome"].map(names.index)).sort_values(["place", "p"], kind="stable")
    laid = []
    for row in each(order.groupby("place", sort=False).head(MOST_ROWS // max(1, len(names)))):
        outcome = found.outcome(row.outcome)
        of = unit(outcome, currency) if row.kind != "binary" else None
        entry = Fact(row.change, row.low, row.high, of)
        digits = digits_of(entry)
        change = show(row.change, of, digits, signed=row.kind != "binary")
        laid.append(
            {
                "outcome": f"{outcome.title}, {'ratio' if row.kind == 'binary' else 'difference'} of the two",
                "Group": row.a,
                "Compared with": row.b,
                "Estimate": change,
                "95 % interval": f"{show(row.low, of, digits)} to {show(row.high, of, digits)}",
                "p, Holm": show(row.p, "p"),
            }
        )
    return pd.DataFrame(laid)


def contrasts(found: Study) -> pd.DataFrame:
    """Lay out the comparisons named beforehand, beside what was planted where that is known."""
    rows = []
    for row in each(found.contrasts):
        what = "Revenue per customer" if row.outcome == "revenue" else found.outcome(row.outcome).title
        laid = {
            "Comparison": f"{row.group}, over {row.rest}",
            "Of what": what,
            "Customers": f"{row.n:,} and {row.n_rest:,}",
            "Ratio": f"{row.ratio:.2f}",
            "95 % interval": f"{row.low:.2f} to {row.high:.2f}",
            "p": show(row.p, "p"),
        }
        if found.truth:
            laid["Planted"] = f"{found.truth[row.fact]:.2f}" if row.fact in found.truth else "–"
        rows.append(laid)
    return pd.DataFrame(rows)


def adjusted(found: Study) -> pd.DataFrame:
    """Put the ratios of the shown outcomes below each other, as `plot_adjusted` takes them."""
    parts = []
    for item in found.shown:
        model = found.adjusted.get(item.name)
        if model is not None:
            of = "odds" if item.kind in ("binary", "share") else "means"
            titles = [found.factor(str(name)).title for name in model.ratios["factor"]]
            parts.append(model.ratios.assign(outcome=f"{item.title}\n(ratio of {of})", factor=titles))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def margins(found: Study, currency: str | None) -> pd.DataFrame:
    """Lay out the main outcome's means: as they are, and with the other factors alike."""
    model = found.adjusted[found.main.name]
    plain = found.groups[found.groups["outcome"] == found.main.name].set_index(["factor", "level"])
    of = unit(found.main, currency)
    rows = []
    for row in each(model.margins):
        digits = digits_of(Fact(row.mean, row.low, row.high, of))
        rows.append(
            {
                "factor": found.factor(row.factor).title,
                "Group": row.level,
                "As it is": show(float(plain.loc[(row.factor, row.level), "mean"]), of, digits),
                "Others alike": show(row.mean, of, digits),
                "95 % interval": f"{show(row.low, of, digits)} to {show(row.high, of, digits)}",
            }
        )
    return pd.DataFrame(rows)


def checks(found: Study) -> pd.DataFrame:
    """Lay out the checks of each model."""
    rows = []
    for name, model in found.adjusted.items():
        row = model.checks.iloc[0]
        slope = "–"
        if pd.notna(row["slope"]):
            slope = f"{row['slope']:.2f} ({row['slope_low']:.2f} to {row['slope_high']:.2f})".replace("-", "−")
        rows.append(
            {
                "Model of": found.outcome(name).title,
                "Customers": f"{int(row['n']):,}",
                "Left out": f"{int(row['left_out']):,}",
                "Dispersion": show(float(row["dispersion"]), None, 2 if row["dispersion"] < 10 else 0),
                "Largest GVIF": f"{model.joint['gvif'].max():.2f}",
                "Largest Cook": f"{row['cook']:.3f}",
                "Slope of calibration": slope,
            }
        )
    return pd.DataFrame(rows)


def added(found: Study) -> pd.DataFrame:
    """Lay out how well what came later is foretold."""
    return pd.DataFrame(
        [
            {
                "To foretell": LATER[row.outcome],
                "Measure": row.measure,
                "Demographics alone": f"{row.alone:.3f}".replace("-", "−"),
                "Behaviour": f"{row.without:.3f}".replace("-", "−"),
                "Both": f"{row.both:.3f}".replace("-", "−"),
                "Gain": show(row.gain, None, 3, signed=True),
                "95 % interval": f"{show(row.low, None, 3)} to {show(row.high, None, 3)}",
                "p": show(row.p, "p"),
            }
            for row in each(found.added)
        ]
    )


def _short(value: float) -> str:
    return f"{value:.3f}"
