"""Expand `{{< include file >}}`, remembering where each line came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bindery.errors import ProjectError

_INCLUDE = re.compile(r"""^\s*\{\{<\s*include\s+(?:"([^"]+)"|'([^']+)'|(\S+))\s*>\}\}\s*$""")
_FENCE = re.compile(r"^\s*(```+|~~~+)")


@dataclass(frozen=True)
class Line:
    """One line of text, the file it stands in, relative to the project, and its number there."""

    text: str
    origin: str
    number: int


def expand(text: str, path: str, root: Path) -> tuple[list[Line], tuple[str, ...]]:
    """Lines of a chapter with the files it includes in place.

    Paths are relative to the chapter's folder, also inside an included file, or to the project if they begin with `/`.

    Returns
    -------
    lines : list of Line
    included : tuple of str
        The included files, relative to the project.

    Raises
    ------
    ProjectError
        If a file is missing or includes itself.
    """
    folder = PurePosixPath(path).parent
    included: list[str] = []

    def walk(text: str, origin: str, above: tuple[str, ...]) -> list[Line]:
        lines: list[Line] = []
        fence: str | None = None
        for number, line in enumerate(_split(text), 1):
            opened = _FENCE.match(line)
            if opened and (fence is None or opened[1].startswith(fence)):
                fence = opened[1] if fence is None else None
            match = _INCLUDE.match(line) if fence is None else None
            if match is None:
                lines.append(Line(line, origin, number))
                continue
            name = next(group for group in match.groups() if group)
            target = _resolve(name, folder)
            if target in above:
                raise ProjectError(f"{origin}:{number}: {target} includes itself")
            file = root / target
            if not file.is_file():
                raise ProjectError(f"{origin}:{number}: included file {target} does not exist")
            included.append(target)
            content = file.read_text(encoding="utf-8")
            lines += walk(content, target, (*above, target))
            lines.append(Line("", origin, number))
        return lines

    return walk(text, path, (path,)), tuple(dict.fromkeys(included))


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines and lines[-1] == "" else lines


def _resolve(name: str, folder: PurePosixPath) -> str:
    """Path relative to the project, without `..`."""
    parts: list[str] = []
    for part in PurePosixPath(name.lstrip("/")).parts if name.startswith("/") else (folder / name).parts:
        if part == "..":
            if not parts:
                raise ProjectError(f"`{name}` lies outside the project")
            parts.pop()
        else:
            parts.append(part)
    return str(PurePosixPath(*parts))
