"""From who answers because of an offer to facts."""

from __future__ import annotations

from patrons.facts import Facts
from patrons.source import slug
from patrons.uplift_study import BEST, MAIN, Study

NAMES = {f"personal:{MAIN}": "personal", "tree": "tree"}


def study(facts: Facts, found: Study) -> None:
    """Record `uplift.…`: what offers are to raise, whether people differ, and what each rule is worth."""
    with facts.together():
        trial, n = found.trial, found.trial.n
        facts.add("uplift.outcome", trial.outcome.replace("_", " "))
        if found.second is not None:
            facts.add("uplift.second", found.second[0].outcome.replace("_", " "))
        facts.add("uplift.people", n, unit="people")
        facts.add("uplift.control", trial.arms[0])
        for arm in found.offers:
            facts.add(f"uplift.arm.{slug(arm)}", arm)
        for outcome, test in found.differ.items():
            facts.add(f"uplift.differ.{slug(outcome)}.p", test.p, unit="p", n=n, method="interaction F test, HC3")
        for row in found.slopes.itertuples():
            name = f"uplift.{slug(str(row.outcome))}.{slug(str(row.arm))}"
            facts.add(f"{name}.slope", row.slope, row.slope_low, row.slope_high, method="best linear predictor, HC3")
            facts.add(f"{name}.slope.p_holm", row.p_holm, unit="p", method="one-sided, Holm over offers")
        _curves(facts, found)
        _worth(facts, found)


def unit(found: Study) -> str | None:
    """Return the unit of the outcome."""
    return {"money": "money", "binary": "share"}.get(found.trial.kind)


def rule_name(policy: str, found: Study) -> str:
    """Return the name of a rule in the ids of facts."""
    kind, _, rest = policy.partition(":")
    if kind == "uniform":
        return slug(found.trial.arms[int(rest)])
    return NAMES.get(policy) or f"{kind}.{slug(rest)}"


def _curves(facts: Facts, found: Study) -> None:
    for name, drawn in found.curves.items():
        own = "uplift.qini" if name == BEST else f"uplift.{slug(name)}.qini"
        facts.add(own, *drawn.area, unit(found), found.trial.n, "area between the Qini curve and random; bootstrap")
        facts.add(f"{own}.end", *drawn.end, unit(found), found.trial.n, "all get the offer; bootstrap")


def _worth(facts: Facts, found: Study) -> None:
    of, n = unit(found), found.trial.n
    for row in found.worth.to_dict("records"):
        name = f"uplift.value.{rule_name(row['policy'], found)}"
        facts.add(name, *_ends(row, "aipw"), of, n, "AIPW, cross-fitted")
        facts.add(f"{name}.ipw", *_ends(row, "ipw"), of, int(row["matched"]), "IPW, cross-fitted")
        facts.add(f"{name}.gain_control", *_ends(row, "gain_control"), of, n, "AIPW, less everybody in control")
        facts.add(f"{name}.gain_uniform", *_ends(row, "gain_uniform"), of, n, "AIPW, less the best single arm")
        facts.add(f"{name}.treated", row["treated"], unit="share", n=n)
    worth = found.worth.set_index("policy")
    main = next(row for row in found.worth.to_dict("records") if row["policy"] == f"personal:{MAIN}")
    facts.add("uplift.gain", *_ends(main, "gain_uniform"), of, n, "AIPW, cross-fitted, less the best single arm")
    alike = worth[worth.index.str.startswith("uniform:")]["aipw"]
    facts.add("uplift.best_uniform", found.trial.arms[int(str(alike.idxmax()).partition(":")[2])])
    segments = worth[worth.index.str.startswith("segment:")]["aipw"]
    if len(segments):
        facts.add("uplift.best_segment", str(segments.idxmax()).partition(":")[2])


def _ends(row: dict, name: str) -> tuple[float, float, float]:
    return row[name], row[f"{name}_low"], row[f"{name}_high"]
