import pytest

from bindery import typst_document as document
from bindery.project import Chapter

CONFIG = """\
project: {type: book}
book:
  title: 'A "quoted" book \\\\ #x'
  chapters:
    - index.qmd
    - part: One
      chapters: [chapters/one.qmd]
bibliography: [works.bib, gone.bib]
"""
BIB = "@comment{x, y}\n@article{smith2000, title={T}}\n @Book( jones:1999 , title={U})\n"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("a", '"a"'), ('say "a"', r'"say \"a\""'), ("a\\b", r'"a\\b"'), ("two\nlines", '"two lines"'), ("1 %", '"1 %"')],
)
def test_string(text, quoted):
    assert document.string(text) == quoted


def test_array_of_one_is_an_array():
    assert document.array(["a"]) == '("a", )'
    assert document.array([]) == "()"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-05", "5 January 2026"),
        ("2026-12-31T10:00:00", "31 December 2026"),
        ("Spring", "Spring"),
        ("today", None),
        ("", None),
    ],
)
def test_readable_date(text, shown):
    assert document.readable_date(text) == shown


def test_parts_keep_the_reading_order(book):
    first, second = document.parts(book(config=CONFIG))
    assert (first.title, [chapter.path for chapter in first.chapters]) == (None, ["index.qmd"])
    assert (second.title, [chapter.path for chapter in second.chapters]) == ("One", ["chapters/one.qmd"])


def test_keys_of_bibliographies(tmp_path):
    (tmp_path / "a.bib").write_text(BIB)
    (tmp_path / "b.yml").write_text("lee2001:\n  type: article\n  title: T\n")
    files = [tmp_path / "a.bib", tmp_path / "b.yml", tmp_path / "gone.bib"]
    assert document.citation_keys(files) == {"smith2000", "jones:1999", "lee2001"}


def test_main_quotes_the_title_and_includes_chapters_in_order(book):
    text = document.main(book(config=CONFIG), {"index.qmd": "", "chapters/one.qmd": ""})
    assert r'title: "A \"quoted\" book \\\\ #x"' in text
    assert text.index("bindery/index.typ") < text.index('#book.part(1, "One"') < text.index("bindery/chapters/one.typ")


@pytest.mark.parametrize(
    ("cited", "nocite", "expected"),
    [
        ("", "", False),
        ("As @smith2000 says", "", True),
        (r"me\@home.org", "", False),
        ("", "@*", True),
        ("", "@smith2000", True),
    ],
)
def test_bibliography_is_printed_when_something_is_cited(book, cited, nocite, expected):
    config = CONFIG + (f'nocite: "{nocite}"\n' if nocite else "")
    project = book(config=config, **{"works.bib": BIB})
    assert ("bibliography-page" in document.main(project, {"index.qmd": cited})) is expected


def test_settings_name_level_and_places(book):
    project = book(config=CONFIG)
    one = project.chapter("chapters/one.qmd")
    settings = document.settings(project, one, project.root / "_freeze/chapters/one", {"toc-depth": 3})
    assert (settings["level"], settings["depth"], settings["number"], settings["stem"]) == (2, 3, "1", "one")
    assert settings["folder"] == str(project.root / "chapters")
    index = document.settings(project, project.chapter("index.qmd"), project.root, {"number-sections": False})
    assert (index["level"], index["number"], index["sections"]) == (1, "", False)


def test_every_chapter_has_a_file_of_its_own(book):
    project = book(config=CONFIG)
    files = document.files(project, {"index.qmd": "= a", "chapters/one.qmd": "= b"})
    assert files["bindery/chapters/one.typ"] == b"= b"
    assert document.chapter_file(Chapter("chapters/one.qmd")) in files
    assert b"#let accent = rgb(" in files["bindery/palette.typ"]
