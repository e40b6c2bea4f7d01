"""Tables in the PDF: what great_tables, pandas and Markdown give, set within the page."""

import itertools
import re
from pathlib import Path

import great_tables as gt
import pandas as pd
import pytest
from pypdf import PageObject, PdfReader

from bindery import pdf, project

MM = 72 / 25.4
CONFIG = "project: {type: book}\nbook: {title: T, chapters: [index.qmd]}\nformat: {typst: {toc: false}}\n"

Run = tuple[float, float, str]


def bind(root: Path, markdown: str) -> PdfReader:
    (root / "_quarto.yml").write_text(CONFIG)
    (root / "index.qmd").write_text(f"# T {{.unnumbered}}\n\n{markdown}")
    book = project.load(root)
    assert pdf.bind(book, root / "_freeze", root) == []
    return PdfReader(root / "T.pdf")


def cell(html: str, caption: str = "A table.") -> str:
    return f"::: {{#tbl-x .cell tbl-cap='{caption}'}}\n```{{=html}}\n{html}\n```\n:::\n\n"


def runs(page: PageObject) -> list[Run]:
    """Pieces of text with the place where each begins, in millimetres from the left and the bottom."""
    found: list[Run] = []

    def visit(text, cm, tm, _font, _size):
        if text.strip():
            x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((x / MM, y / MM, text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def where(page: PageObject, text: str) -> Run:
    return next(run for run in runs(page) if run[2].startswith(text))


def lines_right(page: PageObject) -> float:
    """How far to the right the lines of a page reach, in millimetres."""
    right = 0.0
    stack = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    saved = []
    path: list[float] = []

    def before(operator, operands, _cm, _tm):
        nonlocal right, stack, path
        if operator == b"q":
            saved.append(list(stack))
        elif operator == b"Q":
            stack = saved.pop()
        elif operator == b"cm":
            a, b, c, d, e, f = (float(x) for x in operands)
            stack = [
                a * stack[0] + b * stack[2],
                a * stack[1] + b * stack[3],
                c * stack[0] + d * stack[2],
                c * stack[1] + d * stack[3],
                e * stack[0] + f * stack[2] + stack[4],
                e * stack[1] + f * stack[3] + stack[5],
            ]
        elif operator in (b"l", b"m"):
            x, y = (float(v) for v in operands)
            path.append((x * stack[0] + y * stack[2] + stack[4]) / MM)
        elif operator == b"S":
            right, path = max([right, *path]), []
        elif operator in (b"f", b"n"):
            path = []  # a surface, like the page itself

    page.extract_text(visitor_operand_before=before)
    return right


@pytest.fixture
def outcomes() -> pd.DataFrame:
    return pd.DataFrame(
        {"Outcome": ["Sales per customer", "Orders"], "Control": [54.2, 1.31], "p": ["0.003", "< 0.001"]}
    )


def test_alignment_of_great_tables_is_kept(tmp_path, outcomes):
    table = (
        gt.GT(outcomes).fmt_number("Control", decimals=2).cols_align("right", columns="p").tab_source_note("A note.")
    )
    page = bind(tmp_path, cell(table.as_raw_html())).pages[1]
    # numbers end at one line: the shorter begins further right
    assert where(page, "1.31")[0] > where(page, "54.20")[0]
    assert where(page, "0.003")[0] > where(page, "< 0.001")[0]
    assert where(page, "Sales")[0] == pytest.approx(where(page, "Orders")[0], abs=0.1)
    assert where(page, "A note.")[1] < where(page, "1.31")[1]
    assert where(page, "Table")[1] > where(page, "Outcome")[1]


def test_pandas_tables_are_read(tmp_path, outcomes):
    text = bind(tmp_path, cell(outcomes.to_html())).pages[1].extract_text()
    assert "Outcome Control p" in text
    assert "0 Sales per customer 54.20 0.003" in text


def test_row_groups_spanners_and_titles(tmp_path, outcomes):
    table = gt.GT(outcomes.assign(kind=["Money", "Count"]), groupname_col="kind", rowname_col="Outcome")
    table = table.tab_header("A title", "and more").tab_spanner("Numbers", ["Control", "p"])
    text = bind(tmp_path, cell(table.as_raw_html())).pages[1].extract_text()
    for words in ("A title\nand more", "Numbers\nControl p", "Money\nSales per customer", "Count\nOrders"):
        assert words in text


def test_a_long_table_goes_on_with_its_header(tmp_path):
    table = gt.GT(pd.DataFrame({"name": [f"row {n}" for n in range(90)], "count": range(90)}))
    reader = bind(tmp_path, cell(table.as_raw_html()))
    texts = [page.extract_text().replace("\u00a0", " ") for page in reader.pages[1:]]
    with_rows = [text for text in texts if "row " in text]
    assert len(with_rows) >= 2
    assert all("name count" in text for text in with_rows)
    assert sum(text.count("Table 1.") for text in texts) == 1
    joined = "\n".join(texts)
    assert all(f"row {n} {n}" in joined for n in range(90))


@pytest.mark.parametrize("before", range(0, 40, 5))
def test_a_heading_across_a_table_ends_no_page_and_stands_again(tmp_path, before):
    """Wherever the table begins, its pages end with rows and begin with the heading that these belong to."""
    rows = pd.DataFrame({"part": [f"Part {n // 9}" for n in range(90)], "name": [f"row {n}" for n in range(90)]})
    table = gt.GT(rows, rowname_col="name", groupname_col="part").as_raw_html()
    pages = bind(tmp_path, "Words.\n\n" * before + cell(table)).pages
    told = [[text for _, _, text in runs(page) if re.fullmatch(r"(Part|row) \d+", text)] for page in pages]
    for texts in filter(None, told):
        assert texts[0].startswith("Part")
        assert texts[-1].startswith("row")
        for heading, row in itertools.pairwise(texts):
            if heading.startswith("Part"):
                assert heading == f"Part {int(row.removeprefix('row ')) // 9}"
    assert [text for texts in told for text in texts if text.startswith("row")] == rows["name"].tolist()


@pytest.mark.parametrize("columns", [2, 6, 9, 14, 24])
def test_tables_stay_on_the_page(tmp_path, columns):
    frame = pd.DataFrame({f"Quite a long heading {n}": [12345.67, 9.0] for n in range(columns)})
    frame.insert(0, "Segment", ["Customers who come often", "Lost"])
    page = bind(tmp_path, cell(gt.GT(frame).as_raw_html())).pages[1]
    places = [x for x, _, _ in runs(page)]
    assert min(places) >= 23.9
    assert max(places) <= 194
    assert lines_right(page) <= 194.2


def test_numbers_do_not_wrap_and_words_do(tmp_path):
    words = "A description that goes on and on until it has to be set on more than one line, as long words are. " * 2
    frame = pd.DataFrame({"What": [words], "From": ["1,234,567.89"], "To": ["−2,345,678.90"]})
    table = gt.GT(frame).cols_align("right", columns=["From", "To"])
    text = bind(tmp_path, cell(table.as_raw_html())).pages[1].extract_text()
    assert "1,234,567.89" in text
    assert "−2,345,678.90" in text
    assert words.strip() not in text


def test_colours_and_weight_of_cells(tmp_path, outcomes):
    table = gt.GT(outcomes).tab_style([gt.style.fill("#aabbcc"), gt.style.text(weight="bold")], gt.loc.body(rows=[0]))
    reader = bind(tmp_path, cell(table.as_raw_html()))
    content = reader.pages[1].get_contents().get_data().decode("latin-1")
    fills = {
        tuple(round(float(part) * 255) for part in found) for found in re.findall(r"(\S+) (\S+) (\S+) scn", content)
    }
    assert (0xAA, 0xBB, 0xCC) in fills


def test_widths_that_the_author_gives_are_kept(tmp_path):
    page = bind(tmp_path, '| a | b |\n|:--|:--|\n| x | y |\n\n: Wide {#tbl-x tbl-colwidths="[25,75]"}\n').pages[1]
    assert where(page, "y")[0] - where(page, "x")[0] == pytest.approx(0.25 * 128, abs=0.5)


def test_a_table_without_header_or_rows(tmp_path):
    text = bind(tmp_path, cell("<table><tr><td>only</td></tr></table>")).pages[1].extract_text().replace("\u00a0", " ")
    assert "only" in text
    assert "Table 1. A table." in text
