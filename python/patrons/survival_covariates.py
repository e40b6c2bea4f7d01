"""What is known of customers at a moment, as covariates of how long they stay from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: A covariate that is missing for more than this share of the customers is left out rather than the customers.
MISSING = 0.2
#: Two covariates that correlate more than this say the same thing; the later one is left out.
ALIKE = 0.95
#: So many ends carry one covariate (Peduzzi and others 1995).
ENDS_PER_COVARIATE = 10


@dataclass(frozen=True)
class Term:
    """One covariate: its column, and what readers call it."""

    name: str
    title: str


@dataclass(frozen=True)
class Covariates:
    """What customers are compared by.

    Attributes
    ----------
    frame
        A column for each term, numbers in standard deviations from their mean, categories as 0 and 1; a row for each
        customer, missing where not known.
    terms
        The covariates, in order of importance: with few ends, the last go first.
    left_out
        Why others are not among them, by title.
    """

    frame: pd.DataFrame
    terms: tuple[Term, ...]
    left_out: Mapping[str, str]

    def within(self, ends: int) -> Covariates:
        """Keep as many covariates as so many ends can carry."""
        room = ends // ENDS_PER_COVARIATE
        kept, dropped = self.terms[:room], self.terms[room:]
        reasons = {**self.left_out, **{term.title: f"{ends} ends carry no more covariates" for term in dropped}}
        return Covariates(self.frame[[term.name for term in kept]], kept, reasons)


#: Columns of features and of the table of customers: title, and whether the logarithm is taken.
BEHAVIOUR = {
    "frequency": ("Orders so far", True),
    "recency": ("Days since the last order", False),
    "average_order_value": ("Average order value", True),
    "tenure": ("Days since the first order", False),
    "discount": ("Average discount", False),
}
NUMBERS = {"age": ("Age", False), "income": ("Income", False), "children": ("Children", False)}
CATEGORIES = {"gender": "Gender"}


def describe(behaviour: pd.DataFrame, people: pd.DataFrame | None, smallest: int) -> Covariates:
    """Turn what is known of customers into covariates on one scale.

    Orders and money enter as logarithms. A covariate is left out if it is the same for everybody, is missing for more
    than a fifth, or says what an earlier one does (correlation above 0.95). A category has a column for each of its
    values except the most common; values that fewer than `smallest` customers have count with the most common.

    Parameters
    ----------
    behaviour
        A row for each customer; those of `BEHAVIOUR` that are known, all as of the moment.
    people
        The same customers' rows of the table of customers, in the same order, if there is one. Only what does not
        move with orders is taken from it.
    smallest
        The smallest group that is told apart.
    """
    frame = pd.DataFrame(index=behaviour.index)
    terms: list[Term] = []
    left_out: dict[str, str] = {}
    sources = [(behaviour, BEHAVIOUR)] + ([] if people is None else [(people, NUMBERS)])
    for table, columns in sources:
        for name in [name for name in columns if name in table]:
            title, log = columns[name]
            values = pd.to_numeric(table[name], errors="coerce").astype(float)
            values = values.clip(lower=0).apply(np.log1p) if log else values
            reason = _unfit(values, frame)
            if reason:
                left_out[title] = reason
                continue
            frame[name] = ((values - values.mean()) / values.std()).to_numpy()
            terms.append(Term(name, title))
    for name in [] if people is None else [name for name in CATEGORIES if name in people]:
        reason = _add_category(frame, terms, people[name], name, smallest)  # type: ignore[index]
        if reason:
            left_out[CATEGORIES[name]] = reason
    return Covariates(frame, tuple(terms), left_out)


def _unfit(values: pd.Series, frame: pd.DataFrame) -> str:
    """Say why a covariate cannot be used; nothing if it can."""
    if values.isna().mean() > MISSING:
        return "not known for many"
    if values.nunique() < 2 or not values.std() > 1e-12:
        return "the same for everybody"
    for name in frame:
        if abs(float(np.nan_to_num(values.reset_index(drop=True).corr(frame[name].reset_index(drop=True))))) > ALIKE:
            return "says what another does"
    return ""


def _add_category(frame: pd.DataFrame, terms: list[Term], values: pd.Series, name: str, smallest: int) -> str:
    counts = values.value_counts()
    if values.isna().mean() > MISSING:
        return "not known for many"
    told = [level for level in counts.index if counts[level] >= max(smallest, 1)]
    if len(told) < 2:
        return "the same for everybody"
    for place, level in enumerate(told[1:], start=1):
        column = f"{name}_{place}"
        indicator = (values == level).astype(float).mask(values.isna())
        frame[column] = indicator.to_numpy()
        terms.append(Term(column, f"{CATEGORIES[name]}: {level} (not {told[0]})"))
    return ""
