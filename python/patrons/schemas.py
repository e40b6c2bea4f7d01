"""What each table's columns mean: their kind, whether a row can do without, and a line for the reader."""

from dataclasses import dataclass
from typing import Literal

from patrons.settings import Customers, Experiment, Table

Kind = Literal["id", "text", "time", "number", "share", "binary", "covariate"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Our name.
    theirs : str
        Its name in the file.
    kind : str
        How its text is read: ``id`` and ``text`` stay text, ``time`` is a date with or without a time,
        ``share`` a number from 0 to 1, ``binary`` 0/1 or yes/no or true/false, ``covariate`` a number
        if all of it are numbers, otherwise text.
    required : bool
        Whether a row without it is set aside.
    """

    name: str
    theirs: str
    kind: Kind
    required: bool = False


# (kind, meaning) of every column of the contract; the meanings make the data dictionary.
MEANINGS: dict[str, dict[str, tuple[Kind, str]]] = {
    "transactions": {
        "customer_id": ("id", "who bought; may be missing"),
        "order_id": ("id", "the order; where the source has none, a customer's purchases of one day"),
        "ordered_at": ("time", "when it was ordered"),
        "product": ("text", "what was bought"),
        "category": ("text", "the kind of product"),
        "quantity": ("number", "how many"),
        "unit_price": ("number", "price of one, after discount"),
        "amount": ("number", "money taken on this line"),
        "profit": ("number", "what was left of it"),
        "cost": ("number", "what the goods cost"),
        "discount": ("share", "share of the list price, 0 to 1"),
        "channel": ("text", "where it was ordered"),
        "region": ("text", "where the customer or the shop is"),
    },
    "customers": {
        "customer_id": ("id", "who"),
        "birth_year": ("number", "year of birth"),
        "age": ("number", "age in years"),
        "gender": ("text", "gender, as recorded"),
        "income": ("number", "income a year"),
        "education": ("text", "highest education"),
        "marital_status": ("text", "marital status"),
        "children": ("number", "children at home"),
        "teenagers": ("number", "teenagers at home"),
        "region": ("text", "where the customer lives"),
        "joined_at": ("time", "when they became a customer"),
        "recency": ("number", "days since the last order"),
        "web_visits": ("number", "visits to the web site a month"),
        "tenure_months": ("number", "months since they became a customer"),
    },
    "campaigns": {
        "campaign_id": ("id", "the campaign"),
        "channel": ("text", "where it ran"),
        "segment": ("text", "whom it was for"),
        "started_at": ("time", "when it started"),
        "impressions": ("number", "times it was shown"),
        "clicks": ("number", "times it was clicked"),
        "leads": ("number", "people who left their address"),
        "conversions": ("number", "orders that followed"),
        "cost": ("number", "money spent"),
        "revenue": ("number", "money that came of it"),
    },
    "experiment": {
        "customer_id": ("id", "who was assigned"),
        "arm": ("text", "what they were assigned to"),
        "assigned_at": ("time", "when"),
    },
    "engagement": {
        "customer_id": ("id", "who"),
        "month": ("time", "the month"),
        "web_visits": ("number", "visits to the web site"),
        "emails_sent": ("number", "e-mails sent to them"),
        "emails_opened": ("number", "e-mails they opened"),
        "emails_clicked": ("number", "e-mails they clicked in"),
    },
}

# A row without one of these tells nothing. (A purchase without a customer still counts as sales.)
REQUIRED = {
    "transactions": ("ordered_at", "amount"),
    "customers": ("customer_id",),
    "campaigns": ("campaign_id",),
    "experiment": ("arm",),
    "engagement": ("customer_id", "month"),
}

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
    required = set(REQUIRED[name])
    if "amount" not in mapped and "amount" in required:
        required |= {"quantity", "unit_price"}
    found = [
        Column(ours, mapped[ours], kind, ours in required)
        for ours, (kind, _) in MEANINGS[name].items()
        if ours in mapped
    ]
    if isinstance(table, Customers):
        found += [Column(f"spend_{key}", theirs, "number") for key, theirs in table.spend.items()]
        found += [Column(f"orders_{key}", theirs, "number") for key, theirs in table.orders.items()]
        found += [Column(f"response_{key}", theirs, "binary") for key, theirs in table.responses.items()]
        found += [Column(key, theirs, "number") for key, theirs in table.features.items()]
    if isinstance(table, Experiment):
        kinds: dict[str, Kind] = {"binary": "binary", "money": "number", "number": "number"}
        extra = [Column(key, key, kinds[kind]) for key, kind in table.outcomes.items()]
        extra += [Column(key, key, "covariate") for key in table.covariates]
        extra += [Column(key, key, "text") for key in table.segments]
        taken = {column.name for column in found}
        for column in extra:  # a column may be covariate and segment at once, and is read once
            if column.name not in taken:
                taken.add(column.name)
                found.append(column)
    return tuple(found)
