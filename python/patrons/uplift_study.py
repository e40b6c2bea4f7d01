"""All that is found about who answers because of an offer, for a shop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from patrons import experiment, uplift, uplift_curves, uplift_differ, uplift_rules, uplift_value
from patrons.demographics_study import planted
from patrons.design import Design
from patrons.double import Agreement, agreement
from patrons.experiment_tests import Z
from patrons.separation import holm
from patrons.shop import Shop
from patrons.source import slug
from patrons.stop import SectionStop
from patrons.uplift import Foretold, Trial
from patrons.uplift_curves import Qini
from patrons.uplift_differ import Interaction
from patrons.uplift_rules import Leaf
from patrons.uplift_value import Policy

#: The learner that the chapter's answer rests on, named before its results are known; the others stand beside it.
MAIN = "linear"
BEST = "the best offer for each"
#: Of more people than this, so many are drawn at random.
MOST = 50_000
Call = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Study:
    """What is found about who answers because of an offer.

    Attributes
    ----------
    trial, found
        The test, and what models say of people whom they never saw.
    policies, worth
        Rules, and what each is worth (`uplift_value.value`).
    curves
        Qini curves: of the best offer for each person, and of each offer.
    calibration
        `uplift_curves.calibration` of each `arm`.
    second
        The same of the outcome that the test is about, where that is another one.
    slopes
        `uplift_curves.slope` of each `outcome` and `arm`, with `p_holm` over the offers.
    differ
        Outcome → whether people differ at all; without those of which it cannot be tested.
    leaves, rule
        The tree grown on all people, and whom its leaves hold: `who`, `people`, `share`, `offer`, `gain`, `low`,
        `high`.
    groups
        What each offer adds to the outcome that the test is about in each group of one trait, as foretold and as
        found, with what was planted.
    """

    trial: Trial
    found: Foretold
    policies: tuple[Policy, ...]
    worth: pd.DataFrame
    curves: dict[str, Qini]
    calibration: pd.DataFrame
    second: tuple[Trial, Foretold] | None
    slopes: pd.DataFrame
    differ: dict[str, Interaction]
    leaves: list[Leaf]
    rule: pd.DataFrame
    groups: pd.DataFrame

    @property
    def offers(self) -> tuple[str, ...]:
        """The arms other than the control."""
        return self.trial.arms[1:]

    @property
    def outcomes(self) -> list[tuple[Trial, Foretold]]:
        """The outcome that offers are to raise, and the one that the test is about where that is another."""
        return [(self.trial, self.found), *([self.second] if self.second else [])]


def look(shop: Shop) -> Study:
    """Find who answers because of an offer.

    Raises
    ------
    SectionStop
        If there is no test, its arms are not as large as planned, or nothing tells people apart.
    """
    shop.require("experiment", part="section")
    frame, plan = shop.experiment, shop.design
    smallest = shop.analysis.privacy.smallest_group
    return study(frame, plan, smallest, shop.rng("uplift"), planted(shop))


def study(
    frame: pd.DataFrame, plan: Design, smallest: int, rng: np.random.Generator, truth: dict[str, float] | None = None
) -> Study:
    """Find who answers because of an offer, in a test.

    Parameters
    ----------
    frame, plan
        The people and the plan.
    smallest
        No group that is shown has fewer people.
    rng
        For folds, forests and the bootstrap.
    truth
        What was planted, by the names of facts; nothing where that is not known.
    """
    outcome = uplift.choose(plan)
    split = experiment.sample_ratio(frame, plan)
    if not split.passed:
        raise SectionStop(
            "The arms of the test are not as large as planned, so no difference between them can be read as an effect, "
            "and nobody can be said to answer because of an offer."
        )
    if len(frame) > MOST:
        frame = frame.iloc[np.sort(rng.choice(len(frame), MOST, replace=False))]
    trial = uplift.prepare(frame, plan, outcome, smallest)
    found = uplift.foretell(trial, rng)
    policies = (
        *uplift_value.uniform(trial),
        *uplift_value.personal(found),
        uplift_rules.tree(trial, found),
        *(uplift_rules.by_segment(trial, found, name) for name in trial.groups if name in plan.segments),
    )
    primary, second = experiment.primary(plan), None
    if primary != outcome:
        other = uplift.prepare(frame, plan, primary, smallest)
        second = other, uplift.foretell(other, rng, {MAIN: uplift.LEARNERS[MAIN]})
    both = [(trial, found), *([second] if second else [])]
    differ = {each.outcome: uplift_differ.interaction(each) for each, _ in both}
    leaves = uplift_rules.grow(trial.traits, trial.groups, found.scores)
    return Study(
        trial,
        found,
        policies,
        uplift_value.value(trial, found.scores, list(policies)),
        curves(trial, found, rng, smallest),
        _calibration(trial, found),
        second,
        pd.concat([slopes(*each) for each in both], ignore_index=True),
        {name: tested for name, tested in differ.items() if tested is not None},
        leaves,
        rule(trial, found, leaves),
        groups(*both[-1], plan, truth or {}),
    )


def curves(trial: Trial, found: Foretold, rng: np.random.Generator, smallest: int) -> dict[str, Qini]:
    """Draw the Qini curve of the best offer for each person, and of each offer where there are several."""
    least = max(smallest, 1)
    drawn = {BEST: uplift_curves.qini(*ranked(found, None), rng, least)}
    if len(trial.arms) > 2:
        for at, name in enumerate(trial.arms[1:]):
            drawn[name] = uplift_curves.qini(*ranked(found, at), rng, least)
    return drawn


def ranked(found: Foretold, offer: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the gains and the places of people by what an offer (None: the best one for each) adds for them."""
    effects = found.effects[MAIN]
    if offer is not None:
        gains, foretold = _of(found, offer)
    else:
        best = effects.argmax(axis=1)
        own = np.arange(len(best))
        gains, foretold = found.scores[own, best + 1] - found.scores[:, 0], effects[own, best]
    return gains, uplift_curves.place_within(found.fold, foretold)


def rule(trial: Trial, found: Foretold, leaves: list[Leaf]) -> pd.DataFrame:
    """Say of each leaf of a tree whom it holds, what they get, and what that adds."""
    rows = []
    for leaf in leaves:
        inside = leaf.holds(trial.traits)
        gains = found.scores[inside, leaf.arm] - found.scores[inside, 0]
        rows.append({"leaf": leaf, "people": int(inside.sum()), "share": float(inside.mean()), **_mean("gain", gains)})
    return pd.DataFrame(rows).assign(offer=[trial.arms[leaf.arm] for leaf in leaves])


def _of(found: Foretold, offer: int) -> tuple[np.ndarray, np.ndarray]:
    return found.scores[:, offer + 1] - found.scores[:, 0], found.effects[MAIN][:, offer]


def _calibration(trial: Trial, found: Foretold) -> pd.DataFrame:
    parts = []
    for at, name in enumerate(trial.arms[1:]):
        gains, foretold = _of(found, at)
        place = uplift_curves.place_within(found.fold, foretold)
        parts.append(uplift_curves.calibration(gains, foretold, place).assign(arm=name))
    return pd.concat(parts, ignore_index=True)


def slopes(trial: Trial, found: Foretold) -> pd.DataFrame:
    """Regress uplift as found on uplift as foretold, offer by offer."""
    rows = [{"arm": arm, **uplift_curves.slope(*_of(found, at), found.fold)} for at, arm in enumerate(trial.arms[1:])]
    table = pd.DataFrame(rows)
    return table.assign(outcome=trial.outcome, p_holm=holm(table["p"]))


def groups(trial: Trial, found: Foretold, plan: Design, truth: dict[str, float]) -> pd.DataFrame:
    """Compare foretold and found effects in the groups of a trait: of gender, or else of the first that parts people.

    Returns
    -------
    DataFrame
        `outcome`, `trait`, `group`, `arm`, `n`, `foretold`, `found`, `low`, `high`, `truth` (where it is known).
    """
    columns = ["outcome", "trait", "group", "arm", "n", "foretold", "found", "low", "high", "truth"]
    known = [name for name in trial.groups if name in plan.segments]
    rows = []
    for trait in ["gender"] if "gender" in known else known[:1]:
        for group, inside in trial.traits.groupby(trait).indices.items():
            for at, arm in enumerate(trial.arms[1:]):
                gains, foretold = _of(found, at)
                name = f"experiment.{slug(trial.outcome)}.{slug(arm)}.{slug(str(group))}.lift"
                row = {"outcome": trial.outcome, "trait": trait, "group": group, "arm": arm, "n": len(inside)}
                row |= {"foretold": float(foretold[inside].mean()), "truth": truth.get(name, np.nan)}
                rows.append(row | _mean("found", gains[inside]))
    return pd.DataFrame(rows, columns=columns)


def _mean(name: str, values: np.ndarray) -> dict[str, float]:
    half = Z * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    mean = float(values.mean())
    return {name: mean, "low": mean - half, "high": mean + half}


def values_agree(seen: Study, call: Call) -> Agreement:
    """Compare the values of all rules with R's, from the same forecasts."""
    given = pd.DataFrame({f"p{at}": policy.given + 1 for at, policy in enumerate(seen.policies)})
    trial = seen.trial
    alike = [policy.name.startswith("uniform:") for policy in seen.policies]
    theirs = call("uplift_values", trial.y, trial.arm + 1, trial.chance, pd.DataFrame(seen.found.means), given, alike)
    mine = seen.worth.assign(rule=[str(name) for name in given.columns])
    return agreement(mine, theirs, ["rule"], [str(name) for name in theirs.columns if name != "rule"])


def curves_agree(seen: Study, call: Call) -> Agreement:
    """Compare Qini curves and their areas with R's, from the same forecasts."""
    mine, theirs = [], []
    for name, drawn in seen.curves.items():
        gains, place = ranked(seen.found, None if name == BEST else seen.offers.index(name))
        found = call("uplift_qini", gains, place, drawn.curve["share"])
        theirs.append(found.assign(curve=name))
        mine.append(drawn.curve[["share", "gain"]].assign(area=drawn.area[0], curve=name, point=found["point"]))
    return agreement(pd.concat(mine), pd.concat(theirs), ["curve", "point"], ["gain", "area"])


def tests_agree(seen: Study, call: Call) -> Agreement:
    """Compare the tests of whether people differ with R's."""
    mine, theirs = [], []
    for trial, found in seen.outcomes:
        name = trial.outcome
        for at, arm in enumerate(seen.offers):
            row = call("uplift_slope", *_of(found, at), found.fold + 1)
            own = (seen.slopes["outcome"] == name) & (seen.slopes["arm"] == arm)
            mine.append(_long(seen.slopes[own], row.columns, f"{name} {arm}"))
            theirs.append(_long(row, row.columns, f"{name} {arm}"))
        if name in seen.differ:
            row = call("uplift_interaction", trial.y, trial.arm + 1, pd.DataFrame(uplift_differ.traits_matrix(trial)))
            mine.append(_long(seen.differ[name].as_table(), row.columns, name))
            theirs.append(_long(row, row.columns, name))
    return agreement(pd.concat(mine), pd.concat(theirs), ["of", "what"], ["value"])


def _long(table: pd.DataFrame, columns: pd.Index, of: str) -> pd.DataFrame:
    return table.melt(value_vars=list(columns), var_name="what", value_name="value").assign(of=of)
