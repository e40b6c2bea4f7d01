"""Read YAML 1.2 as Quarto does, and say on which line something stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bindery.errors import ProjectError


def load(text: str, source: str, first_line: int = 1) -> Any:
    """Parse one YAML document.

    Parameters
    ----------
    text : str
        The YAML.
    source : str
        Name of the file it stands in, for messages.
    first_line : int
        Line of that file on which `text` begins.

    Returns
    -------
    object
        Mappings, lists and scalars; None for an empty text.

    Raises
    ------
    ProjectError
        If the text is not YAML; the message names file and line.
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise ProjectError(f"{source}:{line}: this is not valid YAML: {error.problem or error.context}") from error
    except (YAMLError, ValueError) as error:
        raise ProjectError(f"{source}:{first_line}: this is not valid YAML: {error}") from error


def mapping(text: str, source: str, first_line: int = 1) -> dict[str, Any]:
    """Parse a YAML document that must be a mapping (or empty)."""
    value = load(text, source, first_line)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ProjectError(f"{source}:{first_line}: expected `key: value` lines, found {type(value).__name__}")
    return value


def lines(text: str, first_line: int = 1) -> dict[tuple[str, ...], int]:
    """Line of every key of a YAML mapping, by the path of keys that leads to it."""
    found: dict[tuple[str, ...], int] = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if node is not None and node.id == "mapping":
            for key, value in node.value:
                here = (*path, str(key.value))
                found[here] = first_line + key.start_mark.line
                walk(value, here)

    walk(YAML(typ="safe", pure=True).compose(text), ())
    return found


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two mappings, the second over the first; mappings inside merge likewise, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged
