"""The PDF of a small book: what a reader, a search and a screen reader find in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from bindery import pdf, project
from bindery.project import Project

CONFIG = """\
project: {type: book}
book:
  title: "Small: a *book*"
  subtitle: Of few words
  author: [Ann, Bob]
  date: 2026-01-05
  chapters:
    - index.qmd
    - part: First part
      chapters: [chapters/one.qmd]
    - part: Second part
      chapters: [chapters/two.qmd]
lang: en-GB
bibliography: references.bib
format: {html: {}, typst: {toc: true}}
"""

INDEX = """\
# Preface {.unnumbered}

See @sec-two, @sec-limits, @fig-line, [-@fig-line], @fig-panels-2, @tbl-small, @eq-mean and [Fig. @fig-line].
As @fader2005 show, it counts [@fader2005].
"""

ONE = """\
---
title: One
subtitle: What is one?
---

::: {.answer}
[+15.2 %]{.answer-number} [with its interval]{.answer-label}

Yes, it is.
:::

```{python}
1
```
"""

FROZEN = """\
---
title: One
subtitle: What is one?
---

::: {.answer}
[+15.2 %]{.answer-number} [with its interval]{.answer-label}

Yes, it is.
:::

## Pictures

::: {.cell execution_count=1}

::: {.cell-output .cell-output-display}
![A *line* rises.](one_files/figure-typst/fig-line-output-1.svg){#fig-line fig-alt='A rising line.'}
:::
:::

::: {#fig-panels .cell layout-ncol='2' execution_count=2}

::: {.cell-output .cell-output-display}
![Left](one_files/figure-typst/fig-line-output-1.svg){#fig-panels-1}
:::

::: {.cell-output .cell-output-display}
![Right](one_files/figure-typst/fig-line-output-1.svg){#fig-panels-2}
:::

Two panels.
:::

## Limits {#sec-limits}

::: {.callout-warning}
Beware of {{< meta book.subtitle >}}.
:::

::: {.column-margin}
**Interval** A note in the margin.
:::

A footnote.[^1] A [link](two.qmd) and a [section](#pictures).

[^1]: At the foot.
"""

TWO = """\
# Two {#sec-two}

$$ \\bar x = \\frac{1}{n} \\sum x_i $$ {#eq-mean}

| a | b |
|--:|:--|
| 1 | x |

: A small table. {#tbl-small}

::: {.panel-tabset}
## Python
Snake.

## R
Letter.
:::

### Too deep

#### Deeper
"""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="100pt" viewBox="0 0 200 100">'
    '<path d="M0 100 L200 0" stroke="black"/>'
    '<text x="20" y="20" style="font: 12px \'Inter\'">in the picture</text></svg>'
)

BIB = "@article{fader2005, title={Counting}, author={Fader, Peter}, journal={Marketing Science}, year={2005}}\n"


def make(root: Path, **files: str) -> Project:
    texts = {
        "_quarto.yml": CONFIG,
        "index.qmd": INDEX,
        "chapters/one.qmd": ONE,
        "chapters/two.qmd": TWO,
        "references.bib": BIB,
        "_freeze/chapters/one/figure-typst/fig-line-output-1.svg": SVG,
        "_freeze/chapters/one/execute-results/typ.json": json.dumps({"hash": "", "result": {"markdown": FROZEN}}),
        **files,
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project.load(root)


def bind(root: Path, **files: str) -> tuple[PdfReader, list[str]]:
    book = make(root, **files)
    warnings = pdf.bind(book, root / "_freeze", root)
    return PdfReader(root / pdf.file_name(book)), warnings


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> tuple[PdfReader, list[str]]:
    return bind(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def pages(bound) -> list[str]:
    return [page.extract_text() for page in bound[0].pages]


@pytest.fixture(scope="module")
def text(pages) -> str:
    return re.sub(r"\s+", " ", " ".join(pages))


def elements(reader: PdfReader) -> Iterator[DictionaryObject]:
    """All elements of the structure tree."""
    todo = [reader.trailer["/Root"]["/StructTreeRoot"]["/K"]]
    while todo:
        item = todo.pop().get_object()
        if isinstance(item, ArrayObject):
            todo += item
        elif isinstance(item, DictionaryObject):
            if "/S" in item:
                yield item
            if "/K" in item:
                todo.append(item["/K"])


def titles(outline: list) -> list:
    return [titles(item) if isinstance(item, list) else item.title for item in outline]


def test_nothing_to_warn_of(bound):
    assert bound[1] == []


def test_title_author_language_and_tags(bound):
    reader = bound[0]
    root = reader.trailer["/Root"]
    assert reader.metadata.title == "Small: a *book*"
    assert reader.metadata.author == "Ann, Bob"
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()


def test_cover_has_title_subtitle_authors_and_date(pages):
    for words in ("Small: a *book*", "Of few words", "Ann, Bob", "5 January 2026"):
        assert words in pages[0]


def test_bookmarks_follow_parts_chapters_and_sections(bound):
    assert titles(bound[0].outline) == [
        "Preface",
        "First part",
        ["1 One", ["1.1 Pictures", "1.2 Limits"]],
        "Second part",
        ["2 Two", ["2.1 Too deep", ["2.1.1 Deeper"]]],
        "Bibliography",
    ]


def test_contents_list_the_same_with_pages(pages):
    contents = re.sub(r"\s+", " ", pages[1])
    assert "Preface 3 First part 1 One 5 1.1 Pictures 5 1.2 Limits" in contents
    assert re.search(r"Second part 2 Two \d 2\.1 Too deep \d Bibliography \d", contents)


def test_references_have_quartos_words_and_numbers(text):
    words = "See Chapter 2, Section 1.2, Figure 1.1, 1.1, Figure 1.2b, Table 2.1, Equation (2.1) and Fig. 1.1."
    assert words in text
    assert "P. Fader [1] show, it counts [1]" in text
    assert "[1] P. Fader, ‘Counting’, Marketing Science, 2005." in text


def test_captions_are_numbered_by_chapter(text):
    for words in (
        "Figure 1.1. A line rises.",
        "(a) Left",
        "(b) Right",
        "Figure 1.2. Two panels.",
        "Table 2.1. A small table.",
    ):
        assert words in text


def test_pieces_of_a_chapter(text):
    for words in (
        "What is one? +15.2 % with its interval Yes, it is.",
        "Warning Beware of Of few words.",
        "Interval A note in the margin.",
        "At the foot.",
        "Python Snake. R Letter.",
        "in the picture",
    ):
        assert words in text


def test_no_markup_is_left(text):
    assert not re.search(r":::|\{#|\\frac|#book|#label|\{\{<|```", text)


def test_pictures_and_formulas_have_words_for_those_who_do_not_see_them(bound):
    said = {(element["/S"], element["/Alt"]) for element in elements(bound[0]) if "/Alt" in element}
    assert said == {
        ("/Figure", "A rising line."),
        ("/Figure", "Left"),
        ("/Figure", "Right"),
        ("/Formula", r"\bar x = \frac{1}{n} \sum x_i"),
    }


def test_fonts_are_the_books_own(bound):
    fonts = set()
    for page in bound[0].pages:
        for font in page["/Resources"].get("/Font", {}).values():
            fonts.add(font.get_object()["/BaseFont"].split("+")[-1])
    families = {name.lstrip("/").split("-")[0] for name in fonts}
    assert families <= {"SourceSerif4", "Inter", "NewCMMath", "DejaVuSansMono"}
    assert {"SourceSerif4", "Inter"} <= families


def test_same_bytes_twice_and_elsewhere(tmp_path):
    made = []
    for name in ("here", "there"):
        book = make(tmp_path / name)
        pdf.bind(book, tmp_path / name / "_freeze", tmp_path / name)
        made.append((tmp_path / name / pdf.file_name(book)).read_bytes())
    assert made[0] == made[1]


def test_what_leads_nowhere_is_named_and_stays_visible(tmp_path):
    index = "# P {.unnumbered}\n\n@fig-gone, @nobody, [there](gone.qmd). ![Alt.](gone.png)\n\n<div>x</div>\n"
    reader, warnings = bind(tmp_path, **{"index.qmd": index})
    text = reader.pages[2].extract_text()
    assert "?@fig-gone" in text
    assert "?nobody" in text
    assert set(warnings) == {
        "index.qmd: HTML that is no table is left out of the PDF: <div>",
        "index.qmd: HTML that is no table is left out of the PDF: </div>",
        "index.qmd: picture not found: gone.png",
        "index.qmd: citation of a work that no bibliography holds: @nobody",
        "index.qmd: no label `fig-gone` in the book",
        "index.qmd: link to `gone.qmd` leads nowhere in the PDF",
    }


@pytest.mark.parametrize(
    "evil", ['#panic("x")', "@here", "$x", "*b*", "_i_", "<l>", "// c", "= h", "]", '"q', "`c", "~", "\\"]
)
def test_words_that_mean_something_to_typst_stay_words(tmp_path, evil):
    in_html = evil.replace("<", "&lt;")
    in_markdown = "".join(f"\\{c}" if not c.isalnum() and not c.isspace() else c for c in evil)
    chapter = (
        f"# Two {in_markdown} end\n\n## Section {in_markdown} end\n\n"
        "::: {#tbl-x .cell tbl-cap='Caption'}\n```{=html}\n"
        f"<table><tr><td>{in_html}</td><td>Cell {in_html} end</td></tr></table>\n```\n:::\n\n"
        f"Text {in_markdown} end.\n\n![Picture {in_markdown} end](/p.svg){{#fig-x fig-alt='Alt {evil} end'}}\n"
    )
    reader, _ = bind(tmp_path, **{"chapters/two.qmd": chapter, "p.svg": SVG})
    text = (
        " ".join(page.extract_text() for page in reader.pages)
        .replace("“", '"')
        .replace("”", '"')
        .replace("\u00a0", "~")
    )
    for place in ("Two", "Section", "Cell", "Text", "Picture"):
        assert f"{place} {evil} end" in text


def test_an_error_of_typst_names_the_chapter_and_its_text(tmp_path):
    book = make(tmp_path, **{"chapters/two.qmd": TWO + "\n```{=typst}\n#nonsense(1)\n```\n"})
    with pytest.raises(pdf.TypesettingError) as caught:
        pdf.bind(book, tmp_path / "_freeze", tmp_path)
    message = str(caught.value)
    assert message.startswith("chapters/two.qmd, after `chapters/two.qmd:deeper`: unknown variable: nonsense")
    assert "#nonsense(1)" in message
    assert not (tmp_path / pdf.file_name(book)).exists()


def test_letters_that_the_fonts_lack_come_from_the_machine_or_are_told(tmp_path):
    _, warnings = bind(tmp_path, **{"index.qmd": "# P {.unnumbered}\n\nA sign: \U0010ffff\n"})
    assert any("falls short of PDF/UA-1" in warning for warning in warnings)


def test_no_bibliography_without_citations(tmp_path):
    reader, _ = bind(tmp_path, **{"index.qmd": "# P {.unnumbered}\n\nWords.\n"})
    assert "Bibliography" not in titles(reader.outline)


@pytest.mark.parametrize(
    ("title", "book", "name"),
    [
        ("Reference book", {}, "Reference-book.pdf"),
        ("Who buys? A study: part 1", {}, "Who-buys-A-study-part-1.pdf"),
        ("Any", {"output-file": "mine.pdf"}, "mine.pdf"),
    ],
)
def test_file_name(tmp_path, title, book, name):
    config = CONFIG.replace('title: "Small: a *book*"', f"title: {json.dumps(title)}")
    for key, value in book.items():
        config = config.replace("book:\n", f"book:\n  {key}: {value}\n", 1)
    assert pdf.file_name(make(tmp_path, **{"_quarto.yml": config})) == name
