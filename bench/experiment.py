"""A test of a million people, with five outcomes and twenty divisions into groups, analysed whole.

The measure beside it is what a first look takes in pandas: sizes, means and variances of the same outcomes in the same
arms and groups, by one groupby per division, without any test. Beside the seconds of the clock stand those of the
processor, which other work on the machine does not lengthen.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from patrons import (
    experiment,
    experiment_bayes,
    experiment_offers,
    experiment_ranks,
    experiment_resample,
    experiment_segments,
    power,
    sequential,
)
from patrons.design import Design

PEOPLE = 1_000_000
ARMS = ("control", "discount", "delivery", "points")
KINDS = {"sales": "money", "orders": "number", "profit": "money", "visits": "number", "bought": "binary"}
DIVISIONS, GROUPS = 20, 5
WANTED = 30


def run() -> Iterator[str]:
    """Yield one line per step, then the whole and its ratio to pandas."""
    frame, plan = _test()
    yield (
        f"{PEOPLE:,} people, {len(ARMS)} arms, {len(KINDS)} outcomes, {DIVISIONS} divisions into {GROUPS} groups: "
        f"{(len(ARMS) - 1) * len(KINDS) * DIVISIONS * GROUPS:,} comparisons in groups"
    )
    effects = experiment.compare(frame, plan)
    within = experiment_segments.compare_within(frame, plan, adjusted=True)
    rng = np.random.default_rng(1)
    steps: dict[str, Callable[[], object]] = {
        "split, means, CUPED, ratio": lambda: (experiment.study(frame, plan), experiment.balance(frame, plan)),
        "every arm in every group": lambda: experiment_segments.compare_within(frame, plan, adjusted=True),
        "which arm for whom": lambda: experiment_offers.choose(within, "sales", rng),
        "power, Bayesian reading": lambda: (power.achieved(effects), experiment_bayes.read(effects)),
        "at every look": lambda: [sequential.watch(frame, plan, name) for name in KINDS],
        "ranks": lambda: experiment_ranks.compare_ranks(frame, plan),
        "bootstrap": lambda: experiment_resample.bootstrap(frame, plan, rng),
        "permutation": lambda: experiment_resample.permute(frame, plan, rng),
    }
    taken = {name: _seconds(step) for name, step in steps.items()}
    for name, seconds in taken.items():
        yield f"{name:28} {seconds[0]:6.2f} s  {seconds[1]:6.2f} s of processor"
    plain = _seconds(lambda: _groupby(frame, plan))
    ratio = plain[0] / taken["every arm in every group"][0]
    yield (
        f"{'pandas groupby, no tests':28} {plain[0]:6.2f} s  {plain[1]:6.2f} s of processor; "
        f"{ratio:.1f} × every arm in every group"
    )
    clock, processor = (sum(times) for times in zip(*taken.values(), strict=True))
    yield (
        f"{clock:.1f} s in all, {processor:.1f} s of processor "
        f"(wanted: below {WANTED}): {'yes' if clock < WANTED else 'NO'}"
    )


def _test() -> tuple[pd.DataFrame, Design]:
    rng = np.random.default_rng(20231231)
    before = rng.gamma(1.5, 200.0, PEOPLE)
    arm = rng.integers(0, len(ARMS), PEOPLE)
    bought = rng.random(PEOPLE) < 0.5 + 0.02 * (arm == 1)
    sales = np.where(bought, 0.4 * before + rng.gamma(1.2, 150.0, PEOPLE), 0.0)
    frame = pd.DataFrame(
        {
            "arm": np.array(ARMS, dtype=object)[arm],
            "sales": sales,
            "orders": np.where(bought, 1 + rng.poisson(1.2, PEOPLE), 0).astype(float),
            "profit": sales * np.where(arm == 1, 0.25, 0.4),
            "visits": rng.poisson(3.0, PEOPLE).astype(float),
            "bought": bought.astype("int8"),
            "before": before,
            "visits_before": rng.poisson(3.0, PEOPLE).astype(float),
        }
    )
    names = np.array([f"group {place}" for place in range(1, GROUPS + 1)], dtype=object)
    divisions = {f"division_{at:02d}": names[rng.integers(0, GROUPS, PEOPLE)] for at in range(1, DIVISIONS + 1)}
    shares = dict.fromkeys(ARMS, 1 / len(ARMS))
    plan = Design(ARMS[0], ARMS, shares, dict(KINDS), ("before", "visits_before"), tuple(divisions))
    return pd.concat([frame, pd.DataFrame(divisions)], axis=1), plan


def _groupby(frame: pd.DataFrame, plan: Design) -> list[pd.DataFrame]:
    return [frame.groupby([name, "arm"])[list(KINDS)].agg(["count", "mean", "var"]) for name in plan.segments]


def _seconds(step: Callable[[], object]) -> tuple[float, float]:
    start, started = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - start, time.process_time() - started
