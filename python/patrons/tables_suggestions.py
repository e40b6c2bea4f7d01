"""What to suggest next, as a reader's tables."""

from __future__ import annotations

import pandas as pd

from patrons.facts import Fact, digits_of, show
from patrons.frames import each
from patrons.suggestions import POPULAR, REPEAT, SEGMENT, TOGETHER
from patrons.suggestions_study import ALL, Study, Suggested

RULES = {
    POPULAR: "Popularity",
    SEGMENT: "Popular in the segment",
    TOGETHER: "Bought along with theirs",
    REPEAT: "Bought before",
}
NUMBERS = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}
PLURALS = {"category": "categories", "product": "products"}
#: So many different suggestions to a segment are named.
MOST = 3
VERDICTS = {"pays": "pays", "open": "may pay", "does not pay": "does not pay"}


def title(found: Suggested) -> str:
    """Name what is suggested: one category, five products."""
    return f"{NUMBERS[found.most]} {found.kind if found.most == 1 else PLURALS[found.kind]}"


def rules(study: Study) -> pd.DataFrame:
    """Lay out how often each rule hits, and how much more often than popularity."""
    rows = []
    for found in study.kinds:
        for row in each(found.compared[found.compared["segment"] == ALL]):
            lift, interval = bounded(row.lift, row.lift_low, row.lift_high)
            line = {"kind": title(found), "Rule": RULES[row.rule], "Hits": show(row.rate, "share")}
            line |= {"Popularity hits": show(row.popular, "share"), "Lift": lift, "95 % interval": interval}
            rows.append(line | {"p, Holm": show(float(row.p_holm), "p")})
    return pd.DataFrame(rows)


def suggested(study: Study) -> pd.DataFrame:
    """Lay out for each segment what to suggest, by which rule, and how much more often that hits than popularity."""
    rows = []
    for found in study.kinds:
        judged = {(row.segment, row.rule): row for row in each(found.compared)}
        same = {(named(found, name), found.chosen[name]) for name in study.segments}
        alike = len(same) == 1 and next(iter(same))[1] == POPULAR
        for name in study.segments[:1] if alike else study.segments:
            rule = found.chosen[name]
            segment = "Every segment" if alike else study.titles[name]
            line = {"kind": title(found), "Segment": segment, "Suggest": named(found, name)}
            line |= {"By": RULES[rule], "Lift": "–", "95 % interval": "–"}
            if rule != POPULAR and (name, rule) in judged:
                row = judged[name, rule]
                line["Lift"], line["95 % interval"] = bounded(row.lift, row.lift_low, row.lift_high)
            rows.append(line)
    return pd.DataFrame(rows)


def named(found: Suggested, segment: str, escape: bool = False) -> str:
    """Name what would be suggested most in a segment, with the share of its customers where they get different things.

    Parameters
    ----------
    found
        Of categories or products.
    segment
        Its name in the map.
    escape
        Whether the words are to stand in Markdown.
    """
    from patrons.words import plain

    own = found.given[found.given["segment"] == segment]
    if own.empty:
        return "few customers"
    alike = own[own["share"] >= 1]
    shown = alike.head(found.most) if len(alike) == found.most else own.head(MOST)
    parts = []
    for row in each(shown):
        share = "" if len(alike) == found.most else f" ({show(row.share, 'share', 0)})"
        parts.append(f"{plain(row.item) if escape else row.item}{share}")
    return ", ".join(parts)


def actions(study: Study, currency: str | None) -> pd.DataFrame:
    """Lay out the next best action of each segment."""
    rows = []
    order = [name for name in study.titles if name in set(study.offers["segment"])]
    for row in each(study.offers.set_index("segment", drop=False).loc[order]):
        kind = (currency or "money") if row.unit == "money" else row.unit
        net, interval = bounded(row.net, row.low, row.high, kind, signed=True)
        line = {"Segment": study.titles[row.segment], "Offer": str(row.arm), "In the test": f"{int(row.people):,}"}
        line |= {"Net return": net, "95 % interval": interval}
        rows.append(line | {"Pays with": show(row.p_pays, "share", 0), "Verdict": VERDICTS[row.verdict]})
    return pd.DataFrame(rows)


def public(study: Study) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what may be published: rates of rules, what is suggested to whom, and offers."""
    columns = ["segment", "rule", "n", "rate", "popular", "gain", "lift"]
    ends = [f"{name}_{end}" for name in ("rate", "gain", "lift") for end in ("low", "high")]
    rates = pd.concat([item.compared[[*columns, *ends, "p", "p_holm"]].assign(kind=item.kind) for item in study.kinds])
    given = pd.concat([item.given.assign(kind=item.kind) for item in study.kinds])
    return rates.reset_index(drop=True), given.reset_index(drop=True), study.offers


def bounded(value: float, low: float, high: float, kind: str | None = None, signed: bool = False) -> tuple[str, str]:
    """Write an estimate and its interval; dashes for what is not known."""
    if pd.isna(value):
        return "–", "–"
    digits = digits_of(Fact(float(value), float(low), float(high), kind))
    if digits is None:
        return show(float(value), kind, 2, signed), "–"
    digits = min(digits, 2)
    return (
        show(float(value), kind, digits, signed),
        f"{show(float(low), kind, digits, bare=True)} to {show(float(high), kind, digits)}",
    )
