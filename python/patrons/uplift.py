"""Uplift: what each offer of a randomised test adds for a person, foretold from what was known before it.

Chance decided who got which offer, so the chance of each is known, and nobody's answer to the offer that they did not
get needs to be guessed from people unlike them. All that is told of anybody comes from models that never saw them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from patrons.design import Design
from patrons.experiment_moments import arm_codes, column
from patrons.stop import SectionStop

FOLDS = 5
#: Fewer people than this in an arm, and effects cannot be told from chance, let alone their differences.
FEWEST = 100
#: A trait has at most so many groups, each with so many people; the others are taken together.
MOST_LEVELS, LEAST_LEVEL = 10, 50
OTHERS = "all others"
#: From hardly any to so much shrinkage that every person's effect is the average one.
PENALTIES = np.logspace(0, 6, 13)
UNKNOWN = "not known"

Learner = Callable[[int], RegressorMixin]


@dataclass(frozen=True)
class Trial:
    """A randomised test as the models see it.

    Attributes
    ----------
    outcome, kind
        What is to be raised, and its kind: money, number or binary.
    arms
        All arms, the control first.
    chance
        (arms) What share of people each arm was planned to have.
    arm
        (n) The place of each person's arm.
    y
        (n) The outcome.
    traits
        (n) What was known of each person before: numbers, and text (groups), nothing missing in the latter.
    """

    outcome: str
    kind: str
    arms: tuple[str, ...]
    chance: np.ndarray
    arm: np.ndarray
    y: np.ndarray
    traits: pd.DataFrame

    @property
    def n(self) -> int:
        """How many people took part."""
        return len(self.y)

    @property
    def numbers(self) -> list[str]:
        """The traits that are numbers."""
        return [str(name) for name in self.traits if pd.api.types.is_numeric_dtype(self.traits[name])]

    @property
    def groups(self) -> list[str]:
        """The traits that part people into groups."""
        return [str(name) for name in self.traits if name not in self.numbers]


@dataclass(frozen=True)
class Foretold:
    """What models say of people whom they never saw.

    Attributes
    ----------
    fold
        (n) Which models were used of each person.
    means
        (n, arms) The outcome expected under each arm.
    scores
        (n, arms) Doubly robust scores: their mean over any group of people estimates what the group would do under an
        arm without bias.
    training
        Of each fold, the people of the other folds and their scores, in which the fold had no part.
    effects
        Learner → (n, arms − 1) what each offer is expected to add for each person.
    """

    fold: np.ndarray
    means: np.ndarray
    scores: np.ndarray
    training: tuple[tuple[np.ndarray, np.ndarray], ...]
    effects: dict[str, np.ndarray]


def choose(plan: Design) -> str:
    """Return the outcome that offers are to raise: profit, else the first amount of money, else the first outcome.

    Raises
    ------
    SectionStop
        If there is no outcome.
    """
    if not plan.outcomes:
        raise SectionStop("The experiment names no outcome: add `outcomes: {spend: money}` to it in source.yml.")
    if "profit" in plan.outcomes:
        return "profit"
    money = [name for name, kind in plan.outcomes.items() if kind == "money"]
    return money[0] if money else next(iter(plan.outcomes))


def prepare(frame: pd.DataFrame, plan: Design, outcome: str, smallest: int = 1) -> Trial:
    """Lay out a test for the models; people whose outcome is not known are left out.

    Groups of a trait with fewer than 50 (or `smallest`) people are taken together.

    Raises
    ------
    SectionStop
        If nothing tells people apart, or an arm has too few of them.
    """
    arm, y = arm_codes(frame, plan), column(frame, outcome)
    known = (arm >= 0) & np.isfinite(y)
    traits = _traits(frame[known], plan, max(smallest, LEAST_LEVEL))
    if not len(traits.columns):
        raise SectionStop(
            "To say who answers because of an offer, something must tell people apart before it is made. Name what was "
            "measured before the test in source.yml: `covariates: [spend_before]` or `segments: [gender]`, in "
            "`experiment`."
        )
    counts = np.bincount(arm[known], minlength=len(plan.arms))
    if counts.min() < FEWEST:
        raise SectionStop(
            f"The arm “{plan.arms[int(counts.argmin())]}” has {counts.min():,} people whose *{outcome}* is known. "
            f"Below {FEWEST} in an arm, who answers because of an offer cannot be told from chance."
        )
    chance = np.array([plan.allocation[name] for name in plan.arms])
    return Trial(outcome, plan.outcomes[outcome], plan.arms, chance, arm[known], y[known], traits)


def _traits(frame: pd.DataFrame, plan: Design, least: int) -> pd.DataFrame:
    kept: dict[str, pd.Series] = {}
    for name in dict.fromkeys((*plan.covariates, *plan.segments)):
        values = frame[name].reset_index(drop=True)
        if name in plan.covariates and pd.api.types.is_numeric_dtype(values):
            values = pd.Series(column(frame, name))
        else:
            values = _merged(values.astype("object").where(values.notna(), UNKNOWN).astype(str), least)
        if values.nunique() > 1:
            kept[name] = values
    return pd.DataFrame(kept)


def _merged(values: pd.Series, least: int) -> pd.Series:
    """Take the groups together that are too small, and with them the next smallest as long as it is still too small."""
    counts = values.value_counts()
    kept = list(counts.index[: MOST_LEVELS - 1]) if len(counts) > MOST_LEVELS else list(counts.index)
    kept = [level for level in kept if counts[level] >= least]
    while kept and 0 < len(values) - counts[kept].sum() < least:
        kept.pop()
    return values.where(values.isin(kept), OTHERS)


def signed_log(values: np.ndarray) -> np.ndarray:
    """Return the logarithm of sizes with their sign: amounts of money have long tails, and may be negative."""
    return np.sign(values) * np.log1p(np.abs(values))


def describe(trial: Trial) -> ColumnTransformer:
    """Turn traits into numbers of one scale: each number as it is and in logarithms, each group as 0 or 1."""
    plain = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    logs = make_pipeline(SimpleImputer(strategy="median"), FunctionTransformer(signed_log), StandardScaler())
    groups = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer(
        [
            ("numbers", plain, trial.numbers),
            ("logarithms", logs, trial.numbers),
            ("groups", make_pipeline(groups, StandardScaler()), trial.groups),
        ]
    )


def ridge(seed: int) -> RidgeCV:
    """Effects that are sums over traits, pulled towards the average effect as far as leave-one-out errors ask for."""
    return RidgeCV(alphas=PENALTIES, alpha_per_target=True)


def forest(seed: int) -> RandomForestRegressor:
    """Effects of any shape: averages over neighbourhoods of at least a hundred people in each of a hundred trees."""
    return RandomForestRegressor(
        100, min_samples_leaf=100, max_features=0.5, max_samples=0.5, random_state=seed, n_jobs=1
    )


LEARNERS: dict[str, Learner] = {"linear": ridge, "forest": forest}


def scored(y: np.ndarray, arm: np.ndarray, chance: np.ndarray, means: np.ndarray) -> np.ndarray:
    r"""Return doubly robust scores of each person under each arm.

    .. math:: \Gamma_{ia} = \hat\mu_a(x_i) + \frac{1[A_i = a]}{\pi_a}\bigl(y_i − \hat\mu_a(x_i)\bigr)

    Parameters
    ----------
    y, arm
        (n), outcome and place of the arm.
    chance
        (arms), the known chance of each arm.
    means
        (n, arms), expected from models that were not fitted to the person.

    References
    ----------
    Robins, J. M., Rotnitzky, A., Zhao, L. P. (1994), Journal of the American Statistical Association 89, 846–866.
    """
    own = np.arange(len(y))
    found = means.copy()
    found[own, arm] += (y - means[own, arm]) / chance[arm]
    return found


def deal(arm: np.ndarray, rng: np.random.Generator, folds: int = FOLDS) -> np.ndarray:
    """Deal people into folds at random, each arm evenly."""
    fold = np.empty(len(arm), dtype=int)
    start = 0
    for place in np.unique(arm):
        mine = rng.permutation(np.flatnonzero(arm == place))
        fold[mine] = (np.arange(len(mine)) + start) % folds
        start += len(mine)
    return fold


def foretell(trial: Trial, rng: np.random.Generator, learners: dict[str, Learner] | None = None) -> Foretold:
    """Foretell what each offer adds for each person, by models that never saw the person.

    Expected outcomes come from a ridge regression within each arm; the learners are then fitted to differences of
    doubly robust scores. A fold takes no part in anything that is said of it: the scores that a learner is trained on
    are made, fold by fold, without the fold it will speak of.

    References
    ----------
    Kennedy, E. H. (2023), Electronic Journal of Statistics 17, 3008–3049 (the learner);
    Chernozhukov, V. et al. (2018), The Econometrics Journal 21, C1–C68 (cross-fitting).
    """
    features = describe(trial).fit_transform(trial.traits)
    fold = deal(trial.arm, rng)
    seed = int(rng.integers(2**31))
    wanted = LEARNERS if learners is None else learners
    means = np.empty((trial.n, len(trial.arms)))
    without: dict[tuple[int, int], np.ndarray] = {}
    for one in range(FOLDS):
        means[fold == one] = _expect(trial, features, fold != one, fold == one)
        for other in range(one):
            fitted, asked = (fold != one) & (fold != other), (fold == one) | (fold == other)
            both = np.full_like(means, np.nan)
            both[asked] = _expect(trial, features, fitted, asked)
            without[one, other] = without[other, one] = both
    effects = {name: np.empty((trial.n, len(trial.arms) - 1)) for name in wanted}
    training = []
    for one in range(FOLDS):
        rows = np.flatnonzero(fold != one)
        inner = np.empty((len(rows), len(trial.arms)))
        for other in set(range(FOLDS)) - {one}:
            inner[fold[rows] == other] = without[one, other][fold == other]
        scores = scored(trial.y[rows], trial.arm[rows], trial.chance, inner)
        training.append((rows, scores))
        for name, make in wanted.items():
            model = make(seed).fit(features[rows], _one_or_many(scores[:, 1:] - scores[:, :1]))
            effects[name][fold == one] = model.predict(features[fold == one]).reshape(-1, len(trial.arms) - 1)
    return Foretold(fold, means, scored(trial.y, trial.arm, trial.chance, means), tuple(training), effects)


def fit(trial: Trial, found: Foretold, learner: Learner = ridge, seed: int = 0) -> Pipeline:
    """Fit a learner to all people, to score new ones: `predict(traits)` gives what each offer adds.

    Every step is a class of scikit-learn or a named function of this package, so that it can be saved without pickle.
    """
    model = Pipeline([("describe", describe(trial)), ("effects", learner(seed))])
    return model.fit(trial.traits, _one_or_many(found.scores[:, 1:] - found.scores[:, :1]))


def _expect(trial: Trial, features: np.ndarray, fitted: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the outcome expected under each arm of those who are asked about."""
    columns = []
    for place in range(len(trial.arms)):
        rows = fitted & (trial.arm == place)
        columns.append(RidgeCV(alphas=PENALTIES).fit(features[rows], trial.y[rows]).predict(features[asked]))
    return np.column_stack(columns)


def _one_or_many(targets: np.ndarray) -> np.ndarray:
    """Return a single target as a vector: learners take one column for a mistake."""
    return targets[:, 0] if targets.shape[1] == 1 else targets
