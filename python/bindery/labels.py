"""Cross-references of the site: which label stands where, and the words that lead to it."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WORDS = {
    "fig": "Figure",
    "tbl": "Table",
    "lst": "Listing",
    "eq": "Equation",
    "sec": "Section",
    "chapter": "Chapter",
}

_LINK = re.compile(r'href="#xref:([^"]*)"')
_TOKEN = re.compile("\ue000(full|number):([^\ue001]*)\ue001")


@dataclass(frozen=True)
class Label:
    """Something that can be referred to.

    Attributes
    ----------
    id : str
        `fig-rfm-map`, also the anchor on its page.
    kind : str
        A key of `WORDS`.
    page : str
        The page's address, relative to the site: `chapters/rfm.html`.
    number : str or None
        "1.2"; None for what has no number (sections of an unnumbered chapter).
    title : str
        Title or caption, as plain text.
    letter : str or None
        Of a panel: "a".
    """

    id: str
    kind: str
    page: str
    number: str | None = None
    title: str = ""
    letter: str | None = None


@dataclass(frozen=True)
class Resolved:
    """HTML with its references resolved, and the labels that nobody has."""

    html: str
    missing: tuple[str, ...]


def index(labels: Iterable[Label]) -> tuple[dict[str, Label], list[str]]:
    """Labels by id, and a warning for each that two pages share (the first counts).

    Headings get an id from their words; only those that begin with `sec-` are labels and must be unique.
    """
    found: dict[str, Label] = {}
    warnings = []
    for label in labels:
        known = found.setdefault(label.id, label)
        meant = label.kind not in {"sec", "chapter"} or label.id.startswith("sec-")
        if meant and known.page != label.page:
            warnings.append(f"label `{label.id}` stands in {known.page} and in {label.page}")
    return found, warnings


def words(label: Label, form: str, numbered: bool) -> str:
    """Text of a reference: "Figure 1.3 (a)", or "1.3 (a)" in the form `number`.

    What has no number is called by its title. From a chapter without a number, sections are called by their title
    as well, as Quarto does.
    """
    if label.number is None or (label.kind in {"sec", "chapter"} and not numbered):
        return label.title or label.id
    number = label.number + (f"\u00a0({label.letter})" if label.letter else "")
    return number if form == "number" else f"{WORDS[label.kind]}\u00a0{number}"


def resolve(text: str, labels: Mapping[str, Label], page: str, numbered: bool) -> Resolved:
    """Put links and words in the place of the tokens that `filters/html.lua` left.

    Parameters
    ----------
    text : str
        HTML of a chapter.
    labels : mapping
        All labels of the book, by id.
    page : str
        Address of the page on which the text stands.
    numbered : bool
        Whether its chapter has a number.
    """
    missing: dict[str, None] = {}

    def link(match: re.Match[str]) -> str:
        label = labels.get(html.unescape(match[1]))
        if label is None:
            return 'class="unresolved"'
        anchor = f"#{html.escape(label.id)}"
        return f'href="{anchor if label.page == page else relative(label.page, page) + anchor}"'

    def name(match: re.Match[str]) -> str:
        key = html.unescape(match[2])
        label = labels.get(key)
        if label is None:
            missing[key] = None
            return f"?@{html.escape(key)}"
        return html.escape(words(label, match[1], numbered), quote=False)

    return Resolved(_TOKEN.sub(name, _LINK.sub(link, text)), tuple(missing))


def relative(target: str, page: str) -> str:
    """Address of a page as seen from another.

    Examples
    --------
    >>> relative("index.html", "chapters/rfm.html")
    '../index.html'
    """
    return posixpath.relpath(target, posixpath.dirname(page) or ".")
