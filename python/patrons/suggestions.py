r"""What to suggest next: rules that rank categories or products for a customer, and whether they beat popularity.

Each rule starts from plain popularity :math:`p` and leaves it as far as the data say that groups differ. The counts
:math:`n_g` of a group, be it a segment, what is bought along with an item, or one customer, are taken as drawn with
shares of its own, which spread around :math:`p` as a Dirichlet distribution with concentration :math:`m` does; then

.. math:: \hat p_{gi} = \frac{n_{gi} + m \, p_i}{n_g + m}.

:math:`m` is estimated from all groups at once (`concentration`). Where groups do not differ it is infinite, and the
rule is popularity itself.

References
----------
Minka, T. P. (2000). *Estimating a Dirichlet distribution*. MIT.
Linden, G., Smith, B. and York, J. (2003). Amazon.com recommendations: item-to-item collaborative filtering. *IEEE
Internet Computing* 7(1), 76–80.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, sparse, stats
from scipy.special import gammaln

from patrons.limits import ALPHA
from patrons.suggestions_data import History

POPULAR, SEGMENT, TOGETHER, REPEAT = "popular", "in_segment", "together", "repeat"
#: What is held against popularity.
RULES = (SEGMENT, TOGETHER, REPEAT)
#: Ends of the search for log m; at the upper one groups do not differ.
LOG_M = (-5.0, 14.0)
#: Customers whose scores are held in memory at a time.
BLOCK = 4096
#: Decimals of a score: what two rules compute in different ways must not differ in its last digit.
DIGITS = 12
DRAWS = 4000


@dataclass(frozen=True)
class Rules:
    """What each rule has learned.

    Attributes
    ----------
    popularity
        (items), shares of plain popularity.
    segment
        (segments, items), shares within each.
    companions
        (items, items), in row i the shares of what is bought along with item i; its own is that of popularity.
    alike
        Rule → m, the concentration; infinite where the rule is popularity itself.
    """

    popularity: np.ndarray
    segment: np.ndarray
    companions: np.ndarray
    alike: dict[str, float]


def learn(history: History, codes: np.ndarray, segments: int) -> Rules:
    """Learn all rules from what was bought.

    Parameters
    ----------
    history
        Of all customers, up to a moment.
    codes
        (customers of the history), number of the segment of each as of that moment; −1 for somebody in none.
    segments
        How many segments there are.
    """
    p = history.popularity
    known = np.flatnonzero(codes >= 0)
    shape = (segments, len(codes))
    members = sparse.csr_array((np.ones(len(known)), (codes[known], known)), shape=shape)
    within = sparse.csr_array(members @ history.counts)
    beside = np.where(np.eye(len(p), dtype=bool), 0.0, p / np.maximum(1 - p, 1e-12)[:, None])
    alike = {
        SEGMENT: concentration(within, p),
        TOGETHER: concentration(sparse.csr_array(history.together), beside),
        REPEAT: concentration(history.counts, p),
    }
    companions = shrunk(history.together, beside, alike[TOGETHER]) * (1 - p)[:, None]
    np.fill_diagonal(companions, p)
    return Rules(p, shrunk(within.toarray(), p, alike[SEGMENT]), companions, alike)


def concentration(counts: sparse.csr_array, base: np.ndarray) -> float:
    """Estimate how alike groups are: the m of the greatest likelihood (Dirichlet-multinomial).

    Parameters
    ----------
    counts
        (groups, items).
    base
        (items), or (groups, items): the shares around which groups spread.

    Returns
    -------
    float
        Infinite where nothing says that groups differ.
    """
    cells = counts.tocoo()
    own = base[cells.col] if base.ndim == 1 else base[cells.row, cells.col]
    # Counts are small numbers that recur: each pair of count and share is worked out once.
    seen, often = np.unique(np.column_stack([cells.data, own])[own > 0], axis=0, return_counts=True)
    sums, sizes = np.unique(np.asarray(counts.sum(axis=1), dtype=float), return_counts=True)

    def short(log_m: float) -> float:
        m = np.exp(log_m)
        each = gammaln(seen[:, 0] + m * seen[:, 1]) - gammaln(m * seen[:, 1])
        return -float(often @ each + sizes @ (gammaln(m) - gammaln(sums + m)))

    grid = np.linspace(*LOG_M, 39)
    best = int(np.argmin([short(point) for point in grid]))
    if best == len(grid) - 1 or not len(seen) or sums.max() < 2:
        return float("inf")
    ends = (grid[max(best - 1, 0)], grid[best + 1])
    found = optimize.minimize_scalar(short, bounds=ends, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def shrunk(counts: np.ndarray, base: np.ndarray, m: float) -> np.ndarray:
    """Draw the shares of groups towards `base`: all the way where m is infinite."""
    if np.isinf(m):
        return np.broadcast_to(base, counts.shape).copy()
    return (counts + m * base) / (counts.sum(axis=-1, keepdims=True) + m)


def suggest(rules: Rules, rule: str, counts: sparse.csr_array, codes: np.ndarray, most: int) -> np.ndarray:
    """Choose what to suggest to each customer.

    Parameters
    ----------
    rules
        What was learned.
    rule
        One of `POPULAR`, `SEGMENT`, `TOGETHER`, `REPEAT`.
    counts
        (customers, items), what each bought.
    codes
        (customers), number of the segment of each; −1, and a customer who bought nothing, get what is popular.
    most
        How many items to suggest.

    Returns
    -------
    ndarray
        (customers, most), places of items, the best first; of equals the more popular.
    """
    found = np.empty((counts.shape[0], most), dtype=int)
    for start in range(0, len(found), BLOCK):
        rows = slice(start, start + BLOCK)
        scores = _scores(rules, rule, counts[rows].toarray(), codes[rows])
        found[rows] = np.argsort(-np.round(scores, DIGITS), axis=1, kind="stable")[:, :most]
    return found


def _scores(rules: Rules, rule: str, counts: np.ndarray, codes: np.ndarray) -> np.ndarray:
    base = np.broadcast_to(rules.popularity, counts.shape)
    if rule == POPULAR or np.isinf(rules.alike[rule]):
        return base
    if rule == SEGMENT:
        return np.where((codes >= 0)[:, None], rules.segment[codes], base)
    if rule == REPEAT:
        return shrunk(counts, rules.popularity, rules.alike[REPEAT])
    sums = counts.sum(axis=1, keepdims=True)
    return np.where(sums > 0, counts @ rules.companions / np.maximum(sums, 1), base)


def hits(suggested: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Tell of each customer whether any of what was suggested was in what they bought."""
    return np.asarray(np.take_along_axis(bought, suggested, axis=1).any(axis=1))


def compare(found: pd.DataFrame, rng: np.random.Generator, draws: int = DRAWS) -> pd.DataFrame:
    """Hold each rule against popularity, on the same customers.

    Intervals are percentiles of a bootstrap over customers: of each the two answers, hit or not, are drawn together, so
    that the four counts of a pair of rules are multinomial. p is that of McNemar's exact test: of those whom only one
    of the two hits, half are hit by each if neither is better.

    Parameters
    ----------
    found
        A row per customer: `POPULAR` and each of `RULES`, whether it hit.
    rng
        Draws.

    Returns
    -------
    DataFrame
        `rule`, `n`, `rate`, `popular` (hit rates, 0 to 1), `rate_low`, `rate_high`, `gain` (rate − popular) and
        `lift` (rate / popular), each with `_low` and `_high`, `only_rule`, `only_popular` (customers), `p`. Lift is
        missing where popularity never hits.
    """
    rows, n = [], len(found)
    base = found[POPULAR].to_numpy(dtype=bool)
    for rule in RULES:
        own = found[rule].to_numpy(dtype=bool)
        both, mine, theirs = (int(each.sum()) for each in (own & base, own & ~base, ~own & base))
        drawn = rng.multinomial(n, np.array([both, mine, theirs, n - both - mine - theirs]) / max(n, 1), draws) / n
        rate, popular = drawn[:, 0] + drawn[:, 1], drawn[:, 0] + drawn[:, 2]
        row = {"rule": rule, "n": n, "rate": own.mean(), "popular": base.mean()} | _ends("rate", rate)
        row |= {"gain": (mine - theirs) / n} | _ends("gain", rate - popular)
        with np.errstate(invalid="ignore", divide="ignore"):
            lifts = np.where(popular > 0, rate / popular, np.nan)
        row |= {"lift": (both + mine) / (both + theirs) if both + theirs else np.nan} | _ends("lift", lifts)
        apart = mine + theirs
        p = stats.binomtest(mine, apart).pvalue if apart else 1.0
        rows.append(row | {"only_rule": mine, "only_popular": theirs, "p": float(p)})
    return pd.DataFrame(rows)


def _ends(name: str, drawn: np.ndarray) -> dict[str, float]:
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def better(compared: pd.DataFrame) -> list[str]:
    """Return the rules that surely beat popularity (`p_holm`), the one that hits most often first."""
    sure = compared[(compared["p_holm"] < ALPHA) & (compared["gain"] > 0)]
    return sure.sort_values("rate", ascending=False, kind="stable")["rule"].tolist()


def worse(compared: pd.DataFrame) -> list[str]:
    """Return the rules that popularity surely beats."""
    return compared.loc[(compared["p_holm"] < ALPHA) & (compared["gain"] < 0), "rule"].tolist()


def choose(overall: pd.DataFrame, within: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Choose the rule for each segment.

    The best of those that surely beat popularity in the segment; else of those that do so over all customers and are
    not surely worse in the segment; else popularity.

    Parameters
    ----------
    overall
        `compare` of all, with `p_holm`.
    within
        Segment → the same of its customers.
    """
    everywhere = better(overall)
    found = {}
    for name, compared in within.items():
        bad = worse(compared)
        found[name] = next(iter([*better(compared), *(rule for rule in everywhere if rule not in bad), POPULAR]))
    return found
