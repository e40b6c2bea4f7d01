"""Computed once, computed again when anything it depends on changed."""

import pandas as pd
import pytest

from patrons import features_store
from patrons.features_store import stored


@pytest.fixture
def compute():
    def run():
        run.calls += 1
        return pd.DataFrame({"n": [run.calls], "at": pd.to_datetime(["2020-01-01"])})

    run.calls = 0
    return run


def test_computed_once(tmp_path, compute):
    first = stored(tmp_path, "x", "data", 1, compute)
    assert stored(tmp_path, "x", "data", 1, compute).equals(first)
    assert compute.calls == 1


@pytest.mark.parametrize(("origin", "parameters"), [("other data", 1), ("data", 2)])
def test_computed_again(tmp_path, compute, origin, parameters):
    stored(tmp_path, "x", "data", 1, compute)
    assert stored(tmp_path, "x", origin, parameters, compute)["n"].tolist() == [2]


def test_other_code(tmp_path, compute, monkeypatch):
    stored(tmp_path, "x", "data", 1, compute)
    monkeypatch.setattr(features_store, "_code", lambda: "other")
    assert stored(tmp_path, "x", "data", 1, compute)["n"].tolist() == [2]


@pytest.mark.parametrize("content", [b"", b"PAR1 no more"])
def test_a_damaged_file_is_computed_again(tmp_path, compute, content):
    stored(tmp_path, "x", "data", 1, compute)
    (tmp_path / "features" / "x.parquet").write_bytes(content)
    assert stored(tmp_path, "x", "data", 1, compute)["n"].tolist() == [2]


def test_a_failure_leaves_nothing(tmp_path):
    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        stored(tmp_path, "x", "data", 1, fail)
    assert [file.name for file in (tmp_path / "features").iterdir() if file.suffix] == []
