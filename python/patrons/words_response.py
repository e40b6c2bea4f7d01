"""Who responds and who leaves, in words: the same in their chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons.facts import NO_BREAK, Facts, claim, show
from patrons.frames import each
from patrons.record_response import title
from patrons.response import EARLIER, Study
from patrons.response_data import MONTHS, PEOPLE_GROUPS, PEOPLE_NUMBERS, PERIODS_SILENT
from patrons.response_models import FEWEST_IN_GROUP, FOLDS
from patrons.tables_response import feature
from patrons.words import Prose, joined, plain, prose

#: Who does it, and who is looked for, as parts of sentences.
DO = {"responds": "will answer a campaign", "leaves": "will leave"}
DID = {"responds": "answered", "leaves": "left"}
NO_ODDS = Prose("The customers are too few, or too clearly divided, for a regression without penalty.")
NO_EARLIER = Prose(
    "The source does not go back far enough, or does not say when what was done: the question can be asked once only, "
    "and how much the answer changes over time is not known."
)
NO_FAIR = Prose("The source names no trait that the law protects.")


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: how well the main question is answered."""
    asked = next(iter(questions(facts)), None)
    if asked is None:
        return Markdown("")
    return facts.answer(_auc(facts, asked), f"area under the ROC curve: who {DO[asked]}")


@prose
def sentences(facts: Facts) -> str:
    """Say how well one can tell, and what choosing the most likely customers yields."""
    asked = questions(facts)
    if not asked:
        return (
            "Who will answer or leave, these data do not tell; who answers because of an offer, @sec-response-uplift."
        )
    return " ".join([*(tell(facts, one) for one in asked), reach(facts, asked[0])])


def questions(facts: Facts) -> list[str]:
    """Return the questions that were asked, the main one first."""
    return [asked for asked in DO if f"response.{asked}.chosen" in facts]


def tell(facts: Facts, asked: str) -> str:
    """Say how well one can tell who does it."""
    name = _auc(facts, asked)
    sure = facts.verdict(name, "better than chance", "worse than chance", "perhaps no better than chance", null=0.5)
    value, interval = _times(facts, name)
    return (
        f"Of a customer who {DO[asked]} and one who will not, {title(_chosen(facts, asked))} ranks the right one "
        f"higher in **{value} of 100** pairs ({interval}): {sure}."
    )


def reach(facts: Facts, asked: str) -> str:
    """Say what contacting the most likely customers yields."""
    name = f"response.{asked}.{_chosen(facts, asked)}.best"
    best = _best(facts)
    return (
        f"The {best} ranked highest hold {facts.text(f'{name}.gain')} ({facts.interval(f'{name}.gain')}) of those "
        f"who {DID[asked]}, {facts.text(f'{name}.lift')} times as many as {best} drawn at random."
    )


@prose
def data(found: Study) -> str:
    """Say what is asked, of whom, from what, and when."""
    words = []
    when = found.periods
    for asked, item in found.found.items():
        past, now = item.past, item.present
        counts = (
            f"{past.events:,} of {len(past.outcome):,} customers did in the past, {now.events:,} of "
            f"{len(now.outcome):,} in the time it is judged on."
        )
        if asked == "leaves" and when:
            words.append(
                f"**Who will leave?** Of customers who ordered in the {PERIODS_SILENT * when.days} days before a "
                f"cut-off, whoever orders nothing in the {when.days} days after it; who has been silent for longer has "
                f"left already, and to know that takes no model. {counts}"
            )
        else:
            names = [plain(name.replace("_", " ")) for name in found.campaigns]
            words.append(
                f"**Who will respond?** Models learn who answered campaign *{names[-2]}* and are judged by who "
                f"answered *{names[-1]}*; the answers to "
                f"{claim(len(names) > 2, 'the campaigns before each', 'the one before')} count as known. {counts}"
            )
    return "\n\n".join([*words, *found.refused.values(), _known(found)])


def _known(found: Study) -> str:
    when = found.periods
    if when is None:
        return (
            "The source sums up what customers did without saying when. It is assumed to have been known before the "
            "campaigns were sent: where it was counted afterwards, answers are told too well."
        )
    season = claim(
        when.same_season,
        "a year apart, so that both look at the same season",
        f"{(when.present - when.past).days} days apart, in different seasons",
    )
    words = (
        f"Features are as of the cut-offs {_day(when.past)} (the past) and {_day(when.present)} (judged), {season}; "
        "orders after a cut-off are not among them"
    )
    known = set(found.main.past.features)
    words += claim("visits_a_month" in known, ", nor are visits and e-mails of months that were not over.", ".")
    if "responds" in found.found:
        words += (
            " The source does not say when campaigns were sent: each is assumed to have been sent after its cut-off, "
            "and its answers to have been known before the next."
        )
    if known & {*PEOPLE_NUMBERS, *PEOPLE_GROUPS}:
        words += " Who somebody is (age, income and the like) has no date either and is taken as it is recorded."
    return words


@prose
def method(found: Study) -> str:
    """Say how the models are fitted and their settings chosen."""
    chosen = []
    for asked, item in found.found.items():
        c = item.settings["logistic"]["C"]
        leaf, split = (item.settings["forest"][key] for key in ("min_samples_leaf", "max_features"))
        part = claim(split == "sqrt", "the root of the number of features", "half of the features")
        chosen.append(f"who {DO[asked]}: $C = {c:g}$, leaves of at least {leaf} customers, {part} tried at each split")
    return (
        f"Customers are dealt into {FOLDS} parts. What is foretold of a customer comes from models fitted to the other "
        f"parts, and to the past only. Settings were chosen by cross-validated log loss on the past: "
        f"{'; '.join(chosen)}. Missing numbers become the median with a column that says so, groups of fewer than "
        f"{FEWEST_IN_GROUP} customers are counted together, visits and e-mails are those of the {MONTHS} months before."
    )


@prose
def compared(facts: Facts) -> str:
    """Say which model tells best, what it adds to recency, and how near it comes to the truth where that is known."""
    words = []
    for asked in questions(facts):
        forest = f"response.{asked}.forest.over_logistic"
        gap = f"{facts.text(forest, signed=True)} ({facts.interval(forest, signed=True)})"
        better = facts.verdict(
            forest,
            f"the forest is better by {gap}, and is used",
            f"the forest is worse by {gap}: the logistic regression is used",
            f"the forest differs by {gap}, which may be nothing: the logistic regression, which can be read, is used",
        )
        words.append(f"For who {DO[asked]}, {better}.")
        over = f"response.{asked}.{_chosen(facts, asked)}.over_recency"
        if over in facts:
            size = f"{facts.text(over, signed=True)} ({facts.interval(over, signed=True)})"
            words.append(
                facts.verdict(
                    over,
                    f"It adds {size} to what recency tells by itself.",
                    f"Recency by itself tells more: {size}.",
                    f"To what recency tells by itself it adds nothing that is sure: {size}.",
                )
            )
    return "\n\n".join(filter(None, [" ".join(words), truth(facts)]))


@prose
def calibrated(facts: Facts) -> str:
    """Say whether chances come true, and what to do where they do not."""
    words = []
    for asked in questions(facts):
        level, slope = (f"response.{asked}.{_chosen(facts, asked)}.{what}" for what in ("level", "slope"))
        odds = f"{facts.text(level)} times ({facts.interval(level)})"
        came = facts.verdict(
            level,
            f"the odds came out {odds} as high as foretold: all chances are too low",
            f"the odds came out {odds} as high as foretold: all chances are too high",
            "the chances came true on the whole",
            null=1.0,
        )
        steep = facts.verdict(
            slope,
            "and differences between customers are larger than foretold",
            "and differences between customers are exaggerated",
            "and differences between customers are as large as foretold",
            null=1.0,
        )
        words.append(f"Who {DO[asked]}: {came}, {steep} (slope {facts.text(slope)}, {facts.interval(slope)}).")
    ending = (
        "A level that is off leaves the order of the customers as it is, and so the ROC and gain curves. Where chances "
        "themselves are used, as for a threshold, they are set right by the answers of a small first mailing; the last "
        "column says what error that would leave."
    )
    return " ".join([*words, ending])


@prose
def gained(facts: Facts) -> str:
    """Say what the most likely customers hold."""
    return " ".join(reach(facts, asked) for asked in questions(facts))


@prose
def assumed(facts: Facts) -> str:
    """Say which assumptions stand behind the profit."""
    words = []
    for asked in questions(facts):
        name = f"response.{asked}.profit"
        if f"{name}.value" not in facts:
            continue
        value, cost, limit = (facts.text(f"{name}.{what}") for what in ("value", "cost", "threshold"))
        if asked == "responds":
            words.append(f"An answer is taken to be worth {value} and a contact to cost {cost}")
        else:
            works = show(facts[f"{name}.works"].value, "share", 0)
            words.append(
                f"To keep one who would have left is taken to be worth {value}, a contact to cost {cost} and to keep "
                f"{works} of those who would leave"
            )
        words[-1] += f": it pays above a chance of {limit}."
    return " ".join([*words, "These are assumptions, written in the cell above: change them there."])


@prose
def earned(facts: Facts) -> str:
    """Say what choosing by the threshold earns over contacting everybody."""
    words = []
    for asked in questions(facts):
        name = f"response.{asked}.profit.threshold"
        if f"{name}.gain" not in facts:
            continue
        gain = f"{facts.text(f'{name}.gain', signed=True)} ({facts.interval(f'{name}.gain', signed=True)})"
        verdict = facts.verdict(f"{name}.gain", "worth choosing", "worse than contacting all", "perhaps no gain")
        words.append(
            f"Who {DO[asked]}: the rule contacts {facts.text(f'{name}.contacted')} of the customers and earns {gain} "
            f"of 1,000 more than contacting everybody: {verdict}."
        )
    return " ".join(words)


@prose
def reasons(found: Study) -> str:
    """Say which features carry the models."""
    words = []
    for asked, item in found.found.items():
        clear = item.importance[item.importance["low"] > 0]
        names = [plain(feature(row.feature).lower()) for row in each(clear.head(4))]
        said = f"mostly by {joined([f'*{name}*' for name in names])}" if names else "by no single feature for sure"
        words.append(f"Who {DO[asked]} is told {said}.")
    return " ".join(words)


@prose
def odds(found: Study) -> str:
    """Say how odds go with the clearest feature, and on how many events each coefficient rests."""
    words = []
    for asked, item in found.found.items():
        if item.odds is None:
            continue
        row = item.odds.table.sort_values("p", kind="stable").iloc[0]
        per = item.odds.events / len(item.odds.table)
        ratio = f"{show(row['odds_ratio'], None, 2)} ({show(row['low'], None, 2)} to {show(row['high'], None, 2)})"
        of = plain(feature(row["feature"]).lower())
        step = claim(
            bool(row["level"]), f"*{of}: {plain(str(row['level']))}*", f"each standard deviation more of *{of}*"
        )
        few = claim(per < 10, ", fewer than the ten that are usually asked for", "")
        words.append(
            f"With {step}, all else alike, the odds that a customer {DO[asked]} are {ratio} times as high; "
            f"{per:.0f} events stand behind each coefficient{few}."
        )
    return " ".join(words) or NO_ODDS


@prose
def over_time(facts: Facts, found: Study) -> str:
    """Say how the answer changed from cut-off to cut-off."""
    table = _earlier(found)
    if len(table) < 2:
        return NO_EARLIER
    low, high = (show(facts[f"response.leaves.earlier.{end}"].value, None, 2) for end in ("lowest", "highest"))
    return (
        f"Asked at {len(table)} cut-offs, who will leave is told with areas from {low} to {high}. The same customers "
        f"are in several of them, so the intervals are not independent; features that were not recorded yet are "
        f"missing at the earlier ones; at most {EARLIER} are asked."
    )


def truth(facts: Facts) -> str:
    """Say how well who is gone for good is told, where it is known."""
    name = "response.leaves.truth.auc"
    if name not in facts:
        return ""
    value, interval = _times(facts, name)
    return (
        "This shop is simulated, so it is known who is gone for good; no shop knows. An order that does not come "
        f"within {facts.text('response.days')} may still come later. Of one who was gone half-way through that time "
        f"and one who was not ({facts.text('response.leaves.truth.share')} were), the model ranks the right one higher "
        f"in {value} of 100 pairs ({interval})."
    )


@prose
def fair(facts: Facts, found: Study) -> str:
    """Say what the models lose without protected traits."""
    words = []
    for asked, item in found.found.items():
        name = f"response.{asked}.protected"
        if name not in facts:
            continue
        used = joined([plain(one.replace("_", " ")) for one in item.fair.used])
        loss = f"{facts.text(name)} ({facts.interval(name)})"
        said = facts.verdict(
            name,
            f"costs {loss} of the area under the ROC curve",
            f"costs nothing; it gains, as {loss} says",
            f"costs nothing that is sure: {loss} of the area under the ROC curve",
        )
        words.append(f"Leaving out {used} from the logistic regression for who {DO[asked]} {said}.")
    return " ".join(words) or NO_FAIR


@prose
def to_do(facts: Facts) -> str:
    """Recommend what to do."""
    points = [f"- {point}" for point in _advice(facts)]
    points.append(
        "- Hold back a tenth of those who would be contacted, drawn at random: only they show what the contact itself "
        "did."
    )
    return "\n".join(points)


def _advice(facts: Facts) -> list[str]:
    points = []
    for asked in questions(facts):
        name = _auc(facts, asked)
        low = facts[name].low
        if low is None or low <= 0.5:
            points.append(f"Do not choose by who {DO[asked]}: the model may do no better than the dice.")
            continue
        best = f"response.{asked}.{_chosen(facts, asked)}.best.lift"
        what = "write first to" if asked == "responds" else "try to keep"
        points.append(
            f"{what.capitalize()} the customers ranked highest: among the first {_best(facts)}, "
            f"{facts.text(best)} times ({facts.interval(best)}) as many {DO[asked]} as among customers drawn at random."
        )
        level = f"response.{asked}.{_chosen(facts, asked)}.level"
        off = facts.verdict(level, "low", "high", "", null=1.0)
        if off:
            points.append(
                f"Before using a threshold for who {DO[asked]}, set the level right with the answers of a first small "
                f"mailing: chances are too {off} now."
            )
    return points


def for_summary(facts: Facts) -> str:
    """Answer the chapter's question in two sentences and recommend one thing; nothing where it was not asked."""
    asked = questions(facts)
    if not asked:
        return ""
    advice = _advice(facts)
    return f"{tell(facts, asked[0])} {reach(facts, asked[0])} {advice[0]}"


def _earlier(found: Study) -> pd.DataFrame:
    item = found.found.get("leaves")
    return pd.DataFrame() if item is None else item.earlier


def _best(facts: Facts) -> str:
    return show(facts["response.best"].value, "share", 0)


def _auc(facts: Facts, asked: str) -> str:
    return f"response.{asked}.{_chosen(facts, asked)}.auc"


def _chosen(facts: Facts, asked: str) -> str:
    return str(facts[f"response.{asked}.chosen"].value)


def _times(facts: Facts, name: str) -> tuple[str, str]:
    """Write an area under a curve as so many of a hundred pairs."""
    entry = facts[name]
    value, low, high = (show(100 * float(end or 0), None, 0) for end in (entry.value, entry.low, entry.high))
    return value, f"{low} to {high}"


def _day(moment: object) -> str:
    return f"{pd.Timestamp(str(moment)).day}{NO_BREAK}{pd.Timestamp(str(moment)):%B %Y}"
