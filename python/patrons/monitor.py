"""`python -m patrons monitor`: one source against its own past, or one source against another."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from patrons import monitor_report, monitor_study
from patrons.build import say_to_stderr
from patrons.errors import PatronsError
from patrons.shop import open_shop
from patrons.stop import ChapterStop

#: What the command exits with when it says refit.
REFIT = 3


def run(reference: Path | None, current: Path | None, as_json: bool) -> int:
    """Compare, and print what moved.

    Parameters
    ----------
    reference, current
        Two sources; without a reference, the current one (default: the chosen source) is compared with its own past.
    as_json
        Print JSON.

    Returns
    -------
    int
        0 no need to refit, 3 refit.

    Raises
    ------
    PatronsError
        Something is missing to compare; the message says what.
    """
    try:
        shop = open_shop(current)
        if reference is None:
            names = (f"{shop.name}, before", shop.name)
            found = monitor_study.study(shop)
        else:
            other = open_shop(reference)
            names = (other.name, shop.name)
            say_to_stderr(f"comparing {names[0]} with {names[1]}")
            found = monitor_study.between(other, shop)
    except ChapterStop as stop:
        raise PatronsError(str(stop).replace("\\", "").replace("This chapter", "Monitoring")) from stop
    if as_json:
        content = monitor_report.content(found, names)
        json.dump(content, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        print(monitor_report.text(found, names))
    return REFIT if found.refit else 0
