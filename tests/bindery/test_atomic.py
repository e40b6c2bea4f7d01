import os
from pathlib import Path

import pytest

from bindery import atomic


def test_a_file_is_written_whole_and_nothing_is_left_beside(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b.txt"
    atomic.write_text(file, "one\n")
    atomic.write_text(file, "two é\n")
    assert file.read_bytes() == "two é\n".encode()
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_cannot_be_moved_into_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(OSError, match="directory"):
        atomic.write_text(tmp_path / "b.txt", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    target = tmp_path / "deep" / "folder"
    for text in ("one", "two"):
        new = atomic.beside(target)
        (new / text).write_text(text)
        atomic.swap_directory(new, target)
        assert [path.name for path in target.iterdir()] == [text]
        assert [path.name for path in target.parent.iterdir()] == ["folder"]


def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    if not atomic._exchange(one, other):
        pytest.skip("this system cannot exchange folders")
    assert (one / "other").exists()
    assert (other / "one").exists()


def test_what_killed_programs_left_is_tidied_up(tmp_path: Path) -> None:
    gone = _number_of_a_process_that_has_ended()
    unfinished = tmp_path / "chapters" / f".a.new-{gone}"
    moved_away = tmp_path / "chapters" / f".b.old-{gone}"
    superseded = tmp_path / "chapters" / f".c.old-{gone}"
    busy = tmp_path / "chapters" / f".d.new-{os.getppid()}"
    for folder in (unfinished, moved_away, superseded, busy, tmp_path / "chapters" / "c"):
        folder.mkdir(parents=True)
    (moved_away / "kept").touch()
    atomic.recover(tmp_path)
    assert sorted(path.name for path in (tmp_path / "chapters").iterdir()) == [busy.name, "b", "c"]
    assert (tmp_path / "chapters" / "b" / "kept").exists()


def _number_of_a_process_that_has_ended() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_a_folder_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    atomic.remove_directory(tmp_path / "a")
    atomic.remove_directory(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
