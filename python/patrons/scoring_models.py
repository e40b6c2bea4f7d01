"""What scoring needs to know of a shop: models fitted to its customers, as the chapters fit them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from patrons import clusters_study, lifetime_holdout, lifetime_study, lifetime_worth, response, rfm
from patrons.errors import PatronsError
from patrons.lifetime import Fit
from patrons.lifetime_worth import Outlook
from patrons.response_data import PERIODS_SILENT
from patrons.rfm_map import SegmentMap
from patrons.scoring_actions import Actions, actions
from patrons.shop import Shop
from patrons.stop import ChapterStop

#: Parts of the models, and the columns of scores that hang on each.
PARTS = {
    "rfm": ("segment", "r", "f", "m"),
    "groups": ("group", "group_name"),
    "lifetime": ("probability_alive", "expected_purchases", "expected_value"),
    "responds": ("response_probability",),
    "leaves": ("leave_probability",),
    "actions": ("recommended_action", "expected_return"),
}
CLV = ("x", "t_x", "T", "m_x")

T = TypeVar("T")
#: Feature → the lowest and the highest value that the models were fitted to.
Ranges = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class RfmEdges:
    """Edges of the scores of recency, frequency and monetary value, and the map of segments.

    Attributes
    ----------
    bins
        Scores run from 1 to this.
    edges
        Measure → the values that part the bins, turned so that more is better (`rfm.turned`).
    level
        Whether all customers share one score of recency, which then counts as the middle of the map.
    segments
        The map.
    """

    bins: int
    edges: Mapping[str, tuple[float, ...]]
    level: bool
    segments: SegmentMap


@dataclass(frozen=True)
class Groups:
    """The groups of K-means: ``pipeline.predict(features) + 1`` are their numbers."""

    pipeline: Pipeline
    features: tuple[str, ...]
    names: Mapping[int, str]


@dataclass(frozen=True)
class Lifetime:
    """Models of buying and of spending, fitted to what was known at the end of a day."""

    end: date
    buying: Fit
    spending: Fit | None


@dataclass(frozen=True)
class Chance:
    """A model of what customers will do.

    Attributes
    ----------
    pipeline
        From features to chances.
    features
        Its columns, in order.
    texts
        Those of them that are texts → the values seen in training.
    may_miss
        Those that were missing for some in training, so that the model knows what to make of it.
    silent_from
        Who has been silent for more days is not asked about: they count as gone.
    days
        How far ahead it looks; None for the next campaign.
    """

    pipeline: Pipeline
    features: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]]
    may_miss: tuple[str, ...]
    silent_from: int | None
    days: int | None


@dataclass(frozen=True)
class Models:
    """All that scoring needs; what the source does not allow is None or empty, and `refused` says why.

    Attributes
    ----------
    name, currency
        Of the shop.
    ahead
        Horizon and discount of expected purchases and value.
    rfm, groups, lifetimes, chances, actions
        The models; `lifetimes` from the earliest to the latest.
    ranges
        Feature → the lowest and the highest value in training.
    refused
        Part (of `PARTS`) → why it could not be fitted.
    """

    name: str
    currency: str | None
    ahead: Outlook
    rfm: RfmEdges | None
    groups: Groups | None
    lifetimes: tuple[Lifetime, ...]
    chances: Mapping[str, Chance]
    actions: Actions | None
    ranges: Ranges
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """Every feature that some model takes."""
        found = [*rfm.MEASURES, "tenure"] if self.rfm else []
        found += self.groups.features if self.groups else ()
        found += CLV if self.lifetimes else ()
        found += [name for chance in self.chances.values() for name in chance.features]
        found += self.actions.columns if self.actions else ()
        return tuple(dict.fromkeys(found))

    def told(self) -> list[str]:
        """Say which scores will be empty, and why."""
        return [f"left empty: {', '.join(PARTS[part])}. {why}" for part, why in self.refused.items()]


def fit(shop: Shop) -> Models:
    """Fit the models of the chapters to a shop's customers.

    Raises
    ------
    PatronsError
        The source has nothing by which a customer could be scored.
    """
    refused: dict[str, str] = {}
    ranges: Ranges = {}

    def tried(part: str, how: Callable[..., T], *more: Any) -> T | None:
        try:
            return how(shop, *more)
        except ChapterStop as stop:
            refused[part] = _plain(str(stop))
        return None

    settings = shop.analysis.lifetime
    scores = tried("rfm", _rfm, ranges)
    groups = tried("groups", _groups, ranges)
    lifetimes = tried("lifetime", _lifetimes, ranges) or ()
    chances: dict[str, Chance] = {}
    for question in response.QUESTIONS:
        found = tried(question, _chance, question, ranges)
        if found is not None:
            chances[question] = found
    advised = tried("actions", actions, scores is not None)
    if not (scores or groups or lifetimes or chances or advised):
        raise PatronsError(f"There is nothing to score customers of {shop.name} by. {' '.join(refused.values())}")
    return Models(
        name=shop.name,
        currency=shop.currency,
        ahead=lifetime_worth.outlook(settings.horizon, settings.annual_discount_rate, settings.time_unit),
        rfm=scores,
        groups=groups,
        lifetimes=lifetimes,
        chances=chances,
        actions=advised,
        ranges=ranges,
        refused=refused,
    )


def _plain(text: str) -> str:
    """Take from the words of a chapter its marks, and what only a chapter can say."""
    return text.replace("This chapter needs", "It needs").replace("This chapter", "It").translate({42: None, 96: None})


def _rfm(shop: Shop, ranges: Ranges) -> RfmEdges:
    customers = rfm.measured(shop).customers
    scored = rfm.score(customers, shop.analysis.rfm.bins)
    edges = {name: tuple(rfm.cuts(rfm.turned(customers, name), scored.bins).tolist()) for name in rfm.MEASURES}
    _widen(ranges, customers[[name for name in (*rfm.MEASURES, "tenure") if name in customers]])
    return RfmEdges(scored.bins, edges, bool(scored.customers["r"].nunique() == 1), scored.segments)


def _groups(shop: Shop, ranges: Ranges) -> Groups:
    found = clusters_study.study(shop).clustering
    _widen(ranges, found.customers[list(found.features)])
    pipeline = copy.deepcopy(found.pipeline)
    del pipeline[-1].labels_  # the group of each single customer, which prediction does not need
    return Groups(pipeline, found.features, found.names)


def _lifetimes(shop: Shop, ranges: Ranges) -> tuple[Lifetime, ...]:
    """Fit the models as of the end of calibration and as of today: a day is judged by what was known on it."""
    shop.require("transactions")
    ends = sorted({lifetime_holdout.split(shop).end, shop.reference_date.date()})
    found, why = [], ""
    for end in ends:
        models = lifetime_study.fit(lifetime_study.statistics(shop, end), end)
        why = " ".join(models.failed.values())
        if models.best is not None:
            found.append(Lifetime(end, models.fits[models.best], models.spending))
            _widen(ranges, models.clv[list(CLV)])
    if not found:
        raise ChapterStop(why)
    return tuple(found)


def _chance(shop: Shop, question: response.Question, ranges: Ranges) -> Chance:
    final = response.final_model(shop, question)
    known = response.today(shop, question)[list(final.columns)]
    texts = [name for name in final.columns if known[name].dtype == object]
    _widen(ranges, known.drop(columns=texts))
    return Chance(
        pipeline=final.steps,
        features=final.columns,
        texts={name: tuple(sorted(map(str, known[name].dropna().unique()))) for name in texts},
        may_miss=tuple(name for name in final.columns if known[name].isna().any()),
        silent_from=PERIODS_SILENT * final.days if final.days else None,
        days=final.days,
    )


def _widen(ranges: Ranges, table: pd.DataFrame) -> None:
    """Let the ranges hold the values of a table too."""
    for name in table:
        values = table[name].to_numpy(dtype=float, na_value=np.nan)
        values = values[np.isfinite(values)]
        if len(values):
            low, high = ranges.get(str(name), (np.inf, -np.inf))
            ranges[str(name)] = (min(low, float(values.min())), max(high, float(values.max())))
