r"""The BG/NBD model: customers buy at random, and may leave after any purchase.

A customer buys at rate :math:`λ` (Gamma(:math:`r, α`) over customers) and after each repeat purchase leaves for good
with probability :math:`p` (Beta(:math:`a, b`)). Parameters come in the order r, alpha, a, b.

References
----------
Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way: an alternative to the
Pareto/NBD model. *Marketing Science* 24(2), 275–284; equations by their numbers there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from patrons.lifetime_data import ALIKE, NOBODY_LEAVES, SAME_RATE, TOO_LITTLE, Floats, Rows, arrays

NAMES = ("r", "alpha", "a", "b")
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
#: Customers summed at a time, so that what is computed of them stays in the processor's cache.
_BLOCK = 8192


def start(rows: Rows) -> Floats:
    """Return where the search begins: the pooled rate of buying, and a dropout that differs between customers."""
    return np.array([0.5, 0.5 / rows.rate, 0.5, 1.5])


def explain(parameters: Floats) -> str:
    """Say what it means that the search ended here without identifying the parameters, and what to do."""
    r, _, a, b = parameters
    if a / (a + b) < 1e-2:
        return NOBODY_LEAVES
    if r > ALIKE:
        return SAME_RATE
    if a + b > ALIKE:
        return "customers leave with the same probability. Use the Pareto/NBD, or observe customers for longer."
    if a + b < 1 / ALIKE:
        return "customers leave at once or never. Use the Pareto/NBD, or observe customers for longer."
    return TOO_LITTLE


def loglik(theta: Floats, rows: Rows) -> tuple[float, Floats]:
    r"""Compute the log-likelihood (their equation 6) of all customers and its gradient.

    In logarithms, with :math:`k = r + x` and :math:`o` the log-odds that the customer left at :math:`t_x`,

    .. math:: \ln L = \ln\frac{Γ(k)}{Γ(r)} + r \ln α + \ln\frac{B(a, b+x)}{B(a, b)} − k \ln(α + T) + \ln(1 + e^o),

    .. math:: o = \ln a − \ln(b + x − 1) + k \ln\frac{α + T}{α + t_x} \quad (x > 0).

    Parameters
    ----------
    theta
        Logarithms of r, alpha, a, b, shape (4,).
    rows
        Distinct customers.

    Returns
    -------
    value, gradient
        The gradient is that by `theta`, shape (4,).
    """
    r, alpha, a, b = np.exp(theta)
    total = rows.tally.sum()
    levels, tally = rows.levels, rows.tally
    log_times, over_times = np.log(alpha + rows.times), 1 / (alpha + rows.times)
    k_by_age = r * rows.by_age + rows.bought_by_age
    value = tally @ _of_x(r, alpha, a, b, levels) - k_by_age @ log_times
    by_r = tally @ special.digamma(r + levels) - total * (special.digamma(r) - theta[1]) - rows.by_age @ log_times
    by_alpha = total * r / alpha - k_by_age @ over_times
    joint = tally @ special.digamma(a + b + levels) - total * special.digamma(a + b)
    by_a = -joint
    by_b = tally @ special.digamma(b + levels) - total * special.digamma(b) - joint

    # Those who came once cannot have left; the others, who stand behind them, may have.
    once = int(np.searchsorted(rows.x_code, 1)) if levels[0] == 0 else 0
    over_b = 1 / (b + np.maximum(levels, 1) - 1)
    log_once_gone = np.log(a * over_b)
    for begin in range(once, len(rows.x), _BLOCK):
        part = slice(begin, begin + _BLOCK)
        code, last, age, weight = rows.x_code[part], rows.last[part], rows.age[part], rows.weight[part]
        k = r + rows.x[part]
        ratio = log_times[age] - log_times[last]
        odds = log_once_gone[code] + k * ratio
        small = np.exp(-np.abs(odds))
        value += weight @ (np.maximum(odds, 0) + np.log1p(small))
        gone = weight * np.where(odds > 0, 1.0, small) / (1 + small)
        by_r += gone @ ratio
        by_alpha -= (gone * k) @ (over_times[last] - over_times[age])
        by_a += gone.sum() / a
        by_b -= gone @ over_b[code]
    return float(value), np.array([r * by_r, alpha * by_alpha, a * by_a, b * by_b])


def customer_loglik(parameters: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Compute the log-likelihood of each customer (equation 6), as in `loglik`; shape of the customers."""
    r, alpha, a, b = np.asarray(parameters, dtype=np.float64)
    x, t_x, T = arrays(x, t_x, T)
    odds = _log_odds_gone(r, alpha, a, b, x, t_x, T)
    return _of_x(r, alpha, a, b, x) - (r + x) * np.log(alpha + T) + np.logaddexp(0, odds)


def probability_alive(parameters: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    r"""Compute the probability of being a customer still at T; 1 for those without a repeat purchase.

    .. math:: P = \Big(1 + δ_{x>0} \frac{a}{b + x − 1} \Big(\frac{α + T}{α + t_x}\Big)^{r+x}\Big)^{-1}

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2008). Computing P(alive) using the BG/NBD model, p. 2; it is the
    denominator of equation 10 of 2005.
    """
    r, alpha, a, b = np.asarray(parameters, dtype=np.float64)
    return special.expit(-_log_odds_gone(r, alpha, a, b, *arrays(x, t_x, T)))


def expected_if_alive(
    parameters: ArrayLike, x: ArrayLike, T: ArrayLike, horizon: ArrayLike, rate: float = 0.0
) -> Floats:
    r"""Compute the expected purchases within `horizon` after T of a customer who is alive at T.

    Equation 10 without its denominator. The published form loses all digits where :math:`a` is near 1. It is the
    integral of the rate of buying, which does not: with :math:`τ = u / (α + T)` and :math:`z = τ / (1 + τ)`,

    .. math:: \int_0^h e^{−δu} \frac{r + x}{α + T} (1 + τ)^{−a} {}_2F_1(a, a + b − 1 − r; a + b + x; z)\, du.

    Parameters
    ----------
    parameters
        r, alpha, a, b.
    x, T, horizon
        Customers and times, of shapes that broadcast.
    rate
        Continuous discount rate :math:`δ` per unit of time.
    """
    r, alpha, a, b = np.asarray(parameters, dtype=np.float64)
    x, T, horizon = (part[..., None] for part in arrays(x, T, horizon))
    # Nodes in ln(1 + τ), in which the rate of buying is smooth however long the horizon, and densest early on, where
    # fast buyers leave: v = reach × share².
    reach = np.log1p(horizon / (alpha + T))
    share = (1 + _NODES) / 2
    v = reach * share**2
    hyper = _hyper(a, a + b - 1 - r, a + b + x, -np.expm1(-v))
    density = np.exp((1 - a) * v - rate * (alpha + T) * np.expm1(v)) * hyper
    return (r + x[..., 0]) * reach[..., 0] * (density @ (share * _WEIGHTS))


def probability_of(parameters: ArrayLike, x: ArrayLike, t: ArrayLike) -> Floats:
    r"""Compute the probability that a new customer makes x repeat purchases within time t (equation 8).

    Its sum over :math:`j < x` is the upper tail of a negative binomial, an incomplete beta function:

    .. math:: P = \frac{B(a, b+x)}{B(a, b)} \mathrm{NB}(x) + δ_{x>0} \frac{B(a+1, b+x−1)}{B(a, b)} I_{t/(α+t)}(x, r).
    """
    r, alpha, a, b = np.asarray(parameters, dtype=np.float64)
    x, t = arrays(x, t)
    share = t / (alpha + t)
    binomial = special.gammaln(r + x) - special.gammaln(r) - special.gammaln(x + 1) + special.xlogy(x, share)
    stays = np.exp(_stays(a, b, x) + binomial - r * np.log1p(t / alpha))
    again = np.maximum(x, 1)
    leaves = np.exp(_stays(a, b, again)) * a / (b + again - 1) * special.betainc(again, r, share)
    return stays + np.where(x > 0, leaves, 0.0)


def _of_x(r: float, alpha: float, a: float, b: float, x: Floats) -> Floats:
    """Return the part of the log-likelihood that depends on x alone."""
    return special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + _stays(a, b, x)


def _hyper(a: float, b: float, c: Floats, z: Floats) -> Floats:
    """Compute 2F1(a, b; c; z) for z in [0, 1).

    SciPy overflows where c − a − b is a large whole number, as it is if r = a. A hair to either side it does not, and
    the mean of the two is right to the last digits.
    """
    found = special.hyp2f1(a, b, c, z)
    if np.isfinite(found).all():
        return np.asarray(found)
    beside = (special.hyp2f1(a, b + 1e-8, c, z) + special.hyp2f1(a, b - 1e-8, c, z)) / 2
    return np.where(np.isfinite(found), found, beside)


def _stays(a: float, b: float, x: Floats) -> Floats:
    """Return ln B(a, b + x) − ln B(a, b): of having stayed after each of x purchases."""
    ends = special.gammaln(b + x) - special.gammaln(a + b + x)
    return ends - special.gammaln(b) + special.gammaln(a + b)


def _log_odds_gone(r: float, alpha: float, a: float, b: float, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the log-odds of having left after the last purchase; −∞ where there is none."""
    again = np.maximum(x, 1)
    odds = np.log(a / (b + again - 1)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    return np.where(x > 0, odds, -np.inf)
