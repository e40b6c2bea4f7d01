"""Everything that the chapter on demographics shows, computed once, and the same once more in R."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from patrons import (
    demographics,
    demographics_added,
    demographics_contrasts,
    demographics_model,
    demographics_tests,
    paths,
)
from patrons.demographics import Outcome, People
from patrons.demographics_added import Later, Question
from patrons.demographics_groups import Factor
from patrons.demographics_model import Adjusted
from patrons.double import NOTHING, Agreement, agreement, worst
from patrons.opened import declare_input
from patrons.shop import Shop

Call = Callable[..., Any]
TESTED = [
    *("groups", "n", "smallest", "statistic", "df1", "df2", "p", "effect", "effect_low", "effect_high"),
    *("rank_statistic", "rank_p", "spread_statistic", "spread_p", "least", "p_holm"),
]
#: Marginal means come from another program than the model, through a second chain of rounding.
MARGINS = 1e-6


@dataclass(frozen=True)
class Study:
    """What demographics say of customers.

    Attributes
    ----------
    people
        Groups and outcomes, a row per customer.
    main, second
        The outcome that the pages are about, and the yes-or-no outcome beside it (None where there is none).
    groups, overall, pairs, contrasts
        From `demographics_tests` and `demographics_contrasts`.
    adjusted
        A model for each outcome that the data can carry, by its name.
    explained
        How much of the main outcome the groups explain: one row of `demographics_added.judge`, or none.
    later, added
        What was asked about a later time, and how well each question can be answered.
    truth
        Planted effects by the names of the facts that estimate them; empty unless the source is simulated.
    asked
        The questions behind `explained` and `added`.
    """

    people: People
    main: Outcome
    second: Outcome | None
    groups: pd.DataFrame
    overall: pd.DataFrame
    pairs: pd.DataFrame
    contrasts: pd.DataFrame
    adjusted: Mapping[str, Adjusted]
    explained: pd.DataFrame
    later: Later | None
    added: pd.DataFrame
    truth: Mapping[str, float]
    asked: tuple[Question, ...]

    def factor(self, name: str) -> Factor:
        """Return a factor by its name."""
        return next(item for item in self.people.factors if item.name == name)

    def outcome(self, name: str) -> Outcome:
        """Return an outcome by its name."""
        return next(item for item in self.people.outcomes if item.name == name)

    @property
    def shown(self) -> tuple[Outcome, ...]:
        """The one or two outcomes that the figures show."""
        return (self.main,) if self.second is None else (self.main, self.second)


def look(shop: Shop) -> Study:
    """Study a shop's customers by who they are.

    Raises
    ------
    ChapterStop
        The source does not say who its customers are, or what they did.
    """
    people = demographics.gather(shop)
    main = people.outcomes[0]
    second = people.outcome("answered") or next(
        (item for item in people.outcomes if item.kind == "binary" and item is not main), None
    )
    overall = demographics_tests.compare(people)
    models = {
        item.name: demographics_model.fit(people, item, shop.rng(f"demographics.{item.name}"))
        for item in people.outcomes
    }
    now = demographics_added.today(people, main, shop.rng("demographics.explained"))
    later = demographics_added.look_back(shop, people, shop.rng("demographics.later"))
    asked = [item for item in (now, *(later.questions if later else ())) if item is not None and item.groups.shape[1]]
    judged = pd.DataFrame(
        [demographics_added.judge(item, shop.rng("demographics.resamples")) for item in asked],
        columns=demographics_added.COLUMNS,
    )
    of_today = judged["outcome"] == main.name
    return Study(
        people=people,
        main=main,
        second=None if second is main else second,
        groups=demographics_tests.describe(people, shop.analysis.privacy.smallest_group),
        overall=overall,
        pairs=demographics_tests.pairs(people, overall),
        contrasts=demographics_contrasts.compare(people),
        adjusted={name: model for name, model in models.items() if model is not None},
        explained=judged[of_today].reset_index(drop=True),
        later=later,
        added=judged[~of_today].reset_index(drop=True),
        truth=planted(shop),
        asked=tuple(asked),
    )


def planted(shop: Shop) -> dict[str, float]:
    """Return what was planted in the simulated shop, by the names of facts; nothing for any other."""
    file = paths.home() / "data" / "truth.yml"
    if shop.planted is None or not file.is_file():
        return {}
    declare_input(file)
    return dict(YAML(typ="safe").load(file.read_text(encoding="utf-8"))["effects"])


def tests_agree(study: Study, call: Call) -> Agreement:
    """Compare the tests of all outcomes by all factors with R's."""
    if not len(study.overall):
        return NOTHING
    people = study.people
    factors, outcomes = [item.name for item in people.factors], [item.name for item in people.outcomes]
    binary = [item.kind == "binary" for item in people.outcomes]
    theirs = call(
        "compare_groups", people.table[[*factors, *outcomes]], factors, outcomes, binary, demographics_tests.FEWEST
    )
    return agreement(study.overall, theirs, ["outcome", "factor"], TESTED)


def pairs_agree(study: Study, call: Call) -> Agreement:
    """Compare the tests of pairs with R's."""
    standing = study.overall[study.overall["p_holm"] < demographics_tests.ALPHA]
    if not len(standing):
        return NOTHING
    columns = list(dict.fromkeys([*standing["factor"], *standing["outcome"]]))
    theirs = call(
        "compare_pairs",
        study.people.table[columns],
        *(standing["factor"].tolist(), standing["outcome"].tolist(), (standing["kind"] == "binary").tolist()),
        demographics_tests.FEWEST,
    )
    return agreement(study.pairs, theirs, ["outcome", "factor", "a", "b"], ["change", "low", "high", "p"])


def contrasts_agree(study: Study, call: Call) -> Agreement:
    """Compare the named comparisons with R's."""
    found = {item.fact: item for item in demographics_contrasts.named(study.people)}
    rows = []
    for name in study.contrasts["fact"]:
        inside, outside = demographics_contrasts.sides_of(found[name])
        chosen = inside | outside
        values = study.people.table.loc[chosen, found[name].outcome]
        rows.append(call("ratio_of_means", values, inside[chosen].astype(bool)).assign(fact=name))
    if not rows:
        return NOTHING
    return agreement(study.contrasts, pd.concat(rows), ["fact"], ["ratio", "low", "high", "p"])


def models_agree(study: Study, call: Call) -> dict[str, Agreement]:
    """Compare the models with R's: ``ratios``, ``margins`` and ``checks``; the outcome that differs most counts."""
    found: dict[str, list[Agreement]] = {"ratios": [], "margins": [], "checks": []}
    for name, model in study.adjusted.items():
        theirs = call(
            "adjust_outcome",
            model.frame,
            [item.name for item in model.factors],
            demographics_model.family(study.outcome(name)),
        )
        keys = ["factor", "level"]
        found["ratios"].append(agreement(model.ratios, theirs["ratios"], keys, ["n", "ratio", "low", "high", "p"]))
        found["ratios"].append(agreement(model.joint, theirs["joint"], ["factor"], ["statistic", "df", "p"]))
        margins = agreement(model.margins, theirs["margins"], keys, ["mean", "low", "high"])
        found["margins"].append(replace(margins, tolerance=MARGINS))
        found["checks"].append(agreement(model.joint, theirs["joint"], ["factor"], ["gvif"]))
        numbers = ["n", "dispersion", "cook", "slope", "slope_low", "slope_high"]
        found["checks"].append(agreement(model.checks, theirs["checks"], [], numbers))
    return {what: worst(items) for what, items in found.items()}


def predictions_agree(study: Study, call: Call) -> Agreement:
    """Compare how well later behaviour is predicted, and the tests of nested models, with R's."""
    mine = pd.concat([study.explained, study.added], ignore_index=True)
    rows = []
    for item in study.asked:
        behaviour = item.behaviour if item.behaviour.shape[1] else None
        theirs = call("judge_prediction", item.values, behaviour, item.groups, item.fold, item.binary)
        rows.append(theirs.assign(outcome=item.outcome))
    if not rows:
        return NOTHING
    numbers = ["n", "without", "alone", "both", "gain", "statistic", "df", "p"]
    return agreement(mine, pd.concat(rows), ["outcome"], numbers)
