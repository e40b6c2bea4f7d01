"""What customers can be expected to be worth: whether they still buy, how much, and one of them worked by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import hyp2f1

from patrons import lifetime
from patrons.features import UNIT_DAYS
from patrons.lifetime import Fit
from patrons.lifetime_history import ALL, YEAR, sums_of

#: What is averaged over the customers of a segment.
MEASURES = ("alive", "purchases", "value")


@dataclass(frozen=True)
class Outlook:
    """What the future is computed from.

    Attributes
    ----------
    horizon
        How far ahead, in units of time.
    rate
        Discount per unit of time.
    unit
        Of time: day, week, month.
    """

    horizon: int
    rate: float
    unit: str


def outlook(horizon: int, annual_rate: float, unit: str) -> Outlook:
    r"""Turn a yearly discount rate into one per unit of time, :math:`(1 + d)^{u / 365.25} - 1`.

    Examples
    --------
    >>> round(outlook(12, 0.1, "month").rate, 6)
    0.007974
    """
    return Outlook(horizon, float((1 + annual_rate) ** (UNIT_DAYS[unit] / YEAR) - 1), unit)


def assess(fit: Fit, spending: Fit | None, clv: pd.DataFrame, ahead: Outlook) -> pd.DataFrame:
    """Return what a model says of each customer: `alive`, `purchases` within the horizon, `value` (discounted)."""
    x, t_x, age = (clv[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    value = (
        lifetime.discounted_value(fit, spending, clv, ahead.horizon, ahead.rate)
        if spending is not None
        else np.full(len(clv), np.nan)
    )
    return pd.DataFrame(
        {
            "alive": lifetime.probability_alive(fit, x, t_x, age),
            "purchases": lifetime.expected_purchases(fit, x, t_x, age, ahead.horizon),
            "value": value,
        },
        index=clv.index,
    )


def by_segment(
    models: tuple[Fit, Fit | None],
    clv: pd.DataFrame,
    history: pd.DataFrame,
    ahead: Outlook,
    rng: np.random.Generator,
    draws: int,
) -> pd.DataFrame:
    """Average what the models say over each segment and over all, with intervals by parametric bootstrap.

    Each draw simulates as many customers as there are, fits the models again, and says with them what today's
    customers will do: the intervals are those of the means, given that the models are right.

    Parameters
    ----------
    models
        Of buying, and of spending where there is one.
    clv
        `x`, `t_x`, `T`, `m_x`, `segment` of each customer.
    history
        From `lifetime_history.by_segment`, for titles, numbers of customers and margins.
    ahead
        Horizon and discount.
    rng
        Draws.
    draws
        How many.

    Returns
    -------
    DataFrame
        A row per segment and one for all: `segment`, `title`, `customers`, `alive`, `purchases`, `value` with
        `<measure>_low` and `<measure>_high`, `total`, `total_low`, `total_high` (value of the whole segment),
        `margin`, and `cap` with its ends (the part of `value` that is profit).
    """
    names = [name for name in history["segment"] if name != ALL and (clv["segment"] == name).any()]
    codes = pd.Categorical(clv["segment"].astype(object), categories=names).codes.astype(int)
    counts = sums_of(codes, np.ones(len(codes)), len(names))

    def measure(fit: Fit, spending: Fit | None, _: np.random.Generator) -> dict[str, float]:
        table = assess(fit, spending, clv, ahead)
        found: dict[str, float] = {}
        for what in MEASURES:
            means = sums_of(codes, table[what].to_numpy(), len(names)) / counts
            found |= {f"{what} {name}": float(mean) for name, mean in zip([*names, ALL], means, strict=True)}
        return found

    ends = lifetime.bootstrap(*models, clv, rng, draws, measure).intervals()
    means = measure(*models, rng)
    table = pd.DataFrame({"segment": [*names, ALL], "customers": counts.astype(int)}).merge(
        history[["segment", "title", "margin"]], on="segment", how="left"
    )
    for what in MEASURES:
        keys = [f"{what} {name}" for name in table["segment"]]
        table[what] = [means[key] for key in keys]
        table[f"{what}_low"], table[f"{what}_high"] = (ends.loc[keys, end].to_numpy() for end in ("low", "high"))
    for end in ("", "_low", "_high"):
        table[f"total{end}"] = table[f"value{end}"] * table["customers"]
        table[f"cap{end}"] = table[f"value{end}"] * table["margin"]
    return table


def surface(fit: Fit, clv: pd.DataFrame, steps: int = 60) -> pd.DataFrame:
    """Compute how likely a customer still buys, for each number of repeat purchases and each length of silence.

    It is the model's own surface, for somebody observed as long as the median customer: no point of it is a customer.

    Returns
    -------
    DataFrame
        `x`, `silence` (time since the last purchase), `alive`, `T` (the same for all).
    """
    age = float(clv["T"].median())
    most = int(np.clip(clv["x"].quantile(0.95), 4, 30))
    grid = np.meshgrid(np.arange(1.0, most + 1), np.linspace(0, age, steps))
    x, silence = grid[0].ravel(), grid[1].ravel()
    alive = lifetime.probability_alive(fit, x, age - silence, np.full(len(x), age))
    return pd.DataFrame({"x": x, "silence": silence, "alive": alive, "T": age})


def typical(clv: pd.DataFrame, smallest: int) -> pd.Series | None:
    """Make up a customer from medians over repeat customers, rounded: `x`, `t_x`, `T`, `m_x`. It is nobody's row.

    Returns
    -------
    Series or None
        None with fewer repeat customers than may be shown.
    """
    repeat = clv[clv["x"] > 0]
    if len(repeat) < max(smallest, 2):
        return None
    age = float(np.round(repeat["T"].median(), 1))
    money = repeat.loc[repeat["m_x"] > 0, "m_x"].astype(float).median()
    return pd.Series(
        {
            "x": float(np.floor(repeat["x"].median())),
            "t_x": min(float(np.round(repeat["t_x"].median(), 1)), age),
            "T": age,
            "m_x": float(np.round(money)) if money >= 10 else float(np.round(money, 2)),
        }
    )


def worked(fit: Fit, spending: Fit | None, customer: pd.Series, horizon: float) -> pd.DataFrame:
    r"""Calculate one customer step by step with the formulas of BG/NBD and Gamma-Gamma.

    Fader, Hardie and Lee (2005), equation (10); Fader and Hardie (2013), equation (5).

    Returns
    -------
    DataFrame
        `step`, `formula` and its `numbers` (TeX), `value`. The steps are `ratio`, `alive`, `hyper`, `purchases`,
        and with `spending` also `spend` and `revenue`.

    Examples
    --------
    The customer of the paper's authors buys 1.226 times in the next 39 weeks:

    >>> from types import SimpleNamespace
    >>> fit = SimpleNamespace(parameters={"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    >>> steps = worked(fit, None, pd.Series({"x": 2, "t_x": 30.43, "T": 38.86, "m_x": 10}), 39)
    >>> round(steps.set_index("step").loc["purchases", "value"], 3)
    1.226
    """
    r, alpha, a, b = (float(fit.parameters[name]) for name in ("r", "alpha", "a", "b"))
    x, t_x, age, money = (float(customer[name]) for name in ("x", "t_x", "T", "m_x"))
    ratio = ((alpha + age) / (alpha + t_x)) ** (r + x)
    alive = 1 / (1 + a / (b + x - 1) * ratio)
    shrunk = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    hyper = float(hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon)))
    purchases = (a + b + x - 1) / (a - 1) * (1 - shrunk * hyper) * alive
    rows = [
        (
            "ratio",
            r"R = \Bigl(\frac{\alpha + T}{\alpha + t_x}\Bigr)^{r + x}",
            rf"\Bigl(\frac{{{alpha + age:.2f}}}{{{alpha + t_x:.2f}}}\Bigr)^{{{r + x:.3f}}}",
            ratio,
        ),
        (
            "alive",
            r"P = \Bigl(1 + \frac{a}{b + x - 1}\, R\Bigr)^{-1}",
            rf"\Bigl(1 + \frac{{{a:.3f}}}{{{b + x - 1:.3f}}} \cdot {ratio:.3f}\Bigr)^{{-1}}",
            alive,
        ),
        (
            "hyper",
            r"H = \Bigl(\frac{\alpha + T}{\alpha + T + h}\Bigr)^{r + x} F",
            rf"{shrunk:.4f} \cdot {hyper:.4f}",
            shrunk * hyper,
        ),
        (
            "purchases",
            r"Y = \frac{a + b + x - 1}{a - 1}\,(1 - H)\, P",
            rf"{(a + b + x - 1) / (a - 1):.3f} \cdot ({1 - shrunk * hyper:.4f}) \cdot {alive:.3f}",
            purchases,
        ),
    ]
    if spending is not None:
        p, q, v = (float(spending.parameters[name]) for name in ("p", "q", "v"))
        spend = p * (v + x * money) / (p * x + q - 1)
        rows += [
            (
                "spend",
                r"M = \frac{p\,(v + x\, m_x)}{p\, x + q - 1}",
                rf"\frac{{{p:.3f} \cdot {v + x * money:.2f}}}{{{p * x + q - 1:.3f}}}",
                spend,
            ),
            ("revenue", r"Y \cdot M", rf"{purchases:.3f} \cdot {spend:.2f}", purchases * spend),
        ]
    return pd.DataFrame(rows, columns=["step", "formula", "numbers", "value"])
