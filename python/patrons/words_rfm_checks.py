"""Sentences about how far scores can be trusted: ties, few customers, edges, and what came after."""

from __future__ import annotations

import pandas as pd

from patrons import masks, rfm_checks
from patrons.facts import Facts, claim, show
from patrons.limits import ALPHA
from patrons.rfm import MEASURES, Scores
from patrons.rfm_study import Hindsight, Study
from patrons.source import slug
from patrons.words import Prose, joined, plain, prose
from patrons.words_rfm import NAMES

SCORES = {"rank_sum": "the rank sum", "score_sum": "the sum of scores", "recency": "recency alone",
          "frequency": "frequency alone", "monetary": "revenue alone"}  # fmt: skip


@prose
def ties(scores: Scores, smallest: int) -> str:
    """Say where equal values swallowed a score."""
    return (
        " ".join(_collapses(scores, smallest)) or "No value is so common that it swallows a score: each score occurs."
    )


def warning(found: Study) -> Prose | None:
    """Warn on the page where ties or few customers take the meaning from scores, and say what to do."""
    scores, smallest = found.scores, found.smallest
    n, bins = len(scores.customers), scores.bins
    said, advice = [], []
    if n < bins * smallest:
        few = f"{n:,} customer{'s' if n > 1 else ''}"
        said.append(
            f"There {claim(n > 1, 'are', 'is')} only {few}, too few for {bins} bins: groups of fewer than {smallest} "
            "are not shown, and what is shown rests on very little."
        )
        advice.append("wait for more customers before acting on the names")
    collapses = _collapses(scores, smallest)
    if collapses:
        said += collapses
        same = [name for name in MEASURES if len(scores.occurring(name)) == 1]
        said += [MEANS[name] for name in same]
        gone = [plain(scores.segments.titles[name]) for name in scores.out_of_reach()]
        if gone:
            said.append(f"Nobody can be in {joined(gone, 'or')}, whoever they are.")
        told = [NAMES[name] for name in MEASURES if name not in same]
        if same:
            advice.append(
                f"tell customers apart by {joined(told)} alone"
                if told
                else "do not tell customers apart by these scores"
            )
        else:
            advice.append("where a name matters, look at the rank sum as well, which needs no bins")
            if bins > 2:
                advice.append("try fewer bins (`analysis: {rfm: {bins: 3}}` in source.yml)")
    if not said:
        return None
    return Prose(
        f'::: {{.callout-warning title="Read these segments with care"}}\n{" ".join(said)}\n\n'
        f"**What to do:** {'; '.join(advice)}.\n:::"
    )


UNITS = {"recency": "days"}
#: What it means for the segments if a measure is the same for everybody.
MEANS = {
    "recency": "In the map it counts as the middle, so that nobody is called silent: who has left cannot be seen.",
    "frequency": "Segments that speak of buying often say nothing here; the silent are told apart by revenue alone.",
    "monetary": "Segments that speak of buying for much say nothing here.",
}


def _collapses(scores: Scores, smallest: int) -> list[str]:
    """Say in a sentence for each measure that ties left it fewer bins than were asked for."""
    said = []
    for measure in MEASURES:
        levels, values = scores.occurring(measure), scores.customers[measure]
        if len(levels) == scores.bins:
            continue
        common = values.value_counts()
        told = f", {show(common.index[0].item(), UNITS.get(measure))}" if common.iloc[0] >= smallest else ""
        if values.nunique() == 1:
            said.append(
                f"Everybody has the same {NAMES[measure]}{told}: its score is {levels[0]} for all and tells nobody "
                "apart."
            )
        elif common.iloc[0] < smallest:
            said.append(f"Only {len(levels)} of the {scores.bins} scores of {measure} occur.")
        else:
            share = f"{100 * common.iloc[0] / len(values):.0f}\u00a0%"
            said.append(
                f"{share} of the customers have the same {NAMES[measure]}{told}: "
                f"equal values share a score, so only {joined([str(item) for item in levels])} of the {scores.bins} "
                f"scores of {measure} occur."
            )
    return said


@prose
def newcomers(found: Study) -> str:
    """Say how newcomers are told from those who have seldom bought for years, where the map has such a rule."""
    asked = [item for item in found.scores.segments.segments.values() if item.joined_within]
    lines = []
    for item in asked:
        table = found.scores.customers
        title, other = plain(item.title), plain(found.scores.segments.titles[str(item.otherwise)])
        if "tenure" not in table or table["tenure"].isna().all():
            lines.append(
                f"{title} should have come within {item.joined_within} days, but the source does not say when "
                f"customers came: some may have bought seldom for long, and belong to {other}."
            )
            continue
        lines.append(
            f"Scores compare customers with each other and cannot tell somebody who has just come from somebody who "
            f"has seldom bought for years. {title} are therefore only those who came at most "
            f"{item.joined_within} days before the day of reference; others with the same scores are {other}."
        )
    return " ".join(lines) or "The names follow from the scores alone."


@prose
def silence(facts: Facts, found: Study, after: int) -> str:
    """Say whether the segments of the silent hold people who are silent by the measure of days, too."""
    titles = joined([plain(found.scores.segments.titles[name]) for name in found.scores.segments.silent], "or")
    if "rfm.silent" not in facts:
        return f"Low scores of recency are low beside other customers; nobody to speak of is {titles}."
    share = f"{facts.text('rfm.silent')} ({facts.interval('rfm.silent')})"
    return claim(
        float(facts["rfm.silent"].value or 0) > 0.5,
        f"Silence is relative, but here the names mean it: {share} of those who are {titles} have not bought for more "
        f"than {after} days, after which this book counts customers as gone.",
        f"Silence is relative, and here the names overstate it: only {share} of those who are {titles} have not bought "
        f"for more than {after} days, after which this book counts customers as gone; the others bought a little "
        "earlier than most.",
    )


@prose
def ranks(facts: Facts, agreement: pd.DataFrame) -> str:
    """Say how far scores and rank sum agree, and which two of the three scores say nearly the same."""
    said = []
    if "rfm.rank_agreement" in facts:
        rho = facts["rfm.rank_agreement"]
        said.append(
            f"The sum of the three scores and the rank sum correlate with ρ = {float(rho.value or 0):.3f} "
            f"({float(rho.low or 0):.3f} to {float(rho.high or 0):.3f}): "
            + claim(
                float(rho.low or 0) > 0.9,
                "cutting into bins loses next to nothing of the order.",
                "cutting into bins changes the order, mostly where ties are.",
            )
        )
    three = agreement[agreement["x"].isin(list("rfm")) & agreement["y"].isin(list("rfm"))]
    if len(three) == 3:
        names = {measure[0]: measure for measure in MEASURES}
        row = three.iloc[int(three["rho"].abs().to_numpy().argmax())]
        pair = f"{names[row['x']]} and {names[row['y']]}"
        third = next((name for letter, name in names.items() if letter not in (row["x"], row["y"])), "")
        said.append(
            claim(
                abs(row["rho"]) > 0.8,
                f"Of the three, {pair} say nearly the same (ρ = {row['rho']:.2f}): what adds to them is {third}.",
                f"Of the three, {pair} are closest (ρ = {row['rho']:.2f}); each says something of its own.",
            )
        )
    return " ".join(said) or "Too few scores differ to compare them."


@prose
def firm(facts: Facts, found: Study) -> str:
    """Say how many keep their segment with other bins and other edges, and which segment is least firm."""
    others = joined([str(item) for item in rfm_checks.neighbours(found.scores.bins)], "and")
    said = (
        f"With edges from other customers of the same kind, {facts.text('rfm.firm')} keep their segment on average; "
        f"{facts.text('rfm.wavering')} lose it in more than one draw of ten. "
        f"With {others} bins instead of {found.scores.bins}, {facts.text('rfm.unmoved')} keep it in every case."
    )
    shown = masks.shown(found.firm, "customers", found.smallest)
    if len(shown) > 1 and shown["bins"].min() < shown["bins"].max():
        most, least = (
            plain(shown["title"].iloc[int(place)]) for place in (shown["bins"].argmax(), shown["bins"].argmin())
        )
        said += f" {most} are firmest, {least} depend most on how many cuts there are" + claim(
            float(facts["rfm.firm"].value or 0) > 0.9,
            ": the edges are found reliably, but that they are where they are is a choice.",
            ".",
        )
    return said


@prose
def turned(facts: Facts, found: Hindsight) -> str:
    """Say from which segment most slipped, and how many of the silent came back."""
    slipped = _moves(facts, "slipped")
    back = _moves(facts, "came_back")
    if not slipped and not back:
        return "No group is large enough to show how it moved."
    since = f"Since {facts.text('rfm.back.moment')}"
    said = []
    if slipped and not any(slipped.values()):
        said.append(f"{since}, nobody who bought slipped into a segment of the silent.")
    elif slipped:
        name = max(slipped, key=lambda item: slipped[item])
        said.append(
            f"{since}, {_quoted(facts, name, 'slipped')} of those who were {_title(found, name)} slipped into a "
            "segment of the silent."
        )
    if len(set(slipped.values())) > 1:
        name = min(slipped, key=lambda item: slipped[item])
        said.append(f"Of {_title(found, name)} it was {_quoted(facts, name, 'slipped')}.")
    if back:
        parts = [f"{_quoted(facts, name, 'came_back')} of {_title(found, name)}" for name in back]
        said.append(f"{claim(bool(slipped), 'From silence', f'{since}, from silence')} came back {joined(parts)}.")
    return " ".join(said)


@prose
def foretold(facts: Facts, found: Hindsight) -> str:
    """Say whether the segments differed in what came after, and which score told it best."""
    p = facts["rfm.later.returned.p"].value
    if p is None:
        came = bool(found.followed["returned"].any())
        who = claim(came, "Everybody", "Nobody")
        same = claim(
            found.followed["segment"].nunique() > 1, f"{who} of then has ordered since", "All were in one segment"
        )
        return f"{same}: the segments could not differ."
    said = [
        claim(
            float(p) < ALPHA,
            "The segments of then differ in who came back, by more than chance",
            "The segments of then do not differ clearly in who came back",
        )
        + f" (Cramér's $V$ = {facts.text('rfm.later.returned.effect')})."
    ]
    if len(found.foretold):
        best = found.foretold.iloc[int(found.foretold["auc"].to_numpy().argmax())]
        ends = f"{show(best['low'], 'share', 1, bare=True)} to {show(best['high'], 'share', 1)}"
        said.append(
            f"Of all scores, {SCORES[str(best['score'])]} told best who would: in {show(best['auc'], 'share', 1)} of "
            f"all pairs ({ends}) of one who came back and one who did not, the first had the higher."
        )
        alone = found.foretold[found.foretold["score"].isin(MEASURES)]
        whole = found.foretold.set_index("score").loc["rank_sum"]
        top = alone.iloc[int(alone["auc"].to_numpy().argmax())]
        said.append(
            claim(
                top["high"] >= whole["auc"],
                f"{SCORES[str(top['score'])].capitalize()} does about as well as all three together: for guessing who "
                "comes back, one number would do; the three are for knowing what to say to whom.",
                "No single measure does as well as the three together.",
            )
        )
    return " ".join(said)


def _moves(facts: Facts, what: str) -> dict[str, float]:
    """Return the shares of those who moved so, by the slug of their segment."""
    prefix, suffix = "rfm.moves.", f".{what}"
    return {
        key[len(prefix) : -len(suffix)]: float(facts[key].value or 0)
        for key in facts
        if key.startswith(prefix) and key.endswith(suffix)
    }


def _quoted(facts: Facts, name: str, what: str) -> str:
    key = f"rfm.moves.{name}.{what}"
    return f"{facts.text(key)} ({facts.interval(key)})"


def _title(found: Hindsight, name: str) -> str:
    titles = {slug(key): title for key, title in found.then.segments.titles.items()}
    return plain(titles[name])
