"""SHA-256 of files, remembered for big ones.

A digest of a file over a megabyte is kept in ``.cache`` beside its size and time of change, so that asking whether a
chapter is fresh does not read all data again.
"""

import hashlib
import json
import os
import time
from pathlib import Path

BIG = 1_000_000
"""Files of at least so many bytes are remembered; below, reading is as quick as remembering."""

SETTLED = 2.0
"""A file changed less than so many seconds ago is not remembered: it may change again within its clock's tick."""


class Digests:
    """Digests of files, with a memory under ``.cache`` for the big ones."""

    def __init__(self, root: Path) -> None:
        self._store = root / ".cache" / "bindery" / "digests.json"
        self._seen: dict[Path, str | None] = {}
        self._changed = False
        try:
            self._known: dict[str, list] = json.loads(self._store.read_text())
        except (OSError, ValueError):
            self._known = {}

    def of(self, path: Path) -> str | None:
        """Return the SHA-256 of a file in hex, or None where there is no such file.

        A file asked for twice is read once: all chapters of one survey are judged by the same state of the disk.
        """
        if path not in self._seen:
            self._seen[path] = self._read(path)
        return self._seen[path]

    def save(self) -> None:
        """Write what was learnt to disk, for the next run."""
        if not self._changed:
            return
        self._store.parent.mkdir(parents=True, exist_ok=True)
        beside = self._store.with_name(f"{self._store.name}.{os.getpid()}")
        beside.write_text(json.dumps(self._known, sort_keys=True))
        beside.replace(self._store)
        self._changed = False

    def _read(self, path: Path) -> str | None:
        try:
            status = path.stat()
            key, stamp = str(path), [status.st_size, status.st_mtime_ns]
            known = self._known.get(key)
            if known is not None and known[:2] == stamp:
                return known[2]
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        if status.st_size >= BIG and time.time() - status.st_mtime > SETTLED:
            self._known[key] = [*stamp, digest]
            self._changed = True
        return digest
