"""The locks agree with each other and with what is installed."""

import re
from importlib import metadata
from pathlib import Path

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
