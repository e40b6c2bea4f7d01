"""Small books for the tests of the site, written into a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bindery import html, project

CODE = "\n```{python}\n1\n```\n"


@dataclass(frozen=True)
class Bound:
    """A bound site and the warnings of binding it."""

    root: Path
    site: Path
    warnings: list[str]

    def page(self, name: str) -> str:
        return (self.site / name).read_text(encoding="utf-8")

    def body(self, name: str) -> str:
        """What stands between the opening of a page and the links to its neighbours."""
        text = self.page(name)
        return text[text.index("</header>\n", text.index('class="opening"')) : text.index("</main>")]


def write(root: Path, chapters: Mapping[str, str], *, html_options: str = "", extra: str = "", book: str = "") -> None:
    """Write a book; a chapter's text is what the freeze holds if it begins with a cell's output marker `FROZEN`."""
    (root / "chapters").mkdir(parents=True, exist_ok=True)
    names = [name for name in chapters if name != "index.qmd"]
    (root / "_quarto.yml").write_text(
        "project:\n  type: book\nbook:\n  title: A book\n  author: Somebody\n"
        + book
        + "  chapters:\n    - index.qmd\n"
        + ("    - part: Part one\n      chapters:\n" + "".join(f"        - {n}\n" for n in names) if names else "")
        + extra
        + "format:\n  html:\n    code-fold: true\n"
        + html_options,
        encoding="utf-8",
    )
    for name, text in {"index.qmd": "# Preface {.unnumbered}\n\nWords.\n", **chapters}.items():
        if text.startswith("FROZEN"):
            text = text.removeprefix("FROZEN").lstrip("\n")
            results = root / "_freeze" / Path(name).with_suffix("") / "execute-results"
            results.mkdir(parents=True, exist_ok=True)
            frozen = {"hash": "", "result": {"engine": "jupyter", "markdown": text}}
            (results / "html.json").write_text(json.dumps(frozen), encoding="utf-8")
            text = "---\ntitle: Executed\n---\n" + CODE
        (root / name).write_text(text, encoding="utf-8")


def bind(root: Path, chapters: Mapping[str, str], *, published: tuple[str, ...] = (), **options: str) -> Bound:
    write(root, chapters, **options)
    site = root / "out"
    site.mkdir(exist_ok=True)
    return Bound(root, site, html.bind(project.load(root), root / "_freeze", site, published=published))


def cell(code: str, output: str, label: str = "", options: str = "") -> str:
    """A cell as the freeze holds it."""
    return (
        f"::: {{#{label or 'abcdef01'} .cell {options}}}\n``` {{.python .cell-code}}\n{code}\n```\n\n{output}\n:::\n\n"
    )


def output(text: str, options: str = "") -> str:
    return f"::: {{.cell-output .cell-output-display {options}}}\n{text}\n:::\n"


def raw(text: str) -> str:
    return output(f"```{{=html}}\n{text}\n```")
