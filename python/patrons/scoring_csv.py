"""Text that a spreadsheet would take for a formula, made harmless in tables of any size."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from patrons.shop import FORMULA

NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?$"


def formula_safe(table: pa.Table) -> pa.Table:
    """Put an apostrophe before each text that begins as a formula does and is more than a number.

    Examples
    --------
    >>> formula_safe(pa.table({"id": ["=1+1", "-7"]})).column("id").to_pylist()
    ["'=1+1", '-7']
    """
    for place, kind in enumerate(table.schema):
        if pa.types.is_string(kind.type):
            texts = table.column(place)
            begins, plain = (pc.match_substring_regex(texts, what) for what in (FORMULA.pattern, NUMBER))
            formula = pc.fill_null(pc.and_not(begins, plain), False)
            if pc.any(formula).as_py():
                marked = pc.binary_join_element_wise(pa.scalar("'"), texts, "")
                table = table.set_column(place, kind, pc.if_else(formula, marked, texts))
    return table
