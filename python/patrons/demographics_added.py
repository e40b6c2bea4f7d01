"""What knowing who somebody is adds to knowing what they bought: predictions of what came later, with and without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from patrons.demographics import Outcome, People
from patrons.demographics_model import full_rank, refit

if TYPE_CHECKING:
    from patrons.shop import Shop

#: What is predicted is the last year, or the last third of what was seen where that is shorter, but no less than this.
YEAR, LEAST_DAYS = 365, 14
#: Fewer customers, or fewer on either side of a yes-or-no question, are not worth a prediction.
FEWEST, FEWEST_OF_EITHER = 100, 30
#: Groups of fewer customers are counted to the largest group.
FEWEST_IN_GROUP = 30
UNKNOWN = "not known"
FOLDS, REPEATS, RESAMPLES = 10, 5, 1000
COLUMNS = ["outcome", "measure", "n", "without", "alone", "both", "gain", "low", "high", "statistic", "df", "p"]


@dataclass(frozen=True)
class Question:
    """Something to predict.

    Attributes
    ----------
    outcome
        Its name.
    values
        A number for each customer; 0 or 1 where `binary`.
    behaviour
        What is known of their purchases: no column where nothing is.
    groups
        A column of zeros and ones for each level of each factor but the first.
    fold
        A column for each repetition, from 1 to `FOLDS`.
    """

    outcome: str
    values: np.ndarray
    behaviour: pd.DataFrame
    groups: pd.DataFrame
    fold: pd.DataFrame
    binary: bool


@dataclass(frozen=True)
class Later:
    """Customers as they stood at a moment, and what they did after it.

    Attributes
    ----------
    moment, days
        When what is known ends, and how long what is predicted lasts.
    questions
        Later spend, and whether there was any order.
    """

    moment: datetime
    days: int
    questions: tuple[Question, ...]


def look_back(shop: Shop, people: People, rng: np.random.Generator) -> Later | None:
    """Go back to a moment and ask what came after it.

    Behaviour is the logarithm of recency, frequency, monetary value and tenure as of that moment; later spend is
    looked at as :math:`\\log(1 + \\text{spend})`. Customers of whom a factor is not known form a level of their own.

    Returns
    -------
    Later or None
        None where too little time or too few customers have been seen.
    """
    if not shop.has("transactions"):
        return None
    end, first = shop.reference_date, shop.customer_features["first_order"].min()
    days = min(YEAR, int((pd.Timestamp(end) - pd.Timestamp(first)).days / 3)) if pd.notna(first) else 0
    if days < LEAST_DAYS:
        return None
    moment = end - timedelta(days=days)
    known = shop.features_at(moment).astype({"customer_id": object})
    after = shop.outcomes(moment).astype({"customer_id": object}).set_index("customer_id")
    names = [item.name for item in people.factors]
    known = known.merge(people.table[["customer_id", *names]], on="customer_id").sort_values("customer_id")
    known = known.reset_index(drop=True)
    if len(known) < FEWEST:
        return None
    spent = known["customer_id"].map(after["revenue"]).fillna(0.0).clip(lower=0).to_numpy(dtype=float)
    came = known["customer_id"].isin(after.index).to_numpy(dtype=float)
    bought = known[["recency", "frequency", "monetary", "tenure"]].astype(float).clip(lower=0)
    behaviour = varied(bought.apply(np.log1p))
    fold = deal(len(known), rng)
    groups = told_apart(indicators(known, names), behaviour, fold)
    questions = [Question("later_spend", np.log1p(spent), behaviour, groups, fold, binary=False)]
    if min(came.sum(), len(came) - came.sum()) >= FEWEST_OF_EITHER:
        questions.append(Question("later_return", came, behaviour, groups, fold, binary=True))
    return Later(moment, days, tuple(item for item in questions if np.ptp(item.values) > 0))


def today(people: People, outcome: Outcome, rng: np.random.Generator) -> Question | None:
    """Ask how much of an outcome the groups explain by themselves; money on a log scale.

    Returns
    -------
    Question or None
        None where there are too few customers, or all are alike.
    """
    known = people.table[people.table[outcome.name].notna()].reset_index(drop=True)
    values = known[outcome.name].to_numpy(dtype=float)
    values = np.log1p(values.clip(min=0)) if outcome.kind == "money" else values
    if len(values) < FEWEST or np.ptp(values) == 0:
        return None
    behaviour, fold = pd.DataFrame(index=known.index), deal(len(known), rng)
    groups = told_apart(indicators(known, [item.name for item in people.factors]), behaviour, fold)
    return Question(outcome.name, values, behaviour, groups, fold, binary=False)


def deal(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Put customers into folds, anew for each repetition: a column of numbers from 1 to `FOLDS` for each."""
    return pd.DataFrame({f"fold{again}": rng.permutation(n) % FOLDS + 1 for again in range(REPEATS)})


def indicators(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return a column of zeros and ones for each level of each factor but its largest.

    Levels of too few customers are counted to the largest, so that each is found in every fold.
    """
    parts = {}
    for name in names:
        levels = table[name].astype(object).fillna(UNKNOWN)
        counts = levels.value_counts()
        for level in sorted(map(str, counts.index[1:])):
            if counts[level] >= FEWEST_IN_GROUP:
                parts[f"{name}: {level}"] = (levels == level).to_numpy(dtype=float)
    return _independent(pd.DataFrame(parts, index=table.index))


def varied(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns that are the same for everybody or follow from the others."""
    return _independent(table.loc[:, table.nunique() > 1])


def _independent(table: pd.DataFrame) -> pd.DataFrame:
    kept: list[str] = []
    for name in table:
        matrix = np.column_stack([np.ones(len(table)), table[[*kept, name]].to_numpy(dtype=float)])
        if full_rank(matrix):
            kept.append(str(name))
    return table[kept]


def told_apart(groups: pd.DataFrame, behaviour: pd.DataFrame, fold: pd.DataFrame) -> pd.DataFrame:
    """Leave out groups that follow from what stands before them as soon as one fold is set aside.

    Two columns that differ by a customer or two are told apart by all customers together, but not by those of whom
    a model is to learn.
    """
    parts = [(fold[name] != one).to_numpy() for name in fold for one in range(1, FOLDS + 1)]

    def holds(names: list[str]) -> bool:
        known = behaviour.join(groups[names]).to_numpy(dtype=float)
        matrix = np.column_stack([np.ones(len(groups)), known])
        return all(full_rank(matrix[part]) for part in parts)

    if holds([str(name) for name in groups]):
        return groups
    kept: list[str] = []
    for name in groups:
        kept += [str(name)] if holds([*kept, str(name)]) else []
    return groups[kept]


def judge(question: Question, rng: np.random.Generator) -> dict[str, object]:
    r"""Say how well an outcome is predicted without the groups, by them alone, and with both.

    Predictions are those of models fitted to the other nine tenths of the customers, averaged over `REPEATS` ways to
    divide them: linear, judged by
    :math:`R^2 = 1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2`; logistic for yes or no, judged by the area under the
    ROC curve. The interval of the gain is from a bootstrap over customers with their predictions. The test compares
    the nested models on all customers, by F or by the ratio of likelihoods.

    Returns
    -------
    dict
        `COLUMNS`.

    References
    ----------
    Hastie, T., Tibshirani, R. and Friedman, J. (2009). *The Elements of Statistical Learning*, 2nd ed., section 7.10.
    """
    ones = pd.DataFrame({"ones": 1.0}, index=question.groups.index)
    designs = {
        "without": pd.concat([ones, question.behaviour], axis=1).to_numpy(dtype=float),
        "alone": pd.concat([ones, question.groups], axis=1).to_numpy(dtype=float),
        "both": pd.concat([ones, question.behaviour, question.groups], axis=1).to_numpy(dtype=float),
    }
    predicted = {name: _out_of_fold(question, matrix) for name, matrix in designs.items()}
    score = _auc if question.binary else _r_squared
    n = len(question.values)
    weights = np.vstack([np.ones(n), rng.multinomial(n, np.full(n, 1 / n), RESAMPLES)])
    scores = {name: score(question.values, guess, weights) for name, guess in predicted.items()}
    if not question.behaviour.shape[1] and not question.binary:  # the mean explains nothing
        scores["without"] = np.zeros(len(weights))
    gains = scores["both"] - scores["without"]
    statistic, df, p = _nested(question, designs["without"], designs["both"])
    low, high = np.nanquantile(gains[1:], [0.025, 0.975])
    return {
        **{"outcome": question.outcome, "measure": "AUC" if question.binary else "R²", "n": n},
        **{name: float(values[0]) for name, values in scores.items()},
        **{"gain": float(gains[0]), "low": float(low), "high": float(high)},
        **{"statistic": statistic, "df": df, "p": p},
    }


def _out_of_fold(question: Question, matrix: np.ndarray) -> np.ndarray:
    guess = np.zeros(len(question.values))
    start = _logistic(question.values, matrix).params if question.binary else None
    for name in question.fold:
        folds = question.fold[name].to_numpy()
        for fold in np.unique(folds):
            rest = folds != fold
            if start is None:
                b = least_squares(matrix[rest], question.values[rest])
            else:
                b = refit(question.values[rest], matrix[rest], "binomial", np.asarray(start))
            guess[~rest] += matrix[~rest] @ b / REPEATS
    return guess


def least_squares(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Solve the normal equations: columns are few and independent, rows many."""
    return np.linalg.solve(matrix.T @ matrix, matrix.T @ values)


def _logistic(values: np.ndarray, matrix: np.ndarray) -> sm.genmod.generalized_linear_model.GLMResults:
    model = sm.GLM(values, matrix, family=sm.families.Binomial())
    return model.fit(tol=1e-10, maxiter=100, tol_criterion="params")


def _nested(question: Question, small: np.ndarray, large: np.ndarray) -> tuple[float, int, float]:
    """Test whether the larger of two nested models fits better than the smaller."""
    df = large.shape[1] - small.shape[1]
    if question.binary:
        statistic = float(_logistic(question.values, small).deviance - _logistic(question.values, large).deviance)
        return statistic, df, float(stats.chi2.sf(statistic, df))
    rests = [least_squares(matrix, question.values) for matrix in (small, large)]
    sums = [float(((question.values - m @ b) ** 2).sum()) for m, b in zip((small, large), rests, strict=True)]
    left = len(question.values) - large.shape[1]
    statistic = (sums[0] - sums[1]) / df / (sums[1] / left) if df and sums[1] > 0 else float("nan")
    return statistic, df, float(stats.f.sf(statistic, df, left)) if df else float("nan")


def _r_squared(values: np.ndarray, guess: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=1)
    mean = weights @ values / total
    around = weights @ values**2 - total * mean**2
    return 1 - weights @ (values - guess) ** 2 / around


def _auc(values: np.ndarray, guess: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of pairs of a yes and a no that are in the right order; ties count half."""
    guess = np.round(guess, 9)  # what differs by rounding only is a tie
    order = np.argsort(guess, kind="stable")
    ranked, yes = guess[order], values[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ranked) > 0) + 1])
    positive = np.add.reduceat(weights[:, order] * yes, starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * (1 - yes), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return (positive * (below + negative / 2)).sum(axis=1) / pairs
