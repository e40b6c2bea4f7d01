"""Every offer in every segment: what each arm changed in each group of people, and whether the groups differ in it.

Who looks at many groups finds something in one of them. So each p-value is corrected for all comparisons of its
outcome, and the question whether groups differ at all is a test of its own: one group's p below 5 % and another's above
it is no difference between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from patrons.design import Design
from patrons.experiment_adjust import adjusted_outcome, covariates
from patrons.experiment_moments import Moments, arm_codes, column, count_in, prepare
from patrons.experiment_tests import compare_cells, correct

UNKNOWN = "not known"


@dataclass(frozen=True)
class Within:
    """What a test found within segments.

    Attributes
    ----------
    effects
        A row per `segment` (the column that parts people), `level` (the group), `outcome`, `kind` and `arm`, with the
        columns of `experiment.compare`. `p_holm` and `p_bh` correct over all arms and groups of an outcome; `family`
        names that family, `tests` is its size.
    interactions
        A row per `segment` and `outcome`: does the effect of the arms differ between its groups? `levels`; `statistic`,
        `df1`, `df2`, `p` (Welch and James: each cell may have its own spread); `classic_f`, `classic_df1`,
        `classic_df2`, `classic_p` (two-way analysis of variance: one spread for all); `p_holm`, `p_bh`, `family`,
        `tests` over the segments of an outcome.
    cells
        A row per `segment`, `level`, `outcome` and `arm`, the control included: `n`, `mean`, `sd`.
    left_out
        Groups with too few people in an arm, and people whose group is not known: `segment`, `level`, `people`.
    adjusted
        Whether money and numbers were adjusted for the covariates.
    """

    effects: pd.DataFrame
    interactions: pd.DataFrame
    cells: pd.DataFrame
    left_out: pd.DataFrame
    adjusted: bool


def compare_within(
    frame: pd.DataFrame,
    plan: Design,
    adjusted: bool = False,
    smallest: int = 5,
    segments: Sequence[str] | None = None,
) -> Within:
    """Compare each arm with control within each group, for each outcome.

    Parameters
    ----------
    frame, plan
        The test.
    adjusted
        Whether to take out of money and numbers first what the covariates predict (CUPED).
    smallest
        A group counts if each arm has at least so many of its people.
    segments
        Columns that part people; those of the plan, if not given.

    Returns
    -------
    Within
    """
    arm, known = arm_codes(frame, plan), covariates(frame, plan)
    used = adjusted and bool(known)
    outcomes = {
        name: prepare(
            adjusted_outcome(frame, name, known).to_numpy() if used and kind != "binary" else column(frame, name)
        )
        for name, kind in plan.outcomes.items()
    }
    parts: dict[str, list[pd.DataFrame]] = {"effects": [], "interactions": [], "cells": [], "left_out": []}
    for segment in plan.segments if segments is None else segments:
        code, levels, left_out = group(frame[segment], arm, len(plan.arms), smallest)
        parts["left_out"].append(left_out.assign(segment=segment))
        if not levels:
            continue
        count = len(levels) * len(plan.arms)
        cell = np.where(code >= 0, code * len(plan.arms) + arm, count)
        sizes = np.bincount(cell, minlength=count + 1)[:count]
        for outcome, values in outcomes.items():
            found = count_in(values, cell, count, sizes).reshape(len(levels), len(plan.arms))
            names = {"segment": segment, "outcome": outcome}
            parts["cells"].append(_cells(found, levels, plan).assign(**names))
            parts["effects"].append(_effects(found, levels, plan, plan.outcomes[outcome]).assign(**names))
            parts["interactions"].append(pd.DataFrame([names | interaction(found)]))
    tables = {name: pd.concat(each, ignore_index=True) if each else pd.DataFrame() for name, each in parts.items()}
    effects, interactions = tables["effects"], tables["interactions"]
    if len(effects):
        groups = effects[["segment", "level"]].drop_duplicates().shape[0]
        arms = len(plan.arms) - 1
        name = f"{arms} arm{'s' * (arms > 1)} × {groups} group{'s' * (groups > 1)}"
        effects = correct(_leading(effects), within=["outcome"], family=name)
        divisions = interactions["segment"].nunique()
        interactions = correct(
            interactions, within=["outcome"], family=f"{divisions} division{'s' * (divisions > 1)} into groups"
        )
    cells = _leading(tables["cells"])
    left_out = tables["left_out"].reindex(columns=["segment", "level", "people"])
    return Within(effects, interactions, cells, left_out, used)


def group(values: pd.Series, arm: np.ndarray, arms: int, smallest: int) -> tuple[np.ndarray, list[str], pd.DataFrame]:
    """Number the groups of a column in which every arm has enough people.

    Returns
    -------
    code
        (n), the place of each person's group in `levels`; −1 for those who do not count.
    levels
        Names, in order of the column's categories where it has some, otherwise sorted.
    left_out
        `level`, `people` of the groups that do not count.
    """
    found = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("category")
    code = found.cat.codes.to_numpy().astype(np.intp)
    names = [str(name) for name in found.cat.categories]
    counted = (code >= 0) & (arm >= 0)
    sizes = np.bincount(code[counted] * arms + arm[counted], minlength=len(names) * arms).reshape(len(names), arms)
    enough: np.ndarray = np.min(sizes, axis=1) >= max(smallest, 1)
    place = np.where(enough, np.cumsum(enough) - 1, -1)
    people = sizes.sum(axis=1)
    rows = [(name, int(people[at])) for at, name in enumerate(names) if not enough[at] and people[at]]
    unknown = int(((code < 0) & (arm >= 0)).sum())
    rows += [(UNKNOWN, unknown)] if unknown else []
    levels = [name for at, name in enumerate(names) if enough[at]]
    chosen = place[code] if len(names) else code
    return np.where(counted, chosen, -1), levels, pd.DataFrame(rows, columns=["level", "people"])


def interaction(found: Moments) -> dict[str, float]:
    r"""Test whether the differences between arms are the same in all groups.

    With cell means :math:`m`, their variances :math:`S = \mathrm{diag}(s^2/n)` and the contrasts :math:`C` that are
    zero where effects are equal, :math:`q` of them, the test of Welch and James is

    .. math:: T = (Cm)^\top (C S C^\top)^{-1} Cm, \quad F = T / \left(q + 2A − \tfrac{6A}{q + 2}\right), \quad
        A = \sum_j \frac{p_j^2}{n_j − 1}, \quad p_j = [S C^\top (C S C^\top)^{-1} C]_{jj}

    with q and :math:`q (q + 2)/(3A)` degrees of freedom; for one contrast of two means it is Welch's t test.

    Parameters
    ----------
    found
        (groups, arms). Groups in which an arm has fewer than two people with a known outcome do not count.

    Returns
    -------
    dict
        See `Within.interactions`; missing where fewer than two groups are left or nothing varies.

    References
    ----------
    Johansen, S. (1980). The Welch–James approximation to the distribution of the residual sum of squares in a weighted
    linear regression. *Biometrika* 67, 85–92. R: ``anova(lm(y ~ segment * arm))`` for the classic one.
    """
    found = found[(found.n > 1).all(axis=1)]
    levels, arms = found.n.shape
    names = ("statistic", "df1", "df2", "p", "classic_f", "classic_df1", "classic_df2", "classic_p")
    missing: dict[str, float] = {"levels": levels} | dict.fromkeys(names, np.nan)
    if levels < 2:
        return missing
    n, mean, var = (part.ravel() for part in (found.n, found.mean, found.var))
    q = (levels - 1) * (arms - 1)
    if not var.sum() > 0:
        return missing
    return missing | _welch_james(n, mean, var, _contrasts(levels, arms), q) | _classic(n, mean, var, levels, arms, q)


def _welch_james(n: np.ndarray, mean: np.ndarray, var: np.ndarray, contrasts: np.ndarray, q: int) -> dict[str, float]:
    # In units of the overall spread, so that the rank does not hang on the currency.
    scale = var.mean()
    spread = contrasts * (var / scale / n) @ contrasts.T
    if np.linalg.matrix_rank(spread, hermitian=True) < q:
        return {}
    solved = np.linalg.solve(spread, contrasts)
    off = contrasts @ mean
    total = float(off @ np.linalg.solve(spread, off)) / scale
    part = var / scale / n * np.einsum("ij,ij->j", contrasts, solved)
    a = float((part**2 / (n - 1)).sum())
    f, df2 = total / (q + 2 * a - 6 * a / (q + 2)), q * (q + 2) / (3 * a)
    return {"statistic": f, "df1": float(q), "df2": df2, "p": float(stats.f.sf(f, q, df2))}


def _classic(n: np.ndarray, mean: np.ndarray, var: np.ndarray, levels: int, arms: int, q: int) -> dict[str, float]:
    design = np.hstack([np.kron(np.eye(levels), np.ones((arms, 1))), np.tile(np.eye(arms)[:, 1:], (levels, 1))])
    root = np.sqrt(n)
    fitted = design @ np.linalg.lstsq(design * root[:, None], mean * root, rcond=None)[0]
    beyond, within = float((n * (mean - fitted) ** 2).sum()), float(((n - 1) * var).sum())
    df2 = float(n.sum() - levels * arms)
    f = beyond / q / (within / df2)
    return {"classic_f": f, "classic_df1": float(q), "classic_df2": df2, "classic_p": float(stats.f.sf(f, q, df2))}


def _contrasts(levels: int, arms: int) -> np.ndarray:
    """Return the matrix that is zero on cell means whose differences between arms are the same in all groups."""
    return np.kron(*(np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)]) for k in (levels, arms)))


def _cells(found: Moments, levels: Sequence[str], plan: Design) -> pd.DataFrame:
    names = {"level": np.repeat(levels, len(plan.arms)), "arm": np.tile(plan.arms, len(levels))}
    return pd.DataFrame({**names, "n": found.n.ravel(), "mean": found.mean.ravel(), "sd": np.sqrt(found.var).ravel()})


def _effects(found: Moments, levels: Sequence[str], plan: Design, kind: str) -> pd.DataFrame:
    arms = len(plan.arms) - 1
    base, other = found[:, [0] * arms].reshape(-1), found[:, 1:].reshape(-1)
    names = {"level": np.repeat(levels, arms), "kind": kind, "arm": np.tile(plan.arms[1:], len(levels))}
    sizes = {
        **{"n_control": base.n, "mean_control": base.mean, "sd_control": np.sqrt(base.var)},
        **{"n": other.n, "mean": other.mean, "sd": np.sqrt(other.var)},
    }
    return pd.DataFrame({**names, **sizes, **compare_cells(kind, base, other)})


def _leading(table: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in ("segment", "level", "outcome", "kind", "arm") if name in table]
    return table[[*names, *(name for name in table if name not in names)]]
