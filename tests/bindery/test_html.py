"""Binding a site: whole pages from small books."""

import json
import re
from pathlib import Path

import pytest
from html_book import bind, cell, output, raw, write

from bindery import html, pages, project

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")


def text_of(html_text: str) -> str:
    from lxml import html as lxml_html

    return re.sub(r"\s+", " ", lxml_html.fromstring(f"<div>{html_text}</div>").text_content().replace("\xa0", " "))


@pytest.fixture
def frozen_figures(tmp_path: Path) -> Path:
    folder = tmp_path / "_freeze/chapters/a/figure-html"
    folder.mkdir(parents=True)
    for name in ("fig-a-line-output-1.png", "fig-a-pair-output-1.png", "fig-a-pair-output-2.png"):
        (folder / name).write_bytes(PNG)
    return tmp_path


FIGURE = output(
    "![It *rises*.](a_files/figure-html/fig-a-line-output-1.png){#fig-a-line width=672 height=432 fig-alt='A line.'}"
)
PAIR = (
    output("![Left](a_files/figure-html/fig-a-pair-output-1.png){#fig-a-pair-1 width=10}")
    + "\n"
    + output("![Right](a_files/figure-html/fig-a-pair-output-2.png){#fig-a-pair-2 width=10}")
    + "\nTwo panels."
)


def test_numbers_and_references_across_chapters(frozen_figures: Path) -> None:
    book = bind(
        frozen_figures,
        {
            "index.qmd": "# Preface {.unnumbered}\n\nSee @sec-a-first, @fig-a-line, @tbl-b-one and @eq-b-mean.\n",
            "chapters/a.qmd": "FROZEN---\ntitle: First\n---\n\n## One {#sec-a-first}\n\n"
            + cell("plot()", FIGURE, "cell-fig-a-line")
            + cell("pair()", PAIR, "fig-a-pair", "layout-ncol='2'"),
            "chapters/b.qmd": "# Second {#sec-b}\n\n$$ m = 1 $$ {#eq-b-mean}\n\n| a |\n|--:|\n| 1 |\n\n"
            ": One table {#tbl-b-one}\n\n"
            "See @sec-a-first, @sec-b, @fig-a-pair-2, -@fig-a-line, [Fig. @fig-a-line; @tbl-b-one] and @eq-b-mean.\n",
        },
    )
    assert book.warnings == []
    # sections are called by their title from a chapter that has no number, as Quarto does
    assert "See One, Figure 1.1, Table 2.1 and Equation 2.1." in text_of(book.body("index.html"))
    words = text_of(book.body("chapters/b.html"))
    assert "See Section 1.1, Chapter 2, Figure 1.2 (b), 1.1, Fig. 1.1, Table 2.1 and Equation 2.1." in words
    assert "Table 2.1: One table" in words
    assert "(2.1)" in words
    first = book.body("chapters/a.html")
    assert "Figure 1.1: It rises." in text_of(first)
    assert "Figure 1.2: Two panels." in text_of(first)
    assert "(a) Left" in text_of(first)
    assert 'alt="A line."' in first
    assert 'href="chapters/a.html#fig-a-line"' in book.page("index.html")
    assert 'href="a.html#fig-a-pair-2"' in book.page("chapters/b.html")
    assert (book.site / "chapters/a_files/figure-html/fig-a-line-output-1.png").read_bytes() == PNG


def test_an_unknown_label_is_named_with_its_chapter(tmp_path: Path) -> None:
    book = bind(tmp_path, {"chapters/a.qmd": "# A\n\nSee @fig-nowhere.\n"})
    assert book.warnings == ["chapters/a.qmd: no label `fig-nowhere` in the book"]
    assert "?@fig-nowhere" in book.page("chapters/a.html")


def test_data_links_stand_beside_their_float_only(frozen_figures: Path) -> None:
    chapter = "FROZEN---\ntitle: First\n---\n\n" + cell("plot()", FIGURE, "cell-fig-a-line")
    chapters = {"chapters/a.qmd": chapter + cell("t", raw("<table><tr><td>1</td></tr></table>"), "tbl-a")}
    body = bind(frozen_figures, chapters, published=("data/fig-a-line.csv", "facts.json")).body("chapters/a.html")
    assert re.findall(r'href="([^"]*)" download', body) == ["../data/fig-a-line.csv"]
    assert body.count('class="enlarge js-only"') == 1


def test_code_is_folded_under_a_line_that_names_language_and_cell(tmp_path: Path) -> None:
    chapter = (
        "FROZEN---\ntitle: First\n---\n\n"
        + cell("x = 1", "", "rfm-score")
        + cell("%%R -i df -w 7\nlibrary(ggplot2)", "", "cell-fig-rfm-map")
        + cell("y = 2", "").replace(".cell-code}", '.cell-code code-fold="show" code-summary="How"}')
        + cell("z = 3", "").replace(".cell-code}", '.cell-code code-fold="false"}')
    )
    body = bind(tmp_path, {"chapters/a.qmd": chapter}).body("chapters/a.html")
    assert re.findall(r'<details class="code"( open)?>', body) == ["", "", " open"]
    assert text_of(body).count("Code · Python") == 2
    assert "Code · R" in text_of(body)
    assert "How · Python" in text_of(body)
    assert "%%R" not in body
    assert 'class="sourceCode r"' in body
    assert re.findall(r'<span class="code-cell">([^<]*)', body) == ["rfm-score", "fig-rfm-map"]


def test_text_from_data_never_becomes_markup(tmp_path: Path) -> None:
    chapter = (
        "FROZEN---\ntitle: First\n---\n\nA product <script>alert(1)</script> and "
        "<img src=x onerror=alert(1)> and <b onclick=f()>bold</b> and H<sub>2</sub>O <!-- quiet -->.\n\n"
        '[x](javascript:alert(1)) <span onclick="f()">s</span>\n\n'
        + cell("t", output("| a |\n|---|\n| <script>alert(2)</script> |", ".cell-output-markdown"))
    )
    book = bind(tmp_path, {"chapters/a.qmd": chapter})
    body = book.body("chapters/a.html")
    assert not re.search(r"<script>alert|<img src=x|<b onclick|<span onclick|href=\"javascript", body)
    assert "<sub>2</sub>" in body
    assert "quiet" not in body
    assert any("HTML outside of a cell is shown as text: <img src=x" in warning for warning in book.warnings)
    assert any("a link that runs a script is left out" in warning for warning in book.warnings)


def test_tables_of_cells_lose_their_dress_and_keep_their_alignment(tmp_path: Path) -> None:
    table = (
        '<div id="qwerty" style="padding-left:0px;"><style>#qwerty table { color: #333 }</style>'
        '<table class="gt_table" data-quarto-bootstrap="false"><thead><tr class="gt_col_headings">'
        '<th class="gt_col_heading gt_left" scope="col"></th>'
        '<th class="gt_col_heading gt_right" scope="col" id="x">x</th></tr></thead>'
        '<tbody><tr><td headers="s">a</td><td headers="x" class="gt_row gt_right">1</td></tr></tbody></table></div>'
    )
    body = bind(
        tmp_path,
        {"chapters/a.qmd": "FROZEN---\ntitle: A\n---\n\n" + cell("t", raw(table), "tbl-a", "tbl-cap='A *T*.'")},
    ).body("chapters/a.html")
    assert "<style>" not in body
    assert "qwerty" not in body
    assert 'id="x"' not in body
    assert "headers=" not in body
    assert 'class="gt_row gt_right">1' in body
    assert '<td class="gt_col_heading gt_left"></td>' in body, "a header without a word is no header"
    assert body.index("Table\u00a01.1:") < body.index('<div class="table-scroll">')
    assert "A <em>T</em>." in body


def test_html_of_cells_that_would_ask_the_network_is_left_out(tmp_path: Path) -> None:
    chart = '<div id="vis"></div><script src="https://cdn.example.org/vega.js"></script>'
    book = bind(tmp_path, {"chapters/a.qmd": "FROZEN---\ntitle: A\n---\n\n" + cell("c", raw(chart))})
    assert "cdn.example.org" not in book.page("chapters/a.html")
    assert book.warnings == ["chapters/a.qmd: HTML of a cell loads from the network (cdn.example.org) and is left out"]


def test_no_page_names_an_address_on_the_network(frozen_figures: Path) -> None:
    chapter = "FROZEN---\ntitle: First\n---\n\n![x](https://example.org/a.png)\n\n" + cell(
        "p", FIGURE, "cell-fig-a-line"
    )
    book = bind(frozen_figures, {"chapters/a.qmd": chapter})
    for file in [*book.site.rglob("*.html"), *book.site.rglob("*.css")]:
        found = re.findall(r"(?:src|url)\s*[=(]\s*[\"']?(https?:[^\"')]*)", file.read_text(encoding="utf-8"))
        assert found == [], file


def test_links_between_chapters_and_files_beside_them(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/pic.png").write_bytes(PNG)
    (tmp_path / "logo.png").write_bytes(PNG)
    book = bind(
        tmp_path,
        {
            "chapters/a.qmd": "# A\n\n[b](b.qmd#sec-x) ![p](pic.png) ![l](/logo.png)\n"
            "![m](missing.png) ![o](../../out.png)\n",
            "chapters/b.qmd": "# B\n\n## X {#sec-x}\n",
        },
    )
    body = book.body("chapters/a.html")
    assert 'href="b.html#sec-x"' in body
    assert 'src="../logo.png"' in body
    assert (book.site / "chapters/pic.png").is_file()
    assert (book.site / "logo.png").is_file()
    assert "chapters/a.qmd: chapters/missing.png does not exist" in book.warnings
    assert any("lies outside of the project" in warning for warning in book.warnings)


def test_a_chapter_with_code_and_without_results_says_what_to_run(tmp_path: Path) -> None:
    write(tmp_path, {"chapters/a.qmd": "# A\n\n```{python}\n1\n```\n"})
    with pytest.raises(pages.FreezeMissing, match=r"chapters/a\.qmd has code .* run `python -m bindery execute`"):
        html.bind(project.load(tmp_path), tmp_path / "_freeze", tmp_path)


def test_a_missing_figure_is_named(tmp_path: Path) -> None:
    book = bind(tmp_path, {"chapters/a.qmd": "FROZEN---\ntitle: A\n---\n\n" + cell("p", FIGURE, "cell-fig-a-line")})
    assert book.warnings == [
        "chapters/a.qmd: a_files/figure-html/fig-a-line-output-1.png is not in the freeze: execute the chapter again"
    ]


def test_options_without_effect_are_named(tmp_path: Path) -> None:
    book = bind(tmp_path, {}, html_options="    theme: cosmo\n    css: no.css\n    code-tools: true\n")
    assert [warning for warning in book.warnings if "theme: cosmo" in warning]
    assert [warning for warning in book.warnings if "code-tools: True" in warning]
    assert "css: no.css does not exist" in book.warnings


def test_style_sheets_and_resources_are_copied_with_what_they_name(tmp_path: Path) -> None:
    (tmp_path / "style").mkdir()
    (tmp_path / "style/own.css").write_text("p{background:url('dot.png')} a{background:url(data:x)}")
    (tmp_path / "style/dot.png").write_bytes(PNG)
    (tmp_path / "note.txt").write_text("x")
    write(tmp_path, {"chapters/a.qmd": "# A\n"}, html_options="    css: style/own.css\n")
    config = tmp_path / "_quarto.yml"
    config.write_text(config.read_text().replace("  type: book\n", "  type: book\n  resources: [note.txt, no-*.txt]\n"))
    out = tmp_path / "out"
    out.mkdir()
    warnings = html.bind(project.load(tmp_path), tmp_path / "_freeze", out)
    assert warnings == ["resources: nothing matches no-*.txt"]
    assert (out / "style/dot.png").is_file()
    assert (out / "note.txt").is_file()
    assert '<link rel="stylesheet" href="../style/own.css">' in (out / "chapters/a.html").read_text()


def test_search_finds_sections_under_their_own_address(tmp_path: Path) -> None:
    book = bind(
        tmp_path, {"chapters/a.qmd": "# A\n\nOpening words.\n\n## Deep {#sec-deep}\n\nA pelican, see @sec-deep.\n"}
    )
    script = (book.site / "assets/search.js").read_text(encoding="utf-8")
    entries = json.loads(script.removeprefix("window.bookSearch=").rstrip(";\n"))
    found = [entry for entry in entries if "pelican" in entry["text"]]
    assert [(e["url"], e["title"], e["chapter"]) for e in found] == [("chapters/a.html#sec-deep", "1.1 Deep", "1 A")]
    assert found[0]["text"] == "A pelican, see Section\u00a01.1.".replace("\u00a0", " ")


def test_citations_end_in_references_of_the_chapter_that_cites(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@book{doe2001, title={Birds}, author={Doe, Ann}, publisher={P}, year={2001}}")
    book = bind(
        tmp_path,
        {"chapters/a.qmd": "# A\n\nAs @doe2001 says, and @missing.\n", "chapters/b.qmd": "# B\n\nNothing.\n"},
        extra="bibliography: refs.bib\n",
    )
    assert 'As <span class="citation" data-cites="doe2001">Doe (<a href="#ref-doe2001"' in book.page("chapters/a.html")
    assert "<em>Birds</em>" in book.page("chapters/a.html")
    assert 'id="refs"' not in book.page("chapters/b.html")
    assert book.warnings == ["chapters/a.qmd: Citeproc: citation missing not found"]


def test_the_same_book_binds_to_the_same_bytes(frozen_figures: Path, tmp_path: Path) -> None:
    write(frozen_figures, {"chapters/a.qmd": "FROZEN---\ntitle: A\n---\n\n" + cell("p", FIGURE, "cell-fig-a-line")})
    results = []
    for name in ("one", "two"):
        out = tmp_path / name
        out.mkdir()
        html.bind(project.load(frozen_figures), frozen_figures / "_freeze", out)
        results.append({f.relative_to(out): f.read_bytes() for f in sorted(out.rglob("*")) if f.is_file()})
    assert results[0] == results[1]


def test_tools_of_the_sidebar_and_the_pdf_are_linked(tmp_path: Path) -> None:
    tools = (
        "  sidebar:\n    style: docked\n    tools:\n"
        "      - {icon: speedometer2, href: dashboard.html, text: Dash & board}\n"
        "      - {href: https://example.org/a, text: Elsewhere}\n      - {href: lost.html, text: Lost}\n"
    )
    write(tmp_path, {"chapters/a.qmd": "# A\n"}, book=tools)
    out = tmp_path / "out"
    out.mkdir()
    book = project.load(tmp_path)
    warnings = html.bind(book, tmp_path / "_freeze", out, published=["dashboard.html"], pdf="A-book.pdf")
    page = (out / "chapters/a.html").read_text()
    assert '<a href="../dashboard.html">Dash &amp; board</a>' in page
    assert '<a href="https://example.org/a">Elsewhere</a>' in page
    assert "Lost" not in page
    assert warnings == [
        "_quarto.yml: `book: sidebar: style` has no effect on the site",
        "_quarto.yml: the tool `Lost` of the sidebar leads to lost.html, which the site lacks",
    ]
    assert 'href="../A-book.pdf"' in page
