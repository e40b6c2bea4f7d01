"""The people and the shelves of the simulated shop: who its customers are, what it sells, when people buy.

Every effect that the report should find comes out of behaviour: a customer has a kind, a rate of buying, a
lifetime, a taste and a sensitivity to price, and orders follow from these. Functions are pure; randomness
comes from the generator that is passed in, one for each purpose, so that drawing more of one thing changes no other.
"""

import zlib

import numpy as np
import pandas as pd

START = np.datetime64("2020-01-01")
END = np.datetime64("2024-01-01")  # exclusive
DAYS = int((END - START) / np.timedelta64(1, "D"))

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
        "income": [58_000.0, 46_000.0, 38_000.0, 42_000.0],
        "visits": [2.0, 1.3, 0.8, 1.0],
        "answers": [0.9, 0.3, -0.3, -0.3],  # on the scale of log odds
    }
)
SILENT_DAYS = (90, 365)
AGE_SPENDERS, AGE_SPEND = (30, 45), 1.10  # from, to; how much more is in their orders
INCOME_SPENDERS, INCOME_SPEND = 60_000, 1.15

# Intensity of ordering by calendar month, January first.
MONTHS = np.array([0.90, 0.88, 0.72, 0.70, 0.92, 0.97, 0.98, 0.95, 1.00, 1.06, 1.42, 1.55])
# Intensity by hour of the day, midnight first.
NIGHT, MORNING = [0.2, 0.1, 0.05, 0.05, 0.05, 0.1], [0.3, 0.6, 1.0, 1.4, 1.6, 1.7]
AFTERNOON, EVENING = [1.7, 1.5, 1.4, 1.4, 1.5, 1.6], [1.6, 1.7, 1.8, 1.5, 0.9, 0.4]
HOURS = np.array([*NIGHT, *MORNING, *AFTERNOON, *EVENING])
WEEKDAYS = np.array([0.95, 0.93, 0.95, 1.00, 1.10, 1.15, 0.92])  # Monday first

# In the spring of the later years a discount was offered in some regions and not in others.
OFF_PEAK_MONTHS, OFF_PEAK_YEARS = (3, 4), (2022, 2023)
OFF_PEAK_REGIONS = ("North", "East", "West")
OFF_PEAK_DISCOUNT = 0.15
OFF_PEAK_LIFT = 1.30  # what it does to the number of orders there and then

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
SHELVES_SEED = 1987  # the shop sells the same things in every world
TASTE = 8.0  # how alike tastes are: the concentration of their Dirichlet distribution
ORDINARY_DISCOUNTS = np.array([0, 5, 10, 15])  # per cent

REGIONS = ("North", "South", "East", "West", "Midlands")
REGION_SHARES = (0.18, 0.28, 0.16, 0.15, 0.23)
CHANNELS = ("web", "catalogue", "store")
GENDERS = ("female", "male")
WOMEN = 0.54
EDUCATION = ("school", "college", "bachelor", "master")
EDUCATION_SHARES = (0.30, 0.28, 0.28, 0.14)
EDUCATION_INCOME = (0.92, 0.98, 1.05, 1.12)
MARITAL = ("single", "married", "partner", "divorced")
MARITAL_SHARES = (0.26, 0.42, 0.20, 0.12)
INCOME_SPREAD = 0.33  # standard deviation of log income within a kind and an education


def stream(seed: int, name: str, block: int = 0) -> np.random.Generator:
    """Return the generator for one purpose in one block of customers; no other purpose ever draws from it."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()), block)))


def draw_people(rng: np.random.Generator, count: int, clocks: np.ndarray) -> pd.DataFrame:
    """Draw customers: who they are, and how they will behave.

    Parameters
    ----------
    rng
        Source of randomness.
    count
        How many.
    clocks
        From `season_clocks`: people join when people buy.

    Returns
    -------
    pandas.DataFrame
        A row per customer. Names are positions in the constants above (``gender`` 0 is female). The shop
        cannot see ``kind``, ``gone`` (days since the start) and the columns after it.
    """
    kind = rng.permutation(np.repeat(np.arange(len(KINDS)), _apportion(KINDS["share"].to_numpy(), count)))

    def of_kind(column: str) -> np.ndarray:
        return KINDS[column].to_numpy()[kind]

    age = np.clip(np.round(rng.normal(44, 15, count)), 18, 88).astype(int)
    gender = (rng.random(count) >= WOMEN).astype(np.int8)
    education = _pick(rng, count, EDUCATION_SHARES)
    income = of_kind("income") * np.array(EDUCATION_INCOME)[education] * np.exp(rng.normal(-0.05, INCOME_SPREAD, count))
    income = np.round(income, -2)
    region = _pick(rng, count, REGION_SHARES)
    lane = off_peak_lane(region)
    # The shop grows: later quarters win more customers. Those at risk must have joined before they stopped.
    silent = rng.uniform(*SILENT_DAYS, count)
    at_risk = of_kind("kind") == "at_risk"
    latest = np.where(at_risk, DAYS - silent - 60, DAYS - 1.0)
    joined = to_days(clocks, to_clock(clocks, latest, lane) * rng.beta(1.25, 1.05, count), lane)
    life = rng.exponential(1.0, count) * of_kind("mean_life") * 365.25
    gone = np.where(at_risk, DAYS - silent, np.minimum(joined + life, DAYS))
    spends = np.where((age >= AGE_SPENDERS[0]) & (age <= AGE_SPENDERS[1]), AGE_SPEND, 1.0)
    spends *= np.where(income > INCOME_SPENDERS, INCOME_SPEND, 1.0)
    web = np.clip(0.85 - 0.008 * (age - 18), 0.25, 0.85)  # the young buy on the web, the old from the catalogue
    return pd.DataFrame(
        {
            "age": age,
            "gender": gender,
            "income": income,
            "education": education,
            "marital_status": _pick(rng, count, MARITAL_SHARES),
            "children": rng.poisson(np.where((age > 24) & (age < 46), 0.8, 0.1)),
            "teenagers": rng.poisson(np.where((age > 36) & (age < 58), 0.5, 0.05)),
            "region": region,
            "joined": joined,
            "kind": kind.astype(np.int8),
            "gone": gone,
            "rate": rng.uniform(of_kind("least_orders"), of_kind("most_orders")),
            "order_value": of_kind("order_value") * spends * np.exp(rng.normal(-0.02, 0.2, count)),
            "sensitivity": np.where(gender == 0, 1.3, 0.7) * rng.gamma(4.0, 0.25, count),
            "openness": rng.normal(0, 1, count),  # to what the shop writes to them
            "web": web,
            "catalogue": np.minimum(np.clip(0.05 + 0.005 * (age - 18), 0.05, 0.4), 1 - web),
        }
    )


def draw_tastes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw how each customer's lines spread over the categories: shape (customers, categories), rows sum to 1."""
    popularity = CATEGORIES["popularity"].to_numpy()
    drawn = rng.standard_gamma(TASTE * popularity / popularity.sum(), (count, len(popularity)))
    return drawn / drawn.sum(axis=1, keepdims=True)


def draw_products() -> pd.DataFrame:
    """Return the products: category, list price and cost in pence, and their share of the category's lines."""
    rng = stream(SHELVES_SEED, "products")
    rows = CATEGORIES.loc[CATEGORIES.index.repeat(PRODUCTS_PER_CATEGORY)].reset_index(drop=True)
    price = (np.round(rows["price"] * np.exp(rng.normal(0, 0.3, len(rows)))) * 100 - 5).astype(int)
    place = np.tile(np.arange(PRODUCTS_PER_CATEGORY), len(CATEGORIES))
    weight = 1 / (1 + place)
    return pd.DataFrame(
        {
            "product": rows["category"].str[:3].str.upper() + "-" + pd.Series(place + 1).astype(str).str.zfill(2),
            "category": rows["category"],
            "price": price,
            "cost": np.round(price * rows["cost"]).astype(int),
            "weight": weight / weight[:PRODUCTS_PER_CATEGORY].sum(),
        }
    )


def season_clocks() -> np.ndarray:
    """Return the cumulative intensity of ordering at the start of each day: busy days of the year take long.

    An order is as likely in one unit of this clock as in any other; `to_days` turns it into days again.

    Returns
    -------
    numpy.ndarray
        Shape (2, days + 1): the clock of regions without the offers of spring, and of those with them. Both have
        the same unit: as many of it as days, in a region without.
    """
    days = np.arange(START, END)
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    weights = MONTHS[_month(days) - 1] * WEEKDAYS[weekday]
    lifted = weights * np.where(off_peak_days(), OFF_PEAK_LIFT, 1.0)
    return np.insert(np.cumsum([weights, lifted], axis=1) / weights.mean(), 0, 0.0, axis=1)


def off_peak_days() -> np.ndarray:
    """Tell of each day whether it is one of those on which some regions had the offer of spring."""
    days = np.arange(START, END)
    year = days.astype("datetime64[Y]").astype(int) + 1970
    return np.isin(_month(days), OFF_PEAK_MONTHS) & np.isin(year, OFF_PEAK_YEARS)


def off_peak_lane(region: np.ndarray) -> np.ndarray:
    """Return which of the two clocks is that of a region."""
    return np.isin(REGIONS, OFF_PEAK_REGIONS).astype(np.int8)[region]


def _month(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[M]").astype(int) % 12 + 1


def to_clock(clocks: np.ndarray, days: np.ndarray, lane: np.ndarray) -> np.ndarray:
    """Turn days since the start into units of the seasonal clock."""
    whole = np.clip(days.astype(int), 0, clocks.shape[1] - 2)
    before = clocks[lane, whole]
    return before + (days - whole) * (clocks[lane, whole + 1] - before)


def to_days(clocks: np.ndarray, units: np.ndarray, lane: np.ndarray) -> np.ndarray:
    """Turn units of the seasonal clock into days since the start."""
    days = np.empty(len(units))
    for which, clock in enumerate(clocks):
        here = lane == which
        days[here] = np.interp(units[here], clock, np.arange(len(clock)))
    return days


def to_seconds(days: np.ndarray) -> np.ndarray:
    """Turn days since the start into seconds, moving times within a day to the hours when people buy."""
    whole = np.floor(days)
    passed = np.concatenate([[0.0], np.cumsum(HOURS / HOURS.sum())])
    return (whole * 86_400 + np.interp(days - whole, passed, np.arange(25) * 3600.0)).astype("int64")


def day_of(date: np.datetime64) -> float:
    """Return the days from the start to a date."""
    return float((date - START) / np.timedelta64(1, "D"))


def discount_chances(people: pd.DataFrame) -> np.ndarray:
    """Return the chance of each ordinary discount: those who mind prices find more of them."""
    found = np.minimum(0.12 * people["sensitivity"].to_numpy(), 0.5)
    return np.column_stack([1 - found, 0.4 * found, 0.4 * found, 0.2 * found])


def _pick(rng: np.random.Generator, count: int, shares: tuple[float, ...]) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares)[:-1], rng.random(count), side="right").astype(np.int8)


def _apportion(shares: np.ndarray, count: int) -> np.ndarray:
    """Part `count` by shares, exactly: largest remainders get what rounding leaves."""
    exact = shares / shares.sum() * count
    whole = np.floor(exact).astype(int)
    for index in np.argsort(whole - exact, kind="stable")[: count - whole.sum()]:
        whole[index] += 1
    return whole
