from pathlib import Path

import pytest

from bindery import cells, project
from bindery.lint import Chapter, lint

FIGURE = """```{python}
#| label: fig-rfm-map
#| fig-cap: A message
#| fig-alt: A picture
draw()
```
"""


@pytest.fixture
def problems(tmp_path):
    """Lint a chapter called `rfm` and return its problems as ``line: rule``, and the advice of each."""

    def check(text, other="# Other\n", **files):
        (tmp_path / "chapters").mkdir(exist_ok=True)
        (tmp_path / "_quarto.yml").write_text(
            "project: {type: book}\nbook:\n  chapters: [index.qmd, chapters/rfm.qmd]\nbibliography: refs.bib\n"
        )
        (tmp_path / "refs.bib").write_text("@comment{x,}\n@article{welch1947,\n title={T}}\n@book{a:b_2, title={U}}\n")
        (tmp_path / "chapters/rfm.qmd").write_text(text)
        (tmp_path / "index.qmd").write_text(other)
        for name, content in files.items():
            (tmp_path / "chapters" / f"_{name}.qmd").write_text(content)
        found = lint(project.load(tmp_path))
        check.text = "\n".join(map(str, found))
        return [f"{problem.line}: {problem.rule}" for problem in found]

    return check


def test_good_chapter(problems):
    text = f"# RFM {{#sec-rfm}}\n\nSee @fig-rfm-map and [-@sec-rfm], after @welch1947 and [@a:b_2, p. 3].\n\n{FIGURE}"
    assert problems(text) == []


def test_message_names_file_line_rule_and_what_to_do(problems):
    problems("# RFM\n\n@nobody1900\n")
    assert problems.text == (
        "chapters/rfm.qmd:3: unknown-citation: `nobody1900` is in none of the book's bibliographies"
    )


@pytest.mark.parametrize(
    ("cut", "rule"),
    [("#| fig-alt: A picture\n", "figure-alt"), ("#| fig-cap: A message\n", "figure-caption")],
)
def test_figure_cell_without(problems, cut, rule):
    assert problems(FIGURE.replace(cut, "")) == [f"4: {rule}"]


def test_table_without_caption(problems):
    assert problems("```{python}\n#| label: tbl-rfm-x\nshow()\n```\n") == ["3: table-caption"]


def test_picture_without_description(problems):
    assert problems("![](a.png){#fig-rfm-a}\n\n![Cap](b.png){#fig-rfm-b fig-alt='B'}\n") == [
        "1: figure-alt",
        "1: figure-caption",
    ]


def test_option_comment(problems):
    assert problems("```{python}\n#| label: rfm-x\n# | echo: false\n1\n```\n") == ["3: option-comment"]


@pytest.mark.parametrize("words", ["Figure @fig-rfm-map", "fig. @fig-rfm-map", "the Figures [@fig-rfm-map]"])
def test_doubled_word(problems, words):
    assert problems(f"{FIGURE}\nIn {words} it shows.\n") == ["8: doubled-word"]


def test_tabset_with_an_empty_tab(problems):
    text = "::: {.panel-tabset}\n\n## A\n\ntext\n\n## B\n\n## C\n\n::: {.note}\nin\n:::\n\n:::\n"
    assert problems(text) == ["7: empty-tab"]


def test_last_tab_empty(problems):
    assert problems("::: {.panel-tabset}\n## A\n" + FIGURE + "\n## B\n:::\n") == ["10: empty-tab"]


def test_tabset_without_tabs(problems):
    assert problems("::: {.panel-tabset}\ntext\n:::\n") == ["1: empty-tab"]


def test_heading_below_the_level_of_tabs_is_content(problems):
    assert problems("::: {.panel-tabset}\n## A\n### A1\ntext\n:::\n") == []


def test_unlabelled(problems):
    assert problems("```{python}\n1\n```\n") == ["2: unlabelled"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("```{python}\n#| label: seg-x\n1\n```\n", 3),
        ("```{python}\n#| label: fig-x\n#| fig-cap: c\n#| fig-alt: a\n1\n```\n", 5),
        ("# T {#sec-other}\n", 1),
        ("```{python}\n#| label: rfmx\n1\n```\n", 3),
    ],
)
def test_label_prefix(problems, text, line):
    assert problems(text) == [f"{line}: label-prefix"]


@pytest.mark.parametrize(("label", "good"), [("index-x", True), ("summary-x", True), ("other-x", False)])
def test_first_page_may_go_by_its_title(problems, label, good):
    cell = f"```{{python}}\n#| label: {label}\n1\n```\n"
    problems("# RFM\n", other=f"---\ntitle: Summary\n---\n\n{cell}")
    assert ("label-prefix" not in problems.text) == good


def test_label_may_begin_with_a_word_of_the_name():
    chapter = Chapter("chapters/discount-test.qmd", cells.parse("# D\n", "x.qmd", Path()), ())
    assert chapter.names == ("discount-test", "discount", "test")


def test_duplicate_label_in_the_book(problems):
    other = "```{python}\n#| label: rfm-x\n1\n```\n"
    found = problems(other, other=other)
    assert "3: duplicate-label" in found
    assert "chapters/rfm.qmd:3: duplicate-label: `rfm-x` stands already at index.qmd:3; choose another" in problems.text


def test_duplicate_label_in_a_chapter(problems):
    cell = "```{python}\n#| label: rfm-x\n1\n```\n"
    assert problems(cell + cell) == ["7: unreadable"]
    assert "already used on line 3" in problems.text


def test_included_cell_keeps_its_label_everywhere(problems):
    shared = "```{python}\n#| label: setup\n1\n```\n"
    assert problems("{{< include _s.md >}}\n".replace("_s.md", "_s.qmd"), s=shared) == []


@pytest.mark.parametrize(("lines", "found"), [(15, []), (16, ["3: long-cell"])])
def test_long_cell(problems, lines, found):
    assert problems("```{python}\n#| label: rfm-x\n" + "1\n" * lines + "```\n") == found


@pytest.mark.parametrize(
    "words",
    ["fully 47 % of revenue", "47% more", "12 per cent", "it cost £3.20", "of $5 and", "gave 20 GBP", "5\\% up"],
)
def test_typed_number(problems, words):
    assert problems(f"It was {words}.\n") == ["1: typed-number"]


@pytest.mark.parametrize(
    "words",
    [
        "a 95 % CI",
        "the 95% confidence band",
        "with 80 % power",
        "at the 5 % level",
        "the top 20 % of customers",
        "$5 \\%$ in an equation",
        "`47 %` in code",
        "`{python} f('£3')` computed",
        "[link](https://x.org/a%205%25)",
        "37 customers",
        "[x]{width=50%}",
    ],
)
def test_not_a_typed_number(problems, words):
    assert problems(f"It was {words}.\n") == []


def test_typed_number_in_a_caption(problems):
    assert problems(FIGURE.replace("A message", "Champions bring 47 %")) == ["5: typed-number"]


def test_code_comment_and_header_are_no_prose(problems):
    text = "---\ntitle: Is 20 % enough?\n---\n\n<!-- 5 %\n@nobody -->\n\n$$\nx = 5 \\%\n$$\n\n```\n@nobody 5 %\n```\n"
    assert problems(text) == []


@pytest.mark.parametrize(
    "text", ["5 % <!-- lint: allow typed-number -->\n", "<!-- lint: allow typed-number -->\n5 %\n"]
)
def test_excused(problems, text):
    assert problems(text) == []


def test_excuse_holds_for_its_rule_alone(problems):
    assert problems("5 % @nobody <!-- lint: allow typed-number -->\n") == ["1: unknown-citation"]


@pytest.mark.parametrize("label", ["fig-rfm-gone", "tbl-other-x", "sec-x", "eq-x"])
def test_unknown_reference(problems, label):
    assert problems(f"See @{label}.\n") == ["1: unknown-reference"]


def test_reference_to_another_chapter_and_to_a_panel(problems):
    panels = FIGURE.replace("#| fig-cap: A message", "#| fig-cap: c\n#| fig-subcap: [a, b]").replace("rfm", "index")
    assert problems("See @fig-index-map-2 and @Fig-index-map.\n", other=panels) == []
    assert problems("See @fig-index-map-3.\n", other=panels) == ["1: unknown-reference"]


def test_address_is_no_citation(problems):
    assert problems("Write to someone@example.org or use \\@home.\n") == []
