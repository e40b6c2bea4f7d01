"""DuckDB is kept within bounds and cleans up after itself."""

import gc
import os

from patrons import engine


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
