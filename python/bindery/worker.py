"""A worker process: takes one call from its parent, makes it, sends back steps and the result.

It never outlives its parent: the kernel of Linux ends it with the parent, and elsewhere the closed pipe does.
"""

import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

from bindery.errors import BinderyError

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere do nothing."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Serve one call over the pipe whose number is the first argument."""
    die_with_parent()
    link: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        call = link.recv()  # fails if the parent ended before it was asked to take this process along
    except EOFError:
        sys.exit(1)
    threading.Thread(target=_leave_with, args=(link,), daemon=True).start()
    try:
        value = call(lambda number, total, label: link.send(("step", number, total, label)))
    except BinderyError as error:
        link.send(("failed", str(error)))  # made to be read as it stands
    except Exception:
        link.send(("failed", traceback.format_exc().strip()))
    else:
        link.send(("done", value))


def _leave_with(link: "Connection[Any, Any]") -> None:
    """Wait for the parent's end of the pipe to close (it sends nothing more), then end with it."""
    try:
        link.recv()
    except (EOFError, OSError):
        os._exit(1)
