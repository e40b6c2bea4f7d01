"""A project folder of its own for each test, and a way to put a source into it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from patrons.source import Source, load

WriteSource = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHAPTER_PATH", "CHAPTER_FILES", "CHAPTER_INPUTS", "CHAPTER_NEEDS", "BOOK_FREEZE", "PATRONS_SOURCE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("PATRONS_HOME", str(folder))
    return folder


@pytest.fixture
def write_source(tmp_path: Path) -> WriteSource:
    """Write a source.yml and its files into a folder; return the path of the source."""

    def write(text: str, **files: str | bytes) -> Path:
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            target = folder / name.replace("__", ".")
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        path = folder / "source.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def source_of(write_source: WriteSource) -> Callable[..., Source]:
    return lambda text, **files: load(write_source(text, **files))
