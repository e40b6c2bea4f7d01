"""What is bought: how spend divides among categories and channels, and what is bought together."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from patrons.explore_value import resample
from patrons.limits import ALPHA

OTHERS, UNKNOWN = "All others", "Not stated"
MOST_PARTS = 10


def divide(wide: pd.DataFrame, rng: np.random.Generator, smallest: int, most: int = MOST_PARTS) -> pd.DataFrame:
    """Divide a total among parts, with percentile bootstrap intervals over customers.

    Parameters
    ----------
    wide
        One row per customer, one column per part (category, channel), amounts.
    rng
        Draws the resamples.
    smallest
        Parts with fewer customers than this join the others, which the least of the rest join where these are as few.
    most
        Parts to name at most; the rest are the others.

    Returns
    -------
    DataFrame
        `part`, `total`, `share`, `low`, `high`, `customers` (with any amount), the largest first, the others last; no
        row if the total is not above zero.
    """
    amounts = wide.fillna(0.0).astype(float)
    order = amounts.sum().sort_values(ascending=False, kind="stable").index
    buyers = (amounts != 0).sum()
    named = [name for name in order if buyers[name] >= max(smallest, 1)][:most]
    rest = [name for name in order if name not in named]
    while rest and named and int((amounts[rest] != 0).any(axis=1).sum()) < smallest:
        rest.append(named.pop())  # or the total less what is named would tell what the few have spent
    parts = amounts[named].copy()
    parts.columns = [str(name) for name in named]
    if rest and int((amounts[rest] != 0).any(axis=1).sum()) >= max(smallest, 1):
        parts[OTHERS] = amounts[rest].sum(axis=1)
    values = parts.to_numpy()
    total = values.sum()
    if not total > 0:
        return pd.DataFrame(columns=["part", "total", "share", "low", "high", "customers"])
    rows = resample(len(values), rng, lambda drawn: (sums := drawn @ values) / sums.sum(), size=values.size)
    low, high = np.quantile(rows, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            **{"part": list(parts.columns), "total": values.sum(axis=0), "share": values.sum(axis=0) / total},
            **{"low": low, "high": high, "customers": (values != 0).sum(axis=0)},
        }
    )


def widen(spend: pd.DataFrame, by: str, value: str, customers: int) -> pd.DataFrame:
    """Give each customer a row and each part a column.

    Parameters
    ----------
    spend
        `customer_id`, `by`, `value`: one row per customer and part.
    by, value
        Such as `category` and `revenue`.
    customers
        How many there are; those without any of it count with zeros.
    """
    named = spend.assign(**{by: spend[by].fillna(UNKNOWN).astype(str)})
    wide = named.pivot_table(index="customer_id", columns=by, values=value, aggfunc="sum", fill_value=0.0)
    return wide.reset_index(drop=True).reindex(range(max(customers, len(wide))), fill_value=0.0)


def associate(pairs: pd.DataFrame, tests: int) -> pd.DataFrame:
    """Test whether pairs are bought together more often than if the two had nothing to do with each other.

    Fisher's exact test, one-sided, corrected by Holm as if all pairs of the items had been tested: those in too few
    orders to be listed count as well.

    Parameters
    ----------
    pairs
        What `features_items.pairs` returns.
    tests
        How many pairs could be formed; see `family`.

    Returns
    -------
    DataFrame
        `pairs` with `p` and `p_holm`, the highest lift first.

    References
    ----------
    Fisher, R. A. (1922). On the interpretation of χ² from contingency tables, and the calculation of P.
    """
    # The upper tail of the hypergeometric distribution is what Fisher's one-sided test computes.
    tail = stats.hypergeom.sf(pairs["orders"] - 1, pairs["orders_all"], pairs["orders_a"], pairs["orders_b"])
    p = np.clip(np.asarray(tail, dtype=float), 0, 1)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(np.maximum.accumulate(p[order] * (tests - np.arange(len(p)))), 1)
    corrected = np.empty(len(p))
    corrected[order] = steps
    return pairs.assign(p=p, p_holm=corrected)


def family(items: int) -> int:
    """Return how many pairs can be formed of so many items."""
    return items * (items - 1) // 2


def strongest(table: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Return the pairs with the highest lift that stand after the correction, else those with the smallest p-values.

    Pairs that are bought together less often than by chance are never among them.
    """
    more = table[table["lift"] > 1]
    sure = more[more["p_holm"] < ALPHA]
    return (sure if len(sure) else more.sort_values("p", kind="stable")).head(most).reset_index(drop=True)


def count_by_customer(transactions: ir.Table, by: str, shown: pd.DataFrame) -> pd.DataFrame:
    """Count each customer's orders with each item of some pairs, with both, and in all.

    An order without a customer stands for itself.

    Parameters
    ----------
    transactions
        Rows with customer_id, order_id and the column `by`.
    by
        `product` or `category`.
    shown
        `a` and `b` of each pair.

    Returns
    -------
    DataFrame
        A row per customer, who is not named: `orders`, `a0`, `b0`, `both0`, `a1` … for the pairs in their order.
    """
    if shown.empty:
        return pd.DataFrame({"orders": []}, dtype="int64")
    known = transactions.filter(transactions[by].notnull())
    who = ibis.coalesce(known.customer_id, known.order_id)
    baskets = known.select("order_id", who=who, item=known[by]).distinct()
    wanted = baskets.filter(baskets.item.isin(sorted({*shown["a"], *shown["b"]})))
    flags: dict[str, ir.Value] = {}
    for place, (a, b) in enumerate(shown[["a", "b"]].itertuples(index=False)):
        flags |= {f"a{place}": (wanted.item == a).any(), f"b{place}": (wanted.item == b).any()}
    orders = wanted.group_by("who", "order_id").agg(**flags)
    sums: dict[str, ir.Value] = {}
    for place in range(len(shown)):
        one, other = orders[f"a{place}"], orders[f"b{place}"]
        sums |= {
            f"a{place}": one.cast("int64").sum(),
            f"b{place}": other.cast("int64").sum(),
            f"both{place}": (one & other).cast("int64").sum(),
        }
    counts = orders.group_by("who").agg(**sums).to_pyarrow().to_pandas().set_index("who")
    everybody = baskets.group_by("who").agg(orders=baskets.order_id.nunique()).to_pyarrow().to_pandas()
    found = everybody.sort_values("who").set_index("who").join(counts)
    return found.fillna(0).astype("int64").reset_index(drop=True)


def bound(shown: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    r"""Add to each lift how many customers it rests on and an interval that allows for their orders being alike.

    By the delta method over customers: the logarithm of the lift moves with customer :math:`c` by
    :math:`n_{ab,c}/n_{ab} - n_{a,c}/n_a - n_{b,c}/n_b + n_c/n`, and its variance is the sum of the squares.

    Parameters
    ----------
    shown
        With `lift`.
    counts
        What `count_by_customer` returns.

    Returns
    -------
    DataFrame
        `shown` with `customers`, `low` and `high` (95 %).
    """
    rows = []
    shares = counts / counts.sum()
    for place, lift in enumerate(shown["lift"]):
        moves = shares[f"both{place}"] - shares[f"a{place}"] - shares[f"b{place}"] + shares["orders"]
        half = float(stats.norm.ppf(0.975) * np.sqrt((moves**2).sum() * len(moves) / max(len(moves) - 1, 1)))
        buyers = int((counts[f"both{place}"] > 0).sum())
        rows.append({"customers": buyers, "low": lift * np.exp(-half), "high": lift * np.exp(half)})
    return shown.join(pd.DataFrame(rows, columns=["customers", "low", "high"], index=shown.index))
