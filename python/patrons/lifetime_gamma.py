r"""The Gamma-Gamma model: what customers spend per purchase, apart from how often they buy.

The money of each purchase of a customer is Gamma(:math:`p, ν`), and :math:`ν` is Gamma(:math:`q, v`) over customers;
`v` is the γ of the note. Parameters come in the order p, q, v; v has the unit of money.

References
----------
Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value; equations by their numbers there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from patrons.lifetime_data import ALIKE, FEWEST_REPEATERS, CannotFit, Floats, arrays
from patrons.lifetime_fit import Objective

NAMES = ("p", "q", "v")


@dataclass(frozen=True)
class Spenders:
    """Customers with a repeat purchase: `x` (n,), `m_x` (n,), and how many were `set_aside` for m_x ≤ 0."""

    x: Floats
    m_x: Floats
    set_aside: int

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.x)


def spenders(clv: pd.DataFrame) -> Spenders:
    """Check what customers spent and keep those with a repeat purchase.

    Parameters
    ----------
    clv
        `x` repeat purchases, `m_x` mean money of one of them (missing where there is none).

    Raises
    ------
    CannotFit
        If a mean is missing, hardly anybody can be used, or everybody spends the same.
    """
    absent = [name for name in ("x", "m_x") if name not in clv]
    if absent:
        raise CannotFit(f"The customers lack the column {', '.join(absent)}; the Gamma-Gamma model needs x and m_x.")
    x, mean = (clv[name].to_numpy(np.float64, na_value=np.nan) for name in ("x", "m_x"))
    if not np.isfinite(x).all() or (x < 0).any():
        raise CannotFit("x is missing or negative: x counts the purchases after the first.")
    again = x > 0
    gone = int((~np.isfinite(mean[again])).sum())
    if gone:
        raise CannotFit(f"m_x is missing for {gone:,} customers who bought again: their orders need an amount.")
    usable = again & (np.where(again, mean, 0.0) > 0)
    aside = int(again.sum() - usable.sum())
    if usable.sum() < FEWEST_REPEATERS:
        why = f" ({aside} more have a mean of 0 or less and cannot be used)" if aside else ""
        raise CannotFit(
            f"Only {int(usable.sum())} customers have a repeat purchase with a positive mean{why}; the Gamma-Gamma "
            f"model needs {FEWEST_REPEATERS} or more. Observe customers for longer, or use the mean over all purchases."
        )
    if np.ptp(mean[usable]) <= 1e-12 * mean[usable].max():
        raise CannotFit("Every customer spends the same per purchase: use that amount instead of a model.")
    return Spenders(x[usable], mean[usable], aside)


def start(found: Spenders) -> Floats:
    """Return where the search begins: p and q of ordinary spread, v so that the mean is that of the data."""
    return np.array([2.0, 3.0, found.m_x.mean()])


def explain(parameters: Floats) -> str:
    """Say what it means that the search ended here without identifying the parameters, and what to do."""
    p, q, _ = parameters
    if p > ALIKE:
        return "each customer spends about the same every time. Use the customers' own means."
    if q > ALIKE:
        return "customers spend alike on average. Use the mean over all purchases."
    return "amounts differ without bound. Look for extreme amounts and set them aside."


def objective(found: Spenders) -> Objective:
    r"""Return the log-likelihood (equation 1a) and its gradient as a function of the logarithms of p, q, v.

    .. math:: \ln L = \ln\frac{Γ(px+q)}{Γ(px)Γ(q)} + q \ln v + (px − 1) \ln m_x + px \ln x − (px + q) \ln(v + x m_x)
    """
    x, mean = found.x, found.m_x
    spent = x * mean
    log_spent, log_mean = np.log(spent), np.log(mean)
    levels, codes = np.unique(x, return_inverse=True)
    tally = np.bincount(codes).astype(np.float64)

    def loglik(theta: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(theta)
        shape, px = p * levels, p * x
        log_all = np.log(v + spent)
        digamma = special.digamma(shape + q)
        value = tally @ (special.gammaln(shape + q) - special.gammaln(shape))
        value += found.n * (q * theta[2] - special.gammaln(q)) + (px * (log_spent - log_all) - log_mean).sum()
        value -= q * log_all.sum()
        by_p = tally @ (levels * (digamma - special.digamma(shape))) + x @ (log_spent - log_all)
        by_q = tally @ digamma + found.n * (theta[2] - special.digamma(q)) - log_all.sum()
        by_v = found.n * q / v - ((px + q) / (v + spent)).sum()
        return float(value), np.array([p * by_p, q * by_q, v * by_v])

    return loglik


def customer_loglik(parameters: ArrayLike, x: ArrayLike, m_x: ArrayLike) -> Floats:
    """Compute the log-likelihood of each customer, as in `objective`; x and m_x above 0."""
    p, q, v = np.asarray(parameters, dtype=np.float64)
    x, m_x = arrays(x, m_x)
    px = p * x
    ways = special.gammaln(px + q) - special.gammaln(px) - special.gammaln(q)
    return ways + q * np.log(v) - np.log(m_x) + px * np.log(x * m_x) - (px + q) * np.log(v + x * m_x)


def expected_spend(parameters: ArrayLike, x: ArrayLike, m_x: ArrayLike) -> Floats:
    r"""Compute the money expected per purchase of each customer (equation 5).

    .. math:: E(M) = \frac{p (v + x m_x)}{px + q − 1}

    It lies between the customer's own mean and that of all, :math:`pv / (q − 1)`, the nearer to the former the more
    purchases there are. A mean below 0 counts as 0; where x = 0, m_x is not looked at.
    """
    p, q, v = np.asarray(parameters, dtype=np.float64)
    x, m_x = arrays(x, m_x)
    spent = x * np.where(x > 0, np.maximum(m_x, 0.0), 0.0)
    return p * (v + spent) / (p * x + q - 1)
