"""The second entry of what to suggest next: what R finds from the same hits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from patrons.double import Agreement, agreement
from patrons.suggestions import POPULAR, RULES
from patrons.suggestions_study import ALL, Study

COLUMNS = ["rate", "popular", "gain", "lift", "p", "p_holm"]


def rules(study: Study, call: Callable[..., Any]) -> Agreement:
    """Hold the rules against popularity again: hit rates, lifts, McNemar's exact test, Holm's correction."""
    names = [POPULAR, *RULES]
    theirs = pd.concat(
        [call("count_suggestions", found.hits[names].astype(float), found.kind, list(RULES)) for found in study.kinds]
    )
    theirs = call("correct_suggestions", theirs.reset_index(drop=True))
    mine = pd.concat([item.compared.assign(kind=item.kind) for item in study.kinds])
    return agreement(mine[mine["segment"] == ALL], theirs, ["kind", "rule"], COLUMNS)
