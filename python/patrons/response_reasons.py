"""Why a model says what it says: what it loses without a feature, and what the odds do with it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from sklearn.pipeline import Pipeline

from patrons.demographics_added import varied
from patrons.demographics_model import full_rank
from patrons.response_data import Examples
from patrons.response_models import UNKNOWN, foretell, prepared
from patrons.response_scores import Z, ranked

REPEATS = 10
DRAWS = 50  # resamples of the customers, for each time a feature is shuffled
#: A group with fewer customers on either side of the outcome has no odds of its own.
FEWEST_OF_EITHER = 5
SEPARATED = 20.0  # a standard error on the scale of log odds that no data of use have


@dataclass(frozen=True)
class Odds:
    """A logistic regression without penalty.

    Attributes
    ----------
    table
        ``feature``, ``level`` (a group; empty for numbers; ``not known`` for a missing number), ``coefficient``,
        ``se``, ``odds_ratio``, ``low``, ``high``, ``p``. Numbers count by their standard deviation (amounts and times
        on a log scale), groups against the most frequent one of their feature.
    matrix, outcome
        What it was fitted to.
    n, events
        Customers, and those who did it.
    """

    table: pd.DataFrame
    matrix: np.ndarray
    outcome: np.ndarray
    n: int
    events: int


def importance(fitted: list[Pipeline], present: Examples, fold: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Shuffle one feature at a time among customers the models were not fitted to, and see what AUC is lost.

    Returns
    -------
    DataFrame
        ``feature``, ``loss`` (mean over `REPEATS`), ``low``, ``high`` (over shuffles and resamples of the customers),
        most first.

    References
    ----------
    Breiman, L. (2001). Random forests. *Machine Learning* 45, 5–32, section 10.
    """
    features, outcome = present.features, present.outcome.to_numpy()
    n = len(outcome)
    weights = np.vstack([np.ones(n), rng.multinomial(n, np.full(n, 1 / n), DRAWS)])
    whole = ranked(outcome, foretell(fitted, features, fold), weights)[0]
    copies, rows = pd.concat([features] * REPEATS), []
    for name in features:
        values = features[name].to_numpy()
        mixed = np.concatenate([values[rng.permutation(n)] for _ in range(REPEATS)])
        guesses = foretell(fitted, copies.assign(**{str(name): mixed}), fold).reshape(REPEATS, n)
        lost = np.array([whole - ranked(outcome, guess, weights)[0] for guess in guesses])
        low, high = np.nanquantile(lost[:, 1:], [0.025, 0.975])
        rows.append({"feature": str(name), "loss": float(lost[:, 0].mean()), "low": float(low), "high": float(high)})
    return pd.DataFrame(rows).sort_values("loss", ascending=False, kind="stable", ignore_index=True)


def odds(past: Examples) -> Odds | None:
    """Fit a logistic regression without penalty, by maximum likelihood.

    Returns
    -------
    Odds or None
        None where the data cannot tell the features apart.
    """
    steps = prepared(past.features)
    columns = pd.DataFrame(steps.fit_transform(past.features), columns=steps.get_feature_names_out())
    names = {column: _named(str(column), past.features) for column in columns}
    for column, (_, level) in names.items():
        if level == UNKNOWN:  # scaled for the penalty; odds are told of yes against no
            columns[column] = (columns[column] > 0).astype(float)
    outcome = past.outcome.to_numpy()
    kept = [
        column
        for column, (feature, level) in names.items()
        if not level or _enough(columns[column].to_numpy(), outcome)
    ]
    for feature in {feature for feature, level in names.values() if level and level != UNKNOWN}:
        groups = [column for column in columns if names[column][0] == feature]
        kept = [column for column in kept if column != columns[groups].mean().idxmax()]
    design = varied(columns[kept])
    matrix = np.column_stack([np.ones(len(design)), design.to_numpy()])
    if not full_rank(matrix) or matrix.shape[1] < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = sm.Logit(outcome, matrix).fit(disp=0, method="newton", maxiter=100, tol=1e-12)
        except np.linalg.LinAlgError:
            return None
    b, se = np.asarray(found.params), np.asarray(found.bse)
    if not np.isfinite(se).all() or se.max() > SEPARATED:
        return None
    table = pd.DataFrame([names[column] for column in design], columns=["feature", "level"])
    table["coefficient"], table["se"] = b[1:], se[1:]
    table["odds_ratio"] = np.exp(b[1:])
    table["low"], table["high"] = np.exp(b[1:] - Z * se[1:]), np.exp(b[1:] + Z * se[1:])
    table["p"] = 2 * stats.norm.sf(np.abs(b[1:] / se[1:]))
    return Odds(table, matrix, outcome, len(outcome), past.events)


def _enough(column: np.ndarray, outcome: np.ndarray) -> bool:
    inside = outcome[column > 0]
    return bool(min(inside.sum(), len(inside) - inside.sum()) >= FEWEST_OF_EITHER)


def _named(column: str, features: pd.DataFrame) -> tuple[str, str]:
    """Tell the feature and the group that a prepared column stands for."""
    if column in features:
        return column, ""
    if column.startswith("missingindicator_"):
        return column.removeprefix("missingindicator_"), UNKNOWN
    feature = max((str(name) for name in features if column.startswith(f"{name}_")), key=len)
    level = column.removeprefix(f"{feature}_")
    return feature, "other" if level == "infrequent_sklearn" else level
