"""The locks agree with each other and with what is installed."""

import json
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    return dict(PINNED.findall(lock.read_text(encoding="utf-8")))


def test_what_spark_shares_with_the_rest_is_one_version(root: Path) -> None:
    spark, rest = pins(root / "requirements-spark.txt"), pins(root / "requirements.txt")
    assert {name: version for name, version in spark.items() if rest.get(name, version) != version} == {}
    assert spark.keys() - rest.keys() == {"py4j", "pyspark"}


def test_every_package_is_checked_against_a_hash(root: Path) -> None:
    for name in ("requirements.txt", "requirements-spark.txt"):
        text = (root / name).read_text(encoding="utf-8")
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert len(blocks) == len(PINNED.findall(text))
        assert all("--hash=sha256:" in block for block in blocks)


def test_what_runs_is_what_is_locked(root: Path) -> None:
    locked = pins(root / "requirements.txt") | pins(root / "requirements-spark.txt")
    found = {}
    for name, version in locked.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:  # of another platform, or Spark where nobody wants it
            continue
        if installed != version:
            found[name] = (version, installed)
    assert found == {}


def test_nothing_runs_that_is_not_locked(root: Path) -> None:
    locked = pins(root / "requirements.txt") | pins(root / "requirements-spark.txt")
    installed = {canonicalize_name(package.name) for package in metadata.distributions() if package.name}
    assert installed - {canonicalize_name(name) for name in locked} - {"pip", "setuptools", "wheel"} == set()


def test_what_the_project_asks_for_is_locked_within_what_it_allows(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])]
    locked: dict[str, list[str]] = {}
    for name, version in PINNED.findall((root / "requirements.txt").read_text(encoding="utf-8")):
        locked.setdefault(canonicalize_name(name), []).append(version)
    for wanted in asked:
        assert any(wanted.specifier.contains(version) for version in locked[canonicalize_name(wanted.name)]), wanted


def test_every_package_has_what_it_asks_for(root: Path) -> None:
    missing = []
    for package in metadata.distributions():
        for text in package.requires or []:
            wanted = Requirement(text)
            if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
                continue
            try:
                version = metadata.version(wanted.name)
            except metadata.PackageNotFoundError:
                version = None
            if version is None or not wanted.specifier.contains(version, prereleases=True):
                missing.append(f"{package.name} asks for {text} and finds {version}")
    assert missing == []


def test_the_r_that_runs_is_the_r_that_is_locked(root: Path) -> None:
    lock = json.loads((root / "renv.lock").read_text(encoding="utf-8"))
    code = (
        "names <- commandArgs(TRUE); "
        "cat(paste(R.version$major, R.version$minor, sep = '.'), '\\n', sep = ''); "
        "for (name in names) cat(name, ' ', utils::packageDescription(name)$Version, '\\n', sep = '')"
    )
    said = subprocess.run(
        ["Rscript", "-e", code, *lock["Packages"]], check=True, capture_output=True, text=True
    ).stdout.split("\n")
    running = dict(line.split() for line in said[1:] if line)
    locked = {name: package["Version"] for name, package in lock["Packages"].items()}
    assert said[0] == lock["R"]["Version"]
    assert running == locked, "run make lock where R's packages were updated on purpose"


@pytest.mark.slow
def test_the_lock_of_r_is_what_make_lock_writes(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "tools", tmp_path / "tools")
    subprocess.run(["Rscript", "tools/lock.R"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "renv.lock").read_bytes() == (root / "renv.lock").read_bytes()
