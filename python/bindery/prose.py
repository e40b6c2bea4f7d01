"""The prose of a chapter, line by line, with everything that is not prose blanked out."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bindery.includes import Line

Kind = Literal["prose", "code", "header"]

_FENCE = re.compile(r"^\s*(```+|~~~+)")
_HIDDEN = re.compile(
    r"""(?P<code>(?P<ticks>`+).+?(?P=ticks)(?!`)(?:\{[^}]*\})?)  # code, inline expressions
      | \$\$.*?\$\$ | \$(?=[^\s$])[^$]*?(?<=\S)\$(?!\d)             # equations
      | <!--.*?-->
      | \]\([^)]*\)                                             # where a link leads
      | <https?:[^>]*> | https?://\S+
      | \{\{<.*?>\}\}                                           # shortcodes
      | \{[^{}]*[#.=][^{}]*\}                                   # attributes
      | </?[a-zA-Z][^>]*>                                       # tags""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Passage:
    """One line of a chapter.

    Attributes
    ----------
    line
        The line as it stands, and where.
    kind
        ``prose``, ``code`` (fences included) or ``header`` (the YAML at the top).
    words
        Its prose, with code, equations, attributes and addresses blanked out; nothing in code and header.
    """

    line: Line
    kind: Kind
    words: str = ""


def passages(lines: Iterable[Line]) -> Iterator[Passage]:
    """Tell prose from code and header, and blank out what is not prose within a line."""
    fence = closing = None
    for index, line in enumerate(lines):
        opened = _FENCE.match(line.text)
        if index == 0 and line.text.rstrip() == "---":
            closing = "---"
            yield Passage(line, "header")
        elif closing == "---":
            closing = None if line.text.rstrip() == "---" else closing
            yield Passage(line, "header")
        elif fence is not None:
            fence = None if opened and opened[1].startswith(fence) else fence
            yield Passage(line, "code")
        elif closing is None and opened:
            fence = opened[1]
            yield Passage(line, "code")
        else:
            words, closing = _blank(line.text, closing)
            yield Passage(line, "prose", words)


def _blank(text: str, closing: str | None) -> tuple[str, str | None]:
    """Blank out what is not prose; `closing` ends a comment or an equation that began on an earlier line."""
    shown = ""
    if closing is not None:
        end = text.find(closing)
        if end < 0:
            return "", closing
        shown, text = " " * (end + len(closing)), text[end + len(closing) :]
    text = shown + _HIDDEN.sub(lambda match: " " * len(match[0]), text)
    for opening, ending in (("<!--", "-->"), ("$$", "$$")):
        if opening in text:
            return text[: text.index(opening)], ending
    return text, None
