"""DuckDB is kept within bounds and cleans up after itself; an engine that cannot be used is refused in words."""

import gc
import os
import subprocess
import sys
from importlib import metadata

import pytest

from patrons import engine
from patrons.cli import main
from patrons.errors import PatronsError

SOURCE = """
name: Own
tables:
  transactions:
    file: orders.csv
    columns: {customer_id: who, ordered_at: at, amount: paid}
engine: %s
"""


def setting(con, name):
    return con.raw_sql(f"SELECT current_setting('{name}')").fetchone()[0]


def test_duckdb_is_bounded(home):
    con = engine.connect("duckdb://")
    assert setting(con, "memory_limit") == "1.8 GiB"  # 2 GB
    folder = home / ".cache" / "spill"
    assert setting(con, "temp_directory").startswith(str(folder))
    assert len(list(folder.iterdir())) == 1
    con.disconnect()
    del con
    gc.collect()
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_is_removed(home):
    folder = home / ".cache" / "spill"
    (folder / "4194399-dead").mkdir(parents=True)  # beyond the largest id that Linux gives
    (folder / f"{os.getpid()}-mine").mkdir()
    engine.spill_folder(engine.connect("duckdb://"))
    assert not (folder / "4194399-dead").exists()
    assert (folder / f"{os.getpid()}-mine").exists()


def test_the_url_may_say_otherwise(home, tmp_path):
    con = engine.connect(f"duckdb://?memory_limit=1GB&temp_directory={tmp_path / 'spill'}")
    assert setting(con, "memory_limit") == "953.6 MiB"
    assert setting(con, "temp_directory") == str(tmp_path / "spill")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense://", r"engine: nonsense:// is no engine; the engines are athena, .*trino"),
        ("spark://", r"did you mean 'pyspark'\?"),
        ("postgresql://me:secret@host/db", r"psycopg.*pip install 'ibis-framework\[postgres\]=="),
        ("duckdb:///nowhere/at/all.db", "duckdb:// cannot be opened"),
    ],
)
def test_an_engine_that_cannot_be_used_is_refused_in_words(home, url, words):
    with pytest.raises(PatronsError, match=words) as refused:
        engine.connect(url)
    assert "secret" not in str(refused.value)


def test_an_engine_that_reads_no_parquet_is_refused(home, monkeypatch):
    monkeypatch.setattr(engine, "missing_packages", lambda name: [])
    with pytest.raises(PatronsError, match=r"sqlite:// reads no Parquet files.*leave `engine:` out"):
        engine.connect("sqlite://")


def test_what_is_missing_or_of_another_version_is_named(monkeypatch):
    def version(name):
        if name == "pyspark":
            return "4.3.0"
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    found = engine.missing_packages("pyspark")
    assert "pyspark<4.1,>=3.5 (4.3.0 is installed)" in found
    assert any(name.startswith("pyarrow-hotfix") for name in found)
    assert not any(name.startswith("psycopg") for name in found)


def test_what_duckdb_needs_is_here():
    assert engine.missing_packages("duckdb") == []


@pytest.mark.parametrize("url", ["duckdb://", "duckdb://?threads=1"])
def test_duckdb_is_found_good_without_looking(monkeypatch, url):
    monkeypatch.setattr(engine, "missing_packages", lambda name: pytest.fail("looked"))
    engine.require(url)


def test_a_build_refuses_an_engine_before_chapters_do(home, write_source, capsys):
    source = write_source(SOURCE % "postgres://", orders__csv="who,at,paid\na,2020-01-01,1\n")
    assert main(["build", "--source", str(source)]) == 1
    assert "engine: postgres:// needs Python packages" in capsys.readouterr().err
    assert not (home / "data" / "built").exists()


def test_looking_for_an_engine_imports_none(root):
    code = (
        "import sys; from patrons import engine; engine.missing_packages('pyspark'); assert 'ibis' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(root / "python")}, check=True)
