"""The results of a test as a reader's table: numbers with their units, differences with their signs."""

from __future__ import annotations

import pandas as pd

from patrons.design import Design
from patrons.experiment import treatments
from patrons.facts import SIGNS, show
from patrons.words import share_of

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def effects(table: pd.DataFrame, theirs: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out what `experiment.compare` found beside what R found.

    Parameters
    ----------
    table
        From `experiment.compare`.
    theirs
        From `compare_arms` in R.
    currency
        The currency's three letters.
    """
    both = table.merge(theirs[["outcome", "arm", "p"]], on=["outcome", "arm"], suffixes=("", "_r"))
    rows = [
        {
            "Outcome": _name(row),
            "Arm": row["arm"],
            "Control": _amount(row["mean_control"], row["kind"], currency),
            "In the arm": _amount(row["mean"], row["kind"], currency),
            **_difference(row, currency),
            "p, Python": _exact(row["p"]),
            "p, R": _exact(row["p_r"]),
            "p, Holm": _p(row["p_holm"]),
        }
        for _, row in both.iterrows()
    ]
    return _without_single_arm(pd.DataFrame(rows))


def adjustment(table: pd.DataFrame, adjusted: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out differences before and after the adjustment.

    Parameters
    ----------
    table, adjusted
        From `experiment.compare` and `experiment.adjust`.
    currency
        The currency's three letters.
    """
    plain = table.set_index(["outcome", "arm"])
    rows = []
    for _, row in adjusted.iterrows():
        before = _difference(plain.loc[(row["outcome"], row["arm"])].to_dict() | {"kind": row["kind"]}, currency)
        after = _difference(row, currency)
        rows.append(
            {
                "Outcome": _name(row),
                "Arm": row["arm"],
                "As measured": before["Difference"],
                "95 % interval": before["95 % interval"],
                "Adjusted": after["Difference"],
                "95 % interval ": after["95 % interval"],
                "Variance gone": show(float(row["variance_reduction"]), "share"),
                "p": _p(row["p"]),
            }
        )
    return _without_single_arm(pd.DataFrame(rows))


def profits(per_order: pd.DataFrame, table: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """Lay out profit per order beside profit per customer.

    Parameters
    ----------
    per_order
        From `experiment.compare_ratio`.
    table
        From `experiment.compare`.
    currency
        The currency's three letters.
    """
    parts = [per_order.assign(what="Per order"), table[table["outcome"] == "profit"].assign(what="Per customer")]
    rows = [
        {
            "Profit": row["what"],
            "Arm": row["arm"],
            "Control": _amount(row["mean_control"], "money", currency),
            "In the arm": _amount(row["mean"], "money", currency),
            **_difference({**row, "kind": "money"}, currency),
            "Relative": show(float(row["lift_pct"]), "share", signed=True),
            "p": _p(row["p"]),
        }
        for _, row in pd.concat(parts, ignore_index=True).iterrows()
    ]
    return _without_single_arm(pd.DataFrame(rows))


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
    found["outcome"] = [
        _titled(str(name), str(kind)) for name, kind in zip(found["outcome"], found["kind"], strict=True)
    ]
    found = found[columns]
    return found.dropna(subset=["lift_pct"]).reset_index(drop=True)


def axis(outcome: str, plan: Design, currency: str | None) -> str:
    """Name an outcome as the title of an axis."""
    unit = f", {SIGNS.get(currency, currency)}" if currency and plan.outcomes[outcome] == "money" else ""
    if plan.outcomes[outcome] == "binary":
        return _titled(outcome, "binary")
    return f"{_titled(outcome, plan.outcomes[outcome])} per customer{unit}"


def as_arguments(plan: Design, kinds: tuple[str, ...] = ("binary", "money", "number")) -> dict[str, object]:
    """Name a plan's outcomes of some kinds, and its arms, as the functions of `R/tests_experiment.R` take them."""
    outcomes = {name: kind for name, kind in plan.outcomes.items() if kind in kinds}
    return {
        "outcomes": list(outcomes),
        "kinds": list(outcomes.values()),
        "control": plan.control,
        "arms": list(treatments(plan)),
    }


def _name(row: pd.Series) -> str:
    return _titled(str(row["outcome"]), str(row["kind"]))


def _titled(outcome: str, kind: str) -> str:
    return (share_of(outcome) if kind == "binary" else outcome.replace("_", " ")).capitalize()


def _amount(value: float, kind: str, currency: str | None) -> str:
    if kind == "binary":
        return show(float(value), "share", 1)
    return show(float(value), currency or "money" if kind == "money" else None, 2)


def _difference(row: pd.Series | dict, currency: str | None) -> dict[str, str]:
    """Write a difference and its interval with two decimals, shares as percentage points."""
    factor, digits = (100, 2) if row["kind"] == "binary" else (1, 2)
    unit = (currency or "money") if row["kind"] == "money" else None
    lift = show(float(row["lift"]) * factor, unit, digits, signed=True)
    low, high = (show(float(row[key]) * factor, unit, digits) for key in ("low", "high"))
    points = "\u00a0points" if row["kind"] == "binary" else ""
    if pd.isna(row["low"]):
        return {"Difference": f"{lift}{points}", "95 % interval": "–"}
    return {"Difference": f"{lift}{points}", "95 % interval": f"{low} to {high}"}


def _p(value: float) -> str:
    return "–" if pd.isna(value) else show(float(value), "p")


def _exact(value: float) -> str:
    """Write a p-value with three significant digits, so that those of two programs can be compared."""
    if pd.isna(value):
        return "–"
    digits, _, exponent = f"{value:.3g}".partition("e")
    return f"{digits} × 10{str(int(exponent)).translate(RAISED)}" if exponent else digits


def _without_single_arm(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the column of arms where there is one: the heading "In the arm" is clear enough."""
    return table.drop(columns="Arm") if table["Arm"].nunique() == 1 else table
