"""From the study of demographics to facts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patrons.demographics_study import Study
from patrons.demographics_tests import ALPHA
from patrons.facts import Facts
from patrons.frames import each
from patrons.source import slug

UNITS = {"money": "money", "binary": "share", "share": "share"}
DELTA = "ratio of means, delta method on the log scale"


def study(facts: Facts, found: Study, smallest: int) -> None:
    """Record `demographics.…` and `response.last.women_to_men`; numbers of customers below `smallest` are null."""
    people = found.people
    facts.add("demographics.customers", len(people.table), unit="customers")
    hidden = 0 < people.strangers < smallest
    facts.add("demographics.strangers", None if hidden else people.strangers, unit="customers")
    facts.add("demographics.main", key(found.main.name))
    if found.second is not None:
        facts.add("demographics.second", key(found.second.name))
    for item in people.outcomes:
        facts.add(f"demographics.{key(item.name)}.title", item.title)
    for factor in people.factors:
        facts.add(f"demographics.{key(factor.name)}.title", factor.title)
        unknown, n = int(people.table[factor.name].isna().sum()), len(people.table)
        share = None if 0 < unknown < smallest else 1 - unknown / n
        facts.add(f"demographics.{key(factor.name)}.known", share, unit="share", n=n)
    contrasts(facts, found)
    tests(facts, found)
    models(facts, found)
    for row in each(found.explained):
        name, method = "demographics.explained", "cross-validated R², bootstrap over customers"
        facts.add(name, row.alone, row.low, row.high, "share", row.n, method)
    predictions(facts, found)


def contrasts(facts: Facts, found: Study) -> None:
    """Record the comparisons that were named beforehand, each under the name of its planted effect."""
    for row in each(found.contrasts):
        facts.add(row.fact, row.ratio, row.low, row.high, "ratio", row.n + row.n_rest, DELTA)
        facts.add(f"{row.fact}.p", row.p, unit="p", method=DELTA)
        if row.fact in found.truth:
            facts.add(f"{row.fact}.planted", found.truth[row.fact], unit="ratio", method="known of the simulation")


def tests(facts: Facts, found: Study) -> None:
    """Record what each test of the family found, and the groups of the factors that stand."""
    table = found.overall
    facts.add("demographics.tests", len(table), unit="tests")
    facts.add("demographics.standing", int((table["p_holm"] < ALPHA).sum()), unit="tests", n=len(table))
    for row in each(table):
        name = f"demographics.{key(row.outcome)}.{key(row.factor)}"
        method = "ω², noncentral F" if row.kind != "binary" else "Cramér's V, noncentral χ²"
        facts.add(f"{name}.effect", row.effect, row.effect_low, row.effect_high, "ratio", row.n, method)
        facts.add(f"{name}.p_holm", row.p_holm, unit="p", n=row.n, method=f"Holm over {len(table)} tests")
    for outcome, rows in table[table["p_holm"] < ALPHA].groupby("outcome", sort=False):
        item = found.outcome(str(outcome))
        best = rows.iloc[int(rows["effect"].to_numpy().argmax())]
        name = f"demographics.{key(item.name)}"
        facts.add(f"{name}.strongest", key(best["factor"]))
        facts.add(f"{name}.standing", ", ".join(found.factor(str(one)).title.lower() for one in rows["factor"]))
        mine = found.groups[(found.groups["outcome"] == outcome) & (found.groups["factor"] == best["factor"])]
        mine = mine[mine["level"].isin(found.factor(str(best["factor"])).levels)].dropna(subset=["mean"])
        for end, place in (("top", mine["mean"].idxmax()), ("bottom", mine["mean"].idxmin())):
            row = mine.loc[place]
            facts.add(f"{name}.{end}", row["level"])
            value = (row["mean"], row["low"], row["high"])
            facts.add(f"{name}.{end}.mean", *value, UNITS.get(item.kind), row["n"], "mean of the group")


def models(facts: Facts, found: Study) -> None:
    """Record `demographics.adjusted.<outcome>.<factor>.<level>` where all groups of a factor together stand."""
    for name, model in found.adjusted.items():
        of = "odds" if model.outcome.kind in ("binary", "share") else "means"
        method = f"ratio of {of} to all other groups, all factors adjusted for, HC3"
        place = f"demographics.adjusted.{key(name)}"
        facts.add(f"{place}.customers", int(model.checks["n"].iloc[0]), unit="customers")
        standing = set(model.joint.loc[model.joint["p"] < ALPHA, "factor"])
        for factor in (item for item in model.factors if item.name in standing):
            rows = model.ratios[model.ratios["factor"] == factor.name]
            for ending, row in zip(endings(factor.levels), each(rows), strict=True):
                facts.add(f"{place}.{key(factor.name)}.{ending}", row.ratio, row.low, row.high, "ratio", row.n, method)
        facts.add(f"{place}.standing", len(standing), n=len(model.joint))


def predictions(facts: Facts, found: Study) -> None:
    """Record `demographics.added.…`: how well what came later is foretold without and with demographics."""
    if found.later is None:
        return
    facts.add("demographics.added.moment", found.later.moment.date())
    facts.add("demographics.added.days", found.later.days, unit="days")
    for row in each(found.added):
        name = f"demographics.added.{row.outcome}"
        for what in ("without", "alone", "both"):
            facts.add(
                f"{name}.{what}", getattr(row, what), unit="ratio", n=row.n, method=f"{row.measure}, cross-validated"
            )
        facts.add(
            f"{name}.gain", row.gain, row.low, row.high, "ratio", row.n, f"difference in {row.measure}, bootstrap"
        )
        facts.add(f"{name}.p", row.p, unit="p", n=row.n, method="test of nested models")


def key(name: object) -> str:
    """Return what a factor or outcome is called in the name of a fact."""
    return slug(str(name).removesuffix("_group"))


def endings(levels: Sequence[str]) -> list[str]:
    """Return an ending for the name of a fact for each level; equal ones are numbered.

    Examples
    --------
    >>> endings(["A", "a", "b"])
    ['a', 'a_2', 'b']
    """
    found: list[str] = []
    for level in levels:
        base = slug(level)
        again = sum(re.fullmatch(rf"{base}(_\d+)?", item) is not None for item in found)
        found.append(f"{base}_{again + 1}" if again else base)
    return found
