"""The PDF as a reader's program sees it."""

import re
from pathlib import Path

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pdf(book: Path) -> PdfReader:
    found = list(book.glob("*.pdf"))
    assert len(found) == 1, found
    return PdfReader(found[0])


def test_it_says_what_it_is(pdf: PdfReader) -> None:
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Patrons"
    assert str(pdf.trailer["/Root"]["/Lang"]).startswith("en")


def test_chapters_are_in_the_outline(root: Path, pdf: PdfReader) -> None:
    outline = " ".join(entry.title for entry in _flat(pdf.outline))
    titles = [
        re.search(r'^title: "?(.+?)"?$', file.read_text(encoding="utf-8"), re.MULTILINE)
        for file in root.glob("chapters/*.qmd")
    ]
    assert len(titles) >= 3
    assert all(title and title[1] in outline for title in titles)


def test_no_markup_and_no_code_is_left(pdf: PdfReader) -> None:
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert not re.search(r"\{\{<|:::|\?@|@(?:fig|tbl|sec|eq)-|<IPython|np\.float64|%%R|shop\.facts", text)


def test_figures_and_tables_are_numbered_by_chapter(pdf: PdfReader) -> None:
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert re.search(r"Figure\s1\.1", text)
    assert re.search(r"Table\s2\.1", text)


def _flat(outline: list) -> list:
    entries = []
    for entry in outline:
        entries.extend(_flat(entry) if isinstance(entry, list) else [entry])
    return entries
