r"""The Bayesian reading of a test: how probable it is that an arm is better, and what a wrong choice costs.

Shares: each arm has a uniform prior, Beta(1, 1), so its posterior is :math:`\mathrm{Beta}(1 + y, 1 + n − y)`. Means:
the difference of an arm from control has the weakly informative prior :math:`N(0, (κ s_c)^2)` with κ = ½: nineteen of
twenty offers are thought to move the mean by less than one standard deviation of the control, which hardly any offer
ever does. Nothing is simulated: all probabilities are closed forms or one-dimensional integrals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from patrons.limits import LEVEL

#: Standard deviation of the prior of a difference of means, in standard deviations of the control.
PRIOR_SCALE = 0.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


def read(effects: pd.DataFrame, scale: float = PRIOR_SCALE) -> pd.DataFrame:
    """Read each comparison as a Bayesian does.

    Parameters
    ----------
    effects
        From `experiment.compare` or `experiment.adjust`.
    scale
        κ, for outcomes that are means.

    Returns
    -------
    DataFrame
        `outcome`, `kind`, `arm`, `lift` (posterior mean of the difference), `low`, `high` (the middle 95 % of the
        posterior), `p_better` (probability that the arm's mean is above the control's), `loss_use` (expected loss, in
        the outcome's unit per person, of using the arm: what is given up if the control is better, times how probable
        that is), `loss_stay` (that of staying with the control), `prior` (in words), `prior_sd`; missing where nothing
        varies.
    """
    rows = []
    for row in effects.to_dict("records"):
        found = _shares(row) if row["kind"] == "binary" else _means(row, scale)
        rows.append({name: row[name] for name in ("outcome", "kind", "arm")} | found)
    return pd.DataFrame(rows)


def sensitivity(effects: pd.DataFrame, scales: tuple[float, ...] = (0.05, 0.2, 0.5, np.inf)) -> pd.DataFrame:
    """Read means under priors from sceptical to flat: what rests on the prior changes, what rests on the data stays.

    Returns
    -------
    DataFrame
        As `read`, a block of rows for each `scale`; without shares, whose prior is uniform.
    """
    means = effects[effects["kind"] != "binary"]
    return pd.concat([read(means, scale).assign(scale=scale) for scale in scales], ignore_index=True)


def normal_reading(mean: float, sd: float) -> dict[str, float]:
    r"""Read a difference with a normal posterior.

    .. math:: P(δ > 0) = Φ(m/s), \quad E[\max(−δ, 0)] = s\,φ(m/s) − m\,Φ(−m/s)

    Examples
    --------
    >>> round(normal_reading(1.0, 1.0)["p_better"], 4)
    0.8413
    """
    z = mean / sd
    half = float(stats.norm.ppf(0.5 + LEVEL / 2)) * sd
    use = float(sd * stats.norm.pdf(z) - mean * stats.norm.cdf(-z))
    ends = {"lift": mean, "low": mean - half, "high": mean + half}
    return ends | {"p_better": float(stats.norm.cdf(z)), "loss_use": max(use, 0.0), "loss_stay": max(use + mean, 0.0)}


def beta_reading(base: tuple[float, float], other: tuple[float, float]) -> dict[str, float]:
    r"""Read the difference of two shares with Beta posteriors.

    .. math:: P(π_1 − π_0 ≤ d) = \int f_0(x) F_1(x + d)\, dx

    by Gauss–Legendre quadrature over all but 10⁻¹⁴ of the control's posterior, parted where the arm's begins and ends.

    Parameters
    ----------
    base, other
        The two parameters of each Beta.

    Examples
    --------
    >>> round(beta_reading((1, 2), (2, 1))["p_better"], 4)
    0.8333
    """
    control, arm = stats.beta(*base), stats.beta(*other)
    edges = control.ppf([1e-14, 0.5, 1 - 1e-14])
    inner = np.append(arm.ppf([1e-14, 0.02, 0.5, 0.98, 1 - 1e-14]), [0.0, 1.0])

    def expected(of: Callable[[np.ndarray], np.ndarray], d: float) -> float:
        cuts = np.unique(np.clip(np.append(edges, inner - d), edges[0], edges[-1]))
        half = np.diff(cuts)[:, None] / 2
        x = cuts[:-1, None] + half * (_NODES + 1)
        return float((half * _WEIGHTS * control.pdf(x) * of(x)).sum())

    def below(d: float) -> float:
        return expected(lambda x: arm.cdf(x + d), d)

    lift = float(arm.mean() - control.mean())
    sd = float(np.sqrt(arm.var() + control.var()))
    ends = [
        float(
            optimize.brentq(lambda d, tail=tail: below(d) - tail, max(-1.0, lift - 40 * sd), min(1.0, lift + 40 * sd))
        )
        for tail in (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
    ]
    # E[max(x − π, 0)] of a Beta π is x F(x; a, b) − a/(a + b) F(x; a + 1, b).
    a, b = other
    more = stats.beta(a + 1, b)
    use = expected(lambda x: x * arm.cdf(x) - a / (a + b) * more.cdf(x), 0.0)
    found = {"lift": lift, "low": ends[0], "high": ends[1], "p_better": 1 - below(0.0)}
    return found | {"loss_use": max(use, 0.0), "loss_stay": max(use + lift, 0.0)}


def _means(row: dict[Any, Any], scale: float) -> dict[str, Any]:
    prior_sd = scale * float(row["sd_control"])
    words = f"normal, SD {scale:g} of the control's" if np.isfinite(scale) else "flat"
    if min(row["n_control"], row["n"]) < 2:
        return _unknown(words)
    error = float(row["sd_control"]) ** 2 / row["n_control"] + float(row["sd"]) ** 2 / row["n"]
    if not error > 0 or not prior_sd > 0:
        return _unknown(words)
    kept = 1.0 if np.isinf(prior_sd) else prior_sd**2 / (prior_sd**2 + error)
    reading = normal_reading(kept * float(row["lift"]), float(np.sqrt(kept * error)))
    return reading | {"prior": words, "prior_sd": prior_sd}


def _shares(row: dict[Any, Any]) -> dict[str, Any]:
    if not row["n_control"] or not row["n"]:
        return _unknown("uniform")
    counts = [(n * mean, n * (1 - mean)) for n, mean in _sizes(row)]
    base, other = ((1 + yes, 1 + no) for yes, no in counts)
    return beta_reading(base, other) | {"prior": "uniform", "prior_sd": float(np.sqrt(1 / 12))}


def _sizes(row: dict[Any, Any]) -> tuple[tuple[float, float], tuple[float, float]]:
    return (row["n_control"], row["mean_control"]), (row["n"], row["mean"])


def _unknown(words: str) -> dict[str, Any]:
    names = ("lift", "low", "high", "p_better", "loss_use", "loss_stay")
    return dict.fromkeys(names, np.nan) | {"prior": words, "prior_sd": np.nan}
