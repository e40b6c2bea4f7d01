"""Tests in which nothing was offered: how often each way of reading finds something all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from patrons import experiment, experiment_ranks, experiment_resample, experiment_segments, sequential
from patrons.design import Design
from patrons.experiment_tests import correct
from patrons.limits import ALPHA

PEOPLE, DAYS = 2000, 30
ARMS = ("control", "offer")
PLAN = Design(
    *(ARMS[0], ARMS, {"control": 0.5, "offer": 0.5}),
    {"sales": "money", "profit": "money", "orders": "number", "bought": "binary"},
    *(("before",), ("region",)),
)
#: Readings that find something in 5 % of such tests.
EXACT = (
    *("Welch", "Welch after CUPED", "z test of shares", "profit per order, delta method", "Mann–Whitney"),
    *("Brunner–Munzel", "bootstrap", "permutation", "interaction with region"),
)
#: Readings that find something in at most 5 %.
AT_MOST = ("all outcomes, Holm", "always valid", "always valid, CUPED", "always valid, shares")
#: What looking every day does to a test that holds at one look.
PEEKING = "Welch, looked at every day"
#: All comparisons of a test together.
ALL = "all comparisons, Holm"
READINGS = (*EXACT, *AT_MOST, PEEKING)


def simulated(seeds: Iterable[int]) -> Iterator[dict[str, float]]:
    """Draw a test without an effect for each seed, and read it in every way (`read_all_ways`)."""
    for seed in seeds:
        yield read_all_ways(np.random.default_rng([20231231, seed]))


def read_all_ways(rng: np.random.Generator) -> dict[str, float]:
    """Draw a test without an effect and read it in every way.

    Returns
    -------
    dict
        For each of `READINGS` whether it found something; `narrowed` and `predicted`: how wide intervals are after
        CUPED beside those before, and what the correlation predicts of that.
    """
    frame = draw(rng)
    effects, adjusted = experiment.compare(frame, PLAN), experiment.adjust(frame, PLAN)
    ranks = experiment_ranks.compare_ranks(frame, PLAN)
    again = experiment_resample.bootstrap(frame, PLAN, rng, 999)
    dealt = experiment_resample.permute(frame, PLAN, rng, 399)
    parted = experiment_segments.compare_within(frame, PLAN).interactions
    ratio = experiment.compare_ratio(frame, PLAN, "profit", "orders")
    plain, sharper = (sequential.watch(frame, PLAN, "sales", adjusted=use).table for use in (False, True))
    shares = sequential.watch(frame, PLAN, "bought").table
    return {
        "Welch": _of(effects, "p") < ALPHA,
        "Welch after CUPED": _of(adjusted, "p") < ALPHA,
        "z test of shares": _of(effects, "p", "bought") < ALPHA,
        "profit per order, delta method": float(ratio["p"].iloc[0]) < ALPHA,
        "Mann–Whitney": _of(ranks, "p") < ALPHA,
        "Brunner–Munzel": _of(ranks, "p_superiority") < ALPHA,
        "bootstrap": not _of(again, "low") <= 0 <= _of(again, "high"),
        "permutation": _of(dealt, "p") <= ALPHA,
        "interaction with region": _of(parted, "p") < ALPHA,
        "all outcomes, Holm": bool((effects["p_holm"] < ALPHA).any()),
        "always valid": bool((plain["p"] < ALPHA).any()),
        "always valid, CUPED": bool((sharper["p"] < ALPHA).any()),
        "always valid, shares": bool((shares["p"] < ALPHA).any()),
        PEEKING: bool((plain["fixed_p"] < ALPHA).any()),
        "narrowed": (_of(adjusted, "high") - _of(adjusted, "low")) / (_of(effects, "high") - _of(effects, "low")),
        "predicted": float(np.sqrt(1 - _of(adjusted, "r2"))),
    }


def _of(table: pd.DataFrame, column: str, outcome: str = "sales") -> float:
    return float(table.loc[table["outcome"] == outcome, column].iloc[0])


def draw(rng: np.random.Generator) -> pd.DataFrame:
    """Draw people to whom nothing was offered: spending is skewed, mostly zero, and follows what was spent before."""
    before = rng.gamma(1.5, 100.0, PEOPLE)
    bought = rng.random(PEOPLE) < 0.35 + 0.3 * stats.gamma.cdf(before, 1.5, scale=100.0)
    orders = np.where(bought, 1 + rng.poisson(0.8, PEOPLE), 0)
    sales = orders * (0.3 * before + rng.lognormal(3.5, 0.8, PEOPLE))
    return pd.DataFrame(
        {
            "arm": rng.permutation(np.repeat(np.array(ARMS, dtype=object), PEOPLE // 2)),
            "assigned_at": np.datetime64("2023-01-01")
            + np.sort(rng.integers(0, DAYS, PEOPLE)).astype("timedelta64[D]"),
            "sales": sales,
            "profit": 0.4 * sales - 2.0 * orders,
            "orders": orders.astype(float),
            "bought": bought.astype(float),
            "before": before,
            "region": rng.choice(np.array(["North", "South", "West"], dtype=object), PEOPLE),
        }
    )


def reshuffled(frame: pd.DataFrame, plan: Design, rng: np.random.Generator, times: int) -> Iterator[dict[str, bool]]:
    """Deal the arms of a test out again, so that they mean nothing, and read it as its chapter does.

    Parameters
    ----------
    frame, plan
        The test.
    rng
        Deals.
    times
        How often.

    Yields
    ------
    dict
        Whether something was found: for each outcome, of the first arm against the control, as measured and (its name
        followed by "CUPED") adjusted; and for all comparisons together, adjusted where they can be, after Holm's
        correction. A comparison that cannot be made finds nothing and is left out.
    """
    known = experiment.covariates(frame, plan)
    sharper = {name: f"{name}, CUPED" for name, kind in plan.outcomes.items() if known and kind != "binary"}
    # What the covariates predict does not depend on the arms: it is taken out once.
    ready = frame.assign(**{new: experiment.adjusted_outcome(frame, name, known) for name, new in sharper.items()})
    both = replace(plan, outcomes={**plan.outcomes, **{new: plan.outcomes[name] for name, new in sharper.items()}})
    arms = frame["arm"].to_numpy()
    for _ in range(times):
        table = experiment.compare(ready.assign(arm=rng.permutation(arms)), both)
        first = table[(table["arm"] == plan.arms[1]) & table["p"].notna()]
        found = dict(zip(first["outcome"].astype(str), first["p"] < ALPHA, strict=True))
        read = correct(table[~table["outcome"].isin(list(sharper))], family="all")
        yield found | {ALL: bool((read["p_holm"] < ALPHA).any())}


def count(found: Iterable[Mapping[str, float]], readings: Iterable[str] | None = None) -> pd.DataFrame:
    """Count how often each reading found something where there was nothing.

    Returns
    -------
    DataFrame
        `reading`, `tests`, `alarms`, `share`.
    """
    table = pd.DataFrame(list(found))
    table = table[list(readings)] if readings is not None else table
    alarms = table.astype(float).sum().astype(int).to_numpy()
    return pd.DataFrame(
        {"reading": table.columns, "tests": len(table), "alarms": alarms, "share": alarms / max(len(table), 1)}
    )
