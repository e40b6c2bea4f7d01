"""Run pandoc, from the wheel that carries it, and hear what it warns of."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypandoc

from bindery.errors import BinderyError

FILTERS = Path(__file__).parent / "filters"

# Cells and prose are Markdown as Quarto reads it, but tags typed into it stay text: see filters/raw_html.lua.
READER = "markdown-native_divs-native_spans"


class PandocError(BinderyError):
    """Pandoc could not read a chapter."""


@dataclass(frozen=True)
class Converted:
    """What pandoc wrote, and its warnings and those of our filters."""

    text: str
    warnings: tuple[str, ...]


@functools.cache
def program() -> str:
    """Path of the pandoc program."""
    return str(pypandoc.get_pandoc_path())


def convert(text: str, arguments: Sequence[str], name: str, folder: Path) -> Converted:
    """Convert Markdown.

    Parameters
    ----------
    text : str
        Markdown of a chapter.
    arguments : sequence of str
        Pandoc's command line, without the reader.
    name : str
        Of the chapter, for messages.
    folder : Path
        Where pandoc runs; relative paths in the arguments begin there.

    Raises
    ------
    PandocError
        With pandoc's own words, if it fails.
    """
    command = [program(), "--from", READER, *arguments]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", cwd=folder, check=False)
    if done.returncode != 0:
        raise PandocError(f"pandoc could not read {name}: {done.stderr.strip()}")
    return Converted(done.stdout, tuple(read_warnings(done.stderr)))


def read_warnings(stderr: str) -> list[str]:
    """Warnings in pandoc's error output; one may run over several lines.

    Examples
    --------
    >>> read_warnings("[WARNING] Citeproc: citation x\\n  not found\\n[INFO] y\\n")
    ['Citeproc: citation x not found']
    """
    warnings: list[str] = []
    within = False
    for line in stderr.splitlines():
        if line.startswith("["):
            within = line.startswith("[WARNING] ")
            if within:
                warnings.append(line.removeprefix("[WARNING] "))
        elif within and line.strip():
            warnings[-1] += " " + line.strip()
    return warnings
