"""Which segments answer campaigns, read e-mails and bring revenue, in words."""

from __future__ import annotations

import pandas as pd

from patrons.campaigns_study import Study
from patrons.facts import Facts, claim
from patrons.words import plain, prose


@prose
def answered(facts: Facts) -> str:
    """Say which segments answer most and least, and what the next campaign may bring."""
    if "campaigns.answers.best" not in facts:
        return ""
    best, worst = (f"campaigns.answers.{facts[f'campaigns.answers.{end}'].value}" for end in ("best", "worst"))
    names = [plain(str(facts[f"{name}.title"].value)) for name in (best, worst)]
    words = (
        f"*{names[0]}* answer most: {facts.text(f'{best}.rate')} of them answer a campaign "
        f"({facts.interval(f'{best}.rate')}), against {facts.text(f'{worst}.rate')} "
        f"({facts.interval(f'{worst}.rate')}) of *{names[1]}*."
    )
    if facts[f"{best}.next"].low is None:
        return words
    return (
        f"{words} Campaigns differ: the next may be answered by {facts.interval(f'{best}.next')} of *{names[0]}* and "
        f"{facts.interval(f'{worst}.next')} of *{names[1]}*."
    )


@prose
def repeated(found: Study) -> str:
    """Say how much more the answers of the same customers vary."""
    if found.answers is None:
        return ""
    return (
        "The same customers were asked again and again, and some always answer: their answers vary "
        f"{found.answers.repeated:.1f} times as much as those of as many different customers would, and the intervals "
        "allow for it. The source does not say who was asked, so that everybody counts as asked every time: of "
        "customers who came only lately, the rate is too low."
    )


@prose
def mails(found: pd.DataFrame, facts: Facts) -> str:
    """Say which segments open most and least."""
    table = found.dropna(subset=["opened"])
    if len(table) < 2:
        return "There are too few segments to compare."
    best, worst = (table.iloc[int(at)] for at in (table["opened"].argmax(), table["opened"].argmin()))
    apart = bool(best["opened_low"] > worst["opened_high"])
    names = [f"campaigns.mails.{row['segment']}.opened" for row in (best, worst)]
    text = [f"{facts.text(name)} ({facts.interval(name)})" for name in names]
    return (
        f"*{best['title']}* open {text[0]} of what is sent to them, *{worst['title']}* {text[1]}: "
        f"{claim(apart, 'the intervals lie apart', 'the intervals overlap')}."
    )


@prose
def quarters(facts: Facts) -> str:
    """Say which segment brings most in the last quarter, and in the first."""
    if not all(f"campaigns.quarters.{end}.best" in facts for end in ("first", "last")):
        return "In the first or the last quarter, too few in each segment bought to show any."
    ends = []
    for end in ("last", "first"):
        name = f"campaigns.quarters.{end}"
        share = f"{name}.{facts[f'{name}.best'].value}.share"
        title = plain(str(facts[f"{name}.best_title"].value))
        between = f" ({facts.interval(share)})" if facts[share].low is not None else ""
        ends.append(f"in {facts[name].value} *{title}* brought most, {facts.text(share)} of the revenue{between}")
    return f"Of those who were customers already, {ends[0]}; {ends[1]}."
