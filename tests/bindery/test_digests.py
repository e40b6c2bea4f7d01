import hashlib
import os

from bindery import digests
from bindery.digests import Digests


def make(folder, size=digests.BIG, age=60):
    path = folder / "data.parquet"
    path.write_bytes(b"x" * size)
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))
    return path


def test_digest_of_a_file(tmp_path):
    path = make(tmp_path, size=3)
    assert Digests(tmp_path).of(path) == hashlib.sha256(b"xxx").hexdigest()


def test_no_file_no_digest(tmp_path):
    assert Digests(tmp_path).of(tmp_path / "none") is None
    assert Digests(tmp_path).of(tmp_path) is None


def remembered(tmp_path, path):
    """Whether a digest is taken from memory: what is remembered is falsified, and asked for."""
    first = Digests(tmp_path)
    truth = first.of(path)
    first.save()
    store = tmp_path / ".cache/bindery/digests.json"
    if store.exists():
        store.write_text(store.read_text().replace(truth, "from memory"))
    return Digests(tmp_path).of(path) == "from memory"


def test_big_file_is_remembered(tmp_path):
    assert remembered(tmp_path, make(tmp_path))


def test_small_file_is_read(tmp_path):
    assert not remembered(tmp_path, make(tmp_path, size=digests.BIG - 1))


def test_file_that_may_still_change_is_not_remembered(tmp_path):
    assert not remembered(tmp_path, make(tmp_path, age=0))


def test_other_time_or_size_is_read_again(tmp_path):
    path = make(tmp_path)
    assert remembered(tmp_path, path)
    os.utime(path, (1, 1))
    assert Digests(tmp_path).of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_broken_memory_is_forgotten(tmp_path):
    store = tmp_path / ".cache/bindery/digests.json"
    store.parent.mkdir(parents=True)
    store.write_text("{")
    assert Digests(tmp_path).of(make(tmp_path))
