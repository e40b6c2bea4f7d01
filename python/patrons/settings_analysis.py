"""The part `analysis` of `source.yml`: choices and assumptions that a reader may want to make differently."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from patrons.strict import Name, Strict


class Rfm(Strict):
    """Scores of recency, frequency and monetary value."""

    bins: int = Field(default=5, ge=2, le=10)


class Segments(Strict):
    """Groups of customers found by clustering."""

    features: Literal["auto"] | tuple[Name, ...] = "auto"
    transform: Literal["log", "none"] = "log"
    scale: Literal["standard", "none"] = "standard"
    k: Literal["auto"] | Annotated[int, Field(ge=2)] = "auto"


class Lifetime(Strict):
    """Models of how long customers stay and what they will be worth."""

    time_unit: Literal["day", "week", "month"] = "week"
    calibration_end: date | None = None
    horizon: int = Field(default=52, ge=1)
    annual_discount_rate: float = Field(default=0.1, ge=0, lt=1)


PROGRAMMES: dict[str, tuple[str, ...]] = {
    "VIP programme": ("champions",),
    "Cross-selling": ("loyal",),
    "Activation": ("new", "promising"),
    "Win-back": ("at_risk", "lost"),
}


class Strategy(Strict):
    """What actions cost and what they are for: assumptions that no data can tell.

    Attributes
    ----------
    budget
        Money there is for reaching people; by default what it takes to contact half of those in the test.
    contact_cost
        Of reaching one person with any offer.
    offer_costs
        Arm → what it costs per person reached beyond the contact, where the measured outcome does not hold it already.
    margin
        Share of sales that is profit, where a test measured sales and no profit; by default that of the transactions.
    outcome_value
        What one success is worth, where a test measured no money at all.
    horizon_months
        How long effects are taken to last, as strong as in the test; by default as long as the test.
    segments
        Columns of the experiment whose values, crossed, are the segments to treat apart; auto: those that effects
        differ by.
    smallest_lift
        Share of the mean that a test should be able to see; for sample sizes.
    programmes
        What is done for which segments of `data/segments.yml`.
    """

    budget: float | None = Field(default=None, gt=0)
    contact_cost: float = Field(default=1.0, ge=0)
    offer_costs: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    margin: float | None = Field(default=None, gt=0, le=1)
    outcome_value: float | None = Field(default=None, gt=0)
    horizon_months: int | None = Field(default=None, ge=1)
    segments: Literal["auto"] | Annotated[tuple[Name, ...], Field(min_length=1)] = "auto"
    smallest_lift: float = Field(default=0.1, gt=0)
    programmes: dict[str, tuple[Name, ...]] = PROGRAMMES


class Privacy(Strict):
    """What may be shown of small groups."""

    smallest_group: int = Field(default=5, ge=1)


class Outliers(Strict):
    """Which values of a column are far from the others, and what becomes of them.

    `rule` robust: more than `limit` times 1.4826 · MAD from the median (MAD: median absolute deviation; limit 3.5
    unless given); classic: more than `limit` standard deviations from the mean (3 unless given); none: no value is an
    outlier. `scale` linear judges the values as they are, log their logarithms (and only positive values); auto takes
    for money whichever has the more symmetric quartiles, and otherwise linear. `action` flag keeps the value and marks
    it in a column `<name>_outlier`; cap also moves it to the limit; set_aside sets the row aside.
    """

    rule: Literal["robust", "classic", "none"] = "robust"
    limit: float | None = Field(default=None, gt=0)
    scale: Literal["auto", "log", "linear"] = "auto"
    action: Literal["flag", "cap", "set_aside"] = "flag"


MissingRule = Literal["leave", "median", "mode", "set_aside"]


class Cleaning(Strict):
    """How missing values and outliers are treated.

    Columns go by our names: `income`, or `customers.income` where several tables have one of the name. A plain name
    does not touch the table `experiment`, whose outcomes must not be made up; `experiment.spend` does.

    `missing`: column → leave (the value stays missing), median or mode (of the kept rows; a column `<name>_imputed`
    says where), set_aside (the row). `default` is for the columns of `customers` that are not named; there, median
    means the mode for text. Ids and times can only be left or set aside.

    `outliers`: column → rule and action. Unless said otherwise, `amount` and `income` are flagged by the robust rule.
    """

    missing: dict[str, MissingRule] = Field(default_factory=dict)
    outliers: dict[str, Outliers] = Field(default_factory=dict)


class Analysis(Strict):
    """Choices of the analysis that a reader may want to make differently."""

    seed: int = Field(default=20231231, ge=0)
    churn_after_days: int = Field(default=90, ge=1)
    rfm: Rfm = Rfm()
    segments: Segments = Segments()
    lifetime: Lifetime = Lifetime()
    strategy: Strategy = Strategy()
    privacy: Privacy = Privacy()
    cleaning: Cleaning = Cleaning()
