"""Maximum likelihood on the logarithms of positive parameters: the optimiser, the errors, the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from patrons.lifetime_data import CannotFit, Floats
from patrons.limits import LEVEL

_Z = float(stats.norm.ppf(0.5 + LEVEL / 2))
#: An objective: log-likelihood and its gradient at the logarithms of the parameters.
Objective = Callable[[Floats], tuple[float, Floats]]
#: Says what it means, and what to do, that the search ended at these parameters without identifying them.
Explain = Callable[[Floats], str]

#: How far (in logarithms) a parameter may move from its start before it has run to a border.
REACH = 10.0
#: A parameter whose logarithm is less sure than this could be a thousand times larger or smaller: it is not identified.
LEAST_SURE = 3.5
#: Newton's steps go on until the next one is shorter than this many standard errors.
PRECISION = 1e-7


@dataclass(frozen=True)
class Fit:
    """A model fitted by maximum likelihood.

    Attributes
    ----------
    model
        ``bgnbd``, ``pareto_nbd`` or ``gamma_gamma``.
    parameters
        Estimates by name, in the unit of time (of money) of the data.
    covariance
        Of the logarithms of the parameters: inverse of the negative Hessian.
    loglik
        Log-likelihood at the maximum.
    n
        Number of customers.
    converged
        Whether the last Newton step was shorter than a millionth of a standard error.
    iterations
        Of the optimiser, with its Newton steps.
    set_aside
        Customers who could not be used.
    """

    model: str
    parameters: pd.Series
    covariance: pd.DataFrame
    loglik: float
    n: int
    converged: bool
    iterations: int
    set_aside: int = 0

    @property
    def standard_errors(self) -> pd.Series:
        """Standard errors of the parameters, by the delta method: parameter × standard error of its logarithm."""
        return self.parameters * self._log_errors

    @property
    def low(self) -> pd.Series:
        """Lower ends of 95 % Wald intervals, made on the logarithms so that they stay positive."""
        return self.parameters / np.exp(_Z * self._log_errors)

    @property
    def high(self) -> pd.Series:
        """Upper ends of 95 % Wald intervals."""
        return self.parameters * np.exp(_Z * self._log_errors)

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 × parameters − 2 × log-likelihood: smaller is better on the same data."""
        return 2 * len(self.parameters) - 2 * self.loglik

    @property
    def _log_errors(self) -> pd.Series:
        return pd.Series(np.sqrt(np.diag(self.covariance)), index=self.parameters.index)

    def table(self) -> pd.DataFrame:
        """Return one row per parameter: `parameter`, `estimate`, `standard_error`, `low`, `high`."""
        return pd.DataFrame(
            {
                "parameter": self.parameters.index,
                "estimate": self.parameters.to_numpy(),
                "standard_error": self.standard_errors.to_numpy(),
                "low": self.low.to_numpy(),
                "high": self.high.to_numpy(),
            }
        )


@dataclass(frozen=True)
class Maximum:
    """Where an objective is highest: `theta` (logarithms), `loglik`, `covariance`, and how the search went."""

    theta: Floats
    loglik: float
    covariance: Floats
    converged: bool
    iterations: int


def maximise(
    objective: Objective,
    start: Floats,
    names: Sequence[str],
    n: int,
    explain: Explain,
    pilot: Maximum | None = None,
) -> Maximum:
    """Find the maximum: BFGS with the gradient, then Newton's steps until they are a trifle of a standard error.

    Parameters
    ----------
    objective
        Log-likelihood and gradient at the logarithms of the parameters.
    start
        Logarithms of the starting values, shape (p,).
    names
        Of the parameters.
    n
        Number of customers: tolerances are scaled by it, so that they mean the same for any number.
    explain
        What to say of parameters that are not identified.
    pilot
        The maximum for a part of the data: the search begins there, in coordinates in which the likelihood is round.

    Raises
    ------
    CannotFit
        If the maximum lies at a border or is no maximum: the data do not identify the parameters.
    """
    if pilot is None:
        theta, _, steps = _search(objective, start, np.eye(len(start)) / np.sqrt(n), np.sqrt(n) * 1e-6)
    else:
        theta, _, steps = _search(objective, pilot.theta, _root(pilot.covariance), 1e-2)
        steps += pilot.iterations
    _refuse_border(theta, start, names, explain)
    covariance, last, converged = np.empty(0), np.inf, False
    for _ in range(12):
        value, gradient = objective(theta)
        # Far from the maximum the curvature is another.
        if last > 1e-4:
            covariance = _inverse(-hessian(objective, theta), theta, names, explain)
        step = covariance @ gradient
        # The length of the step in standard errors: sqrt(gᵀ C g).
        last = float(np.sqrt(np.maximum(gradient @ step, 0.0)))
        converged = last < 1e-6
        if last < PRECISION:
            break
        theta = _ascend(objective, theta, step, value)
        steps += 1
    _refuse_unsure(covariance, theta, names, explain)
    return Maximum(theta, objective(theta)[0], covariance, converged, steps)


def refit(objective: Objective, near: Floats, covariance: Floats) -> tuple[Floats, bool]:
    """Find a maximum near a known one, in coordinates in which the likelihood is about round: few steps are needed.

    Parameters
    ----------
    objective
        As for `maximise`.
    near, covariance
        Logarithms of the parameters of a fit to data of the same size and kind, shape (p,), and their covariance.

    Returns
    -------
    theta, found
        Logarithms of the parameters, and whether the gradient there is flat. A parameter that runs to a border ends at
        most `REACH` away.
    """
    theta, slope, _ = _search(objective, near, _root(covariance), 1e-3)
    return theta, bool(slope < 0.02 and np.isfinite(theta).all())


def hessian(objective: Objective, theta: Floats, step: float = 1e-4) -> Floats:
    """Differentiate the gradient by central differences; its error is of the order of step², about 1e-8."""
    columns = []
    for place in range(len(theta)):
        shift = np.zeros(len(theta))
        shift[place] = step
        columns.append((objective(theta + shift)[1] - objective(theta - shift)[1]) / (2 * step))
    matrix = np.array(columns)
    return (matrix + matrix.T) / 2


def as_fit(model: str, names: Sequence[str], best: Maximum, n: int, set_aside: int = 0) -> Fit:
    """Name the parts of a maximum."""
    labels = pd.Index(names)
    covariance = pd.DataFrame(best.covariance, index=labels, columns=labels)
    parameters = pd.Series(np.exp(best.theta), index=labels)
    return Fit(model, parameters, covariance, best.loglik, n, best.converged, best.iterations, set_aside)


def _root(covariance: Floats) -> Floats:
    """Return L with L Lᵀ the covariance."""
    return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)


def _search(objective: Objective, start: Floats, root: Floats, flat: float) -> tuple[Floats, float, int]:
    """Climb by BFGS in the coordinates z of start + root z, until the largest slope is below `flat`.

    Beyond `REACH` the objective is taken to be level, so that a parameter that runs off stops there. (L-BFGS-B knows
    bounds itself, but spends more time in BLAS threads than a small likelihood takes.)

    Returns
    -------
    theta, slope, iterations
    """

    def downhill(z: Floats) -> tuple[float, Floats]:
        theta = start + root @ z
        inside = np.clip(theta, start - REACH, start + REACH)
        value, gradient = objective(inside)
        return -value, -(root.T @ np.where(theta == inside, gradient, 0.0))

    found = optimize.minimize(
        downhill, np.zeros(len(start)), jac=True, method="BFGS", options={"maxiter": 500, "gtol": flat}
    )
    theta = np.clip(start + root @ found.x, start - REACH, start + REACH)
    return theta, float(np.abs(found.jac).max()), int(found.nit)


def _ascend(objective: Objective, theta: Floats, step: Floats, value: float) -> Floats:
    """Take Newton's step, halved until the likelihood does not fall."""
    for _ in range(20):
        if objective(theta + step)[0] >= value - 1e-9 * abs(value):
            return theta + step
        step = step / 2
    return theta


def _inverse(curvature: Floats, theta: Floats, names: Sequence[str], explain: Explain) -> Floats:
    """Invert the curvature, which must be that of a maximum."""
    if not np.isfinite(curvature).all():
        raise _not_identified(0, theta, names, explain)
    values, vectors = np.linalg.eigh(curvature)
    if values.min() <= 1e-10 * max(float(values.max()), 1.0):
        raise _not_identified(int(np.abs(vectors[:, 0]).argmax()), theta, names, explain)
    return np.asarray((vectors / values) @ vectors.T)


def _refuse_border(theta: Floats, start: Floats, names: Sequence[str], explain: Explain) -> None:
    moved = np.abs(theta - start)
    if moved.max() > REACH - 0.01:
        raise _not_identified(int(moved.argmax()), theta, names, explain)


def _refuse_unsure(covariance: Floats, theta: Floats, names: Sequence[str], explain: Explain) -> None:
    errors = np.sqrt(np.diag(covariance))
    if errors.max() > LEAST_SURE:
        raise _not_identified(int(errors.argmax()), theta, names, explain)


def _not_identified(place: int, theta: Floats, names: Sequence[str], explain: Explain) -> CannotFit:
    values = np.exp(theta)
    return CannotFit(f"The data do not identify {names[place]} (it stands at {values[place]:.2g}): {explain(values)}")
