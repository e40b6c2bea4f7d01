"""The index of each calendar month: how its revenue compares with that of an average month, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse, stats

from patrons.features import month_number, total

Z = float(stats.norm.ppf(0.975))
#: How often customers are drawn again to ask which month would then be the strongest.
DRAWS = 1000
EFFORT = 400_000_000


@dataclass(frozen=True)
class Index:
    """How the months of the year compare.

    Attributes
    ----------
    table
        ``month`` (1 to 12), ``months`` (how many there are of it), ``index``, ``low``, ``high`` (missing where fewer
        than two years are covered), ``strongest`` (share of redrawn sets of customers in which it is the strongest).
    years
        ``year``, ``month``, ``start``, ``revenue``, ``ratio`` to the mean of the months of its year; only of years that
        are covered as a whole.
    months, buyers
        Covered months; customers (an order without one counts as one of its own).
    """

    table: pd.DataFrame
    years: pd.DataFrame
    months: int
    buyers: int

    @property
    def is_season(self) -> bool:
        """Whether two years or more are covered, so that a month can be told from growth or decline."""
        return self.months >= 24 and len(self.table) == 12

    @property
    def peak(self) -> int | None:
        """The strongest calendar month, if all twelve are there."""
        if len(self.table) < 12 or self.table["index"].isna().any():
            return None
        return int(self.table["month"].iloc[int(self.table["index"].to_numpy().argmax())])


def spend_of_months(transactions: ir.Table) -> pd.DataFrame:
    """Sum up what each customer spent in each month.

    Returns
    -------
    DataFrame
        ``buyer`` (a number), ``number`` (of the month: 12 times the year plus the month from 0), ``revenue``. An order
        without a customer is a buyer of its own.
    """
    rows = transactions
    buyer = ibis.ifelse(rows.customer_id.notnull(), "c" + rows.customer_id.cast("string"), "o" + rows.order_id)
    rows = rows.mutate(buyer=buyer, number=month_number(rows.ordered_at))
    summed = rows.group_by("buyer", "number").agg(revenue=total(rows.amount)).order_by("buyer", "number")
    found = summed.to_pyarrow().to_pandas()
    return found.assign(buyer=pd.factorize(found["buyer"])[0], number=found["number"].astype("int64"))


def measure(spend: pd.DataFrame, months: pd.DataFrame, rng: np.random.Generator) -> Index:
    r"""Compare the months of the year by revenue.

    The index of month :math:`m` is the mean revenue of its months over the mean of all,
    :math:`I_m = \frac{\sum_i a_{im} / n_m}{\sum_i b_i / n}`, :math:`a_{im}` being what customer :math:`i` spent in all
    months :math:`m` and :math:`b_i` in all months. Its interval is that of the delta method over customers, on the log
    scale: :math:`\widehat{\mathrm{Var}}(\log I_m) = n_c\,\mathrm{Var}_i(a_{im} / \bar a_m - b_i / \bar b)` with sums in
    place of means.

    Parameters
    ----------
    spend
        From `spend_of_months`.
    months
        ``start`` of each covered month, and ``revenue``.
    rng
        Draws customers again, to ask how sure the strongest month is.

    Examples
    --------
    >>> start, revenue = pd.date_range("2020-01-01", periods=12, freq="MS"), [1.0] * 11 + [13.0]
    >>> months = pd.DataFrame({"start": start, "revenue": revenue})
    >>> spend = pd.DataFrame({"buyer": 0, "number": 2020 * 12 + np.arange(12), "revenue": revenue})
    >>> float(measure(spend, months, np.random.default_rng(1)).table["index"].iloc[-1])
    6.5
    """
    numbers = months["start"].dt.year * 12 + months["start"].dt.month - 1
    calendar = numbers.to_numpy() % 12
    counts = np.bincount(calendar, minlength=12)
    rows = spend[spend["number"].isin(set(numbers))]
    buyers, buyer = np.unique(rows["buyer"], return_inverse=True)
    money = sparse.csr_matrix(
        (rows["revenue"].to_numpy(dtype=float), (buyer, rows["number"].to_numpy() % 12)), shape=(len(buyers), 12)
    )
    sums = np.asarray(money.sum(axis=0)).ravel()
    overall = sums.sum() / max(len(months), 1)
    there = np.flatnonzero(counts)
    table = pd.DataFrame({"month": there + 1, "months": counts[there]})
    table["index"] = sums[there] / counts[there] / overall if overall > 0 else np.nan
    found = Index(table, _years(months), len(months), len(buyers))
    table["low"] = table["high"] = table["strongest"] = np.nan
    if found.is_season and (sums > 0).all() and len(buyers) > 1:
        error = _errors(money, sums)
        table["low"], table["high"] = table["index"] * np.exp(-Z * error), table["index"] * np.exp(Z * error)
        table["strongest"] = _strongest(money, counts, rng)
    return found


def _errors(money: sparse.csr_matrix, sums: np.ndarray) -> np.ndarray:
    """Return the standard error of the logarithm of each index, over customers."""
    n, whole = money.shape[0], np.asarray(money.sum(axis=1)).ravel()
    share = whole / whole.sum()
    squares = np.asarray(money.multiply(money).sum(axis=0)).ravel() / sums**2
    products = np.asarray(money.T @ share).ravel() / sums
    # The parts a / sum(a) - b / sum(b) add up to nothing, so that their squares need no mean taken off.
    return np.sqrt((squares - 2 * products + (share**2).sum()) * n / (n - 1))


def _strongest(money: sparse.csr_matrix, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    draws = int(np.clip(EFFORT // max(money.nnz, 1), 100, DRAWS))
    n, wins = money.shape[0], np.zeros(12)
    for _ in range(draws):
        drawn = np.bincount(rng.integers(0, n, n), minlength=n).astype(float)
        wins[int(np.argmax(np.asarray(money.T @ drawn).ravel() / counts))] += 1
    return wins / draws


def _years(months: pd.DataFrame) -> pd.DataFrame:
    year = months["start"].dt.year
    whole = year.map(year.value_counts()) == 12
    found = pd.DataFrame(
        {"year": year, "month": months["start"].dt.month, "start": months["start"], "revenue": months["revenue"]}
    )[whole]
    mean = found.groupby("year")["revenue"].transform("mean")
    return found.assign(ratio=found["revenue"] / mean.where(mean > 0)).reset_index(drop=True)
