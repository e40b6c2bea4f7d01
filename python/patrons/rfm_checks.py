"""How firm scores and segments are: other numbers of bins, other customers, ranks in the place of bins."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from patrons.explore import FEWEST, spearman_interval
from patrons.rfm import MEASURES, Scores, cuts, named, score, scores_of, turned

#: How often the customers are drawn anew to see how far the edges move.
REDRAWS = 200
MOST_BINS = 10
#: Which pairs of scores are compared, and what the comparison is called.
PAIRS = ("r", "f", "m", "score_sum", "rank_sum")


def neighbours(bins: int) -> list[int]:
    """Return the numbers of bins next to the one in use.

    Examples
    --------
    >>> neighbours(5), neighbours(2)
    ([4, 6], [3])
    """
    return [item for item in (bins - 1, bins + 1) if 2 <= item <= MOST_BINS]


def firmness(scores: Scores, rng: np.random.Generator, redraws: int = REDRAWS) -> pd.DataFrame:
    """Say how many customers would keep their segment with other bins, and with edges from other customers.

    The edges are found again from customers drawn with replacement, and everybody is scored with them: a bootstrap of
    the edges, not of the customers who are named.

    Returns
    -------
    DataFrame
        One row per segment that has customers: `segment`, `title`, `customers`, `bins` (share that keeps the segment
        with each number of bins next to the one in use), `edges` (mean share that keeps it when edges are drawn
        anew), `wavering` (share that loses it in at least one draw of ten).
    """
    table, segments = scores.customers, scores.segments
    usual = table["segment"].cat.codes.to_numpy()
    same = [
        score(table, other, segments).customers["segment"].cat.codes.to_numpy() == usual
        for other in neighbours(scores.bins)
    ]
    kept = np.zeros(len(table))
    good = {measure: turned(table, measure) for measure in MEASURES}
    for _ in range(redraws):
        drawn = rng.integers(0, len(table), len(table))
        anew = {name[0]: scores_of(values, cuts(values[drawn], scores.bins)) for name, values in good.items()}
        if "tenure" in table:
            anew["tenure"] = table["tenure"].to_numpy()
        kept += named(pd.DataFrame(anew), scores.bins, segments).codes == usual
    each = pd.DataFrame(
        {
            "segment": table["segment"].astype(str),
            "bins": np.logical_and.reduce(same),
            "edges": kept / redraws,
            "wavering": kept / redraws < 0.9,
        }
    )
    found = each.groupby("segment").mean()
    found.insert(0, "customers", each.groupby("segment").size())
    found = found.reindex([name for name in segments.names if name in found.index]).reset_index()
    found.insert(1, "title", [segments.titles[name] for name in found["segment"]])
    return found


def overall(firm: pd.DataFrame) -> pd.Series:
    """Average firmness over all customers: `customers`, `bins`, `edges`, `wavering`."""
    weights = firm["customers"]
    means = {name: float(np.average(firm[name], weights=weights)) for name in ("bins", "edges", "wavering")}
    return pd.Series({"customers": float(weights.sum()), **means})


def agree(scores: Scores) -> pd.DataFrame:
    r"""Correlate the three scores, their sum and the rank sum with each other (Spearman).

    Scores that are the same for everybody are in no pair.

    Returns
    -------
    DataFrame
        `x`, `y`, `rho`, `low`, `high`, `p`, `n`; as `explore.correlate` returns them.
    """
    import pingouin

    rows = []
    for x, y in combinations(PAIRS, 2):
        both = scores.customers[[x, y]]
        if len(both) < FEWEST or both.nunique().min() < 2:
            continue
        test = pingouin.corr(both[x], both[y], method="spearman")
        rho, n = float(test["r"].iloc[0]), len(both)
        low, high = spearman_interval(rho, n)
        p = float(test["p_val" if "p_val" in test else "p-val"].iloc[0])
        rows.append({"x": x, "y": y, "rho": rho, "low": low, "high": high, "p": p, "n": n})
    return pd.DataFrame(rows, columns=["x", "y", "rho", "low", "high", "p", "n"])


def entries(scores: Scores) -> pd.DataFrame:
    """Return what the double entry compares: each customer's scores and rank sum, without saying whose they are."""
    return scores.customers[["r", "f", "m", "rank_sum"]].reset_index(drop=True)
