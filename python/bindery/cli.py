"""The command line: `python -m bindery`.

Exit codes: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from bindery.errors import BinderyError
from bindery.lock import hold
from bindery.progress import Progress
from bindery.project import CONFIG, FORMATS, Project, load

if TYPE_CHECKING:
    from bindery.binding import Bound
    from bindery.render import Report

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class UsageError(Exception):
    """The command line asks for something that is not there."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM, or its terminal was closed)."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(signal.Signals(number).name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code."""
    options = parser().parse_args(arguments)
    before = {number: signal.signal(number, _terminate) for number in (signal.SIGTERM, signal.SIGHUP)}
    progress = Progress()
    try:
        return options.run(options, progress)
    except UsageError as error:
        progress.say(f"bindery: {error}")
        return USAGE
    except BinderyError as error:
        progress.close()
        progress.say(f"bindery: {error}")
        return FAILED
    except BrokenPipeError:
        # whoever read our output has gone, as `| head` does; the interpreter must not trip over it again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        progress.close()
        progress.say(f"bindery: {error}")  # no space left, not allowed to write: its own words say it best
        return FAILED
    except KeyboardInterrupt:
        progress.close()
        progress.say("interrupted: the book is as it was before; chapters reported as done are frozen")
        return INTERRUPTED
    except Terminated as error:
        progress.close()
        progress.say(f"ended by {error}: the book is as it was before; chapters reported as done are frozen")
        return error.code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m bindery",
        description="Make a Quarto book without Quarto: execute what is stale, freeze it, bind the site and the PDF.",
        epilog="Exit codes: 0 done, 1 the work failed, 2 wrong usage. `COMMAND --help` tells more of a command.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    project, output, execution, binding = _shared_options()

    def add(name: str, run: Any, help_: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sentence = help_[0].upper() + help_[1:] + "."
        command = commands.add_parser(name, help=help_, description=sentence, parents=[project, *parents])
        command.set_defaults(run=run)
        return command

    add("render", _render, "execute the stale chapters, then bind the book", output, execution, binding)
    command = add("execute", _execute, "execute the stale chapters and freeze the results", execution)
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="only these, e.g. chapters/rfm.qmd")
    add("bind", _bind, "bind the site and the PDF from what is frozen, executing nothing", output, binding)
    add("status", _status, "list the chapters, fresh or stale and why")
    command = add("preview", _preview, "serve the site; on a saved change execute, bind and reload", output, execution)
    command.add_argument("--port", type=int, help="default: the first free one from 4321")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")
    command.add_argument(
        "--before", metavar="COMMAND", help="run this after each change, before executing: to build data"
    )
    add("lint", _lint, "find figures without description, typed numbers, dead references and the like")
    add("clean", _clean, "remove the output directory and the bindery's cache, not the freeze", output)
    return top


def _shared_options() -> list[argparse.ArgumentParser]:
    """Build the options that several commands share: project, output, execution, binding."""
    project, output, execution, binding = (argparse.ArgumentParser(add_help=False) for _ in range(4))
    project.add_argument(
        "--project", type=Path, metavar="DIR", help=f"the book's folder (default: the nearest upward with {CONFIG})"
    )
    project.add_argument(
        "--freeze-dir", type=Path, metavar="DIR", help="where results of execution are kept (default: _freeze)"
    )
    project.add_argument(
        "--meta",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        type=_meta,
        help=f"override a key of {CONFIG}, e.g. book.subtitle='Another shop'; may be repeated",
    )
    output.add_argument(
        "--output-dir", type=Path, metavar="DIR", help=f"where the book goes (default: as {CONFIG} says, or _book)"
    )
    execution.add_argument(
        "--jobs", type=_positive, metavar="N", help="chapters executed side by side (default: one per core)"
    )
    execution.add_argument("--force", action="store_true", help="execute chapters that are fresh, too")
    binding.add_argument("--to", choices=FORMATS, help="only the site (html) or only the PDF (typst)")
    return [project, output, execution, binding]


def _render(options: argparse.Namespace, progress: Progress) -> int:
    from bindery import render

    began = time.monotonic()
    project, freeze_dir = _project(options, progress)
    output_dir = _output_dir(options, project)
    with hold(project.root, freeze_dir, progress.say):
        report, bound = render.render(
            project,
            freeze_dir,
            output_dir,
            progress,
            formats=_formats(options),
            jobs=options.jobs,
            force=options.force,
        )
    tell(progress, time.monotonic() - began, report, bound, _shown(output_dir))
    return FAILED if bound is None or bound.failed else DONE


def _execute(options: argparse.Namespace, progress: Progress) -> int:
    from bindery import render

    began = time.monotonic()
    project, freeze_dir = _project(options, progress)
    chapters = [_chapter(project, name) for name in options.chapters]
    with hold(project.root, freeze_dir, progress.say):
        report = render.execute(
            project, freeze_dir, progress, chapters=chapters, jobs=options.jobs, force=options.force
        )
    tell(progress, time.monotonic() - began, report)
    return DONE if report.whole else FAILED


def _bind(options: argparse.Namespace, progress: Progress) -> int:
    from bindery import binding, stale

    began = time.monotonic()
    project, freeze_dir = _project(options, progress)
    output_dir = _output_dir(options, project)
    with hold(project.root, freeze_dir, progress.say):
        old = [status.path for status in stale.survey(project, freeze_dir) if status.state == "stale"]
        if old:
            progress.say(f"warning: stale, bound as they were frozen: {', '.join(old)} (`status` says why)")
        bound = binding.bind(project, freeze_dir, output_dir, _formats(options), os.cpu_count() or 1, progress)
    tell(progress, time.monotonic() - began, None, bound, _shown(output_dir))
    return FAILED if bound.failed else DONE


def _status(options: argparse.Namespace, progress: Progress) -> int:
    from bindery import stale

    project, freeze_dir = _project(options, progress)
    print(stale.table(stale.survey(project, freeze_dir)))
    return DONE


def _preview(options: argparse.Namespace, progress: Progress) -> int:
    from bindery import preview

    project, freeze_dir = _project(options, progress)
    preview.run(
        lambda: load(project.root, _overrides(options.meta)),
        freeze_dir,
        _output_dir(options, project),
        progress,
        port=options.port,
        browser=not options.no_browser,
        jobs=options.jobs,
        force=options.force,
        before=options.before,
    )
    return DONE


def _lint(options: argparse.Namespace, progress: Progress) -> int:
    from bindery import lint

    project, _ = _project(options, progress)
    problems = lint.lint(project)
    for problem in problems:
        print(problem)
    count = "no problems" if not problems else "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    progress.say(f"{len(project.chapters)} chapters, {count}")
    return FAILED if problems else DONE


def _clean(options: argparse.Namespace, progress: Progress) -> int:
    import shutil

    from bindery import binding

    project, freeze_dir = _project(options, progress)
    output_dir = _output_dir(options, project)
    with hold(project.root, freeze_dir, progress.say):
        binding.forget(project, output_dir)
    shutil.rmtree(project.root / ".cache" / "bindery", ignore_errors=True)
    progress.say(f"removed {_shown(output_dir)} and the bindery's cache; {_shown(freeze_dir)} stays")
    return DONE


def tell(
    progress: Progress, seconds: float, report: Report | None, bound: Bound | None = None, output: str = ""
) -> None:
    """Print warnings, each once, and in a line or two what was done, in which time, and where the book is."""
    from bindery.binding import NAMES

    warnings = [*(report.warnings if report else ()), *(bound.warnings if bound else ())]
    for warning in dict.fromkeys(warnings):
        progress.say(f"warning: {warning}")
    if report:
        for path, reason in report.stopped.items():
            progress.say(f"{path}: ended early: {reason}")
        counts = [f"{len(report.executed)} executed", f"{len(report.fresh)} fresh"]
        counts += [f"{len(report.failed)} failed"] if report.failed else []
        counts += [f"{len(report.skipped)} not executed"] if report.skipped else []
        progress.say(f"chapters: {', '.join(counts)}, after {report.seconds:.1f} s")
        for path, message in report.failed.items():
            first = message.splitlines()[0]
            progress.say(f"  failed: {first if path in first else f'{path}: {first}'}")
        for path, message in report.skipped.items():
            progress.say(f"  not executed: {path}: {message}")
        if not report.whole:
            progress.say("what was frozen of them, and the book, are as they were before")
    if bound and bound.failed:
        progress.say(f"{output} is as it was before")
    elif bound:
        made = " and ".join(NAMES[name] for name in bound.made)
        done = f"{made} bound" if made else "up to date"
        progress.say(f"book: {output}, {done}, after {seconds:.1f} s")


def _project(options: argparse.Namespace, progress: Progress) -> tuple[Project, Path]:
    """Load the project, print its warnings, and return it with its freeze directory."""
    root = options.project or _nearest(Path.cwd())
    if not (root / CONFIG).is_file():
        raise UsageError(f"there is no {CONFIG} in {root}; name the book's folder with --project")
    project = load(root, _overrides(options.meta))
    for warning in dict.fromkeys(project.warnings):
        progress.say(f"warning: {warning}")
    return project, (options.freeze_dir or project.root / "_freeze").resolve()


def _nearest(folder: Path) -> Path:
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIG).is_file():
            return candidate
    raise UsageError(f"there is no {CONFIG} here or in a folder above; name the book's folder with --project")


def _output_dir(options: argparse.Namespace, project: Project) -> Path:
    return Path(options.output_dir or project.output_dir).resolve()


def _formats(options: argparse.Namespace) -> tuple[str, ...]:
    return (options.to,) if options.to else FORMATS


def _chapter(project: Project, name: str) -> str:
    """Return the path of a chapter as the book has it, from a path relative to the project or to here."""
    here = Path(name).resolve()
    inside = here.relative_to(project.root).as_posix() if here.is_relative_to(project.root) else name
    for candidate in (inside, Path(name).as_posix()):
        if candidate in project.paths:
            return candidate
    near = get_close_matches(name, project.paths, 1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(project.paths)}"
    raise UsageError(f"{name} is no chapter of this book{hint}")


def _meta(text: str) -> tuple[list[str], Any]:
    """Read ``book.subtitle=Another shop``; the value is YAML."""
    from bindery import yamlfile

    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, as book.subtitle='Another shop'")
    try:
        parsed = yamlfile.load(value, "--meta")
    except BinderyError:
        parsed = value  # a text with a colon in it, say
    return key.split("."), value if isinstance(parsed, dict) else parsed


def _overrides(pairs: list[tuple[list[str], Any]]) -> dict[str, Any]:
    """Nest the overrides as `_quarto.yml` does."""
    found: dict[str, Any] = {}
    for keys, value in pairs:
        level = found
        for key in keys[:-1]:
            level = level.setdefault(key, {})
        level[keys[-1]] = value
    return found


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _shown(path: Path) -> str:
    """Return a path as short as it can be written from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated(number)
