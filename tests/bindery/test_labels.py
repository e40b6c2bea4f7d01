"""Labels of the site and the words that refer to them."""

import pytest

from bindery.labels import Label, index, relative, resolve, words

FIGURE = Label("fig-x", "fig", "chapters/a.html", "1.2", "It <rises>")
SECTION = Label("sec-x", "sec", "chapters/a.html", "1.1", "Data & more")
PLAIN = Label("sec-p", "sec", "index.html", None, "Preface")
PANEL = Label("fig-x-2", "fig", "chapters/a.html", "1.2", letter="b")
KNOWN = {label.id: label for label in (FIGURE, SECTION, PLAIN, PANEL)}


@pytest.mark.parametrize(
    ("label", "form", "numbered", "expected"),
    [
        (FIGURE, "full", True, "Figure 1.2"),
        (FIGURE, "full", False, "Figure 1.2"),
        (FIGURE, "number", True, "1.2"),
        (PANEL, "full", True, "Figure 1.2 (b)"),
        (PANEL, "number", True, "1.2 (b)"),
        (SECTION, "full", True, "Section 1.1"),
        (SECTION, "full", False, "Data & more"),
        (PLAIN, "full", True, "Preface"),
        (Label("sec-c", "chapter", "c.html", "3"), "full", True, "Chapter 3"),
        (Label("eq-m", "eq", "c.html", "3.1"), "full", True, "Equation 3.1"),
    ],
)
def test_words(label: Label, form: str, numbered: bool, expected: str) -> None:
    assert words(label, form, numbered).replace("\u00a0", " ") == expected


def token(label: str, form: str = "full") -> str:
    return f'<a href="#xref:{label}">\ue000{form}:{label}\ue001</a>'


def test_links_lead_to_the_page_that_has_the_label() -> None:
    same = resolve(token("fig-x"), KNOWN, "chapters/a.html", True)
    assert same.html == '<a href="#fig-x">Figure\u00a01.2</a>'
    other = resolve(token("fig-x"), KNOWN, "index.html", False)
    assert 'href="chapters/a.html#fig-x"' in other.html
    assert other.missing == ()


def test_titles_are_escaped() -> None:
    assert ">Data &amp; more</a>" in resolve(token("sec-x"), KNOWN, "index.html", False).html


def test_missing_labels_are_told_once() -> None:
    resolved = resolve(token("fig-no") + token("fig-no"), KNOWN, "index.html", True)
    assert resolved.missing == ("fig-no",)
    assert resolved.html.count('<a class="unresolved">?@fig-no</a>') == 2


def test_relative() -> None:
    assert relative("chapters/b.html", "chapters/a.html") == "b.html"
    assert relative("a.html", "index.html") == "a.html"


def test_labels_that_two_pages_share_are_named() -> None:
    one, two = Label("fig-x", "fig", "a.html", "1.1"), Label("fig-x", "fig", "b.html", "2.1")
    words, other = Label("data", "sec", "a.html", "1.1"), Label("data", "sec", "b.html", "2.1")
    known, warnings = index([one, two, words, other])
    assert known["fig-x"] is one
    assert warnings == ["label `fig-x` stands in a.html and in b.html"]
    twice = [Label("sec-x", "sec", page, "1.1") for page in ("a.html", "b.html")]
    assert index(twice)[1] == ["label `sec-x` stands in a.html and in b.html"]
