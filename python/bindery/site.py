"""Pages of the site: navigation around the bodies that `pages.py` makes."""

from __future__ import annotations

import datetime
import functools
import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jinja2

from bindery import style
from bindery.labels import relative
from bindery.pages import Heading, Page
from bindery.project import Project


@dataclass(frozen=True)
class Link:
    """An entry of the navigation; `title` is HTML."""

    title: str
    href: str
    number: str | None = None
    current: bool = False


@dataclass(frozen=True)
class Part:
    """A part of the book in the sidebar."""

    title: str | None
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Entry:
    """A heading in the contents of a page, with those below it."""

    heading: Heading
    below: tuple[Entry, ...] = ()


def sidebar(pages: Sequence[Page], current: str) -> list[Part]:
    """The book's parts and chapters, seen from the page at `current`."""
    parts: list[tuple[str | None, list[Link]]] = []
    for page in pages:
        part = page.chapter.part
        title = html.escape(page.chapter.title) if page.chapter.title else page.title
        if not parts or parts[-1][0] != part:
            parts.append((part, []))
        parts[-1][1].append(Link(title, relative(page.address, current), page.number, page.address == current))
    return [Part(title, tuple(links)) for title, links in parts]


def tools(project: Project, made: Collection[str]) -> tuple[list[Link], list[str]]:
    """Read `book: sidebar: tools:`, links that stand above the chapters; and warnings.

    Parameters
    ----------
    project
    made
        Addresses of what the site holds; a link to anything else within the site is left out.
    """
    sidebar = project.book.get("sidebar")
    if not isinstance(sidebar, Mapping):
        return [], []
    links: list[Link] = []
    warnings = [f"_quarto.yml: `book: sidebar: {key}` has no effect on the site" for key in sidebar if key != "tools"]
    for tool in sidebar.get("tools") or []:
        href = str(tool.get("href") or "")
        title = str(tool.get("text") or href)
        if "://" in href or href in made:
            links.append(Link(html.escape(title), href))
        else:
            warnings.append(f"_quarto.yml: the tool `{title}` of the sidebar leads to {href}, which the site lacks")
    return links, warnings


def outline(headings: Sequence[Heading], depth: int) -> tuple[Entry, ...]:
    """Headings of a page as a tree, down to a level.

    Examples
    --------
    >>> tree = outline([Heading(2, "a", "A"), Heading(3, "b", "B"), Heading(2, "c", "C")], 3)
    >>> [(entry.heading.id, len(entry.below)) for entry in tree]
    [('a', 1), ('c', 0)]
    """
    shown = [heading for heading in headings if heading.level <= depth]
    entries: list[Entry] = []
    start = 0
    while start < len(shown):
        end = start + 1
        while end < len(shown) and shown[end].level > shown[start].level:
            end += 1
        entries.append(Entry(shown[start], outline(shown[start + 1 : end], depth)))
        start = end
    return tuple(entries)


def describe(page: Page, project: Project) -> str:
    """One sentence for search engines and link previews."""
    return page.description or page.subtitle_text or project.description or project.subtitle or project.title


def format_date(date: str, lang: str) -> str:
    """A date as Quarto prints it: in words for an English book, otherwise as it is written."""
    if not lang.startswith("en"):
        return date
    try:
        day = datetime.date.fromisoformat(date)
    except ValueError:
        return date
    return f"{day:%B} {day.day}, {day.year}"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(style.TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def render(
    page: Page,
    body: str,
    project: Project,
    pages: Sequence[Page],
    *,
    tools: Sequence[Link] = (),
    sheets: Sequence[str] = (),
    pdf: str | None = None,
) -> str:
    """One page of the site as a whole HTML document.

    Parameters
    ----------
    page, body
        The chapter and its HTML with references resolved.
    project, pages
        The book, and all chapters in reading order.
    tools
        Links above the chapters; their addresses are relative to the site.
    sheets
        Style sheets of the project, relative to the site.
    pdf
        Address of the book's PDF, relative to the site.
    """
    place = pages.index(page)
    options = page.options
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            body=body,
            project=project,
            root=page.root,
            home=relative("index.html", page.address),
            is_home=page.address == "index.html",
            date=format_date(project.date, project.lang),
            description=describe(page, project),
            tools=[tool if "://" in tool.href else _seen_from(page, tool) for tool in tools],
            parts=sidebar(pages, page.address),
            contents=outline(page.headings, _depth(options)) if options.get("toc") is not False else (),
            contents_title=options.get("toc-title") or "On this page",
            previous=_neighbour(pages, place - 1, page),
            following=_neighbour(pages, place + 1, page),
            sheets=[relative(sheet, page.address) for sheet in sheets],
            pdf=relative(pdf, page.address) if pdf else None,
            repository=project.book.get("repo-url"),
            has_code='class="code' in body,
        )
    )


def _seen_from(page: Page, link: Link) -> Link:
    return replace(link, href=relative(link.href, page.address))


def _depth(options: Mapping[str, Any]) -> int:
    try:
        return int(options.get("toc-depth", 3))
    except (TypeError, ValueError):
        return 3


def _neighbour(pages: Sequence[Page], place: int, page: Page) -> Link | None:
    if not 0 <= place < len(pages):
        return None
    other = pages[place]
    return Link(other.title, relative(other.address, page.address), other.number)
