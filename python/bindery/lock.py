"""One render at a time for each project and freeze directory.

The operating system holds the lock and lets go of it when the process ends, however it ends. Who holds it is written
beside it, only to be able to tell those who wait.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


def lock_path(root: Path, freeze_dir: Path) -> Path:
    """Return the path of the lock of one project and freeze directory, under the project's ``.cache``."""
    key = hashlib.sha256(os.fsencode(freeze_dir.resolve())).hexdigest()[:12]
    return root / ".cache" / "bindery" / f"render-{key}.lock"


@contextmanager
def hold(root: Path, freeze_dir: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a project and freeze directory; wait, and say so, while another process holds it.

    Parameters
    ----------
    root, freeze_dir
        The project's folder and its freeze directory.
    say
        Called with one line when there is another holder.
    """
    path = lock_path(root, freeze_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_suffix(".json")
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another render ({_describe(holder)}) is running; waiting")
        lock.acquire(poll_interval=0.1)
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "since": time.strftime("%H:%M")}))
        yield
    finally:
        lock.release()


def _describe(holder: Path) -> str:
    """Return ``pid 123, since 12:01``; the holder may be writing just now, so anything less is accepted too."""
    try:
        known = json.loads(holder.read_text())
        return f"pid {known['pid']}, since {known['since']}"
    except (OSError, ValueError, KeyError):
        return "just started"
