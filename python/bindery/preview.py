"""Build the book, serve it, watch its sources; on a saved change execute and bind anew and reload the page."""

from __future__ import annotations

import queue
import shlex
import subprocess
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import watchfiles

from bindery import binding, render
from bindery.errors import BinderyError
from bindery.lock import hold
from bindery.progress import Progress
from bindery.project import FORMATS, Project
from bindery.serve import Server


def run(
    load: Callable[[], Project],
    freeze_dir: Path,
    output_dir: Path,
    progress: Progress,
    *,
    port: int | None = None,
    browser: bool = True,
    jobs: int | None = None,
    force: bool = False,
    before: str | None = None,
) -> None:
    """Preview a book until interrupted.

    Parameters
    ----------
    load
        Reads the project; asked before every build, as a change may be one of `_quarto.yml`.
    freeze_dir, output_dir
        Where the book is frozen and where it goes.
    progress
        Told how it goes.
    port
        Of the server; default the first free one from 4321.
    browser
        Whether to open a browser.
    jobs, force
        As for `render.execute`; `force` holds for the first build.
    before
        A command to run in the project after a change, before what is stale is looked for: it may build data, say.
    """
    project = load()
    root = project.root
    with Server(output_dir, port) as server, watching(root, (freeze_dir, output_dir)) as changes:
        try:
            build(project, freeze_dir, output_dir, progress, server, jobs, force)
            progress.say(f"serving {server.url} and watching {root}; Ctrl-C ends")
            if browser:
                webbrowser.open(server.url)
            while True:
                names = ", ".join(sorted({path.relative_to(root).as_posix() for path in gather(changes)}))
                progress.say(f"changed: {names}")
                try:
                    prepare(root, before)
                    project = load()
                except BinderyError as error:
                    _fail(progress, server, str(error))
                else:
                    build(project, freeze_dir, output_dir, progress, server, jobs)
        except KeyboardInterrupt:
            progress.close()
            progress.say("preview ended")


def build(
    project: Project,
    freeze_dir: Path,
    output_dir: Path,
    progress: Progress,
    server: Server,
    jobs: int | None = None,
    force: bool = False,
) -> bool:
    """Execute what is stale, bind the site, tell open pages, then bind the PDF; whether all went well.

    What fails is shown in the terminal and on the pages, and leaves the book as it was.
    """
    began = time.monotonic()
    try:
        with hold(project.root, freeze_dir, progress.say):
            report = render.execute(project, freeze_dir, progress, jobs=jobs, force=force)
            if not report.whole:
                server.publish(error="\n\n".join(report.failed.values()))  # the terminal has it from `progress`
                return False
            for warning in report.warnings:
                progress.say(f"warning: {warning}")
            for name in FORMATS:
                bound = binding.bind(project, freeze_dir, output_dir, (name,), 1, progress, link_pdf=True)
                for warning in bound.warnings:
                    progress.say(f"warning: {warning}")
                if bound.failed:
                    server.publish(error=bound.outcomes[name].message)
                    return False
                if name == "html" and (bound.made or server.state.error):
                    server.publish()
    except BinderyError as error:
        return _fail(progress, server, str(error))
    progress.say(f"up to date after {time.monotonic() - began:.1f} s")
    return True


def prepare(root: Path, command: str | None) -> None:
    """Run a command in the project.

    Raises
    ------
    BinderyError
        If it fails, with what it said.
    """
    if command is None:
        return
    done = subprocess.run(shlex.split(command), cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BinderyError(f"{command} failed, exit code {done.returncode}:\n{said}")


@contextmanager
def watching(root: Path, products: tuple[Path, ...]) -> Iterator[queue.SimpleQueue[set[Path]]]:
    """Watch the sources of a book; sets of changed files arrive in the queue.

    Folders are watched one by one, so that environments and caches, which are large, are not.
    """
    changes: queue.SimpleQueue[set[Path]] = queue.SimpleQueue()
    stop = threading.Event()

    def is_source(_: watchfiles.Change, name: str) -> bool:
        path = Path(name)
        if any(path.is_relative_to(product) for product in products):
            return False
        return not any(part.startswith((".", "~")) or part == "__pycache__" for part in path.relative_to(root).parts)

    def watch(folders: list[Path], recursive: bool) -> None:
        stream = watchfiles.watch(
            *folders, watch_filter=is_source, stop_event=stop, recursive=recursive, debounce=400, rust_timeout=500
        )
        for found in stream:
            changes.put({Path(name) for _, name in found})

    folders = [path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]
    threads = [threading.Thread(target=watch, args=([root], False), daemon=True)]
    if folders:
        threads.append(threading.Thread(target=watch, args=(folders, True), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield changes
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=2)


def gather(changes: queue.SimpleQueue[set[Path]]) -> set[Path]:
    """Wait for a change; return it with all that came in the meantime."""
    found: set[Path] = set()
    while not found:
        try:
            found |= changes.get(timeout=1)  # a wait without end would not hear Ctrl-C everywhere
        except queue.Empty:
            continue
    while not changes.empty():
        found |= changes.get()
    return found


def _fail(progress: Progress, server: Server, message: str) -> bool:
    progress.say(message)
    server.publish(error=message)
    return False
