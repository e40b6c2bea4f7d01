"""Whether a chapter is numbered, read off its title."""

from __future__ import annotations

import re

from bindery import yamlfile
from bindery.frontmatter import split

_UNNUMBERED = re.compile(r"\{[^}]*(?:\.unnumbered|(?<![\w-])-(?![\w-]))[^}]*\}\s*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)")


def is_numbered(text: str) -> bool:
    """Whether a chapter counts: not if its heading is `{.unnumbered}` or `{-}`, or it says `number-sections: false`."""
    front, body, _line = split(text)
    metadata = yamlfile.load(front, "front matter") if front else None
    if isinstance(metadata, dict):
        if metadata.get("number-sections") is False:
            return False
        if metadata.get("title"):
            return True
    fence = None
    for line in body.splitlines():
        match = _FENCE.match(line)
        if match and (fence is None or line.strip().startswith(fence)):
            fence = match[1] if fence is None else None
        elif fence is None and line.startswith("# "):
            return not _UNNUMBERED.search(line)
    return True
