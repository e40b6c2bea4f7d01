"""The results of a test as a reader's table: numbers with their units, differences with their signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from great_tables import GT

from patrons import experiment, tables
from patrons.design import Design
from patrons.experiment_study import PER_ORDER, Findings
from patrons.facts import SIGNS, show
from patrons.words import share_of

NAMES = ("Outcome", "Arm", "Group", "Offer", "Also possible")
Row = Mapping[Any, Any]


def laid(frame: pd.DataFrame, name: str, group: str | None = None) -> GT:
    """Lay out a table whose numbers are written out already: names at the left, everything else at the right.

    Where a column says the arm, the rows of one outcome stand together under its name.
    """
    group = group or ("Outcome" if "Arm" in frame.columns else None)
    labels = {str(key): str(key).rstrip() for key in frame.columns if key != group}
    return tables.table(frame, labels, name, right=[key for key in labels if key not in NAMES], group=group)


def grouped(plan: Design) -> str | None:
    """Return the column under whose values rows stand together: the outcome, where there are several arms."""
    return "Outcome" if len(plan.arms) > 2 else None


def effects(found: Findings, currency: str | None) -> pd.DataFrame:
    """Lay out what each arm changed: as measured, and adjusted where it can be.

    Parameters
    ----------
    found
        The readings of a test.
    currency
        The currency's three letters.
    """
    plain, ratio = found.study.effects, found.study.per_order
    if ratio is not None:
        plain = pd.concat([plain, ratio.assign(outcome=PER_ORDER, kind="money")], ignore_index=True)
    measured = plain.set_index(["outcome", "arm"])
    several, adjusted = len(found.plan.arms) > 2, bool(found.best["adjusted"].any())
    rows = []
    for row in found.best.to_dict("records"):
        own = measured.loc[(row["outcome"], row["arm"])].to_dict()
        base = _amount(own["mean_control"], row["kind"], currency)
        line = {"Outcome": f"{_name(row)}; with {found.plan.control}: {base}" if several else _name(row)}
        line |= {"Arm": row["arm"]} if several else {"Control": base}
        line |= {"Mean": _amount(own["mean"], row["kind"], currency)}
        line |= {"As measured": _difference(own, currency)}
        if adjusted:
            line |= {"Adjusted": _difference(row, currency) if row["adjusted"] else "–"}
        rows.append(line | {"p": _p(row["p"]), "p, Holm": _p(row["p_holm"])})
    return pd.DataFrame(rows)


def seen(found: Findings, currency: str | None) -> pd.DataFrame:
    """Lay out the smallest differences that the test could see, and the power to see what is wanted."""
    rows = []
    for row in found.power.to_dict("records"):
        sharper = pd.notna(row["adjusted_detectable"])
        rows.append(
            _leading(row, found.plan)
            | {"Smallest seen": _size(row["detectable"], row["kind"], currency)}
            | {"Of the mean": show(row["detectable_pct"], "share") if pd.notna(row["detectable_pct"]) else "–"}
            | {"Adjusted": _size(row["adjusted_detectable"], row["kind"], currency)}
            | {"Power": _chance(row["adjusted_power"] if sharper else row["power"])}
            | {"Needed per arm": _people(row["adjusted_needed"] if sharper else row["needed"])}
        )
    table = pd.DataFrame(rows)
    return table if found.power["adjusted_detectable"].notna().any() else table.drop(columns="Adjusted")


def ways(found: Findings, currency: str | None) -> pd.DataFrame:
    """Lay the tests of each comparison side by side."""
    both = found.study.effects.merge(
        found.bootstrap[["outcome", "arm", "low", "high"]], on=["outcome", "arm"], suffixes=("", "_bootstrap")
    )
    both = both.merge(found.permutation[["outcome", "arm", "p"]], on=["outcome", "arm"], suffixes=("", "_permutation"))
    ranks = found.ranks[["outcome", "arm", "p", "superiority"]] if len(found.ranks) else None
    if ranks is not None:
        both = both.merge(ranks, on=["outcome", "arm"], how="left", suffixes=("", "_ranks"))
    else:
        both = both.assign(p_ranks=np.nan, superiority=np.nan)
    return pd.DataFrame(
        [
            _leading(row, found.plan)
            | {"Welch or z, 95 %": _ends(row, currency)}
            | {"Bootstrap, 95 %": _ends(row | {"low": row["low_bootstrap"], "high": row["high_bootstrap"]}, currency)}
            | {"p": _p(row["p"]), "p, permutation": _p(row["p_permutation"]), "p, ranks": _p(row["p_ranks"])}
            | {"Does better": _chance(row["superiority"])}
            for row in both.to_dict("records")
        ]
    )


def bayes(found: Findings, currency: str | None) -> pd.DataFrame:
    """Lay out the probability that an arm is better and what a wrong choice costs."""
    return pd.DataFrame(
        [
            _leading(row, found.plan)
            | {"Difference, 95 %": _difference(row, currency), "Better": _chance(row["p_better"])}
            | {"Loss if used": _size(row["loss_use"], row["kind"], currency)}
            | {"Loss if not": _size(row["loss_stay"], row["kind"], currency)}
            for row in found.bayes.to_dict("records")
        ]
    )


def interactions(found: Findings) -> pd.DataFrame:
    """Lay out whether the arms' effects on the primary outcome and on what matters differ between groups."""
    told = {experiment.primary(found.plan), found.matters}
    return pd.DataFrame(
        [
            {"Outcome": _name({"outcome": row["outcome"], "kind": found.plan.outcomes[row["outcome"]]})}
            | {"Group": row["segment"].replace("_", " ").capitalize(), "Groups": str(row["levels"])}
            | {"F": "–" if pd.isna(row["statistic"]) else show(row["statistic"], digits=2)}
            | {"p": _p(row["p"]), "p, one spread": _p(row["classic_p"]), "p, Holm": _p(row["p_holm"])}
            for row in found.within.interactions.to_dict("records")
            if row["outcome"] in told
        ]
    )


def offers(found: Findings, currency: str | None, most: int) -> pd.DataFrame:
    """Lay out the offer for each group, how sure it is, and which others it might be.

    Parameters
    ----------
    found
        The readings of a test.
    currency
        The currency's three letters.
    most
        How many groups of a division are shown: those with the most people.
    """
    table = found.choice.table
    kind, rows = found.plan.outcomes[found.matters], []
    for segment, own in table.groupby("segment", sort=False):
        people = own.groupby("level", sort=False)["n"].sum()
        kept = people.nlargest(most).index
        for level, group in own[own["level"].isin(kept)].groupby("level", sort=False):
            chosen = group[group["chosen"]].iloc[0].to_dict()
            others = group.loc[group["candidate"] & ~group["chosen"], "arm"]
            adds = "–" if chosen["arm"] == found.plan.control else _difference(chosen | {"kind": kind}, currency)
            rows.append(
                {
                    "Division": str(segment).replace("_", " ").capitalize(),
                    "Group": level,
                    "People": f"{people[level]:,}",
                }
                | {"Offer": chosen["arm"], "Is the best": _chance(chosen["p_best"]), "Adds per person, 95 %": adds}
                | {"Also possible": ", ".join(others) or "–"}
            )
    return pd.DataFrame(rows)


def truth(found: Findings, currency: str | None) -> pd.DataFrame:
    """Lay planted effects beside the estimates."""
    return pd.DataFrame(
        [
            {"Outcome": ", ".join(filter(None, [_name(row), row["level"]])), "Arm": row["arm"]}
            | {"Planted": _size(row["planted"], row["kind"], currency, signed=True)}
            | {"Estimate, 95 %": _difference(row, currency), "Inside": "✓" if row["inside"] else "✗"}
            for row in found.truth.to_dict("records")
        ]
    )


def within(found: Findings, outcome: str, most: int) -> pd.DataFrame:
    """Return every arm in every group as `plot_within` in R takes it.

    Returns
    -------
    DataFrame
        `division`, `level`, `arm`, `n`, `lift`, `low`, `high`, `p_holm`, `p_bh`, `mark`.
    """
    own = found.within.effects[found.within.effects["outcome"] == outcome].dropna(subset=["low"])
    people = own.groupby(["segment", "level"], sort=False)["n"].transform("sum")
    ranks = people.groupby(own["segment"]).rank(method="dense", ascending=False)
    own = own[ranks <= most]
    marks = np.select([own["p_holm"] < 0.05, own["p_bh"] < 0.05], ["Holm", "BH"], "")
    own = own.assign(division=own["segment"].str.replace("_", " ").str.capitalize(), mark=marks)
    columns = ["division", "level", "arm", "n", "lift", "low", "high", "p_holm", "p_bh", "mark"]
    return own[columns].reset_index(drop=True)


def lifts(table: pd.DataFrame, adjusted: pd.DataFrame) -> pd.DataFrame:
    """Put plain and adjusted relative lifts below each other, as `plot_lifts` in R takes them.

    Returns
    -------
    DataFrame
        `outcome`, `arm`, `estimate`, `lift_pct`, `pct_low`, `pct_high`.
    """
    columns = ["outcome", "arm", "estimate", "lift_pct", "pct_low", "pct_high"]
    parts = [table.assign(estimate="as measured")]
    if len(adjusted):
        parts.append(adjusted.assign(estimate="adjusted"))
    found = pd.concat(parts, ignore_index=True)
    found["outcome"] = [_name(row) for row in found.to_dict("records")]
    return found[columns].dropna(subset=["lift_pct"]).reset_index(drop=True)


def axis(outcome: str, plan: Design, currency: str | None) -> str:
    """Name an outcome as the title of an axis."""
    unit = f", {SIGNS.get(currency, currency)}" if currency and plan.outcomes[outcome] == "money" else ""
    name = _name({"outcome": outcome, "kind": plan.outcomes[outcome]})
    return name if plan.outcomes[outcome] == "binary" else f"{name} per customer{unit}"


def _leading(row: Row, plan: Design) -> dict[str, str]:
    """Name a row; the arm only where there are several."""
    return {"Outcome": _name(row)} | ({"Arm": row["arm"]} if len(plan.arms) > 2 else {})


def _name(row: Row) -> str:
    outcome = str(row["outcome"])
    return (share_of(outcome) if row["kind"] == "binary" else outcome.replace("_", " ")).capitalize()


def _amount(value: float, kind: str, currency: str | None) -> str:
    if kind == "binary":
        return show(float(value), "share", 1)
    return show(float(value), currency or "money" if kind == "money" else None, 2)


def _size(value: float, kind: str, currency: str | None, signed: bool = False) -> str:
    """Write a difference; of shares, in percentage points."""
    if pd.isna(value):
        return "–"
    if kind == "binary":
        return f"{show(100 * float(value), None, 2, signed)}\u00a0points"
    return show(float(value), currency or "money" if kind == "money" else None, 2, signed)


def _ends(row: Row, currency: str | None) -> str:
    """Write an interval with two decimals, shares as percentage points."""
    if pd.isna(row["low"]):
        return "–"
    factor = 100 if row["kind"] == "binary" else 1
    unit = (currency or "money") if row["kind"] == "money" else None
    low, high = (show(float(row[key]) * factor, unit, 2) for key in ("low", "high"))
    return f"{low} to {high}"


def _difference(row: Row, currency: str | None) -> str:
    """Write a difference with its interval."""
    row = {"kind": "money"} | dict(row)
    size = _size(row["lift"], row["kind"], currency, signed=True)
    return size if pd.isna(row["low"]) else f"{size} ({_ends(row, currency)})"


def _chance(value: float) -> str:
    if pd.isna(value):
        return "–"
    if value > 0.9995 or value < 0.0005:
        return f"> 99.9{chr(0xA0)}%" if value > 0.5 else f"< 0.1{chr(0xA0)}%"
    return show(float(value), "share")


def _people(value: float) -> str:
    return "–" if pd.isna(value) else f"{int(np.ceil(value)):,}"


def _p(value: float) -> str:
    return "–" if pd.isna(value) else show(float(value), "p")
