"""What each table's columns mean: one description, from which follow reading, validation, the pandera schemas
and the data dictionary.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from patrons.settings import Customers, Experiment, Table

if TYPE_CHECKING:
    from pandera.ibis import DataFrameSchema

Kind = Literal["id", "text", "time", "number", "share", "binary", "covariate"]
Breach = Literal["row", "value"]

#: Dates outside these years are slips of the pen (0202, 2997) in any shop's data.
FIRST_YEAR, LAST_YEAR = 1900, 2100
OLDEST = 120  # nobody who is recorded as older is known to have been a customer


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Our name.
    kind : str
        How its text is read: ``id`` and ``text`` stay text, ``time`` is a date with or without a time,
        ``share`` a number from 0 to 1, ``binary`` 0/1 or yes/no or true/false, ``covariate`` a number
        if all of it are numbers, otherwise text.
    meaning : str
        A line for the reader.
    unit : str
        What it counts or is measured in; ``money`` stands for the source's currency.
    low, high : float or None
        The least and the greatest value there can be.
    breach : str
        What is set aside where a value is impossible: the whole ``row``, or only the ``value``, which is then missing.
    required : bool
        Whether a row without it is set aside.
    theirs : str
        Its name in the file.
    scale : float
        What its numbers are multiplied with.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    breach: Breach = "row"
    required: bool = False
    theirs: str = ""
    scale: float = 1.0

    @property
    def rule(self) -> str:
        """What a value must be, in words that go on from "must be"."""
        if self.kind == "time":
            return f"a date from {FIRST_YEAR} to {LAST_YEAR}"
        if self.kind == "share":
            return "a share from 0 to 1"
        if self.kind == "binary":
            return "0 or 1, yes or no, true or false"
        if self.kind != "number":
            return "any text" if self.kind != "covariate" else "a number or text"
        if self.low is not None and self.high is not None:
            return f"a number from {self.low:g} to {self.high:g}"
        return "a number" if self.low is None else f"a number, at least {self.low:g}"


_id = partial(Column, kind="id")
_text = partial(Column, kind="text")
_time = partial(Column, kind="time")
_number = partial(Column, kind="number")
_count = partial(Column, kind="number", low=0)
# What is known of people is often wrong in one place; the rest of the row still tells something.
_fact = partial(Column, kind="number", low=0, breach="value")

DESCRIPTION: dict[str, tuple[Column, ...]] = {
    "transactions": (
        _id("customer_id", meaning="who bought; may be missing"),
        _id("order_id", meaning="the order; where the source has none, a customer's purchases of one day"),
        _time("ordered_at", meaning="when it was ordered", unit="UTC", required=True),
        _text("product", meaning="what was bought"),
        _text("category", meaning="the kind of product"),
        _number("quantity", meaning="how many; negative where goods came back", unit="pieces"),
        _number("unit_price", meaning="price of one, after discount", unit="money"),
        _number("amount", meaning="money taken on this line", unit="money", required=True),
        _number("profit", meaning="what was left of it", unit="money"),
        _number("cost", meaning="what the goods cost", unit="money"),
        Column("discount", "share", "share of the list price, 0 to 1", low=0, high=1),
        _text("channel", meaning="where it was ordered"),
        _text("region", meaning="where the customer or the shop is"),
    ),
    "customers": (
        _id("customer_id", meaning="who", required=True),
        _fact("birth_year", meaning="year of birth", unit="year", low=FIRST_YEAR, high=LAST_YEAR),
        _fact("age", meaning="age", unit="years", high=OLDEST),
        _text("gender", meaning="gender, as recorded"),
        _number("income", meaning="income a year", unit="money"),
        _text("education", meaning="highest education"),
        _text("marital_status", meaning="marital status"),
        _fact("children", meaning="children at home", unit="children", high=30),
        _fact("teenagers", meaning="teenagers at home", unit="teenagers", high=30),
        _text("region", meaning="where the customer lives"),
        _time("joined_at", meaning="when they became a customer", unit="UTC", breach="value"),
        _fact("recency", meaning="time since the last order", unit="days"),
        _fact("web_visits", meaning="visits to the web site", unit="visits a month"),
        _fact("tenure_months", meaning="time since they became a customer", unit="months"),
    ),
    "campaigns": (
        _id("campaign_id", meaning="the campaign", required=True),
        _text("channel", meaning="where it ran"),
        _text("segment", meaning="whom it was for"),
        _time("started_at", meaning="when it started", unit="UTC"),
        _count("impressions", meaning="times it was shown", unit="times"),
        _count("clicks", meaning="times it was clicked", unit="times"),
        _count("leads", meaning="people who left their address", unit="people"),
        _count("conversions", meaning="orders that followed", unit="orders"),
        _count("cost", meaning="money spent", unit="money"),
        _number("revenue", meaning="money that came of it", unit="money"),
    ),
    "experiment": (
        _id("customer_id", meaning="who was assigned"),
        _text("arm", meaning="what they were assigned to", required=True),
        _time("assigned_at", meaning="when", unit="UTC"),
    ),
    "engagement": (
        _id("customer_id", meaning="who", required=True),
        _time("month", meaning="the month", unit="UTC", required=True),
        _count("web_visits", meaning="visits to the web site", unit="visits"),
        _count("emails_sent", meaning="e-mails sent to them", unit="e-mails"),
        _count("emails_opened", meaning="e-mails they opened", unit="e-mails"),
        _count("emails_clicked", meaning="e-mails they clicked in", unit="e-mails"),
    ),
}

# One step cannot be more than the step before it: (the later, the earlier). Such rows are kept, and said.
ORDERED: dict[str, tuple[tuple[str, str], ...]] = {
    "campaigns": (("clicks", "impressions"), ("leads", "clicks"), ("conversions", "clicks")),
    "engagement": (("emails_opened", "emails_sent"), ("emails_clicked", "emails_opened")),
}

# A table holds one row for each of these; the first that is listed counts.
KEYS: dict[str, tuple[str, ...]] = {"customers": ("customer_id",), "engagement": ("customer_id", "month")}

# What to write in source.yml to get the table, for chapters that miss it.
EXAMPLES = {
    "transactions": "transactions: {file: orders.csv, columns: {customer_id: …, ordered_at: …, amount: …}}",
    "customers": "customers: {file: customers.csv, columns: {customer_id: …, age: …, income: …}}",
    "campaigns": "campaigns: {file: campaigns.csv, columns: {campaign_id: …, clicks: …, cost: …, revenue: …}}",
    "experiment": "experiment: {file: test.csv, columns: {arm: …}, control: …, outcomes: {…: money}}",
    "engagement": "engagement: {file: engagement.csv, columns: {customer_id: …, month: …, web_visits: …}}",
}


def columns(name: str, table: Table) -> tuple[Column, ...]:
    """Return the columns that a source maps for a table, in the contract's order."""
    mapped: dict[str, str] = table.columns.model_dump(exclude_none=True)  # type: ignore[attr-defined]
    # Without an amount, both of what it is made of are needed.
    instead = ("quantity", "unit_price") if "amount" not in mapped else ()
    found = [
        replace(column, theirs=mapped[column.name], required=column.required or column.name in instead)
        for column in DESCRIPTION[name]
        if column.name in mapped
    ]
    if isinstance(table, Customers):
        found = [replace(column, scale=table.scale.get(column.name, 1.0)) for column in found]
        found += _of_customers(table)
    if isinstance(table, Experiment):
        taken = {column.name for column in found}
        for column in _of_experiment(table):  # a column may be covariate and segment at once, and is read once
            if column.name not in taken:
                taken.add(column.name)
                found.append(column)
    return tuple(found)


def _of_customers(table: Customers) -> list[Column]:
    """Return the columns of customers that the source names itself."""
    scale = table.scale
    found = [
        _number(f"spend_{key}", meaning=f"money spent on {key}", unit="money", theirs=theirs, scale=scale.get(key, 1.0))
        for key, theirs in table.spend.items()
    ]
    found += [
        _fact(f"orders_{key}", meaning=f"orders by {key}", unit="orders", theirs=theirs)
        for key, theirs in table.orders.items()
    ]
    found += [
        Column(f"response_{key}", "binary", f"whether they responded: {key.replace('_', ' ')}", theirs=theirs)
        for key, theirs in table.responses.items()
    ]
    return found + [
        _number(key, meaning="a number to segment on", theirs=theirs, scale=scale.get(key, 1.0))
        for key, theirs in table.features.items()
    ]


def _of_experiment(table: Experiment) -> list[Column]:
    """Return the columns of a test that the source names itself."""
    outcomes = {
        "binary": partial(Column, kind="binary", meaning="outcome: happened or not"),
        "money": partial(_number, meaning="outcome: an amount of money", unit="money"),
        "number": partial(_number, meaning="outcome: a count or measure"),
    }
    found = [outcomes[kind](key, theirs=key) for key, kind in table.outcomes.items()]
    found += [Column(key, "covariate", "measured before the test", theirs=key) for key in table.covariates]
    return found + [_text(key, meaning="group the test is read within", theirs=key) for key in table.segments]


def possible(column: Column, value: Any) -> Any:
    """Tell, as an Ibis expression, whether values of a column are within its bounds (or missing)."""
    if column.kind == "time":
        year = value.year()
        return value.isnull() | year.between(FIRST_YEAR, LAST_YEAR)
    conditions = [value >= column.low] if column.low is not None else []
    conditions += [value <= column.high] if column.high is not None else []
    if not conditions:
        return value.isnull() | value.notnull()
    together = conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1]
    return value.isnull() | together


def frame_schema(name: str, table: Table) -> "DataFrameSchema":
    """Return the pandera schema that a built table of a source fulfils.

    It checks Ibis tables where they are, however large. Reading sets aside what would break it, by the same rules.
    """
    import ibis.expr.datatypes as types
    import pandera.ibis as pa

    kinds = {"id": types.string, "text": types.string, "time": types.Timestamp(scale=6), "binary": types.int8}
    found = {}
    for column in columns(name, table):
        # A covariate is whatever its values are, which only the data can tell.
        dtype = None if column.kind == "covariate" else kinds.get(column.kind, types.float64)
        check = pa.Check(partial(_holds, column), name=column.rule, error=f"must be {column.rule}")
        found[column.name] = pa.Column(
            dtype, checks=[check], nullable=not column.required, description=column.meaning, title=column.unit
        )
    return pa.DataFrameSchema(found, name=name, strict=False)


def _holds(column: Column, data: Any) -> Any:
    return possible(column, data.table[data.key])
