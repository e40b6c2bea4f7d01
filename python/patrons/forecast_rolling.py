"""How good forecasts have been: made again and again with what was known at the time, and held against what came.

At each origin every model is fitted to the months before it alone and forecasts the months after it. Errors are
divided by what the seasonal naive forecast missed within the months before (mean absolute scaled error), so that
early and late, small and large series count alike.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from patrons.forecast import AHEAD, LEVELS, SEASON
from patrons.forecast_models import MODELS, Model
from patrons.frames import each
from patrons.intervals import wilson
from patrons.limits import LEVEL

#: Months that are known at the first origin, and the most origins (the latest ones).
FIRST, ORIGINS = 2 * SEASON, 3 * SEASON
#: Origins that are drawn together: neighbouring ones forecast nearly the same months from nearly the same past.
BLOCK = 6
DRAWS = 2_000
#: Errors that must be known before the width of intervals is corrected by them.
ENOUGH = 12
SIMPLEST = "seasonal_naive"


def roll(
    values: np.ndarray, logs: bool, models: Mapping[str, Model] = MODELS, first: int | None = None, ahead: int = AHEAD
) -> pd.DataFrame:
    """Forecast from each origin what was known later.

    Parameters
    ----------
    values
        Months without holes.
    logs
        Whether models work in logarithms.
    models
        From the simplest on; one that cannot be fitted at some origin is left out as a whole.
    first
        Months that are known at the first origin.
    ahead
        The most months ahead.

    Returns
    -------
    DataFrame
        A row per model, origin and step: ``model``, ``origin`` (months known), ``step``, ``actual``, ``forecast``,
        ``error`` (actual - forecast), ``scale``, ``scaled`` (error / scale), ``z`` (error in standard deviations of
        the forecast, on the scale of the model).
    """
    values = np.asarray(values, dtype=float)
    n = len(values)
    begin = max(FIRST, n - ORIGINS) if first is None else first
    found = []
    for name, fit in models.items():
        try:
            rows = [_origin(name, fit, values, logs, origin, ahead) for origin in range(begin, n)]
        except (ValueError, np.linalg.LinAlgError):
            continue
        found.append(pd.concat(rows, ignore_index=True))
    return pd.concat(found, ignore_index=True)


def _origin(name: str, fit: Model, values: np.ndarray, logs: bool, origin: int, ahead: int) -> pd.DataFrame:
    steps = min(ahead, len(values) - origin)
    expected = fit(values[:origin], logs, ahead).ahead
    mean, actual = expected.mean[:steps], values[origin : origin + steps]
    deviation = np.sqrt(np.diag(expected.covariance))[:steps]
    forecast = np.exp(mean) if logs else mean
    scale = float(np.mean(np.abs(values[SEASON:origin] - values[: origin - SEASON])))
    apart = (np.log(actual) if logs else actual) - mean
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.DataFrame(
            {
                "model": name, "origin": origin, "step": np.arange(1, steps + 1), "actual": actual,
                "forecast": forecast, "error": actual - forecast, "scale": scale, "scaled": (actual - forecast) / scale,
                "z": apart / deviation,
            }
        )  # fmt: skip


def factors(rolled: pd.DataFrame) -> pd.DataFrame:
    """Return by how much errors known at each origin were larger than the model's intervals expected.

    Returns
    -------
    DataFrame
        ``model``, ``origin``, ``factor`` (root mean square of z over forecasts whose month was over by then), ``known``
        (how many). The last origin is the end of the series. With fewer than `ENOUGH`, the factor is missing.
    """
    end = int((rolled["origin"] + rolled["step"]).max())
    rows = []
    for model, mine in rolled.groupby("model", sort=False):
        over = mine["origin"] + mine["step"]
        for origin in [*sorted(mine["origin"].unique()), end]:
            z = mine.loc[over <= origin, "z"]
            rows.append((model, origin, float(np.sqrt(np.mean(z**2))) if len(z) >= ENOUGH else np.nan, len(z)))
    return pd.DataFrame(rows, columns=["model", "origin", "factor", "known"])


def judge(rolled: pd.DataFrame, rng: np.random.Generator, draws: int = DRAWS) -> pd.DataFrame:
    """Sum up how each model did, over all origins and steps.

    Intervals resample blocks of `BLOCK` consecutive origins in a circle, the same for all models [1]_. Those of shares
    are Wilson's, with as many observations as the resampled variance is worth, and never more than there are origins.

    Returns
    -------
    DataFrame
        Rows in the order of the models: ``model``, ``origins``, ``forecasts``, ``mase``, ``mase_low``, ``mase_high``;
        ``miss`` (sum of absolute errors / sum of what came); ``gain``, ``gain_low``, ``gain_high`` (MASE above the
        seasonal naive's; negative is better); ``behind``, ``behind_se`` (MASE above the lowest, and its standard
        error); for each level L ``coverage_L`` of the model's own intervals and ``corrected_L`` of those times the
        factor known at the origin, both with ``…_low``, ``…_high``; ``factor`` (at the end of the series; 1 where too
        little is known).

    References
    ----------
    .. [1] Politis, D. N., & Romano, J. P. (1992). A circular block-resampling procedure for stationary data. In
       *Exploring the Limits of Bootstrap*, 263–270.
    """
    names = list(dict.fromkeys(rolled["model"]))
    origins = np.sort(rolled["origin"].unique())
    weights = _blocks(len(origins), rng, draws)
    width = factors(rolled)
    rolled = rolled.merge(width.drop(columns="known"), on=["model", "origin"], how="left")
    error = {name: _ratio(rolled[rolled["model"] == name], "scaled", origins, weights) for name in names}
    best = min(names, key=lambda name: error[name][0])
    rows = []
    for name in names:
        mine = rolled[rolled["model"] == name]
        mase, drawn = error[name]
        first, first_drawn = error[SIMPLEST]
        lowest, lowest_drawn = error[best]
        row = {"model": name, "origins": len(origins), "forecasts": len(mine), "mase": mase}
        row["mase_low"], row["mase_high"] = _ends(drawn)
        row["miss"] = float(mine["error"].abs().sum() / mine["actual"].sum())
        row["gain"] = mase - first
        row["gain_low"], row["gain_high"] = _ends(drawn - first_drawn)
        row["behind"], row["behind_se"] = mase - lowest, float(np.std(drawn - lowest_drawn, ddof=1))
        for level in LEVELS:
            z, label = stats.norm.ppf(0.5 + level / 2), f"{100 * level:.0f}"
            inside = mine.assign(inside=mine["z"].abs() <= z)
            row |= _coverage(inside, f"coverage_{label}", origins, weights)
            known = mine[mine["factor"].notna()]
            fixed = known.assign(inside=known["z"].abs() <= z * known["factor"])
            row |= _coverage(fixed, f"corrected_{label}", origins, weights)
        last = width[width["model"] == name].iloc[-1]["factor"]
        row["factor"] = float(last) if np.isfinite(last) and last > 0 else 1.0
        rows.append(row)
    return pd.DataFrame(rows)


def choose(judged: pd.DataFrame) -> tuple[str, str]:
    """Name the model with the lowest error, and the one to use: the simplest within one standard error of it [1]_.

    References
    ----------
    .. [1] Breiman, L., Friedman, J. H., Olshen, R. A., & Stone, C. J. (1984). *Classification and Regression Trees*,
       section 3.4.
    """
    lowest = str(judged["model"].iloc[int(judged["mase"].argmin())])
    near = judged[judged["behind"] <= judged["behind_se"]]
    return lowest, str(near["model"].iloc[0])


def one_step(rolled: pd.DataFrame) -> pd.DataFrame:
    """Test whether a model's errors one month ahead are smaller than the seasonal naive's.

    The test of Diebold and Mariano with the correction of Harvey, Leybourne and Newbold [1]_; for one step that is the
    paired t test of the absolute scaled errors.

    Returns
    -------
    DataFrame
        ``model``, ``difference`` (mean of the model's minus the seasonal naive's), ``low``, ``high``, ``t``, ``p``,
        ``p_holm``, ``n``; empty where the seasonal naive is alone.

    References
    ----------
    .. [1] Harvey, D., Leybourne, S., & Newbold, P. (1997). Testing the equality of prediction mean squared errors.
       *International Journal of Forecasting*, 13, 281–291.
    """
    next_month = rolled[rolled["step"] == 1].pivot_table(index="origin", columns="model", values="scaled").abs()
    rows = []
    for name in [name for name in dict.fromkeys(rolled["model"]) if name != SIMPLEST]:
        apart = (next_month[name] - next_month[SIMPLEST]).to_numpy()
        tested = stats.ttest_1samp(apart, 0.0)
        low, high = tested.confidence_interval(LEVEL)
        rows.append((name, float(apart.mean()), float(low), float(high), float(tested.statistic), float(tested.pvalue)))
    table = pd.DataFrame(rows, columns=["model", "difference", "low", "high", "t", "p"])
    return table.assign(p_holm=multipletests(table["p"], method="holm")[1] if len(table) else [], n=len(next_month))


def by_step(rolled: pd.DataFrame) -> pd.DataFrame:
    """Return the mean absolute scaled error of each model for each step: ``model``, ``step``, ``mase``, ``n``."""
    sums = rolled.assign(size=rolled["scaled"].abs()).groupby(["model", "step"], sort=False)["size"]
    return sums.agg(mase="mean", n="count").reset_index()


def _blocks(n: int, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Draw how often each origin is taken: a row per draw."""
    length = min(BLOCK, n)
    starts = rng.integers(0, n, size=(draws, -(-n // length)))
    places = ((starts[:, :, None] + np.arange(length)) % n).reshape(draws, -1)[:, :n]
    weights = np.zeros((draws, n))
    np.add.at(weights, (np.arange(draws)[:, None], places), 1.0)
    return weights


def _ratio(rows: pd.DataFrame, column: str, origins: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean size of a column, and the same in each draw of origins."""
    sums = rows[column].astype(float).abs().groupby(rows["origin"]).agg(["sum", "count"]).reindex(origins, fill_value=0)
    top, bottom = sums["sum"].to_numpy(), sums["count"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(top.sum() / bottom.sum()), (weights @ top) / (weights @ bottom)


def _coverage(rows: pd.DataFrame, label: str, origins: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    if rows.empty:
        return {label: np.nan, f"{label}_low": np.nan, f"{label}_high": np.nan}
    share, drawn = _ratio(rows, "inside", origins, weights)
    most = rows["origin"].nunique()
    variance = float(np.nanvar(drawn))
    worth = share * (1 - share) / variance if variance > 0 else np.inf
    n = float(np.clip(worth, 1, most))
    low, high = wilson([share * n], [n])
    return {label: share, f"{label}_low": float(low[0]), f"{label}_high": float(high[0])}


def _ends(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)


def published(rolled: pd.DataFrame, months: pd.Series) -> pd.DataFrame:
    """Return the rolled forecasts with the months that they are about, for readers."""
    months = months.reset_index(drop=True)
    about = [months.iloc[row.origin + row.step - 1] for row in each(rolled)]
    return rolled.assign(known_until=months.iloc[rolled["origin"] - 1].to_numpy(), month=about)
