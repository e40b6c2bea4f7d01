"""One chapter: from its frozen Markdown to the body of its page."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bindery import cells, frontmatter, highlight, includes, pandoc, yamlfile
from bindery.errors import BinderyError
from bindery.labels import Label
from bindery.project import Chapter, Project

# `@key` or `@{key}` that is not a cross-reference; it may find too much (a decorator in code), never too little.
_CITATION = re.compile(r"(?<!\w)@(?!(?:fig|tbl|sec|eq|lst)-)[\w{]")
_COMMENT = re.compile(r"<!--bindery (.*?)-->\n?", re.DOTALL)


class FreezeMissing(BinderyError):
    """A chapter has cells and no frozen result."""


@dataclass(frozen=True)
class Heading:
    """A section of a page; `title` is HTML."""

    level: int
    id: str
    title: str
    number: str | None = None


@dataclass(frozen=True)
class Page:
    """A chapter as HTML, its references still open.

    Attributes
    ----------
    chapter : Chapter
    address : str
        Relative to the site: `chapters/rfm.html`.
    title, subtitle : str
        HTML; `title_text`, `subtitle_text` without markup.
    number : str or None
    anchor : str
        Id of the chapter's heading, if it has one.
    body : str
        HTML with the tokens that `labels.resolve` replaces.
    headings, labels
        In reading order.
    files : tuple of str
        Pictures and other files that the page needs, relative to the chapter's folder.
    options : mapping
        Options of the page: of `format: html:`, with those of the front matter over them.
    warnings : tuple of str
    """

    chapter: Chapter
    address: str
    title: str
    title_text: str
    subtitle: str
    subtitle_text: str
    description: str
    number: str | None
    anchor: str
    body: str
    headings: tuple[Heading, ...]
    labels: tuple[Label, ...]
    files: tuple[str, ...]
    options: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def root(self) -> str:
        """How the page reaches the site's top: "" or "../"."""
        return "../" * self.address.count("/")


def address(chapter: Chapter) -> str:
    """Address of a chapter's page, relative to the site."""
    return f"{chapter.stem}.html"


def frozen(freeze_dir: Path, chapter: Chapter) -> Path:
    """Folder of a chapter in the freeze."""
    return freeze_dir / chapter.stem


def read_markdown(project: Project, chapter: Chapter, freeze_dir: Path, result: str = "html") -> str:
    """Markdown of a chapter with the outputs of its cells: from the freeze, or its own text if it has no code.

    Raises
    ------
    FreezeMissing
        If it has code and was not executed.
    """
    if not cells.read(project.root, chapter.path).has_code:
        text = project.source(chapter).read_text(encoding="utf-8")
        lines, _ = includes.expand(text, chapter.path, project.root)
        return "\n".join(line.text for line in lines) + "\n"
    file = frozen(freeze_dir, chapter) / "execute-results" / f"{result}.json"
    if not file.is_file():
        raise FreezeMissing(f"{chapter.path} has code and no frozen result ({file}): run `python -m bindery execute`")
    return str(json.loads(file.read_text(encoding="utf-8"))["result"]["markdown"])


def page_options(project: Project, markdown: str, name: str) -> dict[str, Any]:
    """Options of a page: those of the format with those of its front matter over them."""
    front, _, _ = frontmatter.split(markdown)
    own = yamlfile.mapping(front, name) if front.strip() else {}
    formats = own.get("format")
    special = formats.get("html") if isinstance(formats, dict) else None
    options = yamlfile.merge(project.html, {key: value for key, value in own.items() if key != "format"})
    return yamlfile.merge(options, special if isinstance(special, dict) else {})


def make(project: Project, chapter: Chapter, freeze_dir: Path, published: Collection[str] = ()) -> Page:
    """Convert one chapter.

    Parameters
    ----------
    project, chapter, freeze_dir
        What to convert and where its results lie.
    published : collection of str
        Files of the site that chapters wrote; `data/<label>.csv` gives the float of that label its "Data" link.
    """
    markdown = read_markdown(project, chapter, freeze_dir)
    options = page_options(project, markdown, chapter.path)
    target = address(chapter)
    root = "../" * target.count("/")
    settings = {
        "number": "" if chapter.number is None else str(chapter.number),
        "sections": options.get("number-sections") is not False,
        "fold": _fold(options.get("code-fold", False)),
        "summary": str(options.get("code-summary") or "Code"),
        "root": root,
        "data": {
            PurePosixPath(path).stem: root + path for path in published if re.fullmatch(r"data/[\w.-]+\.csv", path)
        },
        "project": {**project.metadata, "book": dict(project.book)},
        "variables": dict(project.variables),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as metadata:
        json.dump({"bindery": settings}, metadata, default=str, ensure_ascii=False)
        metadata.flush()
        done = pandoc.convert(markdown, _arguments(project, Path(metadata.name), markdown), chapter.path, project.root)
    told = _COMMENT.search(done.text)
    if told is None:
        raise pandoc.PandocError(f"the filters told nothing about {chapter.path}")
    facts = json.loads(told[1])
    return Page(
        chapter=chapter,
        address=target,
        title=facts["title"] or chapter.title or chapter.stem,
        title_text=facts["title_text"] or chapter.title or chapter.stem,
        subtitle=facts.get("subtitle", ""),
        subtitle_text=facts.get("subtitle_text", ""),
        description=facts.get("description", ""),
        number=facts.get("number"),
        anchor=facts["id"],
        body=highlight.colour(_COMMENT.sub("", done.text)),
        headings=tuple(Heading(h["level"], h["id"], h["title"], h.get("number")) for h in facts["headings"]),
        labels=tuple(
            Label(label["id"], label["kind"], target, label.get("number"), label.get("title", ""), label.get("letter"))
            for label in facts["labels"]
        ),
        files=tuple(dict.fromkeys(facts["files"])),
        options=options,
        warnings=tuple(f"{chapter.path}: {warning}" for warning in done.warnings),
    )


def _fold(value: object) -> str:
    """Value of `code-fold` as a word: YAML reads `true` as a truth value."""
    return str(value).lower()


def _arguments(project: Project, metadata: Path, markdown: str) -> list[str]:
    """Pandoc's command line; it reads the bibliography only for a text that may cite, which halves its time."""
    arguments = ["--to", "html5", "--mathml", "--wrap=none", "--syntax-highlighting=none"]
    arguments += ["--metadata-file", str(metadata), "--lua-filter", str(pandoc.FILTERS / "html.lua")]
    if project.bibliography and (_CITATION.search(markdown) or "nocite" in markdown):
        arguments += ["--citeproc", *(f"--bibliography={file}" for file in project.bibliography)]
        arguments += ["--metadata", f"link-citations={_fold(project.html.get('link-citations', True))}"]
        arguments += [f"--csl={project.csl}"] if project.csl else []
    return arguments
