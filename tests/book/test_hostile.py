"""A book made by the real tools from a shop whose texts are written to do harm: nothing runs, nothing breaks."""

import csv
import re
from pathlib import Path

import hostile
import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)
#: What a text would have made if it had been taken for markup.
MADE = 'img[src="x"], [onerror], [onload], [href^="javascript:" i], main script:not([type])'
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def watched(page: Page) -> Page:
    """A page that counts a dialog as trouble."""

    def note(dialog: object) -> None:
        page.troubles.append(f"dialog: {dialog.message}")  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", note)
    return page


def unharmed(page: Page) -> None:
    """Fail if anything has run, was made of a text, or went wrong."""
    assert page.evaluate("() => window.pwned") is None
    assert page.locator(MADE).count() == 0
    assert page.troubles == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_and_nothing_breaks_on_any_page(hostile_book: Path, watched: Page, width: int) -> None:
    watched.set_viewport_size({"width": width, "height": 900})
    names = [file.relative_to(hostile_book) for file in sorted(hostile_book.rglob("*.html"))]
    assert len(names) > 15
    too_wide = {}
    for name in names:
        watched.goto((hostile_book / name).as_uri(), wait_until="load")
        unharmed(watched)
        assert watched.locator("h1").first.inner_text().strip()
        if (extra := watched.evaluate(WIDE)) > 1:
            too_wide[str(name)] = extra
    assert too_wide == {}


def test_texts_are_shown_as_they_are(hostile_book: Path, watched: Page) -> None:
    watched.goto((hostile_book / "index.html").as_uri())
    said = watched.locator("body").inner_text()
    assert f'<script>{hostile.RUN}</script> "><img src=x onerror={hostile.RUN}> $a$ *b* שלום 🛍️' in said
    watched.goto((hostile_book / "chapters/campaigns.html").as_uri())
    said = watched.locator("body").inner_text()
    for name in (*hostile.CHANNELS, *hostile.SEGMENTS):
        assert name in said
    watched.goto((hostile_book / "chapters/discount-test.html").as_uri())
    said = watched.locator("body").inner_text()
    for arm in hostile.ARMS:
        assert arm in said


def test_the_search_shows_texts_as_they_are(hostile_book: Path, watched: Page) -> None:
    watched.goto((hostile_book / "index.html").as_uri())
    box = watched.get_by_role("searchbox").or_(watched.get_by_role("combobox"))
    for words in ("script", "img src onerror", "<svg onload=alert(1)>"):
        box.fill(words)
        watched.wait_for_timeout(300)
        unharmed(watched)


def test_every_filter_of_the_dashboard_bears_its_names(hostile_book: Path, watched: Page) -> None:
    page = hostile_book / "dashboard.html"
    watched.goto(page.as_uri())
    names = 0
    for number in range(watched.locator("select").count()):
        chosen = watched.locator("select").nth(number)
        for option in range(chosen.locator("option").count()):
            chosen.select_option(index=option)
            names += 1
        unharmed(watched)
    assert names > 5
    assert watched.evaluate(WIDE) <= 1


def test_no_download_holds_a_formula(hostile_book: Path) -> None:
    files = sorted(hostile_book.rglob("*.csv"))
    assert len(files) > 50
    found, safe = [], 0
    for file in files:
        with file.open(newline="", encoding="utf-8") as handle:
            for row in csv.reader(handle):
                found += [f"{file.name}: {cell!r}" for cell in row if cell[:1] in tuple("=+-@\t\r") and cell.strip()
                          and not NUMBER.match(cell)]  # fmt: skip
                safe += sum(cell.startswith(("'=", "'+", "'-", "'@")) for cell in row)
    assert found == []
    assert safe > 10  # or there was nothing to make safe


def test_the_pdf_holds_the_same_texts(hostile_book: Path) -> None:
    (file,) = hostile_book.glob("*.pdf")
    pages = PdfReader(file).pages
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))
    assert len(pages) > 40
    assert f"<script>{hostile.RUN}</script>" in text
    assert "#panic(" in text
