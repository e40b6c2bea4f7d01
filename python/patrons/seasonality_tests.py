"""Whether there is a season at all: tests of months, weekdays, holidays and the end of the year, one family."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from patrons.seasonality_model import PEAK, Calendar, spline, trend_knots

TITLES = {
    "friedman": "Months differ, by the ranks of their revenue within each year",
    "month": "Months differ, in orders a day",
    "peak": "November and December differ from the rest, in orders a day",
    "ranks": "November and December rank higher within each year than chance puts them",
    "weekday": "Weekdays differ, in orders a day",
    "window": "Holidays differ from other days of their month",
}


def detrended(months: pd.DataFrame) -> pd.DataFrame:
    """Take the trend out of log revenue: that of a least-squares fit of a smooth curve and the months together.

    Parameters
    ----------
    months
        ``start`` and ``revenue`` of each month, without holes.

    Returns
    -------
    DataFrame
        ``block`` (years counted from the first month), ``month``, ``value``; whole blocks only, two at least, no row
        otherwise, nor where a month sold nothing.
    """
    blocks = len(months) // 12
    revenue = months["revenue"].to_numpy(dtype=float)
    if blocks < 2 or not (revenue > 0).all():
        return pd.DataFrame({"block": [], "month": [], "value": []})
    t = np.arange(len(months)) / (len(months) - 1)
    month = months["start"].dt.month.to_numpy()
    curve = spline(t, trend_knots(round(len(months) * 365.25 / 12), True))
    dummies = np.column_stack([month == k for k in range(2, 13)]).astype(float)
    design = np.column_stack([np.ones(len(t)), dummies, curve])
    b = np.linalg.lstsq(design, np.log(revenue), rcond=None)[0]
    value = np.log(revenue) - curve @ b[12:]
    table = pd.DataFrame({"block": np.arange(len(t)) // 12, "month": month, "value": value})
    return table[table["block"] < blocks]


def friedman(table: pd.DataFrame) -> dict[str, float]:
    """Test by Friedman's ranks within years whether months differ; takes what `detrended` returns."""
    wide = table.pivot(index="block", columns="month", values="value")
    found = stats.friedmanchisquare(*(wide[month].to_numpy() for month in wide))
    return {"statistic": float(found.statistic), "df1": 11.0, "df2": np.nan, "p": float(found.pvalue)}


def rank_high(table: pd.DataFrame) -> dict[str, float]:
    """Test exactly whether the months of `PEAK` rank higher within their years than they would by chance.

    The statistic is the sum of their ranks. If months were exchangeable within a year, each pair of ranks would be as
    likely as any other in each year: the distribution of the sum over years is that of one year convolved with itself.

    Examples
    --------
    >>> month = list(range(1, 13)) * 2
    >>> table = pd.DataFrame({"block": [0] * 12 + [1] * 12, "month": month, "value": month})
    >>> round(rank_high(table)["p"] * 66**2, 6)
    1.0
    """
    ranks = table.groupby("block")["value"].rank(method="first")
    found = int(ranks[table["month"].isin(PEAK)].sum())
    one = np.zeros(24)
    for low in range(1, 13):
        for high in range(low + 1, 13):
            one[low + high] += 1 / 66
    over = np.ones(1)
    for _ in range(table["block"].nunique()):
        over = np.convolve(over, one)
    return {
        "statistic": float(found),
        "df1": float(table["block"].nunique()),
        "df2": np.nan,
        "p": float(over[found:].sum()),
    }


def family(months: pd.DataFrame, plain: Calendar | None, holidays: Calendar | None) -> pd.DataFrame:
    """Run the tests that the data allow and correct them by Holm's method over all of them.

    Parameters
    ----------
    months
        ``start`` and ``revenue`` of covered months.
    plain, holidays
        The model of daily orders without and with holiday windows.

    Returns
    -------
    DataFrame
        ``test``, ``statistic``, ``df1``, ``df2``, ``p``, ``p_holm``, in the order of `TITLES`.
    """
    rows: dict[str, dict[str, float]] = {}
    table = detrended(months)
    if len(table):
        # Two blocks of ranks tell little, but they tell it rightly.
        rows["friedman"], rows["ranks"] = friedman(table), rank_high(table)
    numbers = ["statistic", "df1", "df2", "p"]
    for model, kinds in ((plain, ("month", "weekday")), (holidays, ("window",))):
        if model is not None:
            mine = model.joint[model.joint["kind"].isin(kinds)].set_index("kind")
            rows |= {str(kind): dict(mine.loc[kind, numbers].astype(float)) for kind in mine.index}
    if plain is not None and len(plain.peak):
        peak = plain.peak.iloc[0]
        z = float(stats.norm.isf(peak["p"] / 2)) * (1 if peak["ratio"] >= 1 else -1)
        rows["peak"] = {"statistic": z, "df1": np.nan, "df2": np.nan, "p": float(peak["p"])}
    found = pd.DataFrame([{"test": name, **rows[name]} for name in TITLES if name in rows])
    if found.empty:
        return pd.DataFrame(columns=["test", *numbers, "p_holm"])
    return found.assign(p_holm=multipletests(found["p"], method="holm")[1])
