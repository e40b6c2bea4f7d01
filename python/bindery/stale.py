"""Is what is frozen of a chapter still what executing it would give?

When a chapter has been executed, what went in is recorded in ``_freeze/<chapter>/inputs.json``: the text and the files
it includes, the modules of the project it loaded, the R files and data it read, the locks of both languages, the
execution options, what it took from other chapters. It is fresh while all of it is as recorded.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from bindery import cells, frontmatter, options, yamlfile
from bindery.digests import Digests
from bindery.errors import ProjectError
from bindery.project import FORMATS, Project
from bindery.resources import chapter_files

VERSION = 1
"""Of what the bindery makes of a chapter; raised when the same inputs come to give another freeze."""

LOCKS = ("requirements.txt", "renv.lock", "_environment")
"""Inputs of every chapter, there or not."""

UNSETTLED = "changed while the chapter was executed"
"""Recorded in place of a digest: nobody can say which state of the file the chapter saw."""

CLOCK_TICK = 20_000_000
"""Nanoseconds by which the time of a file may lag behind the clock."""

INPUTS = "inputs.json"
RESULTS = ("html.json", "typ.json")
FACTS = "facts.json"

_MAY_HOLD_CODE = re.compile(r"^\s*```+\s*\{python[ ,}]|`\{python\}\s|^\s*\{\{<\s*include", re.MULTILINE)


@dataclass(frozen=True)
class Status:
    """Whether a chapter has to be executed.

    Attributes
    ----------
    path
        The chapter.
    state
        ``fresh``, ``stale``, or ``no code`` where there is nothing to execute.
    reasons
        Why it is stale.
    needs
        Chapters with code that it depends on.
    """

    path: str
    state: Literal["fresh", "stale", "no code"]
    reasons: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()


def survey(project: Project, freeze_dir: Path) -> list[Status]:
    """Tell of each chapter of the book, in its order, whether it is fresh, and if not exactly why."""
    digests = Digests(project.root)
    headers = {path: _header(project, path, freeze_dir) for path in project.paths}
    coded = {path: header for path, header in headers.items() if header is not None}
    needs = dependencies({path: header.get("depends") for path, header in coded.items()})
    reasons = {path: why(project, path, coded[path], freeze_dir, needs[path], digests) for path in coded}
    digests.save()
    stale = {path for path in needs if reasons[path]}
    while more := {path for path in needs.keys() - stale if needs[path] & stale}:
        stale |= more
    found = []
    for path in project.paths:
        if path not in needs:
            found.append(Status(path, "no code"))
        else:
            above = [f"{other} is stale" for other in project.paths if other in needs[path] & stale]
            found.append(Status(path, "stale" if path in stale else "fresh", (*reasons[path], *above), needs[path]))
    return found


def table(found: Iterable[Status]) -> str:
    """Lay a survey out in aligned columns: chapter, state, and one line per reason."""
    found = list(found)
    width = max((len(status.path) for status in found), default=0)
    lines = []
    for status in found:
        state = "fresh, no code" if status.state == "no code" else status.state
        first, *rest = status.reasons or ("",)
        lines.append(f"{status.path:<{width}}  {state:<5}  {first}".rstrip())
        lines += [f"{'':<{width}}  {'':<5}  {reason}" for reason in rest]
    return "\n".join(lines)


def dependencies(wanted: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Resolve the `depends` of all chapters with code.

    Parameters
    ----------
    wanted
        For each chapter what its front matter says: None, ``all``, a path, or a list of them. ``all`` are the other
        chapters except those that want all themselves; such a one is waited for where it is named.

    Raises
    ------
    ProjectError
        A chapter depends on something that is no chapter of the book with code in it.
    """
    lists = {path: [value] if isinstance(value, str) else list(value or ()) for path, value in wanted.items()}
    ordinary = frozenset(path for path, names in lists.items() if "all" not in names)
    found = {}
    for path, names in lists.items():
        for name in names:
            if name != "all" and name not in lists:
                near = get_close_matches(str(name), lists, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ProjectError(f"{path}: depends on {name}, which is no chapter with code of this book{hint}")
        found[path] = (frozenset(names) - {"all"} | (ordinary if "all" in names else frozenset())) - {path}
    return found


def why(
    project: Project,
    path: str,
    header: Mapping[str, Any],
    freeze_dir: Path,
    needs: frozenset[str],
    digests: Digests,
) -> tuple[str, ...]:
    """Say why a chapter has to be executed, but for chapters it depends on being stale; nothing if it has not.

    Parameters
    ----------
    project, path, header
        The chapter, and its front matter.
    freeze_dir
        Where it is frozen.
    needs
        The chapters it depends on.
    digests
        Reads files.
    """
    folder = freeze_dir / project.chapter(path).stem
    try:
        recorded = json.loads((folder / INPUTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        recorded = None
    except ValueError:
        return (f"its {INPUTS} cannot be read",)
    if recorded is None or not all((folder / "execute-results" / name).is_file() for name in RESULTS):
        return ("never executed",)
    if recorded.get("version") != VERSION:
        return ("frozen by another version of the bindery",)
    return (
        *_changed_files(recorded["files"], project.root, path, digests),
        *_changed_options(recorded["options"], execution_options(project, header)),
        *_changed_facts(recorded["depends"], facts_digests(freeze_dir, needs, digests)),
    )


def record(
    project: Project, document: cells.Document, freeze_dir: Path, needs: frozenset[str], read: Iterable[str], began: int
) -> str:
    """Return the content of ``inputs.json`` for a chapter that has just been executed.

    Parameters
    ----------
    project, document, freeze_dir, needs
        The chapter, where it is frozen, and the chapters it depends on.
    read
        Files it read, relative to the project or absolute.
    began
        Time in nanoseconds before anything of it was read. A file that changed since is recorded as unsettled, which
        makes the chapter stale.
    """
    digests = Digests(project.root)
    named = {_relative(project.root, name) for name in read}
    files: dict[str, str | None] = {}
    for name in named | {document.path, *document.included}:
        file = project.root / name
        digest = digests.of(file)
        if digest is not None and not file.is_relative_to(freeze_dir):
            files[name] = UNSETTLED if file.stat().st_mtime_ns > began - CLOCK_TICK else digest
    for name in LOCKS:
        files[name] = digests.of(project.root / name)
    content = {
        "version": VERSION,
        "options": execution_options(project, document.front_matter),
        "depends": facts_digests(freeze_dir, needs, digests),
        "files": files,
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def execution_options(project: Project, header: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options a chapter is executed with, in both formats, as one flat mapping."""
    found: dict[str, Any] = {"execute-dir": project.execute_dir}
    for name in FORMATS:
        resolved = options.resolve(name, project.format(name), header)
        found |= {f"{name}.{key.replace('_', '-')}": value for key, value in vars(resolved).items()}
    return found


def facts_digests(freeze_dir: Path, needs: frozenset[str], digests: Digests) -> dict[str, str | None]:
    """Return the digest of the facts of each chapter that is depended on; None for one that left none."""
    return {path: digests.of(chapter_files(freeze_dir, path) / FACTS) for path in needs}


def _header(project: Project, path: str, freeze_dir: Path) -> dict[str, Any] | None:
    """Return a chapter's front matter, or None if there is nothing to execute in the chapter.

    Taking a chapter apart takes long for a question asked of all of them; that is left to those never executed.
    """
    text = (project.root / path).read_text(encoding="utf-8")
    if not _MAY_HOLD_CODE.search(text):
        return None
    executed = (freeze_dir / project.chapter(path).stem / INPUTS).is_file()
    if not executed and not cells.parse(text, path, project.root).has_code:
        return None
    return yamlfile.mapping(frontmatter.split(text)[0], path, 2)


def _relative(root: Path, name: str) -> str:
    """Return a path relative to the project if it is inside, else absolute."""
    path = Path(os.path.normpath(root / name))
    for candidate in (path, path.resolve()):
        if candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    return path.as_posix()


def _changed_files(recorded: Mapping[str, str | None], root: Path, chapter: str, digests: Digests) -> list[str]:
    """Compare files with their recorded digests; the chapter itself is told first."""
    found = []
    for name in sorted(recorded, key=lambda name: (name != chapter, name)):
        before, now = recorded[name], digests.of(root / name)
        if before == UNSETTLED:
            found.append(f"{name} {UNSETTLED}")
        elif now is None and before is not None:
            found.append(f"{name} is missing")
        elif now is not None and before is None:
            found.append(f"{name} is new")
        elif now != before:
            found.append(f"{name} changed")
    return found


def _changed_options(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return [f"option {name} changed" for name in names]


def _changed_facts(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> list[str]:
    found = [f"it no longer depends on {path}" for path in sorted(before.keys() - now.keys())]
    found += [f"it now depends on {path}" for path in sorted(now.keys() - before.keys())]
    return found + [
        f"{FACTS} of {path} changed" for path in sorted(before.keys() & now.keys()) if before[path] != now[path]
    ]
