"""What the appendix says of versions, settings, files and citation."""

import json
import tomllib
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

import patrons
from patrons import methods
from patrons.facts import Facts


def test_versions_are_those_that_run(root: Path) -> None:
    python = methods.python_versions(root).set_index("package")
    assert python.loc["numpy", "running"] == np.__version__
    assert python.loc["scikit-learn", "running"] == metadata.version("scikit-learn")
    assert python.loc["ruamel.yaml", "locked"] == python.loc["ruamel.yaml", "running"]
    assert methods.differing(python.reset_index()) == []


def test_versions_of_r_are_asked_of_r(root: Path) -> None:
    in_r = methods.r_versions(root)
    assert in_r["package"].iloc[0] == "R"
    assert in_r["running"].notna().all()
    assert {"survival", "ggplot2", "cluster"} <= set(in_r["package"])


def test_a_version_that_differs_or_lacks_is_named() -> None:
    table = pd.DataFrame(
        {"package": ["Python", "same", "other", "lacks"], "running": ["3", "1", "2", None], "locked": [None, *"113"]}
    )
    assert methods.differing(table) == ["other", "lacks"]


def test_another_lock_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    for name in ("pyproject.toml", "requirements.txt", "tools/apt-packages.txt", "renv.lock"):
        (tmp_path / name).write_text((root / name).read_text(encoding="utf-8"), encoding="utf-8")
    lock = json.loads((tmp_path / "renv.lock").read_text(encoding="utf-8"))
    lock["Packages"]["survival"]["Version"] = "0.0-1"
    (tmp_path / "renv.lock").write_text(json.dumps(lock), encoding="utf-8")
    assert methods.differing(methods.r_versions(tmp_path)) == ["survival"]


def test_settings_list_what_is_in_force() -> None:
    shop = patrons.open()
    table = methods.settings(shop).set_index(["part", "setting"])["value"]
    assert table["analysis", "churn_after_days"] == str(shop.analysis.churn_after_days)
    assert table["lifetime", "calibration_end"] == "default"
    assert json.loads(table["cleaning", "missing"]) == {"age": "median", "education": "mode", "income": "leave"}


def test_files_have_the_fingerprints_of_their_bytes(root: Path) -> None:
    import hashlib

    table = methods.files(patrons.open())
    assert list(table["table"]) == ["transactions", "customers", "campaigns", "experiment", "engagement"]
    for row in table.itertuples():
        content = (root / "data" / "raw" / str(row.file)).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256


def test_numbers_are_counted_by_method() -> None:
    facts = Facts("GBP", "one")
    facts.add("one.a", 1, low=0, high=2, method="Wilson")
    facts.add("one.b", 1, method="Wilson")
    facts.add("one.c", 1, method="Welch")
    facts.add("one.d", 1)
    table = methods.behind(facts)
    assert table.to_dict("list") == {
        "method": ["Wilson", "Welch"], "facts": [2, 1], "intervals": [1, 0], "chapters": ["one", "one"]
    }  # fmt: skip


def test_no_method_is_no_row() -> None:
    assert methods.behind(Facts()).empty


def test_the_citation_says_what_the_project_says(root: Path) -> None:
    about = methods.citation(root)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    book = YAML(typ="safe").load((root / "_quarto.yml").read_text(encoding="utf-8"))["book"]
    assert about["cff-version"] == "1.2.0"
    assert (about["version"], about["license"], about["abstract"]) == (
        project["version"], project["license"], project["description"]
    )  # fmt: skip
    assert about["title"] == book["title"]
    assert about["authors"][0]["name"] in (root / "LICENSE").read_text(encoding="utf-8")
    assert {"message", "title", "type", "authors", "date-released"} <= about.keys()


def test_commands_are_those_of_the_makefile(root: Path) -> None:
    table = methods.commands(root)
    assert {"make book", "make test", "make preview", "make lint", "make bench", "make lock", "make clean"} <= set(
        table["command"]
    )
    assert table["does"].str.len().min() > 5
