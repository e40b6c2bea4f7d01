"""The keys of Quarto that the bindery understands.

Whatever stands in `_quarto.yml`, in front matter or in a cell and is not listed here is named in a warning.
"""

from __future__ import annotations


def _keys(*lines: str) -> frozenset[str]:
    return frozenset(key for line in lines for key in line.split())


FIGURE_SIZE = _keys("fig-width fig-height fig-dpi fig-format")

EXECUTE = _keys("eval echo output warning error include freeze daemon") | FIGURE_SIZE

PROJECT = _keys("type output-dir execute-dir pre-render post-render resources")

BOOK = _keys(
    "title subtitle author date description lang chapters appendices output-file cover-image search sidebar repo-url"
)

METADATA = EXECUTE | _keys(
    "title subtitle author date description lang bibliography csl nocite link-citations number-sections number-depth",
    "toc toc-depth jupyter execute format crossref code-fold code-summary html-math-method params",
)

HTML = METADATA | _keys(
    "theme css toc-title code-tools code-overflow fig-align fig-cap-location tbl-cap-location",
)

TYPST = METADATA | _keys("toc-title papersize margin mainfont fontsize font-paths fig-align")

FRONT_MATTER = METADATA | _keys("depends")

TOP_LEVEL = METADATA | _keys("project book")

ACTED_UPON = _keys(
    "label id include echo eval output warning error classes panel column fig-column tbl-column",
    "fig-cap fig-subcap fig-scap fig-alt fig-align fig-link fig-env fig-pos fig-cap-location",
    "tbl-cap-location cap-location lst-label lst-cap out-width out-height",
    "code-fold code-summary code-line-numbers code-overflow html-table-processing",
)
"""Options of a cell that shape its Markdown; any other becomes an attribute of the cell."""

FORWARDED = _keys("layout layout-ncol layout-nrow layout-align layout-valign tbl-cap tbl-colwidths")
"""Attributes of a cell that Quarto knows and writes after those that it does not."""

CELL = ACTED_UPON | FORWARDED | _keys("tbl-subcap")
