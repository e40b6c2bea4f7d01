"""What an offer in some regions did, and whether regions would have parted without it."""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from patrons import seasonality_offer as offer
from patrons.seasonality_offer import Cells

#: Pretended offers, at most.
MOST = 99
#: Months of the stretches in which regions are compared over time.
STRETCH = 2
#: With fewer months before the first offer, or regions on a side, nothing can be compared.
FEWEST_BEFORE = 3


@dataclass(frozen=True)
class Offer:
    """An offer judged against what would have been.

    Attributes
    ----------
    cells
        What is compared.
    effects
        ``outcome``, ``how`` (main | trends), ``ratio``, ``low``, ``high``, ``p``: with what regions and months have in
        common taken out, and with a course of its own for each region besides.
    gains
        ``outcome``, ``observed`` (in offered regions and months), ``gain``, ``low``, ``high``: what there was more than
        would have been.
    before
        One row, none where nothing came before: ``ratio``, ``low``, ``high``, ``p`` of how the regions parted in a year
        before the first offer.
    pretended
        ``regions``, ``shift`` (months), ``ratio``: the same comparison where and when no offer ran.
    chance
        Share of pretended offers, the true one among them, that reach as far from 1.
    courses
        ``start``, ``end`` (months), ``running``, ``ratio``, ``low``, ``high``: orders of regions with the offer to
        those without, against the mean of stretches without it.
    monthly
        ``number``, ``start``, ``running``, ``observed``, ``expected``, ``low``, ``high``: orders of regions with the
        offer, and what would have been.
    """

    cells: Cells
    effects: pd.DataFrame
    gains: pd.DataFrame
    before: pd.DataFrame
    pretended: pd.DataFrame
    chance: float
    courses: pd.DataFrame
    monthly: pd.DataFrame


def judge(cells: Cells, rng: np.random.Generator) -> Offer | None:
    """Judge the offers by regions that never had one; None where there is nothing to compare with."""
    others = len(cells.regions) - len(cells.treated)
    running = offer.running(cells)
    if not cells.treated or not others or not (running.max(axis=0) == 0).sum() >= FEWEST_BEFORE:
        return None
    rows = []
    for outcome in cells.outcomes:
        for how, design in (("main", running[None]), ("trends", np.concatenate([running[None], courses_of(cells)]))):
            found = offer.effect(cells, outcome, design).head(1)
            if len(found):
                rows.append(found.assign(outcome=outcome, how=how))
    if not rows or (rows[0]["outcome"].iloc[0], rows[0]["how"].iloc[0]) != ("orders", "main"):
        return None
    effects = pd.concat(rows, ignore_index=True)
    main = effects[effects["how"] == "main"].set_index("outcome")
    pretended = pretend(cells, rng)
    far = np.abs(np.log(pretended["ratio"])) >= abs(np.log(float(main["ratio"]["orders"])))
    return Offer(
        cells,
        effects,
        _gains(cells, main),
        _before(cells),
        pretended,
        float((1 + far.sum()) / (1 + len(pretended))) if len(pretended) else np.nan,
        courses(cells),
        monthly(cells, main.loc["orders"].to_dict()),
    )


def courses_of(cells: Cells) -> np.ndarray:
    """Return a straight course in time for each region but the first: shape (regions - 1, regions, months)."""
    t = (np.array(cells.numbers) - cells.numbers[0]) / 12
    size = len(cells.regions)
    return np.array([np.outer(np.arange(size) == place, t) for place in range(1, size)]).astype(float)


def _gains(cells: Cells, main: pd.DataFrame) -> pd.DataFrame:
    """Turn ratios into amounts: of what was seen, the part that would not have been without the offer."""
    running, rows = offer.running(cells), []
    for outcome, row in main.iterrows():
        seen = float((offer.totals(cells, str(outcome)) * running).sum())
        low, value, high = (seen * (1 - 1 / row[key]) for key in ("low", "ratio", "high"))
        rows.append({"outcome": outcome, "observed": seen, "gain": value, "low": low, "high": high})
    return pd.DataFrame(rows)


def _before(cells: Cells) -> pd.DataFrame:
    """Compare how both groups of regions grew before the first offer, per year."""
    first = cells.offers["number"].min()
    numbers = tuple(number for number in cells.numbers if number < first)
    if len(numbers) < FEWEST_BEFORE:
        return pd.DataFrame(columns=["ratio", "low", "high", "p"])
    early = Cells(cells.rows[cells.rows["number"] < first], cells.offers, cells.regions, numbers)
    had = np.isin(cells.regions, cells.treated)
    t = (np.array(numbers) - numbers[0]) / 12
    return offer.effect(early, "orders", np.outer(had, t)[None].astype(float))


def designs(cells: Cells, rng: np.random.Generator) -> list[tuple[tuple[str, ...], int]]:
    """Choose where and when offers are pretended: as many regions, and the same months moved to where none ran."""
    numbers, ran = set(cells.numbers), set(cells.offers["number"])
    free = numbers - ran
    reach = max(numbers) - min(numbers)
    shifts = [k for k in range(-reach, reach + 1) if {number + k for number in ran} <= free]
    groups = list(itertools.islice(itertools.combinations(cells.regions, len(cells.treated)), 5000))
    every = [(group, shift) for group in groups for shift in shifts]
    if len(every) <= MOST:
        return every
    return [every[int(place)] for place in np.sort(rng.choice(len(every), MOST, replace=False))]


def pretend(cells: Cells, rng: np.random.Generator) -> pd.DataFrame:
    """Estimate the effect of offers that never were, from months in which none ran."""
    free = [number for number in cells.numbers if number not in set(cells.offers["number"])]
    values = offer.totals(cells, "orders")[:, np.isin(cells.numbers, free)]
    ran = sorted(set(cells.offers["number"]))
    months = np.ones(len(free), dtype=bool)
    plain = offer.fit(values.ravel(), offer.matrix_of(np.empty((0, *values.shape)), months))
    rows = []
    for group, shift in designs(cells, rng) if plain is not None else ():
        design = np.outer(np.isin(cells.regions, group), np.isin(free, [number + shift for number in ran]))
        matrix = offer.matrix_of(design[None].astype(float), months)
        found = offer.fit(values.ravel(), matrix, np.insert(plain[0], 0, 0.0))  # type: ignore[index]
        if found is not None:
            rows.append({"regions": "+".join(group), "shift": shift, "ratio": float(np.exp(found[0][0]))})
    return pd.DataFrame(rows, columns=["regions", "shift", "ratio"])


def stretches(cells: Cells) -> pd.DataFrame:
    """Cut time into stretches of `STRETCH` months, anew where an offer begins or ends.

    Returns
    -------
    DataFrame
        ``start``, ``end`` (numbers of months), ``running``.
    """
    ran = set(cells.offers["number"])
    rows: list[dict[str, int | bool]] = []
    for number in cells.numbers:
        on = number in ran
        last = rows[-1] if rows else None
        if last and last["running"] == on and number - last["start"] < STRETCH:
            last["end"] = number
        else:
            rows.append({"start": number, "end": number, "running": on})
    return pd.DataFrame(rows)


def courses(cells: Cells) -> pd.DataFrame:
    r"""Compare both groups of regions, stretch by stretch.

    :math:`\log (T_k / C_k)` less its mean over stretches without an offer; intervals over customers, by the delta
    method. Stretches in which a group sold nothing are left out.
    """
    found = stretches(cells)
    number = cells.rows["number"].to_numpy()
    stretch = np.searchsorted(found["start"].to_numpy(), number, side="right") - 1
    had = np.isin(cells.rows["region"].to_numpy(dtype=str), cells.treated)
    orders = cells.rows["orders"].to_numpy(dtype=float)
    sums = np.array([np.bincount(stretch[side], orders[side], len(found)) for side in (had, ~had)])
    kept: np.ndarray = np.asarray((sums > 0).all(axis=0))
    found, sums = found.loc[kept.tolist()].reset_index(drop=True), sums[:, kept]
    still = ~found["running"].to_numpy()
    if not still.any():
        return found.assign(ratio=np.nan, low=np.nan, high=np.nan)
    place = np.cumsum(kept) - 1
    buyers, buyer = np.unique(cells.rows["buyer"], return_inverse=True)
    inside = kept[stretch]
    at, sign = place[stretch[inside]], np.where(had[inside], 0, 1)
    parts = np.zeros((len(buyers), len(found)))
    np.add.at(parts, (buyer[inside], at), orders[inside] / sums[sign, at] * np.where(sign == 0, 1, -1))
    contrast = np.eye(len(found)) - still / still.sum()
    value, own = contrast @ np.log(sums[0] / sums[1]), parts @ contrast.T
    error = np.sqrt(len(buyers) * own.var(axis=0, ddof=1))
    return pd.concat([found, offer.ratios(value, error)[["ratio", "low", "high"]]], axis=1)


def monthly(cells: Cells, effect: dict[Hashable, Any]) -> pd.DataFrame:
    """Set the orders of regions with the offer beside those that the model expects without it."""
    values, running = offer.totals(cells, "orders"), offer.running(cells)
    keep: np.ndarray = np.asarray(values.sum(axis=0) > 0)
    matrix = offer.matrix_of(running[None], keep)
    found = offer.fit(values[:, keep].ravel(), matrix)
    assert found is not None  # the effect itself was found by this fit
    mean = np.exp(matrix @ found[0]).reshape(values[:, keep].shape)
    had, on = np.isin(cells.regions, cells.treated), running[:, keep]
    numbers = np.array(cells.numbers)[keep]
    table = pd.DataFrame({"number": numbers, "start": [pd.Timestamp(n // 12, n % 12 + 1, 1) for n in numbers.tolist()]})
    table["running"] = on.max(axis=0) > 0
    table["observed"] = values[had][:, keep].sum(axis=0)
    for name, key in (("expected", "ratio"), ("low", "high"), ("high", "low")):
        table[name] = (mean / np.where(on > 0, float(effect[key]), 1.0))[had].sum(axis=0)
    return table
