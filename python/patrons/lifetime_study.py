"""Lifetime value of a shop's customers as a whole: what its purchases allow, computed once for chapter and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from patrons import features, lifetime, lifetime_checks, lifetime_history, lifetime_holdout, lifetime_worth, masks
from patrons.features import EPOCH
from patrons.lifetime import CannotFit, Fit
from patrons.lifetime_holdout import Split
from patrons.lifetime_worth import Outlook
from patrons.shop import Shop

#: The models of how often customers buy and for how long, and what they are called.
MODELS = {"bgnbd": "BG/NBD", "pareto_nbd": "Pareto/NBD"}
#: Data sets drawn from a fitted model, each fitted again, for intervals.
DRAWS = 200


@dataclass(frozen=True)
class Models:
    """Models fitted to customers observed up to a day.

    Attributes
    ----------
    clv
        `customer_id`, `x`, `t_x`, `T`, `m_x`, `x_holdout`.
    end
        The day.
    fits
        Model → fit, for those that could be fitted.
    spending
        The Gamma-Gamma model, where it could be fitted.
    failed
        Model → why it could not be fitted.
    """

    clv: pd.DataFrame
    end: date
    fits: Mapping[str, Fit]
    spending: Fit | None
    failed: Mapping[str, str]

    @property
    def best(self) -> str | None:
        """The model with the smallest AIC, if any could be fitted."""
        return min(self.fits, key=lambda name: self.fits[name].aic, default=None)


@dataclass(frozen=True)
class Study:
    """Lifetime value of a shop's customers; what could not be computed is empty or None.

    Attributes
    ----------
    history
        What each segment has brought so far.
    split
        Calibration and holdout.
    calibrated, latest
        Models of calibration, and of all that was observed; with these the future is foreseen.
    ahead
        Horizon and discount.
    track, conditional
        The holdout, week by week and by repeat purchases before it.
    holdout
        Model (and `actual`) → repeat purchases in the holdout with their interval.
    frequencies, dispersion, independence, spend, months
        Checks of the models reported.
    worth
        P(alive), purchases and discounted value by segment.
    surface, customer
        P(alive) by recency and frequency; a made-up typical customer.
    no_interval
        Why the future is not foreseen though models were fitted, if so.
    left
        Of the simulated world: how many customers truly left during calibration, and during the holdout.
    """

    history: pd.DataFrame
    split: Split
    calibrated: Models
    latest: Models
    ahead: Outlook
    track: pd.DataFrame = field(default_factory=pd.DataFrame)
    conditional: pd.DataFrame = field(default_factory=pd.DataFrame)
    holdout: pd.DataFrame = field(default_factory=pd.DataFrame)
    frequencies: pd.DataFrame = field(default_factory=pd.DataFrame)
    dispersion: lifetime_checks.Estimate = field(default_factory=lambda: lifetime_checks.Estimate(np.nan))
    independence: pd.DataFrame = field(default_factory=pd.DataFrame)
    spend: pd.DataFrame = field(default_factory=pd.DataFrame)
    months: pd.DataFrame = field(default_factory=pd.DataFrame)
    worth: pd.DataFrame = field(default_factory=pd.DataFrame)
    surface: pd.DataFrame = field(default_factory=pd.DataFrame)
    customer: pd.Series | None = None
    no_interval: str = ""
    left: tuple[int, int] | None = None

    @property
    def reported(self) -> Models:
        """The models whose parameters the book states: those of calibration where the source says when it ends.

        Somebody who names the end of calibration wants the models as of then; for everybody else the fit to all data
        is the better one, and the split serves only to judge it.
        """
        return self.calibrated if self.split.given else self.latest

    @property
    def other(self) -> Models:
        """The models that are not reported: a look at how much the parameters depend on the time observed."""
        return self.latest if self.split.given else self.calibrated

    def worked(self) -> pd.DataFrame:
        """Calculate the made-up customer step by step, with the parameters that are reported."""
        if self.customer is None:
            raise ValueError("there is no typical customer to work with")
        fit = self.reported.fits["bgnbd"]
        return lifetime_worth.worked(fit, self.reported.spending, self.customer, self.ahead.horizon)


def look(shop: Shop, draws: int = DRAWS) -> Study:
    """Fit the models to a shop's customers, judge them on a time they did not see, and look ahead.

    Parameters
    ----------
    shop
        A source with transactions.
    draws
        Data sets drawn from the fitted models for intervals.
    """
    settings = shop.analysis.lifetime
    accounts = lifetime_history.accounts(shop)
    masks.need(len(accounts), shop.analysis.privacy.smallest_group)
    history = lifetime_history.by_segment(accounts, shop.rng("lifetime.history"), shop.analysis.privacy.smallest_group)
    divided = lifetime_holdout.split(shop)
    today = shop.reference_date.date()
    study = Study(
        history=history,
        split=divided,
        calibrated=fit(statistics(shop, divided.end), divided.end),
        latest=fit(statistics(shop, today), today),
        ahead=lifetime_worth.outlook(settings.horizon, settings.annual_discount_rate, settings.time_unit),
    )
    study = _checked(shop, study)
    study = _judged(shop, study, draws)
    return _foreseen(shop, study, accounts, draws)


def fit(clv: pd.DataFrame, end: date) -> Models:
    """Fit what can be fitted to customers observed up to a day."""
    fits, failed = {}, {}
    for name, how in (("bgnbd", lifetime.fit_bgnbd), ("pareto_nbd", lifetime.fit_pareto_nbd)):
        try:
            fits[name] = how(clv[["x", "t_x", "T"]])
        except CannotFit as error:
            failed[name] = str(error)
    spending = None
    try:
        spending = lifetime.fit_gamma_gamma(clv[["x", "m_x"]])
    except CannotFit as error:
        failed["gamma_gamma"] = str(error)
    return Models(clv, end, fits, spending, failed)


def statistics(shop: Shop, end: date) -> pd.DataFrame:
    """Return x, t_x, T, m_x of each customer up to a day."""
    settings = shop.analysis.lifetime
    if end == (settings.calibration_end or shop.reference_date.date()):
        return shop.clv
    return features.clv_statistics(shop.transactions, settings.time_unit, end).to_pyarrow().to_pandas()


def _checked(shop: Shop, study: Study) -> Study:
    """Look at what the models suppose, on the data of the fits that are reported."""
    models, smallest = study.reported, shop.analysis.privacy.smallest_group
    study = replace(
        study,
        dispersion=lifetime_checks.dispersion(models.clv),
        independence=lifetime_checks.independence(models.clv),
        spend=lifetime_checks.spend_by_frequency(models.clv, smallest),
    )
    if not models.fits:
        return study
    return replace(
        study,
        frequencies=lifetime_checks.frequencies(models.fits, models.clv, smallest),
    )


def _judged(shop: Shop, study: Study, draws: int) -> Study:
    """Compare the holdout with what was foreseen."""
    models, divided = study.calibrated, study.split
    if not models.fits or not divided.holds:
        return study
    rng = shop.rng("lifetime.holdout")
    counts = lifetime_holdout.daily(shop.transactions, divided.end)
    try:
        track = lifetime_holdout.track(models.fits, models.clv, counts, divided, rng, draws)
    except CannotFit as error:
        return replace(study, no_interval=str(error))
    return replace(
        study,
        left=_left(shop.planted, divided),
        track=track,
        holdout=_totals(track, divided),
        conditional=lifetime_holdout.conditional(
            models.fits, models.clv, divided.length, rng, shop.analysis.privacy.smallest_group
        ),
    )


def _foreseen(shop: Shop, study: Study, accounts: pd.DataFrame, draws: int) -> Study:
    """Say what customers are worth from today on."""
    models = study.latest
    smallest = shop.analysis.privacy.smallest_group
    study = replace(study, customer=lifetime_worth.typical(study.reported.clv, smallest))
    if models.best is None:
        return study
    chosen, rng = models.fits[models.best], shop.rng("lifetime.worth")
    clv = models.clv.merge(accounts[["customer_id", "segment"]], on="customer_id", how="left")
    counts = lifetime_holdout.daily(shop.transactions, models.end)
    study = replace(
        study,
        surface=lifetime_worth.surface(chosen, models.clv),
        months=lifetime_checks.months(chosen, counts, (study.split.until - EPOCH).days, study.split.unit),
    )
    try:
        worth = lifetime_worth.by_segment((chosen, models.spending), clv, study.history, study.ahead, rng, draws)
    except CannotFit as error:
        return replace(study, no_interval=str(error))
    return replace(study, worth=worth)


def _left(planted: pd.DataFrame | None, divided: Split) -> tuple[int, int] | None:
    """Count who left during calibration and during the holdout, where it is known."""
    if planted is None:
        return None
    gone, length = planted["days_gone"], (divided.until - divided.end).days
    return int((gone > length).sum()), int(((gone > 0) & (gone <= length)).sum())


def _totals(track: pd.DataFrame, divided: Split) -> pd.DataFrame:
    """Return repeat purchases in the holdout: `series`, `purchases`, `low`, `high`, `off` (share of the actual)."""
    actual = track[track["series"] == "actual"]
    before = float(actual.loc[~actual["holdout"], "purchases"].iloc[-1])
    last = track.groupby("series", sort=False).last()
    table = last[["purchases", "low", "high"]] - before
    real = float(table["purchases"]["actual"])
    table["off"] = table["purchases"] / real - 1 if real else np.nan
    return table.reset_index()
