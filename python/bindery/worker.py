"""A worker process: takes one call from its parent, makes it, sends back steps and the result.

It never outlives its parent, however that ends: the pipe between them closes then, and the worker ends itself and
everything it started.
"""

import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import psutil

from bindery.errors import BinderyError

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of what children leave running, so that it can be found and ended; on Linux alone."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def main() -> None:
    """Serve one call over the pipe whose number is the first argument."""
    adopt_orphans()
    link: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        call = link.recv()
    except EOFError:
        sys.exit(1)
    threading.Thread(target=_leave_with_parent, args=(link,), daemon=True).start()
    try:
        value = call(lambda number, total, label: link.send(("step", number, total, label)))
    except BinderyError as error:
        link.send(("failed", str(error)))  # made to be read as it stands
    except Exception:
        link.send(("failed", traceback.format_exc().strip()))
    else:
        link.send(("done", value))


def _leave_with_parent(link: "Connection[Any, Any]") -> None:
    """Wait for the parent's end of the pipe to close (it sends nothing more), then end the whole family."""
    with suppress(EOFError, OSError):
        link.recv()
    # whoever starts another process while its parent is being ended leaves it to us: until nobody is left
    while family := [child for child in psutil.Process().children(recursive=True) if _lives(child)]:
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        time.sleep(0.01)
    os._exit(1)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
