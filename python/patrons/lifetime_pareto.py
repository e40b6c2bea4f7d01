r"""The Pareto/NBD model: customers buy at random, and may leave at any moment.

A customer buys at rate :math:`λ` (Gamma(:math:`r, α`) over customers) and lives for an exponential time with rate
:math:`μ` (Gamma(:math:`s, β`)). Parameters come in the order r, alpha, s, beta.

The likelihood is known as a difference of two Gaussian hypergeometric functions, in two forms for :math:`α ≥ β` and
:math:`α < β`. The difference cancels where :math:`t_x` is near :math:`T`, and both overflow for large x. Here the
integral that they solve is summed instead: it is positive, one form holds for all parameters, and its gradient is the
mean of simple terms over the same nodes.

References
----------
Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987). Counting your customers: who are they and what will they do
next? *Management Science* 33(1), 1–24.

Fader, P. S. and Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and related expressions; equations by
their numbers there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from patrons.lifetime_data import ALIKE, NOBODY_LEAVES, SAME_RATE, TOO_LITTLE, Floats, Rows, arrays

NAMES = ("r", "alpha", "s", "beta")
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
#: The integrand is cut where it has fallen to e^-38, less than the last digit of a double.
_FALL = 38.0
#: Customers summed at a time, so that nodes × customers stay in the processor's cache.
_BLOCK = 4096


@dataclass(frozen=True)
class _Left:
    r"""The chance of having left between :math:`t_x` and T, per customer.

    `log` is the logarithm of :math:`\int_{t_x}^T s (α+u)^{−(r+x)} (β+u)^{−(s+1)} du`; the others are means over the
    time u of leaving, given that the customer left: of :math:`\ln(α+u)`, :math:`\ln(β+u)`, :math:`1/(α+u)`,
    :math:`1/(β+u)`.
    """

    log: Floats
    log_alpha: Floats
    log_beta: Floats
    over_alpha: Floats
    over_beta: Floats


def start(rows: Rows) -> Floats:
    """Return where the search begins: the pooled rate of buying, and lives about as long as the time observed."""
    return np.array([0.5, 0.5 / rows.rate, 0.5, rows.mean_age])


def explain(parameters: Floats) -> str:
    """Say what it means that the search ended here without identifying the parameters, and what to do."""
    r, alpha, s, beta = parameters
    # (1 + t/β)^−s stay longer than t; here t is the time of ten purchases.
    if s < 1e-2 or s * np.log1p(10 * alpha / r / beta) < 1e-2:
        return NOBODY_LEAVES
    if r > ALIKE:
        return SAME_RATE
    if s > ALIKE:
        return "customers leave at the same rate. Use the BG/NBD, or observe customers for longer."
    if beta < alpha / r / 1000:
        return "customers leave at once or never. Use the BG/NBD, or observe customers for longer."
    return TOO_LITTLE


def loglik(theta: Floats, rows: Rows) -> tuple[float, Floats]:
    r"""Compute the log-likelihood (equations 15 and 16) of all customers and its gradient.

    .. math::

        L = \frac{Γ(r+x)}{Γ(r)} α^r β^s \Big[ (α+T)^{−(r+x)} (β+T)^{−s}
            + \int_{t_x}^T s (α+u)^{−(r+x)} (β+u)^{−(s+1)} du \Big]

    The first term in the brackets is of a customer who is alive at T, the integral of one who left at u. The
    derivatives of :math:`\ln L` are means over what may have happened, weighted by its probability.

    Parameters
    ----------
    theta
        Logarithms of r, alpha, s, beta, shape (4,).
    rows
        Distinct customers.

    Returns
    -------
    value, gradient
        The gradient is that by `theta`, shape (4,).
    """
    r, alpha, s, beta = np.exp(theta)
    total = rows.tally.sum()
    value = rows.tally @ special.gammaln(r + rows.levels) - total * (special.gammaln(r) - r * theta[1] - s * theta[3])
    by_r = rows.tally @ special.digamma(r + rows.levels) - total * (special.digamma(r) - theta[1])
    gradient = np.array([by_r, total * r / alpha, total * theta[3], total * s / beta])
    for begin in range(0, len(rows.x), _BLOCK):
        part = slice(begin, begin + _BLOCK)
        x, t_x, age, weight = rows.x[part], rows.t_x[part], rows.T[part], rows.weight[part]
        k = r + x
        left = _left(r, alpha, s, beta, x, t_x, age)
        log_alpha, log_beta = np.log(alpha + age), np.log(beta + age)
        stayed = -k * log_alpha - s * log_beta
        either = np.logaddexp(stayed, left.log)
        gone = np.exp(left.log - either)
        here = 1 - gone
        value += weight @ either
        gradient -= [
            weight @ (here * log_alpha + gone * left.log_alpha),
            weight @ (k * (here / (alpha + age) + gone * left.over_alpha)),
            weight @ (here * log_beta + gone * (left.log_beta - 1 / s)),
            weight @ (here * s / (beta + age) + gone * (s + 1) * left.over_beta),
        ]
    return float(value), gradient * np.exp(theta)


def customer_loglik(parameters: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Compute the log-likelihood of each customer, as in `loglik`; shape of the customers."""
    r, alpha, s, beta = np.asarray(parameters, dtype=np.float64)
    x, t_x, T = arrays(x, t_x, T)
    stayed = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    constant = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return constant + np.logaddexp(stayed, _log_left(r, alpha, s, beta, x, t_x, T))


def probability_alive(parameters: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Compute the probability of being a customer still at T: the share of the first term in the likelihood.

    References
    ----------
    Schmittlein, Morrison and Colombo (1987), equations 11–13; Fader and Hardie (2005), section 5.
    """
    r, alpha, s, beta = np.asarray(parameters, dtype=np.float64)
    x, t_x, T = arrays(x, t_x, T)
    stayed = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    return special.expit(stayed - _log_left(r, alpha, s, beta, x, t_x, T))


def expected_if_alive(
    parameters: ArrayLike, x: ArrayLike, T: ArrayLike, horizon: ArrayLike, rate: float = 0.0
) -> Floats:
    r"""Compute the expected purchases within `horizon` after T of a customer who is alive at T.

    Equation 41 without the probability of being alive:

    .. math:: \frac{r + x}{α + T} \int_0^h e^{−δu} \Big(\frac{β + T}{β + T + u}\Big)^s du.

    Without discounting the integral is :math:`(β + T) (1 − (1 + τ)^{1−s}) / (s − 1)` with :math:`τ = h / (β + T)`; it
    is computed so that no digits are lost near :math:`s = 1`.

    Parameters
    ----------
    parameters
        r, alpha, s, beta.
    x, T, horizon
        Customers and times, of shapes that broadcast.
    rate
        Continuous discount rate :math:`δ` per unit of time.
    """
    r, alpha, s, beta = np.asarray(parameters, dtype=np.float64)
    x, T, horizon = arrays(x, T, horizon)
    reach = np.log1p(horizon / (beta + T))
    buying = (r + x) / (alpha + T) * (beta + T)
    if rate == 0:
        return buying * reach * special.exprel((1 - s) * reach)
    # Nodes in ln(1 + u / (β + T)), cut where the discount has made the rest worth nothing.
    reach = np.minimum(reach, np.log1p(_FALL / (rate * (beta + T))))[..., None]
    v = reach * (1 + _NODES) / 2
    density = np.exp((1 - s) * v - rate * (beta + T)[..., None] * np.expm1(v))
    return buying * reach[..., 0] / 2 * (density @ _WEIGHTS)


def discounted_forever(parameters: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, rate: float) -> Floats:
    r"""Compute the discounted expected residual transactions (DERT): all purchases after T, in closed form.

    .. math:: P(\text{alive}) \frac{r + x}{α + T} (β + T) Ψ(1, 2 − s; δ(β + T))

    with the confluent hypergeometric function of the second kind; by Kummer's transformation
    :math:`Ψ(1, 2−s; z) = z^{s−1} Ψ(s, s; z)` it is the published form.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using iso-value curves for customer base
    analysis. *Journal of Marketing Research* 42(4), 415–430, equation 2.
    """
    r, alpha, s, beta = np.asarray(parameters, dtype=np.float64)
    x, t_x, T = arrays(x, t_x, T)
    z = rate * (beta + T)
    alive = probability_alive(parameters, x, t_x, T)
    return alive * (r + x) / (alpha + T) * (beta + T) * z ** (s - 1) * special.hyperu(s, s, z)


def probability_of(parameters: ArrayLike, x: ArrayLike, t: ArrayLike) -> Floats:
    r"""Compute the probability that a new customer makes x repeat purchases within time t.

    A negative binomial up to t for those alive, up to the time u of leaving for the others:

    .. math:: \mathrm{NB}(x|t) \Big(\frac{β}{β+t}\Big)^s + \int_0^t \mathrm{NB}(x|u) \frac{s β^s}{(β+u)^{s+1}} du.

    References
    ----------
    Fader and Hardie (2005), section 7, before the integral is solved.
    """
    r, alpha, s, beta = np.asarray(parameters, dtype=np.float64)
    x, t = arrays(x, t)
    nodes, weights = np.polynomial.legendre.leggauss(128)
    nearer = min(alpha, beta)
    reach = np.log1p(t / nearer)[..., None]
    v = reach * (1 + nodes) / 2
    u = nearer * np.expm1(v)
    leaving = np.exp(v - (s + 1) * np.log1p(u / beta) + _log_binomial(r, alpha, x[..., None], u))
    later = nearer * s / beta * reach[..., 0] / 2 * (leaving @ weights)
    return np.exp(_log_binomial(r, alpha, x, t) - s * np.log1p(t / beta)) + later


def _log_binomial(r: float, alpha: float, x: Floats, t: Floats) -> Floats:
    """Return the logarithm of the negative binomial probability of x purchases in time t."""
    ways = special.gammaln(r + x) - special.gammaln(r) - special.gammaln(x + 1)
    return ways - r * np.log1p(t / alpha) + special.xlogy(x, t / (alpha + t))


def _log_left(r: float, alpha: float, s: float, beta: float, x: Floats, t_x: Floats, T: Floats) -> Floats:
    flat = [part.ravel() for part in (x, t_x, T)]
    blocks = [
        _left(r, alpha, s, beta, *(part[begin : begin + _BLOCK] for part in flat)).log
        for begin in range(0, len(flat[0]), _BLOCK)
    ]
    return np.concatenate(blocks or [np.empty(0)]).reshape(x.shape)


def _left(r: float, alpha: float, s: float, beta: float, x: Floats, t_x: Floats, T: Floats) -> _Left:
    r"""Integrate over the time of leaving.

    With :math:`μ = \min(α, β)` and :math:`v = \ln((μ + u) / (μ + t_x))` the integrand is, but for a factor,
    :math:`e^{−D(v)}`, :math:`D = p v + w \ln((e^v + Q) / (1 + Q))`, :math:`Q = |α − β| / (μ + t_x)`; p and w belong to
    the nearer and the farther of the two. It has no singularity nearer than :math:`±iπ`, so few nodes are enough.
    """
    near, far = (beta, alpha) if beta <= alpha else (alpha, beta)
    k = r + x
    power, weight = (np.full_like(k, s), k) if beta <= alpha else (k - 1, np.full_like(k, s + 1))
    base = near + t_x
    gap = (far - near) / base
    reach = _cut(np.log((near + T) / base), power, weight, gap)
    v = reach[:, None] * ((1 + _NODES) / 2)
    growth = np.exp(v)
    spread = growth + gap[:, None]
    log_spread = np.log(spread)
    start_spread = np.log1p(gap)
    density = np.exp(weight[:, None] * (start_spread[:, None] - log_spread) - power[:, None] * v) * _WEIGHTS
    mass = density.sum(axis=1)
    log_base = np.log(base)
    with np.errstate(divide="ignore"):
        # Nothing happened between t_x and T if they are equal: the logarithm of 0 is −∞.
        size = np.log(reach / 2)
    log = np.log(s) + np.log(mass) + size - (power + weight) * log_base - weight * start_spread
    mean_near = np.einsum("ij,ij->i", density, v) / mass + log_base
    mean_far = np.einsum("ij,ij->i", density, log_spread) / mass + log_base
    over_near = np.einsum("ij,ij->i", density, 1 / growth) / mass / base
    over_far = np.einsum("ij,ij->i", density, 1 / spread) / mass / base
    if beta <= alpha:
        return _Left(log, mean_far, mean_near, over_far, over_near)
    return _Left(log, mean_near, mean_far, over_near, over_far)


def _cut(reach: Floats, power: Floats, weight: Floats, gap: Floats) -> Floats:
    """Shorten the range to where the integrand has fallen by `_FALL`, by Newton's steps on a convex function."""
    for _ in range(6):
        growth = np.exp(reach)
        fall = power * reach + weight * (np.log(growth + gap) - np.log1p(gap))
        slope = power + weight * growth / (growth + gap)
        reach = np.where(fall > _FALL, reach - (fall - _FALL) / slope, reach)
    return reach
