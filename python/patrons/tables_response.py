"""Who responds and who leaves, as a reader's tables: numbers with their intervals, in no more digits than they bear."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
from great_tables import GT

from patrons import masks, tables
from patrons.facts import show
from patrons.frames import each
from patrons.response import Foretold, Question, Study
from patrons.response_gains import Profit
from patrons.response_models import TITLES

#: What each question is called as a heading.
QUESTIONS: dict[str, str] = {"responds": "Answers the next campaign", "leaves": "Leaves"}
RULES = {
    "threshold": "chances above the threshold",
    "recalibrated": "the same, recalibrated",
    "everybody": "everybody",
    "random": "as many, drawn at random",
}
#: What each feature is called.
FEATURES = {
    "recency": "Days since the last order",
    "frequency": "Orders so far",
    "average_order_value": "Average order",
    "tenure": "Time as a customer",
    "pace": "Days between orders",
    "orders_last_year": "Orders in the last year",
    "visits_a_month": "Visits a month",
    "share_opened": "Share of e-mails opened",
    "share_clicked": "Share of e-mails clicked",
    "answered_before": "Earlier campaigns answered",
    "answered_latest": "Latest campaign answered",
    "marital_status": "Marital status",
}
#: So many odds ratios of each question are drawn.
CLEAREST = 10
UNKNOWN = {"pace": "only one order so far"}


def feature(name: object) -> str:
    """Name a feature for readers."""
    text = str(name)
    for prefix, words in (("share_of_spend_", "Spend on {}"), ("share_of_orders_", "Orders by {}")):
        if text.startswith(prefix):
            return words.format(text.removeprefix(prefix).replace("_", " ")) + ", share"
    return FEATURES.get(text, text.replace("_", " ").capitalize())


def lay(table: pd.DataFrame, name: str, left: int = 1) -> GT:
    """Lay out a table whose numbers are written out already, the first so many columns at the left.

    Parameters
    ----------
    table
        Its column ``question`` becomes headings within the table.
    name
        The label of its cell.
    left
        Columns that are names.
    """
    labels = {str(column): str(column) for column in table if column != "question"}
    return tables.table(table, labels, name, list(labels)[left:], "question")


def together(found: Study, of: Callable[[Foretold], pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of all questions below each other, with the question in the first column."""
    parts = [of(item).assign(question=QUESTIONS[asked]) for asked, item in found.found.items()]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["question", *(name for name in whole if name != "question")]]


def earnings(found: dict[Question, Profit], of: Callable[[Profit], pd.DataFrame]) -> pd.DataFrame:
    """Put what contacts earn below each other, with the question in the first column."""
    parts = [of(item).assign(question=QUESTIONS[asked]) for asked, item in found.items()]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["question", *(name for name in whole if name != "question")]]


def models(found: Study) -> pd.DataFrame:
    """Lay out how well each model foretells each question."""
    rows = []
    for asked, item in found.found.items():
        for row in each(item.judged.table):
            laid = {"question": QUESTIONS[asked], "Model": TITLES[row.model]}
            for what, heading in (
                ("auc", "AUC"), ("precision", "Average precision"), ("skill", "Brier skill"),
            ):  # fmt: skip
                laid[heading] = _with(getattr(row, what), getattr(row, f"{what}_low"), getattr(row, f"{what}_high"))
            laid["Log loss"] = show(row.log_loss, None, 3)
            rows.append(laid)
    return pd.DataFrame(rows)


def differences(found: Study) -> pd.DataFrame:
    """Lay out the differences between models."""
    rows = []
    for asked, item in found.found.items():
        for row in each(item.judged.differences):
            rows.append(
                {
                    "question": QUESTIONS[asked],
                    "Model": TITLES[row.model],
                    "Against": TITLES[row.other].lower(),
                    "More AUC": _with(row.difference, row.low, row.high, signed=True),
                    "p": show(row.p, "p") if math.isfinite(row.p) else "–",
                }
            )
    return pd.DataFrame(rows)


def calibration(found: Study) -> pd.DataFrame:
    """Lay out the checks of calibration."""
    rows = []
    for asked, item in found.found.items():
        for model, one in item.calibration.items():
            row = one.checks.iloc[0]
            rows.append(
                {
                    "question": QUESTIONS[asked],
                    "Model": TITLES[model],
                    "Foretold": show(row["foretold"], "share"),
                    "Came": show(row["came"], "share"),
                    "Level": _with(row["level"], row["level_low"], row["level_high"], 2),
                    "Slope": _with(row["slope"], row["slope_low"], row["slope_high"], 2),
                    "Error": show(row["ece"], "share"),
                    "Recalibrated": show(row["ece_after"], "share"),
                }
            )
    return pd.DataFrame(rows)


def profit(found: dict[Question, Profit], currency: str | None) -> pd.DataFrame:
    """Lay out what each rule earns of a thousand customers."""
    rows = []
    for asked, item in found.items():
        for row in each(item.rules):
            ends = (show(end, currency or "money", 0, bare=place == 0) for place, end in enumerate((row.low, row.high)))
            rows.append(
                {
                    "question": QUESTIONS[asked],
                    "Contact": RULES[row.rule],
                    "Contacted": show(row.contacted, "share", 0),
                    "Earned": show(row.profit, currency or "money", 0),
                    "95 % interval": " to ".join(ends),
                }
            )
    return pd.DataFrame(rows)


def fair(found: Study, smallest: int) -> pd.DataFrame:
    """Lay out what becomes of groups that the law may protect."""
    rows = []
    for asked, item in found.found.items():
        few = masks.within(item.fair.groups, "trait", "n", smallest)
        for row in each(item.fair.groups[~few]):
            rows.append(
                {
                    "question": QUESTIONS[asked],
                    "Group": f"{feature(row.trait)}: {row.level}",
                    "Customers": f"{row.n:,}",
                    "Foretold": show(row.foretold, "share"),
                    "Came": f"{show(row.came, 'share')} ({show(row.low, 'share', bare=True)} to "
                    f"{show(row.high, 'share', bare=True)})",
                    "Chosen": show(row.chosen, "share", 0),
                    "Without": show(row.chosen_without, "share", 0),
                }
            )
    return pd.DataFrame(rows)


def odds(found: Study) -> pd.DataFrame:
    """Return the odds ratios of all questions for their figure: question, label, ratio, low, high, the least
    doubtful first.
    """
    parts = []
    for asked, item in found.found.items():
        if item.odds is None:
            continue
        table = item.odds.table.assign(question=QUESTIONS[asked])
        table["label"] = [_term(row.feature, row.level) for row in each(table)]
        parts.append(table.sort_values("p", kind="stable"))
    columns = ["question", "label", "odds_ratio", "low", "high", "p"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def importance(found: Study) -> pd.DataFrame:
    """Return what is lost without each feature for its figure: question, label, loss, low, high, most first."""
    parts = [
        item.importance.assign(question=QUESTIONS[asked], label=item.importance["feature"].map(feature))
        for asked, item in found.found.items()
    ]
    return pd.concat(parts, ignore_index=True)[["question", "label", "loss", "low", "high"]]


def _term(name: str, level: str) -> str:
    if not level:
        return feature(name)
    if level == "not known" and name in UNKNOWN:
        return UNKNOWN[name].capitalize()
    return f"{feature(name)}: {level}"


def _with(value: float, low: float, high: float, digits: int = 3, signed: bool = False) -> str:
    """Write a number with its interval behind it."""
    if not math.isfinite(value):
        return "–"
    ends = f"{show(low, None, digits, signed)} to {show(high, None, digits, signed)}"
    return f"{show(value, None, digits, signed)} ({ends})"
