"""From what models were fitted: data, settings, code, versions. Telling that nothing changed needs no heavy import."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

from patrons import paths
from patrons.source import Source

#: Of what is written down.
FORMAT = 1
#: A pipeline means the same only to the same of these.
LIBRARIES = ("scikit-learn", "skops", "numpy")
#: What fits and saves; the modules that it uses are found by its imports.
ENTRY = "scoring_store"
#: Modules that only word, check or hide what others find: models do not depend on them.
ASIDE = ("disclosure", "double", "errors", "facts", "masks", "problems", "stop", "truth", "words")


def folder(source: Source) -> Path:
    """Return the folder for the models of a source."""
    return paths.home() / "models" / source.key


def fingerprint(source: Source) -> dict[str, dict[str, str]]:
    """Say from what models would be fitted now: `versions` of the programs, `code`, `data` and settings."""
    built = paths.built(source.key)
    marks = {name: (built / f"{name}.fingerprint").read_bytes() for name in source.tables}
    settings = source.settings.model_dump(mode="json", include={"analysis", "currency", "reference_date"})
    locks = paths.home() / "requirements.txt"
    return {
        "versions": {
            "Python": ".".join(platform.python_version_tuple()[:2]),
            **{name: metadata.version(name) for name in LIBRARIES},
        },
        "code": {
            "the code of patrons": _code(),
            "requirements.txt": digest(locks.read_bytes()) if locks.is_file() else "",
        },
        "data": {
            **{f"the table {name}": digest(mark) for name, mark in marks.items()},
            "source.yml": digest(json.dumps(settings, sort_keys=True).encode()),
            "segments.yml": digest((paths.home() / "data" / "segments.yml").read_bytes()),
        },
    }


def is_fresh(source: Source) -> bool:
    """Tell whether the models of a source are what a fit would give now."""
    here = folder(source)
    try:
        content = json.loads((here / "model.json").read_text(encoding="utf-8"))
        whole = all(digest((here / name).read_bytes()) == mark for name, mark in content["files"].items())
        return whole and content["format"] == FORMAT and content["fingerprint"] == fingerprint(source)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


@cache
def _code() -> str:
    """Digest the modules that fitting uses, found by following imports."""
    here = Path(__file__).parent
    found: set[str] = set()
    ahead = [ENTRY]
    while ahead:
        name = ahead.pop()
        if name not in (*found, *ASIDE) and (here / f"{name}.py").is_file():
            found.add(name)
            ahead += _imports((here / f"{name}.py").read_text(encoding="utf-8"))
    return digest(b"\0".join((here / f"{name}.py").read_bytes() for name in sorted(found)))


def _imports(text: str) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "patrons":
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("patrons."):
            names.append(str(node.module).split(".")[1])
    return names


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()
