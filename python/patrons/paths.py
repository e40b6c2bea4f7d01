"""Where things stand in the project's folder, and how a file is put there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def home() -> Path:
    """Return the project's folder: `$PATRONS_HOME`, or the one this package stands in."""
    named = os.environ.get("PATRONS_HOME")
    return Path(named).resolve() if named else Path(__file__).resolve().parents[2]


def default_source() -> Path:
    """Return the source of the world that the project ships with."""
    return home() / "data" / "source.yml"


def chosen_source() -> Path:
    """Return the source in force: `$PATRONS_SOURCE`, or the project's own."""
    named = os.environ.get("PATRONS_SOURCE")
    return Path(named) if named else default_source()


def built(key: str) -> Path:
    """Return the folder for what is built from a source."""
    return home() / "data" / "built" / key


def rejected(key: str) -> Path:
    """Return the file for the rows of a source that were set aside."""
    return home() / "data" / "rejected" / f"{key}.csv"


def problems(key: str) -> Path:
    """Return the file for the values of a source that break a rule."""
    return home() / "data" / "rejected" / f"{key}-problems.csv"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; it takes the place of `path` if all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, never a half."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
