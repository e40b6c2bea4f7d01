"""`python -m patrons fit` and `python -m patrons score`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], source: Callable[..., None]) -> None:
    """Add both commands.

    Parameters
    ----------
    commands
        Where they are added.
    source
        Adds the option `--source` to a command.
    """
    fit = commands.add_parser(
        "fit",
        help="fit the models that scoring uses, and save them in models/",
        description="Fit the models of the book to a source's customers and save them in models/<key>/, without "
        "pickle: scores and segments, groups, lifetime value, responses, leaving, recommended actions. Does nothing if "
        "data, settings, code and versions are those of the models that are there.",
    )
    source(fit)
    fit.set_defaults(run=_fit)

    score = commands.add_parser(
        "score",
        help="score the customers of a file with the models of a source",
        description="Score a file: lines of orders (a row per customer comes out), rows of customers, or a column of "
        "ids that are looked up in the source. Columns are called as in source.yml, or by our names. Every row in is a "
        "row out, in the same order; what cannot be scored is empty, and `notes` says why. Lines of orders that do not "
        "count are written beside the scores, with the reason.",
    )
    score.add_argument("file", type=Path, help="csv, tsv, txt (each also .gz or .zip), xlsx or parquet")
    score.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help="where to write, .csv or .parquet (default: <file>-scored.csv)"
    )
    score.add_argument(
        "--reference-date",
        type=_day,
        metavar="DATE",
        help="the day as of which to score, such as 2024-01-31 (default: the source's)",
    )
    source(score)
    score.set_defaults(run=_score)


def _day(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2024-01-31") from None


def _fit(chosen: argparse.Namespace) -> int:
    from patrons import build, engine, scoring_mark

    engine.require(build.open_source(chosen.source).settings.engine)
    source = build.build(chosen.source, build.say_to_stderr).source
    if scoring_mark.is_fresh(source):
        print(f"{source.settings.name}: the models are up to date; nothing to do")
        return 0
    from patrons import scoring_models, scoring_store
    from patrons.shop import Shop

    build.say_to_stderr(f"fitting the models of {source.settings.name}")
    models = scoring_models.fit(Shop(source))
    for line in models.told():
        build.say_to_stderr(line)
    print(f"{scoring_store.save(models, source)} written")
    return 0


def _score(chosen: argparse.Namespace) -> int:
    from patrons import scoring_run
    from patrons.build import say_to_stderr
    from patrons.shop import open_shop

    shop = open_shop(chosen.source)
    done = scoring_run.run(shop, chosen.file, chosen.out, chosen.reference_date, say_to_stderr)
    for line in done.told:
        print(line, file=sys.stderr)
    print(f"{done.target}: {done.rows:,} row{'' if done.rows == 1 else 's'}, {done.noted:,} with notes")
    if done.left:
        print(f"{done.left}: the lines that were set aside, with the reason")
    return 0
