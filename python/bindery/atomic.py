"""Write files and folders so that a reader sees the old or the new, whole, whenever the program ends."""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import psutil

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_BESIDE = re.compile(r"^\.(?P<name>.+)\.(?P<kind>new|old)-(?P<pid>\d+)$")


def write_text(path: Path, text: str) -> None:
    """Write a file beside, as UTF-8 with LF line ends, and move it into place; folders are made as needed."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file beside and move it into place; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def beside(target: Path) -> Path:
    """Make an empty folder next to `target`, to be filled and swapped in; `recover` removes one that never was."""
    new = _sibling(target, "new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    return new


def swap_directory(new: Path, target: Path) -> None:
    """Put the folder `new` in the place of `target`, as a whole, and remove what stood there.

    On Linux the two change places in one step. Elsewhere there is a moment with neither, which `recover` mends.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        new.rename(target)
        return
    if _exchange(new, target):
        shutil.rmtree(new)
        return
    old = _sibling(target, "old")
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    new.rename(target)
    shutil.rmtree(old)


def remove_directory(target: Path) -> None:
    """Remove a folder so that nobody sees it half gone."""
    if target.exists():
        old = _sibling(target, "new")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        shutil.rmtree(old)


def recover(folder: Path) -> None:
    """Tidy up after programs that were killed: put back what was moved away, remove what was left unfinished."""
    for place, names, _files in os.walk(folder):
        for name in list(names):
            if match := _BESIDE.match(name):
                names.remove(name)
                _recover(Path(place), match)


def recover_beside(target: Path) -> None:
    """Tidy up likewise next to one folder, leaving all others alone."""
    for left in sorted(target.parent.glob(f".{glob.escape(target.name)}.*")):
        match = _BESIDE.match(left.name)
        if match and match["name"] == target.name:
            _recover(target.parent, match)


def _recover(place: Path, match: re.Match[str]) -> None:
    """Put back or remove one folder, unless the program that made it still runs."""
    if int(match["pid"]) != os.getpid() and runs(int(match["pid"])):
        return
    left, target = place / match.string, place / match["name"]
    if match["kind"] == "old" and not target.exists():
        left.rename(target)
    else:
        shutil.rmtree(left, ignore_errors=True)


def _sibling(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{kind}-{os.getpid()}")


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where that is not possible."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is not merely one that nobody has waited for."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
