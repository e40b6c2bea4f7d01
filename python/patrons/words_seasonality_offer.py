"""What offers in some regions did, in words."""

from __future__ import annotations

import numpy as np

from patrons.facts import Facts, claim, show
from patrons.seasonality_model import MONTHS
from patrons.seasonality_offer import LEAST_SHARE
from patrons.seasonality_study import Study
from patrons.stop import SectionStop
from patrons.words import joined, plain, prose
from patrons.words_seasonality import ALPHA, ROOT, inside, offered


def need_offer(found: Study, name: str) -> None:
    """End the section where no offer can be judged, saying why.

    Raises
    ------
    SectionStop
        A column is missing, no offer is seen, or there is nothing to compare it with.
    """
    if found.missing:
        listed = joined([f"`{column}`" for column in found.missing])
        example = ", ".join(f"{column}: …" for column in found.missing)
        raise SectionStop(
            f"This section needs {listed} of `transactions`, which *{plain(name)}* does not map. "
            f"Add to its `columns:` in source.yml: `{example}`."
        )
    if found.offers.empty:
        raise SectionStop(
            f"In no region and month do as many as {show(LEAST_SHARE, 'share', 0)} of orders carry a discount, and "
            "twice as many as usual: no offer can be told from everyday discounts."
        )
    if found.offer is None:
        raise SectionStop(
            "An offer ran, but there is no region that never had it, or too little before it: nothing shows what would "
            "have been without it."
        )


@prose
def ran(found: Study) -> str:
    """Say where and when the offer ran."""
    assert found.offer is not None  # by `need_offer`
    cells = found.offer.cells
    treated = joined([f"*{plain(name)}*" for name in cells.treated])
    others = joined([f"*{plain(name)}*" for name in cells.regions if name not in cells.treated])
    months = sorted(set(cells.offers["number"]))
    runs = [[months[0]]]
    for month in months[1:]:
        if month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    spans = [_month(run[0]) if len(run) == 1 else f"{_month(run[0])} to {_month(run[-1])}" for run in runs]
    share = float(np.average(cells.offers["share"], weights=cells.offers["orders"]))
    return (
        f"By this rule an offer ran in {treated} in {joined(spans)}, where {show(share, 'share', 0)} of orders "
        f"carry a discount; it never ran in {others}."
    )


@prose
def effect(facts: Facts) -> str:
    """Say what the offer did, beside what was planted."""
    name = f"{ROOT}.off_peak.orders_ratio"
    words = [offered(facts)]
    if f"{name}.planted" in facts:
        where = claim(inside(facts, name), "inside", "outside")
        words.append(f"Planted are {facts.text(f'{name}.planted')} times as many orders, {where} the interval.")
    profit = f"{ROOT}.off_peak.profit.gain"
    if profit in facts:
        amount = f"{facts.text(profit, signed=True)} ({facts.interval(profit, signed=True)})"
        words.append(f"In profit, the offer came to {plain(amount)} over all the time that it ran.")
    return " ".join(words)


@prose
def offer_checks(facts: Facts, found: Study) -> str:
    """Say whether regions would have parted anyway."""
    assert found.offer is not None  # by `need_offer`
    name, words = f"{ROOT}.off_peak", []
    if f"{name}.before" in facts:
        verdict = facts.verdict(
            f"{name}.before",
            "they were growing faster already",
            "they were growing more slowly",
            "no difference can be seen",
            1.0,
        )
        words.append(
            "In the time before the first offer, regions with it grew by a factor of "
            f"{facts.text(f'{name}.before')} a year against the others ({facts.interval(f'{name}.before')}): {verdict}."
        )
    if len(found.offer.pretended):
        words.append(
            f"Of {len(found.offer.pretended)} offers that were only pretended, in other months and in as many regions, "
            f"and the true one, a share of {show(found.offer.chance, 'p')} reach as far from 1: "
            + claim(found.offer.chance < ALPHA, "chance alone seldom does that.", "chance alone does that too.")
        )
    trends = f"{name}.orders_ratio.trends"
    if trends in facts:
        words.append(
            f"With a course in time of its own for each region, the effect on orders is {facts.text(trends)} "
            f"({facts.interval(trends)})."
        )
    words.append(
        f"There are {len(found.offer.cells.regions)} regions, few for errors clustered by region: the intervals "
        "speak of who the customers are, the pretended offers of what regions do by themselves."
    )
    return " ".join(words)


def _month(month: int) -> str:
    return f"{MONTHS[month % 12]} {month // 12}"
