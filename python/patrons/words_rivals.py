"""What rivals, tests, needs and the truth say about segments, in words."""

from __future__ import annotations

from collections.abc import Mapping

from patrons.facts import Facts, claim, digits_of, show
from patrons.limits import ALPHA
from patrons.rivals import FLOOR, SHAPES
from patrons.rivals_study import Study, Tested
from patrons.segment_needs import MARGIN, Measure
from patrons.tables_rivals import at_most
from patrons.words import Prose, joined, plain, prose

SHAPE_NAMES = {
    "VVV": "any shape",
    "EEE": "one shape for all",
    "VVI": "along the features",
    "VII": "round",
}
SHAPE_WORDS = {
    "VVV": "their clouds of any shape",
    "EEE": "their clouds all of one shape",
    "VVI": "their clouds along the features",
    "VII": "their clouds round",
}
RIVALS = {"ward": "Ward's tree", "mixture": "the mixture", "rfm": "the segments of recency, frequency and value"}
TRUTH_TITLES = {
    "segments": "Segments (K-means)",
    "ward": "Ward's tree",
    "mixture": "Mixture",
    "rfm": "RFM segments",
    "told": "A rule that was told kinds",
    "oracle": "K-means on the truth",
    "told_true": "A rule, on the truth",
}
NO_TEST = Prose("Nothing here is computed twice.")
NO_PAIRS = Prose("There are no two groups of customers enough to compare.")


def likeness(ari: float) -> str:
    """Put an adjusted Rand index in words."""
    steps = ((0.9, "the same groups but for a few customers"), (0.65, "largely the same groups"))
    more = ((0.3, "the same groups in part"), (0.05, "groups that have little in common with the segments"))
    for least, words in (*steps, *more):
        if ari >= least:
            return words
    return "groups that have no more in common with the segments than chance would give"


@prose
def agreement(facts: Facts) -> str:
    """Say which rivals find the same groups."""
    parts = []
    for name, title in RIVALS.items():
        key = f"segments.rivals.{name}.ari"
        if key in facts:
            words = likeness(_number(facts, key))
            verb = claim(name == "rfm", "are", "finds")
            parts.append(f"{title} {verb} {words}, ARI {_written(facts, key)}")
    first = joined([*parts[:-1], *parts[-1:]])
    values = [_number(facts, f"segments.rivals.{name}.ari") for name in ("ward", "mixture")]
    last = claim(
        min(values) >= 0.65,
        "The groups do not hang on the method.",
        claim(
            max(values) >= 0.3,
            "The cores of the groups are found by every method; where one ends and the next begins is a convention.",
            "What the groups are hangs on the method: none of them is simply there to be found.",
        ),
    )
    return f"{first[:1].upper()}{first[1:]}. {last}"


@prose
def tree_customers(facts: Facts, n: int) -> str:
    """Say how many customers the tree holds, where these are not all."""
    held = int(_number(facts, "segments.rivals.ward.customers"))
    if held == n:
        return "The tree holds all customers."
    return f"The tree holds {held:,} customers at random, the others join the group with the nearest mean."


@prose
def mixture(facts: Facts, k: int, theirs: Mapping[str, object]) -> str:
    """Say what the mixtures say about the number of groups, and what mclust would choose.

    Parameters
    ----------
    facts
        With `segments.rivals.mixture.…`.
    k
        Number of segments.
    theirs
        `model`, `k` that mclust chooses.
    """
    model, own = str(facts["segments.rivals.mixture.model"].value), int(_number(facts, "segments.rivals.mixture.k"))
    unsure = facts.text("segments.rivals.mixture.unsure")
    same = claim(
        own == k,
        f"as many as there are segments, {SHAPE_WORDS[model]}",
        f"{claim(own > k, 'more', 'fewer')} than the {k} segments, {SHAPE_WORDS[model]}",
    )
    floor = f"{show(FLOOR, 'share', 0)} of the features' mean variance"
    words = (
        f"BIC is lowest for {own} component{claim(own == 1, '', 's')} ({model}), {same}. No component may be narrower "
        f"than {floor}: "
        "counts lie on steps, and a component that shrinks onto a step would win by its shape alone."
    )
    if theirs.get("k") is not None and theirs["k"] == theirs["k"]:
        number = int(float(str(theirs["k"])))
        words += f" mclust, which has no such floor, chooses {theirs['model']} with {number}."
    share = facts["segments.rivals.mixture.unsure"].value or 0
    return words + claim(
        float(str(share)) > 0.01,
        f" In the mixture with {facts['segments.rivals.mixture.same_k'].value} components, {unsure} of the customers "
        "belong to their component with a probability below 0.8: they stand between groups.",
        "",
    )


@prose
def cross(found: Study, smallest: int) -> str:
    """Say where the customers of the segments that are not too small are in the map of recency, frequency and value."""
    parts = []
    if "rfm" not in found.groupings:
        return "Without the three, the segments cannot be set against such a map."
    rfm = [str(item) for item in found.groupings["rfm"]]
    for segment, name in found.found.names.items():
        inside = [item for item, own in zip(rfm, found.found.segments, strict=True) if own == segment]
        if len(inside) < smallest:
            continue
        most = max(sorted(set(inside)), key=inside.count)
        share = show(inside.count(most) / len(inside), "share", 0)
        parts.append(f"*{plain(name)}*: {share} {plain(most.replace('_', ' '))}")
    return f"The largest part of each segment: {'; '.join(parts)}." if parts else "The groups are too small to show."


@prose
def circular(facts: Facts) -> str:
    """Say how much of the F values comes from cutting alone."""
    own, low, high = (_number(facts, "segments.circular.eta2"), *_ends(facts, "segments.circular.cloud_eta2"))
    mean = show(_number(facts, "segments.circular.cloud_eta2"), "share")
    cloud = (
        f"cutting one cloud without any groups takes away {mean} "
        f"({show(low, 'share', bare=True)} to {show(high, 'share')})"
    )
    knife = claim(
        low > 0.5 * own,
        "but most of the F above is the work of the knife",
        "and the knife alone does not make the F above",
    )
    verdict = claim(
        own > high,
        f"the customers are more uneven than one normal cloud (p = {facts.text('segments.circular.p')}, from "
        f"{facts['segments.circular.p'].n} clouds), {knife}",
        claim(
            own < low,
            "less than such a cloud: what there is of groups does not lie along the cuts",
            "no more than such a cloud: from these numbers alone, the groups are a way to cut, not a discovery",
        ),
    )
    return f"The segments take away {show(own, 'share')} of the variance; {cloud}. So {verdict}."


@prose
def tested(facts: Facts, name: str) -> str:
    """Say what an honest test found: effect of the groups on the first outcome, ranks, pairs."""
    key = f"segments.{name}"
    outcome = f"{key}.{facts[f'{key}.outcome'].value}"
    title = plain(str(facts[f"{outcome}.title"].value))
    size, p = ("omega2", "p") if facts[f"{outcome}.omega2"].value is not None else ("epsilon2", "p_ranks")
    if facts[f"{outcome}.{size}"].value is None:
        return f"*{title}* is the same for everybody: there is nothing to compare."
    what = claim(size == "omega2", "of its variance", "of the variance of its ranks")
    value = f"{facts.text(f'{outcome}.{size}')} ({facts.interval(f'{outcome}.{size}')})"
    p_value = _number(facts, f"{outcome}.{p}")
    if p_value < ALPHA:
        first = f"The groups differ in *{title}*: they explain {value} {what}."
    else:
        first = f"That the groups differ in *{title}* cannot be told: they explain {value} {what}."
    pairs, apart = (int(_number(facts, f"{key}.{item}")) for item in ("pairs", "pairs_apart"))
    if pairs < 1:
        return first
    second = claim(
        apart == pairs,
        claim(pairs == 1, "The two are apart for sure.", f"All {pairs} pairs are apart for sure."),
        f"Of the {pairs} pairs, {apart} {claim(apart == 1, 'is', 'are')} apart for sure; "
        "where a pair is not, one action for both will do.",
    )
    return f"{first} {second}"


@prose
def halves(facts: Facts, n: int) -> str:
    """Say who could be compared by the other half of the orders."""
    held = facts.text("segments.halves.customers")
    left = n - int(_number(facts, "segments.halves.customers"))
    return f"This rests on {held}" + claim(
        left > 0, f"; {left:,} came too lately for a rate, or were left out of a sample.", "."
    )


@prose
def outside(facts: Facts, found: Tested) -> str:
    """Say what was compared, and what was found."""
    if found.apart.start is not None:
        return f"{later(facts)} {tested(facts, 'later')}"
    return f"{other(found)} {tested(facts, 'other')}"


def later(facts: Facts) -> str:
    """Say over which time what came later was observed."""
    start = show(str(facts["segments.later.start"].value))
    return (
        f"The groups are made anew from what was known on {start}, of {facts.text('segments.later.customers')}; what "
        f"they did in the {facts.text('segments.later.days')} after it no rule of grouping could know. Their names and "
        "sizes need not be those of today."
    )


def other(found: Tested) -> str:
    """Say what an outcome of the table of customers can and cannot show."""
    titles = joined([f"*{plain(title.lower())}*" for title in found.apart.outcomes.values()])
    return (
        f"The source has no orders with dates, so nothing can be held against what came later. Its table tells "
        f"{titles} besides; the groups were not made from these, so that a test of them is a test. It was all recorded "
        "at the same time: it shows that the groups are more than their features, not that they foretell anything."
    )


@prose
def rules(measures: list[Measure]) -> str:
    """State how each measure of needs is computed and rated."""
    lines = [f"- *{measure.title}*: {plain(measure.rule)}." for measure in measures]
    fixed = [f"*{measure.title}*" for measure in measures if measure.yardstick is not None]
    against = claim(bool(fixed), f" ({joined(fixed)}: of no change)", "")
    margin = show(MARGIN, "share", 0)
    return (
        "\n".join(lines) + f"\n\nA cell is **high** where the 95 % interval lies wholly more than {margin} "
        f"above the value of all customers{against}, **low** where wholly as far below, and **middle** where neither "
        "is sure; the intervals resample customers."
    )


@prose
def missing(measures: list[Measure]) -> str:
    """Name the measures that the source does not allow."""
    wanted = {
        "revenue": "revenue impact (no amounts)",
        "discount": "the cost of discounts (no `discount` of transactions)",
        "mail": "the cost of e-mails (no `engagement`)",
        "churn": "churn risk (no date or recency of a last order)",
        "growth": "growth (no dated orders)",
        "service": "service need (neither visits nor dated orders)",
    }
    there = {measure.name for measure in measures}
    gone = [title for name, title in wanted.items() if name not in there]
    return f"Left out, for want of columns: {joined(gone)}." if gone else "No measure is left out."


@prose
def actions(facts: Facts, names: Mapping[int, str]) -> str:
    """Derive a sentence of what to do from each row of the matrix."""
    lines = []
    for segment, name in names.items():
        prefix = f"segments.{segment}.needs."
        rated = {
            key.removeprefix(prefix).removesuffix(".rating"): facts[key].value
            for key in facts
            if key.startswith(prefix) and key.endswith(".rating")
        }
        if any(rated.values()):
            known = {measure: str(rating) for measure, rating in rated.items() if rating}
            lines.append(f"- **{plain(name)}.** {action(facts, prefix, known)}")
    return "\n".join(lines) or "The groups are too small to say what each of them needs."


def action(facts: Facts, prefix: str, rated: Mapping[str, str]) -> str:
    """Say what to do about a segment: the first rule that its ratings meet.

    Parameters
    ----------
    facts
        With `<prefix><measure>`.
    prefix
        Such as ``segments.1.needs.``.
    rated
        Measure → `high`, `middle` or `low`.
    """

    def says(measure: str) -> str:
        return f"{_text(facts, f'{prefix}{measure}')}"

    def is_(**wanted: str) -> bool:
        return all(rated.get(measure) == rating for measure, rating in wanted.items())

    share = f"{says('revenue')} of the revenue" if "revenue" in rated else ""
    churn = facts[f"{prefix}churn"].value if "churn" in rated else None
    silent = f"{says('churn')} of them are silent" if churn is not None else ""
    if churn is not None and float(str(churn)) < 0.5:
        silent += ", more than of the others"
    if is_(revenue="high", churn="high"):
        return f"Win them back in person: {share} came from them, and {silent}."
    if is_(revenue="high", discount="high"):
        return (
            f"Keep them by service, not by price: they bring {share}, and discounts to them already cost "
            f"{says('discount')} a head and year; test what happens without."
        )
    if is_(revenue="high"):
        return f"Keep them: they bring {share}; serve them first, and give away nothing they did not ask for."
    if is_(revenue="low", churn="high"):
        return f"Spend little: they bring {share}, and {silent}; one automatic reminder is enough."
    if is_(churn="high"):
        return f"Remind them before the habit is gone: {silent}; test a personal offer against none."
    if is_(growth="high"):
        return (
            f"Develop them: their revenue is {says('growth')} times that of the period before; show them what "
            "customers like them buy next."
        )
    if is_(growth="low"):
        return f"Ask why: those who stayed spend {says('growth')} times what they spent in the period before."
    if is_(discount="high"):
        return f"Cut discounts: they cost {says('discount')} a head and year without more than ordinary revenue."
    if is_(service="high") and rated.get("revenue") != "high":
        return "Help them to decide: they ask for more attention than others and do not buy more."
    return "Serve them as usual: nothing sets them apart that calls for more."


@prose
def truth(facts: Facts) -> str:
    """Say how well the segments recover what was planted, how far that is from what can be reached, and why."""
    name = "segments.truth"
    own, told, oracle = (_number(facts, f"{name}.{item}") for item in ("segments", "told", "oracle"))
    first = (
        f"The segments agree with the planted kinds at ARI {_written(facts, f'{name}.segments')}, more than chance but "
        f"far from the truth."
        if own < 0.5
        else f"The segments agree with the planted kinds at ARI {_written(facts, f'{name}.segments')}."
    )
    if _ends(facts, f"{name}.segments")[0] <= 0:
        first = (
            f"The segments agree with the planted kinds no more than chance: ARI {_written(facts, f'{name}.segments')}."
        )
    reach = (
        f"Even a rule that was told the kinds of other customers comes only to {_written(facts, f'{name}.told')} from "
        f"the same numbers: {show(own / told, 'share', 0)} of that is reached without being told anything."
        if told > 0 and own < told
        else "A rule that was told the kinds of other customers does no better from the same numbers."
    )
    best = claim(
        oracle > told,
        f"With the true rate, order value and silence in hand, the same pipeline would reach "
        f"{_written(facts, f'{name}.oracle')}, and a rule that was told kinds, {_written(facts, f'{name}.told_true')}.",
        f"With the true rate, order value and silence in hand, the same pipeline would reach "
        f"{_written(facts, f'{name}.oracle')}.",
    )
    return f"{first} {reach} {best}"


@prose
def why(facts: Facts, orders: float) -> str:
    """Say why the kinds cannot be seen, where it is for want of orders."""
    told, best = (_number(facts, f"segments.truth.{item}") for item in ("told", "told_true"))
    if best < told + 0.2:
        return "More orders would not help much: the kinds themselves overlap."
    return (
        f"What is missing is not a better method but more orders: the median customer has {show(orders, 'orders', 0)}, "
        "and chance alone makes the numbers of one kind look like those of its neighbours. Segments group what was "
        "observed; who a customer is, they only hint at."
    )


def shapes() -> dict[str, str]:
    """Return what the shapes of a mixture are called in a figure, by their names in mclust."""
    return {model: f"{model}: {SHAPE_NAMES[model]}" for model in SHAPES.values()}


def _written(facts: Facts, name: str) -> str:
    """Write an adjusted Rand index with its interval, to the hundredth."""
    entry = facts[name]
    value, low, high = (show(item, None, 2) for item in (entry.value, entry.low, entry.high))
    return f"{value} ({low} to {high})"


def _text(facts: Facts, name: str) -> str:
    """Write a need with no more digits than its table."""
    entry = facts[name]
    return plain(show(entry.value, entry.unit, at_most(digits_of(entry), entry.unit)))


def _number(facts: Facts, name: str) -> float:
    value = facts[name].value
    return float(value) if isinstance(value, int | float) else float("nan")


def _ends(facts: Facts, name: str) -> tuple[float, float]:
    entry = facts[name]
    low, high = (float("nan") if end is None else end for end in (entry.low, entry.high))
    return low, high
