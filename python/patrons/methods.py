"""What a book was made of: versions of both languages, settings, data, the methods behind its numbers, its citation."""

from __future__ import annotations

import json
import platform
import re
import tomllib
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from patrons import paths, r

if TYPE_CHECKING:
    from patrons.facts import Facts
    from patrons.shop import Shop

#: Of a line of `requirements.txt`, or of a requirement in `pyproject.toml`: name, extras, version.
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")
COMMAND = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)


def python_versions(home: Path | None = None) -> pd.DataFrame:
    """Return the packages that the project asks for, as they run and as they are locked.

    Returns
    -------
    DataFrame
        ``package``, ``running``, ``locked``, ``purpose`` (its own one-line description), in alphabetical order;
        Python itself comes first and is not locked.

    Examples
    --------
    >>> python_versions()["package"].iloc[0]
    'Python'
    """
    home = home or paths.home()
    project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = dict(PINNED.findall((home / "requirements.txt").read_text(encoding="utf-8")))
    rows = [("Python", platform.python_version(), None, "the language")]
    for wanted in project["dependencies"]:
        name = NAME.match(wanted)[0]  # type: ignore[index]
        about = metadata.metadata(name)
        rows.append((name, about["Version"], locked[canonicalize_name(name)], (about["Summary"] or "").rstrip(".")))
    return _versions(rows)


def r_versions(home: Path | None = None) -> pd.DataFrame:
    """Return the packages of R that the project asks for, as they run and as `renv.lock` has them.

    Returns
    -------
    DataFrame
        As `python_versions`; R itself comes first.
    """
    home = home or paths.home()
    lock = json.loads((home / "renv.lock").read_text(encoding="utf-8"))
    wanted = (home / "tools" / "apt-packages.txt").read_text(encoding="utf-8").splitlines()
    asked = {line.removeprefix("r-cran-") for line in wanted if line.startswith("r-cran-") and "[" not in line}
    names = [name for name in lock["Packages"] if name.lower() in asked]
    r.use("versions")
    found = r.call("versions_of", pd.DataFrame({"package": names}))
    running = dict(zip(found["package"], found["version"], strict=True))
    purposes = dict(zip(found["package"], found["title"], strict=True))
    rows = [("R", running["R"], lock["R"]["Version"], "the language")]
    rows += [(name, running.get(name), lock["Packages"][name]["Version"], purposes.get(name, "")) for name in names]
    return _versions(rows)


def _versions(rows: Sequence[tuple[str, str | None, str | None, str]]) -> pd.DataFrame:
    first, *rest = rows
    ordered = [first, *sorted(rest, key=lambda row: row[0].lower())]
    return pd.DataFrame(ordered, columns=["package", "running", "locked", "purpose"])


def differing(versions: pd.DataFrame) -> list[str]:
    """Name the packages that run in another version than the locked one, or not at all."""
    locked = versions[versions["locked"].notna()]
    return list(locked.loc[locked["running"] != locked["locked"], "package"])


def settings(shop: Shop) -> pd.DataFrame:
    """List every choice of the analysis that was in force.

    Returns
    -------
    DataFrame
        ``part`` (of `analysis` in source.yml), ``setting``, ``value`` as it would be written there.
    """
    rows = []
    for part, value in shop.analysis.model_dump(mode="json").items():
        for setting, chosen in value.items() if isinstance(value, dict) else [(part, value)]:
            rows.append({"part": part if isinstance(value, dict) else "analysis", "setting": setting,
                         "value": _written(chosen)})  # fmt: skip
    return pd.DataFrame(rows).sort_values("part", key=lambda names: names != "analysis", kind="stable")


def _written(value: Any) -> str:
    if value is None:
        return "default"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def files(shop: Shop) -> pd.DataFrame:
    """Name the files that the tables were read from, with their fingerprints: ``table``, ``file``, ``sha256``."""
    rows = []
    for table in shop.source.tables:
        lines = shop.fingerprint(table).splitlines()
        parts = [line.split(maxsplit=2) for line in lines if line.startswith("file ")]
        rows += [{"table": table, "file": name, "sha256": digest} for _, digest, name in parts]
    return pd.DataFrame(rows, columns=["table", "file", "sha256"])


def behind(facts: Facts) -> pd.DataFrame:
    """Count the numbers of the book by the method behind them; those that are not shown are none.

    Returns
    -------
    DataFrame
        ``method``, ``facts`` (how many numbers), ``intervals`` (how many of them have one), ``chapters``; the method
        behind most numbers first.
    """
    rows = pd.DataFrame(
        [
            {"method": facts[fact].method, "chapter": facts[fact].chapter, "interval": facts[fact].low is not None}
            for fact in facts
            if facts[fact].method and facts[fact].value is not None
        ],
        columns=["method", "chapter", "interval"],
    )
    counted = rows.groupby("method", sort=True).agg(
        facts=("chapter", "size"),
        intervals=("interval", "sum"),
        chapters=("chapter", lambda names: ", ".join(sorted(set(names)))),
    )
    return counted.reset_index().sort_values(["facts", "method"], ascending=[False, True], ignore_index=True)


def commands(home: Path | None = None) -> pd.DataFrame:
    """List the targets of the Makefile and what they say of themselves: ``command``, ``does``."""
    found = COMMAND.findall(((home or paths.home()) / "Makefile").read_text(encoding="utf-8"))
    return pd.DataFrame([(f"make {name}", does) for name, does in found], columns=["command", "does"])


def citation(home: Path | None = None) -> dict[str, Any]:
    """Read `CITATION.cff`."""
    return YAML(typ="safe").load(((home or paths.home()) / "CITATION.cff").read_text(encoding="utf-8"))


def bibtex(about: dict[str, Any]) -> str:
    """Write a citation as an entry for BibTeX.

    Examples
    --------
    >>> about = {"title": "T", "version": "1", "date-released": "2026-01-02", "authors": [{"name": "A"}]}
    >>> print(bibtex(about))
    @software{t,
      title   = {T},
      author  = {{A}},
      version = {1},
      year    = {2026}
    }
    """
    fields = {
        "title": about["title"],
        "author": "{" + " and ".join(author["name"] for author in about["authors"]) + "}",
        "version": about["version"],
        "year": str(about["date-released"])[:4],
    }
    lines = ",\n".join(f"  {name:<7} = {{{value}}}" for name, value in fields.items())
    return f"@software{{{about['title'].lower().replace(' ', '-')},\n{lines}\n}}"
