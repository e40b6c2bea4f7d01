import re
from pathlib import Path

import pytest

from bindery import cells, outputs
from bindery.options import DEFAULTS, Execution
from bindery.outputs import Run


def write(text: str, *given: dict, fmt: str = "html", execution: Execution | None = None, **run: object) -> str:
    """The page of a chapter whose first cell gave these outputs."""
    document = cells.parse(text, "chapters/one.qmd", Path())
    record = Run({1: list(given)}, run.pop("values", {}), **run)
    page = outputs.write(document, record, fmt, execution or DEFAULTS[fmt])
    return re.sub(r"\{#[0-9a-f]{8} ", "{#ID ", page.markdown)


def printed(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: str) -> dict:
    names = {"html": "text/html", "plain": "text/plain", "md": "text/markdown", "svg": "image/svg+xml"}
    return {
        "output_type": "execute_result",
        "execution_count": 1,
        "data": {names[key]: value for key, value in data.items()},
        "metadata": {},
    }


def cell(*options: str) -> str:
    return "```{python}\n" + "".join(f"#| {option}\n" for option in options) + "x\n```\n"


def test_a_plain_cell() -> None:
    assert write(cell(), printed("1\n")) == (
        "::: {#ID .cell execution_count=1}\n``` {.python .cell-code}\nx\n```\n\n"
        "::: {.cell-output .cell-output-stdout}\n```\n1\n```\n:::\n:::\n\n\n"
    )


def test_typst_needs_no_ids() -> None:
    assert write(cell(), fmt="typst").startswith("::: {.cell execution_count=1}\n")


def test_ids_are_the_same_in_every_run_and_differ_between_chapters() -> None:
    document = cells.parse(cell(), "a.qmd", Path())
    other = cells.parse(cell(), "b.qmd", Path())
    one = outputs.cell_id(document, document.cells[0])
    assert re.fullmatch("[0-9a-f]{8}", one)
    assert one == outputs.cell_id(document, document.cells[0])
    assert one != outputs.cell_id(other, other.cells[0])


@pytest.mark.parametrize(
    ("option", "head"),
    [
        ("label: one-sum", "::: {#one-sum .cell execution_count=1}"),
        ("id: mine", "::: {#mine .cell execution_count=1}"),
        ("classes: wide", "::: {#ID .cell .wide execution_count=1}"),
        ('classes: ["a", ".b"]', "::: {#ID .cell .a .b execution_count=1}"),
        ("column: margin", "::: {#ID .cell .column-margin execution_count=1}"),
        ("fig-column: page", "::: {#ID .cell .fig-column-page execution_count=1}"),
        ("layout-nrow: 2", "::: {#ID .cell layout-nrow='2' execution_count=1}"),
        ("layout: [[1, 1], [1]]", "::: {#ID .cell layout='[[1,1],[1]]' execution_count=1}"),
        ("tbl-cap: It's", r"::: {#ID .cell tbl-cap='It\'s' execution_count=1}"),
        ("data-x: 1.0", "::: {#ID .cell data-x='1' execution_count=1}"),
    ],
)
def test_options_shape_the_div(option: str, head: str) -> None:
    assert write(cell(option)).splitlines()[0] == head


@pytest.mark.parametrize(
    ("option", "head"),
    [
        ("code-fold: show", '``` {.python .cell-code code-fold="show"}'),
        ("code-fold: true", '``` {.python .cell-code code-fold="true"}'),
        ("code-summary: How", '``` {.python .cell-code code-summary="How"}'),
        ("code-line-numbers: true", '``` {.python .cell-code code-line-numbers="true"}'),
        ("code-overflow: wrap", "``` {.python .cell-code .code-overflow-wrap}"),
        ("lst-label: lst-x", "``` {#lst-x .python .cell-code}"),
        ("lst-cap: Code", '``` {.python .cell-code lst-cap="Code"}'),
    ],
)
def test_options_shape_the_code(option: str, head: str) -> None:
    assert write(cell(option)).splitlines()[1] == head


def test_echo_output_and_include() -> None:
    assert "cell-code" not in write(cell("echo: false"), printed("1"))
    assert "cell-output" not in write(cell("output: false"), printed("1"))
    assert write(cell("echo: false", "output: false"), printed("1")) == "\n\n"
    assert write(cell("include: false"), printed("1")) == "\n"


def test_a_format_may_hide_code_that_a_cell_shows() -> None:
    hidden = Execution(echo=False)
    assert "cell-code" not in write(cell(), execution=hidden)
    assert "cell-code" in write(cell("echo: true"), execution=hidden)


def test_warnings_are_shown_if_they_are_asked_for() -> None:
    assert "seen" in write(cell(), printed("seen", "stderr"))
    assert "seen" not in write(cell("warning: false"), printed("seen", "stderr"))


def test_as_is_output_stands_without_a_div() -> None:
    assert write(cell("output: asis", "echo: false"), printed("## Heading\n")) == "## Heading\n\n\n"


def test_as_is_output_of_a_labelled_cell_has_its_div() -> None:
    page = write(cell("output: asis", "echo: false", "label: a"), printed("text\n"))
    assert page == "::: {#a .cell execution_count=1}\ntext\n:::\n\n\n"


def test_a_single_figure_carries_the_label() -> None:
    page = write(
        cell("label: fig-a", "fig-cap: Cap", "fig-alt: It's", "echo: false"), result(svg="<svg/>"), fmt="typst"
    )
    image = r"![Cap](one_files/figure-typst/fig-a-output-1.svg){#fig-a fig-alt='It\'s'}"
    assert image in page.splitlines()
    assert page.startswith("::: {.cell ")


def test_several_figures_carry_the_label_with_numbers_and_sub_captions() -> None:
    options = ("label: fig-a", "fig-cap: Both", 'fig-subcap: ["L", "R"]', "fig-alt: [l, r]")
    lines = write(cell(*options), result(svg="1"), result(svg="2"), fmt="typst").splitlines()
    assert lines[0] == "::: {#fig-a .cell execution_count=1}"
    assert "![L](one_files/figure-typst/fig-a-output-1.svg){#fig-a-1 fig-alt='l'}" in lines
    assert "![R](one_files/figure-typst/fig-a-output-2.svg){#fig-a-2 fig-alt='r'}" in lines
    assert "Both" in lines


def test_a_figure_without_label_is_named_by_its_cell_and_may_be_a_link() -> None:
    page = write(cell("fig-link: 'https://x.org'"), result(svg="1"), fmt="typst")
    assert "[![](one_files/figure-typst/cell-2-output-1.svg){}](https://x.org)" in page.splitlines()


def test_a_table_keeps_its_label_on_the_cell() -> None:
    page = write(cell("label: tbl-a", "tbl-cap: Cap"), result(html="<table></table>", plain="x"), fmt="typst")
    assert page.startswith("::: {#tbl-a .cell tbl-cap='Cap' execution_count=1}\n")
    assert "```{=html}\n<table></table>\n```" in page


def test_html_that_is_no_table_is_text_in_the_pdf() -> None:
    page = write(cell("label: fig-a", "fig-cap: Cap"), result(html="<b>", plain="<B>"), fmt="typst")
    assert "::: {#fig-a .cell-output .cell-output-display execution_count=1}\n```\n<B>\n```\n\nCap\n:::" in page


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"text/plain": "5"}, "5"),
        ({"text/plain": "np.float64(6.02)"}, "np.float64(6.02)"),
        ({"text/plain": "'6.02'"}, r"6\.02"),
        ({"text/plain": "'**a** [b](c) d_e, `f` + g-h!'"}, r"\*\*a\*\* \[b\]\(c\) d\_e\, \`f\` \+ g\-h\!"),
        ({"text/plain": "<M>", "text/markdown": "**a**"}, "**a**"),
        ({"text/plain": "<H>", "text/html": "<i>"}, "`<i>`{=html}"),
    ],
)
def test_inline_values(data: dict[str, str], text: str) -> None:
    assert write("`{python} x`\n", values={0: {"x": {"data": data, "metadata": {}}}}) == f"{text}\n\n"


def test_a_chapter_that_stops_says_why_and_closes_what_is_open() -> None:
    text = "::::: {.panel}\n::: {.answer}\nBefore.\n\n```\n::: {.shown}\n```\n\n" + cell() + "\nAfter.\n:::\n:::::\n"
    assert write(text, stopped_at=1, stopped="Add a *table*.") == (
        "::::: {.panel}\n::: {.answer}\nBefore.\n\n```\n::: {.shown}\n```\n\n"
        "::: {.callout-note}\nAdd a *table*.\n:::\n\n:::\n\n:::::\n"
    )


@pytest.mark.parametrize(
    ("text", "identifier"), [("Fig A: b/c", "fig-a-bc"), ("1. x_y.z", "x_y.z"), ("é", ""), ("sec-Über", "sec-über")]
)
def test_identifiers_are_made_as_pandoc_does(text: str, identifier: str) -> None:
    assert outputs.auto_identifier(text) == identifier


def test_file_names_are_ascii() -> None:
    assert outputs.auto_identifier("sec-Über", True) == "sec-uber"
