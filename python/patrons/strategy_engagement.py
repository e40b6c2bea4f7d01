"""What people of a test did with e-mails and on the site, before they were put into an arm and after it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrons.design import Design
from patrons.experiment_moments import arm_codes, moments
from patrons.experiment_tests import compare_cells, correct

#: Months before the assignment that count.
BEFORE = 12
SENT = "e-mails per month"


def observed(frame: pd.DataFrame, engagement: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Sum up months before and after the assignment.

    A month belongs after it if it begins on the day of the assignment or later; the month in which the assignment
    falls counts for neither.

    Parameters
    ----------
    frame
        The test, with `customer_id` and `assigned_at`.
    engagement
        `customer_id`, `month`, and some of `web_visits`, `emails_sent`, `emails_opened`, `emails_clicked`.

    Returns
    -------
    dict
        Name → after and before, each a series along the rows of the test, missing where nothing is known: ``open
        rate`` and ``click rate`` (of e-mails sent), ``visits per month``, ``e-mails per month``.
    """
    months = engagement.merge(frame[["customer_id", "assigned_at"]].dropna(), on="customer_id")
    begins = months["month"].dt.to_period("M").dt.start_time
    after = begins >= months["assigned_at"].dt.normalize()
    ends = (begins + pd.offsets.MonthBegin(1)) <= months["assigned_at"].dt.normalize()
    before = ends & (begins >= months["assigned_at"] - pd.DateOffset(months=BEFORE))
    sides = [_summed(months[which], frame) for which in (after, before)]
    return {name: (sides[0][name], sides[1][name]) for name in sides[0]}


def changes(more: dict[str, tuple[pd.Series, pd.Series]], frame: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Compare how each arm changed with how the control did (difference in differences, Welch's test).

    Returns
    -------
    DataFrame
        `metric`, `arm`, `n_control`, `n`, `control` (mean change), `lift`, `low`, `high`, `statistic`, `df`, `p`,
        `p_holm` over all rows.
    """
    arm, parts = arm_codes(frame, plan), []
    for name, (after, before) in more.items():
        found = moments((after - before).to_numpy(dtype=float), arm, len(plan.arms))
        base, other = found[[0] * (len(plan.arms) - 1)], found[1:]
        tested = compare_cells("number", base, other)
        names = ("lift", "low", "high", "statistic", "df", "p")
        row = {"metric": name, "arm": list(plan.arms[1:]), "n_control": base.n, "n": other.n, "control": base.mean}
        parts.append(pd.DataFrame(row | {key: tested[key] for key in names}))
    return correct(pd.concat(parts, ignore_index=True), family="engagement") if parts else pd.DataFrame()


def _summed(months: pd.DataFrame, frame: pd.DataFrame) -> dict[str, pd.Series]:
    numbers = [name for name in ("web_visits", "emails_sent", "emails_opened", "emails_clicked") if name in months]
    grouped = months.groupby("customer_id")
    total, count = grouped[numbers].sum(min_count=1), grouped.size()

    def along(values: pd.Series) -> pd.Series:
        return frame["customer_id"].map(values).astype(float).replace([np.inf, -np.inf], np.nan)

    found = {}
    sent = total["emails_sent"].where(total["emails_sent"] > 0) if "emails_sent" in total else None
    for name, counted in (("open rate", "emails_opened"), ("click rate", "emails_clicked")):
        if sent is not None and counted in total:
            found[name] = along(total[counted] / sent)
    if "web_visits" in total:
        found["visits per month"] = along(total["web_visits"] / count)
    if sent is not None:
        found[SENT] = along(total["emails_sent"] / count)
    return found
