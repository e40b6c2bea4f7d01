"""One model for each outcome that holds all groups at once: what is left of a difference when the others are alike."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from patrons.demographics import Outcome, People
from patrons.demographics_groups import Factor

#: Groups of fewer customers, and for yes-or-no outcomes of fewer on either side, cannot be adjusted for.
FEWEST, FEWEST_OF_EITHER = 10, 5
#: The model needs so many customers for each of its coefficients.
PER_COEFFICIENT = 10
FOLDS = 10
Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Adjusted:
    """A model of one outcome.

    Attributes
    ----------
    outcome, factors
        What is modelled, by which groups.
    frame
        The customers it rests on: ``value``, ``fold`` and a column per factor, whose most frequent level comes first.
    ratios
        Each group against all others, the other factors being alike: ``factor``, ``level``, ``n``, ``ratio``, ``low``,
        ``high``, ``p``; of odds for yes-or-no outcomes and shares of orders, of means for all else.
    joint
        ``factor``, ``statistic`` (Wald's :math:`\\chi^2`), ``df``, ``p``, ``gvif``: all groups of a factor at once.
    margins
        ``factor``, ``level``, ``mean``, ``low``, ``high``: over a balanced grid of the other factors.
    checks
        One row: ``n``, ``left_out`` (customers of whom something is not known, or whose group is too small),
        ``dispersion``, ``cook`` (the largest of Cook's distances), ``slope`` (of calibration, cross-validated),
        ``slope_low``, ``slope_high``.
    """

    outcome: Outcome
    factors: tuple[Factor, ...]
    frame: pd.DataFrame
    ratios: pd.DataFrame
    joint: pd.DataFrame
    margins: pd.DataFrame
    checks: pd.DataFrame


@dataclass(frozen=True)
class _Fit:
    """Coefficients with their covariances: as the model has it, and robust."""

    b: np.ndarray
    plain: np.ndarray
    robust: np.ndarray
    mean: np.ndarray
    dispersion: float
    cook: float


def family(outcome: Outcome) -> str:
    """Return the family of the model: ``binomial`` (logit) or ``poisson`` (logarithm), both with a free dispersion."""
    return "binomial" if outcome.kind in ("binary", "share") else "poisson"


def fit(people: People, outcome: Outcome, rng: np.random.Generator) -> Adjusted | None:
    r"""Fit a generalised linear model of an outcome on all factors.

    :math:`g(\mathrm{E}\,y) = \beta_0 + \sum_f \beta_{f, \text{level}}` with a logarithm for money and counts and a
    logit for shares; standard errors are the sandwich's in the HC3 form, :math:`B\,\sum_i x_i x_i^\top (y_i - \mu_i)^2
    / (1 - h_i)^2\,B`.

    Parameters
    ----------
    people, outcome
        Whose, and what.
    rng
        Puts customers into the folds of the check of calibration.

    Returns
    -------
    Adjusted or None
        None where the data cannot carry such a model.

    References
    ----------
    Long, J. S. and Ervin, L. H. (2000). *The American Statistician* 54(3), 217–224: HC3. Searle, S. R., Speed, F. M.
    and Milliken, G. A. (1980). *The American Statistician* 34(4), 216–221: marginal means.
    """
    frame, factors = usable(people, outcome)
    if not factors or frame["value"].nunique() < 2 or (frame["value"] < 0).any():
        return None
    matrix, columns = design(frame, factors)
    if len(frame) < PER_COEFFICIENT * matrix.shape[1] or not full_rank(matrix):
        return None
    values, of = frame["value"].to_numpy(), family(outcome)
    frame = frame.assign(fold=rng.permutation(len(frame)) % FOLDS + 1)
    found = _fit(values, matrix, of)
    if not np.isfinite(found.robust).all():
        return None
    slope, low, high = calibration(values, matrix, of, frame["fold"].to_numpy())
    checks = {"n": len(frame), "left_out": int(people.table[outcome.name].notna().sum()) - len(frame)}
    checks |= {"dispersion": found.dispersion, "cook": found.cook}  # type: ignore[dict-item]
    checks |= {"slope": slope, "slope_low": low, "slope_high": high}  # type: ignore[dict-item]
    return Adjusted(
        outcome,
        factors,
        frame,
        _ratios(found, frame, factors, columns),
        _joint(found, factors, columns),
        _margins(found, of, factors, columns),
        pd.DataFrame([checks]),
    )


def usable(people: People, outcome: Outcome) -> tuple[pd.DataFrame, tuple[Factor, ...]]:
    """Return the customers of whom everything is known, in groups large enough, and the factors that are left.

    Factors that are known of fewer than half of the customers are left out, rather than the other customers.
    """
    known = people.table[people.table[outcome.name].notna()]
    chosen = [item for item in people.factors if 2 * known[item.name].notna().sum() >= len(known)]
    frame = known[[outcome.name, *(item.name for item in chosen)]].dropna()
    frame = frame.rename(columns={outcome.name: "value"}).astype({"value": float}).reset_index(drop=True)
    while True:
        small = np.zeros(len(frame), dtype=bool)
        for item in chosen:
            sizes = frame.groupby(item.name, observed=True)["value"].agg(["count", "sum"])
            few = sizes["count"] < FEWEST
            if outcome.kind == "binary":
                few |= (sizes["sum"] < FEWEST_OF_EITHER) | (sizes["count"] - sizes["sum"] < FEWEST_OF_EITHER)
            elif len(sizes):
                few |= sizes["sum"] <= 0  # a logarithm has no place for a group that spent nothing
            small |= frame[item.name].isin(sizes.index[few]).to_numpy()
        if not small.any():
            break
        frame = frame[~small].reset_index(drop=True)
    left = []
    for item in chosen:
        counts = frame[item.name].value_counts()
        levels = [level for level in item.levels if counts.get(level, 0) > 0]
        if len(levels) < 2:
            frame = frame.drop(columns=item.name)
            continue
        first = max(levels, key=lambda level: counts[level])
        order = [first, *(level for level in levels if level != first)]
        frame[item.name] = pd.Categorical(frame[item.name].astype(object), categories=order)
        left.append(Factor(item.name, item.title, tuple(levels), item.ordered))
    return frame, tuple(left)


def design(frame: pd.DataFrame, factors: tuple[Factor, ...]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the matrix of a model, ones and a column for each level but the first, and what its columns are."""
    parts, columns = [np.ones(len(frame))], [("", "")]
    for item in factors:
        for level in frame[item.name].cat.categories[1:]:
            parts.append((frame[item.name] == level).to_numpy(dtype=float))
            columns.append((item.name, str(level)))
    return np.column_stack(parts), columns


def _fit(values: np.ndarray, matrix: np.ndarray, of: str) -> _Fit:
    link = sm.families.Binomial() if of == "binomial" else sm.families.Poisson()
    with warnings.catch_warnings():  # of groups that are told apart completely: their intervals say so
        warnings.simplefilter("ignore")
        found = sm.GLM(values, matrix, family=link).fit(tol=1e-10, maxiter=100, tol_criterion="params")
    mean = np.asarray(found.mu)
    weight = mean * (1 - mean) if of == "binomial" else mean
    bread = np.linalg.inv(matrix.T @ (matrix * weight[:, None]))
    leverage = weight * np.einsum("ij,jk,ik->i", matrix, bread, matrix)
    scores = matrix * ((values - mean) / (1 - leverage))[:, None]
    n, p = matrix.shape
    pearson = (values - mean) ** 2 / weight
    dispersion = float(pearson.sum() / (n - p))
    cook = pearson / (1 - leverage) ** 2 * leverage / (dispersion * p)
    robust = bread @ (scores.T @ scores) @ bread
    return _Fit(np.asarray(found.params), bread * dispersion, robust, mean, dispersion, float(cook.max()))


def full_rank(matrix: np.ndarray) -> bool:
    """Tell whether no column follows from the others, from the products of columns, which are few."""
    size = np.sqrt((matrix**2).sum(axis=0))
    if not (size > 0).all():
        return False
    scaled = matrix / size
    return bool(np.linalg.eigvalsh(scaled.T @ scaled)[0] > 1e-10)


def refit(values: np.ndarray, matrix: np.ndarray, of: str, start: np.ndarray) -> np.ndarray:
    """Return the coefficients of a model whose solution is near: those of statsmodels, sooner."""
    b = start.copy()
    for _ in range(50):
        mean = _back(matrix @ b, of)
        weight = mean * (1 - mean) if of == "binomial" else mean
        step = np.linalg.solve(matrix.T @ (matrix * weight[:, None]), matrix.T @ (values - mean))
        b = b + step
        if np.abs(step).max() < 1e-11:
            break
    return b


def _ratios(
    found: _Fit, frame: pd.DataFrame, factors: tuple[Factor, ...], columns: list[tuple[str, str]]
) -> pd.DataFrame:
    rows = []
    for item in factors:
        sizes = frame[item.name].value_counts()
        for level in item.levels:
            weights = -sizes / (len(frame) - sizes[level])
            weights[level] = 1.0
            contrast = np.array([weights[name] if of == item.name else 0.0 for of, name in columns])
            value, error = float(contrast @ found.b), float(np.sqrt(contrast @ found.robust @ contrast))
            ends = {"low": np.exp(value - Z * error), "high": np.exp(value + Z * error)}
            p = 2 * stats.norm.sf(abs(value) / error)
            known = {"factor": item.name, "level": level, "n": int(sizes[level]), "ratio": np.exp(value)}
            rows.append(known | ends | {"p": float(p)})
    return pd.DataFrame(rows)


def _joint(found: _Fit, factors: tuple[Factor, ...], columns: list[tuple[str, str]]) -> pd.DataFrame:
    spread = np.sqrt(np.diag(found.plain))
    together = (found.plain / np.outer(spread, spread))[1:, 1:]
    rows = []
    for item in factors:
        mine = np.array([of == item.name for of, _ in columns])
        b = found.b[mine]
        statistic = float(b @ np.linalg.solve(found.robust[np.ix_(mine, mine)], b))
        own, df = mine[1:], int(mine.sum())
        parts = [np.linalg.det(together[np.ix_(side, side)]) for side in (own, ~own)]
        gvif = float(parts[0] * parts[1] / np.linalg.det(together)) ** (1 / (2 * df))
        p = float(stats.chi2.sf(statistic, df))
        rows.append({"factor": item.name, "statistic": statistic, "df": df, "p": p, "gvif": gvif})
    return pd.DataFrame(rows)


def _margins(found: _Fit, of: str, factors: tuple[Factor, ...], columns: list[tuple[str, str]]) -> pd.DataFrame:
    sizes = {item.name: len(item.levels) for item in factors}
    even = np.array([1.0 if not name else 1 / sizes[name] for name, _ in columns])
    rows = []
    for item in factors:
        for level in item.levels:
            at = np.array(
                [float(name == level) if by == item.name else even[k] for k, (by, name) in enumerate(columns)]
            )
            value, error = float(at @ found.b), float(np.sqrt(at @ found.robust @ at))
            mean, low, high = _back(value + np.array([0, -1, 1]) * Z * error, of)
            rows.append({"factor": item.name, "level": level, "mean": mean, "low": low, "high": high})
    return pd.DataFrame(rows)


def _back(linear: np.ndarray, of: str) -> np.ndarray:
    return 1 / (1 + np.exp(-linear)) if of == "binomial" else np.exp(linear)


def calibration(values: np.ndarray, matrix: np.ndarray, of: str, folds: np.ndarray) -> tuple[float, float, float]:
    """Return the slope of the outcome on what a model fitted to other customers predicts, on the scale of the link.

    One is perfect; less than one means that the model exaggerates differences.

    Returns
    -------
    tuple of float
        The slope and its 95 % interval (HC3); not a number where a fold leaves too little to fit.
    """
    linear, start = np.full(len(values), np.nan), _fit(values, matrix, of).b
    for fold in np.unique(folds):
        rest = folds != fold
        if not full_rank(matrix[rest]):
            return np.nan, np.nan, np.nan
        linear[~rest] = matrix[~rest] @ refit(values[rest], matrix[rest], of, start)
    if not np.isfinite(linear).all() or np.ptp(linear) == 0:
        return np.nan, np.nan, np.nan
    found = _fit(values, np.column_stack([np.ones(len(values)), linear]), of)
    slope, error = float(found.b[1]), float(np.sqrt(found.robust[1, 1]))
    return slope, slope - Z * error, slope + Z * error
