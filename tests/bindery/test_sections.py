"""A section can end early, and the chapter goes on with the next."""

from pathlib import Path

import pytest

from bindery import cells, execute, sections
from bindery.cells import Markdown
from bindery.project import Project

TEXT = """\
# A

## One

`{python} a`

```{python}
1
```

More.

```
## not a heading
```

### Below

## Two

`{python} b`
"""


def test_the_level_is_that_of_the_last_heading() -> None:
    found = cells.parse(TEXT, "a.qmd", Path())
    assert sections.level(found.blocks[:2]) == 2
    assert sections.level(found.blocks) == 2
    assert sections.level(found.blocks[1:2]) == 0


@pytest.mark.parametrize(("ended", "text"), [(2, "## Two\n\n`{python} b`"), (1, None), (0, None)])
def test_what_follows_a_section_begins_at_a_heading_as_high(ended: int, text: str | None) -> None:
    last = cells.parse(TEXT, "a.qmd", Path()).blocks[-1]
    following = sections.resume(last, ended)
    assert (following.text if following else None) == text
    if following:
        assert [inline.expression for inline in following.inline] == ["b"]
        assert TEXT.split("\n")[following.line - 1] == "## Two"


def test_a_deeper_section_ends_at_its_sibling() -> None:
    following = sections.resume(Markdown("Text\n\n### Next\n\nmore", 1, "a.qmd"), 3)
    assert following is not None
    assert following.text == "### Next\n\nmore"


def test_cells_belong_to_the_section_that_ended() -> None:
    assert sections.resume(cells.parse(TEXT, "a.qmd", Path()).cells[0], 2) is None


def test_a_section_that_stops_leaves_its_note_and_the_chapter_goes_on(book) -> None:
    text = (
        "---\ntitle: A\n---\n\n## One {#sec-one}\n\nBefore.\n\n"
        "```{python}\n#| output: false\nclass SectionStop(Exception): pass\nraise SectionStop('It needs a table.')\n"
        "```\n\n"
        "Not shown `{python} undefined`.\n\n```{python}\nundefined\n```\n\n### Part\n\nNor this.\n\n"
        "## Two\n\nShown: `{python} 1 + 1`.\n\n```{python}\n#| echo: false\n3\n```\n"
    )
    project: Project = book(text)
    done = execute.run(project, "chapters/one.qmd", freeze_dir=project.root / "_freeze")
    page = done.pages["html"].markdown
    assert done.stopped is None
    assert "Before.\n\n::: {.callout-note}\nIt needs a table.\n:::\n\n## Two\n\nShown: 2." in page
    assert "Nor this" not in page
    assert "SectionStop" not in page
    execute.discard(done)


def test_a_section_that_stops_within_divs_closes_them() -> None:
    text = (
        ":::: {.tiles}\n\n::: tip\nclosed\n:::\n\n```\n::: code\n```\n\n::: {.column-margin}\n\n"
        "```{python}\n1\n```\n\n:::\n\n::::\n"
    )
    parsed = cells.parse(text, "a.qmd", Path())
    found = sections.end(parsed.cells[0], "Stop.", parsed.blocks[:1])
    assert found.text == "::: {.callout-note}\nStop.\n:::\n\n:::\n\n::::"
