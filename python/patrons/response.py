"""Who will respond and who will leave: models fitted on the past and judged on the future, for each question.

Every chance that is judged comes from a model that saw neither the customer nor the time: it was fitted to other
customers as they stood at an earlier cut-off, and tells of this one as of a later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from patrons import response_calibration, response_data, response_gains, response_models, response_reasons
from patrons import response_scores as scores
from patrons.response_calibration import Calibration
from patrons.response_data import Examples, Periods
from patrons.response_fair import Fairness, fairness
from patrons.response_gains import Contact, Profit
from patrons.response_reasons import Odds
from patrons.response_scores import Judged
from patrons.stop import ChapterStop, SectionStop

if TYPE_CHECKING:
    from patrons.shop import Shop

Question = Literal["responds", "leaves"]
QUESTIONS: tuple[Question, ...] = ("responds", "leaves")
#: Fewer who did it, or fewer who did not, in the past or after, are not worth a model.
FEWEST = 50
#: Earlier cut-offs at which the question is asked again, and the days between them.
EARLIER, STEP = 6, 90
TIMES = ["moment", "n", "events", "auc", "low", "high"]


@dataclass(frozen=True)
class Foretold:
    """One question, answered by each model.

    Attributes
    ----------
    question
        ``responds`` or ``leaves``.
    past, present
        What models learned from, and what they are judged on.
    fold
        customer_id → fold; a customer's chance is that of the model fitted without their fold.
    settings
        Model → what cross-validation on the past chose.
    fitted, chances
        Model → a pipeline per fold, and the chance of each customer of `present`.
    weights
        Resamples of the customers of `present`, which all intervals share.
    judged, curves, gains
        How well each model foretells; ROC and precision–recall; gain and lift.
    calibration
        Model → `Calibration`.
    chosen
        The model to use: the logistic regression, unless the forest is better for sure.
    importance, odds
        Why: of the chosen model, and of a logistic regression without penalty.
    fair
        What it does to groups that the law may protect.
    earlier
        What `earlier` returns: the logistic regression at earlier cut-offs; empty where
        the record is too short or has no dates.
    truth
        Of the simulated shop, ``n``, ``gone``, ``auc``, ``low``, ``high``: how well who is gone for good is told.
    """

    question: Question
    past: Examples
    present: Examples
    fold: pd.Series
    settings: Mapping[str, Mapping[str, object]]
    fitted: Mapping[str, list[Pipeline]]
    chances: Mapping[str, np.ndarray]
    weights: np.ndarray
    judged: Judged
    curves: pd.DataFrame
    gains: pd.DataFrame
    calibration: Mapping[str, Calibration]
    chosen: str
    importance: pd.DataFrame
    odds: Odds | None
    fair: Fairness
    earlier: pd.DataFrame
    truth: Mapping[str, float]

    @property
    def outcome(self) -> np.ndarray:
        """0 or 1 for each customer of `present`."""
        return self.present.outcome.to_numpy()

    @property
    def folds(self) -> np.ndarray:
        """The fold of each customer of `present`."""
        return self.fold.reindex(self.present.features.index).to_numpy()


@dataclass(frozen=True)
class Study:
    """All that the chapter shows.

    Attributes
    ----------
    periods
        Cut-offs; None where orders have no dates.
    found
        Question → `Foretold`.
    refused
        Question → why it cannot be asked of this source.
    campaigns
        The campaigns whose answers are known, in order.
    """

    periods: Periods | None
    found: Mapping[Question, Foretold]
    refused: Mapping[Question, str]
    campaigns: tuple[str, ...]

    @property
    def main(self) -> Foretold:
        """The question of the answer box."""
        return next(iter(self.found.values()))

    def require(self) -> None:
        """End the section in an orderly way if neither question can be asked.

        Raises
        ------
        SectionStop
            Saying what the source lacks.
        """
        if not self.found:
            raise SectionStop(" ".join(self.refused.values()))


@dataclass(frozen=True)
class Final:
    """The model to use from today on.

    Attributes
    ----------
    question, model
        What it foretells, and how.
    steps
        From features to chances (`predict_proba`), fitted to the latest outcomes there are.
    columns
        The features it takes, as `response_data.features` returns them.
    days
        How far ahead it looks; None for the next campaign.
    n, events
        Customers it was fitted to, and those who did it.
    """

    question: Question
    model: str
    steps: Pipeline
    columns: tuple[str, ...]
    days: int | None
    n: int
    events: int


def look(shop: Shop) -> Study:
    """Ask both questions of a shop's customers.

    Raises
    ------
    ChapterStop
        The source can answer neither, nor does it have a test that could tell who answers because of an offer.
    """
    when, campaigns = response_data.periods(shop), tuple(response_data.responses(shop))
    found: dict[Question, Foretold] = {}
    refused: dict[Question, str] = {}
    for question in QUESTIONS:
        examples, why = gather(shop, question, when)
        if examples is None:
            refused[question] = why
        else:
            found[question] = foretell(shop, question, *examples, when)
    if not found and not shop.has("experiment"):
        raise ChapterStop(f"This chapter foretells what customers will do. {' '.join(refused.values())}")
    return Study(when, found, refused, campaigns)


def gather(shop: Shop, question: Question, when: Periods | None) -> tuple[tuple[Examples, Examples] | None, str]:
    """Return the examples of the past and of the present for a question, or None and what it lacks."""
    if question == "leaves":
        if when is None:
            return None, (
                "To tell who will leave, it needs a table `transactions` that covers at least "
                f"{4 * response_data.SHORTEST} days."
            )
        past, present = (response_data.leaving(shop, when, moment) for moment in (when.past, when.present))
    else:
        count = len(response_data.responses(shop))
        if count < 2:
            return None, (
                "To tell who will respond, it needs to know who answered at least two campaigns: add `responses: "
                "{campaign_1: …, last: …}` to the table `customers` in source.yml."
            )
        moments = (when.past, when.present) if when else (None, None)
        past, present = (
            response_data.answering(shop, count - ago, moment) for ago, moment in zip((2, 1), moments, strict=True)
        )
    did = "left" if question == "leaves" else "answered"
    for examples, time in ((past, "the past"), (present, "the time it is judged on")):
        least = min(examples.events, len(examples.outcome) - examples.events)
        if least < FEWEST:
            return None, (
                f"To tell who will {'leave' if question == 'leaves' else 'respond'}, it needs at least {FEWEST} "
                f"customers who {did} and as many who did not, in {time} as well: there are too few."
            )
    usable = response_models.usable(past, present)
    if not usable:
        return None, "Nothing is known of the customers that differs between them."
    return (
        Examples(past.features[usable], past.outcome),
        Examples(present.features[usable], present.outcome),
    ), ""


def foretell(shop: Shop, question: Question, past: Examples, present: Examples, when: Periods | None) -> Foretold:
    """Fit each model on the past, judge it on the present, and say why it says what it says."""
    seed = shop.analysis.seed % 2**32
    fold = response_models.deal(past, present, shop.rng(f"response.{question}.folds"))
    names = [name for name in response_models.TITLES if name != "recency" or "recency" in past.features]
    tuned = {name: response_models.tuned(name, past, seed) for name in names}
    fitted = {name: response_models.cross_fit(steps, past, fold) for name, (steps, _) in tuned.items()}
    chances = {name: response_models.foretell(models, present.features, fold) for name, models in fitted.items()}
    outcome = present.outcome.to_numpy()
    folds = fold.reindex(present.features.index).to_numpy()
    weights = scores.resamples(len(outcome), shop.rng(f"response.{question}.resamples"))
    judged = scores.judge(outcome, chances, weights)
    chosen = choose(judged)
    logistic = tuned["logistic"][0]
    return Foretold(
        question=question,
        past=past,
        present=present,
        fold=fold,
        settings={name: settings for name, (_, settings) in tuned.items()},
        fitted=fitted,
        chances=chances,
        weights=weights,
        judged=judged,
        curves=scores.curves(outcome, chances),
        gains=response_gains.gains(outcome, chances, weights),
        calibration={name: response_calibration.calibrate(outcome, chances[name], folds) for name in names},
        chosen=chosen,
        importance=response_reasons.importance(
            fitted[chosen], present, fold, shop.rng(f"response.{question}.shuffles")
        ),
        odds=response_reasons.odds(past),
        fair=fairness(logistic, past, present, fold, chances["logistic"]),
        earlier=(
            earlier(shop, tuned["logistic"][1], when) if question == "leaves" and when else pd.DataFrame(columns=TIMES)
        ),
        truth=truth(shop, present, chances[chosen], when) if question == "leaves" and when else {},
    )


def choose(judged: Judged) -> str:
    """Take the logistic regression, which can be read, unless the forest is better for sure."""
    rows = judged.differences
    low = rows.loc[(rows["model"] == "forest") & (rows["other"] == "logistic"), "low"]
    return "forest" if bool((low > 0).all()) else "logistic"


def model_for(shop: Shop, question: Question, past: Examples, present: Examples) -> str:
    """Choose as `foretell` does, from the two models between which the choice is, and nothing else."""
    seed, outcome = shop.analysis.seed % 2**32, present.outcome.to_numpy()
    fold = response_models.deal(past, present, shop.rng(f"response.{question}.folds"))
    chances = {}
    for name in ("logistic", "forest"):
        fitted = response_models.cross_fit(response_models.tuned(name, past, seed)[0], past, fold)
        chances[name] = response_models.foretell(fitted, present.features, fold)
    weights = scores.resamples(len(outcome), shop.rng(f"response.{question}.resamples"))
    return choose(scores.judge(outcome, chances, weights))


def earlier(shop: Shop, settings: Mapping[str, object], when: Periods) -> pd.DataFrame:
    """Ask again at earlier cut-offs, as far back as the record allows: a logistic regression with today's penalty.

    Returns
    -------
    DataFrame
        ``moment``, ``n``, ``events``, ``auc``, ``low``, ``high``, in order of time; the latest asks what the
        study asks. Features that were not recorded yet are left out.
    """
    first, rng = pd.Timestamp(shop.customer_features["first_order"].min()), shop.rng("response.earlier")
    rows = []
    for back in range(EARLIER):
        shift = timedelta(days=back * min(STEP, when.days))
        if pd.Timestamp(when.past - shift) < first + pd.Timedelta(days=when.days):
            break
        past, present = (response_data.leaving(shop, when, moment - shift) for moment in (when.past, when.present))
        if min(min(item.events, len(item.outcome) - item.events) for item in (past, present)) < FEWEST:
            break
        usable = response_models.usable(past, present)
        past = Examples(past.features[usable], past.outcome)
        steps = response_models.pipeline("logistic", past.features, 0).set_params(model__C=settings["C"])
        fold = response_models.deal(past, present, rng)
        chance = response_models.foretell(response_models.cross_fit(steps, past, fold), present.features[usable], fold)
        auc, low, high = interval(present.outcome.to_numpy(), chance)
        row = {"moment": when.present - shift, "n": len(chance), "events": present.events, "auc": auc}
        rows.append(row | {"low": low, "high": high})
    return pd.DataFrame(rows[::-1], columns=TIMES)


def interval(outcome: np.ndarray, chance: np.ndarray) -> tuple[float, float, float]:
    """Return an area under the ROC curve with DeLong's interval."""
    area, covariance = scores.delong(outcome, chance[:, None])
    error = float(np.sqrt(covariance[0, 0]))
    value = float(area[0])
    return value, max(value - scores.Z * error, 0.0), min(value + scores.Z * error, 1.0)


def truth(shop: Shop, present: Examples, chance: np.ndarray, when: Periods) -> dict[str, float]:
    """Say how well who is gone for good by the middle of the awaited time is told, where it is known.

    A customer who will come back next year leaves no order now and has not gone; only a simulation knows the
    difference.
    """
    if shop.planted is None:
        return {}
    planted = shop.planted.set_index("customer_id")["days_gone"].reindex(present.features.index)
    gone = (planted > when.days / 2).to_numpy(dtype=float)
    if min(gone.sum(), (1 - gone).sum()) < FEWEST:
        return {}
    auc, low, high = interval(gone, chance)
    return {"n": float(len(gone)), "gone": float(gone.mean()), "auc": auc, "low": low, "high": high}


def profit(found: Foretold, contact: Contact) -> Profit:
    """Value choosing customers by the chosen model, under assumptions about a contact."""
    chance, folds = found.chances[found.chosen], found.folds
    again = response_calibration.recalibrated(found.outcome, chance, folds)
    return response_gains.profit(found.outcome, chance, again, found.weights, contact)


def final_model(shop: Shop, question: Question) -> Final:
    """Fit the model to use from today on: the chosen one, to the latest outcomes there are.

    Chances of today's customers are ``final.steps.predict_proba(today(shop, question)[[*final.columns]])[:, 1]``.

    Raises
    ------
    ChapterStop
        The source cannot answer the question.
    """
    when = response_data.periods(shop)
    examples, why = gather(shop, question, when)
    if examples is None:
        raise ChapterStop(why)
    past, latest = examples
    model = model_for(shop, question, past, latest)
    steps, _ = response_models.tuned(model, latest, shop.analysis.seed % 2**32)
    with threadpool_limits(1):
        steps.fit(latest.features, latest.outcome.to_numpy())
    days = when.days if question == "leaves" and when else None
    columns = tuple(map(str, latest.features))
    return Final(question, model, steps, columns, days, len(latest.outcome), latest.events)


def today(shop: Shop, question: Question) -> pd.DataFrame:
    """Return what is known of each customer today, all campaigns' answers among it where those count."""
    moment: datetime | None = shop.reference_date if shop.has("transactions") else None
    answers: Any = len(response_data.responses(shop)) if question == "responds" else None
    known = response_data.features(shop, moment, answers)
    when = response_data.periods(shop)
    if question == "leaves" and when:
        known = known[known["recency"] <= response_data.PERIODS_SILENT * when.days]
    return known
