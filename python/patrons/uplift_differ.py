"""Whether people differ at all in what the offers do for them: one test over all traits and all offers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from patrons.uplift import Trial, signed_log


@dataclass(frozen=True)
class Interaction:
    """The test that no trait changes what any offer does.

    `f` has `df1` and `df2` degrees of freedom.
    """

    f: float
    df1: int
    df2: int
    p: float

    def as_table(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        return pd.DataFrame({"f": [self.f], "df1": [self.df1], "df2": [self.df2], "p": [self.p]})


def traits_matrix(trial: Trial) -> np.ndarray:
    """Return traits as columns that none of the arms lacks: numbers in logarithms, groups as 0 or 1, all centred.

    The first group of a trait is what the others are compared with; frequent groups come first. A column that follows
    from those before it, within any arm, is left out.
    """
    columns: list[np.ndarray] = []
    for name in trial.numbers:
        values = trial.traits[name].to_numpy(dtype=float)
        logs = signed_log(np.where(np.isfinite(values), values, np.nanmedian(values)))
        columns.append(logs)
        if not np.isfinite(values).all():
            columns.append((~np.isfinite(values)).astype(float))
    for name in trial.groups:
        frequent = trial.traits[name].value_counts().index[1:]
        columns += [(trial.traits[name] == level).to_numpy(dtype=float) for level in frequent]
    kept = [np.ones(trial.n)]
    inside = [trial.arm == place for place in range(len(trial.arms))]
    for values in columns:
        spread = values.std()
        if spread == 0:
            continue
        standard = (values - values.mean()) / spread
        if all(_new(np.column_stack(kept)[rows], standard[rows]) for rows in inside):
            kept.append(standard)
    return np.column_stack(kept[1:]) if len(kept) > 1 else np.empty((trial.n, 0))


def _new(known: np.ndarray, values: np.ndarray) -> bool:
    """Whether a column says what no combination of the known ones does."""
    left = values - known @ np.linalg.lstsq(known, values, rcond=None)[0]
    return float(left @ left) > 1e-6 * len(values)


def interaction(trial: Trial) -> Interaction | None:
    r"""Test that every offer does the same for everybody.

    .. math:: y_i = \alpha + \sum_a 1[A_i = a]\,(\tau_a + \delta_a^\top z_i) + \gamma^\top z_i + \varepsilon_i, \qquad
        H_0: \delta_a = 0 \text{ for all } a

    Wald's F over all δ with the sandwich variance HC3. None where nothing can be tested.

    References
    ----------
    Long, J. S., Ervin, L. H. (2000), The American Statistician 54, 217–224.
    """
    z = traits_matrix(trial)
    if not z.shape[1] or np.ptp(trial.y) == 0:
        return None
    offers = (trial.arm[:, None] == np.arange(1, len(trial.arms))).astype(float)
    mixed = (offers[:, :, None] * z[:, None, :]).reshape(trial.n, -1)
    matrix = np.column_stack([np.ones(trial.n), offers, z, mixed])
    if trial.n <= 2 * matrix.shape[1]:
        return None
    model = sm.OLS(trial.y, matrix).fit(cov_type="HC3", use_t=True)
    tested = np.eye(matrix.shape[1])[-mixed.shape[1] :]
    found = model.f_test(tested)
    return Interaction(float(found.fvalue), mixed.shape[1], trial.n - matrix.shape[1], float(found.pvalue))
