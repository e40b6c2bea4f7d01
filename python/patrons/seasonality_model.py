"""Daily orders as a product of trend, season, weekday and holidays: a quasi-Poisson model with robust errors."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from dateutil.easter import easter
from scipy import stats

from patrons.explore_rhythm import newey_west_lags
from patrons.sales import WEEKDAYS

Z = float(stats.norm.ppf(0.975))
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
#: The season that the report asks about was named before looking: November and December.
PEAK = (11, 12)
#: Days; the model needs so many to say anything, and two years of them to know a season.
FEWEST_DAYS, TWO_YEARS = 56, 730
#: What each window is, in the words of the book. Those that move are computed for each year.
WINDOWS = {
    "New Year": "1 January",
    "Valentine's week": "8 to 14 February",
    "Easter": "Good Friday to Easter Monday",
    "Black Friday": "the Friday after the fourth Thursday of November to the Monday after it",
    "Christmas shopping": "10 to 23 December",
    "Christmas": "24 to 26 December",
    "Between the years": "27 to 31 December",
}


@dataclass(frozen=True)
class Calendar:
    """A model of daily orders.

    Attributes
    ----------
    days
        What it was fitted to: ``start``, ``orders``, ``month``, ``weekday``, the knots' time ``t`` (0 to 1), and
        columns of extra events.
    knots
        Inner knots of the trend, on the scale of ``t``.
    months, windows, extra
        Whether months are in it, which holiday windows and which extra events.
    effects
        ``kind`` (month | weekday | window | extra), ``name``, ``ratio``, ``low``, ``high``, ``p``. Months and weekdays
        are against the mean of all; windows and events against the same days without them.
    joint
        ``kind``, ``statistic`` (F), ``df1``, ``df2``, ``p``: all effects of a kind at once.
    peak
        One row, none without months: ``ratio``, ``low``, ``high``, ``p``, of a day of `PEAK` to one of the rest.
    dispersion
        Variance over mean; 1 if orders come independently of each other.
    lags
        Days over which likeness is allowed for.
    fitted
        Expected orders of each day.
    """

    days: pd.DataFrame
    knots: tuple[float, ...]
    months: bool
    windows: tuple[str, ...]
    extra: tuple[str, ...]
    effects: pd.DataFrame
    joint: pd.DataFrame
    peak: pd.DataFrame
    dispersion: float
    lags: int
    fitted: np.ndarray


def windows_of(days: pd.Series) -> pd.DataFrame:
    """Tell of each day in which of the holiday windows it lies: a column of 0 and 1 for each of `WINDOWS`.

    Examples
    --------
    >>> found = windows_of(pd.Series(pd.to_datetime(["2023-04-07", "2023-11-24", "2023-11-27", "2023-12-24"])))
    >>> found.idxmax(axis=1).tolist()
    ['Easter', 'Black Friday', 'Black Friday', 'Christmas']
    """
    spans: list[tuple[str, datetime.date, datetime.date]] = []
    for year in sorted(set(days.dt.year)):
        of = [datetime.date(year, 2, 8), datetime.date(year, 12, 10), datetime.date(year, 12, 24)]
        sunday = easter(year)
        first = datetime.date(year, 11, 1)
        black = first + datetime.timedelta(days=(3 - first.weekday()) % 7 + 22)
        day = datetime.timedelta(days=1)
        spans += [
            ("New Year", datetime.date(year, 1, 1), datetime.date(year, 1, 1)),
            ("Valentine's week", of[0], of[0] + 6 * day),
            ("Easter", sunday - 2 * day, sunday + day),
            ("Black Friday", black, black + 3 * day),
            ("Christmas shopping", of[1], of[1] + 13 * day),
            ("Christmas", of[2], of[2] + 2 * day),
            ("Between the years", of[2] + 3 * day, of[2] + 7 * day),
        ]
    table = pd.DataFrame(0.0, index=days.index, columns=list(WINDOWS))
    for name, begin, end in spans:
        table.loc[days.between(pd.Timestamp(begin), pd.Timestamp(end)), name] = 1.0
    return table


def spline(t: np.ndarray, knots: tuple[float, ...]) -> np.ndarray:
    r"""Return an orthogonal basis of the natural cubic splines on [0, 1], without their constant.

    :math:`N_1 = t`, :math:`N_{k+1} = d_k - d_{K-1}` with :math:`d_k = \{(t - \xi_k)_+^3 - (t - \xi_K)_+^3\} / (\xi_K -
    \xi_k)`, the ends 0 and 1 being knots too.

    References
    ----------
    Hastie, T., Tibshirani, R. and Friedman, J. (2009). *The Elements of Statistical Learning*, 2nd ed., eq. 5.4–5.5.
    """
    xi = np.array([0.0, *knots, 1.0])

    def d(k: int) -> np.ndarray:
        return (np.clip(t - xi[k], 0, None) ** 3 - np.clip(t - xi[-1], 0, None) ** 3) / (xi[-1] - xi[k])

    raw = np.column_stack([np.ones(len(t)), t, *(d(k) - d(len(xi) - 2) for k in range(len(xi) - 2))])
    # Cubes of neighbouring knots are all but alike; orthogonal columns span the same curves without rounding.
    return np.sqrt(len(t)) * np.linalg.qr(raw)[0][:, 1:]


def trend_knots(days: int, months: bool) -> tuple[float, ...]:
    """Return inner knots at even distances: one a year and one more beside months, otherwise one a quarter."""
    count = max(1, round(days / 365.25)) + 1 if months else max(1, round(days / 91))
    return tuple(float(k) / (count + 1) for k in range(1, count + 1))


def fit(days: pd.DataFrame, extra: Mapping[str, np.ndarray], windows: bool = False) -> Calendar | None:
    r"""Fit the model of daily orders.

    :math:`\log \mathrm{E}\,y_t = s(t) + \mu_{\text{month}(t)} + \omega_{\text{weekday}(t)} + \gamma^\top z_t`, with
    variance :math:`\varphi` times the mean. Each standard error is the larger of that of this variance and that of
    Newey and West, which allows for neighbouring days being alike but is far too small for windows of a few days.

    Parameters
    ----------
    days
        ``start`` and ``orders`` of each day, without holes.
    extra
        Known events: a number for each day, by name.
    windows
        Whether holiday windows are in it; only beside months, from which they could not be told otherwise.

    Returns
    -------
    Calendar or None
        None with fewer than eight weeks, or without orders on some weekday.

    References
    ----------
    Angrist, J. D. and Pischke, J.-S. (2009). *Mostly Harmless Econometrics*, § 8.2: the larger of two standard errors.
    """
    table = days[["start", "orders"]].reset_index(drop=True)
    n = len(table)
    if n < FEWEST_DAYS or not table["orders"].sum():
        return None
    months = n >= TWO_YEARS
    table["month"], table["weekday"] = table["start"].dt.month, table["start"].dt.weekday
    table["t"] = np.arange(n) / (n - 1)
    holidays = windows_of(table["start"]) if windows and months else pd.DataFrame(index=table.index)
    events = pd.DataFrame({name: np.asarray(values, dtype=float) for name, values in extra.items()})
    events = pd.concat([holidays, events], axis=1)
    # A holiday on which nothing was ever sold would be a factor of zero, which has no logarithm.
    sold_on = {name: table.loc[events[name] > 0, "orders"].sum() > 0 for name in holidays}
    events = events.loc[:, [events[name].nunique() > 1 and sold_on.get(name, True) for name in events]]
    table = pd.concat([table, events], axis=1)
    sold = [table.groupby(key)["orders"].sum() for key in (["weekday", "month"] if months else ["weekday"])]
    # A weekday on which the shop is closed has no logarithm.
    if any((each <= 0).any() for each in sold) or len(sold[0]) < 7:
        return None
    knots = trend_knots(n, months)
    parts = [np.ones((n, 1)), spline(table["t"].to_numpy(), knots), _dummies(table["weekday"], range(1, 7))]
    columns = [("trend", "")] * (1 + parts[1].shape[1]) + [("weekday", str(k)) for k in range(1, 7)]
    if months:
        parts.append(_dummies(table["month"], range(2, 13)))
        columns += [("month", str(k)) for k in range(2, 13)]
    parts.append(events.to_numpy(dtype=float))
    columns += [("window" if name in WINDOWS else "extra", str(name)) for name in events]
    matrix = np.column_stack(parts)
    lags = newey_west_lags(n)
    model = sm.GLM(table["orders"].to_numpy(dtype=float), matrix, family=sm.families.Poisson())
    found = model.fit(tol=1e-12, maxiter=100, tol_criterion="params", cov_type="HAC", cov_kwds={"maxlags": lags})
    b, robust = np.asarray(found.params), np.asarray(found.cov_params())
    mean = np.asarray(found.mu)
    dispersion = float(found.pearson_chi2 / found.df_resid)
    plain = dispersion * np.linalg.inv(matrix.T @ (matrix * mean[:, None]))
    cov = np.array([plain, robust])
    if not np.isfinite(cov).all():
        return None
    effects = _effects(b, cov, columns)
    return Calendar(
        table,
        knots,
        months,
        tuple(name for kind, name in columns if kind == "window"),
        tuple(name for kind, name in columns if kind == "extra"),
        effects,
        _joint(b, cov, columns, n),
        _peak(b, cov, columns) if months else pd.DataFrame(columns=["ratio", "low", "high", "p"]),
        dispersion,
        lags,
        mean,
    )


def _dummies(values: pd.Series, levels: range) -> np.ndarray:
    return np.column_stack([(values == level).to_numpy(dtype=float) for level in levels])


def _row(contrast: np.ndarray, value: float, cov: np.ndarray) -> dict[str, float]:
    error = float(np.sqrt((contrast @ cov @ contrast).max()))
    ends = {"low": float(np.exp(value - Z * error)), "high": float(np.exp(value + Z * error))}
    return {"ratio": float(np.exp(value)), **ends, "p": float(2 * stats.norm.sf(abs(value) / error))}


def _levels(b: np.ndarray, columns: list[tuple[str, str]], kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the effects of all levels of a kind, the first being zero, and the columns that they come from."""
    mine = np.array([each == kind for each, _ in columns])
    picks = np.zeros((int(mine.sum()) + 1, len(b)))
    picks[np.arange(1, len(picks)), np.flatnonzero(mine)] = 1.0
    return picks @ b, picks


def _effects(b: np.ndarray, cov: np.ndarray, columns: list[tuple[str, str]]) -> pd.DataFrame:
    rows = []
    for kind, names in (("month", MONTHS), ("weekday", WEEKDAYS)):
        if kind not in {each for each, _ in columns}:
            continue
        values, picks = _levels(b, columns, kind)
        weights = np.exp(values) / np.exp(values).sum()
        for place, name in enumerate(names):
            contrast = picks[place] - weights @ picks
            value = float(values[place] - np.log(np.exp(values).mean()))
            rows.append({"kind": kind, "name": name, **_row(contrast, value, cov)})
    for place, (kind, name) in enumerate(columns):
        if kind in ("window", "extra"):
            contrast = np.eye(len(b))[place]
            rows.append({"kind": kind, "name": name, **_row(contrast, float(b[place]), cov)})
    return pd.DataFrame(rows)


def _joint(b: np.ndarray, cov: np.ndarray, columns: list[tuple[str, str]], n: int) -> pd.DataFrame:
    rows = []
    for kind in ("month", "weekday", "window"):
        mine = np.array([each == kind for each, _ in columns])
        if mine.any():
            df1, df2 = int(mine.sum()), n - len(b)
            statistic = min(float(b[mine] @ np.linalg.solve(one[np.ix_(mine, mine)], b[mine])) for one in cov) / df1
            p = float(stats.f.sf(statistic, df1, df2))
            rows.append({"kind": kind, "statistic": statistic, "df1": df1, "df2": df2, "p": p})
    return pd.DataFrame(rows)


def _peak(b: np.ndarray, cov: np.ndarray, columns: list[tuple[str, str]]) -> pd.DataFrame:
    values, picks = _levels(b, columns, "month")
    inside = np.isin(np.arange(1, 13), PEAK)
    risen = np.exp(values)
    inner, outer = risen * inside / risen[inside].sum(), risen * ~inside / risen[~inside].sum()
    value = float(np.log(risen[inside].mean() / risen[~inside].mean()))
    return pd.DataFrame([_row((inner - outer) @ picks, value, cov)])
