"""Who answers because of an offer as a reader's tables."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Fact, digits_of, show
from patrons.frames import each
from patrons.uplift_rules import Leaf
from patrons.uplift_study import MAIN, Study

LEARNERS = {"linear": "person by person, linear", "forest": "person by person, forest"}


def title(policy: str, found: Study) -> str:
    """Say in words what a rule gives to whom."""
    kind, _, rest = policy.partition(":")
    if kind == "uniform":
        return f"{found.trial.arms[int(rest)]} for all"
    if kind == "personal":
        return LEARNERS[rest]
    if kind == "segment":
        return f"by {rest.replace('_', ' ')}"
    return "a tree of two questions"


def worth(found: Study, unit: str | None) -> pd.DataFrame:
    """Lay out what each rule is worth."""
    rows = []
    for row in each(found.worth):
        uniform = _between(row.gain_uniform, row.gain_uniform_low, row.gain_uniform_high, unit, signed=True)
        base = row.gain_uniform_low == row.gain_uniform_high
        rows.append(
            {
                "Rule": _capital(title(row.policy, found)),
                "Value, IPW": _between(row.ipw, row.ipw_low, row.ipw_high, unit),
                "Value, AIPW": _between(row.aipw, row.aipw_low, row.aipw_high, unit),
                "Beside the best single arm": "–" if base else uniform,
            }
        )
    return pd.DataFrame(rows)


def rules(found: Study) -> pd.DataFrame:
    """Return what a figure needs of each rule: `rule`, `kind`, and what it adds to the control."""
    table = found.worth[found.worth["policy"] != "uniform:0"]
    kinds = table["policy"].str.partition(":")[0].replace({"tree": "plain", "segment": "plain"})
    columns = {"gain": "gain_control", "low": "gain_control_low", "high": "gain_control_high"}
    shown = pd.DataFrame({key: table[name] for key, name in columns.items()})
    main = table["policy"] == f"personal:{MAIN}"
    titles = [_capital(title(str(policy), found)) for policy in table["policy"]]
    return shown.assign(rule=titles, kind=kinds, main=main).reset_index(drop=True)


def tests(found: Study) -> pd.DataFrame:
    """Lay out whether people differ: all traits together, and offer by offer as foretold."""
    rows = []
    for trial, _ in found.outcomes:
        title_of = _capital(trial.outcome.replace("_", " "))
        if trial.outcome in found.differ:
            test = found.differ[trial.outcome]
            value = f"F({test.df1:,}, {test.df2:,}) = {test.f:.2f}"
            rows.append({"outcome": title_of, "Offer": "all, by all traits", "Found": value, "p": show(test.p, "p")})
        for row in each(found.slopes[found.slopes["outcome"] == trial.outcome]):
            told = pd.notna(row.slope)
            value = (
                f"slope {_between(row.slope, row.slope_low, row.slope_high, None)}" if told else "all foretold alike"
            )
            p = show(row.p_holm, "p") if told else "–"
            rows.append({"outcome": title_of, "Offer": row.arm, "Found": value, "p": p})
    return pd.DataFrame(rows)


def rule(found: Study, unit: str | None) -> pd.DataFrame:
    """Lay out the leaves of the tree."""
    rows = []
    for row in each(found.rule):
        rows.append(
            {
                "Who": who(row.leaf),
                "People": show(row.share, "share", 0),
                "Gets": row.offer,
                "Adds": _between(row.gain, row.low, row.high, unit, signed=True) if row.leaf.arm else "–",
            }
        )
    return pd.DataFrame(rows)


def who(leaf: Leaf) -> str:
    """Say whom a leaf holds."""
    parts = []
    for question, yes in leaf.answers:
        name = question.trait.replace("_", " ")
        if question.cut is not None:
            parts.append(f"{name} {'above' if yes else 'up to'} {question.cut:,.4g}")
        else:
            parts.append(f"{name} {'is' if yes else 'is not'} {question.group}")
    return _capital(" and ".join(parts)) if parts else "Everybody"


def _between(value: float, low: float, high: float, unit: str | None, signed: bool = False) -> str:
    digits = digits_of(Fact(value, low, high, unit))
    # The currency's sign stands once: a table with three intervals in a row has to fit its page.
    plain = unit if unit == "share" else None
    ends = f"{show(low, plain, digits, signed, bare=True)} to {show(high, plain, digits, signed, bare=True)}"
    return f"{show(value, unit, digits, signed)} ({ends})"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
