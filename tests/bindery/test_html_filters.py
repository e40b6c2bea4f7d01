"""Each construct of Quarto's Markdown as the filters draw it."""

import re
from pathlib import Path

import pytest
from html_book import Bound, bind, cell, output


def page(root: Path, text: str, **options: str) -> Bound:
    return bind(root, {"chapters/a.qmd": "# A\n\n" + text}, **options)


def body(root: Path, text: str, **options: str) -> str:
    bound = page(root, text, **options)
    assert bound.warnings == []
    return bound.body("chapters/a.html")


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important", "caution"])
def test_callouts_take_their_title_from_the_first_heading(tmp_path: Path, kind: str) -> None:
    text = body(
        tmp_path, f"::: {{.callout-{kind}}}\n## Take *care*\nWords.\n:::\n\n::: {{.callout-{kind}}}\nBare.\n:::\n"
    )
    assert f'<div class="callout callout-{kind}" role="note"><p class="callout-title">Take <em>care</em></p>' in text
    assert f'<p class="callout-title">{kind.capitalize()}</p>' in text
    assert "<h2" not in text, "a title of a callout is no section"


def test_callouts_fold(tmp_path: Path) -> None:
    text = body(
        tmp_path,
        '::: {.callout-note collapse="true"}\n## Closed\nA.\n:::\n\n'
        '::: {.callout-note collapse="false" title="Open"}\nB.\n:::\n',
    )
    assert '<details class="callout callout-note"><summary class="callout-title">Closed' in text
    assert '<details class="callout callout-note" open><summary class="callout-title">Open' in text


def test_an_unknown_callout_is_named_and_shown(tmp_path: Path) -> None:
    bound = page(tmp_path, "::: {.callout-danger}\nWords.\n:::\n")
    assert bound.warnings == ["chapters/a.qmd: unknown callout .callout-danger"]
    assert "Words." in bound.body("chapters/a.html")


def test_tabsets(tmp_path: Path) -> None:
    text = body(tmp_path, '::: {.panel-tabset group="lang"}\n### Python\nOne.\n\n#### Inside\n\n### R\nTwo.\n:::\n')
    assert '<div class="tabset" data-group="lang">' in text
    assert re.findall(r'role="tab" [^>]*aria-selected="(\w+)"[^>]*>([^<]*)<', text) == [
        ("true", "Python"),
        ("false", "R"),
    ]
    ids = re.findall(r'role="tabpanel" id="([^"]*)" aria-labelledby="([^"]*)"', text)
    assert [panel == f"{tab}-panel" for panel, tab in ids] == [True, True]
    assert 'aria-controls="tabs-1-2-panel"' in text


def test_margin_notes_and_asides(tmp_path: Path) -> None:
    text = body(tmp_path, "::: {.column-margin}\n**Lift.** The gain.\n:::\n\nWords [aside]{.aside}.\n")
    assert '<div class="margin-note" role="note">' in text
    assert '<span class="margin-note" role="note">aside</span>' in text


def test_conditions_on_the_format(tmp_path: Path) -> None:
    text = body(
        tmp_path,
        '::: {.content-visible when-format="html"}\nweb\n:::\n\n'
        '::: {.content-visible when-format="typst"}\nprint\n:::\n\n'
        '::: {.content-hidden unless-format="typst"}\npaper\n:::\n\n::: {.hidden}\nsecret\n:::\n\n'
        '[inline]{.content-hidden when-format="html"} [kept]{.content-visible unless-format="typst"}\n',
    )
    assert "web" in text
    assert "kept" in text
    assert not re.search("print|paper|secret|inline", text)


def test_shortcodes(tmp_path: Path) -> None:
    (tmp_path / "_variables.yml").write_text("shop:\n  name: The *Corner*\n")
    text = body(
        tmp_path,
        "({{< meta book.title >}}), {{< var shop.name >}}, {{{< meta x >}}}.\n\n{{< pagebreak >}}\n\n`{{< var x >}}`\n",
    )
    assert "(A book), The <em>Corner</em>, {{&lt; meta x &gt;}}." in re.sub("</?span>", "", text)
    assert '<div class="page-break"></div>' in text
    assert "<code>{{&lt; var x &gt;}}</code>" in text


def test_unknown_shortcodes_and_values_are_named(tmp_path: Path) -> None:
    bound = page(tmp_path, "{{< video x.mp4 >}} {{< meta no.such >}}\n")
    assert bound.warnings == [
        "chapters/a.qmd: unknown shortcode {{< video x.mp4 >}}",
        "chapters/a.qmd: shortcode {{< meta no.such >}}: no such value",
    ]


def test_classes_and_references_of_quarto_that_are_not_known_are_named(tmp_path: Path) -> None:
    bound = page(tmp_path, "::: {.column-screen}\nWide words.\n:::\n\nSee @thm-one.\n")
    assert bound.warnings == [
        'chapters/a.qmd: class .column-screen has no meaning here: "Wide words."',
        "chapters/a.qmd: cross reference of a kind that is not known: @thm-one",
    ]


def test_equations(tmp_path: Path) -> None:
    text = body(tmp_path, "$$ a $$ {#eq-a}\n\nBefore $$ b $$ {#eq-b}, after @eq-b.\n\n$$ c $$\n")
    assert re.findall(r'class="equation-number">([^<]*)', text) == ["(1.1)", "(1.2)"]
    assert text.count("<math") == 3
    assert "{#eq" not in text
    assert ", after" in text


def test_figure_divs_and_layouts(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/p.png").write_bytes(b"x")
    text = body(
        tmp_path,
        "::: {#fig-a-two layout-ncol=2}\n![One](p.png){#fig-a-one}\n\n![](p.png){#fig-a-bare}\n\n"
        "![Three](p.png){#fig-a-three}\n\nAll.\n:::\n\n"
        '::: {layout="[[70,30],[1]]"}\nLeft\n\nRight\n\nBelow\n:::\n\n@fig-a-three\n',
    )
    assert re.findall(r"--columns:([^\"]*)", text) == ["0.5fr 0.5fr", "0.5fr 0.5fr", "0.7fr 0.3fr", "1fr"]
    assert [re.sub("<[^>]*>", "", c) for c in re.findall(r"<figcaption>(.*?)</figcaption>", text)] == [
        "(a) One",
        "(b)",
        "(c) Three",
    ]
    assert "Figure\u00a01.1 (c)</a>".replace(" (", "\u00a0(") in text


def test_outputs_that_share_a_label_have_ids_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "_freeze/chapters/a/figure-html").mkdir(parents=True)
    (tmp_path / "_freeze/chapters/a/figure-html/1.png").write_bytes(b"x")
    two = "".join(output(f"![{n}](a_files/figure-html/1.png){{#fig-a}}") + "\n" for n in ("One", "Two"))
    bound = bind(tmp_path, {"chapters/a.qmd": "FROZEN# A\n\n" + cell("p", two, "cell-fig-a") + "@fig-a\n"})
    text = bound.body("chapters/a.html")
    assert bound.warnings == []
    assert re.findall(r'<figure [^>]*id="([^"]*)"', text) == ["fig-a", "fig-a-2"]
    assert re.findall("Figure\u00a0([\\d.]+)", text) == ["1.1", "1.2", "1.1"]


def test_column_widths_of_tables(tmp_path: Path) -> None:
    text = body(tmp_path, '| a | b |\n|--:|:--|\n| 1 | x |\n\n: T {#tbl-a tbl-colwidths="[40,60]"}\n')
    assert re.findall(r"width: (\d+)%", text) == ["40", "60"]
    assert "Table\u00a01.1:</span> T" in text


def test_listings(tmp_path: Path) -> None:
    text = body(tmp_path, '```{#lst-a .python lst-cap="A *loop*"}\nx = 1\n```\n\n@lst-a\n')
    assert "Listing\u00a01.1:</span> A <em>loop</em>" in text
    assert '<a href="#lst-a" class="xref">Listing\u00a01.1</a>' in text


def test_sections_are_numbered_unless_they_say_otherwise(tmp_path: Path) -> None:
    text = body(tmp_path, "## One\n\n### Deep\n\n## Aside {.unnumbered}\n\n## Two\n")
    assert re.findall(r'class="section-number">([\d.]+)', text) == ["1.1", "1.1.1", "1.2"]


def test_sections_without_numbers_when_the_book_says_so(tmp_path: Path) -> None:
    assert "section-number" not in body(tmp_path, "## One\n", html_options="    number-sections: false\n")


def test_wide_figures_keep_their_class(tmp_path: Path) -> None:
    (tmp_path / "_freeze/chapters/a/figure-html").mkdir(parents=True)
    (tmp_path / "_freeze/chapters/a/figure-html/1.png").write_bytes(b"x")
    shown = output("![One](a_files/figure-html/1.png){#fig-a}")
    text = bind(tmp_path, {"chapters/a.qmd": "FROZEN# A\n\n" + cell("p", shown, "cell-fig-a", ".wide")}).body(
        "chapters/a.html"
    )
    assert '<figure class="float fig wide" id="fig-a">' in text


def test_captions_may_hold_references_and_citations(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@book{doe2001, title={Birds}, author={Doe, Ann}, publisher={P}, year={2001}}")
    text = body(
        tmp_path,
        "## S {#sec-s}\n\n| a |\n|---|\n| 1 |\n\n: After @sec-s and [@doe2001] {#tbl-a}\n",
        extra="bibliography: refs.bib\n",
    )
    assert 'After <a href="#sec-s" class="xref">Section\u00a01.1</a>' in text
    assert 'href="#ref-doe2001"' in text
