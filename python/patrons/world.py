"""The model behind the simulated shop: who the customers are, when they buy, what, and what an offer does.

Every effect that the report should find comes out of behaviour: a customer has a kind, a rate of buying, a
lifetime, a taste and a sensitivity to price, and orders follow from these. Functions are pure; randomness
comes from the generator that is passed in.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

START = np.datetime64("2020-01-01")
END = np.datetime64("2024-01-01")  # exclusive
TEST_START = np.datetime64("2023-07-01")
TEST_END = END

# Share of customers; orders a year (before scaling to the size asked for); value of an order at list price;
# mean years until they drop out. Those at risk have stopped already, 90 to 365 days before the end.
KINDS = pd.DataFrame(
    {
        "kind": ["champion", "regular", "occasional", "at_risk"],
        "share": [0.20, 0.40, 0.25, 0.15],
        "least_orders": [50.0, 15.0, 3.0, 5.0],
        "most_orders": [100.0, 40.0, 15.0, 20.0],
        "order_value": [150.0, 145.0, 140.0, 200.0],
        "mean_life": [15.0, 8.0, 5.0, np.inf],
    }
)
SILENT_DAYS = (90, 365)

# Intensity of ordering by calendar month, January first. March and April are low even with the off-peak offer.
MONTHS = np.array([0.90, 0.88, 0.72, 0.70, 0.92, 0.97, 0.98, 0.95, 1.00, 1.06, 1.42, 1.55])
# Intensity by hour of the day, midnight first.
NIGHT, MORNING = [0.2, 0.1, 0.05, 0.05, 0.05, 0.1], [0.3, 0.6, 1.0, 1.4, 1.6, 1.7]
AFTERNOON, EVENING = [1.7, 1.5, 1.4, 1.4, 1.5, 1.6], [1.6, 1.7, 1.8, 1.5, 0.9, 0.4]
HOURS = np.array([*NIGHT, *MORNING, *AFTERNOON, *EVENING])
WEEKDAYS = np.array([0.95, 0.93, 0.95, 1.00, 1.10, 1.15, 0.92])  # Monday first
OFF_PEAK = (3, 4)
OFF_PEAK_LIFT = 1.08  # what the off-peak offer adds to the orders of those months

# Category: mean list price of a product, cost as a share of list price, popularity.
CATEGORIES = pd.DataFrame(
    {
        "category": ["Pantry", "Drinks", "Garden", "Kitchen", "Home", "Clothing", "Books", "Toys"],
        "price": [14.0, 22.0, 38.0, 45.0, 60.0, 52.0, 16.0, 28.0],
        "cost": [0.62, 0.60, 0.58, 0.56, 0.54, 0.52, 0.60, 0.56],
        "popularity": [0.20, 0.12, 0.10, 0.14, 0.12, 0.14, 0.10, 0.08],
    }
)
PRODUCTS_PER_CATEGORY = 12
MEAN_LINES = 2.2  # lines of an order
ORDINARY_DISCOUNTS = np.array([0.0, 0.05, 0.10, 0.15])
OFFER = 0.20  # the discount that was tested
BASKET_LIFT = 0.12  # how much more, at list price, an order under the offer holds
SALES_LIFT = 0.15  # what the offer does to sales per customer, on average over those in the test

REGIONS = ["North", "South", "East", "West", "Midlands"]
CHANNELS = ["web", "catalogue", "store"]


@dataclass(frozen=True)
class Effects:
    """What the offer does, as expected over the customers in the test: means per customer by arm."""

    control: dict[str, float]
    treated: dict[str, float]


def draw_customers(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw customers: who they are, and how they will behave.

    Parameters
    ----------
    rng
        Source of randomness.
    count
        How many.

    Returns
    -------
    pandas.DataFrame
        A row per customer. The columns from ``rate`` on are behaviour, unknown to the shop.
    """
    kind = np.repeat(np.arange(len(KINDS)), _apportion(KINDS["share"].to_numpy(), count))
    kind = rng.permutation(kind)
    age = np.clip(np.round(rng.normal(44, 15, count)), 18, 88).astype(int)
    female = rng.random(count) < 0.54
    base = np.array([58_000, 46_000, 38_000, 42_000])[kind]
    income = np.round(base * np.exp(rng.normal(-0.06, 0.35, count)), -2)
    # The shop grows: later quarters win more customers. Those at risk must have joined before they stopped.
    days = int((END - START) / np.timedelta64(1, "D"))
    silent = rng.uniform(*SILENT_DAYS, count)
    at_risk = (KINDS["kind"] == "at_risk").to_numpy()[kind]
    latest = np.where(at_risk, days - silent - 60, days - 1.0)
    joined = latest * rng.beta(1.25, 1.05, count)
    life = rng.exponential(1.0, count) * KINDS["mean_life"].to_numpy()[kind] * 365.25
    gone = np.where(at_risk, days - silent, np.minimum(joined + life, days))
    least, most = KINDS["least_orders"].to_numpy()[kind], KINDS["most_orders"].to_numpy()[kind]
    spender = np.where((age >= 30) & (age <= 45), 1.10, 1.0) * np.where(income > 60_000, 1.15, 1.0)
    return pd.DataFrame(
        {
            "kind": KINDS["kind"].to_numpy()[kind],
            "age": age,
            "gender": np.where(female, "female", "male"),
            "income": income,
            "education": rng.choice(["school", "college", "bachelor", "master"], count, p=[0.3, 0.28, 0.28, 0.14]),
            "marital_status": rng.choice(
                ["single", "married", "partner", "divorced"], count, p=[0.26, 0.42, 0.2, 0.12]
            ),
            "children": rng.poisson(np.where((age > 24) & (age < 46), 0.8, 0.1)),
            "teenagers": rng.poisson(np.where((age > 36) & (age < 58), 0.5, 0.05)),
            "region": rng.choice(REGIONS, count, p=[0.18, 0.28, 0.16, 0.15, 0.23]),
            "joined": joined,
            "gone": gone,
            "rate": rng.uniform(least, most),
            "order_value": KINDS["order_value"].to_numpy()[kind] * spender * np.exp(rng.normal(-0.02, 0.2, count)),
            "sensitivity": np.where(female, 1.3, 0.7) * rng.gamma(4.0, 0.25, count),
        }
    )


def draw_tastes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw how each customer's lines spread over the categories: shape (customers, categories), rows sum to 1."""
    popularity = CATEGORIES["popularity"].to_numpy()
    return rng.dirichlet(8.0 * popularity / popularity.sum(), count)


def draw_products(rng: np.random.Generator) -> pd.DataFrame:
    """Draw the products: category, list price and cost, and their share of the category's lines."""
    rows = CATEGORIES.loc[CATEGORIES.index.repeat(PRODUCTS_PER_CATEGORY)].reset_index(drop=True)
    spread = np.exp(rng.normal(0, 0.3, len(rows)))
    price = np.round(rows["price"] * spread, 0) - 0.05
    weight = 1 / (1 + np.tile(np.arange(PRODUCTS_PER_CATEGORY), len(CATEGORIES)))
    return pd.DataFrame(
        {
            "product": [
                f"{name[:3].upper()}-{index % PRODUCTS_PER_CATEGORY + 1:02d}"
                for index, name in enumerate(rows["category"])
            ],
            "category": rows["category"],
            "price": price,
            "cost": np.round(price * rows["cost"], 2),
            "weight": weight / weight[:PRODUCTS_PER_CATEGORY].sum(),
        }
    )


def season_clock() -> np.ndarray:
    """Return the cumulative intensity of ordering at the start of each day: rush hours of the year pass slowly.

    An order is as likely in one unit of this clock as in any other; `to_days` turns it into days again.
    """
    days = np.arange(START, END)
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    lift = np.where(np.isin(month + 1, OFF_PEAK), OFF_PEAK_LIFT, 1.0)
    weights = MONTHS[month] * WEEKDAYS[weekday] * lift
    return np.concatenate([[0.0], np.cumsum(weights / weights.mean())])


def to_clock(clock: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Turn days since the start into units of the seasonal clock."""
    return np.interp(days, np.arange(len(clock)), clock)


def to_days(clock: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Turn units of the seasonal clock into days since the start."""
    return np.interp(units, clock, np.arange(len(clock)))


def scale_rates(customers: pd.DataFrame, clock: np.ndarray, panel: int, orders: int) -> np.ndarray:
    """Return each customer's orders per unit of the clock, so that about `orders` are expected of the first `panel`.

    Everybody's first order is the day they joined; the rest are a Poisson process until they drop out.
    """
    begin, stop = (to_clock(clock, customers[name].to_numpy()) for name in ("joined", "gone"))
    rate = customers["rate"].to_numpy()
    expected = np.sum((rate * (stop - begin))[:panel])
    return rate * max(orders - panel, 0) / expected


def to_seconds(days: np.ndarray) -> np.ndarray:
    """Turn days since the start into seconds, moving times within a day to the hours when people buy."""
    whole = np.floor(days)
    passed = np.concatenate([[0.0], np.cumsum(HOURS / HOURS.sum())])
    return (whole * 86_400 + np.interp(days - whole, passed, np.arange(25) * 3600.0)).astype("int64")


def draw_times(
    rng: np.random.Generator, clock: np.ndarray, counts: np.ndarray, begin: np.ndarray, stop: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw when orders happen, evenly on the seasonal clock between `begin` and `stop` (days).

    Returns
    -------
    who, day : numpy.ndarray
        Position of the customer and day since the start, one of each per order.
    """
    who = np.repeat(np.arange(len(counts)), counts)
    low, high = to_clock(clock, begin)[who], to_clock(clock, stop)[who]
    return who, to_days(clock, low + (high - low) * rng.random(len(who)))


def draw_lines(
    rng: np.random.Generator,
    orders: pd.DataFrame,
    customers: pd.DataFrame,
    tastes: np.ndarray,
    products: pd.DataFrame,
) -> pd.DataFrame:
    """Draw what is in each order.

    Parameters
    ----------
    orders
        Columns who (position in `customers`), day, offer (bool: under the tested discount).

    Returns
    -------
    pandas.DataFrame
        A row per line, with ``order`` as the position in `orders`.
    """
    lines = 1 + rng.poisson(MEAN_LINES - 1, len(orders))
    order = np.repeat(np.arange(len(orders)), lines)
    who = orders["who"].to_numpy()[order]
    offer = orders["offer"].to_numpy()[order]
    category = (
        (rng.random(len(order))[:, None] > np.cumsum(tastes, axis=1)[who]).sum(axis=1).clip(0, len(CATEGORIES) - 1)
    )
    shares = np.cumsum(products["weight"].to_numpy()[:PRODUCTS_PER_CATEGORY])
    place = np.searchsorted(shares, rng.random(len(order))).clip(0, PRODUCTS_PER_CATEGORY - 1)
    item = category * PRODUCTS_PER_CATEGORY + place
    mean_quantity = line_quantity(customers, tastes, products)[who] * np.where(offer, 1 + BASKET_LIFT, 1.0)
    quantity = 1 + rng.poisson(mean_quantity - 1)
    # A product stands in an order once: equal lines of one order would look like a till's duplicates.
    pairs, position = np.unique(order * len(products) + item, return_inverse=True)
    quantity = np.bincount(position, quantity).astype(int)
    order, item = pairs // len(products), pairs % len(products)
    chances = discount_chances(customers)[orders["who"].to_numpy()]
    level = (rng.random(len(orders))[:, None] > np.cumsum(chances, axis=1)).sum(axis=1).clip(0, 3)
    discount = np.where(orders["offer"], OFFER, ORDINARY_DISCOUNTS[level])[order]
    unit_price = np.round(products["price"].to_numpy()[item] * (1 - discount), 2)
    return pd.DataFrame(
        {
            "order": order,
            "product": products["product"].to_numpy()[item],
            "category": products["category"].to_numpy()[item],
            "quantity": quantity,
            "unit_price": unit_price,
            "discount": discount,
            "amount": np.round(quantity * unit_price, 2),
            "profit": np.round(quantity * (unit_price - products["cost"].to_numpy()[item]), 2),
        }
    )


def line_quantity(customers: pd.DataFrame, tastes: np.ndarray, products: pd.DataFrame) -> np.ndarray:
    """Return the expected pieces per line that give each customer their value of an order at list price."""
    price, _ = line_price(tastes, products)
    return np.maximum(customers["order_value"].to_numpy() / (MEAN_LINES * price), 1.0)


def line_price(tastes: np.ndarray, products: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return each customer's expected list price and cost of a piece."""
    weighted = products.assign(price=products["price"] * products["weight"], cost=products["cost"] * products["weight"])
    means = weighted.groupby("category", sort=False)[["price", "cost"]].sum().to_numpy()
    return tastes @ means[:, 0], tastes @ means[:, 1]


def discount_chances(customers: pd.DataFrame) -> np.ndarray:
    """Return the chance of each ordinary discount: those who mind prices find more of them."""
    found = np.minimum(0.12 * customers["sensitivity"].to_numpy(), 0.5)
    return np.column_stack([1 - found, 0.4 * found, 0.4 * found, 0.2 * found])


def order_response(
    customers: pd.DataFrame, tastes: np.ndarray, products: pd.DataFrame, expected: np.ndarray
) -> tuple[np.ndarray, Effects]:
    r"""Return how many more orders the offer brings from each customer in the test, and what comes of it.

    The offer raises a customer's rate of ordering by the factor :math:`1 + k s_i`, with :math:`s_i` their
    sensitivity; :math:`k` is such that sales rise by `SALES_LIFT` over all of them:
    :math:`\\sum m_i v_i (1 + k s_i)(1 + b)(1 - d) = (1 + \\text{lift}) \\sum m_i v_i (1 - d_i)`.

    Parameters
    ----------
    customers, tastes
        Those in the test.
    expected
        The orders :math:`m_i` that each is expected to place during the test without the offer.
    """
    price, cost = line_price(tastes, products)
    value = MEAN_LINES * line_quantity(customers, tastes, products) * price  # v, at list price
    margin = 1 - cost / price
    ordinary = discount_chances(customers) @ ORDINARY_DISCOUNTS
    sensitivity = customers["sensitivity"].to_numpy()
    paid = (1 + BASKET_LIFT) * (1 - OFFER)
    plain = expected * value
    k = ((1 + SALES_LIFT) * np.sum(plain * (1 - ordinary)) / paid - plain.sum()) / np.sum(plain * sensitivity)
    more = 1 + k * sensitivity

    def means(orders: np.ndarray, basket: np.ndarray, discount: np.ndarray | float) -> dict[str, float]:
        return {
            "sales": float(np.mean(orders * basket * (1 - discount))),
            "orders": float(np.mean(orders)),
            "profit": float(np.mean(orders * basket * (margin - discount))),
            "bought": float(np.mean(-np.expm1(-orders))),
        }

    return more, Effects(means(expected, value, ordinary), means(expected * more, value * (1 + BASKET_LIFT), OFFER))


def _apportion(shares: np.ndarray, count: int) -> np.ndarray:
    """Part `count` by shares, exactly: largest remainders get what rounding leaves."""
    exact = shares / shares.sum() * count
    whole = np.floor(exact).astype(int)
    for index in np.argsort(whole - exact, kind="stable")[: count - whole.sum()]:
        whole[index] += 1
    return whole
