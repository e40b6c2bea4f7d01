"""`source.yml`: found, read, and refused in words that say what to write instead."""

import difflib
import hashlib
import re
import types
import typing
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from patrons.errors import PatronsError, listing
from patrons.problems import Problem, Problems, from_error
from patrons.settings import Settings, Table

Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Source:
    """A `source.yml` that has been read and found well formed.

    Attributes
    ----------
    path : Path
        The file, absolute.
    settings : Settings
        What it says, with defaults filled in.
    key : str
        Name of the folder for what is built from it; ``default`` for the project's own source.
    """

    path: Path
    settings: Settings
    key: str

    @property
    def tables(self) -> dict[str, Table]:
        """The tables the source has, by name."""
        return self.settings.tables.present()

    def files(self, table: str) -> list[Path]:
        """Return the files of a table, in order of name; a glob may match several.

        Raises
        ------
        PatronsError
            If nothing is there.
        """
        pattern = self.tables[table].file
        path = Path(pattern) if Path(pattern).is_absolute() else self.path.parent / pattern
        if path.is_file():
            return [path]
        anchor = Path(path.anchor)
        found = sorted(match for match in anchor.glob(str(path.relative_to(anchor))) if match.is_file())
        if found:
            return found
        there = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
        raise PatronsError(
            f"{self.path}: tables.{table}.file: there is no file {path}{nearest(path.name, there)}. "
            "Paths are relative to the file that names them."
        )

    def require_files(self) -> None:
        """Refuse tables whose files are not there, all at once.

        Raises
        ------
        Problems
        """
        found: list[Problem] = []
        for name in self.tables:
            try:
                self.files(name)
            except PatronsError as error:
                found += from_error(error)
        if found:
            raise Problems(found)


def slug(text: object) -> str:
    """Turn a name taken from data into an identifier: lower case, underscores.

    Examples
    --------
    >>> slug("No E-Mail")
    'no_e_mail'
    """
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    # A name with no Latin letter at all still needs an identifier of its own.
    return words or hashlib.sha256(str(text).encode()).hexdigest()[:8]


def nearest(name: str, known: Iterable[object]) -> str:
    """Suggest the nearest known spelling, as the end of a sentence, or nothing."""
    names = {str(item).lower(): str(item) for item in known}
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return f"; did you mean {names[close[0]]!r}?" if close else ""


def load(path: Path | str, default: Path | None = None) -> Source:
    """Read and check a source file.

    Parameters
    ----------
    path
        The `source.yml`.
    default
        The project's own source, whose key is ``default``.

    Raises
    ------
    PatronsError
        Naming every problem found, each with its line and what is allowed.
    """
    path = Path(path).expanduser().resolve()
    if path.is_dir():
        path = path / "source.yml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PatronsError(f"there is no source file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PatronsError(f"{path} cannot be read: {error}") from error
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise PatronsError(f"{path}{where}: not valid YAML: {error.problem or error.context}") from error
    except YAMLError as error:
        raise PatronsError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise PatronsError(f"{path}: expected keys such as `name:` and `tables:`")
    content.setdefault("name", path.parent.name)
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise PatronsError(_explain(path, text, error)) from None
    return Source(path, settings, _key(path, settings.name, default))


def _key(path: Path, name: str, default: Path | None) -> str:
    if default is not None and path == default.resolve():
        return "default"
    return f"{slug(name)[:40]}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def _explain(path: Path, text: str, error: ValidationError) -> str:
    """Say what is wrong with a source, one line for each place."""
    root = YAML(typ="safe", pure=True).compose(text)
    problems: dict[tuple[str, int], list[str]] = {}
    for item in error.errors(include_url=False):
        place, line = _locate(root, item["loc"])
        problems.setdefault((place, line), []).append(_problem(item))
    lines = []
    for (place, line), messages in sorted(problems.items(), key=lambda problem: problem[0][1]):
        where = f"line {line}: " if line else ""
        lines.append(f"  {where}{place + ': ' if place else ''}{' or '.join(dict.fromkeys(messages))}")
    return f"{path} is not a valid source:\n" + "\n".join(lines)


def _locate(root: Node, location: Location) -> tuple[str, int]:
    """Return the dotted place of a problem and the line it stands on.

    pydantic adds to a location the kinds it tried ('int', 'literal[…]'); those name nothing in the file.
    """
    node, line, place = root, 0, ""
    for part in location:
        if isinstance(node, MappingNode):
            for key, value in node.value:
                if str(key.value) == str(part):
                    node, line = value, key.start_mark.line + 1
                    place = f"{place}.{part}" if place else str(part)
                    break
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line, place = node.start_mark.line + 1, f"{place}[{part + 1}]"
    return place, line


def _problem(item: Any) -> str:
    location, kind = item["loc"], item["type"]
    name = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        allowed = _fields_at(location[:-1])
        hint = nearest(name, allowed)
        return f"unknown key {name!r}{hint or f'; the keys here are {listing(allowed, 20)}'}"
    if kind == "missing":
        return f"{name!r} is missing"
    if kind == "value_error":
        return str(item["ctx"]["error"])
    message = item["msg"].replace("Input should be", "must be").replace("Value error, ", "")
    if kind == "string_pattern_mismatch" and name == "currency":
        message = "must be a currency's three capital letters, such as GBP, EUR or USD"
    suggestion = ""
    if kind == "literal_error":
        suggestion = nearest(str(item["input"]), re.findall(r"'([^']+)'", item["ctx"]["expected"]))
    shown = "" if isinstance(item["input"], dict | list) else f", not {item['input']!r}"
    return f"{message}{shown}{suggestion}"


def _fields_at(location: Location) -> list[str]:
    """Return the keys that the contract allows at a place."""
    model: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    found = (_model_in(inner) for inner in typing.get_args(annotation))
    return next((model for model in found if model), None)
