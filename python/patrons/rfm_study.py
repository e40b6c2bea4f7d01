"""All that the chapter on recency, frequency and value shows of a shop, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from patrons import rfm, rfm_checks, rfm_later, rfm_moves
from patrons.rfm import Scores
from patrons.rfm_moves import Back
from patrons.shop import Shop
from patrons.stop import SectionStop


@dataclass(frozen=True)
class Hindsight:
    """What became of customers who were scored as of an earlier moment.

    Attributes
    ----------
    back
        The moment.
    then
        Scores as they stood.
    moves, turns
        Who is in which segment now; who slipped and who came back.
    followed, later, tests, foretold
        What each customer did since; by segment; whether segments differ; how well each score foretold it.
    """

    back: Back
    then: Scores
    moves: pd.DataFrame
    turns: pd.DataFrame
    followed: pd.DataFrame
    later: pd.DataFrame
    tests: pd.DataFrame
    foretold: pd.DataFrame


@dataclass(frozen=True)
class Study:
    """Scores of a shop's customers, and what they rest on.

    Attributes
    ----------
    scores, summary
        Each customer's scores; what each segment is worth.
    left_out
        Customers of whom a measure is not known.
    firm
        How firm each segment is (`rfm_checks.firmness`).
    agreement
        How scores and rank sum go together (`rfm_checks.agree`).
    hindsight
        None where there are no orders, or too short a time of them.
    smallest
        Smaller groups are not shown.
    """

    scores: Scores
    summary: pd.DataFrame
    left_out: int
    firm: pd.DataFrame
    agreement: pd.DataFrame
    hindsight: Hindsight | None
    smallest: int


def study(shop: Shop) -> Study:
    """Score a shop's customers and look at the scores from all sides.

    Raises
    ------
    ChapterStop
        The source does not say how lately, how often and for how much customers bought.
    """
    known, smallest = rfm.measured(shop), shop.analysis.privacy.smallest_group
    scores = rfm.score(known.customers, shop.analysis.rfm.bins)
    try:
        hindsight = look_back(shop, scores)
    except SectionStop:
        hindsight = None
    return Study(
        scores=scores,
        summary=rfm.summarise(scores, shop.rng("rfm")),
        left_out=known.left_out,
        firm=rfm_checks.firmness(scores, shop.rng("rfm.firmness")),
        agreement=rfm_checks.agree(scores),
        hindsight=hindsight,
        smallest=smallest,
    )


def look_back(shop: Shop, now: Scores) -> Hindsight:
    """Score customers as of an earlier moment, and see what they did since.

    Raises
    ------
    SectionStop
        The source has no orders with their dates, or too short a time of them.
    """
    back = rfm_moves.look_back_of(shop)
    then = rfm.score(shop.features_at(back.moment), now.bins, now.segments)
    followed = rfm_later.follow(then, shop.outcomes(back.moment))
    return Hindsight(
        back=back,
        then=then,
        moves=rfm_moves.moves(then, now, shop.analysis.privacy.smallest_group),
        turns=rfm_moves.turns(then, now, shop.analysis.privacy.smallest_group),
        followed=followed,
        later=rfm_later.by_segment(followed, now.segments.titles),
        tests=rfm_later.tests(followed),
        foretold=rfm_later.foretell(followed),
    )
