import json
from pathlib import Path

from bindery import freeze
from bindery.outputs import Page

CHAPTER = "chapters/one.qmd"


def save(freeze_dir: Path, markdown: str = "text\x1b é", files: tuple[str, ...] = ()) -> Path:
    staging = freeze.stage(freeze_dir, CHAPTER)
    for name in files:
        (staging / freeze.FILES / name).write_text(name)
    pages = {"html": Page(markdown, {"a.png": b"P"}), "typst": Page(markdown, {"a.svg": b"S"})}
    return freeze.save(staging, freeze_dir, CHAPTER, "0" * 32, pages, {"inputs.json": "{}\n"})


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    folder = save(tmp_path, files=("facts.json",))
    frozen = freeze.load(tmp_path, CHAPTER)
    assert frozen is not None
    assert frozen.folder == folder == tmp_path / "chapters" / "one"
    assert frozen.html == freeze.Result("0" * 32, "text\x1b é", ("one_files",))
    assert frozen.typ.supporting == ("one_files/figure-typst",)
    assert frozen.files == folder / "files"
    assert (folder / "figure-html" / "a.png").read_bytes() == b"P"
    assert (folder / "figure-typst" / "a.svg").read_bytes() == b"S"
    assert (folder / "inputs.json").read_text() == "{}\n"


def test_the_json_is_laid_out_as_quarto_does(tmp_path: Path) -> None:
    results = save(tmp_path) / "execute-results"
    assert (results / "html.json").read_text() == (
        '{\n  "hash": "00000000000000000000000000000000",\n  "result": {\n    "engine": "jupyter",\n'
        '    "markdown": "text\\u001b é",\n    "supporting": [\n      "one_files"\n    ],\n'
        '    "filters": [],\n    "includes": {}\n  }\n}'
    )
    assert "includes" not in json.loads((results / "typ.json").read_text())["result"]


def test_a_chapter_is_replaced_as_a_whole(tmp_path: Path) -> None:
    save(tmp_path, files=("old.csv",))
    folder = save(tmp_path, "new")
    assert sorted(path.name for path in folder.iterdir()) == [
        "execute-results",
        "figure-html",
        "figure-typst",
        "inputs.json",
    ]
    assert [path.name for path in (tmp_path / "chapters").iterdir()] == ["one"]


def test_half_a_freeze_is_none(tmp_path: Path) -> None:
    assert freeze.load(tmp_path, CHAPTER) is None
    folder = save(tmp_path)
    (folder / "execute-results" / "typ.json").write_text("{")
    assert freeze.load(tmp_path, CHAPTER) is None


def test_a_freeze_is_forgotten(tmp_path: Path) -> None:
    save(tmp_path)
    freeze.remove(tmp_path, CHAPTER)
    assert freeze.load(tmp_path, CHAPTER) is None
