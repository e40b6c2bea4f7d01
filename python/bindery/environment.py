"""Read `_environment`, the file of variables that Quarto sets for a project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)$")
_REFERENCE = re.compile(r"(?<!\\)\$(?:\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*))")


def read_environment(root: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that `_environment` and `_environment.local` define.

    Parameters
    ----------
    root : Path
        The project's folder.
    given : mapping, optional
        The variables that `$NAME` in a value may refer to, besides those of the file itself.

    Returns
    -------
    dict
        `_environment.local` over `_environment`. As with Quarto, a variable that is already set wins over both.
    """
    found: dict[str, str] = {}
    for name in ("_environment", "_environment.local"):
        file = root / name
        if file.is_file():
            found |= parse(file.read_text(encoding="utf-8"), {**(given or {}), **found})
    return found


def parse(text: str, given: Mapping[str, str]) -> dict[str, str]:
    """Parse lines of `NAME=value`, with quotes, comments, `export`, `$NAME` and `${NAME:-default}`."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            found[match["name"]] = _value(match["value"], {**given, **found})
    return found


def _value(raw: str, given: Mapping[str, str]) -> str:
    raw = raw.strip()
    quoted = re.match(r"""^(?P<quote>['"`])(?P<text>.*?)(?P=quote)\s*(?:#.*)?$""", raw)
    if quoted and quoted["quote"] != '"':
        return quoted["text"]
    text = quoted["text"].replace("\\n", "\n") if quoted else re.sub(r"\s*(?:^|\s)#.*$", "", raw).strip()
    return _REFERENCE.sub(
        lambda match: given.get(match["braced"] or match["bare"], match["default"] or ""), text
    ).replace("\\$", "$")
