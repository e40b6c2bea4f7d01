"""The pages as files: whole, linked, described."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest
from lxml import html

RAW_MARKUP = re.compile(
    r"\{\{<|^:::|\?@|(?<![\w.])@(?:fig|tbl|sec|eq)-|`\{python\}|\{#(?:fig|tbl|sec|eq)-", re.MULTILINE
)
FACT_KEYS = {"value", "low", "high", "unit", "n", "method", "chapter"}


def words(page: Path) -> str:
    """The text a reader sees, without code."""
    tree = html.parse(page, html.HTMLParser(encoding="utf-8")).getroot()
    for hidden in tree.xpath("//script | //style | //pre | //code"):
        hidden.drop_tree()
    return tree.text_content()


def test_no_markup_is_left_raw(pages: list[Path]) -> None:
    found = {page.name: RAW_MARKUP.findall(words(page)) for page in pages}
    assert not any(found.values()), found


def test_numbers_are_not_printed_as_objects(pages: list[Path]) -> None:
    for page in pages:
        assert not re.search(r"np\.float64|\bnan\b|NaN|<IPython|\bNone\b(?! (?:of|is|lies)\b)|NaT", words(page)), page


def test_local_links_lead_somewhere(pages: list[Path]) -> None:
    broken = []
    ids = {page: set(html.parse(page, html.HTMLParser(encoding="utf-8")).xpath("//@id")) for page in pages}
    for page in pages:
        tree = html.parse(page, html.HTMLParser(encoding="utf-8"))
        for link in tree.xpath("//@href | //@src"):
            if urlparse(link).scheme or link.startswith("//"):
                continue
            path, fragment = urldefrag(link)
            target = (page.parent / unquote(path)).resolve() if path else page
            if not target.exists() or (fragment and target in ids and unquote(fragment) not in ids[target]):
                broken.append(f"{page.name}: {link}")
    assert not broken


def test_pages_ask_nothing_of_the_network(book: Path, pages: list[Path]) -> None:
    for page in pages:
        tree = html.parse(page, html.HTMLParser(encoding="utf-8"))
        loaded = tree.xpath("//script/@src | //link[@rel!='canonical']/@href | //img/@src | //iframe/@src")
        assert not [url for url in loaded if urlparse(url).scheme in ("http", "https")], page
    for sheet in book.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?https?:|@import", sheet.read_text(encoding="utf-8")), sheet


def test_every_figure_is_described(pages: list[Path]) -> None:
    for page in pages:
        tree = html.parse(page, html.HTMLParser(encoding="utf-8"))
        assert all((image.get("alt") or "").strip() for image in tree.xpath("//main//img")), page


def test_each_page_has_one_title_and_a_language(pages: list[Path]) -> None:
    for page in pages:
        tree = html.parse(page, html.HTMLParser(encoding="utf-8"))
        assert len(tree.xpath("//h1")) == 1, page
        assert tree.getroot().get("lang"), page


def test_no_id_is_given_twice(pages: list[Path]) -> None:
    for page in pages:
        ids = html.parse(page, html.HTMLParser(encoding="utf-8")).xpath("//@id")
        assert len(ids) == len(set(ids)), (page.name, [name for name in ids if ids.count(name) > 1])


def test_facts_have_the_promised_shape(book: Path) -> None:
    facts = json.loads((book / "facts.json").read_text(encoding="utf-8"))
    for name, fact in facts.items():
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_-]+)+", name), name
        assert set(fact) == FACT_KEYS, name
        if fact["low"] is not None:
            assert fact["low"] <= fact["value"] <= fact["high"], name


@pytest.mark.parametrize("fact", ["data.rows_read", "data.customers", "rfm.recency.mean", "experiment.srm.p"])
def test_first_facts_are_there(book: Path, fact: str) -> None:
    facts = json.loads((book / "facts.json").read_text(encoding="utf-8"))
    assert facts[fact]["value"] is not None


def test_rows_read_are_rows_kept_and_set_aside(book: Path) -> None:
    facts = json.loads((book / "facts.json").read_text(encoding="utf-8"))
    read, kept, aside = (facts[f"data.rows_{what}"]["value"] for what in ("read", "kept", "set_aside"))
    assert read == kept + aside
    reasons = [fact["value"] for name, fact in facts.items() if name.startswith("data.set_aside.")]
    assert sum(reasons) == aside
