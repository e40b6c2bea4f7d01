"""The search index: one entry for each section, as a script, so that it also loads from the disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from lxml import etree
from lxml import html as lxml_html

# What a reader would not look for: code, controls, the sources of formulas, and what repeats on every page.
_SKIP = {"script", "style", "button", "annotation", "details", "math", "pre", "template"}
_SKIP_CLASSES = {"anchor", "caption-tools", "footnote-back", "footnote-ref", "references", "code"}
_BLOCKS = {"p", "div", "li", "td", "th", "figure", "figcaption", "tr", "dt", "dd", "section", "h2", "h3", "h4", "br"}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Entry:
    """A section as the search knows it: address, title, chapter and text."""

    url: str
    title: str
    chapter: str
    text: str


def entries(body: str, address: str, chapter: str) -> list[Entry]:
    """Split the body of a page into its sections.

    Parameters
    ----------
    body : str
        HTML, references resolved.
    address : str
        Of the page, relative to the site.
    chapter : str
        The chapter's title with its number, as results show it.
    """
    tree = lxml_html.fragment_fromstring(body, create_parent="div")
    sections: list[tuple[str, str, list[str]]] = [(address, chapter, [])]
    _collect(tree, address, sections)
    found = [Entry(url, title, chapter, _clean("".join(words))) for url, title, words in sections]
    return [entry for entry in found if entry.text or entry.title != chapter or entry.url == address]


def _collect(element: etree._Element, address: str, sections: list[tuple[str, str, list[str]]]) -> None:
    """Walk in reading order; headings open a section, all other words belong to the one that is open."""
    for child in element:
        if not isinstance(child.tag, str):
            pass
        elif child.tag in {"h2", "h3"} and child.get("id"):
            title = _clean("".join(_words(child)))
            sections.append((f"{address}#{child.get('id')}", title, []))
        elif not _skipped(child):
            words = sections[-1][2]
            words.append(" " if child.tag in _BLOCKS else "")
            words.append(child.text or "")
            _collect(child, address, sections)
            sections[-1][2].append(" " if child.tag in _BLOCKS else "")
        sections[-1][2].append(child.tail or "")


def _skipped(element: etree._Element) -> bool:
    if element.tag == "details" and "callout" in (element.get("class") or ""):
        return False
    return element.tag in _SKIP or bool(_SKIP_CLASSES & set((element.get("class") or "").split()))


def _words(element: etree._Element) -> Iterable[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _skipped(child):
            yield from _words(child)
        yield child.tail or ""


def _clean(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def script(found: Iterable[Entry]) -> str:
    """The index as JavaScript that sets one global."""
    data = [{"id": n, **asdict(entry)} for n, entry in enumerate(found)]
    return "window.bookSearch=" + json.dumps(data, ensure_ascii=False, separators=(",", ":")) + ";\n"
