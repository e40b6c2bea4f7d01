"""`python -m patrons`: build a source's tables, name their folder, simulate a shop, score customers."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from patrons import scoring_cli
from patrons.errors import PatronsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        0 done, 1 the work failed and the message says why. Wrong usage exits with 2.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.run(chosen)
    except PatronsError as error:
        print(f"patrons: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("patrons: interrupted; what was built before is as it was", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m patrons",
        description="The analysis behind the book: whose data, read and cleaned, and a simulated shop to try it on.",
        epilog="Exit codes: 0 done, 1 the work failed (the message says what, where and what to do), 2 wrong usage.",
    )
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)

    build = commands.add_parser(
        "build",
        help="read, validate and clean a source into data/built/",
        description="Read, validate and clean the tables of a source into Parquet files in data/built/<key>/. "
        "Rows that do not count are kept whole, with their reason, in data/rejected/<key>.csv; every value that breaks "
        "a rule is listed in data/rejected/<key>-problems.csv. Only data that cannot be used at all end with exit 1. "
        "Tables that are up to date are left alone. The project's own source is simulated first if data/raw/ lacks it.",
    )
    _add_source(build)
    build.add_argument(
        "--check",
        action="store_true",
        help="only validate the settings, the headings of the files and their first rows",
    )
    build.set_defaults(run=_build)

    monitor = commands.add_parser(
        "monitor",
        help="tell whether customers have changed so much that models should be fitted again",
        description="Compare two sources, or the last quarter of one with the same quarter of the year before: how "
        "features, segments and groups are spread (population stability index), where the centres of groups lie, and "
        "whether a model of who leaves still foretells as well. Limits are found by drawing both times from the "
        "reference: where nothing changed, the verdict is `refit` at most once in twenty times.",
        epilog="Exit codes: 0 no need to refit, 3 refit, 1 the work failed, 2 wrong usage.",
    )
    monitor.add_argument("--reference", type=Path, metavar="FILE", help="the source.yml of before")
    monitor.add_argument("--current", type=Path, metavar="FILE", help="the source.yml of now")
    _add_source(monitor)
    monitor.add_argument("--json", action="store_true", help="print the result as JSON")
    monitor.set_defaults(run=_monitor, parser=monitor)

    key = commands.add_parser(
        "key",
        help="print the name of a source's folders",
        description="Print the key of a source: the name of its folder in data/built/ and of its rejected rows. "
        "It is `default` for the project's own source.",
    )
    _add_source(key)
    key.add_argument("--name", action="store_true", help="print the shop's name instead")
    key.set_defaults(run=_key)

    dictionary = commands.add_parser(
        "dictionary",
        help="write the data dictionary, data/README.md",
        description="Write what every table and column means to data/README.md, from the schemas; or, with --source, "
        "print the dictionary with the names that the columns have in that source's files.",
    )
    _add_source(dictionary)
    dictionary.set_defaults(run=_dictionary)

    simulate = commands.add_parser(
        "simulate",
        help="write a simulated shop of any size",
        description="Write the five tables of a simulated shop (transactions, customers, campaigns, experiment, "
        "engagement), and truth.yml, which says what was planted in them. The same arguments give the same bytes.",
    )
    simulate.add_argument("--customers", type=_count, default=2_000, metavar="N", help="customers (default: 2000)")
    simulate.add_argument("--orders", type=_count, default=10_000, metavar="M", help="orders (default: 10000)")
    simulate.add_argument(
        "--seed", type=int, default=20231231, metavar="S", help="seed of the randomness (default: 20231231)"
    )
    simulate.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    simulate.add_argument("--format", choices=["csv", "parquet"], default="csv", help="of the tables (default: csv)")
    simulate.set_defaults(run=_simulate)

    scoring_cli.add(commands, _add_source)
    return parser


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        type=Path,
        metavar="FILE",
        help="the source.yml that describes the data (default: $PATRONS_SOURCE, otherwise data/source.yml)",
    )


def _count(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return number


def _build(chosen: argparse.Namespace) -> int:
    from patrons import build, engine

    # Cleaning can do without the engine, but the chapters cannot: better one message now than one in each of them.
    engine.require(build.open_source(chosen.source).settings.engine)
    if chosen.check:
        for line in build.check(chosen.source):
            print(line)
        return 0
    done = build.build(chosen.source, build.say_to_stderr)
    if not done.built:
        print(f"{done.source.settings.name}: {', '.join(done.fresh)} up to date; nothing to do")
    return 0


def _monitor(chosen: argparse.Namespace) -> int:
    if (chosen.reference is None) != (chosen.current is None):
        chosen.parser.error("--reference and --current go together")
    if chosen.reference is not None and chosen.source is not None:
        chosen.parser.error("--source compares a source with its own past; leave it out beside --reference")
    from patrons import monitor

    return monitor.run(chosen.reference, chosen.current or chosen.source, chosen.json)


def _key(chosen: argparse.Namespace) -> int:
    from patrons.build import open_source

    source = open_source(chosen.source)
    print(source.settings.name if chosen.name else source.key)
    return 0


def _dictionary(chosen: argparse.Namespace) -> int:
    from patrons import paths
    from patrons.dictionary import document
    from patrons.source import load

    if chosen.source:
        print(document(load(chosen.source)), end="")
        return 0
    target = paths.home() / "data" / "README.md"
    paths.write_text(target, document(load(paths.default_source())))
    print(f"{target} written")
    return 0


def _simulate(chosen: argparse.Namespace) -> int:
    from patrons import simulate
    from patrons.build import say_to_stderr

    parameters = simulate.Parameters(chosen.customers, chosen.orders, chosen.seed)
    truth = simulate.write(parameters, chosen.out, form=chosen.format, say=say_to_stderr)
    print(f"{truth['customers']['count']:,} customers and {truth['orders']:,} orders written to {chosen.out}")
    return 0
