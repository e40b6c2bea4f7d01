"""Whether a model still foretells as well as when it was fitted: who leaves, month by month since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from scipy import stats

from patrons import response, response_calibration, response_data, response_models
from patrons.response_data import Examples, Periods
from patrons.shop import Shop

#: Days between the cut-offs at which the model is judged.
STEP = 30
COLUMNS = ["moment", "n", "events", "auc", "low", "high", "level", "level_low", "level_high"]
Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Performance:
    """A model that was fitted once, judged then and since.

    Attributes
    ----------
    days : int
        How far ahead it looks.
    fitted : datetime
        The cut-off that it learned from.
    same_season : bool
        Whether the last cut-off is a year after it.
    times : pandas.DataFrame
        A row per cut-off, the fit first: `moment`, `n`, `events`, `auc` (`low`, `high`: DeLong), `level` (how many
        times as high the odds came out as foretold; `level_low`, `level_high`).
    checks : pandas.DataFrame
        Two rows, `auc` and `level`: `check`, `then`, `now`, `change` (of the area; of the logarithm of the level),
        `low`, `high`, `p`, `moved`.
    """

    days: int
    fitted: datetime
    same_season: bool
    times: pd.DataFrame
    checks: pd.DataFrame


def follow(shop: Shop, alpha: float, rng: np.random.Generator) -> Performance | None:
    """Fit a model of who leaves as of a year before the latest outcomes, and judge it each month since.

    At the cut-off that it was fitted to, a customer's chance comes from a model fitted to others; so it does later.

    Parameters
    ----------
    shop
        The source.
    alpha
        How often chance may make the last cut-off look worse than the first.
    rng
        Deals customers into folds.

    Returns
    -------
    Performance or None
        None where the record is too short, or too few left or stayed.
    """
    when = response_data.periods(shop)
    if when is None:
        return None
    moments = [when.past + timedelta(days=back) for back in range(0, (when.present - when.past).days, STEP)]
    moments = [one for one in moments if (when.present - one).days >= STEP] + [when.present]
    return judge([(moment, response_data.leaving(shop, when, moment)) for moment in moments], when, alpha, rng)


def compare(reference: Shop, current: Shop, alpha: float, rng: np.random.Generator) -> Performance | None:
    """Fit a model of who leaves to one source's latest outcomes, and judge it by another's."""
    when, now = (response_data.periods(shop) for shop in (reference, current))
    if when is None or now is None:
        return None
    days = min(when.days, now.days)
    cuts = [shop.reference_date - timedelta(days=days) for shop in (reference, current)]
    shared = Periods(days, cuts[0], cuts[1], current.reference_date)
    examples = [
        (cut, response_data.leaving(shop, shared, cut)) for cut, shop in zip(cuts, (reference, current), strict=True)
    ]
    return judge(examples, shared, alpha, rng)


def judge(
    times: Sequence[tuple[datetime, Examples]], when: Periods, alpha: float, rng: np.random.Generator
) -> Performance | None:
    """Fit to the first examples and judge by all; see `follow`."""
    first = times[0][1]
    times = [(moment, found) for moment, found in times if _enough(found)]
    if len(times) < 2 or times[0][1] is not first or times[-1][0] != when.present:
        return None
    last = times[-1][1]
    usable = [name for name in response_models.usable(first, last) if all(name in item.features for _, item in times)]
    if not usable:
        return None
    past = Examples(first.features[usable], first.outcome)
    steps, _ = response_models.tuned("logistic", past, int(rng.integers(2**31)))
    everybody = pd.Index(sorted(set().union(*(item.features.index for _, item in times)), key=str))
    fold = pd.Series(rng.permutation(len(everybody)) % response_models.FOLDS, index=everybody)
    fitted = response_models.cross_fit(steps, past, fold)
    rows = []
    for moment, item in times:
        chance = response_models.foretell(fitted, item.features[usable], fold)
        outcome = item.outcome.to_numpy()
        auc, low, high = response.interval(outcome, chance)
        own = response_calibration.calibrate(outcome, chance, fold.reindex(item.features.index).to_numpy())
        level = {name: float(own.checks[name].iloc[0]) for name in ("level", "level_low", "level_high")}
        row = {"moment": moment, "n": len(chance), "events": item.events, "auc": auc, "low": low, "high": high}
        rows.append(row | level)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return Performance(when.days, when.past, when.same_season, table, check(table, alpha))


def check(times: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Compare the last cut-off with the first: a lower area (one-sided), another level (two-sided), `alpha` in all.

    The two are taken to be independent; many customers are in both, which makes chance move them less than that.
    """
    then, now = times.iloc[0], times.iloc[-1]
    rows = []
    for name in ("auc", "level"):
        low, high = ("low", "high") if name == "auc" else ("level_low", "level_high")
        ends = [(_scale(name, row[name]), _scale(name, row[high]) - _scale(name, row[low])) for row in (then, now)]
        change = ends[1][0] - ends[0][0]
        error = float(np.hypot(ends[0][1], ends[1][1]) / 2 / Z)
        z = change / error if error > 0 else np.nan
        p = stats.norm.cdf(z) if name == "auc" else 2 * stats.norm.sf(abs(z))
        row = {"check": name, "then": then[name], "now": now[name], "change": change}
        rows.append(row | {"low": change - Z * error, "high": change + Z * error, "p": p, "moved": p < alpha / 2})
    return pd.DataFrame(rows)


def _scale(name: str, value: float) -> float:
    return float(value) if name == "auc" else float(np.log(value))


def _enough(found: Examples) -> bool:
    return min(found.events, len(found.outcome) - found.events) >= response.FEWEST
