"""The contract of `source.yml` as types: what may be said about a source, and the defaults.

Everything is frozen and every unknown key is refused. Reading the file and turning refusals into
sentences is `patrons.source`; what the columns mean is `patrons.schemas`; the choices of the analysis are in
`patrons.settings_analysis`.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from patrons.settings_analysis import Analysis
from patrons.strict import Name, Strict

Kind = Literal["binary", "money", "number"]
DIRECTIVES = "aAbBcdfgHIjmMnpSuUVwWxXyYzZ%"  # of strptime, as DuckDB knows them
AMOUNTS = ("age", "income", "children", "teenagers", "recency", "web_visits", "tenure_months")


class Read(Strict):
    """How a table's file is written down."""

    sep: str | None = Field(default=None, min_length=1)  # default: tab for .tsv, comma otherwise
    header: int | None = Field(default=0, ge=0)
    names: tuple[Name, ...] = ()
    encoding: str = "utf-8"
    decimal: str = Field(default=".", min_length=1, max_length=1)
    thousands: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: int | str = 0
    date_format: str | None = Field(default=None, min_length=1)  # default: ISO 8601

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError(f"no encoding is called {value!r}; common ones are utf-8, latin-1, cp1252") from error
        return value

    @field_validator("date_format")
    @classmethod
    def _known_directives(cls, value: str | None) -> str | None:
        if value is None or value in ("excel", "unix"):
            return value
        example = 'write e.g. "%d/%m/%Y %H:%M", or excel, or unix'
        for found in re.findall(r"%-?(.?)", value):
            if not found or found not in DIRECTIVES:
                raise ValueError(f"%{found} means nothing in a date; {example}")
        if "%" not in value:
            raise ValueError(f"{value!r} says nothing of how dates are written; {example}")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Read":
        if self.thousands == self.decimal:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names holds a name twice")
        return self


class Rule(Strict):
    """Rows to set aside: all conditions that are given must hold."""

    column: Name
    reason: str = Field(min_length=1)
    starts_with: str | None = None
    equals: float | str | None = None
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _has_condition(self) -> "Rule":
        if all(value is None for value in (self.starts_with, self.equals, self.at_most, self.at_least)):
            raise ValueError("say when: one of starts_with, equals, at_most, at_least")
        return self


class Table(Strict):
    """What every table has: a file, how to read it, and rows that do not count."""

    file: str = Field(min_length=1)
    read: Read = Read()
    duplicates: Literal["drop", "keep"] = "drop"
    set_aside: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _mapped_once(self) -> "Table":
        ours: dict[str, str] = {}
        for name, theirs in self.mapped():
            if theirs in ours:
                raise ValueError(f"{ours[theirs]!r} and {name!r} are both mapped to the column {theirs!r}; keep one")
            ours[theirs] = name
        return self

    def mapped(self) -> list[tuple[str, str]]:
        """Return what the source maps: our name of each column, and the file's."""
        return list(self.columns.model_dump(exclude_none=True).items())  # type: ignore[attr-defined]


class TransactionColumns(Strict):
    """Ours: theirs, for one line of a purchase."""

    customer_id: Name
    ordered_at: Name
    order_id: Name | None = None
    product: Name | None = None
    category: Name | None = None
    quantity: Name | None = None
    unit_price: Name | None = None
    amount: Name | None = None
    profit: Name | None = None
    cost: Name | None = None
    discount: Name | None = None
    channel: Name | None = None
    region: Name | None = None

    @model_validator(mode="after")
    def _has_amount(self) -> "TransactionColumns":
        if self.amount is None and (self.quantity is None or self.unit_price is None):
            raise ValueError("amount is missing: map `amount`, or both `quantity` and `unit_price`")
        if self.profit is not None and self.cost is not None:
            raise ValueError("map `profit` or `cost`, not both: one follows from the other")
        return self


class Transactions(Table):
    """The purchases."""

    columns: TransactionColumns


class CustomerColumns(Strict):
    """Ours: theirs, for one customer."""

    customer_id: Name
    birth_year: Name | None = None
    age: Name | None = None
    gender: Name | None = None
    income: Name | None = None
    education: Name | None = None
    marital_status: Name | None = None
    children: Name | None = None
    teenagers: Name | None = None
    region: Name | None = None
    joined_at: Name | None = None
    recency: Name | None = None
    web_visits: Name | None = None
    tenure_months: Name | None = None


class Customers(Table):
    """The people."""

    columns: CustomerColumns
    scale: dict[str, float] = Field(default_factory=dict)
    spend: dict[str, Name] = Field(default_factory=dict)
    orders: dict[str, Name] = Field(default_factory=dict)
    responses: dict[str, Name] = Field(default_factory=dict)
    features: dict[str, Name] = Field(default_factory=dict)

    def mapped(self) -> list[tuple[str, str]]:
        """Return what the source maps, with the columns that it names itself."""
        groups = {"spend": self.spend, "orders": self.orders, "responses": self.responses, "features": self.features}
        own = [(f"{group}.{key}", theirs) for group, names in groups.items() for key, theirs in names.items()]
        return super().mapped() + own

    @model_validator(mode="after")
    def _known_names(self) -> "Customers":
        mapped = self.columns.model_dump(exclude_none=True)
        amounts = [amount for amount in AMOUNTS if amount in mapped] + [*self.spend, *self.features]
        for name in self.scale:
            if name not in amounts:
                allowed = ", ".join(amounts) or "none of the columns here"
                raise ValueError(f"scale: {name!r} is no amount that is mapped; allowed: {allowed}")
            if name in self.spend and name in self.features:
                raise ValueError(
                    f"scale: {name!r} is both a category of spend and a feature; name one of them otherwise"
                )
        for name in self.features:
            if name in type(self.columns).model_fields:
                raise ValueError(f"features: {name!r} is one of the columns; map it there, or give it another name")
        return self


class CampaignColumns(Strict):
    """Ours: theirs, for one campaign."""

    campaign_id: Name
    channel: Name | None = None
    segment: Name | None = None
    started_at: Name | None = None
    impressions: Name | None = None
    clicks: Name | None = None
    leads: Name | None = None
    conversions: Name | None = None
    cost: Name | None = None
    revenue: Name | None = None


class Campaigns(Table):
    """What was spent on reaching people, and what came of it."""

    columns: CampaignColumns


class ExperimentColumns(Strict):
    """Ours: theirs, for one person (or visit) in a randomised test."""

    arm: Name
    customer_id: Name | None = None
    assigned_at: Name | None = None


class Experiment(Table):
    """A randomised test: who was given what, and what they did."""

    columns: ExperimentColumns
    control: Name | None = None
    allocation: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    outcomes: dict[str, Kind] = Field(default_factory=dict)
    covariates: tuple[Name, ...] = ()
    segments: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _names_apart(self) -> "Experiment":
        mapped = self.columns.model_dump(exclude_none=True)
        for name in (*self.outcomes, *self.covariates, *self.segments):
            if mapped.get(name, name) != name or name == "arm":
                raise ValueError(f"{name!r} is the name of a column above; rename it in the file")
        for name in (*self.covariates, *self.segments):
            if name in self.outcomes:
                raise ValueError(f"{name!r} cannot be an outcome and measured before assignment")
        return self


class EngagementColumns(Strict):
    """Ours: theirs, for one customer's month."""

    customer_id: Name
    month: Name
    web_visits: Name | None = None
    emails_sent: Name | None = None
    emails_opened: Name | None = None
    emails_clicked: Name | None = None


class Engagement(Table):
    """Visits and e-mails, month by month."""

    columns: EngagementColumns


class Tables(Strict):
    """The tables a source has; any subset but the empty one."""

    transactions: Transactions | None = None
    customers: Customers | None = None
    campaigns: Campaigns | None = None
    experiment: Experiment | None = None
    engagement: Engagement | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> "Tables":
        if not self.present():
            raise ValueError(f"no table is described; the tables are {', '.join(type(self).model_fields)}")
        return self

    def present(self) -> dict[str, Table]:
        """Return the tables that the source has, by name."""
        return {name: table for name in type(self).model_fields if (table := getattr(self, name)) is not None}


class Settings(Strict):
    """All of `source.yml`."""

    name: str = Field(min_length=1)
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    reference_date: datetime | None = None
    tables: Tables
    analysis: Analysis = Analysis()
    engine: str = Field(default="duckdb://", pattern=r"^[a-z][a-z0-9+]*://")

    @field_validator("reference_date")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        """All times of the analysis are in UTC and do not say so."""
        return value.astimezone(UTC).replace(tzinfo=None) if value and value.tzinfo else value
