"""What cleaning did, in words: the same in its chapter and in the summary."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from patrons.facts import Facts, claim, show
from patrons.frames import each
from patrons.stop import SectionStop
from patrons.words import joined, plain, prose
from patrons.words_data import count, portion

#: A change of the key numbers below this is not worth a decision.
SMALL_CHANGE = 0.01
SMALL_LOSS = 0.05
#: More values than this far from the others are no slips: the column spreads that way.
MANY_OUTLIERS = 0.01


def number(facts: Facts) -> Markdown:
    """Return the first line of the answer box: the share of rows set aside."""
    if not count(facts, "cleaning.rows_set_aside"):
        rows = f"{count(facts, 'cleaning.rows_read'):,}"
        return Markdown(f"[none]{{.answer-number}} [of {rows} rows read had to be set aside]{{.answer-label}}")
    share = portion(float(facts["cleaning.set_aside_share"].value or 0))
    rows = f"{count(facts, 'cleaning.rows_set_aside'):,} of {count(facts, 'cleaning.rows_read'):,}"
    return Markdown(f"[{plain(share)}]{{.answer-number}} [of the rows set aside, {rows}]{{.answer-label}}")


@prose
def sentences(facts: Facts) -> str:
    """Say what was set aside, whether it matters, what was missing and what lies far off."""
    return " ".join(filter(None, [kept(facts), money(facts), gaps(facts), far_off(facts)]))


def kept(facts: Facts) -> str:
    """Say how many rows were read and kept, over all tables, and why most of the others were not."""
    read, left = count(facts, "cleaning.rows_read"), count(facts, "cleaning.rows_kept")
    if read == left:
        return f"All {read:,} rows that were read are kept."
    reason = plain(str(facts["cleaning.top_reason"].value))
    most = f"most often as “{reason}” ({count(facts, 'cleaning.top_reason_rows'):,})"
    return f"Of {read:,} rows read, {left:,} are kept and {read - left:,} are set aside, {most}."


def money(facts: Facts) -> str:
    """Say what cleaning did to the revenue."""
    if "cleaning.revenue_change" not in facts or facts["cleaning.revenue_change"].value is None:
        return ""
    change = float(facts["cleaning.revenue_change"].value or 0)
    if change == 0:
        return "The revenue is what it was before cleaning."
    size = claim(abs(change) < 100 * SMALL_CHANGE, "which hardly matters", "which matters")
    text = portion(abs(change) / 100)
    before, after = (plain(facts.text(f"cleaning.revenue_{when}")) for when in ("read", "kept"))
    most = ""
    if "cleaning.revenue_top_step" in facts:
        step = plain(str(facts["cleaning.revenue_top_step"].value))
        most = f"; the step that counts most is “{step}” ({facts.text('cleaning.revenue_top_change', signed=True)})"
    way = claim(change > 0, "raises", "lowers")
    return f"Cleaning {way} the revenue by {text}, from {before} to {after}, {size}{most}."


def gaps(facts: Facts) -> str:
    """Name the columns with most missing values."""
    found = {key: float(facts[key].value or 0) for key in facts if key.startswith("cleaning.missing.")}
    if not found:
        return "No value is missing."
    worst = max(found, key=lambda key: found[key])
    others = len(found) - 1
    more = f"; {others} more {claim(others == 1, 'column lacks', 'columns lack')} values" if others else ""
    table = key_of(worst)[0]
    return f"Most is missing of {_column(worst)} in `{table}` ({portion(found[worst])}){more}."


def far_off(facts: Facts) -> str:
    """Say in which columns values lie far from the others."""
    names = [key.removesuffix(".rows") for key in facts if key.startswith("cleaning.outliers.") and key[-5:] == ".rows"]
    found = [
        f"{count(facts, f'{name}.rows'):,} values of {_column(name)}" for name in names if count(facts, f"{name}.rows")
    ]
    if not names:
        return ""
    return f"Far from the others lie {joined(found)}." if found else "No value lies far from the others."


def key_of(fact: str) -> tuple[str, str]:
    """Return the table and the column that the id of a fact names."""
    _, _, table, column = fact.split(".")[:4]
    return table, column


def _column(fact: str) -> str:
    return plain(key_of(fact)[1].replace("_", " "))


@prose
def validation(facts: Facts) -> str:
    """Say how many values broke a rule."""
    problems = count(facts, "cleaning.problems")
    return (
        f"{problems:,} {claim(problems == 1, 'value breaks', 'values break')} a rule. Where a row is of no use without "
        "the value that cannot be, or cannot be read, the row is set aside; otherwise only the value is left out. What "
        "merely looks wrong is kept."
    )


def need_problems(table: pd.DataFrame) -> None:
    """End the section if no value broke a rule."""
    if table.empty:
        raise SectionStop("Every value that was read keeps the rules of its column.")


def need_missing(table: pd.DataFrame) -> None:
    """End the section if no value is missing."""
    if table.empty:
        raise SectionStop("No value is missing in the columns that the source maps.")


def need_outliers(table: pd.DataFrame) -> None:
    """End the section if outliers were looked for nowhere."""
    if table.empty:
        raise SectionStop(
            "Outliers are looked for in `amount` and `income`, and this source has neither. Name other columns in "
            "source.yml: `analysis: {cleaning: {outliers: {spend: {rule: robust}}}}`."
        )


def need_bars(table: pd.DataFrame) -> None:
    """End the section if no value lies beyond a limit."""
    if table.empty:
        raise SectionStop("No value lies beyond the limits of the chosen rule: there is nothing to draw.")


def need_steps(table: pd.DataFrame) -> None:
    """End the section if cleaning changed no number and could have changed none."""
    if table.empty:
        raise SectionStop("No step of cleaning touched a number: they are as they were read.")


@prose
def missing(table: pd.DataFrame) -> str:
    """Say which column lacks most, and what was done about it.

    Parameters
    ----------
    table
        From `cleaning.missing`.
    """
    worst = table.iloc[int(table["share"].to_numpy().argmax())]
    left = table[table["action"] == "leave"]
    filled = table[table["action"].isin(["median", "mode"])]
    start = f"Most is missing of `{worst['column']}` in `{worst['table']}`: {portion(float(worst['share']))}."
    parts = []
    if len(filled):
        names = joined([f"`{name}`" for name in filled["column"]])
        parts.append(
            f"What is missing of {names} is filled in, which keeps the row but makes the column look less spread than "
            "it is; a column with the ending `_imputed` says where."
        )
    if len(left):
        parts.append(
            "Missing values that are left missing make no row count less: each number rests on the rows that have it."
        )
    return " ".join([start, *parts])


@prose
def outliers(table: pd.DataFrame, kept: dict[str, int]) -> str:
    """Compare what the robust and the classic rule find, and say what that means.

    Parameters
    ----------
    table
        From `cleaning.outliers`.
    kept
        Rows of each table.
    """
    said = []
    for row in each(table):
        share = row.rows / kept[str(row.table)]
        name = f"`{row.column}`"
        if not row.rows and not row.robust and not row.classic:
            said.append(f"Neither rule finds an outlier of {name}.")
            continue
        size = claim(
            share > MANY_OUTLIERS,
            "more than slips of the pen would make: mostly, the column spreads that way",
            claim(row.rows > 0, "few enough to look at one by one in the file", "nothing to look at"),
        )
        said.append(
            f"Of {name}, the robust rule finds {row.robust:,.0f} and the classic one {row.classic:,.0f}. "
            f"The {row.rule} one was chosen; "
            f"{claim(row.rows > 0, f'{portion(share)} of the values are', 'it leaves')} {size}."
        )
    return " ".join(said)


@prose
def changes(table: pd.DataFrame) -> str:
    """Say which step moves a number most.

    Parameters
    ----------
    table
        From `cleaning.steps`.
    """
    known = table.dropna(subset=["change"])
    if known.empty or not known["change"].abs().max():
        return "No step moves a total, a mean or a median."
    most = known.iloc[int(known["change"].abs().to_numpy().argmax())]
    size = show(abs(float(most["change"])), "share")
    way = claim(most["change"] > 0, "raises", "lowers")
    would = claim(bool(most["real"]), way, f"would {'raise' if most['change'] > 0 else 'lower'}")
    verdict = claim(
        abs(most["change"]) < SMALL_CHANGE,
        "No choice made here sways a result of this report.",
        "Results that rest on this number depend on that choice.",
    )
    return (
        f"The step that moves most is “{plain(str(most['step']))}”: it {would} the {most['measure']} of `{most['of']}` "
        f"by {size}. {verdict}"
    )


@prose
def to_do(facts: Facts) -> str:
    """Say what follows for whoever keeps the data."""
    lines = []
    share = float(facts["cleaning.set_aside_share"].value or 0)
    if share > SMALL_LOSS:
        lines.append(
            "Look at the rows set aside before reading on: with so many, the rules in `source.yml` may throw out what "
            "counts, or the till may record what did not happen."
        )
    elif share:
        reason = plain(str(facts["cleaning.top_reason"].value))
        lines.append(f"Mend at the source what causes “{reason}”, the reason that takes most rows.")
    if count(facts, "cleaning.problems"):
        lines.append(
            f"Go through the {count(facts, 'cleaning.problems'):,} values that break a rule, in `data/rejected/`."
        )
    worst = [key for key in facts if key.startswith("cleaning.missing.") and float(facts[key].value or 0) > SMALL_LOSS]
    if worst:
        lines.append(f"Ask for what is often missing: {joined([_column(key) for key in worst])}.")
    if not lines:
        return "There is nothing to mend at the source."
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
