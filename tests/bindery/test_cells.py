from pathlib import Path
from textwrap import dedent

import pytest

from bindery import cells
from bindery.cells import Cell, Document, Inline, Markdown
from bindery.errors import ProjectError


def parse(text: str, root: Path = Path()) -> Document:
    return cells.parse(dedent(text), "chapters/one.qmd", root)


def test_a_chapter_is_cut_into_front_matter_text_and_cells() -> None:
    document = parse(
        """\
        ---
        title: One
        depends: all
        ---

        Text.

        ```{python}
        #| label: one-sum
        #| echo: false

        1 + 1
        ```
        More.
        """
    )
    assert document.front_matter == {"title": "One", "depends": "all"}
    assert document.warnings == ()
    header, text, cell, more = document.blocks
    assert header == Markdown("---\ntitle: One\ndepends: all\n---", 1, "chapters/one.qmd", raw=True)
    assert text == Markdown("Text.", 6, "chapters/one.qmd")
    assert more == Markdown("More.", 14, "chapters/one.qmd")
    assert isinstance(cell, Cell)
    assert (cell.source, cell.line, cell.label, cell.index) == ("1 + 1", 12, "one-sum", 1)
    assert cell.options == {"label": "one-sum", "echo": False}
    assert document.cells == (cell,)


def test_options_may_take_several_lines_lists_and_quotes() -> None:
    (cell,) = parse(
        """\
        ```{python}
        #| fig-cap: "A: *caption*"
        #| fig-subcap:
        #|   - Left
        #|   - "Right"
        #| layout: [[1, 1], [1]]
        #| fig-alt: |
        #|   Two lines
        #|   of text
        #| echo: yes
        x
        ```
        """
    ).cells
    assert cell.options == {
        "fig-cap": "A: *caption*",
        "fig-subcap": ["Left", "Right"],
        "layout": [[1, 1], [1]],
        "fig-alt": "Two lines\nof text\n",
        "echo": "yes",  # YAML 1.2: only true and false are truth values
    }
    assert cell.source == "x"


def test_a_magic_after_the_options_begins_the_source() -> None:
    (cell,) = parse("```{python}\n#| label: r\n%%R -i df\nmean(df$x)\n```\n").cells
    assert cell.source == "%%R -i df\nmean(df$x)"
    assert cell.line == 3


def test_a_cell_without_code_is_no_cell() -> None:
    assert parse("```{python}\n\n```\n").cells == ()


def test_a_cell_in_a_list_loses_its_indent_and_remembers_it() -> None:
    (cell,) = parse("- item\n\n  ```{python}\n  if x:\n      y\n  ```\n").cells
    assert (cell.source, cell.indent) == ("if x:\n    y", "  ")


def test_shown_cells_are_not_run() -> None:
    document = parse(
        """\
        ````
        ```{python}
        no()
        ```
        ````

        ```{{python}}
        no()
        ```

        ```python
        no()
        ```
        """
    )
    assert document.cells == ()
    assert not document.has_code


def test_inline_expressions_are_found_where_they_stand() -> None:
    document = parse("A `{python} x + 1` and\n`{python} y`, not ``{python} z`` nor `{r} w`.\n")
    (block,) = document.blocks
    assert isinstance(block, Markdown)
    assert block.inline == (Inline("x + 1", 1, "chapters/one.qmd"), Inline("y", 2, "chapters/one.qmd"))
    assert document.has_code


def test_inline_values_replace_their_expressions() -> None:
    text = "A `{python} x ` and `{python} y` or `{python} unknown` and `{python} empty`."
    values = {"x": "1", "y": r"\*b\*", "empty": ""}
    assert cells.replace_inline(text, values) == r"A 1 and \*b\* or `{python} unknown` and `{python} empty`."


def test_the_hash_is_of_the_text_with_lf() -> None:
    assert cells.digest("a\r\nb\r\n") == cells.digest("a\nb\n") == "dd8c6a395b5dd36c56d23275028f526c"


def test_jupyter_is_taken_out_of_the_front_matter() -> None:
    (header,) = parse("---\ntitle: A\njupyter:\n  kernel: python3\nlang: en\n---\n").blocks
    assert isinstance(header, Markdown)
    assert header.text == "---\ntitle: A\nlang: en\n---"


def test_a_rule_is_not_front_matter() -> None:
    document = parse("Text\n\n---\n\nMore\n")
    assert [block.text for block in document.blocks if isinstance(block, Markdown)] == ["Text\n\n---\n\nMore"]


def test_included_files_are_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "part.qmd").write_text("Included.\n\n```{python}\nboom()\n```\n")
    (tmp_path / "_top.md").write_text("From the top.\n")
    document = parse("Before.\n\n{{< include part.qmd >}}\n\n{{< include /_top.md >}}\n", tmp_path)
    assert document.included == ("chapters/part.qmd", "_top.md")
    (cell,) = document.cells
    assert (cell.origin, cell.line) == ("chapters/part.qmd", 4)
    texts = [block.text for block in document.blocks if isinstance(block, Markdown)]
    assert texts == ["Before.\n\nIncluded.", "From the top."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{< include missing.md >}}\n", r"chapters/one.qmd:1: included file chapters/missing.md does not exist"),
        ("{{< include ../../x.md >}}\n", "lies outside the project"),
        ("{{< include one.qmd >}}\n", r"chapters/one.qmd:1: chapters/one.qmd includes itself"),
        ("---\ntitle: [\n---\n", r"chapters/one.qmd:\d: this is not valid YAML"),
        ("\n```{python}\n#| label: a\n#| fig-cap: 'x\n1\n```\n", r"chapters/one.qmd:\d: this is not valid YAML"),
        ("```{python}\n#| label\n1\n```\n", r"chapters/one.qmd:2: expected `key: value` lines"),
        ("Text\n\n```{python}\n1\n", r"chapters/one.qmd:3: this cell is never closed"),
        (
            "```{python}\n#| label: a\n1\n```\n\n```{python}\n#| label: a\n2\n```\n",
            r"chapters/one.qmd:8: label `a` is already used on line 3",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=message):
        parse(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("---\ntitle: A\nrevealjs-url: x\n---\n", "chapters/one.qmd:3: `revealjs-url` is not known to the bindery"),
        ("```{r}\n1\n```\n", "chapters/one.qmd:1: {r} cells are not run by the bindery"),
        (
            "```{python}\n#| label: a\n#| fig-capt: x\n1\n```\n",
            "chapters/one.qmd:4: cell `a`: option `fig-capt` is not known to the bindery",
        ),
        (
            "```{python}\n#| fig-width: 3\n1\n```\n",
            "chapters/one.qmd:3: cell `cell 1`: `fig-width` has no effect in a cell; "
            "size the figure in code or per document",
        ),
        (
            "```{python .big}\n1\n```\n",
            "chapters/one.qmd:1: `.big` in a cell's braces is ignored; use `#|` lines",
        ),
    ],
)
def test_what_is_not_known_is_named(text: str, warning: str) -> None:
    assert parse(text).warnings == (warning,)


def test_data_attributes_are_passed_on() -> None:
    assert parse("```{python}\n#| data-x: 1\n1\n```\n").warnings == ()
