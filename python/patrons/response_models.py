"""Models that foretell who will do something: from features to a chance, fitted on the past of other customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from patrons.clusters import logged
from patrons.response_data import Examples

#: What each model is called.
TITLES = {"recency": "Recency alone", "logistic": "Logistic regression", "forest": "Random forest"}
FOLDS = 5
#: Groups of fewer customers are counted together.
FEWEST_IN_GROUP = 30
UNKNOWN = "not known"
TREES = 200
PENALTIES = (0.003, 0.01, 0.03, 0.1, 1.0)
LEAVES, SPLITS = (15, 50), ("sqrt", 0.5)
#: Numbers that are no amounts: they are taken as they are, all others in logarithms.
PLAIN = ("age", "children", "teenagers", "answered_before", "answered_latest")


def prepared(features: pd.DataFrame) -> ColumnTransformer:
    """Return the steps from features to columns of numbers, not fitted.

    Amounts and times are logged; missing numbers become the median, and a column says where; numbers are brought to
    mean 0 and standard deviation 1. Texts become a column for each group, rare ones together, unknown ones as a group
    of their own.
    """
    texts = [name for name in features if features[name].dtype == object]
    shares = [str(name) for name in features if str(name).startswith("share_") or name in PLAIN]
    amounts = [name for name in features if name not in (*texts, *shares)]
    imputed = [("impute", SimpleImputer(strategy="median", add_indicator=True)), ("scale", StandardScaler())]
    steps = [
        (
            "amounts",
            Pipeline([("log", FunctionTransformer(logged, feature_names_out="one-to-one")), *imputed]),
            amounts,
        ),
        ("plain", Pipeline(imputed), shares),
        (
            "groups",
            Pipeline(
                [
                    ("unknown", SimpleImputer(strategy="constant", fill_value=UNKNOWN)),
                    ("dummies", OneHotEncoder(min_frequency=FEWEST_IN_GROUP, handle_unknown="infrequent_if_exist")),
                ]
            ),
            texts,
        ),
    ]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0, verbose_feature_names_out=False)


def pipeline(model: str, features: pd.DataFrame, seed: int) -> Pipeline:
    """Return a model's steps from features to chances, not fitted.

    No class is weighted and none resampled, however rare: chances stay chances.

    Parameters
    ----------
    model
        ``recency`` (a logistic regression on recency alone), ``logistic`` (with a ridge penalty), ``forest``.
    features
        Whose columns it takes.
    seed
        Of the forest.
    """
    chosen = features[["recency"]] if model == "recency" else features
    if model == "forest":
        last = RandomForestClassifier(TREES, min_samples_leaf=LEAVES[0], random_state=seed, n_jobs=1)
    else:
        last = LogisticRegression(C=1e6 if model == "recency" else 1.0, max_iter=1000, tol=1e-8)
    return Pipeline([("prepare", prepared(chosen)), ("model", last)])


def tuned(model: str, past: Examples, seed: int) -> tuple[Pipeline, dict[str, object]]:
    """Choose a model's settings by cross-validated log loss on the past, and return it, not fitted.

    Returns
    -------
    Pipeline, dict
        The settings: ``C`` (inverse of the penalty), or ``min_samples_leaf`` and ``max_features``.
    """
    steps = pipeline(model, past.features, seed)
    if model == "recency":
        return steps, {}
    grid: dict[str, tuple[object, ...]] = {"model__C": PENALTIES}
    if model == "forest":
        grid = {"model__min_samples_leaf": LEAVES, "model__max_features": SPLITS}
        steps.set_params(model__n_estimators=TREES // 2)
    folds = StratifiedKFold(FOLDS if model == "logistic" else 3, shuffle=True, random_state=seed)
    search = GridSearchCV(steps, grid, scoring="neg_log_loss", cv=folds, refit=False, error_score="raise")
    with threadpool_limits(1):
        search.fit(past.features, past.outcome.to_numpy())
    best = search.best_params_
    steps.set_params(**best)
    if model == "forest":
        steps.set_params(model__n_estimators=TREES)
    return steps, {name.removeprefix("model__"): value for name, value in best.items()}


def deal(past: Examples, present: Examples, rng: np.random.Generator) -> pd.Series:
    """Put customers into folds: customer_id → 0 to `FOLDS` − 1, whether they are in the past, the present or both."""
    everybody = past.features.index.union(present.features.index).sort_values()
    return pd.Series(rng.permutation(len(everybody)) % FOLDS, index=everybody)


def usable(past: Examples, present: Examples) -> list[str]:
    """Name the features that the past can teach something about: known of somebody, and not the same of all."""
    common = [str(name) for name in past.features if name in present.features]
    return [name for name in common if past.features[name].nunique(dropna=True) > 1]


def cross_fit(steps: Pipeline, past: Examples, fold: pd.Series) -> list[Pipeline]:
    """Fit a model for each fold, on the past of the customers of all other folds."""
    fitted = []
    mine = fold.reindex(past.features.index).to_numpy()
    with threadpool_limits(1):
        for number in range(FOLDS):
            rest = mine != number
            fitted.append(clone(steps).fit(past.features[rest], past.outcome.to_numpy()[rest]))
    return fitted


def foretell(fitted: list[Pipeline], features: pd.DataFrame, fold: pd.Series) -> np.ndarray:
    """Return the chance of each customer by the model that was fitted without them."""
    found = np.full(len(features), np.nan)
    mine = fold.reindex(features.index).to_numpy()
    for number, model in enumerate(fitted):
        own = mine == number
        if own.any():
            found[own] = model.predict_proba(features[own])[:, 1]
    return found
