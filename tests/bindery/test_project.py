from pathlib import Path

import pytest

from bindery import options, project
from bindery.errors import ProjectError
from bindery.project import Chapter

BOOK = """\
project:
  type: book
  execute-dir: project
  output-dir: out
book:
  title: "A book"
  subtitle: Of many parts
  author: [Ann, {name: Bob}]
  chapters:
    - index.qmd
    - part: "First"
      chapters:
        - one.qmd
        - two.qmd
    - three.qmd
    - references.qmd
  appendices:
    - four.qmd
lang: en-GB
bibliography: refs.bib
format:
  html:
    toc: true
    colour-of-sky: blue
  typst:
    toc: false
  docx: default
jupyter: python3
murmuration: 3
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "_quarto.yml").write_text(BOOK)
    for name in ("one", "three", "four"):
        (tmp_path / f"{name}.qmd").write_text(f"---\ntitle: {name}\n---\n")
    (tmp_path / "index.qmd").write_text("# Preface {.unnumbered}\n")
    (tmp_path / "two.qmd").write_text("```\n# not a heading {.unnumbered}\n```\n\n# Two\n")
    (tmp_path / "references.qmd").write_text("# References {-}\n")
    return tmp_path


def test_chapters_are_in_order_with_parts_and_numbers(root: Path) -> None:
    assert project.load(root).chapters == (
        Chapter("index.qmd"),
        Chapter("one.qmd", "First", 1),
        Chapter("two.qmd", "First", 2),
        Chapter("three.qmd", None, 3),
        Chapter("references.qmd"),
        Chapter("four.qmd", "Appendices", "A"),
    )


def test_book_is_described(root: Path) -> None:
    book = project.load(root)
    assert (book.title, book.subtitle, book.author, book.lang) == ("A book", "Of many parts", ("Ann", "Bob"), "en-GB")
    assert book.output_dir == root / "out"
    assert book.bibliography == (root / "refs.bib",)
    assert book.execute_dir == "project"


def test_formats_hold_what_they_share_and_their_own(root: Path) -> None:
    book = project.load(root)
    assert book.html["toc"] is True
    assert book.typst["toc"] is False
    assert book.html["lang"] == book.typst["lang"] == "en-GB"


def test_a_format_is_stronger_than_the_project_wherever_an_option_stands(root: Path) -> None:
    text = BOOK.replace("toc: false", "echo: false").replace("lang: en-GB", "execute: {echo: true, warning: false}")
    (root / "_quarto.yml").write_text(text)
    book = project.load(root)
    typst = options.resolve("typst", book.typst, {})
    assert (typst.echo, typst.warning) == (False, False)
    assert options.resolve("html", book.html, {}).echo is True


def test_unknown_keys_are_named_with_their_line(root: Path) -> None:
    assert project.load(root).warnings == (
        "_quarto.yml:29: `murmuration` is not known to the bindery",
        "_quarto.yml:24: `format: html: colour-of-sky` is not known to the bindery",
        "_quarto.yml: format `docx` is not made by the bindery, only html and typst",
    )


def test_a_metadata_file_is_not_passed_over_in_silence(root: Path) -> None:
    (root / "_metadata.yml").write_text("echo: false\n")
    assert any("_metadata.yml is not read" in warning for warning in project.load(root).warnings)


def test_overrides_are_merged_over_the_file(root: Path) -> None:
    book = project.load(root, {"project": {"output-dir": "elsewhere"}, "book": {"title": "Other"}})
    assert (book.output_dir, book.title, book.subtitle) == (root / "elsewhere", "Other", "Of many parts")


def test_variables_and_environment_are_read(root: Path) -> None:
    (root / "_variables.yml").write_text("version: 1.2\n")
    (root / "_environment").write_text("TZ=UTC\n")
    book = project.load(root)
    assert book.variables == {"version": 1.2}
    assert book.environment == {"TZ": "UTC"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: book", "type: website", "makes books"),
        ("- three.qmd", "- five.qmd", "five.qmd does not exist"),
        ("- three.qmd", "- one.qmd", "one.qmd is listed twice"),
        ("- three.qmd", "- three.ipynb", "is not a .qmd chapter"),
        ('title: "A book"', 'title: "A book', r"_quarto.yml:\d+: this is not valid YAML"),
        ("lang: en-GB", "lang: en-GB\nlang: fr", r"_quarto.yml:\d+: this is not valid YAML"),
    ],
)
def test_what_is_wrong_is_said(root: Path, old: str, new: str, message: str) -> None:
    assert old in BOOK
    (root / "_quarto.yml").write_text(BOOK.replace(old, new))
    with pytest.raises(ProjectError, match=message):
        project.load(root)


def test_a_folder_without_a_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"there is no _quarto.yml"):
        project.load(tmp_path)


def test_a_chapter_is_found_by_its_path(root: Path) -> None:
    book = project.load(root)
    assert book.chapter("two.qmd").number == 2
    assert book.chapter("two.qmd").stem == "two"
    with pytest.raises(ProjectError, match=r"nine.qmd is not a chapter"):
        book.chapter("nine.qmd")
