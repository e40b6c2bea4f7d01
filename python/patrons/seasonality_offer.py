"""Discounts that ran in some regions and months and not in others, judged against what would have been."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from patrons.features import month_number, total

Z = float(stats.norm.ppf(0.975))
#: An offer runs in a region and month if at least this share of its orders carry a discount ...
LEAST_SHARE = 0.5
#: ... and this many times as large a share as is usual there.
TIMES_USUAL = 2.0
OUTCOMES = ("orders", "revenue", "profit")


@dataclass(frozen=True)
class Cells:
    """What each customer ordered in each region and month.

    Attributes
    ----------
    rows
        ``buyer`` (a number), ``region``, ``number`` (of the month), ``orders``, ``revenue`` and, where it is known,
        ``profit``.
    offers
        ``region``, ``number``, ``share`` (of orders with a discount), ``usual``: where an offer ran.
    regions, numbers
        Compared regions and months. Months in which some compared region sold nothing are left out.
    """

    rows: pd.DataFrame
    offers: pd.DataFrame
    regions: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def treated(self) -> tuple[str, ...]:
        """Regions that ever had an offer."""
        had = set(self.offers["region"])
        return tuple(name for name in self.regions if name in had)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Which outcomes are known."""
        return tuple(name for name in OUTCOMES if name in self.rows)


def count(transactions: ir.Table) -> pd.DataFrame:
    """Sum up what each customer ordered in each region and month.

    Returns
    -------
    DataFrame
        ``buyer``, ``region``, ``number`` (of the month of an order's first line), ``orders``, ``discounted`` (orders
        with a discount on some line), ``revenue`` and, where it is known, ``profit``. Orders without a region are left
        out; one without a customer is a buyer of its own.
    """
    rows = transactions.filter(transactions["region"].notnull())
    buyer = ibis.ifelse(rows.customer_id.notnull(), "c" + rows.customer_id.cast("string"), "o" + rows.order_id)
    rows = rows.mutate(buyer=buyer, cut=(rows["discount"].fill_null(0.0) > 0).cast("int64"))
    money = {
        name: total(rows[column])
        for name, column in (("revenue", "amount"), ("profit", "profit"))
        if column in rows.columns
    }
    orders = rows.group_by("buyer", "order_id").agg(
        region=rows["region"].min(), at=rows.ordered_at.min(), discounted=rows.cut.max(), **money
    )
    orders = orders.mutate(number=month_number(orders["at"]))
    sums = {name: total(orders[name]) for name in money}
    found = orders.group_by("buyer", "region", "number").agg(
        orders=orders.count(), discounted=orders.discounted.sum(), **sums
    )
    table = found.order_by("buyer", "region", "number").to_pyarrow().to_pandas()
    table["buyer"] = pd.factorize(table["buyer"])[0]
    return table.astype({"number": "int64", "orders": "int64", "discounted": "int64"})


def detect(counted: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Find the regions and months in which an offer ran, from the orders themselves.

    An offer runs where at least `LEAST_SHARE` of a region's orders in a month carry a discount and that is at least
    `TIMES_USUAL` times the median share of the region's months.

    Parameters
    ----------
    counted
        From `count`.
    smallest
        Fewer orders of a region in a month say nothing.

    Returns
    -------
    DataFrame
        ``region``, ``number``, ``orders``, ``share``, ``usual``.
    """
    table = counted.groupby(["region", "number"], as_index=False)[["orders", "discounted"]].sum()
    table = table[table["orders"] >= smallest]
    table = table.assign(share=table["discounted"] / table["orders"])
    table["usual"] = table.groupby("region")["share"].transform("median")
    found = table[(table["share"] >= LEAST_SHARE) & (table["share"] >= TIMES_USUAL * table["usual"])]
    return found[["region", "number", "orders", "share", "usual"]].reset_index(drop=True)


def compare_within(counted: pd.DataFrame, offers: pd.DataFrame, months: pd.DataFrame) -> Cells:
    """Choose what is compared: covered months, and regions with something sold in most of them.

    Parameters
    ----------
    counted, offers
        From `count` and `detect`.
    months
        ``start`` of each covered month.
    """
    covered = (months["start"].dt.year * 12 + months["start"].dt.month - 1).tolist()
    rows = counted[counted["number"].isin(covered)].drop(columns="discounted")
    sold = rows.pivot_table(index="number", columns="region", values="orders", aggfunc="sum", fill_value=0)
    # A region with hardly any months has no course of its own to be compared.
    regions = [str(name) for name in sold if (sold[name] > 0).mean() >= 0.5]
    numbers = sold.index[sold[regions].sum(axis=1) > 0].tolist()
    rows = rows[rows["region"].isin(regions) & rows["number"].isin(numbers)]
    kept = offers[offers["region"].isin(regions) & offers["number"].isin(numbers)]
    return Cells(
        rows.reset_index(drop=True), kept.reset_index(drop=True), tuple(sorted(regions)), tuple(sorted(numbers))
    )


def totals(cells: Cells, outcome: str) -> np.ndarray:
    """Return the sums of an outcome: shape (regions, months)."""
    place, when = _places(cells)
    size = len(cells.regions), len(cells.numbers)
    flat = np.bincount(place * size[1] + when, cells.rows[outcome].to_numpy(dtype=float), size[0] * size[1])
    return flat.reshape(size)


def running(cells: Cells) -> np.ndarray:
    """Tell where an offer ran: 0 and 1, shape (regions, months)."""
    table = np.zeros((len(cells.regions), len(cells.numbers)))
    regions = {name: place for place, name in enumerate(cells.regions)}
    numbers = {number: place for place, number in enumerate(cells.numbers)}
    for region, number in zip(cells.offers["region"], cells.offers["number"], strict=True):
        table[regions[region], numbers[number]] = 1.0
    return table


def effect(cells: Cells, outcome: str, design: np.ndarray) -> pd.DataFrame:
    r"""Estimate by what factor columns of a design multiply an outcome, region by region and month by month.

    :math:`\log \mathrm{E}\,y_{rt} = \alpha_r + \tau_t + \beta^\top d_{rt}`: what a region does at any time and what a
    month does to all regions cancel. The interval resamples customers, by the delta method: with :math:`x` the matrix
    of the model and :math:`B` the inverse of its information, :math:`\mathrm{Var}(\hat\beta) = B \{n\,\mathrm{Var}_i
    (\sum_{rt} x_{rt}\, y_{irt})\} B`.

    Parameters
    ----------
    cells, outcome
        What is compared.
    design
        Shape (columns, regions, months).

    Returns
    -------
    DataFrame
        A row per column: ``ratio``, ``low``, ``high``, ``p``; none where the outcome is negative somewhere, or a column
        says what regions and months say already.

    References
    ----------
    Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with panel data. *The
    Econometrics Journal* 26(3), C31–C66.
    """
    values = totals(cells, outcome)
    columns = ["ratio", "low", "high", "p"]
    keep = values.sum(axis=0) > 0
    if (values < 0).any() or not keep.any():
        return pd.DataFrame(columns=columns)
    matrix = matrix_of(design, keep)
    found = fit(values[:, keep].ravel(), matrix)
    if found is None:
        return pd.DataFrame(columns=columns)
    b, bread = found
    mine = slice(0, len(design))
    place, when = _places(cells)
    inside = keep[when]
    at = place[inside] * int(keep.sum()) + (np.cumsum(keep) - 1)[when[inside]]
    buyers, buyer = np.unique(cells.rows["buyer"], return_inverse=True)
    own, n = cells.rows[outcome].to_numpy(dtype=float)[inside], len(buyers)
    influence = bread[mine] @ matrix.T  # of a unit in each cell on each coefficient
    parts = np.array([np.bincount(buyer[inside], weight[at] * own, n) for weight in influence])
    return ratios(b[mine], np.sqrt(n * parts.var(axis=1, ddof=1)))


def ratios(value: np.ndarray, error: np.ndarray) -> pd.DataFrame:
    """Return ratios with their intervals and p-values from logarithms and their standard errors."""
    table = pd.DataFrame({"ratio": np.exp(value), "low": np.exp(value - Z * error), "high": np.exp(value + Z * error)})
    with np.errstate(divide="ignore", invalid="ignore"):
        return table.assign(p=2 * stats.norm.sf(np.abs(value) / error))


def matrix_of(design: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Return the model's matrix, a row per region and kept month; its first columns are the design's."""
    _, regions, _ = design.shape
    months = int(keep.sum())
    region, month = np.repeat(np.eye(regions), months, axis=0), np.tile(np.eye(months), (regions, 1))
    own = design[:, :, keep].reshape(len(design), regions * months).T
    return np.column_stack([own, region, month[:, 1:]])


def fit(
    values: np.ndarray, matrix: np.ndarray, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Fit a Poisson model with a logarithm; return coefficients and the inverse of the information, or None."""
    b = start
    if b is None:
        b = np.linalg.lstsq(matrix, np.log(np.maximum(values, 0.1 * values.mean())), rcond=None)[0]
    if np.linalg.eigvalsh(matrix.T @ matrix)[0] < 1e-8:
        return None
    for _ in range(60):
        mean = np.exp(np.clip(matrix @ b, -50, 50))
        step = np.linalg.solve(matrix.T @ (matrix * mean[:, None]), matrix.T @ (values - mean))
        b = b + np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-12:
            break
    else:
        if np.abs(step).max() > 1e-8:
            return None
    mean = np.exp(matrix @ b)
    return b, np.linalg.inv(matrix.T @ (matrix * mean[:, None]))


def _places(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of each row's region and month."""
    place = pd.Categorical(cells.rows["region"], categories=list(cells.regions)).codes.astype(np.int64)
    when = np.searchsorted(np.array(cells.numbers), cells.rows["number"].to_numpy())
    return place, when
