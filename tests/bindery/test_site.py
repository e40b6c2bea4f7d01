"""What surrounds a chapter on its page."""

import re
from pathlib import Path

from html_book import bind
from lxml import html as lxml_html

from bindery.site import format_date


def test_sidebar_contents_and_neighbours(tmp_path: Path) -> None:
    book = bind(
        tmp_path,
        {
            "chapters/a.qmd": "---\ntitle: First & best\nsubtitle: Is it?\n---\n\n## One\n\n### Deep\n\n#### Deeper\n",
            "chapters/b.qmd": "# Second\n",
        },
    )
    tree = lxml_html.fromstring(book.page("chapters/a.html"))
    links = [(a.get("href"), a.get("aria-current"), a.text_content()) for a in tree.xpath("//*[@class='chapters']//a")]
    assert links == [
        ("../index.html", None, "Preface"),
        ("a.html", "page", "1First & best"),
        ("b.html", None, "2Second"),
    ]
    assert [p.text for p in tree.xpath("//*[@class='part']")] == ["Part one"]
    assert [a.get("href") for a in tree.xpath("//*[@class='contents']//a")] == ["#one", "#deep"]
    assert [a.get("href") for a in tree.xpath("//*[@class='turn']//a")] == ["../index.html", "b.html"]
    assert tree.xpath("//h1")[0].text_content() == "1 First & best"
    assert tree.xpath("//*[@class='question']")[0].text_content() == "Is it?"
    assert tree.get("lang") == "en"
    assert tree.xpath("//meta[@name='description']/@content")[0] == "Is it?"
    assert tree.xpath("//title")[0].text == "First & best · A book"
    assert '<details class="contents-inline">' in book.page("chapters/a.html")


def test_the_first_page_carries_the_book(tmp_path: Path) -> None:
    tree = lxml_html.fromstring(bind(tmp_path, {}, book="  date: 2026-01-01\n").page("index.html"))
    assert tree.xpath("//*[@class='book-title']")[0].text == "A book"
    assert tree.xpath("//*[@class='byline']")[0].text == "Somebody · January 1, 2026"
    assert not tree.xpath("//*[@class='chapter-number']")


def test_a_page_without_contents(tmp_path: Path) -> None:
    book = bind(tmp_path, {"chapters/a.qmd": "---\ntitle: A\ntoc: false\n---\n\n## One\n"})
    assert 'class="contents"' not in book.page("chapters/a.html")


def test_ids_are_unique_and_labelled_elements_exist(tmp_path: Path) -> None:
    book = bind(
        tmp_path, {"chapters/a.qmd": "# A {#sec-a}\n\n## Content\n\n## Search\n\n## Content\n\n[x]{#sidebar}\n"}
    )
    text = book.page("chapters/a.html")
    tree = lxml_html.fromstring(text)
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert sorted(ids) == sorted(set(ids))
    for name in ("aria-controls", "aria-labelledby"):
        for element in tree.xpath(f"//*[@{name}]"):
            assert element.get(name) in ids


def test_dates() -> None:
    assert format_date("2026-01-09", "en-GB") == "January 9, 2026"
    assert format_date("2026-01-09", "de") == "2026-01-09"
    assert format_date("spring", "en") == "spring"
