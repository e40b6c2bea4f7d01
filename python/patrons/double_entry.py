"""All that Python and R computed side by side, gathered from the chapters' facts."""

from __future__ import annotations

import math
import re

import pandas as pd
from ruamel.yaml import YAML

from patrons import paths
from patrons.facts import Facts
from patrons.frames import each

PREFIX, TOLERANCE = "agreement", "tolerance"
COLUMNS = ["chapter", "label", "largest", "tolerance", "compared", "holds"]


def gather(facts: Facts) -> pd.DataFrame:
    """Return each comparison that a chapter recorded (`double.Agreement.under`), in the order of the book.

    Parameters
    ----------
    facts
        Of all chapters.

    Returns
    -------
    DataFrame
        `chapter`, `label` (of the table, figure or section), `largest` (infinite where one language has numbers that
        the other has not), `tolerance`, `compared` (numbers), `holds`.
    """
    rows = []
    for name in facts:
        head, *rest = name.split(".")
        if head != PREFIX or len(rest) != 2:
            continue
        found, tolerance = facts[name], float(facts[f"{name}.{TOLERANCE}"].value or 0)
        largest = math.inf if found.value is None else float(found.value)
        rows.append((*rest, largest, tolerance, int(found.n or 0), bool(found.n) and largest <= tolerance))
    table = pd.DataFrame(rows, columns=COLUMNS)
    places = {chapter: place for place, chapter in enumerate(chapters())}
    place = table["chapter"].map(places).fillna(len(places))
    return table.iloc[place.argsort(kind="stable")].reset_index(drop=True)


def by_chapter(table: pd.DataFrame) -> pd.DataFrame:
    """Sum up the comparisons of each chapter.

    Returns
    -------
    DataFrame
        `chapter`, `comparisons`, `compared`, `largest`, `label` (where it is), `failed`.
    """
    rows = []
    for chapter, own in table.groupby("chapter", sort=False):
        worst = own.iloc[int(own["largest"].argmax())]
        failed = int((~own["holds"]).sum())
        rows.append((chapter, len(own), int(own["compared"].sum()), worst["largest"], worst["label"], failed))
    return pd.DataFrame(rows, columns=["chapter", "comparisons", "compared", "largest", "label", "failed"])


def by_tolerance(table: pd.DataFrame) -> pd.DataFrame:
    """Return for each tolerance, the strictest first, how much was compared and the largest difference.

    Returns
    -------
    DataFrame
        `tolerance`, `comparisons`, `compared`, `largest`.
    """
    found = table.groupby("tolerance").agg(
        comparisons=("largest", "size"), compared=("compared", "sum"), largest=("largest", "max")
    )
    return found.reset_index()


def record(facts: Facts, table: pd.DataFrame) -> None:
    """Record `agreement.{chapters,comparisons,numbers,failed}` and the largest difference under each tolerance."""
    with facts.together():
        facts.add(f"{PREFIX}.chapters", int(table["chapter"].nunique()), unit="chapters")
        facts.add(f"{PREFIX}.comparisons", len(table), unit="comparisons")
        facts.add(f"{PREFIX}.numbers", int(table["compared"].sum()), unit="numbers")
        facts.add(f"{PREFIX}.failed", int((~table["holds"]).sum()), unit="comparisons", n=len(table))
        for row in each(by_tolerance(table)):
            size = f"{row.tolerance:.0e}".replace("e-0", "e-")
            facts.add(f"{PREFIX}.within_{size}", row.largest, n=row.compared, method="largest difference")


def chapters() -> list[str]:
    """Return the names of the book's chapters in their order, as `_quarto.yml` has it."""
    book = YAML(typ="safe").load((paths.home() / "_quarto.yml").read_text(encoding="utf-8"))["book"]
    listed = [part.get("chapters", []) if isinstance(part, dict) else [part] for part in book["chapters"]]
    return [re.sub(r"^.*/|\.qmd$", "", str(path)) for part in listed for path in part]
