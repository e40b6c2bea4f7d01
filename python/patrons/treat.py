"""Missing values and outliers, treated by the rules that the source chose, each with its effect on the numbers.

The order is fixed: rows that lack a value they must not lack leave first, then outliers are judged column by column,
then what is missing is filled in from the values that are left. A treatment never looks at another table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from patrons import effects
from patrons.errors import PatronsError
from patrons.treatments import LIMITS, OTHER, Treatment

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

#: Makes the median absolute deviation (and where that is 0, the mean one) of a normal distribution its standard
#: deviation.
MAD_TO_SD, MEAN_AD_TO_SD = 1.4826, 1.2533
#: Of fewer values none is called an outlier.
FEWEST = 10


@dataclass(frozen=True)
class Treated:
    """A table after its treatments.

    Attributes
    ----------
    table : ir.Table
        The rows that are left, with `_file` and `_row`.
    set_aside : ir.Table or None
        `_file`, `_row` and `_reason` of those that are not; None where no treatment sets rows aside.
    reasons : dict of str to int
        Rows set aside, by reason.
    treatments : tuple of Treatment
    effects, histograms : list of dict
        As `effects.measure` and `effects.histogram` return them, with `column`, `problem` and `action`.
    """

    table: ir.Table
    set_aside: ir.Table | None
    reasons: dict[str, int]
    treatments: tuple[Treatment, ...]
    effects: list[dict[str, Any]]
    histograms: list[dict[str, Any]]


def apply(con: Backend, rows: ir.Table, treatments: Sequence[Treatment], key: str | None = None) -> Treated:
    """Treat a table.

    Parameters
    ----------
    con
        The connection that holds the rows, and the result for as long as it is needed.
    rows
        `_file`, `_row` and the named columns of the rows kept so far.
    treatments
        What to do; those for missing values that set rows aside come first, then outliers, then the filling in.
    key
        A column whose numbers are measured along with those of the column that is treated, such as `amount`.
    """
    if not treatments:
        return Treated(rows, None, {}, (), [], [])
    table = con.create_table("treating", rows)
    asides: list[ir.Table] = []
    reasons: dict[str, int] = {}
    done: list[Treatment] = []
    measured: list[dict[str, Any]] = []
    drawn: list[dict[str, Any]] = []
    order = {"set_aside": 0, "outliers": 1}
    for treatment in sorted(treatments, key=lambda one: order.get(one.action, order.get(one.problem, 2))):
        settled = _settle(table, treatment)
        touched = _touched(table, settled)
        settled = replace(settled, rows=_count(table.filter(touched)), other_rows=_by_the_other_rule(table, settled))
        after = _after(table, settled, touched)
        label = {"column": settled.column, "problem": settled.problem, "action": settled.action}
        if settled.rows:
            for column in dict.fromkeys(filter(None, (settled.column, key))):
                numeric = settled.numeric if column == settled.column else True
                for row in effects.measure(table, after, table.filter(~touched), column, numeric):
                    measured.append({**label, "of": column, **row, "rows": settled.rows})
            if settled.numeric:
                drawn += [
                    {**label, **row} for row in effects.histogram(table, after, settled.column, bool(settled.log))
                ]
        if settled.action == "set_aside" and settled.rows:
            what = "missing" if settled.problem == "missing" else "outlier in"
            reason = f"{what} {settled.column}"
            asides.append(table.filter(touched).select("_file", "_row", _reason=ibis.literal(reason)))
            reasons[reason] = settled.rows
        table = after
        done.append(settled)
    return Treated(
        table,
        ibis.union(*asides) if len(asides) > 1 else next(iter(asides), None),
        reasons,
        tuple(done),
        measured,
        drawn,
    )


def _settle(table: ir.Table, treatment: Treatment) -> Treatment:
    """Work out from the rows what a rule needs to know: limits, or what to fill in."""
    values = table[treatment.column]
    if treatment.problem == "missing":
        return replace(treatment, fill=_filling(table, treatment))
    if treatment.log is None:
        treatment = replace(treatment, log=_is_more_even(values, of=table))
    judged = (values > 0).ifelse(values, ibis.null("float64")).ln() if treatment.log else values
    known = table.select(x=judged).filter(judged.notnull())
    center, spread = _center_and_spread(known, treatment.rule)
    if spread is None or spread <= 0:
        return replace(treatment, center=center, spread=spread)
    reach = (treatment.limit or 0) * spread
    low, high = (_even(math.exp(end) if treatment.log else end) for end in (center - reach, center + reach))
    return replace(treatment, center=_even(center), spread=_even(spread), low=low, high=high)


def _by_the_other_rule(table: ir.Table, settled: Treatment) -> int | None:
    """Count the outliers that the robust rule finds where the classic one was asked for, and the other way round."""
    if settled.problem != "outliers":
        return None
    rule = OTHER[settled.rule]
    other = _settle(table, replace(settled, rule=rule, limit=LIMITS[rule], low=None, high=None))
    return _count(table.filter(_touched(table, other)))


def _is_more_even(values: ir.Value, of: ir.Table) -> bool:
    """Tell whether the quartiles of positive values are more symmetric on a log scale than as they are."""
    positive = of.select(x=values).filter(ibis._.x > 0)
    quartiles = positive.agg(**{f"q{q}": positive.x.quantile(q / 4) for q in (1, 2, 3)}).to_pyarrow().to_pylist()[0]
    first, middle, third = (quartiles[f"q{q}"] for q in (1, 2, 3))
    if not first or first == third:
        return False

    def skewness(low: float, mid: float, high: float) -> float:
        return abs((high + low - 2 * mid) / (high - low))

    return skewness(*map(math.log, (first, middle, third))) < skewness(first, middle, third)


def _center_and_spread(known: ir.Table, rule: str) -> tuple[float, float | None]:
    if rule == "classic":
        found = known.agg(n=known.count(), center=known.x.mean(), spread=known.x.std(how="sample"))
        first = found.to_pyarrow().to_pylist()[0]
        return first["center"] or 0.0, first["spread"] if first["n"] >= FEWEST else None
    first = known.agg(n=known.count(), center=known.x.median()).to_pyarrow().to_pylist()[0]
    if first["n"] < FEWEST:
        return first["center"] or 0.0, None
    far = (known.x - first["center"]).abs()
    apart = known.agg(mad=far.median(), mean=far.mean()).to_pyarrow().to_pylist()[0]
    # Where more than half of the values are the same, their median deviation says nothing.
    return first["center"], MAD_TO_SD * apart["mad"] or MEAN_AD_TO_SD * apart["mean"]


def _filling(table: ir.Table, treatment: Treatment) -> float | str | None:
    values = table[treatment.column]
    if treatment.action == "median":
        return values.median().to_pyarrow().as_py()
    if treatment.action == "mode":
        counted = table.filter(values.notnull()).group_by(value=values).agg(n=ibis._.count())
        first = counted.order_by(ibis.desc("n"), "value").limit(1).to_pyarrow().to_pylist()
        return first[0]["value"] if first else None
    return None


def _touched(table: ir.Table, treatment: Treatment) -> ir.BooleanValue:
    """Tell which rows hold a value that a treatment is about."""
    values = table[treatment.column]
    if treatment.problem == "missing":
        return values.isnull()
    if treatment.low is None or treatment.high is None:
        return ibis.literal(False)
    outside = (values < treatment.low) | (values > treatment.high)
    outside = outside & (values > 0) if treatment.log else outside
    return outside.fill_null(False)


def _after(table: ir.Table, treatment: Treatment, touched: ir.BooleanValue) -> ir.Table:
    """Return the rows as they are after a treatment."""
    name, values = treatment.column, table[treatment.column]
    if treatment.action == "set_aside":
        return table.filter(~touched)
    if treatment.action in ("median", "mode"):
        if treatment.fill is None:
            return table
        filled = values.fill_null(ibis.literal(treatment.fill).cast(values.type()))
        return table.mutate(**{_free(table, f"{name}_imputed"): touched, name: filled})
    if treatment.problem == "outliers":
        mark = {_free(table, f"{name}_outlier"): touched}
        if treatment.action == "cap" and treatment.low is not None and treatment.high is not None:
            capped = ibis.cases(
                (touched & (values < treatment.low), treatment.low), (touched, treatment.high), else_=values
            )
            return table.mutate(**mark, **{name: capped})
        return table.mutate(**mark)
    return table


def _free(table: ir.Table, name: str) -> str:
    if name in table.columns:
        raise PatronsError(
            f"the column {name!r} is there already; rename it, as cleaning keeps its marks under that name"
        )
    return name


def _even(number: float) -> float:
    """Drop the last digits of a float, which depend on the order in which threads add."""
    return float(f"{number:.12g}")


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def to_json(treated: Treated) -> dict[str, Any]:
    """Return what is written down of a table's treatments."""
    return {
        "treatments": [asdict(treatment) for treatment in treated.treatments],
        "effects": treated.effects,
        "histograms": treated.histograms,
    }
