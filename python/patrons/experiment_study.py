"""All readings of a source's randomised test, put together for its chapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from patrons import (
    double,
    experiment,
    experiment_bayes,
    experiment_offers,
    experiment_ranks,
    experiment_resample,
    experiment_segments,
    power,
    sequential,
)
from patrons.design import Design
from patrons.experiment_tests import correct
from patrons.frames import each
from patrons.shop import Shop
from patrons.source import slug
from patrons.truth import planted

#: What a test should be able to see, as a share of the control's mean: a rule of the book.
WANTED = 0.05
#: So many groups of one division are shown; beyond them a figure is no picture any more.
MOST_GROUPS = 12
PER_ORDER = "profit_per_order"
TESTED = ["lift", "low", "high", "statistic", "p"]
Call = Callable[..., Any]


@dataclass(frozen=True)
class Findings:
    """All readings of one test.

    Attributes
    ----------
    frame, plan
        The people and the design.
    study
        The split, plain and adjusted effects.
    best
        The estimate to read of each outcome and arm: adjusted where there is one, profit per order among them; `p_holm`
        and `p_bh` over all rows. Chosen by rule, not by result.
    power
        What the test can see: `power.achieved` for an effect of `WANTED` of the control's mean.
    ranks, bootstrap, permutation
        Other ways to compare.
    bayes, sensitivity
        The Bayesian reading of `best`, and the same under other priors.
    watched
        The primary outcome as seen while people came.
    within
        Every arm in every group.
    matters
        The outcome that offers are chosen by: profit where it is measured, else the primary one.
    choice
        Which offer for whom.
    truth
        Planted effects beside the estimates; empty where they are not known.
    """

    frame: pd.DataFrame
    plan: Design
    study: experiment.Study
    best: pd.DataFrame
    power: pd.DataFrame
    ranks: pd.DataFrame
    bootstrap: pd.DataFrame
    permutation: pd.DataFrame
    bayes: pd.DataFrame
    sensitivity: pd.DataFrame
    watched: sequential.Watched
    within: experiment_segments.Within
    matters: str
    choice: experiment_offers.Choice
    truth: pd.DataFrame


def look(shop: Shop) -> Findings:
    """Read a shop's test in every way.

    Raises
    ------
    ChapterStop
        If the source has no test, or one without outcomes.
    """
    shop.require("experiment")
    return read(shop.experiment, shop.design, shop.analysis.privacy.smallest_group, shop.rng, planted(shop))


def read(
    frame: pd.DataFrame,
    plan: Design,
    smallest: int,
    rng: Callable[[str], np.random.Generator],
    truth: Mapping[str, float] | None = None,
) -> Findings:
    """Read a test in every way.

    Parameters
    ----------
    frame, plan
        The test.
    smallest
        Groups with fewer people in an arm are left out.
    rng
        Gives a generator for a name.
    truth
        Planted effects by the names of the facts that estimate them.
    """
    study = experiment.study(frame, plan)
    best = estimates(study)
    explained = dict(zip(study.adjusted["outcome"], study.adjusted["r2"], strict=True)) if len(study.adjusted) else {}
    wanted = {(row.outcome, row.arm): WANTED * row.mean_control for row in each(study.effects) if row.mean_control > 0}
    within = experiment_segments.compare_within(frame, plan, adjusted=True, smallest=smallest)
    matters = "profit" if "profit" in plan.outcomes else experiment.primary(plan)
    means = best[best["outcome"] != PER_ORDER]
    return Findings(
        frame=frame,
        plan=plan,
        study=study,
        best=best,
        power=power.achieved(study.effects, wanted, explained),
        ranks=experiment_ranks.compare_ranks(frame, plan),
        bootstrap=experiment_resample.bootstrap(frame, plan, rng("experiment bootstrap")),
        permutation=experiment_resample.permute(frame, plan, rng("experiment permutation")),
        bayes=experiment_bayes.read(means),
        sensitivity=experiment_bayes.sensitivity(means),
        watched=sequential.watch(frame, plan, experiment.primary(plan), adjusted=True),
        within=within,
        matters=matters,
        choice=experiment_offers.choose(within, matters, rng("experiment offers")),
        truth=beside_truth(best, within.effects, truth or {}),
    )


def estimates(study: experiment.Study) -> pd.DataFrame:
    """Return the estimate to read of each outcome and arm, corrected over all of them together.

    Returns
    -------
    DataFrame
        As `experiment.compare`, with `adjusted` (whether it is). Profit per order stands after profit.
    """
    plain = study.effects.drop(columns=["p_holm", "p_bh", "family", "tests"]).assign(adjusted=False)
    sharper = study.adjusted.assign(adjusted=True) if len(study.adjusted) else plain.head(0)
    parts = []
    for outcome in plain["outcome"].unique():
        own = sharper[sharper["outcome"] == outcome]
        parts.append(own if len(own) else plain[plain["outcome"] == outcome])
        if outcome == "profit" and study.per_order is not None:
            parts.append(study.per_order.assign(outcome=PER_ORDER, kind="money", adjusted=False))
    same = [part.reindex(columns=plain.columns).astype(plain.dtypes) for part in parts]
    return correct(pd.concat(same, ignore_index=True), family="outcomes and arms")


def beside_truth(best: pd.DataFrame, within: pd.DataFrame, truth: Mapping[str, float]) -> pd.DataFrame:
    """Put planted effects beside the estimates that bear their names.

    Returns
    -------
    DataFrame
        `fact`, `outcome`, `kind`, `arm`, `level` (empty for everybody), `planted`, `lift`, `low`, `high`, `inside`.
    """
    rows = []
    for part in (best, within) if len(within) else (best,):
        for row in part.to_dict("records"):
            level = str(row.get("level", ""))
            names = ["experiment", slug(row["outcome"]), slug(row["arm"]), *([slug(level)] if level else []), "lift"]
            fact = ".".join(names)
            if fact in truth and pd.notna(row["low"]):
                found = {"fact": fact, "level": level, "planted": truth[fact]}
                found |= {name: row[name] for name in ("outcome", "kind", "arm", "lift", "low", "high")}
                rows.append(found | {"inside": row["low"] <= truth[fact] <= row["high"]})
    columns = ["fact", "outcome", "kind", "arm", "level", "planted", "lift", "low", "high", "inside"]
    return pd.DataFrame(rows, columns=columns)


def arguments(plan: Design, kinds: tuple[str, ...] = ("binary", "money", "number")) -> dict[str, Any]:
    """Name a plan's outcomes of some kinds, and its arms, as the functions of `R/tests_experiment.R` take them."""
    outcomes = {name: kind for name, kind in plan.outcomes.items() if kind in kinds}
    arms = list(experiment.treatments(plan))
    return {"outcomes": list(outcomes), "kinds": list(outcomes.values()), "control": plan.control, "arms": arms}


def looks(found: Findings, smallest: int) -> pd.DataFrame:
    """Return the looks at a running test that are at least so many people apart, so that none tells of one person."""
    kept = []
    for _, own in found.watched.table.groupby("arm", sort=False):
        last, rows = np.inf, []
        for place, n in zip(own.index[::-1], own["n"].to_numpy()[::-1], strict=True):
            if last - n >= smallest:
                rows.append(place)
                last = n
        kept += rows[::-1]
    return found.watched.table.loc[kept].reset_index(drop=True)


def split_agrees(found: Findings, call: Call) -> double.Agreement:
    """Test the split a second time in R."""
    split = found.study.split
    theirs = call("test_allocation", split.table["n"], split.table["planned"])
    return double.agreement(split.as_table(), theirs, [], ["chi2", "df", "p"])


def estimates_agree(found: Findings, call: Call) -> double.Agreement:
    """Make every comparison of `best`, and the plain ones, a second time in R."""
    frame, plan = found.frame, found.plan
    theirs = [call("compare_arms", frame, **arguments(plan)).assign(which="plain")]
    mine = [found.study.effects.assign(which="plain")]
    if len(found.study.adjusted):
        known, numeric = experiment.covariates(frame, plan), arguments(plan, ("money", "number"))
        theirs.append(call("compare_adjusted", frame, covariates=known, **numeric).assign(which="adjusted"))
        mine.append(found.study.adjusted.assign(which="adjusted"))
    if found.study.per_order is not None:
        arms = list(experiment.treatments(plan))
        ratio = call("compare_ratios", frame, "profit", "orders", plan.control, arms)
        theirs.append(ratio.assign(outcome=PER_ORDER, which="plain"))
        mine.append(found.study.per_order.assign(outcome=PER_ORDER, which="plain"))
    left, right = (
        pd.concat([part[["which", "outcome", "arm", *TESTED]] for part in tables]) for tables in (mine, theirs)
    )
    return double.agreement(left, right, ["which", "outcome", "arm"], TESTED)


def power_agrees(found: Findings, call: Call) -> double.Agreement:
    """Find power and smallest detectable effects a second time with R's pwr."""
    seen = found.power.dropna(subset="detectable")
    rows = found.study.effects.loc[seen.index].assign(target=seen["target"])
    # Adjusting leaves so much of the spread.
    left = np.where(seen["adjusted_detectable"].notna(), _remaining(found, seen), 1.0)
    columns = ["outcome", "kind", "arm", "n_control", "n", "mean_control", "sd_control", "sd", "target"]
    sharper = rows.assign(sd=rows["sd"] * left, sd_control=rows["sd_control"] * left)
    numbers = ["detectable", "power", "needed"]
    adjusted = seen.assign(**{name: seen[f"adjusted_{name}"].fillna(seen[name]) for name in numbers})
    mine = pd.concat([seen.assign(which="plain"), adjusted.assign(which="adjusted")])
    theirs = pd.concat(
        [
            call("see_effects", part[columns]).assign(which=which)
            for part, which in ((rows, "plain"), (sharper, "adjusted"))
        ]
    )
    return double.agreement(mine, theirs, ["which", "outcome", "arm"], numbers)


def _remaining(found: Findings, seen: pd.DataFrame) -> np.ndarray:
    explained = found.study.adjusted.groupby("outcome")["r2"].first() if len(found.study.adjusted) else pd.Series()
    return np.sqrt(1 - seen["outcome"].map(explained).to_numpy(dtype=float).clip(0, 1))


def ranks_agree(found: Findings, call: Call) -> double.Agreement:
    """Compare by rank a second time in R."""
    own = arguments(found.plan, ("money", "number"))
    theirs = call("compare_ranks", found.frame, own["outcomes"], own["control"], own["arms"])
    return double.agreement(
        found.ranks, theirs, ["outcome", "arm"], ["u", "p", "superiority", "low", "high", "p_superiority"]
    )


def bayes_agrees(found: Findings, call: Call) -> double.Agreement:
    """Read a second time in R, where Beta posteriors are integrated by another rule."""
    columns = ["outcome", "kind", "arm", "n_control", "mean_control", "sd_control", "n", "mean", "sd"]
    means = found.best.loc[found.best["outcome"] != PER_ORDER, columns]
    theirs = call("read_posterior", means, experiment_bayes.PRIOR_SCALE)
    numbers = ["lift", "low", "high", "p_better", "loss_use", "loss_stay"]
    return double.agreement(found.bayes, theirs, ["outcome", "arm"], numbers)


def within_agrees(found: Findings, call: Call, smallest: int) -> tuple[double.Agreement, double.Agreement]:
    """Compare within groups, and test whether groups differ, a second time in R."""
    plan, known = found.plan, experiment.covariates(found.frame, found.plan)
    frame = found.frame.copy()
    for name, kind in plan.outcomes.items():
        if found.within.adjusted and kind != "binary":
            frame[name] = experiment.adjusted_outcome(found.frame, name, known)
    frame[list(plan.segments)] = frame[list(plan.segments)].astype(object).where(frame[list(plan.segments)].notna())
    own = arguments(plan) | {"segments": list(plan.segments), "smallest": smallest}
    effects = call("compare_within", frame, **own)
    own.pop("kinds")
    tests = call("test_interactions", frame, **own)
    return (
        double.agreement(
            found.within.effects, effects, ["segment", "level", "outcome", "arm"], [*TESTED, "p_holm", "p_bh"]
        ),
        double.agreement(
            found.within.interactions,
            tests,
            ["segment", "outcome"],
            ["statistic", "df1", "df2", "p", "classic_f", "classic_p", "p_holm", "p_bh"],
        ),
    )
