"""How well chances foretell what came: the area under the ROC curve and its kin, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

RESAMPLES = 1000
Z = float(stats.norm.ppf(0.975))
#: Logarithms are taken of chances this far from 0 and 1 at least: nobody is ever sure, though a forest may say so.
LEAST = 0.001
DIGITS = 12  # chances that differ by less are ties


def delong(outcome: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return areas under ROC curves and the covariance of several scores of the same customers.

    With midranks :math:`R` among all and :math:`R'` among one's own kind, each who did it has the placement
    :math:`V_i = (R_i - R'_i) / n_0`, each who did not :math:`U_j = 1 - (R_j - R'_j) / n_1`;
    :math:`\mathrm{AUC} = \bar V` and its variance is :math:`s_V^2 / n_1 + s_U^2 / n_0`.

    Parameters
    ----------
    outcome
        0 or 1, n.
    scores
        n × models; higher where it is more likely.

    References
    ----------
    DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). *Biometrics* 44(3), 837–845. Sun, X. and Xu, W.
    (2014). *IEEE Signal Processing Letters* 21(11), 1389–1393: by midranks.

    Examples
    --------
    >>> delong(np.array([0, 0, 1, 1]), np.array([[0.1], [0.4], [0.35], [0.8]]))[0]
    array([0.75])
    """
    scores, yes = np.round(scores, DIGITS), outcome.astype(bool)
    of_all = stats.rankdata(scores, axis=0)
    n1, n0 = int(yes.sum()), int((~yes).sum())
    v = (of_all[yes] - stats.rankdata(scores[yes], axis=0)) / n0
    u = 1 - (of_all[~yes] - stats.rankdata(scores[~yes], axis=0)) / n1
    covariance = np.atleast_2d(np.cov(v, rowvar=False)) / n1 + np.atleast_2d(np.cov(u, rowvar=False)) / n0
    return v.mean(axis=0), covariance


def ranked(outcome: np.ndarray, score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the area under the ROC curve and the average precision of a score for each row of weights.

    Parameters
    ----------
    outcome, score
        Length n.
    weights
        Resamples × n, such as how often each customer was drawn.
    """
    score = np.round(score, DIGITS)
    order = np.argsort(-score, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(score[order]) < 0) + 1])
    drawn, yes = weights[:, order], outcome[order]
    hits, others = (np.add.reduceat(drawn * kind, starts, axis=1) for kind in (yes, 1 - yes))
    above_hits, above_others = np.cumsum(hits, axis=1), np.cumsum(others, axis=1)
    all_hits, all_others = above_hits[:, -1], above_others[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        area = (others * (above_hits - hits / 2)).sum(axis=1) / (all_hits * all_others)
        precision = np.where(hits > 0, above_hits / (above_hits + above_others), 0.0)
        return area, (hits * precision).sum(axis=1) / all_hits


def losses(outcome: np.ndarray, chance: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    r"""Return for each row of weights the Brier score, its skill against the mean, and the log loss.

    Brier :math:`= \overline{(y - p)^2}`; skill :math:`= 1 - \text{Brier} / \bar y (1 - \bar y)`; log loss
    :math:`= -\overline{y \log p + (1 - y) \log (1 - p)}`, with :math:`p` at least `LEAST` from 0 and 1.
    """
    total = weights.sum(axis=1)
    mean = weights @ outcome / total
    brier = weights @ (outcome - chance) ** 2 / total
    safe = chance.clip(LEAST, 1 - LEAST)
    log_loss = -(weights @ (outcome * np.log(safe) + (1 - outcome) * np.log1p(-safe))) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        return {"brier": brier, "skill": 1 - brier / (mean * (1 - mean)), "log_loss": log_loss}


def resamples(n: int, rng: np.random.Generator, size: int = RESAMPLES) -> np.ndarray:
    """Draw how often each of n customers is in each resample; the first row has everybody once."""
    return np.vstack([np.ones(n), rng.multinomial(n, np.full(n, 1 / n), size)])


@dataclass(frozen=True)
class Judged:
    """How well each model foretells an outcome.

    Attributes
    ----------
    table
        A row per model: ``model``, ``n``, ``events``; ``auc``, ``precision`` (average), ``brier``, ``skill``,
        ``log_loss``, each with ``…_low`` and ``…_high``; ``auc_se``.
    differences
        A row per model but the best-known baseline, against each before it: ``model``, ``other``, ``difference``
        (of AUC), ``low``, ``high``, ``p``.
    """

    table: pd.DataFrame
    differences: pd.DataFrame


def judge(outcome: np.ndarray, chances: Mapping[str, np.ndarray], weights: np.ndarray) -> Judged:
    """Judge models on the same customers.

    Parameters
    ----------
    outcome
        0 or 1.
    chances
        Model → chance of each customer.
    weights
        From `resamples`: intervals of all but the AUC are quantiles over its rows. Those of the AUC and of
        differences in it are DeLong's.
    """
    names = list(chances)
    areas, covariance = delong(outcome, np.column_stack([chances[name] for name in names]))
    errors = np.sqrt(np.diag(covariance))
    rows = []
    for name, area, error in zip(names, areas, errors, strict=True):
        row: dict[str, object] = {"model": name, "n": len(outcome), "events": int(outcome.sum()), "auc": area}
        row |= {"auc_low": max(area - Z * error, 0.0), "auc_high": min(area + Z * error, 1.0), "auc_se": error}
        found = {"precision": ranked(outcome, chances[name], weights)[1], **losses(outcome, chances[name], weights)}
        for what, values in found.items():
            low, high = np.nanquantile(values[1:], [0.025, 0.975])
            row |= {what: float(values[0]), f"{what}_low": float(low), f"{what}_high": float(high)}
        rows.append(row)
    pairs = [(late, early) for late in range(len(names)) for early in range(late)]
    differences = [
        {"model": names[late], "other": names[early], **_difference(areas, covariance, late, early)}
        for late, early in pairs
    ]
    columns = ["model", "other", "difference", "low", "high", "p"]
    return Judged(pd.DataFrame(rows), pd.DataFrame(differences, columns=columns))


def _difference(areas: np.ndarray, covariance: np.ndarray, one: int, other: int) -> dict[str, float]:
    value = float(areas[one] - areas[other])
    error = float(np.sqrt(max(covariance[one, one] + covariance[other, other] - 2 * covariance[one, other], 0.0)))
    p = float(2 * stats.norm.sf(abs(value) / error)) if error > 0 else float("nan")
    return {"difference": value, "low": value - Z * error, "high": value + Z * error, "p": p}


def curves(outcome: np.ndarray, chances: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return the points of ROC and precision–recall curves.

    Returns
    -------
    DataFrame
        ``model``, ``false_alarms`` (share of those who did not), ``found`` (share of those who did: recall),
        ``precision``; a row for each hundredth of the customers, so that no row is one person's.
    """
    rows = []
    for name, chance in chances.items():
        order = np.argsort(-np.round(chance, DIGITS), kind="stable")
        hits = np.concatenate([[0], np.cumsum(outcome[order])])
        depth = np.unique(np.round(np.linspace(0, len(outcome), 101)).astype(int))
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = hits[depth] / depth
        others = len(outcome) - hits[-1]
        part = {"false_alarms": (depth - hits[depth]) / others, "found": hits[depth] / hits[-1], "precision": precision}
        rows.append(pd.DataFrame({"model": name, **part}))
    return pd.concat(rows, ignore_index=True)
